"""Old containers: ``.xls`` workbooks, and encrypted ones that Excel opens without asking."""

from __future__ import annotations

import io

from conflict_minerals.cmrt.cells import ErrorValue, Sheet
from conflict_minerals.cmrt.sniff import BARE
from conflict_minerals.cmrt.workbook import Book, Xlsx
from conflict_minerals.ground.limits import Limits, Refused

# Excel encrypts a workbook whose structure is protected with this fixed password, and opens it
# without asking; people who send such a file do not know that it is encrypted.
DEFAULT_PASSWORD = "VelvetSweatshop"
_TEXT_COLUMNS = (2, 3, 6)
_DAMAGED = "Damaged: an .xls that cannot be read"
_BROKEN = "Damaged: an old Office container that cannot be read"
_OLD = "Damaged, or of an old form of .xls that is not read: ask for it to be saved as .xlsx"
_PROTECTED = "Protected by a password: ask for a copy without one"


def open_book(data: bytes, limits: Limits) -> Book:
    """The workbook in an OLE container, decrypted with the default password if need be.

    Raises:
        Refused: another password, no workbook, damaged.
    """
    if len(data) > limits.file_bytes:
        raise Refused("Too large", "ole")
    if data[:4] in BARE:
        return _open_xls(data, limits)
    streams = _streams(data)
    if "encryptedpackage" in streams:
        from conflict_minerals.ground.zips import Package

        book: Book = Xlsx(Package(_decrypt(data), limits), limits)
        book.notes.append(("default-password", ""))
        return book
    if streams & {"workbook", "book"}:
        return _open_xls(data, limits)
    if "worddocument" in streams or "powerpoint document" in streams:
        raise Refused("A document of an old Office program: ask for the workbook", "document")
    if "__substg1.0_0037001f" in streams or any("__nameid_version1.0" in s for s in streams):
        raise Refused("A mail: save its attachments beside it", "mail")
    raise Refused("A container of an old Office program that holds no workbook", "ole")


def _streams(data: bytes) -> set[str]:
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            names = {"/".join(path).lower() for path in ole.listdir()}
    except Exception as error:  # noqa: BLE001 - olefile raises whatever a broken container provokes
        if isinstance(error, MemoryError):
            raise
        raise Refused(_BROKEN, "ole") from error
    if not names:
        raise Refused(_BROKEN, "ole")
    return names


def _decrypt(data: bytes) -> bytes:
    import msoffcrypto

    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(data))
        check = {"verify_password": True} if office.format == "ooxml" else {}
        office.load_key(password=DEFAULT_PASSWORD, **check)
        plain = io.BytesIO()
        office.decrypt(plain)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a wrong password and a broken file look alike
        raise Refused(_PROTECTED, "encrypted") from error
    return plain.getvalue()


def _open_xls(data: bytes, limits: Limits) -> Book:
    import xlrd

    try:
        return Xls(data, limits)
    except xlrd.XLRDError as error:
        if "encrypted" not in str(error).lower():
            raise Refused(_OLD if data[:4] in BARE else _DAMAGED, "xls") from error
    book = Xls(_decrypt(data), limits)
    book.notes.append(("default-password", ""))
    return book


class Xls(Book):
    """A workbook in the form of ``.xls`` (BIFF 5 to 8)."""

    form = "xls"

    def __init__(self, data: bytes, limits: Limits):
        super().__init__()
        import xlrd

        self.limits = limits
        try:
            # Streams that share sectors are written by some programs and read by all others.
            self.book = xlrd.open_workbook(
                file_contents=data, logfile=io.StringIO(), on_demand=True, ragged_rows=True,
                ignore_workbook_corruption=True,
            )  # fmt: skip
        except (xlrd.XLRDError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - xlrd fails in many ways on broken records
            raise Refused(_DAMAGED, "xls") from error
        self.epoch_1904 = bool(self.book.datemode)
        self.names = self.book.sheet_names()
        shown = zip(self.names, self.book._sheet_visibility, strict=True)  # no sheet is loaded yet
        self.hidden = {name for name, state in shown if state}

    def _load(self, name: str, widest: int) -> Sheet:
        import xlrd

        self.book.formatting_info = True  # else xlrd passes over merged areas and hidden rows
        try:
            held = self.book.sheet_by_name(name)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001
            raise Refused(f"Damaged: the sheet {name} cannot be read", "xls") from error
        sheet = Sheet(hidden={row + 1 for row, about in held.rowinfo_map.items() if about.hidden})
        for top, bottom, left, right in held.merged_cells:
            sheet.merge((top + 1, left + 1), (bottom, right))
        for row in range(held.nrows):
            for column, cell in enumerate(held.row(row)):
                if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) or cell.value == "":
                    continue
                if cell.ctype == xlrd.XL_CELL_ERROR:
                    value = ErrorValue(xlrd.error_text_from_code.get(cell.value, "#ERR!"))
                elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                    value = bool(cell.value)
                else:
                    value = cell.value
                sheet.put(row + 1, column + 1, value, self.limits)
        self.book.unload_sheet(name)
        return sheet

    def uncalculated(self, name: str) -> int:
        # No formula can be told from a number here; one of text that has no value holds a 0. Of
        # the columns that both sheets fill by formulas, these are never empty where they are used.
        found = self.sheet(name).cells.items()
        return sum(value == 0 and column in _TEXT_COLUMNS for (_, column), value in found)
