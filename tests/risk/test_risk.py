"""The risk review: what each rule sees, when, and what tier follows."""

from datetime import date
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import risk_year as year
from conflict_minerals.ground import countries, edited, library, tables, terms
from conflict_minerals.ground.errors import InputError
from conflict_minerals.risk import rules, sources, tiers
from conflict_minerals.year import record
from risk_year import ASSURED, HUB, PLANT, PRETEND, flagged

RUSSIAN = {"CID000493", "CID000929", "CID001204", "CID001326", "CID001386", "CID001756"}
EMIRATI = {"CID002560", "CID002561"}
DOCS = Path(__file__).parents[2] / "docs" / "risk-rules.md"


def test_tiers_are_sorted_as_decisions_name_them():
    assert (terms.TIERS, terms.FLAGS) == (tuple(tiers.TIERS), rules.SEVERITIES)


@pytest.fixture(scope="module")
def own_date():
    return year.run()


@pytest.fixture(scope="module")
def hindsight():
    return year.run(as_of=year.HINDSIGHT)


def test_the_filings_own_test_is_one_rule_and_counts_for_nothing(own_date):
    africa = flagged(own_date, "africa")
    assert africa == {"CID001512", "CID002850"}
    risk = own_date.risk.set_index("smelter_id").loc[sorted(africa)]
    assert set(risk["status"]) == {"conformant"}
    assert set(risk["tier"]) == {"low"}


def test_the_suspension_is_seen_from_its_day_on(own_date, hindsight):
    assert flagged(own_date, "suspended") == set()
    assert flagged(hindsight, "suspended") == RUSSIAN
    day = year.run(as_of=date(2022, 3, 7))
    assert flagged(day, "suspended") == RUSSIAN
    assert flagged(year.run(as_of=date(2022, 3, 6)), "suspended") == set()
    tier = hindsight.risk.set_index("smelter_id")["tier"]
    assert set(tier[sorted(RUSSIAN)]) == {"high"}


def test_the_hub_rule_names_the_two_refiners_in_the_emirates(hindsight):
    assert flagged(hindsight, "gold-hub") == EMIRATI
    hub = hindsight.flags[hindsight.flags["rule"] == "gold-hub"]
    assert set(hub["rule_as_of"]) == {"2022-03-17"}
    # A review of an earlier day quotes the source that was there then, and before it none.
    assert set(year.run().flags.query("rule == 'gold-hub'")["rule_as_of"]) == {"2018-12-31"}
    assert flagged(year.run(as_of=date(2018, 12, 30)), "gold-hub") == set()


def test_every_table_is_of_its_described_shape(hindsight):
    for name, frame in vars(hindsight).items():
        assert len(tables.shape(frame, name)) == len(frame)


def test_every_tier_above_the_lowest_has_a_flag_with_source_and_date(hindsight):
    flags = hindsight.flags
    assert ((flags["source"] != "") & (flags["rule_as_of"] != "")).all()
    counted = flags[flags["severity"] != "info"]
    pairs = set(zip(counted["metal"], counted["smelter_id"], strict=True))
    above = hindsight.risk[hindsight.risk["tier"] != "low"]
    assert len(above) == 50
    for row in above.itertuples():
        assert (row.metal, row.smelter_id) in pairs
        assert "Matched rule" in row.reasons


def test_only_the_rule_africa_tests_a_continent():
    continental = {
        rule.rule
        for rule in rules.load()
        if {"region", "sub_region"} & set(rule.columns)
    }
    assert continental == {"africa"}
    assert {r.severity for r in rules.load() if r.rule == "africa"} == {"info"}
    # Nor does a table stand for one: no shipped table holds half of Africa's countries.
    every = library.table("countries")
    africa = set(every.loc[every["region"] == "Africa", "iso3"])
    for rule in rules.load():
        for name in set(rule.tables) - sources.brought():
            # A table may also list single facilities, by smelter_id.
            named = set(library.table(name).get("iso3", ()))
            assert len(named & africa) < len(africa) / 2, name


_SHIPPED = rules.load()
_COUNTED = [(r.rule, r.severity) for r in _SHIPPED if r.subject == "facility"]


@given(
    st.sets(st.sampled_from(_COUNTED)),
    st.sampled_from(_COUNTED),
    st.sampled_from(["conformant", "active", "none"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_one_more_flag_never_lowers_a_tier_and_order_never_matters(had, more, assurance, random):
    lines = tiers.load()
    flags = sorted(had)
    shuffled = flags.copy()
    random.shuffle(shuffled)
    before = tiers.tier_of(flags, assurance, lines)
    assert tiers.tier_of(shuffled, assurance, lines) == before
    after = tiers.tier_of([*flags, more], assurance, lines)
    assert tiers.TIERS.index(after.tier) <= tiers.TIERS.index(before.tier)


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "1", "2"]), st.sampled_from(["", "1", "2", "3"]),
                  st.sampled_from(["", "none", "active;none"]), st.sampled_from(tiers.TIERS)),
        max_size=6,
    ),
    st.sets(st.sampled_from(_COUNTED)),
    st.sampled_from(_COUNTED),
    st.sampled_from(["conformant", "active", "none"]),
)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_so_it_is_with_any_tier_table_that_is_not_refused(edited, had, more, assurance):
    shipped = library.table("tiers")
    row = shipped.iloc[-1].to_dict()
    lines = [
        row | {"line": f"X{n}", "red": red, "soft": soft, "assurance": who, "tier": tier}
        for n, (red, soft, who, tier) in enumerate(edited)
    ]
    try:
        loaded = tiers.load(pd.DataFrame([*lines, row]))
    except InputError:
        return
    before = tiers.tier_of(sorted(had), assurance, loaded).tier
    after = tiers.tier_of([*sorted(had), more], assurance, loaded).tier
    assert tiers.TIERS.index(after) <= tiers.TIERS.index(before)


def test_the_order_of_rows_never_matters(hindsight):
    which = year.facilities()
    rows = year.smelter_rows(which)
    again = year.run(
        which.sample(frac=1, random_state=7), rows.sample(frac=1, random_state=8),
        as_of=year.HINDSIGHT,
    )
    for name in ("risk", "flags", "origins", "escalation", "sensitivity"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(hindsight, name))


def test_a_declared_covered_country_without_assurance_is_hard_until_a_decision_answers_it():
    which = year.some(ASSURED, PLANT)
    rows = year.smelter_rows(which, mine_countries_reported="Rwanda, Zambia")
    done = year.run(which, rows)
    # The first is conformant: the origin is a red flag there, the lack of assurance makes it hard.
    assert flagged(done, "declared-covered") == {"CID900001", "CID900002"}
    assert flagged(done, "declared-covered-no-assurance") == {"CID900002"}
    tier = done.risk.set_index("smelter_id")
    assert tier["tier"].to_dict() == {"CID900001": "medium", "CID900002": "critical"}
    assert tier["declared_origins"].to_dict() == {"CID900001": "RWA;ZMB", "CID900002": "RWA;ZMB"}
    assert done.gates_risk["gate"].tolist() == ["hard_flag"]
    assert "CID900002" in done.gates_risk["subject"][0]

    key = "gold|cid 900002|declared-covered-no-assurance"
    decided = year.inputs(decided=({"key": key, "value": "answered"},))
    answered = year.run(which, rows, given=decided)
    assert answered.gates_risk.empty
    plant = answered.risk.set_index("smelter_id").loc["CID900002"]
    assert plant["tier"] == "critical" and not plant["hard"]
    key = "Gold|CID900002|sanctions-confirmed"
    other = year.inputs(decided=({"key": key, "value": "answered"},))
    assert len(year.run(which, rows, given=other).gates_risk) == 1


@pytest.mark.parametrize(("ground", "rule"), [
    ("no_list", "on-no-list"), ("expired", "listed-no-assurance"),
    ("denied", "listed-no-assurance"), ("retired", "listed-no-assurance"),
    ("unclear", "listed-no-assurance"), ("decided", "decided-no-assurance"),
])  # fmt: skip
def test_the_reason_of_a_flag_is_true_of_the_facility_that_it_stands_on(ground, rule):
    which = year.some(PLANT).assign(status_ground=ground)
    done = year.run(which)
    about = ["on-no-list", "listed-no-assurance", "decided-no-assurance"]
    assert [r for r in about if "CID900002" in flagged(done, r)] == [rule]
    assert done.risk["tier"].tolist() == ["medium"]  # whatever the ground, it has no assurance
    words = done.flags.loc[done.flags["rule"] == rule, "reason"].iloc[0]
    assert ("none of the lists" in words) == (ground == "no_list")


def test_an_audit_that_ran_out_is_shown_and_moves_no_tier():
    plain = year.run(year.some(ASSURED))
    late = year.run(year.some(ASSURED).assign(audit="run_out"))
    assert flagged(late, "audit-run-out") == {"CID900001"} and not flagged(plain, "audit-run-out")
    assert late.risk["tier"].tolist() == plain.risk["tier"].tolist()


def test_an_origin_record_is_evidence_from_its_day_on():
    which = year.some(PLANT)
    ore = ("CID900002", "Gold", "Burundi", "Tags", "Programme X", "2019-05-16")
    assert year.run(which, given=year.inputs(origins=(ore,))).gates_risk.empty
    later = year.run(which, given=year.inputs(origins=(ore,)), as_of=date(2019, 5, 16))
    assert len(later.gates_risk) == 1
    assert later.flags.query("rule == 'declared-covered'")["evidence"].tolist() == ["origins.csv"]


def test_a_suppliers_answer_never_becomes_a_facilitys_origin(own_date):
    told = year.answers(("a", "Gold", "covered_countries", "Yes"), ("a", "Gold", "cahra", "Yes"))
    done = year.run(told=told)
    assert set(done.supplier_flags["rule"]) == {"supplier-covered", "supplier-cahra"}
    pd.testing.assert_frame_equal(done.flags, own_date.flags)
    pd.testing.assert_frame_equal(done.risk, own_date.risk)


def test_no_flag_cites_a_source_of_a_later_day():
    which = year.some(ASSURED, HUB)
    rows = year.smelter_rows(which, mine_countries_reported="Kenya; Rwanda")
    done = year.run(which, rows)
    assert flagged(done, "declared-transit") == {"CID900001", "CID900005"}
    assert done.flags["rule_as_of"].max() <= year.OWN_DATE.isoformat()


def test_recycled_gold_in_a_hub_is_a_flag_of_its_own():
    which = year.some(HUB, ASSURED)
    done = year.run(which, year.smelter_rows(which, recycled_reported="Yes"))
    assert flagged(done, "recycled-gold-hub") == {"CID900005"}
    assert flagged(done, "origin-unknown") == set()
    assert set(done.risk["recycled"]) == {"Yes"}


def test_an_id_that_no_source_knows_is_flagged():
    which = year.some(ASSURED)
    done = year.run(which, year.smelter_rows(which, list_source=""))
    assert flagged(done, "id-unknown") == {"CID900001"}


def test_leaving_a_list_counts_within_the_window_of_the_rule():
    which = year.some(ASSURED)
    left = pd.DataFrame([{
        "metal": "Gold", "smelter_id": "CID900001", "gone_from": "list-2018",
        "gone_as_of": "2018-12-31", "listed_in": "list-2017, row 8",
    }])
    assert flagged(year.run(which, left_lists=left), "left-list") == {"CID900001"}
    at_end = year.run(which, left_lists=left, as_of=date(2020, 12, 31))
    assert flagged(at_end, "left-list") == {"CID900001"}
    after = year.run(which, left_lists=left, as_of=date(2021, 1, 1))
    assert flagged(after, "left-list") == set()
    assert flagged(year.run(which, left_lists=left, as_of=date(2018, 12, 30)), "left-list") == set()


def test_a_decision_sets_a_tier_and_is_named():
    which = year.some(ASSURED)
    done = year.run(which, given=year.inputs(decided=({"key": "Gold|CID900001", "value": "High"},)))
    assert done.risk[["tier", "tier_rule"]].values.tolist() == [["high", "decision D-1"]]
    wrong = year.inputs(decided=({"key": "Gold|CID900001", "value": "terrible"},))
    with pytest.raises(InputError, match="D-1"):
        record.check(wrong.decisions)


def test_each_rule_left_out_in_turn_shows_what_it_weighs(hindsight):
    moved = hindsight.sensitivity
    assert set(moved.loc[moved["rule"] == "gold-hub", "smelter_id"]) == EMIRATI
    assert set(moved.loc[moved["rule"] == "suspended", "smelter_id"]) == RUSSIAN
    weights = hindsight.sensitivity_summary.set_index("rule")
    assert weights.loc["africa", ["flagged", "change_tier"]].tolist() == [2, 0]


def test_the_open_list_stands_by_tier_with_owner_day_and_outcome():
    which = year.some(ASSURED, PLANT, HUB)
    step = {"owner": "Purchasing", "due_on": "2019-05-01"}
    given_ = year.inputs(decided=(
        {"key": "Gold|CID900002", "value": "engage", "state": "open", **step},
        {"key": "Gold|CID900005", "value": "trace", "state": "no_effect", **step},
        {"key": "supplier|b", "value": "suspend", "state": "", **step},
    ))
    suppliers = pd.DataFrame({
        "supplier_id": ["a", "b", "c"], "supplier_name": ["A", "B", "C"], "errors": [2, 0, 0],
        "next_step": ["corrections", "none", "none"], "next_step_reason": ["", "", ""],
    })
    done = year.run(which, given=given_, suppliers=suppliers)
    got = done.escalation.set_index("subject_id")
    assert got.index.tolist() == ["CID900002", "CID900005", "a", "b"]
    # The finished one is not late, nor the one that nobody has decided.
    assert got["overdue"].tolist() == [True, False, False, True]
    assert got.loc["a", ["next_step", "owner", "state"]].tolist() == ["", "", "not_decided"]
    assert got.loc["CID900002", ["owner", "due_on"]].tolist() == ["Purchasing", "2019-05-01"]
    counts = done.escalation_counts.set_index(["subject", "next_step", "state"])["subjects"]
    assert counts.to_dict() == {
        ("facility", "engage", "open"): 1, ("facility", "trace", "no_effect"): 1,
        ("supplier", "", "not_decided"): 1, ("supplier", "suspend", "open"): 1,
    }


def test_each_facility_is_explained_in_a_line(hindsight):
    told = hindsight.risk_explained
    assert len(told) == 297 and told["tier"].tolist()[:7] == ["high"] * 6 + ["medium"]
    row = told.set_index(["metal", "smelter_id"]).loc[("Gold", "CID001326")]
    assert row["reported_by"] == "a" and row["origin"] == "nothing is known"
    assert "suspended on 2022-03-07 by LBMA" in row["flags"]
    assert row["by_line"].startswith("line T3 of tiers.csv: ")


def _edited(name: str, block: int, *, above: str = "") -> pd.DataFrame:
    """A table of the knowledge folder with the line that the docs page shows added to its text."""
    line = DOCS.read_text(encoding="utf-8").split("```csv\n")[block].split("\n```")[0]
    text = library.text(f"{name}.csv")
    at = text.index(f"\n{above}") + 1 if above else len(text)
    text = f"{text[:at]}{line}\n{text[at:]}"
    kept = "\n".join(row for row in text.splitlines() if not row.startswith("#"))
    return pd.read_csv(StringIO(kept), dtype=str, keep_default_na=False)


def test_the_docs_name_columns_and_tables_that_are_there(own_date):
    text = DOCS.read_text(encoding="utf-8")
    part = text.split("**Columns** that a test may name")[1].split("A rule with subject")[0]
    first = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    named = {word for cell in first for word in cell.split("`")[1::2]} - {"index_<list id>"}
    assert named and named <= set(own_date.risk_profile.columns)
    head = text.split("## Two questions")[0]
    for name in [w for w in head.split("`")[1::2] if w.endswith(".csv")]:
        assert len(library.table(name.removesuffix(".csv"))), name


def test_a_person_adds_a_rule_by_a_line_as_the_docs_show(own_date):
    done = year.run(table=_edited("flags", 1))
    assert flagged(done, "central-asia-gold") == {
        row.smelter_id for row in year.facilities().itertuples()
        if row.metal == "Gold" and row.country in ("KAZ", "KGZ")
    } != set()
    rest = done.flags[done.flags["rule"] != "central-asia-gold"].reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, own_date.flags)


def test_a_person_changes_a_tier_by_a_line_as_the_docs_show():
    which = year.some(PLANT)
    assert year.run(which).risk["tier"].tolist() == ["medium"]
    done = year.run(which, tier_table=_edited("tiers", 2, above="T5,"))
    assert done.risk[["tier", "tier_rule"]].values.tolist() == [["high", "T4a"]]
    with pytest.raises(InputError, match="T4a"):
        tiers.load(_edited("tiers", 2, above="T9,"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"test": "country resembles ARE"}, "cannot read"),
        ({"test": "county is ARE"}, "county"),
        ({"test": "country is Atlantis"}, "Atlantis"),
        ({"test": "country is in the table no_such"}, "no_such"),
        ({"test": "country is in the table escalation_states"}, "escalation_states"),
        ({"test": "suppliers is above many"}, "many"),
        ({"subject": "supplier", "severity": "soft", "test": "mood is Yes"}, "mood"),
        ({"severity": "scary"}, "scary"),
        ({"source": ""}, "source"),
        ({"rule": "africa"}, "africa"),
        ({"window_months": "two"}, "two"),
        ({"metal": "Gold;Zinc"}, "Zinc"),
        ({"audience": "counsel", "severity": "red"}, "kept for counsel"),
        ({"as_of": "3/2/2026"}, "only one way"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_by_name(change, says):
    table = library.table("flags")
    new = table.iloc[3].to_dict() | {"rule": "mine"} | change
    with pytest.raises(InputError, match=says) as refused:
        year.run(year.some(ASSURED), table=pd.concat([table, pd.DataFrame([new])]))
    assert ".csv" in str(refused.value)


@pytest.mark.parametrize(
    "name", ["flags", "tiers", "covered_countries", "gold_hubs", "gold_centres",
             "mine_producers", "transit_countries", "events"],
)
def test_every_shipped_fact_has_a_source_and_a_date(name):
    table = library.table(name)
    assert len(table)
    assert (table["source"].str.len() > 5).all()
    assert table["as_of"].str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()
    if "iso3" in table:
        assert all(countries.printed(code) != code for code in table["iso3"])
    if name == "events":
        assert table["on"].str.fullmatch(r"\d{4}-\d{2}-\d{2}").all() and (table["by"] != "").all()


def test_a_rule_may_name_a_country_with_and_in_its_name():
    rule = library.table("flags").iloc[0].to_dict() | {
        "rule": "mine",
        "test": "country is one of Trinidad and Tobago;USA and status is conformant",
    }
    done = year.run(year.some(ASSURED, PRETEND), table=pd.DataFrame([rule]))
    assert flagged(done, "mine") == {"CID900003"}


def test_a_table_saved_by_a_spreadsheet_program_is_read_or_refused_by_its_line(
    monkeypatch, tmp_path
):
    def after(name: str, text: str) -> pd.DataFrame:
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8-sig")
        library._text.cache_clear()
        library._table.cache_clear()
        return library.table(name)

    monkeypatch.setattr(library, "path", lambda name: tmp_path / name)
    head = '"# a remark"," with a comma",,\n'"iso3,since,until,source,as_of,,\n"
    try:
        after("hubs", f"{head}ARE,31-Dec-2018,,A report,25/12/2018,,\n,,,,,,\n")
        line = edited.shipped("hubs").values.tolist()
        assert line == [["ARE", "2018-12-31", "", "A report", "2018-12-25"]]
        with pytest.raises(InputError, match="hubs.csv, line 3: has 6 values"):
            after("hubs", f"{head}ARE,2018-12-31,,A report, part two,2018-12-25\n")
        after("hubs", f"{head}ARE,3/2/2026,,A report,2026-03-02\n")
        with pytest.raises(InputError, match="iso3 ARE, since.*only one way"):
            edited.shipped("hubs")
        with pytest.raises(InputError, match="flags.csv, header: lacks the column rule"):
            rules.load(after("flags", "rule;subject\na;b\n"))
    finally:
        library._text.cache_clear()
        library._table.cache_clear()


@pytest.mark.parametrize("name", ["origin_words", "escalation_states", "common_words", "countries"])
def test_every_vocabulary_says_where_it_is_from(name):
    head = [line for line in library.text(f"{name}.csv").splitlines() if line.startswith("#")]
    assert "source:" in " ".join(head) and "2026-" in " ".join(head)
