"""Checks of the header block: people, addresses, scope. What people typed is never quoted."""

import re

import pandas as pd

from conflict_minerals.ground.terms import placeholders
from conflict_minerals.ground.text import fold
from conflict_minerals.survey.checks_base import Case, rule
from conflict_minerals.survey.places import join, places, where

_PEOPLE = ("contact_name", "authorizer")
_EMAILS = ("contact_email", "authorizer_email")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
WITHHELD = "(withheld)"


def _typed(case: Case, names) -> pd.DataFrame:
    """The header fields of those names that hold something."""
    found = [case.field(name) for name in names]
    table = pd.concat(found, ignore_index=True) if found else case.fields.iloc[:0]
    table = table[table["file"].isin(set(case.read["file"]))].copy()
    table["raw"] = table["raw"].astype(str).str.strip()
    return table[table["raw"] != ""]


@rule("email-missing-at")
def email_without_at(case):
    table = _typed(case, _EMAILS)
    bare = table[~table["raw"].str.contains("@", regex=False)]
    bare = bare[~bare["raw"].map(fold).isin(placeholders())]
    return places(bare, found=WITHHELD, metal="")


@rule("email-placeholder")
def email_placeholder(case):
    table = _typed(case, _EMAILS)
    hits = table[table["raw"].map(fold).isin(placeholders())]
    return places(hits, found=hits["raw"], metal="")


@rule("email-malformed")
def email_malformed(case):
    table = _typed(case, _EMAILS)
    table = table[table["raw"].str.contains("@", regex=False)]
    bad = where(table, (not _EMAIL.fullmatch(text) for text in table["raw"]))
    return places(bad, found=WITHHELD, metal="")


@rule("person-placeholder")
def person_placeholder(case):
    table = _typed(case, _PEOPLE)
    hits = table[table["raw"].map(fold).isin(placeholders(person=True))]
    return places(hits, found=hits["raw"], metal="")


@rule("person-is-email")
def person_is_email(case):
    table = _typed(case, _PEOPLE)
    return places(table[table["raw"].str.contains("@", regex=False)], found=WITHHELD, metal="")


@rule("phone-without-digits")
def phone_without_digits(case):
    table = _typed(case, ("contact_phone",))
    short = table[table["raw"].str.count(r"\d") < 5]
    return places(short, found=WITHHELD, metal="")


@rule("company-name-placeholder")
def company_placeholder(case):
    table = _typed(case, ("company_name",))
    hits = table[table["raw"].map(fold).isin(placeholders(person=True))]
    return places(hits, found=hits["raw"], metal="")


@rule("scope-description-says-nothing")
def scope_description(case):
    table = _typed(case, ("scope_description",))
    scoped = case.read.drop_duplicates("file").set_index("file")["scope"]
    table = table[table["file"].map(scoped).isin(["user_defined", "division", "product_category"])]
    hits = table[table["raw"].map(fold).isin(placeholders())]
    return places(hits, found=hits["raw"], metal="")


@rule("company-scope-though-products-asked")
def company_scope(case):
    if not case.inputs.program["survey"].get("product_level_asked"):
        return join([])
    files = case.read[(case.read["template"] == "CMRT") & (case.read["scope"] == "company")]
    cells = case.field("scope")[["file", "sheet", "cell"]].drop_duplicates("file")
    hits = files.merge(cells, on="file", how="left").fillna("")
    return places(hits, found=hits["scope_raw"].astype(str))
