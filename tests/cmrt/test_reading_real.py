"""Real templates, where they are at hand, against openpyxl as the slow witness.

Without the folder (``realfiles``) these tests are skipped.
"""

import io

import openpyxl
import pytest

from conflict_minerals.cmrt import reader, rows, workbook
from conflict_minerals.cmrt.cells import ErrorValue
from conflict_minerals.ground import limits, zips
from conflict_minerals.ground.text import clean
from conflict_minerals.intake import intake
from realfiles import FOLDER, content, needed

KNOWN = {
    "cmrt_2.02_empty_encrypted.xlsx": ("CMRT", "2.02", "English"),
    "cmrt_2.03_filled_high_risk.xlsx": ("CMRT", "2.03", "English"),
    "cmrt_3.01_empty_encrypted.xls": ("CMRT", "3.01", "English"),
    "cmrt_3.01_filled_consistent.xlsx": ("CMRT", "3.01", "English"),
    "cmrt_6.22_chinese_ui.xlsx": ("CMRT", "6.22", "Chinese"),
    "cmrt_6.4_english_ui.xlsx": ("CMRT", "6.4", "English"),
    "cmrt_6.5_chinese_ui.xlsx": ("CMRT", "6.5", "Chinese"),
    "emrt_2.0.xlsx": ("EMRT", "2.0", "Chinese"),
}
FILLED = [name for name in KNOWN if "filled" in name]
LIMITS = limits.default()
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def witness(data: bytes, **how):
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True, **how)


@pytest.mark.parametrize("name", KNOWN)
def test_each_is_recognised_and_a_blank_one_is_read_as_blank(name):
    found, _ = reader.read(content(name), LIMITS)
    assert (found["template"], found["version"], found["language"]) == KNOWN[name]
    assert found["readable"] and found["cached"]
    if name not in FILLED:
        assert found["rows"] == [] and found["products"] == [] and found["mines"] == []
        assert not any(line[4] for line in found["answers"])
        assert {problem[0] for problem in found["problems"]} <= {"default-password"}


@pytest.mark.parametrize("name", ["cmrt_6.4_english_ui.xlsx", "cmrt_6.5_chinese_ui.xlsx",
                                  "emrt_2.0.xlsx", *FILLED])  # fmt: skip
def test_every_cell_is_as_the_witness_has_it(name):
    data = content(name)
    book = workbook.Xlsx(zips.Package(data, LIMITS), LIMITS)
    compared = 0
    for sheet in witness(data, read_only=True):
        if sheet.title in ("SorP", "L", "C"):
            continue
        expected = {}
        for row in sheet.iter_rows(max_col=LIMITS.columns):
            for cell in row:
                value = cell.value
                if value in (None, "") or isinstance(value, bool):
                    continue
                if cell.data_type == "e":
                    value = ErrorValue(value)
                elif hasattr(value, "isoformat"):
                    continue  # A date is a number to the reader; one is checked below.
                expected[cell.row, cell.column] = value
        found = book.sheet(sheet.title).cells
        different = {at: (found.get(at), value) for at, value in expected.items()
                     if found.get(at) != value}  # fmt: skip
        assert different == {}, sheet.title
        compared += len(expected)
    assert compared > 2000


@pytest.mark.parametrize("name", FILLED)
def test_answers_and_smelters_of_filled_ones_are_exact(name):
    data = content(name)
    found, _ = reader.read(data, LIMITS)
    book = witness(data)
    declaration, listed = book["Declaration"], book["Smelter List"]
    filled = 0
    for line in found["answers"]:
        held = declaration[line[7]].value
        assert line[4] == clean(held) and (line[3] != "") == (held is not None)
        assert line[5] == clean(declaration[line[7].replace("D", "G")].value)
        filled += held is not None
    assert filled == len(found["answers"]) == (34 if "2.03" in name else 38)
    lines = [dict(zip(("sheet", "row", *rows.COLUMNS), row, strict=True)) for row in found["rows"]]
    expected = [row for row in range(5, 2505) if listed.cell(row, 2).value]
    assert [line["row"] for line in lines] == expected
    for line in lines:
        letters = [listed.cell(line["row"], column).value for column in (2, 3, 4, 5)]
        assert [line["metal_reported"], line["lookup_reported"], line["name_reported"],
                line["country_reported"]] == letters  # fmt: skip
        shown = listed.cell(line["row"], 6).value
        assert line["smelter_id_reported"] == ("" if shown in (None, "#N/A") else shown)
    date = next(f for f in found["fields"] if f[0] == "effective_date")
    assert date[2] == declaration[date[4]].value.date().isoformat()
    company = next(f for f in found["fields"] if f[0] == "company_name")
    assert company[2] == declaration[company[4]].value


def test_a_template_saved_by_a_program_that_does_not_calculate():
    """The ids of the template's own list are typed, and come back with what the list says."""
    data = content("cmrt_6.4_english_ui.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(data))
    known = [row for row in book["Smelter Look-up"].iter_rows(min_row=5, values_only=True)
             if row[4] and row[1] == row[2]]  # fmt: skip
    typed = known[:: len(known) // 12]
    for n, row in enumerate(typed):
        book["Smelter List"].cell(5 + 3 * n, 1).value = row[4]
    book["Declaration"]["D26"] = "No"
    saved = io.BytesIO()
    book.save(saved)
    found, _ = reader.read(saved.getvalue(), LIMITS)
    assert (found["version"], found["language"], found["cached"]) == ("6.4", "English", False)
    lines = [dict(zip(("sheet", "row", *rows.COLUMNS), row, strict=True)) for row in found["rows"]]
    assert [(line["row"], line["metal"], line["smelter_id_reported"], line["name_reported"],
             line["country_reported"]) for line in lines] == [
        (5 + 3 * n, row[0], row[4], row[2], row[3]) for n, row in enumerate(typed)]  # fmt: skip
    assert [line[3] for line in found["answers"] if line[7] == "D26"] == ["No"]


@needed
def test_the_whole_folder_at_once():
    found = intake.read_folder(FOLDER, workers=2)
    table = found.files.set_index("file")
    for name in set(KNOWN) & set(table.index):
        line = table.loc[name]
        assert (line["template"], line["version"], line["language"]) == KNOWN[name]
    newest = found.lookups[found.lookups["template"] == "CMRT"].iloc[0]
    assert newest["version"] == "6.5" or "cmrt_6.5_chinese_ui.xlsx" not in table.index
    assert not found.lookups.duplicated(
        ["metal", "lookup_name", "standard_name", "country", "smelter_id", "old_id"]).any()
