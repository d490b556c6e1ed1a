"""Documents that came back edited: every change once, in its place, with its sentence."""

import io
import re
import shutil
import subprocess
import zipfile
from datetime import date

import pandas as pd
import pytest
from docx import Document as opened
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx_revisions import RevisionDocument

import report_year
from conflict_minerals.filing.claims import worded
from conflict_minerals.filing.documents import docxwriter
from conflict_minerals.filing.documents.document import Block, Document, Run, Sentence, Table
from conflict_minerals.filing.word import returned, sent, taken
from conflict_minerals.year import DECISION_COLUMNS

AS_OF = date(2026, 4, 15)
NAME = "conflict-minerals-report (counsel).docx"


def said(*parts, claim="", **more):
    return Sentence(tuple(Run(p) if isinstance(p, str) else Run(*p) for p in parts), claim, **more)


def paragraph(*sentences, section="results", line=0, kind="paragraph", **more):
    return Block(kind, sentences, section=section, file="report.md", line=line, **more)


def row(*cells):
    return tuple((Run(cell, "cell"),) for cell in cells)


REPORT = Document("conflict-minerals-report", "Report", (
    Block("heading", (said("Results of the survey"),), 1, anchor="results", section="results"),
    paragraph(
        said("We surveyed ", ("8", "figure", "suppliers_surveyed"), " suppliers in ",
             ("May 2026", "setting", "survey.requested_on"), ".", claim="asked"),
        said("Of them ", ("6", "figure", "suppliers_responded"), " answered us in writing.",
             claim="answered"), line=12),
    paragraph(said("We rely on what suppliers tell us."), said("Nobody else is asked for it."),
              line=20),
    paragraph(said("Our policy is: ", ("Buy with the greatest care.", "fact", "policy"),
                   claim="policy"), line=31, kind="item", marker="1."),
    paragraph(said("Letters go out twice a year."), line=32),
    paragraph(said("The register is kept for five years."), line=33),
    paragraph(said("A buyer reads every answer."), said("A second buyer reads it again."),
              line=34),
    paragraph(said("Smelters are known by their number."), line=35),
    paragraph(said("What nobody could identify is told."), line=36),
    paragraph(said("No mine was visited."), line=37),
    paragraph(said("Audits are those of others."), line=38),
    paragraph(said("The lists bear their own dates."), line=39),
    paragraph(said("Scrap is asked about apart."), line=40),
    Block("table", (said("Answers by metal.", claim="answers-table"),), section="results",
          file="report.md", line=41, table=Table(
              "answers", (*row("Metal", "Answers"),),
              ((*row("Tin"), (Run("4", "figure", "answers_tin"),)), row("Gold", "none")))),
    Block("heading", (said("Annex I"),), 1, anchor="annex-i", section="annex-i"),
    Block("table", section="annex-i", file="annex.md", line=3, table=Table(
        "annex_i", row("Metal", "Name", "Status"),
        (row("Gold", "Aurora Refinery", "Active"), row("Tin", "Boreal Smelter", "Active"),
         row("Tin", "Cumulus Works", "Not on the lists"),
         row("Tungsten", "Dune Powders", "Not on the lists")))),
    paragraph(said("A facility may process several metals."), section="annex-i", line=5),
))  # fmt: skip
FIGURES = {"suppliers_surveyed": {"text": "8"}, "suppliers_responded": {"text": "6"}}
NOBODY = pd.DataFrame(columns=DECISION_COLUMNS, dtype="str")


def printed(document=REPORT):
    return docxwriter.render(document, as_of=AS_OF, stamps=("DRAFT, not signed off",))


DOCUMENTS = {
    "form-sd": (one := Document("form-sd", "Form", (paragraph(said("Something else.")),)),
                printed(one)),
    "conflict-minerals-report": (REPORT, printed()),
}  # fmt: skip


def find(docx, text):
    return next(p for p in docx.paragraphs if text in p.text)


def put(docx, text, old, new):
    """Other words within a paragraph, in whichever of its runs they stand."""
    run = next(r for r in find(docx, text).runs if old in r.text)
    run.text = run.text.replace(old, new)


def cell(docx, table, row, column):
    return docx.tables[table].rows[row].cells[column].paragraphs[0].runs[0]


def track(kind, run, author="Outside counsel"):
    """A run by hand into a tracked insertion or deletion."""
    mark = parse_xml(f'<w:{kind} {nsdecls("w")} w:id="91" w:author="{author}"/>')
    run._r.addprevious(mark)
    mark.append(run._r)
    if kind == "del":
        for text in run._r.iter(qn("w:t")):
            text.tag = qn("w:delText")


def removed_row(docx):
    row = docx.tables[1].rows[3]._tr
    row.get_or_add_trPr().append(parse_xml(f'<w:del {nsdecls("w")} w:id="7" w:author="A. Lee"/>'))
    for each in docx.tables[1].rows[3].cells:
        track("del", each.paragraphs[0].runs[0], "A. Lee")


def moved(docx):
    find(docx, "A facility may")._p.addprevious(find(docx, "Letters go out")._p)


def split(docx):
    """Enter between two sentences: where a paragraph ends is no change."""
    first = find(docx, "A buyer reads")
    second = docx.add_paragraph("A second buyer reads it again.")
    first._p.addnext(second._p)
    for run in first.runs[1:]:
        run._r.getparent().remove(run._r)


def joined(docx):
    """The mark of a paragraph's end deleted: two become one, no word changes."""
    properties = find(docx, "Smelters are")._p.get_or_add_pPr()
    properties.append(parse_xml(
        f'<w:rPr {nsdecls("w")}><w:del w:id="8" w:author="A. Lee"/></w:rPr>'))


def box(docx):
    find(docx, "No mine")._p.append(parse_xml(
        f'<w:r {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"><w:pict><v:shape><v:textbox>'
        "<w:txbxContent><w:p><w:r><w:t>A box says more.</w:t></w:r></w:p></w:txbxContent>"
        "</v:textbox></v:shape></w:pict></w:r>"))


def replaced(document, text, new):
    run, *others = find(document, text).runs
    run.text = new
    for other in others:
        other._r.getparent().remove(other._r)


def added(docx, text, new):
    find(docx, text)._p.addnext(docx.add_paragraph(new)._p)


# In the order in which they have to be listed; blanks: what is no change.
EDITS = [
    (lambda d: setattr(cell(d, 1, 1, 2), "text", "Conformant"), "status", "changed"),
    (lambda d: d.tables[1]._tbl.remove(d.tables[1].rows[2]._tr), "annex row", "removed"),
    (removed_row, "annex row", "removed"),
    (lambda d: put(d, "Results of", "survey", "inquiry"), "words", "changed"),
    (lambda d: put(d, "We surveyed", "8", "9"), "figure", "changed"),
    (lambda d: put(d, "Of them", " answered", " kindly answered"), "words", "changed"),
    (lambda d: put(d, "We rely", "rely on", "depend on"), "words", "changed"),
    (lambda d: d.add_comment(find(d, "tell us").runs[0], text="Still true?", author="C. Reader"),
     "comment", "comment"),
    (lambda d: put(d, "tell us", "Nobody else", "No one of our 3 buyers"), "typed figure",
     "changed"),
    (lambda d: find(d, "tell us").add_run(" This we regret."), "words", "added"),
    (lambda d: put(d, "Our policy", "greatest", "utmost"), "filled in", "changed"),
    (moved, "words", "moved"),
    (lambda d: [setattr(r.font, "strike", True) for r in find(d, "The register").runs], "words",
     "struck"),
    (split, "", ""),
    (joined, "", ""),
    (lambda d: put(d, "What nobody", "told", "told here"), "words", "changed"),
    (lambda d: setattr(find(d, "What nobody").add_run(" Or so."), "bold", True), "words", "added"),
    (box, "words", "added"),
    (lambda d: track("del", find(d, "Audits are").runs[0]), "words", "removed"),
    (lambda d: setattr(find(d, "The lists bear").add_run(" Nearly all.").font, "hidden", True),
     "words", "hidden"),
    (lambda d: replaced(d, "Scrap is", "Nobody is asked about scrap."), "words", "changed"),
    (lambda d: added(d, "Nobody is asked about", "All of 2026 is covered."), "typed figure",
     "added"),
    (lambda d: put(d, "Answers by", "metal", "each metal"), "words", "changed"),
    (lambda d: setattr(cell(d, 0, 1, 1), "text", "5"), "figure", "changed"),
    (lambda d: setattr(d.sections[0].header.paragraphs[0].runs[0], "text", ""), "header",
     "removed"),
    (lambda d: d.sections[0].footer.add_paragraph("Privileged."), "footer", "added"),
    (lambda d: setattr(find(d, "A facility may").runs[0].font, "italic", True), "", ""),
]  # fmt: skip


def edited(edits, base=None):
    docx = opened(io.BytesIO(base or DOCUMENTS["conflict-minerals-report"][1]))
    for edit in edits:
        edit(docx)
    out = io.BytesIO()
    docx.save(out)
    return out.getvalue()


def folder(tmp_path, **files):
    place = tmp_path / "returned"
    place.mkdir(exist_ok=True)
    for name, data in files.items():
        (place / f"{name}.docx").write_bytes(data)
    return place


def listed(place, documents=DOCUMENTS, decisions=NOBODY):
    return returned.read_folder(place, documents, decisions)


def libreoffice(tmp_path, data):
    (tmp_path / "in.docx").write_bytes(data)
    (tmp_path / "out").mkdir()
    subprocess.run(["soffice", f"-env:UserInstallation=file://{tmp_path}/office", "--headless",
                    "--convert-to", "docx", "--outdir", str(tmp_path / "out"),
                    str(tmp_path / "in.docx")], check=True, capture_output=True)  # fmt: skip
    return (tmp_path / "out" / "in.docx").read_bytes()


EXPECTED = [(touches, change) for _, touches, change in EDITS if touches]


def test_each_of_many_edits_is_listed_once_in_its_place_and_rightly_named(tmp_path):
    rows = listed(folder(tmp_path, one=edited([edit for edit, *_ in EDITS])))
    assert list(zip(rows["touches"], rows["change"], strict=True)) == EXPECTED
    assert rows["id"].is_unique and set(rows["state"]) == {"open"}
    by = rows.set_index("before")
    assert by.loc["Audits are those of others.", "by"] == "Outside counsel"
    assert by.loc["Tungsten | Dune Powders | Not on the lists", "by"] == "A. Lee"
    comment = rows[rows["touches"] == "comment"].iloc[0]
    assert (comment["before"], comment["after"], comment["by"]) == (
        "We depend on what suppliers tell us.", "Still true?", "C. Reader")
    box = rows[rows["after"] == "A box says more."].iloc[0]
    assert box["section"] == "results"
    assert by.loc["The register is kept for five years.", "after"] == ""


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_what_libreoffice_saves_lists_the_same_edits_and_its_saving_alone_none(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain = libreoffice(tmp_path / "a", DOCUMENTS["conflict-minerals-report"][1])
    assert listed(folder(tmp_path / "a", one=plain)).empty
    both = libreoffice(tmp_path / "b", edited([edit for edit, *_ in EDITS]))
    rows = listed(folder(tmp_path / "b", one=both))
    assert list(zip(rows["touches"], rows["change"], strict=True)) == EXPECTED
    assert sent._identifier(plain) == sent._identifier(DOCUMENTS["conflict-minerals-report"][1])


def test_the_same_change_of_two_files_is_listed_once(tmp_path):
    rely, letters = EDITS[6][0], lambda d: put(d, "Letters go", "twice", "once")
    rows = listed(folder(tmp_path, one=edited([rely]), two=edited([rely, letters])))
    assert rows["file"].tolist() == ["one.docx;two.docx", "two.docx"]


@pytest.mark.parametrize("old, new, refs, line", [
    ("8", "9", "figure:suppliers_surveyed", "12"),
    ("We surveyed ", "We have surveyed ", "", "12"),
    ("May 2026", "June 2026", "setting:survey.requested_on", "12"),
])  # fmt: skip
def test_a_change_is_named_with_its_template_and_what_it_touched(tmp_path, old, new, refs, line):
    change = edited([lambda d: put(d, "We surveyed", old, new)])
    (found,) = listed(folder(tmp_path, one=change)).to_dict("records")
    assert (found["refs"], found["line"], found["sentence"]) == (refs, line, "asked")


def decision(number, kind, key, value, reason="Counsel's words"):
    return dict.fromkeys(DECISION_COLUMNS, "") | {
        "id": f"D-{number:03d}", "kind": kind, "key": key, "value": value, "reason": reason,
        "decided_by": "Counsel", "decided_on": "2026-04-20"}  # fmt: skip


def test_an_edit_is_answered_by_what_is_printed_or_by_a_reason(tmp_path):
    rely, letters = EDITS[6][0], lambda d: put(d, "Letters go", "twice", "once")
    place = folder(tmp_path, one=edited([rely, letters, EDITS[7][0]]))
    rows = listed(place)
    gate = taken.gates(rows).iloc[0]
    assert gate["gate"] == "returned" and all(id in gate["reason"] for id in rows["id"])
    refused = pd.DataFrame([decision(1, "returned", rows["id"][0], "refused"),
                            decision(2, "returned", "one.docx|*", "taken")])
    assert listed(place, decisions=refused)["state"].tolist() == [
        "refused", "taken", "taken, not printed"]  # fmt: skip


def test_edits_that_are_taken_stand_in_the_next_report_with_their_figures_by_id(tmp_path):
    edits = [lambda d: put(d, "Of them", " answered", " kindly answered"),
             lambda d: put(d, "We rely", "rely on", "depend on"),
             lambda d: added(d, "The lists bear", "Some are old.")]  # fmt: skip
    place = folder(tmp_path, one=edited(edits))
    rows = listed(place)
    assert rows["wording"].tolist()[0] == (
        "Of them {suppliers_responded} kindly answered us in writing.")
    lines = [decision(n, "sentence", row.sentence, row.wording)
             for n, row in enumerate(rows.itertuples(), 1)]  # fmt: skip
    decisions = pd.DataFrame([*lines, *(decision(n, "returned", id, "taken")
                                        for n, id in enumerate(rows["id"], 7))])  # fmt: skip
    later = FIGURES | {"suppliers_responded": {"text": "7"}}
    now = worded.documents({"r": REPORT}, decisions, later, {"facts": []})["r"]
    for said_now in ("Of them 7 kindly answered us in writing.", "We depend on what suppliers",
                     "The lists bear their own dates. Some are old."):  # fmt: skip
        assert said_now in now.text
    documents = DOCUMENTS | {now.name: (now, printed(now))}
    (place / "sent").mkdir()
    (place / "sent" / returned.sent_name((place / "one.docx").read_bytes())).write_bytes(printed())
    assert set(listed(place, documents, decisions)["state"]) <= {"printed", "taken"}
    assert taken.gates(listed(place, documents, decisions)).empty


@pytest.mark.parametrize("old, new, wording, advice", [
    ("8", "9", "", "comes from its rows (suppliers_surveyed"),
    ("8", "eight", "", "comes from its rows (suppliers_surveyed"),
    (" suppliers in ", " suppliers early in ",
     "We surveyed {suppliers_surveyed} suppliers early in {setting:survey.requested_on}.",
     "becomes the sentence asked"),
    ("8", "all 9", "We surveyed all {suppliers_surveyed} suppliers in "
     "{setting:survey.requested_on}.", "the other words, with the figure as it is, can be taken"),
    (" suppliers in ", " suppliers and 7 others in ", "", "7 has no row behind it"),
    (" suppliers in ", " suppliers and 30 parts of 2026 in ", "", "30 has no row behind it"),
])  # fmt: skip
def test_what_is_offered_keeps_figures_by_id_and_a_typed_one_is_told_and_not_offered(
    tmp_path, old, new, wording, advice
):
    place = folder(tmp_path, one=edited([lambda d: put(d, "We surveyed", old, new)]))
    (found,) = returned.read_folder(place, DOCUMENTS, NOBODY, year=2026).to_dict("records")
    assert found["wording"] == wording and advice in found["what_to_do"]
    waits = taken.waiting(pd.DataFrame([found]))[0]
    assert (waits[0], waits[3]) == (("sentence", wording) if wording else ("returned", "refused"))


def test_an_edit_of_what_the_law_says_is_shown_the_one_place_where_counsel_confirms_it(tmp_path):
    law = Document(REPORT.name, "", (paragraph(
        said(("The Rule requires a report of every registrant.", "law", "rule"), claim="law")),))
    documents = {law.name: (law, printed(law))}
    change = edited([lambda d: put(d, "The Rule", "every", "each")], printed(law))
    (found,) = listed(folder(tmp_path, one=change), documents).to_dict("records")
    assert found["wording"] == "" and "wording/law.md (rule)" in found["what_to_do"]
    assert "form.law_confirmed_on" in found["what_to_do"]


def test_what_came_back_is_held_against_the_version_that_was_sent(tmp_path):
    """A figure moves between the sending and the answer; the reviewer did not move it."""
    history, raw = tmp_path / "history", tmp_path
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "conflict-minerals-report.docx").write_bytes(printed())
    sent.keep(history, tmp_path / "report")
    first = REPORT.blocks[1]
    moved_on = Document(REPORT.name, REPORT.title, (REPORT.blocks[0], paragraph(
        said("We surveyed ", ("11", "figure", "suppliers_surveyed"), " suppliers in ",
             ("May 2026", "setting", "survey.requested_on"), ".", claim="asked"),
        first.sentences[1], line=12), *REPORT.blocks[2:]))  # fmt: skip
    documents = DOCUMENTS | {REPORT.name: (moved_on, printed(moved_on))}
    change = edited([lambda d: put(d, "We surveyed", "suppliers in", "suppliers early in")])
    scrubbed = edited([lambda d: setattr(d.core_properties, "identifier", "")], change)
    for data in (change, scrubbed):
        place = folder(tmp_path, one=data)
        sent.lay_beside(history, raw)
        (row_,) = listed(place, documents).to_dict("records")
        assert row_["wording"] == ("We surveyed {suppliers_surveyed} suppliers early in "
                                   "{setting:survey.requested_on}.")
        assert row_["touches"] == "words"


def test_a_sentence_of_counsels_rests_on_the_decision_unless_it_states_an_act():
    built = report_year.small()
    block, old = next((b, s) for b, s in built.documents["report"].sentences()
                      if s.claim and b.kind == "paragraph" and s.kind == "position")
    def gates(value):
        inputs = report_year.given()
        lines = pd.DataFrame([decision(90, "sentence", old.claim, value)])
        inputs.decisions = pd.concat([inputs.decisions, lines], ignore_index=True)
        made = report_year.make(inputs=inputs)
        assert value.split("{")[0].strip() in made.documents["report"].text
        return made.gates[made.gates["subject"] == old.claim]["reason"].tolist()
    assert gates("Sourcing is a matter of the whole company, {facilities} facilities in all.") == []
    assert "visited" in gates("We visited every smelter in person.")[0]
    assert "twenty" in gates("There are twenty of them.")[0]


def test_a_value_that_asks_for_what_there_is_not_names_its_decision():
    lines = pd.DataFrame([decision(4, "sentence", "asked", "We asked {no_such_figure}.")])
    with pytest.raises(Exception, match=re.escape("id D-004: asks for {no_such_figure}")):
        worded.documents({"r": REPORT}, lines, FIGURES, {"facts": []})


def test_files_that_cannot_be_read_are_listed_and_wait_for_an_answer(tmp_path):
    place = folder(tmp_path, broken=b"not a zip")
    (place / "~$v2 final.docx").write_bytes(b"lock")
    (place / "notes.pdf").write_bytes(b"%PDF-1.7")
    rows = listed(place)
    assert rows["file"].tolist() == ["broken.docx", "notes.pdf"]
    assert set(rows["change"]) == {"not read"} and len(taken.gates(rows)) == 2


def repacked(change=lambda data: data, add=None):
    """The report for Word with its document part changed and further parts put in."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(printed())) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == "word/document.xml" else data)
        for name, data in (add or {}).items():
            new.writestr(name, data)
    return out.getvalue()


HOSTILE = {
    "a bomb": (repacked(add={"word/x.xml": b" " * 30_000_000}), "zip bomb"),
    "no end": (printed()[:900], "Damaged"),
    "not well formed": (repacked(lambda data: data[:-9]), "cannot be opened"),
    "no body": (repacked(lambda data: b"<x/>"), "cannot be opened"),
    "entities": (
        repacked(lambda data: data.replace(b"<w:doc", b'<!DOCTYPE x SYSTEM "x"><w:doc', 1)),
        "declares a document type",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_listed_with_the_reason(case):
    data, reason = HOSTILE[case]
    (row_,) = returned.read(data, NAME, DOCUMENTS)
    assert (row_["change"], row_["touches"]) == ("not read", "file")
    assert reason in row_["after"] and "\n" not in row_["after"]


def test_tracked_changes_of_a_program_count_as_made_and_name_their_author():
    document = RevisionDocument(io.BytesIO(printed()))
    document.find_and_replace_tracked("tell us", "report to us", author="Outside counsel")
    out = io.BytesIO()
    document.save(out)
    (row_,) = returned.read(out.getvalue(), NAME, DOCUMENTS)
    assert row_["after"] == "We rely on what suppliers report to us."
    assert row_["by"] == "Outside counsel"


def test_no_folder_means_nothing_came_back(tmp_path):
    assert listed(tmp_path / "returned").empty
