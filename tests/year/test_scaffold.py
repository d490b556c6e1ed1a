"""A new year: laid out with comments, carried over from another, never overwriting."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from conflict_minerals.ground import library
from conflict_minerals.ground.errors import InputError
from conflict_minerals.year import filehashes, inputs, program, scaffold
from helpers import run
from small_year import write_inputs


def filled(folder):
    """What a person does first."""
    file = folder / "program.yml"
    file.write_text(file.read_text().replace("as_of:  ", "as_of: 2027-05-15", 1))
    return inputs.load(folder, 2026)


def real(tmp_path, year):
    """An example's inputs as those of a real company."""
    folder = tmp_path / "before" / str(year)
    example = run.project_root() / "data" / "raw" / str(year)
    shutil.copytree(example, folder, ignore=shutil.ignore_patterns("cmrt"))
    file = folder / "program.yml"
    text = file.read_text()
    file.write_text(text.replace("illustration: true", "illustration: false", 1))
    assert file.read_text() != text
    return folder


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
    keys = library.table("program")
    for row in keys[keys["file"] == "program.yml"].itertuples():
        assert row.meaning in text, row.key
    for row in library.table("input_columns").itertuples():
        assert row.meaning.split(";")[0] in (tmp_path / "2026" / row.file).read_text()


def test_the_facts_that_the_templates_ask_for_stand_there(tmp_path):
    scaffold.lay_out(tmp_path / "2026", 2026, None)
    text = (tmp_path / "2026" / "program.yml").read_text()
    templates = [p.read_text(encoding="utf-8") for p in library.path("wording").iterdir()
                 if p.name != "README.md"]  # fmt: skip
    asked = {id for t in templates for id in re.findall(r"\b(?:fact|done)\('(\w+)'", t)}
    assert asked == set(library.table("facts")["id"])
    for id in asked:
        assert re.search(rf"(?m)^#   {id} ", text), id


@pytest.mark.parametrize("year", [2018, 2024, 2025])
def test_nothing_invented_is_carried_over_from_an_illustration(tmp_path, year):
    example = run.project_root() / "data" / "raw" / str(year)
    scaffold.lay_out(tmp_path / "with", 2026, example)
    scaffold.lay_out(tmp_path / "without", 2026, None)
    with_, without = ({p.relative_to(f).as_posix(): p.is_file() and p.read_text()
                       for p in f.rglob("*")} for f in (tmp_path / "with", tmp_path / "without"))
    assert with_ == without


def test_a_year_carries_over_what_stays_true(tmp_path):
    before = real(tmp_path, 2025)
    old = inputs.load(before, 2025)
    scaffold.lay_out(tmp_path / "2026", 2026, before)
    new = filled(tmp_path / "2026")
    assert new.suppliers["supplier_id"].tolist() == old.suppliers["supplier_id"].tolist()
    assert set(new.suppliers["requested_on"]) == {""}
    blank = {"date": None, "done_on": None}
    assert new.program["facts"] == [fact | blank for fact in old.program["facts"]]
    asked = set(program.blanks(new.program)["subject"])  # the gate asks for this year's documents
    assert {f"program.yml facts[{fact['id']}].date" for fact in old.program["facts"]} <= asked
    assert new.program["registrant"] == old.program["registrant"]
    assert new.program["previous"] == 2025 and new.program["survey"]["due_on"] is None
    open_ = [p["id"] for p in old.program["promises"] if p["state"] in ("open", "partly")]
    assert [p["id"] for p in new.program["promises"]] == open_
    assert new.program["illustration"] is False and new.program["published"] == {}
    assert (tmp_path / "2026" / "cmrt" / old.suppliers["supplier_id"][0]).is_dir()


def test_decisions_of_every_kind_wait_to_be_confirmed(tmp_path):
    before = real(tmp_path, 2018)
    scaffold.lay_out(tmp_path / "2026", 2026, before)
    file = tmp_path / "2026" / "decisions.csv"
    text = file.read_text()
    assert "# D-002,match,Tin|Yunnan Chengfeng NF Metals,CID002158" in text
    assert "D-001" not in text  # superseded
    assert "# D-004,risk,supplier|hazel,engage" in text and "# D-005,form,branch" in text
    assert filled(tmp_path / "2026").decisions.empty
    file.write_text(text.replace("# D-003", "D-003"))
    with pytest.raises(InputError, match="decided_by: is blank"):
        inputs.load(tmp_path / "2026", 2026)


def test_last_years_lists_need_their_date_and_no_more(tmp_path):
    before = real(tmp_path, 2025)
    old = inputs.load(before, 2025).lists
    scaffold.lay_out(tmp_path / "2026", 2026, before)
    text = (tmp_path / "2026" / "lists.yml").read_text()
    text = text.replace("lists: []", "lists:", 1).replace("#  - {", "  - {")
    (tmp_path / "2026" / "lists.yml").write_text(text.replace("as_of: }", "as_of: 2027-03-31}"))
    for name in old["file"]:
        (tmp_path / "2026" / name).write_bytes((before / name).read_bytes())
    new = filled(tmp_path / "2026").lists
    assert set(new["as_of"]) == {"2027-03-31"}
    assert new.drop(columns="as_of").equals(old.drop(columns="as_of"))
    assert "metals: [Gold]" in text and "a year earlier" in text


def test_words_to_choose_from_and_the_forms_edition_stand_there(tmp_path):
    scaffold.lay_out(tmp_path / "2026", 2026, None)
    text = (tmp_path / "2026" / "program.yml").read_text()
    assert "What became of it; one of open, kept, not_kept, partly" in text
    assert yaml.safe_load(text)["form"]["edition"] == "2021"
    assert yaml.safe_load(text)["survey"]["due_after_days"] == 30
    assert yaml.safe_load(scaffold.program_yml(2018, None))["form"]["edition"] == "2014"


def test_an_empty_year_runs_to_a_draft_that_names_what_is_blank(tmp_path):
    scaffold.lay_out(tmp_path / "2026", 2026, None)
    (tmp_path / "2026" / "lists" / "unnamed.csv").write_text("id\n")
    filled(tmp_path / "2026")
    done = subprocess.run(
        [sys.executable, "-m", "helpers", "report", "--year", "2026", "--raw",
         str(tmp_path / "2026")],
        env={**os.environ, run.SANDBOX: str(tmp_path / "made")}, capture_output=True, text=True,
    )  # fmt: skip
    lines = done.stdout.strip().splitlines()
    assert (done.returncode, lines[-1][:6]) == (1, "DRAFT "), done.stdout + done.stderr
    reasons = [line.strip() for line in lines if line.startswith("  blank: program.yml ")]
    facts = {r.split()[3].rstrip(":") for r in reasons if r.split()[2] == "facts"}
    told = library.table("facts")
    assert facts == set(told.loc[told["needed"] == "yes", "id"])
    for key in ("registrant.irs_number", "form.branch", "facts policy"):
        assert [r for r in reasons if r.startswith(f"blank: program.yml {key}")], key
    assert len([line for line in lines if "law_confirmed" in line]) == 1  # one cause, said once
    assert not [line for line in lines if line.startswith("  reconcile")]
    # Of the texts that ship none is at fault, whatever is not there yet.
    assert not [line for line in lines if "of no kind" in line or "nothing is named" in line]
    door = (tmp_path / "made" / "outputs" / "2026" / "index.html").read_text()
    assert "lists/unnamed.csv" in door  # inputs that do not agree are shown
    assert "names no supplier yet" in door and "names no product yet" in door
    assert "what <a href" in door and "sign what is printed" not in door  # not before it is due


def test_nothing_is_ever_overwritten(tmp_path):
    folder = write_inputs(tmp_path / "2018")
    before = (folder / "program.yml").read_text()
    digest = inputs.load(folder, 2018).digest
    made, kept = scaffold.lay_out(folder, 2018, run.project_root() / "data" / "raw" / "2025")
    assert (folder / "program.yml").read_text() == before
    assert "program.yml" in kept and made == ["evidence/"]
    assert inputs.load(folder, 2018).digest == digest  # what was signed off still is
    (folder / "products.csv").unlink()
    assert scaffold.lay_out(folder, 2018, None)[0] == ["products.csv"]


def test_a_year_that_is_not_there_or_the_same_is_refused(tmp_path):
    folder = write_inputs(tmp_path / "2018")
    with pytest.raises(InputError, match="no such year"):
        scaffold.lay_out(tmp_path / "2026", 2026, tmp_path / "2025")
    with pytest.raises(InputError, match="from itself"):
        scaffold.lay_out(folder, 2018, folder)
    assert not (tmp_path / "2026").exists()


def test_an_amendment_starts_from_what_was_filed_and_from_the_year_as_it_was(tmp_path):
    number = "0001234567-25-000012"
    folder = real(tmp_path, 2024)
    (folder / "signoff.csv").write_text("role,name,signed_on,digest\n")
    (folder / "returned").mkdir()
    with pytest.raises(InputError, match="make freeze"):
        scaffold.amend(folder, number)
    (folder / "filed" / number).mkdir(parents=True)
    (folder / "filed" / number / "d1.htm").write_text("<body><p>As filed.</p></body>")
    (folder / "filed" / f"{number}.json").write_text("{}")
    made = scaffold.amend(folder, number)
    assert made.name == "2024-A1" and scaffold.amend(folder, number).name == "2024-A2"
    assert not any((made / name).exists() for name in filehashes.UNDIGESTED)
    assert (made / "amends" / number / "d1.htm").is_file()
    form = program.load(made / "program.yml")["form"]
    assert (form["kind"], form["amends"]) == ("amendment", "")
    assert (form["amends_number"], form["amends_accession"]) == (1, number)
    assert (made / "decisions.csv").read_bytes() == (folder / "decisions.csv").read_bytes()
