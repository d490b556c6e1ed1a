"""Gates have a stage, and a run judges the stages up to the one that is asked for."""

import pandas as pd
import pytest

from conflict_minerals.command import terminal
from conflict_minerals.ground import library, stages
from conflict_minerals.ground.terms import GATE

GATES = stages.staged(pd.DataFrame([
    ("claim", "a", "the policy is not there"), ("claim", "b", "the policy is not there"),
    ("claim", "a", "the policy is not there"), ("hard_flag", "Gold CID1", "open"),
    ("blank", "program.yml survey.due_on", "not filled in"), ("unheard-of", "x", "y"),
], columns=GATE))  # fmt: skip


def test_every_gate_has_a_stage_and_the_first_line_that_fits_counts():
    assert set(library.table("gate_stages")["stage"]) <= set(stages.STAGES)
    assert stages.counts(GATES) == {"survey": 1, "review": 1, "filing": 3}
    assert stages.stage_of("blank", "program.yml signer.name") == "filing"


# As runs say them: inputs and answers, then statuses and risk, then form and report.
@pytest.mark.parametrize("gate, subject, stage, page", [
    ("blank", "program.yml survey.due_on", "survey", ""),
    ("blank", "program.yml products.description", "survey", ""),
    ("blank", "program.yml signer.name", "filing", ""),
    ("reconcile", "suppliers_surveyed", "survey", "review/figures.html"),
    ("reconcile", "files_received", "survey", "review/figures.html"),
    ("reconcile", "rows_counted", "survey", "review/figures.html"),
    ("reconcile", "products_in_scope", "survey", "review/figures.html"),
    ("reconcile", "annex_rows_gold", "filing", "review/figures.html"),
    ("reconcile", "facilities_gold", "review", "review/figures.html"),
    ("list", "rmap, row 7", "review", "review/decisions.html#waiting"),
    ("hard_flag", "Gold CID900003", "review", "review/decisions.html#waiting"),
    ("tier", "Gold CID900003", "review", "review/decisions.html#waiting"),
    ("branch", "form_only", "filing", "counsel/brief.html"),
    ("claim", "step1-policy", "filing", "review/claims.html"),
    ("wording", "step1-policy", "filing", "review/report.html"),
    ("lint", "form-sd.htm", "filing", "review/report.html"),
    ("returned", "form-sd.docx", "filing", "counsel/returned.html"),
])  # fmt: skip
def test_each_gate_is_judged_at_its_stage_and_cleared_from_its_page(gate, subject, stage, page):
    assert (stages.stage_of(gate, subject), stages.page_of(gate, subject)) == (stage, page)


def test_a_run_judges_no_later_stage_than_it_is_asked_for(capsys):
    assert terminal.judge(stages.until(GATES, "")[1:], 2018, "survey") == 0
    said = capsys.readouterr().out.splitlines()
    assert said == ["READY 2018: no gate is closed up to stage survey "
                    "(later: 1 at stage review, 3 at stage filing)"]  # fmt: skip
    assert terminal.judge(GATES, 2018, "review") == 1
    assert "claim" not in capsys.readouterr().out


def test_a_cause_of_many_subjects_is_printed_once(capsys):
    assert terminal.judge(GATES, 2018, "") == 1
    said = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert said.count("claim: a; b: the policy is not there") == 1
    assert said[-1].endswith("1 at stage survey, 1 at stage review, 3 at stage filing")
