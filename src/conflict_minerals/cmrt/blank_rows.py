"""Rows that hold nothing, left out before a sheet's XML is parsed.

Users format whole sheets, which saves up to a million rows of blank cells; to parse them one
element at a time takes longer than everything else together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_ATTRIBUTES = rb"""(?:\s+[\w:.-]+=(?:"[^"<>]*"|'[^'<>]*'))*+\s*+"""
_CELL = rb"\s*+<(?:\w+:)?c" + _ATTRIBUTES + rb"(?:/>|></(?:\w+:)?c>)"
_ROW = (
    rb"\s*+<(?:\w+:)?row" + _ATTRIBUTES
    + rb"(?:/>|>(?:" + _CELL + rb")*+\s*+</(?:\w+:)?row>)"
)  # fmt: skip
# A row without a number follows from the one before it, which then has to stay.
_NUMBERED = rb"""<(?:\w+:)?row(?:\s+[\w:.-]+=(?:"[^"<>]*"|'[^'<>]*'))*?\s+r=["'][0-9]{1,7}["']"""
_AFTER = rb"(?=\s*+(?:" + _NUMBERED + rb"|</(?:\w+:)?sheetData"
_NEXT = re.compile(_NUMBERED)
_BLANK, _BLANK_TO_END = re.compile(_ROW + _AFTER + rb"))"), re.compile(_ROW + _AFTER + rb"|\Z))")


def without(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same XML without the rows of which no cell holds anything.

    Text in ``CDATA`` may look like a row, so all from the first such section on is left as it is.
    """
    pieces, carry = iter(pieces), b""
    for piece in pieces:
        data = carry + piece
        if b"<![CDATA[" in data:
            yield data
            yield from pieces
            return
        at = data.rfind(b"row ")
        cut = max(0, data.rfind(b"<", 0, at) if at >= 0 else data.rfind(b"<"))
        numbered = _NEXT.match(data, cut)
        carry, data = data[cut:], data[:cut]
        yield (_BLANK_TO_END if numbered else _BLANK).sub(b"", data)
        if len(carry) > len(piece):
            yield carry
            carry = b""
    yield carry
