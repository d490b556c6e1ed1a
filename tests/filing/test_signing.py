"""What is signed is what is printed: every word, figure and piece of evidence, and nothing else."""

import json

import pandas as pd
import pytest
from docx import Document

from conflict_minerals.filing import build, signing
from conflict_minerals.filing.claims import proof
from conflict_minerals.filing.documents import docxwriter
from conflict_minerals.filing.edgar import writer
from report_year import AS_OF, facilities, frames, given, make, small

SIGNATURE = ("/s/ Morgan Placeholder", "2019-05-20")


def papers(built, stamps=(), signature=None):
    out = {}
    for document in built.documents.values():
        one = signing.conformed(document, [signature]) if signature else document
        out[f"report/{one.name}.htm"] = writer.render(one, stamps=stamps)
        out[f"report/{one.name}.docx"] = docxwriter.render(one, as_of=AS_OF, stamps=stamps)
    return out


@pytest.fixture(scope="module")
def form():
    return papers(small(), ("DRAFT, not signed off", "ILLUSTRATION"))


def lines(files):
    return {path: signing.printed(path, data) for path, data in files.items()}


def test_neither_stamp_nor_signature_nor_date_is_part_of_what_is_signed(form):
    signed = papers(small(), ("ILLUSTRATION",), SIGNATURE)
    assert lines(signed) == lines(form)
    for path, data in signed.items():
        assert path.endswith(".docx") or (b"/s/ Morgan" in data) == ("form-sd" in path)
    assert lines(papers(small()))["report/form-sd.htm"] != lines(form)["report/form-sd.htm"]


def edited(data, change):
    import io

    document = Document(io.BytesIO(data))
    change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def body(document):
    """The first paragraph of running text, after the contents."""
    return next(p for p in document.paragraphs if p.style.name == "Body Text" and p.runs)


@pytest.mark.parametrize("change", [
    lambda d: body(d).add_run(" and more"),
    lambda d: d.paragraphs[20].hyperlinks[0].runs[0].add_text(" and more"),
    lambda d: d.add_paragraph("hidden").runs[0].font.__setattr__("hidden", True),
    lambda d: d.sections[0].footer.paragraphs[0].add_run(" more"),
    lambda d: d.sections[0].header.paragraphs[0].add_run(" more"),
    lambda d: d.tables[0].rows[0].cells[0].paragraphs[0].add_run("x"),
    lambda d: d.tables[-1]._tbl.remove(d.tables[-1].rows[-1]._tr),
    lambda d: d.add_comment(body(d).runs[0], text="a remark", author="x"),
    lambda d: d.add_page_break() and d.add_paragraph("one page more"),
])  # fmt: skip
def test_a_word_anywhere_in_a_word_document_is_part_of_it(form, change):
    path = "report/conflict-minerals-report.docx"
    assert signing.printed(path, edited(form[path], lambda d: None)) == lines(form)[path]
    assert signing.printed(path, edited(form[path], change)) != lines(form)[path]


@pytest.mark.parametrize("old, new", [
    (b"</body>", b"<!-- a remark --></body>"), (b"</body>", b"<p>more</p></body>"),
    (b"<title>", b"<title>Not "), (b"Scanner", b"scanner"), (b"summary=\"", b"summary=\"No "),
])  # fmt: skip
def test_a_word_anywhere_in_a_page_is_part_of_it(form, old, new):
    path = "report/conflict-minerals-report.htm"
    assert old in form[path]
    assert signing.printed(path, form[path].replace(old, new, 1)) != lines(form)[path]


def test_figures_facts_and_decisions_are_part_of_it_and_the_years_own_tables_are_not():
    figures = pd.DataFrame({"figure": ["active"]})
    columns = ["kind", "reference", "detail", "dated", "owner", "sha256"]

    def said(*row, value=1):
        evidence = pd.DataFrame([row], columns=columns)
        return signing.text({}, {"active": {"value": value}}, figures, evidence)

    fact = ("fact", "policy", "p.pdf", "2018-01-01", "A", "")
    assert said(*fact) != said(*fact, value=2)
    assert said(*fact) != said(*fact[:5], "aa")
    own = ("file", "suppliers.csv", "suppliers.csv", "", "", "aa")
    assert said(*own) == said(*own[:5], "bb")
    kept = ("file", "evidence/policy.pdf", "", "", "", "aa")
    assert said(*kept) != said(*kept[:5], "bb")


def test_a_change_names_document_sentence_before_and_after():
    built = make()
    was = built.signing.text
    sentence = ("The address is an inactive textual reference only, and the contents of the "
                "website are not incorporated by reference into this Form SD.")
    assert was.count(sentence) == 2
    new = "It is an inactive textual reference, and no content of the website is part of it."
    now = was.replace(sentence, new)
    changed = signing.changes(was, now)
    assert changed == [("form-sd", sentence, new)]
    assert signing.changes(was, was) == []


def test_a_year_that_every_role_signed_is_printed_without_draft():
    inputs, first = given(), make(draft=None)
    roles = first.signing.roles
    inputs.signoff = pd.DataFrame({
        "role": roles, "name": "A", "signed_on": "2019-05-20", "digest": first.signing.digest,
        "conformed": ["", "", "/s/ A"], "authentication": ["", "", "vault 7"], "note": "",
    })  # fmt: skip
    tables = frames(facilities=facilities(12))
    signed = build.build(tables, inputs, year=2018, as_of=AS_OF)
    assert first.signing.draft and not signed.signing.draft
    assert signed.signing.digest == first.signing.digest
    pages = {path: data for path, data in signed.files.items() if path.endswith(".htm")}
    assert len(pages) == 2 and not any(b"DRAFT" in data for data in pages.values())
    assert b"/s/ A" in pages["report/form-sd.htm"]
    assert b"May 20, 2019" in pages["report/form-sd.htm"]
    own = signed.register.claims.set_index("claim")["printed"]
    assert own["form-signature"] == proof.digest(signed.documents["form"].blocks[-1].table)
    assert all(b"DRAFT" in first.files[path] for path in pages)


def test_the_digest_is_that_of_the_text_that_people_read():
    built = small()
    files = built.signing.files
    assert json.loads(files["signing.json"]) == {
        "digest": built.signing.digest, "roles": ["preparer", "counsel", "officer"],
    }  # fmt: skip
    import hashlib

    assert hashlib.sha256(files["signing.txt"]).hexdigest() == built.signing.digest
    assert set(files) <= set(built.files)
