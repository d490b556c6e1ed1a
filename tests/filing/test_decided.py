"""Decisions in the open: what hangs on each, what would be without it, and what waits for one."""

import csv

import pandas as pd
import pytest

from conflict_minerals.filing.evidence import decisionlog
from conflict_minerals.ground import tables
from conflict_minerals.status import effects
from conflict_minerals.year import record
from report_year import facilities, frames

SAID = {"reason": "Considered", "decided_by": "Ann", "decided_on": "2019-05-01"}
EVIDENCE = pd.DataFrame({"claim": ["form-ground"], "kind": "decision", "reference": "form|branch"})


def lines(*given: dict) -> pd.DataFrame:
    plain = dict.fromkeys(record.COLUMNS, "") | SAID
    rows = [plain | {"id": f"D-{n:03d}"} | line for n, line in enumerate(given, 1)]
    return record.check(pd.DataFrame(rows).astype("str"))


@pytest.fixture(scope="module")
def held():
    """A small year: the first facility of tier high with a flag, and an open row of no facility."""
    known = facilities(4)
    made = frames(facilities=known)
    made["risk"].loc[0, ["tier", "tier_rule"]] = ["high", "T3"]
    rows = made["smelter_rows"]
    free = rows.iloc[[0]].assign(row=99, smelter_id="", match="none", name_reported="Nobody, Ltd.",
                                 decision_key="Gold|Nobody, Ltd.", match_reason="No source")
    made["smelter_rows"] = pd.concat([rows, free], ignore_index=True)
    for name in ("list_lines", "suggestions"):
        made[name] = tables.frame([], name)
    first = known.iloc[0]
    made["escalation"] = tables.frame([{
        **dict.fromkeys(tables.names("escalation"), ""), "subject": "facility",
        "metal": first["metal"], "subject_id": first["smelter_id"], "name": first["smelter_name"],
        "tier": "high", "why": "x", "suggested_step": "engage", "state": "not_decided",
        "overdue": False, "suppliers": 1, "products": 1, "rows": 1}], "escalation")
    return made, f"{first['metal']}|{first['smelter_id']}"


def test_each_decision_says_what_hangs_on_it_and_what_would_be_without_it(held):
    made, key = held
    found = decisionlog.table(lines(
        {"kind": "risk", "key": key, "value": "engage"},
        {"kind": "risk", "key": key, "value": "critical"},
        {"kind": "form", "key": "branch", "value": "form_and_report"},
        {"kind": "file", "key": "gone.xlsx", "value": "rejected"},
        {"kind": "risk", "key": key, "value": "withdrawn", "supersedes": "D-002"},
    ), made, EVIDENCE, "2019-05-15", effects.subjects(made)).set_index("id")
    assert found["stands"].tolist() == [
        "stands", "withdrawn by D-005", "stands", "idle: there is no such file",
        "takes back D-002"]
    assert found.at["D-001", "without"] == (
        "nobody would have decided a step, and the gate tier would be closed")
    assert found.at["D-003", "claims"] == "form-ground"
    assert found.at["D-001", "moves"].startswith("open list") and found.at["D-002", "moves"] == ""
    assert "|".join(found.loc["D-001", ["metal", "smelter_id"]]) == key
    assert len(tables.shape(found.reset_index(), "decisions")) == 5


def test_without_a_line_that_which_it_supersedes_would_stand_and_keep_the_gate_open(held):
    made, key = held
    found = decisionlog.table(lines(
        {"kind": "risk", "key": key, "value": "engage"},
        {"kind": "risk", "key": key, "value": "trace", "supersedes": "D-001"},
    ), made, EVIDENCE, "2019-05-15", effects.subjects(made)).set_index("id")
    assert found.at["D-002", "stands"] == "stands"
    assert "gate" not in found.at["D-002", "without"]


def test_a_tier_set_by_hand_names_the_tier_that_the_table_would_give(held):
    made, key = held
    found = decisionlog.table(lines({"kind": "risk", "key": key, "value": "critical"}), made,
                          EVIDENCE, "2019-05-15", effects.subjects(made))
    assert "by line T" in found["without"].iloc[0] and "unknown" not in found["without"].iloc[0]


def test_what_waits_has_a_line_that_is_taken_once_it_is_filled_in(held):
    made, key = held
    given = lines({"kind": "form", "key": "branch", "value": "form_and_report"})
    waits = decisionlog.waiting(given, made)
    told = waits.loc[waits["kind"] == "match", "why"].item()
    row = made["smelter_rows"].iloc[-1]  # where to look, before anybody decides
    assert told == f"No source. Reported by {row.supplier_id}: {row.file}, Smelter List, row 99"
    assert waits["key"].tolist() == [key, "Gold|Nobody, Ltd."]
    pasted = [dict(zip(record.COLUMNS, cells, strict=False)) for cells in csv.reader(waits["line"])]
    filled = [line | SAID | {"value": "none"} for line in pasted]
    assert len(record.check(pd.DataFrame([*given.to_dict("records"), *filled]).fillna(""))) == 3


def test_the_decision_that_opens_the_hard_gate_is_on_the_page_and_led_to(example_2025):
    anchor = "decision-d-004-121f68f9"
    review = example_2025 / "review"
    page = (review / "decisions.html").read_text(encoding="utf-8")
    row = page.partition(f'id="{anchor}"')[2].partition("</tr>")[0]
    for said in ("declared-covered-no-assurance", "answered", "Working group", "2026-04-09",
                 "purchase goes on until documents", "the gate would be closed"):  # fmt: skip
        assert said in row
    facility = (review / "facilities" / "tungsten-cid900302.html").read_text(encoding="utf-8")
    assert f'href="../../review/decisions.html#{anchor}"' in facility
    assert 'href="review/decisions.html"' in (example_2025 / "index.html").read_text("utf-8")
    claims = (review / "claims.html").read_text(encoding="utf-8")
    about = claims.partition('<th scope="row">step3-decided</th>')[2].partition("</tr>")[0]
    assert 'href="../review/decisions.html">file decisions.csv' in about
    assert 'href="../review/decisions.html#decision-d-013' in claims
