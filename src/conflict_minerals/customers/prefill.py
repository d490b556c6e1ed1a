"""A request with a supplier's own last answers in it: the user's blank, filled from its own file.

Nothing of anybody else goes in, and no day: the supplier enters it when it has gone through all.
"""

from __future__ import annotations

import csv
from pathlib import Path

from conflict_minerals.customers.blank import Blank
from conflict_minerals.customers.filling import Declaration, Smelter, fill
from conflict_minerals.ground import countries, ids
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import fold
from conflict_minerals.intake import read_folder

_SCOPES = {"company": "company", "product": "products"}  # any other is the supplier's own
_OF_THE_FORM = ("title", "language", "revision", "scope", "effective_date")


def prefill(raw: Path, outputs: Path, supplier: str, blank: Path) -> tuple[bytes, str, str]:
    """The filled blank, what to call it, and the file below ``cmrt/`` that its answers are from.

    Args:
        raw, outputs: inputs and finished outputs of the year whose answers count; of a supplier's
            accepted files of the blank's family the newest is taken.

    Raises:
        InputError: no such blank or supplier, or nothing of it that counts.
    """
    if not blank.is_file():
        raise InputError("is not there", file=str(blank),
                         fix="Download the blank from its publisher")
    opened = Blank(blank.read_bytes(), blank.name)
    file = _newest(outputs / "tables" / "responses.csv", supplier, opened.family)
    read = read_folder(raw / "cmrt" / supplier)
    name = file.removeprefix(f"{supplier}/")
    tables = [table[table["file"] == name].to_dict("records") for table in (
        read.files, read.fields, read.answers, read.rows, read.products)]
    if not tables[0]:
        raise InputError("is not there any more", file=f"cmrt/{file}", fix="Put it back")
    (about,), fields, answers, rows, products = tables
    declared = Declaration(
        _SCOPES.get(about["scope"], "family"), None,
        {line["field"]: line["value"] or line["raw"] for line in fields
         if line["field"] not in _OF_THE_FORM},
        {(line["topic"], line["metal"]): (line["answer"], line["comment"]) for line in answers},
        [_smelter(line, opened) for line in rows if line["metal"]],
        [{name: line[name] for name in ("number", "name", "comments")} for line in products],
        tuple(sorted({line["metal"] for line in answers if line["metal"]}))
        if opened.family != "CMRT" else ())
    return fill(opened, declared), f"{opened.family}_{opened.version}_{supplier}.xlsx", file


def _newest(responses: Path, supplier: str, family: str) -> str:
    if not responses.is_file():
        raise InputError("is not there", file=f"{responses.parent.parent.name}/tables/"
                         "responses.csv", fix="Run the report of that year first")
    with responses.open(encoding="utf-8-sig", newline="") as stream:
        held = [row for row in csv.DictReader(stream) if row["supplier_id"] == supplier
                and row["template"] == family and row["verdict"].startswith("accepted")]
    if not held:
        raise InputError(f"no {family} of {supplier!r} was accepted", file="responses.csv",
                         fix="Name a supplier that answered in that year: --year, --supplier")
    return max(held, key=lambda row: (row["effective_date"], row["file"]))["file"]


def _smelter(line: dict, blank: Blank) -> Smelter:
    found = ids.read(line["smelter_id_reported"] or line["id_typed"])
    one = Smelter(
        line["metal"], found.value if found.kind == "current" else "", line["name_reported"],
        countries.iso3(line["country_reported"]), line["mines_reported"],
        line["mine_countries_reported"], line["recycled_reported"])
    unnamed = fold(line["lookup_reported"]).startswith("smelter not yet")
    return Smelter(one.metal, "") if unnamed else one
