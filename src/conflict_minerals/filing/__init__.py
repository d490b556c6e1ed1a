"""What is filed and what proves it: figures, claims, documents, evidence, packs."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "Built": "build:Built",
    "build_report": "build:build",
    "check_claims": "claims.proof:check",
    "counted_tables": "claims.figures:counted_tables",
    "draft_of_letters": "delivery:drafts",
    "due_on": "claims.deadline:due",
    "exported_tables": "delivery:exported",
    "figure_definitions": "claims.figures:definitions",
    "figures_before": "delivery:figures_before",
    "files_of": "delivery:files",
    "front_of": "delivery:front",
    "front_stamp": "evidence.front_door:stamp",
    "headline_of": "evidence.front_door:headline",
    "lint_main": "edgar.lint:main",
    "listing": "delivery:listing",
    "load_front": "evidence.front_door:load",
    "lost_table": "claims.proof:lost_table",
    "nav": "evidence.front_door:nav",
    "read_output_table": "claims.proof:read_table",
    "read_tables": "delivery:read_tables",
    "recount": "claims.figures:recount",
    "redline_between": "word.redline:between",
    "seal_outputs": "export:seal",
    "stated_figures": "claims.figures:stated",
    "write_outputs": "export:write",
    "write_pack": "pack:write",
})
