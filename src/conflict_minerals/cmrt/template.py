"""Which template a workbook is: family, revision, interface language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from conflict_minerals.cmrt.cells import ErrorValue, Sheet, Value, position
from conflict_minerals.cmrt.layouts import FAMILIES, Layout, anywhere, known_versions, layout
from conflict_minerals.cmrt.workbook import Book
from conflict_minerals.ground import library, versions
from conflict_minerals.ground.terms import METALS
from conflict_minerals.ground.text import clean, fold

_REVISION = re.compile(
    r"(?:Revision|Version|Rev\.?)\s*:?\s*(\d{1,2}(?:\.\d{1,3})*[a-z]?)(?![\d.])", re.I
)
_NUMBER = re.compile(r"(?<![\d.])(\d{1,2}\.\d{1,3}(?:\.\d{1,3})?[a-z]?)(?![\d.])")
# The acronym in a title; CMRT last, since CRT's translations keep CMRT's title.
_ACRONYM = re.compile(r"\b(AMRT|EMRT|CRT|CMRT)\b")
# The columns of a Smelter List that are read; the helper columns beyond them are not.
SMELTER_COLUMNS = 20
# Not what only begins as a letter, such as "E.g." or "U.S.".
_QUESTION = re.compile(r"\s*(?:([1-9][0-9]?)\s*[)）]|([A-Z])\s*[.．)）](?![A-Za-z]\b))")
_SEPARATOR = re.compile(r"[;,/&+|、，；和及と]|\b(?:and|or|und|et)\b", re.I)
# More labels than any declaration has.
_LABELS = 2000


@dataclass(frozen=True)
class Identity:
    """What a workbook was recognised as; ``reason`` says why not where ``family`` is blank."""

    family: str
    version: str = ""
    language: str = ""
    reason: str = ""


def text(value: Value | None) -> str:
    """A cell's value as one line of text; errors and blanks give ``""``, 1.0 gives ``"1"``."""
    if value is None or isinstance(value, ErrorValue):
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    return clean(value)


def words(value: Value | None) -> str:
    """The same for a cell of text: a number 0, which empty formulas leave, is blank."""
    return "" if isinstance(value, float) and value == 0 else text(value)


@cache
def _metals() -> dict[str, str]:
    return {fold(row["alias"]): row["metal"] for row in library.records("metals")}


@lru_cache(maxsize=8192)
def metal(cell: str) -> str:
    """The metal or mineral that a cell names, by its first words; blank when none is known."""
    folded = fold(re.sub(r"\(\*\)|\*", "", cell))
    known = _metals()
    if folded in known:
        return known[folded]
    parts = folded.split()
    for count in (3, 2, 1):
        if " ".join(parts[:count]) in known:
            return known[" ".join(parts[:count])]
    return ""


@lru_cache(maxsize=8192)
def metals(cell: str) -> tuple[str, ...]:
    """Every metal or mineral that a cell names, in the order of the cell."""
    if not metal(cell) or fold(cell) in _metals():
        return (metal(cell),) if metal(cell) else ()
    # Between two words "or" parts them; as a part of its own it is gold in French.
    single = [word for word in re.split(r"[\W_]+", cell) if fold(word) != "or"]
    parts = [cell, *_SEPARATOR.split(cell), *single]
    return tuple(dict.fromkeys(filter(None, map(metal, parts))))


@cache
def _labels(item: str) -> dict[str, str]:
    return {
        fold(r["text"]): r["language"] for r in library.records("labels") if r["item"] == item
    }


def label_language(item: str, label: str) -> str:
    """The language in which a label names a field; blank when it does not."""
    return _labels(item).get(fold(label), "")


def identify(book: Book) -> Identity:
    """Family by sheets and metals, revision by its cell, language by its cell or the labels."""
    declaration = book.find(anywhere("declaration", "sheet")[0])
    if declaration is None:
        return Identity(
            "", reason="A workbook without the sheet Declaration: none of the templates"
        )
    smelters = book.find("Smelter List") or book.find("Smelter and Mine List")
    if smelters is None and book.find("Minerals Scope") is None:
        return Identity(
            "", reason="A workbook without the sheet Smelter List: none of the templates"
        )
    sheet = book.sheet(declaration)
    family = _family(book, sheet)
    if not family:
        return Identity("", reason="Its sheets are named as a template's but hold none")
    return Identity(family, _version(book, sheet, family), _language(sheet))


def _family(book: Book, sheet: Sheet) -> str:
    if book.find("Minerals Scope"):
        return "AMRT"
    if book.find("Mine List"):
        return "EMRT"
    minerals = _lookup_metals(book) or _question_metals(sheet)
    if minerals & set(METALS):
        return "CMRT"
    if minerals:
        return "CRT" if minerals == {"Cobalt"} else "EMRT"
    title = next(filter(None, map(text, _held(sheet, "title"))), "")
    acronym = _ACRONYM.search(title)
    if acronym:
        return acronym[1]
    return "CMRT" if "conflict minerals" in title.casefold() else ""


def _lookup_metals(book: Book) -> set[str]:
    for name in reversed(anywhere("lookup", "sheet")):
        found = book.find(name)
        if found:
            return _first_column_metals(*book.common(found))
    return set()


_known_metals: dict[bytes, set[str]] = {}


def _first_column_metals(sheet: Sheet, key: bytes) -> set[str]:
    if key in _known_metals:
        return _known_metals[key]
    column = {value for (_, c), value in sheet.cells.items() if c == 1 and isinstance(value, str)}
    found = {metal(text(value)) for value in column if len(value) < 40} - {""}
    if key:
        if len(_known_metals) > 99:
            _known_metals.clear()
        _known_metals[key] = found
    return found


def _question_metals(sheet: Sheet) -> set[str]:
    plans = [layout(family, version) for family in FAMILIES for version in known_versions(family)]
    cells = {(row, plan.columns["declaration"]["label"])
             for plan in plans for row, _ in plan.questions[0].answers}
    return {metal(text(sheet.get(*cell))) for cell in cells} - {""}


def _held(sheet: Sheet, item: str) -> list[Value | None]:
    """What stands in the cells in which one template or another says what it is."""
    cells = anywhere("field", item) + anywhere("elsewhere", item)
    return [sheet.get(*position(cell)) for cell in cells]


def _version(book: Book, declaration: Sheet, family: str) -> str:
    """The revision as the template states it, from the first place that states one."""
    stated = [text(declaration.get(*position(cell))) for cell in anywhere("field", "revision")]
    listed = []
    if smelters := book.find(anywhere("smelters", "sheet")[0]):
        sheet = book.sheet(smelters, SMELTER_COLUMNS)
        cells = anywhere("elsewhere", "revision")
        listed = [text(sheet.get(*position(cell))) for cell in cells]
    matches = [*map(_REVISION.search, stated + listed), *map(_NUMBER.search, stated)]
    for match in filter(None, matches):
        return match[1]
    return _last_revision(book)


def _last_revision(book: Book) -> str:
    """The newest revision that the sheet of revisions lists; 1.00 by its sheets."""
    if book.find("Smelter and Mine List"):
        return "1.00"
    name = book.find("Revision")
    if name is None:
        return ""
    first, of = position(anywhere("elsewhere", "revisions")[0])
    listed = [
        text(value)
        for (row, column), value in book.sheet(name).cells.items()
        if column == of and row >= first
    ]
    found = [v for v in listed if re.fullmatch(r"\d{1,2}(\.\d{1,3})+[a-z]?", v)]
    return max(found, key=versions.key, default="")


def _language(sheet: Sheet) -> str:
    chosen = [label_language("language", text(value)) for value in _held(sheet, "language")]
    plan = layout(FAMILIES[0], "")
    row, column = position(plan.fields["company_name"])[0], plan.columns["declaration"]["label"]
    return chosen[0] or label_language("company_name", text(sheet.get(row, column)))


def question_of(label: Value | None) -> str:
    """The number or letter with which a label begins in every language; blank for none."""
    match = _QUESTION.match(text(label)) if isinstance(label, str) else None
    return (match[1] or match[2]) if match else ""


def anchors(sheet: Sheet, plan: Layout) -> dict[str, int]:
    """Rows of the questions' labels by number or letter, whether the layout has them or not.

    Of all labels the longest series is taken in which numbers rise and letters after them, those
    in their planned place before others, so that a label that is wrongly numbered or missing does
    not displace another.
    """
    column, planned = plan.columns["declaration"]["label"], plan.anchors()
    labels = sorted((row, value) for (row, c), value in sheet.cells.items()
                    if c == column and isinstance(value, str))  # fmt: skip
    # By the last question of a series, its score and the series; ranks are few.
    best: dict[tuple[int, str], tuple[int, dict[str, int]]] = {}
    for row, value in labels[:_LABELS]:
        name = question_of(value)
        if not name:
            continue
        rank = (len(name), name) if name.isdigit() else (9, name)
        if name == "1" and any(last[0] == 9 for last in best):
            break  # Below the form some revisions keep the labels a second time.
        before = max((held for last, held in best.items() if last < rank),
                     key=lambda held: held[0], default=(0, {}))  # fmt: skip
        score = before[0] + 2 + (planned.get(name) == row)
        if score > best.get(rank, (0, {}))[0]:
            best[rank] = score, before[1] | {name: row}
    return max(best.values(), key=lambda held: held[0], default=(0, {}))[1]


def layout_of(identity: Identity, book: Book) -> tuple[Layout, str]:
    """The layout of what was recognised, and another revision whose questions stand just so.

    The second is blank unless the questions of the sheet are not those of the stated revision
    but exactly, row by row, those of another one; the layout is then that one's.
    """
    stated = layout(identity.family, identity.version)
    found = anchors(book.sheet(book.find(stated.sheets["declaration"])), stated)
    if found and found.keys() != stated.anchors().keys():
        for version in reversed(known_versions(identity.family)):
            other = layout(identity.family, version)
            if other.anchors() == found:
                return other, version
    return stated, ""
