"""The small helper module: all that the notebooks import."""

from conflict_minerals.ground.face import face

__getattr__, __all__ = face(__name__, {"sent": "ingestion:note_sent", "start": "run:start"})
