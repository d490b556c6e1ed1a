"""The documents as files: what EDGAR takes, what Word opens, the same bytes every time."""

import io
import json
import re
import shutil
import subprocess
import zipfile
from datetime import date

import docx
import pandas as pd
import pytest
from docx.oxml.ns import qn

from conflict_minerals.filing.documents import docxwriter
from conflict_minerals.filing.documents.document import Rendered
from conflict_minerals.filing.documents.markdown import parse
from conflict_minerals.filing.edgar import lint, writer
from conflict_minerals.ground import tables
from report_year import example, facilities, frames, make, small, text

FORM, REPORT = "report/form-sd", "report/conflict-minerals-report"


@pytest.fixture(scope="module")
def report():
    return docx.Document(io.BytesIO(example().files[f"{REPORT}.docx"]))


def test_two_builds_give_the_same_bytes():
    again = make()
    assert set(again.files) == set(small().files)
    assert all(again.files[path] == data for path, data in small().files.items())


def test_shuffled_tables_give_the_same_bytes():
    shuffled = {name: frame.sample(frac=1, random_state=1) for name, frame in
                frames(facilities=facilities(12)).items()}  # fmt: skip
    again = make(shuffled)
    assert all(again.files[path] == data for path, data in small().files.items())


# EDGAR


@pytest.mark.parametrize("name", [FORM, REPORT])
def test_the_pages_are_what_edgar_takes(name):
    data = example().files[f"{name}.htm"]
    found = lint.check(data, name.removeprefix("report/") + ".htm")
    assert found.empty, found.to_string()
    assert data.isascii() and b"http://" not in data.split(b"<body", 1)[0]
    assert not re.search(rb'href="(?!#)', data)


def test_addresses_stand_as_text():
    page = example().files[f"{FORM}.htm"].decode()
    assert "https://investor.example.com/filings" in page and "<a href" not in page


def test_letters_beyond_ascii_are_entities():
    rows = facilities(2)
    rows.loc[0, "smelter_name"] = "Métaux Łódź 精錬 & Co. <x>"
    page = make(frames(facilities=rows)).files[f"{REPORT}.htm"]
    assert b"M&#233;taux &#321;&#243;d&#378; &#31934;&#37676; &amp; Co. &lt;x&gt;" in page


def test_links_lead_to_places_in_the_page():
    page = example().files[f"{REPORT}.htm"].decode()
    targets, places = (re.findall(p, page) for p in (r'href="#([^"]+)"', r'a name="([^"]+)"'))
    blocks = example().documents["report"].blocks
    contents = [b.sentences[0].runs[0].link[1:] for b in blocks if b.kind == "contents"]
    assert len(contents) == len(set(contents)) > 30
    assert targets[: len(contents)] == contents
    assert set(targets[len(contents) :]) == {"annex-i", "facilities", "origin"}
    assert set(targets) <= set(places) and len(places) == len(set(places))


def test_draft_and_illustration_stand_on_each_document_until_signed_off():
    for path, data in example().files.items():
        if path.endswith(".htm"):
            assert data.count(b"DRAFT, not signed off") == 2
            assert data.count(b"ILLUSTRATION, not a filing of any registrant") == 2
    signed = make(draft=False, illustration=False)
    for path, data in signed.files.items():
        if path.endswith(".htm"):
            assert b"DRAFT" not in data and b"ILLUSTRATION" not in data
        if path.endswith(".docx"):
            header = docx.Document(io.BytesIO(data)).sections[0].header
            assert header.paragraphs[0].text == ""


def test_nothing_is_signed():
    page = example().files[f"{FORM}.htm"].decode()
    block = page[page.index("duly caused") :]
    assert "/s/" not in page
    assert re.search(r"By:</td><td[^>]*>_+</td>", block)
    assert "Morgan Placeholder</td>" in block and "General Counsel and Corporate Secretary" in block
    assert re.search(r"Date:</td><td[^>]*>_+</td>", block)


def test_the_annex_of_the_page_is_the_annex_of_the_tables():
    page = example().files[f"{REPORT}.htm"].decode()
    shown = re.findall(r"<td[^>]*>(CID\d{6})</td>", page)
    assert shown == example().tables["annex_i"]["smelter_id"].tolist()


def test_the_submission_names_its_items_and_documents():
    facts = json.loads(example().files["report/submission.json"])
    assert facts["form_type"] == "SD" and facts["rule_name"] == "13p-1"
    assert facts["items"] == [
        {"item_number": "1.01", "item_period": "20181231"},
        {"item_number": "1.02", "item_period": "20181231"},
    ]
    assert [(d["type"], d["file"]) for d in facts["documents"]] == [
        ("SD", "form-sd.htm"), ("EX-1.01", "conflict-minerals-report.htm"),
    ]  # fmt: skip
    assert facts["draft"] is True and facts["registrant"]["name"] == "Example Scanner Corporation"


def test_an_amendment_of_a_form_alone_is_submitted_as_such():
    program = {"form": {"kind": "amendment"}, "registrant": {"name": "X"}}
    form = parse(Rendered("form-sd", "# FORM SD/A\n"), "Form SD/A")
    facts = json.loads(
        writer.submission(program, 2024, {"form": form}, due=date(2025, 6, 2), draft=False)
    )
    assert facts["form_type"] == "SD/A" and facts["due"] == "2025-06-02"
    assert [item["item_number"] for item in facts["items"]] == ["1.01"]
    assert len(facts["documents"]) == 1


# Word


def test_word_says_what_the_page_says(report):
    paragraphs = {p.text for p in report.paragraphs}
    for block in example().documents["report"].blocks:
        if block.kind in ("heading", "paragraph", "item") and "\n" not in block.text:
            assert block.text in paragraphs, block.text
    cells = sum(len(t.rows) for t in report.tables)
    ours = [b.table for b in example().documents["report"].blocks if b.table]
    assert cells == sum(len(t.rows) + bool(t.head) + bool(t.over) for t in ours)


def test_headings_are_headings(report):
    styles = [(p.style.name, p.text) for p in report.paragraphs if p.style.name.startswith("Head")]
    assert ("Heading 1", "Conflict Minerals Report of Example Scanner Corporation") in styles
    assert ("Heading 2", "3.\u2002Reasonable country of origin inquiry") in styles
    step = "5.3.\u2002Step 3: Design and implement a strategy to respond to identified risks"
    assert ("Heading 3", step) in styles


def test_the_head_of_a_long_table_is_repeated_and_no_row_is_torn(report):
    annex = [table._tbl.tr_lst for table in report.tables[-4:]]  # one for each of the 3TG
    for first, *rest in annex:
        assert first.trPr.find(qn("w:tblHeader")) is not None
        assert all(row.trPr.find(qn("w:tblHeader")) is None for row in rest)
        assert all(row.trPr.find(qn("w:cantSplit")) is not None for row in rest)
    assert sum(len(rows) - 1 for rows in annex) == 297


def test_pages_are_numbered_and_stamped(report):
    section = report.sections[0]
    codes = [e.text.strip() for e in section.footer._element.iter(qn("w:instrText"))]
    assert codes == ["PAGE", "NUMPAGES"]
    assert section.header.paragraphs[0].text == (
        "DRAFT, not signed off \u00b7 ILLUSTRATION, not a filing of any registrant"
    )


def test_figures_and_blanks_can_be_found_by_style():
    built = make(web_address="")
    form = docx.Document(io.BytesIO(built.files[f"{FORM}.docx"]))
    runs = [(r.style.name, r.text) for p in form.paragraphs for r in p.runs]
    assert ("Figure", "12") in runs and ("Blank", "[BLANK: web_address]") in runs


def test_numbered_lists_begin_at_one():
    words = "1. build\n2. identify\n3. design\n\nBetween.\n\n1. rely\n2. report\n"
    made = docxwriter.render(parse(Rendered("x", words), "X"), as_of=date(2019, 5, 15))
    opened = docx.Document(io.BytesIO(made))
    items = [p for p in opened.paragraphs if p.style.name == "List Number"]
    assert [p.text for p in items] == ["build", "identify", "design", "rely", "report"]
    first, *_, last = lists = [p._p.pPr.numPr.numId.val for p in items]
    assert lists == [first] * 3 + [last] * 2 and first != last
    numbering = opened.part.numbering_part.element
    for number in (first, last):
        start = numbering.num_having_numId(number).xpath("./w:lvlOverride/w:startOverride")
        assert [one.val for one in start] == [1]


def test_word_files_hold_no_clock_and_no_author(report):
    properties = report.core_properties
    assert properties.created.date() == properties.modified.date() == date(2019, 5, 15)
    assert properties.author == properties.last_modified_by == ""
    assert properties.title == "Conflict Minerals Report, Example Scanner Corporation, 2018"
    with zipfile.ZipFile(io.BytesIO(example().files[f"{REPORT}.docx"])) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_hostile_text_leaves_the_word_file_whole():
    rows = facilities(2)
    rows.loc[0, "smelter_name"] = "A & B <w:p/> \x0b\u202e ]]> \ufffe"
    data = make(frames(facilities=rows)).files[f"{REPORT}.docx"]
    opened = docx.Document(io.BytesIO(data)).tables
    cells = [cell.text for table in opened for row in table.rows for cell in row.cells]
    assert any(cell.startswith("A & B <w:p/>") for cell in cells)


def test_a_country_of_origin_stands_in_annex_ii():
    origin = {"metal": "Tin", "smelter_id": "CID1", "smelter_name": "X", "basis": "evidence",
              "country": "RWA", "country_name": "Rwanda", "covered": True, "as_reported": "",
              "evidence": "e", "source": "s", "as_of": "2019-01-01", "suppliers": 0,
              "places": "", "status": ""}  # fmt: skip
    declared = origin | {"basis": "declared", "suppliers": 1}
    unknown = origin | {"basis": "none", "country": "", "country_name": "", "smelter_id": "CID2",
                        "covered": False}  # fmt: skip
    origins = tables.shape(pd.DataFrame([origin, declared, unknown]), "origins")
    said = text(make(frames(origins=origins, facilities=facilities(12))))
    assert "Tin | Rwanda | Shown by documents and reported by suppliers | 1" in said
    assert "1 facility; Annex II lists the country concerned. It is a Covered Country." in said


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_opens_the_form_and_prints_it(tmp_path):
    (tmp_path / "form-sd.docx").write_bytes(small().files[f"{FORM}.docx"])
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "form-sd.docx"],
        cwd=tmp_path, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert (tmp_path / "form-sd.pdf").read_bytes().startswith(b"%PDF")
