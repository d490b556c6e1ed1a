"""The review step by step: what it rests on, what is known, flags, tiers, what is open.

Each step takes what the steps before it gave; ``review`` takes them all.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from conflict_minerals.risk import escalation as steps
from conflict_minerals.risk import explain, profile, rules, sanctions, sensitivity, sources, tiers
from conflict_minerals.risk import flags as finder
from conflict_minerals.risk import origins as ground

_PAIR = ["metal", "smelter_id"]
# What of ``smelter_rows``, of which there may be millions, tells who named a facility, where its
# ore is from, on which list it stands, and which names there are.
ROWS = {
    "who": ["supplier_id", *_PAIR, "counted"],
    "ore": ["supplier_id", *_PAIR, "counted", "file", "sheet", "row", "list_source",
            "recycled_reported", "mines_reported", "mine_countries_reported"],
    "list": [*_PAIR, "list_source"],
    "names": ["smelter_id", "counted", "name_reported", "mines_reported"],
}


@dataclass(frozen=True)
class Basis:
    """What a review rests on, as known on the review date."""

    rules: list[rules.Rule]
    lines: list[tiers.Line]
    brought: sources.Brought
    events: pd.DataFrame
    as_of: date


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


def rest_on(
    inputs,
    left_lists: pd.DataFrame | None = None,
    *,
    as_of: date,
    raw: Path | None = None,
    table: pd.DataFrame | None = None,
    tier_table: pd.DataFrame | None = None,
) -> Basis:
    """The rules, the tier table, the lists that the user brought and the dated events.

    Args:
        inputs: ``Inputs``, of which ``lists`` are used.
        left_lists: the table of that name.
        raw: the year's input folder, where the user's own risk lists lie; without it none is read.
        table, tier_table: rules and tiers other than those of the knowledge folder.

    Raises:
        InputError: a rule, tier line or list that cannot be read.
    """
    found = rules.load(table)
    lists = inputs.lists if raw is not None else inputs.lists.iloc[:0]
    asked = {name for rule in found for name in rule.tables}
    return Basis(
        rules=found,
        lines=tiers.load(tier_table),
        brought=sources.load(Path(raw or "."), lists, as_of=as_of, tested=asked),
        events=profile.events(left_lists, as_of=as_of),
        as_of=as_of,
    )


def origins(basis: Basis, facilities, smelter_rows, inputs) -> pd.DataFrame:
    """Where each facility's ore is said to come from: ``origins``."""
    records = pd.concat([inputs.origins.assign(place="origins.csv"),
                         basis.brought.of("member_origins")])
    return ground.annex(smelter_rows, records.fillna(""), facilities, as_of=basis.as_of)


def alike(basis: Basis, facilities: pd.DataFrame, smelter_rows, suppliers, inputs) -> pd.DataFrame:
    """Names like those of sanctions and entity lists, for counsel alone: ``sanctions_review``."""
    return sanctions.review(
        facilities, basis.brought.names, basis.events, inputs.decisions, score=_score(inputs),
        others=sanctions.others(smelter_rows, suppliers),
    )


def profiles(basis: Basis, facilities, smelter_rows, list_entries, told, hits, inputs):
    """What the rules look at, a row a facility: ``risk_profile``; ``told`` is ``origins``."""
    return profile.build(
        facilities, smelter_rows, told, happened=basis.events, brought=basis.brought,
        list_entries=list_entries, hits=hits, decisions=inputs.decisions,
    )


def flagged(basis: Basis, known: pd.DataFrame, told, smelter_rows) -> pd.DataFrame:
    """Which facility matched which rule, on what: ``flags``; ``known`` is of ``profiles``."""
    return finder.evaluate(
        known, basis.rules, brought=basis.brought, happened=basis.events, told=told,
        smelter_rows=smelter_rows, as_of=basis.as_of,
    )


def on_suppliers(basis: Basis, answers: pd.DataFrame) -> pd.DataFrame:
    """What suppliers' own answers say, as context on them: ``supplier_flags``."""
    return finder.suppliers(answers, basis.rules, brought=basis.brought, as_of=basis.as_of)


def rule_states(basis: Basis, flags: pd.DataFrame, context: pd.DataFrame) -> pd.DataFrame:
    """Each rule, whether it could be tested, and how many match it: ``risk_rules``."""
    return finder.states(basis.rules, basis.brought, flags, context, as_of=basis.as_of)


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
    """Every step in turn: what a decision would move is seen by taking them twice.

    Args:
        facilities, smelter_rows, answers, list_entries, suppliers, left_lists: tables of the
            earlier steps.
        inputs: ``Inputs``: ``lists``, ``origins``, ``decisions`` and ``program`` are used.
        as_of, raw, table, tier_table: see ``rest_on``.

    Raises:
        InputError: a rule, tier line, list or decision that cannot be read.
    """
    basis = rest_on(
        inputs, left_lists, as_of=as_of, raw=raw, table=table, tier_table=tier_table
    )
    told = origins(basis, facilities, smelter_rows, inputs)
    hits = alike(basis, facilities, smelter_rows, suppliers, inputs)
    known = profiles(basis, facilities, smelter_rows, list_entries, told, hits, inputs)
    flags = flagged(basis, known, told, smelter_rows)
    context = on_suppliers(basis, answers)
    risk = tiers.assign(
        facilities, flags, inputs.decisions, profiles=known, lines=basis.lines
    )
    listed = steps.open_list(risk, inputs.decisions, suppliers, as_of=as_of, lines=basis.lines)
    moved, weights = sensitivity.drop_each(risk, flags, basis.lines)
    return Review(
        risk=risk,
        flags=flags,
        risk_rules=rule_states(basis, flags, context),
        risk_profile=known,
        supplier_flags=context,
        origins=told,
        origin_summary=ground.summary(told),
        escalation=listed,
        escalation_counts=steps.counts(listed),
        sensitivity=moved,
        sensitivity_summary=weights,
        sanctions_review=hits,
        risk_sources=listed_sources(basis, inputs.origins, facilities),
        gates_risk=tiers.gates(risk, flags, inputs.decisions),
        risk_explained=explain.every(risk, flags, facilities, smelter_rows, told, basis.lines),
    )


def listed_sources(basis: Basis, records, facilities) -> pd.DataFrame:
    """Lists, shipped tables, the year's ``records`` of origin (of its inputs): ``risk_sources``."""
    then = records.loc[records["as_of"] <= basis.as_of.isoformat(), "as_of"]
    idle, later = ground.unused(records, facilities), len(records) - len(then)
    notes = [f"No facility of this year: {', '.join(idle)}"] * bool(idle)
    notes += [f"Dated after the review date, left out: {later}"] * bool(later)
    line = dict.fromkeys(basis.brought.provided.columns, "") | {
        "kind": "origins", "rows": len(then), "note": "; ".join(notes),
    }
    if records.empty:
        note = "No records of the ore's origin were provided"
        line |= {"source": "not provided", "state": "not_provided", "note": note}
    else:
        line |= {"source": "records of origin, each with its own source", "file": "origins.csv",
                 "as_of": then.max() if len(then) else "",
                 "state": "provided" if len(then) else "later_than_review"}
    return pd.concat([basis.brought.provided, pd.DataFrame([line])], ignore_index=True)


def _score(inputs) -> float:
    """Likeness from which a name goes to counsel: ``risk.sanctions_score``, 90 unless given."""
    return float((inputs.program.get("risk") or {}).get("sanctions_score") or 90)
