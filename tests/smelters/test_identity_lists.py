"""Lists in the forms that they come in, and in forms that nobody should send."""

import io
import zipfile

import openpyxl
import pandas as pd
import pytest

import realfiles
from conflict_minerals.cmrt.cells import address
from conflict_minerals.ground import codepages, ids, tables
from conflict_minerals.ground.errors import InputError
from conflict_minerals.smelters import listdates, listmetals, lists, revisions
from makebook import Error
from makexls import book, container, stream

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
    (b"<meta charset='utf-8'><table><tr><td>Metal</td></tr></table>", "web page"),
    (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\nContent-Type: a/b\r\n\r\n", "web page"),
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


@pytest.mark.parametrize("head", [
    "金属,冶炼厂识别号,冶炼厂名称,国家/地区,上次审核日期,审核周期",
    "金屬,冶煉廠編號,冶煉廠名稱,所在國家,稽核日期,稽核週期",
    "鉱物（3TG）,製錬所ID,製錬業者名,所在国,最終監査日,監査周期",
    "금속,제련소 식별 번호,제련소명,국가,최근 감사일,감사 주기",
    "金属 Metal,冶炼厂编号 Smelter ID,冶炼厂名称 Smelter Name,国家 Country,"
    "最近审核日期 Last Audit Date,审核周期 Audit Cycle",
    "Metall,Schmelzhütten-ID,Schmelzhütte,Land,Letztes Audit,Auditzyklus",
    "Métal,Identifiant de la fonderie,Nom de la fonderie,Pays,Date du dernier audit,Cycle d'audit",
    "Metal / Metal,ID de la fundidora,Fundidora / Smelter,País / Country,Fecha de auditoría,"
    "Ciclo de auditoría"])
def test_headers_in_other_languages_and_in_two(tmp_path, head):
    line = f"{head}\nGold,CID900001,Aurelia,China,2024-10-18,3 Years\n"
    one = load(tmp_path, "list.csv", line.encode()).iloc[0]
    assert one[["metal", "smelter_id", "name", "country", "last_audit", "audit_cycle",
                "problem"]].tolist() == [
        "Gold", "CID900001", "Aurelia", "CHN", "2024-10-18", "3 Years", ""]


@pytest.mark.parametrize("header", ["Κατάσταση", "审核结论", "Статус", "สถานะ", "Gültig bis"])
def test_a_column_in_words_that_are_not_known_is_said(tmp_path, header):
    found = load(tmp_path, "list.csv", f"Metal,CID,Name,{header}\nTin,CID900002,B,x\n".encode())
    assert found.set_index("row")["problem"].to_dict() == {
        1: f"columns that are not read: {header}", 2: ""}


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
    ("CID\u2011002514", "CID002514", "current"), ("CID–00—2514", "CID002514", "current"),
    ("CID\u2212002514", "CID002514", "current"), ("CID٠٠٢٥١٤", "CID002514", "current"),
    ("ＣＩＤ００２５１４", "CID002514", "current"), ("CID०० २५१४", "CID002514", "current"),
    ("۲۵۱۴", "CID002514", "bare"), ("1\u2010JPN\u2010072", "1JPN072", "old"),
    ("CID000001CID000002", "CID000001;CID000002", "several"),
    ("CID000001, 000002", "CID000001;CID000002", "several"), ("CID~002514", "CID002514", "current"),
    ("CID·002514", "CID002514", "current"), ("CID № 002514", "CID002514", "current"),
    ("unknown", "", "blank"), ("0", "", "blank"), (None, "", "blank")])
def test_ids_as_people_type_them(typed, value, kind):
    assert ids.read(typed) == (value, kind)


@pytest.mark.parametrize("typed, value", [
    ("\u03f9ID001234", "CID001234"), ("\u13dfI\u13a0001234", "CID001234"),
    ("CID00\u0417234", "CID003234"), ("CIDO01234", "CID001234"),
    ("CID 1234", "CID001234"), ("C1D00I234", "CID001234"),
    ("\u0421ID001234", "CID001234"), ("C\u0406D-001234", "CID001234"),
    ("C\u0399D 1234", "CID001234"), ("CID00\u041e1234", ""), ("1\u0421HE077", "1CHE077"),
    ("CID\u041e01234", "CID001234"), ("CID001234", ""),
    ("1234", ""), ("CID0025144", ""), ("CID-B", "CID000008"), ("CID", "")])
def test_ids_that_mistyped_ones_may_mean(typed, value):
    assert ids.meant(typed) == value


GOLD_TIN = [["Metal", "Smelter ID", "Smelter Name", "Country"],
            ["Gold", "CID900001", "Aurelia", "CHINA"], ["", "CID900002", "Boreal", "GERMANY"],
            ["Tin", "CID900011", "Two Metals", "CHINA"], ["", "CID900012", "Example", "CHINA"]]
_MERGED = ("A2:A3", "A4:A5")


def at(table: list[list]) -> dict[str, object]:
    return {address(row, column): value for row, line in enumerate(table, 1)
            for column, value in enumerate(line, 1) if value != ""}


def xlsx(table: list[list], *, merged=(), title="List", parts: dict[str, bytes] | None = None):
    """A workbook by another program than the reader's, with ``parts`` put in place of its own."""
    made = openpyxl.Workbook()
    made.active.title = title
    for line in table:
        made.active.append([None if value == "" else value for value in line])
    for one in merged:
        made.active.merge_cells(one)
    packed, out = io.BytesIO(), io.BytesIO()
    made.save(packed)
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, (parts or {}).get(name, old.read(name)))
    return out.getvalue()


def _spreadsheetml_merged() -> bytes:
    rows = [cells(*GOLD_TIN[0])]
    for line in GOLD_TIN[1:]:
        row = cells(*line[0 if line[0] else 1:])
        rows.append(row.replace("<Cell>", '<Cell ss:MergeDown="1">' if line[0] else
                                '<Cell ss:Index="2">', 1))
    return sheet("".join(rows))


@pytest.mark.parametrize("name, data", [
    ("list.xlsx", xlsx(GOLD_TIN, merged=_MERGED)),
    ("list.xls", container({"Workbook": stream({"List": at(GOLD_TIN)}, merged=_MERGED)})),
    ("list.xml", _spreadsheetml_merged())])
def test_metal_of_a_merged_cell_holds_for_each_of_its_rows(tmp_path, name, data):
    found = load(tmp_path, name, data)
    assert found["problem"].tolist() == [""] * 4
    assert found[["metal", "smelter_id"]].values.tolist() == [
        ["Gold", "CID900001"], ["Gold", "CID900002"], ["Tin", "CID900011"], ["Tin", "CID900012"]]


def _hidden_xlsx() -> bytes:
    made = openpyxl.load_workbook(io.BytesIO(xlsx(GOLD_TIN, merged=_MERGED)))
    made.active.row_dimensions[3].hidden = True
    packed = io.BytesIO()
    made.save(packed)
    return packed.getvalue()


@pytest.mark.parametrize("name, data", [
    ("list.xlsx", _hidden_xlsx()),
    ("list.xls", container({"Workbook": stream({"List": at(GOLD_TIN)}, merged=_MERGED,
                                               hidden=(3,))})),
    ("list.xml", _spreadsheetml_merged().replace(b"<Row", b'<Row ss:Hidden="1"', 3)
     .replace(b'<Row ss:Hidden="1"', b"<Row", 2))])
def test_a_hidden_row_of_a_list_counts_and_says_so(tmp_path, name, data):
    found = load(tmp_path, name, data)
    assert found["problem"].tolist() == [""] * 4
    assert found["note"].str.contains(lists.HIDDEN).tolist() == [False, True, False, False]


@pytest.mark.parametrize("code, name", [
    ("gbk", "深圳示例冶炼"), ("big5", "臺灣金屬"), ("cp932", "住友金属鉱山"),
    ("euc_kr", "고려아연"),
    ("cp1251", "Приокский завод"), ("koi8_r", "Красцветмет"), ("cp1253", "Ελληνικός χρυσός")])
def test_text_of_another_code_page_is_not_taken_for_windows_1252(code, name):
    text = f"Metal,Smelter ID,Smelter Name\nGold,CID900001,{name}\n"
    assert codepages.text_of(text.encode(code)) is None
    assert codepages.text_of(text.encode()) == text


def test_a_list_in_another_code_page_is_refused_with_what_to_save_as(tmp_path):
    text = "Metal,Smelter ID,Smelter Name\nGold,CID900001,深圳示例冶炼\n"
    with pytest.raises(InputError, match="lists/list.csv.*Windows-1252.*CSV UTF-8"):
        load(tmp_path, "list.csv", text.encode("gbk"))


def test_metal_that_is_merely_left_out_below_is_not_guessed(tmp_path):
    found = load(tmp_path, "list.xlsx", xlsx(GOLD_TIN))
    assert found["problem"].tolist() == ["", "no metal", "", "no metal"]
    assert found["says"].tolist()[1] == "|CID900002"


@pytest.mark.parametrize("cell, metals", [
    ("Tin\nTungsten", ["Tin", "Tungsten"]), ("Tin、钨", ["Tin", "Tungsten"]),
    ("Ta Sn W Au", ["Gold", "Tantalum", "Tin", "Tungsten"]), ("Tin [Sn]", ["Tin"]),
    ("Tin¹", ["Tin"]), ("1) Gold*", ["Gold"]), ("3TG", ["Multiple"]), ("金/银", ["Gold", "Silver"]),
    ("étain, or", ["Gold", "Tin"]), ("Tin or Tungsten", []), ("Tin (incl. Tungsten)", [])])
def test_each_metal_that_a_cell_names_is_an_entry_and_a_doubt_is_none(cell, metals):
    assert listmetals.metals_of(cell)[0] == metals


def test_a_column_of_ids_is_known_by_what_stands_in_it(tmp_path):
    head = "Metal,Our code,Name of smelter,Country\n"
    found = load(tmp_path, "list.csv", f"{head}Gold,CID900001,Aurelia,China\n".encode())
    assert found[["smelter_id", "problem"]].values.tolist() == [["CID900001", ""]]


def test_a_column_on_audits_that_is_not_known_is_said(tmp_path):
    head = "Metal,Smelter ID,Smelter Name,Valid until,Audit by,Website\n"
    found = load(tmp_path, "list.csv", f"{head}Gold,CID900001,Aurelia,2025-01-01,X,Y\n".encode())
    assert found.set_index("row")["problem"].to_dict() == {
        1: "columns that are not read: Valid until, Audit by", 2: ""}


@pytest.mark.parametrize("title, state, problem", [
    ("Active", "Active", ""), ("Conformant", "", ""), ("2026", "", ""),
    ("Removed", "Removed", "its sheet 'Removed' is named for what was taken off"),
    ("Delisted 2025", "", "its sheet 'Delisted 2025' is named for what was taken off")])
def test_a_sheet_named_for_another_standing_is_not_taken_for_the_lists_own(
    tmp_path, title, state, problem
):
    table = [["Metal", "Smelter ID", "Smelter Name"], ["Gold", "CID900001", "Aurelia"]]
    one = load(tmp_path, "list.xlsx", xlsx(table, title=title)).iloc[0]
    assert (one.state, one.problem) == (state, problem)


def test_lines_of_a_table_without_a_header_are_shown_and_a_cover_is_none(tmp_path):
    made = openpyxl.load_workbook(io.BytesIO(xlsx(GOLD_TIN, merged=_MERGED)))
    for title, lines in {"cover": (["Read me"], ["Issued", "2026"]), "More": (
            ["Works", "Place"], ["Aurelia", "Zug"], ["Boreal", "Ulm"])}.items():
        sheet_of = made.create_sheet(title)
        for line in lines:
            sheet_of.append(line)
    packed = io.BytesIO()
    made.save(packed)
    found = load(tmp_path, "list.xlsx", packed.getvalue())
    told = found[found["problem"] != ""]
    assert told[["sheet", "row", "says"]].values.tolist() == [
        ["More", 1, "|Works"], ["More", 2, "|Aurelia"], ["More", 3, "|Boreal"]]
    assert set(told["problem"]) == {"its sheet has no header row that is known"}


def test_lines_of_a_hidden_sheet_count_and_say_so(tmp_path):
    made = openpyxl.load_workbook(io.BytesIO(xlsx(GOLD_TIN, merged=_MERGED)))
    made.create_sheet("front", 0).append(["See the other sheet"])
    made["List"].sheet_state = "hidden"
    packed = io.BytesIO()
    made.save(packed)
    found = load(tmp_path, "list.xlsx", packed.getvalue())
    assert len(found) == 4 and found["note"].str.contains(lists.HIDDEN).all()


@pytest.mark.parametrize("title, metal", [
    ("Gold", "Gold"), ("Tin smelters", "Tin"), ("钨", "Tungsten"), ("Gold and Tin", ""),
    ("Or", "Gold"), ("List 1", "")])
def test_sheet_named_for_a_metal_gives_it(tmp_path, title, metal):
    table = [["Smelter ID", "Smelter Name"], ["CID900001", "Aurelia"]]
    one = load(tmp_path, "list.xlsx", xlsx(table, title=title)).iloc[0]
    assert (one.metal, one.problem) == (metal, "" if metal else "no metal")


@pytest.mark.parametrize("written, day", [
    ("2019-05-01T00:00:00.000Z", "2019-05-01"), ("2025-03-01 08:30", "2025-03-01"),
    ("2019年5月1日", "2019-05-01"), ("1 mai 2019", "2019-05-01"), ("31.12.2024", "2024-12-31"),
    ("45583", "2024-10-18"), (45583, "2024-10-18"),
    (pd.Timestamp("2025-05-04 10:00"), "2025-05-04"),
    ("May 2019", "2019-05-31"), ("05/2019", "2019-05-31"), ("2019年2月", "2019-02-28"),
    ("2019-05", "2019-05-31")])
def test_audit_dates_are_read_as_templates_dates_are(tmp_path, written, day):
    table = [["Metal", "Smelter ID", "Last Audit Date"], ["Gold", "CID900001", written]]
    one = load(tmp_path, "list.xlsx", xlsx(table)).iloc[0]
    assert (one.last_audit, one.unread) == (day, "")
    assert ("names no day" in one.note) == (len(str(written)) < 9 and not str(written).isdigit())


@pytest.mark.parametrize("date, cycle, unread", [
    ("soon", "1 Year", "last audit 'soon'"), ("Q2 2019", "1 Year", "last audit 'Q2 2019'"),
    ("03/04/2025", "1 Year", "last audit"), ("2025-01-01", "when due", "audit cycle 'when due'"),
    ("due 2025-05-01", "1 Year", "last audit 'due"), ("2026年1月1日到期", "1 Year", "last audit"),
    ("2042-05-01", "1 Year", "last audit 2042-05-01 lies years after the day of"),
    ("2025-01-01", "1 year or 3 years", "audit cycle"), ("2025-01-01", "36", "audit cycle '36'"),
    ("N/A", "", ""), ("", "Not applicable", "")])
def test_audit_that_cannot_be_read_is_said(tmp_path, date, cycle, unread):
    table = [["Metal", "Smelter ID", "Last Audit Date", "Audit Cycle"],
             ["Gold", "CID900001", date, cycle]]
    one = load(tmp_path, "list.xlsx", xlsx(table)).iloc[0]
    assert one.unread.startswith(unread) and bool(one.unread) == bool(unread)
    assert one.problem == ""


@pytest.mark.parametrize("written, months", [
    ("1 Year", 12), ("Annual", 12), ("1-year", 12), ("one year", 12), ("every 2 years", 24),
    ("Biennial", 24), ("36m", 36), ("36 months", 36), ("3 Year(s)", 36), ("Annual (1 year)", 12),
    ("semi-annual", 6), ("1.0 Year", 12), ("1.5 years", 0), ("1-3 years", 0), ("2-yearly", 0),
    ("up to 3 years", 0), ("not annual", 0), ("bi-annual", 0), ("every second year", 24),
    ("P3Y", 36), ("每3年", 36), ("tous les ans", 12), ("3 Years (TI-CMC)", 36),
    ("3年", 36), ("Three-Year cycle", 36), ("1 or 3 years and 2 months", 0),
    ("annual, then 3 years", 0), ("0 years", 0), ("", 0),
    ("两年一次", 24), ("年1回", 12), ("2 anni", 24)])
def test_cycles_in_words(written, months):
    assert listdates.months(written) == months


def test_number_alone_takes_the_unit_that_its_column_names(tmp_path):
    table = [["Metal", "Smelter ID", "Audit cycle (years)"], ["Gold", "CID900001", 3]]
    one = load(tmp_path, "list.xlsx", xlsx(table)).iloc[0]
    assert (listdates.months(one.audit_cycle), one.unread) == (36, "")


_STYLES = (b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts>'
           b'<font><family val="34"/></font></fonts></styleSheet>')


@pytest.mark.parametrize("parts", [
    {"xl/styles.xml": _STYLES}, {"xl/styles.xml": b"<not closed"}, {"xl/theme/theme1.xml": b""},
    {"docProps/core.xml": b"<cp:coreProperties>yesterday"}, {"docProps/app.xml": b"\xff\xfe"}])
def test_fault_in_a_part_that_holds_no_cell_keeps_no_list_from_being_read(tmp_path, parts):
    found = load(tmp_path, "list.xlsx", xlsx(GOLD_TIN, merged=_MERGED, parts=parts))
    assert found["problem"].tolist() == [""] * 4


def _bomb(part: str, text: bytes, **more: bytes) -> bytes:
    return xlsx(GOLD_TIN, merged=_MERGED, parts={part: text, **more})


_SHARED = (b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
           b'<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>')


@pytest.mark.parametrize("data", [
    _bomb("xl/sharedStrings.xml", b"<sst>" + b"<si><t>a</t></si>" * 6_000_000,
          **{"xl/worksheets/sheet1.xml": _SHARED}),
    _bomb("xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 300_000_000),
    _bomb("xl/workbook.xml", b"<workbook>" + b" " * 20_000_000),
    sheet(cells("x" * 1000) * 30_000 + HEADER + cells(*"abcdefghij") * 40_000)])
def test_list_that_expands_beyond_bounds_is_refused_in_one_line(tmp_path, data):
    with pytest.raises(InputError) as refused:
        load(tmp_path, "list.xlsx", data)
    said = str(refused.value)
    assert said.startswith("lists/list.xlsx: is not read as a list (") and "\n" not in said
    assert "save it as .xlsx" in said


def test_bomb_in_a_part_that_is_never_opened_is_refused_by_its_name(tmp_path):
    with pytest.raises(InputError, match="list.xlsx.*A zip bomb: xl/styles.xml"):
        load(tmp_path, "list.xlsx", _bomb("xl/styles.xml", b" " * 20_000_000))


@pytest.mark.parametrize("encoding", ["utf-7", "shift_jis", "bogus", "x-mac-nothing", "gb18030"])
def test_xml_in_an_encoding_that_is_not_read_is_refused_with_the_remedy(tmp_path, encoding):
    data = sheet(HEADER + cells("Gold", "CID900001", "Aurelia", "CHINA"))
    with pytest.raises(InputError, match="encoding that is not read") as refused:
        load(tmp_path, "list.xml", data.replace(b'"utf-8"', f'"{encoding}"'.encode()))
    assert "lists/list.xml" in str(refused.value) and "save it as .xlsx" in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252", "iso-8859-1", "utf-8"])
def test_xml_in_other_encodings_is_read(tmp_path, encoding):
    data = sheet(HEADER + cells("Gold", "CID900001", "Aurélia", "CHINA")).decode()
    data = data.replace('"utf-8"', f'"{encoding}"').encode(encoding)
    assert load(tmp_path, "list.xml", data)["name"].tolist() == ["Aurélia"]


def revision(*lines: tuple[str, str, str]) -> list[list]:
    return [["Metal", "Smelter ID", "Smelter Name", "Basis for Revision", "Revision Date"],
            *(["Gold", one, one, basis, day] for one, basis, day in lines)]


def test_revision_history_retires_what_its_newest_line_took_off(tmp_path):
    found = load(tmp_path, "list.xlsx", xlsx(revision(
        ("CID900001", "Name correction", "2025-04-01"), ("CID900002", "Added", "2023-02-01"),
        ("CID900002", "Removed", "2019-02-01"), ("CID900003", "Removed", "2025-04-02"),
        ("CID900004", "Added", "2020-01-01"),
        ("CID900004", "Removed - ceased operations", "2024-01-01"),
        ("CID900005", "Removed", "2026-03-30"))), kind="retired")
    assert (found["problem"] == "").all()
    assert set(revisions.retired(found, "2026-03-31")) == {"CID900003", "CID900004", "CID900005"}
    assert set(revisions.retired(found.assign(as_of="2025-01-01"), "2026-03-29")) == {
        "CID900003", "CID900004"}


def test_plain_list_of_retired_ids_retires_those_whose_reason_is_known_or_blank(tmp_path):
    found = load(tmp_path, "list.xlsx", xlsx(revision(
        ("CID900001", "Went elsewhere", ""), ("CID900002", "", ""), ("CID900003", "Removed", ""))),
        kind="retired")
    assert found["problem"].tolist()[1:] == ["", ""] and "does not say" in found["problem"][0]
    assert set(revisions.retired(found)) == {"CID900002", "CID900003"}


@pytest.mark.parametrize("head, rows", [
    ("Date,Smelter ID,Comments", ("2024-01-01,CID900001,Removed", "2025-01-01,CID900002,New")),
    ("Smelter ID,Revision,Effective date", ("CID900001,已删除,2024-01-01", "CID900002,新增,")),
    ("冶炼厂编号,变更类型,变更日期", ("CID900001,已停产,2024-01-01", "CID900002,新增,2024-02-01")),
    ("CID,Date removed,Date added", ("CID900001,2024-01-01,", "CID900002,,2025-01-01")),
    ("Smelter ID,Reason,Date", ("CID900001,Entfernt,05/2024", "CID900002,Not removed,2024-01-01"))])
def test_a_history_in_other_words_and_columns_tells_what_it_did_to_an_id(tmp_path, head, rows):
    found = load(tmp_path, "list.csv", "\n".join([head, *rows]).encode(), kind="retired")
    gone = revisions.retired(found)
    assert set(gone) == {"CID900001"} and gone["CID900001"]["since"][:4] == "2024"


@pytest.mark.parametrize("lines, problem", [
    ([("Reviewed", "2025-01-01")], "does not say"),
    ([("Name correction; removed", "2025-01-01")], "does not say"),
    ([("Added", "2025-01-01"), ("Removed", "")], "no date"),
    ([("Removed", "2025-01-01"), ("Added", "2025-01-01")], "same day"),
])
def test_line_of_a_history_that_does_not_tell_is_shown_and_retires_nothing(
        tmp_path, lines, problem):
    table = revision(*(("CID900001", basis, day) for basis, day in lines))
    found = load(tmp_path, "list.xlsx", xlsx(table), kind="revisions")
    assert found["problem"].str.contains(problem).any()
    assert revisions.retired(found) == {}


@realfiles.needed
@pytest.mark.parametrize("file, rows, kind", [("rmi_conformant_export.xml", 420, "conformant"),
                                              ("rmi_active_export.xml", 24, "active")])
def test_real_exports_load_whole(tmp_path, file, rows, kind):
    found = load(tmp_path, file, realfiles.content(file), kind=kind)
    assert len(found) == rows
    assert (found["problem"] == "").all()
    assert (found["country"] != "").all()
    assert found["smelter_id"].str.fullmatch(r"CID\d{6}").all()
    if kind == "conformant":
        assert (found["last_audit"] != "").all()
        assert (found["programmes"] != "").any()
