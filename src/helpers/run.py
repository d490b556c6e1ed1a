"""What a notebook starts with: its folders, its dates, the year's inputs, the tables before it."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from inspect import signature
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import columns, live, show, tables
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import cache, chain, injected, manifest, stamps, yearfolders
from conflict_minerals.store.whereabouts import (  # noqa: F401  what others ask of a run's places
    PROJECT,
    SANDBOX,
    Folders,
    check_year,
    folders,
    place,
    project_root,
    raw_folder,
)
from conflict_minerals.year import Inputs, load_inputs, portion_of


@dataclass(frozen=True)
class Run:
    """One notebook's run: see ``start``."""

    step: str
    folders: Folders
    inputs: Inputs
    workers: int
    engine: str
    scheduler: str
    _whole: Inputs  # of which ``inputs`` are what this step is given
    _saved: dict = field(default_factory=dict)
    _held: dict = field(default_factory=dict, repr=False)
    _digests: dict = field(default_factory=dict, repr=False)  # of what each step is given

    whole = property(lambda self: self._whole)  # for what a decision would move in later notebooks
    year = property(lambda self: self.folders.year)
    raw = property(lambda self: self.folders.raw)
    processed = property(lambda self: self.folders.processed)
    outputs = property(lambda self: self.folders.outputs)
    as_of = property(lambda self: self.folders.as_of)
    against = property(lambda self: self.folders.against)

    @property
    def cache(self) -> Path:
        """A folder for what can be made again: see ``store/cache.py``."""
        return cache.place()

    @property
    def staged(self) -> bool:
        """The chain runs this notebook and swaps its folders in when every notebook has run."""
        return yearfolders.is_staged(self.outputs)

    @cached_property
    def parameters(self) -> dict:
        """What the run was asked for, without a path: as the manifest and the stamps keep it."""
        return self.folders.parameters

    def heading(self) -> show.Shown:
        """The dates, the comparison and the digest that everything below rests on."""
        program = self.inputs.program
        facts = [
            ("Registrant", program["registrant"]["name"]),
            ("Reporting period", f"calendar year {self.year}"),
            ("Review date", f"{self.as_of}{' (hindsight)' if self.folders.hindsight else ''}"),
            ("Compared with", str(self.parameters["against"] or "no other year")),
            ("Digest of the inputs" if "*" in self._step.reads else
             "Digest of the inputs that this notebook is given", self.inputs.digest),
        ]
        if program["illustration"]:
            facts.append(("Illustration", program["illustration_note"]))
        shown = show.facts(facts)
        return show.Shown(show.STYLE + live.script() + shown.markup, shown.plain)

    def read(self, table: str, columns: tuple[str, ...] | list[str] | None = None) -> pd.DataFrame:
        """A table that an earlier step of this very run saved; whole, or of what may be millions
        of rows the ``columns`` named, then with texts as categoricals (``tables.read``).

        Raises:
            InputError: it is not there, was made from other inputs, another date or another
                comparison, or was changed since.
            ValueError: ``chain.csv`` does not say that this step reads it.
        """
        if table not in self._step.reads + self._step.writes:
            raise ValueError(f"chain.csv does not say that {self.step} reads {table}")
        for step in chain.steps():
            own = step.step == self.step
            stamp = self._saved if own else stamps.read(self.processed, step.step)
            if stamp and table in stamp["tables"]:
                found = stamps.stale(self.processed, step, stamp, self._parts, self.parameters)
                if found:
                    self._stop(*found)
                path = self.processed / f"{table}.parquet"
                if not path.is_file() or manifest.sha256(path) != stamp["tables"][table]:
                    self._stop(step, f"the table {table} is not as the notebook left it")
                if columns:  # no longer held than it is used
                    return tables.read(table, self.processed, list(columns))
                return self._table(table, stamp["tables"][table])
            if own:
                break
        writer = next((s for s in chain.steps() if table in s.writes), None)
        if table in self._step.writes and stamps.read(self.processed, self.step):
            raise InputError(f"this run has not made the table {table}", file=self._step.notebook,
                             fix=f"Run its cells, or read it with start({chain.names()[-1]!r})")
        raise InputError(f"the table {table} is not there yet", file=self._step.notebook,
                         fix=f"Run notebook {writer.notebook} first" if writer else "")

    def _table(self, name: str, digest: str) -> pd.DataFrame:
        # Several cells look at one table; what a cell assigns to a copy reaches no other.
        if self._held.get(name, ("",))[0] != digest:
            self._held[name] = (digest, tables.read(name, self.processed))
        return self._held[name][1].copy(deep=False)

    def save(self, **frames: pd.DataFrame) -> pd.DataFrame:
        """Shape, check and write tables; gives back ``table, rows, columns``.

        Raises:
            pandera.errors.SchemaErrors: a table is not as ``tables.csv`` describes it.
            InputError: another run holds the year.
            ValueError: ``chain.csv`` does not say that this step writes it.
        """
        undeclared = sorted(set(frames) - set(self._step.writes))
        if undeclared:
            raise ValueError(f"chain.csv does not say that {self.step} writes {undeclared[0]}")
        if self.staged:
            return self._save(frames)
        with yearfolders.lock(self.processed):
            return self._save(frames)

    def _save(self, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
        written = []
        hashes = dict(self._saved.get("tables", {}))
        for name in sorted(frames):
            frame = tables.write(frames[name], name, self.processed)
            hashes[name] = manifest.sha256(self.processed / f"{name}.parquet")
            written.append((name, *frame.shape))
        self._saved.update(stamps.write(self.processed, self._step, self.inputs, self.parameters,
                                        hashes, chained=self.staged))
        return pd.DataFrame(written, columns=["table", "rows", "columns"])

    @cached_property
    def _step(self) -> chain.Step:
        return next(s for s in chain.steps() if s.step == self.step)

    def _parts(self, step: chain.Step) -> dict[str, str]:
        if step.step not in self._digests:
            self._digests[step.step] = portion_of(self._whole, step).parts
        return self._digests[step.step]

    def _stop(self, step, why: str):
        raise InputError(f"the tables of {step.notebook} are stale: {why}",
                         file=self._step.notebook, fix=f"Run {step.notebook} again")


def start(
    step: str, *, year=2018, raw="", processed="", outputs="", as_of="", against=""
) -> Run:
    """Begin a step: check the parameters, load and check the inputs, find the folders.

    Blank folders mean ``data/raw/<year>``, ``data/processed/<year>`` and ``outputs/<year>`` of the
    project, whatever the working directory. A review date other than that of ``program.yml``
    needs outputs of its own.

    Raises:
        InputError: a parameter or an input is wrong.
    """
    known = {one.step: one for one in chain.steps()}
    if step not in known:
        raise InputError(f"{step!r} is not a step", fix=f"Known are {', '.join(known)}")
    injected.check([name for name in signature(start).parameters if name != "step"])
    check_year(year)
    loaded = load_inputs(raw_folder(year, raw), year)
    columns.hold(len(loaded.suppliers))
    found = folders(loaded.program, year=year, raw=raw, processed=processed, outputs=outputs,
                    as_of=as_of, against=against)  # fmt: skip
    if not yearfolders.is_staged(found.outputs):
        yearfolders.check_frozen(found.outputs, year, found.raw)
    found.processed.mkdir(parents=True, exist_ok=True)
    return Run(step=step, folders=found, inputs=portion_of(loaded, known[step]), _whole=loaded,
               **power())  # fmt: skip


def power() -> dict:
    """Workers, engine and scheduler as the command line set them: no word of them is kept."""
    engine = os.environ.get("HELPERS_ENGINE", "") or "local"
    if engine not in ("local", "dask"):
        raise InputError(f"{engine!r} is not local or dask", file="--engine")
    workers = os.environ.get("HELPERS_WORKERS", "") or str(_cores())
    if not workers.isdigit() or int(workers) < 1:
        raise InputError(f"{workers!r} is not a number of workers", file="--workers")
    scheduler = os.environ.get("HELPERS_SCHEDULER", "")
    return {"workers": int(workers), "engine": engine, "scheduler": scheduler}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
