"""Checks of a declaration against those that counted the year before, from finished outputs."""

from functools import cache

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.text import number_of
from conflict_minerals.survey.checks_base import Case, rule, settings
from conflict_minerals.survey.checks_rows import at
from conflict_minerals.survey.earlier import also_in, lines
from conflict_minerals.survey.places import each, empty, join, places


def _named(case: Case) -> pd.DataFrame:
    """This year's lines of CMRTs that name a smelter, with the supplier and date of the file."""
    files = case.read.loc[case.read["template"] == "CMRT", ["file", "effective_date"]]
    rows = case.rows[case.rows["kind"].isin(["named", "not_listed"]) & (case.rows["metal"] != "")]
    return rows.merge(files.drop_duplicates("file"), on="file")


def _then(case: Case) -> pd.DataFrame:
    """Last year's lines, each with the date of its file."""
    files = case.before.responses
    dates = dict(zip(files["file"], files["effective_date"], strict=True))
    rows = lines(case.before.rows)
    return rows.assign(date=rows["file"].map(dates).fillna(""))


def _lists(rows: pd.DataFrame) -> pd.Series:
    """The lines of each file as a set."""
    said = pd.Series(list(zip(rows["metal"], rows["id"], rows["name"], rows["place"],
                              strict=True)), index=rows.index, dtype="object")
    return said.groupby(rows["file"]).agg(frozenset)


@rule("same-declaration-as-last-year")
def same_declaration(case):
    then = case.once("then", _then)
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
    then, now = case.once("then", _then), _named(case)
    if then.empty:
        return empty()
    then = then.assign(still=also_in(then, now, ["supplier_id", "metal"]),
                       key=then["id"].where(then["id"] != "", then["stem"]))
    lists = then.groupby(["supplier_id", "metal", "key"], as_index=False).agg(
        still=("still", "any"), said=("said", "first"))
    first = now.sort_values(["file", "row"]).drop_duplicates(["file", "metal"])
    firsts = dict(tuple(first.groupby(["supplier_id", "metal"])))
    hits = []
    for (supplier, metal), part in lists.groupby(["supplier_id", "metal"], sort=True):
        gone = sorted(set(part.loc[~part["still"], "said"]))
        here = firsts.get((supplier, metal), first.iloc[:0])
        if gone and len(here):
            count = number_of(len(part), "smelter", "smelters")
            missing = f"{len(gone)} not named now: {'; '.join(gone)}"
            hits.append(at(case, here, "metal_reported", found=count, expected=missing))
    return join(hits)


@rule("list-replaced-since-last-year")
def list_replaced(case):
    """Lists of a metal, long enough then and now, most of which the supplier did not name then."""
    then, now = case.once("then", _then), _named(case)
    least, share = int(settings()["replaced_least"]), float(settings()["replaced_share"])
    if then.empty or now.empty:
        return empty()
    by = ["supplier_id", "metal"]
    long = then.groupby(by)["said"].nunique()
    now = now.assign(new=[not one for one in also_in(now, then, by)],
                     key=now["id"].where(now["id"] != "", now["stem"]))
    hits = []
    for (supplier, metal, _), part in now.groupby([*by, "file"], sort=True):
        kept = part.drop_duplicates("key")
        if min(len(kept), long.get((supplier, metal), 0)) >= least and kept["new"].mean() >= share:
            hits.append(at(case, part.sort_values("row").head(1), "metal_reported",
                           found=f"{kept['new'].sum()} of {len(kept)} smelters are new"))
    return join(hits)


@cache
def _moved() -> set[tuple[str, str, str]]:
    """Each topic with an answer of the year before and one of now that is asked about."""
    turns = library.table("flips")[["topic", "before", "now"]]
    return set(turns.itertuples(index=False, name=None))


def _only(table: pd.DataFrame, by: list[str], value: str) -> dict[tuple, str]:
    """The value that all rows alike in ``by`` have; none where they differ or say nothing."""
    said = table[table[value] != ""].groupby(by)[value].agg(["first", "nunique"])
    return said.loc[said["nunique"] == 1, "first"].to_dict()


@rule("answer-flipped-since-last-year")
def answer_flipped(case):
    was = _only(case.before.answers, ["supplier_id", "topic", "metal"], "answer")
    if not was:
        return empty()
    now = case.answers.merge(case.read.loc[case.read["template"] == "CMRT", [
        "file", "supplier_id"]].drop_duplicates("file"), on="file", suffixes=("_", ""))
    then = pd.Series([was.get(key, "") for key in zip(
        now["supplier_id"], now["topic"], now["metal"], strict=True)], now.index, dtype="object")
    turns = zip(now["topic"], then, now["answer"], strict=True)
    hits = pd.Series([one in _moved() for one in turns], now.index, dtype="bool")
    return places(now[hits], found=now["answer"][hits], expected=then[hits])


@rule("scope-changed-since-last-year")
def scope_changed(case):
    was = _only(case.before.responses, ["supplier_id"], "scope")
    files = case.read[case.read["template"] == "CMRT"]
    hits = files[[("scope", was.get(supplier, ""), scope) in _moved()
                  for supplier, scope in zip(files["supplier_id"], files["scope"], strict=True)]]
    if hits.empty:
        return empty()
    return places(hits.assign(**case.header(hits, "scope")), metal="", found=hits["scope"],
                  expected=each(hits["supplier_id"], was.get))
