"""A workbook's sheets by name, from ``.xlsx`` or ``.xls`` bytes, whatever the file is called."""

from __future__ import annotations

import hashlib

from conflict_minerals.cmrt import sheetxml
from conflict_minerals.cmrt.cells import Sheet
from conflict_minerals.cmrt.strings import Strings, shared_strings
from conflict_minerals.ground.limits import Limits, Refused
from conflict_minerals.ground.zips import Package

_RELATIONS = "/officeDocument"


class Book:
    """The sheets of a workbook; each is read when it is asked for.

    ``names`` in the workbook's order; ``epoch_1904`` when its dates count from 1904;
    ``hidden`` names sheets that do not show; ``notes`` of what was met on the way: ``(rule,
    found)``.
    """

    form = ""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.epoch_1904 = False
        self.notes: list[tuple[str, str]] = []
        self.hidden: set[str] = set()
        self._sheets: dict[str, Sheet] = {}

    def find(self, wanted: str) -> str | None:
        """The name of a sheet as the workbook spells it, case and blanks aside."""
        folded = {_fold(name): name for name in reversed(self.names)}
        for choice in wanted.split("|"):
            if _fold(choice) in folded:
                return folded[_fold(choice)]
        return None

    def sheet(self, name: str, widest: int = 0) -> Sheet:
        """The cells of a sheet by the name that ``find`` gave; once read, it is kept.

        Columns beyond ``widest``, if given, may be left out.
        """
        if name not in self._sheets:
            self._sheets[name] = self._load(name, widest)
        return self._sheets[name]

    def common(self, name: str) -> tuple[Sheet, bytes]:
        """A sheet that many workbooks share, such as the look-up, with a key of its content.

        Two sheets of one key hold the same; a blank key says nothing.
        """
        return self.sheet(name), b""

    def uncalculated(self, name: str) -> int:
        """How many formulas of a sheet were saved without a value."""
        return self.sheet(name).uncalculated

    def _load(self, name: str, widest: int) -> Sheet:
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
        self._strings: Strings | None = None
        self._common: dict[str, tuple[Sheet, bytes]] = {}
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

        parser = sheetxml.parser_of()
        parser.StartElementHandler = start
        sheetxml.feed(parser, self.package.pieces(rels, _SMALL_PART))
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
            tag = sheetxml.local(name)
            if tag == "sheet":
                ids = [value for key, value in attributes.items() if key.endswith(" id")]
                sheets.append((attributes.get("name", ""), ids[0] if ids else ""))
                if attributes.get("state", "visible") != "visible":
                    self.hidden.add(attributes.get("name", ""))
            elif tag == "workbookPr":
                self.epoch_1904 = attributes.get("date1904", "0").lower() in ("1", "true")

        parser = sheetxml.parser_of()
        parser.StartElementHandler = start
        sheetxml.feed(parser, self.package.pieces(self.main, _SMALL_PART))
        relations = self._relations(self.main)
        for kind, target in relations.values():
            if kind.endswith("/sharedStrings") and self._part(target):
                self._strings_part = self._part(target)
        for name, key in sheets[:500]:
            kind, target = relations.get(key, ("", ""))
            if self._part(target) and not kind.endswith("/chartsheet"):
                if self.find(name):
                    self.notes.append(("sheet-named-twice", name))
                self._parts.setdefault(name, self._part(target))
                self.names = list(self._parts)

    def _load(self, name: str, widest: int) -> Sheet:
        part = self._parts[name]

        def pieces():
            return self.package.pieces(part)

        return sheetxml.read_sheet(pieces, self.string, self.limits, widest)

    def common(self, name: str) -> tuple[Sheet, bytes]:
        if name not in self._common:
            self._common[name] = self._find_common(self._parts[name], name)
        return self._common[name]

    def _find_common(self, part: str, name: str) -> tuple[Sheet, bytes]:
        if self.package.infos[part].file_size > _COMMON:
            return self.sheet(name), b""
        content = self.package.read(part)
        first = hashlib.blake2b(content, digest_size=16).digest()
        used = _used.get(first)
        if used is None:
            indexes: set[int] = set()

            def string(index: int) -> str:
                indexes.add(index)
                return self.string(index)

            sheetxml.read_sheet(lambda: iter([content]), string, self.limits)
            used = _remember(_used, first, sorted(indexes))
        second = hashlib.blake2b(first, digest_size=16)
        try:
            for index in used:
                text = self._shared().raw(index)
                second.update(len(text).to_bytes(4, "little") + text)
        except IndexError as error:
            raise Refused("Damaged: a cell holds what its type does not allow") from error
        key = second.digest()
        if key not in _sheets:
            _remember(
                _sheets, key, sheetxml.read_sheet(lambda: iter([content]), self.string, self.limits)
            )
        return _sheets[key], key

    def uncalculated(self, name: str) -> int:
        part = self._parts[name]
        return sheetxml.exact(self.package.pieces(part), self.string, self.limits).uncalculated

    def string(self, index: int) -> str:
        """The shared string of an index."""
        return self._shared()[index]

    def _shared(self) -> Strings:
        if self._strings is None:
            data = self.package.read(self._strings_part) if self._strings_part else b""
            self._strings = shared_strings(data, self.limits)
        return self._strings


# The parts that say where the others are; megabytes of them mean mischief.
_SMALL_PART = 4 * 1024 * 1024
# Sheets that many workbooks share are read once by each process; a few revisions are in use.
_COMMON = 4 * 1024 * 1024
_used: dict[bytes, list[int]] = {}
_sheets: dict[bytes, Sheet] = {}


def _remember(kept: dict, key: bytes, value):
    if len(kept) >= 24:
        kept.pop(next(iter(kept)))
    kept[key] = value
    return value


def _join(folder: str, target: str) -> str:
    """A relation's target as a part's name, ``..`` resolved, never above the package."""
    parts = [] if target.startswith("/") else [p for p in folder.split("/") if p]
    for step in target.replace("\\", "/").split("/"):
        if step == "..":
            parts = parts[:-1]
        elif step not in ("", "."):
            parts.append(step)
    return "/".join(parts)
