"""Facilities that an assurance list named once and names no more: as history, never as a guess."""

from datetime import date
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import names, tables
from conflict_minerals.smelters import REVISION_KINDS, Reference, place_of, retired_ids
from conflict_minerals.status import classify
from conflict_minerals.status.changes import Tables

_ASSURING = ("conformant", "active")


def left_lists(list_entries: pd.DataFrame, reference: Reference, facilities: pd.DataFrame, *,
               as_of: date, before: Path | None = None) -> pd.DataFrame:
    """Facilities gone from the newest conformant or active list of their scheme.

    One that went from an active list to a conformant one has not left.
    Looked for in the year's older lists of the same kind, scheme and metals, and among the
    facilities that the outputs of another year (``before``) show as listed.

    Returns:
        ``left_lists`` in ``tables.csv``. ``said`` quotes a list of retired ids, another list that
        names the facility now, or a facility of the same name; else that no source says why.
    """
    used = classify.lists_used(list_entries, as_of)
    day = as_of.isoformat()
    entries = list_entries[(list_entries["problem"] == "") & (list_entries["smelter_id"] != "")
                           & (list_entries["as_of"] <= day)]
    found: dict[tuple, list] = {}
    for newest in used[used["used"] & used["kind"].isin(_ASSURING)].itertuples():
        same = entries[(entries["kind"] == newest.kind) & (entries["scheme"] == newest.scheme)
                       & (entries["list_metals"] == newest.list_metals)]
        now = set(same.loc[same["as_of"] == newest.as_of, "smelter_id"])
        older = same[(same["as_of"] < newest.as_of) & ~same["smelter_id"].isin(now)]
        for row in older.sort_values("as_of", kind="stable").to_dict("records"):
            where = f"{row['list_id']}: {place_of(row['file'], row['sheet'], row['row'])}"
            found[row["metal"], row["smelter_id"], newest.kind] = [
                row["name"], row["country"], where, row["as_of"], newest.list_id, newest.as_of]
    for row in _listed_before(before):
        newest = used[used["used"] & (used["kind"] == row["status"])]
        key = (row["metal"], row["smelter_id"], row["status"])
        # The other year's list is one of this year's, or this year has no list of the kind.
        if newest.empty or key in found or newest["as_of"].max() <= row["status_as_of"]:
            continue
        there = set(entries.loc[entries["list_id"].isin(newest["list_id"]), "smelter_id"])
        if row["smelter_id"] not in there:
            found[key] = [row["smelter_name"], row["country"],
                          f"outputs of {before.name}: {row['status_source']}",
                          row["status_as_of"], ";".join(sorted(newest["list_id"])),
                          newest["as_of"].max()]
    reported = set(zip(facilities["metal"], facilities["smelter_id"], strict=True))
    current = entries[entries["list_id"].isin(used.loc[used["used"], "list_id"])]
    conformant = set(current.loc[current["kind"] == "conformant", "smelter_id"])
    off = retired_ids(list_entries, day)
    rows = [[metal, one, name, country, was, where, listed, gone, gone_on,
             _said(metal, one, name, current, reference, off.get(one)), (metal, one) in reported]
            for (metal, one, was), (name, country, where, listed, gone, gone_on)
            in sorted(found.items()) if was == "conformant" or one not in conformant]
    return tables.frame(rows, "left_lists")


def _listed_before(before: Path | None) -> list[dict]:
    """Facilities that another year's outputs show on a list: by a list, not by a decision."""
    if before is None:
        return []
    columns = ["metal", "smelter_id", "smelter_name", "country", "status", "status_source",
               "status_as_of", "status_reason"]
    frame = Tables(before).read("facilities", columns)
    listed = frame["status"].isin(_ASSURING) & (frame["status_as_of"] != "")
    # A cross-recognised scheme's own list is another list.
    by_kind = [f"on the {status} list" in reason for status, reason in
               zip(frame["status"], frame["status_reason"], strict=True)]
    return frame[listed & pd.Series(by_kind, index=frame.index)].to_dict("records")


def _said(metal: str, one: str, name: str, current: pd.DataFrame, reference: Reference,
          retired: dict | None) -> str:
    told = []
    if retired and not retired["again"]:
        because = f": {retired['note']}" if retired["note"] else ""
        told.append(f"id retired: {retired['list_id']} of {retired['as_of']}{because}")
    for row in current[current["smelter_id"] == one].to_dict("records"):
        if row["kind"] not in ("reference", *REVISION_KINDS):
            told.append(f"now on {row['list_id']} of {row['as_of']}")
    key = names.keys(name)
    others = reference.claims
    same = others[(others["metal"] == metal) & (others["stem"] == key.stem)
                  & (others["smelter_id"] != one) & (others["state"] != "overruled")]
    told += [f"a facility of the same name is {other}" for other in sorted(set(same["smelter_id"]))]
    old = reference.old_ids[reference.old_ids["old_id"] == one]
    told += [f"its id today is {row.smelter_id} ({row.place})" for row in old.itertuples()]
    return "; ".join(told) or "no source says why"
