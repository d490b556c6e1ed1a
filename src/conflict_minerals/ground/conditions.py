"""Conditions as people write them in tables: one grammar, one reader, one evaluator.

``docs/conditions.md`` explains it to a person of the field, with an example of each operator.
A blank matches nothing but ``is blank``: what is unknown is no evidence. A value that holds
several (a list, a set) meets a clause when one of them does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property, lru_cache

from conflict_minerals.ground import countries, versions
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import fold

# Longest first: "is not in the table" begins with "is not".
OPERATORS = (
    "is not in the table", "is in the table", "is not one of", "is one of", "is the sum of",
    "is not blank", "is blank", "is above", "is below", "is within", "is like",
    "has each of", "has none of", "is not", "is",
)  # fmt: skip
_CLAUSE = re.compile(rf"(\S+)\s+({'|'.join(OPERATORS)})(?:\s+(\S.*))?")
# "Bosnia and Herzegovina" is one country: a clause begins with a column and "is" or "has".
_OR, _AND = (re.compile(rf"\s+{word}\s+(?=\S+\s+(?:is|has)\s)") for word in ("or", "and"))
# No value holds these: a clause that was to begin there was not written as one.
_LOST = re.compile(r"\b(?:is|has|in the table|one of)\b|\b(?:and|or)$|=")
COUNTRIES = ("country", "declared_origins")
Get = Callable[[str], object]


@dataclass(frozen=True)
class Clause:
    """A column, what is asked of it, and what it is compared with: words or a table's name."""

    column: str
    operator: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(filter(None, (self.column, self.operator, ";".join(self.values))))

    @cached_property
    def table(self) -> str:
        """The table that it asks; blank for none."""
        return self.values[0] if self.operator.endswith("the table") else ""

    @cached_property
    def _folded(self) -> frozenset[str]:
        return frozenset(map(fold, self.values))

    def met(self, get: Get, lookup: Callable[[str, str], bool | None] | None = None):
        """The values that meet it, in their order; ``None`` where it does not hold.

        Args:
            get: the value of a column. lookup: whether a table of that name holds a value;
                ``None`` where it cannot tell.
        """
        values, operator = _values(get(self.column)), self.operator
        if operator in ("is blank", "has none of"):
            return None if any(operator == "is blank" or self._is(v) for v in values) else []
        if operator == "has each of":
            there = {fold(value) for value in values}
            return list(self.values) if self._folded <= there else None
        if self.table:
            inside = operator == "is in the table"
            return [v for v in values if lookup(self.table, v) is inside] or None
        return [value for value in values if self._holds(value, get)] or None

    def _is(self, value: str) -> bool:
        return fold(value) in self._folded

    def _holds(self, value: str, get: Get) -> bool:
        match self.operator:
            case "is" | "is one of":
                return self._is(value)
            case "is not" | "is not one of":
                return not self._is(value)
            case "is not blank":
                return True
            case "is within":
                return versions.within(value, self.values[0])
            case "is like":
                return fnmatchcase(value, self.values[0])
        number = _number(value)
        if number is None:
            return False
        if self.operator == "is the sum of":
            return number == sum(get(name) or 0 for name in self.values)
        limit = float(self.values[0])
        return number > limit if self.operator == "is above" else number < limit

    def named(self, there: Collection[str]) -> list[str]:
        """What it names and is there, as written; of alternatives the first alone."""
        if self.operator == "is like":
            return [value for value in there if fnmatchcase(value, self.values[0])]
        found = [value for value in self.values if value in there]
        return found[:1] if self.operator == "is one of" else found


@dataclass(frozen=True)
class Condition:
    """Ways to hold, of which one is enough; a way holds when each of its clauses does."""

    ways: tuple[tuple[Clause, ...], ...]

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        return tuple(clause for way in self.ways for clause in way)

    def met(self, get: Get, lookup=None) -> list[tuple[Clause, list[str]]] | None:
        """The first way that holds, each clause with the values that meet it; ``None`` for none."""
        for way in self.ways:
            found = []
            for clause in way:
                hits = clause.met(get, lookup)
                if hits is None:
                    break
                found.append((clause, hits))
            else:
                return found
        return None

    def holds(self, get: Get) -> bool:
        """Whether it holds; a blank condition always does."""
        return self.met(get) is not None

    def among(self, rows) -> list[bool]:
        """Whether it holds for each row of a frame, asked once for rows that say the same."""
        names = list(dict.fromkeys(clause.column for clause in self.clauses))
        lines = zip(*(rows[name] for name in names), strict=True) if names else [()] * len(rows)
        holds = cache(lambda line: self.holds(dict(zip(names, line, strict=True)).get))
        return [holds(line) for line in lines]


@lru_cache(maxsize=4000)
def parse(text: str, file: str = "", where: str = "") -> Condition:
    """A condition as it stands in a table; a blank one holds always.

    Raises:
        InputError: a clause that cannot be read; it names file, place and what to write.
    """
    ways = [_AND.split(way) for way in _OR.split(text.strip())] if text.strip() else [[]]
    return Condition(tuple(tuple(_clause(part, file, where) for part in way) for way in ways))


def check_columns(
    condition: Condition, columns: Iterable[str], file: str, where: str, of: str
) -> None:
    """Raise ``InputError`` for a clause on a column that there is not."""
    there = list(columns)
    for clause in condition.clauses:
        if clause.column not in there:
            raise InputError(f"asks for {clause.column!r}, which {of} does not have", file=file,
                             where=where, fix=f"There are {', '.join(there)}")


def _clause(part: str, file: str, where: str) -> Clause:
    def wrong(what: str, fix: str) -> InputError:
        return InputError(what, file=file, where=where, fix=fix)

    found = _CLAUSE.fullmatch(part.strip())
    column, operator, rest = found.groups() if found else ("", "", None)
    if not found or bool(rest) == operator.endswith("blank") or (
        operator != "is within" and _LOST.search(rest or "")
    ):
        raise wrong(f"cannot read the condition {part.strip()!r}",
                    "Write: column is value; is one of a;b; is in the table name; is above 3; "
                    "is blank (docs/conditions.md)")  # fmt: skip
    several = operator.endswith(" of")
    values = [value.strip() for value in rest.split(";")] if several else [rest] if rest else []
    if operator in ("is above", "is below") and _number(rest) is None:
        raise wrong(f"{rest!r} is no number", "Write it as 0.5")
    if operator == "is within" and not versions.are_bounds(rest):
        raise wrong(f"{rest!r} bounds no revisions", "Write them as >=3.0,<6.0")
    if column in COUNTRIES and not operator.endswith("the table"):
        for value in values:
            if not countries.iso3(value):
                raise wrong(f"{value!r} is no known country", "Write its name or its ISO code")
        values = map(countries.iso3, values)
    return Clause(column, operator, tuple(filter(None, values)))


def _values(found) -> list[str]:
    if found is None or found == "":
        return []
    if isinstance(found, bool):
        return ["yes" if found else "no"]
    return [found] if isinstance(found, str) else (
        list(found) if isinstance(found, Collection) else [str(found)])  # fmt: skip


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
