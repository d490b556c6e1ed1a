"""The door of the intake: a folder of whatever came by mail becomes tables.

``read_folder`` reads every file below a folder and gives an ``Intake``: nothing is lost (each
file is a row of ``files`` with its reason), nothing is guessed (what is doubtful is a row of
``problems`` with its cell).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from helpers.ingestion import engine as engines
from helpers.ingestion import folder as folders
from helpers.ingestion import frames, reader, sniff
from helpers.ingestion.cache import Cache
from helpers.ingestion.folder import Content, Found
from helpers.ingestion.limits import Limits, Refused, default

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
    problems: what the reader noticed: a rule of ``knowledge/rules.csv`` whose ``by`` is ``reader``,
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
    """A file with its result."""

    name: str
    sha256: str
    result: dict


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
    store = Cache(cache, limits)
    found = folders.walk(Path(folder), limits)
    lookups: Lookups = {}
    job = _Job(store, limits, lookups)
    opened = engines.dask(scheduler, limits) if engine == "dask" else engines.local(workers, limits)
    with opened as mapped:
        read = [one for many in mapped(job, found) for one in many]
    read.sort(key=lambda one: one.name)
    return gather(read, lookups)


class _Job:
    """What is done for each file of the folder; safe to call from several threads."""

    def __init__(self, store: Cache, limits: Limits, lookups: Lookups):
        self.store, self.limits, self.lookups = store, limits, lookups

    def __call__(self, file: Found, read: engines.Read) -> list[Read]:
        content = folders.load(file, self.limits)
        if content.reason:
            return [_refused(content)]
        try:
            archive = content.form == "zip" and folders.is_archive(content, self.limits)
            if not archive:
                return [self._read(content, read)]
            inner = list(self._members(content, read))
        except Refused as refusal:
            form = refusal.form or folders._container(content.form, content.name)
            return [_refused(content, form, refusal.reason)]
        reason = f"A zip of {len(inner)} files: each is listed" if inner else "An empty zip"
        return [_refused(content, "zip", reason), *inner]

    def _members(self, archive: Content, read: engines.Read) -> Iterable[Read]:
        for member in folders.members(archive, self.limits):
            if member.reason:
                yield _refused(member)
                continue
            try:
                nested = member.form == "zip" and folders.is_archive(member, self.limits)
            except Refused as refusal:
                yield _refused(member, folders._container("zip", member.name), refusal.reason)
                continue
            if nested:
                yield _refused(member, "zip", "A zip inside a zip is not opened: unpack it")
            else:
                yield self._read(member, read)

    def _read(self, content: Content, read: engines.Read) -> Read:
        result = self._cached(content.sha256)
        if result is None:
            result, lookup = read(content.data)
            if lookup:
                self.lookups[result["lookup"]] = lookup
                self.store.put(f"lookup-{result['lookup']}", lookup)
            self.store.put(content.sha256, result)
        return Read(content.name, content.sha256, _with_extension(result, content.name))

    def _cached(self, sha256: str) -> dict | None:
        result = self.store.get(sha256)
        if not isinstance(result, dict) or result.keys() != reader.empty("", "").keys():
            return None
        name = result["lookup"]
        if name and name not in self.lookups:
            lookup = self.store.get(f"lookup-{name}")
            if not isinstance(lookup, list):
                return None
            self.lookups[name] = lookup
        return result


def _refused(content: Content, form: str = "", reason: str = "") -> Read:
    result = reader.empty(form or content.form, reason or content.reason)
    return Read(content.name, content.sha256, result)


def _with_extension(result: dict, name: str) -> dict:
    """The result with a note when the file is called what it is not."""
    wanted = sniff.EXTENSIONS.get(result["form"], ())
    if not result["readable"] or not wanted or name.lower().endswith(wanted):
        return result
    base = name.rsplit("/", 1)[-1]
    extension = f".{base.rsplit('.', 1)[-1]}" if "." in base else "no extension"
    note = ["extension-differs", "", "", "", extension, wanted[0]]
    return {**result, "problems": [note, *result["problems"]]}


def gather(read: list[Read], lookups: Lookups) -> Intake:
    """The tables of what was read, files in the order given."""
    tables = frames.tables([(one.name, one.sha256, one.result) for one in read], lookups)
    return Intake(**{field.name: tables[field.name] for field in fields(Intake)})
