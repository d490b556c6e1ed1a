"""Charts and maps, drawn without a network."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "TIERS": "canvas:TIERS",
    "changes_picture": "charts:changes_picture",
    "flags_picture": "charts:flags_by_metal",
    "map_of_tiers": "tiermap:world_map",
    "ranked_picture": "charts:ranked_bars",
    "status_picture": "charts:status_by_metal",
    "survey_picture": "charts:survey_picture",
    "tiers_picture": "charts:tiers_by_metal",
})
