"""Rules as data: the lines of ``flags.csv``, read. ``hits`` puts them to a row.

A test is a condition (``ground.conditions``) over columns of the profile::

    country is in the table gold_hubs and recycled is Yes
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import pandas as pd

from conflict_minerals.ground import conditions, library
from conflict_minerals.ground.edited import checked
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import METALS

FILE = "flags.csv"
SEVERITIES = ("hard", "red", "soft", "info")
AXES = ("location", "origin", "assurance", "identity", "sanctions", "answers")
# Columns of country indices: where the list was not brought, the rule cannot be tested.
INDEX = "index_"


@dataclass(frozen=True)
class Rule:
    """A line of ``flags.csv``, its test read."""

    rule: str
    subject: str
    axis: str
    test: str
    condition: conditions.Condition
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
    def columns(self) -> list[str]:
        """The columns that the test asks."""
        return [clause.column for clause in self.condition.clauses]

    @property
    def tables(self) -> list[str]:
        """The tables that the test asks."""
        return [clause.table for clause in self.condition.clauses if clause.table]

    @property
    def indices(self) -> list[str]:
        """The columns of country indices that the test asks."""
        return [column for column in self.columns if column.startswith(INDEX)]


def load(table: pd.DataFrame | None = None) -> list[Rule]:
    """The rules in the order of their table (``flags.csv`` unless given).

    Raises:
        InputError: a column is missing, a test that cannot be read, an unknown word, a line
            without reason, source or date, an id that stands twice.
    """
    columns = tuple(f.name for f in fields(Rule) if f.name != "condition")
    table = checked(library.table("flags") if table is None else table, FILE, columns)
    rules: list[Rule] = []
    for row in table.to_dict("records"):
        if not row["test"]:
            raise InputError("test is blank", file=FILE, where=f"rule {row['rule']}")
        condition = conditions.parse(row["test"], FILE, f"rule {row['rule']}")
        rule = Rule(condition=condition, **row)
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
    likeness = rule.severity == "info" and set(rule.columns) == {"sanctions_match"}
    if rule.audience == "counsel" and not likeness:
        raise wrong("only an info rule on sanctions_match alone can be kept for counsel",
                    "What else it found would stand nowhere")
    if rule.subject == "supplier" and rule.severity in ("hard", "red"):
        raise wrong("a rule on a supplier's answers is soft or info", "They are context only")


def check_columns(rules: Iterable[Rule], columns: Iterable[str], subject: str) -> None:
    """Raise ``InputError`` for a rule on that subject that tests a column which is not there."""
    for rule in rules:
        if rule.subject == subject:
            indices = rule.indices if subject == "facility" else []
            conditions.check_columns(
                rule.condition, [*columns, *indices], FILE, f"rule {rule.rule}", f"a {subject}")
