"""What decisions of kind ``risk`` would move, before they are written down."""

from dataclasses import replace

import pandas as pd

from conflict_minerals.risk.review import Review, review
from conflict_minerals.risk.tiers import TIERS

_TABLES = ("facilities", "smelter_rows", "answers", "list_entries", "suppliers", "left_lists")


def effect(run, later: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """What a later record would move: ``figure, now, then, change``."""
    held = {name: run.read(name) for name in _TABLES}
    old, new = (_figures(_review(run, held, made)) for made in (standing, later))
    names = dict.fromkeys([*old, *sorted(new)])  # first what every preview tells
    rows = [[name, old.get(name, 0), new.get(name, 0), new.get(name, 0) - old.get(name, 0)]
            for name in names]
    return pd.DataFrame(rows, columns=["figure", "now", "then", "change"])


def _figures(found: Review) -> dict[str, int]:
    """What a decision on risk can move: facilities by tier, closed gates, steps to decide; steps
    by what was decided, by the ids of ``figures.json``.
    """
    tiers, gates = found.risk["tier"], found.gates_risk["gate"]
    counts = {f"tier_{tier}": int((tiers == tier).sum()) for tier in TIERS}
    undecided = int((found.escalation["state"] == "not_decided").sum())
    steps = found.escalation.loc[found.escalation["next_step"] != "", ["subject", "next_step"]]
    taken = {f"followed_up_{subject}_{step}": int(many)
             for (subject, step), many in steps.value_counts(sort=False).items()}
    return counts | {"hard_flags_open": int((gates == "hard_flag").sum()),
                     "tiers_undecided": int((gates == "tier").sum()),
                     "steps_not_decided": undecided} | taken


def _review(run, held: dict[str, pd.DataFrame], decisions: pd.DataFrame) -> Review:
    return review(
        held["facilities"], held["smelter_rows"], held["answers"],
        replace(run.whole, decisions=decisions), held["list_entries"], as_of=run.as_of,
        raw=run.raw, suppliers=held["suppliers"], left_lists=held["left_lists"],
    )
