"""manifest.json: what a run was made from and what it made, by hash, no word of the machine."""

import hashlib
import json
import platform
import re
from importlib import metadata
from pathlib import Path

from helpers.errors import InputError

NAME = "manifest.json"
# Made after the manifest: the front door carries the manifest's hash. It is sealed by itself.
INDEX = "index.html"
_BESIDES = {NAME, INDEX, "frozen.json", ".staging"}
_LITTER = re.compile(r"^(\.DS_Store|Thumbs\.db|desktop\.ini|~\$.*|\.~lock\..*#|\.nfs.*)$", re.I)
_SEAL = re.compile(rb"<!-- seal ([0-9a-f]{64}) -->\n\Z")
_PACKAGES = (
    "conflict-minerals-workbook", "pandas", "numpy", "pyarrow", "openpyxl", "xlrd", "babel",
    "rapidfuzz", "duckdb", "matplotlib", "nbconvert", "papermill", "python-docx", "XlsxWriter",
    "Jinja2",
)  # fmt: skip


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_litter(name: str) -> bool:
    """What file managers and office programs leave in a folder that they look at."""
    return bool(_LITTER.match(name))


def files_of(folder: Path) -> list[str]:
    """Every file below a folder but the litter, as sorted POSIX paths."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if (path.is_file() or path.is_symlink()) and not is_litter(path.name)
    )


def build(
    outputs: Path, *, year: int, digest: str, inputs: dict[str, str], parameters: dict
) -> bytes:
    """The manifest of a folder of outputs as it lies there now."""
    made = {
        "schema": 1,
        "year": year,
        "digest": digest,
        "parameters": parameters,
        "versions": {"python": platform.python_version(), **_versions()},
        "inputs": inputs,
        "outputs": {f: sha256(outputs / f) for f in files_of(outputs) if f not in _BESIDES},
    }
    return (json.dumps(made, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def _versions() -> dict[str, str]:
    out = {}
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
    try:
        made = json.loads((outputs / NAME).read_bytes())
        if made["schema"] == 1 and made["outputs"] and made["parameters"] is not None:
            return made
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise InputError(
        "there is no manifest of a finished run", file=outputs.name, fix="Run `report` first"
    )


def changed(outputs: Path, made: dict) -> list[tuple[str, str]]:
    """Files that are not as the run left them, each with ``edited``, ``removed`` or ``added``.

    What was merely removed can be made again, so it stands last.
    """
    there = set(files_of(outputs))
    edited = [
        (file, "edited")
        for file, sha in made["outputs"].items()
        if file in there and sha256(outputs / file) != sha
    ]
    if INDEX in there and not is_sealed((outputs / INDEX).read_bytes()):
        edited.append((INDEX, "edited"))
    added = [(f, "added") for f in sorted(there - set(made["outputs"]) - _BESIDES)]
    removed = [(f, "removed") for f in made["outputs"] if f not in there]
    return edited + added + removed


def seal(page: bytes) -> bytes:
    """A page with the hash of itself as its last line."""
    return page + f"<!-- seal {hashlib.sha256(page).hexdigest()} -->\n".encode()


def is_sealed(page: bytes) -> bool:
    found = _SEAL.search(page)
    return bool(found) and hashlib.sha256(page[: found.start()]).hexdigest().encode() == found[1]
