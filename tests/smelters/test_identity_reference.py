"""The reference from many sources: whom it believes, and what it shows of their quarrels."""


import pandas as pd
import pytest

import identity_year as year
import realfiles
from conflict_minerals.ground import tables, versions
from conflict_minerals.intake import intake
from conflict_minerals.smelters import matching, reference

GOLD = [("Gold", "CID900001", ["Aurelia"], "SWITZERLAND"), ("Gold", "CID900002", ["Boreal"],
                                                             "GERMANY")]


def build(*sheets, list_rows=()):
    known = reference.build(pd.concat(sheets, ignore_index=True), year.entries(*list_rows))
    for name, table in (("reference", known.entries), ("conflicts", known.conflicts),
                        ("reference_facilities", known.facilities)):
        tables.shape(table, name)
    return known


def matched(known, *row) -> str:
    return matching.match(year.rows(year.row(*row)), known)["smelter_id"].iloc[0]


def quarrels(known) -> list[list]:
    return known.conflicts[["kind", "subject", "says", "kept"]].values.tolist()


def test_sources_that_agree_leave_no_conflict():
    known = build(year.lookups(GOLD), year.lookups(GOLD, version="6.4", file="ben/c.xlsx"),
                  list_rows=[{"smelter_id": "CID900001", "name": "AURELIA", "country": "CHE"}])
    assert known.conflicts.empty
    assert known.facilities["file"].tolist() == ["lists/conformant.xml", "anna/cmrt.xlsx"]


def test_newest_revision_names_a_facility_and_older_names_still_match():
    older = year.lookups([("Gold", "CID900001", ["Aurora"], "SWITZERLAND")], version="6.31",
                         file="ben/c.xlsx")
    known = build(older, year.lookups(GOLD, version="6.4"))
    assert known.facilities["smelter_name"].tolist() == ["Aurelia", "Boreal"]
    assert quarrels(known) == [["name", "CID900001", "Aurelia", True],
                               ["name", "CID900001", "Aurora", False]]
    assert matched(known, "Gold", "", "Aurora") == "CID900001"


def test_the_years_list_is_believed_before_any_template():
    swapped = year.lookups([("Gold", "CID900001", ["Boreal"], "GERMANY")], file="ben/c.xlsx")
    known = build(year.lookups(GOLD), swapped, list_rows=[
        {"smelter_id": "CID900002", "name": "Boreal", "country": "DEU"},
        {"smelter_id": "CID900001", "name": "Aurelia", "country": "CHE"}])
    assert matched(known, "Gold", "", "Boreal") == "CID900002"
    assert matched(known, "Gold", "CID900001", "Boreal") == ""
    alias = known.conflicts[known.conflicts["kind"] == "alias"]
    assert alias[["says", "kept"]].values.tolist() == [["CID900002", True], ["CID900001", False]]
    assert "the list of 2025-12-31 decides" in alias["why"].iloc[0]


def test_altered_copy_of_the_same_revision_decides_nothing():
    """A supplier's own sheet gives a listed name to another facility."""
    altered = year.lookups([("Gold", "CID900001", ["Boreal"], "GERMANY")], file="mallory/c.xlsx")
    known = build(year.lookups(GOLD), altered)
    assert matched(known, "Gold", "", "Boreal") == ""
    assert matched(known, "Gold", "CID900001", "Boreal") == ""
    reason = matching.match(year.rows(year.row("Gold", "", "Boreal")), known)["match_reason"]
    assert reason.iloc[0].startswith("Contested")
    assert matched(known, "Gold", "CID900001", "Aurelia") == "CID900001"


def test_newer_revision_may_move_a_name_only_from_a_facility_that_is_gone():
    moved = [("Gold", "CID900001", ["Aurelia", "Boreal"], "SWITZERLAND")]
    gone = build(year.lookups(moved), year.lookups(GOLD, version="6.4", file="ben/c.xlsx"))
    assert matched(gone, "Gold", "", "Boreal") == "CID900001"
    still = [*moved, ("Gold", "CID900002", ["Boreal Works"], "GERMANY")]
    kept = build(year.lookups(still), year.lookups(GOLD, version="6.4", file="ben/c.xlsx"))
    assert matched(kept, "Gold", "", "Boreal") == ""
    assert matched(kept, "Gold", "", "Boreal Works") == "CID900002"


def test_name_that_one_sheet_gives_to_two_needs_the_id():
    known = build(year.lookups([("Gold", "CID900001", ["Aurelia"], "CHINA"),
                                ("Gold", "CID900002", ["Aurelia"], "CHINA")]))
    assert matched(known, "Gold", "", "Aurelia") == ""
    assert matched(known, "Gold", "CID900002", "Aurelia") == "CID900002"


def test_metal_and_country_quarrels_are_shown_and_the_metal_decided_by_rank():
    other = year.lookups([("Tin", "CID900001", ["Aurelia"], "FRANCE")], version="6.4",
                         file="ben/c.xlsx")
    known = build(year.lookups(GOLD), other)
    assert [["metal", "CID900001", "Gold", True], ["metal", "CID900001", "Tin", False]] == \
        [line for line in quarrels(known) if line[0] == "metal"]
    assert matched(known, "Gold", "CID900001", "Aurelia") == "CID900001"
    assert matched(known, "Tin", "CID900001", "Aurelia") == ""
    equal = build(year.lookups(GOLD), other.assign(version="6.5"))
    assert matched(equal, "Gold", "CID900001", "Aurelia") == ""
    abroad = build(year.lookups(GOLD), year.lookups(
        [("Gold", "CID900001", ["Aurelia"], "FRANCE")], version="6.4", file="ben/c.xlsx"))
    assert [line[2:] for line in quarrels(abroad) if line[0] == "country"] == [
        ["CHE", True], ["FRA", False]]


def test_old_ids_map_where_a_source_says_so_and_none_contradicts():
    sheet = year.lookups(GOLD).assign(old_id=["1CHE077", "1DEU001"])
    known = build(sheet)
    assert matched(known, "Gold", "1CHE077", "Aurelia") == "CID900001"
    assert matched(known, "Gold", "1CHE077", "") == "CID900001"
    assert matched(known, "Gold", "1CHE077", "Boreal") == ""
    assert matched(known, "Gold", "1JPN072", "Boreal") == "CID900002"
    twice = build(sheet, year.lookups(GOLD, file="ben/c.xlsx").assign(
        old_id=["1DEU001", "1XXX009"]))
    assert matched(twice, "Gold", "1DEU001", "") == ""
    assert "old_id" in set(twice.conflicts["kind"])


def test_multiple_agrees_with_any_metal_but_names_none():
    known = build(year.lookups(GOLD), list_rows=[
        {"metal": "Multiple", "smelter_id": "CID900001", "name": "Aurelia", "country": "CHE"},
        {"metal": "Multiple", "smelter_id": "CID900009", "name": "Many Metals"}])
    assert known.facilities[["metal", "smelter_id"]].values.tolist() == [
        ["Gold", "CID900001"], ["Gold", "CID900002"], ["Multiple", "CID900009"]]
    assert matched(known, "Gold", "CID900001", "Aurelia") == "CID900001"
    assert matched(known, "Tin", "CID900009", "Many Metals") == "CID900009"
    assert matched(known, "Tin", "", "Many Metals") == ""


def test_lists_later_than_the_review_date_are_not_known_yet():
    late = year.entries({"smelter_id": "CID900009", "name": "Late", "as_of": "2026-06-30"})
    assert "CID900009" in set(reference.build(year.lookups(GOLD), late).facilities["smelter_id"])
    early = reference.build(year.lookups(GOLD), late, as_of="2026-05-31")
    assert "CID900009" not in set(early.facilities["smelter_id"])


@pytest.mark.parametrize("newer, older", [
    ("6.4", "6.31"), ("6.31", "6.3"), ("6.3", "6.22"), ("6.1", "6.01"), ("5.12", "5.11"),
    ("2.03a", "2.03"), ("6.6.1", "6.6"), ("6.01", "5.12"), ("1.0", "")])
def test_order_of_revisions(newer, older):
    assert versions.key(newer) > versions.key(older)


@realfiles.needed
def test_real_look_up_sheets_load_whole(tmp_path):
    """Those of 6.x have no quarrel but about names; that of 3.01 says which ids were earlier."""
    for n, file in enumerate(("cmrt_6.5_chinese_ui.xlsx", "cmrt_6.4_english_ui.xlsx",
                              "cmrt_6.22_chinese_ui.xlsx")):
        (tmp_path / f"s{n}").mkdir()
        (tmp_path / f"s{n}" / file).write_bytes(realfiles.content(file))
    lookups = intake.read_folder(tmp_path).lookups
    newest = lookups[lookups["version"] == "6.5"]
    by_metal = newest.groupby("metal")["smelter_id"].nunique().to_dict()
    assert by_metal == {"Gold": 182, "Tin": 73, "Tungsten": 59, "Tantalum": 35}
    known = reference.build(lookups, year.entries())
    # No name moves and no id changes its metal from 6.22 to 6.5; some facilities are renamed.
    assert set(known.conflicts["kind"]) == {"name"}
    rows = pd.DataFrame({"metal": lookups["metal"], "smelter_id_reported": "",
                         "lookup_reported": lookups["lookup_name"], "name_reported": "",
                         "country_reported": lookups["country"]})
    found = matching.match(rows, known)
    alone = found["smelter_id"].to_numpy() == lookups["smelter_id"].to_numpy()
    assert alone.mean() >= 0.99
    assert not ((found["smelter_id"] != "").to_numpy() & ~alone).any()


@realfiles.needed
def test_old_ids_of_a_real_template_map_each_to_one(tmp_path):
    file = "cmrt_3.01_filled_consistent.xlsx"
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / file).write_bytes(realfiles.content(file))
    known = reference.build(intake.read_folder(tmp_path).lookups, year.entries())
    assert len(known.old_ids) == 183
    assert known.old_ids["old_id"].is_unique
    metals = known.facilities.set_index("smelter_id")["metal"]
    digits = {"1": "Gold", "2": "Tin", "3": "Tantalum", "4": "Tungsten"}
    assert [digits[old[0]] for old in known.old_ids["old_id"]] == metals[
        known.old_ids["smelter_id"]].tolist()
