"""What is printed is proved: kinds of sentence, documents that exist, marks, contradictions."""

from datetime import date

import pandas as pd
import pytest

from conflict_minerals.filing.claims import kinds, opposed, papers
from conflict_minerals.filing.documents import document, wording
from conflict_minerals.ground import library
from conflict_minerals.ground.errors import InputError
from report_year import given, make, small

AS_OF = date(2019, 5, 15)
FILES = {"evidence/visit.txt": "0" * 64,
         "evidence/empty.txt": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}


def own(tmp_path, words: str):
    """The report with a section of the year's own words in it."""
    (tmp_path / "report_changes.md").write_text(f"## Changes {{#changes}}\n\n{words}\n")
    return make(folder=tmp_path)


def fact(**changed):
    return {"id": "visit", "text": "We visited a smelter.", "document": "visit.txt",
            "date": date(2019, 3, 2), "done_on": date(2019, 3, 1), "owner": "Legal",
            "held_elsewhere": {}, "on_filing": False, "web_address": ""} | changed  # fmt: skip


ACTS = [
    "We visited every smelter of tungsten in person and found no armed group.",
    "Every smelter was visited on site, and the board of directors approved the results.",
    "Management has personally inspected each refiner.",
    "Representatives of the Company visited mines.",
    "Purchasing trained our suppliers.",
    # Of no verb that the table names, or of none at all.
    "Our sourcing director relocated to Kigali.", "Suppliers underwent training.",
    "A third party checked the answers of our suppliers.", "The committee ratified the report.",
    "A risk plan has been put in place for each refiner.", "Every smelter answered our letter.",
    "An on-site visit was made to every refiner.", "We were able to visit every smelter.",
    "After visiting every smelter, the Company is satisfied.", "We reported it to the board.",
    "Nobody can deny that we visited every smelter.", "No smelter was left out of our visits.",
    "Smelters (all visited) are listed in Annex I.", "Clover handed us its papers.",
]
ASIDES = [
    "No mine was visited by us or on our behalf.", "We conducted no audits of smelters.",
    "An independent audit was not required and none was obtained.",
    "Smelters that have been audited are listed apart.", "We had no direct relationship with it.",
    "Our suppliers may have provided incomplete information.", "Measures taken are set out below.",
    "Each supplier is expected to have adopted a policy of its own.",
    "Terms used but not defined in this Report have the meanings given to them in the Rule.",
    "The facilities named in the Templates may not all have processed the 3TG.",
    "Certain suppliers went out of business.", "The Company was incorporated in Delaware.",
    "None of the suppliers surveyed is a smelter.", "Amounts have been rounded.",
    "Recycled and scrap sources", "The information was limited to what suppliers reported.",
]


@pytest.mark.parametrize("said", ACTS)
def test_an_act_is_known_in_the_passive_and_in_the_third_person(said):
    assert kinds.acts(said)


def test_each_way_of_saying_that_something_was_done_finds_its_own_example():
    rows = library.table("act_patterns").to_dict("records")
    ways = [row["example"] for row in rows if not row["name"].isupper()]
    assert ways and all(kinds.acts(example) for example in ways)


@pytest.mark.parametrize(
    "said",
    [*ASIDES, "What they reported was not verified by us.",
     "The lists of audited smelters are public.", "As set out below, threats are considered.",
     "The country can be looked at where the origin cannot.", "We rely on the audits of others.",
     "Each answer is reviewed by written rules."],
)  # fmt: skip
def test_a_denial_and_a_procedure_are_no_act(said):
    assert kinds.acts(said) == ()


def test_an_act_without_a_fact_closes_the_gate_whatever_else_is_named_for_it(tmp_path):
    words = [f"{ACTS[0]} [#visited; setting:year]", ACTS[1], f"{ACTS[2]} [#inspected; table:risk]",
             f"{ACTS[3]} [#position]", f"{ACTS[4]} [#trained; kind:procedure; file:suppliers.csv]"]
    reasons = own(tmp_path, "\n\n".join(words)).gates["reason"]
    for number in range(5):
        mine = reasons[reasons.str.contains(f"report_changes.md line {3 + 2 * number}: ")]
        assert len(mine), words[number]


def test_a_fact_shows_the_act_that_it_tells_of_and_no_other(tmp_path):
    facts = [*given().program["facts"], fact(id="seen", document="letters-of-2019-04-02.txt")]
    words = ["In March we visited a smelter. [#seen; fact:seen]",
             "In March we trained a smelter. [#taught; fact:seen]",
             "We visited a smelter. [#policed; fact:policy]"]  # fmt: skip
    (tmp_path / "report_changes.md").write_text("## Changes {#changes}\n\n" + "\n\n".join(words))
    gates = make(folder=tmp_path, facts=facts).gates
    assert gates["subject"].tolist() == ["policed", "taught"]


def test_a_sentence_of_no_kind_closes_the_gate_and_one_that_says_its_kind_does_not(tmp_path):
    gates = own(tmp_path, "The sky is blue.\n\nA tag is a paper label. [#definition]").gates
    assert len(gates) == 1 and "'The sky is blue.' is of no kind" in gates["reason"].iloc[0]


def test_every_sentence_of_the_example_has_a_kind_and_each_act_a_document_or_rows():
    claims = small().register.claims
    assert (claims["kind"] != "").all() and {"number", "act", "law"} <= set(claims["kind"])
    acts = claims[claims["kind"] == "act"]
    assert not acts["evidence"].str.fullmatch("(setting:[^;]*;?)+").any()


@pytest.mark.parametrize(
    "changed, why",
    [
        ({"document": "tbd"}, "'tbd' is no document"),
        ({"document": "n/a"}, "'n/a' is no document"),
        ({"document": ""}, "it names no document"),
        ({"document": "docs/visit.pdf"}, "there is no file evidence/docs/visit.pdf"),
        ({"document": "", "held_elsewhere": {"system": "DMS", "reference": "7"}},
         "does not say seen_by, seen_on"),
        ({"document": "", "held_elsewhere": {"system": "DMS", "reference": "tbd", "seen_by": "A",
                                             "seen_on": date(2019, 4, 1)}},
         "does not say reference"),
        ({"document": "", "held_elsewhere": {"system": "email", "reference": "see email",
                                             "seen_by": "me", "seen_on": date(2019, 4, 1)}},
         "does not say system, reference, seen_by"),
        ({"held_elsewhere": {"seen_on": date(2019, 3, 1)}}, "seen on 2019-03-01, before"),
        ({"document": "empty.txt"}, "evidence/empty.txt is empty"),
        ({"date": date(2031, 12, 1)}, "document is of 2031-12-01, after the review"),
        ({"done_on": None}, "fill in done_on"),
        ({"date": date(2019, 2, 1)}, "before 2019-03-01, when it was done"),
        ({"date": None}, "it has no date"),
    ],
)  # fmt: skip
def test_a_fact_without_a_document_that_exists_and_is_dated_right_is_named(changed, why):
    one = fact(**changed)
    _, lacks = papers.shown(one, FILES)
    assert why in (lacks or papers.wrong_dates(one, AS_OF))


def test_a_fact_is_shown_by_a_file_or_by_what_is_held_elsewhere_in_full():
    held, lacks = papers.shown(fact(), FILES)
    assert (held["sha256"], lacks, papers.wrong_dates(fact(), AS_OF)) == ("0" * 64, "", "")
    elsewhere = {"system": "DMS", "reference": "7", "seen_by": "A", "seen_on": date(2019, 4, 1)}
    held, lacks = papers.shown(fact(document="", held_elsewhere=elsewhere), FILES)
    assert held["detail"] == "held in DMS, 7; seen by A on 2019-04-01" and lacks == ""
    later = fact(date=date(2019, 5, 30), done_on=date(2019, 5, 30), on_filing=True)
    assert papers.wrong_dates(later, AS_OF) == ""


def test_a_wrong_document_in_program_yml_closes_the_gate_and_names_the_fact():
    facts = given().program["facts"]
    facts = [f | {"document": "tbd"} if f["id"] == "policy" else f for f in facts]
    gates = make(facts=facts).gates
    assert gates["reason"].str.contains("fact policy: 'tbd' is no document").any()


@pytest.mark.parametrize(
    "words",
    ["We asked. [#asked; file:correspondence.csv", "### Origin {#origin", "It is { {#x} here.",
     "It stands (#limits; table:findings].", "[asked; table:findings] Yes.", "There #} it is."],
)  # fmt: skip
def test_a_mark_that_would_be_printed_is_named_with_its_line(words):
    sentence = document.Sentence((document.Run(words),), source=("report_steps.md", 7))
    made = document.Document("report", "", (document.Block("paragraph", (sentence,)),))
    gates = wording.marks(made)
    assert len(gates) and gates["reason"].str.contains("wording/report_steps.md line 7: ").all()


def test_a_wording_file_of_no_known_name_is_an_error(tmp_path):
    (tmp_path / "report_step.md").write_text("Ours.")
    with pytest.raises(InputError, match="report_steps.md"):
        wording.check_names(tmp_path, set())
    wording.check_names(tmp_path, {"report_step.md"})  # a template of the year's own includes it


def test_that_the_law_is_not_confirmed_is_one_cause():
    gates = make(form={"law_confirmed_by": "", "law_confirmed_on": None}).gates
    assert gates["reason"].str.contains("law").sum() == 1


# Contradictions

_CLAIMS = ["claim", "document", "text", "printed"]
_FIGURES = ["claim", "document", "figure", "text", "table"]


def said(text: str, *figures, decisions=(), sent=(), origins=(), status="indeterminable"):
    """The contradictions of a sentence that prints figures, beside some rows."""
    frames = {
        "products": pd.DataFrame({"in_scope": [True], "tin": ["yes"], "gold": [""],
                                  "tantalum": [""], "tungsten": [""]}),
        "origins": pd.DataFrame(origins, columns=["metal", "basis", "covered"]).assign(
            smelter_name="Works"),
        "suppliers": pd.DataFrame({"supplier_id": ["aster", "bryony"]}),
        "correspondence": pd.DataFrame(sent, columns=["supplier_id", "sent_on", "kind"]),
        "flags": pd.DataFrame({"metal": ["Tin"], "smelter_id": ["C1"], "rule": ["on-no-list"]}),
        "facilities": pd.DataFrame({"metal": ["Tin"], "smelter_id": ["C1"],
                                    "smelter_name": ["Works"], "status": [status],
                                    "country": ["CHN"]}),
    }
    made = pd.DataFrame(decisions, columns=["id", "kind", "key", "reason", "decided_on",
                                            "supersedes"])
    found = opposed.gates(
        frames, pd.DataFrame([("c", "report", text, "")], columns=_CLAIMS).astype("str"),
        pd.DataFrame([("c", "report", *f) for f in figures], columns=_FIGURES).astype("str"),
        made.astype("str"),
    )
    return found["reason"].str.cat(sep=" ")


def test_that_no_supplier_declared_needs_what_a_row_of_one_names():
    none, row = ("suppliers_covered_yes", "0", "answers"), ("Tin", "declared", True)
    assert "Smelter List names one" in said("None did.", none, origins=[row])
    other = ("origins_declared_covered", "1", "origins")
    assert said("None did, although 1 is named.", none, other, origins=[row]) == ""
    assert said("None did.", none) == ""


def test_a_count_of_letters_needs_its_denominator_and_its_day():
    letters = ("suppliers_sent_notice", "3", "correspondence")
    of = ("suppliers_surveyed", "8", "suppliers")
    assert "of how many" in said("We told 3.", letters)
    assert "of how many" in said("We told 3 of 8.", letters, of)
    assert "of how many" in said("On April 2, 2019 we told 3.", letters)
    assert said("On April 2, 2019 we told 3 of 8.", letters, of) == ""


def test_a_decision_that_says_asked_needs_a_line_of_correspondence():
    asked = ("D-1", "risk", "Tin|C1", "Documents asked of Aster", "2019-04-02", "")
    assert "has no line of it" in said("", decisions=[asked])
    assert "has no line" in said("", decisions=[asked], sent=[("bryony", "2019-04-01", "other")])
    assert "has no line" in said("", decisions=[asked], sent=[("aster", "2019-04-09", "other")])
    assert said("", decisions=[asked], sent=[("aster", "2019-04-01", "other")]) == ""


def test_a_flag_and_a_status_that_deny_each_other_close_the_gate():
    assert "its status says that one does" in said("", status="conformant")


def test_how_many_await_a_decision_is_never_a_sentence():
    assert "nobody has decided" in said("2 await.", ("not_decided_facility", "2", "escalation"))
    assert (small().register.figures["figure"].str.startswith("not_decided")).sum() == 0
