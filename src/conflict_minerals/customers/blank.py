"""A user's own blank template, opened to be filled: its parts are patched, never rebuilt.

Values go into the cells' own bytes; every part that holds none of them is copied as it is, and so
is each byte of a sheet outside the cells that change.
"""

from __future__ import annotations

import io
import re
import zipfile

from conflict_minerals.cmrt import Layout, layout, position, read_bytes, sniff_form
from conflict_minerals.customers.cellparts import (
    Cell,
    Part,
    attributes,
    beside,
    literal,
    of_group,
    plain,
    told_to_calculate,
    within,
)  # fmt: skip
from conflict_minerals.customers.formulas import Evaluator, Fault
from conflict_minerals.customers.grammar import Unsupported
from conflict_minerals.ground import library, versions
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.limits import default
from conflict_minerals.ground.zips import Package

_VALUE = re.compile(rb"<v\b[^>]*>(.*?)</v>", re.S)
_TEXT = re.compile(rb"<t\b[^>]*>(.*?)</t>", re.S)
FAMILIES = {"CMRT": "6.0", "EMRT": "1.0"}  # and the oldest revision that is filled
_AGAIN = "Download the blank template again"
_WANTED = "Give a blank CMRT 6 or EMRT"
# What stands in a blank as it is published.
_OWN = ("title", "language", "revision", "mineral_selected", "mineral_other")
# Findings that say that cells are not where the revision has them.
_ELSEWHERE = ("question-moved", "question-unknown", "question-not-found", "field-moved",
              "metal-moved", "header-moved", "columns-unknown", "sheet-missing",
              "sheet-named-twice", "sheet-data-twice", "sheet-of-same-form",
              "macros-present")  # fmt: skip
_PHONETIC = re.compile(rb"<rPh.*?</rPh>", re.S)
_CHAIN = re.compile(rb"<(?:Override|Relationship)\b[^>]*calcChain[^>]*?(?:/>|></\w+>)", re.I)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


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
        if b"spreadsheetml.sheet.main+xml" not in self._read("[Content_Types].xml"):
            raise InputError("was saved in another form than .xlsx", file=name, fix=_AGAIN)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.infos = archive.infolist()
        self.workbook = self._read("xl/workbook.xml")
        self._parts: dict[str, Part] = {}
        self._files = self._sheets()
        self._names = re.findall(
            rb"<definedName\b([^>]*)>(.*?)</definedName>", self.workbook, re.S)
        items = self._read("xl/sharedStrings.xml").split(b"<si>")[1:]
        self._strings = [plain(b"".join(_TEXT.findall(_PHONETIC.sub(b"", i)))) for i in items]
        styles = re.search(rb"<cellXfs\b.*?</cellXfs>", self._read("xl/styles.xml"), re.S)
        if not styles:
            raise InputError("does not say which of its cells are protected", file=name, fix=_AGAIN)
        self._locked = [b'locked="0"' not in one for one in re.split(rb"<xf\b", styles[0])[1:]]
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
            attributes, re.findall(rb"<Relationship\b([^>]*)", relations))}  # fmt: skip
        found = map(attributes, re.findall(rb"<sheet\b([^>]*)", self.workbook))
        return {a["name"]: "xl/" + targets[a["r:id"]].removeprefix("/xl/") for a in found}

    def part(self, sheet: str) -> Part:
        if sheet not in self._parts:
            if sheet not in self._files:
                raise Unsupported(sheet)
            self._parts[sheet] = Part(self.package.read(self._files[sheet]))
        return self._parts[sheet]

    # What the formulas ask: see ``formulas.Evaluator``.

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
                try:
                    self._memo[key] = self._evaluator.value(formula, sheet, row, column)
                except Unsupported:
                    del self._memo[key]  # whatever rests on it is left alone too
                    raise
        return self._memo[key]

    def name(self, word: str, sheet: str) -> str:
        found = {key.get("localSheetId", ""): plain(text) for head, text in self._names
                 if (key := attributes(head))["name"] == word}  # fmt: skip
        for place in (str(list(self._files).index(sheet)), ""):
            if place in found:
                return found[place]
        raise Unsupported(word)

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

    def _saved(self, cell: Cell):
        kind = attributes(cell.head).get("t", "n")
        if kind == "inlineStr":
            return plain(b"".join(_TEXT.findall(cell.inner)))
        found = _VALUE.search(cell.inner)
        if not found:
            return "" if kind == "str" else None
        text = plain(found[1])
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
        style = int(attributes(part.cells[place].head).get("s", 0)) if place in part.cells else 0
        if b"<sheetProtection" in part.data and self._locked[style]:
            raise InputError(
                "is protected, so nothing is written there", file=self.file,
                where=f"{sheet}!{ref}", fix="Take the template as published")  # fmt: skip
        self._written.setdefault(sheet, {})[place] = (
            _FORBIDDEN.sub("", value) if isinstance(value, str) else float(value))
        self._forget()

    def choices(self, sheet: str, ref: str) -> list:
        """What the drop-down list of a cell offers, blanks aside; empty where there is none."""
        row, column = position(ref)
        for head, inner in re.findall(rb"<dataValidation\b([^>]*[^/])>(.*?)</dataValidation>",
                                      self.part(sheet).data, re.S):  # fmt: skip
            key = attributes(head)
            source = re.search(rb"<formula1>(.*?)</formula1>", inner, re.S)
            if key.get("type") != "list" or not source or not any(
                within(block, row, column) for block in key.get("sqref", "").split()
            ):  # fmt: skip
                continue
            text = plain(source[1])
            if text.startswith('"'):
                return text[1:-1].split(",")
            try:
                return [one for one in self._evaluator.area(text, sheet) if one not in (None, "")]
            except Unsupported:
                return []
        return []

    def minerals(self) -> tuple[str, ...]:
        """The minerals that an EMRT can declare; none where its lists cannot be read."""
        sheet, chosen = self.layout.sheets["declaration"], self.layout.minerals.get("selected", ())
        offered = {str(one) for cell in chosen for one in self.choices(sheet, cell)}
        named = {metal for question in self.layout.questions for _, metal in question.answers}
        return tuple(sorted(one for one in (offered if chosen else named - {"", "?"})
                            if "(" not in one))  # fmt: skip

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
                part.put(place, literal(place, part.cells.get(place), value))
            lost = {key: start for key, start in part.groups.items() if start[:2] in written}
            for place, cell in part.cells.items():
                if place not in written:
                    alone = lost and of_group(cell, lost) and part.formula(place)
                    if (sheet, place) in values or alone:
                        shown = values.get((sheet, place), self.value(sheet, *place))
                        part.put(place, beside(cell, shown, alone or ""))
            if part.edits:
                changed[self._files[sheet]] = part.patched()
        changed["xl/workbook.xml"] = told_to_calculate(self.workbook)
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
    """What a blank's reading gives, once it is known to be one that can be filled."""
    if sniff_form(data) != "zip":
        raise InputError("is no open .xlsx: it is protected by a password or of another form",
                         file=name, fix=_AGAIN)  # fmt: skip
    read, entries = read_bytes(data, default())
    family, version = read["template"], read["version"]
    if not read["readable"] or family not in FAMILIES:
        raise InputError(read["reason"] or f"is {family or 'none of the templates'}", file=name,
                         fix=_WANTED)  # fmt: skip
    if versions.key(version) < versions.key(FAMILIES[family]):
        raise InputError(f"is {family} {version}, a revision that is not filled", file=name,
                         fix=_WANTED)  # fmt: skip
    for rule, _, sheet, cell, found, expected in read["problems"]:
        if rule in _ELSEWHERE or rule == "revision-unknown" and not expected:
            what = next(row["meaning"] for row in library.records("rules") if row["id"] == rule)
            raise InputError(f"is {family} {version}, and not as it was published: {what}",
                             file=name, where=f"{sheet}!{cell}" if cell else found or sheet,
                             fix=_AGAIN)  # fmt: skip
    held = [f"{sheet}!{cell}" for *_, raw, _, sheet, cell in read["answers"] if raw]
    held += [f"{sheet}!{cell}" for field, raw, _, sheet, cell in read["fields"]
             if raw and field not in _OWN]  # fmt: skip
    held += [f"{sheet}, row {row}" for part in ("rows", "products", "mines")
             for sheet, row, *_ in read.get(part, ())]  # fmt: skip
    if held:
        raise InputError("is filled in already", file=name, where=held[0], fix=_AGAIN)
    if not entries:
        raise InputError("has no list of smelters in it", file=name, fix=_AGAIN)
    return read, entries
