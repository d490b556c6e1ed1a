"""manifest.json: what a run was made from and what it made, by hash, no word of the machine."""

import contextlib
import hashlib
import json
import platform
import re
from importlib import metadata
from pathlib import Path

from conflict_minerals.ground import schemas
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import cache

NAME = "manifest.json"
# Made after the manifest: the front door carries the manifest's hash. It is sealed by itself.
INDEX = "index.html"
_BESIDES = {NAME, INDEX, "frozen.json", ".staging"}
_MEND = "Put it back as the run wrote it, or run `report` again"
_LITTER = re.compile(r"^(\.DS_Store|Thumbs\.db|desktop\.ini|~\$.*|\.~lock\..*#|\.nfs.*)$", re.I)
_SEAL = re.compile(rb"<!-- seal ([0-9a-f]{64}) -->\n\Z")
_PACKAGES = (
    "conflict-minerals-workbook", "pandas", "numpy", "pyarrow", "xlrd", "babel",
    "rapidfuzz", "duckdb", "matplotlib", "nbconvert", "papermill", "python-docx", "XlsxWriter",
    "Jinja2",
)  # fmt: skip


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _hash(path: Path, seen: dict) -> str:
    """As ``sha256``; from ``seen`` for a file that nobody touched since."""
    there = path.stat()
    mark = there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns
    if path not in seen or seen[path][0] != mark:
        seen[path] = mark, sha256(path)
    return seen[path][1]


def is_litter(name: str) -> bool:
    """What file managers and office programs leave in a folder that they look at."""
    return bool(_LITTER.match(name))


def files_of(folder: Path, *, litter: bool = False) -> list[str]:
    """All that is no folder below a folder, as sorted POSIX paths, the litter if asked for."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if (path.is_symlink() or not path.is_dir()) and (litter or not is_litter(path.name))
    )


def build(
    outputs: Path, *, year: int, digest: str, inputs: dict[str, str], parameters: dict
) -> bytes:
    """The manifest of a folder of outputs as it lies there now."""
    made = {
        "schema": schemas.newest(NAME),
        "year": year,
        "digest": digest,
        "parameters": parameters,
        "versions": {"code": cache.version(), **versions()},
        "inputs": inputs,
        "outputs": {f: sha256(outputs / f) for f in files_of(outputs) if f not in _BESIDES},
    }
    return (json.dumps(made, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def versions() -> dict[str, str]:
    """The versions of what decides the bytes of the outputs, besides the program's own code."""
    out = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            out[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return out


def read(outputs: Path) -> dict:
    """The manifest of a folder of outputs.

    Raises:
        InputError: there is none, or it is not one of this workbook's.
    """
    if not (outputs / NAME).is_file():
        raise InputError(
            "there is no manifest of a finished run", file=outputs.name, fix="Run `report` first"
        )
    made = read_json(outputs / NAME)
    if type(made.get("schema")) is int:
        schemas.check(NAME, str(made["schema"]))
    hashes = [made.get("inputs"), made.get("outputs")]
    form = {"schema": int, "year": int, "digest": str, "parameters": dict}
    if (
        any(type(made.get(key)) is not kind for key, kind in form.items())
        or not all(isinstance(held, dict) for held in hashes)
        or not all(isinstance(sha, str) for held in hashes for sha in held.values())
        or not made["outputs"]
    ):
        raise InputError("is no manifest of this workbook", file=NAME, fix=_MEND)
    return made


def read_json(path: Path) -> dict:
    """What a JSON file of the outputs says: whoever had it since may have written anything.

    Raises:
        InputError: it cannot be read or holds no object.
    """
    with contextlib.suppress(ValueError, RecursionError):
        if path.is_file() and isinstance(found := json.loads(path.read_bytes()), dict):
            return found
    raise InputError("is damaged: it holds no JSON object", file=path.name, fix=_MEND)


def changed(
    outputs: Path, made: dict, *, litter: bool = False, seen: dict | None = None
) -> list[tuple[str, str]]:
    """Files that are not as the run left them, each with ``edited``, ``removed`` or ``added``.

    A link in the place of a file is edited, whatever it leads to. ``litter`` counts what viewers
    leave, and a run's own mark, as added. What was merely removed can be made again: it is last.
    ``seen`` is filled: given again, only files are read that somebody touched since.
    """
    seen = {} if seen is None else seen
    there = set(files_of(outputs, litter=litter))
    edited = [
        (file, "edited")
        for file, sha in made["outputs"].items()
        if file in there and (not _is_own(outputs / file) or _hash(outputs / file, seen) != sha)
    ]
    for file in sorted(there & (_BESIDES - {".staging"})):
        path = outputs / file
        if not _is_own(path) or (file == INDEX and not is_sealed(path.read_bytes())):
            edited.append((file, "edited"))
    besides = _BESIDES - {".staging"} if litter else _BESIDES
    added = [(f, "added") for f in sorted(there - set(made["outputs"]) - besides)]
    removed = [(f, "removed") for f in made["outputs"] if f not in there]
    return edited + added + removed


def differ(one: dict, other: dict) -> list[tuple[str, str]]:
    """What two machines made differently: each file, and what stands in one manifest alone."""
    found = []
    for held, said in (("inputs", "was another input there"), ("outputs", "is not the same there")):
        names = sorted(set(one[held]) | set(other[held]))
        found += [(n, said) for n in names if one[held].get(n) != other[held].get(n)]
    return found


def _is_own(path: Path) -> bool:
    """A file that lies there itself: no link, pipe or device."""
    return path.is_file() and not path.is_symlink()


def seal(page: bytes) -> bytes:
    """A page with the hash of itself as its last line."""
    return page + f"<!-- seal {hashlib.sha256(page).hexdigest()} -->\n".encode()


def is_sealed(page: bytes) -> bool:
    found = _SEAL.search(page)
    return bool(found) and hashlib.sha256(page[: found.start()]).hexdigest().encode() == found[1]
