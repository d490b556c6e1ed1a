"""The workbook's own look-up of smelters: its names and ids, with the cells that say so."""

from __future__ import annotations

import hashlib
import json
import re

from conflict_minerals.cmrt import headers
from conflict_minerals.cmrt.cells import Sheet
from conflict_minerals.cmrt.layouts import Layout
from conflict_minerals.cmrt.template import metal, words
from conflict_minerals.cmrt.workbook import Book
from conflict_minerals.ground import ids
from conflict_minerals.ground.terms import SPECIAL

LOOKUP = (
    "metal", "lookup_name", "standard_name", "country", "smelter_id", "source", "sheet", "row",
    "old_id",
)  # fmt: skip


def by_row(sheet: Sheet, first: int, widest: int) -> dict[int, dict[int, object]]:
    """The filled cells from a row on, by row; errors among them, numbers 0 not."""
    found: dict[int, dict[int, object]] = {}
    for (row, column), value in sheet.cells.items():
        if row >= first and column <= widest and value != 0:
            found.setdefault(row, {})[column] = value
    return dict(sorted(found.items()))


class Lookup:
    """The workbook's own list of smelters and aliases, with the cells that say so."""

    def __init__(self, rows: list[list]):
        self.rows = rows
        text = json.dumps(rows, ensure_ascii=True, separators=(",", ":"))
        # A short name for the content, under which many files share it.
        self.digest = hashlib.sha256(text.encode()).hexdigest()[:32] if rows else ""
        self._ids: dict[str, list[dict]] | None = None
        self._names: dict[tuple[str, str], list[dict]] = {}

    def _index(self) -> None:
        self._ids = {}
        for row in self.rows:
            entry = dict(zip(LOOKUP, row, strict=True))
            if entry["smelter_id"]:
                self._ids.setdefault(_tight(entry["smelter_id"]), []).append(entry)
            key = (entry["metal"], entry["lookup_name"].casefold())
            self._names.setdefault(key, []).append(entry)

    def by_id(self, smelter_id: str) -> dict | None:
        """The entry of an id, its standard name's first; ``None`` when it is not listed."""
        if not smelter_id:
            return None
        if self._ids is None:
            self._index()
        found = self._ids.get(_tight(smelter_id), [])
        same = [e for e in found if e["lookup_name"] == e["standard_name"]]
        return (same or found or [None])[0]

    def agrees(self, of: str, smelter_id: str, called: list[str]) -> bool:
        """Whether one smelter here has that metal, that id and each of the names."""
        if not of or not smelter_id or not called:
            return False
        if self._ids is None:
            self._index()
        known = {name.casefold() for e in self._ids.get(_tight(smelter_id), []) if e["metal"] == of
                 for name in (e["lookup_name"], e["standard_name"])}
        return known.issuperset(name.casefold() for name in called)

    def by_name(self, of: str, name: str) -> dict | None:
        """The entry of a metal and a look-up name; ``None`` unless it names one smelter only."""
        if self._ids is None:
            self._index()
        found = self._names.get((of, name.casefold()), [])
        ids = {entry["smelter_id"] for entry in found}
        return found[0] if len(ids) == 1 and found[0]["smelter_id"] else None


def _tight(smelter_id: str) -> str:
    return re.sub(r"[\s\-]", "", ids.plain(smelter_id))


_known: dict[tuple, Lookup] = {}


def lookup_of(book: Book, layout: Layout) -> Lookup:
    """The look-up of a workbook; without rows where it has none."""
    found = {which: book.find(layout.sheets.get(which, "")) for which in ("lookup", "aliases")}
    held = {which: (name, *book.common(name)) for which, name in found.items() if name}
    keys = tuple((which, name, key) for which, (name, _, key) in held.items())
    place = (layout.family, layout.version, *keys)
    if place in _known:
        return _known[place]
    lookup = Lookup(_lookup_rows(held, layout))
    if all(key for *_, key in keys):
        if len(_known) > 24:
            _known.clear()
        _known[place] = lookup
    return lookup


def _lookup_rows(held: dict[str, tuple], layout: Layout) -> list[list]:
    rows = _lookup_sheet("lookup", held, layout)
    aliases = _lookup_sheet("aliases", held, layout)
    if not aliases:
        return rows
    # In 2.03 to 3.02 the list of names has the ids, the hidden sheet the aliases of the names.
    ids = {(row[0], row[2]): (row[4], row[8]) for row in rows if row[4]}
    for row in aliases:
        known, old = ids.get((row[0], row[2]), ("", ""))
        row[4], row[8] = row[4] or known, row[8] or old
    listed = {(row[0], row[1]) for row in aliases}
    return [row for row in rows if (row[0], row[1]) not in listed] + aliases


def _lookup_sheet(which: str, held: dict[str, tuple], layout: Layout) -> list[list]:
    if which not in held:
        return []
    name, sheet, _ = held[which]
    first, columns = headers.lookup(sheet, layout, which)
    out = []
    for row, cells in by_row(sheet, first, max(columns.values())).items():
        values = {item: words(cells.get(column)) for item, column in columns.items()}
        of = metal(values["metal"])
        standard = values.get("standard_name", "")
        alias = values.get("lookup_name", "") or standard
        if not of or not alias or alias.casefold() in SPECIAL:
            continue
        rest = [values.get(item, "") for item in ("country", "smelter_id", "source")]
        old_id = values.get("old_id", "")
        out.append([of, alias, standard or alias, *rest, name, row, old_id])
    return out
