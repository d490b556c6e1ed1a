"""What a file is, told by its bytes and never by its name alone."""

import codecs
import re

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STARTS = [
    (b"%PDF", "pdf"),
    (b"\xff\xd8\xff", "image"),
    (b"\x89PNG", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"{\\rtf", "document"),
    (b"\x00\x05\x16\x07", "system"),  # what a Mac keeps beside a file under ._ and its name
    (b"\x00\x00\x00\x01Bud1", "system"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
]
_MAIL = re.compile(
    rb"^(?:(?:received|from|to|cc|subject|date|message-id|mime-version|return-path"
    rb"|delivered-to|x-[\w-]+|content-type|reply-to|thread-topic"
    rb"|snapshot-content-location):[^\n]*\n(?:[ \t][^\n]*\n)*){2}",
    re.I,
)
# A web page saved in one file has the form of a mail, but nobody sent it.
_SAVED_PAGE = re.compile(
    rb'^(?:x-document-type: *workbook|snapshot-content-location:|from: *[<"]?saved by )',
    re.I | re.M,
)
_PAGE = (b"<!doctype html", b"<html", b"<head", b"<meta", b"<body", b"<style", b"<div", b"<table")
_SPREADSHEETML = (b"urn:schemas-microsoft-com:office:spreadsheet", b'progid="excel.sheet"')
# Excel streams without their container, of BIFF 2, 3, 4 and (two forms) 5 to 8.
BARE = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00",
        b"\x09\x08\x10\x00")  # fmt: skip
# Names under which editors and systems leave files of their own beside the real ones, as far as
# these hold nothing that could be an answer: a name alone puts no file aside.
_STRAY_NAMES = {".ds_store", "thumbs.db", "desktop.ini"}
_STRAY_FORMS = {"unknown", "text", "empty", "ole", "special"}
_BOOKS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book", "EncryptedPackage"))
# Excel's lock files have 165 bytes, LibreOffice's some 100.
_LOCK = 1024

# What the supplier or the analyst is told of each form that is no workbook.
REASONS = {
    "empty": "The file is empty",
    "lock": "A lock file that Excel or LibreOffice leaves while a workbook is open",
    "system": "A file of the operating system, not of the supplier",
    "pdf": "A PDF, which is not read: ask for the workbook, or record what it says by a decision",
    "image": "A picture: nothing in it is read; ask for the workbook",
    "mail": "A mail: save its attachments beside it, or record what it says by a decision",
    "archive": "An archive that is not a zip: unpack it into the folder",
    "document": "A text document: nothing in it is read; ask for the workbook",
    "presentation": "A presentation: nothing in it is read; ask for the workbook",
    "program": "A program: it was not opened",
    "html": "A web page under the name of a workbook: ask for it to be saved as .xlsx",
    "spreadsheetml": "A workbook saved as 'XML Spreadsheet 2003': ask for it to be saved as .xlsx",
    "xml": "An XML file that is no workbook: ask for it to be saved as .xlsx",
    "text": "A text file: ask for the workbook",
    "csv": "A table as text: ask for the workbook with all its sheets",
    "xlsb": "A binary workbook (.xlsb): ask for it to be saved as .xlsx",
    "ods": "An OpenDocument spreadsheet: ask for it to be saved as .xlsx",
    "ole": "A container of an old Office program that holds no workbook",
    "unknown": "Not a form of file that is known here",
    "special": "Not a regular file: a link, a device or a pipe is not followed",
}


def sniff(data: bytes, name: str = "") -> str:
    """The form of a file from its bytes; its name tells only whose a file without an answer is.

    Gives ``zip`` and ``ole`` for the two containers whose inside tells more (see ``form_of_zip``
    and ``ole``), else a key of ``REASONS``.
    """
    base = name.rsplit("/", 1)[-1].lower()
    form = _form(data, base)
    if form not in _STRAY_FORMS or form == "ole" and any(book in data for book in _BOOKS):
        return form
    if base in _STRAY_NAMES or base.startswith("._") or "__macosx" in name.lower():
        return "system"
    if base.startswith(("~$", ".~lock.")) and len(data) <= _LOCK:
        return "lock"
    return form


def _form(data: bytes, base: str) -> str:
    if not data:
        return "empty"
    if data[:2] == b"PK" and data[2:4] in (b"\x03\x04", b"\x05\x06", b"\x07\x08"):
        return "zip"
    if data[:8] == OLE or data[:4] in BARE:
        return "ole"
    for start, form in _STARTS:
        if data.startswith(start):
            return form
    return _text_form(data, base)


def _text_form(data: bytes, base: str) -> str:
    data = _narrow(data[:65536])
    head = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    low = head.lower().replace(b"'", b'"')
    if low.startswith(b"<") and any(mark in low for mark in _SPREADSHEETML):
        return "spreadsheetml"
    if low.startswith(b"<?xml") and b"opendocument.spreadsheet" in low:
        return "ods"
    if low.startswith(_PAGE) or b"<html" in low[:512]:
        return "html"
    if low.startswith((b"<?xml", b"<")):
        return "xml"
    head = head.replace(b"\r\n", b"\n")
    if base.endswith((".eml", ".msg")) or _MAIL.match(head):
        return "html" if _SAVED_PAGE.search(head.partition(b"\n\n")[0]) else "mail"
    printable = sum(byte >= 32 or byte in (9, 10, 13) for byte in data[:1024])
    if b"\x00" in data[:1024] or printable < 0.95 * len(data[:1024]):
        return "unknown"
    return "csv" if base.endswith((".csv", ".tsv")) else "text"


def _narrow(head: bytes) -> bytes:
    """The start of a text in UTF-16, with its mark or plainly without, in UTF-8; else as it is."""
    code = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}.get(head[:2], "")
    for name, blanks, signs in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        if len(head) >= 8 and not any(head[blanks:64:2]) and all(head[signs:64:2]):
            code = name
    return head[: len(head) & ~1].decode(code, "ignore").encode() if code else head


def form_of_zip(names: list[str], mimetype: bytes = b"") -> str:
    """What a zip is by its entries: ``xlsx``, ``xlsb``, ``ods``, a document, or ``zip``."""
    lower = {name.lower().replace("\\", "/").lstrip("/") for name in names}
    if "xl/workbook.bin" in lower:
        return "xlsb"
    if any(name.startswith("xl/") and name.endswith("workbook.xml") for name in lower):
        return "xlsx"
    if any(name.startswith("word/") for name in lower):
        return "document"
    if any(name.startswith("ppt/") for name in lower):
        return "presentation"
    if b"opendocument.spreadsheet" in mimetype:
        return "ods"
    if b"opendocument" in mimetype:
        return "document"
    if "[content_types].xml" in lower:
        return "xlsx"  # An Office package; the workbook is looked for through its relations.
    return "zip"


# Extensions that agree with each form that is read; another one is noted.
EXTENSIONS = {"xlsx": (".xlsx", ".xlsm", ".xltx", ".xltm"), "xls": (".xls", ".xlt")}
