"""The report held against a list of points, each with the sentence that meets it or what lacks.

The points stand in ``gap_points.csv``. What is tested is that a sentence is there, not that it is
good, so nothing is added up. It judges the report, so it goes to ``counsel/`` and nowhere else.
"""

import re

import pandas as pd

from conflict_minerals.ground import library, pages
from conflict_minerals.ground.csvfiles import to_csv

COLUMNS = ["point", "area", "title", "score", "document", "section", "claims", "sentence",
           "missing", "basis"]  # fmt: skip
_FIGURE = re.compile(r"figure:(\w+)([=>])(\d+)$")


def score(claims: pd.DataFrame, figures: pd.DataFrame, gates: pd.DataFrame) -> pd.DataFrame:
    """Each point and how far it is met: the columns of ``COLUMNS``, in the table's order.

    Args:
        claims: the register (``claim, document, section, text, missing``). A claim that lacks
            evidence or holds a blank meets none.
        figures: ``id, value`` of the year.
        gates: the open gates (``gate``).

    Returns:
        ``score`` is ``full``, ``half`` or ``none``.
    """
    sound = claims[(claims["missing"] == "") & ~claims["text"].str.contains("[BLANK", regex=False)]
    known = _Known(
        sound.drop_duplicates("claim").set_index("claim"),
        dict(zip(figures["id"], figures["value"], strict=True)),
        set(gates["gate"]),
    )
    rows = []
    for point in library.table("gap_points").to_dict("records"):
        for grade in ("full", "half", "none"):
            held = known.holds(point[grade]) if point.get(grade) else []
            if held is not None and (held or grade == "none"):
                break
        first = known.claims.loc[held[0]] if held else None
        rows.append({
            **{name: point[name] for name in ("point", "area", "title", "basis")},
            "score": grade,
            "document": first["document"] if held else "",
            "section": first["section"] if held else "",
            "claims": ";".join(held or []),
            "sentence": first["text"] if held else "",
            "missing": "" if grade == "full" else point["missing"],
        })  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def csv(scored: pd.DataFrame) -> bytes:
    """``counsel/gaps.csv``."""
    return to_csv(scored)


def html(scored: pd.DataFrame, *, year: int, privilege: str, stamp: str = "") -> str:
    """``counsel/gaps.html``: what is missing first, then every point with its sentence."""
    lacking = scored[scored["score"] != "full"]
    mark = " · ".join(filter(None, [privilege, stamp]))
    return pages.page(
        f"Gap list {year}", "gaps.html", stamp=mark, year=year, privilege=privilege,
        scored=pages.plain(scored), lacking=lacking,
    )  # fmt: skip


class _Known:
    """What the documents and the inputs hold, asked by the conditions of the points."""

    def __init__(self, claims, figures, gates):
        self.claims, self.figures, self.gates = claims, figures, gates

    def holds(self, condition: str) -> list[str] | None:
        """The claims that meet a condition, in its order; ``None`` when something lacks."""
        found: list[str] = []
        for needed in filter(None, condition.split(";")):
            for one in needed.split("|"):
                met = self._one(one)
                if met is not None:
                    found += met
                    break
            else:
                return None
        return found

    def _one(self, word: str) -> list[str] | None:
        kind, _, rest = word.partition(":")
        if not rest:
            if word.endswith("*"):
                return [c for c in self.claims.index if c.startswith(word[:-1])] or None
            return [word] if word in self.claims.index else None
        if kind == "open":
            return [] if rest not in self.gates else None
        match = _FIGURE.match(word)
        value = self.figures.get(match[1])
        limit = int(match[3])
        met = value is not None and (value == limit if match[2] == "=" else value > limit)
        return [] if met else None
