"""What was read before, by a file's hash and the reader's version; safe to delete at any time."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zlib
from pathlib import Path

from conflict_minerals.cmrt import reader_version
from conflict_minerals.ground.limits import Limits


class Cache:
    """A folder of results, one file each, written whole or not at all.

    What is damaged, of another version or read under other limits is as good as not there.
    It holds what files say, personal data too: it belongs beside the processed tables.
    """

    def __init__(self, folder: Path | None, limits: Limits):
        self.folder: Path | None = None
        if folder is not None:
            settings = json.dumps(limits.as_dict(), sort_keys=True).encode()
            name = f"reading-{reader_version()}-{hashlib.sha256(settings).hexdigest()[:8]}"
            self.folder = Path(folder) / name

    def get(self, key: str) -> object | None:
        """What was put under a key; ``None`` when nothing sound is there."""
        if self.folder is None:
            return None
        try:
            content = self._path(key).read_bytes()
            checksum, packed = content[:32], content[32:]
            if hashlib.sha256(key.encode() + packed).digest() != checksum:
                return None
            return json.loads(zlib.decompress(packed))
        except (OSError, ValueError, zlib.error):
            return None

    def put(self, key: str, content: object) -> None:
        """Keep something; a full disk or a folder that cannot be written costs only time later."""
        if self.folder is None:
            return
        packed = zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 1)
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        except OSError:
            return
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(key.encode() + packed).digest() + packed)
            os.replace(temporary, path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key
