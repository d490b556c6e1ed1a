"""What a decision of kind ``risk`` would move, before it is written down."""

from dataclasses import replace

import pandas as pd

from conflict_minerals.risk import riskdecisions
from conflict_minerals.risk.review import Review, review
from conflict_minerals.store import chain

_TABLES = ("facilities", "smelter_rows", "answers", "list_entries", "suppliers", "left_lists")


def readable(run) -> bool:
    """Whether the notebook of this run reads what the review needs: the third and the fourth do."""
    reads = next(step.reads for step in chain.steps() if step.step == run.step)
    return set(_TABLES) <= set(reads)


def effect(run, new: dict, standing: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """What a new line would change: ``figure, now, then, change``; why it applies to nothing."""
    held = {name: run.read(name) for name in _TABLES}
    later = pd.concat([standing, pd.DataFrame([new])], ignore_index=True)
    before, after = _review(run, held, standing), _review(run, held, later)
    vain = dict((line["id"], why) for line, why in riskdecisions.idle(
        later, risk=after.risk, flags=after.flags, suppliers=held["suppliers"]))
    old, now = figures(before), figures(after)
    rows = [[name, old[name], now[name], now[name] - old[name]] for name in old]
    frame = pd.DataFrame(rows, columns=["figure", "now", "then", "change"])
    return frame, vain.get(new["id"], "")


def figures(found: Review) -> dict[str, int]:
    """What a decision on risk can move: facilities by tier, open hard flags, steps to decide."""
    tiers = found.risk["tier"]
    counts = {f"tier_{tier}": int((tiers == tier).sum()) for tier in riskdecisions.TIERS}
    undecided = int((found.escalation["state"] == "not_decided").sum())
    return counts | {"hard_flags_open": len(found.gates_risk), "steps_not_decided": undecided}


def _review(run, held: dict[str, pd.DataFrame], decisions: pd.DataFrame) -> Review:
    return review(
        held["facilities"], held["smelter_rows"], held["answers"],
        replace(run.inputs, decisions=decisions), held["list_entries"], as_of=run.as_of,
        raw=run.raw, suppliers=held["suppliers"], left_lists=held["left_lists"],
    )
