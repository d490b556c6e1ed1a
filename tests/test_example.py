"""The example years: made again byte for byte, and as true as they say they are."""

import csv
import io
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from conflict_minerals.ground.text import fold
from conflict_minerals.year import crosscheck, inputs, program
from example import customers, small, year_2018
from example.__main__ import YEARS, truth_csv
from example.spread import confusable
from example.tables import table

ROOT = Path(__file__).resolve().parents[1]
RAW = ROOT / "data" / "raw"
EXPECTED = Path(__file__).parent / "expected"


@pytest.fixture(scope="module")
def made():
    """Each year's files and truth, as the generator makes them now."""
    return {year: make() for year, make in YEARS.items()}


@pytest.fixture(scope="module")
def books():
    """The committed 2018 workbooks with the values that Excel cached."""
    folder = RAW / "2018" / "cmrt"
    return {path.relative_to(folder).as_posix(): openpyxl.load_workbook(path, data_only=True)
            for path in sorted(folder.rglob("*.xlsx"))}


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("year", sorted(YEARS))
def test_committed_files_are_what_the_generator_makes(made, year):
    contents, truth = made[year]
    _held_against(contents, str(year))
    assert (EXPECTED / f"{year}_rows.csv").read_text(encoding="utf-8") == truth_csv(truth)


def test_committed_requests_of_customers_are_what_the_generator_makes():
    _held_against(customers.contents(), "customers-example")


def _held_against(contents, folder):
    committed = {path.relative_to(RAW / folder).as_posix(): path.read_bytes()
                 for path in (RAW / folder).rglob("*") if path.is_file()}
    assert sorted(committed) == sorted(contents)
    for name, data in contents.items():
        if name.endswith(".xlsx"):  # a zip library may compress otherwise
            assert parts(committed[name]) == parts(data), name
        else:
            assert committed[name] == data, name


def test_command_writes_where_it_is_told(tmp_path, made):
    subprocess.run([sys.executable, "-m", "example", "--into", str(tmp_path)], check=True,
                   cwd=tmp_path, capture_output=True)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    years = sum(len(contents) for contents, _ in made.values())
    assert len(written) == years + len(customers.contents())


@pytest.mark.parametrize("year", sorted(YEARS))
def test_inputs_load_complete(year):
    raw = RAW / str(year)
    loaded = inputs.load(raw, year)
    assert loaded.program["illustration"] is True
    assert program.blanks(loaded.program).empty
    assert crosscheck.find(loaded, loaded.program["as_of"]).empty
    assert "illustration" in (raw / "NOTES.md").read_text(encoding="utf-8")


def test_annex_has_the_published_totals():
    rows = year_2018.annex()
    assert Counter(row["status"] for row in rows) == {
        "Full Compliant": 253, "Active": 2, "Indeterminable": 42}
    assert Counter(row["metal"] for row in rows) == {
        "Gold": 133, "Tin": 81, "Tungsten": 42, "Tantalum": 41}
    assert len({(row["metal"], row["smelter_id"]) for row in rows}) == 297
    assert len({(fold(row["smelter_name"]), row["country"]) for row in rows}) == 288
    assert sorted(row["smelter_name"] for row in rows if row["country"] == "ZAF") == [
        "AU Traders and Refiners", "Rand Refinery (Pty) Ltd."]


def test_truth_of_counted_rows_gives_the_annex(made):
    counted = [row for row in made[2018][1] if row["file"] != "alder/CMRT_5.10_Alder.xlsx"]
    metal_of = {row["smelter_id"]: row["metal"] for row in year_2018.annex()}
    sure = {row["smelter_id"] for row in counted if row["match"] in ("id", "alias", "decision")}
    assert sure == set(metal_of)
    kinds = Counter(row["match"] for row in counted)
    assert kinds["none"] == 11 and kinds["not_identified"] == 3 and kinds["decision"] == 2
    assert kinds["alias"] > 50


def test_rows_that_bear_an_id_agree_with_their_own_look_up(books, made):
    """A row whose truth is 'id' bears that id, and a name that the look-ups know it by."""
    truth = {(row["file"], row["row"]): row for row in made[2018][1]}
    names: dict[str, set[str]] = {}
    for book in books.values():
        for entry in book["Smelter Look-up"].iter_rows(min_row=5, max_col=5, values_only=True):
            names.setdefault(entry[4], set()).update({fold(entry[1]), fold(entry[2])})
    checked = 0
    for file, book in books.items():
        sheet = book["Smelter List"]
        for number, row in enumerate(sheet.iter_rows(min_row=5, max_col=6, values_only=True), 5):
            expected = truth.get((file, number))
            if expected is None or expected["match"] != "id":
                continue
            typed, _, lookup, name, _, smelter_id = row
            digits = "".join(c for c in (smelter_id or typed) if c.isdigit())
            assert f"CID{digits}" == expected["smelter_id"], (file, number)
            called = name or lookup
            assert fold(called) in names[expected["smelter_id"]], (file, number)
            checked += 1
    assert checked > 700


def test_traps_contradict_themselves(books, made):
    """Ids of swapped and wrong-metal rows belong to another name or metal of the look-up."""
    wrong = [row for row in made[2018][1] if row["match"] == "none" and "id" in row["trap"].split()
             and "apped" in row["trap"]]
    known = {row["smelter_id"]: row["smelter_name"] for row in year_2018.annex()}
    assert len(wrong) == 4
    for row in wrong:
        sheet = books[row["file"]]["Smelter List"]
        name, smelter_id = sheet.cell(row["row"], 4).value, sheet.cell(row["row"], 6).value
        assert known[smelter_id] != name and name in known.values()
    tin = books["alder/RMI_CMRT_5.11_Alder_rev2.xlsx"]["Smelter List"]
    assert [tin.cell(11, c).value for c in (2, 4, 6)] == ["Tantalum", "Minsur", "CID001182"]


def test_names_alike_but_for_the_legal_form_are_never_reported_by_name_alone(made, books):
    alike = {smelter_id for _, smelter_id in confusable(year_2018.annex())}
    assert "CID002544" in alike  # the three H.C. Starck companies differ by Co., Inc. and Ltd.
    by_name = {row["smelter_id"] for row in made[2018][1] if row["match"] == "alias"}
    assert not alike & by_name


def test_cells_stand_where_the_format_has_them(books):
    sheet = books["birch/Birch CMRT 5.11 - scanner boards.xlsx"]["Declaration"]
    assert sheet["J3"].value == "Revision 5.11\nApril 27, 2018" and sheet["D3"].value == "English"
    assert sheet["D8"].value == "Birch Contract Manufacturing (example)"
    assert sheet["D9"].value == "B. Product (or List of Products)"
    assert sheet["D22"].value.date().isoformat() == "2019-02-08"
    assert [sheet.cell(row, 2).value for row in range(26, 30)] == [
        "Tantalum (*)", "Tin (*)", "Gold (*)", "Tungsten (*)"]
    assert sheet["D39"].value == "Yes" and sheet["D40"].value == "Unknown"
    assert sheet["D50"].value == 1  # 100%, a number until 6.22
    assert sheet["G71"].value == "https://birch.example.com/sourcing"
    merged = {str(area) for area in sheet.merged_cells.ranges}
    assert {"D26:E26", "G26:J26", "D8:J8", "D9:G9", "D22:E22"} <= merged
    products = books["birch/Birch CMRT 5.11 - scanner boards.xlsx"]["Product List"]
    assert [products["B5"].value, products["B6"].value] == [
        "Manufacturer’s Product Number (*)", "SA-200-MB"]
    book = books["hazel/Copy of CMRT_5.11 (2).xlsx"]
    assert book["Declaration"]["D22"].value == "1-Mar-2019"  # typed as text
    assert [s.title for s in book if s.sheet_state == "hidden"] == ["L", "C", "SorP"]
    assert book["Smelter List"]["C6"].value == "Smelter not yet identified"


def test_edition_6_has_eight_questions_and_100_percent_as_text():
    path = RAW / "2025" / "cmrt" / "aster" / "CMRT_6.5_Aster.xlsx"
    sheet = openpyxl.load_workbook(path, data_only=True)["Declaration"]
    labels = {row: str(sheet.cell(row, 2).value) for row in (25, 43, 67, 75, 89)}
    assert [label[:2] for label in labels.values()] == ["1)", "4)", "8)", "A.", "H."]
    assert sheet["D56"].value == "100%"


def test_formulas_carry_the_values_that_the_look_up_gives(books):
    """A row filled in by its id alone: formulas in B, C, E, F whose cached values agree."""
    path = "fir/CMRT_5.12_Fir.xlsx"
    raw = openpyxl.load_workbook(RAW / "2018" / "cmrt" / path)["Smelter List"]
    sheet = books[path]["Smelter List"]
    annex = {row["smelter_id"]: row for row in year_2018.annex()}
    checked = 0
    for number in range(5, sheet.max_row + 1):
        smelter_id = raw.cell(number, 1).value
        if not smelter_id:
            continue
        assert str(raw.cell(number, 2).value).startswith("=IF(LEN(A")
        row = annex[smelter_id]
        assert [sheet.cell(number, c).value for c in (2, 3, 5, 6)] == [
            row["metal"], row["smelter_name"], row["country_name"], smelter_id]
        checked += 1
    assert checked > 60


def test_exactly_one_supplier_of_2018_says_no_for_every_metal():
    said = {}
    for row in table("tables/2018/answers.csv"):
        if row["question"] == "3":
            said[row["key"]] = {row[m] for m in ("tantalum", "tin", "gold", "tungsten")}
    assert [key for key, words in said.items() if words == {"No"}] == ["dogwood"]


def test_templates_are_small_and_say_that_they_are_illustrations():
    for path in sorted(RAW.glob("20*/cmrt/*/*.xlsx")):
        assert path.stat().st_size < 60_000, path.name
        book = openpyxl.load_workbook(path, read_only=True)
        assert "Illustration" in book["Instructions"]["B4"].value, path.name


def test_nothing_is_said_about_mines_of_real_smelters(books):
    for file, book in books.items():
        for row in book["Smelter List"].iter_rows(min_row=5, max_col=16, values_only=True):
            if row[13] or row[14] or row[15]:
                name = row[3] or row[2]
                assert name.casefold().startswith(("fictional", "smelter not yet")), (file, row)


def test_invented_smelters_have_ids_that_rmi_does_not_give_out():
    rows = table("tables/small/facilities.csv")
    assert all(row["smelter_id"].startswith("CID900") for row in rows)
    real = {fold(row["smelter_name"]) for row in year_2018.annex()}
    assert not real & {fold(row["name_6.4"]) for row in rows if row["name_6.4"]}


def test_hand_written_figures_of_the_small_years_follow_from_their_rows():
    rows = {row["figure"]: row for row in _expected("small_years.csv")}
    for year in (2024, 2025):
        metal_of = {f["smelter_id"]: f["metal"] for f in table("tables/small/facilities.csv")}
        truth = _expected(f"{year}_rows.csv")
        found = {row["smelter_id"] for row in truth if row["match"] in ("id", "alias", "decision")}
        per_metal = Counter(metal_of[smelter_id] for smelter_id in found)
        assert len(found) == int(rows["facilities"][str(year)])
        for metal, count in per_metal.items():
            assert count == int(rows[f"facilities_{metal.lower()}"][str(year)])
        kinds = Counter(row["match"] for row in truth)
        assert kinds["none"] == int(rows["rows_unmatched"][str(year)])
        assert kinds["not_identified"] == int(rows["rows_not_identified"][str(year)])


def test_hand_written_flips_are_those_of_the_answers():
    flips = {row["key"]: (row["before"], row["after"]) for row in _expected("2025_changes.csv")
             if row["kind"] == "answer_flipped"}
    before, after = (_answers(year) for year in (2024, 2025))
    assert flips == {key: (before[key], after[key]) for key in before
                     if key in after and before[key] != after[key]}


def test_hand_written_renamings_are_those_of_the_look_ups():
    renamed = {row["key"]: (row["before"], row["after"]) for row in _expected("2025_changes.csv")
               if row["kind"] == "facility_renamed"}
    old = {(f["metal"], f["smelter_id"]): f["smelter_name"] for f in small.facilities("6.4")}
    new = {(f["metal"], f["smelter_id"]): f["smelter_name"] for f in small.facilities("6.5")}
    assert renamed == {"|".join(key): (old[key], new[key]) for key in old
                       if key in new and old[key] != new[key]}


def _answers(year: int) -> dict[str, str]:
    found = {}
    for row in table(f"tables/{year}/answers.csv"):
        if row["company"]:
            found[f"{row['key']}|{row['question']}|"] = row["company"]
        for metal in ("Tantalum", "Tin", "Gold", "Tungsten"):
            if row[metal.lower()]:
                found[f"{row['key']}|{row['question']}|{metal}"] = row[metal.lower()]
    return found


def _expected(name: str) -> list[dict[str, str]]:
    lines = (EXPECTED / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))
