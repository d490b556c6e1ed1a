"""Decisions on risk: their effect is seen before they are written, one by one or for many."""

from dataclasses import replace

import pandas as pd
import pytest

import risk_year as year
from conflict_minerals.ground.errors import InputError
from conflict_minerals.risk import lookahead, tiers
from conflict_minerals.status import effects
from conflict_minerals.year import standing
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
    for step in ("smelter-status", "geographic-risk"):
        seen = repr(decide.decide(started(step), "risk", "Gold|CID900001", "critical", **SAID))
        assert "tier_critical | 1 | 2 | 1" in seen
    for key in ("Gold|CID999999", "Gold|CID9000O1"):
        with pytest.raises(InputError, match="no facility of this year|has the key|Did you mean"):
            decide.decide(started("geographic-risk"), "risk", key, "critical", **SAID)


def test_an_answer_is_seen_to_open_the_gate(started):
    run = started("report-export")
    record = run.inputs.decisions
    answer = record[record["key"] == HARD].iloc[0]
    effect = lookahead.effect(run, record, record[record["id"] != answer["id"]])
    assert effect.set_index("figure").loc["hard_flags_open"].tolist() == [1, 0, -1]


def test_one_decision_for_many_is_a_line_a_facility_tied_by_its_group(started):
    run = started("geographic-risk")
    looked = decide.decide_many(run, {"tier": "low", "metal": ["Gold", "Tin"]}, "none", **SAID)
    risk = decide._reader(run).read("risk")
    decided = set().union(*tiers.decided_facilities(decide.read(run.raw)))
    asked = risk[(risk["tier"] == "low") & risk["metal"].isin(["Gold", "Tin"])]
    keys = [f"{m}|{s}" for m, s in zip(asked["metal"], asked["smelter_id"], strict=True)
            if (m, s) not in decided]
    assert [line["key"] for line in looked.lines] == keys and len(keys) > 1
    left = f"{', '.join(keys)}. Left out, decided already: {len(asked) - len(keys)}"
    assert left in looked.plain and len(asked) > len(keys)
    assert {line["group"] for line in looked.lines} == {looked.lines[0]["group"]} != {""}
    for where, value, word in (
        ({"tier": "critical"}, "engage", "not decided for many"),
        ({"tier": "low"}, "answered", "not decided for many"),
        ({"colour": "red"}, "engage", "unknown condition"),
        ({"rule": "no-such-rule"}, "engage", "no row has the rule 'no-such-rule'"),
        ({"supplier": "bryny"}, "engage", "no row has the supplier 'bryny'. Did you mean 'bryony'"),
        ({"tier": "lo"}, "engage", "no row has the tier 'lo'. Did you mean 'low'"),
        ({"list": "conformant-205"}, "engage", "no row has the list .*Did you mean 'conformant-2"),
        ({"rule": "suspended"}, "engage", "holds for no facility"),
    ):
        with pytest.raises(InputError, match=word):
            decide.decide_many(run, where, value, **SAID)


@pytest.mark.parametrize("where", [
    {"supplier": "bryony"}, {"country": "ARE"}, {"rule": "on-no-list"}])
def test_facilities_are_chosen_by_what_is_known_of_them(started, where):
    run = started("geographic-risk")
    chosen = decide._where(run, where)
    assert 0 < len(chosen) < len(decide._reader(run).read("risk"))


def test_a_high_tier_waits_for_its_own_decision_or_a_groups_and_a_critical_one_for_its_own():
    pair = {"metal": "Gold", "smelter_id": "CID900005"}
    risk = pd.DataFrame([pair | {"smelter_name": "Hub", "tier": "high", "hard": False}])
    flags = pd.DataFrame(columns=["metal", "smelter_id", "rule", "severity"])

    def closed(tier, *lines):
        return len(tiers.gates(risk.assign(tier=tier), flags, year.decisions(*lines)))

    own = {"key": "Gold|CID900005", "value": "engage"}
    assert [closed(tier) for tier in ("critical", "high", "medium")] == [1, 1, 0]
    assert [closed(tier, own) for tier in ("critical", "high")] == [0, 0]
    made = year.decisions(own).assign(group="G-001")
    assert len(tiers.gates(risk, flags, made)) == 0
    assert len(tiers.gates(risk.assign(tier="critical"), flags, made)) == 1
    gone = {"key": "Gold|CID900005", "value": "withdrawn", "supersedes": "D-1"}
    assert closed("high", own, gone) == 1


@pytest.mark.parametrize("key, value, why", [
    ("Gold|CID000001", "high", ""), ("Gold|CID000001|gold-hub", "answered", ""),
    ("Gold|CID000001", "answered", ""), ("supplier|aster", "engage", ""),
    ("Tin|CID000001", "high", "no facility"), ("Gold|CID000001|other", "answered", "no such hard"),
    ("supplier|zinnia", "engage", "no supplier of"),
])
def test_a_decision_that_applies_to_nothing_says_why(key, value, why):
    there = effects.subjects({
        "smelter_rows": pd.DataFrame({
            "supplier_id": ["aster"], "metal": "Gold", "smelter_id": "CID000001",
            "counted": True, "match": "id",
            "match_reason": "", "smelter_id_reported": "CID000001", "lookup_reported": "",
            "name_reported": "", "country_reported": ""}),
        "flags": pd.DataFrame({"metal": ["Gold"], "smelter_id": "CID000001", "rule": "gold-hub",
                               "severity": "hard"}),
        "suppliers": pd.DataFrame({"supplier_id": ["aster"]}),
    })  # fmt: skip
    found = standing.idle(year.decisions({"key": key, "value": value}), there)
    assert [why in said for said in found["why"]] == ([True] if why else [])


@pytest.mark.parametrize("kind, key, value, meant", [
    ("finding", "fennel/Fennel CMRT 6.4.xlsx|id-of-other-metal|Smelter List!F8", "accepted",
     "Did you mean 'fennel/Fennel CMRT 6.4.xlsx.id-of-other-metal.Smelter List!"),
    ("risk", "supplier|aster|Gold|CID999", "drop", "Did you mean 'supplier.aster.Gold.CID9"),
    ("sentence", "form-scop", "Words", "no such claim.*Did you mean 'form-scope'"),
    ("risk", "supplier|astr", "engage", "Did you mean 'supplier.aster'"),
])
def test_a_mistyped_key_of_every_kind_is_refused_with_what_resembles_it(
        started, kind, key, value, meant):
    due = {"due_on": "2026-12-31"} if value == "drop" else {}
    with pytest.raises(InputError, match=meant):
        decide.decide(started("geographic-risk"), kind, key, value, **SAID, **due)


def test_a_second_decision_about_the_same_names_the_one_that_it_must_supersede(started):
    run = started("geographic-risk")
    with pytest.raises(InputError, match=r'same as D-003 \(trace\).*Give supersedes="D-003"'):
        decide.decide(run, "risk", "Gold|CID900002", "engage", **SAID)
    seen = decide.decide(run, "risk", "Gold|CID900002", "engage", **SAID, supersedes="D-003")
    assert "followed_up_facility_engage | 4 | 5 | 1" in seen.plain
    assert "followed_up_facility_trace | 2 | 1 | -1" in seen.plain
    assert decide.decide(run, "risk", "Gold|CID900002", "high", **SAID).lines, "of another topic"


def test_a_table_that_this_run_has_not_made_is_not_said_to_be_missing(started):
    with pytest.raises(InputError, match="this run has not made the table risk.*report-export"):
        started("geographic-risk").read("risk")
    assert len(started("report-export").read("risk"))


def test_the_form_shows_what_a_decision_moves_before_it_can_be_written(started, tmp_path):
    pytest.importorskip("ipywidgets")
    run = started("geographic-risk")
    record = tmp_path / "decisions.csv"
    record.write_bytes((run.raw / "decisions.csv").read_bytes())
    form = decide.inbox(replace(run, folders=replace(run.folders, raw=tmp_path)))
    form.kind.value = "finding"
    (said, at), many = form.item.options[0], len(form.item.options)
    form.item.value, form.value.value = at, "accepted"
    form.show.click()
    assert form.write.disabled and "has no reason" in form.out.value
    for name, text in SAID.items():
        form.said[name].value = text
    form.show.click()
    assert not form.write.disabled and "What D-" in form.out.value
    form.said["reason"].value = "Considered again"
    assert form.write.disabled, "what is written is what was shown"
    form.show.click()
    form.write.click()
    assert "Considered again" in record.read_text() and len(form.item.options) == many - 1
    assert said.partition("  ")[2] in record.read_text()
