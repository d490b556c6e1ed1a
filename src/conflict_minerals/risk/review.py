"""The whole step in one call: from facilities and rows to tiers, gates and the open list."""

from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import pandas as pd

from conflict_minerals.risk import escalation as steps
from conflict_minerals.risk import explain, profile, rules, sanctions, sensitivity, sources, tiers
from conflict_minerals.risk import flags as finder
from conflict_minerals.risk import origins as ground


@dataclass(frozen=True)
class Review:
    """The tables of the geographic risk review, each in the columns of ``tables.csv``."""

    risk: pd.DataFrame
    flags: pd.DataFrame
    risk_rules: pd.DataFrame
    risk_profile: pd.DataFrame
    supplier_flags: pd.DataFrame
    origins: pd.DataFrame
    origin_summary: pd.DataFrame
    escalation: pd.DataFrame
    escalation_counts: pd.DataFrame
    sensitivity: pd.DataFrame
    sensitivity_summary: pd.DataFrame
    sanctions_review: pd.DataFrame  # for counsel alone
    risk_sources: pd.DataFrame
    gates_risk: pd.DataFrame
    risk_explained: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """All of them by name, for ``Run.save(**review.tables())``."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def review(
    facilities: pd.DataFrame,
    smelter_rows: pd.DataFrame,
    answers: pd.DataFrame,
    inputs,
    list_entries: pd.DataFrame,
    *,
    as_of: date,
    raw: Path | None = None,
    suppliers: pd.DataFrame | None = None,
    left_lists: pd.DataFrame | None = None,
    table: pd.DataFrame | None = None,
    tier_table: pd.DataFrame | None = None,
) -> Review:
    """Flags, tiers, origins, gates and the open list as known on the review date.

    Args:
        facilities, smelter_rows, answers, list_entries, suppliers, left_lists: tables of the
            earlier steps.
        inputs: ``Inputs``: ``lists``, ``origins``, ``decisions`` and ``program`` are used.
        raw: the year's input folder, where the user's own risk lists lie; without it none is read.
        table, tier_table: rules and tiers other than those of the knowledge folder.

    Raises:
        InputError: a rule, tier line, list or decision that cannot be read.
    """
    found, lines = rules.load(table), tiers.load(tier_table)
    lists = inputs.lists if raw is not None else inputs.lists.iloc[:0]
    asked = {name for rule in found for name in rule.tables}
    brought = sources.load(Path(raw or "."), lists, as_of=as_of, tested=asked)
    happened = profile.events(left_lists, as_of=as_of)
    records = pd.concat([inputs.origins.assign(place="origins.csv"), brought.of("member_origins")])
    told = ground.annex(smelter_rows, records.fillna(""), facilities, as_of=as_of)
    hits = sanctions.review(
        facilities, brought.names, happened, inputs.decisions, score=_score(inputs),
        others=sanctions.others(smelter_rows, suppliers),
    )
    profiles = profile.build(
        facilities, smelter_rows, told, happened=happened, brought=brought,
        list_entries=list_entries, hits=hits, decisions=inputs.decisions,
    )
    flags = finder.evaluate(
        profiles, found, brought=brought, happened=happened, told=told,
        smelter_rows=smelter_rows, as_of=as_of,
    )
    on_suppliers = finder.suppliers(answers, found, brought=brought, as_of=as_of)
    risk = tiers.assign(facilities, flags, inputs.decisions, profiles=profiles, lines=lines)
    listed = steps.open_list(risk, inputs.decisions, suppliers, as_of=as_of, lines=lines)
    moved, weights = sensitivity.drop_each(risk, flags, lines)
    return Review(
        risk=risk,
        flags=flags,
        risk_rules=finder.states(found, brought, flags, on_suppliers, as_of=as_of),
        risk_profile=profiles,
        supplier_flags=on_suppliers,
        origins=told,
        origin_summary=ground.summary(told),
        escalation=listed,
        escalation_counts=steps.counts(listed),
        sensitivity=moved,
        sensitivity_summary=weights,
        sanctions_review=hits,
        risk_sources=_sources(brought, inputs.origins, facilities, as_of),
        gates_risk=tiers.gates(risk, flags, inputs.decisions),
        risk_explained=explain.every(risk, flags, facilities, smelter_rows, told, lines),
    )


def _sources(brought, records, facilities, as_of: date) -> pd.DataFrame:
    """What the review rests on: lists, shipped tables, and the year's records of origin."""
    then = records.loc[records["as_of"] <= as_of.isoformat(), "as_of"]
    idle, later = ground.unused(records, facilities), len(records) - len(then)
    notes = [f"No facility of this year: {', '.join(idle)}"] * bool(idle)
    notes += [f"Dated after the review date, left out: {later}"] * bool(later)
    line = dict.fromkeys(brought.provided.columns, "") | {
        "kind": "origins", "rows": len(then), "note": "; ".join(notes),
    }
    if records.empty:
        note = "No records of the ore's origin were provided"
        line |= {"source": "not provided", "state": "not_provided", "note": note}
    else:
        line |= {"source": "records of origin, each with its own source", "file": "origins.csv",
                 "as_of": then.max() if len(then) else "",
                 "state": "provided" if len(then) else "later_than_review"}
    return pd.concat([brought.provided, pd.DataFrame([line])], ignore_index=True)


def _score(inputs) -> float:
    """Likeness from which a name goes to counsel: ``risk.sanctions_score``, 90 unless given."""
    return float((inputs.program.get("risk") or {}).get("sanctions_score") or 90)
