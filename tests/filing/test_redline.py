"""The redline: exactly the changed words, reversible, the same bytes every time."""

import io
import shutil
import subprocess
from datetime import date

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx_revisions import RevisionDocument

from conflict_minerals.command import cli
from conflict_minerals.filing.word import align, docxparts, redline

DAY = date(2026, 5, 15)


def docx(paragraphs, rows=(), header="Report"):
    document = Document()
    document.sections[0].header.paragraphs[0].text = header
    for text in paragraphs:
        paragraph = document.add_paragraph()
        for number, part in enumerate(text.split("*")):
            paragraph.add_run(part).bold = True if number % 2 else None
    if rows:
        table = document.add_table(rows=0, cols=len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    document.add_paragraph("The end.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


OLD = docx(
    [
        "We surveyed *eight* suppliers and eight answered.",
        "This paragraph goes away altogether.",
        "One stays as it is.",
        "Line one\nLine two",
    ],
    [("Tin", "Alpha", "Active"), ("Tin", "Beta", "Active"), ("Tin", "Gone Ltd", "Active")],
    header="Report 2024",
)
NEW = docx(
    [
        "We surveyed *nine* suppliers, and eight answered.",
        "One stays as it is.",
        "Quite another paragraph has come in here.",
        "Line one\nLine three",
    ],
    [("Gold", "New & Co", "Conformant"), ("Tin", "Alpha", "Active"), ("Tin", "Beta", "Conformant")],
    header="Report 2025",
)


def changes(data):
    document = Document(io.BytesIO(data))
    parts = [document.element, document.sections[0].header._element]
    found = {"ins": [], "del": []}
    for part in parts:
        for kind, tag in (("ins", "w:t"), ("del", "w:delText")):
            for element in part.xpath(f".//w:{kind}[w:r]"):
                found[kind].append("".join(t.text or "" for t in element.xpath(f".//{tag}")))
    return found


def texts(data, resolve):
    document = RevisionDocument(io.BytesIO(data))
    inner = document.document
    for link in inner.element.xpath(".//w:hyperlink"):  # the library resolves none within a link
        for child in list(link):
            link.addprevious(child)
        link.getparent().remove(link)
    for tag in ("w:p", "w:tr"):
        gone = "w:ins" if resolve == "reject" else "w:del"
        mark = "w:pPr/w:rPr" if tag == "w:p" else "w:trPr"
        for element in inner.element.xpath(f".//{tag}[{mark}/{gone}]"):
            element.getparent().remove(element)
    document.accept_all() if resolve == "accept" else document.reject_all()
    return [p.text for p in document.all_paragraphs]


def test_exactly_the_changed_words_are_marked():
    found = changes(redline.redline(OLD, NEW, as_of=DAY))
    assert found["del"] == [
        "eight", "This paragraph goes away altogether.", "two", "Active", "Tin", "Gone Ltd",
        "Active", "2024",
    ]  # fmt: skip
    assert found["ins"] == [
        "nine", ",", "Quite another paragraph has come in here.", "three", "Gold", "New & Co",
        "Conformant", "Conformant", "2025",
    ]  # fmt: skip


@pytest.mark.parametrize("resolve, expected", [("accept", NEW), ("reject", OLD)])
def test_accepting_gives_the_new_text_and_rejecting_the_old(resolve, expected):
    lined = redline.redline(OLD, NEW, as_of=DAY)
    plain = [p.text for p in RevisionDocument(io.BytesIO(expected)).all_paragraphs]
    assert texts(lined, resolve) == plain


def test_a_cell_that_says_something_else_changes_its_words_and_keeps_its_paragraph():
    """Word cannot take the last paragraph of a cell away: rejected, an empty one would stay."""
    old = docx([], [("Tin", "Alpha Works", "Mentioned by nobody at all")])
    new = docx([], [("Tin", "Alpha Works", "Conformant")])
    lined = Document(io.BytesIO(redline.redline(old, new, as_of=DAY)))
    assert len(lined.element.xpath("//w:tc/w:p")) == 3
    assert lined.element.xpath("//w:tc/w:p/w:pPr/w:rPr/*") == []


def test_changes_that_a_document_tracks_already_are_taken_as_accepted():
    lined = redline.redline(OLD, NEW, as_of=DAY)
    assert changes(redline.redline(OLD, lined, as_of=DAY)) == changes(lined)
    assert changes(redline.redline(lined, NEW, as_of=DAY)) == {"ins": [], "del": []}


def test_a_paragraph_whose_end_was_deleted_is_joined_with_the_next():
    document = Document()
    first = document.add_paragraph("One ")
    document.add_paragraph("and two.")
    ending = OxmlElement("w:rPr")
    ending.append(OxmlElement("w:del"))
    first._p.get_or_add_pPr().append(ending)
    docxparts.accept(document)
    assert [p.text for p in document.paragraphs] == ["One and two."]


def test_a_paragraph_in_a_content_control_is_compared():
    def controlled(text):
        document = Document(io.BytesIO(docx([text, "After it."])))
        paragraph = document.paragraphs[0]._p
        control = paragraph.makeelement(qn("w:sdt"))
        content = control.makeelement(qn("w:sdtContent"))
        paragraph.addprevious(control)
        control.append(content)
        content.append(paragraph)
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()

    lined = redline.redline(controlled("We asked eight."), controlled("We asked nine."), as_of=DAY)
    assert changes(lined) == {"ins": ["nine"], "del": ["eight"]}


def test_the_look_of_words_is_kept():
    lined = Document(io.BytesIO(redline.redline(OLD, NEW, as_of=DAY)))
    bold = lined.element.xpath(".//w:r[w:rPr/w:b]/*[self::w:t or self::w:delText]")
    assert [text.text for text in bold] == ["eight", "nine"]


def test_the_same_text_has_no_change_and_the_bytes_are_stable():
    assert changes(redline.redline(NEW, NEW, as_of=DAY)) == {"ins": [], "del": []}
    assert redline.redline(OLD, NEW, as_of=DAY) == redline.redline(OLD, NEW, as_of=DAY)


def test_changes_bear_the_review_date_and_numbers_of_their_own():
    lined = Document(io.BytesIO(redline.redline(OLD, NEW, as_of=DAY)))
    marks = lined.element.xpath("//w:ins | //w:del")
    assert {mark.get(qn("w:date")) for mark in marks} == {"2026-05-15T00:00:00Z"}
    assert len({mark.get(qn("w:id")) for mark in marks}) == len(marks)


def test_the_command_marks_two_files_and_overwrites_nothing(tmp_path, capsys):
    old, new, out = (tmp_path / f"{name}.docx" for name in ("old", "new", "out"))
    old.write_bytes(OLD)
    new.write_bytes(NEW)
    assert cli.main(["redline", str(old), str(new), str(out)]) == 0
    assert changes(out.read_bytes()) == changes(redline.redline(OLD, NEW, as_of=DAY))
    assert cli.main(["redline", str(old), str(new), str(out)]) == 2
    (tmp_path / "bad.docx").write_bytes(b"no zip")
    assert cli.main(["redline", str(tmp_path / "bad.docx"), str(new), str(tmp_path / "x")]) == 2
    assert "cannot be read as a .docx" in capsys.readouterr().out


NAMES = ["form-sd", "conflict-minerals-report"]


@pytest.mark.parametrize("name", NAMES)
def test_the_years_redline_turns_into_this_year_and_back_into_the_last(
    example_2024, example_2025, name
):
    lined = (example_2025 / "counsel" / f"redline-{name}.docx").read_bytes()
    assert changes(lined)["ins"] and changes(lined)["del"]
    for resolve, outputs in (("accept", example_2025), ("reject", example_2024)):
        plain = RevisionDocument(str(outputs / "report" / f"{name}.docx"))
        assert texts(lined, resolve) == [p.text for p in plain.all_paragraphs]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_opens_it_and_shows_the_new_text(tmp_path):
    (tmp_path / "redline.docx").write_bytes(redline.redline(OLD, NEW, as_of=DAY))
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
         "--convert-to", "txt:Text", "--outdir", str(tmp_path), str(tmp_path / "redline.docx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    text = (tmp_path / "redline.txt").read_text("utf-8-sig")
    assert "nine" in text and "Quite another paragraph" in text and "The end." in text


@pytest.mark.parametrize(
    "old, new, expected",
    [
        ("a red fox ran", "a blue dog ran", [("red fox", "blue dog")]),
        ("297 facilities", "298 facilities", [("297", "298")]),
        ("of 12,345.6 kg", "of 12,345.7 kg", [("12,345.6", "12,345.7")]),
        ("the end", "the end", []),
        ("", "all new", [("", "all new")]),
    ],
)
def test_words_change_whole(old, new, expected):
    pieces = align.words(old, new)
    assert [(r, a) for tag, r, a in pieces if tag == "change"] == expected
    assert "".join(r for _, r, _ in pieces) == old and "".join(a for _, _, a in pieces) == new


def test_paragraphs_are_paired_by_likeness_in_order():
    old = ["Scope of the report", "We asked eight suppliers.", "We trust nobody at all."]
    new = ["Scope of this report", "Something else entirely: cobalt", "We asked nine suppliers."]
    assert align.align(old, new) == [(0, 0), (None, 1), (1, 2), (2, None)]


def test_a_text_of_which_stray_words_alone_are_the_same_changes_whole():
    old = "Ask every supplier for a template at the level of the products that each of them sells"
    new = "Have a second source for the gold of that refiner in a hub, by the end of the next year"
    assert align.changes(old, new) == [("change", old, new)]
    assert len(align.changes(old, old.replace("supplier", "maker"))) == 3
    found = changes(redline.redline(docx(["x", old]), docx(["x", new]), as_of=DAY))
    assert (found["del"], found["ins"]) == ([old], [new])


def test_no_word_of_a_sentence_is_kept_for_another():
    old = "We asked 4 suppliers. Nobody was silent."
    new = "We asked 5 suppliers. The silent ones were reminded of it in March, and one was met."
    assert align.changes(old, new)[:3] == [
        ("equal", "We asked ", "We asked "), ("change", "4", "5"),
        ("equal", " suppliers. ", " suppliers. ")]
    rest = [piece for piece in align.changes(old, new)[3:] if piece[0] == "equal"]
    assert not rest


def test_a_page_as_filed_becomes_a_document_that_ours_is_compared_with():
    page = (b"<html><body><div><p>Kept words.</p><p>Old words.</p></div><table><tr><td>Tin</td>"
            b"<td>Active</td></tr></table></body></html>")
    old = Document(io.BytesIO(redline.of_page(page)))
    assert [p.text for p in old.paragraphs if p.text] == ["Kept words.", "Old words."]
    assert [c.text for c in old.tables[0].rows[0].cells] == ["Tin", "Active"]
