"""Checks, verdicts, the survey at a glance, and letters to suppliers."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "add_notices": "survey:add_notices",
    "draft_letters": "letters:draft",
    "letter_files": "letters:files",
    "file_in": "filing_in:file_in",
    "find_faults": "remembered:find",
    "note_sent": "filing_in:note_sent",
    "rules_page": "checks:documentation",
})
