"""Checks that are a condition on an answer or a line of the Smelter List: ``simple_checks.csv``."""

from functools import partial

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.conditions import check_columns, parse
from conflict_minerals.survey.checks_answers import says
from conflict_minerals.survey.checks_base import CHECKS, Case
from conflict_minerals.survey.checks_rows import at
from conflict_minerals.survey.places import where


def _check(line, case: Case) -> pd.DataFrame:
    rows = case.rows if line.on == "row" else case.metals
    asked = parse(line.test, "simple_checks.csv", line.rule)
    check_columns(asked, rows, "simple_checks.csv", line.rule, f"a check on {line.on}")
    hits = where(rows, asked.among(rows))
    return at(case, hits, line.cell) if line.on == "row" else says(hits, line.cell)


for _line in library.table("simple_checks").itertuples():
    CHECKS[_line.rule] = partial(_check, _line)
