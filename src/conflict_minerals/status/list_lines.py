"""Lines of lists that cannot be used or read whole, what hangs on each, and what each list meets.

A line closes a gate only where it could give or take the status of something reported: it has an
id or a name that a supplier reported, or a metal that may be one of the four and cannot be read.
A decision of kind ``list`` answers it. Titles, notes and other minerals are no fault.
"""

from datetime import date
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import ids, library, names, tables
from conflict_minerals.ground.terms import GATE, METALS
from conflict_minerals.ground.text import number_of
from conflict_minerals.smelters import (
    HIDDEN,
    REMARK,
    REVISION_KINDS,
    UNREAD_COLUMNS,
    Reference,
    index_of,
    like_3tg,
    place_of,
)
from conflict_minerals.status import classify
from conflict_minerals.status.changes import Tables

_ASSURING = [row["kind"] for row in library.records("list_kinds") if row["group"] == "assuring"]
# What hangs on a line, the weightiest first.
_WEIGHTS = ("gate", "open", "remark", "answered")


def find(list_entries: pd.DataFrame, smelter_rows: pd.DataFrame, facilities: pd.DataFrame, *,
         as_of: date) -> pd.DataFrame:
    """The lines of lists in use that cannot be used, or of which an audit cannot be read.

    Returns:
        ``list_lines`` in ``tables.csv``. ``weight``: gate; open, where an audit date or cycle of
        an entry that counts cannot be read; remark; answered, by a decision.
    """
    used = classify.lists_used(list_entries, as_of)
    known = list_entries["list_id"].isin(used.loc[used["used"], "list_id"]) | (
        list_entries["kind"].isin(REVISION_KINDS) & (list_entries["as_of"] <= as_of.isoformat()))
    wrong = list_entries[known & ((list_entries["problem"] != "") | (list_entries["unread"] != ""))]
    reported = _reported(smelter_rows, facilities) if len(wrong) else set()
    rows = []
    for line in wrong.drop_duplicates(["list_id", "sheet", "row"]).to_dict("records"):
        weight = _weight(line, reported)
        if weight:
            rows.append({**line, "weight": weight, "what": line["problem"] or line["unread"],
                         "decision_key": f"{line['list_id']}|{line['says']}"})
    return tables.frame(sorted(rows, key=lambda row: (_WEIGHTS.index(row["weight"]),
                                                      row["list_id"], row["sheet"], row["row"])),
                        "list_lines")


def _weight(line: dict, reported: set[tuple[str, str]]) -> str:
    """What hangs on a line, blank for nothing: a title, a note, another mineral."""
    metals = METALS if line["metal"] in ("", "Multiple") else [line["metal"]]
    printed, _, called = line["says"].partition("|")
    found = ids.read(called)
    words = {*found.value.split(";"), ids.meant(called), *(
        names.keys(text).stem for text in (called, line["name"], *line["alias"].split(";")))} - {""}
    met = any((metal, word) in reported for metal in metals for word in words)
    assures = classify.speaks_of_status(line)
    if line["decision"]:
        return "answered"
    if not line["problem"]:
        return "open" if met and line["kind"] != "active" else "remark"
    if line["problem"].startswith(UNREAD_COLUMNS):
        return "open" if assures else "remark"
    if met and assures:
        return "gate"
    if line["problem"].startswith(REMARK) or not set(metals) & set(METALS):
        return ""
    return "gate" if not line["metal"] and assures and like_3tg(printed) else "remark"


def _reported(smelter_rows: pd.DataFrame, facilities: pd.DataFrame) -> set[tuple[str, str]]:
    """Metal with each id and each folded name that a counted row gave or was matched to."""
    rows = smelter_rows[smelter_rows["counted"].to_numpy(dtype=bool)]
    found: set[tuple[str, str]] = set()
    for metal, one, *called in rows[["metal", "smelter_id_reported", "name_reported",
                                     "lookup_reported"]].astype("str").drop_duplicates().values:
        found |= {(metal, ids.read(one).value), (metal, ids.meant(one))}
        found |= {(metal, names.keys(name).stem) for name in called}
    for metal, one, name in facilities[["metal", "smelter_id", "smelter_name"]].values:
        found |= {(metal, one), (metal, names.keys(name).stem)}
    return found


def gates(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines that close the gate: ``gate, subject, reason``."""
    closing = lines[lines["weight"] == "gate"]
    reasons = [f"{place_of(row.file, row.sheet, row.row)}: {row.what}; mend the list, or decide "
               "what the line means (kind list)" for row in closing.itertuples()]
    return pd.DataFrame({"gate": "list", "subject": closing["decision_key"].tolist(),
                         "reason": reasons}, columns=GATE).astype("str")


def met(list_entries: pd.DataFrame, reference: Reference, facilities: pd.DataFrame,
        lines: pd.DataFrame, *, as_of: date, fewer_percent: int,
        before: Path | None = None) -> pd.DataFrame:
    """What each list in use meets of the reported facilities: ``lists_met`` in ``tables.csv``.

    ``before``: outputs of the year compared with; a kind of list that meets less than
    ``fewer_percent`` of the share that it met then is remarked, as are a list that meets none,
    lines that cannot be used and lines that are hidden.
    """
    used = classify.lists_used(list_entries, as_of)
    pairs = set(zip(facilities["metal"], facilities["smelter_id"], strict=True))
    usable = list_entries[list_entries["problem"] == ""]
    rows, found, asked = [], index_of(reference), len(pairs)
    for one in used[used["used"]].to_dict("records"):
        entries = usable[usable["list_id"] == one["list_id"]].to_dict("records")
        on = {pair for entry in entries for pair, _ in classify.about(entry, found)} & pairs
        rows.append({**one, "met": len(on), "pairs": on})
    then = _share_before(before)
    for row in rows:
        of_kind = set().union(*(other["pairs"] for other in rows if other["kind"] == row["kind"]))
        share, was = len(of_kind) / max(asked, 1), then.get(row["kind"], 0.0)
        mine = usable[usable["list_id"] == row["list_id"]]
        hidden = mine.loc[mine["note"].str.contains(HIDDEN, regex=False), ["sheet", "row"]]
        hidden = len(hidden.drop_duplicates())
        unused = int(((lines["list_id"] == row["list_id"]) & (lines["weight"] == "remark")
                      & (lines["what"] != "")).sum())
        row["remark"] = "; ".join(filter(None, [
            f"meets none of the {number_of(asked, 'facility', 'facilities')} reported: is it the "
            "right list?"
            if asked and not row["met"] and row["kind"] in _ASSURING else
            f"lists of its kind meet {share:.0%} of the facilities, {was:.0%} the year before"
            if 100 * share < was * fewer_percent else "",
            f"{number_of(unused, 'line', 'lines')} cannot be used or read whole; no status hangs "
            "on that"
            if unused else "",
            f"lines that count and are hidden in the sheet: {hidden}" if hidden else ""]))
    return tables.frame(rows, "lists_met")


def _share_before(before: Path | None) -> dict[str, float]:
    """By kind of list, the share of another year's facilities whose status such a list gave."""
    if before is None:
        return {}
    then = Tables(before).read("facilities", ["metal", "smelter_id", "status", "status_reason"])
    said = then["status_reason"].astype("str")
    return {kind: float(said.str.contains(f"on the {kind.replace('_', '-')} list").mean())
            for kind in _ASSURING if len(then)}
