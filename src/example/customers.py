"""What customers ask the company of 2025 for: a register, and invented blanks to be filled."""

from example import build, emrt
from example.small import facilities
from example.tables import table, text
from example.template import Form, workbook

_ROOM = 60  # lines of the blanks' Smelter List


def blank(revision: str) -> bytes:
    """An invented blank CMRT of a revision, with formulas that wait for ids."""
    entries = build.lookup(facilities(revision), table("tables/small/aliases.csv"), "RMI")
    rows = [{"way": "blank"}] * _ROOM
    return workbook(Form(revision, "English", {}, {}, rows, [], entries, blank=True))


def contents() -> dict[str, bytes]:
    """The files of ``data/raw/customers-example`` by path."""
    return {
        "customers.csv": text("inputs/customers/customers.csv").encode(),
        "templates/CMRT_6.5.xlsx": blank("6.5"),
        "templates/CMRT_6.4.xlsx": blank("6.4"),
        "templates/EMRT_2.0.xlsx": emrt.workbook(blank=True),
    }
