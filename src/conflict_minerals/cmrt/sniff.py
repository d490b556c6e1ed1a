"""What a file is, told by its first bytes and never by its name alone."""

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
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
]
_MAIL = re.compile(
    rb"^(?:(?:received|from|to|cc|subject|date|message-id|mime-version|return-path"
    rb"|delivered-to|x-[\w-]+|content-type|reply-to|thread-topic):[^\n]*\n(?:[ \t][^\n]*\n)*){2}",
    re.I,
)
# Names under which editors and systems leave files of their own beside the real ones.
_STRAY_NAMES = {".ds_store", "thumbs.db", "desktop.ini"}

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
    """The form of a file from its bytes; its name decides only about lock and system files.

    Gives ``zip`` and ``ole`` for the two containers whose inside tells more (see ``form_of_zip``
    and ``biff``), else a key of ``REASONS``.
    """
    base = name.rsplit("/", 1)[-1].lower()
    if base in _STRAY_NAMES or base.startswith("._") or "__macosx" in name.lower():
        return "system"
    if base.startswith("~$") or base.startswith(".~lock."):
        return "lock"
    if not data:
        return "empty"
    if data[:2] == b"PK" and data[2:4] in (b"\x03\x04", b"\x05\x06", b"\x07\x08"):
        return "zip"
    if data[:8] == OLE:
        return "ole"
    if data[:4] in (b"\x09\x08\x10\x00", b"\x09\x08\x08\x00", b"\x09\x04\x06\x00"):
        return "ole"  # A bare Excel stream without its container; biff says what it makes of it.
    for start, form in _STARTS:
        if data.startswith(start):
            return form
    return _text_form(data, base)


def _text_form(data: bytes, base: str) -> str:
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    low = head[:512].lower()
    if low.startswith((b"<!doctype html", b"<html")) or b"<html" in low:
        return "html"
    if low.startswith((b"<?xml", b"<")):
        return "xml"
    if base.endswith((".eml", ".msg")) or _MAIL.match(head.replace(b"\r\n", b"\n")):
        return "mail"
    if b"\x00" in data[:1024] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return "unknown"
    printable = sum(byte >= 32 or byte in (9, 10, 13) for byte in data[:1024])
    if printable < 0.95 * len(data[:1024]):
        return "unknown"
    return "csv" if base.endswith((".csv", ".tsv")) else "text"


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
