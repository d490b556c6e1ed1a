"""A list's bytes to the cells of its sheets, whatever their form, for the process that reads.

Forms are told by bytes: ``.xlsx``, ``.xls``, SpreadsheetML and CSV are one kind of workbook here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from conflict_minerals.cmrt import reader, sniff
from conflict_minerals.cmrt.cells import ErrorValue, Sheet
from conflict_minerals.cmrt.spreadsheetml import SpreadsheetML
from conflict_minerals.cmrt.workbook import Book
from conflict_minerals.ground import codepages, csvtext
from conflict_minerals.ground.limits import Limits, Refused

_MARKS = b"\xef\xbb\xbf\xff\xfe \t\r\n"
_NOT_TEXT = {"pdf", "image", "archive", "document", "presentation", "program", "html",
             "ods"}


class Csv(Book):
    """A table as text, as a workbook of one sheet without a name; rows are lines of the file."""

    form = "csv"

    def __init__(self, data: bytes, limits: Limits):
        super().__init__()
        text, sheet = codepages.text_of(data), Sheet()
        if text is None:
            raise Refused("Neither a workbook nor text in UTF-8, UTF-16 or Windows-1252")
        try:
            for line, values in csvtext.lines(text)[1]:
                for column, value in enumerate(values, 1):
                    if value.strip():
                        sheet.put(line, column, value, limits)
        except csvtext.Unclosed as mark:
            raise Refused(
                f"A quotation mark opens in line {mark.line} and is not closed") from None
        self.names, self._sheets = [""], {"": sheet}


def open_list(data: bytes, limits: Limits) -> Book:
    """The workbook in a list's bytes.

    Raises:
        Refused: of another form, damaged, protected by a password, or beyond a limit.
    """
    form = sniff.sniff(data)
    if form in ("zip", "ole"):
        return reader.open_book(data, form, limits)
    head = data[:4096].replace(b"\0", b"").lstrip(_MARKS).lower()
    if not head:
        raise Refused(sniff.REASONS["empty"])
    if form in _NOT_TEXT:
        raise Refused(sniff.REASONS[form].partition(":")[0])
    return SpreadsheetML(data, limits) if head.startswith(b"<") else Csv(data, limits)


def read(data: bytes, limits: Limits) -> tuple[dict, list]:
    """What a list's bytes say; answers in the form in which ``reader.read`` does.

    ``{"reason", "sheets"}``: a refusal is a reason; a sheet is its name, whether its dates count
    from 1904, its rows ``[row, [[column, value], …]]`` in order, and the rows that are hidden. A
    cell merged over several rows holds for each that has other cells; errors of formulas are left
    out.
    """
    try:
        book = open_list(data, limits)
        sheets = [[name, book.epoch_1904, *_rows(book.sheet(name), name in book.hidden)]
                  for name in book.names]
        return {"reason": "", "sheets": sheets}, []
    except Refused as refusal:
        return {"reason": refusal.reason, "sheets": []}, []
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - the libraries for old forms raise whatever they meet
        reason = f"{reader.UNFORESEEN} ({type(error).__name__}): please report it"
        return {"reason": reason, "sheets": []}, []


def _rows(sheet: Sheet, hidden: bool) -> tuple[list, list]:
    rows: dict[int, dict] = {}
    for (row, column), value in sorted(sheet.cells.items()):
        if not isinstance(value, ErrorValue):
            rows.setdefault(row, {})[column] = value
    numbers = list(rows)
    for (top, left), (bottom, _) in sorted(sheet.merged):
        value = rows.get(top, {}).get(left)
        if value is not None:
            for row in numbers[bisect_right(numbers, top):bisect_left(numbers, bottom + 1)]:
                rows[row].setdefault(left, value)
    return ([[row, sorted(held.items())] for row, held in rows.items()],
            sorted(rows if hidden else sheet.hidden & rows.keys()))
