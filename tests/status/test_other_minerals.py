"""What EMRTs and AMRTs name: matched and counted apart, and never among the facilities."""

from datetime import date

import pandas as pd
import pytest

import identity_year as year
from conflict_minerals.ground import tables
from conflict_minerals.smelters import matching
from conflict_minerals.status import classify, minerals

COBALT = ("Cobalt", "CID900901", ["Fairytale Cobalt Works"], "FINLAND")
LISTED = {"metal": "Cobalt", "smelter_id": "CID900901", "name": "Fairytale Cobalt Works",
          "country": "FIN", "list_id": "cobalt"}
FILES = {"anna/emrt.xlsx": ("EMRT", "accepted"), "bert/amrt.xlsx": ("AMRT", "accepted"),
         "carl/old.xlsx": ("EMRT", "superseded"), "anna/cmrt.xlsx": ("CMRT", "accepted")}


def line(file: str, metal: str, one: str = "", name: str = "", **more) -> dict:
    return year.row(metal, one, name, file=file, supplier_id=file.partition("/")[0],
                    counted="cmrt" in file, **more)


@pytest.fixture(scope="module")
def made():
    """The three tables, and the facilities of the same rows."""
    smelters = [*year.SMELTERS, COBALT]
    known = year.known(LISTED, smelters=smelters)
    rows = matching.match(year.rows(
        line("anna/emrt.xlsx", "Cobalt", "CID900901"), line("anna/emrt.xlsx", "Cobalt", "", "Who"),
        line("anna/emrt.xlsx", "Mica", lookup="Smelter not yet identified"),
        line("bert/amrt.xlsx", "Silver", "", "Nobody"),
        line("carl/old.xlsx", "Cobalt", "CID900901"),
        line("anna/cmrt.xlsx", "Gold", "CID900001")), known)
    responses = pd.DataFrame([(file, *said) for file, said in FILES.items()],
                             columns=["file", "template", "verdict"])
    answers = pd.DataFrame(
        [("anna/emrt.xlsx", "anna", "Cobalt", "Yes"), ("anna/emrt.xlsx", "anna", "Mica", "Unknown"),
         ("bert/amrt.xlsx", "bert", "Silver", "Yes"), ("anna/cmrt.xlsx", "anna", "Gold", "Yes")],
        columns=["file", "supplier_id", "metal", "answer"]).assign(topic="used_intentionally")
    day, entries = date(2026, 3, 31), year.entries(LISTED)
    found = minerals.minerals(rows, responses, answers, known, entries, as_of=day, program={})
    return found, classify.facilities(rows, known, entries, as_of=day)


def test_they_are_counted_by_template_and_mineral(made):
    shown = made[0].counted.set_index(["template", "metal"])
    told = ["suppliers", "suppliers_using", "rows", "rows_unmatched", "rows_not_identified",
            "facilities", "conformant"]  # fmt: skip
    assert shown.loc[("EMRT", "Cobalt"), told].tolist() == [1, 1, 2, 1, 0, 1, 1]
    assert shown.loc[("EMRT", "Mica"), told].tolist() == [1, 0, 1, 0, 1, 0, 0]
    assert shown.loc[("AMRT", "Silver"), told].tolist() == [1, 1, 1, 1, 0, 0, 0]
    assert len(shown) == 3  # neither gold nor what was superseded
    for name, frame in made[0]._asdict().items():
        tables.shape(frame, {"rows": "mineral_rows", "facilities": "mineral_facilities",
                             "counted": "minerals"}[name])


def test_a_facility_has_what_the_lists_say_of_it(made):
    cobalt = made[0].facilities.iloc[0]
    assert (cobalt.metal, cobalt.status, cobalt.suppliers) == ("Cobalt", "conformant", 1)
    assert cobalt.status_source == "lists/conformant.xml, sheet List, row 2"


def test_none_of_them_is_a_facility_of_the_year(made):
    assert made[1]["metal"].tolist() == ["Gold"]


def test_a_list_that_names_no_metal_speaks_of_the_mineral_that_another_source_names():
    several = LISTED | {"metal": "Multiple"}
    known = year.known(several, smelters=[*year.SMELTERS, COBALT])
    said = classify.evidence(known, year.entries(several), as_of=date(2026, 3, 31))
    assert [one.status for one in said["Cobalt", "CID900901"]] == ["conformant"]
