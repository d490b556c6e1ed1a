"""One file's bytes to what it says: plain lists that travel between processes and into the cache.

Nothing here knows of folders, clocks or tables; the same bytes always give the same result.
"""

from __future__ import annotations

from functools import cache

from conflict_minerals.cmrt import headers, rows, sniff, template
from conflict_minerals.cmrt.cells import address
from conflict_minerals.cmrt.declaration import Declaration
from conflict_minerals.cmrt.layouts import anywhere, is_known
from conflict_minerals.cmrt.lookup import Lookup, lookup_of
from conflict_minerals.cmrt.workbook import Book, Xlsx
from conflict_minerals.ground import versions
from conflict_minerals.ground.limits import Limits, Refused
from conflict_minerals.ground.zips import Package

# Sheets of a supplier's own that are looked at.
_COPIES = 12
# The reason given when the reader itself fails; no test file may have it.
UNFORESEEN = "The reader met something that it does not foresee"


def empty(form: str, reason: str) -> dict:
    """The result for a file that is not read."""
    return {
        "form": form, "template": "", "version": "", "language": "", "readable": False,
        "reason": reason, "cached": True, "fields": [], "answers": [], "rows": [], "products": [],
        "mines": [], "scope": [], "lookup": "", "problems": [],
    }  # fmt: skip


def read(data: bytes, limits: Limits) -> tuple[dict, list[list]]:
    """What a workbook's bytes say, and the rows of its look-up sheet, which many files share.

    Never raises for what a file holds: a refusal is a result with its reason. Memory running
    out does raise, since only the process that reads can be given up then.
    """
    form = sniff.sniff(data)
    if form not in ("zip", "ole"):
        return empty(form, sniff.REASONS[form]), []
    try:
        return read_book(open_book(data, form, limits))
    except Refused as refusal:
        return empty(refusal.form or ("xlsx" if form == "zip" else form), refusal.reason), []
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - one file must not stop the others
        reason = f"{UNFORESEEN} ({type(error).__name__}): please report it"
        return empty("xlsx" if form == "zip" else form, reason), []


def open_book(data: bytes, form: str, limits: Limits) -> Book:
    """The workbook in a file's bytes.

    Raises:
        Refused: no workbook, damaged, protected by a password, or beyond a limit.
    """
    if form == "zip":
        package = Package(data, limits)
        mimetype = b""
        if "mimetype" in package:
            mimetype = package.read("mimetype", 4096)
        inner = sniff.form_of_zip(package.names, mimetype)
        if inner != "xlsx":
            raise Refused(sniff.REASONS.get(inner, "A zip inside a zip is not opened"), inner)
        package.refuse_bombs()
        return Xlsx(package, limits)
    from conflict_minerals.cmrt import ole

    return ole.open_book(data, limits)


def read_book(book: Book) -> tuple[dict, list[list]]:
    """What a workbook says; see ``read``."""
    identity = template.identify(book)
    out = empty(book.form, identity.reason)
    problems = out["problems"]
    for rule, found in book.notes:
        problems.append([rule, "", "", "", found, ""])
    out["readable"] = True
    if not identity.family:
        return out, []
    out.update(template=identity.family, version=identity.version, language=identity.language)
    if identity.family == "CMRT" and versions.key(identity.version)[0] in (0, 1):
        out["reason"] = "Revision 1 of the template is too old to be read: ask for a current one"
        out["readable"] = False
        return out, []
    layout, like = template.layout_of(identity, book)
    stated = layout.sheets["declaration"], layout.fields["revision"]
    if not identity.version:
        problems.append(["revision-missing", "", *stated, "", "the revision"])
    elif like or not is_known(identity.family, identity.version):
        expected = f"{like}, whose questions it has" if like else ""
        problems.append(["revision-unknown", "", *stated, identity.version, expected])
    _read_declaration(book, layout, out)
    lookup = lookup_of(book, layout)
    out["lookup"] = lookup.digest
    _read_lists(book, layout, out, lookup)
    for which, name in layout.sheets.items():
        if which in ("declaration", "smelters") and (name := book.find(name)):
            if book.sheet(name, template.SMELTER_COLUMNS).twice:
                problems.append(["sheet-data-twice", "", name, "", "", ""])
    return out, lookup.rows


def _read_declaration(book: Book, layout, out: dict) -> None:
    name = book.find(layout.sheets["declaration"])
    declaration = Declaration(name, book.sheet(name), layout, book.epoch_1904)
    out["fields"] = [list(line) for line in declaration.fields()]
    out["answers"] = [list(line) for line in declaration.answers()]
    if not declaration.calculated:
        _not_saved(out, name, book.uncalculated(name))
    out["problems"] += [list(line) for line in declaration.problems]


def _read_copies(book: Book, layout, out: dict, lookup: Lookup) -> None:
    """Say where a sheet of another name has the form of one that is read, and is filled."""
    own = {*layout.sheets.values(), *anywhere("sheets", "others")}
    own = {book.find(name) for name in own}
    lists = book.find(layout.sheets["smelters"])
    label, answer = (layout.columns["declaration"][name] for name in ("label", "answer"))
    for name in [name for name in book.names if name not in own][:_COPIES]:
        try:
            sheet = book.sheet(name, template.SMELTER_COLUMNS)
        except Refused:  # What is beyond the limits or damaged is no copy that Excel made.
            continue
        asked = template.anchors(sheet, layout).values()
        if 2 * len(asked) >= len(layout.questions):
            first = min(asked)
            lines = [row for (row, column), value in sheet.cells.items()
                     if column == answer and row >= first and template.words(value)]  # fmt: skip
            what, cell = "declaration", address(first, label)
        elif lists and headers.alike(sheet, book.sheet(lists), layout):
            read = rows.SmelterList(name, sheet, layout, lookup, lambda: False).read().rows
            lines = [line[1] for line in read if line[2]]
            column = layout.columns["smelters"]["metal"]
            what, cell = "smelters", address(min(lines, default=1), column)
        else:
            continue
        if lines:
            found, expected = f"{len(lines)} filled lines", f"the sheet {layout.sheets[what]}"
            out["problems"].append(["sheet-of-same-form", "", name, cell, found, expected])


def _not_saved(out: dict, sheet: str, count: int) -> None:
    if count:
        out["cached"] = False
        found = f"{count} formula{'' if count == 1 else 's'} without a value"
        out["problems"].append(["values-not-saved", "", sheet, "", found, "saved once by Excel"])


def _read_lists(book: Book, layout, out: dict, lookup: Lookup) -> None:
    name = book.find(layout.sheets["smelters"])
    if name:
        sheet = book.sheet(name, template.SMELTER_COLUMNS)
        count = cache(lambda: book.uncalculated(name))
        unsaved = lambda: not out["cached"] or count() > 0  # noqa: E731
        read = rows.SmelterList(name, sheet, layout, lookup, unsaved).read()
        out["rows"] = read.rows
        derived = 2 + rows.COLUMNS.index("derived")  # after sheet and row
        if out["cached"] and any(line[derived] for line in read.rows):
            _not_saved(out, name, count())
        out["problems"] += [list(line) for line in read.problems]
        for cell in book.sheet(name).cut[:3]:
            out["problems"].append(["text-cut", "", name, cell, "", "at most 32,767 characters"])
    else:
        missing = ["sheet-missing", "", layout.sheets["smelters"], "", "", "the sheet"]
        out["problems"].append(missing)
    _read_copies(book, layout, out, lookup)
    for which in ("products", "mines", "scope"):
        columns, listed = rows.listed(book, layout, which)
        out[which] = [
            [line[0], line[1], dict(zip(columns, line[2:], strict=True))] for line in listed
        ]
