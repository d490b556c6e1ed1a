"""What a cell shows: tables by their views, pictures and sentences.

Notebooks show through these and nothing else: whatever a supplier typed reaches the page as text.
"""

from functools import cache

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground import show as core
from conflict_minerals.ground.show import Shown, count, figure, note, sentence

__all__ = ["count", "figure", "note", "sentence", "table"]


def table(frame: pd.DataFrame, caption: str, *, view: str = "") -> Shown:
    """A table with its caption, in the columns that ``views.csv`` names for the view.

    Without a view every column is shown. An empty table is one sentence.
    """
    if not view:
        return core.table(frame, caption)
    chosen = _views()[view]
    return core.table(
        frame, caption, columns=chosen["columns"].split(";") if chosen["columns"] else None,
        lines=tuple(filter(None, chosen["lines"].split(";"))), csv=chosen["file"],
    )


@cache
def _views() -> dict[str, dict[str, str]]:
    return {line["view"]: line for line in library.records("views")}
