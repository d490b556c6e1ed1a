"""Rules put to a row: what matches, and whose word it is.

A blank value matches nothing but ``is blank``: what is unknown is no evidence. A column that holds
several values matches when one of them does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from conflict_minerals.ground.edited import known
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import fold
from conflict_minerals.risk.rules import COUNTRY_COLUMNS, LIST_COLUMNS, Condition, Rule


@dataclass(frozen=True)
class Match:
    """What matched, and whose word it is where that is not the rule's own source."""

    values: tuple[str, ...]
    source: str = ""
    as_of: str = ""


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
        rows = known(table, as_of).to_dict("records")
        self.rows = len(rows)
        self.by_key: dict[str, list[tuple[str, str, str]]] = {}
        for row in rows:
            # A later date is the day on which an undated source was read, not the source's own.
            dated = row.get("since") or row["as_of"]
            line = (row.get("metal", ""), dated if dated <= day else "", row["source"])
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
    if rule.metals and row.get("metal") not in rule.metals:
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
