"""What a scheduler, a service account and another machine rely on."""

import json
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from conflict_minerals.command import cli
from conflict_minerals.store import manifest, whereabouts

ROOT = Path(__file__).parents[2]
_PIN = re.compile(r"^([\w.-]+)==([\w.+]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    found = _PIN.findall((ROOT / name).read_text())
    return {package.lower().replace("_", "-"): version for package, version in found}


def test_a_folder_outside_the_clone_takes_the_place_of_every_folder_of_a_year(
    tmp_path, monkeypatch
):
    monkeypatch.delenv(whereabouts.SANDBOX, raising=False)
    monkeypatch.setenv(whereabouts.DATA, str(tmp_path))
    assert whereabouts.raw_folder(2026) == tmp_path / "raw" / "2026"
    for what in ("raw", "processed", "outputs", "packs", "lab"):
        assert whereabouts.place(what) == tmp_path / what
    monkeypatch.delenv(whereabouts.DATA)
    assert whereabouts.raw_folder(2018) == ROOT / "data" / "raw" / "2018"
    assert whereabouts.place("outputs") == ROOT / "outputs"


def test_a_run_that_takes_too_long_ends_in_one_line_without_home_or_environment(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "helpers", "report", "--year", "2024", "--time-limit", "1"],
        env={whereabouts.SANDBOX: str(tmp_path)}, cwd="/", capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stdout.startswith("ERROR not done within 1 seconds. ")
    assert ended.stdout.count("\n") == 1
    assert "Traceback" not in ended.stderr
    kept = (tmp_path / "data" / "processed" / "2024.log").read_text()
    assert kept.endswith(ended.stdout)
    assert not [p for p in (tmp_path / "outputs").glob("*") if not p.name.startswith(".")]


def test_a_year_that_was_moved_runs_under_an_empty_environment_and_says_how_far_it_is_ready(
    example_2024, tmp_path
):
    made = example_2024.parents[1]
    for name, place in (("raw", ROOT / "data"), ("processed", made / "data"), ("outputs", made)):
        shutil.copytree(place / name / "2024", tmp_path / name / "2024")
    ended = subprocess.run(
        [sys.executable, "-m", "helpers", "report", "--year", "2024", "--until", "survey"],
        env={whereabouts.DATA: str(tmp_path)}, cwd="/", capture_output=True, text=True, umask=0o077,
    )  # fmt: skip
    *_, last = ended.stdout.splitlines()
    assert (ended.returncode, last) == (0, "READY 2024: no gate is closed up to stage survey")
    said = json.loads((tmp_path / "outputs" / "2024" / "result.json").read_text())
    assert {key: said[key] for key in ("year", "status", "signed", "causes")} == {
        "year": 2024, "status": "READY", "signed": False, "causes": []}
    log = tmp_path / "processed" / "2024.log"
    assert log.read_text().endswith(ended.stdout) and stat.S_IMODE(log.stat().st_mode) == 0o600
    assert not manifest.changed(tmp_path / "outputs" / "2024", manifest.read(example_2024))


@pytest.mark.parametrize("option", ["--time-limit", "--workers"])
def test_a_limit_below_one_is_refused(option, capsys):
    assert cli.main(["report", option, "0"]) == 2
    assert f"{option}: 0 is too few" in capsys.readouterr().out


def test_two_manifests_are_compared_file_by_file(example_2024):
    mine = manifest.read(example_2024)
    other = {**mine, "outputs": {**mine["outputs"], "figures.json": "0" * 64}}
    other["inputs"] = {**mine["inputs"]}
    gone = sorted(other["inputs"])[0]
    del other["inputs"][gone]
    assert manifest.differ(mine, mine) == []
    assert [name for name, _ in manifest.differ(mine, other)] == [gone, "figures.json"]


def test_the_pins_with_hashes_are_the_versions_that_are_tested():
    pinned, locked = pins("constraints.txt"), pins("requirements.lock")
    assert {name: at for name, at in locked.items() if pinned.get(name, at) != at} == {}
    assert set(pinned) <= set(locked)
    lines = (ROOT / "requirements.lock").read_text().split("\n")
    assert all("--hash=sha256:" in lines[i + 1] for i, line in enumerate(lines) if "==" in line)
    assert not re.search(r"https?://|file:", "\n".join(lines))


def test_what_the_terminal_is_told_of_progress_is_no_standard_output(example_2024):
    said = Path(example_2024).parents[1] / "2024.said"
    assert "1/4" not in said.read_text()
