"""Checks, verdicts, the survey at a glance, and letters to suppliers."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "add_notices": "survey:add_notices",
    "all_findings": "verdicts:all_findings",
    "at_a_glance": "survey:at_a_glance",
    "corrective_actions": "actions:find",
    "declared_by_metal": "survey_tables:by_metal",
    "declared_by_scope": "survey_tables:by_scope",
    "differences_by_supplier": "differences:at_a_glance",
    "draft_letters": "letters:draft",
    "file_in": "filing_in:file_in",
    "find_differences": "differences:find",
    "find_faults": "remembered:find",
    "findings_by_rule": "survey_tables:findings_by_rule",
    "grade_programmes": "programme:grade",
    "judge_files": "verdicts:judge",
    "is_draft_letter": "letters:is_draft",
    "letter_files": "letters:files",
    "path_of_letter": "letters:path_of",
    "messages_sent": "survey_tables:sent",
    "note_sent": "filing_in:note_sent",
    "put_aside": "filing_in:put_aside",
    "response_rates": "survey:rates",
    "rows_that_count": "verdicts:counted",
    "rules_page": "checks:documentation",
    "suppliers_to_take_up": "survey_tables:escalations",
    "weightiest": "survey_tables:weightiest",
})
