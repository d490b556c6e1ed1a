"""Counts of the status notebook, small enough to read."""

import pandas as pd

_KINDS = {
    "id": "id together with metal",
    "alias": "exact name or alias together with metal",
    "decision": "a person's decision",
    "none": "matched nothing",
    "not_identified": "says that the smelter is not identified",
}
_STATUSES = ("conformant", "active", "indeterminable")


def matches(smelter_rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of counted CMRTs by how they were matched: ``match, meaning, rows, suppliers``."""
    rows = smelter_rows[smelter_rows["counted"].astype(bool)]
    grouped = rows.groupby("match")["supplier_id"].agg(["size", "nunique"])
    grouped = grouped.reindex(list(_KINDS), fill_value=0)
    out = grouped.set_axis(["rows", "suppliers"], axis=1).reset_index()
    out.insert(1, "meaning", out["match"].map(_KINDS))
    return out


def by_metal(facilities: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    """Facilities by metal and status, in the year's own words, with their totals."""
    table = pd.crosstab(facilities["metal"], facilities["status"])
    table = table.reindex(columns=list(_STATUSES), fill_value=0)
    table.loc["All metals"] = table.sum()
    table["All"] = table.sum(axis=1)
    return table.rename(columns=labels).rename_axis(None, axis=1).reset_index()
