"""The geographic risk review: sources, rules, flags, tiers, origins and the open list."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "Basis": "review:Basis",
    "assign_tiers": "tiers:assign",
    "can_preview": "preview:readable",
    "count_steps": "escalation:counts",
    "explain_tiers": "explain:every",
    "find_flags": "review:flagged",
    "flag_suppliers": "review:on_suppliers",
    "idle_answers": "riskdecisions:idle",
    "listed_sources": "review:listed_sources",
    "names_alike": "review:alike",
    "open_gates": "tiers:gates",
    "open_steps": "escalation:open_list",
    "origins_of": "origins:annex",
    "preview_effect": "preview:effect",
    "profile_facilities": "review:profiles",
    "rest_on": "review:rest_on",
    "rule_states": "review:rule_states",
    "standing_answers": "riskdecisions:current",
    "summarise_origins": "origins:summary",
    "weigh_rules": "sensitivity:drop_each",
})
