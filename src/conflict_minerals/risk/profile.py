"""One row a facility: the columns that a rule may test, each from its own source.

Location, origin and assurance stand in columns of their own and are never mixed.
"""

from datetime import date

import pandas as pd

from conflict_minerals.ground import countries
from conflict_minerals.ground.edited import known, shipped
from conflict_minerals.ground.terms import ASSURANCE
from conflict_minerals.risk import origins
from conflict_minerals.risk.rules import INDEX
from conflict_minerals.risk.sources import Brought
from conflict_minerals.year import stands

_EVENTS = ["metal", "smelter_id", "kind", "on", "until", "by", "source", "place"]


def events(left_lists: pd.DataFrame | None = None, *, as_of: date) -> pd.DataFrame:
    """Dated events of facilities that were known on the review date and had not ended by then.

    ``metal, smelter_id, kind (suspended, removed, sanctioned, left), on, until, by, source,
    place``: those of ``events.csv``, and each facility that an assurance list names no
    more (``left_lists``, dated by the list that is silent).
    """
    table = shipped("events").assign(place="events.csv")
    parts = [table[_EVENTS]]
    if left_lists is not None and len(left_lists):
        left = left_lists.rename(columns={"gone_as_of": "on", "gone_from": "by"})
        left = left.assign(kind="left", until="", place=left["listed_in"])
        left["source"] = left["by"] + " names it no more; it stood in " + left["listed_in"]
        parts.append(left[_EVENTS])
    every = pd.concat(parts, ignore_index=True)
    dated = every[every["on"] != ""]
    return known(dated, as_of).sort_values(_EVENTS, kind="stable", ignore_index=True)


def build(
    facilities: pd.DataFrame,
    smelter_rows: pd.DataFrame,
    told: pd.DataFrame,
    *,
    happened: pd.DataFrame,
    brought: Brought | None = None,
    list_entries: pd.DataFrame | None = None,
    hits: pd.DataFrame | None = None,
    decisions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The profile of each facility, in the order of metal and id.

    Args:
        facilities: the table ``facilities``; all its columns stay and may be tested.
        told: the table ``origins`` (``origins.annex``).
        happened: ``events(...)``.
        list_entries: entries of the year's lists; an id that none of them and no look-up sheet
            knows is unknown.
        hits: ``sanctions.review(...)``.

    Adds the columns of the table ``risk_profile``, and ``index_<list>`` for each country index
    that was provided, blank where it has no value.
    """
    frame = facilities.copy()
    frame["region"] = [countries.region(code) for code in frame["country"]]
    frame["sub_region"] = [countries.sub_region(code) for code in frame["country"]]
    frame["assurance"] = frame["status"].map(ASSURANCE).astype("str")
    frame = frame.merge(origins.by_facility(told), on=["metal", "smelter_id"], how="left")
    frame = frame.merge(origins.recycled(smelter_rows), on=["metal", "smelter_id"], how="left")
    said = _evidence_of_recycling(told)
    pairs = list(zip(frame["metal"], frame["smelter_id"], strict=True))
    frame["recycled"] = [
        "Yes" if pair in said else answer
        for pair, answer in zip(pairs, frame["recycled"].fillna("Unknown"), strict=True)
    ]
    frame["origin_basis"] = frame["origin_basis"].fillna("unknown")
    frame["declared_origins"] = frame["declared_origins"].fillna("")
    frame["id_known"] = _known(frame, smelter_rows, list_entries)
    kinds = happened.groupby(["metal", "smelter_id"])["kind"].agg(lambda s: sorted(set(s)))
    frame["event"] = [";".join(kinds.get(pair, [])) for pair in pairs]
    decided = pd.DataFrame(
        _sanctions(pairs, hits, decisions), index=frame.index,
        columns=["sanctions_match", "sanctions_match_source", "sanctions_match_as_of"],
    )
    frame[decided.columns] = decided
    for list_id, index in (brought.of("index").groupby("list_id") if brought else ()):
        newest = index.sort_values("year", kind="stable").groupby("iso3")["value"].last()
        frame[f"{INDEX}{list_id}"] = frame["country"].map(newest).fillna("")
    return frame.sort_values(["metal", "smelter_id"], kind="stable", ignore_index=True)


def _evidence_of_recycling(told: pd.DataFrame) -> set[tuple[str, str]]:
    rows = told[told["basis"] == "recycled"]
    return set(zip(rows["metal"], rows["smelter_id"], strict=True))


def _known(frame, smelter_rows, list_entries) -> pd.Series:
    """Yes when a matched row quotes a reference entry, or a list of the year names the id."""
    known = set(smelter_rows.loc[smelter_rows["list_source"] != "", "smelter_id"].unique())
    if list_entries is not None and len(list_entries):
        known |= set(list_entries["smelter_id"])
    return frame["smelter_id"].isin(known).map({True: "yes", False: "no"}).astype("str")


def _sanctions(pairs: list[tuple], hits, decisions) -> list[tuple[str, str, str]]:
    """What a person decided, and when; else ``review`` where a name resembles a listed one, with
    the newest snapshot; else ``none``."""
    decided = stands(decisions, "risk", "sanctions")
    likeness = {}
    if hits is not None:
        for hit in hits.sort_values(["list_as_of", "source"]).itertuples():
            likeness[(hit.metal, hit.smelter_id)] = ("review", hit.source, hit.list_as_of)
    found = []
    for pair in pairs:
        row = decided.get(pair)
        if row:
            state = row["value"].removeprefix("sanctions_")
            found.append((state, f"decision {row['id']} by {row['decided_by']}", row["decided_on"]))
        else:
            found.append(likeness.get(pair, ("none", "", "")))
    return found
