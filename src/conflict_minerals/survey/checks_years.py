"""Checks of a declaration against the one that counted the year before, from finished outputs."""

from pathlib import Path

import pandas as pd

from conflict_minerals.ground import csvfiles, ids
from conflict_minerals.ground.names import keys
from conflict_minerals.ground.text import fold
from conflict_minerals.survey.checks_base import Case, rule, settings
from conflict_minerals.survey.checks_rows import at
from conflict_minerals.survey.places import each, empty, join, places

COLUMNS = ["supplier_id", "file", "date", "metal", "id", "name", "place", "stem", "said"]


def before(folder: Path | None) -> pd.DataFrame:
    """Lines of the smelter lists that counted in another year's outputs: ``COLUMNS``.

    Nothing without a folder, or where it holds no tables: then nothing is compared.
    """
    tables = folder and Path(folder) / "tables"
    if not tables or not (tables / "smelter_rows.csv").is_file():
        return pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS})
    wanted = ["file", "supplier_id", "counted", "metal", "smelter_id_reported", "name_reported",
              "country_reported"]
    rows = csvfiles.read(tables / "smelter_rows.csv", wanted)
    rows = rows[(rows["counted"] == "true") & (rows["metal"] != "")]
    files = csvfiles.read(tables / "responses.csv", ["file", "effective_date"])
    out = pd.DataFrame({
        "supplier_id": rows["supplier_id"], "file": rows["file"],
        "date": rows["file"].map(dict(zip(files["file"], files["effective_date"], strict=True))),
        "metal": rows["metal"],
        "id": each(rows["smelter_id_reported"], lambda text: ids.read(text).value),
        "name": each(rows["name_reported"], fold), "place": each(rows["country_reported"], fold),
        "stem": each(rows["name_reported"], lambda text: keys(text).stem),
        "said": rows["name_reported"].where(rows["name_reported"] != "",
                                            rows["smelter_id_reported"]),
    })
    return out.fillna("").astype("object").reset_index(drop=True)


def _named(case: Case) -> pd.DataFrame:
    """This year's lines of CMRTs that name a smelter, with the supplier and date of the file."""
    files = case.read.loc[case.read["template"] == "CMRT", ["file", "effective_date"]]
    rows = case.rows[case.rows["kind"].isin(["named", "not_listed"]) & (case.rows["metal"] != "")]
    return rows.merge(files.drop_duplicates("file"), on="file")


def _lists(rows: pd.DataFrame) -> pd.Series:
    """The lines of each file as a set."""
    lines = pd.Series(list(zip(rows["metal"], rows["id"], rows["name"], rows["place"],
                               strict=True)), index=rows.index, dtype="object")
    return lines.groupby(rows["file"]).agg(frozenset)


@rule("same-declaration-as-last-year")
def same_declaration(case):
    then = case.before
    if then.empty:
        return empty()
    old = {(row.supplier_id, row.date): [] for row in then.itertuples()}
    lists = _lists(then[(then["id"] != "") | (then["name"] != "")])
    for file, part in then.groupby("file"):
        if file in lists and len(lists[file]) >= int(settings()["same_list_least"]):
            old[part["supplier_id"].iloc[0], part["date"].iloc[0]].append((lists[file], file))
    now = _lists(_named(case))
    files = case.read[case.read["file"].isin(now.index) & (case.read["effective_date"] != "")]
    same = {
        file: other for file, supplier, day in zip(
            files["file"], files["supplier_id"], files["effective_date"], strict=True)
        for lines, other in old.get((supplier, day), ()) if lines == now[file]
    }
    hits = files[files["file"].isin(same)]
    return places(hits.assign(sheet="Declaration"), cell="effective_date_cell", metal="",
                  found=each(hits["file"], same.get))


@rule("smelters-gone-since-last-year")
def smelters_gone(case):
    """Smelters of a metal that the supplier named then and names in none of its files now."""
    then = case.before[(case.before["id"] != "") | (case.before["stem"] != "")]
    if then.empty:
        return empty()
    now = _named(case)
    known = {name: set(zip(now["supplier_id"], now["metal"], now[name], strict=True))
             for name in ("id", "stem")}
    still = [
        any(value and (supplier, metal, value) in known[name]
            for name, value in (("id", own), ("stem", stem)))
        for supplier, metal, own, stem in zip(
            then["supplier_id"], then["metal"], then["id"], then["stem"], strict=True)
    ]
    then = then.assign(still=still, key=then["id"].where(then["id"] != "", then["stem"]))
    lists = then.groupby(["supplier_id", "metal", "key"], as_index=False).agg(
        still=("still", "any"), said=("said", "first"))
    first = now.sort_values(["file", "row"]).drop_duplicates(["file", "metal"])
    firsts = dict(tuple(first.groupby(["supplier_id", "metal"])))
    hits = []
    for (supplier, metal), part in lists.groupby(["supplier_id", "metal"], sort=True):
        gone = sorted(set(part.loc[~part["still"], "said"]))
        here = firsts.get((supplier, metal), first.iloc[:0])
        if gone and len(here):
            count = f"{len(part)} smelter{'' if len(part) == 1 else 's'}"
            missing = f"{len(gone)} not named now: {'; '.join(gone)}"
            hits.append(at(case, here, "metal_reported", found=count, expected=missing))
    return join(hits)
