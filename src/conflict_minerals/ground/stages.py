"""The stages at which gates are judged, in order: survey, review, filing (``gate_stages.csv``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conflict_minerals.ground import library
from conflict_minerals.ground.terms import GATE

if TYPE_CHECKING:
    import pandas as pd

STAGES = ("survey", "review", "filing")
STAGED = ["stage", *GATE]


def stage_of(gate: str, subject: str) -> str:
    """The stage at which a gate of this kind and subject is judged."""
    return _line(gate, subject).get("stage", STAGES[-1])


def page_of(gate: str, subject: str) -> str:
    """The page of the outputs from which such a gate is cleared; blank where there is none."""
    return _line(gate, subject).get("page", "")


def _line(gate: str, subject: str) -> dict[str, str]:
    return next((row for row in library.records("gate_stages")
                 if row["gate"] == gate and subject.startswith(row["subject"])), {})


def staged(gates: pd.DataFrame) -> pd.DataFrame:
    """Gates (``gate, subject, reason``) with their ``stage`` before them, each cause once."""
    stage = [stage_of(row.gate, row.subject) for row in gates.itertuples()]
    out = gates.assign(stage=stage)[STAGED].drop_duplicates().astype("str")
    order = out["stage"].map(STAGES.index)
    return out.assign(order=order).sort_values(["order", *GATE], ignore_index=True)[STAGED]


def until(gates: pd.DataFrame, stage: str) -> pd.DataFrame:
    """The gates of a stage and of those before it; of every stage for ``""``."""
    judged = STAGES[: STAGES.index(stage) + 1] if stage else STAGES
    return gates[gates["stage"].isin(judged)]


def counts(gates: pd.DataFrame) -> dict[str, int]:
    """How many gates are closed at each stage."""
    return {stage: int((gates["stage"] == stage).sum()) for stage in STAGES}
