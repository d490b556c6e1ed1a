"""Zips that strangers send: opened without trusting what they say of themselves.

The directory of a zip can lie about sizes, so each part is inflated in pieces and counted
while it grows; nothing beyond a limit is ever held. Parts that nobody reads (pictures,
macros, links to other workbooks) are never inflated.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from conflict_minerals.ground.limits import Limits, Refused, amount

_PIECE = 1 << 18
_STEP = 1 << 16
# A part that expands this little is nobody's bomb, whatever its ratio.
_SMALL = 10 * 1024 * 1024
# Codes of names in the order in which they can be told from one another: each of the later ones
# takes most bytes of the earlier. Korean goes first where its commonest syllables stand.
_CODES = {
    "utf-8": "", "cp866": "Cyrillic", "cp1251": "Cyrillic", "euc-kr": "Korean", "cp737": "Greek",
    "gb2312": "Chinese", "cp932": "Japanese", "big5": "Chinese", "gbk": "Chinese",
    "cp949": "Korean", "cp874": "Thai",
    **dict.fromkeys(("cp437", "cp850", "cp1252"), "Western European"),
}  # fmt: skip
_HANGUL = frozenset(
    "이다는을의가한국주식회사전자산업금속광물분쟁답변서기정보공급체료년월일최종수대상하고지인성제신동화"
)
_EAST = r"\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
# Signs of a script in runs of two or more: a single one among letters is an accent misread.
_SCRIPT = re.compile(rf"(?=.*[{_EAST}]{{2}})[\x20-\x7e{_EAST}\uff01-\uff9f]*")
# Words with a capital at most at their start, or of capitals beside such a word: bytes of another
# code read so have them anywhere, and beside Latin letters.
_WORDS = (r"(?=.*[{0}]{{2}})(?:[\x20-\x7e]|(?<![a-zA-Z{1}{0}])"
          r"(?:[{1}]?[{0}]{{2,}}|[{1}]{{2,}})(?![a-zA-Z{1}{0}]))*")
_PLAIN = {
    "Cyrillic": re.compile(_WORDS.format("а-яё", "А-ЯЁ")),
    "Greek": re.compile(_WORDS.format("α-ωάέήίόύώϊϋ", "Α-ΩΆΈΉΊΌΎΏ")),
    "Thai": re.compile(r"(?:[\x20-\x7e]|(?<![a-zA-Z])[\u0e01-\u0e3a\u0e40-\u0e4e]{2,}"
                       r"(?![a-zA-Z]))*"),
    # Three in a row stand in no name, nor a capital within a word: both are another code's letters.
    "Western European": re.compile(
        r"(?:[\x20-\x7e]|(?<![^\x20-\x7e]{2})(?:[ß-öø-ÿœæ]|(?<![^\W\d_])[À-ÖØ-ÝÆŒ]"
        r"|(?<=[A-ZÀ-ÖØ-ÝÆŒ])[À-ÖØ-ÝÆŒ](?![a-zß-öø-ÿœæ])))*"),
}


class Package:
    """A zip whose entries are read by name, within limits.

    Raises:
        Refused: damaged, or beyond a limit; here or when an entry is read.
    """

    def __init__(self, data: bytes, limits: Limits):
        self.data, self.limits, self.expanded = data, limits, 0
        if len(data) > limits.file_bytes:
            raise Refused(f"Larger than {amount(limits.file_bytes)}")
        _check_directory(data, limits)
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                infos = archive.infolist()
        except (
            zipfile.BadZipFile,
            NotImplementedError,
            struct.error,
            ValueError,
            OSError,
        ) as error:
            raise Refused("Damaged: the end of the zip is missing or cannot be read") from error
        except (EOFError, IndexError, UnicodeError, OverflowError) as error:
            raise Refused("Damaged: the directory of the zip cannot be read") from error
        if len(infos) > limits.entries:
            raise Refused(f"A zip of more than {limits.entries} entries")
        # Codes in which names were read though the zip does not say so.
        self.assumed: set[str] = set()
        self.infos = self._named(infos)
        self.names = list(self.infos)

    def pieces(self, name: str, most: int | None = None) -> Iterator[bytes]:
        """An entry's content piece by piece, counted against the limits as it expands."""
        info = self.infos[name]
        packed = self._packed(info)
        most = self.limits.part_bytes if most is None else most
        size, crc = 0, 0
        for piece in _inflate(packed, info.compress_type):
            size += len(piece)
            self.expanded += len(piece)
            self._check(name, size, most, len(packed))
            crc = zlib.crc32(piece, crc)
            yield piece
        if crc != info.CRC:
            raise Refused(f"Damaged: the checksum of {name} is wrong")

    def read(self, name: str, most: int | None = None) -> bytes:
        """An entry's whole content; for parts that are held in memory."""
        return b"".join(self.pieces(name, self.limits.whole_bytes if most is None else most))

    def refuse_bombs(self) -> None:
        """Refuse a workbook with a part that nobody reads and that expands as no program's does.

        A sheet is counted while it is read.
        """
        for name, info in self.infos.items():
            if name.lower().endswith(".xml") and "/worksheets/" not in name.lower():
                self._check(name, info.file_size, info.file_size, info.compress_size)

    def __contains__(self, name: str) -> bool:
        return name in self.infos

    def _named(self, infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        """Entries by name. Of several with one name the last has it, as for every program that
        opens such a zip; the others are kept under numbers, so that none is lost."""
        named: dict[str, zipfile.ZipInfo] = {}
        taken: dict[str, int] = {}
        for info in reversed(infos):
            name, code = _spelled(info)
            self.assumed |= {code} - {""}
            name = _tidy(name)
            if name and name[-1] != "/":
                named[apart(name, taken)] = info
        return dict(reversed(named.items()))

    def _check(self, name: str, size: int, most: int, packed: int) -> None:
        limits = self.limits
        if size > most:
            raise Refused(f"A zip bomb or damaged: {name} expands to more than {amount(most)}")
        if self.expanded > limits.expanded_bytes:
            raise Refused(f"A zip bomb: expands to more than {amount(limits.expanded_bytes)}")
        if size > _SMALL and size > packed * limits.ratio:
            raise Refused(f"A zip bomb: {name} expands more than {limits.ratio} times")

    def _packed(self, info: zipfile.ZipInfo) -> memoryview:
        """The packed bytes of an entry, found through its own header and not beyond the file."""
        if info.flag_bits & 0x1:
            raise Refused("A zip protected by a password", "encrypted")
        start = info.header_offset
        head = self.data[start : start + 30]
        if len(head) < 30 or head[:4] != b"PK\x03\x04":
            raise Refused(f"Damaged: {_tidy(info.filename)} is not where the zip says")
        start += 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        packed = memoryview(self.data)[start : start + info.compress_size]
        if len(packed) < info.compress_size:
            raise Refused(f"Damaged: {_tidy(info.filename)} is cut off")
        return packed


def apart(name: str, taken: dict[str, int]) -> str:
    """A name that no other file has so far: a second of the same name is numbered.

    ``taken`` holds the names given out, with the highest number under which each was repeated.
    """
    folder, slash, base = name.rpartition("/")
    stem, dot, extension = base.rpartition(".") if "." in base else (base, "", "")
    own, number = name, taken.get(name, 1)
    while own in taken:
        number += 1
        own = f"{folder}{slash}{stem} ({number}){dot}{extension}"
    taken[name] = number
    taken.setdefault(own, 1)
    return own


def _tidy(name: str) -> str:
    """An entry's name with the separators of the format, whatever wrote it."""
    return name.replace("\\", "/").lstrip("/")


def _spelled(info: zipfile.ZipInfo) -> tuple[str, str]:
    """An entry's name, and the code that was assumed for it. One that does not say its code is read
    in the first in which it is plainly a text; else its bytes stand for its letters."""
    name = info.filename
    if name.isascii() or info.flag_bits & 0x800:
        return name, ""
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:  # an extra field gave the name
        return name, ""
    for code, script in _CODES.items():
        try:
            text = raw.decode(code)
        except UnicodeDecodeError:
            continue
        signs = [sign for sign in text if not sign.isascii()]
        if not script:
            return text, ""
        if _PLAIN.get(script, _SCRIPT).fullmatch(text) and (
                code != "euc-kr" or 3 * sum(s in _HANGUL for s in signs) >= len(signs)):
            return text, f"{script} ({code})"
    shown = "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in raw)
    return shown, "bytes that no code tells"


def _check_directory(data: bytes, limits: Limits) -> None:
    """Refuse a directory so large that merely listing it would cost memory."""
    end, size, _ = _end(data)
    if end < 0 or len(data) < end + 22:
        raise Refused("Damaged: the end of the zip is missing")
    if size > limits.directory_bytes or size > end:
        raise Refused("Damaged, or a zip of too many entries: its directory is too large")


def _end(data: bytes) -> tuple[int, int, int]:
    """Where a zip's end record lies, and what it says of its directory: size and start.

    In the form for large files, which some write for small ones, a record before it says so.
    """
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65557))
    large = end - 76  # where it lies for whoever reads zips: 56 bytes, then 20 that lead to it
    if large >= 0 and data[large : large + 4] == b"PK\x06\x06":
        size, start = struct.unpack_from("<QQ", data, large + 40)
    else:
        size, start = (int.from_bytes(data[end + n : end + n + 4], "little") for n in (12, 16))
    return end, size, start


def directory(data: bytes) -> bytes:
    """The bytes of a zip's own directory, as far as its end tells where it lies."""
    end, size, start = _end(data)
    return data[start : start + size] if 0 <= start < end else b""


def _inflate(packed: memoryview, method: int) -> Iterator[bytes]:
    if method == zipfile.ZIP_STORED:
        for start in range(0, len(packed), _PIECE):
            yield bytes(packed[start : start + _PIECE])
        return
    if method != zipfile.ZIP_DEFLATED:
        raise Refused("Packed by a method that workbooks do not use")
    engine = zlib.decompressobj(-15)
    try:
        for start in range(0, len(packed), _STEP):
            piece = engine.decompress(packed[start : start + _STEP], _PIECE)
            while piece:
                yield piece
                piece = engine.decompress(engine.unconsumed_tail, _PIECE)
        rest = engine.flush()
    except zlib.error as error:
        raise Refused("Damaged: its packed content cannot be expanded") from error
    if rest:
        yield rest
    if not engine.eof:
        raise Refused("Damaged: its packed content ends too early")
