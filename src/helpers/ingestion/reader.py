"""One file's bytes to what it says: plain lists that travel between processes and into the cache.

Nothing here knows of folders, clocks or tables; the same bytes always give the same result.
"""

from __future__ import annotations

from functools import cache

from helpers.ingestion import rows, sniff, template
from helpers.ingestion.declaration import Declaration
from helpers.ingestion.guard import Package
from helpers.ingestion.layouts import is_known
from helpers.ingestion.limits import Limits, Refused
from helpers.ingestion.lookup import Lookup, lookup_of
from helpers.ingestion.workbook import Book, Xlsx

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
        return Xlsx(package, limits)
    from helpers.ingestion import ole

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
    if identity.family == "CMRT" and template.version_key(identity.version)[0] in (0, 1):
        out["reason"] = "Revision 1 of the template is too old to be read: ask for a current one"
        out["readable"] = False
        return out, []
    layout, like = template.layout_of(identity, book)
    if not identity.version:
        problems.append(["revision-missing", "", "Declaration", "J3", "", "the revision"])
    elif like or not is_known(identity.family, identity.version):
        expected = f"{like}, whose questions it has" if like else ""
        problems.append(["revision-unknown", "", "Declaration", "J3", identity.version, expected])
    _read_declaration(book, layout, out)
    lookup = lookup_of(book, layout)
    out["lookup"] = lookup.digest
    _read_lists(book, layout, out, lookup)
    return out, lookup.rows


def _read_declaration(book: Book, layout, out: dict) -> None:
    name = book.find("Declaration")
    declaration = Declaration(name, book.sheet(name), layout, book.epoch_1904)
    out["fields"] = [list(line) for line in declaration.fields()]
    out["answers"] = [list(line) for line in declaration.answers()]
    if not declaration.calculated:
        _not_saved(out, name, book.uncalculated(name))
    out["problems"] += [list(line) for line in declaration.problems]


def _not_saved(out: dict, sheet: str, count: int) -> None:
    if count:
        out["cached"] = False
        found = f"{count} formula{'' if count == 1 else 's'} without a value"
        out["problems"].append(["values-not-saved", "", sheet, "", found, "saved once by Excel"])


def _read_lists(book: Book, layout, out: dict, lookup: Lookup) -> None:
    name = book.find("Smelter List")
    if name:
        sheet = book.sheet(name, template.SMELTER_COLUMNS)
        count = cache(lambda: book.uncalculated(name))
        unsaved = lambda: not out["cached"] or count() > 0  # noqa: E731
        read = rows.SmelterList(name, sheet, layout, lookup, unsaved).read()
        out["rows"] = read.rows
        if out["cached"] and any(line[-1] for line in read.rows):
            _not_saved(out, name, count())
        out["problems"] += [list(line) for line in read.problems]
        for cell in book.sheet(name).cut[:3]:
            out["problems"].append(["text-cut", "", name, cell, "", "at most 32,767 characters"])
    else:
        out["problems"].append(["sheet-missing", "", "Smelter List", "", "", "the sheet"])
    for which in ("products", "mines", "scope"):
        columns, listed = rows.listed(book, layout, which)
        out[which] = [
            [line[0], line[1], dict(zip(columns, line[2:], strict=True))] for line in listed
        ]
