"""The versions that were sent, by their identifier: kept beside the tables, laid beside edits.

Every version that a run printed is kept in ``history/``. When a document comes back, the one that
it was made of is laid into ``returned/sent/``, under the hash of the file that came, so that what
is compared follows from the inputs alone.
"""

import re
from contextlib import suppress
from pathlib import Path

from rapidfuzz import fuzz, process

from conflict_minerals.filing.word import docxparts, edits, returned
from conflict_minerals.ground import limits
from conflict_minerals.ground.zips import Package, Refused

_ID = re.compile(rb"<dc:identifier>([0-9a-f]{16})</dc:identifier>")
_MOST = 40  # versions that a document without an identifier is held against, the newest first


def keep(history: Path, report: Path) -> None:
    """Keep the documents of ``report`` for Word, each version once."""
    for path in sorted(report.glob("*.docx")):
        kept = history / f"sent-{_identifier(path.read_bytes())}.docx"
        if not kept.exists():
            history.mkdir(exist_ok=True)
            kept.write_bytes(path.read_bytes())


def lay_beside(history: Path, raw: Path) -> None:
    """Lay beside each document of ``returned/`` the version that it was made of, if it is kept.

    One whose properties were taken off is known by its text. A folder that may not be written to
    stays as it is; what came back is then held against what is printed now.
    """
    folder = raw / "returned"
    with suppress(OSError):
        for path in sorted(folder.glob("*.docx")):
            data = path.read_bytes()
            target = folder / returned.SENT / returned.sent_name(data)
            version = None if target.exists() else _version(data, history)
            if version is not None:
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(version)


def _version(data: bytes, history: Path) -> bytes | None:
    named = history / f"sent-{_identifier(data)}.docx"
    if named.is_file():
        return named.read_bytes()
    kept = sorted(history.glob("sent-*.docx"), key=lambda path: path.stat().st_mtime)[-_MOST:]
    with suppress(ValueError):
        said = _text(data)
        texts = {path: _text(path.read_bytes()) for path in reversed(kept)}
        best = process.extractOne(said, texts, scorer=fuzz.ratio)
        return best[2].read_bytes() if best else None
    return None


def _text(data: bytes) -> str:
    return " ".join(one.text for one in edits.pieces(docxparts.opened(data)))


def _identifier(data: bytes) -> str:
    with suppress(ValueError, KeyError, Refused):
        found = _ID.search(Package(data, limits.default()).read("docProps/core.xml"))
        return found[1].decode() if found else ""
    return ""
