"""The wording guard: refused phrases, retired names, loose figures."""

from datetime import date

import pytest

from conflict_minerals.filing.claims import guard
from conflict_minerals.filing.documents.document import (
    Block,
    Document,
    Rendered,
    Run,
    Sentence,
    Table,
)
from conflict_minerals.filing.documents.markdown import parse
from conflict_minerals.ground import library

AUDITED = {"audit": {"obtained": True, "document": "docs/audit.pdf", "conflict_free_wording": True}}


def rules_of(text, program=None, place=("form-sd", "step-3")):
    return [hit[0] for hit in guard.phrases(text, program, place)]


EXAMPLES = {
    "drc_conflict_free": "Our products are DRC conflict free.",
    "conflict_free": "We buy from conflict-free smelters.",
    "undeterminable": "The products are DRC conflict undeterminable.",
    "not_found_to_be": "They have not been found to be of known origin.",
    "free_of_minerals": "Our appliances are free of conflict minerals.",
    "product_label": "A responsibly sourced appliance.",
    "certified": "The smelters are certified.",
    "guarantee": "We guarantee the origin.",
    "ensures": "This ensures that the answers are right.",
    "no_benefit": "The minerals in our products did not finance armed groups.",
    "fully_traced": "Our tin is fully traced.",
    "own_audit": "We audited the smelters.",
    "verified": "We verified the answers.",
    "approved": "The report was approved by the SEC.",
    "full_compliance": "We are in full compliance with the Rule.",
    "zero_risk": "The facility bears no risk.",
    "vague_share": "The majority of suppliers answered.",
    "most_of": "Most of these are of low risk.",
    "best_efforts": "We follow leading practices.",
    "privilege": "Counsel decided on each likeness.",
    "own_filing": "The officer read it before this report was filed.",
    "procedure_as_measure": "The procedure provides for an end of the purchase.",
    "internal_words": "We classed the facility in tier high.",
    "notes_words": "A template that counts came from each.",
    "law_asks": "The Rule asks the company to inquire.",
    "numeral_first": "7 answered that they do not know.",
    "other_letters": "We v\u0456sited every smelter.",
    "other_language": "Wir haben jede Schmelze besucht.",
    "passed_off": "They can be known by their words.",
}


@pytest.mark.parametrize("rule", sorted(EXAMPLES))
def test_example_trips_its_rule(rule):
    assert rules_of(EXAMPLES[rule]) == [rule]


def test_every_rule_has_an_example_a_reason_and_a_source():
    rules = library.table("wording_rules")
    assert sorted(rules["rule"]) == sorted(EXAMPLES)
    assert (rules[["reason", "fix", "source"]] != "").all(axis=None)


@pytest.mark.parametrize(
    "text",
    [
        "We do not guarantee that the list is complete.",
        "The supplier holds a Responsible Gold Certificate of LBMA.",
        "Responsible Jewellery Council Chain-of-Custody Certification",
        "Conflict minerals from conflict-affected and high-risk areas.",
        "Our policy is to source in a manner that does not finance armed groups.",
        "Of the facilities, 253 are assessed as conformant.",
        "The team reported to the General Counsel; first-tier manufacturers were asked.",
        "We do not independently verify the answers, which were not verified by others.",
        "We are several tiers removed from the smelters and refiners.",
    ],
)
def test_what_a_careful_report_says_is_let_through(text):
    assert rules_of(text) == []


def test_a_rule_for_some_sections_is_silent_elsewhere_and_a_switch_of_the_year_opens_its_own():
    procedure, tiers = EXAMPLES["procedure_as_measure"], EXAMPLES["internal_words"]
    assert rules_of(procedure, place=("conflict-minerals-report", "design-response")) == []
    assert rules_of(tiers, {"risk": {"printed": True}}) == []
    assert rules_of(EXAMPLES["privilege"], place=("no-filing-record", "record")) == []


def test_conflict_free_needs_the_switch_and_the_audit_and_its_document():
    text = "The product is DRC conflict free."
    assert rules_of(text, AUDITED) == []
    for name in AUDITED["audit"]:
        lacking = {"audit": {**AUDITED["audit"], name: False if name != "document" else ""}}
        assert rules_of(text, lacking) == ["drc_conflict_free"], name
    assert rules_of("Certified as DRC conflict free.", AUDITED) == ["certified"]


@pytest.mark.parametrize("text", [
    "conflict\n  free", "conflict\u00ad-\u200bfree", "conflict\u200bfree", "conflict\u2011free",
    "conflict\u2013free", "conflict\u00a0free", "c\u00f3nflict free", "conflict/free",
    "\uff43\uff4f\uff4e\uff46\uff4c\uff49\uff43\uff54 free",
])  # fmt: skip
def test_no_spelling_or_invisible_character_hides_a_phrase(text):
    assert rules_of(text) == ["conflict_free"]


@pytest.mark.parametrize("markdown", [
    "We buy conflict&#8209;free tin.", "We buy con**flict**&nbsp;_free_ tin.",
    "We buy conflict\\\nfree tin.",
])  # fmt: skip
def test_no_markup_hides_a_phrase(markdown):
    passages = guard.passages(parse(Rendered("report", markdown)))
    found = guard.check(passages, program={}, year=2018, as_of=date(2019, 5, 15))
    assert found["rule"].tolist() == ["conflict_free"]


@pytest.mark.parametrize("text", [
    "Our supply chain does not fund armed groups.",
    "Our products do not contain tin that directly or indirectly finances armed groups.",
    "No armed group benefits from our purchases.", "None of our tin comes from a conflict area.",
])  # fmt: skip
def test_the_label_by_its_definition_is_the_label(text):
    assert rules_of(text) == ["no_benefit"]


def test_a_retired_name_is_flagged_from_its_day_on():
    text = "compliant with the Conflict-Free Smelter Program (CFSP) of the CFSI"
    names = [hit[2] for hit in guard.retired(text, date(2019, 5, 15))]
    assert names == ["CFSI", "Conflict-Free Smelter Program", "CFSP"]
    assert guard.retired(text, date(2016, 5, 15)) == []
    hidden = "the C\u00adFSI, the conflict-free smelter program; compliant with the RMAP"
    assert len(guard.retired(hidden, date(2019, 5, 15))) == 3
    now = "the Responsible Minerals Assurance Process (formerly the Conflict-Free Smelter Program)"
    assert guard.retired(now, date(2019, 5, 15)) == []


@pytest.mark.parametrize(
    "text, loose",
    [
        ("An aggregate of 297 facilities.", ["297"]),
        ("We surveyed eight suppliers, a 100% response.", ["100%", "eight"]),
        ("Twenty-one facilities and half of the metals.", ["Twenty-one", "half"]),
        ("A third of them; \u00b2\u2079 rows; \uff15 pairs.", ["third", "29", "5"]),
        ("Twenty\u00adone and forty\u2011two rows, a couple of sheets.",
         ["Twentyone", "forty-two", "couple"]),
        ("A third party, the seventh row, a pair.", []),
        ("A total of 1,234.5 kg in 1987.", ["1,234.5", "1987"]),
        ("Under Rule 13p-1 (17 CFR 240.13p-1), Item 1.01 and Exhibit 1.01 to Form SD.", []),
        ("From January 1, 2018 to December 31, 2018, filed in 2019.", []),
        ("From January 1, 2013 to December 31, 2018.", ["1", "2013"]),
        ("The five steps of the third edition; one or more facilities; 3TG; CID000015.", []),
        ("The CMRT, revision 5.11 or later, Annex I, Step 2.", []),
        ("Someone often weighed the tenth.", []),
    ],
)
def test_figures_in_the_text_need_something_behind_them(text, loose):
    hits = guard.loose_figures(text, year=2018)
    assert sorted(h[2] for h in hits) == sorted(loose)


def sentence(*runs, claim=""):
    made = [Run(r) if isinstance(r, str) else Run(r[0], kind=r[1]) for r in runs]
    return Sentence(tuple(made), claim)


def test_what_was_filled_in_stands_behind_its_figures_and_nothing_else_does():
    blocks = (
        Block("paragraph", section="rcoi", sentences=(
            sentence("We found ", ("297", "figure"), " facilities.", claim="c1"),
            sentence("They were named by ", ("a team of three", "fact"), ".", claim="c2"),
            sentence("Of these, 42 are unknown.", claim="c3"),
        )),
        Block("paragraph", section="step-3", sentences=(
            sentence("The metal is ", ("certified", "fact"), "."),
            sentence("Most of the metal is tin."),
        )),
        Block("table", section="annex", table=Table(
            "annex_i", ((Run("7 rows"),),), (((Run("Certified Gold 12", kind="cell"),),),)
        )),
    )  # fmt: skip
    found = guard.check(
        guard.passages(Document("report", "Report", blocks)),
        program={}, year=2018, as_of=date(2019, 5, 15),
    )  # fmt: skip
    assert found[["place", "rule", "phrase"]].to_numpy().tolist() == [
        ["rcoi", "loose_figure", "42"],
        ["step-3", "certified", "certified"],
        ["step-3", "most_of", "Most of the"],
        ["annex", "loose_figure", "7"],
    ]
    gates = guard.gates(found)
    assert gates["subject"].tolist() == ["c3", "step-3", "annex"]  # advice closes nothing
    assert set(gates["gate"]) == {"wording"}
