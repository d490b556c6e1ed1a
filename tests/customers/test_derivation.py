"""Each rule gives each of its answers, and an answer rests on what it says it rests on."""

import os

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conflict_minerals.customers import derivation, sourcing
from conflict_minerals.customers.derivation import RULES, Said, Scope, _Case, derive
from conflict_minerals.ground import library

TOPICS = {"used_intentionally": True, "remains_in_product": True, "covered_countries": True,
          "cahra": True, "recycled_scrap": True, "percent_responded": True,
          "all_identified": True, "all_reported": True, "policy": False}  # fmt: skip
PROGRAM = {
    "facts": [{"id": "policy", "document": "p.pdf", "date": "2025-01-01"}],
    "customer_answers": [{"id": "policy", "answer": "Yes", "comment": "", "fact": "policy"}],
}


def case(*answers, needed=True, asked=2, answered=2, doubtful=0, unidentified=0):
    return _Case(list(answers), needed, asked, answered, doubtful, unidentified)


@pytest.mark.parametrize(("rule", "given", "answer"), [
    ("scope", case(), "Yes"), ("scope", case(needed=False), "No"),
    ("any_yes", case("No", "Yes"), "Yes"), ("any_yes", case("", "Yes"), "Yes"),
    ("any_yes", case("No", ""), "Unknown"), ("any_yes", case("No", "Unknown"), "Unknown"),
    ("any_yes", case(), "Unknown"), ("any_yes", case("No", "No"), "No"),
    ("any_yes_decided", case("Yes", "No"), "Yes"), ("any_yes_decided", case("No", ""), ""),
    ("any_yes_decided", case("No"), "No"),
    ("all_yes", case("Yes", "Yes"), "Yes"), ("all_yes", case("Yes", ""), "Unknown"),
    ("all_yes", case("Yes", "No"), "No"),
    ("share", case(asked=2, answered=2), "100%"),
    ("share", case(asked=20, answered=19), "Greater than 90%"),
    ("share", case(asked=10, answered=9), "Greater than 75%"),
    ("share", case(asked=4, answered=3), "Greater than 50%"),
    ("share", case(asked=2, answered=1), "50% or less"),
    ("share", case(asked=2, answered=0), "None"),
    ("identified", case("Yes", "Yes"), "Yes"), ("identified", case("Yes", "No"), "No"),
    ("identified", case("Yes", answered=1), "No"),
    ("identified", case("Yes", "Yes", unidentified=1), "No"),
    ("reported", case(), "Yes"), ("reported", case(doubtful=1), "No"),
])  # fmt: skip
def test_each_rule_gives_each_of_its_answers(rule, given, answer):
    assert RULES[rule](given) == answer


def test_every_rule_of_the_table_is_known_and_has_a_reason():
    lines = library.records("answer_rules")
    assert {line["rule"] for line in lines} - {"program"} <= set(RULES)
    assert all(line["reason"] for line in lines)


def said(**changed):
    """What suppliers ``a`` and ``b`` said about tin and gold; ``changed`` by ``a_cahra_Tin``."""
    plain = {"used_intentionally": "Yes", "remains_in_product": "Yes", "covered_countries": "No",
             "cahra": "No", "recycled_scrap": "Yes", "percent_responded": "100%",
             "all_identified": "Yes", "all_reported": "Yes"}  # fmt: skip
    rows = [{"supplier_id": who, "topic": topic, "metal": metal, "file": f"{who}/t.xlsx",
             "answer": changed.get(f"{who}_{topic}_{metal}", answer), "sheet": "Declaration",
             "cell": "D1"} for who in "ab" for metal in ("Tin", "Gold")
            for topic, answer in plain.items()]  # fmt: skip
    none = pd.DataFrame(columns=["supplier_id", "metal", "match"], dtype="str")
    return Said(pd.DataFrame(rows), none, {"a": "company", "b": "product"})


SCOPE = Scope("company", ("P",), ("Tin", "Gold"), {"Tin": ("a", "b"), "Gold": ("a",)})


def answers(**changed):
    found = derive(SCOPE, said(**changed), "CMRT", TOPICS, PROGRAM)
    return {(r.topic, r.metal): r.answer for r in found.itertuples()}


@pytest.mark.parametrize("metal", ["Tin", "Gold"])
@pytest.mark.parametrize(("topic", "to", "becomes"), [
    ("covered_countries", "Yes", "Yes"), ("covered_countries", "", "Unknown"),
    ("cahra", "Unknown", "Unknown"), ("recycled_scrap", "No", "No"),
    ("all_identified", "No", "No"), ("remains_in_product", "No", None),
])  # fmt: skip
def test_one_suppliers_answer_changes_what_rests_on_it(topic, to, becomes, metal):
    if becomes is None:  # another supplier's tin still holds it; the gold is a's alone
        becomes = "Yes" if metal == "Tin" else "No"
    assert answers(**{f"a_{topic}_{metal}": to})[topic, metal] == becomes


ASKED = [name for name, by_metal in TOPICS.items() if by_metal]
SAYS = st.sampled_from(["Yes", "No", "Unknown", "", "Not declaring"])
KEYS = st.builds("{}_{}_{}".format, st.sampled_from("ab"), st.sampled_from(ASKED),
                 st.sampled_from(["Tin", "Gold"]))  # fmt: skip


@settings(max_examples=int(os.environ.get("PROOFS", 12)), deadline=None)
@given(st.dictionaries(KEYS, SAYS, max_size=12), KEYS, SAYS)
def test_whatever_was_said_one_answer_changes_nothing_that_does_not_rest_on_it(first, key, to):
    """Another question is touched only by an answer after which the metal is not asked about."""
    topic, metal = key[2:].rpartition("_")[::2]
    before, after = answers(**first), answers(**{**first, key: to})
    moved = {one for one in {*before, *after} if before.get(one) != after.get(one)}
    if topic in ("used_intentionally", "remains_in_product"):
        assert {about for _, about in moved} <= {metal}
    else:
        assert moved <= {(topic, metal)}
    if key.startswith("b") and metal == "Gold":  # b supplies no gold
        assert not moved


def test_a_supplier_out_of_scope_changes_nothing():
    assert answers(b_cahra_Gold="Yes") == answers()


def test_a_metal_that_no_product_needs_is_answered_no_and_nothing_else():
    found = answers()
    assert found["used_intentionally", "Tungsten"] == "No"
    assert ("cahra", "Tungsten") not in found


def test_a_supplier_that_does_not_use_the_metal_is_not_asked_further():
    found = answers(b_used_intentionally_Tin="No", b_cahra_Tin="", b_remains_in_product_Tin="")
    assert found["cahra", "Tin"] == "No"


def test_each_answer_names_the_suppliers_answers_with_file_and_cell():
    found = derive(SCOPE, said(), "CMRT", TOPICS, PROGRAM)
    behind = found[(found["topic"] == "cahra") & (found["metal"] == "Tin")]
    assert behind[["supplier_id", "said", "file", "cell"]].values.tolist() == [
        ["a", "No", "a/t.xlsx", "D1"], ["b", "No", "b/t.xlsx", "D1"]]  # fmt: skip


def test_the_companys_own_yes_needs_a_fact_and_stays_open_without():
    assert answers()["policy", ""] == "Yes"
    bare = {**PROGRAM, "facts": []}
    line = derive(SCOPE, said(), "CMRT", TOPICS, bare).set_index("topic").loc["policy"]
    assert (line["answer"], line["state"]) == ("", derivation.OPEN)


def test_a_declared_metal_of_which_nobody_names_a_smelter_is_not_yet_identified():
    silent = said()
    rows = pd.DataFrame(columns=["supplier_id", "metal", "match", "smelter_id"], dtype="str")
    known = pd.DataFrame(columns=["metal", "smelter_id", "smelter_name", "country"], dtype="str")
    silent = Said(silent.answers, rows, silent.level)
    found = sourcing.smelters(SCOPE, silent, known, ("Tin", "Gold"), [])
    assert [(line.metal, line.smelter_id) for line in found] == [("Tin", ""), ("Gold", "")]
