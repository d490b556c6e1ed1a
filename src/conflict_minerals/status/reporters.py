"""Who reported which facility, under which names, in which rows; and each supplier's facilities."""

import pandas as pd

from conflict_minerals.ground import live, pages, show
from conflict_minerals.ground.columns import records
from conflict_minerals.ground.terms import STATUSES
from conflict_minerals.status.classify import joined

_KEY = ["metal", "smelter_id"]


def by_facility(smelter_rows: pd.DataFrame, facilities: pd.DataFrame,
                most: int = pages.ROW_LIMIT + 1) -> pd.DataFrame:
    """One row a facility and supplier: names used, kinds of match, and the places of the rows.

    ``most``: how many are wanted, of a year that has many more; one more than a page shows.

    ``by_facility`` in ``tables.csv``; ``places`` is ``file, sheet, row`` of each row of a
    counted CMRT.
    """
    rows = _counted(smelter_rows, [
        *_KEY, "supplier_id", "name_reported", "lookup_reported", "match", "file", "sheet", "row"])
    by = [*_KEY, "supplier_id"]
    shown = rows.loc[(rows["smelter_id"] != "").to_numpy(), by].drop_duplicates().merge(
        facilities[[*_KEY, "smelter_name", "country", "status"]], on=_KEY)
    rows = rows.merge(shown.sort_values(by).head(most), on=by)
    called = rows["name_reported"].where(rows["name_reported"] != "", rows["lookup_reported"])
    where = [f"{row.file}, {row.sheet}, row {row.row}"
             for row in records(rows[["file", "sheet", "row"]])]
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
    rows = _counted(smelter_rows, [*_KEY, "supplier_id", "match"])
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


def _counted(smelter_rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return smelter_rows.loc[smelter_rows["counted"].to_numpy(dtype=bool), columns]


def linked(facility_rows: pd.DataFrame, supplier_rows: pd.DataFrame) -> show.Shown:
    """Both views as tables whose rows lead to one another; nothing links to a row that is cut.

    Args:
        facility_rows: of ``by_facility``.
        supplier_rows: of ``by_supplier``.
    """
    limit = pages.ROW_LIMIT
    facility_rows, cut = facility_rows.head(limit), len(facility_rows) > limit
    suppliers = supplier_rows.head(limit)
    known = set(suppliers["supplier_id"])
    first = ~facility_rows.duplicated(_KEY)
    anchors = [pages.slug("facility", metal, one) if is_first else
               pages.slug("facility", metal, one, supplier)
               for metal, one, supplier, is_first in
               zip(facility_rows["metal"], facility_rows["smelter_id"],
                   facility_rows["supplier_id"], first, strict=True)]
    table = facility_rows.assign(
        anchor=anchors, supplier_id=[pages.Link(one, "#" + pages.slug("supplier", one))
                                     if one in known else one
                                     for one in facility_rows["supplier_id"]])
    turned = facility_rows.sort_values(["supplier_id", *_KEY], kind="stable")
    owned = pd.DataFrame({
        "supplier_id": turned["supplier_id"], "metal": turned["metal"],
        "facility": [pages.Link(f"{name} ({one})", "#" + pages.slug("facility", metal, one))
                     for name, one, metal in zip(turned["smelter_name"], turned["smelter_id"],
                                                 turned["metal"], strict=True)],
        "status": turned["status"], "rows": turned["rows"],
        "names_reported": turned["names_reported"]})
    owned["anchor"] = [pages.slug("of", s, metal, one) for s, metal, one in
                       zip(turned["supplier_id"], turned["metal"], turned["smelter_id"],
                           strict=True)]
    start = {}
    for supplier, anchor in zip(owned["supplier_id"], owned["anchor"], strict=True):
        start.setdefault(supplier, anchor)
    counts = suppliers.assign(
        anchor=[pages.slug("supplier", one) for one in suppliers["supplier_id"]],
        supplier_id=[pages.Link(one, "#" + start[one]) if one in start else one
                     for one in suppliers["supplier_id"]])
    said = "" if not cut else f" (the first {limit:,} rows)"
    parts = [(counts, "Suppliers and their facilities by status"),
             (owned, f"Facilities of each supplier{said}"),
             (table, f"Who reported each facility, under which names, in which rows{said}")]
    markup = pages.Markup().join(_table(pages.plain(frame), caption) for frame, caption in parts)
    plain = "\n".join(f"{caption} ({len(frame):,} rows)" for frame, caption in parts)
    return show.Shown(markup, plain)


def _table(frame: pd.DataFrame, caption: str) -> pages.Markup:
    return (live.table(frame.drop(columns="anchor"), caption)
            or pages.table(frame, caption, row_id="anchor"))
