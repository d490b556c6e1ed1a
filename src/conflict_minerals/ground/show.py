"""What a notebook cell shows: tables, pictures and sentences, escaped and always the same.

Each helper returns an object that Jupyter displays when it stands last in a cell. Notebooks use
these and nothing else: whatever a supplier typed reaches the page as text.
"""

import base64
import io
import sys

import pandas as pd

from conflict_minerals.ground import live, pages
from conflict_minerals.ground.text import clean

_PLAIN_ROWS = 12
# JupyterLab sets every cell to the right, text too. The pages have a style of their own.
STYLE = (
    "<style>.scroll table :is(th, td, caption) "
    "{ text-align: left !important; vertical-align: top !important; } "
    ".scroll table .number { text-align: right !important; } "
    ".scroll table caption { font-weight: bold; } .scroll time { white-space: nowrap; }</style>"
)



class Shown:
    """Something to display: markup of our own making, and the same as plain text."""

    def __init__(self, markup: str, plain: str):
        self.markup, self.plain = str(markup), plain

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self.markup, "text/plain": self.plain}

    def __repr__(self) -> str:
        return self.plain


def table(
    frame: pd.DataFrame,
    caption: str,
    *,
    limit: int = pages.ROW_LIMIT,
    csv: str = "",
    columns: list[str] | None = None,
    labels: dict[str, str] | None = None,
    lines: tuple[str, ...] = (),
) -> Shown:
    """A table with its caption. ``columns`` picks and orders; ``csv`` names where the rest stands.

    In the columns ``lines`` texts with ``;`` between stand on a line each. A cell may hold a
    ``pages.Link``; all else is escaped text, short words as ``cell_words.csv`` says them.
    """
    chosen = pages.plain(frame[columns] if columns else frame)
    markup = pages.table(chosen, caption, limit=min(limit, pages.ROW_LIMIT), csv=csv, labels=labels,
                         lines=lines)  # fmt: skip
    return Shown(live.table(chosen, caption, labels) or markup,
                 _plain(chosen, caption, labels or {}))  # fmt: skip


def _plain(frame: pd.DataFrame, caption: str, labels: dict[str, str]) -> str:
    lines = [f"{clean(caption)} ({len(frame):,} rows)"]
    lines.append(" | ".join(clean(labels.get(n, pages.label(n))) for n in frame.columns))
    for row in frame.head(_PLAIN_ROWS).itertuples(index=False, name=None):
        lines.append(" | ".join(pages.value(item) for item in row))
    if len(frame) > _PLAIN_ROWS:
        lines.append(f"… {len(frame) - _PLAIN_ROWS:,} more")
    return "\n".join(lines)


def figure(
    fig,
    alt: str,
    caption: str,
    table: pd.DataFrame | None = None,
    whole: str = "",
) -> Shown:
    """A matplotlib figure with alternative text and caption, and its numbers as a table beneath.

    ``whole`` is the table's caption, where the figure shows but the first of its rows.

    The figure is closed. The same figure gives the same bytes on the same matplotlib.
    """
    data = base64.b64encode(png(fig)).decode("ascii")
    plain, beneath = f"{clean(caption)}: {clean(alt)}", None
    if table is not None:
        table = pages.plain(table)
        beneath = live.table(table, whole or caption) or pages.table(table, whole or caption)
        plain += "\n" + _plain(table, whole or caption, {})
    return Shown(pages.parts().picture(data, alt, caption, beneath), plain)


def png(fig, dpi: int = 110) -> bytes:
    """The figure as PNG without date or program in its metadata; the figure is closed."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    if pyplot := sys.modules.get("matplotlib.pyplot"):  # where it is loaded it may hold the figure
        pyplot.close(fig)
    return buffer.getvalue()


def sentence(text: str, **values) -> Shown:
    """A sentence with its figures: ``sentence("{n} of {m} answered", n=7, m=8)``."""
    filled = text.format(**{name: pages.value(item) for name, item in values.items()})
    return Shown(pages.parts().paragraph(filled), clean(filled))


def count(frame: pd.DataFrame, what: str) -> Shown:
    """How many rows there are of what: ``count(files, "files received")``."""
    return sentence("{n} {what}.", n=len(frame), what=what)


def facts(pairs) -> Shown:
    """Names with what each is, as pairs."""
    pairs = list(pairs)
    plain = "\n".join(f"{clean(name)}: {pages.value(item)}" for name, item in pairs)
    return Shown(pages.parts().facts(pairs), plain)


def note(text: str, kind: str = "") -> Shown:
    """A remark set apart; kind ``warn`` or ``good``."""
    return Shown(pages.parts().box(text, kind), clean(text))
