"""The small example years 2024 and 2025: an invented registrant, invented smelters, two reports."""

import csv
import io

from example import build
from example.emrt import workbook as emrt_workbook
from example.letter import pdf
from example.tables import table


def facilities(revision: str) -> list[dict]:
    """The invented facilities as the look-up of a revision names them."""
    return [{**row, "smelter_name": row[f"name_{revision}"]}
            for row in table("tables/small/facilities.csv") if row[f"name_{revision}"]]


def contents(year: int) -> tuple[dict[str, bytes], list[dict]]:
    """The files of ``data/raw/<year>`` by path, and the truth about each reported row."""
    found = build.own_inputs(year)
    found |= _lists(year)
    truth = []
    said = table(f"tables/{year}/answers.csv")
    rows = table(f"tables/{year}/rows.csv")
    for file in table(f"tables/{year}/files.csv"):
        listed = [row for row in rows if row["key"] == file["key"]]
        entries = build.lookup(facilities(file["revision"]), table("tables/small/aliases.csv"),
                               "RMI")
        answered = build.answers(said, file["key"], file["revision"])
        found[f"cmrt/{file['path']}"] = build.workbook_of(file, answered, listed, entries)
        truth += build.truth_of(file["key"], file["path"], listed)
    if year == 2025:
        found["cmrt/fennel/EMRT_2.0_Fennel.xlsx"] = emrt_workbook()
        found["cmrt/ginger/Letter of Ginger.pdf"] = pdf([
            "Illustration: a made-up letter.", "",
            "Dear customer,", "we have received your request and will answer it in summer.",
            "Ginger Metal Parts, an example"])
    return found, truth


def _lists(year: int) -> dict[str, bytes]:
    newest = {2024: "6.4", 2025: "6.5"}[year]
    names = {(row["metal"], row["smelter_id"]): row
             for revision in ("6.4", newest) for row in facilities(revision)}
    listed: dict[str, list[dict]] = {}
    for row in table(f"tables/{year}/listed.csv"):
        listed.setdefault(row["list"], []).append({**names[(row["metal"], row["smelter_id"])],
                                                   **row})
    found = {
        f"lists/conformant-{year}.xml": build.conformant_list(listed["conformant"]),
        f"lists/active-{year}.xml": build.active_list(listed["active"]),
        f"lists/lbma-{year}.csv": _csv(
            ["Metal", "Smelter ID", "Refiner", "Country"],
            [[r["metal"], r["smelter_id"], r["smelter_name"], r["country_name"]]
             for r in listed["lbma"]]),
    }
    if year == 2025:  # last year's list too, so that what has left it since is seen
        found["lists/conformant-2024.xml"] = _lists(2024)["lists/conformant-2024.xml"]
    if "retired" in listed:
        found[f"lists/retired-{year}.csv"] = _csv(
            ["Metal", "Smelter ID", "Smelter Name", "Country", "Basis for revision"],
            [[r["metal"], r["smelter_id"], r["smelter_name"], r["country_name"],
              "Ceased operations (illustration)"] for r in listed["retired"]])
    return found


def _csv(columns: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")
