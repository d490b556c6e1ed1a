"""The chain as data, and papermill's traps: unknown parameters, early ends, kernels that die."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import papermill
import pytest
from jupyter_client import AsyncKernelManager

from conflict_minerals.command import kernels
from conflict_minerals.ground import system
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import chain
from helpers import run
from small_year import PARAMETERS, write_notebook


@pytest.fixture(scope="module")
def kernel():
    with kernels.Kernels() as ready:
        yield ready


def test_the_plan_orders_steps_by_their_tables():
    steps = {s.step: s for s in chain.steps()}
    assert list(steps) == ["ingestion", "smelter-status", "geographic-risk", "report-export"]
    assert steps["ingestion"].after == ()
    assert "ingestion" in steps["smelter-status"].after
    assert set(steps["report-export"].after) == set(steps) - {"report-export"}


@pytest.mark.parametrize(
    "rows, said",
    [
        ([("a", "x", "y"), ("b", "z", "y")], "both write y"),
        ([("a", "z", "y"), ("b", "y", "z")], "reads z before"),
    ],
)
def test_a_plan_that_cannot_run_is_refused(rows, said):
    table = pd.DataFrame(
        [(s, f"{s}.ipynb", s, r, w) for s, r, w in rows],
        columns=["step", "notebook", "title", "reads", "writes"],
    )
    with pytest.raises(ValueError, match=said):
        chain.plan(table)


def test_every_notebook_of_the_chain_takes_the_same_parameters():
    folder = run.project_root() / "notebooks"
    for step in chain.steps():
        path = folder / step.notebook
        ours = kernels.parameters_of(kernels.load(path), step.notebook)
        assert list(ours) == ["year", "raw", "processed", "outputs", "as_of", "against"]
        # Papermill reads the cell by lines; what it finds is what the cell says.
        assert list(papermill.inspect_notebook(str(path))) == list(ours)


@pytest.mark.skipif(not system.COPIES, reason="kernels are no copies on this system")
def test_a_kernel_leaves_the_file_of_its_connection_alone(tmp_path, kernel, monkeypatch):
    """Who wrote it reads it at the same time, and would now and then find it empty."""
    write, left = AsyncKernelManager.write_connection_file, []

    def noted(manager, **given):
        write(manager, **given)
        left.append(Path(manager.connection_file).stat())

    monkeypatch.setattr(AsyncKernelManager, "write_connection_file", noted)
    kernels.execute(write_notebook(tmp_path / "n.ipynb", "print(year)"), {"year": 2018}, kernel)
    there = Path(list(kernel._clients)[-1].connection_file).stat()
    assert (there.st_ino, there.st_mtime_ns) == (left[-1].st_ino, left[-1].st_mtime_ns)


def test_a_process_may_begin_a_second_chain(tmp_path):
    path = write_notebook(tmp_path / "n.ipynb", "print(year)")
    code = f"""
from pathlib import Path
from conflict_minerals.command import kernels
for year in (2018, 2019):
    with kernels.Kernels() as ready:
        done = kernels.execute(Path({str(path)!r}), {{"year": year}}, ready)
    print(done.cells[-1].outputs[0].text)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["2018", "2019"], done.stderr


def test_parameters_arrive_whatever_they_hold(tmp_path, kernel):
    hostile = 'C:\\new\\{x} "q" ü'
    path = write_notebook(tmp_path / "{braces}.ipynb", "print(year, raw)")
    done = kernels.execute(path, {"year": 2019, "raw": hostile}, kernel)
    assert done.cells[-1].outputs[0].text == f"2019 {hostile}\n"
    assert "papermill" not in done.metadata


@pytest.mark.parametrize(
    "given, said",
    [
        ({"yaer": 2018}, "does not take the parameter 'yaer'. It takes year, raw"),
        ({"year": "2018"}, "its parameter year is int, not str"),
        ({"raw": 5}, "its parameter raw is str, not int"),
    ],
)
def test_an_unknown_or_mistyped_parameter_is_refused_before_anything_runs(tmp_path, given, said):
    path = write_notebook(tmp_path / "n.ipynb", f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(InputError) as caught:
        kernels.execute(path, given, None)
    assert said in str(caught.value) and not (tmp_path / "ran").exists()


def test_a_parameters_cell_that_hides_something_is_refused(tmp_path):
    path = write_notebook(tmp_path / "n.ipynb", parameters=PARAMETERS + "\nyear = 2")
    with pytest.raises(InputError, match="may hold only lines"):
        kernels.execute(path, {}, None)


def test_an_early_end_is_not_done(tmp_path, kernel):
    path = write_notebook(tmp_path / "n.ipynb", "import sys; sys.exit(0)", "print('never')")
    with pytest.raises(kernels.NotebookError, match="n.ipynb, cell 4.*ended before this cell"):
        kernels.execute(path, {"year": 2018}, kernel)
    path = write_notebook(tmp_path / "last.ipynb", "import sys; sys.exit(0)")
    with pytest.raises(kernels.NotebookError, match="last cell ended the kernel"):
        kernels.execute(path, {"year": 2018}, kernel)


def test_a_failure_names_notebook_cell_and_heading(tmp_path, kernel):
    path = write_notebook(tmp_path / "n.ipynb", "1/0", "print('never')")
    with pytest.raises(kernels.NotebookError) as caught:
        kernels.execute(path, {"year": 2018}, kernel)
    assert str(caught.value) == "n.ipynb, cell 3 (Its heading): ZeroDivisionError: division by zero"
    assert "1/0" in caught.value.traceback and "\x1b" not in caught.value.traceback


def test_an_input_error_passes_through_as_its_own_line(tmp_path, kernel):
    path = write_notebook(
        tmp_path / "n.ipynb",
        "from conflict_minerals.ground.errors import InputError",
        "raise InputError('is \"wrong\"', file='a.csv', where='line 2', fix='Mend it')",
    )
    with pytest.raises(InputError) as caught:
        kernels.execute(path, {"year": 2018}, kernel)
    assert str(caught.value) == 'a.csv, line 2: is "wrong". Mend it'


def test_a_kernel_that_is_killed_is_an_error_and_not_tried_again(tmp_path, kernel):
    ran = tmp_path / "ran"
    code = f"import os; open({str(ran)!r}, 'a').write('x'); os.kill(os.getpid(), 9)"
    with pytest.raises(kernels.NotebookError, match="its kernel died"):
        kernels.execute(write_notebook(tmp_path / "n.ipynb", code), {"year": 2018}, kernel)
    assert ran.read_text() == "x"


@pytest.mark.skipif(not system.COPIES, reason="no kernel is a copy of another here")
def test_kernels_die_with_the_process_they_are_copies_of_and_the_next_notebook_runs(
    tmp_path, kernel
):
    code = "import os, time; os.kill(os.getppid(), 9); time.sleep(60)"
    with pytest.raises(kernels.NotebookError, match="its kernel died"):
        kernels.execute(write_notebook(tmp_path / "n.ipynb", code), {"year": 2018}, kernel)
    done = kernels.execute(write_notebook(tmp_path / "m.ipynb", "1"), {"year": 2018}, kernel)
    assert done.cells[-1].execution_count


def test_a_kernel_that_dies_at_its_start_is_replaced(tmp_path, kernel, monkeypatch):
    started = []

    def start(*modules):
        started.append(kernels.Kernels.start(kernel, *modules))
        if len(started) == 1:
            started[0].provisioner.process.kill()
        return started[-1]

    monkeypatch.setattr(kernel, "start", start)
    done = kernels.execute(write_notebook(tmp_path / "n.ipynb", "1"), {"year": 2018}, kernel)
    assert done.cells[-1].execution_count and len(started) == 2


def test_each_notebook_has_a_kernel_of_its_own(tmp_path, kernel):
    path = write_notebook(tmp_path / "n.ipynb", "import os; print(os.getpid(), 'left' in dir())",
                          "left = 1")  # fmt: skip
    said = [
        kernels.execute(path, {"year": 2018}, kernel, then=then).cells[3].outputs[0].text.split()
        for then in (path, path, None)
    ]
    assert len({number for number, _ in said}) == 3 and {left for _, left in said} == {"False"}


def test_a_kernel_that_was_started_for_the_next_notebook_and_died_is_replaced(tmp_path, kernel):
    path = write_notebook(tmp_path / "n.ipynb", "1")
    kernels.execute(path, {"year": 2018}, kernel, then=path)
    kernel._ahead.provisioner.process.kill()
    kernel._ahead.provisioner.process.wait()
    assert kernels.execute(path, {"year": 2018}, kernel).cells[-1].execution_count


def test_a_kernel_that_was_started_for_a_notebook_that_never_ran_ends_with_the_others(tmp_path):
    path = write_notebook(tmp_path / "n.ipynb", "1")
    with kernels.Kernels() as ours:
        kernels.execute(path, {"year": 2018}, ours, then=path)
        idle = ours._ahead.provisioner.process
        assert idle.poll() is None
    assert idle.poll() is not None

