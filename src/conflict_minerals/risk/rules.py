"""Rules as data: the lines of ``flags.csv``, read. ``matching`` puts them to a row.

A test is written in plain words over columns of the profile, conditions joined by ``and``::

    country is in the table gold_hubs and recycled is Yes

Columns of countries compare as countries, whatever the spelling; a column that holds several
values (``declared_origins``, ``event``) matches when one of them does. A blank value matches
nothing but ``is blank``: what is unknown is no evidence.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

import pandas as pd

from conflict_minerals.ground import countries, library
from conflict_minerals.ground.edited import checked
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import METALS

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
# "Bosnia and Herzegovina" is one country: a condition begins with a column and "is".
_AND = re.compile(r"\s+and\s+(?=\S+\s+is\s)")
COUNTRY_COLUMNS = ("country", "declared_origins")
# Columns of country indices: where the list was not brought, the rule cannot be tested.
INDEX = "index_"
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
    def metals(self) -> list[str]:
        """The metals that the rule is about; none for all."""
        return [m.strip() for m in self.metal.split(";")] if self.metal else []

    @property
    def tables(self) -> list[str]:
        """The tables that the test asks."""
        return [c.table for c in self.conditions if c.table]

    @property
    def indices(self) -> list[str]:
        """The columns of country indices that the test asks."""
        return [c.column for c in self.conditions if c.column.startswith(INDEX)]


def load(table: pd.DataFrame | None = None) -> list[Rule]:
    """The rules in the order of their table (``flags.csv`` unless given).

    Raises:
        InputError: a column is missing, a test that cannot be read, an unknown word, a line
            without reason, source or date, an id that stands twice.
    """
    columns = tuple(f.name for f in fields(Rule) if f.name != "conditions")
    table = checked(library.table("flags") if table is None else table, FILE, columns)
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
        ("audience", ("", "counsel")),
    ):
        if getattr(rule, column) not in allowed:
            words = ", ".join(word or "(blank)" for word in allowed)
            raise wrong(f"{column} {getattr(rule, column)!r} is unknown", f"Use one of {words}")
    for metal in rule.metals:
        if metal not in METALS:
            raise wrong(f"metal {metal!r} is unknown", f"Use some of {', '.join(METALS)}")
    for column in ("reason", "source", "as_of"):
        if not getattr(rule, column):
            raise wrong(f"{column} is blank", "Each rule has a reason, a source and a date")
    if rule.window_months and not rule.window_months.isdigit():
        raise wrong(f"window_months {rule.window_months!r} is no whole number")
    tested = {c.column for c in rule.conditions}
    likeness = rule.severity == "info" and tested == {"sanctions_match"}
    if rule.audience == "counsel" and not likeness:
        raise wrong("only an info rule on sanctions_match alone can be kept for counsel",
                    "What else it found would stand nowhere")
    if rule.subject == "supplier" and rule.severity in ("hard", "red"):
        raise wrong("a rule on a supplier's answers is soft or info", "They are context only")


def parse(test: str, rule: str = "") -> tuple[Condition, ...]:
    """The conditions of a test; raises ``InputError`` naming the part that cannot be read."""
    return tuple(_condition(part, rule) for part in _AND.split(test))


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
            index = subject == "facility" and condition.column.startswith(INDEX)
            if rule.subject == subject and condition.column not in there and not index:
                raise InputError(
                    f"tests a column {condition.column!r} that a {subject} does not have",
                    file=FILE,
                    where=f"rule {rule.rule}",
                    fix=f"Columns: {', '.join(there)}",
                )
