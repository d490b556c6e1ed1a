"""What a notebook starts with: its folders, its dates, the year's inputs, the tables before it."""

import os
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from inspect import signature
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import tables
from conflict_minerals.ground.csvfiles import to_date
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import cache, chain, injected, manifest, stamps, yearfolders
from conflict_minerals.year import Inputs, load_inputs, portion_of
from helpers import show

# Names a folder that takes the place of data/processed and outputs, so that tests disturb nothing.
SANDBOX = "HELPERS_SANDBOX"
PROJECT = "HELPERS_PROJECT"  # names another project folder than the one that this package lies in


def project_root() -> Path:
    """The folder that holds ``notebooks`` and ``data``, wherever the notebook was started."""
    if os.environ.get(PROJECT):
        return Path(os.environ[PROJECT])
    here = Path(__file__).resolve()
    for folder in (*here.parents, Path.cwd(), *Path.cwd().parents):
        if (folder / "notebooks").is_dir() and (folder / "data").is_dir():
            return folder
    raise InputError(
        "the project's folder is not found from here", fix="Start in the folder with notebooks/"
    )


def made_folder() -> Path:
    """The folder below which ``data/processed`` and ``outputs`` lie."""
    return Path(os.environ.get(SANDBOX) or project_root())


@dataclass(frozen=True)
class Folders:
    """Where a run reads and writes, and what was known by when."""

    year: int
    raw: Path
    processed: Path
    outputs: Path
    as_of: date
    against: Path | None
    hindsight: bool  # the review date is not the one in program.yml

    @property
    def parameters(self) -> dict:
        """What these amount to, without a path."""
        made = self.against and manifest.read(self.against)
        return {
            "year": self.year,
            "as_of": self.as_of.isoformat(),
            "hindsight": self.hindsight,
            "against": made["year"] if made else None,
            "against_manifest": manifest.sha256(self.against / manifest.NAME) if made else "",
        }


def folders(
    settings: dict, *, year=2018, raw="", processed="", outputs="", as_of="", against=""
) -> Folders:
    """Parameters, checked, with blanks filled in from ``program.yml`` and the project's layout.

    Raises:
        InputError: a parameter of the wrong form; another review date without folders of its own.
    """
    root = project_root()
    usual_processed = made_folder() / "data" / "processed" / str(year)
    usual_outputs = made_folder() / "outputs" / str(year)
    day = to_date(as_of, file="parameter as_of") or settings["as_of"]
    hindsight = day != settings["as_of"]
    result = _path(outputs) or usual_outputs
    if hindsight and _same(result, usual_outputs):
        raise InputError(
            f"the review date {day} is not that of program.yml ({settings['as_of']})",
            file="as_of",
            fix="Name a folder of its own with --outputs (in a notebook: outputs)",
        )
    between = _path(processed)
    if between is None:
        elsewhere = not _same(result, usual_outputs)
        apart = hindsight or (elsewhere and yearfolders.frozen(usual_outputs))
        between = result.parent / f"{result.name}.processed" if apart else usual_processed
    if hindsight and _same(between, usual_processed):
        raise InputError(
            f"the tables of {year} may not be replaced by those of another review date",
            file="processed",
            fix="Name a folder of its own, or leave it blank",
        )
    found = Folders(
        year=year,
        raw=_path(raw) or root / "data" / "raw" / str(year),
        processed=between,
        outputs=result,
        as_of=day,
        against=_against(against, settings["previous"], usual_outputs.parent),
        hindsight=hindsight,
    )
    _check_apart(found)
    if found.against and _same(found.against, found.outputs):
        raise InputError(
            "names the folder that this run makes", file="--against",
            fix="Name the outputs of another year, or a copy",
        )  # fmt: skip
    return found


def raw_folder(year, raw="") -> Path:
    """The folder of the year's inputs."""
    check_year(year)
    return _path(raw) or project_root() / "data" / "raw" / str(year)


def check_year(year) -> None:
    if isinstance(year, bool) or not isinstance(year, int) or not 2010 <= year <= 2100:
        raise InputError(f"{year!r} is not a reporting year", file="year", fix="For example 2018")


def _path(text) -> Path | None:
    if not isinstance(text, str | Path):
        raise InputError(f"{text!r} is not the path of a folder", file="parameters")
    return Path(text).expanduser().absolute() if str(text).strip() else None


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _against(given, previous, usual: Path) -> Path | None:
    folder = _path(given) or (usual / str(previous) if previous else None)
    if folder is not None and not (folder / manifest.NAME).is_file():
        where = "--against" if given else "program.yml, previous"
        made = f"Make them with make report YEAR={previous}, or leave previous blank"
        fix = "Name a folder with a manifest.json" if given else made
        raise InputError(
            f"there are no finished outputs in {folder.name}/ to compare with", file=where, fix=fix
        )
    return folder


def _check_apart(found: Folders) -> None:
    places = [("raw", found.raw), ("processed", found.processed), ("outputs", found.outputs)]
    places = [(name, folder.resolve()) for name, folder in places]
    for name, one in places:
        for other_name, other in places:
            if name != other_name and (one == other or one in other.parents):
                raise InputError(
                    f"{other_name} lies in {name}", file="folders", fix="Give each one of its own"
                )


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
        return show.Shown(show.STYLE + show.live_script() + shown.markup, shown.plain)

    def read(self, table: str) -> pd.DataFrame:
        """A table that an earlier step of this very run saved.

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
                found = stamps.stale(
                    self.processed, step, stamp, self._parts, self.parameters)
                if found:
                    self._stop(*found)
                path = self.processed / f"{table}.parquet"
                if not path.is_file() or manifest.sha256(path) != stamp["tables"][table]:
                    self._stop(step, f"the table {table} is not as the notebook left it")
                return tables.read(table, self.processed)
            if own:
                break
        writer = next((s for s in chain.steps() if table in s.writes), None)
        raise InputError(
            f"the table {table} is not there yet",
            file=self._step.notebook,
            fix=f"Run notebook {writer.notebook} first" if writer else "",
        )

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
        self._saved.update(
            stamps.write(self.processed, self._step, self.inputs, self.parameters, hashes,
                         chained=self.staged)
        )  # fmt: skip
        return pd.DataFrame(written, columns=["table", "rows", "columns"])

    @cached_property
    def _step(self) -> chain.Step:
        return next(s for s in chain.steps() if s.step == self.step)

    def _parts(self, step: chain.Step) -> dict[str, str]:
        known = self._digests
        if step.step not in known:
            known[step.step] = portion_of(self._whole, step).parts
        return known[step.step]

    @cached_property
    def _digests(self) -> dict:
        return {}

    def _stop(self, step, why: str):
        raise InputError(
            f"the tables of {step.notebook} are stale: {why}",
            file=self._step.notebook,
            fix=f"Run {step.notebook} again",
        )


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
    found = folders(
        loaded.program, year=year, raw=raw, processed=processed, outputs=outputs, as_of=as_of,
        against=against,
    )  # fmt: skip
    if not yearfolders.is_staged(found.outputs):
        marker = yearfolders.frozen(found.outputs)
        if marker:
            yearfolders.check_outputs(found.outputs, year)
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
