"""The geographic risk review: sources, rules, flags, tiers, origins and the open list."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "decided_facilities": "tiers:decided_facilities",
    "preview_effect": "preview:effect",
    "tier_of": "tiers:tier_of",
    "tier_lines": "tiers:load",
    "unused_origins": "origins:unused",
})
