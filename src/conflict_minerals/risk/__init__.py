"""The geographic risk review: sources, rules, flags, tiers, origins and the open list."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "can_preview": "preview:readable",
    "idle_answers": "riskdecisions:idle",
    "preview_effect": "preview:effect",
    "standing_answers": "riskdecisions:current",
})
