"""Outputs that somebody had since: verify runs nothing of them and misses nothing in them."""

import json
import os
import shutil

import pandas as pd
import pytest

from conflict_minerals.command import verify
from conflict_minerals.filing.claims import figures
from conflict_minerals.ground import tables
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import manifest, yearfolders

FACILITIES = {"metal": ["Gold", "Tin"], "name_key": ["a", "b"], "country": ["PER", "COD"],
              "region": ["Americas", "Africa"], "status": ["conformant", "active"],
              "status_reason": ["", ""], "status_ground": ["listed", "listed"],
              "audit": ["", ""], "basis": ["own_audit", "scheme"]}  # fmt: skip
EVIL = ("1=1) FROM facilities; COPY (SELECT 'planted') TO '{}' "
        "(HEADER false, QUOTE '', DELIMITER '|'); SELECT count(*) FILTER (WHERE 1=1")  # fmt: skip


@pytest.fixture
def year(tmp_path):
    outputs = tmp_path / "outputs" / "2018"
    (outputs / "tables").mkdir(parents=True)
    (tmp_path / "raw").mkdir()
    frame = pd.DataFrame(dict.fromkeys(tables.names("facilities"), "") | FACILITIES)
    frame.to_csv(outputs / "tables" / "facilities.csv", index=False)
    (outputs / "figures.json").write_bytes(figures.to_json(figures.compute({"facilities": frame})))
    seal(outputs)
    assert verify.verify(outputs, tmp_path / "raw")[0].empty
    return outputs


def seal(outputs):
    """What the run does last, and whoever forges a year: no hash is keyed."""
    data = manifest.build(outputs, year=2018, digest="d", inputs={}, parameters={})
    (outputs / manifest.NAME).write_bytes(data)
    door = f"<html>{manifest.sha256(outputs / manifest.NAME)}</html>\n".encode()
    (outputs / manifest.INDEX).write_bytes(manifest.seal(door))


def wrong(outputs):
    found = verify.verify(outputs, outputs.parents[1] / "raw")[0]
    return dict(zip(found["subject"], found["reason"], strict=True))


def change(outputs, **entry):
    stated = json.loads((outputs / "figures.json").read_text())
    stated["active"] |= entry
    (outputs / "figures.json").write_text(json.dumps(stated))


@pytest.mark.parametrize("forged", [False, True])
@pytest.mark.parametrize("key, text", [
    ("where", EVIL), ("where", "(SELECT count(*) FROM range(100000000000)) > 0"),
    ("where", "read_text('/etc/hostname') IS NOT NULL"), ("how", f"count) {EVIL}"),
    ("table", "../../planted"), ("table", "facilities; DROP TABLE facilities"),
])  # fmt: skip
def test_no_text_of_the_outputs_is_run(year, forged, key, text):
    planted = year.parents[1] / "planted.csv"
    planted.write_text("mine")
    change(year, **{key: text.format(planted)})
    if forged:
        seal(year)
    found = wrong(year)
    assert found["figure active"] == "is not counted as knowledge/filing/figures.csv has it"
    assert ("figures.json" in found) is not forged
    assert planted.read_text() == "mine"


def test_a_figure_that_the_program_does_not_know_is_not_believed(year):
    stated = json.loads((year / "figures.json").read_text())
    stated["planted"] = stated["active"]
    (year / "figures.json").write_text(json.dumps(stated))
    seal(year)
    assert list(wrong(year)) == ["figure planted"]


def test_a_changed_table_is_not_counted_and_a_forged_one_is(year):
    path = year / "tables" / "facilities.csv"
    path.write_text(path.read_text().replace("active", "conformant"))
    found = wrong(year)
    assert found["figure active"] == "was not counted: facilities changed since the run"
    seal(year)
    found = wrong(year)
    assert found["figure active"] == "says 1, its rows come to 0"
    assert found["figure conformant"] == "says 1, its rows come to 2"
    assert "figure facilities" not in found


DAMAGED = ["", "{", "[1]", "1", "null", '{"active": 1}', '{"active": {}}', "[" * 100_000, "\xff",
           '{"active": {"value": [], "text": 1, "table": "t", "where": "w", "how": "h"}}']


@pytest.mark.parametrize("text", DAMAGED)
@pytest.mark.parametrize("name", ["figures.json", manifest.NAME])
def test_a_damaged_file_is_one_line(year, name, text):
    (year / name).write_text(text, encoding="latin-1")
    if name == "figures.json":
        seal(year)
    with pytest.raises(InputError) as caught:
        wrong(year)
    assert caught.value.file == name and "\n" not in str(caught.value)


@pytest.mark.parametrize("text", [*DAMAGED, "{}"])
def test_a_damaged_marker_still_freezes(year, text):
    (year / yearfolders.FROZEN).write_text(text, encoding="latin-1")
    assert wrong(year)[manifest.NAME] == "is not the one that was frozen as filed"
    with pytest.raises(InputError, match="is frozen since a day"):
        yearfolders.check_outputs(year, 2018)


@pytest.mark.parametrize("key, value", [
    ("outputs", []), ("outputs", {"figures.json": 1}), ("inputs", None), ("parameters", "x"),
    ("year", "2018"), ("digest", 1), ("schema", True),
])  # fmt: skip
def test_a_manifest_of_another_form_is_one_line(year, key, value):
    made = json.loads((year / manifest.NAME).read_text())
    (year / manifest.NAME).write_text(json.dumps(made | {key: value}))
    with pytest.raises(InputError, match="is no manifest of this workbook"):
        wrong(year)


def test_a_manifest_of_a_newer_form_says_so(year):
    made = json.loads((year / manifest.NAME).read_text())
    (year / manifest.NAME).write_text(json.dumps(made | {"schema": 9}))
    with pytest.raises(InputError, match="is of schema 9, newer than 1"):
        wrong(year)


def test_what_does_not_hold_of_an_earlier_version_names_that_version(year):
    def told():
        return verify.verify(year, year.parents[1] / "raw")[1]["reason"].tolist()

    made = json.loads((year / manifest.NAME).read_text())
    made["versions"] |= {"code": "0123456789abcdef", "conflict-minerals-workbook": "0.9"}
    (year / manifest.NAME).write_text(json.dumps(made))
    door = f"<html>{manifest.sha256(year / manifest.NAME)}</html>\n".encode()
    (year / manifest.INDEX).write_bytes(manifest.seal(door))
    assert told() == []
    change(year, where="status IN ('active', 'probable')")
    assert [line[:46] for line in told()] == ["names version 0.9 with code 0123456789abcdef, "[:46]]
    seal(year)
    assert wrong(year) and told() == []


@pytest.mark.parametrize("name", ["claims", "claim_figures", "claim_evidence", "gates",
                                  "facilities", "products"])  # fmt: skip
@pytest.mark.parametrize("data", [b"", b"a\n1,2,3\n", b"\xff\xfe\x00", b'a,b\n"'])
def test_a_table_that_is_none_any_more_is_named_and_nothing_breaks(year, name, data):
    (year / "tables" / f"{name}.csv").write_bytes(data)
    seal(year)
    told = {"facilities": "figure active", "products": ""}.get(name, f"tables/{name}.csv")
    assert not told or told in wrong(year)


@pytest.mark.parametrize("name", ["~$evil.html", ".nfs123", ".staging", ".DS_Store", "review/~$x",
                                  ".staging/evil.html", "tables/more.csv"])  # fmt: skip
def test_no_name_is_a_hiding_place(year, name):
    (year / name).parent.mkdir(exist_ok=True)
    (year / name).write_text("<script>")
    assert wrong(year) == {name: "was added since the run"}


def test_a_link_in_the_place_of_a_file_is_told_whatever_it_leads_to(year):
    for name in ("figures.json", manifest.NAME, manifest.INDEX):
        away = year.parents[1] / name
        shutil.move(year / name, away)
        (year / name).symlink_to(away)
        assert wrong(year)[name] == "was edited since the run"
        (year / name).unlink()
        shutil.move(away, year / name)
    (year / "more").symlink_to(year.parent)
    os.mkfifo(year / "pipe")
    assert wrong(year) == {name: "was added since the run" for name in ("more", "pipe")}


def test_a_page_whose_rows_stand_in_no_table_breaks_nothing(year):
    claims = {"claim": ["c"], "document": ["form-sd"], "section": [""], "text": ["We said so."],
              "printed": [""], "figures": [""], "evidence": [""], "missing": [""],
              "owner": ["x"], "file": ["form_sd.md"]}  # fmt: skip
    from conflict_minerals.ground import tables

    for name in ("claims", "claim_figures", "claim_evidence"):
        rows = claims if name == "claims" else {}
        frame = pd.DataFrame(rows, columns=tables.names(name))
        frame.to_csv(year / "tables" / f"{name}.csv", index=False)
    (year / "report").mkdir()
    (year / "report" / "form-sd.htm").write_text("<p>We said so.</p><tr><td>x</td></tr>")
    (year / "report" / "form-sd.docx").write_bytes(b"PK\x03\x04")
    seal(year)
    unsigned = "is not there, so that nothing shows what was to be signed"
    assert wrong(year) == {"c": "report/form-sd.docx does not say it as it was said",
                           "signing.json": unsigned, "signing.txt": unsigned}  # fmt: skip
