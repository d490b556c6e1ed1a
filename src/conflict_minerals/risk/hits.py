"""Rules put to a row: what matches, and whose word it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from conflict_minerals.ground.conditions import COUNTRIES, Clause
from conflict_minerals.ground.edited import known
from conflict_minerals.ground.errors import InputError
from conflict_minerals.risk.rules import Rule

LIST_COLUMNS = ("declared_origins", "event", "names_reported", "matched_by")


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
    metal = row.get("metal", "")
    if rule.metals and metal not in rule.metals:
        return None
    events = events or {}

    def get(column: str):
        cell = row.get(column, "")
        if column not in LIST_COLUMNS or not cell:
            return cell
        return [part for part in cell.split(";") if part and (column != "event" or part in events)]

    def lookup(name: str, value: str) -> bool | None:
        # A table that says nothing of the metal is no evidence against a country.
        return bool(tables(name).find(value, metal)) if tables(name).speaks_of(metal) else None

    met = rule.condition.met(get, lookup)
    if met is None:
        return None
    values, source, as_of = [], "", ""
    for clause, hits in met:
        told, whose, day = _told(clause, hits, events)
        if clause.operator == "is in the table":
            day, whose = max(tables(clause.table).find(hit, metal) for hit in hits)
        # A column with companions, as ``status`` with ``status_source``, brings their word.
        own = [row.get(f"{clause.column}_{name}", "") for name in ("source", "as_of")]
        if not whose and all(own):
            whose, day = own
        values += [value for value in told if value not in values]
        if whose and day >= as_of:
            source, as_of = whose, day
    return Match(tuple(values), source, as_of)


def _told(clause: Clause, hits: list[str], events: dict) -> tuple[list[str], str, str]:
    """What of a row meets a clause, as a flag says it; of an event with its source and date."""
    if not hits:
        return [str(clause).replace(";", ", ")], "", ""
    if clause.column == "event":
        found = [event for kind in hits for event in events[kind]]
        newest = max(found, key=lambda event: (event["on"], event["source"]))
        told = [f"{event['kind']} on {event['on']} by {event['by']}" for event in found]
        return told, newest["source"], newest["on"]
    bare = clause.table or clause.operator == "is not blank" or clause.column in COUNTRIES
    return hits if bare else [f"{clause.column} {hit}" for hit in hits], "", ""
