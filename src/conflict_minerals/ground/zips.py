"""Zips that strangers send: opened without trusting what they say of themselves.

The directory of a zip can lie about sizes, so each part is inflated in pieces and counted
while it grows; nothing beyond a limit is ever held. Parts that nobody reads (pictures,
macros, links to other workbooks) are never inflated.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from conflict_minerals.ground.limits import Limits, Refused, amount

_PIECE = 1 << 18
_STEP = 1 << 16
# A part that expands this little is nobody's bomb, whatever its ratio.
_SMALL = 10 * 1024 * 1024


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
        self.infos = _named(infos)
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

    def __contains__(self, name: str) -> bool:
        return name in self.infos

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


def _named(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Entries by name. Of several with one name the last has it, as for every program that opens
    such a zip; the others are kept under numbers, so that none is lost."""
    named: dict[str, zipfile.ZipInfo] = {}
    taken: dict[str, int] = {}
    for info in reversed(infos):
        name = _tidy(info.filename)
        if name and name[-1] != "/":
            named[apart(name, taken)] = info
    return dict(reversed(named.items()))


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


def _check_directory(data: bytes, limits: Limits) -> None:
    """Refuse a directory so large that merely listing it would cost memory."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65557))
    if end < 0 or len(data) < end + 22:
        raise Refused("Damaged: the end of the zip is missing")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if size == 0xFFFFFFFF:
        raise Refused("A zip in the form for files over 4 GB")
    if size > limits.directory_bytes or size > end:
        raise Refused("Damaged, or a zip of too many entries: its directory is too large")


def directory(data: bytes) -> bytes:
    """The bytes of a zip's own directory, as far as its end tells where it lies."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65557))
    size, start = (int.from_bytes(data[end + n : end + n + 4], "little") for n in (12, 16))
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
