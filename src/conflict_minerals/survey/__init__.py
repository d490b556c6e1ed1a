"""Checks, verdicts, the survey at a glance, and letters to suppliers."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "add_notices": "survey:add_notices",
    "draft_letters": "letters:draft",
    "letter_files": "letters:files",
    "find_faults": "remembered:find",
    "rules_page": "checks:documentation",
})
