"""What lists show of each facility on the review date, and what changed."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "classify_facilities": "classify:facilities",
    "decision_figures": "effects:figures",
    "idle_decisions": "effects:idle",
    "joined": "classify:joined",
    "list_gates": "list_lines:gates",
})
