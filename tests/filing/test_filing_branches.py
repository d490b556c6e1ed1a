"""The exits of the rule, amendments, companies bought, audits, layout: what prints, what closes."""

import io
import re
import zipfile
from collections import Counter
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from conflict_minerals.filing import build, delivery
from conflict_minerals.filing.documents import markdown
from conflict_minerals.filing.documents.document import CLOSE, OPEN, Block, Mark, Rendered
from conflict_minerals.ground import library, tables
from conflict_minerals.status import all_changes, compare_years
from report_year import AS_OF, example, facilities, frames, given, make, small, text


def answered(covered: str, recycled: str = "No", rows: int = 12):
    """A dozen facilities, and one answer to the two questions of the inquiry."""
    few = frames(facilities=facilities(rows))
    topic = few["answers"]["topic"]
    few["answers"].loc[topic == "covered_countries", "answer"] = covered
    few["answers"].loc[topic == "recycled_scrap", "answer"] = recycled
    return few


def fact(id: str, said: str) -> dict:
    like = next(f for f in given().program["facts"] if f["id"] == "executive_review")
    return like | {"id": id, "text": said}


def with_fact(id: str, said: str) -> list[dict]:
    return [*given().program["facts"], fact(id, said)]


# Branches


@pytest.mark.parametrize(
    ("ground", "covered", "recycled", "said"),
    [
        ("determined_not_covered", "No", "No", "determination is that the necessary 3TG did not"),
        ("not_covered", "No", "No", "we have no reason to believe that any of the necessary 3TG"),
        ("recycled", "No", "Yes", "we reasonably believe that all of the necessary 3TG came from"),
        ("due_diligence_not_covered", "Unknown", "No",
         "On the basis of that due diligence, our determination is that the necessary 3TG did not"),
        ("due_diligence_recycled", "Unknown", "Yes",
         "On the basis of that due diligence, our determination is that the necessary 3TG came"),
    ],
)
def test_a_form_alone_says_its_conclusion_and_the_due_diligence_behind_it(
    ground, covered, recycled, said
):
    facts = with_fact("due_diligence", "We traced each facility to its mines.")
    built = make(answered(covered, recycled), facts=facts,
                 form={"branch": "form_only", "ground": ground})
    form = text(built, "form")
    assert said in form and built.gates.empty, built.gates.to_string()
    assert ("We traced each facility to its mines." in form) == ground.startswith("due_diligence")
    assert "\u201cConflict minerals\u201d are" in form  # no exhibit defines it


def test_due_diligence_that_nobody_describes_is_a_blank():
    built = make(answered("No"), form={"branch": "form_only",
                                       "ground": "due_diligence_not_covered"})
    assert "program.yml facts due_diligence" in set(built.gates["subject"])


def test_metals_whose_conclusions_differ_each_have_a_sentence_in_form_and_report():
    built = make(answered("Unknown", "Yes"), form={"by_metal": {"tin": "recycled"}})
    assert built.gates.empty, built.gates.to_string()
    for key in ("form", "report"):
        said = text(built, key)
        assert re.search("all of the necessary [a-z, ]+ and [a-z]+, to exclude", said)
        assert "we reasonably believe that all of the necessary tin came from recycled" in said


def test_a_form_alone_is_not_silent_on_a_facility_in_a_covered_country(tmp_path):
    few = answered("Unknown")
    few["facilities"].loc[0, ["country", "country_name"]] = ["RWA", "Rwanda"]
    chosen = {"branch": "form_only", "ground": "no_action"}
    built = make(few, form=chosen)
    assert "we identified 1 as located in a Covered Country." in text(built, "form")
    assert built.gates.empty, built.gates.to_string()
    words = library.text("wording/form_sd.md")
    words = re.sub(r"\nOf these facilities, we identified.*\n", "\n", words)
    (tmp_path / "form_sd.md").write_text(words)
    silent = make(few, form=chosen, folder=tmp_path).gates
    assert silent["gate"].tolist() == ["contradiction"]
    assert "the form does not say so" in silent["reason"].iloc[0]


# Companies bought, and who "we" are


def entity(**changed):
    return {"id": "acme", "name": "Acme Sensors, Inc.", "acquired_on": None, "included": False,
            "reports_from": None} | changed


def test_a_company_bought_is_included_or_deferred_and_no_longer_than_the_rule_allows():
    taken = entity(acquired_on=date(2018, 2, 1), included=True)
    built = make(entities=[taken], registrant={"subsidiaries": True})
    assert "We acquired control of Acme Sensors, Inc. on February 1, 2018, and its" in text(built)
    assert "together with its consolidated subsidiaries, \u201cwe\u201d" in text(built)
    assert built.gates.empty, built.gates.to_string()
    later = entity(acquired_on=date(2018, 6, 1), reports_from=2020)
    built = make(entities=[later])
    assert "report on them beginning with calendar year 2020." in text(built)
    assert "no sooner than eight months after" in text(built) and built.gates.empty
    built = make(entities=[later | {"reports_from": 2021}])
    assert built.gates["reason"].str.contains("deferred to the form for 2020 at most").tolist() == [
        True]
    assert len(make(entities=[entity(acquired_on=date(2018, 5, 1), reports_from=2020)]).gates) == 1


# An audit


AUDIT = {"obtained": True, "document": "auditor.txt", "conflict_free_wording": True,
         "auditor": "Example Auditors LLP", "standard": "the standards named in its report",
         "report_date": "2019-05-14", "products": ["Scanner appliance SA-200"]}
LABEL = "The scanner appliance SA-200 is DRC conflict free."


@pytest.fixture
def year(tmp_path):
    (tmp_path / "wording").mkdir()
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "auditor.txt").write_text("Our opinion.\n\nWe looked at it.\n")
    return tmp_path / "wording"


def audited(year, facts=None, **changed):
    inputs = given(audit=AUDIT | changed, facts=facts or with_fact("product_conclusion", LABEL))
    paper = pd.DataFrame([{"file": "evidence/auditor.txt", "sha256": "0" * 64}])
    inputs.files = pd.concat([inputs.files, paper], ignore_index=True)
    return build.build(frames(facilities=facilities(12)), inputs, year=2018, as_of=AS_OF,
                       folder=year)


def test_a_label_prints_the_auditor_the_certification_and_the_whole_audit_report(year):
    built = audited(year)
    said = text(built)
    assert LABEL in said and "We certify that we obtained an independent private" in said
    assert "conducted by Example Auditors LLP in accordance with the standards named" in said
    assert said.split("Report of the independent auditor")[-1].split() == (
        "Our opinion. We looked at it.".split())
    assert "in the Covered Products other than Scanner appliance SA-200, the facilities" in said
    assert built.gates.empty, built.gates.to_string()
    every = audited(year, products=["Scanner appliance SA-200", "Scanner appliance SA-400"])
    assert "we were unable to establish" not in text(every)


def test_a_label_without_an_audit_and_an_audit_without_its_parts_close_the_gate(year):
    facts = [f | {"text": LABEL} if f["id"] == "policy" else f for f in given().program["facts"]]
    refused = audited(year, facts, obtained=False).gates
    assert refused["reason"].str.contains("independent private sector audit").any()
    lacking = audited(year, auditor="", standard="").gates["reason"].str.cat(sep=" ")
    assert "not said: auditor, standard" in lacking
    gone = audited(year, document="auditor.pdf").gates["reason"].str.cat(sep=" ")
    assert "its report is no text that the report could print whole" in gone


# Signers, terms, layout


def test_a_second_officer_signs_beneath_the_first():
    form = text(make(second_signer={"name": "Lee Placeholder", "title": "President"}), "form")
    assert form.count("By: |") == 2 and "Name: | Lee Placeholder\nTitle: | President" in form
    assert "(Registrant)" in form


def test_each_officer_s_own_line_gives_the_signature_that_the_form_prints():
    inputs = given(second_signer={"name": "Lee Placeholder", "title": "President"})
    first = make(inputs=inputs, draft=None)
    assert first.signing.roles == ("preparer", "counsel", "officer", "second_officer")
    inputs.signoff = pd.DataFrame({
        "role": first.signing.roles, "name": list("ABCD"), "signed_on": "2019-05-20",
        "digest": first.signing.digest, "conformed": ["", "", "/s/ C", "/s/ D"],
        "authentication": ["", "", "vault 7", "vault 8"], "note": "",
    })  # fmt: skip
    signed = re.findall(r"By: \| (.*)", text(make(inputs=inputs, draft=None), "form"))
    assert signed == ["/s/ C", "/s/ D"]
    inputs.signoff.loc[2, "authentication"] = ""
    signed = re.findall(r"By: \| (.*)", text(make(inputs=inputs, draft=None), "form"))
    assert signed[0].startswith("____") and signed[1] == "/s/ D"


def test_conformant_facilities_stand_apart_where_the_year_wants_it():
    said = text(make(answered("Unknown", rows=60), annex={"apart": True}))
    named = said.split("Annex I: Smelters and refiners")[-1].split("Annex II")[0]
    apart, others = named.split("All other facilities.")[:2]
    assert "Facilities with the status \u201cConformant\u201d." in apart
    assert "| Conformant |" not in named and "| Status |" in others


def test_what_was_done_says_its_month_and_what_was_so_all_year_does_not():
    said = text(small())
    assert "In May 2019, we assessed the facilities with the status" in said
    assert "In May 2019, incomplete and unreliable responses were reported" in said
    assert "we identified no circumstances" not in said and "filed with the Commission on" in said


def test_responses_are_told_by_spend_where_the_roster_has_a_class_of_it():
    few = answered("Unknown")
    few["suppliers"].loc[:1, "spend"] = ["high", "low"]
    few["suppliers"].loc[1, "responded"] = False
    said = text(make(few, survey={"spend_classes": "high is spend over a million dollars"}))
    assert "Class of spend | Surveyed | Responded | Response rate" in said
    assert "High | 1 | 1 | 100%\nLow | 1 | \u2014 | 0%" in said
    assert "survey.spend_classes" in set(make(few).gates["subject"].str.split().str[-1])
    assert "Class of spend" not in text(small())


def test_a_covered_origin_is_told_with_the_status_of_its_facilities_and_recycled_apart():
    few = answered("Unknown")
    few["origins"] = tables.shape(pd.DataFrame([
        dict.fromkeys(tables.names("origins"), "") | {
            "metal": row.metal, "smelter_id": row.smelter_id, "smelter_name": row.smelter_name,
            "basis": "declared", "country": "RWA", "covered": True, "status": status,
            "suppliers": 1}
        for row, status in zip(few["facilities"].head(2).itertuples(),
                               ("conformant", "indeterminable"), strict=True)]), "origins")
    few["risk"].loc[2, "recycled"] = "Yes"
    said = text(make(few))
    assert "so that 1 of the 12 facilities, or 8.3%, is known to us to source from a" in said
    assert "3TG | Country of origin or source | Facilities\nGold | Rwanda | 2\n" in said
    assert "Recycled or scrap sources only | 1" in said


def test_last_year_s_annex_tells_what_changed_by_name_where_no_outputs_of_it_exist():
    now = facilities(12)
    first, second = now.iloc[0], now.iloc[1]
    annex = pd.DataFrame([
        (first["metal"], first["smelter_name"], first["smelter_id"], "Japan", "active"),
        (second["metal"], second["smelter_name"].upper(), "", "", second["status"]),
        ("Gold", "Gone Refining", "", "", "conformant"),
    ], columns=["metal", "smelter_name", "smelter_id", "country", "status"])  # fmt: skip
    blank = {name: tables.shape(pd.DataFrame(), name) for name in ("suppliers", "answers")}
    moved = compare_years(blank | {"facilities": now}, None, annex)
    told = all_changes(moved)
    assert Counter(told["change"]) == {"added": 10, "removed": 1, "status": 1}
    run = SimpleNamespace(against=None, year=2018, read=lambda name: now,
                          inputs=SimpleNamespace(previous_annex=annex))
    before = delivery.figures_before(run)
    assert before["facilities"]["text"] == "3" and before["conformant_gold"]["text"] == "2"
    inputs = given()
    paper = pd.DataFrame([{"file": "previous_annex.csv", "sha256": "0" * 64}])
    inputs.files = pd.concat([inputs.files, paper], ignore_index=True)
    built = make(frames(facilities=now, changes=told), before=before, inputs=inputs)
    said = text(built)
    assert "Result | 2017 | 2018\nFacilities | 3 | 12" in said and "not known" not in said
    assert "Gold | Gone Refining | No longer reported | Conformant | \u2014" in said
    proof = built.register.evidence
    assert "previous_annex.csv" in set(proof.loc[proof["claim"] == "changes-facilities", "detail"])
    assert built.gates.empty, built.gates.to_string()


def test_sections_are_numbered_where_the_heading_asks_for_it_and_stand_in_the_contents():
    heads = "## \u00a7 One {#one}", "### \u00a7 In one", "## \u00a7 Two", "### Plain", "## Annex"
    words = "\n\n".join([f"{OPEN}0{CLOSE}", *heads])
    made = markdown.parse(Rendered("x", words, [Mark(block=Block("contents"))]))
    heads = [b.text for b in made.blocks if b.kind == "heading"]
    assert heads == ["1.\u2002One", "1.1.\u2002In one", "2.\u2002Two", "Plain", "Annex"]
    listed = [(b.text, b.sentences[0].runs[0].link) for b in made.blocks if b.kind == "contents"]
    assert listed[0] == ("1.\u2002One", "#one") and [t for t, _ in listed] == [
        "1.\u2002One", "1.1.\u2002In one", "2.\u2002Two", "Annex"]


def test_each_term_is_defined_once_in_the_two_documents_and_before_it_is_used():
    form, report = (text(small(), key) for key in ("form", "report"))
    for term in ("Rule", "Commission", "Exchange Act", "Covered Countries", "RCOI", "Template",
                 "Guidance", "Covered Products"):
        defining = rf"\((?:together, )?(?:the )?\u201c{term}\u201d\)|The \u201c{term}\u201d are"
        assert len(re.findall(defining, form + report)) == 1, term
        defined = report.index(f"\u201c{term}\u201d")
        used = [m.start() for m in re.finditer(rf"\b{term}\b(?! 13p| for Responsible)", report)]
        contents = report.index("Annex II: Countries of origin")
        assert min(at for at in used if at > contents) >= defined - 120, term
    assert "Terms defined in our Conflict Minerals Report" in form


def test_nothing_of_working_notes_stands_in_the_example():
    assert not example().notes["what"].isin(
        ["numeral_first", "passed_off", "most_of", "vague_share"]).any()
    said = text(example()) + text(example(), "form")
    for word in ("flag ", "flagged", "tier ", "weight", "counsel ", "asks ", " stands", "Full Comp",
                 "critical", "awaits"):
        assert word not in said.replace("red flags", "").replace("first-tier", ""), word
    assert not re.search(r"\| 0$", said.split("Survey | Number")[1].split("3TG |")[0], re.M)


def test_the_word_file_bears_no_name_of_another_program_and_no_picture():
    data = small().files["report/conflict-minerals-report.docx"]
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert "docProps/app.xml" not in names and not any("thumbnail" in name for name in names)
    assert "docProps/core.xml" in names


def test_annex_i_has_a_table_for_each_metal_and_no_column_that_says_one_thing():
    said = text(example())
    assert "It contains 297 entries: 133 for gold, 41 for tantalum, 81 for tin and 42 for" in said
    assert "The status shown is that of the lists as of December 31, 2018." in said
    assert said.count("Smelter or refiner | Country | Status | Smelter ID") == 4
