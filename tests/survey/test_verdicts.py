"""Which files count, and what a person decides."""

import pandas as pd
import pytest

import makebook
from conflict_minerals.ground import library, tables
from conflict_minerals.ground.errors import InputError
from conflict_minerals.survey import checks, survey, verdicts
from declarations import AS_OF, YEAR, Form, inputs, known, read


def form(day=45444, **fields):
    made = Form()
    made.fields |= {"effective_date": day, **fields}
    return made


@pytest.fixture
def judged(tmp_path):
    """Judges files by name; gives verdicts, findings of the comparison, and everything."""

    def judge(files, suppliers=("s",), **options):
        files = {f"s/{n}" if "/" not in n else n: f.bytes() if isinstance(f, Form) else f
                 for n, f in files.items()}
        taken = read(files, tmp_path)
        year = inputs(suppliers, **options)
        findings = checks.find(taken, year, reference=known(taken), as_of=AS_OF)
        responses, extra = verdicts.judge(taken, findings, year, year=YEAR, as_of=AS_OF)
        return responses.set_index("file"), extra, (taken, year, findings)

    return judge


def test_newest_of_a_scope_counts_and_scopes_stand_side_by_side(judged):
    responses, extra, _ = judged({
        "old.xlsx": form(45300), "new.xlsx": form(45444),
        "ulm.xlsx": form(45200, scope="C. User defined", scope_description="Works Ulm"),
        "ulm2.xlsx": form(45210, scope="C. User defined", scope_description="WORKS, Ulm"),
    })
    assert responses["counted"].to_dict() == {
        "s/old.xlsx": False, "s/new.xlsx": True, "s/ulm.xlsx": False, "s/ulm2.xlsx": True}
    assert responses.at["s/old.xlsx", "verdict"] == "superseded"
    assert responses.at["s/old.xlsx", "reason"] == "Superseded by s/new.xlsx"
    assert extra.empty


def test_tie_counts_twice_until_decided(judged):
    files = {"a.xlsx": form(), "b.xlsx": form(contact_phone="+49 30 5550199")}
    responses, extra, _ = judged(files)
    assert responses["counted"].all()
    assert set(extra["rule"]) == {"effective-date-tie"} and set(extra["cell"]) == {"D22"}
    responses, extra, _ = judged(files, decisions=[("7", "file", "s/b.xlsx", "counts", "")])
    assert responses["counted"].to_dict() == {"s/a.xlsx": False, "s/b.xlsx": True}
    assert responses.at["s/a.xlsx", "reason"] == "Superseded by s/b.xlsx, by decision 7"
    assert extra.empty


def test_future_or_blank_date_supersedes_nothing_until_decided(judged):
    files = {"a.xlsx": form(45444), "b.xlsx": form(45900), "c.xlsx": form(None)}
    responses, extra, (_, _, findings) = judged(files)
    assert responses["counted"].all()
    assert sorted(extra["file"]) == ["s/b.xlsx", "s/c.xlsx"]
    assert "effective-date-future" in set(findings["rule"])
    responses, _, _ = judged(files, decisions=[
        ("1", "file", "s/b.xlsx", "counts", ""), ("2", "file", "s/c.xlsx", "rejected", "")])
    assert responses["verdict"].to_dict() == {
        "s/a.xlsx": "superseded", "s/b.xlsx": "accepted_with_findings", "s/c.xlsx": "rejected"}


def test_rejected_or_unreadable_supersedes_nothing(judged):
    blank = form(45600)
    blank.answers = {}
    half = form(45610)
    half.answers = {k: v for k, v in half.answers.items() if k[0] in "123"}
    responses, extra, _ = judged({
        "a.xlsx": form(45444), "b.xlsx": blank, "c.xlsx": half, "d.xlsx": form().bytes()[:700],
        "e.pdf": b"%PDF-1.4", "f.xlsx": Form("EMRT", "1.3"),
    })
    assert responses["verdict"].to_dict() == {
        "s/a.xlsx": "accepted", "s/b.xlsx": "rejected", "s/c.xlsx": "rejected",
        "s/d.xlsx": "rejected", "s/e.pdf": "not_a_template", "s/f.xlsx": "accepted"}
    assert responses["counted"].to_dict() == {
        f: f == "s/a.xlsx" for f in responses.index}, "siblings are left out of the figures"
    assert "EMRT" in responses.at["s/f.xlsx", "reason"]
    assert extra.loc[extra["rule"] == "file-unreadable", "file"].tolist() == ["s/d.xlsx"]


def test_same_bytes_twice_count_once(judged):
    responses, extra, _ = judged({"b.xlsx": form(), "a copy.xlsx": form()})
    assert responses["counted"].sum() == 1
    assert responses.at["s/b.xlsx", "reason"] == "The same bytes as s/a copy.xlsx"
    assert extra["rule"].tolist() == ["file-sent-twice"]


def test_strangers_folder_counts_for_nobody(judged):
    responses, _, _ = judged({"x/a.xlsx": form()})
    assert responses.at["x/a.xlsx", "verdict"] == "rejected"
    decided = [("1", "file", "x/a.xlsx", "counts", ""),
               ("2", "finding", "x/a.xlsx|unknown-supplier-folder|", "dismissed", "")]
    responses, extra, _ = judged({"x/a.xlsx": form()}, decisions=decided)
    assert responses.at["x/a.xlsx", "verdict"] == "rejected", "and no decision makes it count"
    assert extra["rule"].tolist() == ["decision-without-effect"]


def test_no_3tg_beside_a_template_that_uses_a_metal_is_left_to_a_person(judged):
    decided = [("1", "file", "s/b.pdf", "no_3tg", "")]
    responses, extra, _ = judged({"a.xlsx": form(), "b.pdf": b"%PDF-1.4"}, decisions=decided)
    assert responses.at["s/a.xlsx", "counted"]
    assert extra[["file", "rule", "expected"]].to_numpy().tolist() == [
        ["s/b.pdf", "no-3tg-though-declared", "s/a.xlsx"]]
    of_template = [("1", "file", "s/a.xlsx", "no_3tg", "")]
    responses, extra, (taken, year, findings) = judged({"a.xlsx": form()}, decisions=of_template)
    assert extra["rule"].tolist() == ["decision-without-effect"]
    suppliers = survey.at_a_glance(
        year, responses.reset_index(), taken.answers, findings, as_of=AS_OF)
    assert suppliers["responded"].all() and not suppliers["no_3tg"].any()


def test_what_passes_for_a_workbook_and_is_none_is_asked_for_again(judged):
    responses, extra, _ = judged({
        "cut.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(300), "empty.xlsx": b"",
        "photo.xls": b"\xff\xd8\xff\xe0" + bytes(300), "~$cut.xls": b"\x05owner" + bytes(159),
        "table.ods": makebook.pack({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        "photo.jpg": b"\xff\xd8\xff\xe0" + bytes(300), "page.html": b"<html></html>"})
    assert {f[2:]: v for f, v in responses["verdict"].items() if v == "rejected"}.keys() == {
        "cut.xls", "empty.xlsx", "photo.xls", "table.ods"}
    asked = extra[extra["rule"] == "file-unreadable"].set_index("file")["found"]
    assert asked["s/photo.xls"] == "A picture", "what the analyst is told is not for a letter"
    assert len(asked) == 4


def test_superseded_decision_is_not_carried_out(judged):
    responses, _, _ = judged({"a.xlsx": form()}, decisions=[
        ("1", "file", "s/a.xlsx", "rejected", ""), ("2", "file", "s/a.xlsx", "counts", "1")])
    assert responses.at["s/a.xlsx", "counted"]
    assert responses.at["s/a.xlsx", "reason"].endswith("counts by decision 2")


def test_dismissed_finding_weighs_nothing(judged):
    spoilt = form()
    spoilt.say("all_reported", "Gold", "No")
    responses, _, (_, _, findings) = judged({"a.xlsx": spoilt})
    assert responses.at["s/a.xlsx", "verdict"] == "accepted_with_findings"
    cell = findings["cell"].iloc[0]
    for key in (f"s/a.xlsx|not-all-smelters-reported|{cell}",
                f"s/a.xlsx|not-all-smelters-reported|Declaration!{cell}",
                "s/a.xlsx|not-all-smelters-reported|*"):
        responses, _, (_, _, findings) = judged(
            {"a.xlsx": spoilt}, decisions=[("4", "finding", key, "dismissed", "")])
        assert findings[["state", "decision"]].to_numpy().tolist() == [["dismissed", "4"]]
        assert responses.at["s/a.xlsx", "verdict"] == "accepted"


def test_analyst_changes_the_rules(judged, monkeypatch):
    lines = library.table("verdicts")
    when = "version is within <6.4 and warnings is below 99"
    stricter = {"order": "65", "verdict": "rejected", "when": when,
                "reason": "Too old for this year", "meaning": "", "source": "", "as_of": ""}
    table = pd.concat([lines, pd.DataFrame([stricter])], ignore_index=True)
    real = library.table
    monkeypatch.setattr(library, "table", lambda n: table if n == "verdicts" else real(n))
    responses, _, _ = judged({"a.xlsx": Form("CMRT", "6.31"), "b.xlsx": form(45450)})
    assert responses["verdict"].to_dict() == {"s/a.xlsx": "rejected", "s/b.xlsx": "accepted"}
    table.loc[len(table) - 1, "when"] = "colour is red"
    with pytest.raises(InputError, match="asks for 'colour'"):
        judged({"a.xlsx": form()})


def test_no_covered_country_needs_a_no_for_each_metal_in_scope(judged):
    yes, part, none = form(), form(), form()
    part.say("covered_countries", "Tin", "Unknown")
    for metal in none.metals:
        none.say("used_intentionally", metal, "No")
    absent = form()
    absent.say("used_intentionally", "Gold", "No")
    absent.answers.pop((absent.question("covered_countries"), "Gold"))
    two = form(45300, scope="C. User defined", scope_description="Ulm")
    two.say("covered_countries", "Tin", "Yes")
    suppliers = ("yes", "part", "none", "absent", "two")
    responses, _, (taken, _, _) = judged(
        {"yes/a.xlsx": yes, "part/a.xlsx": part, "none/a.xlsx": none, "absent/a.xlsx": absent,
         "two/a.xlsx": yes, "two/b.xlsx": two}, suppliers=suppliers)
    found = verdicts.no_covered_country(taken.answers, responses.reset_index())
    assert found["supplier_id"].tolist() == ["absent", "yes"]


def test_tables_take_the_shape_that_is_described(judged):
    spoilt = form()
    spoilt.fields["authorizer"] = "same"
    responses, extra, (taken, _, findings) = judged(
        {"a.xlsx": spoilt, "b.xlsx": form(), "c.pdf": b"%PDF"})
    responses = responses.reset_index()
    shaped = tables.shape(responses, "responses")
    assert len(shaped) == 3
    every = verdicts.all_findings(findings, extra, responses)
    assert len(tables.shape(every, "findings")) == len(findings) + len(extra) > 0
