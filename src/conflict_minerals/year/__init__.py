"""A year's inputs as people keep them: program, roster, decisions, sign-off, scaffold."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "DECISIONS_FILE": "record:FILE",
    "DECISION_COLUMNS": "record:COLUMNS",
    "DECISION_VALUES": "record:VALUES",
    "EMAIL": "privacy:EMAIL",
    "Inputs": "inputs:Inputs",
    "Names": "privacy:Names",
    "UNDIGESTED": "inputs:UNDIGESTED",
    "append_decision": "record:append",
    "blanks": "program:blanks",
    "by_facility": "record:by_facility",
    "by_name": "record:by_name",
    "check_decisions": "record:check",
    "decision_line": "record:line",
    "facility_key": "record:facility_key",
    "find_disagreements": "crosscheck:find",
    "input_hashes": "inputs:hashes",
    "is_illustration": "scaffold:is_illustration",
    "known_people": "privacy:known",
    "lay_out": "scaffold:lay_out",
    "load_inputs": "inputs:load",
    "mask": "privacy:mask",
    "mask_text": "privacy:mask_text",
    "match_key": "record:match_key",
    "next_id": "record:next_id",
    "no_decisions": "record:empty",
    "setting": "program:setting",
    "signed_off": "signoff:status",
    "standing_decisions": "record:current",
})
