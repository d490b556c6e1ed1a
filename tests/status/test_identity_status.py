"""Status on the review date, by the lists of the year, and what left them."""

import re
from datetime import date

import pandas as pd
import pytest

import identity_year as year
from conflict_minerals.ground import csvfiles, tables
from conflict_minerals.smelters import matching
from conflict_minerals.status import audits, classify, history, reporters
from conflict_minerals.year import record

DAY = date(2026, 3, 31)
AURELIA = {"smelter_id": "CID900001", "name": "Aurelia Refining S.A.", "country": "CHE"}
PROGRAM = {"status": {"cross_recognised_counts_as": "active", "expired_counts": False}}


def facility(*list_rows, program=PROGRAM, lines=None, reported=None, as_of=DAY) -> pd.Series:
    """The one facility of a year whose lists hold these lines."""
    entries = year.entries(*list_rows)
    known = year.known(*list_rows, as_of=as_of)
    rows = matching.match(year.rows(reported or year.row("Gold", "CID900001")), known)
    found = classify.facilities(rows, known, entries, as_of=as_of, program=program,
                                decisions=lines)
    tables.shape(found, "facilities")
    assert len(found) == 1
    return found.iloc[0]


def test_conformant_with_list_date_and_row():
    found = facility(AURELIA)
    assert (found.status, found.status_as_of) == ("conformant", "2025-12-31")
    assert found.status_source == "lists/conformant.xml, sheet List, row 2"
    assert (found.country_name, found.region, found.suppliers, found.rows) == (
        "Switzerland", "Europe", 1, 1)


def test_on_no_list_is_indeterminable_and_nothing_more():
    found = facility()
    assert (found.status, found.status_reason, found.status_source) == (
        "indeterminable", "on no list", "")
    assert found.status_ground == "no_list"


def test_list_under_another_metal_or_id_shows_nothing():
    assert facility(AURELIA | {"smelter_id": "CID900002", "name": "Boreal Mint AG"}
                    ).status == "indeterminable"


def test_list_later_than_the_review_date_is_not_used_and_said_so():
    later = AURELIA | {"as_of": "2026-04-01"}
    assert facility(later).status_reason == "on no list"
    used = classify.lists_used(year.entries(later), DAY).iloc[0]
    assert (used.used, used.why) == (False, "later than the review date 2026-03-31")


def test_newest_list_of_its_kind_replaces_the_older_one():
    older = AURELIA | {"list_id": "old", "as_of": "2025-01-31", "file": "lists/old.xml"}
    other = AURELIA | {"smelter_id": "CID900002", "name": "Boreal Mint AG", "country": "DEU"}
    assert facility(older, other).status_reason == "on no list"
    used = classify.lists_used(year.entries(older, other), DAY).set_index("list_id")
    assert used["used"].to_dict() == {"old": False, "conformant": True}


def test_list_without_entries_still_replaces_the_older_one():
    lists = pd.DataFrame([{"list_id": "empty", "kind": "conformant", "scheme": "RMAP",
                           "as_of": "2026-02-01", "metals": ""}])
    used = classify.lists_used(year.entries(AURELIA), DAY, lists).set_index("list_id")
    assert used["used"].to_dict() == {"conformant": False, "empty": True}


@pytest.mark.parametrize("counts_as", ["active", "conformant"])
def test_cross_recognised_counts_by_the_years_rule(counts_as):
    lbma = AURELIA | {"list_id": "lbma", "kind": "cross_recognised", "scheme": "LBMA"}
    found = facility(lbma, program={"status": {"cross_recognised_counts_as": counts_as}})
    assert found.status == counts_as
    assert "(LBMA)" in found.status_reason
    # Its facilities are known by name where the scheme gives no ids of ours.
    named = facility(lbma | {"smelter_id": "", "name": "AURELIA GOLD"})
    assert named.status == "active"
    elsewhere = facility(lbma | {"smelter_id": "", "name": "Aurelia Gold", "country": "BRA"})
    assert elsewhere.status == "indeterminable"


@pytest.mark.parametrize("lines, basis", [
    ([{}], "own_audit"),
    ([{"programmes": "LBMA"}], "both"),
    ([{}, {"list_id": "lbma", "kind": "cross_recognised", "scheme": "LBMA"}], "both"),
    ([{"list_id": "lbma", "kind": "cross_recognised", "scheme": "LBMA"}], "scheme"),
    ([{"list_id": "public", "kind": "public", "state": "Cross-Recognized"}], "scheme"),
    ([{"kind": "reference", "programmes": "RJC"}], "scheme"),
])
def test_a_recognised_scheme_counts_the_same_whichever_list_names_it(lines, basis):
    found = facility(*(AURELIA | line for line in lines), program=None)
    assert (found.status, found.basis) == ("conformant", basis)


def test_a_facility_without_assurance_has_no_basis():
    assert facility().basis == "" and facility(AURELIA | {"kind": "active"}).basis == ""
    denied = AURELIA | {"list_id": "public", "kind": "public", "state": "Suspended"}
    assert facility(AURELIA, denied).basis == ""


def test_programme_column_of_a_reference_list_is_cross_recognition():
    found = facility(AURELIA | {"kind": "reference", "programmes": "RJC"})
    assert found.status == "active"
    assert facility(AURELIA | {"kind": "reference"}).status == "indeterminable"


AUDIT = {"last_audit": "2025-02-10", "audit_cycle": "1 Year"}


STRICT = {"status": {"expired_counts": False}}


@pytest.mark.parametrize("program", [None, {}, {"status": {"expired_counts": True}}])
def test_audit_past_its_cycle_counts_as_the_list_says_and_is_shown(program):
    found = facility(AURELIA | AUDIT, program=program)
    assert (found.status, found.status_ground, found.audit) == ("conformant", "listed", "run_out")
    assert "audit past its cycle (last audit 2025-02-10" in found.status_reason
    assert "counted as the list says" in found.status_reason


def test_strict_choice_counts_no_audit_past_its_cycle_and_keeps_it_apart():
    found = facility(AURELIA | AUDIT, program=STRICT)
    assert (found.status, found.reaudit_due) == ("indeterminable", "2026-02-10")
    assert (found.status_ground, found.audit) == ("expired", "run_out")
    assert found.status_reason.startswith("list entry expired")
    assert found.status_source != ""
    again = facility(AURELIA | AUDIT | {"reaudit_in_progress": True}, program=STRICT)
    assert (again.status, again.audit) == ("conformant", "re_audit")
    within = facility(AURELIA | AUDIT | {"audit_cycle": "3 Years"}, program=STRICT)
    assert (within.status, within.audit) == ("conformant", "current")
    last_day = facility(AURELIA | AUDIT, as_of=date(2026, 2, 10), program=STRICT)
    assert (last_day.status, last_day.audit) == ("conformant", "current")
    assert facility(AURELIA, program=STRICT).audit == ""


def test_a_current_audit_on_one_list_stands_before_one_that_has_run_out_on_another():
    late = AURELIA | AUDIT
    current = AURELIA | {"list_id": "public", "kind": "public", "state": "Conformant",
                         "last_audit": "2025-11-01", "audit_cycle": "1 Year",
                         "file": "lists/public.xml"}
    assert facility(late, current).audit == "current"


def test_a_line_for_several_metals_keeps_its_state_for_the_metal_that_a_source_names():
    many = {"metal": "Multiple", "smelter_id": "CID900011", "name": "Two Metals Co., Ltd."}
    found = facility(many, reported=year.row("Tin", "CID900011"))
    assert (found.status, found.status_ground) == ("conformant", "listed")


@pytest.mark.parametrize("audit, cycle, due", [
    ("2024-02-29", "1 Year", "2025-02-28"), ("2024-01-31", "3 YearS", "2027-01-31"),
    ("2024-08-31", "18 months", "2026-02-28"), ("2024-01-31", "", ""), ("", "1 Year", "")])
def test_due_day_is_last_audit_plus_cycle(audit, cycle, due):
    assert audits.reaudit_due(audit, cycle) == due


def test_audits_that_fall_due_within_the_window():
    found = pd.DataFrame([facility(AURELIA | {"last_audit": "2025-05-01",
                                              "audit_cycle": "1 Year"})])
    assert audits.reaudits(found, as_of=DAY, window_days=31)["days"].tolist() == [31]
    assert audits.reaudits(found, as_of=DAY, window_days=30).empty
    late = audits.reaudits(found, as_of=date(2026, 6, 1), window_days=30)
    assert late["overdue"].tolist() == [True]


@pytest.mark.parametrize("state, status, reason", [
    ("Conformant", "conformant", "on the public list"), ("ACTIVE", "active", "on the public list"),
    ("Facility Standard Assessed", "indeterminable", "state not recognised"),
    ("Something New", "indeterminable", "state not recognised"),
    ("Suspended", "indeterminable", "denied")])
def test_states_of_the_public_list(state, status, reason):
    found = facility(AURELIA | {"list_id": "public", "kind": "public", "state": state})
    assert found.status == status
    assert found.status_reason.startswith(reason)
    assert state in found.status_reason or status != "indeterminable"


def test_list_that_denies_wins_over_one_that_is_no_newer():
    denied = AURELIA | {"list_id": "public", "kind": "public", "state": "Non-Conformant"}
    assert facility(AURELIA, denied).status == "indeterminable"
    older = denied | {"as_of": "2025-06-30"}
    assert facility(AURELIA, older).status == "conformant"


def test_retired_id_is_kept_apart():
    retired = AURELIA | {"list_id": "retired", "kind": "retired", "as_of": "2026-01-31",
                         "note": "Ceased operations"}
    found = facility(AURELIA, retired)
    assert found.status == "indeterminable"
    assert found.status_reason.startswith("retired id: on the list retired of 2026-01-31 (Ceased")
    newer = facility(AURELIA | {"as_of": "2026-02-28"}, retired)
    assert newer.status == "conformant" and "has its id as retired" in newer.status_reason


def test_multiple_shows_a_metal_only_where_a_source_names_it():
    many = AURELIA | {"metal": "Multiple"}
    assert facility(many).status == "conformant"  # the look-up names gold
    lone = {"metal": "Multiple", "smelter_id": "CID900009", "name": "Many Metals"}
    unnamed = facility(lone, reported=year.row("Tin", "CID900009", "Many Metals"))
    assert unnamed.status == "indeterminable"
    assert unnamed.status_reason.startswith("metal not named")
    told = facility(lone | {"list_metals": "Gold;Tin"},
                    reported=year.row("Tin", "CID900009", "Many Metals"))
    assert told.status == "conformant"


def test_entry_with_a_problem_shows_nothing():
    assert facility(AURELIA | {"problem": "unreadable"}).status == "indeterminable"


def test_status_decision_is_honoured_and_tells_what_it_replaces():
    line = dict.fromkeys(record.COLUMNS, "") | {
        "id": "D-009", "kind": "status", "key": "Gold|CID 900001", "value": "indeterminable",
        "reason": "Suspended in the news", "decided_by": "A", "decided_on": "2026-03-02"}
    lines = pd.DataFrame([line]).astype("str")
    found = facility(AURELIA, lines=record.check(lines))
    assert (found.status, found.status_source) == ("indeterminable", "decision D-009")
    assert "without it conformant, on the conformant list" in found.status_reason


def test_only_matched_rows_of_counted_files_are_facilities():
    known = year.known()
    rows = matching.match(year.rows(
        year.row("Gold", "CID900001", "Aurelia Gold"),
        year.row("Gold", "", "Aurelia Refining", supplier_id="ben"),
        year.row("Gold", "CID900001", supplier_id="ben"),
        year.row("Gold", "CID900002", counted=False),
        year.row("Gold", "", "Nobody"), year.row("Tin", "CID900011")), known)
    found = classify.facilities(rows, known, year.entries(), as_of=DAY)
    assert found[["metal", "smelter_id", "suppliers", "rows", "matched_by"]].values.tolist() == [
        ["Gold", "CID900001", 2, 3, "alias;id"], ["Tin", "CID900011", 1, 1, "id"]]
    assert found["names_reported"].tolist()[0] == "Aurelia Gold;Aurelia Refining"
    by_facility = tables.shape(reporters.by_facility(rows, found), "by_facility")
    assert by_facility["places"].tolist()[1] == (
        "anna/cmrt.xlsx, Smelter List, row 6;anna/cmrt.xlsx, Smelter List, row 7")
    suppliers = pd.DataFrame({"supplier_id": ["anna", "ben", "cora"]})
    by_supplier = tables.shape(reporters.by_supplier(rows, found, suppliers), "by_supplier")
    assert by_supplier[["facilities", "indeterminable", "rows_unmatched"]].values.tolist() == [
        [2, 2, 1], [1, 1, 0], [0, 0, 0]]


def test_views_lead_to_one_another_and_escape_names():
    known = year.known()
    rows = matching.match(year.rows(
        year.row("Gold", "CID900001", "<b>Aurelia</b>"),
        year.row("Gold", "CID900001", supplier_id="b<en")), known)
    found = classify.facilities(rows, known, year.entries(), as_of=DAY)
    markup = reporters.linked(reporters.by_facility(rows, found),
                          reporters.by_supplier(rows, found)).markup
    anchors = set(re.findall(r' id="([^"]+)"', markup))
    links = set(re.findall(r'href="#([^"]+)"', markup))
    assert len(links) >= 3 and links <= anchors
    assert "<b>" not in markup and "b<en" not in markup


def test_in_lab_all_views_can_be_worked_with(monkeypatch):
    pytest.importorskip("itables")
    known = year.known()
    rows = matching.match(year.rows(year.row("Gold", "CID900001")), known)
    found = classify.facilities(rows, known, year.entries(), as_of=DAY)
    monkeypatch.setenv("HELPERS_LAB", "1")
    markup = reporters.linked(reporters.by_facility(rows, found),
                              reporters.by_supplier(rows, found)).markup
    assert markup.count("new ITable(") == 3 and "Anchor" not in markup


def test_history_of_those_who_left():
    old = [AURELIA | {"list_id": "old", "as_of": "2025-01-31", "row": 7},
           AURELIA | {"list_id": "old", "as_of": "2025-01-31", "smelter_id": "CID900002",
                      "name": "Boreal Mint AG", "country": "DEU", "row": 8}]
    new = [AURELIA | {"smelter_id": "CID900003", "name": "Twin Rivers"},
           AURELIA | {"list_id": "gone", "kind": "retired", "smelter_id": "CID900002",
                      "name": "Boreal Mint AG", "note": "Merged"}]
    known = year.known(*old, *new)
    rows = matching.match(year.rows(year.row("Gold", "CID900001")), known)
    entries = year.entries(*old, *new)
    found = classify.facilities(rows, known, entries, as_of=DAY)
    left = tables.shape(history.left_lists(entries, known, found, as_of=DAY), "left_lists")
    assert left[["smelter_id", "was", "gone_from", "said", "reported"]].values.tolist() == [
        ["CID900001", "conformant", "conformant", "no source says why", True],
        ["CID900002", "conformant", "conformant", "id retired: gone of 2025-12-31: Merged", False]]


def test_history_against_another_years_outputs(tmp_path):
    before = year.entries(AURELIA, {"smelter_id": "CID900002", "name": "Boreal Mint AG",
                                    "kind": "active", "list_id": "act"})
    known = year.known()
    rows = matching.match(year.rows(year.row("Gold", "CID900001"), year.row("Gold", "CID900002")),
                          known)
    then = classify.facilities(rows, known, before, as_of=DAY)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "facilities.csv").write_bytes(csvfiles.to_csv(then))
    later = {"as_of": "2026-12-31", "country": "DEU", "name": "Boreal Mint AG"}
    now = year.entries(AURELIA | later | {"smelter_id": "CID900002"},
                       AURELIA | later | {"smelter_id": "CID900003", "kind": "active",
                                          "list_id": "act"})
    left = history.left_lists(now, known, then, as_of=date(2027, 3, 1), before=tmp_path)
    # The second one went from the active list to the conformant one: it has not left.
    assert left[["smelter_id", "was"]].values.tolist() == [["CID900001", "conformant"]]
    assert left["listed_in"].iloc[0].startswith(f"outputs of {tmp_path.name}: lists/conformant")


def test_list_of_a_scheme_whose_recognition_has_ended_gives_no_assurance():
    line = {"list_id": "up", "kind": "cross_recognised", "scheme": "ITSCI", "as_of": "2022-06-30",
            "smelter_id": "CID900001", "name": "Aurelia Refining S.A."}
    known, entries = year.known(line), year.entries(line)
    before, after = (classify.evidence(known, entries, as_of=day)["Gold", "CID900001"][0]
                     for day in (date(2022, 12, 31), date(2023, 1, 1)))
    assert (before.status, after.status) == ("conformant", "indeterminable")
    assert "The approval lapsed on 2023-01-01" in after.reason


def test_state_that_filers_name_is_told_by_its_name_and_assures_nothing():
    line = {"state": "Extended Corrective Action Plan", "smelter_id": "CID900001",
            "name": "Aurelia Refining S.A."}
    shown = classify.evidence(year.known(line), year.entries(line), as_of=date(2026, 1, 31))
    assert shown["Gold", "CID900001"][0].status == "indeterminable"
    assert "Extended Corrective Action Plan" in shown["Gold", "CID900001"][0].reason
