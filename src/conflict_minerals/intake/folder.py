"""The files that lie in the folder of returned templates, and those inside its zips."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from conflict_minerals.cmrt import FORM_REASONS, form_of_zip, sniff_form
from conflict_minerals.ground.limits import Limits, Refused, amount
from conflict_minerals.ground.zips import Package, apart, directory

_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Found:
    """A file: its name below the folder, where it lies, and why it is not read, if it is not."""

    name: str
    path: Path
    form: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Content:
    """The bytes of a file or of a zip's member, with their hash; ``reason`` when there are none."""

    name: str
    sha256: str
    data: bytes = b""
    form: str = ""
    reason: str = ""


def shown(name: str) -> str:
    """A file's name as it may be printed: what cannot be encoded or drawn becomes ``\ufffd``."""
    return _UNPRINTABLE.sub("\ufffd", name)


def walk(folder: Path, limits: Limits) -> list[Found]:
    """Every file below a folder, in the order of their names; links are not followed."""
    found: list[Found] = []

    def closed(error: OSError) -> None:
        path = Path(error.filename or folder)
        if path != folder:
            relative = shown(path.relative_to(folder).as_posix())
            reason = f"A folder that cannot be listed: {error.strerror}"
            found.append(Found(relative, path, "special", reason))

    for here, folders, names in os.walk(folder, onerror=closed, followlinks=False):
        folders.sort()
        linked = [name for name in folders if os.path.islink(os.path.join(here, name))]
        for name in sorted(names + linked):
            path = Path(here, name)
            relative = shown(path.relative_to(folder).as_posix())
            try:
                mode = os.lstat(path).st_mode
            except OSError as error:
                found.append(Found(relative, path, "special", f"Cannot be read: {error.strerror}"))
                continue
            if not stat.S_ISREG(mode):
                found.append(Found(relative, path, "special", FORM_REASONS["special"]))
                continue
            found.append(Found(relative, path))
    found.sort(key=lambda file: (file.name, os.fsencode(file.path)))
    taken: dict[str, int] = {}
    found = [replace(file, name=apart(file.name, taken)) for file in found]
    too_many = f"Left aside: the folder holds more than {limits.files:,} files"
    return [
        file if n < limits.files else Found(file.name, file.path, "unknown", too_many)
        for n, file in enumerate(found)
    ]


def load(file: Found, limits: Limits) -> Content:
    """A file's bytes and hash; of one that is too large, the hash only."""
    if file.reason:
        return Content(file.name, NOTHING, form=file.form, reason=file.reason)
    try:
        # Opened without waiting, should the file have become a pipe since it was listed.
        handle = os.open(file.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                return Content(file.name, NOTHING, form="special", reason=FORM_REASONS["special"])
            data = source.read(limits.file_bytes + 1)
            if len(data) > limits.file_bytes:
                digest = hashlib.sha256(data)
                while more := source.read(1 << 20):
                    digest.update(more)
                reason = f"Larger than {amount(limits.file_bytes)}"
                form = sniff_form(data[:4096], file.name)
                form = container(form, file.name)
                return Content(file.name, digest.hexdigest(), form=form, reason=reason)
    except OSError as error:
        reason = f"Cannot be read: {error.strerror or 'the system refuses'}"
        return Content(file.name, NOTHING, form="unknown", reason=reason)
    return examine(file.name, data)


def container(form: str, name: str) -> str:
    """The form of a file of which no more than its container is known, by the name it has."""
    if form == "zip":
        return "zip" if name.lower().endswith(".zip") else "xlsx"
    return "xls" if form == "ole" else form


def examine(name: str, data: bytes) -> Content:
    """Bytes with their hash and form; a form that is never read carries its reason."""
    form = sniff_form(data, name)
    return Content(
        name,
        hashlib.sha256(data).hexdigest(),
        data,
        form,
        FORM_REASONS.get(form, "") if form not in ("zip", "ole") else "",
    )


def members(archive: Content, limits: Limits) -> Iterator[Content]:
    """The files inside a zip of templates, each under the same limits as a file of the folder.

    Raises:
        Refused: the zip itself is damaged or beyond a limit.
    """
    package = Package(archive.data, limits)
    taken: dict[str, int] = {}
    for count, inner in enumerate(sorted(package.names)):
        name = f"{archive.name}!{apart(shown(inner), taken)}"
        if count >= limits.members:
            reason = f"Left aside: the zip holds more than {limits.members} files"
            yield Content(name, NOTHING, form="unknown", reason=reason)
            continue
        try:
            data = package.read(inner, limits.file_bytes)
        except Refused as refusal:
            yield Content(name, NOTHING, form=refusal.form or "unknown", reason=refusal.reason)
            continue
        yield examine(name, data)


def listed(archive: Content, count: int, limits: Limits) -> str:
    """What is said of a zip whose files are rows of their own, and of how their names were read."""
    codes = " and ".join(sorted(Package(archive.data, limits).assumed))
    said = f"; it does not say in which code it wrote names: taken for {codes}" if codes else ""
    return f"A zip of {count} files: each is listed{said}" if count else "An empty zip"


def is_archive(content: Content, limits: Limits) -> bool:
    """Whether the bytes are a zip of files rather than a workbook.

    Raises:
        Refused: a zip that cannot be listed.
    """
    if content.form != "zip" or b"xl/workbook.xml" in directory(content.data):
        return False
    package = Package(content.data, limits)
    mimetype = b""
    if "mimetype" in package:
        try:
            mimetype = package.read("mimetype", 4096)
        except Refused:
            mimetype = b""
    return form_of_zip(package.names, mimetype) == "zip"
