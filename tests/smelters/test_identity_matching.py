"""Each step of proof and each refusal, on a reference of eleven smelters."""

import pandas as pd
import pytest

import identity_year as year
from conflict_minerals.ground import tables
from conflict_minerals.smelters import matching, reference, suggestions
from conflict_minerals.year import record


@pytest.fixture(scope="module")
def known():
    return year.known()


def one(known, *args, decisions=None, **kwargs):
    return matching.match(year.rows(year.row(*args, **kwargs)), known, decisions).iloc[0]


def decision(key, value, **more):
    line = dict.fromkeys(record.COLUMNS, "") | {
        "id": "D-001", "kind": "match", "key": key, "value": value, "reason": "Confirmed by mail",
        "decided_by": "Analyst", "decided_on": "2026-03-01"} | more
    return pd.DataFrame([line]).astype("str")


@pytest.mark.parametrize("typed", [
    "CID900001", "cid900001", " CID 900001\u00a0", "CID-900001", "ＣＩＤ９００００１",
    "RMI: CID900001",
])
def test_id_and_metal_decide_however_the_id_is_typed(known, typed):
    found = one(known, "Gold", typed, "Aurelia Refining S.A.", "Switzerland")
    assert (found.match, found.smelter_id) == ("id", "CID900001")
    assert found.list_source == "anna/cmrt.xlsx, sheet Smelter Look-up, row 5"


@pytest.mark.parametrize("name", ["", "Unknown", "Aurelia Refinning", "株式会社 No Such Name"])
def test_right_id_stands_beside_a_name_that_nobody_has(known, name):
    assert one(known, "Gold", "CID900001", name).match == "id"


@pytest.mark.parametrize("name", [
    "aurelia refining sa", "AURÉLIA REFINING, S.A.", "Ａｕｒｅｌｉａ　Ｒｅｆｉｎｉｎｇ Ｓ．Ａ．",
    "Aurelia-Refining S. A.", "Aurelia  Refining", "AureliaRefining", "Aurelia Gold"])
def test_exact_name_decides_whatever_its_dress(known, name):
    found = one(known, "Gold", "", name, "Switzerland")
    assert (found.match, found.smelter_id) == ("alias", "CID900001")


def test_letters_without_accent_marks_are_folded(known):
    assert one(known, "Gold", "", "Lodz Zloto").smelter_id == "CID900005"


def test_name_counts_only_under_its_metal(known):
    assert one(known, "Tin", "", "Two Metals Company Limited").smelter_id == "CID900011"
    refused = one(known, "Tungsten", "", "Two Metals Co., Ltd.")
    assert refused.match == "none"
    assert "under Gold and Tin it is known" in refused.match_reason


def test_choice_in_the_look_up_column_is_a_name(known):
    assert one(known, "Gold", lookup="Aurelia Gold").smelter_id == "CID900001"
    assert one(known, "Gold", name="Boreal Mint AG",
               lookup="Smelter not listed").smelter_id == "CID900002"


@pytest.mark.parametrize("row, word", [
    (("Tin", "CID900001", "Aurelia Refining S.A."), "is a smelter of Gold"),
    (("Gold", "CID900001", "Boreal Mint AG"), "the name that of CID900002"),
    (("Gold", "CID900001", "Boreal Mnit AG"), "nearer to CID900002"),
    (("Gold", "CID900003", "Twin Rivers Coast"), "the name that of CID900004"),
    (("Gold", "CID900001", "Wolfram Works"), "known under Tungsten alone"),
    (("Gold", "CID900001", "No Such Name At All", "BRAZIL"), "neither name nor country"),
    (("Gold", "CID900001 / CID900002", "Twin Rivers"), "names several"),
    (("Gold", "", "Boreal Mint", "", "Aurelia Gold"), "are of different facilities"),
    # A letter for a digit, and zeros left out.
    (("Gold", "CID9OOOO1", "Boreal Mint AG"), "is like CID900001, and the name is that of"),
    # A name with something behind it, and misspelt names of near twins.
    (("Gold", "CID900001", "Boreal Mint AG, Building 3, Zone B"), "nearer to CID900002"),
    (("Gold", "CID900001", "Boreal Mint AG [Head Office]"), "nearer to CID900002"),
    (("Gold", "CID900001", "Boreal Mint AG f/k/a Aurelia Refining S.A."), "CID900002"),
    (("Gold", "CID900003", "Twin Rivres Coast"), "nearer to CID900004"),
    (("Tantalum", "CID900021", "XY Pwder Inc."), "nearer to CID900022"),
    # The country adds to a name that is as like either.
    (("Gold", "CID900004", "Twin Rivers Coa", "NEW ZEALAND"), "nearer to CID900003"),
])
def test_contradiction_is_never_matched(known, row, word):
    found = one(known, *row)
    assert (found.match, found.smelter_id) == ("none", "")
    assert found.match_reason.startswith("Contradiction")
    assert word in found.match_reason


def test_id_metal_and_own_look_up_prove_a_row_whose_name_a_list_gives_to_another_id():
    known = year.known({"smelter_id": "CID900077", "name": "Boreal Mint AG"})
    row = ("Gold", "CID900002", "Boreal Mint AG", "GERMANY")
    refused = one(known, *row)
    assert refused.match == "none" and "the name that of CID900077" in refused.match_reason
    proven = one(known, *row, own_look_up="yes")
    assert (proven.match, proven.smelter_id) == ("id", "CID900002")
    assert "CID900077 (Boreal Mint AG): the smelter may have a new id" in proven.match_reason
    assert one(known, "Tin", *row[1:], own_look_up="yes").match == "none", "not of another metal"


@pytest.mark.parametrize("said", [
    {"metal": "Tin", "name": "Boreal Mint AG"}, {"metal": "Tin", "name": "Nobody's Tin Works"},
    {"metal": "Tungsten", "name": "Boreal Mint AG", "kind": "reference"}])
def test_id_metal_and_own_look_up_prove_a_row_whose_id_a_list_has_under_another_metal(said):
    known = year.known({"smelter_id": "CID900002", **said})
    row = ("Gold", "CID900002", "Boreal Mint AG", "GERMANY")
    proven = one(known, *row, own_look_up="yes")
    assert (proven.match, proven.smelter_id) == ("id", "CID900002")
    assert "the sources disagree on the metal of CID900002" in proven.match_reason
    assert one(known, *row).match_reason.startswith("Contradiction: CID900002 is a smelter of T")
    assert one(known, said["metal"], "CID900002", "Nobody").match == "id"


def test_one_strangers_look_up_unmatches_nobody_whose_own_look_up_has_the_row():
    forged = [("Tin", "CID900002", ["Boreal Mint AG"], "GERMANY")]
    both = pd.concat([year.lookups(), year.lookups(forged, file="zoe/cmrt.xlsx")])
    known = reference.build(both, year.entries())
    row = ("Gold", "CID900002", "Boreal Mint AG", "GERMANY")
    assert one(known, *row).match_reason.startswith("Contested")
    assert one(known, *row, own_look_up="yes").smelter_id == "CID900002"


@pytest.mark.parametrize("typed, shown, name", [
    ("CID900001", "242332", "Boreal Mint AG"), ("CID900001", "CID900002", "Boreal Mint AG"),
    ("cid 900001", "CID900002", ""), ("CID900099", "CID900002", "Boreal Mint AG")])
def test_row_whose_typed_id_and_cells_are_of_two_smelters_is_neither(known, typed, shown, name):
    found = one(known, "Gold", shown, name, id_typed=typed)
    assert (found.match, found.smelter_id) == ("none", "")
    assert "one line cannot be both" in found.match_reason


def test_id_typed_in_another_dress_is_no_other_id(known):
    for typed in ("cid-900002", "CID900002 ", "unknown", "see below"):
        assert one(known, "Gold", "CID900002", "Boreal Mint AG", id_typed=typed).match == "id"


def test_findings_are_given_the_matchers_own_reason(known):
    rows = year.rows(year.row("Gold", "CID900001", "Boreal Mint AG"),
                     year.row("Tin", "CID900001", "Aurelia Gold"),
                     year.row("Gold", "CID900001", "Aurelia Gold", "BRAZIL"),
                     year.row("Gold", "CID900001", "No Such Name"))
    judged = matching.judged(rows, known)
    assert list(judged["fault"]) == ["name", "metal", "country", ""]
    assert list(judged["reason"]) == list(matching.match(rows, known)["match_reason"])


@pytest.mark.parametrize("name", [
    "Aurelia Refining S.A. (formerly Nobody's Old Works)", "Aurelia Gold, No. 12 Mint Road, Bern",
    "Aurelia Refining S.A. (Head Office)", "Aurelia Refining S.A. / Plant 2"])
def test_right_id_stands_whatever_is_written_behind_its_name(known, name):
    assert one(known, "Gold", "CID900001", name, "BRAZIL").match == "id"
    assert one(known, "Gold", "", name).match == "none"


def test_country_is_no_contradiction_of_an_id_whose_name_agrees(known):
    found = one(known, "Gold", "CID900001", "Aurelia Gold", "BRAZIL")
    assert found.match == "id"
    assert "the reported country is another" in found.match_reason


def test_country_of_a_near_twin_refuses_the_name(known):
    assert one(known, "Gold", "", "Twin Rivers", "New Zealand").smelter_id == "CID900003"
    refused = one(known, "Gold", "", "Twin Rivers", "Australia")
    assert refused.match == "none"
    assert "the country that of CID900004" in refused.match_reason
    assert one(known, "Gold", "CID900004", "Twin Rivers Coa", "Australia").match == "id"
    # Far from any twin a wrong country decides nothing.
    assert one(known, "Gold", "", "Boreal Mint", "Brazil").smelter_id == "CID900002"


def test_legal_form_tells_companies_apart_where_the_name_does_not(known):
    assert one(known, "Tantalum", "", "XY Powder Incorporated").smelter_id == "CID900022"
    assert one(known, "Tantalum", "", "X.Y. Powder Company Limited").smelter_id == "CID900021"
    without = one(known, "Tantalum", "", "X.Y. Powder", "Thailand")
    assert without.match == "none"
    assert without.match_reason.startswith("Ambiguous: the name stands for CID900021, CID900022")
    assert one(known, "Gold", "", "Boreal Mint Ltd.", "Brazil").match == "none"


def test_number_without_letters_needs_its_name(known):
    assert one(known, "Gold", "900001", "Aurelia Gold").match == "id"
    assert one(known, "Gold", "900001", "").match == "none"
    assert one(known, "Gold", "900001", "No Such Name").match == "none"


def test_mistyped_id_leaves_it_to_the_name_and_is_suggested(known):
    found = one(known, "Gold", "CID9OOOO2", "Boreal Mint AG")
    assert (found.match, found.smelter_id) == ("alias", "CID900002")
    rows = matching.match(year.rows(year.row("Gold", "CID9OOOO2", "No Such Name")), known)
    assert rows["match"].tolist() == ["none"]
    assert suggestions.suggest(rows, known)["why"].tolist()[0] == "the row's id is like its"


def test_unknown_id_leaves_it_to_the_name_and_says_so(known):
    found = one(known, "Gold", "CID999999", "Boreal Mint AG")
    assert (found.match, found.smelter_id) == ("alias", "CID900002")
    assert "CID999999 stands in no source" in found.match_reason
    assert one(known, "Gold", "CID999999", "Nobody").match == "none"


@pytest.mark.parametrize("row", [
    ("Gold", "", "Unknown", "", "Smelter not yet identified"),
    ("Gold", "", "smelter NOT YET identified", "", "")])
def test_not_yet_identified_is_a_kind_of_its_own(known, row):
    found = one(known, *row)
    assert (found.match, found.smelter_id) == ("not_identified", "")


@pytest.mark.parametrize("row", [("", "CID900001", "Aurelia Gold"), ("Gold", "", ""),
                                 ("Gold", "", "N/A"), ("Gold", "", "...")])
def test_nothing_is_made_of_nothing(known, row):
    found = one(known, *row)
    assert found.match == "none"
    assert found.match_reason.startswith("No ")


def test_decision_counts_only_where_proof_is_missing(known):
    lines = decision("gold|Aurelia Raffinery", "CID900001")
    found = one(known, "Gold", "", "AURELIA RAFFINERY", decisions=lines)
    assert (found.match, found.smelter_id) == ("decision", "CID900001")
    assert "Decision D-001 of 2026-03-01" in found.match_reason
    assert one(known, "Tin", "", "Aurelia Raffinery", decisions=lines).match == "none"
    proven = one(known, "Gold", "", "Boreal Mint", decisions=decision("Gold|Boreal Mint",
                                                                     "CID900001"))
    assert (proven.match, proven.smelter_id) == ("alias", "CID900002")


def test_decision_settles_a_contradiction_but_cannot_move_a_row_to_another_metal(known):
    row = ("Gold", "CID900001", "Boreal Mint AG")
    assert one(known, *row, decisions=decision("Gold|Boreal Mint AG", "CID900002")
               ).smelter_id == "CID900002"
    moved = one(known, "Tin", "CID900001", "Aurelia Gold",
                decisions=decision("Tin|Aurelia Gold", "CID900001"))
    assert moved.match == "none"
    assert "no source lists under Tin" in moved.match_reason


def test_superseded_decision_no_longer_counts(known):
    lines = pd.concat([decision("Gold|Rivers of Twins", "CID900003"),
                       decision("Gold|Rivers of Twins", "CID900004", id="D-002",
                                supersedes="D-001")])
    assert one(known, "Gold", "", "Rivers of Twins", decisions=lines).smelter_id == "CID900004"


def test_every_row_keeps_its_place_and_says_why(known):
    reported = year.rows(year.row("Gold", "CID900002", "Boreal Mint AG"), year.row("Tin", "", "Z"),
                         year.row("Gold", "CID900002", "Boreal Mint AG"))
    out = matching.match(reported, known)
    assert out["row"].tolist() == [5, 6, 7]
    assert out["match"].tolist() == ["id", "none", "id"]
    assert (out["match_reason"] != "").all()
    assert matching.match(reported.iloc[:0], known)["match"].tolist() == []


@pytest.mark.parametrize("hostile", [
    "=HYPERLINK(\"http://x\")", "<script>alert(1)</script>", "A" * 40_000, "\u202ecba\x00", "|" * 9,
    "ß" * 500, "🙂🙂", "Co., Ltd.", "((((("])
def test_strangers_text_is_only_a_name(known, hostile):
    rows = matching.match(year.rows(year.row("Gold", hostile, hostile, hostile, hostile)), known)
    assert rows["match"].tolist() == ["none"]
    tables.shape(suggestions.suggest(rows, known), "suggestions")


@pytest.mark.parametrize("typed", [
    "CID\u2011900002", "CID \u2013 900002", "CID\u0669\u0660\u0660\u0660\u0660\u0662"])
def test_an_id_in_other_dashes_and_digits_is_the_id(known, typed):
    (row,) = matching.match(year.rows(year.row("Gold", typed, "Boreal Mint Branch")),
                            known).itertuples()
    assert (row.smelter_id, row.match) == ("CID900002", "id")


@pytest.mark.parametrize("typed", ["\u0421ID900002", "C\u0406D900002", "CID9\u041e0002"])
def test_an_id_with_a_look_alike_letter_is_suggested_and_contradicts_another_name(known, typed):
    rows = matching.match(year.rows(
        year.row("Gold", typed, "Quite Another Branch"), year.row("Gold", typed, "Aurelia Gold")),
        known)
    assert rows["match"].tolist() == ["none", "none"]
    assert "is like CID900002" in rows["match_reason"].iloc[1]
    found = suggestions.suggest(rows, known)
    found = found[found["smelter_id"] == "CID900002"]
    assert (found["why"].str.contains("the row's id is like its")).all() and len(found) == 2


def test_suggestions_say_what_speaks_for_them(known):
    rows = matching.match(year.rows(
        year.row("Gold", "", "Boréal Mynt", "Germany"),
        year.row("Gold", "", "Boréal Mynt", "Germany", supplier_id="ben"),
        year.row("Gold", "CID900003", "Twin Rivers Coast"),
        year.row("Tin", "CID900002", "Boreal Mint AG"),
        year.row("Gold", "CID900001", "Aurelia Gold")), known)
    found = tables.shape(suggestions.suggest(rows, known), "suggestions")
    first = found[found["rank"] == 1].set_index(["metal", "name_reported"])
    near = first.loc[("Gold", "Boréal Mynt")]
    assert (near.smelter_id, near.rows, near.suppliers) == ("CID900002", 2, 2)
    assert "country agrees" in near.why and near.score < 100
    assert near.decision_key == "Gold|Boréal Mynt"
    swapped = found[found["name_reported"] == "Twin Rivers Coast"]
    assert swapped["smelter_id"].tolist()[:2] == ["CID900004", "CID900003"]
    assert "the row's id is its" in swapped["why"].tolist()[1]
    moved = first.loc[("Tin", "Boreal Mint AG")]
    assert (moved.smelter_id, moved.smelter_metal, moved.decision_key) == ("CID900002", "Gold", "")
    assert "Aurelia Gold" not in set(found["name_reported"])


def test_suggestions_name_the_choice_and_what_stands_before_an_address(known):
    rows = matching.match(year.rows(
        year.row("Gold", "", "Twin Rivers Coats", lookup="Boreal Mint AG"),
        year.row("Gold", "", "Boreal Mint AG (formerly Twin Rivers Coast)")), known)
    found = suggestions.suggest(rows, known)
    typed = found[found["name_reported"] == "Twin Rivers Coats"]
    assert typed["smelter_id"].tolist()[:2] == ["CID900004", "CID900002"]
    assert "the row's choice 'Boreal Mint AG' is its" in typed["why"].tolist()[1]
    behind = found[found["name_reported"].str.startswith("Boreal")]
    assert behind["smelter_id"].tolist()[0] == "CID900002"
    assert "its name is 'Boreal Mint AG'" in behind["why"].tolist()[0]


@pytest.mark.parametrize("metal, written, meant", [
    ("Gold", "Refining Aurelia", "CID900001"), ("Gold", "Aurelia Ref.", "CID900001"),
    ("Gold", "Zloto Lodz", "CID900005"), ("Gold", "Aurelia", "CID900001"),
    ("Gold", "The Boreal Mint of Germany", "CID900002"), ("Tin", "Timah Example", "CID900012"),
    ("Tungsten", "Wolfram Wks", "CID900031"), ("Tungsten", "Волфрам Воркс", "CID900031")])
def test_suggestions_see_through_other_ways_of_writing(known, metal, written, meant):
    rows = matching.match(year.rows(year.row(metal, "", written)), known)
    assert rows["match"].tolist() == ["none"]
    assert suggestions.suggest(rows, known)["smelter_id"].iloc[0] == meant
