"""What the published 2018 filing states, paragraph by paragraph, and where the example says it."""

import pandas as pd
import pytest

from report_year import ROOT, example, given, make

POINTS = pd.read_csv(ROOT / "tests" / "expected" / "seed_2018.csv", comment="#", dtype=str,
                     keep_default_na=False)  # fmt: skip


def places(built) -> dict[str, set[str]]:
    """The claims and the headings of each document."""
    return {key: {s.claim for _, s in one.sentences()}
            | {f"section:{b.anchor}" for b in one.blocks if b.kind == "heading"}
            for key, one in built.documents.items()}  # fmt: skip


@pytest.fixture(scope="module")
def said():
    return places(example())


@pytest.mark.parametrize("at", range(len(POINTS)))
def test_each_statement_of_the_filing_has_its_place_or_a_reason(said, at):
    point = POINTS.iloc[at]
    if point["place"]:
        assert point["place"] in said[point["document"]], point["states"]
    else:
        assert len(point["why"]) > 20, point["states"]


def test_the_facts_behind_them_have_evidence_and_those_that_say_what_was_done_a_day():
    facts = {fact["id"]: fact for fact in given().program["facts"]}
    for id in ("risk_assessment", "executive_review", "last_filing", "audit_support",
               "notice_content", "termination"):
        assert facts[id]["done_on"] and facts[id]["document"], id
    assert make().gates.empty
