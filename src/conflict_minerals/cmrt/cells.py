"""The cells of a worksheet's XML, read in pieces with bounded memory.

Two readers give the same cells. The quick one takes the plain spelling in which Excel,
LibreOffice, Google and openpyxl write a sheet; whatever is spelled otherwise (prefixes,
comments, inline strings, other orders of attributes) goes to the exact one, which is slow.
No formula is evaluated: a cell is the value that was saved with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from conflict_minerals.cmrt import blank_rows
from conflict_minerals.ground.limits import Limits, Refused, amount
from conflict_minerals.ground.values import ErrorValue, Value

MAIN = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
}
_CARRY = 4 * 1024 * 1024
_AREAS = 50_000
_VALUE = re.compile(rb'<v(?: xml:space="preserve")?>([^<]+)')
_HEAD = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="[0-9]+")?'
    rb'(?: t="([a-zA-Z]+)")?(?: [cv]m="[0-9]+")*>'
)
_ROOT = re.compile(rb'\s*(?:<\?xml[^>]*\?>\s*)?<worksheet(?:\s[^>]*)?\sxmlns="([^"]*)"')
_HIDDEN = re.compile(
    rb"<row(?=\s(?:[^<>]*\s)?(?:hidden=[\"'](?:1|true)|ht=[\"']0(?:\.0+)?)[\"'])"
    rb"\s(?:[^<>]*\s)?r=[\"']([0-9]{1,7})[\"']"
)
_MERGED = re.compile(rb'<mergeCell\s[^<>]*?ref="([A-Z0-9:]{5,21})"')
_AREA = re.compile(r"([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})")
_ENTITY = re.compile(r"&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|amp|lt|gt|quot|apos);")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_COLUMNS: dict[bytes, int] = {}


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


class NotPlain(Exception):
    """The sheet is spelled in a way that only the exact reader takes."""


def read_sheet(
    pieces: Callable[[], Iterator[bytes]],
    strings: Callable[[int], str],
    limits: Limits,
    widest: int = 0,
) -> Sheet:
    """The filled cells of a sheet.

    ``pieces`` gives the sheet's XML from its start each time it is called, ``strings`` the
    shared string of an index. Columns beyond ``widest``, if given, may be left out.

    Raises:
        Refused: not well-formed, entities declared, or beyond a limit.
    """
    try:
        return _quick(pieces(), strings, limits, widest or limits.columns)
    except NotPlain:
        return exact(pieces(), strings, limits)


def _quick(
    pieces: Iterable[bytes], strings: Callable[[int], str], limits: Limits, widest: int
) -> Sheet:
    sheet, carry, started, ended = Sheet(), b"", False, False
    for piece in pieces:
        data = carry + piece
        if ended:
            carry = _after(data, sheet)
            continue
        if not started:
            at = data.find(b"<sheetData")
            if at < 0:
                if len(data) > _CARRY:
                    raise NotPlain
                carry = data
                continue
            _check_prolog(data[:at])
            started, data = True, data[at:]
        # A single character is looked for far faster than the mark that it is part of.
        if b"<!--" in data or b"inlineStr" in data or (b"]" in data and b"<![CDATA[" in data):
            raise NotPlain
        end = data.find(b"</sheetData>")
        if end >= 0:
            ended, carry = True, _after(data[end:], sheet)
            _take(data[:end], sheet, strings, limits, widest)
            continue
        if data.startswith(b"<sheetData/>"):
            ended, carry = True, _after(data[12:], sheet)
            continue
        cut = max(data.rfind(b"<c "), data.rfind(b"<row"))
        if cut < 0:
            cut = data.rfind(b"<")
        carry, data = data[cut:], data[:cut]
        if len(carry) > _CARRY:
            if b"<c>" in carry:
                raise NotPlain
            raise Refused(f"A cell of more than {amount(_CARRY)}")
        _take(data, sheet, strings, limits, widest)
    if not ended:
        raise NotPlain
    return sheet


def _after(data: bytes, sheet: Sheet) -> bytes:
    """What follows the cells: merged areas alone are of use. Gives what the next piece needs."""
    if b"<sheetData" in data:
        raise NotPlain
    for match in _MERGED.finditer(data):
        sheet.merge_named(match[1].decode())
    return data[-99:]


def _check_prolog(prolog: bytes) -> None:
    root = _ROOT.match(prolog)
    if root is None or root[1].decode("latin-1") not in MAIN or b"<!" in prolog:
        raise NotPlain
    declaration = prolog[: prolog.find(b"?>")].lower() if prolog.lstrip()[:2] == b"<?" else b""
    if b"encoding" in declaration and b"utf-8" not in declaration:
        raise NotPlain


def _take(
    data: bytes, sheet: Sheet, strings: Callable[[int], str], limits: Limits, widest: int
) -> None:
    """The filled cells of a piece that begins and ends between cells, found from their values."""
    columns, cells, roomy = limits.columns, sheet.cells, limits.rows >= 9999
    if b" hidden=" in data or b" ht=" in data:
        sheet.hidden.update(int(match[1]) for match in _HIDDEN.finditer(data))
    last = 64 + widest if widest < 26 else 99
    for match in _VALUE.finditer(data):
        sheet.met += 1
        at = match.start()
        start = data.rfind(b"<c ", 0, at)
        # A quick look at one letter and what follows passes over thousands of helper cells.
        if at - start > 8 and last < data[start + 6] <= 90 and 48 < data[start + 7] < 58:
            if data.startswith(b'<c r="', start):
                continue
        if start < 0:
            raise NotPlain
        head = _HEAD.match(data, start)
        if head is None:
            raise NotPlain
        name, row, kind = head.groups()
        column = _COLUMNS.get(name)
        if column is None:
            column = _COLUMNS[name] = column_number(name)
        if widest < column <= columns:
            continue
        end = head.end()
        # Between a cell's head and its value nothing but its formula may stand.
        if end != at and not (
            data.startswith(b"<f", end) and data[at - 1] == 62 and data.find(b"<c", end, at) < 0
        ):
            raise NotPlain
        value = _value(match[1], kind, strings)
        if value is None:
            continue
        short = type(value) is not str or len(value) <= 999
        if roomy and short and len(row) < 5 and column <= columns:
            cells[int(row), column] = value
        else:
            sheet.put(int(row), column, value, limits)
    if sheet.met > 5 * limits.cells or len(cells) > limits.cells:
        raise Refused(f"A sheet of more than {limits.cells:,} filled cells")


def _value(raw: bytes, kind: bytes | None, strings: Callable[[int], str]) -> Value | None:
    try:
        if kind == b"s":
            return strings(int(raw)) or None
        if kind is None or kind == b"n":
            return float(raw)
        text = raw.decode("utf-8")
    except (ValueError, IndexError):
        raise NotPlain from None
    return typed(unescape(text), kind.decode(), strings)


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


def parser_of(refuse_doctype: bool = True):
    """An XML parser that knows namespaces, expands no entity and reads nothing from elsewhere."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    if refuse_doctype:
        parser.StartDoctypeDeclHandler = _no_doctype
    return parser


def _no_doctype(*_) -> None:
    raise Refused("Declares XML entities, which no workbook does")


def feed(parser, pieces: Iterable[bytes]) -> None:
    """Give a parser a document in pieces.

    Raises:
        Refused: not well-formed.
    """
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        # A character set of no known name, or one of several bytes, is not read either.
        raise Refused("Damaged: its XML is not well-formed") from error


def local(name: str) -> str:
    """An element's name without its namespace, when that is the spreadsheets' own or none."""
    space, _, rest = name.rpartition(" ")
    return rest if not space or space in MAIN else ""


def exact(pieces: Iterable[bytes], strings: Callable[[int], str], limits: Limits) -> Sheet:
    """The cells of a sheet in any spelling that is valid XML, formulas without value counted."""
    sheet = Sheet()
    state = {"row": 0, "column": 0, "cell": None, "kind": "n", "formula": False, "valued": False,
             "blocks": 0}  # fmt: skip
    text: list[str] = []
    collect = {"on": False}

    def start(name, attributes):
        tag = local(name)
        if tag == "c":
            at = attributes.get("r", "")
            try:
                row, column = position(at.upper()) if at else (state["row"], state["column"] + 1)
            except ValueError as error:
                raise Refused("Damaged: a cell with no proper address") from error
            state.update(row=row, column=column, cell=(row, column), formula=False, valued=False)
            state["kind"] = attributes.get("t", "n")
            text.clear()
        elif tag == "row":
            at = attributes.get("r", "")
            state["row"] = int(at) if at.isdigit() and len(at) < 8 else state["row"] + 1
            state["column"] = 0
            tall = attributes.get("ht", "1")
            if attributes.get("hidden") in ("1", "true") or not tall.strip("0."):
                sheet.hidden.add(state["row"])
        elif tag == "sheetData":
            state["blocks"] += 1
        elif tag == "mergeCell":
            sheet.merge_named(attributes.get("ref", ""))
        elif tag == "f":
            state["formula"] = True
        elif state["cell"] and (tag == "v" or tag == "t"):
            collect["on"] = True
        elif tag == "rPh":
            collect["skip"] = True

    def characters(piece):
        if collect["on"] and not collect.get("skip"):
            text.append(piece)

    def end(name):
        tag = local(name)
        if tag == "v" or tag == "t":
            collect["on"] = False
        elif tag == "rPh":
            collect["skip"] = False
        elif tag == "c" and state["cell"]:
            value = typed(unescape_codes("".join(text)), state["kind"], strings)
            if value is not None and state["blocks"] > 1:
                sheet.twice = True
            elif value is not None:
                sheet.put(*state["cell"], value, limits)
            elif state["formula"] and state["kind"] != "str":
                sheet.uncalculated += 1
            state["cell"] = None

    parser = parser_of()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    feed(parser, blank_rows.without(pieces))
    return sheet
