"""Documents that came back edited: what changed and where it belongs."""

import io
import zipfile

import pytest
from docx import Document as new_docx
from docx_revisions import RevisionDocument

from conflict_minerals.filing.documents.document import Block, Document, Run, Sentence, Table
from conflict_minerals.filing.word import returned


def paragraph(*runs, claim="", line=0, section="rcoi"):
    made = tuple(Run(r) if isinstance(r, str) else Run(r[0], r[1], r[2]) for r in runs)
    sentences = (Sentence(made, claim),)
    return Block("paragraph", sentences, section=section, file="report.md", line=line)


REPORT = Document(
    "conflict-minerals-report",
    "Report",
    (
        paragraph("We surveyed ", ("8", "figure", "suppliers_surveyed"), " suppliers in ",
                  ("May 2019", "setting", "survey.requested_on"), ".", claim="asked", line=12),
        paragraph("We rely on what suppliers tell us.", line=20),
        Block("item", (Sentence((Run("Our policy: "), Run("be careful.", "fact", "policy"))),),
              marker="1.", section="step-1", file="report.md", line=31),
        Block("table", section="annex", file="annex.md", line=3, table=Table(
            "annex_i", ((Run("Metal"),), (Run("Status"),)),
            (((Run("Tin", "cell"),), (Run("Active", "cell"),)),),
        )),
    ),
)  # fmt: skip


def word(edits=None):
    """The report for Word as counsel sends it back, with words replaced."""
    document = new_docx()
    for block in REPORT.blocks:
        if block.table:
            table = document.add_table(rows=0, cols=2)
            for cells in (block.table.head, *block.table.rows):
                for cell, runs in zip(table.add_row().cells, cells, strict=True):
                    cell.text = change(runs[0].text, edits)
        else:
            marker = f"{block.marker} " if block.marker else ""
            document.add_paragraph(marker + change(block.text, edits))
    for text in (edits or {}).get("added", []):
        document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def change(text, edits):
    for old, new in (edits or {}).get("replace", []):
        text = text.replace(old, new)
    return text


DOCUMENTS = {"conflict-minerals-report": (REPORT, word()), "form-sd": (
    Document("form-sd", "Form", (paragraph("Something else."),)), word())}  # fmt: skip
NAME = "conflict-minerals-report (counsel).docx"


def read(edits):
    return returned.read(word(edits), NAME, DOCUMENTS).to_dict("records")


def test_an_untouched_document_changes_nothing():
    assert read({}) == []


@pytest.mark.parametrize(
    "old, new, touches, refs, line",
    [
        ("8 suppliers", "9 suppliers", "figure", "figure:suppliers_surveyed", "12"),
        ("surveyed 8", "surveyed all 8", "words", "", "12"),
        ("May 2019", "June 2019", "filled in", "setting:survey.requested_on", "12"),
        ("be careful", "be most careful", "filled in", "fact:policy", "31"),
        ("tell us", "tell our 3 buyers", "typed figure", "", "20"),
        ("We rely on", "We depend on", "words", "", "20"),
        ("Active", "Conformant", "words", "", "3"),
    ],
)
def test_a_change_is_named_with_its_template_and_what_it_touched(old, new, touches, refs, line):
    (row,) = read({"replace": [(old, new)]})
    assert (row["touches"], row["refs"], row["line"]) == (touches, refs, line)
    assert old.split()[0] in row["before"] and new.split()[-1] in row["after"]


def test_figures_that_were_touched_stand_first():
    rows = read({
        "replace": [("We rely", "We depend"), ("8 suppliers", "9 suppliers")],
        "added": ["A wholly new paragraph with 17 geese."],
    })  # fmt: skip
    assert [row["touches"] for row in rows] == ["figure", "typed figure", "words"]
    assert rows[0]["claims"] == "asked" and "suppliers_surveyed" in rows[0]["what_to_do"]
    assert rows[1]["change"] == "added" and "17" in rows[1]["what_to_do"]
    assert rows[2]["template"] == "wording/report.md"


def test_tracked_changes_count_as_made_and_name_their_author():
    document = RevisionDocument(io.BytesIO(word()))
    document.find_and_replace_tracked("tell us", "report to us", author="Outside counsel")
    out = io.BytesIO()
    document.save(out)
    (row,) = returned.read(out.getvalue(), NAME, DOCUMENTS).to_dict("records")
    assert row["after"] == "We rely on what suppliers report to us."
    assert row["by"] == "Outside counsel"


def test_comments_are_listed():
    document = new_docx(io.BytesIO(word()))
    document.add_comment(document.paragraphs[0].runs, "Are we sure?", author="C. Reader")
    out = io.BytesIO()
    document.save(out)
    (row,) = returned.read(out.getvalue(), NAME, DOCUMENTS).to_dict("records")
    assert (row["touches"], row["after"], row["by"]) == ("comment", "Are we sure?", "C. Reader")


def test_a_document_is_known_by_its_text_when_its_name_says_nothing(tmp_path):
    (tmp_path / "v2 final.docx").write_bytes(word({"replace": [("We rely", "We depend")]}))
    (tmp_path / "~$v2 final.docx").write_bytes(b"lock")
    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "broken.docx").write_bytes(b"not a zip")
    rows = returned.read_folder(tmp_path, DOCUMENTS)
    assert rows["file"].tolist() == ["v2 final.docx", "broken.docx", "notes.pdf"]
    assert rows["document"].tolist() == ["conflict-minerals-report", "", ""]
    assert rows["change"].tolist() == ["changed", "not read", "not read"]


def repacked(change=lambda data: data, add=None):
    """The report for Word with its document part changed and further parts put in."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word())) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == "word/document.xml" else data)
        for name, data in (add or {}).items():
            new.writestr(name, data)
    return out.getvalue()


HOSTILE = {
    "a bomb": (repacked(add={"word/x.xml": b" " * 30_000_000}), "zip bomb"),
    "no end": (word()[:900], "Damaged"),
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
    (row,) = returned.read(data, NAME, DOCUMENTS).to_dict("records")
    assert (row["change"], row["touches"]) == ("not read", "file")
    assert reason in row["after"] and "\n" not in row["after"]


def test_no_folder_means_nothing_came_back(tmp_path):
    assert returned.read_folder(tmp_path / "returned", DOCUMENTS).empty
