"""Official templates and lists, where somebody brought them: they may not be passed on.

Generated ones cover the same ground. ``CONFLICT_MINERALS_REAL`` names their folder; without it
``shared/real`` beside the repository's own folder is looked into.
"""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("CONFLICT_MINERALS_REAL")
              or Path(__file__).resolve().parents[2] / "shared" / "real")
HOW = ("official templates and lists may not be passed on: to run this, put them into a folder "
       "that CONFLICT_MINERALS_REAL names")
needed = pytest.mark.skipif(not FOLDER.is_dir(), reason=HOW)


def content(name: str) -> bytes:
    """The bytes of a file of the folder; the test is skipped without it."""
    if not (FOLDER / name).exists():
        pytest.skip(f"no {name}; {HOW}")
    return (FOLDER / name).read_bytes()
