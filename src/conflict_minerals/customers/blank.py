"""A user's own blank template, opened to be filled: its parts are patched, never rebuilt.

Values go into the cells' own bytes; every part that holds none of them is copied as it is, and so
is each byte of a sheet outside the cells that change.
"""

from __future__ import annotations

import html
import io
import re
import zipfile

from conflict_minerals.cmrt import Layout, layout, read_bytes, sniff_form
from conflict_minerals.customers.formulas import (
    Evaluator, Fault, Unsupported, letters_of, number_of, shift, text_of,
)  # fmt: skip
from conflict_minerals.ground import versions
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.limits import Refused, default
from conflict_minerals.ground.zips import Package

FAMILIES = {"CMRT": "6.0", "EMRT": "2.0"}  # and the oldest revision that is filled
_ROW = re.compile(rb"<row\b([^>]*?)(/>|>)")
_C = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.S)
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_FORMULA = re.compile(rb"<f\b([^>]*?)(?:/>|>(.*?)</f>)", re.S)
_VALUE = re.compile(rb"<v\b[^>]*>(.*?)</v>", re.S)
_TEXT = re.compile(rb"<t\b[^>]*>(.*?)</t>", re.S)
_REF = re.compile(r"([A-Z]+)(\d+)")
_CHAIN = re.compile(rb"<(?:Override|Relationship)\b[^>]*calcChain[^>]*?(?:/>|></\w+>)", re.I)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def position(ref: str) -> tuple[int, int]:
    """Row and column of a cell such as ``D8``, from 1."""
    letters, row = _REF.fullmatch(ref).groups()
    return int(row), number_of(letters)


def _attributes(raw: bytes) -> dict[str, str]:
    return {k.decode(): html.unescape(v.decode()) for k, v in _ATTRIBUTE.findall(raw)}


def _plain(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8"))


class _Cell:
    """A cell as it lies in its part: where, how it looks, its formula and its saved value."""

    __slots__ = ("start", "end", "head", "inner")

    def __init__(self, match):
        self.start, self.end, self.head, self.inner = *match.span(), match[1], match[2] or b""


class _Part:
    """The cells of one sheet by place, and what is to be put into them."""

    def __init__(self, data: bytes):
        self.data = data
        self.cells: dict[tuple[int, int], _Cell] = {}
        self.rows: dict[int, tuple[int, int, bool]] = {}  # start, end of its tag, closed at once
        self.groups: dict[str, tuple[int, int, str]] = {}
        self.edits: list[tuple[int, int, bytes]] = []
        start, self.stop = data.find(b"<sheetData>"), data.find(b"</sheetData>")
        if min(start, self.stop) < 0:
            raise Refused("A sheet is not written as Excel writes it")
        marks = list(_ROW.finditer(data, start, self.stop))
        for here, after in zip(marks, [*(m.start() for m in marks[1:]), self.stop], strict=True):
            row = int(_attributes(here[1])["r"])
            self.rows[row] = here.start(), here.end(), here[2] == b"/>"
            for found in _C.finditer(data, here.end(), after):
                place = position(_attributes(found[1])["r"])
                self.cells[place] = _Cell(found)
        self.last_row = max(self.rows, default=0)
        for place, cell in self.cells.items():
            formula = b"shared" in cell.inner and _FORMULA.match(cell.inner)
            if formula and formula[2]:
                key = _attributes(formula[1])
                if key.get("t") == "shared":
                    self.groups[key["si"]] = *place, _plain(formula[2])

    def formula(self, place: tuple[int, int]) -> str | None:
        cell = self.cells.get(place)
        found = cell and cell.inner.startswith(b"<f") and _FORMULA.match(cell.inner)
        if not found:
            return None
        key = _attributes(found[1])
        if key.get("t") == "shared" and not found[2]:
            row, column, text = self.groups[key["si"]]
            return shift(text, place[0] - row, place[1] - column)
        return _plain(found[2] or b"")

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


class Blank:
    """An official blank: what it is, what its look-up knows, and its cells to be filled.

    Raises:
        InputError: no such file, protected by a password, no blank of a revision that is filled.
    """

    def __init__(self, data: bytes, name: str):
        self.file = name
        read, entries = _checked(data, name)
        self.family, self.version, self.language = (
            read[key] for key in ("template", "version", "language"))
        self.layout: Layout = layout(self.family, self.version)
        self.known = {row[4]: row for row in entries if row[4]}
        self.package = Package(data, default())
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.infos = archive.infolist()
        self.workbook = self._read("xl/workbook.xml")
        self._parts: dict[str, _Part] = {}
        self._files = self._sheets()
        self._names = re.findall(
            rb"<definedName\b([^>]*)>(.*?)</definedName>", self.workbook, re.S)
        items = self._read("xl/sharedStrings.xml").split(b"<si>")[1:]
        self._strings = [_plain(b"".join(_TEXT.findall(re.sub(rb"<rPh.*?</rPh>", b"", i, flags=16))))
                         for i in items]  # fmt: skip
        styles = re.search(rb"<cellXfs\b.*?</cellXfs>", self._read("xl/styles.xml"), re.S)[0]
        self._locked = [b'locked="0"' not in one for one in re.split(rb"<xf\b", styles)[1:]]
        self._written: dict[str, dict[tuple[int, int], object]] = {}
        self._forget()
        self.rows = 0  # rows of the Smelter List that are filled: further ones stay as they are

    def _forget(self) -> None:
        """Forget what formulas gave, since a cell has changed."""
        self._memo: dict[tuple, object] = {}
        self._evaluator = Evaluator(self)

    def _read(self, part: str) -> bytes:
        return self.package.read(part) if part in self.package else b""

    def _sheets(self) -> dict[str, str]:
        relations = self._read("xl/_rels/workbook.xml.rels")
        targets = {a["Id"]: a["Target"] for a in map(
            _attributes, re.findall(rb"<Relationship\b([^>]*)", relations))}  # fmt: skip
        found = map(_attributes, re.findall(rb"<sheet\b([^>]*)", self.workbook))
        return {a["name"]: "xl/" + targets[a["r:id"]].removeprefix("/xl/") for a in found}

    def part(self, sheet: str) -> _Part:
        if sheet not in self._parts:
            if sheet not in self._files:
                raise Unsupported(sheet)
            self._parts[sheet] = _Part(self.package.read(self._files[sheet]))
        return self._parts[sheet]

    # What the formulas ask: see ``formulas.Sheets``.

    def value(self, sheet: str, row: int, column: int):
        place = row, column
        written = self._written.get(sheet, {})
        if place in written:
            return written[place]
        part = self.part(sheet)
        if place not in part.cells:
            return None
        key = (sheet, place)
        if key not in self._memo:
            self._memo[key] = self._saved(part.cells[place])
            formula = part.formula(place) if self._is_ours(sheet, row) else None
            if formula:
                self._memo[key] = self._evaluator.value(formula, sheet, row, column)
        return self._memo[key]

    def name(self, word: str, sheet: str) -> str:
        order = list(self._files)
        found = {}
        for head, text in self._names:
            key = _attributes(head)
            if key["name"] == word:
                found[key.get("localSheetId", "")] = _plain(text)
        own = str(order.index(sheet)) if sheet in order else ""
        if own not in found and "" not in found:
            raise Unsupported(word)
        return found.get(own, found.get("", ""))

    def last_row(self, sheet: str) -> int:
        return self.part(sheet).last_row

    def settled(self, sheet: str) -> bool:
        return not self._is_ours(sheet, 1)

    def _is_ours(self, sheet: str, row: int) -> bool:
        """Whether a sheet's formulas depend on what is filled in."""
        if sheet == self.layout.sheets["smelters"]:
            return row <= self.layout.rows["smelters"][0] + self.rows
        return sheet in (self.layout.sheets["declaration"], self.layout.sheets["products"],
                         "Checker")  # fmt: skip

    def _saved(self, cell: _Cell):
        kind = _attributes(cell.head).get("t", "n")
        if kind == "inlineStr":
            return _plain(b"".join(_TEXT.findall(cell.inner)))
        found = _VALUE.search(cell.inner)
        if not found:
            return "" if kind == "str" else None
        text = _plain(found[1])
        if not text:  # some programs leave the type out of a formula's blank text
            return ""
        if kind == "s":
            return self._strings[int(text)]
        if kind == "b":
            return text == "1"
        return Fault(text) if kind == "e" else text if kind == "str" else float(text)

    # What is put in.

    def put(self, sheet: str, ref: str, value: str | float) -> None:
        """Write a value into an unlocked cell.

        Raises:
            InputError: the cell is protected, so the revision is laid out otherwise.
        """
        part, place = self.part(sheet), position(ref)
        style = int(_attributes(part.cells[place].head).get("s", 0)) if place in part.cells else 0
        if b"<sheetProtection" in part.data and self._locked[style]:
            raise InputError("is protected, so nothing is written there", file=self.file,
                             where=f"{sheet}!{ref}", fix="Take the template as published")  # fmt: skip
        self._written.setdefault(sheet, {})[place] = (
            _FORBIDDEN.sub("", value) if isinstance(value, str) else float(value))
        self._forget()

    def choices(self, sheet: str, ref: str) -> list:
        """What the drop-down list of a cell offers, blanks aside; empty where there is none."""
        row, column = position(ref)
        for head, inner in re.findall(rb"<dataValidation\b([^>]*[^/])>(.*?)</dataValidation>",
                                      self.part(sheet).data, re.S):  # fmt: skip
            key = _attributes(head)
            source = re.search(rb"<formula1>(.*?)</formula1>", inner, re.S)
            if key.get("type") != "list" or not source or not any(
                _within(block, row, column) for block in key.get("sqref", "").split()
            ):  # fmt: skip
                continue
            text = _plain(source[1])
            if text.startswith('"'):
                return text[1:-1].split(",")
            try:
                return [one for one in self._evaluator.area(text, sheet) if one not in (None, "")]
            except Unsupported:
                return []
        return []

    def filled(self) -> bytes:
        """The workbook with what was put in, the formulas' values beside it, as bytes."""
        changed = self._patched()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for info in self.infos:
                name = info.filename
                if name == "xl/calcChain.xml":  # Excel makes it again; a stale one is a fault
                    continue
                content = changed.get(name) or self._read(name)  # a folder has none
                kept = zipfile.ZipInfo(name, info.date_time)
                kept.compress_type, kept.external_attr = zipfile.ZIP_DEFLATED, info.external_attr
                archive.writestr(kept, content)
        return out.getvalue()

    def _patched(self) -> dict[str, bytes]:
        changed = {}
        values = self._shown()
        for sheet, part in self._parts.items():
            part.edits = []
            written = self._written.get(sheet, {})
            for place, value in written.items():
                part.put(place, _literal(place, part.cells.get(place), value))
            lost = {key: start for key, start in part.groups.items() if start[:2] in written}
            for place, cell in part.cells.items():
                if place not in written:
                    alone = lost and _of_group(cell, lost) and part.formula(place)
                    if (sheet, place) in values or alone:
                        shown = values.get((sheet, place), self.value(sheet, *place))
                        part.put(place, _beside(cell, shown, alone or ""))
            if part.edits:
                changed[self._files[sheet]] = part.patched()
        changed["xl/workbook.xml"] = _told_to_calculate(self.workbook)
        if "xl/calcChain.xml" in self.package:
            for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
                changed[name] = _CHAIN.sub(b"", self.package.read(name))
        return changed

    def _shown(self) -> dict[tuple[str, tuple[int, int]], object]:
        """The formulas' values that are other than the saved ones, by sheet and cell."""
        self._forget()
        found = {}
        for sheet in (*(s for s in self.layout.sheets.values() if s in self._files), "Checker"):
            if sheet not in self._files:
                continue
            part = self.part(sheet)
            for place, cell in part.cells.items():
                if cell.inner.startswith(b"<f") and self._is_ours(sheet, place[0]):
                    try:
                        value = self.value(sheet, *place)
                    except Unsupported:
                        continue
                    if place not in self._written.get(sheet, {}) and value != self._saved(cell):
                        found[sheet, place] = value
        return found


def _checked(data: bytes, name: str) -> tuple[dict, list]:
    if sniff_form(data) != "zip":
        raise InputError("is no open .xlsx: it is protected by a password or of another form",
                         file=name, fix="Download the blank template again")  # fmt: skip
    read, entries = read_bytes(data, default())
    family, version = read["template"], read["version"]
    if not read["readable"] or family not in FAMILIES:
        raise InputError(read["reason"] or f"is {family or 'none of the templates'}", file=name,
                         fix="Give a blank CMRT 6 or EMRT 2")  # fmt: skip
    if versions.key(version) < versions.key(FAMILIES[family]) or any(
        line[0] == "revision-unknown" and not line[5] for line in read["problems"]
    ):  # fmt: skip
        raise InputError(f"is {family} {version}, a revision that is not filled", file=name,
                         fix="Give a blank CMRT 6 or EMRT 2")  # fmt: skip
    said = [line for line in read["answers"] if line[3]] + read["rows"] + [
        line for line in read["fields"] if line[0] == "company_name" and line[1]]  # fmt: skip
    if said:
        raise InputError("is filled in already", file=name, fix="Download the blank template again")
    if len(entries) == 0:
        raise InputError("has no list of smelters in it", file=name,
                         fix="Download the blank template again")  # fmt: skip
    return read, entries


def _within(block: str, row: int, column: int) -> bool:
    first, _, last = block.partition(":")
    (top, left), (low, right) = position(first), position(last or first)
    return top <= row <= low and left <= column <= right


def _of_group(cell: _Cell, groups: dict) -> bool:
    found = _FORMULA.match(cell.inner)
    return bool(found) and _attributes(found[1]).get("si") in groups


def _head(place: tuple[int, int], cell: _Cell | None, kind: str) -> bytes:
    """A cell's opening tag with its look kept and its type set."""
    kept = re.sub(rb'\s(?:t|cm|vm)="[^"]*"', b"", cell.head) if cell else (
        f' r="{letters_of(place[1])}{place[0]}"'.encode())  # fmt: skip
    return b"<c" + kept.rstrip() + (f' t="{kind}"'.encode() if kind else b"")


def _literal(place, cell: _Cell | None, value: str | float) -> bytes:
    if isinstance(value, str):
        text = html.escape(value, quote=False).encode()
        return (_head(place, cell, "inlineStr") + b'><is><t xml:space="preserve">' + text
                + b"</t></is></c>")  # fmt: skip
    return _head(place, cell, "") + b"><v>" + text_of(value).encode() + b"</v></c>"


def _beside(cell: _Cell, value, alone: str) -> bytes:
    """A formula's cell with another saved value; ``alone`` takes the place of a shared formula."""
    formula = _FORMULA.match(cell.inner)[0]
    if alone:
        formula = b"<f>" + html.escape(alone, quote=False).encode() + b"</f>"
    kind, text = "", ""
    if isinstance(value, Fault):
        kind, text = "e", value.code
    elif isinstance(value, bool):
        kind, text = "b", str(int(value))
    elif isinstance(value, str):
        kind, text = "str", html.escape(value, quote=False)
    elif value is not None:
        text = text_of(value)
    head = re.sub(rb'\st="[^"]*"', b"", cell.head).rstrip() + (
        f' t="{kind}"'.encode() if kind else b"")  # fmt: skip
    return b"<c" + head + b">" + formula + b"<v>" + text.encode() + b"</v></c>"


def _told_to_calculate(workbook: bytes) -> bytes:
    """The workbook's part, with Excel told to calculate everything when it opens the file."""
    found = re.search(rb"<calcPr\b([^>]*?)/?>", workbook)
    if not found:
        return workbook.replace(b"</workbook>", b'<calcPr fullCalcOnLoad="1"/></workbook>')
    kept = re.sub(rb'\sfullCalcOnLoad="[^"]*"', b"", found[1])
    made = b"<calcPr" + kept + b' fullCalcOnLoad="1"' + (
        b"/>" if found[0].endswith(b"/>") else b">")  # fmt: skip
    return workbook[: found.start()] + made + workbook[found.end() :]
