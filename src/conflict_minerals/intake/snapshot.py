"""The tables of a whole folder as they were last read, for a second run over the same files.

A snapshot is taken for the very same names and bytes only; it is found by a digest of them all.
Like the rest of the cache it may be deleted at any time, and what is damaged is not used.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from functools import cache
from importlib.resources import files as sources
from pathlib import Path

import pandas as pd

_KEPT = 3


class Snapshots:
    """The snapshots below a folder, which is that of one reader's version and its limits."""

    def __init__(self, folder: Path | None):
        self.folder = folder / "folders" if folder else None
        if folder:
            forget(folder)

    def any(self) -> bool:
        """Whether there is one at all, so that looking for it may pay."""
        return self.folder is not None and self.folder.is_dir()

    def load(self, key: str, names: list[str]) -> dict[str, pd.DataFrame] | None:
        """The tables under a key; ``None`` when they are not there whole."""
        if self.folder is None:
            return None
        place = self.folder / key
        try:
            sums = json.loads((place / "sums.json").read_text(encoding="utf-8"))
            found = {}
            for name in names:
                file = place / f"{name}.parquet"
                if hashlib.sha256(file.read_bytes()).hexdigest() != sums[name]:
                    return None
                found[name] = pd.read_parquet(file)
            os.utime(place)
            return found
        except (OSError, ValueError, KeyError):
            return None

    def save(self, key: str, tables: dict[str, pd.DataFrame]) -> None:
        """Keep the tables under a key; what cannot be kept costs only time later."""
        if self.folder is None or (self.folder / key).exists():
            return
        new = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            new = Path(tempfile.mkdtemp(dir=self.folder, prefix=".new-"))
            sums = {}
            for name, table in tables.items():
                table.to_parquet(new / f"{name}.parquet", index=False, compression="zstd")
                content = (new / f"{name}.parquet").read_bytes()
                sums[name] = hashlib.sha256(content).hexdigest()
            (new / "sums.json").write_text(json.dumps(sums), encoding="utf-8")
            os.replace(new, self.folder / key)
            self._prune()
        except OSError:
            if new is not None:
                shutil.rmtree(new, ignore_errors=True)

    def _prune(self) -> None:
        """Keep the newest few: years and drafts come and go."""
        places = [place for place in self.folder.iterdir() if not place.name.startswith(".")]
        places.sort(key=lambda place: place.stat().st_mtime, reverse=True)
        for place in places[_KEPT:]:
            shutil.rmtree(place, ignore_errors=True)


def key_of(files: list[tuple[str, str, str]]) -> str:
    """A key for files by name, hash and the reason for which any is not read."""
    text = json.dumps([package_digest(), pd.__version__, files], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def forget(folder: Path) -> None:
    """Make room for a new version's folder: of those named alike the newest two stay."""
    if folder.exists() or not folder.parent.is_dir():
        return
    kind = folder.name.split("-", 1)[0]
    others = [place for place in folder.parent.glob(f"{kind}-*") if place.is_dir()]
    others.sort(key=lambda place: place.stat().st_mtime, reverse=True)
    for place in others[2:]:
        shutil.rmtree(place, ignore_errors=True)


@cache
def package_digest() -> str:
    """A digest of this package's code and tables: a rule that is changed is a rule asked anew."""
    total = hashlib.sha256()
    for path in sorted(_sources(sources("conflict_minerals")), key=str):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:16]


def _sources(folder):
    for path in folder.iterdir():
        if path.is_dir():
            yield from _sources(path)
        elif path.name.endswith((".py", ".csv")):
            yield path
