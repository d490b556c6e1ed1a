"""What is filed and what proves it: figures, claims, documents, evidence, packs."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "SIGNING": "signing:NAME",
    "SIGNING_TEXT": "signing:TEXT",
    "check_claims": "claims.proof:check",
    "counted_tables": "claims.figures:counted_tables",
    "figure_definitions": "claims.figures:definitions",
    "front_stamp": "evidence.front_door:stamp",
    "headline_of": "evidence.front_door:headline",
    "lint_main": "edgar.lint:main",
    "load_front": "evidence.front_door:load",
    "lost_table": "claims.proof:lost_table",
    "nav": "evidence.front_door:nav",
    "read_output_table": "claims.proof:read_table",
    "recount": "claims.figures:recount",
    "redline_between": "word.redline:between",
    "seal_outputs": "export:seal",
    "stated_figures": "claims.figures:stated",
    "signed_text": "signing:kept",
    "signing_changes": "signing:changes",
    "signing_of": "signing:of",
    "signing_parts": "signing:parts",
    "signing_digest": "signing:digest",
    "signing_printed": "signing:printed",
    "check_pack": "pack:check",
    "write_pack": "pack:write",
})
