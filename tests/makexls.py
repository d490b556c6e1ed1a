"""Writes small ``.xls`` workbooks and the OLE containers that hold them, for tests."""

from __future__ import annotations

import struct

from conflict_minerals.cmrt.cells import position
from makebook import Error, Formula

_ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36,
           "#N/A": 42}  # fmt: skip


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _bof(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 1996, 0x41, 0x06))


def _cell(at: str, value) -> bytes:
    row, column = position(at)
    place = struct.pack("<HHH", row - 1, column - 1, 0)
    if isinstance(value, Formula):
        value = value.saved
    if value is None:
        return _record(0x0201, place)
    if isinstance(value, Error):
        return _record(0x0205, place + bytes([_ERRORS[value], 1]))
    if isinstance(value, bool):
        return _record(0x0205, place + bytes([int(value), 0]))
    if isinstance(value, int | float):
        return _record(0x0203, place + struct.pack("<d", value))
    text = value.encode("utf-16-le")
    return _record(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)


def stream(sheets: dict[str, dict[str, object]], epoch_1904: bool = False,
           merged: tuple[str, ...] = (), hidden: tuple[int, ...] = ()) -> bytes:
    """The workbook's stream as BIFF 8; of each sheet ranges such as ``A2:A4`` that are ``merged``,
    and rows that are ``hidden``."""
    ranges = [[position(end) for end in one.split(":")] for one in merged]
    merging = _record(0x00E5, struct.pack("<H", len(ranges)) + b"".join(
        struct.pack("<HHHH", top - 1, bottom - 1, left - 1, right - 1)
        for (top, left), (bottom, right) in ranges)) if ranges else b""
    bodies = []
    for cells in sheets.values():
        ordered = sorted(cells.items(), key=lambda one: position(one[0]))
        body = b"".join(_record(0x0208, struct.pack("<HHHHHHI", row - 1, 0, 9, 255, 0, 0, 0x120))
                        for row in hidden)
        body += b"".join(_cell(at, value) for at, value in ordered)
        bodies.append(_bof(0x0010) + body + merging + _record(0x000A, b""))
    head = _bof(0x0005) + _record(0x0042, struct.pack("<H", 1200))
    head += _record(0x0022, struct.pack("<H", int(epoch_1904)))
    names = [name.encode("utf-16-le") for name in sheets]
    at = len(head) + sum(4 + 8 + len(name) for name in names) + 4
    listing = b""
    for name, body in zip(names, bodies, strict=True):
        listing += _record(0x0085, struct.pack("<IBBBB", at, 0, 0, len(name) // 2, 1) + name)
        at += len(body)
    return head + listing + _record(0x000A, b"") + b"".join(bodies)


def container(streams: dict[str, bytes], *, loop: bool = False, claimed: int = 0) -> bytes:
    """An OLE container of the streams; with ``loop`` a chain of sectors that never ends.

    ``claimed``: so many bytes of the first stream's sectors are claimed by the root entry too."""
    sector, chains, body = 512, [], []
    for content in streams.values():
        content += b"\x00" * max(0, 4096 - len(content))
        content += b"\x00" * (-len(content) % sector)
        count = len(content) // sector
        chains.append((len(body), count))
        body += [content[n * sector : (n + 1) * sector] for n in range(count)]
    own = (0 if claimed else 0xFFFFFFFE, claimed)
    entries = [_entry("Root Entry", 5, *own, 1 if streams else 0xFFFFFFFF)]
    for n, (name, (start, count)) in enumerate(zip(streams, chains, strict=True), 1):
        right = n + 1 if n < len(streams) else 0xFFFFFFFF
        entries.append(_entry(name, 2, start, count * sector, 0xFFFFFFFF, right))
    entries += [bytes(128)] * (-len(entries) % 4)
    directory = b"".join(entries)
    first_directory = len(body)
    body += [directory[n : n + sector] for n in range(0, len(directory), sector)]
    fat_sectors = 1
    while (len(body) + fat_sectors) * 4 > fat_sectors * sector:
        fat_sectors += 1
    fat = []
    for start, count in chains:
        fat += [*range(start + 1, start + count), start if loop else 0xFFFFFFFE]
    directories = len(directory) // sector
    fat += [*range(first_directory + 1, first_directory + directories), 0xFFFFFFFE]
    fat += [0xFFFFFFFD] * fat_sectors
    fat += [0xFFFFFFFF] * (fat_sectors * sector // 4 - len(fat))
    first_fat = len(body)
    places = [*range(first_fat, first_fat + fat_sectors)]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, fat_sectors, first_directory, 0, 4096, 0xFFFFFFFE, 0,
                        0xFFFFFFFE, 0)  # fmt: skip
    head += struct.pack("<109I", *places, *[0xFFFFFFFF] * (109 - len(places)))
    return head + b"".join(body) + struct.pack(f"<{len(fat)}I", *fat)


def _entry(name: str, kind: int, start: int, size: int, child: int, right: int = 0xFFFFFFFF):
    text = name.encode("utf-16-le") + b"\x00\x00"
    links = struct.pack("<III", 0xFFFFFFFF, right, child)
    return (text.ljust(64, b"\x00") + struct.pack("<HBB", len(text), kind, 1) + links + bytes(36)
            + struct.pack("<IQ", start, size))  # fmt: skip


def book(sheets: dict[str, dict[str, object]], epoch_1904: bool = False) -> bytes:
    """An ``.xls`` of the sheets."""
    return container({"Workbook": stream(sheets, epoch_1904)})
