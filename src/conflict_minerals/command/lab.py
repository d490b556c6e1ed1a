"""Working copies of the notebooks for one year, in ``lab/<year>/``, and JupyterLab on them.

The copies carry that year's parameters and are nobody's but the analyst's: git ignores them, and
one that she has changed is never written over.
"""

import hashlib
import os
import re
from pathlib import Path

import nbformat

from conflict_minerals.command.kernels import load, parameters_of
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import chain
from helpers import run

LIVE = "HELPERS_LAB"  # tells the notebooks that somebody looks on: tables can be searched
_MARK = "made_from"  # in a copy's metadata: what it was when it was made


def lay_out(folder: Path, notebooks: Path, parameters: dict) -> list[tuple[str, str]]:
    """Copy each notebook with its parameters set, and say of each what came of it.

    A copy that is as it was made is made anew when the notebook or the parameters changed; one
    that somebody changed is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told = []
    for step in chain.steps():
        made = _with(load(notebooks / step.notebook), parameters, step.notebook)
        path = folder / step.notebook
        if path.exists():
            there = load(path)
            if there.metadata.get(_MARK) != _digest(there):
                older = there.metadata.get(_MARK) != made.metadata[_MARK]
                said = "yours, kept; the workbook's own has changed since" if older else "yours"
                told.append((step.notebook, said))
                continue
        nbformat.write(made, path)
        told.append((step.notebook, "as the workbook has it"))
    return told


def _with(notebook, parameters: dict, name: str):
    """The notebook without outputs, and with these values in its parameters cell."""
    known = parameters_of(notebook, name)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if "parameters" in cell.metadata.get("tags", []):
            for key in (key for key in parameters if key in known):
                value = parameters[key]
                said = str(value).replace("\\", "/")
                said = said if isinstance(value, int) else f'"{said}"'
                line = rf"(?m)^({key}: \w+ = )(\"[^\"]*\"|\d+)"
                cell.source = re.sub(line, lambda m, said=said: m[1] + said, cell.source)
    notebook.metadata[_MARK] = _digest(notebook)
    return notebook


def _digest(notebook) -> str:
    """What stands in the cells; running them changes nothing of it."""
    said = "\0".join(f"{cell.cell_type}\0{cell.source}" for cell in notebook.cells)
    return hashlib.sha256(said.encode()).hexdigest()


def begin(year: int, parameters: dict) -> list[str]:
    """Lay out ``lab/<year>`` and give what to tell JupyterLab; see ``open_lab``."""
    run.check_year(year)
    raw = run.raw_folder(year, parameters.get("raw", ""))
    if not raw.is_dir():
        raise InputError("there is no such folder of inputs", file=str(raw),
                         fix=f"Lay it out with: make year YEAR={year}")
    given = {"year": year} | {k: str(Path(v).absolute()) if k != "as_of" else v
                              for k, v in parameters.items() if v}
    folder = run.place("lab") / str(year)
    for name, said in lay_out(folder, run.project_root() / "notebooks", given):
        print(f"  {name}: {said}", flush=True)
    # Containers know no other user than root, whom Jupyter refuses unless it is told.
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [str(folder), *root]


def open_lab(arguments: list[str]) -> None:
    """Start JupyterLab and stay until it ends."""
    try:
        from jupyterlab.labapp import main
    except ImportError:
        raise InputError("JupyterLab is not installed", fix="make lab installs it") from None
    os.environ[LIVE] = "1"
    main(arguments)
