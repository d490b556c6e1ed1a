"""Checks of answers against one another: what a declaration says twice must agree."""

import re

import pandas as pd

from conflict_minerals.ground.terms import METALS
from conflict_minerals.survey.checks_base import Case, rule
from conflict_minerals.survey.places import join, places

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\b[\w\-]+(?:\.[\w\-]+)*\.[a-z]{2,}\b", re.I)
_PART = ("Greater than 90%", "Greater than 75%", "Greater than 50%", "50% or less",
         "Greater than 25%", "Less than 25%", "None", "Did not survey")
# Asked of a metal only once it is known to be used and in the product.
_LATER = ("covered_countries", "cahra", "recycled_scrap", "percent_responded", "all_identified",
          "all_reported", "all_validated")


def says(hits: pd.DataFrame, topic: str) -> pd.DataFrame:
    """The answer to a topic, found where it stands."""
    return places(hits, cell=f"{topic}_cell", found=hits[topic])


def _declared(case: Case) -> pd.DataFrame:
    """Metals that the file says it uses and does not say are absent from the product."""
    return case.metals[case.metals["declared"]]


@rule("origin-excluded-without-knowing-all")
def excluded_without_knowing(case):
    """An origin can only be excluded for smelters that are known."""
    m = _declared(case)
    m = m[m["percent_responded"].isin(_PART) | (m["all_identified"] == "No")]
    return join([says(m[m[topic] == "No"], topic) for topic in ("covered_countries", "cahra")])


@rule("all-identified-without-all-answers")
def identified_without_answers(case):
    m = _declared(case)
    hits = m[(m["all_identified"] == "Yes") & m["percent_responded"].isin(_PART)]
    return places(hits, cell="all_identified_cell", found=hits["all_identified"],
                  expected="No, as long as only '" + hits["percent_responded"] + "' have answered")


@rule("answers-for-absent-metal")
def stale_answers(case):
    absent = case.metals.loc[case.metals["out"], ["file", "metal"]]
    later = case.answers[case.answers["topic"].isin(_LATER) & (case.answers["metal"] != "")
                         & ~case.answers["answer"].isin(["", "No", "None", "Unknown"])]
    hits = later.merge(absent, on=["file", "metal"])
    return places(hits, found=hits["answer"])


@rule("necessary-metal-declared-absent")
def necessary_absent(case):
    """The year's products need a metal that their supplier says it does not use."""
    products = case.inputs.products
    needs = [
        (supplier, metal)
        for row in products.itertuples()
        for supplier in row.suppliers.split(";")
        for metal in METALS
        if supplier and getattr(row, metal.lower()) == "yes"
    ]
    needed = pd.DataFrame(sorted(set(needs)), columns=["supplier_id", "metal"], dtype="str")
    files = case.read.loc[case.read["template"] == "CMRT", ["file", "supplier_id"]]
    absent = case.metals[case.metals["out"]].merge(files, on="file").merge(needed)
    no_use = absent["used_intentionally"] == "No"
    topic = no_use.map({True: "used_intentionally", False: "remains_in_product"})
    cell = absent["used_intentionally_cell"].where(no_use, absent["remains_in_product_cell"])
    return places(absent.assign(topic=topic), cell=cell, found="No")


@rule("all-reported-but-none-listed")
def reported_but_none(case):
    m = _declared(case)
    listed = case.rows[["file", "metal"]].drop_duplicates()
    both = m.merge(listed, on=["file", "metal"], how="left", indicator=True)
    hits = both[(both["_merge"] == "left_only") & (both["all_reported"] == "Yes")]
    return says(hits, "all_reported")


@rule("metal-only-unidentified")
def only_unidentified(case):
    m = _declared(case)
    named = case.rows["kind"].isin(["named", "not_listed"])
    tally = pd.DataFrame({"file": case.rows["file"], "metal": case.rows["metal"], "named": named})
    tally = tally.groupby(["file", "metal"], as_index=False)["named"].any()
    hits = m.merge(tally[~tally["named"]], on=["file", "metal"])
    return places(hits, cell="used_intentionally_cell", found=hits["used_intentionally"])


@rule("metal-declared-but-not-listed")
def declared_not_listed(case):
    """As the Checker's own rule since 4.0; here for the revisions whose Checker asks less."""
    old = set(case.read.loc[case.read["template"] == "CMRT", "file"])
    m = _declared(case)
    some = set(case.rows["file"])
    listed = case.rows[["file", "metal"]].drop_duplicates()
    both = m[m["file"].isin(old & some)].merge(
        listed, on=["file", "metal"], how="left", indicator=True)
    hits = both[both["_merge"] == "left_only"]
    return places(hits, cell="used_intentionally_cell", found=hits["used_intentionally"])


@rule("policy-public-without-policy")
def public_without_policy(case):
    policy = case.topic("policy")
    none = set(policy.loc[policy["answer"] == "No", "file"])
    public = case.topic("policy_public")
    hits = public[(public["answer"] == "Yes") & public["file"].isin(none)]
    return places(hits, found=hits["answer"])


@rule("policy-address-implausible")
def address_implausible(case):
    public = case.topic("policy_public")
    said = public[(public["answer"] == "Yes") & (public["comment"].str.strip().str.len() > 1)]
    bad = said[~said["comment"].str.contains(_ADDRESS)]
    return places(bad, cell=case.column(bad, "declaration", "comment"), found=bad["comment"])


@rule("other-format-not-described")
def other_format(case):
    survey = case.topic("survey")
    hits = survey[(survey["answer"] == "Yes, other format") & (survey["comment"].str.strip() == "")]
    return places(hits, cell=case.column(hits, "declaration", "comment"), found="")


@rule("company-practice-missing")
def practice_missing(case):
    no = case.company[(case.company["answer"] == "No")
                      & (case.company["topic"] != "disclosure_required")]
    used = set(_declared(case)["file"])
    hits = no[no["file"].isin(used)]
    return places(hits, found=hits["answer"])
