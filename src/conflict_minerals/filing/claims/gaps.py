"""The report held against a list of points, each with the sentence that meets it or what lacks.

The points stand in ``gap_points.csv``. What is tested is that a sentence is there, not that it is
good, so nothing is added up. It judges the report, so it goes to ``counsel/`` and nowhere else.
"""

import pandas as pd

from conflict_minerals.ground import library, pages
from conflict_minerals.ground.conditions import parse
from conflict_minerals.ground.csvfiles import to_csv

COLUMNS = ["point", "area", "title", "score", "document", "section", "claims", "sentence",
           "missing", "basis"]  # fmt: skip


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
    sound = sound.drop_duplicates("claim").set_index("claim")
    known = dict(zip(figures["id"], figures["value"], strict=True))
    known |= {"claim": list(sound.index), "open_gate": set(gates["gate"])}
    rows = []
    for point in library.table("gap_points").to_dict("records"):
        for grade in ("full", "half", "none"):
            if held := _held(point.get(grade, ""), point["point"], sound.index, known):
                break
        first = sound.loc[held[0]] if held else None
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


def _held(condition: str, point: str, claims, known: dict) -> list[str] | None:
    """The claims that meet a condition, in its order; ``None`` when something lacks."""
    met = parse(condition, "gap_points.csv", point).met(known.get) if condition else None
    return met and [one for clause, _ in met if clause.column == "claim"
                    for one in clause.named(claims)]
