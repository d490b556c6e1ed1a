"""Counsel's recorded branch, held against the data."""

from datetime import date

import pandas as pd
import pytest

from conflict_minerals.filing.claims import branch
from conflict_minerals.ground.errors import InputError


def program(choice="form_and_report", ground="", **form):
    given = {"kind": "original", "amends": "", "law_confirmed_by": "Counsel",
             "law_confirmed_on": date(2026, 4, 1), "edition": "2021"}  # fmt: skip
    return {"form": {"branch": choice, "ground": ground, **given, **form}}


def decisions(*rows):
    columns = ["id", "kind", "key", "value", "supersedes"]
    return pd.DataFrame(rows, columns=columns).astype("str")


def tables(covered="Yes", recycled="No", in_scope=True, asked=True, responded=True, origin="",
           country="CHN"):
    """One supplier's tin, and beside it what never counts: uncounted, of gold, not covered."""
    uncounted = [("s1", topic, "Tin", answer) for topic in ("covered_countries", "recycled_scrap")
                 for answer in ("Yes", "No", "Unknown")]  # fmt: skip
    answers = [
        ("s1", "covered_countries", "Tin", covered),
        ("s1", "recycled_scrap", "Tin", recycled),
        ("s1", "covered_countries", "Gold", "Yes"),
    ]
    return {
        "products": pd.DataFrame({
            "product": ["P"], "made_or_contracted": ["made"], "in_scope": [in_scope],
            "tin": ["yes"], "gold": ["no"], "tantalum": ["no"], "tungsten": ["no"],
        }),
        "answers": pd.DataFrame(
            [(*row, at < len(answers), "s1/a.xlsx", "Declaration", "D26")
             for at, row in enumerate(answers + uncounted)],
            columns=["supplier_id", "topic", "metal", "answer", "counted", "file", "sheet", "cell"],
        ),
        "suppliers": pd.DataFrame(
            {"supplier_id": ["s1"], "responded": [responded], "no_3tg": [False]}
        ).head(int(asked)),
        "facilities": pd.DataFrame({
            "metal": ["Tin"], "smelter_id": ["CID1"], "smelter_name": ["Works"],
            "country": [country],
        }),
        "origins": pd.DataFrame(
            [("Tin", "CID1", "Works", "evidence", "CHN", "China", False),
             ("Gold", "CID2", "Other", "supplier", "COD", "COD", True)]
            + ([("Tin", "CID1", "Works", "evidence", origin, origin, True)] if origin else []),
            columns=["metal", "smelter_id", "smelter_name", "basis", "country", "country_name",
                     "covered"],
        ),
    }  # fmt: skip


def run(given, **data):
    found = branch.check(given, decisions(), tables(**data), year=2025)
    return {effect: set(found.loc[found["effect"] == effect, "test"])
            for effect in ("contradicts", "weighs")}, branch.gates(found, given)  # fmt: skip


NOT = "not_covered"


@pytest.mark.parametrize(
    "choice, ground, data, against, weighing",
    [
        ("form_and_report", "", {"covered": "Unknown", "origin": "COD"}, {"covered_held"},
         {"covered_evidence"}),
        ("form_only", "no_action", {"covered": "No", "origin": "COD"}, {"covered_held"},
         {"covered_evidence"}),
        ("form_and_report", "", {}, set(), {"covered_declared"}),
        ("form_and_report", "known_covered", {"origin": "COD"}, set(), set()),
        ("form_and_report", "known_covered", {}, set(), {"covered_claimed"}),
        ("form_and_report", "known_covered", {"covered": "No"}, {"nothing_covered"},
         {"covered_claimed"}),
        ("form_and_report", "", {"in_scope": False}, {"no_scope"}, {"nothing_covered"}),
        ("form_and_report", "", {"asked": False}, {"nobody_asked"}, {"covered_declared"}),
        ("form_and_report", "", {"covered": "No"}, set(), {"nothing_covered"}),
        ("form_and_report", "reason_to_believe", {}, set(), set()),
        ("form_and_report", "reason_to_believe", {"covered": "No"}, {"nothing_covered"}, set()),
        ("form_only", NOT, {}, {"covered_declared"}, set()),
        ("form_only", NOT, {"covered": "No"}, set(), set()),
        ("form_only", NOT, {"covered": "No", "origin": "COD"}, {"covered_evidence"}, set()),
        ("form_only", NOT, {"covered": "No", "country": "RWA"}, set(), {"covered_facility"}),
        ("form_only", NOT, {"covered": "Unknown"}, set(), {"covered_unknown"}),
        ("form_only", NOT, {"covered": "No", "responded": False}, set(), {"unanswered"}),
        ("form_only", "recycled", {"recycled": "Yes"}, set(), set()),
        ("form_only", "recycled", {}, {"not_recycled"}, set()),
        ("form_only", "recycled", {"recycled": "Unknown"}, set(), {"recycled_unknown"}),
        ("form_only", "no_action", {}, set(), {"covered_declared"}),
        ("form_only", "determined_not_covered", {"covered": "No"}, set(), set()),
        ("form_only", "determined_not_covered", {"covered": "Unknown"}, {"covered_unknown"}, set()),
        ("form_only", "determined_not_covered", {"covered": "No", "responded": False},
         {"unanswered"}, set()),
        ("form_only", "due_diligence_not_covered", {}, set(), {"covered_declared"}),
        ("form_only", "due_diligence_not_covered", {"origin": "COD"}, {"covered_held"},
         {"covered_declared", "covered_evidence"}),
        ("form_only", "due_diligence_recycled", {}, set(), {"not_recycled"}),
        ("no_filing", "no_necessary_minerals", {"in_scope": False}, set(), set()),
        ("no_filing", "no_necessary_minerals", {}, {"in_scope"}, set()),
    ],
)
def test_the_data_speak_for_or_against_the_decision(choice, ground, data, against, weighing):
    found, gates = run(program(choice, ground), **data)
    assert found == {"contradicts": against, "weighs": weighing}
    assert len(gates) == len(against)


def test_answers_for_a_metal_out_of_scope_do_not_count():
    found, _ = run(program("form_only", "not_covered"), covered="No")
    assert found["contradicts"] == set()  # the Yes for gold, which no product needs


@pytest.mark.parametrize(
    "form, test",
    [
        ({"law_confirmed_by": ""}, "law"),
        ({"law_confirmed_on": date(2025, 5, 1)}, "law"),
        ({"kind": "amendment"}, "amendment"),
        ({"amends": "the form of 2026-05-20"}, "amendment"),
        ({"edition": "2014"}, "edition"),
        ({"edition": "2021", "filing_on": date(2021, 3, 15)}, "edition"),
    ],
)
def test_formalities_close_the_gate(form, test):
    found, gates = run(program(**form))
    assert found["contradicts"] == {test} and set(gates["gate"]) == {"branch"}


def test_no_branch_is_recorded_and_none_is_drawn():
    given = program("")
    found = branch.check(given, decisions(), tables(), year=2025)
    assert found.empty
    assert branch.gates(found, given)["reason"].tolist() == ["counsel has not recorded one"]


def test_a_decision_and_the_settings_must_agree_and_a_superseded_one_is_gone():
    rows = [("1", "form", "branch", "form_only:not_covered", ""),
            ("2", "form", "branch", "form_and_report", "1")]  # fmt: skip
    assert branch.recorded(program(), decisions(*rows))["decision"] == "2"
    with pytest.raises(InputError, match="decision 1 says"):
        branch.recorded(program(), decisions(rows[0]))


@pytest.mark.parametrize("choice, ground", [("form_only", ""), ("form_only", "because")])
def test_a_branch_without_its_ground_is_refused(choice, ground):
    with pytest.raises(InputError, match="ground"):
        branch.recorded(program(choice, ground), decisions())


def test_a_metal_with_a_conclusion_of_its_own_is_held_against_its_own_ground():
    given = program("form_only", "not_covered", by_metal={"tin": "recycled"})
    found, _ = run(given)  # tin alone is in scope: declared from a Covered Country, not recycled
    assert found["contradicts"] == {"not_recycled"}
    (one,) = branch.conclusions(given, branch.recorded(given, decisions()), tables()["products"])
    assert (one["ground"], one["what"], one["setting"]) == (
        "recycled", "necessary tin", "form.by_metal.tin")
    with pytest.raises(InputError, match="Tin: because is no conclusion of the branch"):
        run(program("form_only", "not_covered", by_metal={"tin": "because"}))
