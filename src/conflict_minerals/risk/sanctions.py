"""Names that resemble one of a sanctions snapshot or an entity list: work for counsel.

This is no sanctions screening. A likeness of names says nothing about a facility; each hit is a
row for counsel, never a line in a letter or a tier. Only what a person confirms by a decision
counts.
"""

import re
from functools import cache

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from conflict_minerals.ground import library, tables
from conflict_minerals.ground.names import loose
from conflict_minerals.year import stands

# Snapshots hold tens of thousands of names: compare so many facilities' names at a time.
_BLOCK = 500


def review(
    facilities: pd.DataFrame,
    snapshot: pd.DataFrame,
    happened: pd.DataFrame,
    decisions: pd.DataFrame,
    *,
    score: float = 90,
    others: list[dict] = (),
) -> pd.DataFrame:
    """Likenesses at or above ``score`` (0 to 100) and public notices by id: ``sanctions_review``.

    Names are compared whole, and by their own words alone: equal own words give 95, a single
    equal own word 92, so that "Example Gold Refinery" meets "Example Trading".

    Args:
        facilities: each facility's reference name and the names it was reported under are compared.
        snapshot: ``Brought.names``.
        others: of ``others(...)``: names of suppliers, mines and traders.
        happened: ``profile.events(...)``; those of kind ``sanctioned`` match by smelter id.
    """
    hits = _alike(_names(facilities) + list(others), snapshot, score)
    hits += _notices(facilities, happened)
    decided = stands(decisions, "risk", "sanctions")
    for hit in hits:
        of = "supplier" if hit["subject"] == "supplier" else hit["metal"]
        row = decided.get((of, hit["smelter_id"]))
        state = row["value"].removeprefix("sanctions_") if row else "review"
        hit |= {"state": state, "decision": row["id"] if row else ""}
    frame = tables.frame(hits, "sanctions_review").drop_duplicates()
    return frame.sort_values(list(frame), kind="stable", ignore_index=True)


def _names(facilities: pd.DataFrame) -> list[dict]:
    """Each distinct name of each facility."""
    found = []
    for row in facilities.itertuples():
        reported = getattr(row, "names_reported", "")
        names = dict.fromkeys([row.smelter_name, *reported.split(";")])
        keys = {}
        for name in names:
            keys.setdefault(loose(name), name)
        keys.pop("", None)
        fields = {"subject": "facility", "metal": row.metal, "smelter_id": row.smelter_id,
                  "country": row.country, "smelter_name": row.smelter_name}
        found += [fields | {"name_compared": name, "key": k} for k, name in keys.items()]
    return found


def others(smelter_rows: pd.DataFrame, suppliers: pd.DataFrame | None) -> list[dict]:
    """Names of suppliers, of mines, and reported ones that are no facility (traders among them)."""
    counted = smelter_rows["counted"].astype(bool)
    mines = {name.strip() for cell in smelter_rows.loc[counted, "mines_reported"].unique()
             for name in re.split(r"[;\n]", cell)}
    unmatched = smelter_rows.loc[counted & (smelter_rows["smelter_id"] == ""), "name_reported"]
    named = [("mine", "", name) for name in mines]
    named += [("reported", "", name) for name in unmatched.unique()]
    if suppliers is not None:
        named += [("supplier", row.supplier_id, row.supplier_name)
                  for row in suppliers.itertuples()]
    blank = {"metal": "", "country": "", "smelter_name": ""}
    return [blank | {"subject": subject, "smelter_id": one, "name_compared": name,
                     "key": loose(name)} for subject, one, name in sorted(named) if loose(name)]


def _alike(names: list[dict], snapshot: pd.DataFrame, score: float) -> list[dict]:
    listed = [loose(name) for name in snapshot["name"]]
    if not names or not listed:
        return []
    own_listed = [own(name) for name in listed]
    hits = []
    for start in range(0, len(names), _BLOCK):
        block = names[start : start + _BLOCK]
        scores = _scores([name["key"] for name in block], listed)
        own_scores = _scores([own(name["key"]) for name in block], own_listed)
        scores = np.maximum(scores, own_scores * _weights(block, own_listed))
        for i, j in zip(*(scores >= score).nonzero(), strict=True):
            row = snapshot.iloc[int(j)]
            fields = {k: v for k, v in block[int(i)].items() if k != "key"}
            hits.append(
                fields
                | {
                    "listed_name": row["name"],
                    "listed_as": row["listed_as"],
                    "score": round(float(scores[i, j]), 1),
                    "list_id": row["list_id"],
                    "source": row["source"],
                    "list_as_of": row["as_of"],
                    "sha256": row["sha256"],
                }
            )
    return hits


def _scores(one: list[str], other: list[str]) -> np.ndarray:
    return process.cdist(one, other, scorer=fuzz.ratio, dtype=np.float32)


@cache
def _common() -> frozenset[str]:
    return frozenset(w for r in library.table("common_words").word for w in loose(r).split())


def own(name: str) -> str:
    """The words of a loose name that are its own: without trade and metal words."""
    return " ".join(word for word in name.split() if word not in _common())


def _weights(block: list[dict], listed: list[str]) -> np.ndarray:
    """How far equal own words speak for one company: two or more words more than a single one,
    a word of less than four letters not at all."""

    def weight(name: str) -> float:
        words = name.split()
        return 0.95 if len(words) > 1 else 0.92 if words and len(words[0]) > 3 else 0

    rows = np.array([weight(own(name["key"])) for name in block])
    columns = np.array([weight(name) for name in listed])
    return np.minimum.outer(rows, columns)


def _notices(facilities: pd.DataFrame, happened: pd.DataFrame) -> list[dict]:
    notices = happened[happened["kind"] == "sanctioned"]
    both = notices.merge(facilities, on=["metal", "smelter_id"], suffixes=("", "_facility"))
    return [
        {
            "subject": "facility",
            "metal": row.metal,
            "smelter_id": row.smelter_id,
            "smelter_name": row.smelter_name,
            "country": row.country,
            "name_compared": row.smelter_name,
            "listed_name": f"{row.by}: notice matched by smelter id",
            "listed_as": row.kind,
            "score": 100.0,
            "list_id": "events",
            "source": row.source,
            "list_as_of": row.on,
            "sha256": "",
        }
        for row in both.itertuples()
    ]
