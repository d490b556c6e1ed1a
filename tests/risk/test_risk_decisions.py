"""Decisions on risk: their effect is seen before they are written, and idle ones are named."""

import pandas as pd
import pytest

from conflict_minerals.ground.errors import InputError
from conflict_minerals.risk import preview, riskdecisions
from helpers import decide
from helpers import run as runs

SAID = {"reason": "Considered", "decided_by": "Working group", "decided_on": "2026-04-09"}
HARD = "Tungsten|CID900302|declared-covered-no-assurance"


@pytest.fixture
def started(example_2025, sandbox, monkeypatch):
    """A notebook of the example year 2025, after the whole chain has run."""
    monkeypatch.setenv(runs.SANDBOX, str(sandbox))
    return lambda step: runs.start(step, year=2025)


def test_the_effect_on_tiers_is_shown_before_a_line_is_added(started):
    run = started("geographic-risk")
    seen = repr(decide.decide(run, "risk", "Gold|CID900001", "critical", **SAID, write=False))
    assert "tier_critical | 1 | 2 | 1" in seen and "applies to nothing" not in seen
    vain = decide.decide(run, "risk", "Gold|CID999999", "critical", **SAID, write=False)
    assert "It applies to nothing: it is no facility of this year" in repr(vain)
    # The second notebook does not read what a review needs, and says where the effect shows.
    elsewhere = started("smelter-status")
    assert "Run the year again" in repr(decide.decide(
        elsewhere, "risk", "Gold|CID900001", "critical", **SAID, write=False))


def test_an_answer_is_seen_to_open_the_gate(started):
    run = started("report-export")
    standing = run.inputs.decisions
    answer = standing[standing["key"] == HARD].iloc[0]
    effect, vain = preview.effect(run, dict(answer), standing[standing["id"] != answer["id"]])
    assert effect.set_index("figure").loc["hard_flags_open"].tolist() == [1, 0, -1]
    assert vain == ""


@pytest.mark.parametrize("step", ["smelter-status", "geographic-risk"])
@pytest.mark.parametrize("kind, key, value, words", [
    ("risk", "Gold|CID900001", "engaged", "critical, high"),
    ("finding", "a.xlsx|rule|B5", "maybe", "accepted, dismissed"),
    ("file", "a.xlsx", "maybe", "counts, rejected, no_3tg"),
])
def test_a_value_that_its_kind_does_not_know_is_refused(started, step, kind, key, value, words):
    with pytest.raises(InputError, match=f"{value!r}.*{words}"):
        decide.decide(started(step), kind, key, value, **SAID)


@pytest.mark.parametrize("key, value, why", [
    ("Gold|CID000001", "high", ""), ("Gold|CID000001|gold-hub", "answered", ""),
    ("Gold|CID000001", "answered", ""), ("supplier|aster", "engage", ""),
    ("Tin|CID000001", "high", "no facility"), ("Gold|CID000001|other", "answered", "no such hard"),
    ("Gold|CID000001|gold-hub", "trace", "for the whole facility"),
    ("supplier|zinnia", "engage", "no supplier of"), ("supplier|aster", "high", "only a next step"),
])
def test_a_decision_that_applies_to_nothing_says_why(key, value, why):
    line = {"id": "D-1", "kind": "risk", "key": key, "value": value, "supersedes": "", "state": ""}
    found = riskdecisions.idle(
        pd.DataFrame([line]), risk=pd.DataFrame({"metal": ["Gold"], "smelter_id": "CID000001"}),
        flags=pd.DataFrame({"metal": ["Gold"], "smelter_id": "CID000001", "rule": "gold-hub",
                            "severity": "hard"}),
        suppliers=pd.DataFrame({"supplier_id": ["aster"]}),
    )  # fmt: skip
    assert [said for _, said in found] == ([found[0][1]] if why else [])
    assert why in (found[0][1] if found else "")
