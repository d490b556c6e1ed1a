"""Rules as data: the lines of ``knowledge/flags.csv``, read and put to a row.

A test is written in plain words over columns of the profile, conditions joined by ``and``::

    country is in the table gold_hubs and recycled is Yes

Columns of countries compare as countries, whatever the spelling; a column that holds several
values (``declared_origins``, ``event``) matches when one of them does. A blank value matches
nothing but ``is blank``: what is unknown is no evidence.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from helpers import countries, knowledge
from helpers.errors import InputError
from helpers.text import fold

FILE = "flags.csv"
SEVERITIES = ("hard", "red", "soft", "info")
AXES = ("location", "origin", "assurance", "identity", "sanctions", "answers")
# Longest first: "is not in the table" begins with "is not".
_OPERATORS = (
    " is not in the table ",
    " is in the table ",
    " is not one of ",
    " is one of ",
    " is not blank",
    " is blank",
    " is above ",
    " is below ",
    " is not ",
    " is ",
)
COUNTRY_COLUMNS = ("country", "declared_origins")
LIST_COLUMNS = ("declared_origins", "event", "names_reported", "matched_by")


@dataclass(frozen=True)
class Condition:
    """One condition of a test: ``values`` to compare with, or the name of a ``table``."""

    column: str
    operator: str
    values: tuple[str, ...] = ()
    table: str = ""


@dataclass(frozen=True)
class Rule:
    """A line of ``flags.csv``, its test read."""

    rule: str
    subject: str
    axis: str
    test: str
    conditions: tuple[Condition, ...]
    metal: str
    severity: str
    window_months: str
    audience: str
    reason: str
    source: str
    as_of: str

    @property
    def tables(self) -> list[str]:
        """The tables that the test asks."""
        return [c.table for c in self.conditions if c.table]


@dataclass(frozen=True)
class Match:
    """What matched, and whose word it is where that is not the rule's own source."""

    values: tuple[str, ...]
    source: str = ""
    as_of: str = ""


def load(table: pd.DataFrame | None = None) -> list[Rule]:
    """The rules in the order of their table (``knowledge/flags.csv`` unless given).

    Raises:
        InputError: a test that cannot be read, an unknown word, a line without reason, source or
            date, an id that stands twice.
    """
    table = knowledge.table("flags") if table is None else table
    rules: list[Rule] = []
    for row in table.to_dict("records"):
        rule = Rule(conditions=parse(row["test"], row["rule"]), **row)
        _check(rule, [r.rule for r in rules])
        rules.append(rule)
    return rules


def _check(rule: Rule, before: list[str]) -> None:
    def wrong(what: str, fix: str = "") -> InputError:
        return InputError(what, file=FILE, where=f"rule {rule.rule or '(blank)'}", fix=fix)

    if not rule.rule or rule.rule in before or ";" in rule.rule:
        raise wrong("its id is blank, stands twice or holds a ';'")
    for column, allowed in (
        ("subject", ("facility", "supplier")),
        ("axis", AXES),
        ("severity", SEVERITIES),
        ("metal", ("", "Gold", "Tantalum", "Tin", "Tungsten")),
        ("audience", ("", "counsel")),
    ):
        if getattr(rule, column) not in allowed:
            words = ", ".join(word or "(blank)" for word in allowed)
            raise wrong(f"{column} {getattr(rule, column)!r} is unknown", f"Use one of {words}")
    for column in ("reason", "source", "as_of"):
        if not getattr(rule, column):
            raise wrong(f"{column} is blank", "Each rule has a reason, a source and a date")
    if rule.window_months and not rule.window_months.isdigit():
        raise wrong(f"window_months {rule.window_months!r} is no whole number")
    if rule.subject == "supplier" and rule.severity in ("hard", "red"):
        raise wrong("a rule on a supplier's answers is soft or info", "They are context only")


def parse(test: str, rule: str = "") -> tuple[Condition, ...]:
    """The conditions of a test; raises ``InputError`` naming the part that cannot be read."""
    return tuple(_condition(part, rule) for part in test.split(" and "))


def _condition(part: str, rule: str) -> Condition:
    padded = f"{part.strip()} "
    for operator in _OPERATORS:
        column, found, value = padded.partition(operator)
        if not found:
            continue
        column, value, name = column.strip(), value.strip(), operator.strip()
        if not column or (not value and "blank" not in name):
            break
        if "blank" in name:
            return Condition(column, name)
        if "table" in name:
            return Condition(column, name, table=value)
        values = value.split(";") if "one of" in name else [value]
        values = tuple(_value(column, name, v.strip(), rule) for v in values if v.strip())
        return Condition(column, name, values)
    raise InputError(
        f"cannot read the condition {part.strip()!r}",
        file=FILE,
        where=f"rule {rule}",
        fix="Write: column is value; is one of a;b; is in the table name; is above 3; is blank",
    )


def _value(column: str, operator: str, value: str, rule: str) -> str:
    where = f"rule {rule}"
    if operator in ("is above", "is below"):
        try:
            float(value)
        except ValueError:
            raise InputError(f"{value!r} is no number", file=FILE, where=where) from None
    if column in COUNTRY_COLUMNS:
        code = countries.iso3(value)
        if not code:
            raise InputError(f"{value!r} is no known country", file=FILE, where=where)
        return code
    return value


def check_columns(rules: Iterable[Rule], columns: Iterable[str], subject: str) -> None:
    """Raise ``InputError`` for a rule on that subject that tests a column which is not there."""
    there = list(columns)
    for rule in rules:
        for condition in rule.conditions:
            if rule.subject == subject and condition.column not in there:
                raise InputError(
                    f"tests a column {condition.column!r} that a {subject} does not have",
                    file=FILE,
                    where=f"rule {rule.rule}",
                    fix=f"Columns: {', '.join(there)}",
                )


class Lookup:
    """A table that rules ask, as it was known and stood on the review date.

    Its key is the first of the columns ``iso3``, ``smelter_id``, ``value`` that it has; columns
    ``since`` and ``until`` date its rows, ``metal`` (blank for all) narrows them.
    """

    def __init__(self, name: str, table: pd.DataFrame, as_of: date):
        key = next((k for k in ("iso3", "smelter_id", "value") if k in table), None)
        if key is None or "source" not in table or "as_of" not in table:
            raise InputError(
                "lacks a column iso3, smelter_id or value, or source, or as_of", file=f"{name}.csv"
            )
        day = as_of.isoformat()
        self.rows = 0
        self.by_key: dict[str, list[tuple[str, str, str]]] = {}
        for row in table.to_dict("records"):
            since, until = row.get("since", ""), row.get("until", "")
            if since > day or (until and until <= day):
                continue
            self.rows += 1
            line = (row.get("metal", ""), since or row["as_of"], row["source"])
            self.by_key.setdefault(row[key], []).append(line)

    def speaks_of(self, metal: str) -> bool:
        """Whether any row is about the metal."""
        return any(line[0] in ("", metal) for lines in self.by_key.values() for line in lines)

    def find(self, value: str, metal: str) -> tuple[str, str] | None:
        """Date and source of the newest row of that key and metal, ``None`` when there is none."""
        lines = [line[1:] for line in self.by_key.get(value, ()) if line[0] in ("", metal)]
        return max(lines) if lines else None


def match(
    rule: Rule,
    row: dict,
    *,
    tables: Callable[[str], Lookup | None],
    events: dict[str, list[dict]] | None = None,
) -> Match | None:
    """What of a row matches the rule, ``None`` when the row does not match.

    Args:
        row: column to value, all text or numbers.
        tables: gives a table that was known on the review date, by name.
        events: of this facility, by kind: those within the rule's window.
    """
    if rule.metal and row.get("metal") != rule.metal:
        return None
    values, source, as_of = [], "", ""
    for condition in rule.conditions:
        found = _holds(condition, row, tables, events or {})
        if found is None:
            return None
        values += [v for v in found.values if v not in values]
        if not found.source:
            found = _own_source(condition.column, row, found)
        if found.as_of >= as_of and found.source:
            source, as_of = found.source, found.as_of
    return Match(tuple(values), source, as_of)


def _own_source(column: str, row: dict, found: Match) -> Match:
    """A column with companions, as ``status`` with ``status_source``, brings their word."""
    source, as_of = row.get(f"{column}_source", ""), row.get(f"{column}_as_of", "")
    return Match(found.values, source, as_of) if source and as_of else found


def _holds(condition: Condition, row: dict, tables, events) -> Match | None:
    column, operator = condition.column, condition.operator
    values = _values(column, row)
    if column == "event" and operator != "is blank":
        values = [kind for kind in values if kind in events]
    if operator == "is blank":
        return None if values else Match((f"{column} is blank",))
    if operator == "is not blank":
        return Match(tuple(values)) if values else None
    if condition.table:
        return _in_table(condition, values, row.get("metal", ""), tables(condition.table))
    if operator in ("is above", "is below"):
        return _compare(condition, values)
    wanted = {fold(value) for value in condition.values}
    inside = "not" not in operator
    hits = [value for value in values if (fold(value) in wanted) == inside]
    if not hits:
        return None
    if column == "event":
        newest = max((e for hit in hits for e in events[hit]), key=lambda e: (e["on"], e["source"]))
        told = tuple(f"{kind} on {e['on']} by {e['by']}" for kind in hits for e in events[kind])
        return Match(told, newest["source"], newest["on"])
    shown = hits if column in COUNTRY_COLUMNS else [f"{column} {hit}" for hit in hits]
    return Match(tuple(shown))


def _values(column: str, row: dict) -> list[str]:
    cell = row.get(column, "")
    if cell is None or cell == "":
        return []
    text = str(cell)
    return [part for part in text.split(";") if part] if column in LIST_COLUMNS else [text]


def _in_table(condition: Condition, values: list[str], metal: str, table: Lookup):
    found = {value: table.find(value, metal) for value in values}
    if condition.operator == "is not in the table":
        # A table that says nothing of the metal is no evidence against a country.
        hits = [value for value, row in found.items() if row is None]
        return Match(tuple(hits)) if hits and table.speaks_of(metal) else None
    hits = [value for value, row in found.items() if row]
    if not hits:
        return None
    day, source = max(found[value] for value in hits)
    return Match(tuple(hits), source, day)


def _compare(condition: Condition, values: list[str]) -> Match | None:
    limit = float(condition.values[0])
    for value in values:
        try:
            number = float(value)
        except ValueError:
            continue
        if (number > limit) if condition.operator == "is above" else (number < limit):
            return Match((f"{condition.column} {value}",))
    return None
