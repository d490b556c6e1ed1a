"""What the documents' tables are made from, and their cells: figures, settings, rows' words."""

import re
from dataclasses import dataclass
from datetime import date

import pandas as pd

from conflict_minerals.filing.documents.document import Block, Run, Table, text_of
from conflict_minerals.filing.documents.words import printed, safe
from conflict_minerals.year import setting

NONE = "\u2014"  # in a table, for nothing counted
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Maker:
    """What every table may print from.

    ``before`` are the figures of the year compared with, as in its ``figures.json``, with the
    ``year`` itself among them where it is known.
    """

    tables: dict[str, pd.DataFrame]
    figures: dict[str, dict]
    program: dict
    form: dict[str, str]
    lists: pd.DataFrame
    before: dict[str, dict]
    audit_report: str = ""

    @property
    def year_before(self) -> str:
        return safe((self.before.get("year") or {}).get("text"))

    def fig(self, id: str) -> tuple[Run, ...]:
        """A figure as a cell prints it: nothing counted is a dash."""
        row = self.figures.get(id)
        return (Run(dashed(row["text"]), "figure", id),) if row else (
            Run(NONE, "rows", "figures"),)

    def value(self, id: str):
        row = self.figures.get(id)
        return row["value"] or 0 if row else 0

    def label(self, status: str) -> tuple[Run, ...]:
        return self.setting(f"labels.{status}")

    def setting(self, key: str, bold: bool = False) -> tuple[Run, ...]:
        text = safe(printed(setting(self.program, key)))
        if not text:
            return (Run(f"[BLANK: {key}]", "blank", key, bold=bold),)
        return (Run(text, "setting", key, bold=bold),)

    def caption(self, key: str) -> tuple[Run, ...]:
        year = str(self.program.get("year", ""))
        return (Run(self.form[key].replace("{year}", year), "form", key),)

    def frame(self, name: str) -> pd.DataFrame:
        return self.tables.get(name, pd.DataFrame())


def said(text: str) -> tuple[Run, ...]:
    return (Run(text),)


def cell(value, table: str) -> tuple[Run, ...]:
    text = safe(value)
    return (Run(text, "rows", table),) if text else ()


def day(text: str) -> str:
    """An ISO day as a filing writes it; any other text as it is."""
    return printed(date.fromisoformat(text)) if _ISO.fullmatch(text) else text


def dashed(text: str) -> str:
    return NONE if text == "0" else text


def block(name: str, head, rows, widths=(), numbers=(), whole: bool = False, **more) -> Block:
    """A table. A column whose rows all say one thing is left out and said once above the head,
    unless it is the first, holds numbers, or the table is to stand ``whole``."""
    head = tuple(said(h) if isinstance(h, str) else h for h in head)
    rows, numbers = tuple(tuple(row) for row in rows), tuple(numbers)
    same = [at for at in range(1, len(head)) if not whole and at not in numbers
            and len(rows) > 1 and len({text_of(row[at]) for row in rows}) == 1]
    if same and "over" not in more:
        kept = [at for at in range(len(head)) if at not in same]
        once = [run for at in same for run in (Run("; "), *head[at], Run(": "), *rows[0][at])]
        more["over"] = ((tuple(once[1:]), len(kept)),)
        rows = tuple(_only(row, kept) for row in rows)
        head, widths = _only(head, kept), _only(widths, kept)
        numbers = tuple(kept.index(n) for n in numbers)
    return Block("table", table=Table(name, head, rows, tuple(widths), numbers, **more))


def _only(part, kept: list[int]) -> tuple:
    return tuple(part[at] for at in kept)
