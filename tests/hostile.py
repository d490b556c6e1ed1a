"""Hostile and odd files, each made by code: what lies in folders, and what people send in malice.

``corpus()`` gives ``Case(name, data, expected)``: ``read`` when the template's content must come
out as that of a sound file, ``odd`` when it is read with something noted, else words that the
reason of the refusal must hold.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from msoffcrypto.format.ooxml import OOXMLFile

import makebook
import makexls
from makebook import MAIN, Error, Spelling

READ, ODD = "read", "odd"
ANSWERS = {("1", m): "Yes" for m in ("Tantalum", "Tin", "Gold", "Tungsten")} | {("A", ""): "No"}
SMELTERS = [
    {"metal": "Gold", "lookup": "Aurum Works", "country": "SWITZERLAND", "id": "CID900001"},
    {"metal": "Tin", "lookup": "Smelter not listed", "name": "Zinn & Söhne <3", "row": 40},
]
_DECLARATION, _LIST = "xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml"
_STRINGS = "xl/sharedStrings.xml"
_LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_HEAD = f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}"><sheetData>'.encode()
_TAIL = b"</sheetData></worksheet>"


@dataclass(frozen=True)
class Case:
    """A file with what must become of it."""

    name: str
    data: bytes
    expected: str


def sheets(version: str = "6.22", **more) -> dict[str, dict[str, object]]:
    """The sheets of the template that every case holds."""
    return makebook.template("CMRT", version, answers=ANSWERS, smelters=SMELTERS, **more)


@cache
def sound() -> bytes:
    """A file with nothing odd about it."""
    return makebook.book(sheets())


@cache
def _parts() -> dict[str, bytes]:
    return makebook.parts(sheets())


def _with(**changed: bytes) -> bytes:
    return makebook.pack({**_parts(), **changed})


def _spelled(**how) -> bytes:
    return makebook.book(sheets(), Spelling(**how))


def repeated(unit: bytes, times: int, head: bytes = b"", tail: bytes = b"") -> tuple[bytes, int]:
    """A deflate stream of a unit many times over, and its size, without packing it all."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = engine.compress(head) + engine.flush(zlib.Z_FULL_FLUSH)
    block = unit * max(1, (1 << 20) // len(unit))
    middle = engine.compress(block) + engine.flush(zlib.Z_FULL_FLUSH)
    count = max(1, times * len(unit) // len(block))
    last = engine.compress(tail) + engine.flush(zlib.Z_FINISH)
    return first + middle * count + last, len(head) + len(block) * count + len(tail)


def raw_zip(entries: list[tuple[str, bytes, int, int]], *, lie: int | None = None) -> bytes:
    """A zip of packed entries ``(name, packed, size, crc)``; ``lie`` is the size it claims."""
    body, listing, at = b"", b"", 0
    for name, packed, size, crc in entries:
        told = size if lie is None or len(packed) < 4000 else lie
        common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, crc, len(packed),
                             min(told, 0xFFFFFFFE), len(name), 0)  # fmt: skip
        listing += b"PK\x01\x02" + struct.pack("<H", 20) + common
        listing += struct.pack("<HHHII", 0, 0, 0, 0, at) + name.encode()
        local = b"PK\x03\x04" + common + name.encode() + packed
        body, at = body + local, at + len(local)
    count = len(entries)
    return body + listing + b"PK\x05\x06" + struct.pack(
        "<HHHHIIH", 0, 0, count, count, len(listing), at, 0)  # fmt: skip


def _bomb(part: str, packed: bytes, size: int, lie: int | None = None) -> bytes:
    entries = []
    for name, content in _parts().items():
        if name == part:
            entries.append((name, packed, size, 0))
        else:
            engine = zlib.compressobj(6, zlib.DEFLATED, -15)
            entries.append((name, engine.compress(content) + engine.flush(), len(content),
                            zlib.crc32(content)))  # fmt: skip
    return raw_zip(entries, lie=lie)


def bombed(data: bytes, part: str) -> bytes:
    """A workbook of which one part expands to 20 MB of blanks."""
    contents = {part: b" " * 20_000_000}
    with zipfile.ZipFile(io.BytesIO(data)) as sound:
        contents = {name: sound.read(name) for name in sound.namelist()} | contents
    return makebook.pack(contents)


def bombs() -> Iterator[Case]:
    """Files that are small and expand without end, in every part that is read."""
    space = f'<sst xmlns="{MAIN}">'.encode()
    for name, lie in (("bomb-string-4gb.xlsx", None), ("bomb-string-lying.xlsx", 999)):
        packed, size = repeated(b"A" * 64, 1 << 26, space + b"<si><t>", b"</t></si></sst>")
        yield Case(name, _bomb(_STRINGS, packed, size, lie), "zip bomb")
    packed, size = repeated(b"<si><t/></si>", 120_000_000, space, b"</sst>")
    yield Case("bomb-strings-120m.xlsx", _bomb(_STRINGS, packed, size), "zip bomb")
    packed, size = repeated(b'<c r="B7"><v>1</v></c>', 60_000_000, _HEAD + b"<row>", _TAIL)
    yield Case("bomb-cells.xlsx", _bomb(_LIST, packed, size), "filled cells")
    packed, size = repeated(b"<row/>", 300_000_000, _HEAD, _TAIL)
    yield Case("bomb-rows.xlsx", _bomb(_LIST, packed, size), "zip bomb")
    packed, size = repeated(b" " * 64, 1 << 25, _HEAD, _TAIL)
    yield Case("bomb-blanks.xlsx", _bomb(_LIST, packed, size), "more than")
    packed, size = repeated(b"<x>", 90_000_000, b"<workbook>", b"")
    yield Case("bomb-workbook-part.xlsx", _bomb("xl/workbook.xml", packed, size), "zip bomb")
    packed, size = repeated(b"A" * 64, 1 << 24)
    many = [(f"file{n}.xlsx", packed, size, 0) for n in range(3)]
    yield Case("bomb-members.zip", raw_zip(many), "A zip of 3 files")
    names = {f"xl/worksheets/sheet{n}.xml": b"" for n in range(100, 12_000)}
    yield Case("bomb-entries.xlsx", makebook.pack({**_parts(), **names}), "zip")
    inner = makebook.pack({"again.zip": makebook.pack({"more.zip": sound()})})
    yield Case("nested.zip", inner, "A zip of 1 files")


def entities() -> Iterator[Case]:
    """Declared entities, in each part that is parsed and in spellings that hide them."""
    root = b"<worksheet"
    for part in (_DECLARATION, _LIST, _STRINGS, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        start = _parts()[part].index(b"\n") + 1
        for kind, doctype in (("laughs", _LAUGHS), ("outside", _OUTSIDE)):
            content = _parts()[part][:start] + doctype.encode() + _parts()[part][start:]
            label = part.rsplit("/", 1)[-1].replace(".xml", "")
            yield Case(f"entities-{kind}-{label}.xlsx", _with(**{part: content}), "entities")
    hidden = _parts()[_LIST].decode().replace("UTF-8", "UTF-16").replace(
        root.decode(), _LAUGHS + root.decode(), 1)  # fmt: skip
    yield Case("entities-utf16.xlsx", _with(**{_LIST: hidden.encode("utf-16")}), "entities")
    undeclared = _parts()[_LIST].replace(b"</sheetData>", b'<row r="9"><c r="B9" t="str">'
                                         b"<v>&lol;</v></c></row></sheetData>")  # fmt: skip
    yield Case("entity-undeclared.xlsx", _with(**{_LIST: undeclared}), ODD)


def damaged() -> Iterator[Case]:
    """Files cut off or altered on the way."""
    data = sound()
    yield Case("cut-in-half.xlsx", data[: len(data) // 2], "Damaged")
    yield Case("cut-at-end.xlsx", data[:-30], "Damaged")
    yield Case("cut-to-ten-bytes.xlsx", data[:10], "Damaged")
    at = data.index(b"sheet3.xml") + 60
    flipped = bytearray(data)
    flipped[at] ^= 0x10
    yield Case("flipped-bit-in-list.xlsx", bytes(flipped), "Damaged")
    flipped = bytearray(data)
    flipped[data.rindex(b"PK\x01\x02") + 43] ^= 0x40
    yield Case("flipped-bit-in-directory.xlsx", bytes(flipped), "Damaged")
    nameless = bytearray(data)
    at = nameless.rindex(b"PK\x01\x02") + 46
    nameless[at : at + 1] = b"\x00"
    yield Case("nameless-entry.xlsx", bytes(nameless), READ)
    yield Case("junk-before.xlsx", b"\x00\x01mail gateway" + data, "Not a form")
    yield Case("junk-after.xlsx", data + b"\x00" * 4000, READ)
    unheard = _parts()[_LIST].replace(b"UTF-8", b"X-NOBODY")
    yield Case("character-set-unheard-of.xlsx", _with(**{_LIST: unheard}), "Damaged")
    unclosed = _parts()[_LIST].replace(_TAIL, b"")
    yield Case("xml-unclosed.xlsx", _with(**{_LIST: unclosed}), "Damaged")
    yield Case("xml-wrong.xlsx", _with(**{_LIST: b"<worksheet><sheetData><row></c>"}), "Damaged")
    yield Case("xml-empty.xlsx", _with(**{_LIST: b""}), "Damaged")
    crc = bytearray(makebook.pack(_parts(), zipfile.ZIP_STORED))
    crc[crc.index(b"Zinn &amp;")] ^= 1
    yield Case("stored-and-altered.xlsx", bytes(crc), "Damaged")
    for name, value in (("string-beyond", "999999"), ("string-negative", "-1"),
                        ("string-no-number", "x")):  # fmt: skip
        cell = f'<row r="9"><c r="B9" t="s"><v>{value}</v></c></row></sheetData>'.encode()
        content = _parts()[_LIST].replace(b"</sheetData>", cell)
        yield Case(f"{name}.xlsx", _with(**{_LIST: content}), "Damaged")
    cell = b'<row r="9"><c r="B9"><v>1,5</v></c></row></sheetData>'
    content = _parts()[_LIST].replace(b"</sheetData>", cell)
    yield Case("number-that-is-none.xlsx", _with(**{_LIST: content}), "Damaged")
    less = {n: c for n, c in _parts().items() if n != "xl/workbook.xml"}
    yield Case("no-workbook-part.xlsx", makebook.pack(less), "zip without a workbook")
    less = {n: c for n, c in _parts().items() if n != _LIST}
    yield Case("no-list-part.xlsx", makebook.pack(less), "without the sheet Smelter List")
    less = {n: c for n, c in _parts().items() if n != _STRINGS}
    yield Case("no-strings-part.xlsx", makebook.pack(less), "Damaged")


def oversized() -> Iterator[Case]:
    """Sheets that are larger than they look, or look larger than they are."""
    stray = '<row r="{1}"><c r="{0}{1}" t="str"><v>x</v></c></row></sheetData>'
    for name, column, row in (("corner", "XFD", 1048576), ("row", "B", 1048576),
                              ("column", "XFD", 9)):  # fmt: skip
        cell = stray.format(column, row).encode()
        content = _parts()[_LIST].replace(b"</sheetData>", cell)
        yield Case(f"stray-{name}.xlsx", _with(**{_LIST: content}), ODD)
    yield Case("dimension-huge.xlsx", _spelled(dimension="A1:XFD1048576"), READ)
    yield Case("dimension-small.xlsx", _spelled(dimension="A1"), READ)
    yield Case("dimension-nonsense.xlsx", _spelled(dimension="ZZZ0:1A"), READ)
    blank = b"".join(
        f'<row r="{n}" s="5" customFormat="1"><c r="A{n}" s="5"/><c r="B{n}" s="7"/></row>'.encode()
        for n in range(3000, 1_003_000)
    )
    rows = _parts()[_LIST].replace(b"</sheetData>", blank + b"</sheetData>")
    yield Case("million-blank-rows.xlsx", _with(**{_LIST: rows}), READ)
    bare = b"".join(
        b'<row r="%d" s="5" customFormat="1" ht="15"/>' % n for n in range(3000, 1_003_000)
    )
    rows = _parts()[_LIST].replace(b"</sheetData>", bare + b"</sheetData>")
    yield Case("million-formatted-rows.xlsx", _with(**{_LIST: rows}), READ)
    many = b"<row>" + b"<c><v>7</v></c>" * 40 + b"</row>"
    cells = _parts()[_LIST].replace(b"</sheetData>", many * 15_000 + b"</sheetData>")
    yield Case("cells-without-address.xlsx", _with(**{_LIST: cells}), "filled cells")
    blank = b"".join(
        b'<row r="%d" s="5">' % n
        + b"".join(b'<c r="%c%d" s="5"/>' % (letter, n) for letter in b"ABCDE")
        + b"</row>"
        for n in range(3000, 1_003_000)
    )
    commented = _parts()[_LIST].replace(b"</sheetData>", blank + b"<!-- end --></sheetData>")
    yield Case("million-blank-rows-and-a-comment.xlsx", _with(**{_LIST: commented}), READ)
    prefixed = makebook.parts(sheets(), Spelling(prefix="x:"))
    blank = b"".join(b'<x:row r="%d"><x:c r="A%d" s="5"/></x:row>' % (n, n)
                     for n in range(3000, 203_000))  # fmt: skip
    prefixed[_LIST] = prefixed[_LIST].replace(b"</x:sheetData>", blank + b"</x:sheetData>")
    yield Case("prefixed-blank-rows.xlsx", makebook.pack(prefixed), READ)
    many = b"".join(b'<c r="B%d"><v>%d</v></c>' % (n, n) for n in range(3000, 19_500))
    wide = b"".join(many.replace(b'"B', b'"%c' % letter) for letter in range(65, 91))
    content = _parts()[_LIST].replace(b"</sheetData>", b"<row>" + wide + b"</row></sheetData>")
    yield Case("too-many-cells.xlsx", _with(**{_LIST: content}), "filled cells")
    long = f'<row r="9"><c r="B9" t="str"><v>Gold {"x" * 900_000}</v></c></row></sheetData>'
    content = _parts()[_LIST].replace(b"</sheetData>", long.encode())
    yield Case("long-text.xlsx", _with(**{_LIST: content}), ODD)
    long = f'<row r="9"><c r="B9" t="str"><v>{"x" * 9_000_000}</v></c></row></sheetData>'
    content = _parts()[_LIST].replace(b"</sheetData>", long.encode())
    yield Case("endless-text.xlsx", _with(**{_LIST: content}), "A cell of more than")
    deep = b"<a>" * 200_000
    yield Case("deep-xml.xlsx", _with(**{_LIST: _HEAD + deep}), "Damaged")
    named = b'" %s="' % (b"n" * 2_000_000)
    content = _parts()[_LIST].replace(b'<row r="4"', b'<row a="' + named + b'" r="4"')
    yield Case("endless-attribute.xlsx", _with(**{_LIST: content}), READ)
    extra = {f"Sheet {n}": {"A1": "x"} for n in range(900)}
    yield Case("many-sheets.xlsx", makebook.book({**sheets(), **extra}), READ)


def spellings() -> Iterator[Case]:
    """The same content as other programs, and odd ones, write it."""
    for name, how in {
        "prefixed": {"prefix": "x:"},
        "strict": {"strict": True},
        "strict-prefixed": {"strict": True, "prefix": "main:"},
        "inline-strings": {"inline": True},
        "no-addresses": {"addresses": False},
        "attributes-swapped": {"swap_attributes": True},
        "utf-16": {"encoding": "utf-16"},
        "comment-with-cells": {"comment": '<!-- <row r="6"><c r="B6"><v>1</v></c></row> -->'},
        "cdata": {"before_rows": '<row r="2"><c r="B2" t="str"><v><![CDATA[<x>]]></v></c></row>'},
    }.items():
        yield Case(f"{name}.xlsx", _spelled(**how), READ)
    slashes = {n.replace("/", "\\"): c for n, c in _parts().items()}
    yield Case("backslashes.xlsx", makebook.pack(slashes), READ)
    upper = {n.upper() if n.startswith("xl/") else n: c for n, c in _parts().items()}
    yield Case("upper-case-parts.xlsx", makebook.pack(upper), READ)
    yield Case("stored.xlsx", makebook.pack(_parts(), zipfile.ZIP_STORED), READ)
    packed = makebook.pack(_parts(), zipfile.ZIP_BZIP2)
    yield Case("bzip2.xlsx", packed, "method that workbooks do not use")
    absolute = _parts()["xl/_rels/workbook.xml.rels"].replace(b'"worksheets', b'"/xl/worksheets')
    yield Case("absolute-targets.xlsx", _with(**{"xl/_rels/workbook.xml.rels": absolute}), READ)
    outside = _parts()["xl/_rels/workbook.xml.rels"].replace(
        b"worksheets/sheet3.xml", b"../../../../etc/passwd")  # fmt: skip
    yield Case("target-outside.xlsx", _with(**{"xl/_rels/workbook.xml.rels": outside}),
               "without the sheet Smelter List")  # fmt: skip
    far = _parts()["xl/_rels/workbook.xml.rels"].replace(
        b'Target="worksheets/sheet3.xml"',
        b'Target="http://example.com/x.xml" TargetMode="External"')  # fmt: skip
    yield Case("target-on-the-web.xlsx", _with(**{"xl/_rels/workbook.xml.rels": far}),
               "without the sheet Smelter List")  # fmt: skip
    linked = {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
    yield Case("external-links.xlsx", _with(**linked), ODD)
    yield Case("macros.xlsm", _with(**{"xl/vbaProject.bin": b"\x00macro"}), ODD)
    yield Case("no-saved-values.xlsx", makebook.book(sheets(saved=False)), ODD)
    renamed = {f" {n.upper()} ": c for n, c in sheets().items()}
    yield Case("sheet-names-in-capitals.xlsx", makebook.book(renamed), READ)
    broken = sheets()
    broken["Declaration"]["D26"] = Error("#REF!")
    yield Case("error-in-answer.xlsx", makebook.book(broken), ODD)
    moved = sheets()
    moved["Declaration"] = _down(moved["Declaration"], 2)
    yield Case("rows-inserted.xlsx", makebook.book(moved), ODD)
    yield Case("not-a-template.xlsx", makebook.book({"Sheet1": {"A1": "x"}}), "none of the temp")
    yield Case("revision-9.xlsx", makebook.book(
        makebook.template("CMRT", "6.22", answers=ANSWERS, smelters=SMELTERS,
                          fields={"revision": "Revision 9.9"})), ODD)  # fmt: skip
    old = makebook.template("CMRT", "2.0", fields={"revision": "Revision 1.00"})
    yield Case("revision-1.xlsx", makebook.book(old), "too old")


def _down(cells: dict[str, object], by: int) -> dict[str, object]:
    """A sheet's cells with rows inserted below the title block."""
    from conflict_minerals.cmrt.cells import address, position

    out = {}
    for at, value in cells.items():
        row, column = position(at)
        out[address(row + by if row > 6 else row, column)] = value
    return out


def encrypted(data: bytes, password: str) -> bytes:
    """A workbook encrypted as Excel does."""
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(data)).encrypt(password, out)
    return out.getvalue()


def zip64(data: bytes, size: int | None = None) -> bytes:
    """The same zip with the end records of the form for large files, as some writers give them."""
    end = data.rindex(b"PK\x05\x06")
    count, told, start = struct.unpack_from("<HII", data, end + 10)
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count,
                                          told if size is None else size, start)  # fmt: skip
    record += b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    full = struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:end] + record + b"PK\x05\x06" + full


def containers() -> Iterator[Case]:
    """Old containers, encrypted ones, and names that say something else than the content."""
    old = sheets("3.01")
    xls = makexls.book(old)
    yield Case("old.xls", xls, READ)
    yield Case("old-in-new-name.xlsx", xls, ODD)
    yield Case("new-in-old-name.xls", sound(), ODD)
    yield Case("no-extension", sound(), ODD)
    yield Case("bare-stream.xls", makexls.stream(old), READ)
    yield Case("default-password.xlsx", encrypted(sound(), "VelvetSweatshop"), ODD)
    yield Case("another-password.xlsx", encrypted(sound(), "secret"), "Protected by a password")
    protected = encrypted(sound(), "VelvetSweatshop")
    yield Case("encrypted-and-cut.xlsx", protected[: len(protected) // 2], "")
    yield Case("cut.xls", xls[: len(xls) // 3], "Damaged")
    yield Case("looping.xls", makexls.container({"Workbook": makexls.stream(old)}, loop=True), "")
    yield Case("ole-of-something.doc", makexls.container({"WordDocument": b"x" * 99}), "document")
    yield Case("ole-of-nothing.xls", makexls.container({"Foo": b"x" * 99}), "holds no workbook")
    mail = makexls.container({"__substg1.0_0037001F": b"s" * 20})
    yield Case("mail.msg", mail, "A mail")
    yield Case("ole-magic-only.xls", makexls.book(old)[:8], "Damaged")
    yield Case("ole-and-noise.xls", makexls.book(old)[:512] + b"\xff" * 9000, "Damaged")
    stream = makexls.stream(old)
    noise = makexls.container({"Workbook": stream[:60] + b"\xff" * 5000})
    yield Case("records-too-long.xls", noise, "Damaged")
    for name, claimed in (("one-sector", 64), ("many", 4096), ("beyond", 1 << 20)):
        shared = makexls.container({"Workbook": stream}, claimed=claimed)
        yield Case(f"root-claims-{name}.xls", shared, READ)
    for biff, start in {2: "0900 0400 0200 1000", 3: "0902 0600 0003 1000 0000",
                        4: "0904 0600 0004 1000 0000",
                        5: "0908 0800 0005 1000 0000 0000"}.items():  # fmt: skip
        old = bytes.fromhex(start) + b"\x0a\x00\x00\x00"
        reason = "old form of .xls" if biff == 5 else "none of the templates"
        yield Case(f"bare-biff{biff}.xls", old, reason)
    locked = struct.pack("<HH", 0x2F, 54) + struct.pack("<HHH", 1, 1, 1) + bytes(48)
    yield Case("bare-locked.xls", stream[:20] + locked + stream[20:], "Protected by a password")
    yield Case("locked.xls", makexls.container({"Workbook": stream[:20] + locked + stream[20:]}),
               "Protected by a password")  # fmt: skip
    yield Case("zip64.xlsx", zip64(sound()), READ)
    yield Case("zip64-stored.xlsm", zip64(makebook.pack(_parts(), zipfile.ZIP_STORED)), READ)
    yield Case("zip64-and-more.xlsx", zip64(sound()) + bytes(300), READ)
    yield Case("zip64-lying.xlsx", zip64(sound(), size=1 << 40), "Damaged")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("xl/workbook.bin", b"\x83\x01")
        archive.writestr("[Content_Types].xml", b"<Types/>")
    yield Case("binary.xlsb", package.getvalue(), "binary workbook")
    yield Case("text.docx", makebook.pack({"word/document.xml": b"<w/>"}), "text document")
    yield Case("slides.pptx", makebook.pack({"ppt/presentation.xml": b"<p/>"}), "presentation")


def strays() -> Iterator[Case]:
    """What else lies in a folder."""
    yield Case("empty.xlsx", b"", "empty")
    yield Case("one-byte.xlsx", b"P", "")
    yield Case("page.xls", b"<html><table><tr><td>Gold</td></tr></table></html>", "web page")
    yield Case("sheet2003.xls", b'<?xml version="1.0"?><Workbook xmlns="urn:x"/>', "XML file")
    book = "urn:schemas-microsoft-com:office:spreadsheet"
    for name, xml in {
        "by-excel.xml": '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<x/>',
        "by-others.xls": f"<?xml version='1.0'?><!-- a --><Workbook xmlns='{book}'/>",
        "prefixed.xml": f'<ss:Workbook xmlns:ss="{book}"/>',
    }.items():
        yield Case(f"spreadsheetml-{name}", xml.encode(), "XML Spreadsheet 2003")
    yield Case("spreadsheetml-wide.xls", xml.encode("utf-16"), "XML Spreadsheet 2003")
    page = "MIME-Version: 1.0\r\n{}Content-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
    for name, line in {
        "excel.xls": "X-Document-Type: Workbook\r\n",
        "chrome.xls": "From: <Saved by Blink>\r\nSnapshot-Content-Location: file:///x\r\n",
        "edge.mht": "From: Saved by Windows Internet Explorer\r\nSubject: CMRT\r\n",
        "ie.mht": "From: \"Saved by Windows Internet Explorer 8\"\r\nSubject: CMRT\r\n",
    }.items():
        yield Case(f"page-{name}", page.format(line).encode(), "A web page")
    saved = "From: <Saved by Blink>\r\nSnapshot-Content-Location: file:///x\r\n\r\n"
    yield Case("page-alone.xls", saved.encode(), "A web page")
    yield Case("page-bare.xls", b"<meta charset='utf-8'><table><tr><td>Gold", "A web page")
    yield Case("sheet-far-down.xml", f"<!--{'x' * 9000}--><Workbook xmlns='{book}'/>".encode(),
               "XML Spreadsheet 2003")
    flat = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    yield Case("flat.fods", f"<?xml version='1.0'?><o:document xmlns:o='{flat}' o:mimetype="
               "'application/vnd.oasis.opendocument.spreadsheet'/>".encode(), "OpenDocument")
    sent = page.format("From: ana@example.com\r\nSubject: X-Document-Type: Workbook\r\n")
    yield Case("mail-with-pictures.xls", sent.encode(), "A mail")
    yield Case("table.csv", b"Metal;Smelter\nGold;X\n", "table as text")
    for code in ("utf-16", "utf-16-le", "utf-16-be"):
        yield Case(f"{code}.csv", "Metal;Smelter\nGold;Ünal\n".encode(code), "table as text")
    yield Case("utf-16.txt", "\ufeffWir haben kein 3TG.".encode("utf-16-be"), "text file")
    for name in ("~$CMRT_whole.xlsx", "._CMRT_whole.xlsx", ".~lock.CMRT_whole.xlsx"):
        yield Case(name, sound(), READ)
    for name in ("Desktop.ini", ".ds_store", "thumbs.DB"):
        yield Case(name, sound(), ODD)
    yield Case("._old.xls", makexls.book(sheets("3.01")), READ)
    yield Case("~$letter.pdf", b"%PDF-1.7", "A PDF")
    yield Case("~$notes.txt", b"We use no 3TG. " * 99, "text file")
    yield Case("notes.txt", b"We use no 3TG.\n", "text file")
    yield Case("letter.pdf", b"%PDF-1.7\n...", "A PDF")
    yield Case("scan.png", b"\x89PNG\r\n\x1a\n", "picture")
    yield Case("invalid.xls", b"\xff\xd8\xff\xe0" + bytes(300), "picture")
    yield Case("mail.eml", b"From: a@example.com\nSubject: CMRT\n\nNo 3TG\n", "A mail")
    yield Case("~$CMRT.xlsx", b"\x05owner" + bytes(159), "lock file")
    yield Case(".~lock.CMRT.xlsx#", b",owner,host,", "lock file")
    yield Case(".DS_Store", b"\x00\x00\x00\x01Bud1", "operating system")
    yield Case("Thumbs.db", makexls.container({"x": b"y"}), "operating system")
    yield Case("._CMRT.xlsx", b"\x00\x05\x16\x07", "operating system")
    yield Case("all.rar", b"Rar!\x1a\x07\x00", "archive")
    yield Case("all.7z", b"7z\xbc\xaf\x27\x1c", "archive")
    yield Case("all.tgz", b"\x1f\x8b\x08", "archive")
    yield Case("setup.exe", b"MZ\x90\x00", "program")
    yield Case("noise.xlsx", bytes((n * 197 + 31) % 256 for n in range(5000)), "Not a form")
    yield Case("zeros.xlsx", bytes(5000), "Not a form")
    yield Case("nothing.zip", b"PK\x05\x06" + bytes(18), "empty zip")


def corpus() -> list[Case]:
    """Every case, in order."""
    groups = (bombs, entities, damaged, oversized, spellings, containers, strays)
    return [case for group in groups for case in group()]
