"""The files below a year's folder of inputs: which there are, and what each holds, by its hash."""

import hashlib
import json
import os
import re
import stat
from pathlib import Path

from conflict_minerals.ground.zips import apart

# Not part of the digest: a signature cannot sign itself; what came back and what was filed answer
# to outputs.
UNDIGESTED = ("signoff.csv", "returned", "filed")
# What editors and file managers leave behind while a file is open. Below cmrt/ they count as
# received files all the same, since there each file is to be seen.
LITTER = re.compile(r"^(\.|~\$)|~$|^(Thumbs\.db|desktop\.ini)$", re.I)


def hashes(raw: Path) -> dict[str, str]:
    """The sha256 of every input below a folder that can be read, by its POSIX path."""
    return read(raw)[0]


def read(raw: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The sha256 of each input, and of those that cannot be read the reason."""
    paths, unread = walk(raw)
    out = {}
    for file, path in paths.items():
        if file.startswith("filed/"):  # written by freeze after the run; frozen.json holds its hash
            continue
        try:
            with path.open("rb") as stream:
                out[file] = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            unread[file] = error.strerror
    return out, unread


def walk(raw: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """Where each input below a folder lies, by its POSIX path; what cannot be looked at, and why.

    A name that is not UTF-8 has a sign in the place of each byte that is none.
    """
    found: list[tuple[bytes, Path]] = []
    closed: list[tuple[bytes, str]] = []

    def bare(path: Path) -> bytes:
        return os.fsencode(path.relative_to(raw).as_posix())

    def shut(error: OSError) -> None:
        if not isinstance(error, NotADirectoryError):  # a link at the top to a file
            closed.append((bare(Path(error.filename)), error.strerror))

    # A folder at the top may be a link to where people keep it; it is read, so it is hashed.
    linked = [path for path in raw.iterdir() if path.is_symlink()]
    for start in [raw, *linked]:
        for here, _, names in os.walk(start, onerror=shut):
            for path in (Path(here, name) for name in names):
                parts = path.relative_to(raw).parts
                if parts[0] == "inbox":  # nothing of it counts before a person files it
                    continue
                # A link that lies among received files or documents is not followed by the reader,
                # nor here: what it points to was not received, and has no place in the evidence.
                linked = (parts[0] in ("cmrt", "evidence") and len(parts) > 1
                          and os.path.islink(path))  # fmt: skip
                litter = any(LITTER.search(part) for part in parts)
                kept = not linked and (parts[0] == "cmrt" and len(parts) > 1 or not litter)
                try:
                    if kept and stat.S_ISREG(os.stat(path).st_mode):
                        found.append((bare(path), path))
                except OSError as error:
                    shut(error)
    taken: dict[str, int] = {}
    return (
        {apart(name.decode(errors="replace"), taken): path for name, path in sorted(found)},
        {name.decode(errors="replace"): why for name, why in sorted(closed)},
    )


def digest(hashes: dict[str, str]) -> str:
    """One digest of the inputs and their hashes, whatever their order."""
    kept = {f: sha for f, sha in sorted(hashes.items()) if f.split("/")[0] not in UNDIGESTED}
    return hashlib.sha256(json.dumps(kept, ensure_ascii=True).encode()).hexdigest()
