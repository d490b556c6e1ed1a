"""Wording: what templates may ask for, what becomes of what is missing, and how it reads."""

import re
from datetime import date

import pandas as pd
import pytest

from conflict_minerals.filing import build
from conflict_minerals.filing.documents import annex, document, markdown, wording, words
from conflict_minerals.ground import countries, library, tables
from conflict_minerals.ground.errors import InputError
from report_year import (
    AS_OF,
    _given,
    example,
    facilities,
    frames,
    given,
    make,
    small,
    suppliers,
    text,
)


def write(folder, name: str, words: str):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(words, encoding="utf-8")
    return folder


# What is missing, and what is wrong


def test_a_missing_fact_is_a_marked_blank_that_closes_the_gate():
    facts = [f for f in given().program["facts"] if f["id"] != "grievance"]
    built = make(facts=facts)
    assert built.gates["gate"].tolist() == ["blank"]
    assert built.gates.iloc[0]["subject"] == "program.yml facts grievance"
    assert "wording/report_design.md line" in built.gates.iloc[0]["reason"]
    assert "[BLANK: facts grievance]" in text(built)
    assert b"<b>[BLANK: facts grievance]</b>" in built.files["report/conflict-minerals-report.htm"]
    state = built.checks.set_index("check")["state"]
    assert state["CMR-11"] == "there"


def test_a_blank_cover_setting_is_seen_in_the_form_and_in_the_checks():
    built = make(registrant={"commission_file_number": ""})
    assert "program.yml registrant.commission_file_number" in set(built.gates["subject"])
    assert built.checks.set_index("check").at["SD-01", "state"] == "blank"
    assert "[BLANK: registrant.commission_file_number]" in text(built, "form")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("{{ fig('conformnat') }}", "no figure 'conformnat'"),
        ("{{ nonsense }}", "'nonsense' is undefined"),
        ("{{ law_text('none') }}", "no statement 'none'"),
        ("{{ caption('none') }}", "no caption 'none'"),
        ("{{ table('none') }}", "no table 'none'"),
        ("{{ rows('none') }}", "no list 'none'"),
        ("{% if %}", "cannot be read as a template"),
        ("{{ fig.__globals__ }}", "unsafe"),
        ("{% include 'none.md' %}", "no text template none.md"),
        ("[out](https://example.com)", "leads out of the document"),
        ("![x](y.png)", "an image stands"),
    ],
)
def test_a_template_that_asks_for_what_is_not_there_names_itself(tmp_path, words, said):
    folder = write(tmp_path, "report_changes.md", f"## Changes\n\n{words}\n")
    with pytest.raises(InputError, match=re.escape(said)) as error:
        make(folder=folder)
    if "caption" not in said and "none.md" not in said:  # those are mended elsewhere
        assert "wording/report_changes.md, line 3" in str(error.value)


def test_an_edition_that_is_not_known_is_an_error():
    with pytest.raises(InputError, match="no edition '1999'.*Known are 2014, 2021"):
        make(form={"edition": "1999"})


def test_a_law_statement_without_date_or_source_is_an_error(tmp_path):
    folder = write(tmp_path, "law.md", "### rule\n\nJust words.\n")
    with pytest.raises(InputError, match="statement rule lacks its date or source"):
        wording.read_law(folder)


def test_each_law_sentence_and_caption_says_what_was_read_of_it_and_on_which_day():
    sources = {f"law {id}": law.source for id, law in wording.read_law(None).items()}
    captions = library.table("form_editions")
    names = captions["edition"] + " " + captions["key"]
    sources |= dict(zip(names, captions["source"], strict=True))
    read = re.compile(r"\bread\b.* on \d{4}-\d{2}-\d{2}|not seen in the primary text", re.S)
    assert not [name for name, source in sources.items() if not read.search(source)]
    from_memory = {n for n, source in sources.items() if "memory" in source}
    assert from_memory == {"law armed_groups", "law due_diligence_exit", "law acquisitions"}
    assert all("not seen in the primary text" in sources[name] for name in from_memory)


# The year's own words


def test_the_years_own_section_takes_the_place_of_ours_and_of_no_other(tmp_path):
    own = ("## Changes in short {#changes}\n\n"
           "Nothing *much* changed. [#conclusion]\n")
    built = make(folder=write(tmp_path, "report_changes.md", own))
    theirs, ours = text(built), text(small())
    assert "Changes in short" in theirs and "Nothing much changed." in theirs
    assert "Changes since our last report" not in theirs
    assert theirs.split("Introduction")[2][:2000] == ours.split("Introduction")[2][:2000]
    assert built.gates.empty


def test_each_block_knows_the_line_of_the_template_it_comes_from():
    block = next(b for b in example().documents["report"].blocks if "No facility is" in b.text)
    lines = library.text(f"wording/{block.file}").splitlines()
    assert block.file == "report_results.md"
    assert lines[block.line - 1].startswith("No facility is")


def test_templates_saved_by_a_windows_editor_read_the_same(tmp_path):
    ours = library.text("wording/report_limits.md")
    folder = tmp_path / "wording"
    folder.mkdir()
    (folder / "report_limits.md").write_bytes(b"\xef\xbb\xbf" + ours.replace("\n", "\r\n").encode())
    assert text(make(folder=folder)) == text(small())


# Strangers' strings

HOSTILE = (
    "**Evil** <script>alert(1)</script> [x](http://a.b) | # {{ 7*7 }} \ue0000\ue001. We lie. [#c]"
)


def test_what_people_typed_is_printed_as_typed_and_nothing_more():
    built = make(registrant={"name": HOSTILE}, products={"description": HOSTILE})
    shown = HOSTILE.replace("\ue000", "").replace("\ue001", "")
    assert shown in text(built) and shown in text(built, "form")
    page = built.files["report/conflict-minerals-report.htm"]
    assert b"<script" not in page and b'href="http' not in page and b"&lt;script&gt;" in page
    ours = [b.kind for b in small().documents["report"].blocks]
    assert [b.kind for b in built.documents["report"].blocks] == ours
    assert set(built.gates["gate"]) <= {"wording"}  # the guard may dislike what was typed


def test_a_smelters_name_cannot_become_markup():
    rows = facilities(3)
    rows.loc[0, "smelter_name"] = HOSTILE
    page = make(frames(facilities=rows)).files["report/conflict-minerals-report.htm"]
    assert b"<script" not in page and b"**Evil**" in page


# How it reads

CASES = {
    "a dozen facilities": {"facilities": facilities(12)},
    "one facility": {"facilities": facilities(1), "suppliers": suppliers(count=1, no_covered=0)},
    "two facilities": {"facilities": facilities(2), "suppliers": suppliers(count=2, no_covered=2)},
    "no facility": {"facilities": facilities(0)},
    "no answer": {"facilities": facilities(0), "suppliers": suppliers(silent=8, no_covered=0)},
    "one of two silent": {"suppliers": suppliers(silent=1, count=2), "facilities": facilities(5)},
}
_ONE = re.compile(
    r"\b1 (facilities|contract manufacturers|products|countries|rows|files|requests|errors)\b"
)
_MANY = re.compile(
    r"\b(0|[2-9]|\d\d+) (facility|contract manufacturer|product|country|row|file|request|error)\b"
)
_SLIPS = re.compile(r" {2}| [,.;:]|\.\.|,,|\( | \)|\u201c | \u201d |\[BLANK|\bNone, | and \.")


@pytest.mark.parametrize("case", CASES)
def test_every_number_agrees_with_its_noun(case):
    built = make(frames(**CASES[case]))
    for key in built.documents:
        for block, sentence in built.documents[key].sentences():
            said = sentence.text
            assert not _ONE.search(said) and not _MANY.search(said), said
            assert not re.sub("\u201d (?=[a-z(])", "", said) or not _SLIPS.search(
                said.replace("\u201d ", "\u201d")
            ), (block.line, said)
            assert said == "" or said[0].upper() == said[0] or block.kind == "item", said
    assert built.gates.empty, built.gates.to_string()


def test_2018_says_what_its_rows_show_of_africa():
    said = text(example())
    assert (
        "We identified 2 facilities located in Africa as a whole, with the status "
        "\u201cConformant\u201d for each."
    ) in said
    assert "with the status \u201cIndeterminable\u201d is located in Africa." in said


def test_a_letter_is_answered_by_a_template_of_a_later_date_and_a_reminder_by_any():
    given = pd.DataFrame([("a", "2019-02-04", "corrections"), ("b", "2019-02-04", "corrections"),
                          ("b", "2019-02-04", "reminder"), ("c", "2019-02-04", "reminder")],
                         columns=["supplier_id", "sent_on", "kind"])  # fmt: skip
    suppliers = pd.DataFrame({"supplier_id": ["a", "b", "c"],
                              "answered_on": ["2019-03-01", "2019-02-01", ""]})
    answered = annex.correspondence(given, suppliers)["answered"]
    assert answered.tolist() == [True, False, True, False]


def test_countries_of_the_same_figures_share_a_line_and_each_is_its_evidence():
    said = text(example())
    assert "Italy; Thailand (each) | 4 | \u2014 | \u2014 | 4\n" in said
    resting = example().register.figures
    resting = set(resting.loc[resting["claim"] == "locations-table", "figure"])
    assert {"facilities_country_ita", "facilities_country_tha"} <= resting


def test_a_part_that_is_the_whole_is_said_so():
    counted = {"nothing": 0, "single": 1, "lone": 1, "some": 2, "every": 3, "files": 3}
    figures = pd.DataFrame([{"id": id, "value": n, "text": str(n)} for id, n in counted.items()])
    asked = words.Words(2024, {}, figures)
    names, plural = asked.names(), ("file", "files")

    def said(name: str, *more, **kept) -> str:
        marked = names[name](*more, **kept)
        return re.sub("\ue000(\\d+)\ue001", lambda at: asked.marks[int(at[1])].run.text, marked)

    assert said("share", "some", "files", *plural) == "2 of the 3 files"
    assert said("share", "every", "files", *plural) == "each of the 3 files"
    assert said("share", "every", "files", *plural, "any") == "any of the 3 files"
    assert said("share", "nothing", "files", *plural) == "none of the 3 files"
    assert said("share", "single", "lone", *plural) == "the one file"
    assert said("share", "nothing", "lone", *plural) == "no file"
    assert said("the", "files", *plural, of=True) == "of the 3 files"
    assert said("the", "lone", *plural, of=True) == "for the one file"
    parts = (("some", "yes from {}"), ("nothing", "no from {}"))
    assert said("each_of", *parts, of="files") == "yes from 2"
    assert said("each_of", *parts, of="some") == "yes from each"
    assert said("each_of", ("single", "yes from {}"), of="lone") == "yes"


def test_an_indeterminable_facility_in_africa_is_said_to_be_there():
    rows = facilities(20)
    rows.loc[0, ["country", "region", "country_name"]] = ["ZAF", "Africa", "South Africa"]
    rows.loc[0, "status"] = "indeterminable"
    said = text(make(frames(facilities=rows)))
    assert "as a whole, with the status \u201cIndeterminable\u201d." in said
    assert "is located in Africa." not in said


def test_no_product_label_and_no_former_name_stands_in_our_words():
    said = " ".join(text(example(), key) for key in example().documents)
    assert not re.search(r"conflict[\s-]+free|DRC conflict|CFSI|CFSP|certified", said, re.I)


def test_the_law_names_the_ten_covered_countries():
    said = wording.read_law()["covered_countries"].text
    assert all(name in said for name in countries.covered()["name"])


def test_the_year_before_stands_beside_this_one():
    before = {"year": {"text": "2017"}, "facilities": {"text": "301"},
              "response_rate": {"text": "87.5%"}}  # fmt: skip
    rows = [("facilities", "added", "Tin", "CID1"), ("facilities", "status", "Tin", "CID2"),
            ("suppliers", "gained", "", "hazel")]  # fmt: skip
    changes = pd.DataFrame(rows, columns=["area", "change", "metal", "subject"])
    changes = tables.shape(changes.assign(name="", topic="", before="", now=""), "changes")
    promises = [dict(given().program["promises"][0], made_in=2017, state="kept", outcome="Asked.")]
    given_frames = frames(changes=changes, facilities=facilities(12))
    built = make(given_frames, before=before, promises=promises)
    said = text(built)
    assert "Result | 2017 | 2018" in said
    assert "Facilities | 301 | 12" in said and "Response rate | 87.5% | 100%" in said
    assert "1 facility was added, 0 were no longer reported, and the status of 1 changed." in said
    assert "Among our contract manufacturers, we surveyed 1 for the first time." in said
    assert "| Completed | Asked." in said
    assert built.gates.empty


def test_a_list_with_a_newer_one_of_its_kind_is_told_from_those_that_give_a_status():
    inputs = given()
    alone = text(make())
    assert "earlier list" not in alone
    last = inputs.lists[inputs.lists["kind"] == "conformant"].iloc[:1]
    inputs.lists = pd.concat([inputs.lists, last.assign(list_id="last", as_of="2017-12-31")])
    built = build.build(frames(), inputs, year=2018, as_of=AS_OF)
    said = text(built)
    assert said.count("| Conformant facilities (earlier list) |") == 1
    assert "only the most recent determines a status; earlier lists are used" in said
    assert built.gates.empty


def test_of_the_efforts_only_what_was_done_is_said():
    sent = pd.DataFrame({"supplier_id": ["alder"], "sent_on": ["2019-01-14"], "kind": ["request"],
                         "reference": [""]})  # fmt: skip
    inputs = given()
    inputs.correspondence = sent
    said = text(build.build(frames(), inputs, year=2018, as_of=AS_OF))
    assert "requesting completed Templates from our contract manufacturers and compar" in said
    inputs.correspondence = pd.concat([sent, sent.assign(kind="corrections")])
    said = text(build.build(frames(), inputs, year=2018, as_of=AS_OF))
    assert "audit programs and requesting corrections of incomplete or" in said


def test_a_review_of_another_day_says_so_everywhere():
    built = make(as_of=date(2020, 1, 31))
    assert "as of January 31, 2020" in text(built) and "May 15, 2019" not in text(built)
    assert b"HINDSIGHT, as known on 2020-01-31" in built.files["report/form-sd.htm"]
    assert b"HINDSIGHT" not in example().files["report/form-sd.htm"]


# What speaks against us, and what the rows do not show


def answered(**by_topic):
    """A dozen facilities, and these answers to every question of a topic."""
    few = frames(facilities=facilities(12))
    for topic, answer in by_topic.items():
        few["answers"].loc[few["answers"]["topic"] == topic, "answer"] = answer
    return few


def test_the_form_tells_the_answers_that_name_a_covered_country_too():
    few = answered(recycled_scrap="No")
    rows = few["answers"]
    tin = rows[(rows["topic"] == "covered_countries") & (rows["metal"] == "Tin")].index
    rows.loc[tin[-2:], "answer"] = "Yes"
    said = text(make(few), "form")
    assert "2 of the 8 contract manufacturers that responded reported that some of it" in said
    assert "7 of the 8 contract manufacturers that responded reported that the country" in said
    assert "that responded were \u201cno\u201d from each." in said


def test_an_answer_for_a_metal_that_no_product_needs_is_none_of_the_reports():
    few = answered()
    rows = few["answers"]
    rows.loc[(rows["topic"] == "covered_countries") & (rows["metal"] == "Tin"), "answer"] = "Yes"
    given_inputs = given()
    given_inputs.products = given_inputs.products.assign(tin="no")
    built = build.build(few, given_inputs, year=2018, as_of=AS_OF)
    said = text(built)
    assert "\u201cunknown\u201d from 7; none answered \u201cyes\u201d." in said
    figure = built.figures.set_index("id").loc["suppliers_covered_yes"]
    assert figure["value"] == 0 and "'Tin'" not in figure["where"]


def test_why_a_facility_is_indeterminable_is_said_and_adds_up():
    rows = facilities(6).assign(status="indeterminable")
    rows["status_ground"] = ["denied", "expired", "retired", "unclear", "decided", "no_list"]
    built = make(frames(facilities=rows))
    assert (
        "the status reflects absence from the lists for 1, an audit whose validity had ended for "
        "1, an entry as not conformant, suspended, inactive or in a similar state for 1, an "
        "identification number that a list shows as retired for 1, an entry without a state that "
        "establishes conformance for the metal for 1 and a classification by a member of our team "
        "for 1."
    ) in text(built)
    assert "Of these classifications, 1 was made by a member of our team" in text(built)
    assert built.gates.empty
    rows.loc[0, "status_ground"] = "a ground that nobody told the report of"
    gates = make(frames(facilities=rows)).gates
    assert gates["gate"].tolist() == ["reconcile", "reconcile"]
    assert gates["subject"].tolist() == ["flagged_listed_no_assurance", "indeterminable"]


def test_an_audit_past_its_cycle_is_told_in_one_sentence_and_counts_as_the_list_says():
    rows = facilities(6).assign(status="conformant", status_ground="listed", audit="current")
    rows.loc[:1, "audit"] = "run_out"
    built = make(frames(facilities=rows))
    assert (
        "Of the 6 facilities with the status \u201cConformant\u201d, 2 are listed on the basis of "
        "an audit whose validity had ended by the date of our review; the status shown is that of"
    ) in text(built)
    assert built.gates.empty
    figure = built.figures.set_index("id")["value"]
    assert (figure["conformant"], figure["audits_run_out"]) == (6, 2)
    assert "is disregarded" not in text(built)


def test_the_strict_choice_on_audits_past_their_cycle_is_told_in_the_report():
    rows = facilities(6).assign(status="conformant", status_ground="listed", audit="current")
    rows.loc[:1, ["status", "status_ground", "audit"]] = ["indeterminable", "expired", "run_out"]
    built = make(frames(facilities=rows), status={"expired_counts": False})
    assert "had ended by the date of our review is disregarded." in text(built)
    assert "an audit whose validity had ended for each" in text(built)
    assert "the status shown is that of the list" not in text(built) and built.gates.empty
    assert built.figures.set_index("id")["value"]["audits_run_out"] == 2


def test_a_facility_of_unknown_country_is_counted_as_that():
    rows = facilities(3)
    rows.loc[1, ["country", "country_name", "region"]] = ""
    built = make(frames(facilities=rows))
    said = text(built)
    assert "For 1 facility, the location is not known to us." in said
    assert "No facility is known to be located in a Covered Country." in said
    assert "Unknown | 1 | \u2014 | \u2014 | 1" in said and built.gates.empty


def test_one_of_anything_is_said_as_one():
    built = make(frames(facilities=facilities(1), suppliers=suppliers(count=1, no_covered=0)))
    assert "The templates name 1 facility that we were able" in text(built, "form")
    assert "name 1 facility, representing 1 smelter or refiner." in text(built)
    assert "The Templates list 1 entry of smelters and refiners" in text(built)


def test_nothing_received_is_said_as_nothing():
    none = frames(facilities=facilities(0), suppliers=suppliers(silent=8, no_covered=0))
    said = text(make(none))
    assert "from none of the 8 contract manufacturers surveyed." in said
    assert "No facility was identified." in said
    assert "No contract manufacturer reported whether any of the 3TG came from rec" in said


@pytest.mark.parametrize(("days", "said"), [
    (["2019-01-14"] * 8, "On January 14, 2019, we asked each of them to"),
    (["2019-01-14"] * 7 + ["2019-02-04"],
     "From January 14, 2019 to February 4, 2019, we asked each of them to"),
    (["2019-01-14"] * 7 + [""], "On January 14, 2019, we asked each of them to"),
])  # fmt: skip
def test_the_day_of_the_request_is_that_of_the_roster(days, said):
    roster = suppliers().assign(requested_on=days)
    assert said in text(make(frames(facilities=facilities(2), suppliers=roster)))


def test_no_list_is_relied_on_that_there_is_not():
    assert "programs that it recognizes" not in text(small())
    assert "In addition to the Covered Countries" not in text(small())
    bare, more = given(), given()
    bare.lists = bare.lists.iloc[:0]
    few = frames(facilities=facilities(2).assign(status="indeterminable",
                                                 status_ground="no_list"))  # fmt: skip
    built = build.build(few, bare, year=2018, as_of=AS_OF)
    assert built.gates.empty and "No list of an audit program was" in text(built, "form")
    assert "publishes of their audits" not in text(built)
    extra = [more.lists.iloc[0].to_dict() | change for change in (
        {"list_id": "lbma", "kind": "cross_recognised"},
        {"list_id": "areas", "kind": "cahra", "source": "A list of areas"},
        {"list_id": "late", "kind": "retired", "as_of": "2019-06-01", "source": "Of later"},
    )]  # fmt: skip
    more.lists = pd.concat([more.lists, pd.DataFrame(extra)], ignore_index=True)
    said = text(build.build(few, more, year=2018, as_of=AS_OF))
    assert "and the programs that it recognizes publish of their audits" in said
    assert "by reference to the list \u201cA list of areas\u201d of December 31, 2018." in said
    assert "Of later" not in said  # nobody had it on the review date


def test_an_annex_without_the_conformant_does_not_claim_to_hold_every_facility():
    built = make(annex={"rows": "not_conformant"})
    said = text(built)
    assert "counted below, of which Annex I names the 0 that are not" in said
    assert "so that none is listed." in said and "No facility could be identified" not in said


# Branches and editions


@pytest.mark.parametrize(
    ("ground", "said"),
    [
        ("not_covered", "no reason to believe that any of the necessary 3TG may have originated"),
        ("recycled", "all of the necessary 3TG came from recycled or scrap sources"),
        ("no_action", "would not recommend enforcement action"),
    ],
)
def test_a_form_alone_states_its_ground_and_no_exhibit(ground, said):
    few = frames(facilities=facilities(12))
    answers = few["answers"].assign(answer="No" if ground == "not_covered" else "Yes")
    answers.loc[answers["topic"] == "covered_countries", "answer"] = "No"
    few["answers"] = tables.shape(answers, "answers")
    built = make(few, form={"branch": "form_only", "ground": ground})
    form = text(built, "form")
    assert set(built.documents) == {"form"} and said in form
    assert "Item 1.02 Exhibit\nNot applicable." in form
    assert "Exhibit 1.01" not in form and built.gates.empty
    assert not any("conflict-minerals-report" in path for path in built.files)
    assert set(built.checks.loc[built.checks["document"] == "report", "state"]) == {"not_due"}


def test_a_branch_that_the_data_contradict_closes_the_gate():
    few = frames(facilities=facilities(12))
    few["answers"].loc[few["answers"]["topic"] == "covered_countries", "answer"] = "Yes"
    built = make(few, form={"branch": "form_only", "ground": "not_covered"})
    assert set(built.gates["gate"]) == {"branch"}


def test_reason_to_believe_is_said_outright_where_counsel_records_it():
    built = make(form={"ground": "reason_to_believe"})
    for key in ("form", "report"):
        said = "we have reason to believe that some of the necessary 3TG may have"
        assert said in text(built, key)


def test_what_is_known_is_said_as_known_where_counsel_records_it():
    few = answered(covered_countries="Yes")
    built = make(few, form={"ground": "known_covered"})
    for key in ("form", "report"):
        assert "we know that some of the necessary 3TG originated in a Covered Country" in text(
            built, key)
    assert built.gates.empty


def test_without_a_branch_the_form_says_nothing_of_the_result():
    form = text(make(form={"branch": ""}), "form")
    assert form.count("[BLANK: form.branch]") == 3
    assert "No Conflict Minerals Report" not in form


def test_no_filing_leaves_a_record_and_files_nothing():
    none = given().products.assign(completed="no")
    inputs = given(form={"branch": "no_filing", "ground": "no_necessary_minerals"})
    inputs.products = none
    made = _given().decisions.query("kind == 'form'")
    inputs.decisions = made.assign(value="no_filing", reason="Nothing was completed in the year")
    built = build.build(frames(facilities=facilities(2)), inputs, year=2018, as_of=AS_OF)
    assert set(built.documents) == {"record"}
    said = text(built, "record")
    assert "determined that 3TG are not necessary" in said and "no_necessary" not in said
    assert "Scanner appliance SA-200 | Not completed in the period" in said
    assert "made by Counsel on 2019-05-10, for this reason: Nothing was completed in" in said
    assert "report/submission.json" not in built.files and built.gates.empty


def test_an_amendment_says_what_it_amends():
    why = "It corrects the name of the registrant on the cover."
    whole = {"kind": "amendment", "amends": why, "amends_number": 1,
             "amends_filed_on": date(2019, 5, 31), "amends_accession": "0000000000-19-000001"}
    built = make(form=whole)
    form = text(built, "form")
    assert form.splitlines()[1:3] == ["FORM SD/A", "Amendment No. 1"] and built.gates.empty
    for key in ("form", "report"):
        said = text(built, key)
        assert "filed on May 31, 2019 under accession number 0000000000-19-000001" in said
        assert why in said
    lacking = make(form=whole | {"amends_accession": ""}).gates
    assert lacking["reason"].str.contains("not said: amends_accession").any()


def test_the_edition_of_2021_has_two_boxes_and_its_exhibits_in_section_3():
    built = make(form={"edition": "2021", "filing_on": date(2021, 3, 16)})
    form = text(built, "form")
    assert built.gates.empty
    assert "\u2612 | Rule 13p-1" in form and "\u2610 | Rule 13q-1" in form
    assert "Item 3.01 Exhibits" in form and "As specified in Item 3.01 of this" in form
    assert "Item 2.01 Resource Extraction Issuer Disclosure and Report\nNot applicable." in form
    gates = make(form={"edition": "2021"}).gates
    assert gates["reason"].str.contains("2014 is in force on 2019-05-31").tolist() == [True]
    older = text(example(), "form")
    assert "Item 2.01 Exhibits" in older and "13q-1" not in older


# Markdown to blocks


def test_sentences_end_where_sentences_end():
    said = "Acme, Inc. and Foo Co. met J. Smith. See No. 5. A \u201cquote.\u201d Then on. [#c]"
    (block,) = markdown.parse(document.Rendered("x", said)).blocks
    assert [(s.text, s.claim) for s in block.sentences] == [
        ("Acme, Inc. and Foo Co. met J. Smith.", ""),
        ("See No. 5.", ""),
        ("A \u201cquote.\u201d", ""),
        ("Then on.", "c"),
    ]


def test_anchors_and_claims_are_each_their_own():
    made = markdown.parse(document.Rendered("x", "## A\n\n## A\n\n## B {#b}\n"))
    assert [block.anchor for block in made.blocks] == ["a", "a-2", "b"]
    with pytest.raises(InputError, match="two sentences of x are claim c"):
        markdown.parse(document.Rendered("x", "One. [#c]\n\nTwo. [#c]\n"))
