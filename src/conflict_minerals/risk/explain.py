"""Why each facility stands where it stands: who reported it, what lists say, which flags and tier.

It quotes and judges nothing.
"""

import pandas as pd

from conflict_minerals.ground import countries, tables
from conflict_minerals.ground.columns import texts
from conflict_minerals.risk import tiers


def every(
    risk: pd.DataFrame,
    flags: pd.DataFrame,
    facilities: pd.DataFrame,
    smelter_rows: pd.DataFrame,
    origins: pd.DataFrame,
    lines: list[tiers.Line] | None = None,
) -> pd.DataFrame:
    """The table ``risk_explained``: one row a facility, highest tier first."""
    lines = tiers.load() if lines is None else lines
    keys = ["metal", "smelter_id"]
    counted = smelter_rows.loc[smelter_rows["counted"].astype(bool), [*keys, "supplier_id"]]
    by = counted.drop_duplicates().groupby(keys)["supplier_id"].agg(texts).to_dict()
    facts = {row[:2]: row[2:] for row in facilities[
        [*keys, "status", "status_source", "status_as_of"]].itertuples(index=False, name=None)}
    told: dict[tuple, list[str]] = {}
    for row in flags.sort_values([*keys, "rule"]).itertuples():
        text = f"{row.rule} ({row.matched}; {row.source}, {row.rule_as_of})"
        told.setdefault((row.metal, row.smelter_id), []).append(text.replace(";", ","))
    ore: dict[tuple, list[str]] = {}
    for row in origins.itertuples():
        ore.setdefault((row.metal, row.smelter_id), []).append(_origin(row).replace(";", ","))
    out = []
    for row in risk.itertuples():
        pair = (row.metal, row.smelter_id)
        status, source, day = facts[pair]
        out.append({
            "metal": row.metal, "smelter_id": row.smelter_id, "smelter_name": row.smelter_name,
            "country_name": countries.printed(row.country),
            "reported_by": ";".join(sorted(by.get(pair, ()))),
            "listed": f"{status}: {source or 'on no list'} {day}".strip(),
            "origin": ";".join(dict.fromkeys(ore.get(pair, []))),
            "flags": ";".join(told.get(pair, [])), "assurance": row.assurance, "tier": row.tier,
            "by_line": _line_text(row.tier_rule, lines),
        })
    frame = tables.frame(out, "risk_explained")
    rank = frame["tier"].map({tier: i for i, tier in enumerate(tiers.TIERS)})
    frame = frame.assign(_rank=rank).sort_values(["_rank", *keys], ignore_index=True)
    return frame.drop(columns="_rank")


def _origin(row) -> str:
    if row.basis == "none":
        return "nothing is known"
    if row.basis == "recycled":
        return "recycled or scrap"
    name = row.country_name or f"not read as a country: {row.as_reported}"
    return f"{name} ({row.basis})"


def _line_text(rule: str, lines: list[tiers.Line] | None) -> str:
    """The tier table's line in its own words, or the decision that set the tier."""
    for line in tiers.load() if lines is None else lines:
        if line.line == rule:
            return f"line {rule} of tiers.csv: {line.reason}"
    return rule
