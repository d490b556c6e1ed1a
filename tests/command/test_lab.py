"""Working copies of the notebooks: a year's own parameters, and nothing of hers is lost."""

import shutil

import nbformat
import pytest

from conflict_minerals.command import lab
from conflict_minerals.command.kernels import load
from conflict_minerals.store import chain
from helpers import run

NAME = "3-geographic-risk.ipynb"


@pytest.fixture
def notebooks(tmp_path):
    shutil.copytree(run.project_root() / "notebooks", tmp_path / "notebooks")
    return tmp_path / "notebooks"


def parameters(path) -> dict:
    cell = next(c for c in load(path).cells if "parameters" in c.metadata.get("tags", []))
    said = {}
    exec(cell.source, said)
    return said


def test_each_copy_has_the_years_parameters_and_no_tracked_notebook_changes(tmp_path, notebooks):
    before = {path.name: path.read_bytes() for path in notebooks.iterdir()}
    given = {"year": 2026, "raw": r"C:\data\2026", "as_of": "2027-01-20"}
    lab.lay_out(tmp_path / "lab", notebooks, given)
    for step in chain.steps():
        said = parameters(tmp_path / "lab" / step.notebook)
        assert (said["year"], said["raw"], said["as_of"]) == (2026, "C:/data/2026", "2027-01-20")
        assert said["outputs"] == ""
    assert before == {path.name: path.read_bytes() for path in notebooks.iterdir()}


def test_what_she_adds_stays_hers_and_what_she_only_ran_follows_the_workbook(tmp_path, notebooks):
    folder = tmp_path / "lab"
    lab.lay_out(folder, notebooks, {"year": 2026})
    hers = load(folder / NAME)
    hers.cells.append(nbformat.v4.new_code_cell("1 + 1"))
    nbformat.write(hers, folder / NAME)
    ran = load(folder / "1-ingestion.ipynb")
    ran.cells[1].execution_count = 7
    nbformat.write(ran, folder / "1-ingestion.ipynb")
    for path in notebooks.glob("*.ipynb"):
        newer = load(path)
        newer.cells.append(nbformat.v4.new_markdown_cell("A new section."))
        nbformat.write(newer, path)
    told = dict(lab.lay_out(folder, notebooks, {"year": 2026}))
    assert load(folder / NAME).cells[-1].source == "1 + 1"
    assert load(folder / "1-ingestion.ipynb").cells[-1].source == "A new section."
    assert told[NAME] == "yours, kept; the workbook's own has changed since"


def test_root_is_told_to_jupyter_and_the_copies_lie_where_git_looks_not(monkeypatch):
    monkeypatch.setattr(lab.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(lab, "lay_out", lambda folder, *_: [(str(folder), "laid out")])
    assert lab.begin(2026, {}) == [str(run.project_root() / "lab" / "2026"), "--allow-root"]
    monkeypatch.setattr(lab.os, "geteuid", lambda: 1000, raising=False)
    assert "--allow-root" not in lab.begin(2026, {})
    assert "lab/" in (run.project_root() / ".gitignore").read_text().splitlines()
