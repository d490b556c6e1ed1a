"""The cells of a sheet as they lie in its part: found, read and replaced byte by byte."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from conflict_minerals.cmrt import address, position
from conflict_minerals.customers.formulas import Fault, text_of
from conflict_minerals.customers.grammar import shift
from conflict_minerals.ground.limits import Refused

_ROW = re.compile(rb"<row\b([^>]*?)(/>|>)")
_C = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.S)
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
FORMULA = re.compile(rb"<f\b([^>]*?)(?:/>|>(.*?)</f>)", re.S)


def attributes(raw: bytes) -> dict[str, str]:
    return {k.decode(): html.unescape(v.decode()) for k, v in _ATTRIBUTE.findall(raw)}


def plain(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8"))


class Cell(NamedTuple):
    """A cell as it lies in its part: where, how it looks, its formula and its saved value."""

    start: int
    end: int
    head: bytes
    inner: bytes


class Part:
    """The cells of one sheet by place, and what is to be put into them."""

    def __init__(self, data: bytes):
        self.data = data
        self.cells: dict[tuple[int, int], Cell] = {}
        self.rows: dict[int, tuple[int, int, bool]] = {}  # start, end of its tag, closed at once
        self.groups: dict[str, tuple[int, int, str]] = {}
        self.edits: list[tuple[int, int, bytes]] = []
        start, self.stop = data.find(b"<sheetData>"), data.find(b"</sheetData>")
        if min(start, self.stop) < 0:
            raise Refused("A sheet is not written as Excel writes it")
        marks = list(_ROW.finditer(data, start, self.stop))
        for here, after in zip(marks, [*(m.start() for m in marks[1:]), self.stop], strict=True):
            row = int(attributes(here[1])["r"])
            self.rows[row] = here.start(), here.end(), here[2] == b"/>"
            for found in _C.finditer(data, here.end(), after):
                place = position(attributes(found[1])["r"])
                self.cells[place] = Cell(*found.span(), found[1], found[2] or b"")
        self.last_row = max(self.rows, default=0)
        for place, cell in self.cells.items():
            formula = b"shared" in cell.inner and FORMULA.match(cell.inner)
            if formula and formula[2]:
                key = attributes(formula[1])
                if key.get("t") == "shared":
                    self.groups[key["si"]] = *place, plain(formula[2])

    def formula(self, place: tuple[int, int]) -> str | None:
        cell = self.cells.get(place)
        found = cell and cell.inner.startswith(b"<f") and FORMULA.match(cell.inner)
        if not found:
            return None
        key = attributes(found[1])
        if key.get("t") == "shared" and not found[2]:
            row, column, text = self.groups[key["si"]]
            return shift(text, place[0] - row, place[1] - column)
        return plain(found[2] or b"")

    def put(self, place: tuple[int, int], made: bytes) -> None:
        """Replace a cell, or add one at its place in its row."""
        if place in self.cells:
            self.edits.append((self.cells[place].start, self.cells[place].end, made))
            return
        row = place[0]
        if row not in self.rows:
            at = min((s for r, (s, _, _) in self.rows.items() if r > row), default=self.stop)
            self.edits.append((at, at, b'<row r="%d">%s</row>' % (row, made)))
            return
        start, end, closed = self.rows[row]
        if closed:
            self.edits.append((end - 2, end, b">" + made + b"</row>"))
            return
        after = [c.start for (r, column), c in self.cells.items() if r == row and column > place[1]]
        before = [c.end for (r, _), c in self.cells.items() if r == row]
        at = min(after) if after else max(before, default=end)
        self.edits.append((at, at, made))

    def patched(self) -> bytes:
        out, at = [], 0
        for start, end, made in sorted(self.edits, key=lambda edit: edit[:2]):
            out += [self.data[at:start], made]
            at = end
        return b"".join([*out, self.data[at:]])


def within(block: str, row: int, column: int) -> bool:
    first, _, last = block.partition(":")
    (top, left), (low, right) = position(first), position(last or first)
    return top <= row <= low and left <= column <= right


def of_group(cell: Cell, groups: dict) -> bool:
    found = FORMULA.match(cell.inner)
    return bool(found) and attributes(found[1]).get("si") in groups


def literal(place, cell: Cell | None, value: str | float) -> bytes:
    """A cell that holds a value, with its look kept; ``cell`` is what stood there."""
    head = (re.sub(rb'\s[cv]m="[^"]*"', b"", cell.head) if cell
            else f' r="{address(*place)}"'.encode())  # fmt: skip
    if not isinstance(value, str):
        return _tag(head, "") + b"><v>" + text_of(value).encode() + b"</v></c>"
    return (_tag(head, "inlineStr") + b'><is><t xml:space="preserve">' + _escaped(value)
            + b"</t></is></c>")  # fmt: skip


def beside(cell: Cell, value, alone: str) -> bytes:
    """A formula's cell with another saved value; ``alone`` takes the place of a shared formula."""
    formula = b"<f>" + _escaped(alone) + b"</f>" if alone else FORMULA.match(cell.inner)[0]
    if isinstance(value, Fault):
        kind, text = "e", value.code.encode()
    elif isinstance(value, bool):
        kind, text = "b", b"%d" % value
    else:
        kind, text = "str" if isinstance(value, str) else "", _escaped(text_of(value))
    return _tag(cell.head, kind) + b">" + formula + b"<v>" + text + b"</v></c>"


def _tag(head: bytes, kind: str) -> bytes:
    kept = re.sub(rb'\st="[^"]*"', b"", head).rstrip()
    return b"<c" + kept + (f' t="{kind}"'.encode() if kind else b"")


def _escaped(text: str) -> bytes:
    return html.escape(text, quote=False).encode()


def told_to_calculate(workbook: bytes) -> bytes:
    """The workbook's part, with Excel told to calculate everything when it opens the file."""
    found = re.search(rb"<calcPr\b([^>]*?)/?>", workbook)
    if not found:
        return workbook.replace(b"</workbook>", b'<calcPr fullCalcOnLoad="1"/></workbook>')
    kept = re.sub(rb'\sfullCalcOnLoad="[^"]*"', b"", found[1])
    made = b"<calcPr" + kept + b' fullCalcOnLoad="1"' + (
        b"/>" if found[0].endswith(b"/>") else b">")  # fmt: skip
    return workbook[: found.start()] + made + workbook[found.end() :]
