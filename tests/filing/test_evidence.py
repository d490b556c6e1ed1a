"""evidence.xlsx: read back as people's programs read it."""

import io
from datetime import date, datetime

import openpyxl
import pandas as pd
import pytest

from conflict_minerals.filing.evidence import sheets

HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2", "http://example.com", "0012", "a\x0bb"]


def book(frames, **more):
    figures = pd.DataFrame({"id": ["facilities"], "value": [297], "text": ["297"]})
    about = [("Title", "Conflict minerals 2018"), ("State", "DRAFT")]
    return sheets.workbook(frames, figures, about=about, as_of=date(2019, 5, 15), **more)


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def test_no_text_becomes_a_formula_a_link_or_a_number():
    sheet = opened(book({"t": pd.DataFrame({"text": HOSTILE})}))["t"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * len(HOSTILE)
    assert [cell.value for cell in cells[:-1]] == HOSTILE[:-1]
    assert not any(cell.hyperlink for cell in cells)


def test_a_sheet_has_frozen_headings_filters_and_typed_cells():
    frame = pd.DataFrame(
        {"smelter_id": ["CID1"], "last_audit": ["2019-01-31"], "rows": [3], "responded": [True]}
    )
    wanted = {"facilities": frame}
    sheet = opened(book(wanted))["facilities"]
    assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref == "A1:D2"
    assert [c.value for c in sheet[1]] == ["Smelter ID", "Last audit", "Rows", "Responded"]
    assert [c.value for c in sheet[2]] == ["CID1", datetime(2019, 1, 31), 3, True]
    names = opened(book(wanted)).sheetnames
    assert names == ["about", "figures", "facilities", "columns"]


def test_the_last_sheet_says_what_each_column_means():
    frame = pd.DataFrame({"smelter_id": ["CID1"]})
    rows = list(opened(book({"facilities": frame}))["columns"].values)
    assert rows[1] == ("facilities", "smelter_id", "Smelter id")


def test_the_same_tables_give_the_same_bytes():
    frame = pd.DataFrame({"a": ["x", ""], "n": [1.5, float("nan")]})
    assert book({"t": frame}) == book({"t": frame})


def test_what_a_cell_cannot_hold_is_cut_visibly():
    sheet = opened(book({"t": pd.DataFrame({"a": ["x" * 40_000]})}))["t"]
    assert len(sheet["A2"].value) == 32_767 and sheet["A2"].value.endswith("…")


def test_a_table_longer_than_a_sheet_is_cut_and_said(monkeypatch):
    monkeypatch.setattr(sheets, "_MOST_ROWS", 3)
    read = opened(book({"t": pd.DataFrame({"a": list("abcde")})}))
    assert read["t"].max_row == 4
    assert ("Sheet t", "the first 3 of 5 rows; all are in the CSV") in list(read["about"].values)


def test_rows_too_many_for_a_sheet_are_counted_by_supplier_and_facilities_lead_to_their_count(
    monkeypatch,
):
    monkeypatch.setattr(sheets, "_MOST_ROWS", 3)
    rows = pd.DataFrame({
        "supplier_id": ["alder", "birch", "birch", "birch"], "metal": "Tin", "match": "id",
        "smelter_id": ["CID1", "CID1", "CID2", "CID2"], "file": "a.xlsx", "sheet": "Smelter List",
        "row": [5, 5, 6, 7], "counted": True,
    })  # fmt: skip
    made = pd.DataFrame({"metal": "Tin", "smelter_id": ["CID1", "CID2"]})
    read = opened(book({"smelter_rows": rows, "facilities": made}))
    said = [[cell.value for cell in row] for row in read["smelter_rows"].iter_rows(min_row=2)]
    assert said == [["alder", "Tin", "id", True, 1], ["birch", "Tin", "id", True, 3]]
    links = [row[1].hyperlink.location for row in read["facilities"].iter_rows(min_row=2)]
    assert links == ["'rows_by_facility'!A2", "'rows_by_facility'!A3"]
    told = dict(read["about"].values)["Sheet smelter_rows"]
    assert told == "its 4 rows counted by supplier_id, metal, match, counted; all are in the CSV"


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": []}), pd.DataFrame()])
def test_an_empty_table_is_a_sheet_with_its_heading(frame):
    assert "t" in opened(book({"t": frame})).sheetnames


def test_facilities_and_figures_lead_to_their_rows_and_hashes_stand_last():
    rows = pd.DataFrame({
        "file": ["b.xlsx", "a.xlsx", "a.xlsx"], "sha256": ["1", "2", "2"],
        "supplier_id": ["birch", "alder", "alder"], "metal": ["Gold", "Tin", "Gold"],
        "smelter_id": ["CID1", "CID2", "CID1"], "name_reported": ["=X", "Y", "X"],
        "country_reported": "", "sheet": "Smelter List", "row": [5, 6, 5], "match": "id",
        "counted": True,
    })  # fmt: skip
    made = pd.DataFrame({"metal": ["Gold", "Tin"], "smelter_id": ["CID1", "CID2"],
                         "smelter_name": ["X", "Y"], "country": ["CHE", "DEU"],
                         "country_name": ["Switzerland", "Germany"]})  # fmt: skip
    counted = pd.DataFrame({"id": ["tin", "none"], "text": ["1", "0"], "table": "facilities",
                            "where": ["metal = 'Tin'", "metal = 'Lead'"]})  # fmt: skip
    read = opened(sheets.workbook({"smelter_rows": rows, "facilities": made}, counted,
                                  about=[("Title", "x")], as_of=date(2019, 5, 15)))  # fmt: skip
    heads = {sheet.title: [cell.value for cell in sheet[1]] for sheet in read}
    assert all(len(set(names)) == len(names) for names in heads.values())
    assert read["smelter_rows"][1][-1].value == "SHA-256 of the file"
    facilities = read["facilities"]
    at = heads["facilities"].index("Reported by")
    assert [row[at].value for row in facilities.iter_rows(min_row=2)] == ["alder, birch", "alder"]
    for row in facilities.iter_rows(min_row=2):
        sheet, _, place = row[1].hyperlink.location.partition("!")
        line = read[sheet.strip("'")][int(place[1:])]
        assert [cell.value for cell in line[:2]] == [cell.value for cell in row[:2]]
    tin, none = (row[0].hyperlink for row in read["figures"].iter_rows(min_row=2))
    assert tin.location == "'facilities'!A3" and none is None
