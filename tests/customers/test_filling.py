"""A blank is patched, not rebuilt: what it then says, shows and keeps."""

import io
import re
import zipfile
from datetime import date
from functools import cache

import openpyxl
import pytest

from conflict_minerals.cmrt import read_bytes
from conflict_minerals.customers.blank import Blank
from conflict_minerals.customers.filling import Declaration, Smelter, fill
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.limits import default
from example import customers, emrt, small
from prove.filled_blanks import Workbook, compared

FIELDS = {"company_name": "Example & Co <Ltd>", "contact_name": "Kim Placeholder",
          "contact_email": "kim@example.com", "contact_phone": "555",
          "authorizer": "Al Placeholder", "authorizer_email": "al@example.com"}  # fmt: skip
SMELTERS = [
    Smelter("Tin", "CID900201", recycled="No"),
    Smelter("Gold", "CID900001", mines="Ridge", mine_countries="Australia"),
    Smelter("Gold", "CID999999", "Works of Nowhere", "DEU"),
    Smelter("Tungsten", ""),
]


def declared(scope="company", minerals=()):
    metals = minerals or ("Tantalum", "Tin", "Gold", "Tungsten")
    yes = {(topic, metal): ("Yes", "") for metal in metals
           for topic in ("used_intentionally", "remains_in_product", "all_identified")}  # fmt: skip
    share = {("percent_responded", metal): ("100%", "") for metal in metals}
    own = {("survey", ""): ("Yes, IPC-1755", ""),
           ("policy_public", ""): ("Yes", "https://e.example")}  # fmt: skip
    products = [{"number": "P-1", "name": "Thing"}] if scope == "products" else []
    smelters = [] if minerals else SMELTERS
    return Declaration(scope, date(2026, 4, 15), FIELDS, yes | share | own, smelters, products,
                       minerals)  # fmt: skip


@cache
def blank_bytes(name: str) -> bytes:
    return emrt.workbook(blank=True) if name == "EMRT" else customers.blank(name)


@cache
def filled(name: str, scope="company") -> bytes:
    minerals = ("Cobalt", "Mica") if name == "EMRT" else ()
    return fill(Blank(blank_bytes(name), name), declared(scope, minerals))


def said(data: bytes) -> dict:
    return read_bytes(data, default())[0]


@pytest.mark.parametrize("name", ["6.4", "6.5", "EMRT"])
def test_what_is_put_in_is_read_back_by_the_own_reader_and_by_openpyxl(name):
    read = said(filled(name))
    fields = {line[0]: line[1] for line in read["fields"]}
    assert {key: fields[key] for key in FIELDS} == FIELDS
    assert fields["effective_date"] == "2026-04-15"
    answers = {(line[1], line[2]): line[3] for line in read["answers"]}
    minerals = ("Cobalt", "Mica") if name == "EMRT" else ()
    for key, (answer, _) in declared(minerals=minerals).answers.items():
        assert answers[key] == answer
    sheet = openpyxl.load_workbook(io.BytesIO(filled(name)))["Declaration"]
    assert sheet["D8"].value == FIELDS["company_name"]


def test_a_smelter_is_told_by_id_where_the_look_up_knows_it_else_as_not_listed():
    sheet = openpyxl.load_workbook(io.BytesIO(filled("6.5")), data_only=True)["Smelter List"]
    rows = [[cell.value for cell in row] for row in sheet["A5:F8"]]
    assert rows[0] == ["CID900201", "Tin", "Pretend Lakes Tin Smelter", None, "RWANDA", "CID900201"]
    assert rows[2] == [None, "Gold", "Smelter not listed", "Works of Nowhere", "Germany", None]
    assert rows[3][1:3] == ["Tungsten", "Smelter not yet identified"]
    assert (sheet["P5"].value, sheet["N6"].value) == ("No", "Ridge")


def test_the_values_that_formulas_would_show_stand_beside_them():
    kept = openpyxl.load_workbook(io.BytesIO(filled("6.5")))
    assert kept["Checker"]["D2"].value.startswith("=COUNTIF")
    assert kept["Smelter List"]["B5"].value.startswith("=IF(LEN(A5)")
    shown = openpyxl.load_workbook(io.BytesIO(filled("6.5")), data_only=True)
    blank = openpyxl.load_workbook(io.BytesIO(blank_bytes("6.5")), data_only=True)
    assert blank["Checker"]["D2"].value > 0
    assert shown["Checker"]["D2"].value == 0
    assert kept.calculation.fullCalcOnLoad


def test_parts_without_a_value_are_kept_byte_for_byte_and_bytes_are_the_same_twice():
    with zipfile.ZipFile(io.BytesIO(blank_bytes("6.5"))) as before:
        with zipfile.ZipFile(io.BytesIO(filled("6.5"))) as after:
            changed = {name for name in before.namelist() if before.read(name) != after.read(name)}
            assert after.namelist() == before.namelist()
    names = {f"xl/worksheets/sheet{n}.xml" for n in (4, 5, 6)}  # Declaration, list, Checker
    assert changed == names  # the invented blanks tell Excel to calculate already
    assert fill(Blank(blank_bytes("6.5"), "x"), declared()) == filled("6.5")


@pytest.mark.parametrize("name", ["6.4", "EMRT"])
def test_only_open_cells_are_written_and_nothing_else_of_the_workbook_changes(name):
    before, after = Workbook(io.BytesIO(blank_bytes(name))), Workbook(io.BytesIO(filled(name)))
    changed, wrong = compared(before, after)
    assert not wrong
    assert changed["Declaration: written"] > 10
    locked = "B8" if name == "EMRT" else "B9"
    part = before.sheets["Declaration"]
    spoiled = re.sub(rf'(<c r="{locked}"[^>]*>).*?</c>'.encode(), rb"\1<v>1</v></c>",
                     after.parts[part], count=1)  # fmt: skip
    assert spoiled != after.parts[part]
    after.parts[part] = spoiled
    protected = b"<sheetProtection" in before.parts[part]
    assert bool(compared(before, after)[1]) == protected  # the comparison can fail


def test_the_product_list_is_filled_for_a_scope_of_products():
    read = said(filled("6.4", "products"))
    assert {line[0]: line[1] for line in read["fields"]}["scope"].startswith("B. Product")
    sheet = openpyxl.load_workbook(io.BytesIO(filled("6.4", "products")))["Product List"]
    assert (sheet["B6"].value, sheet["C6"].value) == ("P-1", "Thing")


def test_a_protected_cell_is_never_written():
    blank = Blank(blank_bytes("6.5"), "mine.xlsx")
    with pytest.raises(InputError, match="mine.xlsx, Declaration!B8: is protected"):
        blank.put("Declaration", "B8", "no")


@pytest.mark.parametrize(("data", "told"), [
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "is no open .xlsx"),
    (b"no workbook", "is no open .xlsx"),
    (None, "is filled in already"),
])  # fmt: skip
def test_what_is_no_blank_is_refused_in_one_line(data, told):
    data = data or small.contents(2025)[0]["cmrt/aster/CMRT_6.5_Aster.xlsx"]
    with pytest.raises(InputError, match=told):
        Blank(data, "t.xlsx")


@pytest.mark.parametrize(("part", "told"), [
    ("xl/worksheets/sheet4.xml", "x, Declaration!D15: is filled in"),
    ("xl/vbaProject.bin", "x, vbaProject.bin: is CMRT 6.5, and not as it was published"),
    ("[Content_Types].xml", "x: was saved in another form than .xlsx"),
    ("xl/styles.xml", "x: does not say which of its cells are protected"),
])  # fmt: skip
def test_a_blank_that_is_not_as_published_is_refused_with_its_place(part, told):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blank_bytes("6.5"))) as blank, zipfile.ZipFile(out, "w") as to:
        for name in blank.namelist():
            data = blank.read(name)
            if name == part:
                data = re.sub(b'(<c [^>]*r="D15"[^>]*?)/>', rb'\1 t="str"><v>Kim</v></c>', data)
                data = data.replace(b"sheet.main+xml", b"template.main+xml")
                data = data.replace(b"cellXfs", b"cellStyles")
                assert data != blank.read(name)
            to.writestr(name, data)
        if part not in blank.namelist():
            to.writestr(part, b"x")
    with pytest.raises(InputError, match=told):
        Blank(out.getvalue(), "x")


def test_an_older_revision_and_another_family_are_refused():
    from example import build
    from example.template import Form, workbook

    entries = build.lookup([], [], "RMI")
    old = workbook(Form("5.11", "English", {}, {}, [], [], entries))
    with pytest.raises(InputError, match="CMRT 5.11, a revision that is not filled"):
        Blank(old, "old.xlsx")
