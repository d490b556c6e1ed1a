"""Checks of smelters against the reference: does the id agree with metal, name and country?

The matcher judges; the findings say where, and quote its reason.
"""

import pandas as pd

from conflict_minerals.ground import ids, names
from conflict_minerals.ground.versions import within
from conflict_minerals.smelters import judged_rows
from conflict_minerals.survey.checks_base import Case, rule, settings
from conflict_minerals.survey.checks_rows import at
from conflict_minerals.survey.places import each, empty, join, places, where
from conflict_minerals.year import stands


def _with_id(case: Case, kinds=("current",)) -> pd.DataFrame:
    """Lines that carry an id of those kinds."""
    return case.rows[case.rows["id_kind"].isin(kinds) & (case.rows["id"] != "")]


def _judged(case: Case) -> pd.DataFrame:
    """The lines with the matcher's answer: ``smelter_id, match, reason, fault``."""
    return case.rows.join(judged_rows(case.raw_rows, case.reference))


def _disagree(case: Case, fault: str, column: str) -> pd.DataFrame:
    """Where an id disagrees with something of its line, in the matcher's own words."""
    rows = case.once("judged", _judged)
    hits = rows[rows["fault"] == fault]
    return at(case, hits, column, expected=hits["reason"])


@rule("id-malformed")
def malformed(case):
    return _id_of_kind(case, ("bare", "other", "several"))


@rule("id-old-style")
def old_style(case):
    """Ids of revision 2 on a later template; on its own they are those that it asks for."""
    hits = _id_of_kind(case, ("old",))
    about = case.about.reindex(hits["file"])
    own = [template == "CMRT" and within(version, "<3.0")
           for template, version in zip(about["template"], about["version"], strict=True)]
    return where(hits, [not its for its in own])


def _id_of_kind(case: Case, kinds) -> pd.DataFrame:
    rows = case.rows[case.rows["id_kind"].isin(kinds)]
    return at(case, rows, "smelter_id_reported")


@rule("id-untidy")
def untidy(case):
    rows = _with_id(case)
    hits = rows[rows["smelter_id_reported"] != rows["id"]]
    return at(case, hits, "smelter_id_reported", expected=hits["id"])


@rule("id-typed-differs")
def typed_differs(case):
    """The id typed into the first column is not the one that the list shows beside it."""
    rows = case.rows
    if "id_typed" not in rows:
        return empty()
    rows = rows[(rows["id_typed"] != "") & (rows["id_shown"] != "")]
    typed = each(rows["id_typed"], lambda text: ids.read(text).value)
    hits = rows[(typed != rows["id"]) & (rows["id"] != "") & (typed != "")]
    return places(hits, cell=case.cells(hits, "id_input"), found=hits["id_typed"],
                  expected=hits["id_shown"])


@rule("id-unknown")
def unknown(case):
    known = set(case.facilities["smelter_id"])
    if not known:
        return empty()
    rows = _with_id(case)
    return at(case, rows[~rows["id"].isin(known)], "smelter_id_reported")


@rule("id-of-other-metal")
def other_metal(case):
    return _disagree(case, "metal", "smelter_id_reported")


@rule("id-of-other-name")
def other_name(case):
    return _disagree(case, "name", "name_reported")


@rule("id-of-other-country")
def other_country(case):
    return _disagree(case, "country", "country_reported")


@rule("smelter-may-have-new-id")
def new_id(case):
    return _disagree(case, "moved", "smelter_id_reported")


@rule("id-retired")
def retired(case):
    off = case.facilities[case.facilities["retired"].astype(bool)]
    off = set(zip(off["metal"], off["smelter_id"], strict=True))
    rows = _with_id(case)
    return at(case, where(rows, [bool({(metal, own), ("Multiple", own)} & off) for metal, own in
                                 zip(rows["metal"], rows["id"], strict=True)]),
              "smelter_id_reported")


@rule("id-beside-not-listed")
def id_beside_not_listed(case):
    rows = _with_id(case)
    return at(case, rows[rows["kind"] == "not_listed"], "smelter_id_reported")


def _named_known(case: Case, kind: str) -> pd.DataFrame:
    """Lines without an id, of a kind, whose name the matcher knows; with the id in words."""
    rows = case.once("judged", _judged)
    hits = rows[(rows["kind"] == kind) & (rows["id_kind"] == "blank") & (rows["match"] == "alias")]
    return hits.assign(known="id " + hits["smelter_id"])


@rule("not-listed-though-known")
def not_listed_known(case):
    hits = _named_known(case, "not_listed")
    return at(case, hits, "name_reported", expected=hits["known"])


@rule("known-smelter-without-id")
def without_id(case):
    hits = _named_known(case, "named")
    return at(case, hits, "smelter_id_reported", expected=hits["known"])


@rule("smelter-name-unknown")
def name_unknown(case):
    """Neither what was selected nor what was typed is a name that any source has for the metal."""
    entries = case.reference.entries
    stems = each(entries["name"], lambda name: names.keys(name).stem)
    known = set(zip(entries["metal"], stems, strict=True))
    # A name that a person has matched is known from then on.
    known |= {(metal, name.split(" ")[0]) for metal, name in stands(case.inputs.decisions, "match")}
    rows = case.rows[(case.rows["kind"] == "named") & (case.rows["id_kind"] == "blank")
                     & case.rows["metal"].isin(set(entries["metal"])) & (case.rows["stem"] != "")]
    selected = each(rows["lookup_reported"], lambda text: names.keys(text).stem)
    strange = [(metal, stem) not in known and (metal, other) not in known
               for metal, stem, other in zip(rows["metal"], rows["stem"], selected, strict=True)]
    return at(case, where(rows, strange), "name_reported")


def _again(case: Case) -> pd.DataFrame:
    """Lines that repeat a facility of an earlier line, with that line's number and name."""
    rows = case.rows[case.rows["kind"].isin(["named", "not_listed"])]
    rows = rows[(rows["id"] != "") | (rows["stem"] != "")].sort_values(["file", "row"])
    # Without an id the same name in the same country is the same smelter.
    rows["key"] = rows["id"].where(rows["id"] != "", rows["stem"] + "|" + rows["place"])
    first = rows.groupby(["file", "metal", "key"], sort=False)[["row", "stem"]].transform("first")
    rows["first_row"], rows["first_stem"] = first["row"], first["stem"]
    return rows[rows["row"] != rows["first_row"]]


@rule("smelter-listed-twice")
def listed_twice(case):
    rows = case.once("again", _again)
    hits = rows[(rows["stem"] == rows["first_stem"]) | (rows["stem"] == "")]
    return _twice(case, hits)


@rule("smelter-under-two-names")
def two_names(case):
    rows = case.once("again", _again)
    hits = rows[(rows["stem"] != rows["first_stem"]) & (rows["stem"] != "")]
    return _twice(case, hits)


def _twice(case: Case, hits: pd.DataFrame) -> pd.DataFrame:
    expected = "one line; row " + hits["first_row"].astype(str) + " has it already"
    said = hits["name_reported"].where(hits["name_reported"] != "", hits["id"])
    # Where only the id was typed and no formula shows a name, the id is what stands there.
    bare = (hits["derived"] != "") & (hits["id_typed"] != "") & (hits["lookup_reported"] != "")
    named, typed = hits[~bare], hits[bare]
    return join([
        at(case, named, "name_reported", found=said[~bare], expected=expected[~bare]),
        places(typed, cell=case.cells(typed, "id_input"), found=typed["id_typed"],
               expected=expected[bare]),
    ])


@rule("look-up-list-pasted")
def pasted(case):
    facilities = case.facilities[~case.facilities["retired"].astype(bool)]
    known = facilities.groupby("metal")["smelter_id"].nunique()
    known = known[known >= int(settings()["dump_least"])]
    rows = _with_id(case).merge(facilities[["metal", "smelter_id"]].drop_duplicates(),
                                left_on=["metal", "id"], right_on=["metal", "smelter_id"])
    rows = rows[rows["metal"].isin(known.index)].sort_values(["file", "row"])
    listed = rows.groupby(["file", "metal"])["id"].nunique().reset_index(name="listed")
    listed["known"] = listed["metal"].map(known).astype("int64")
    full = listed[listed["listed"] >= float(settings()["dump_share"]) * listed["known"]]
    first = rows.drop_duplicates(["file", "metal"]).merge(full, on=["file", "metal"])
    counts = first["listed"].astype(str) + " of the " + first["known"].astype("int64").astype(str)
    return at(case, first, "metal_reported",
              expected="the smelters of the supply chain; the list names " + counts + " known")
