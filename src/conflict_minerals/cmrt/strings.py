"""The texts that a workbook's cells share, decoded when a cell asks for one."""

from __future__ import annotations

import re
from typing import Protocol

from conflict_minerals.cmrt import cells, sheetxml
from conflict_minerals.ground.limits import Limits, Refused

_TEXT = re.compile(rb"<t(?: [^>]*)?>([^<]*)</t>")
_PHONETIC = re.compile(rb"<rPh[ >].*?</rPh>", re.S)
_ROOT = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?<sst(?:\s[^>]*)?\sxmlns=\"([^\"]*)\"")


class Strings(Protocol):
    """Texts by index; ``IndexError`` for an index that there is none of."""

    def __getitem__(self, index: int) -> str: ...

    def raw(self, index: int) -> bytes:
        """Bytes that differ when two texts do."""
        ...


def shared_strings(data: bytes, limits: Limits) -> Strings:
    """The shared strings in a part's XML, blank for a workbook without any.

    Raises:
        Refused: not well-formed, entities declared, or too many.
    """
    return (_plain(data, limits) if data else None) or _Exact(data, limits)


def _plain(data: bytes, limits: Limits) -> Strings | None:
    """The strings in the spelling that programs use, without decoding any; else ``None``."""
    root = _ROOT.match(data)
    if root is None or root[1].decode("latin-1") not in cells.MAIN:
        return None
    head = data[: root.start(1)].lower()
    if (b"encoding" in head and b"utf-8" not in head) or b"<!" in data:
        return None
    items = data.split(b"<si>")
    if len(items) - 1 > limits.strings:
        raise Refused(f"More than {limits.strings:,} shared strings")
    if data.count(b"<si") != len(items) - 1 or not data.rstrip().endswith(b"</sst>"):
        return None
    return _Plain(items)


class _Plain:
    def __init__(self, items: list[bytes]):
        self.items, self.decoded = items, {}

    def raw(self, index: int) -> bytes:
        if index < 0:
            raise IndexError(index)
        return self.items[index + 1]

    def __getitem__(self, index: int) -> str:
        text = self.decoded.get(index)
        if text is None:
            text = self.decoded[index] = _text(self.raw(index))
        return text


def _text(item: bytes) -> str:
    """The text of one string: its runs joined, the readings of East Asian words left out."""
    if item.startswith(b"<t>"):
        end = item.find(b"<", 3)
        if item.startswith(b"</t></si>", end):
            return cells.unescape(item[3:end].decode("utf-8", "replace"))
    if b"<rPh" in item:
        item = _PHONETIC.sub(b"", item)
    raw = b"".join(_TEXT.findall(item))
    return cells.unescape(raw.decode("utf-8", "replace"))


class _Exact:
    """The strings in any spelling that is valid XML."""

    def __init__(self, data: bytes, limits: Limits):
        self.texts: list[str] = []
        if data:
            self._parse(data, limits)

    def raw(self, index: int) -> bytes:
        return self[index].encode("utf-8", "surrogatepass")

    def __getitem__(self, index: int) -> str:
        if index < 0:
            raise IndexError(index)
        return self.texts[index]

    def _parse(self, data: bytes, limits: Limits) -> None:
        text: list[str] = []
        inside = {"t": False, "rPh": False}

        def start(name, _):
            tag = sheetxml.local(name)
            if tag in inside:
                inside[tag] = True
            elif tag == "si":
                text.clear()

        def end(name):
            tag = sheetxml.local(name)
            if tag in inside:
                inside[tag] = False
            elif tag == "si":
                self.texts.append(cells.unescape_codes("".join(text)))
                if len(self.texts) > limits.strings:
                    raise Refused(f"More than {limits.strings:,} shared strings")

        def characters(piece):
            if inside["t"] and not inside["rPh"]:
                text.append(piece)

        parser = sheetxml.parser_of()
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = characters
        sheetxml.feed(parser, [data])
