"""Findings that were kept are the ones that the checks would give again."""

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from conflict_minerals.intake import intake
from conflict_minerals.smelters import lists, reference
from conflict_minerals.store.cache import Cache
from conflict_minerals.survey import checks, remembered
from conflict_minerals.year import inputs

RAW = Path(__file__).resolve().parents[2] / "data" / "raw" / "2018"
DAY = date(2019, 5, 15)


@pytest.fixture(scope="module")
def year():
    loaded = inputs.load(RAW, 2018)
    found = intake.read_folder(RAW / "cmrt", workers=2)
    return found, loaded, reference.build(found.lookups, lists.load(RAW, loaded.lists))


@pytest.fixture
def asked(monkeypatch) -> list[date]:
    """The review dates for which the checks were really asked."""
    given: list[date] = []
    find = checks.find

    def counting(*found, **how):
        given.append(how["as_of"])
        return find(*found, **how)

    monkeypatch.setattr(checks, "find", counting)
    return given


def test_a_second_run_gives_the_same_findings_without_asking(year, asked, tmp_path):
    found, loaded, known = year
    how = {"reference": known, "as_of": DAY, "cache": tmp_path}
    first = remembered.find(found, loaded, **how)
    pd.testing.assert_frame_equal(first, remembered.find(found, loaded, **how))
    assert asked == [DAY] and len(first) > 10
    plain = remembered.find(found, loaded, reference=known, as_of=DAY)
    pd.testing.assert_frame_equal(first, plain)
    for file in tmp_path.rglob("findings"):
        file.write_bytes(file.read_bytes()[:-9])
    pd.testing.assert_frame_equal(first, remembered.find(found, loaded, **how))
    assert len(asked) == 3


def test_another_day_input_file_or_list_is_asked_anew(year, asked, tmp_path):
    from dataclasses import replace

    found, loaded, known = year
    remembered.find(found, loaded, reference=known, as_of=DAY, cache=tmp_path)
    later = date(2019, 6, 1)
    remembered.find(found, loaded, reference=known, as_of=later, cache=tmp_path)
    other = replace(loaded, digest="another")
    remembered.find(found, other, reference=known, as_of=DAY, cache=tmp_path)
    fewer = replace(found, files=found.files.iloc[1:])
    remembered.find(fewer, loaded, reference=known, as_of=DAY, cache=tmp_path)
    less = replace(known, facilities=known.facilities.iloc[1:])
    remembered.find(found, loaded, reference=less, as_of=DAY, cache=tmp_path)
    (tmp_path / "before").mkdir()
    (tmp_path / "before" / "manifest.json").write_text("{}")
    how = {"reference": known, "as_of": DAY, "against": tmp_path / "before", "cache": tmp_path}
    remembered.find(found, loaded, **how)
    remembered.find(found, loaded, **how)
    assert asked == [DAY, later, DAY, DAY, DAY, DAY]


def test_folders_of_older_versions_are_forgotten_and_no_one_else_may_look(tmp_path):
    store = tmp_path / "cache"
    for n in range(4):
        (store / f"version-{n}").mkdir(parents=True, mode=0o700)
    shutil.copytree(RAW / "cmrt" / "elm", tmp_path / "cmrt" / "elm")
    intake.read_folder(tmp_path / "cmrt", cache=store)
    assert len([place for place in store.iterdir() if place.is_dir()]) == 3
    made = [path for path in store.rglob("*") if "version" not in str(path.relative_to(store))]
    assert len(made) > 3
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600, 0o700}


def test_an_entry_that_somebody_else_made_is_not_believed(tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    Cache(ours, 1).put("key", "sound")
    Cache(theirs, 1).put("key", "PLANTED SMELTER")
    assert Cache(ours, 1).get("key") == "sound"
    (source,), (target,) = theirs.glob("*/ke/key"), ours.glob("*/ke/key")
    target.write_bytes(source.read_bytes())
    assert Cache(ours, 1).get("key") is None and Cache(theirs, 1).get("key") == "PLANTED SMELTER"
