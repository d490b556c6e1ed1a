"""The geographic risk review: sources, rules, flags, tiers, origins and the open list."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "Basis": "review:Basis",
    "ROWS": "review:ROWS",
    "TIERS": "tiers:TIERS",
    "assign_tiers": "tiers:assign",
    "count_steps": "escalation:counts",
    "decided_facilities": "tiers:decided_facilities",
    "explain_tiers": "explain:every",
    "find_flags": "review:flagged",
    "flag_suppliers": "review:on_suppliers",
    "listed_sources": "review:listed_sources",
    "names_alike": "review:alike",
    "open_gates": "tiers:gates",
    "open_steps": "escalation:open_list",
    "origins_of": "review:origins",
    "preview_effect": "lookahead:effect",
    "profile_facilities": "review:profiles",
    "ranked_steps": "escalation:ranked",
    "rest_on": "review:rest_on",
    "rule_states": "review:rule_states",
    "summarise_origins": "origins:summary",
    "tier_lines": "tiers:load",
    "tier_of": "tiers:tier_of",
    "unused_origins": "origins:unused",
    "weigh_rules": "sensitivity:drop_each",
})
