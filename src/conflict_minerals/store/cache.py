"""What was made before by this very code from the same bytes; safe to delete at any time.

It lies in the user's own cache folder, which ``--cache`` or ``HELPERS_CACHE`` moves, and holds
what files say, personal data too: files of mode 0600 in folders of mode 0700. Each entry is signed
with a secret that lies beside them, so that one that came from elsewhere is not believed. Whoever
can read the secret can sign; no more than that is shown by a signature.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import shutil
import tempfile
import zlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

VARIABLE = "HELPERS_CACHE"
_MOST = 1 << 30  # bytes of an entry when it is inflated
_SOURCES = (".py", ".csv", ".md", ".txt", ".html", ".j2", ".css")
_VERSIONS, _TABLES = 3, 12  # of the code, and of whole folders' tables, that are kept


def place() -> Path:
    """The folder of the cache, which need not be there."""
    from platformdirs import user_cache_path

    return Path(os.environ.get(VARIABLE) or user_cache_path("conflict-minerals-workbook"))


@cache
def version() -> str:
    """A digest of this package's code and tables: what either made is made anew when it changes."""
    total = hashlib.sha256()
    for path in sorted(_sources(files("conflict_minerals")), key=lambda p: p.as_posix()):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:16]


def _sources(folder):
    for path in folder.iterdir():
        if path.is_dir():
            yield from _sources(path)
        elif path.name.endswith(_SOURCES):
            yield path


class Cache:
    """A folder of entries, each written whole or not at all; what is not sound is not there."""

    def __init__(self, folder: Path | None, *settings: object):
        self.folder: Path | None = None
        if folder is None:
            return
        own = json.dumps([version(), *settings], sort_keys=True).encode()
        try:
            self.secret = _secret(Path(folder))
            self.folder = Path(folder) / hashlib.sha256(own).hexdigest()[:16]
            self.folder.mkdir(mode=0o700, exist_ok=True)
            os.utime(self.folder)
            _forget(self.folder.parent, _VERSIONS)
        except OSError:
            self.folder = None

    def get(self, key: str) -> object | None:
        """What was put under a key; ``None`` when nothing sound is there."""
        try:
            return json.loads(self._bytes(key) or b"null")
        except ValueError:
            return None

    def put(self, key: str, content: object) -> None:
        """Keep something; a full disk or a folder that cannot be written costs only time later."""
        self._keep(key, json.dumps(content, separators=(",", ":")).encode())

    def tables(self, key: str, names: list[str]) -> dict[str, pd.DataFrame] | None:
        """The tables that were kept under a key, if all are there."""
        if self.folder is None or not (self.folder / f"tables-{key}").is_dir():
            return None
        import io

        import pandas as pd

        held = {name: self._bytes(f"tables-{key}/{name}") for name in names}
        if not all(held.values()):
            return None
        return {name: pd.read_parquet(io.BytesIO(data)) for name, data in held.items()}

    def put_tables(self, key: str, tables: dict[str, pd.DataFrame]) -> None:
        """Keep tables under a key, with the last few others."""
        for name, table in tables.items() if self.folder else ():
            self._keep(f"tables-{key}/{name}", table.to_parquet(index=False))
        if self.folder:
            _forget(self.folder, _TABLES, "tables-*")

    def _path(self, key: str) -> Path:
        return self.folder / (key if "/" in key else f"{key[:2]}/{key}")

    def _signed(self, key: str, packed: bytes) -> bytes:
        return hmac.digest(self.secret, f"{self.folder.name}\0{key}\0".encode() + packed, "sha256")

    def _bytes(self, key: str) -> bytes | None:
        if self.folder is None:
            return None
        try:
            content = self._path(key).read_bytes()
            if not hmac.compare_digest(self._signed(key, content[32:]), content[:32]):
                return None
            engine = zlib.decompressobj()
            data = engine.decompress(content[32:], _MOST)
            return data if engine.eof else None
        except (OSError, zlib.error):
            return None

    def _keep(self, key: str, content: bytes) -> None:
        if self.folder is None:
            return
        packed, path, temporary = zlib.compress(content, 1), self._path(key), ""
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            with os.fdopen(handle, "wb") as file:
                file.write(self._signed(key, packed) + packed)
            os.replace(temporary, path)
        except OSError:
            if temporary:
                Path(temporary).unlink(missing_ok=True)


def sign(data: bytes) -> str:
    """A signature that this user's own secret alone gives; blank where none can be kept."""
    try:
        return hmac.digest(_secret(place()), b"sign\0" + data, "sha256").hex()
    except OSError:
        return ""


def clear() -> None:
    """Take away what the cache holds, and nothing else that may lie in its folder."""
    for one in place().glob("*") if place().is_dir() else ():
        if len(one.name) == 16 and not set(one.name) - set("0123456789abcdef"):
            shutil.rmtree(one, ignore_errors=True)
    (place() / "secret").unlink(missing_ok=True)


def _secret(folder: Path) -> bytes:
    """The secret of a cache, made where there is none."""
    path = folder / "secret"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for _ in range(2):
        if path.is_file() and not path.is_symlink():
            held = path.read_bytes()
            if len(held) == 32:
                return held
            path.unlink()
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(temporary, path)  # the first of several runs makes it for all
        except FileExistsError:
            pass
        finally:
            os.unlink(temporary)
    return path.read_bytes()


def _forget(folder: Path, kept: int, kind: str = "*") -> None:
    """Keep the newest few folders: versions, years and drafts come and go."""
    places = [one for one in folder.glob(kind) if one.is_dir() and not one.is_symlink()]
    for one in sorted(places, key=lambda one: one.stat().st_mtime, reverse=True)[kept:]:
        shutil.rmtree(one, ignore_errors=True)
