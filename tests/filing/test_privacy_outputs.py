"""People at suppliers appear in letters/ and nowhere else in a year's outputs."""

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest

from helpers import run

RAW = Path(__file__).parents[2] / "data" / "raw" / "2018"
# Whom the inputs know: the roster's contact, the template's contact and authorizer, a smelter's.
ROSTER, CONTACT, AUTHORIZER, SMELTER = (
    "Quentin Zzyzxworth", "Ludmila Vexforth", "Ignace Quorvale", "Petra Ombrelight",
)  # fmt: skip
PLANTED = (
    f"Ask {ROSTER} or VEXFORTH, Ludmila (l.vexforth@plantmail.example.com, +1 555 765-4321); "
    f"else Mr. {AUTHORIZER}, tel. (555) 876 5432, or {SMELTER} petra@plantmail.example.com"
)
# What the registrant's own people write: they know the supplier's contact and nobody else.
NOTED = f"Ask {ROSTER} (q.zzyzxworth@plantmail.example.com, +1 555 765-4321)"
SECRET = re.compile(
    r"zzyzxworth|vexforth|quorvale|ombrelight|plantmail|765.?4321|876.?5432", re.IGNORECASE
)


def plant(raw: Path):
    """Names, addresses and numbers of people wherever somebody may type one."""
    for name, column in (("suppliers.csv", "notes"), ("correspondence.csv", "reference"),
                         ("decisions.csv", "reason"), ("products.csv", "notes")):  # fmt: skip
        lines = (raw / name).read_text(encoding="utf-8").splitlines()
        at = lines[0].split(",").index(column)
        planted = [_with(line, at) for line in lines[1:]]
        (raw / name).write_text("\n".join([lines[0], *planted]) + "\n", encoding="utf-8")
    roster = (raw / "suppliers.csv").read_text(encoding="utf-8")
    roster = roster.replace("Alex Sample", ROSTER).replace("alex.sample@", "q.zzyzxworth@")
    (raw / "suppliers.csv").write_text(roster, encoding="utf-8")
    (raw / "returned").mkdir()
    came = docx.Document()
    came.add_comment(came.add_paragraph(NOTED).runs, NOTED, author="Counsel")
    came.core_properties.author = ROSTER
    came.save(raw / "returned" / "form-sd.docx")
    for path in sorted((raw / "cmrt").rglob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        declaration, smelters = book["Declaration"], book["Smelter List"]
        for cell, text in (
            ("D10", PLANTED), ("D12", PLANTED), ("D13", PLANTED), ("D14", PLANTED),
            ("D15", CONTACT), ("D16", "l.vexforth@plantmail.example.com"),
            ("D17", "+1 555 765-4321"), ("D18", AUTHORIZER), ("D19", PLANTED),
            ("D20", "i.quorvale@plantmail.example.com"), ("D21", "(555) 876 5432"),
        ):  # fmt: skip
            declaration[cell] = text
        for row in range(26, 86):
            if declaration.cell(row, 4).value not in (None, "Answer"):
                declaration.cell(row, 7).value = PLANTED
        for row in range(5, 12):
            for column in "HIJMNOQ":
                smelters[f"{column}{row}"] = PLANTED
            smelters[f"K{row}"], smelters[f"L{row}"] = SMELTER, "petra@plantmail.example.com"
        smelters["B200"], smelters["C200"] = "Gold", "Smelter not listed"
        smelters["D200"], smelters["E200"] = f"Works of {SMELTER}", PLANTED
        products = book["Product List"]
        products["B6"], products["C6"], products["D6"] = "P-1", PLANTED, PLANTED
        book.save(path)


def _with(line: str, at: int) -> str:
    import csv

    cells = next(csv.reader([line]))
    cells[at] = f"{cells[at]} {NOTED}".strip()
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().strip()


def texts(data: bytes, name: str):
    """The text of a file and of everything packed in it."""
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from texts(archive.read(member), f"{name}!{member}")
    else:
        yield name, re.sub(r"<[^>]*>", "", data.decode("utf-8", "replace"))
        yield name, data.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    shutil.copytree(RAW, folder / "raw" / "2018")
    plant(folder / "raw" / "2018")
    done = subprocess.run(
        [sys.executable, "-m", "helpers", "report", "--raw", str(folder / "raw" / "2018")],
        env={**os.environ, run.SANDBOX: str(folder)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode < 2, done.stdout + done.stderr
    return folder / "outputs" / "2018", done.stdout


def test_what_was_planted_is_in_letters_and_nowhere_else(planted):
    outputs, said = planted
    found = {}
    for path in sorted(outputs.rglob("*")):
        if path.is_file() and path.relative_to(outputs).parts[0] != "letters":
            for name, text in texts(path.read_bytes(), path.relative_to(outputs).as_posix()):
                hits = SECRET.findall(text)
                if hits:
                    found.setdefault(name, sorted(set(map(str.lower, hits))))
    assert found == {}
    assert not SECRET.search(said)
    letter = (outputs / "letters" / "alder.eml").read_text(encoding="utf-8")
    assert "zzyzxworth" in letter.lower()


def test_the_planting_reached_the_outputs_in_a_masked_form(planted):
    outputs, _ = planted
    answers = (outputs / "tables" / "answers.csv").read_text(encoding="utf-8")
    rows = (outputs / "tables" / "smelter_rows.csv").read_text(encoding="utf-8")
    returned = (outputs / "counsel" / "returned.csv").read_text(encoding="utf-8")
    for text in (answers, rows, returned):
        for mark in ("[name withheld]", "[e-mail withheld]", "[telephone withheld]"):
            assert mark in text
