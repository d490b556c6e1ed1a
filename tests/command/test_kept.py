"""Only what changed runs, with the bytes of a whole run; and what moved since the run before."""

import json
import random

import pandas as pd
import pytest

import changed_years
from conflict_minerals.command import kept, since
from conflict_minerals.store import cache, past, yearfolders

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def year(tmp_path_factory, sandbox, example_2024):
    folder = tmp_path_factory.mktemp("year")
    return folder, changed_years.begin(folder, sandbox)


def test_partial_runs_after_three_changes_leave_the_bytes_of_a_whole_one(year):
    """The third change is a signature: it runs the last notebook alone, and then nothing runs."""
    folder, raw = year
    said = [changed_years.change(*year, random.Random(seed)) for seed in (1, 2)]
    changed_years._sign(raw, random.Random(4))
    told = changed_years.command(folder / "part", raw, "report")
    steps = [line for line in told.splitlines() if "/4 " in line]
    assert ["as it was" in line for line in steps] == [True, True, True, False]
    tables = folder / "part" / "data" / "processed" / str(changed_years.YEAR)
    before = {path: path.stat().st_mtime_ns for path in tables.iterdir()}
    assert "no notebook ran" in changed_years.command(folder / "part", raw, "report")
    assert before == {path: path.stat().st_mtime_ns for path in tables.iterdir()}
    assert changed_years.compare(*year) == [], said


def test_what_another_machine_sealed_is_not_believed(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    said = {"steps": {}, "outputs": "x"}
    sealed = said | {"signature": kept._signature(said)}
    (tmp_path / kept.NAME).write_text(json.dumps(sealed))
    assert kept._read(tmp_path) == said
    (tmp_path / kept.NAME).write_text(json.dumps(sealed | {"outputs": "y"}))
    assert kept._read(tmp_path) == {}
    (tmp_path / kept.NAME).write_text(json.dumps(sealed))
    cache.clear()
    assert kept._read(tmp_path) == {}


def tables(folder, verdict, status, figure, findings):
    folder.mkdir()
    pd.DataFrame({"file": ["a.xlsx", "b.xlsx"], "verdict": ["accepted", verdict]}).to_parquet(
        folder / "responses.parquet")  # fmt: skip
    pd.DataFrame({"file": ["a.xlsx"] * findings, "rule": "r", "sheet": "S", "cell": "A1",
                  "severity": "error"}).to_parquet(folder / "findings.parquet")  # fmt: skip
    pd.DataFrame({"metal": ["Tin"], "smelter_id": ["CID1"], "smelter_name": ["X"],
                  "status": [status]}).to_parquet(folder / "facilities.parquet")  # fmt: skip
    front = {"figures": [{"id": "conformant", "meaning": "Facilities found so", "text": figure}]}
    (folder / "front.json").write_text(json.dumps(front))
    return folder


def test_what_moved_since_the_last_run_is_said_and_kept(tmp_path):
    old = tables(tmp_path / "old", "accepted", "conformant", "1", 2)
    new = tables(tmp_path / "new", "rejected", "active", "0", 1)
    for folder, text in ("was", "It was so."), ("is", "<b>It</b> is so."):
        claims = pd.DataFrame({"claim": ["so"], "document": ["form-sd"], "text": [text]})
        (tmp_path / folder / "tables").mkdir(parents=True)
        claims.to_csv(tmp_path / folder / "tables" / "claims.csv", index=False)
    said = " ".join(since.keep(old, new, tmp_path / "was", tmp_path / "is"))
    assert "1 changed" in said and "0  Facilities found so, 1 before" in said
    held = pd.read_csv(new / past.FOLDER / "0001.csv", dtype=str, keep_default_na=False)
    assert held.to_dict("split")["data"] == [
        ["file", "b.xlsx", "accepted", "rejected"],
        ["finding", "a.xlsx | r | S | A1", "error × 2", "error"],
        ["facility", "Tin | CID1 | X", "conformant", "active"],
        ["figure", "Facilities found so | conformant", "1", "0"],
        ["sentence", "form-sd | so", "It was so.", "<b>It</b> is so."],
    ]
    page = (new / past.FOLDER / "0001.html").read_text(encoding="utf-8")
    assert "Facilities found so | conformant" in page and "&lt;b&gt;It&lt;/b&gt; is so." in page
    assert str(old / past.FOLDER / "0001.html") in said  # where it will stand
    third = tables(tmp_path / "third", "rejected", "active", "0", 1)
    past.carry(new, third)
    assert "No file, finding" in since.keep(new, third)[0]
    assert {path.name for path in (third / past.FOLDER).iterdir()} == {"0001.csv", "0001.html"}
    yearfolders.check_tables(third)
