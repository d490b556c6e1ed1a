"""A new year: laid out with comments, carried over from another, never overwriting."""

import pytest

from helpers import inputs, knowledge, program, run, scaffold
from helpers.errors import InputError
from small_year import write_inputs


def filled(folder):
    """What a person does first."""
    file = folder / "program.yml"
    file.write_text(file.read_text().replace("as_of:  ", "as_of: 2027-05-15", 1))
    return inputs.load(folder, 2026)


def test_an_empty_year_asks_for_the_review_date_and_then_loads(tmp_path):
    made, kept = scaffold.lay_out(tmp_path / "2026", 2026, None)
    assert "program.yml" in made and kept == []
    with pytest.raises(InputError, match="as_of: is missing"):
        inputs.load(tmp_path / "2026", 2026)
    read = filled(tmp_path / "2026")
    assert read.products.empty and read.lists.empty and read.decisions.empty
    assert len(program.blanks(read.program)) > 10


def test_every_key_and_column_stands_there_with_its_meaning(tmp_path):
    scaffold.lay_out(tmp_path / "2026", 2026, None)
    text = (tmp_path / "2026" / "program.yml").read_text()
    keys = knowledge.table("program")
    for row in keys[keys["file"] == "program.yml"].itertuples():
        assert row.meaning in text, row.key
    for row in knowledge.table("input_columns").itertuples():
        assert row.meaning.split(";")[0] in (tmp_path / "2026" / row.file).read_text()


def test_a_year_carries_over_what_stays_true(tmp_path):
    before = run.project_root() / "data" / "raw" / "2025"
    old = inputs.load(before, 2025)
    scaffold.lay_out(tmp_path / "2026", 2026, before)
    new = filled(tmp_path / "2026")
    assert new.suppliers["supplier_id"].tolist() == old.suppliers["supplier_id"].tolist()
    assert set(new.suppliers["requested_on"]) == {""}
    assert new.program["facts"] == old.program["facts"]
    assert new.program["registrant"] == old.program["registrant"]
    assert new.program["previous"] == 2025 and new.program["survey"]["due_on"] is None
    open_ = [p["id"] for p in old.program["promises"] if p["state"] in ("open", "partly")]
    assert [p["id"] for p in new.program["promises"]] == open_
    assert new.program["illustration"] is False and new.program["published"] == {}
    assert (tmp_path / "2026" / "cmrt" / old.suppliers["supplier_id"][0]).is_dir()


def test_alias_decisions_wait_to_be_confirmed(tmp_path):
    before = run.project_root() / "data" / "raw" / "2018"
    scaffold.lay_out(tmp_path / "2026", 2026, before)
    file = tmp_path / "2026" / "decisions.csv"
    text = file.read_text()
    assert "# D-002,match,Tin|Yunnan Chengfeng NF Metals,CID002158" in text
    assert "D-001" not in text and "D-004" not in text  # superseded; not an alias
    assert filled(tmp_path / "2026").decisions.empty
    file.write_text(text.replace("# D-003", "D-003"))
    with pytest.raises(InputError, match="decided_by: is blank"):
        inputs.load(tmp_path / "2026", 2026)


def test_nothing_is_ever_overwritten(tmp_path):
    folder = write_inputs(tmp_path / "2018")
    before = (folder / "program.yml").read_text()
    made, kept = scaffold.lay_out(folder, 2018, None)
    assert (folder / "program.yml").read_text() == before
    assert "program.yml" in kept and "decisions.csv" in made


def test_a_year_that_is_not_there_or_the_same_is_refused(tmp_path):
    folder = write_inputs(tmp_path / "2018")
    with pytest.raises(InputError, match="no such year"):
        scaffold.lay_out(tmp_path / "2026", 2026, tmp_path / "2025")
    with pytest.raises(InputError, match="from itself"):
        scaffold.lay_out(folder, 2018, folder)
    assert not (tmp_path / "2026").exists()
