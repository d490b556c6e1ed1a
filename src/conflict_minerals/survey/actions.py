"""Corrective actions on a supplier and a smelter: drop it, or prove what stands for it, by a day.

An action is a decision of kind ``risk`` with the key ``supplier|id|Gold|CID000000``. What was
asked stands in ``correspondence.csv``; what last year left open is carried from its outputs.
"""

from datetime import date
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import csvfiles, library, tables
from conflict_minerals.ground.text import unguarded
from conflict_minerals.year import stands

KIND = "action"
_KEPT = ["supplier_id", "metal", "smelter_id", "smelter_name", "action", "due_on", "owner",
         "asked_on", "state", "since"]


def find(decisions, correspondence, suppliers, smelter_rows, facilities, *, year: int,
         as_of: date, against: Path | None = None) -> pd.DataFrame:
    """Every action that stands or was left open last year: ``actions`` in ``tables.csv``.

    Args:
        suppliers: with ``answered_on``, the newest effective date that counts.
        against: finished outputs of last year.

    An action is answered by a file received, or dated, on the day it was asked for or later. Its
    ``effect`` is what the supplier's lists that count and the year's statuses show of it.
    """
    before = _before(against)
    made = {key[1:]: line for key, line in stands(decisions, "risk", KIND).items()
            if len(key) == 4}
    keys = sorted(made.keys() | before.keys())
    theirs = smelter_rows["supplier_id"].isin([supplier for supplier, *_ in keys])
    named = set(smelter_rows.loc[theirs & smelter_rows["counted"].astype(bool), [
        "supplier_id", "metal", "smelter_id"]].itertuples(index=False, name=None))
    known = {(row.metal, row.smelter_id): row for row in facilities.itertuples()}
    dated = dict(zip(suppliers["supplier_id"], suppliers["answered_on"], strict=True))
    rows = []
    for key in keys:
        supplier, *pair = key
        own, old, smelter = made.get(key), before.get(key), known.get(tuple(pair))
        sent = correspondence[correspondence["supplier_id"] == supplier]
        asked = max([day for day, words in _sent(sent, KIND) if mark(*pair) in words],
                    default=old["asked_on"] if old else "")
        came = sorted(day for day in (dated.get(supplier, ""), *(d for d, _ in _sent(
            sent, "received"))) if asked and day >= asked)
        row = dict.fromkeys(tables.names("actions"), "") | (old or {}) | dict(
            zip(("supplier_id", "metal", "smelter_id"), key, strict=True)) | {
            "smelter_name": smelter.smelter_name if smelter else (old or {}).get(
                "smelter_name", ""),
            "status": smelter.status if smelter else "", "named": key in named,
            "asked_on": asked, "answered_on": came[0] if came else "", "carried": old is not None,
            "since": old["since"] if old else str(year)}
        if own:
            row |= {"action": own["value"], "decision": own["id"], "due_on": own["due_on"],
                    "owner": own["owner"], "state": own["state"] or "open"}
        row["effect"] = _effect(row, bool(dated.get(supplier)))
        row["overdue"] = bool(row["due_on"]) and row["due_on"] < as_of.isoformat() and (
            row["state"] not in finished() and row["effect"] not in ("dropped", "listed"))
        rows.append(row)
    return tables.frame(rows, "actions")


def mark(metal: str, smelter_id: str) -> str:
    """By what a reference in ``correspondence.csv`` names the facility that was asked about."""
    return f"{KIND}:{metal}|{smelter_id}"


def finished() -> set[str]:
    """States after which nothing more is due."""
    table = library.table("escalation_states")
    return set(table.loc[table["finished"] == "yes", "state"])


def to_ask(actions: pd.DataFrame) -> pd.DataFrame:
    """Actions decided this year on a smelter that the supplier names, and not asked for yet."""
    return actions[(actions["decision"] != "") & (actions["effect"] == "not_asked")
                   & ~actions["state"].isin(finished())]


def _sent(letters: pd.DataFrame, kind: str) -> list[tuple[str, list[str]]]:
    rows = letters[letters["kind"] == kind]
    return [(row.sent_on, row.reference.split()) for row in rows.itertuples()]


def _effect(row: dict, answered: bool) -> str:
    if answered and not row["named"]:
        return "dropped"
    if row["action"] == "prove" and row["status"] in ("conformant", "active"):
        return "listed"
    if not row["asked_on"]:
        return "not_asked"
    return "still_named" if row["answered_on"] else "no_answer"


def _before(against: Path | None) -> dict[tuple[str, str, str], dict]:
    """Last year's actions that nobody finished."""
    path = against and Path(against) / "tables" / "actions.csv"
    if not path or not path.is_file():
        return {}
    rows = csvfiles.read(path, _KEPT)[_KEPT].map(unguarded)
    return {(row["supplier_id"], row["metal"], row["smelter_id"]): row
            for row in rows.to_dict("records") if row["state"] not in finished()}
