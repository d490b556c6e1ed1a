"""The command line: statuses, last lines, and what an earlier run made left as it was."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from conflict_minerals.command.cli import main
from conflict_minerals.store import yearfolders
from helpers import run
from small_year import write_project


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv(run.PROJECT, str(tmp_path))
    monkeypatch.delenv(run.SANDBOX, raising=False)
    monkeypatch.chdir(tmp_path)
    return write_project(tmp_path)


@pytest.fixture(scope="module")
def run_once(tmp_path_factory):
    """A project whose chain has run: copied, since nothing in it knows where it lies."""
    folder = write_project(tmp_path_factory.mktemp("ran"))
    environment = {**os.environ, run.PROJECT: str(folder)}
    command = [sys.executable, "-m", "helpers", "report", "--year", "2018"]
    made = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    progress = [line.rstrip() for line in made.stderr.splitlines()]
    assert [line[-1] for line in progress] == ["…"] * 4  # and nothing else
    return folder


@pytest.fixture
def ran(run_once, tmp_path, monkeypatch):
    folder = tmp_path / "copy"
    shutil.copytree(run_once, folder)
    monkeypatch.setenv(run.PROJECT, str(folder))
    monkeypatch.delenv(run.SANDBOX, raising=False)
    return folder


@pytest.fixture
def said(capsys):
    return lambda: [line.strip() for line in capsys.readouterr().out.strip().splitlines()]


def content(folder):
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*")) if p.is_file()
    }  # fmt: skip


def test_a_run_is_ready_and_the_same_wherever_and_however_it_runs(run_once, project, said):
    assert main(["report", "--year", "2018", "--workers", "1"]) == 0
    lines = said()
    assert lines[-1].startswith("READY 2018") and any("outputs/2018/index.html" in x for x in lines)
    outputs = project / "outputs" / "2018"
    made = content(outputs)
    assert {
        "index.html", "manifest.json", "figures.json", "evidence.xlsx", "tables/gates.csv",
        "review/1-ingestion.html", "review/4-report-export.html",
    } <= set(made)  # fmt: skip
    assert not [name for name in made if name.startswith(".")]
    for file in outputs.rglob("*"):
        assert not file.is_file() or str(project).encode() not in file.read_bytes()
    assert made == content(run_once / "outputs" / "2018")


def test_a_frozen_year_is_verified_and_left_alone(ran, said):
    made = content(ran / "outputs/2018")
    assert main(["freeze", "--year", "2018"]) == 1
    assert said()[0].startswith("signed: preparer; counsel; officer: ")
    shutil.copytree(ran / "outputs/2018/report", ran / "sent")
    filed = ["--filed", str(ran / "sent"), "--accession", "0001234567-19-000123"]
    assert main(["freeze", "--year", "2018", *filed]) == 0
    assert main(["verify", "--year", "2018"]) == 0
    assert said()[-1].startswith("READY")
    frozen = content(ran / "outputs/2018")
    assert main(["freeze", "--year", "2018", *filed]) == 2
    assert main(["report", "--year", "2018"]) == 2
    assert "is frozen since" in said()[-1]
    tables = content(ran / "data/processed/2018")
    assert main(["report", "--year", "2018", "--outputs", str(ran / "again")]) == 0
    assert content(ran / "outputs/2018") == frozen
    assert content(ran / "data/processed/2018") == tables
    assert content(ran / "again") == made


def test_a_closed_gate_is_a_draft_and_each_reason_is_printed(tmp_path, monkeypatch, said):
    monkeypatch.setenv(run.PROJECT, str(tmp_path))
    write_project(tmp_path, gates='[("blank", "program.yml signer.name", "not filled in")]')
    for command in ("report", "verify", "freeze"):
        assert main([command, "--year", "2018"]) == 1
        lines = said()
        assert lines[-1].startswith("DRAFT")
        assert "blank: program.yml signer.name: not filled in" in lines
    assert "program.yml signer.name" in (tmp_path / "outputs/2018/index.html").read_text()


def broken(path, old, new):
    def change(project):
        file = project / "data/raw/2018" / path
        file.write_text(file.read_text().replace(old, new, 1))

    return change


@pytest.mark.parametrize(
    "change, options, last",
    [
        (broken("program.yml", "survey:", "surveys:"), [], "Did you mean 'survey'?"),
        (broken("lists.yml", "rmap.csv", "gone.csv"), [], "lists/gone.csv, which is not there"),
        (lambda p: None, ["--as-off", "x"], "--as-off x. Did you mean --as-of?"),
        (lambda p: None, ["--as-of", "2020-01-01"], "--outputs"),
        (lambda p: None, ["--year", "x"],
         "'x' is not a reporting year. See python -m helpers report"),
        (lambda p: None, ["--year", "2019"], "make year YEAR=2019"),
        (lambda p: None, ["--workers", "0"], "--workers"),
        (lambda p: None, ["--against", "nowhere"], "no finished outputs in nowhere/"),
    ],
)
def test_a_wrong_input_or_option_is_one_error_line(project, said, change, options, last):
    change(project)
    assert main(["report", "--year", "2018", *options]) == 2
    lines = said()
    assert lines[-1].startswith("ERROR ") and last in lines[-1]
    assert not (project / "outputs").exists() or not list((project / "outputs").glob("[0-9]*"))


def test_a_place_that_cannot_be_written_to_is_one_line_with_a_remedy(project, said):
    assert main(["report", "--outputs", "x" * 300]) == 2
    assert "xxx: File name too long. Name folders with shorter paths" in said()[-1]


def test_a_refused_folder_is_left_without_a_lock_beside_it(project, said):
    (project / "mine").mkdir()
    (project / "mine" / "notes.txt").write_text("not of this workbook")
    for command in ("report", "verify", "freeze", "pack"):
        assert main([command, "--outputs", str(project / "mine")]) == 2
        assert main([command, "--year", "2099"]) == 2
    assert not list(project.rglob(".*.lock")) and not list(project.rglob(".*.holder"))


@pytest.mark.parametrize(
    "cell, last",
    [
        ("1/0", "1-ingestion.ipynb, cell 4 (Its heading): ZeroDivisionError"),
        ("import sys; sys.exit(0)", "ended before this cell"),
        ("show.Shown('<script>x</script>', '')", "a <script> element"),
    ],
)
def test_a_failing_notebook_leaves_what_was_there(ran, said, cell, last):
    kept = content(ran / "outputs/2018"), content(ran / "data/processed/2018")
    path = ran / "notebooks" / "1-ingestion.ipynb"
    text = path.read_text()
    path.write_text(text.replace('    "1"\n', f"    {json.dumps(cell)}\n", 1))
    assert path.read_text() != text
    assert main(["report", "--year", "2018"]) == 2
    assert last in said()[-1]
    assert (content(ran / "outputs/2018"), content(ran / "data/processed/2018")) == kept
    assert [p.name for p in (ran / "outputs").iterdir() if p.is_dir()] == ["2018"]


def test_a_run_is_not_compared_with_what_it_replaces(ran, said):
    assert main(["report", "--year", "2018", "--against", str(ran / "outputs/2018")]) == 2
    assert "--against: names the folder that this run makes" in said()[-1]


def test_an_edited_output_is_not_replaced(ran, said):
    (ran / "outputs/2018/report/form-sd.htm").write_text("edited")
    assert main(["report", "--year", "2018"]) == 2
    assert "form-sd.htm: was edited" in said()[-1]
    assert (ran / "outputs/2018/report/form-sd.htm").read_text() == "edited"
    assert main(["verify", "--year", "2018"]) == 1
    assert "hash: report/form-sd.htm: was edited since the run" in said()


@pytest.mark.parametrize(
    "path, old, new, reason",
    [
        ("outputs/2018/figures.json", '"value": 1', '"value": 2', "says 2, its rows come to 1"),
        ("outputs/2018/tables/facilities.csv", "Tin", "Gold", "facilities: was not counted: "),
        ("outputs/2018/manifest.json", '"year": 2018', '"year":  2018', "front door names"),
        ("data/raw/2018/lists/rmap.csv", "CID", "CIE", "input lists/rmap.csv: was changed"),
    ],
)
def test_verify_names_what_differs(ran, said, path, old, new, reason):
    file = ran / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    assert main(["verify", "--year", "2018"]) == 1
    lines = said()
    assert lines[-1].startswith("DRAFT") and any(reason in line for line in lines)


def test_hindsight_has_folders_of_its_own(project, said):
    assert main(["report", "--as-of", "2022-12-31", "--outputs", str(project / "later")]) == 0
    assert "HINDSIGHT" in (project / "later/index.html").read_text()
    assert not (project / "outputs/2018").exists()
    assert not (project / "data/processed/2018").exists()


def test_a_run_that_is_stopped_leaves_what_was_there_and_frees_the_lock(tmp_path):
    project = write_project(tmp_path, first="import time; time.sleep(60)")
    (project / "outputs").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "helpers", "report", "--year", "2018"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, run.PROJECT: str(project)},
    )  # fmt: skip
    staging = project / "outputs" / ".2018.new"
    for _ in range(200):
        if staging.exists():
            break
        time.sleep(0.1)
    second = subprocess.run(
        [sys.executable, "-m", "helpers", "report", "--year", "2018"],
        capture_output=True, text=True, env={**os.environ, run.PROJECT: str(project)},
    )  # fmt: skip
    assert second.returncode == 2
    assert f"process {process.pid} on" in second.stdout.splitlines()[-1]
    process.send_signal(signal.SIGTERM)
    out, error = process.communicate(timeout=30)
    assert process.returncode == 2
    assert out.splitlines()[-1].startswith("ERROR stopped before the end")
    assert "Traceback" not in error
    assert not staging.exists() and not (project / "outputs/2018").exists()
    with yearfolders.lock(project / "outputs" / "2018"):
        pass


def test_a_module_that_lies_in_the_working_folder_is_never_run(ran, tmp_path):
    here = tmp_path / "downloads"
    here.mkdir()
    trap = f"open({str(here / 'ran')!r}, 'a').write(__name__); raise ImportError"
    for name in ("json", "pandas", "papermill", "IPython", "ipykernel_launcher", "openpyxl", "zmq"):
        (here / f"{name}.py").write_text(trap)
    done = subprocess.run(
        [sys.executable, "-m", "helpers", "report", "--year", "2018"], cwd=here,
        env={**os.environ, run.PROJECT: str(ran)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and not (here / "ran").exists(), done.stdout + done.stderr


def test_one_step_runs_by_itself_in_place(project, said):
    assert main(["run", "ingestion", "--year", "2018"]) == 0
    assert (project / "data/processed/2018/ingestion.stamp.json").is_file()
    assert main(["run", "reading"]) == 2
    assert "Known are ingestion" in said()[-1]


def test_a_terminal_without_every_letter_is_no_error(run_once):
    done = subprocess.run(
        [sys.executable, "-m", "helpers", "report", "--year", "2018", "--workers", "1"],
        env={**os.environ, run.PROJECT: str(run_once), "PYTHONIOENCODING": "ascii:strict"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_a_year_is_laid_out_and_carried_over_wherever_it_lies(project, said):
    places = ["--raw", str(project / "apart" / "2026"), "--processed", "p", "--outputs", "o"]
    assert main(["year", "--year", "2026", "--from", "2018", *places]) == 0
    assert "a,Alpha" in (project / "apart/2026/suppliers.csv").read_text()
    assert "fill in program.yml first" in said()[-1]
    assert main(["year", "--year", "2026", "--from", "2018", *places]) == 0
    assert "nothing is missing" in said()[-1]
    assert main(["verify", "--year", "2026", *places]) == 2


def test_from_an_illustration_nothing_is_carried_over_and_it_is_said(project, said):
    before = project / "data" / "raw" / "2018" / "program.yml"
    before.write_text(before.read_text() + "illustration: true\n")
    assert main(["year", "--year", "2026", "--from", "2018"]) == 0
    assert "2018 is an illustration: nothing is carried over from what is invented" in said()
    laid = "".join(p.read_text() for p in (project / "data/raw/2026").rglob("*") if p.is_file())
    assert "Alpha" not in laid and "Example Corp" not in laid and "We have a policy" not in laid


def test_plan_is_data_for_another_scheduler(capsys):
    assert main(["plan"]) == 0
    steps = json.loads(capsys.readouterr().out)
    assert [s["step"] for s in steps][0] == "ingestion" and steps[1]["after"] == ["ingestion"]


@pytest.mark.skipif(sys.platform != "linux", reason="full and closed as Linux has them")
@pytest.mark.parametrize("nowhere", [">/dev/full", ">&-", ">&- 2>&-", "| head -c 0"])
def test_the_status_is_true_where_nobody_takes_what_is_said(ran, nowhere):
    for options, status in ("--year 2018 --all", 0), ("--year 1900", 2):
        command = f"{sys.executable} -m helpers report {options} {nowhere}"
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"],
                              capture_output=True, text=True)
        assert done.returncode == status and "Traceback" not in done.stderr
