"""Where fields and columns really stand, told by their labels.

The layout says where they should be; a label that stands elsewhere says that rows or columns
were inserted or deleted, and is followed. Labels in no known language change nothing.
"""

from __future__ import annotations

import re
from functools import cache

from conflict_minerals.cmrt.cells import Sheet, address, letters, position
from conflict_minerals.cmrt.layouts import Layout
from conflict_minerals.cmrt.template import words
from conflict_minerals.ground import library
from conflict_minerals.ground.text import fold

# The mark of a mandatory field, which some translations number instead.
_MARK = re.compile(r"[(（]\s*(?:\*|\d)\s*[)）]")


@cache
def _items(prefix: str) -> dict[str, str]:
    """What each label names, for labels of a sheet (``smelters.``) or of the header fields."""
    return {
        fold(row["text"]): row["item"].removeprefix(prefix)
        for row in library.records("labels")
        if row["item"] != "language" and row["item"].startswith(prefix)
        and ("." in row["item"]) == bool(prefix)
    }  # fmt: skip


def named(label: object, prefix: str = "") -> str:
    """The field or column that a label names; blank for none."""
    text = words(label)
    return _items(prefix).get(fold(_MARK.sub(" ", text)), "") if text else ""


def fields(sheet: Sheet, layout: Layout, column: int) -> tuple[dict[str, str], list[list[str]]]:
    """The cell of each header field, and those that moved: ``(label's cell, field, expected)``."""
    first = min((question.row for question in layout.questions), default=30)
    found: dict[str, list[int]] = {}
    for row in range(4, first + 15):
        item = named(sheet.get(row, column))
        if item:
            found.setdefault(item, []).append(row)
    cells, moved = dict(layout.fields), []
    for item, cell in layout.fields.items():
        row, at = position(cell)
        rows = found.get(item, [])
        if len(rows) == 1 and rows[0] != row:
            cells[item] = address(rows[0], at)
            moved.append([address(rows[0], column), item.replace("_", " "), address(row, column)])
    return cells, moved


def columns(sheet: Sheet, layout: Layout) -> tuple[int, dict[str, int], list[list[str]]]:
    """The Smelter List's first row and columns, and problems ``(rule, cell, found, expected)``."""
    planned = layout.columns["smelters"]
    header, first, _ = layout.rows["smelters"]
    best, row_of_best = _headers(sheet, header, planned), header
    if "metal" not in best:
        for row in range(1, header + 30):
            here = _headers(sheet, row, planned)
            if "metal" in here and len(here) > len(best):
                best, row_of_best = here, row
    problems = []
    if row_of_best != header:
        cell = address(row_of_best, best["metal"])
        problems.append(["header-moved", cell, "header", f"row {header}"])
        first = row_of_best + 1
    moved = {item: at for item, at in best.items() if item in planned and planned[item] != at}
    if not moved:
        return first, planned, problems
    found = ", ".join(f"{item.replace('_', ' ')} in {letters(at)}" for item, at in moved.items())
    expected = ", ".join(f"{item.replace('_', ' ')} in {letters(planned[item])}" for item in moved)
    item, at = next(iter(moved.items()))
    problems.append(["columns-unknown", address(row_of_best, at), found, expected])
    return first, followed(planned, best), problems


def alike(sheet: Sheet, other: Sheet, layout: Layout) -> bool:
    """Whether a sheet has the headers of another in the row and columns of the Smelter List."""
    header = layout.rows["smelters"][0]
    pairs = [(words(sheet.get(header, at)), words(other.get(header, at)))
             for at in layout.columns["smelters"].values()]  # fmt: skip
    return sum(bool(one) and one == two for one, two in pairs) > len(pairs) / 2


def lookup(sheet: Sheet, layout: Layout, which: str) -> tuple[int, dict[str, int]]:
    """The first row and the columns of a look-up sheet, by its headers where they are in English.

    Of 4.x no published workbook was at hand, so that its headers count for more than the layout.
    """
    planned, (header, first, _) = layout.columns[which], layout.rows[which]
    for row in range(1, header + 5):
        found = _headers(sheet, row, planned, "lookup.")
        if "metal" in found and len(found) > 2:
            return row + 1, followed(planned, found)
    return first, planned


def _headers(
    sheet: Sheet, row: int, planned: dict[str, int], prefix: str = "smelters."
) -> dict[str, int]:
    """The column of each known header; of two that read alike the one in its planned place."""
    found: dict[str, int] = {}
    for column in range(1, 30):
        item = named(sheet.get(row, column), prefix)
        if item and (item not in found or planned.get(item) == column):
            found[item] = column
    return found


def followed(planned: dict[str, int], found: dict[str, int]) -> dict[str, int]:
    """Each column where its header stands, the others as far moved as the one before them."""
    out, offset = {}, 0
    for item, column in sorted(planned.items(), key=lambda one: one[1]):
        if item in found:
            offset = found[item] - column
        if column + offset > 0:
            out[item] = column + offset
    return out
