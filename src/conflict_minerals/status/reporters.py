"""Who reported which facility, under which names, in which rows; and each supplier's facilities."""

import pandas as pd

from conflict_minerals.ground.terms import STATUSES
from conflict_minerals.status.classify import joined

_KEY = ["metal", "smelter_id"]


def by_facility(smelter_rows: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """One row a facility and supplier: names used, kinds of match, and the places of the rows.

    ``by_facility`` in ``tables.csv``; ``places`` is ``file, sheet, row`` of each row of a
    counted CMRT.
    """
    rows = _counted(smelter_rows)
    rows = rows[(rows["smelter_id"] != "").to_numpy()]
    rows = rows.merge(facilities[[*_KEY, "smelter_name", "country", "status"]], on=_KEY)
    called = rows["name_reported"].where(rows["name_reported"] != "", rows["lookup_reported"])
    where = [f"{file}, {sheet}, row {row}" for file, sheet, row in
             zip(rows["file"], rows["sheet"], rows["row"], strict=True)]
    keys = [*_KEY, "smelter_name", "country", "status", "supplier_id"]
    out = rows.assign(called=called, where=where).groupby(keys, sort=True).agg(
        rows=("row", "size"), names_reported=("called", joined), matched_by=("match", joined),
        places=("where", lambda places: ";".join(dict.fromkeys(places))))
    return out.reset_index()


def by_supplier(smelter_rows: pd.DataFrame, facilities: pd.DataFrame,
                suppliers: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row a supplier: its facilities by status, and its rows that are none.

    ``by_supplier`` in ``tables.csv``; ``suppliers`` adds those without a counted row.
    """
    rows = _counted(smelter_rows)
    found = rows[[*_KEY, "supplier_id"]].drop_duplicates().merge(
        facilities[[*_KEY, "status"]], on=_KEY)
    every = set(rows["supplier_id"])
    if suppliers is not None:
        every |= set(suppliers["supplier_id"])
    out = pd.DataFrame({"supplier_id": sorted(every)}, dtype="str")
    statuses = pd.crosstab(found["supplier_id"], found["status"])
    out["facilities"] = out["supplier_id"].map(found.groupby("supplier_id").size())
    for status in STATUSES:
        out[status] = out["supplier_id"].map(statuses[status]) if status in statuses else 0
    for column, match in (("rows_unmatched", "none"), ("rows_not_identified", "not_identified")):
        of = rows[(rows["match"] == match).to_numpy()].groupby("supplier_id").size()
        out[column] = out["supplier_id"].map(of)
    numbers = [column for column in out.columns if column != "supplier_id"]
    return out.fillna({column: 0 for column in numbers}).astype(dict.fromkeys(numbers, "int64"))


def _counted(smelter_rows: pd.DataFrame) -> pd.DataFrame:
    return smelter_rows[smelter_rows["counted"].to_numpy(dtype=bool)]
