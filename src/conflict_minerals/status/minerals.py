"""What came on templates for other minerals, EMRT and AMRT, in tables of its own.

Form SD asks about none of these minerals: no row of theirs is ever one of ``facilities``.
"""

from datetime import date
from typing import NamedTuple

import pandas as pd

from conflict_minerals.ground import tables
from conflict_minerals.ground.terms import STATUSES
from conflict_minerals.smelters import Reference
from conflict_minerals.status import classify


class Minerals(NamedTuple):
    """The tables ``mineral_rows``, ``mineral_facilities`` and ``minerals``."""

    rows: pd.DataFrame
    facilities: pd.DataFrame
    counted: pd.DataFrame


def minerals(smelter_rows: pd.DataFrame, responses: pd.DataFrame, answers: pd.DataFrame,
             reference: Reference, list_entries: pd.DataFrame, *, as_of: date, program: dict,
             decisions: pd.DataFrame | None = None) -> Minerals:
    """The matched rows of the accepted files that are no CMRTs, what lists say of the facilities
    on the review date, and how many there are by template and mineral."""
    accepted = responses["verdict"].isin(["accepted", "accepted_with_findings"])
    of = responses[accepted & (responses["template"] != "CMRT")].set_index("file")["template"]
    rows = smelter_rows[smelter_rows["file"].isin(of.index)]
    rows = rows.assign(template=rows["file"].astype("str").map(of))
    found = classify.facilities(rows.assign(counted=True), reference, list_entries,
                                table="mineral_facilities", as_of=as_of, program=program,
                                decisions=decisions)  # fmt: skip
    said = answers[answers["file"].isin(of.index) & (answers["answer"] != "")]
    said = said.assign(template=said["file"].astype("str").map(of))
    return Minerals(tables.frame(rows, "mineral_rows"), found, _counted(rows, found, said))


def _counted(rows: pd.DataFrame, facilities: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    status = facilities.set_index(["metal", "smelter_id"])["status"]
    keys = ["template", "metal"]
    pairs = pd.concat([rows[keys], said[keys]]).drop_duplicates().sort_values(keys)
    records = []
    for pair in pairs[pairs["metal"] != ""].to_dict("records"):
        own, told = (one[(one[keys] == pd.Series(pair)).all(axis=1)] for one in (rows, said))
        uses = told[(told["topic"] == "used_intentionally") & (told["answer"] == "Yes")]
        ids = sorted(set(own["smelter_id"]) - {""})
        held = [status[pair["metal"], one] for one in ids]
        records.append({
            **pair, "files": len({*own["file"], *told["file"]}),
            "suppliers": len({*own["supplier_id"], *told["supplier_id"]}),
            "suppliers_using": uses["supplier_id"].nunique(), "rows": len(own),
            "rows_unmatched": (own["match"] == "none").sum(),
            "rows_not_identified": (own["match"] == "not_identified").sum(),
            "facilities": len(ids), **{name: held.count(name) for name in STATUSES},
        })  # fmt: skip
    return tables.frame(records, "minerals")
