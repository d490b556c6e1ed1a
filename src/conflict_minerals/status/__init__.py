"""What lists show of each facility on the review date, and what changed."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "EXPLORED_ROWS": "joined:ROWS",
    "Minerals": "minerals:Minerals",
    "all_changes": "changes:together",
    "audits_due_again": "audits:reaudits",
    "by_facility": "reporters:by_facility",
    "by_supplier": "reporters:by_supplier",
    "classify_facilities": "classify:facilities",
    "compare_years": "changes:compare",
    "count_explored": "joined:count_by",
    "decided_subjects": "effects:subjects",
    "decision_effect": "effects:effect",
    "decision_figures": "effects:figures",
    "explore_table": "joined:explore",
    "facilities_of_annex": "changes:of_annex",
    "facilities_that_left": "history:left_lists",
    "faulty_lines": "list_lines:find",
    "lines_without_id": "classify:by_name_alone",
    "linked_views": "reporters:linked",
    "list_gates": "list_lines:gates",
    "lists_met": "list_lines:met",
    "narrow_explored": "joined:narrow",
    "other_minerals": "minerals:minerals",
    "parted_by": "joined:kind_of",
    "product_facilities": "joined:product_facilities",
    "promises_kept": "changes:promises",
    "reach_of": "joined:reach",
    "used_lists": "classify:lists_used",
    "what_decisions_changed": "effects:effects",
})
