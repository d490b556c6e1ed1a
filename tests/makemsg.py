"""Writes messages as Outlook keeps them (.msg), for tests: streams in storages of an OLE file."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

_SECTOR, _END, _FREE = 512, 0xFFFFFFFE, 0xFFFFFFFF


def message(*, sender="", subject="", day="2025-02-03", attachments=(), inner=None, headers="",
            locale=0):
    """``attachments`` as ``(name, bytes)``; ``inner`` is a message's tree attached as a message;
    with a ``locale`` the texts are in its old code page (1041: Japanese, cp932)."""
    made = tree(sender, subject, day, attachments, inner, headers)
    return container(_aged(made, locale) if locale else made)


def _aged(made: dict, locale: int) -> dict:
    out = {}
    for name, node in made.items():
        if isinstance(node, dict):
            node = _aged(node, 0)
        elif name.endswith("001F"):
            name, node = f"{name[:-4]}001E", node.decode("utf-16-le").encode("cp932")
        elif name == "__properties_version1.0" and locale:
            node += struct.pack("<IIQ", 0x3FF10003, 6, locale)
        out[name] = node
    return out


def tree(sender="", subject="", day="2025-02-03", attachments=(), inner=None, headers="", head=32):
    """The streams of a message by their names, those of attachments below them."""
    since = datetime.fromisoformat(day).replace(tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)
    ticks = struct.pack("<IIQ", 0x0E060040, 6, int(since.total_seconds()) * 10_000_000)
    out = {"__substg1.0_0037001F": subject.encode("utf-16-le"),
           "__properties_version1.0": bytes(head) + ticks,
           "__nameid_version1.0": {"__substg1.0_00020102": b"", "__substg1.0_00030102": b""},
           "__recip_version1.0_#00000000": {
               "__properties_version1.0": bytes(8),
               "__substg1.0_3001001F": "Desk".encode("utf-16-le")}}
    if sender:
        out["__substg1.0_5D01001F"] = sender.encode("utf-16-le")
    if headers:
        out["__substg1.0_007D001F"] = headers.encode("utf-16-le")
    for number, (name, data) in enumerate(attachments):
        out[f"__attach_version1.0_#{number:08X}"] = {
            "__properties_version1.0": bytes(8),
            "__substg1.0_3707001F": name.encode("utf-16-le"), "__substg1.0_37010102": data}
    if inner is not None:
        out["__attach_version1.0_#000000FF"] = {"__substg1.0_3701000D": inner}
    return out


def container(root: dict) -> bytes:
    """An OLE file of the tree, short streams in the mini stream as Outlook has them."""
    entries, sectors, fat, mini, minifat = [], [], [], bytearray(), []

    def put(data: bytes) -> int:
        count = max(1, -(-len(data) // _SECTOR))
        first = len(sectors)
        padded = data.ljust(count * _SECTOR, b"\0")
        sectors.extend(padded[n : n + _SECTOR] for n in range(0, len(padded), _SECTOR))
        fat.extend([*range(first + 1, first + count), _END])
        return first

    def put_short(data: bytes) -> int:
        count, first = -(-len(data) // 64), len(minifat)
        mini.extend(data.ljust(count * 64, b"\0"))
        minifat.extend([*range(first + 1, first + count), _END])
        return first

    def add(name: str, node) -> int:
        at = len(entries)
        entries.append(None)
        if isinstance(node, bytes):
            start = _END if not node else put_short(node) if len(node) < 4096 else put(node)
            entries[at] = (name, 2, start, len(node), _FREE, [])
        else:
            entries[at] = (name, 5 if at == 0 else 1, _END if at == 0 else 0, 0, _FREE,
                           [add(key, value) for key, value in node.items()])
        return at

    add("Root Entry", root)
    short = put(struct.pack(f"<{len(minifat)}I", *minifat).ljust(
        -(-len(minifat) // 128) * _SECTOR, b"\xff"))
    entries[0] = (*entries[0][:2], put(bytes(mini)), len(mini), *entries[0][4:])
    right = {}
    for *_, children in entries:  # a degenerate tree: each leads to the next in order
        children.sort(key=lambda n: (len(entries[n][0]), entries[n][0].upper()))
        right |= dict(zip(children, children[1:], strict=False))
    directory = b"".join(
        _entry(name, kind, start, size, children[0] if children else _FREE, right.get(at, _FREE))
        for at, (name, kind, start, size, _, children) in enumerate(entries))
    start = put(directory + _entry("", 0, 0, 0, _FREE, _FREE) * (-len(entries) % 4))
    tables = 1
    while (len(sectors) + tables) * 4 > tables * _SECTOR:
        tables += 1
    where = list(range(len(sectors), len(sectors) + tables))
    fat += [0xFFFFFFFD] * tables
    packed = struct.pack(f"<{len(fat)}I", *fat).ljust(tables * _SECTOR, b"\xff")
    head = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
        0, tables, start, 0, 4096, short, -(-len(minifat) // 128), _END, 0)
    head += struct.pack("<109I", *where, *[_FREE] * (109 - tables))
    return head + b"".join(sectors) + packed


def _entry(name: str, kind: int, start: int, size: int, child: int, right: int) -> bytes:
    text = name.encode("utf-16-le")
    return struct.pack("<64sHBBIII16sIQQIQ", text, len(text) + 2 if name else 0, kind, 1, _FREE,
                       right, child, b"", 0, 0, 0, start, size)
