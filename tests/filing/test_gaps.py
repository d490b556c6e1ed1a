"""The gap list: what earns a point, what earns half of it, and what is missing."""

import re
from pathlib import Path

import pandas as pd
import pytest

from conflict_minerals.filing.claims import gaps
from conflict_minerals.ground import conditions, library

POINTS = library.table("gap_points")


def claims(*ids, missing=(), blank=()):
    rows = [
        (c, "report", "section", f"Sentence {'[BLANK: x] ' if c in blank else ''}{c}.",
         "fact lacks" if c in missing else "") for c in ids
    ]  # fmt: skip
    columns = ["claim", "document", "section", "text", "missing"]
    return pd.DataFrame(rows, columns=columns).astype("str")


def score(ids=(), figures=(), gates=(), **more):
    return gaps.score(
        claims(*ids, **more),
        pd.DataFrame(figures, columns=["id", "value"]),
        pd.DataFrame({"gate": list(gates)}),
    ).set_index("point")


def everything():
    return sorted(asked("full"))


def asked(*columns):
    """The claims that points ask for; ``x`` for what may follow."""
    return {
        claim.replace("*", "x")
        for column in columns for test in POINTS[column]
        for clause in conditions.parse(test).clauses if clause.column == "claim"
        for claim in clause.values
    }  # fmt: skip


def test_each_point_says_what_it_rests_on_and_none_has_a_weight():
    assert "weight" not in POINTS.columns and "earned" not in gaps.COLUMNS
    assert (POINTS[["full", "missing", "basis"]] != "").all(axis=None)


def test_a_complete_report_meets_all_and_an_empty_one_nothing():
    whole = score(everything(), [("not_decided_facility", 0)])
    assert set(whole["score"]) == {"full"} and (whole["missing"] == "").all()
    assert set(score()["score"]) == {"none"}


def test_half_is_earned_by_a_part_and_the_missing_input_is_named():
    row = score(["step1-policy"]).loc["M1"]
    assert (row["score"], row["sentence"]) == ("half", "Sentence step1-policy.")
    assert "web_address" in row["missing"]


@pytest.mark.parametrize("flaw", ["missing", "blank"])
def test_a_claim_without_evidence_or_with_a_blank_earns_nothing(flaw):
    assert score(["step1-grievance"]).loc["M3", "score"] == "full"
    assert score(["step1-grievance"], **{flaw: ["step1-grievance"]}).loc["M3", "score"] == "none"


def test_an_open_gate_and_a_figure_decide_points():
    branch = ["form-conclusion", "form-report"]
    assert score(branch).loc["R5", "score"] == "full"
    assert score(branch, gates=["branch"]).loc["R5", "score"] == "none"
    flagged = ["step2-red-flags", "step3-decided"]
    assert score(flagged, [("not_decided_facility", 0)]).loc["M6", "score"] == "full"
    assert score(flagged, [("not_decided_facility", 3)]).loc["M6", "score"] == "half"
    quiet = [("followed_up_facility", 0), ("not_decided_facility", 0)]
    assert score(flagged[:1], quiet).loc["M6", "score"] == "full"
    criteria = ["design-risk"]
    assert score(criteria, [("flagged_gold_hub", 2)]).loc["B2", "score"] == "half"
    assert score(criteria, [("flagged_gold_hub", 0)]).loc["B2", "score"] == "none"
    assert score(["design-cahra"], [("flagged_gold_hub", 0)]).loc["B2", "score"] == "none"


def test_one_of_several_is_enough_where_the_table_says_so():
    assert score(["step1-training"]).loc["M4", "score"] == "full"
    assert score(["next-steps", "next-step-audits"]).loc["R12", "score"] == "full"


def test_the_page_bears_its_heading_and_escapes_what_the_report_says():
    scored = score(["step1-grievance"]).reset_index()
    scored.loc[scored["point"] == "M3", "sentence"] = "<script>alert(1)</script>"
    page = gaps.html(scored, year=2018, privilege="Confidential draft")
    assert page.count("Confidential draft") == 2
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert "tests whether a sentence is present" in page
    assert " ".join(page.split()).count("gives no total") == 1


def test_every_claim_that_earns_a_point_stands_in_a_text_template():
    templates = "".join(
        path.read_text(encoding="utf-8") for path in library.path("wording").iterdir()
    )
    named = set(re.findall(r"(?:\[#|claim = ')([a-z0-9-]+)", templates))
    assert not {c for c in asked("full", "half") if c.removesuffix("x") not in named}


def read(outputs):
    return pd.read_csv(outputs / "counsel" / "gaps.csv", dtype=str, keep_default_na=False)


def test_the_2018_example_scores_as_it_was_scored_by_hand(example_2018):
    path = Path(__file__).parents[1] / "expected" / "gaps_2018.csv"
    by_hand = pd.read_csv(path, dtype=str, comment="#")
    assert dict(zip(by_hand["point"], by_hand["score"], strict=True)) == dict(
        zip(*read(example_2018)[["point", "score"]].to_numpy().T, strict=True)
    )


def test_a_complete_year_meets_every_point_and_has_a_brief_beside_the_list(example_2025):
    assert (read(example_2025)["score"] != "none").all()
    brief = (example_2025 / "counsel" / "brief.html").read_text(encoding="utf-8")
    assert "D-004" in brief and "What keeps the form" in brief
