"""What customers of 2025 asked for, made from the sealed year as a user makes it."""

import csv
import io
import re
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from conflict_minerals.customers import register
from conflict_minerals.customers.orders import fill
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import manifest, yearfolders

DATA = Path(__file__).parents[2] / "data" / "raw"
ASKED = DATA / "customers-example"


@pytest.fixture(scope="module")
def made(example_2025, tmp_path_factory):
    """The folder of results, and what stays to be done."""
    target = tmp_path_factory.mktemp("made") / "customers"
    return target, fill(DATA / "2025", example_2025, ASKED, target, 2025)


def table(path: Path) -> list[dict]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def book(made, folder: str) -> Path:
    (path,) = (made[0] / folder).glob("*.xlsx")
    return path


def test_one_file_for_each_scope_and_template_serves_every_customer(made):
    assert len(list(made[0].glob("*/*.xlsx"))) == 4
    due = {line["customer_id"]: line for line in table(made[0] / "due.csv")}
    assert due["north"]["file"] == due["south"]["file"] == "company-cmrt-6-5"
    assert list(due) == ["south", "north", "west", "east", "inland"]  # by the day they are due


def test_what_is_told_before_sending_are_rows_that_wait_and_warnings_of_other_kinds(made):
    assert set(made[1]["gate"]) == {"row", "finding"}
    told = set(made[1].loc[made[1]["gate"].eq("finding"), "reason"].str.partition(": ")[2])
    assert told == {
        "Gold: not all smelters that you know are in the declaration",
        "Tin: not all smelters that you know are in the declaration",
        "Cobalt: '50% or less' of the suppliers have answered",
        "Mica: 'Unknown' to the question whether it is used",
    }  # an unlisted smelter and an older revision that was asked for are none
    waiting = table(made[0] / "company-cmrt-6-5" / "waiting.csv")
    assert [line["supplier_id"] for line in waiting] == ["fennel", "bryony"]  # by metal


def test_a_family_has_only_its_metals_and_suppliers(made):
    derived = table(made[0] / "family-bench-analyzer-ba-2-cmrt-6-5" / "derivation.csv")
    said = {(line["topic"], line["metal"]): line["answer"] for line in derived}
    assert said["used_intentionally", "Tungsten"] == "No"
    assert {line["supplier_id"] for line in derived} - {""} == {"aster", "fennel", "ginger"}
    assert said["percent_responded", "Gold"] == "Greater than 50%"  # Ginger has not answered
    assert said["covered_countries", "Gold"] == "Unknown"


def test_a_metal_that_the_products_need_is_not_left_out(asked, example_2025, tmp_path):
    line = "w,W,2026-04-01,2026-05-01,CMRT_6.5.xlsx,family,Bench analyzer BA-2,Gold;Tin,"
    folder = asked(line)
    shutil.copy(ASKED / "templates" / "CMRT_6.5.xlsx", folder / "templates")
    gates = fill(DATA / "2025", example_2025, folder, tmp_path / "made", 2025)
    assert "line 2: leaves out Tantalum, which the products need" in gates["reason"][0]


def test_a_request_is_due_until_it_is_sent_and_again_when_it_is_to_be_renewed():
    asked = pd.DataFrame([
        (2, "a", "2026-05-01", "", ""), (3, "b", "2026-04-01", "2026-04-02", "2026-04-20"),
        (4, "c", "2026-04-01", "2026-04-02", "2027-04-02"), (5, "d", "2026-03-01", "", ""),
    ], columns=["line", "customer_id", "due_on", "sent_on", "renew_on"])  # fmt: skip
    rest = ("customer_name", "scope", "products", "template", "asked_on", "recipient", "notes")
    found = register.due(asked.assign(**dict.fromkeys(rest, "")), {}, {}, "2026-04-20")
    assert found[["customer_id", "state", "next_on"]].values.tolist() == [
        ["d", "to send", "2026-03-01"], ["b", "to renew", "2026-04-20"],
        ["a", "to send", "2026-05-01"], ["c", "sent", "2027-04-02"]]  # fmt: skip


def test_a_mineral_that_the_template_does_not_offer_is_told_with_those_that_it_does(
    asked, example_2025, tmp_path
):
    folder = asked("w,W,2026-04-01,2026-05-01,CMRT_6.5.xlsx,company,,Cobalt,")
    shutil.copy(ASKED / "templates" / "CMRT_6.5.xlsx", folder / "templates")
    gates = fill(DATA / "2025", example_2025, folder, tmp_path / "made", 2025)
    assert gates["reason"].tolist() == [
        "customers.csv, line 2: Cobalt is none of its metals. CMRT_6.5.xlsx offers Gold, Tantalum, "
        "Tin, Tungsten"]  # fmt: skip


def test_products_are_listed_with_the_customers_own_number(made):
    folder = "products-handheld-analyzer-ha-1-er-77-cmrt-6-4"
    sheet = openpyxl.load_workbook(book(made, folder))["Product List"]
    assert [cell.value for cell in sheet[6]][1:4] == ["Handheld analyzer HA-1"] * 2 + [
        "Your number: ER-77"]  # fmt: skip


def test_no_supplier_or_contact_stands_in_a_part_more_often_than_in_the_blank(made):
    people = table(DATA / "2025" / "suppliers.csv")
    names = ("supplier_id", "supplier_name", "contact_name", "contact_email")
    words = {line[name] for line in people for name in names}
    words |= {path.name for path in (DATA / "2025" / "cmrt").rglob("*.*")}
    for folder, template in (("company-cmrt-6-5", "CMRT_6.5"), ("company-cobalt-mica-emrt-2-0",
                                                               "EMRT_2.0")):  # fmt: skip
        blank = zipfile.ZipFile(ASKED / "templates" / f"{template}.xlsx")
        filled = zipfile.ZipFile(book(made, folder))
        for part in filled.namelist():
            before, after = (z.read(part).decode("utf-8", "replace") for z in (blank, filled))
            for word in words:
                found = [len(re.findall(rf"\b{re.escape(word)}\b", text, re.I))
                         for text in (after, before)]  # fmt: skip
                assert found[0] <= found[1], (part, word)


def test_the_trace_says_for_what_a_facility_is_known_and_what_stands_behind_no_product(made):
    trace = table(made[0] / "product_trace.csv")
    known = {(line["product"], line["smelter_id"]): line for line in trace}
    assert known["Handheld analyzer HA-1", "CID900203"]["known_for"] == "product"
    assert known["Bench analyzer BA-2", "CID900002"]["suppliers"] == "aster;fennel"
    assert known["Bench analyzer BA-2", "CID900002"]["known_for"] == "company"


def test_the_same_again_has_the_same_bytes_and_a_frozen_year_is_not_touched(
    made, example_2025, tmp_path
):
    year = tmp_path / "2025"
    shutil.copytree(example_2025, year)
    yearfolders.freeze(year, "2026-05-30")
    before = {name: manifest.sha256(year / name) for name in manifest.files_of(year)}
    fill(DATA / "2025", year, ASKED, tmp_path / "again", 2025)
    assert {name: manifest.sha256(year / name) for name in manifest.files_of(year)} == before
    for name in manifest.files_of(made[0]):
        assert (tmp_path / "again" / name).read_bytes() == (made[0] / name).read_bytes(), name


@pytest.fixture
def asked(tmp_path):
    """A register of one's own with the 6.4 blank, and a way to write its lines."""
    folder = tmp_path / "customers"
    (folder / "templates").mkdir(parents=True)
    shutil.copy(ASKED / "templates" / "EMRT_2.0.xlsx", folder / "templates")

    def write(*lines: str) -> Path:
        head = "customer_id,customer_name,asked_on,due_on,template,scope,products,metals,sent_file"
        (folder / "customers.csv").write_text("\n".join([head, *lines]))
        return folder

    return write


def test_a_template_that_cannot_be_filled_is_one_line_and_the_others_are_made(
    asked, example_2025, tmp_path
):
    folder = asked("a,A,2026-04-01,2026-05-01,missing.xlsx,company,,,",
                   "b,B,2026-04-01,2026-05-01,EMRT_2.0.xlsx,company,,Cobalt;Mica,")  # fmt: skip
    gates = fill(DATA / "2025", example_2025, folder, tmp_path / "made", 2025)
    assert gates.loc[gates["gate"].eq("template"), "reason"].tolist() == [
        "templates/missing.xlsx: is not there. Download the blank from its publisher and put it "
        "there"]  # fmt: skip
    assert len(list((tmp_path / "made").glob("*/*.xlsx"))) == 1


def test_what_differs_from_what_was_sent_last_is_told(asked, made, example_2025, tmp_path):
    folder = asked("b,B,2026-04-01,2026-05-01,EMRT_2.0.xlsx,company,,Cobalt;Mica,before.xlsx")
    (folder / "sent").mkdir()
    shutil.copy(book(made, "company-cobalt-mica-emrt-2-0"), folder / "sent" / "before.xlsx")
    target = tmp_path / "made"
    fill(DATA / "2025", example_2025, folder, target, 2025, "2026-05-01")
    page = (target / "company-cobalt-mica-emrt-2-0" / "index.html").read_text()
    table_ = page[page.index("<caption>Other than what was sent"):].partition("</table>")[0]
    assert "2026-04-15" in table_ and "2026-05-01" in table_
    assert table_.count("<tr") == 2  # its heading, and the date alone
    sent = manifest.sha256(folder / "sent" / "before.xlsx")
    assert table(target / "due.csv")[0]["sent_sha256"] == sent


@pytest.mark.parametrize(("line", "told"), [
    ("a,A,2026-04-01,2026-05-01,x.xlsx,everything,,,", "'everything' is no scope"),
    ("a,A,2026-04-01,2026-05-01,x.xlsx,products,,,", "names no product"),
    ("a,A,03/04/2026,2026-05-01,x.xlsx,company,,,", "not a date that can be read only one way"),
    ("a,A,2026-04-01,2026-05-01,../x.xlsx,company,,,", "template is a path"),
])  # fmt: skip
def test_a_wrong_line_of_the_register_is_named(asked, example_2025, tmp_path, line, told):
    with pytest.raises(InputError, match=rf"customers.csv, line 2: .*{told}"):
        fill(DATA / "2025", example_2025, asked(line), tmp_path / "made", 2025)


def test_what_somebody_edited_is_not_replaced(asked, example_2025, tmp_path):
    folder = asked("b,B,2026-04-01,2026-05-01,EMRT_2.0.xlsx,company,,Cobalt;Mica,")
    target = tmp_path / "made"
    fill(DATA / "2025", example_2025, folder, target, 2025)
    (target / "due.csv").write_text("mine")
    with pytest.raises(InputError, match="was edited since it was made"):
        fill(DATA / "2025", example_2025, folder, target, 2025)
