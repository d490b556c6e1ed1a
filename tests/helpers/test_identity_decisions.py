"""Decisions: a record that is added to and never edited, and what each line changed."""

import csv
import re
import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import identity_year as year
from conflict_minerals.filing import delivery
from conflict_minerals.ground import csvfiles
from conflict_minerals.ground.errors import InputError
from conflict_minerals.intake import intake
from conflict_minerals.smelters import lists, matching, reference
from conflict_minerals.status import effects
from conflict_minerals.store import yearfolders
from conflict_minerals.survey import checks, verdicts
from conflict_minerals.year import record, scaffold, standing
from helpers import decide
from helpers.run import SANDBOX, start
from report_year import frames

DAY = date(2026, 3, 31)
RAW = Path(__file__).parents[2] / "data" / "raw"
GOOD = {"id": "D-001", "kind": "match", "key": "Gold|Aurelia Raffinery", "value": "CID900001",
        "reason": "Confirmed by mail", "decided_by": "Analyst", "decided_on": "2026-03-01"}


def lines(*given: dict) -> pd.DataFrame:
    plain = dict.fromkeys(record.COLUMNS, "")
    return pd.DataFrame([plain | GOOD | line for line in given]).astype("str")


@pytest.mark.parametrize("wrong, word", [
    ({"reason": " "}, "has no reason"), ({"decided_by": ""}, "has no author"),
    ({"value": "VALUE", "reason": "REASON"}, "id D-001: still holds VALUE, REASON. Write"),
    ({"decided_by": "WHO"}, "still holds WHO"), ({"decided_on": "YYYY-MM-DD"}, "still holds YYYY"),
    ({"decided_by": "by mail", "decided_on": "Ann", "supersedes": "2026-04-12"},
     "has 'Ann' in decided_on and a date in supersedes. A text that holds a comma.*in quotes"),
    ({"decided_on": ""}, "has no date"), ({"decided_on": "03/04/2026"}, "only one way"),
    ({"kind": "guess"}, "unknown kind"), ({"id": ""}, "has no id"), ({"value": ""}, "no value"),
    ({"key": "Aurelia"}, "has the key"), ({"key": "Unobtainium|Aurelia"}, "has the key"),
    ({"value": "CID1 or CID2"}, None), ({"value": "1JPN072"}, "has the value"),
    ({"kind": "status", "key": "Gold|CID900001", "value": "green"}, "has the value"),
    ({"kind": "status", "key": "Gold|Aurelia", "value": "active"}, None),
    ({"supersedes": "D-000"}, "no line above it"),
    ({"kind": "finding", "key": "S001", "value": "accepted"}, "has the key"),
    ({"kind": "finding", "key": "a.xlsx|rule", "value": "maybe"}, "has the value.*accepted"),
    ({"kind": "file", "key": "a.xlsx", "value": "maybe"}, "has the value.*counts"),
    ({"kind": "risk", "key": "Gold|CID900001|gold-hub", "value": "trace"}, "has the key"),
    ({"kind": "risk", "key": "supplier|aster", "value": "high"}, "has the key"),
    ({"kind": "risk", "key": "Gold|CID900001", "value": "engaged"}, "has the value"),
    ({"kind": "risk", "key": "Gold|CID900001", "value": "trace", "state": "odd"}, "unknown state"),
    ({"kind": "risk", "key": "Gold|CID900001", "value": "answered", "group": "G-1"}, "for many"),
    ({"kind": "returned", "key": "report.docx|*", "value": "perhaps"}, "has the value"),
    ({"kind": "returned", "key": "report.docx|*", "value": "refused"}, None),
    ({"kind": "sentence", "key": "limits-rows", "value": "We asked {rows}."}, None),
    ({"kind": "form", "key": "branch", "value": "formonly"}, "has the value.*form_only:recycled"),
    ({"kind": "form", "key": "branch", "value": "form_only: recycled"}, None),
    ({"value": "withdrawn"}, "withdraws nothing"),
])
def test_line_that_is_no_decision_is_refused_by_name(wrong, word):
    if word is None:
        assert len(record.check(lines(wrong))) == 1
        return
    with pytest.raises(InputError, match=word) as refused:
        record.check(lines(wrong))
    assert str(refused.value).startswith("decisions.csv")


def test_chain_of_decisions():
    chain = lines({}, {"id": "D-002", "value": "CID900002", "supersedes": "D-001"},
                  {"id": "D-003", "value": "none", "supersedes": "D-002"})
    assert standing.current(record.check(chain), "match")["id"].tolist() == ["D-003"]
    for wrong, word in (
        (lines({}, {}), "is there twice"),
        (lines({}, {"id": "D-002", "key": "gold| aurelia  RAFFINERY"}), "still stands"),
        (lines({}, {"id": "D-002", "supersedes": "D-001"},
               {"id": "D-003", "supersedes": "D-001"}), "superseded already"),
        (lines({}, {"id": "D-002", "key": "Tin|Other", "supersedes": "D-001"}), "is about match"),
    ):
        with pytest.raises(InputError, match=word):
            record.check(wrong)


def test_a_decision_is_taken_back_and_may_be_taken_anew():
    taken = lines({}, {"id": "D-002", "value": "withdrawn", "supersedes": "D-001"})
    assert standing.stands(record.check(taken), "match") == {}
    anew = lines({}, {"id": "D-002", "value": "withdrawn", "supersedes": "D-001"},
                 {"id": "D-003", "value": "CID900002"})
    found = standing.stands(record.check(anew), "match")
    assert [line["id"] for line in found.values()] == ["D-003"]
    assert standing.states(anew, {}, "2026-12-31") == [
        "withdrawn by D-002", "takes back D-001", "stands"]
    other = lines({}, {"id": "D-002", "value": "withdrawn", "key": "Tin|X", "supersedes": "D-001"})
    with pytest.raises(InputError, match="is about match"):
        record.check(other)


def test_every_kind_of_the_table_is_read_as_its_own_words_say():
    examples = {"metal": "Gold", "name": "A works", "smelter_id": "CID900001", "rule?": "gold-hub",
                "supplier": "supplier", "supplier_id": "aster", "file": "a.xlsx", "rule": "r",
                "cell?": "B5", "branch": "branch", "list": "conformant", "printed": "Gold",
                "*": "*", "change": "c1", "claim": "limits-rows"}
    values = {"<smelter_id>": "CID900001", "<facility>": "Gold|CID900001", "<text>": "words"}
    for kind, rows in standing.kinds().items():
        for row in rows:
            for form in row["key"].split(";"):
                key = "|".join(examples[part] for part in form.split("|"))
                for value in row["values"].split(";"):
                    word = "form_only" if kind == "form" else values.get(value, value)
                    found = standing.said(kind, key, word)
                    assert found and found[0].topic == row["topic"], (kind, key, value)


def test_one_decision_answers_a_flag_and_sets_the_step():
    given = record.check(lines({"kind": "risk", "key": "Gold|CID900001|gold-hub",
                                "value": "answered and trace"}))
    assert list(standing.stands(given, "risk", "hard")) == [("Gold", "CID900001", "gold-hub")]
    assert standing.stands(given, "risk", "step")["Gold", "CID900001"]["value"] == "trace"


def test_a_decision_that_a_name_is_no_smelter_takes_its_rows_off_the_open_work():
    given = record.check(lines({"key": "Gold|Nobody's Works", "value": "none"}))
    reported = year.rows(year.row("Gold", "", "Nobody's Works"), year.row("Gold", "", "Somebody"),
                         year.row("", "", "Somebody"), year.row("Gold", "CID900002"))
    matched = matching.match(reported, year.known(), given)
    assert matched["decision"].tolist() == ["D-001", "", "", ""]
    # Whatever resembles it or nothing does: an unmatched name has its key.
    assert matched["decision_key"].tolist() == ["Gold|Nobody's Works", "Gold|Somebody", "", ""]
    assert effects.figures(matched, pd.DataFrame({"status": []}))["rows_unmatched"] == 2
    assert standing.idle(given, effects.subjects({"smelter_rows": matched})).empty


@pytest.mark.parametrize("before", [
    b"",
    "id,kind,key,value,reason,decided_by,decided_on,supersedes\nD-001,file,a,counts,c,d,2026-01-01,",
    "\ufeffid;kind;key;value;reason;decided_by;decided_on;owner\r\n"
    "D-001;file;é;counts;c;d;2026-01-01;\r\n",
    "sep=;\nid;kind;key;value;reason;decided_by;decided_on\nD-001;file;a;counts;c;d;2026-01-01\n",
    "id,kind,key,value,reason,decided_by,decided_on\nD-001,file,é,counts,c,d,2026-01-01\n".encode(
        "cp1252"),
    "id\tkind\tkey\tvalue\treason\tdecided_by\tdecided_on\r\n".encode("utf-16"),
])
def test_line_is_added_without_touching_a_byte_before_it(tmp_path, before):
    path = tmp_path / record.FILE
    before = before.encode() if isinstance(before, str) else before
    path.write_bytes(before)
    new = record.line(**{k: v for k, v in GOOD.items() if k != "id"} | {
        "key": 'Gold|Münze; "A", B', "reason": "=1+1"}, id="D-002")
    record.append(path, new)
    assert path.read_bytes().startswith(before)
    last = decide.read(tmp_path).iloc[-1]
    assert (last.id, last.key, last.reason) == ("D-002", 'Gold|Münze; "A", B', "'=1+1")
    assert [p.name for p in tmp_path.iterdir()] == [record.FILE]
    there = csvfiles.decode(path.read_bytes(), "").splitlines()
    record.append(path, new | {"id": "D-003", "key": "Gold|B", "group": "G-3", "state": "open"})
    grown = csvfiles.decode(path.read_bytes(), "").splitlines()
    changed = [(old, one) for old, one in zip(there, grown, strict=False) if one != old]
    assert all(one.startswith(old) and old.startswith("id") for old, one in changed)
    last = decide.read(tmp_path).iloc[-1]
    assert (last.id, last.group, last.state) == ("D-003", "G-3", "open")


def test_a_record_that_got_a_column_late_is_read_though_most_of_its_lines_are_narrower(tmp_path):
    path = tmp_path / record.FILE
    said = {"reason": "Asked", "decided_by": "B", "decided_on": "2026-04-09"}
    rows = "".join(f"D-{number:03d},risk,supplier|s{number},engage,Asked,B,2026-04-09,,,,\n"
                   for number in range(1, 9))
    path.write_text(",".join(record.COLUMNS[:11]) + "\n" + rows)
    pairs = [("D-009", "Tin|CID900201"), ("D-010", "Tin|CID900203")]
    record.append(path, *[record.line("risk", key, "engage", id=id, group="G-009", **said)
                          for id, key in pairs])
    record.append(path, *[
        record.line("risk", key, "withdrawn", id=f"D-{n:03d}", group="G-011", supersedes=id, **said)
        for n, (id, key) in enumerate(pairs, 11)])
    assert list(record.read(tmp_path)["group"]) == [""] * 8 + ["G-009"] * 2 + ["G-011"] * 2


def test_a_line_to_paste_that_was_filled_by_half_is_named_by_its_line(tmp_path):
    (tmp_path / record.FILE).write_text(
        "id,kind,key,value,reason,decided_by,decided_on,supersedes\n"
        "D-021,match,Gold|Placeholder Tin Smelting,VALUE,REASON,WHO,2026-04-12\n")
    with pytest.raises(InputError, match="line 2, id D-021: still holds VALUE, REASON, WHO"):
        record.read(tmp_path)


def test_letters_that_the_file_cannot_hold_are_refused_and_nothing_is_written(tmp_path):
    path = tmp_path / record.FILE
    before = "id,kind,key,value,reason,decided_by,decided_on\nD-1,file,é,b,c,d,2026-01-01\n".encode(
        "cp1252")
    path.write_bytes(before)
    with pytest.raises(InputError, match="lacks a letter"):
        record.append(path, GOOD | {"key": "Gold|金属"})
    assert path.read_bytes() == before


def test_effects_and_idle_decisions():
    known = year.known({"smelter_id": "CID900001", "name": "Aurelia Refining S.A."})
    entries = year.entries({"smelter_id": "CID900001", "name": "Aurelia Refining S.A."})
    rows = year.rows(year.row("Gold", "", "Aurelia Raffinery"), year.row("Gold", "CID900002"),
                     year.row("Gold", "", "Boreal Mint"))
    given = record.check(lines(
        {}, {"id": "D-002", "key": "Gold|Nobody writes so"},
        {"id": "D-003", "key": "Gold|Boreal Mint"},
        {"id": "D-004", "key": "Tin|X", "value": "none"},
        {"id": "D-005", "key": "Gold|Y"}, {"id": "D-006", "key": "Gold|Y", "supersedes": "D-005"},
        {"id": "D-007", "kind": "status", "key": "Gold|CID900002", "value": "active"},
        {"id": "D-008", "kind": "status", "key": "Gold|CID900004", "value": "active"}))
    matched = matching.match(rows, known, given)
    found = effects.effects(matched, known, entries, given, as_of=DAY).set_index("id")
    assert found["effect"].to_dict() == {
        "D-001": "facilities +1, conformant +1, rows_unmatched -1", "D-002": "", "D-003": "",
        "D-004": "", "D-005": "", "D-006": "", "D-007": "active +1, indeterminable -1",
        "D-008": ""}
    assert found["rows"].tolist() == [1, 0, 0, 0, 0, 0, 2, 0]
    stands = found["stands"]
    assert stands["D-001"] == stands["D-007"] == "stands"
    assert stands["D-003"] == "idle: the rows that read so match by themselves, to CID900002"
    assert stands["D-005"] == "superseded by D-006"
    earlier = effects.effects(matched, known, entries, given, as_of=date(2026, 2, 1))
    assert earlier["stands"].iloc[0] == "stands; decided after the review date 2026-02-01"
    none_counts = effects.subjects({"smelter_rows": matched.assign(counted=False)})
    assert "D-007" in standing.idle(given, none_counts)["id"].tolist()
    idle = standing.idle(given, effects.subjects({"smelter_rows": matched}))
    assert idle["id"].tolist() == ["D-002", "D-003", "D-004", "D-006", "D-008"]


def test_idle_findings_and_files():
    given = lines({"kind": "finding", "key": "a.xlsx|rule|B5", "value": "accepted"},
                  {"id": "D-002", "kind": "finding", "key": "b.xlsx|rule|B5", "value": "accepted"},
                  {"id": "D-003", "kind": "file", "key": "gone.xlsx", "value": "counts"},
                  {"id": "D-004", "kind": "file", "key": "mail.pdf", "value": "no_3tg"})
    findings = pd.DataFrame({"file": ["a.xlsx"], "rule": "rule", "sheet": "S", "cell": "B5"})
    found = standing.idle(given, effects.subjects(
        {"findings": findings, "responses": pd.DataFrame({"file": ["a.xlsx"]})}))
    assert found["id"].tolist() == ["D-002", "D-003", "D-004"]


def test_the_front_door_remarks_keys_that_touch_nothing():
    given = SimpleNamespace(
        decisions=lines({"kind": "file", "key": "gone.xlsx", "value": "rejected"}),
        origins=pd.DataFrame({"metal": ["Gold"], "smelter_id": "CID999999"}),
        program={"previous": "2024"}, previous_annex=pd.DataFrame({"smelter_id": ["CID999999"]}))
    report = frames()
    report["smelter_rows"] = report["smelter_rows"].assign(lookup_reported="")
    said = delivery.idle(report, given, effects.subjects(report))
    assert said[["what", "subject", "note"]].values.tolist() == [
        ["decision", "D-001: file gone.xlsx", "It touches nothing: there is no such file"],
        ["origins.csv", "Gold CID999999", "It touches nothing: it is no facility of this year"],
        ["inputs", "previous_annex.csv",
         "It touches nothing: previous in program.yml names a year"]]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The year 2025 up to its first notebook."""
    folder = tmp_path_factory.mktemp("year")
    shutil.copytree(RAW / "2025", folder / "raw")
    program = folder / "raw" / "program.yml"
    program.write_text(program.read_text(encoding="utf-8").replace(
        "previous: 2024", "previous: null"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SANDBOX, str(folder / "made"))
        first = start("ingestion", year=2025, raw=str(folder / "raw"))
        got = intake.read_folder(first.raw / "cmrt")
        entries = lists.load(first.raw, first.inputs.lists)
        known = reference.build(got.lookups, entries, as_of=first.as_of)
        found = checks.find(got, first.inputs, reference=known, as_of=first.as_of)
        responses, _ = verdicts.judge(got, found, first.inputs, year=2025, as_of=first.as_of)
        first.save(reported_rows=verdicts.counted(got.rows, responses), lookups=got.lookups,
                   list_entries=entries)
    return folder


@pytest.fixture
def run(prepared, tmp_path, monkeypatch):
    """Its second notebook, in folders of its own."""
    shutil.copytree(prepared, tmp_path / "year")
    monkeypatch.setenv(SANDBOX, str(tmp_path / "year" / "made"))
    return start("smelter-status", year=2025, raw=str(tmp_path / "year" / "raw"))


SAID = {"reason": "Confirmed by mail", "decided_by": "Analyst", "decided_on": "2026-04-02"}


def test_decide_shows_the_effect_and_writes_only_when_told(run, capsys):
    path = run.raw / record.FILE
    before = path.read_bytes()
    what = ("match", "Tin|Pretend Lake Tin Smelting", "CID900201")
    seen = decide.decide(run, *what, **SAID)
    assert path.read_bytes() == before
    assert "rows_unmatched | 2 | 1 | -1" in repr(seen)
    number = record.next_id(decide.read(run.raw))
    assert number in repr(seen.write())
    added = path.read_bytes().removeprefix(before)
    assert added.decode().splitlines() == [
        f"{number},match,Tin|Pretend Lake Tin Smelting,CID900201,Confirmed by mail,Analyst,"
        "2026-04-02,,,,"]
    # The cell may stay: run again it finds its own line.
    again = decide.decide(run, *what, **SAID, write=True)
    assert f"Recorded already, as {number}" in repr(again) + capsys.readouterr().out
    assert path.read_bytes() == before + added
    # The next line takes its effect from there.
    decide.decide(run, "match", what[1], "none", **SAID, supersedes=number, write=True)
    assert decide.read(run.raw)["value"].iloc[-1] == "none"
    assert "rows_unmatched | 1 | 1 | 0" in capsys.readouterr().out
    last = decide.read(run.raw)["id"].iloc[-1]
    decide.undo(run, last, **SAID).write()
    left = standing.stands(decide.read(run.raw), "match")
    assert not [key for key in left if key[0] == "Tin"]
    with pytest.raises(InputError, match="no decision that stands"):
        decide.undo(run, last, **SAID)


@pytest.mark.parametrize("vain, words", [
    (("match", "Tin|Pretend Lake Tin Smelter", "CID900201"),
     "no row reads so.*Did you mean 'Tin.Pretend Lake Tin Smelting'"),
    (("status", "Gold|CID999999", "active"), "no facility of this year"),
    (("match", "Tin|Pretend Lake Tin Smelting", "CID999999"), "lists.*No list has CID999999"),
    (("match", "Tin|Pretend Lake Tin Smelting", "CID900299"), "lists.*Did you mean 'CID9002"),
])
def test_a_key_that_touches_nothing_is_refused_with_what_resembles_it(run, vain, words):
    before = (run.raw / record.FILE).read_bytes()
    with pytest.raises(InputError, match=words):
        decide.decide(run, *vain, **SAID, write=True)
    assert (run.raw / record.FILE).read_bytes() == before


@pytest.mark.parametrize("change, word", [
    ({"reason": ""}, "has no reason"), ({"decided_on": ""}, "has no date"),
    ({"supersedes": "D-001"}, "is about match"),
    ({"key": "Gold|Imaginery Refinery of Gold, Aurelia"}, "still stands"),
])
def test_decide_refuses_and_writes_nothing(run, change, word):
    path = run.raw / record.FILE
    before = path.read_bytes()
    given = {"kind": "match", "key": "Tin|Pretend Lake Tin Smelting", "value": "CID900201"} | SAID
    with pytest.raises(InputError, match=word):
        decide.decide(run, **given | change, write=True)
    assert path.read_bytes() == before


def test_frozen_year_takes_no_decision(run):
    run.outputs.mkdir(parents=True)
    (run.outputs / yearfolders.FROZEN).write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="frozen"):
        decide.decide(run, "match", "Tin|Pretend Lake Tin Smelting", "CID900201", **SAID).write()


@pytest.mark.parametrize("value, words", [
    ("formonly", "has the value 'formonly'.*form_only:recycled"),
    ("form_only:recycled", "program.yml says 'form_and_report:.*Change program.yml"),
])
def test_a_form_that_would_stop_the_next_report_is_refused(run, value, words):
    with pytest.raises(InputError, match=words):
        decide.decide(run, "form", "branch", value, supersedes="D-013", **SAID)


def test_before_a_first_report_a_decision_on_a_sentence_says_that_it_may_touch_nothing(run):
    seen = decide.decide(run, "sentence", "form-scop", "Words", **SAID)
    assert "whether there is such a sentence: no report was made yet" in repr(seen)


def test_last_years_form_and_sentence_are_not_confirmed_while_program_yml_lacks_them(run):
    sentence = GOOD | {"kind": "sentence", "key": "limits-rows", "value": "See {fact:not-there}."}
    record.append(run.raw / record.FILE, sentence | {"id": "D-900"})
    lines = scaffold.record.carry(decide.read(run.raw), 2025)
    path, program = run.raw / record.FILE, run.raw / "program.yml"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([record.COLUMNS, *lines])
    program.write_text(re.sub("(?m)^  branch: .*$", "  branch:", program.read_text("utf-8")),
                       encoding="utf-8")
    opened = start("smelter-status", year=2025, raw=str(run.raw))
    looked = decide.confirm(opened, decided_by="Analyst", decided_on="2027-03-01")
    assert {"match", "risk"} <= {line["kind"] for line in looked.lines}
    assert not {"form", "sentence"} & {line["kind"] for line in looked.lines}
    assert "program.yml says nothing in form.branch" in looked.markup
    assert "asks for {fact:not-there}, which program.yml does not have" in looked.markup


def test_last_years_decisions_are_confirmed_in_one_call(run):
    said = scaffold.record.carry(decide.read(run.raw), 2025)
    before = "id,kind,key,value,reason,decided_by,decided_on,supersedes,owner,due_on,state,group\n"
    path = run.raw / record.FILE
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(before)
        csv.writer(stream, lineterminator="\n").writerows(said)
    looked = decide.confirm(run, decided_by="Analyst", decided_on="2027-03-01")
    assert decide.read(run.raw).empty and "wants a decision of its own" in repr(looked)
    looked.write()
    made = decide.read(run.raw)
    assert {"match", "risk", "form"} <= set(made["kind"]) and set(made["decided_by"]) == {"Analyst"}
    assert "answered" not in set(made["value"])
    again = decide.confirm(run, decided_by="Analyst", decided_on="2027-03-01")
    assert not again.lines and "decided this year" in repr(again)
