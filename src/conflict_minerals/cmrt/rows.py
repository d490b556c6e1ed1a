"""The rows of a template's lists: smelters, products, mines.

Every used row is looked at, since people leave gaps; what fills a row decides whether it is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from conflict_minerals.cmrt import headers
from conflict_minerals.cmrt.cells import ErrorValue, Sheet, address
from conflict_minerals.cmrt.declaration import Problem
from conflict_minerals.cmrt.layouts import Layout
from conflict_minerals.cmrt.lookup import Lookup, by_row
from conflict_minerals.cmrt.template import metal, metals, words
from conflict_minerals.cmrt.workbook import Book
from conflict_minerals.ground.terms import SPECIAL

_DECIDING = ("id_input", "metal", "lookup", "name", "id")
_SHOWN = ("id_input", "metal", "lookup", "name", "country", "id", "recycled")
# Rows of the tallest merged cell that is followed.
_TALLEST = 2500
# Lines below the list that belong to the template: its copyright and filler of capital letters.
_TRAILER = re.compile(r"©|\(c\) ?\d{4}|copyright |A{4,}", re.I)
COLUMNS = (
    "metal", "metal_reported", "smelter_id_reported", "lookup_reported", "name_reported",
    "country_reported", "source_reported", "mines_reported", "mine_countries_reported",
    "recycled_reported", "comments", "id_typed", "id_shown", "name_typed", "standard_name",
    "street", "city", "state", "next_steps", "contact_name", "contact_email", "shifted", "derived",
    "own_look_up",
)  # fmt: skip


@dataclass
class Rows:
    """Rows read from a sheet, each ``[sheet, row, *columns]``, and what was noticed."""

    rows: list[list] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class SmelterList:
    """The Smelter List of one workbook, its rows resolved in the workbook's own look-up.

    ``unsaved`` tells whether its formulas were saved without values. It is slow, and asked only
    where a row lacks what they would show.
    """

    def __init__(
        self, name: str, sheet: Sheet, layout: Layout, lookup: Lookup, unsaved: Callable[[], bool]
    ):
        self.name, self.sheet, self.layout, self.lookup = name, sheet, layout, lookup
        self.unsaved = unsaved
        self.columns = layout.columns["smelters"]
        self.out = Rows()

    def read(self) -> Rows:
        """Rows in ``COLUMNS`` and the problems met."""
        last = self.layout.rows["smelters"][2]
        first, self.columns, moved = headers.columns(self.sheet, self.layout)
        for problem in moved:
            self._problem(*problem)
        rows = by_row(self.sheet, first, max(self.columns.values()))
        self._merged(rows)
        for row, held in rows.items():
            self._row(row, held, last)
        hidden = [row[1] for row in self.out.rows if row[1] in self.sheet.hidden]
        if hidden:
            cell = address(hidden[0], self.columns["metal"])
            more = ", …" if len(hidden) > 12 else ""
            self._problem("rows-hidden", cell, ", ".join(map(str, hidden[:12])) + more, "")
        for cell in self.sheet.strays[:3]:
            self._problem("cell-outside", cell, "a filled cell", "nothing outside the template")
        return self.out

    def _problem(self, rule: str, cell: str, found: str, expected: str, of: str = "") -> None:
        self.out.problems.append((rule, of, self.name, cell, found, expected))

    def _merged(self, rows: dict[int, dict[int, object]]) -> None:
        """Let a cell merged over several lines hold for each line that says something itself."""
        deciding = {self.columns[name] for name in _DECIDING if name in self.columns}
        own = {row for row, held in rows.items() if deciding & held.keys()}
        for (row, column), (last, _) in sorted(self.sheet.merged):
            value = rows.get(row, {}).get(column)
            lines = [r for r in range(row + 1, min(last, row + _TALLEST) + 1)
                     if r in own and column not in rows[r]]  # fmt: skip
            if value is not None and lines and column in self.columns.values():
                for line in lines:
                    rows[line][column] = value
                found, expected = words(value), f"in each of the rows {row} to {lines[-1]}"
                self._problem("cells-merged", address(row, column), found, expected)

    def _row(self, row: int, held: dict[int, object], last: int) -> None:
        columns, shifted = self.columns, 0
        start = columns["metal"]
        if start > 1 and metal(words(held.get(start - 1))) and not metal(words(held.get(start))):
            # The whole row was pasted one column too far to the left, as happens in 2.x.
            columns = {name: column - 1 for name, column in columns.items() if column > 1}
            shifted = -1
        values = {name: words(held.get(column)) for name, column in columns.items()}
        if not any(values.get(name) for name in _DECIDING):
            if not last or row <= last:
                self._leftover(row, held, columns, values)
            return
        texts = [value for value in values.values() if value]
        known = metal(values["metal"])
        if not known and _TRAILER.match(texts[0]):
            return
        if (
            last
            and row > last
            and not (known and any(values.get(n) for n in _DECIDING if n != "metal"))
        ):
            return  # Below the list the template keeps words of its own, in columns of the list.
        if shifted:
            cell = address(row, columns["metal"])
            self._problem("row-shifted", cell, values["metal"], f"column {address(1, start)[:-1]}")
        self._errors(row, held, columns, known, values.get("id_input", ""))
        self.out.rows.append(
            [self.name, row, *self._assemble(row, values, columns, known, shifted)]
        )

    def _entry(self, values: dict[str, str], known: str) -> dict | None:
        """The look-up's entry for a row in which the formulas show nothing."""
        lookup = values.get("lookup", "")
        named = lookup or values.get("name")
        smelter_id = values.get("id_input") or values.get("id")
        if smelter_id and not (values["metal"] and named):
            return self.lookup.by_id(smelter_id)
        if not lookup or lookup.casefold() in SPECIAL or values.get("country"):
            return None
        if not smelter_id:
            entry = self.lookup.by_name(known, lookup)
        elif self.lookup.agrees(known, smelter_id, [lookup]):
            entry = self.lookup.by_id(smelter_id)
        else:  # The id is not that of the cells beside it: nothing is taken from it.
            return None
        return entry if entry and self.unsaved() else None

    def _errors(self, row, held, columns, known, typed) -> None:
        """Errors in the cells of a row; those that all follow from one typed id said once."""
        errors = {name: held[columns[name]] for name in _SHOWN
                  if isinstance(held.get(columns.get(name, 0)), ErrorValue)}  # fmt: skip
        if typed and "metal" in errors:
            cell = address(row, columns["id_input"])
            self._problem("id-not-found-by-template", cell, typed, "", known)
            return
        for name, value in errors.items():
            # The id's formula of 2.00 and 2.01 stands in a hidden column that nobody can mend.
            if name != "id" or columns["id"] != 1:
                cell = address(row, columns[name])
                self._problem("error-value", cell, str(value), "a value", known)

    def _leftover(self, row, held, columns, values) -> None:
        """Say what stands in a row that names no smelter, unless only formulas speak."""
        for name in ("country", "mines", "mine_countries", "recycled", "comments", "next_steps"):
            if values.get(name) and not _TRAILER.match(values[name]):
                cell = address(row, columns[name])
                self._problem("row-without-smelter", cell, values[name], "a metal and a smelter")
                return

    def _assemble(self, row, values, columns, known, shifted) -> list:
        get = lambda name: values.get(name, "")  # noqa: E731
        raw_metal, typed, shown = get("metal"), get("id_input"), get("id")
        lookup, name, country = get("lookup"), get("name"), get("country")
        source, standard, derived = get("source"), get("standard_name"), ""
        smelter_id = shown or typed
        entry = self._entry(values, known)
        if entry:
            # The cells beside what was typed hold no values: Excel would have shown these.
            derived = f"{entry['sheet']}!{entry['row']}"
            said = {"metal": known, "name": lookup, "country": country, "id": smelter_id}
            known = known or entry["metal"]
            lookup = lookup or entry["standard_name"]
            standard = standard or entry["standard_name"]
            country = country or entry["country"]
            source = source or entry["source"]
            smelter_id = shown or entry["smelter_id"]
            now = {"metal": known, "name": lookup, "country": country, "id": smelter_id}
            taken = [f"{what} {now[what]}" for what in now if now[what] and not said[what]]
            if taken:
                what = typed or shown or f"{raw_metal} {get('lookup')}".strip()
                beside = "id_input" if typed else "id" if shown else "lookup"
                cell = address(row, columns.get(beside, 1))
                expected = f"{', '.join(taken)}, from {derived}"
                self._problem("row-derived", cell, what, expected, known)
        if raw_metal and not known:
            cell = address(row, columns["metal"])
            self._problem("metal-unknown", cell, raw_metal, "a metal of the template")
        named = metals(raw_metal)
        if len(named) > 1:
            cell, each = address(row, columns["metal"]), " and ".join(named)
            self._problem("metal-names-several", cell, raw_metal, f"a line each for {each}", known)
        special = lookup.casefold() in SPECIAL
        reported = name or ("" if special else lookup)
        called = [text for text in (lookup, name) if text and text.casefold() not in SPECIAL]
        agrees = "yes" if self.lookup.agrees(known, smelter_id, called) else ""
        comments = "; ".join(part for part in (get("comments"), get("next_steps")) if part)
        return [
            known, raw_metal, smelter_id, lookup, reported, country, source, get("mines"),
            get("mine_countries"), get("recycled"), comments, typed, shown, name, standard,
            get("street"), get("city"), get("state"), get("next_steps"), get("contact_name"),
            get("contact_email"), shifted, derived, agrees,
        ]  # fmt: skip


def listed(book: Book, layout: Layout, which: str) -> tuple[list[str], list[list]]:
    """The rows of a plain list (products, mines, scope): names, ``[sheet, row, *values]``."""
    columns = layout.columns.get(which, {})
    name = book.find(layout.sheets.get(which, ""))
    if not name or not columns:
        return list(columns), []
    _, first, last = layout.rows[which]
    out = []
    for row, held in by_row(book.sheet(name), first, max(columns.values())).items():
        if last and row > last:
            break
        values = [words(held.get(column)) for column in columns.values()]
        filled = [value for value in values if value]
        if not filled or (len(filled) == 1 and _TRAILER.match(filled[0])):
            continue
        out.append([name, row, *values])
    return list(columns), out
