"""Lists as grids of text: SpreadsheetML 2003, ``.xlsx``, ``.xls`` and CSV, told by their bytes.

A grid is ``(sheet, [(row number, {column number: text})])``; rows and columns count from 1,
cells without text are left out, dates are ISO text. Nothing is taken from a file that carries a
document type or entities, nor beyond the bounds below: a list has some thousand rows.
"""

import csv
import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from xml.parsers import expat

from conflict_minerals.ground import csvfiles
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean

MOST_BYTES = 64 * 2**20
MOST_INFLATED = 256 * 2**20
MOST_CELLS = 2_000_000
MOST_COLUMNS = 16_384
MOST_ROWS = 1_048_576
_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"

Grid = tuple[str, list[tuple[int, dict[int, str]]]]


def read(path: Path, name: str) -> list[Grid]:
    """The sheets of a list.

    Raises:
        InputError: missing, too large, unreadable, hostile or of another kind.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise InputError(f"is larger than {MOST_BYTES >> 20} MB", file=name,
                             fix="A list is far smaller: check what the file is")
        data = path.read_bytes()
    except OSError as error:
        raise InputError("cannot be read", file=name,
                         fix="Put the list there or take it out of lists.yml") from error
    if not data.strip():
        raise InputError("is empty", file=name, fix="Export the list again")
    if data[:4] == b"PK\x03\x04":
        return _xlsx(data, name)
    if data[:4] == b"\xd0\xcf\x11\xe0":
        return _xls(data, name)
    head = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<table")):
        raise InputError("is a web page, whatever its name says", file=name,
                         fix="Open it in Excel and save it as .xlsx or CSV")
    if head.startswith(b"<"):
        return spreadsheetml(data, name)
    return _csv(data, name)


def spreadsheetml(data: bytes, name: str) -> list[Grid]:
    """The worksheets of a SpreadsheetML 2003 file; ``ss:Index`` leaves gaps in rows and columns."""
    reader = _SpreadsheetML(name)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.EntityDeclHandler = reader.doctype
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise InputError(f"is not well-formed XML ({expat.ErrorString(error.code)})", file=name,
                         where=f"line {error.lineno}", fix="Export the list again") from error
    if not reader.is_workbook:
        raise InputError("is XML, but no Excel workbook (SpreadsheetML 2003)", file=name,
                         fix="Export the list as Excel, XML or CSV")
    return reader.grids


class _SpreadsheetML:
    """Handlers of the parser: one Worksheet, Row, Cell and Data at a time."""

    def __init__(self, name: str):
        self.name = name
        self.grids: list[Grid] = []
        self.is_workbook = False
        self._row = self._column = self._cells = 0
        self._across = 0
        self._in_data = self._in_comment = False
        self._text: list[str] = []
        self._type = ""

    def doctype(self, *_):
        raise InputError("declares a document type or an entity, which a list never needs",
                         file=self.name, fix="Export the list again from its publisher")

    def start(self, tag: str, attributes: dict) -> None:
        space, _, local = tag.rpartition(" ")
        if space != _SPREADSHEET:
            return
        if local == "Workbook":
            self.is_workbook = True
        elif local == "Worksheet":
            self.grids.append((clean(attributes.get(f"{_SPREADSHEET} Name", "")), []))
            self._row = 0
        elif local == "Row" and self.grids:
            self._row = self._place(attributes, self._row, MOST_ROWS)
            self._column = self._across = 0
            self.grids[-1][1].append((self._row, {}))
        elif local == "Cell" and self.grids:
            self._column = self._place(attributes, self._column + self._across, MOST_COLUMNS)
            self._across = self._number(attributes.get(f"{_SPREADSHEET} MergeAcross", "0"))
        elif local == "Comment":
            self._in_comment = True
        elif local == "Data" and not self._in_comment:
            self._in_data, self._text = True, []
            self._type = attributes.get(f"{_SPREADSHEET} Type", "String")

    def end(self, tag: str) -> None:
        space, _, local = tag.rpartition(" ")
        if space != _SPREADSHEET:
            return
        if local == "Comment":
            self._in_comment = False
        elif local == "Data" and self._in_data:
            self._in_data = False
            value = clean("".join(self._text))
            if self._type == "DateTime":
                value = value.partition("T")[0]
            elif self._type == "Error":
                value = ""
            elif self._type == "Number" and value.endswith(".0"):
                value = value[:-2]
            if value and self.grids and self.grids[-1][1]:
                self._cells += 1
                if self._cells > MOST_CELLS:
                    raise InputError(f"has more than {MOST_CELLS:,} cells", file=self.name,
                                     fix="A list is far smaller: check what the file is")
                self.grids[-1][1][-1][1][self._column] = value

    def text(self, characters: str) -> None:
        if self._in_data:
            self._text.append(characters)

    def _place(self, attributes: dict, before: int, most: int) -> int:
        index = attributes.get(f"{_SPREADSHEET} Index")
        place = before + 1 if index is None else self._number(index)
        if not before < place <= most:
            raise InputError(f"places a row or cell at {place} after {before}", file=self.name,
                             where=f"row {self._row}", fix="Export the list again")
        return place

    def _number(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 9):
            raise InputError(f"has a row or cell index {text[:20]!r}", file=self.name,
                             where=f"row {self._row}", fix="Export the list again")
        return int(text)


def _csv(data: bytes, name: str) -> list[Grid]:
    text = csvfiles.decode(data, name)
    if "\0" in text:
        raise InputError("is neither a workbook nor text", file=name, fix="Save it as CSV UTF-8")
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    # Over several lines the separator is the one that parts most of them alike.
    separator = max(",;\t|", key=lambda mark: (sum(mark in line for line in lines),
                                               sum(line.count(mark) for line in lines)))
    rows, cells = [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for values in reader:
            found = {i: value for i, cell in enumerate(values, start=1) if (value := clean(cell))}
            cells += len(found)
            if cells > MOST_CELLS:
                raise InputError(f"has more than {MOST_CELLS:,} cells", file=name,
                                 fix="A list is far smaller: check what the file is")
            rows.append((reader.line_num, found))
    except csv.Error as error:
        raise InputError(f"is no CSV ({error})", file=name, where=f"line {reader.line_num}",
                         fix="Save it as CSV UTF-8") from error
    return [("", rows)]


def _xls(data: bytes, name: str) -> list[Grid]:
    """The sheets of a workbook of the old binary kind."""
    import xlrd  # as openpyxl below

    from conflict_minerals.cmrt import Xls, open_book
    from conflict_minerals.ground import limits

    try:
        book = open_book(data, limits.default())
        if not isinstance(book, Xls):
            raise limits.Refused("Encrypted")
        grids, cells = [], 0
        for sheet in book.book.sheets():
            rows = []
            for number in range(sheet.nrows):
                found = {column: text for column, cell in enumerate(sheet.row(number), start=1)
                         if (text := _old_cell(cell, book.book.datemode, xlrd))}
                rows += [(number + 1, found)] if found else []
                cells += len(found)
                if cells > MOST_CELLS:
                    raise limits.Refused(f"More than {MOST_CELLS:,} cells")
            grids.append((clean(sheet.name), rows))
    except Exception as error:  # xlrd fails in many ways on broken records
        raise InputError(f"is a workbook of the old binary kind that cannot be read ({error})",
                         file=name, fix="Open it in Excel and save it as .xlsx or CSV") from error
    return grids


def _old_cell(cell, datemode: int, xlrd) -> str:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return ""
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return _cell_text(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _cell_text(xlrd.xldate_as_datetime(cell.value, datemode))
    return _cell_text(cell.value)


def _xlsx(data: bytes, name: str) -> list[Grid]:
    from openpyxl import load_workbook  # slow to import, and most lists are XML

    _check_zip(data, name)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        grids = [(clean(sheet.title), _sheet_rows(sheet, name)) for sheet in book.worksheets]
        book.close()
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever its parts raise
        raise InputError(f"cannot be read as a workbook ({type(error).__name__})", file=name,
                         fix="Open it in Excel and save it again as .xlsx or CSV") from error
    return grids


def _check_zip(data: bytes, name: str) -> None:
    """Inflates every part once, within bounds, and looks for what a workbook never holds."""
    inflated = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > 2000:
                raise InputError("has too many parts for a workbook", file=name,
                                 fix="Export the list again")
            for part in archive.infolist():
                with archive.open(part) as stream:
                    tail = b""
                    while block := stream.read(2**20):
                        inflated += len(block)
                        if inflated > MOST_INFLATED:
                            raise InputError("unpacks to more than a list can hold", file=name,
                                             fix="Check where the file comes from")
                        text = (tail + block).replace(b"\0", b"").upper()
                        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                            raise InputError("declares a document type or an entity", file=name,
                                             where=part.filename,
                                             fix="Export the list again from its publisher")
                        tail = block[-32:]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise InputError("is a damaged or encrypted workbook", file=name,
                         fix="Open it in Excel and save it again as .xlsx or CSV") from error


def _sheet_rows(sheet, name: str) -> list[tuple[int, dict[int, str]]]:
    if not hasattr(sheet, "reset_dimensions"):  # a chart sheet
        return []
    # What a sheet says of its own size may be wrong, and rows would be lost.
    sheet.reset_dimensions()
    rows, cells = [], 0
    for row in sheet.iter_rows():
        found = {}
        for cell in row:
            value = _cell_text(cell.value)
            if value:
                found[cell.column] = value
                cells += 1
        if cells > MOST_CELLS:
            raise InputError(f"has more than {MOST_CELLS:,} cells", file=name,
                             fix="A list is far smaller: check what the file is")
        if found:
            rows.append((_row_of(row), found))
    return rows


def _row_of(row) -> int:
    return next(cell.row for cell in row if cell.value is not None)


def _cell_text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = clean(value)
    return "" if text.startswith("#") and text.rstrip("!?").isupper() and " " not in text else text
