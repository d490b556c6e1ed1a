"""What lists show of each facility on the review date, and what changed."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "Minerals": "minerals:Minerals",
    "all_changes": "changes:together",
    "audits_due_again": "audits:reaudits",
    "classify_facilities": "classify:facilities",
    "compare_years": "changes:compare",
    "decided_subjects": "effects:subjects",
    "decision_effect": "effects:effect",
    "decision_figures": "effects:figures",
    "facilities_that_left": "history:left_lists",
    "faulty_lines": "list_lines:find",
    "joined": "classify:joined",
    "lines_without_id": "classify:by_name_alone",
    "list_gates": "list_lines:gates",
    "lists_met": "list_lines:met",
    "other_minerals": "minerals:minerals",
    "promises_kept": "changes:promises",
    "used_lists": "classify:lists_used",
    "what_decisions_changed": "effects:effects",
})
