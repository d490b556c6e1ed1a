"""Workbooks as Excel's XML of 2003 (SpreadsheetML), the form in which lists are often exported."""

from __future__ import annotations

from xml.parsers import expat

from conflict_minerals.cmrt import sheetxml
from conflict_minerals.cmrt.cells import ErrorValue, Sheet, Value
from conflict_minerals.cmrt.workbook import Book
from conflict_minerals.ground.limits import Limits, Refused
from conflict_minerals.ground.text import clean
from conflict_minerals.ground.zips import apart

_SPACE = "urn:schemas-microsoft-com:office:spreadsheet"


class SpreadsheetML(Book):
    """All sheets of such a workbook; ``ss:Index`` leaves gaps in rows and columns.

    Raises:
        Refused: not well-formed, entities declared, of another encoding, no workbook.
    """

    form = "xml"

    def __init__(self, data: bytes, limits: Limits):
        super().__init__()
        self.limits, self._taken = limits, {}
        self._row = self._column = self._across = 0
        self._name, self._type, self._text = None, "", []
        self._is_workbook = self._in_data = self._in_comment = False
        parser = sheetxml.parser_of()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            said = f"{expat.ErrorString(error.code)}, line {error.lineno}"
            raise Refused(f"Damaged: its XML is not well-formed ({said})") from error
        except (LookupError, ValueError) as error:  # expat's word for an encoding it cannot take
            raise Refused("XML in an encoding that is not read") from error
        if not self._is_workbook:
            raise Refused("XML, but no Excel workbook (SpreadsheetML 2003)")

    def _start(self, tag: str, attributes: dict) -> None:
        local = _local(tag)
        if local == "Workbook":
            self._is_workbook = True
        elif local == "Worksheet":
            named = clean(attributes.get(f"{_SPACE} Name", ""))
            self._name, self._row = apart(named, self._taken), 0
            self.names.append(self._name)
            self._sheets[self._name] = Sheet()
        elif local == "Row":
            self._row = self._place(attributes, self._row, self.limits.rows)
            self._column = self._across = 0
            if attributes.get(f"{_SPACE} Hidden") == "1" and self._name is not None:
                last = min(self._row + self._number(attributes, "Span"), self.limits.rows)
                self._sheets[self._name].hidden.update(range(self._row, last + 1))
        elif local == "Cell":
            before = self._column + self._across
            self._column = self._place(attributes, before, self.limits.columns)
            self._across = self._number(attributes, "MergeAcross")
            down = self._number(attributes, "MergeDown")
            if down and self._name is not None:
                last = (self._row + down, self._column + self._across)
                self._sheets[self._name].merge((self._row, self._column), last)
        elif local == "Comment":
            self._in_comment = True
        elif tag.endswith(" Visible") and self._name is not None:  # of Excel's own name space
            self.hidden.add(self._name)
        elif local == "Data" and not self._in_comment:
            self._in_data, self._text = True, []
            self._type = attributes.get(f"{_SPACE} Type", "String")

    def _end(self, tag: str) -> None:
        local = _local(tag)
        if local == "Comment":
            self._in_comment = False
        elif local == "Data" and self._in_data:
            self._in_data = False
            value = _value("".join(self._text), self._type)
            if value != "" and self._name is not None:
                self._sheets[self._name].put(self._row, self._column, value, self.limits)

    def _characters(self, characters: str) -> None:
        if self._in_data:
            self._text.append(characters)

    def _place(self, attributes: dict, before: int, most: int) -> int:
        place = self._number(attributes, "Index", before + 1)
        if not before < place <= most:
            raise Refused(f"Damaged: a row or cell at {place} after {before}, row {self._row}")
        return place

    def _number(self, attributes: dict, name: str, default: int = 0) -> int:
        text = attributes.get(f"{_SPACE} {name}", str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 9):
            raise Refused(f"Damaged: a row or cell has {name} {text[:20]!r}, row {self._row}")
        return int(text)


def _local(tag: str) -> str:
    space, _, local = tag.rpartition(" ")
    return local if space == _SPACE else ""


def _value(text: str, kind: str) -> Value:
    if kind == "Number":
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "DateTime":
        return text.partition("T")[0]
    if kind == "Boolean":
        return text.strip() == "1"
    return ErrorValue(text) if kind == "Error" else text
