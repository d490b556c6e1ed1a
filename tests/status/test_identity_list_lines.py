"""Lines of lists that cannot be used: what hangs on them, who is told, how they are answered."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import identity_year as year
import realfiles
from conflict_minerals.filing import delivery
from conflict_minerals.ground import tables
from conflict_minerals.ground.errors import InputError
from conflict_minerals.smelters import lists, matching
from conflict_minerals.status import classify, effects, history, list_lines
from conflict_minerals.year import record, standing
from report_year import frames, make

DAY = date(2026, 3, 31)
HEAD = "Metal,Smelter ID,Smelter Name,Country,Last Audit Date,Audit Cycle\n"
AURELIA = {"smelter_id": "CID900001", "name": "Aurelia Refining S.A.", "country": "CHE"}


def decision(key: str, value: str, **more) -> dict:
    return dict.fromkeys(record.COLUMNS, "") | {
        "id": "D-001", "kind": "list", "key": key, "value": value, "reason": "Asked the keeper",
        "decided_by": "A", "decided_on": "2026-03-01"} | more


def run(folder: Path, text: str, *reported: dict, made=(), head=HEAD, kind="conformant"):
    """Lines, facilities and entries of a year with one list and a row for each reported name."""
    (folder / "lists").mkdir(exist_ok=True)
    (folder / "lists" / "one.csv").write_text(head + text, encoding="utf-8")
    named = pd.DataFrame([{"list_id": "one", "file": "lists/one.csv", "kind": kind,
                           "scheme": "RMAP", "source": "", "as_of": "2025-12-31", "metals": ""}])
    lines = pd.DataFrame(list(made), columns=record.COLUMNS).astype("str")
    entries = tables.shape(lists.load(folder, named, record.check(lines)), "list_entries")
    known = year.known()
    rows = matching.match(year.rows(*(reported or [year.row("Gold", "CID900001")])), known)
    found = classify.facilities(rows, known, entries, as_of=DAY, program={})
    return list_lines.find(entries, rows, found, as_of=DAY), found, entries


@pytest.mark.parametrize("line", [
    ",CID900001,Aurelia,CHINA,,",  # no metal
    "Aurum?,CID900001,Aurelia,CHINA,,",
    "Gold,900001,Aurelia Refining S.A.,CHINA,,",  # no id, but the name of one reported
    "Gold,CID90000I,Somebody,CHINA,,",  # a letter for a digit
    "Gold,CID900001 and CID900002,,CHINA,,",
    "CHINA,Gold,CID900001,Aurelia,,",  # cells shifted
    "Gld,,Nobody known,CHINA,,", "钽铌,,Nobody known,CHINA,,",  # may be one of the four metals
    ",,,,,CID900001"])
def test_line_on_which_a_reported_status_may_hang_closes_the_gate(tmp_path, line):
    lines, _, _ = run(tmp_path, f"{line}\n")
    assert lines["weight"].tolist() == ["gate"]
    closed = list_lines.gates(lines)
    assert closed["subject"].tolist() == lines["decision_key"].tolist()
    assert closed["reason"].iloc[0].startswith("lists/one.csv, row 2: ")


@pytest.mark.parametrize("line, weights", [
    ("Gold list as of 2025,,,,,", []), ("(c) the keeper of the list,,,,,", []),
    ("Cobalt,no id,Blue Works,CHINA,,", []), ("Zink,CID911111,Grey Works,CHINA,,", ["remark"]),
    (",CID911111,Nobody reported it,CHINA,,", ["remark"]),
    ("Tin,90000l,Aurelia,CHINA,,", ["remark"]),  # reported under gold alone
    ("Gold,CID900001,Aurelia,SWITZERLAND,2025-05-01,1 Year", [])])
def test_title_note_other_mineral_or_facility_that_nobody_reported_closes_none(
        tmp_path, line, weights):
    lines, _, _ = run(tmp_path, f"Gold,CID900002,Boreal,GERMANY,,\n{line}\n")
    assert lines["weight"].tolist() == weights
    assert list_lines.gates(lines).empty


def test_title_that_names_what_a_supplier_reported_is_no_mere_title(tmp_path):
    lines, _, _ = run(tmp_path, ",,Aurelia Refining S.A.,,,\n")
    assert lines["weight"].tolist() == ["gate"]


@pytest.mark.parametrize("audit", ["soon,1 Year", "Q2 2019,1 Year", "2019-05-01,when due"])
def test_unread_audit_is_open_work_where_the_entry_counts_and_a_remark_elsewhere(tmp_path, audit):
    lines, found, _ = run(tmp_path, f"Gold,CID900001,Aurelia,,{audit}\nGold,CID911111,N,,{audit}\n")
    assert lines["weight"].tolist() == ["open", "remark"]
    assert found["status"].tolist() == ["conformant"]
    work = delivery.work(frames(list_lines=lines, list_entries=year.entries(),
                                conflicts=tables.frame([], "conflicts"),
                                actions=tables.frame([], "actions")))
    assert work.loc[work["what"].str.contains("audit date or cycle"), "count"].tolist() == [1]


def test_decision_says_which_facility_a_line_means_wherever_the_line_stands(tmp_path):
    line = "Aurum?,CID900001,Aurelia,CHINA,2025-10-01,1 Year\n"
    before, found, _ = run(tmp_path, line)
    assert found["status"].tolist() == ["indeterminable"]
    answer = decision(before["decision_key"].iloc[0], "Gold|CID900001")
    for text in (line, f"Gold,CID900002,Boreal,,,\n{line}"):
        lines, found, entries = run(tmp_path, text, made=[answer])
        assert found["status"].tolist() == ["conformant"]
        assert list_lines.gates(lines).empty and "D-001" in entries["decision"].tolist()


def test_decision_none_opens_the_gate_and_gives_nothing(tmp_path):
    line = ",CID900001,Aurelia,CHINA,,\n"
    key = run(tmp_path, line)[0]["decision_key"].iloc[0]
    lines, found, entries = run(tmp_path, line, made=[decision(key, "none")])
    assert (lines["weight"].tolist(), found["status"].tolist()) == (
        ["answered"], ["indeterminable"])
    made = [decision(key, "none"), decision("one||CID900099", "none", id="D-002")]
    idle = standing.idle(pd.DataFrame(made), effects.subjects({"list_entries": entries}))
    assert idle[["id", "why"]].values.tolist() == [
        ["D-002", "no line that cannot be read says so"]]


@pytest.mark.parametrize("reason", ["Went elsewhere", "Sold", "Under review"])
def test_retired_id_whose_reason_is_not_known_is_retired_once_somebody_says_so(tmp_path, reason):
    head, line = "Metal,Smelter ID,Smelter Name,Reason\n", f"Gold,CID900001,Aurelia,{reason}\n"
    more = {"head": head, "kind": "retired"}
    lines, found, _ = run(tmp_path, line, **more)
    assert lines["weight"].tolist() == ["gate"] and "does not say" in lines["what"].iloc[0]
    assert "retired" not in found["status_ground"].tolist()
    for value, ground in (("Gold|CID900001", "retired"), ("none", found["status_ground"].iloc[0])):
        made = [decision(lines["decision_key"].iloc[0], value)]
        left, found, _ = run(tmp_path, line, made=made, **more)
        assert list_lines.gates(left).empty and found["status_ground"].tolist() == [ground]
    unmet, _, _ = run(tmp_path, line.replace("CID900001,Aurelia", "CID911111,Nobody"), **more)
    assert unmet["weight"].tolist() == ["remark"]


@pytest.mark.parametrize("wrong", [
    {"key": "one"}, {"key": "one|Gold"}, {"key": "one||"}, {"value": "ignored"},
    {"value": "Cobalt|CID900001"}, {"value": "CID900001"}])
def test_list_decision_that_names_no_line_or_no_facility_is_refused(wrong):
    line = decision("one|Gold|CID900001", "none") | wrong
    with pytest.raises(InputError, match="has the"):
        record.check(pd.DataFrame([line]).astype("str"))


def test_closed_gate_of_a_list_stands_among_those_of_the_report(tmp_path):
    lines, _, _ = run(tmp_path, ",CID900001,Aurelia,CHINA,,\n")
    gates = make(frames(list_lines=lines)).gates
    assert gates.loc[gates["gate"] == "list", "subject"].tolist() == ["one||CID900001"]


def test_list_that_meets_no_reported_facility_or_far_fewer_than_before_is_remarked(tmp_path):
    lines, found, entries = run(tmp_path, "Gold,CID911111,Another,CHINA,,\n")
    told = list_lines.met(entries, year.known(), found, lines, as_of=DAY, fewer_percent=50)
    assert (told["met"].tolist(), told["remark"].str.contains("meets none of the 1").all()) == (
        [0], True)
    reported = [year.row("Gold", f"CID90000{n}") for n in (1, 2, 3, 4)]
    lines, found, entries = run(tmp_path, "Gold,CID900001,Aurelia,,,\n", *reported)
    then = found.assign(status="conformant", status_reason="on the conformant list old of 2025")
    (tmp_path / "tables").mkdir()
    then.to_csv(tmp_path / "tables" / "facilities.csv", index=False)
    for percent, said in ((50, True), (26, True), (25, False)):
        told = list_lines.met(entries, year.known(), found, lines, as_of=DAY, before=tmp_path,
                              fewer_percent=percent)
        of = "meet 25% of the facilities, 100% the year before"
        assert (of in told["remark"].iloc[0]) == said
    told = list_lines.met(entries, year.known(), found, lines, as_of=DAY, fewer_percent=50)
    assert told["remark"].tolist() == [""]


def test_a_line_in_a_hidden_row_counts_and_is_remarked(tmp_path):
    lines, found, entries = run(tmp_path, "Gold,CID900001,Aurelia,,,\nGold,CID900002,B,,,\n")
    entries.loc[0, "note"] = lists.HIDDEN
    told = list_lines.met(entries, year.known(), found, lines, as_of=DAY, fewer_percent=50)
    assert told["remark"].tolist() == ["lines that count and are hidden in the sheet: 1"]


@pytest.mark.parametrize("kind, state, status", [
    ("eligible", "", "indeterminable"), ("in_progress", "", "indeterminable"),
    ("eligible", "Active", "active"), ("in_progress", "Audit in progress", "active"),
    ("eligible", "Conformant", "conformant")])
def test_a_group_gives_no_status_by_its_name_alone(tmp_path, kind, state, status):
    line = AURELIA | {"list_id": "group", "kind": kind, "state": state}
    rows = matching.match(year.rows(year.row("Gold", "CID900001")), year.known(line))
    one = classify.facilities(rows, year.known(line), year.entries(line), as_of=DAY).iloc[0]
    assert one.status == status and f"on the {kind.replace('_', '-')} list" in one.status_reason
    wrong = year.entries(line | {"problem": "no metal", "metal": "", "says": "|CID900001"})
    found = list_lines.find(wrong, rows, pd.DataFrame([one]), as_of=DAY)
    assert found["weight"].tolist() == ["gate" if state else "remark"]


def test_a_group_counts_where_its_word_says_that_its_keeper_counts_it(monkeypatch):
    line = AURELIA | {"list_id": "group", "kind": "eligible"}
    words = classify._states() | {"eligible": ("active", False)}
    monkeypatch.setattr(classify, "_states", lambda: words)
    rows = matching.match(year.rows(year.row("Gold", "CID900001")), year.known(line))
    one = classify.facilities(rows, year.known(line), year.entries(line), as_of=DAY).iloc[0]
    assert (one.status, one.status_ground) == ("active", "listed")


HISTORY = AURELIA | {"list_id": "changes", "kind": "retired", "change": "removed",
                     "noted_on": "2025-10-01", "as_of": "2026-01-31"}


@pytest.mark.parametrize("lines, retired", [
    ([HISTORY], True),  # but for the conformant list of 2025-12-31, which has it again
    ([HISTORY | {"noted_on": "2026-01-15"}], True),
    ([HISTORY, HISTORY | {"change": "kept", "noted_on": "2026-01-20", "row": 9}], False),
    ([HISTORY | {"noted_on": "2026-06-01"}], False),
    ([HISTORY | {"change": "kept"}], False)])
def test_id_in_use_is_never_called_retired(lines, retired):
    """By status and in the table that the letters' rule id-retired asks, alike."""
    alone = year.known(*lines, as_of=DAY)
    assert alone.facilities.set_index("smelter_id")["retired"]["CID900001"] == retired
    late = lines[0].get("noted_on") == "2026-01-15"
    both = [AURELIA, *lines]
    known, entries = year.known(*both, as_of=DAY), year.entries(*both)
    rows = matching.match(year.rows(year.row("Gold", "CID900001")), known)
    found = classify.facilities(rows, known, entries, as_of=DAY, program={}).iloc[0]
    assert found.status == ("indeterminable" if late else "conformant")
    assert known.facilities.set_index("smelter_id")["retired"]["CID900001"] == late
    left = history.left_lists(entries, known, pd.DataFrame(
        {"metal": ["Gold"], "smelter_id": ["CID900001"]}), as_of=DAY)
    assert not left["said"].str.contains("id retired").any()


@realfiles.needed
@pytest.mark.parametrize("day", [date(2026, 8, 31), date(2026, 12, 31), date(2027, 5, 31)])
@pytest.mark.parametrize("file", ["rmi_conformant_export.xml", "rmi_active_export.xml"])
def test_each_facility_on_a_real_list_brought_as_conformant_counts_and_no_other(
    tmp_path, file, day
):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / file).write_bytes(realfiles.content(file))
    named = pd.DataFrame([{"list_id": "one", "file": f"lists/{file}", "kind": "conformant",
                           "scheme": "RMAP", "source": "", "as_of": "2026-08-01", "metals": ""}])
    entries = lists.load(tmp_path, named)
    pairs = sorted(set(zip(entries["metal"], entries["smelter_id"], strict=True)))
    assert len(pairs) > 20
    rows = entries.iloc[::2]
    reported = [year.row(row.metal, row.smelter_id, row["name"]) for _, row in rows.iterrows()
                if row.metal in ("Gold", "Tin", "Tantalum", "Tungsten")]
    known = year.reference.build(year.lookups(), entries, as_of=day)
    matched = matching.match(year.rows(*reported, year.row("Gold", "CID900002")), known)
    found = classify.facilities(matched, known, entries, as_of=day, program={})
    on = [pair in pairs for pair in zip(found["metal"], found["smelter_id"], strict=True)]
    assert (found["status"] == "conformant").tolist() == on
    assert 0 < sum(on) < len(found)
    assert list_lines.find(entries, matched, found, as_of=day).empty
