"""Where a year lies: its folders checked, with blanks filled in from the project's layout."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from conflict_minerals.ground.csvfiles import to_date
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import manifest, yearfolders

DATA = "HELPERS_DATA"  # names a folder outside the clone that holds raw/, processed/ and outputs/
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


def place(what: str) -> Path:
    """The folder of ``raw``, ``processed``, ``outputs``, ``packs`` or ``lab``, a folder a year."""
    apart = os.environ.get(SANDBOX, "") if what not in ("raw", "lab") else ""
    elsewhere = os.environ.get(DATA, "").strip()
    if elsewhere and not apart:
        return Path(elsewhere).expanduser().absolute() / what
    base = Path(apart or project_root())
    return base / "data" / what if what in ("raw", "processed") else base / what


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
    usual_processed = place("processed") / str(year)
    usual_outputs = place("outputs") / str(year)
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
        apart = hindsight or (
            elsewhere and yearfolders.frozen(usual_outputs, raw_folder(year, raw))
        )
        between = result.parent / f"{result.name}.processed" if apart else usual_processed
    if hindsight and _same(between, usual_processed):
        raise InputError(
            f"the tables of {year} may not be replaced by those of another review date",
            file="processed",
            fix="Name a folder of its own, or leave it blank",
        )
    found = Folders(
        year=year,
        raw=raw_folder(year, raw),
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
    return _path(raw) or place("raw") / str(year)


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
