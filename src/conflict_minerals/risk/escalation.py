"""The open list: what is followed up, by whom, until when, and what it led to.

Steps are those that the OECD Guidance names in its third step: engage, trace, suspend, disengage.
They are decisions of kind ``risk`` and nothing here takes one.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache

import pandas as pd

from conflict_minerals.ground import library, tables
from conflict_minerals.risk import tiers
from conflict_minerals.risk.tiers import TIERS
from conflict_minerals.year import stands


def open_list(
    risk: pd.DataFrame,
    decisions: pd.DataFrame,
    suppliers: pd.DataFrame | None = None,
    *,
    as_of: date,
    lines: list[tiers.Line] | None = None,
    reach: Mapping[tuple[str, str], Mapping[str, int]] | None = None,
) -> pd.DataFrame:
    """Facilities above the lowest tier and suppliers with unreliable answers: ``escalation``.

    As ``ranked`` puts them; each with the step decided, its owner and due day, blank where nobody
    has decided. A finished step stays on the list, as what was done.

    Args:
        suppliers: the table ``suppliers``; those whose next step is to escalate or whose counted
            files hold errors are listed, and those that a decision speaks of.
        reach: how many ``suppliers, products, rows`` a facility or supplier is of (``reach_of``).
    """
    lines = tiers.load() if lines is None else lines
    suggested = {line.line: line.suggested_step for line in lines}
    decided = stands(decisions, "risk", "step")
    found = []
    for row in risk.itertuples():
        step = decided.get((row.metal, row.smelter_id))
        if row.tier == "low" and not row.hard and not step:
            continue
        line = {"subject": "facility", "metal": row.metal, "subject_id": row.smelter_id,
                "name": row.smelter_name, "tier": row.tier, "why": row.flags or "no rule matched",
                "suggested_step": suggested.get(row.tier_rule, "engage")}
        found.append(line | _decided(step, as_of))
    found += _suppliers(suppliers, decided, as_of)
    nowhere = dict.fromkeys(("suppliers", "products", "rows"), 0)
    for line in found:
        line |= (reach or {}).get((line["metal"] or "supplier", line["subject_id"]), nowhere)
    return ranked(tables.frame(found, "escalation"))


def ranked(escalation: pd.DataFrame) -> pd.DataFrame:
    """The open list as it is worked through: by tier, critical first, then suppliers; within a
    tier by reach (suppliers, products, rows) and by the number of flags.
    """
    ranks = {tier: place for place, tier in enumerate(TIERS)}
    tier = escalation["tier"].map(ranks).fillna(len(TIERS))
    flags = -escalation["why"].str.count(";")
    far = [-escalation[name].astype("int64") for name in ("suppliers", "products", "rows")]
    keys = pd.concat([tier, *far, flags, escalation[["subject", "metal", "subject_id"]]], axis=1)
    keys.columns = range(keys.shape[1])
    order = keys.sort_values(list(keys.columns), kind="stable").index
    return escalation.loc[order].reset_index(drop=True)


def _suppliers(suppliers: pd.DataFrame | None, decided: dict, as_of: date) -> list[dict]:
    if suppliers is None:
        return []
    found = []
    for row in suppliers.sort_values("supplier_id").itertuples():
        step = decided.get(("supplier", row.supplier_id))
        why = []
        if row.next_step == "escalate":
            why.append(row.next_step_reason or "the survey's next step is to escalate")
        if row.errors:
            why.append(f"{row.errors} error{'s' * (row.errors != 1)} in the files that count")
        if not why and not step:
            continue
        line = {"subject": "supplier", "metal": "", "subject_id": row.supplier_id,
                "name": row.supplier_name, "tier": "", "why": "; ".join(why) or "decided by hand",
                "suggested_step": "engage"}
        found.append(line | _decided(step, as_of))
    return found


def _decided(step: dict | None, as_of: date) -> dict:
    if step is None:
        blank = dict.fromkeys(("next_step", "owner", "due_on", "decision", "reason"), "")
        return blank | {"state": "not_decided", "overdue": False}
    state = step["state"] or "open"
    late = bool(step["due_on"]) and step["due_on"] < as_of.isoformat()
    return {
        "next_step": step["value"],
        "owner": step["owner"],
        "due_on": step["due_on"],
        "state": state,
        "overdue": late and state not in _finished(),
        "decision": step["id"],
        "reason": step["reason"],
    }


@cache
def _finished() -> frozenset[str]:
    table = library.table("escalation_states")
    return frozenset(table.loc[table["finished"] == "yes", "state"])


def counts(escalation: pd.DataFrame) -> pd.DataFrame:
    """What was decided, done and led to, counted: ``escalation_counts``; nothing decided counts
    too."""
    meanings = library.table("escalation_states").set_index("state")["meaning"].to_dict()
    meanings["not_decided"] = "No step decided"
    keys = ["subject", "next_step", "state"]
    frame = escalation.groupby(keys, as_index=False).size().rename(columns={"size": "subjects"})
    frame["meaning"] = frame["state"].map(meanings).fillna("")
    frame = tables.frame(frame, "escalation_counts")
    return frame.sort_values(keys, kind="stable", ignore_index=True)
