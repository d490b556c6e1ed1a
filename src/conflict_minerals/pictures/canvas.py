"""What all pictures share: colours, frames, and the four things that make a picture.

Colours differ in lightness as well as in hue, so that they part for colour-blind readers and in
print.
"""

from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.text import Text

INK, MUTED, GRID = "#1f2933", "#5b6770", "#dde3e8"
TIERS = {"critical": "#3d0c2c", "high": "#b8452b", "medium": "#d98c1f", "low": "#a9c6dc"}
STATUSES = {"indeterminable": "#b8452b", "active": "#d98c1f", "conformant": "#a9c6dc"}
DARK = {TIERS["critical"], TIERS["high"], STATUSES["indeterminable"]}


class Picture(NamedTuple):
    """A figure with what a reader who cannot see it needs, in the order of ``show.figure``.

    ``whole`` is the caption of the table, where that holds more than the figure shows.
    """

    figure: Figure
    alt: str
    caption: str
    table: pd.DataFrame
    whole: str = ""


def bare_axes(width: float, height: float, *, left: float, bottom: float, top: float):
    """A figure of that size in inches and axes with a grid along the bars and nothing else."""
    figure = Figure(figsize=(width, height), facecolor="white")
    axes = figure.add_axes((left, bottom, 0.97 - left, top - bottom))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(colors=INK, length=0)
    axes.tick_params(axis="x", colors=MUTED, labelsize=8.5)
    axes.grid(axis="x", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    return figure, axes


def legend_above(figure: Figure, entries: list[tuple[str, str]]) -> None:
    """A legend of colours and words in one line above the axes."""
    handles = [Patch(facecolor=colour, label=text) for colour, text in entries]
    figure.legend(handles=handles, loc="upper center", ncol=len(handles), frameon=False,
                  fontsize=9.5, bbox_to_anchor=(0.54, 1.0), columnspacing=2)


def status_words(labels: dict[str, str] | None) -> dict[str, str]:
    """Printed words of the statuses: the year's own where it has any."""
    return {status: status.capitalize() for status in STATUSES} | (labels or {})


def finish(figure: Figure, alt: str, caption: str, table: pd.DataFrame,
           whole: str = "") -> Picture:
    """The picture, its words taken as they are: a dollar sign in one is no formula."""
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    return Picture(figure, alt, caption, table, whole)


def listed(names: list[str]) -> str:
    """Names in a sentence; the comma within a country's name would part it, so ';' does."""
    mark = "; " if any("," in name for name in names) else ", "
    return mark.join(names)
