"""Corrective actions on a supplier's smelter, and how good suppliers' own programmes are."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from conflict_minerals.ground import csvfiles, tables
from conflict_minerals.survey import actions, programme, survey
from declarations import table

DAY = date(2025, 3, 31)
KEY = "supplier|{}|Gold|CID90000{}"
FACILITIES = pd.DataFrame({
    "metal": "Gold", "smelter_id": [f"CID90000{n}" for n in range(1, 5)],
    "smelter_name": [f"Works {n}" for n in range(1, 5)], "country_name": "Peru",
    "status": ["indeterminable", "conformant", "indeterminable", "active"]})


def suppliers(*answered):
    return pd.DataFrame(answered, columns=["supplier_id", "answered_on"])


def named(*pairs):
    return pd.DataFrame([(s, "Gold", f"CID90000{n}", True) for s, n in pairs],
                        columns=["supplier_id", "metal", "smelter_id", "counted"])


def decided(*lines):
    return table("id,kind,key,value,supersedes,owner,due_on,state,group",
                 *((f"D-{n}", "risk", KEY.format(s, of), value, "", "Purchasing", due, state, "")
                   for n, (s, of, value, due, state) in enumerate(lines, start=1)))


def sent(*lines):
    return table("supplier_id,sent_on,kind,reference", *lines)


def find(decisions, letters, answered, rows, **options):
    options = {"year": 2024, "as_of": DAY} | options
    made = tables.shape(actions.find(decisions, letters, answered, rows, FACILITIES, **options),
                        "actions")
    return made.set_index("smelter_id")


def test_an_action_is_asked_answered_and_shows_in_the_suppliers_next_list():
    decisions = decided(("a", 1, "drop", "2025-02-28", ""), ("a", 2, "prove", "2025-02-28", ""),
                        ("a", 3, "drop", "2025-02-28", ""), ("a", 4, "drop", "2025-06-30", "done"))
    asked = sent(("a", "2025-02-01", "action", "action:Gold|CID900001 action:Gold|CID900003"),
                 ("a", "2025-02-20", "received", "file:12345678"))
    found = find(decisions, asked, suppliers(("a", "2025-02-18")),
                 named(("a", 2), ("a", 3), ("a", 4)))
    assert found["effect"].to_dict() == {
        "CID900001": "dropped", "CID900002": "listed", "CID900003": "still_named",
        "CID900004": "not_asked"}
    assert found.at["CID900001", "answered_on"] == "2025-02-18"
    assert found["overdue"].to_dict() == {
        "CID900001": False, "CID900002": False, "CID900003": True, "CID900004": False}
    silent = find(decisions, asked, suppliers(("a", "2024-12-01")), named(("a", 3)))
    assert silent.at["CID900003", "effect"] == "still_named", "a file came, whatever its date"
    silent = find(decisions, asked.head(1), suppliers(("a", "2024-12-01")), named(("a", 3)))
    assert silent.at["CID900003", "effect"] == "no_answer"


def test_what_stays_open_is_carried_with_its_effect_on_the_next_list(tmp_path):
    first = find(decided(("a", 1, "drop", "2025-02-28", ""), ("a", 3, "drop", "2025-02-28", ""),
                         ("a", 4, "drop", "2025-02-28", "done")),
                 sent(("a", "2025-02-01", "action", "action:Gold|CID900001")),
                 suppliers(("a", "2024-12-01")), named(("a", 1), ("a", 3), ("a", 4)))
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "actions.csv").write_bytes(csvfiles.to_csv(first.reset_index()))
    again = find(decided(("a", 3, "prove", "2026-06-30", "under_way")), sent(),
                 suppliers(("a", "2025-12-01")), named(("a", 3)), year=2025,
                 as_of=date(2026, 3, 31), against=tmp_path)
    assert sorted(again.index) == ["CID900001", "CID900003"], "what is done is not carried"
    one, other = again.loc["CID900001"], again.loc["CID900003"]
    assert (one["decision"], one["carried"], one["since"], one["effect"]) == (
        "", True, "2024", "dropped")
    assert one["asked_on"] == "2025-02-01" and one["answered_on"] == "2025-12-01"
    assert (other["decision"], other["action"], other["due_on"]) == ("D-1", "prove", "2026-06-30")


def test_who_answered_is_asked_for_the_action_first_and_once():
    decisions = decided(("a", 1, "drop", "", ""))
    year = SimpleNamespace(correspondence=sent())
    glance = pd.DataFrame({"supplier_id": ["a", "b"], "next_step": ["corrections", "none"],
                           "next_step_on": "", "next_step_reason": "", "answered_on": ""})
    rows = named(("a", 1))
    for letters, expected in ((sent(), ["action", "none"]), (sent(
            ("a", "2025-02-01", "action", "action:Gold|CID900001")), ["corrections", "none"])):
        made = find(decisions, letters, suppliers(("a", "2025-01-01")), rows).reset_index()
        out = survey.add_notices(glance, rows, FACILITIES, year, as_of=DAY, actions=made)
        assert out["next_step"].tolist() == expected


YES = dict.fromkeys(programme.TOPICS, "Yes")


@pytest.mark.parametrize(("said", "shown", "grade"), [
    (YES, (2, 4), "strong"), (YES, (1, 2, 4), "partial"), (YES, (1,), "weak"),
    (YES | {"require_validated": "No"}, (2, 4), "sound"), ({}, (2, 4), "weak"),
    (YES | {"policy": "No", "due_diligence": "No"}, (2, 4), "weak"),
    (YES | {"review": "No"}, (2, 4), "partial"), (None, (), "not_assessed"),
])
def test_a_programme_is_graded_by_its_answers_and_what_lists_show(said, shown, grade):
    answers = pd.DataFrame([("a", topic, "", answer, True) for topic, answer in (
        said or {}).items()],
                           columns=["supplier_id", "topic", "metal", "answer", "counted"])
    who = pd.DataFrame({"supplier_id": ["a"], "supplier_name": "A", "responded": said is not None})
    found = tables.shape(programme.grade(who, answers, named(*(("a", n) for n in shown)),
                                         FACILITIES), "programmes")
    assert found["grade"].tolist() == [grade] and found["reasons"].iloc[0]


