"""Gates have a stage, and a run judges the stages up to the one that is asked for."""

import pandas as pd

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
