"""The four notebooks: how they are written, and that they still show what they show."""

import ast
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from conflict_minerals.ground import library
from conflict_minerals.store import chain
from helpers import run

FOLDER = run.project_root() / "notebooks"
STEPS = chain.steps()
# Each of these shows text of strangers as markup, or depends on the run.
BANNED_NAMES = {"HTML", "Markdown", "Styler", "display", "read_csv", "datetime", "print"}
BANNED_ATTRIBUTES = {"style", "to_html", "now", "today", "read_excel"}
MOST_LINES, MEAN_LINES = 10, 4


def code_cells(step):
    notebook = nbformat.read(FOLDER / step.notebook, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def notebooks(function):
    return pytest.mark.parametrize("step", STEPS, ids=[s.step for s in STEPS])(function)


@notebooks
def test_it_opens_with_title_purpose_and_what_it_reads_and_writes(step):
    first = nbformat.read(FOLDER / step.notebook, as_version=4).cells[0]
    assert first.cell_type == "markdown" and first.source.startswith("# ")
    purpose = first.source.split("\n\n")[1]
    assert len(purpose) > 80
    for word in ("Reads", "Writes", "by"):
        assert re.search(rf"^\| \*\*[^|]*{word}", first.source, re.M), word


@notebooks
def test_parameters_stand_in_the_first_code_cell_and_are_never_assigned_again(step):
    cells = code_cells(step)
    tagged = [i for i, c in enumerate(cells) if "parameters" in c.metadata.get("tags", [])]
    assert tagged == [0]
    assert "injected-parameters" not in {t for c in cells for t in c.metadata.get("tags", [])}


@notebooks
def test_code_is_short_defines_nothing_and_shows_through_the_helpers(step):
    for number, cell in enumerate(code_cells(step)):
        place = f"{step.notebook}, code cell {number}"
        assert len(cell.source.splitlines()) <= MOST_LINES, place
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(
                node, ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.For | ast.While
            ), f"{place}: {ast.unparse(node)[:60]}"
            if isinstance(node, ast.Name):
                assert node.id not in BANNED_NAMES, place
            if isinstance(node, ast.Attribute):
                assert node.attr not in BANNED_ATTRIBUTES, place
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert number == 1, f"{place}: imports belong into the first cell after parameters"


@notebooks
def test_code_cells_have_four_lines_or_fewer_as_a_mean(step):
    lines = [len(cell.source.splitlines()) for cell in code_cells(step)]
    assert sum(lines) / len(lines) <= MEAN_LINES


def test_each_view_is_shown_somewhere_and_each_that_is_shown_is_described():
    code = "\n".join(cell.source for step in STEPS for cell in code_cells(step))
    shown = set(re.findall(r'view="([^"]+)"', code))
    assert shown == set(library.table("views")["view"])


def test_gates_stand_before_figures_and_sentences_before_the_figures_in_them():
    code = [cell.source for cell in code_cells(STEPS[-1])]
    first = {name: next(i for i, cell in enumerate(code) if f"made.{name}" in cell)
             for name in ("gates", "said", "printed", "counted")}  # fmt: skip
    assert sorted(first, key=first.get) == ["gates", "said", "printed", "counted"]
    for number, cell in enumerate(code):
        if "made.printed" in cell:
            which = re.search(r"printed\(([^)]*)\)", cell)[1]
            assert f"made.said({which})" in code[number - 1]


@notebooks
def test_no_name_is_assigned_in_two_cells(step):
    seen = {}
    for number, cell in enumerate(code_cells(step)):
        names = {
            node.id for node in ast.walk(ast.parse(cell.source))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }  # fmt: skip
        for name in names - {"_"}:
            assert name not in seen, f"{name} in code cells {seen[name]} and {number}"
            seen[name] = number


@notebooks
def test_what_it_shows_is_kept_in_it_without_traces_of_a_machine(step):
    text = (FOLDER / step.notebook).read_text(encoding="utf-8")
    assert str(run.project_root()) not in text and os.path.expanduser("~") not in text
    assert '"papermill"' not in text and '"execution":' not in text
    cells = code_cells(step)
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))
    kinds = [o.output_type for c in cells for o in c.outputs]
    assert kinds and set(kinds) <= {"execute_result", "display_data"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return {**os.environ, run.SANDBOX: str(tmp_path_factory.mktemp("sandbox"))}


def nbval(paths, environment, *options):
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--nbval", "--nbval-current-env",
         "-p", "no:cacheprovider",
         "--nbval-sanitize-with", str(FOLDER.parent / "tests" / "nbval.cfg"),
         "--rootdir", str(FOLDER.parent), *map(str, paths)],
        env=environment, capture_output=True, text=True, cwd=FOLDER.parent,
    )  # fmt: skip


def test_nbval_finds_in_each_cell_what_is_kept_there(environment):
    done = nbval([FOLDER / s.notebook for s in STEPS], environment)
    assert done.returncode == 0, done.stdout[-6000:]
    passed = int(re.search(r"(\d+) passed", done.stdout)[1])
    assert passed == sum(len(code_cells(s)) for s in STEPS)


def test_nbval_really_compares(tmp_path, environment):
    copy = tmp_path / STEPS[0].notebook
    shutil.copy(FOLDER / copy.name, copy)
    text = copy.read_text(encoding="utf-8")
    kept = "2019-05-15"  # the review date that the first cell shows
    assert kept in text
    copy.write_text(text.replace(kept, "2019-05-16"), encoding="utf-8")
    done = nbval([copy], environment, "-x")
    assert done.returncode == 1 and re.search(r"1 failed", done.stdout), done.stdout[-3000:]


def test_plain_papermill_from_elsewhere_gives_the_same_figures(tmp_path, example_2024):
    environment = {**os.environ, run.SANDBOX: str(tmp_path / "made")}
    for step in STEPS:
        done = subprocess.run(
            [sys.executable, "-m", "papermill", str(FOLDER / step.notebook),
             str(tmp_path / step.notebook), "-p", "year", "2024"],
            env=environment, capture_output=True, text=True, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
    made = tmp_path / "made" / "outputs" / "2024"
    for file in ("figures.json", "tables/facilities.csv", "report/conflict-minerals-report.htm"):
        assert (made / file).read_bytes() == (example_2024 / file).read_bytes(), file


def test_a_parameter_that_no_notebook_takes_stops_plain_papermill_too(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "papermill", str(FOLDER / STEPS[0].notebook),
         str(tmp_path / "out.ipynb"), "-p", "as_off", "2022-12-31"],
        env={**os.environ, run.SANDBOX: str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode != 0
    assert "as_off: is not a parameter of this notebook. Did you mean as_of?" in done.stderr
