"""Lists in the forms that they come in, and in forms that nobody should send."""

import io
import os
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from helpers import tables
from helpers.errors import InputError
from helpers.ingestion.cells import address
from helpers.status import ids, lists
from makebook import Error
from makexls import book

REAL = Path(os.environ.get("CONFLICT_MINERALS_REAL",
                           Path(__file__).parents[2] / "shared" / "real"))
_NS = "urn:schemas-microsoft-com:office:spreadsheet"


def load(tmp_path, name: str, data: bytes, **more) -> pd.DataFrame:
    (tmp_path / "lists").mkdir(exist_ok=True)
    (tmp_path / "lists" / name).write_bytes(data)
    one = {"list_id": "one", "file": f"lists/{name}", "kind": "conformant", "scheme": "RMAP",
           "source": "made up", "as_of": "2026-03-31", "metals": ""} | more
    frame = lists.load(tmp_path, pd.DataFrame([one]))
    return tables.shape(frame, "list_entries")


def sheet(rows: str, *, head: str = "") -> bytes:
    return (f'<?xml version="1.0" encoding="utf-8"?>{head}<Workbook xmlns="{_NS}" xmlns:ss="{_NS}">'
            f'<Worksheet ss:Name="S"><Table>{rows}</Table></Worksheet></Workbook>').encode()


def cells(*values: str, index: str = "") -> str:
    made = "".join(f'<Cell><Data ss:Type="String">{value}</Data></Cell>' for value in values)
    return f"<Row{index}>{made}</Row>"


HEADER = cells("Metal", "Smelter ID", "Standard Smelter Name", "Country Location")


def test_spreadsheetml_places_cells_by_their_index(tmp_path):
    body = (cells("A title") + HEADER.replace("<Row>", '<Row ss:Index="4">')
            + '<Row ss:Index="9"><Cell><Data ss:Type="String">Gold</Data></Cell>'
              '<Cell ss:Index="3"><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40">'
              "<B>Aurelia</B> &amp; Sons</ss:Data>"
              '<Comment><ss:Data ss:Type="String">not this</ss:Data></Comment></Cell>'
              '<Cell><Data ss:Type="String">CHINA</Data></Cell></Row>'
            + cells("Gold", "CID900002", "Boreal", "GERMANY"))
    found = load(tmp_path, "list.xls", sheet(body))
    assert found[["row", "smelter_id", "name", "country"]].values.tolist() == [
        [9, "", "Aurelia & Sons", "CHN"], [10, "CID900002", "Boreal", "DEU"]]


@pytest.mark.parametrize("data, word", [
    (sheet(HEADER, head='<!DOCTYPE a [<!ENTITY b "c">]>'), "entities"),
    (sheet(HEADER.replace("<Row>", '<Row ss:Index="99999999">')), "row or cell"),
    (sheet(HEADER + HEADER.replace("<Row>", '<Row ss:Index="1">')), "row or cell"),
    (sheet(HEADER.replace("<Cell>", '<Cell ss:Index="-3">', 1)), "Index '-3'"),
    (sheet(HEADER)[:-30], "well-formed"),
    (b"<html><table><tr><td>Metal</td></tr></table></html>", "web page"),
    (b"<?xml version='1.0'?><rss/>", "no Excel workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old workbook", "old Office container"),
    (b"%PDF-1.7 a list printed", "A PDF"),
    (b'Metal,Smelter ID,Smelter Name\nGold,CID900001,"Aurelia\nGold,CID900002,Boreal\n',
     "quotation mark opens in line 2"),
    (b"PK\x03\x04 broken", "Damaged"),
    (b"", "empty"),
    (b"just a line\nand another\n", "no header row"),
    (sheet(cells("Gold", "CID900001", "Aurelia", "CHINA")), "no header row"),
])
def test_what_is_no_list_is_refused_by_name(tmp_path, data, word):
    with pytest.raises(InputError, match=word) as refused:
        load(tmp_path, "list.xml", data)
    assert "lists/list.xml" in str(refused.value)


def test_public_list_of_2026_as_xlsx(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Public list"])
    book.active.append([])
    book.active.append(["Metal", "Facility ID", "Standard Facility Name",
                        "Facility Operational Status", "Supply Chain Level", "Country Location",
                        "Due Diligence Assessment Program Status", "Assessment Cycle",
                        "Last On-Site Assessment Date", "Re-assessment In Progress"])
    book.active.append(["Multiple", "CID900001", "Aurelia", "Operational", "Pinch point",
                        "KOREA, REPUBLIC OF", "Conformant", "1 Year", pd.Timestamp("2025-05-04"),
                        "Yes"])
    packed = io.BytesIO()
    book.save(packed)
    row = load(tmp_path, "public.xlsx", packed.getvalue(), kind="public").iloc[0]
    assert (row.metal, row.country, row.state, row.row) == ("Multiple", "KOR", "Conformant", 4)
    assert (row.last_audit, row.audit_cycle, row.reaudit_in_progress) == (
        "2025-05-04", "1 Year", True)
    assert "operational status: Operational" in row.note


def test_workbook_of_the_old_binary_kind_is_read_as_any_other(tmp_path):
    table = [["Conformant smelters, as exported"], ["Metal", "Smelter ID", "Smelter Name",
                                                    "Country", "Last Audit Date", "Audit Cycle"],
             [], ["Gold", "CID900001", "Aurelia", "CHINA", 45583.0, "3 Years"],
             ["Tin", "CID900002", "Boreal", "GERMANY", "", Error("#N/A")]]
    made = {address(row, column): value for row, line in enumerate(table, 1)
            for column, value in enumerate(line, 1) if value != ""}
    found = load(tmp_path, "list.xls", book({"List": made}))
    wanted = ["sheet", "row", "metal", "smelter_id", "country", "last_audit", "audit_cycle"]
    assert found[wanted].values.tolist() == [
        ["List", 4, "Gold", "CID900001", "CHN", "2024-10-18", "3 Years"],
        ["List", 5, "Tin", "CID900002", "DEU", "", ""]]


def test_headers_in_other_words_and_order(tmp_path):
    data = (b"Audit cycle (years);Name of smelter;Country of smelter;RMI Smelter ID #;"
            b"Mineral (3TG);Date of last audit\r\n3 Years;Aurelia;CHINA;CID900001;Gold;45583\r\n")
    one = load(tmp_path, "list.csv", data).iloc[0]
    assert (one["metal"], one["smelter_id"], one["name"], one["country"], one.audit_cycle) == (
        "Gold", "CID900001", "Aurelia", "CHN", "3 Years")
    assert one.last_audit == "2024-10-18"


def test_csv_with_title_semicolons_and_another_schemes_numbers(tmp_path):
    data = "\ufeffGood delivery list;;\nNo.;;\n\nID;Refiner;Country\n17;Aurelia;Schweiz\n".encode()
    row = load(tmp_path, "lbma.csv", data, kind="cross_recognised", metals="Gold").iloc[0]
    assert (row.metal, row.smelter_id, row["name"], row.row) == ("Gold", "", "Aurelia", 5)
    assert row.note.startswith("id of the scheme: 17") and row.problem == ""


def test_rows_that_cannot_be_used_are_kept_with_the_reason(tmp_path):
    data = (b"Metal,Smelter ID,Smelter Name,Country\nUnobtainium,CID900001,A,China\n,CID900002,B,\n"
            b"Gold,,,Japan\nGold,12345678,C,\nGold,CID900003 and CID900004,D,\n"
            b"\"Tin, Gold\",CID900005,E,Nowhere\n(c) the publisher,,,\n")
    found = load(tmp_path, "list.csv", data)
    problems = found.set_index("row")["problem"]
    assert problems[2] == "metal 'Unobtainium' is not known"
    assert problems[3] == "no metal"
    assert problems[4] == "neither id nor name"
    assert problems[5] == "id '12345678' is not a smelter id"
    assert problems[6].startswith("names several ids")
    assert problems[7].tolist() == ["", ""]
    assert found.loc[found["row"] == 7, "metal"].tolist() == ["Gold", "Tin"]
    assert "country 'Nowhere' is not known" in found.loc[found["row"] == 7, "note"].iloc[0]
    assert "neither id nor name" in problems[8]


def test_programmes_and_dates_as_people_write_them(tmp_path):
    head = b"Metal,Smelter ID,Smelter Name,Last Audit Date,LBMA RG,RJC\n"
    american = head + b"Gold,CID900001,A,03/04/2025,Yes,\nGold,CID900002,B,12/31/2024,,X\n"
    found = load(tmp_path, "a.csv", american)
    assert found["last_audit"].tolist() == ["2025-03-04", "2024-12-31"]
    assert found["programmes"].tolist() == ["LBMA", "RJC"]
    unclear = load(tmp_path, "b.csv", head + b"Gold,CID900001,A,03/04/2025,,\n")
    assert unclear["last_audit"].tolist() == [""]
    assert "can be read only one way" in unclear["unread"].iloc[0]


def test_old_and_other_names_stand_beside_the_entry(tmp_path):
    data = (b"Metal,Standard Smelter Names,Known alias,Old Smelter ID,New Smelter ID\n"
            b"Gold,Aurelia SA,\"AKK,Aurelia Corp., Ltd.\",1CHE077,CID900001\n")
    row = load(tmp_path, "ref.csv", data, kind="reference").iloc[0]
    assert (row.smelter_id, row.old_id, row.alias) == (
        "CID900001", "1CHE077", "AKK;Aurelia Corp., Ltd.")


def test_risk_lists_are_left_to_the_risk_review(tmp_path):
    assert load(tmp_path, "x.csv", b"country,area\nPeru,A\n", kind="cahra").empty


@pytest.mark.parametrize("typed, value, kind", [
    ("CID 002514", "CID002514", "current"), ("CID-00-2514", "CID002514", "current"),
    ("2514", "CID002514", "bare"), ("1jpn072", "1JPN072", "old"), ("CID2773", "CID2773", "other"),
    ("CID0025144", "CID0025144", "other"),
    ("CID000001/CID000002", "CID000001;CID000002", "several"),
    ("unknown", "", "blank"), ("0", "", "blank"), (None, "", "blank")])
def test_ids_as_people_type_them(typed, value, kind):
    assert ids.read(typed) == (value, kind)


@pytest.mark.parametrize("typed, value", [
    ("CIDO01234", "CID001234"), ("CID 1234", "CID001234"), ("C1D00I234", "CID001234"),
    ("CID001234", ""), ("1234", ""), ("CID0025144", ""), ("CID-B", "CID000008"), ("CID", "")])
def test_ids_that_mistyped_ones_may_mean(typed, value):
    assert ids.meant(typed) == value


@pytest.mark.skipif(not REAL.is_dir(), reason=f"no real exports in {REAL}")
@pytest.mark.parametrize("file, rows, kind", [("rmi_conformant_export.xml", 420, "conformant"),
                                              ("rmi_active_export.xml", 24, "active")])
def test_real_exports_load_whole(tmp_path, file, rows, kind):
    found = load(tmp_path, file, (REAL / file).read_bytes(), kind=kind)
    assert len(found) == rows
    assert (found["problem"] == "").all()
    assert (found["country"] != "").all()
    assert found["smelter_id"].str.fullmatch(r"CID\d{6}").all()
    if kind == "conformant":
        assert (found["last_audit"] != "").all()
        assert (found["programmes"] != "").any()
