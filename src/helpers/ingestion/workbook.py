"""A workbook's sheets by name, from ``.xlsx`` or ``.xls`` bytes, whatever the file is called."""

from __future__ import annotations

import re
from collections.abc import Callable

from helpers.ingestion import cells
from helpers.ingestion.cells import Sheet
from helpers.ingestion.guard import Package
from helpers.ingestion.limits import Limits, Refused

_RELATIONS = "/officeDocument"
_TEXT = re.compile(rb"<t(?: [^>]*)?>([^<]*)</t>|<t(?: [^>]*)?/>")
_PHONETIC = re.compile(rb"<rPh[ >].*?</rPh>", re.S)


class Book:
    """The sheets of a workbook; each is read when it is asked for.

    ``names`` in the workbook's order; ``epoch_1904`` when its dates count from 1904;
    ``notes`` of what was met on the way: ``(rule, found)``.
    """

    form = ""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.epoch_1904 = False
        self.notes: list[tuple[str, str]] = []
        self._sheets: dict[str, Sheet] = {}

    def find(self, wanted: str) -> str | None:
        """The name of a sheet as the workbook spells it, case and blanks aside."""
        folded = {_fold(name): name for name in reversed(self.names)}
        for choice in wanted.split("|"):
            if _fold(choice) in folded:
                return folded[_fold(choice)]
        return None

    def sheet(self, name: str) -> Sheet:
        """The cells of a sheet by the name that ``find`` gave."""
        if name not in self._sheets:
            self._sheets[name] = self._load(name)
        return self._sheets[name]

    def fingerprint(self, name: str) -> object | None:
        """A key that two sheets share only when they hold the same, or ``None``."""
        return None

    def uncalculated(self, name: str) -> int:
        """How many formulas of a sheet were saved without a value."""
        return self.sheet(name).uncalculated

    def _load(self, name: str) -> Sheet:
        raise NotImplementedError


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


class Xlsx(Book):
    """A workbook in the form of ``.xlsx``, transitional or strict, with or without macros."""

    form = "xlsx"

    def __init__(self, package: Package, limits: Limits):
        super().__init__()
        self.package, self.limits = package, limits
        self._lower = {name.lower(): name for name in package.names}
        self.main = self._main_part()
        self._parts: dict[str, str] = {}
        self._strings_part = ""
        self._strings: Callable[[int], str] | None = None
        self._read_workbook()
        if any(name.endswith("vbaproject.bin") for name in self._lower):
            self.notes.append(("macros-present", "vbaProject.bin"))
        if any("/externallinks/" in f"/{name}" for name in self._lower):
            self.notes.append(("external-links", "links to other workbooks"))

    def _part(self, name: str) -> str | None:
        return self._lower.get(name.lower().lstrip("/"))

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Targets of a part's relations by id, as ``(type, part)``; those outside are left out."""
        folder, _, base = part.rpartition("/")
        rels = self._part(f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels")
        found: dict[str, tuple[str, str]] = {}
        if rels is None:
            return found

        def start(name, attributes):
            if name.rpartition(" ")[2] == "Relationship" and (
                attributes.get("TargetMode", "").lower() != "external"
            ):
                target = _join(folder, attributes.get("Target", ""))
                found[attributes.get("Id", "")] = (attributes.get("Type", ""), target)

        parser = cells.parser_of()
        parser.StartElementHandler = start
        cells.feed(parser, self.package.pieces(rels, 4 * 1024 * 1024))
        return found

    def _main_part(self) -> str:
        for kind, target in self._relations("").values():
            if kind.endswith(_RELATIONS) and self._part(target):
                return self._part(target)
        for name in ("xl/workbook.xml", "workbook.xml"):
            if self._part(name):
                return self._part(name)
        raise Refused("Damaged: a zip without a workbook in it", "xlsx")

    def _read_workbook(self) -> None:
        sheets: list[tuple[str, str]] = []

        def start(name, attributes):
            tag = cells.local(name)
            if tag == "sheet":
                ids = [value for key, value in attributes.items() if key.endswith(" id")]
                sheets.append((attributes.get("name", ""), ids[0] if ids else ""))
            elif tag == "workbookPr":
                self.epoch_1904 = attributes.get("date1904", "0").lower() in ("1", "true")

        parser = cells.parser_of()
        parser.StartElementHandler = start
        cells.feed(parser, self.package.pieces(self.main, 16 * 1024 * 1024))
        relations = self._relations(self.main)
        for kind, target in relations.values():
            if kind.endswith("/sharedStrings") and self._part(target):
                self._strings_part = self._part(target)
        for name, key in sheets[:500]:
            kind, target = relations.get(key, ("", ""))
            if self._part(target) and not kind.endswith("/chartsheet"):
                self._parts.setdefault(name, self._part(target))
        self.names = list(self._parts)

    def _load(self, name: str) -> Sheet:
        part = self._parts[name]
        return cells.read_sheet(lambda: self.package.pieces(part), self.string, self.limits)

    def uncalculated(self, name: str) -> int:
        part = self._parts[name]
        return cells.exact(self.package.pieces(part), self.string, self.limits).uncalculated

    def string(self, index: int) -> str:
        """The shared string of an index."""
        if self._strings is None:
            self._strings = self._load_strings()
        return self._strings(index)

    def _load_strings(self) -> Callable[[int], str]:
        if not self._strings_part:
            return _no_strings
        data = self.package.read(self._strings_part)
        if data.count(b"<si") + data.count(b":si") > self.limits.strings:
            raise Refused(f"More than {self.limits.strings:,} shared strings")
        return _quick_strings(data) or _exact_strings(data)

    def strings_digest(self) -> bytes:
        return b""


def _no_strings(index: int) -> str:
    raise IndexError(index)


def _join(folder: str, target: str) -> str:
    """A relation's target as a part's name, ``..`` resolved, never above the package."""
    parts = [] if target.startswith("/") else [p for p in folder.split("/") if p]
    for step in target.replace("\\", "/").split("/"):
        if step == "..":
            parts = parts[:-1]
        elif step not in ("", "."):
            parts.append(step)
    return "/".join(parts)


def _quick_strings(data: bytes) -> Callable[[int], str] | None:
    """Shared strings in the plain spelling, each decoded when it is first asked for."""
    head = data[:2048].lower()
    root = re.match(rb'\s*(?:<\?xml[^>]*\?>\s*)?<sst(?:\s[^>]*)?\sxmlns="[^"]*"', head)
    plain_encoding = b"encoding" not in head[: head.find(b"?>")] or b'"utf-8"' in head
    if not root or not plain_encoding or b"<!" in data or b"<si/" in data or b"<si " in data:
        return None
    items = data.split(b"<si>")
    del items[0]
    decoded: dict[int, str] = {}

    def string(index: int) -> str:
        text = decoded.get(index)
        if text is None:
            if index < 0:
                raise IndexError(index)
            text = decoded[index] = _plain_text(items[index])
        return text

    return string


def _plain_text(item: bytes) -> str:
    if b"<rPh" in item:
        item = _PHONETIC.sub(b"", item)
    raw = b"".join(match[1] or b"" for match in _TEXT.finditer(item))
    return cells.unescape(raw.decode("utf-8", "replace"))


def _exact_strings(data: bytes) -> Callable[[int], str]:
    strings: list[str] = []
    text: list[str] = []
    state = {"t": False, "phonetic": False}

    def start(name, _):
        tag = cells.local(name)
        if tag == "t":
            state["t"] = True
        elif tag == "rPh":
            state["phonetic"] = True
        elif tag == "si":
            text.clear()

    def end(name):
        tag = cells.local(name)
        if tag == "t":
            state["t"] = False
        elif tag == "rPh":
            state["phonetic"] = False
        elif tag == "si":
            strings.append(cells.unescape("".join(text).replace("&", "&amp;")))

    def characters(piece):
        if state["t"] and not state["phonetic"]:
            text.append(piece)

    parser = cells.parser_of()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    cells.feed(parser, [data])
    return lambda index: strings[index] if index >= 0 else _no_strings(index)
