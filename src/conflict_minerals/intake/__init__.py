"""A folder of whatever came by mail, read in bounded processes, as tables."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {
    "Child": "engine:Child",
    "Intake": "intake:Intake",
    "inbox_content": "inbox:content",
    "inbox_rows": "inbox:look",
    "inbox_waiting": "inbox:waiting",
    "read_folder": "intake:read_folder",
})
