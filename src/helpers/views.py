"""Who reported which facility, under which names, in which rows; and each supplier's facilities."""

import pandas as pd

from conflict_minerals.ground import pages, show
from conflict_minerals.ground.terms import STATUSES

_KEY = ["metal", "smelter_id"]
_MATCHES = {
    "id": "id together with metal",
    "alias": "exact name or alias together with metal",
    "decision": "a person's decision",
    "none": "matched nothing",
    "not_identified": "says that the smelter is not identified",
}


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
    markup = pages.Markup().join(pages.table(frame, caption, row_id="anchor", csv="")
                     for frame, caption in parts)
    plain = "\n".join(f"{caption} ({len(frame):,} rows)" for frame, caption in parts)
    return show.Shown(markup, plain)


def matches(smelter_rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of counted CMRTs by how they were matched: ``match, meaning, rows, suppliers``."""
    rows = smelter_rows[smelter_rows["counted"].astype(bool)]
    grouped = rows.groupby("match")["supplier_id"].agg(["size", "nunique"])
    grouped = grouped.reindex(list(_MATCHES), fill_value=0)
    out = grouped.set_axis(["rows", "suppliers"], axis=1).reset_index()
    out.insert(1, "meaning", out["match"].map(_MATCHES))
    return out


def by_metal(facilities: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    """Facilities by metal and status, in the year's own words, with their totals."""
    table = pd.crosstab(facilities["metal"], facilities["status"])
    table = table.reindex(columns=list(STATUSES), fill_value=0)
    table.loc["All metals"] = table.sum()
    table["All"] = table.sum(axis=1)
    return table.rename(columns=labels).rename_axis(None, axis=1).reset_index()
