"""Findings that were kept are the ones that the checks would give again."""

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from conflict_minerals.intake import intake
from conflict_minerals.smelters import lists, reference
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
    for file in tmp_path.rglob("*.parquet"):
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


def test_folders_of_older_versions_are_forgotten(tmp_path):
    for n in range(4):
        (tmp_path / f"reading-{n}").mkdir()
    (tmp_path / "other").mkdir()
    shutil.copytree(RAW / "cmrt" / "elm", tmp_path / "cmrt" / "elm")
    intake.read_folder(tmp_path / "cmrt", cache=tmp_path)
    left = sorted(place.name for place in tmp_path.iterdir())
    assert len(left) == 5 and {"cmrt", "other"} <= set(left)
