"""Proofs by many single changes: each is found, though whoever made it renewed every hash.

`make test` tries three of each; `make prove` as many as PROOFS says.
"""

import io
import json
import os
import random
import re
import shutil
import zipfile

import pytest
from docx import Document

from conflict_minerals.command import rebuild, verify
from conflict_minerals.store import manifest
from helpers import run

PROOFS = int(os.environ.get("PROOFS", 3))
REPORT = "report/conflict-minerals-report.docx"


def _replace(path, random, pattern, new):
    data = path.read_bytes()
    places = list(re.finditer(pattern, data))
    place = random.choice(places)
    path.write_bytes(data[: place.start()] + new(place[0]) + data[place.end() :])


def word(outputs, random):
    """Another word somewhere in form or report for EDGAR."""
    path = random.choice(sorted((outputs / "report").glob("*.htm")))
    _replace(path, random, rb"(?<=[a-z] )[a-z]{4,}(?= [a-z])", lambda w: w[::-1] + b"x")


def figure(outputs, random):
    """Another value of a figure."""
    _replace(outputs / "figures.json", random, rb'"value": \d+', lambda v: v + b"1")


def table(outputs, random):
    """A row less of a table, or a sign more in it."""
    path = random.choice([p for p in sorted((outputs / "tables").glob("*.csv"))
                          if p.read_bytes().count(b"\n") > 1])  # fmt: skip
    if random.random() < 0.5:
        _replace(path, random, rb"[A-Za-z0-9](?=[,\n])", lambda c: c + b"9")
    else:
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def _edit(path, change):
    document = Document(io.BytesIO(path.read_bytes()))
    change(document)
    document.save(path)


def hidden(outputs, random):
    """Text in Word that nobody sees."""
    def change(document):
        random.choice(document.paragraphs[5:]).add_run(" nothing").font.hidden = True
    _edit(outputs / REPORT, change)


def header(outputs, random):
    """The head of each page: DRAFT taken off, or a word more."""
    def change(document):
        run_ = document.sections[0].header.paragraphs[0].runs[0]
        run_.text = random.choice(["", run_.text + " final", "Signed"])
    _edit(outputs / REPORT, change)


def comment(outputs, random):
    """A comment in Word, or in a page."""
    if random.random() < 0.5:
        _edit(outputs / REPORT, lambda d: d.add_comment(
            [p for p in d.paragraphs if p.runs][7].runs[0], text="agreed", author="x"))
    else:
        _replace(outputs / "report/form-sd.htm", random, rb"</p>", lambda t: t + b"<!-- ok -->")


def properties(outputs, random):
    """Author, title or subject of a document."""
    name = random.choice(["author", "title", "subject", "keywords"])
    _edit(outputs / REPORT, lambda d: setattr(d.core_properties, name, "Somebody"))


def page(outputs, random):
    """A page more in Word."""
    def change(document):
        document.add_page_break()
        document.add_paragraph("One page more.")
    _edit(outputs / random.choice([REPORT, "report/form-sd.docx"]), change)


def evidence(outputs, random):
    """A row less of an evidence page."""
    paths = [p for p in sorted((outputs / "review").rglob("*.html")) if b"<tr>" in p.read_bytes()]
    _replace(random.choice(paths), random, rb"<tr>(?:(?!</tr>).)*</tr>", lambda row: b"")


def workbook(outputs, random):
    """Another sheet in the evidence workbook."""
    path = outputs / "evidence.xlsx"
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    name = random.choice([n for n in sorted(parts) if n.startswith("xl/worksheets/")])
    parts[name] = parts[name].replace(b"</row>", b"</row><!-- x -->", 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for one, data in parts.items():
            target.writestr(one, data)


def door(outputs, random):
    """Another word on the front door."""
    _replace(outputs / "index.html", random, rb"(?<= )[a-z]{4,}(?= )", lambda w: w + b"s")


def notebook(outputs, random):
    """Another word on a notebook's page."""
    path = random.choice(sorted((outputs / "review").glob("[1-4]-*.html")))
    _replace(path, random, rb"(?<= )[a-z]{4,}(?= )", lambda w: w + b"s")


def signature(outputs, random):
    """A forged sign-off: DRAFT is gone, or what there was to sign beside a changed word."""
    if random.random() < 0.5:
        word(outputs, random)
        for name in ("signing.json", "signing.txt"):
            (outputs / name).unlink()
        return
    for path in (outputs / "report").glob("*.htm"):
        path.write_bytes(path.read_bytes().replace(b"DRAFT, not signed off", b""))
    said = json.loads((outputs / "result.json").read_text()) | {"signed": True}
    (outputs / "result.json").write_text(json.dumps(said, indent=1) + "\n")


def added(outputs, random):
    """A file more, under a name that passes for litter or not."""
    name = random.choice(["review/~$evil.html", ".staging", "tables/more.csv", ".DS_Store"])
    (outputs / name).write_text("x")


def linked(outputs, random):
    """A link to the same bytes in the place of a table."""
    path = random.choice(sorted((outputs / "tables").glob("*.csv")))
    path.rename(outputs.with_name(f"{path.name}.moved"))
    path.symlink_to(outputs.with_name(f"{path.name}.moved"))


CHANGES = [word, figure, table, hidden, header, comment, properties, page, evidence, workbook, door,
           notebook, signature, added, linked]  # fmt: skip
# Of a document's text, and what `verify` says that it finds without making the year again.
READ = {word, hidden, header, comment, page, signature}


def renew(outputs):
    """Every hash that no key protects, as whoever forges a year would."""
    path = outputs / manifest.NAME
    made, old = json.loads(path.read_text()), manifest.sha256(path)
    made["outputs"] = {f: manifest.sha256(outputs / f) for f in manifest.files_of(outputs)
                       if f not in (manifest.NAME, manifest.INDEX, ".staging")}  # fmt: skip
    path.write_text(json.dumps(made, indent=1) + "\n")
    door = (outputs / manifest.INDEX).read_bytes().replace(
        old.encode(), manifest.sha256(path).encode())
    door = re.sub(rb"<!-- seal [0-9a-f]{64} -->\n\Z", b"", door)
    (outputs / manifest.INDEX).write_bytes(manifest.seal(door))


@pytest.fixture(scope="module")
def again(example_2024, tmp_path_factory):
    """The year as its inputs make it, which is what `verify --rebuild` compares with."""
    folder = tmp_path_factory.mktemp("again") / "2024"
    shutil.copytree(example_2024, folder)
    return folder


@pytest.mark.skipif("PROOFS" not in os.environ, reason="in make prove; test_sign has one too")
def test_the_year_made_again_from_its_inputs_is_the_same_to_the_byte(example_2024):
    raw = run.project_root() / "data" / "raw" / "2024"
    assert rebuild.rebuild(2024, raw, example_2024) == []


@pytest.mark.parametrize("number", range(PROOFS))
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_single_change_is_found_though_every_hash_was_renewed(
    example_2024, again, tmp_path, change, number
):
    outputs = tmp_path / "outputs" / "2024"
    shutil.copytree(example_2024, outputs)
    change(outputs, random.Random(f"{change.__name__} {number}"))
    renew(outputs)
    found = rebuild.compare(outputs, again, manifest.read(outputs))
    assert [row for row in found if row[1] not in (manifest.NAME, manifest.INDEX)] or change is door
    assert found
    if change in READ:
        raw = run.project_root() / "data" / "raw" / "2024"
        wrong, _ = verify.verify(outputs, raw)
        stamped = change is header  # DRAFT is no part of what is signed
        assert "signed" in set(wrong["gate"]) or stamped


def test_a_year_of_another_version_says_which_version_verifies_it(again, tmp_path):
    made = manifest.read(again)
    made["versions"] = made["versions"] | {"code": "0123456789abcdef"}
    found = rebuild.compare(again, again, made)
    assert [row[0] for row in found] == ["version"]
    assert "made with code 0123456789abcdef, which verifies it" in found[0][2]
