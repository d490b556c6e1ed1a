"""Checks that are a condition on what one place of a file says: ``simple_checks.csv``."""

import re
from functools import cache, partial

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.conditions import check_columns, parse
from conflict_minerals.ground.terms import placeholders
from conflict_minerals.ground.text import fold
from conflict_minerals.survey.checks_answers import says
from conflict_minerals.survey.checks_base import CHECKS, TOPICS, Case
from conflict_minerals.survey.checks_rows import at
from conflict_minerals.survey.places import each, join, places, where

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")


def _rows(case: Case) -> pd.DataFrame:
    """The lines of the smelter lists beside what their files answer for the metal."""
    said = case.metals[["file", "metal", *TOPICS, "out", "declared"]]
    rows = case.rows.assign(template=case.rows["file"].map(case.about["template"]))
    return rows.merge(said, on=["file", "metal"], how="left").fillna("")


def _fields(case: Case) -> pd.DataFrame:
    """The header fields that hold something, with ``looks``, ``person``, ``digits``, ``scope``."""
    files = case.read.drop_duplicates("file").set_index("file")["scope"]
    table = case.fields[case.fields["file"].isin(files.index)].copy()
    table["raw"] = table["raw"].astype(str).str.strip()
    table = table[table["raw"] != ""].assign(scope=table["file"].map(files))
    table["looks"] = each(table["raw"], _looks)
    table["person"] = table["raw"].map(fold).isin(placeholders(person=True))
    table["digits"] = table["raw"].str.count(r"\d")
    return table


def _looks(text: str) -> str:
    if "@" in text:
        return "email" if _EMAIL.fullmatch(text) else "malformed"
    return "nothing" if fold(text) in placeholders() else "text"


def _field_at(case: Case, hits: pd.DataFrame, quoted: str) -> pd.DataFrame:
    # What people typed of themselves is not quoted.
    return places(hits, found=hits["raw"] if quoted == "raw" else "(withheld)", metal="")


# What a check may be on: its rows, and a finding at some of them.
_ON = {
    "answer": (lambda case: case.metals, lambda case, hits, topic: says(hits, topic)),
    "row": (lambda case: case.once("rows beside answers", _rows), at),
    "field": (lambda case: case.once("fields filled", _fields), _field_at),
}


def _check(rule: str, case: Case) -> pd.DataFrame:
    parts = []
    for line in _lines()[rule]:
        rows_of, found = _ON[line.on]
        rows, asked = rows_of(case), parse(line.test, "simple_checks.csv", line.rule)
        check_columns(asked, rows, "simple_checks.csv", line.rule, f"a check on {line.on}")
        parts.append(found(case, where(rows, asked.among(rows)), line.quotes))
    return join(parts)


@cache
def _lines() -> dict[str, list]:
    """The lines of each rule."""
    found: dict[str, list] = {}
    for line in library.table("simple_checks").itertuples():
        found.setdefault(line.rule, []).append(line)
    return found


CHECKS |= {rule: partial(_check, rule) for rule in _lines()}
