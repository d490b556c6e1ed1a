"""What lists show of each facility on the review date, and what changed."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "classify_facilities": "classify:facilities",
    "decided_subjects": "effects:subjects",
    "decision_effect": "effects:effect",
    "decision_figures": "effects:figures",
    "joined": "classify:joined",
    "list_gates": "list_lines:gates",
})
