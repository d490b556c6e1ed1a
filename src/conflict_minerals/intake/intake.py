"""The door of the intake: a folder of whatever came by mail becomes tables.

``read_folder`` reads every file below a folder and gives an ``Intake``: nothing is lost (each
file is a row of ``files`` with its reason), nothing is guessed (what is doubtful is a row of
``problems`` with its cell).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pandas as pd

from conflict_minerals.cmrt import FORM_EXTENSIONS, UNFORESEEN, nothing_read
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.limits import Limits, Refused, default
from conflict_minerals.intake import engine as engines
from conflict_minerals.intake import folder as folders
from conflict_minerals.intake import frames
from conflict_minerals.intake.folder import Content, Found
from conflict_minerals.store.cache import Cache

# Files whose results are held before they are put into tables.
_PART = 250
_PART_TEXT = 16_000_000  # or characters in them, whichever is reached first
# The look-up sheets by the digest under which the results name them.
Lookups = dict[str, list[list]]


@dataclass(frozen=True)
class Intake:
    """What the files of a folder say; every table sorted, blanks as ``""``, texts as ``str``.

    files: a row a file, with ``readable`` and, where it is not a template, the ``reason``.
    fields: the header block; holds personal data and is never saved.
    answers: a row a question and metal, blank answers too.
    rows: a row of a Smelter List that names a smelter in any way.
    products, mines, scope: the rows of those lists.
    lookups: the entries of the workbooks' own look-up sheets, each once, newest revision first.
    problems: what the reader noticed: a rule of ``rules.csv`` whose ``by`` is ``reader``,
    the cell, what stands there and what was expected.
    """

    files: pd.DataFrame
    fields: pd.DataFrame
    answers: pd.DataFrame
    rows: pd.DataFrame
    products: pd.DataFrame
    lookups: pd.DataFrame
    mines: pd.DataFrame
    scope: pd.DataFrame
    problems: pd.DataFrame


@dataclass(frozen=True)
class Read:
    """A file with its result; ``inside`` a zip; ``why`` nothing was read of it at all.

    ``passing`` for a refusal that another run may not repeat, such as a reader that died.
    """

    name: str
    sha256: str
    result: dict
    inside: bool = False
    why: str = ""
    passing: bool = False


def read_folder(
    folder: Path,
    *,
    cache: Path | None = None,
    workers: int = 1,
    engine: str = "local",
    scheduler: str = "",
    limits: Limits | None = None,
) -> Intake:
    """Read every file below ``folder``, whose first folders are named for the suppliers.

    ``cache`` keeps what was read; ``workers`` reading processes run at a time on this machine,
    or those of the dask cluster at ``scheduler`` with ``engine="dask"``. The result is the same.

    Raises:
        InputError: the cluster cannot be used. A file never raises.
    """
    limits = limits or default()
    store = Cache(cache, limits.as_dict(), pd.__version__)
    found = folders.walk(Path(folder), limits)
    lookups: Lookups = {}
    job = _Job(store, limits, lookups)
    names = [field.name for field in fields(Intake)]
    if store.folder and any(store.folder.glob("tables-*")):
        kept = store.tables(_key(_hashed(found, limits, workers)), names)
        if kept is not None:
            return Intake(**kept)
    remote = engine == "dask"
    opened = engines.dask(scheduler, limits) if remote else engines.local(workers, limits)
    whole = _Whole(limits, lookups)
    with opened as mapped:
        for read in mapped(job, found):
            whole.add(read)
    tables = whole.tables()
    if not whole.lost:
        store.put_tables(_key(whole.tops), tables)
    return Intake(**{name: tables[name] for name in names})


class _Whole:
    """What was read so far: as tables, which take little room, but for the last few files."""

    def __init__(self, limits: Limits, lookups: Lookups):
        self.limits, self.lookups = limits, lookups
        self.told: set[str] = set()
        self.weight = self.settled = 0
        self.parts: list[dict[str, pd.DataFrame]] = []
        self.latest: list[Read] = []
        self.sheets: list[tuple[str, dict]] = []
        self.tops: list[tuple[str, str, str]] = []
        self.lost = False

    def add(self, read: list[Read]) -> None:
        for one in map(self._bounded, read):
            self.latest.append(one)
            self.lost = self.lost or one.passing
            if not one.inside:
                self.tops.append((one.name, one.sha256, one.why))
            if one.result["lookup"]:
                kept = {name: one.result[name] for name in ("lookup", "template", "version")}
                self.sheets.append((one.name, kept))
        if len(self.latest) >= _PART or self.weight - self.settled > _PART_TEXT:
            self._settle()

    def _bounded(self, one: Read) -> Read:
        """What was read of a file, unless the files before it say as much as may be held."""
        name = one.result["lookup"]
        weight = _weight(one.result)
        if name and name not in self.told:
            weight += sum(map(_length, self.lookups[name]))
        if self.weight + weight > self.limits.folder_text:
            return _put_aside(one, "the files before it", self.limits.folder_text)
        self.weight += weight
        self.told.add(name)
        return one

    def _settle(self) -> None:
        self.settled = self.weight
        self.parts.append(frames.tables([(o.name, o.sha256, o.result) for o in self.latest]))
        self.latest = []

    def tables(self) -> dict[str, pd.DataFrame]:
        self._settle()
        lookups = frames.lookups_of(self.sheets, self.lookups)
        return {**frames.joined(self.parts), "lookups": lookups}


def _weight(result: dict) -> int:
    """How many characters a file says."""
    return sum(_length(line) for lines in result.values() if isinstance(lines, list)
               for line in lines)  # fmt: skip


def _length(line: list) -> int:
    return sum(len(str(cell)) for cell in line)


def _put_aside(one: Read, others: str, most: int) -> Read:
    reason = f"Left aside: {others} say more than {most:,} characters with it"
    return replace(one, result=nothing_read(one.result["form"], reason))


def _key(files: list[tuple[str, str, str]]) -> str:
    """A key for files by name, hash and the reason for which any is not read."""
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()[:32]


def _hashed(found: list[Found], limits: Limits, workers: int) -> list[tuple[str, str, str]]:
    """Name, hash and reason of each file, without reading what it says."""

    def one(file: Found) -> tuple[str, str, str]:
        content = folders.load(file, limits)
        return content.name, content.sha256, content.reason

    with ThreadPoolExecutor(max(1, workers)) as pool:
        return list(pool.map(one, found))


class _Job:
    """What is done for each file of the folder; safe to call from several threads."""

    def __init__(self, store: Cache, limits: Limits, lookups: Lookups):
        self.store, self.limits, self.lookups = store, limits, lookups

    def __call__(self, file: Found, read: engines.Read) -> list[Read]:
        content = folders.load(file, self.limits)
        if content.reason:
            return [_refused(content, why=content.reason)]
        try:
            return self._contents(content, read)
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001 - one file must not stop the others
            reason = f"{UNFORESEEN} ({type(error).__name__}): please report it"
            return [replace(_refused(content, reason=reason), passing=True)]

    def _contents(self, content: Content, read: engines.Read) -> list[Read]:
        try:
            if not folders.is_archive(content, self.limits):
                return [self._read(content, read)]
            inner = list(self._members(content, read))
        except Refused as refusal:
            return [_refused(content, refusal.form, refusal.reason)]
        return [_refused(content, "zip", folders.listed(content, len(inner), self.limits)), *inner]

    def _members(self, archive: Content, read: engines.Read) -> Iterable[Read]:
        weight = 0
        for member in folders.members(archive, self.limits):
            if member.reason:
                one = _refused(member)
            else:
                try:
                    nested = folders.is_archive(member, self.limits)
                    reason = "A zip inside a zip is not opened: unpack it"
                    one = _refused(member, "zip", reason) if nested else self._read(member, read)
                except Refused as refusal:
                    one = _refused(member, refusal.form, refusal.reason)
            weight += _weight(one.result)
            if weight > self.limits.zip_text:
                weight -= _weight(one.result)
                one = _put_aside(one, "the files before it in the zip", self.limits.zip_text)
            yield replace(one, inside=True)

    def _read(self, content: Content, read: engines.Read) -> Read:
        result = self._cached(content.sha256)
        if result is None:
            result, lookup, lost = read(content.data)
            if result is None:
                # Not kept: on another day the machine may be less busy.
                return replace(_refused(content, reason=lost), passing=True)
            if lookup:
                self.lookups[result["lookup"]] = lookup
                self.store.put(f"lookup-{result['lookup']}", lookup)
            self.store.put(content.sha256, result)
        return Read(content.name, content.sha256, _with_extension(result, content.name))

    def _cached(self, sha256: str) -> dict | None:
        result = self.store.get(sha256)
        if not isinstance(result, dict) or result.keys() != nothing_read("", "").keys():
            return None
        name = result["lookup"]
        if name and name not in self.lookups:
            lookup = self.store.get(f"lookup-{name}")
            if not isinstance(lookup, list):
                return None
            self.lookups[name] = lookup
        return result


def _refused(content: Content, form: str = "", reason: str = "", why: str = "") -> Read:
    form = form or folders.container(content.form, content.name)
    result = nothing_read(form, reason or content.reason)
    return Read(content.name, content.sha256, result, why=why)


def _with_extension(result: dict, name: str) -> dict:
    """The result with a note when the file is called what it is not."""
    wanted = FORM_EXTENSIONS.get(result["form"], ())
    if not result["readable"] or not wanted or name.lower().endswith(wanted):
        return result
    base = name.rsplit("/", 1)[-1]
    extension = f".{base.rsplit('.', 1)[-1]}" if "." in base else "no extension"
    note = ["extension-differs", "", "", "", extension, wanted[0]]
    return {**result, "problems": [note, *result["problems"]]}
