"""Folders that are replaced whole: the lock, the swap, what is refused, and death at any moment."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from conflict_minerals.ground import system
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import manifest, yearfolders

FILL = """
import sys, pathlib
from conflict_minerals.store import yearfolders
a, b = map(pathlib.Path, sys.argv[1:3])
print("go", flush=True)
for number in range(1, 10_000):
    with yearfolders.replacing(a, b, check=lambda: None) as news:
        for new in news:
            for name in "xyz":
                (new / name).write_text(str(number))
"""
HOLD = """
import sys, time, pathlib
from conflict_minerals.store import yearfolders
with yearfolders.lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def start(code, *arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline()
    return process


def made(outputs, year=2018, **parameters):
    """A folder as a run leaves it."""
    (outputs / "tables").mkdir(parents=True)
    (outputs / "tables" / "facilities.csv").write_text("metal\nGold\n")
    (outputs / "index.html").write_bytes(manifest.seal(b"<html></html>\n"))
    data = manifest.build(
        outputs, year=year, digest="d", inputs={}, parameters={"hindsight": False, **parameters}
    )
    (outputs / manifest.NAME).write_bytes(data)
    return outputs


def fill(final, text):
    with yearfolders.replacing(final, check=lambda: None) as (new,):
        (new / "file").write_text(text)


def hidden(folder):
    return sorted(p.name for p in folder.iterdir() if p.name.startswith(".") and p.is_dir())


@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_is_replaced_whole(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(system, "exchange", lambda *_: False)
    final = tmp_path / "2018"
    fill(final, "one")
    (final / "stale").touch()
    fill(final, "two")
    assert (final / "file").read_text() == "two"
    assert sorted(p.name for p in final.iterdir()) == ["file"]
    assert hidden(tmp_path) == []


def fill_again(final, **files):
    with yearfolders.replacing(final, check=lambda: None) as (new,):
        for name, data in files.items():
            if not yearfolders.stays(new, name, data):
                (new / name).write_bytes(data)


def test_a_file_with_the_same_bytes_stays_the_same_file_and_any_other_is_written_anew(tmp_path):
    final = tmp_path / "2018"
    fill_again(final, same=b"one", other=b"one", shared=b"one", linked=b"one")
    os.link(final / "shared", tmp_path / "somebody's")
    (final / "linked").rename(tmp_path / "elsewhere")
    (final / "linked").symlink_to(tmp_path / "elsewhere")
    before = {path.name: path.lstat().st_ino for path in final.iterdir()}
    fill_again(final, same=b"one", other=b"two", shared=b"one", linked=b"one", more=b"one")
    after = {path.name: path.lstat().st_ino for path in final.iterdir()}
    assert [name for name in before if after[name] == before[name]] == ["same"]
    assert {path.name: path.read_bytes() for path in final.iterdir()} == {
        "same": b"one", "other": b"two", "shared": b"one", "linked": b"one", "more": b"one"}
    assert not any(path.is_symlink() for path in final.iterdir()) and hidden(tmp_path) == []
    assert all(path.stat().st_nlink == 1 for path in final.iterdir())


def test_a_run_that_fails_leaves_the_file_that_would_have_stayed(tmp_path):
    final = tmp_path / "2018"
    fill_again(final, same=b"one")
    with (pytest.raises(ZeroDivisionError),
          yearfolders.replacing(final, check=lambda: None) as (new,)):
        assert yearfolders.stays(new, "same", b"one")
        raise ZeroDivisionError
    assert (final / "same").read_bytes() == b"one" and (final / "same").stat().st_nlink == 1


def test_a_block_that_fails_leaves_what_was_there(tmp_path):
    final = tmp_path / "2018"
    fill(final, "one")
    nothing = lambda: None  # noqa: E731
    with pytest.raises(ZeroDivisionError), yearfolders.replacing(final, check=nothing) as (new,):
        (new / "file").write_text("two")
        raise ZeroDivisionError
    assert (final / "file").read_text() == "one" and hidden(tmp_path) == []


def test_a_change_made_meanwhile_is_seen_before_the_swap(tmp_path):
    final = made(tmp_path / "2018")
    with (
        pytest.raises(InputError, match="was edited"),
        yearfolders.replacing(
            final, check=lambda: yearfolders.check_outputs(final, 2018)) as (new,),
    ):
        (new / "file").write_text("two")
        (final / "tables" / "facilities.csv").write_text("edited")
    assert (final / "tables" / "facilities.csv").read_text() == "edited"


def test_killed_at_any_moment_the_folders_are_whole(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    chance = random.Random(7)
    for _ in range(12):
        process = start(FILL, one, other)
        time.sleep(chance.uniform(0.005, 0.12))
        process.send_signal(signal.SIGKILL)
        process.wait()
        for final in (one, other):
            yearfolders.recover(final)
            if final.exists():  # the very first run may have died before it put anything there
                assert len({(final / name).read_text() for name in "xyz"}) == 1
        assert hidden(tmp_path) == []
    assert int((one / "x").read_text()) > 0


def test_death_between_the_two_renames_is_mended(tmp_path):
    final = tmp_path / "2018"
    fill(final, "one")
    final.rename(tmp_path / ".2018.old")
    fill(tmp_path / ".2018.new", "two")
    yearfolders.recover(final)
    assert (final / "file").read_text() == "one" and hidden(tmp_path) == []


@pytest.mark.parametrize("kind", ["file", "link", "link to nothing"])
def test_what_lies_in_the_way_of_a_run_is_taken_away_and_no_link_followed(tmp_path, kind):
    final, way = tmp_path / "outputs" / "2018", tmp_path / "outputs" / ".2018.new"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("x")
    way.parent.mkdir()
    if kind == "file":
        way.write_text("x")
    else:
        way.symlink_to(elsewhere if kind == "link" else tmp_path / "nowhere")
    for text in ("one", "two"):
        fill(final, text)
    assert (elsewhere / "kept").read_text() == "x" and not os.path.lexists(way)


def test_a_second_run_is_told_who_holds_the_lock(tmp_path):
    final = tmp_path / "2018"
    holder = start(HOLD, final)
    try:
        with pytest.raises(InputError) as caught:
            fill(final, "two")
        assert f"process {holder.pid} on" in str(caught.value) and "since 20" in str(caught.value)
        assert not final.exists()
    finally:
        holder.kill()
        holder.wait()
    fill(final, "two")  # the lock of a dead process is free
    assert (final / "file").read_text() == "two"


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda o: (o / "tables" / "facilities.csv").write_text("x"), "facilities.csv: was edited"),
        (lambda o: (o / "notes.docx").write_text("x"), "notes.docx: was added"),
        (lambda o: (o / "index.html").write_text("x"), "index.html: was edited"),
        (lambda o: (o / manifest.NAME).unlink(), "did not make it"),
        (lambda o: (o / manifest.NAME).write_text("{}"), "did not make it"),
        (lambda o: yearfolders.freeze(o, "2019-05-31"), "frozen since 2019-05-31"),
        *((lambda o, text=text: (o / yearfolders.FROZEN).write_text(text),
           "frozen since a day")
          for text in ("x", "", "{}", "[1]", '{"frozen_on": []}', '"x')),
    ],
)
def test_what_people_changed_or_froze_is_not_replaced(tmp_path, change, said):
    outputs, seen = made(tmp_path / "2018"), {}
    yearfolders.check_outputs(outputs, 2018, seen=seen)
    change(outputs)
    with pytest.raises(InputError) as caught:
        yearfolders.check_outputs(outputs, 2018)
    with pytest.raises(InputError) as second:  # of a run that looked before
        yearfolders.check_outputs(outputs, 2018, seen=seen)
    assert said in str(caught.value) and str(second.value) == str(caught.value)
    assert said in str(caught.value)
    if "edited" in said or "added" in said:
        assert "returned/" in str(caught.value)


def test_what_was_only_removed_or_left_by_a_viewer_does_not_stop_a_run(tmp_path):
    outputs = made(tmp_path / "2018")
    (outputs / "tables" / "facilities.csv").unlink()
    (outputs / ".DS_Store").touch()
    (outputs / "~$report.docx").touch()
    yearfolders.check_outputs(outputs, 2018)
    assert manifest.changed(outputs, manifest.read(outputs)) == [
        ("tables/facilities.csv", "removed")
    ]


def test_outputs_of_another_year_and_the_record_itself_are_not_replaced(tmp_path):
    outputs = made(tmp_path / "2018")
    with pytest.raises(InputError, match="outputs of 2018, not of 2019"):
        yearfolders.check_outputs(outputs, 2019)
    with pytest.raises(InputError, match="another review date may not replace"):
        yearfolders.check_outputs(outputs, 2018, hindsight=True)
    yearfolders.check_outputs(made(tmp_path / "later", hindsight=True), 2018, hindsight=True)


def test_a_folder_of_something_else_is_not_replaced_by_tables(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "risk.parquet").touch()
    (folder / "risk.stamp.json").touch()
    yearfolders.check_tables(folder)
    (folder / "thesis.odt").touch()
    with pytest.raises(InputError, match="thesis.odt"):
        yearfolders.check_tables(folder)


def test_a_manifest_names_no_place_and_no_clock(tmp_path):
    text = (made(tmp_path / "2018") / manifest.NAME).read_text()
    assert str(tmp_path) not in text
    assert set(json.loads(text)) == {
        "schema", "year", "digest", "parameters", "versions", "inputs", "outputs",
    }  # fmt: skip
    assert list(json.loads(text)["outputs"]) == ["tables/facilities.csv"]
