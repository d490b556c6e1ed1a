"""The cells of a sheet, how they are addressed, and what is written in one.

No formula is evaluated: a cell is the value that was saved with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from conflict_minerals.ground.limits import Limits, Refused
from conflict_minerals.ground.values import ErrorValue, Value

MAIN = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
}
_AREAS = 50_000
_AREA = re.compile(r"([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})")
_ENTITY = re.compile(r"&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|amp|lt|gt|quot|apos);")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}



@dataclass
class Sheet:
    """The filled cells of one sheet: ``cells[row, column]``, both counted from 1.

    ``strays`` holds the addresses of filled cells beyond the rows and columns that are looked at.
    ``uncalculated`` counts formulas saved without a value, known after an exact reading only;
    ``hidden`` holds rows, ``merged`` the first and last cell of areas over several rows,
    ``twice`` that cells stand in a second block of data, which no program shows.
    ``met`` the values met, those of one cell written twice and of columns left out included.
    """

    cells: dict[tuple[int, int], Value] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    uncalculated: int = 0
    met: int = 0
    cut: list[str] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    merged: set[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=set)
    twice: bool = False

    def merge(self, first: tuple[int, int], last: tuple[int, int]) -> None:
        """Note an area over several rows; others hold nothing for a row but its own."""
        if first[0] < last[0] and len(self.merged) < _AREAS:
            self.merged.add((first, last))

    def merge_named(self, area: str) -> None:
        """The same for an area as ``A2:A9``; one that is none merges nothing."""
        match = _AREA.fullmatch(area)
        if match:
            self.merge(position(match[1]), position(match[2]))

    def get(self, row: int, column: int) -> Value | None:
        return self.cells.get((row, column))

    def put(self, row: int, column: int, value: Value, limits: Limits) -> None:
        if row > limits.rows or column > limits.columns or row < 1 or column < 1:
            if not isinstance(value, ErrorValue) and len(self.strays) < 20:
                self.strays.append(address(row, column))
            return
        if isinstance(value, str) and len(value) > limits.text:
            value = type(value)(value[: limits.text])
            self.cut.append(address(row, column))
        self.cells[row, column] = value
        if len(self.cells) > limits.cells:
            raise Refused(f"A sheet of more than {limits.cells:,} filled cells")


def letters(column: int) -> str:
    """The letters of a column counted from 1."""
    out = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        out = chr(65 + rest) + out
    return out


def address(row: int, column: int) -> str:
    """A cell's address: row 5, column 2 is ``B5``."""
    return f"{letters(column)}{row}"


def column_number(name: str | bytes) -> int:
    """The number of a column from its letters."""
    total = 0
    for letter in name if isinstance(name, bytes) else name.encode():
        total = total * 26 + letter - 64
    return total


def position(cell: str) -> tuple[int, int]:
    """Row and column of an address such as ``D8``."""
    match = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", cell)
    if not match:
        raise ValueError(f"{cell!r} is no cell")
    return int(match[2]), column_number(match[1])


def unescape(text: str) -> str:
    """XML's line ends and entities and the ``_x000D_`` escapes of OOXML resolved."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "&" in text:
        text = _ENTITY.sub(_entity, text)
    return unescape_codes(text)


def unescape_codes(text: str) -> str:
    """The ``_x000D_`` escapes of OOXML resolved."""
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def _entity(match: re.Match) -> str:
    name = match[1]
    if name[0] != "#":
        return _NAMED[name]
    code = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    return chr(code) if code < 0x110000 else "\ufffd"


def typed(text: str, kind: str, strings: Callable[[int], str]) -> Value | None:
    """A cell's value from what is written in it and its type; ``None`` for blank.

    Raises:
        Refused: a number or an index that is none.
    """
    if text == "":
        return None
    try:
        if kind == "s":
            return strings(int(text)) or None
        if kind == "b":
            return text.strip() in ("1", "true")
        if kind == "e":
            return ErrorValue(text)
        if kind in ("str", "inlineStr", "d"):
            return text
        return float(text)
    except (ValueError, IndexError) as error:
        raise Refused("Damaged: a cell holds what its type does not allow") from error
