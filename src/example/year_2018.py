"""The example year 2018: a reconstruction whose figures are those of a published filing."""

import csv
import io

from example import build
from example.spread import reporters, share, written
from example.tables import table

# The look-up of the oldest revision in use lacks what came later, so such ids are typed by hand.
_NOT_YET_IN = {"5.01": "CID002800"}


def annex() -> list[dict]:
    """The published annex, one row a (smelter, metal) pair."""
    return table("annex_2018.csv")


def contents() -> tuple[dict[str, bytes], list[dict]]:
    """The files of ``data/raw/2018`` by path, and the truth about each reported row."""
    found = build.own_inputs(2018)
    rows = annex()
    found["lists/conformant-smelters-2018.xml"] = build.conformant_list(
        [row for row in rows if row["status"] == "Full Compliant"])
    found["lists/active-smelters-2018.xml"] = build.active_list(
        [row for row in rows if row["status"] == "Active"])
    found["annex_confidence.csv"] = _confidence(rows)
    truth = []
    said = table("tables/2018/answers.csv")
    special = table("tables/2018/rows.csv")
    regular = _regular(rows)
    for file in table("tables/2018/files.csv"):
        key, revision = file["key"], file["revision"]
        listed = build.place(regular[key], [row for row in special if row["key"] == key])
        found[f"cmrt/{file['path']}"] = build.workbook_of(
            file, build.answers(said, key, revision), listed, _lookup(rows, revision))
        truth += build.truth_of(key, file["path"], listed)
    return found, truth


def _lookup(rows: list[dict], revision: str) -> list[dict]:
    limit = _NOT_YET_IN.get(revision, "CID999999")
    known = [row for row in rows if row["smelter_id"] < limit]
    source = "CFSI" if float(revision) < 5.11 else "RMI"
    return build.lookup(known, table("tables/2018/aliases.csv"), source)


def _regular(rows: list[dict]) -> dict[str, list[dict]]:
    rules = table("tables/2018/spread.csv")
    revisions = {file["key"]: file["revision"] for file in table("tables/2018/files.csv")}
    other_names: dict[tuple[str, str], list[str]] = {}
    for row in table("tables/2018/aliases.csv"):
        other_names.setdefault((row["metal"], row["smelter_id"]), []).append(row["alias"])
    lists = {}
    by_key = reporters(rows, rules)
    for rule in rules:
        limit = _NOT_YET_IN.get(revisions[rule["key"]], "CID999999")
        lists[rule["key"]] = [
            written(row, rule, other_names.get((row["metal"], row["smelter_id"]), []),
                    row["smelter_id"] >= limit)
            for row in by_key[rule["key"]]]
    lists["alder-first"] = [row for row in lists["alder"]
                            if share("first", row["truth_id"]) < 0.4]
    return lists


def _confidence(rows: list[dict]) -> bytes:
    out = io.StringIO()
    out.write("# How firm each row of the reconstructed annex is; see NOTES.md.\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["metal", "smelter_id", "smelter_name", "status", "status_confidence", "note"])
    for row in rows:
        writer.writerow([row[key] for key in ("metal", "smelter_id", "smelter_name", "status",
                                              "status_confidence", "note")])
    return out.getvalue().encode("utf-8")
