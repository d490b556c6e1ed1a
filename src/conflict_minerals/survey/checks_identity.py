"""Checks of smelters against the reference: does the id agree with metal, name and country?"""

from functools import lru_cache

import pandas as pd
from rapidfuzz import fuzz

from conflict_minerals.ground import countries, ids, names
from conflict_minerals.ground.versions import within
from conflict_minerals.survey.checks_base import Case, rule, settings
from conflict_minerals.survey.checks_rows import at
from conflict_minerals.survey.places import each, empty, holds, join, places, texts, where
from conflict_minerals.year import stands

_MULTIPLE = "Multiple"


def _with_id(case: Case, kinds=("current",)) -> pd.DataFrame:
    """Lines that carry an id of those kinds."""
    return case.rows[case.rows["id_kind"].isin(kinds) & (case.rows["id"] != "")]


def _known(case: Case) -> pd.DataFrame:
    return case.once("known_ids", _find_known)


def _find_known(case: Case) -> pd.DataFrame:
    """Lines whose id the reference has for their metal, with the facility's facts."""
    facts = case.facilities[["metal", "smelter_id", "smelter_name", "country", "retired"]]
    facts = facts.rename(columns={"country": "facility_country"}).astype(object)
    rows = _with_id(case).reset_index(names="at")
    own = rows.merge(facts, left_on=["metal", "id"], right_on=["metal", "smelter_id"])
    shared = facts[facts["metal"] == _MULTIPLE].drop(columns="metal")
    rest = rows[~rows["at"].isin(own["at"])]
    return pd.concat([own, rest.merge(shared, left_on="id", right_on="smelter_id")],
                     ignore_index=True)


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
    metals = case.facilities.groupby("smelter_id")["metal"].agg(lambda m: ", ".join(sorted(set(m))))
    rows = _with_id(case)
    rows = rows[(rows["metal"] != "") & rows["id"].isin(metals.index)]
    listed = each(rows["id"], metals.to_dict().get)
    apart = [metal not in said.split(", ") and said != _MULTIPLE
             for metal, said in zip(rows["metal"], listed, strict=True)]
    hits = where(rows, apart)
    return at(case, hits, "smelter_id_reported",
              expected="an id of " + hits["metal"] + "; " + hits["id"] + " is of "
              + listed[hits.index])


@rule("id-of-other-name")
def other_name(case):
    rows = _known(case)
    rows = rows[(rows["kind"] == "named") & (rows["name_reported"] != "")]
    known = {key: tuple(found) for key, found in case.names.items()}
    owners = case.once("owners", _owners)
    least = float(settings()["smelter_likeness"])
    apart = []
    for metal, own, name, stem, standard in zip(rows["metal"], rows["id"], rows["name_reported"],
                                                rows["stem"], rows["smelter_name"], strict=True):
        listed = known.get((metal, own)) or known.get((_MULTIPLE, own)) or (standard,)
        other = owners.get((metal, stem), frozenset()) - {own}
        apart.append(_differs(name, listed, least, bool(other)))
    hits = where(rows, apart)
    return at(case, hits, "name_reported", expected=hits["smelter_name"] + " (" + hits["id"] + ")")


@lru_cache(maxsize=200_000)
def _differs(name: str, listed: tuple[str, ...], least: float, elsewhere: bool) -> bool:
    """Not a known name of the id, and either another facility's name or nothing like its own."""
    stem = names.keys(name).stem
    if not stem or any(names.keys(known).stem == stem for known in listed):
        return False
    if elsewhere:
        return True
    said = " ".join(names.words(name))
    return max(fuzz.token_set_ratio(said, " ".join(names.words(known))) for known in listed) < least


def _owners(case: Case) -> dict[tuple[str, str], frozenset[str]]:
    """Which ids carry a name, by metal and the name's stem."""
    entries = case.reference.entries
    entries = entries[entries["smelter_id"] != ""]
    # An id of the form that ended with revision 2 is nothing to be asked for.
    entries = entries[holds(entries["smelter_id"], lambda own: ids.read(own).kind == "current")]
    stems = {name: names.keys(name).stem for name in entries["name"].unique()}
    found: dict[tuple[str, str], set] = {}
    for metal, own, name in zip(entries["metal"], entries["smelter_id"], entries["name"],
                                strict=True):
        found.setdefault((metal, stems[name]), set()).add(own)
    return {key: frozenset(owners) for key, owners in found.items()}


@rule("id-of-other-country")
def other_country(case):
    rows = _known(case)
    rows = rows[(rows["country_reported"] != "") & (rows["facility_country"] != "")]
    code = each(rows["country_reported"], countries.iso3)
    hits = rows[(code != "") & (code != rows["facility_country"])]
    expected = each(hits["facility_country"], countries.printed) + " (" + hits["id"] + ")"
    return at(case, hits, "country_reported", expected=expected)


@rule("id-retired")
def retired(case):
    rows = _known(case)
    return at(case, rows[rows["retired"].astype(bool)], "smelter_id_reported")


@rule("id-beside-not-listed")
def id_beside_not_listed(case):
    rows = _with_id(case)
    return at(case, rows[rows["kind"] == "not_listed"], "smelter_id_reported")


def _named_known(case: Case, rows: pd.DataFrame) -> pd.DataFrame:
    """Lines whose name is a known name of exactly one facility of their metal, with its id."""
    owners = case.once("owners", _owners)
    own = [owners.get((metal, stem), frozenset()) if stem else frozenset()
           for metal, stem in zip(rows["metal"], rows["stem"], strict=True)]
    hits = rows.assign(known=texts(rows, (next(iter(o)) if len(o) == 1 else "" for o in own)))
    return hits[hits["known"] != ""]


@rule("not-listed-though-known")
def not_listed_known(case):
    rows = case.rows[(case.rows["kind"] == "not_listed") & (case.rows["id"] == "")]
    hits = _named_known(case, rows)
    return at(case, hits, "name_reported", expected="id " + hits["known"])


@rule("known-smelter-without-id")
def without_id(case):
    rows = case.rows[(case.rows["kind"] == "named") & (case.rows["id_kind"] == "blank")]
    hits = _named_known(case, rows)
    return at(case, hits, "smelter_id_reported", expected="id " + hits["known"])


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
