"""What each rule weighs: the tiers again without it."""

import pandas as pd

from conflict_minerals.ground import tables
from conflict_minerals.risk import tiers


def drop_each(
    risk: pd.DataFrame, flags: pd.DataFrame, lines: list[tiers.Line] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables ``sensitivity`` and ``sensitivity_summary``: each rule left out in turn.

    Tiers as the table gives them, before any that a decision set by hand. Rules that match
    nothing have no line in the first and zeros in the second.
    """
    lines = tiers.load() if lines is None else lines
    columns = ["metal", "smelter_id", "smelter_name", "assurance"]
    names = {row[:2]: row[2:] for row in risk[columns].itertuples(index=False, name=None)}
    of: dict[tuple, list[tuple]] = {}
    for row in flags.sort_values(columns[:2]).itertuples():
        of.setdefault((row.metal, row.smelter_id), []).append((row.rule, row.severity))
    severities = flags.drop_duplicates("rule").set_index("rule")["severity"].sort_index()
    moved, summary = [], []
    for rule, severity in severities.items():
        which = []
        for pair, had in of.items():
            if rule not in dict(had):
                continue
            name, assurance = names[pair]
            tier = tiers.tier_of(had, assurance, lines).tier
            kept = [flag for flag in had if flag[0] != rule]
            without = tiers.tier_of(kept, assurance, lines).tier
            if without != tier:
                which.append(f"{pair[0]} {pair[1]}")
                moved.append((rule, *pair, name, tier, without))
        flagged = int((flags["rule"] == rule).sum())
        summary.append((rule, severity, flagged, len(which), ";".join(which)))
    return tables.frame(moved, "sensitivity"), tables.frame(summary, "sensitivity_summary")
