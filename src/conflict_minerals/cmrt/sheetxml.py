"""The cells of a worksheet's XML, read in pieces with bounded memory.

Two readers give the same cells. The quick one takes the plain spelling in which Excel,
LibreOffice, Google and openpyxl write a sheet; whatever is spelled otherwise (prefixes,
comments, inline strings, other orders of attributes) goes to the exact one, which is slow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from xml.parsers import expat

from conflict_minerals.cmrt import blank_rows
from conflict_minerals.cmrt.cells import (
    MAIN,
    Sheet,
    column_number,
    position,
    typed,
    unescape,
    unescape_codes,
)
from conflict_minerals.ground.limits import Limits, Refused, amount
from conflict_minerals.ground.values import Value

_CARRY = 4 * 1024 * 1024
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
_COLUMNS: dict[bytes, int] = {}


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
