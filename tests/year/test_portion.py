"""What each notebook is given of the inputs: what chain.csv declares for it, and no more."""

import shutil

import pytest

from conflict_minerals.store import chain
from conflict_minerals.year import load_inputs, portion_of
from helpers import run

STEPS = {step.step: step for step in chain.steps()}
_DECISION = '{kind},{key},{value},"Why",Analyst,2025-04-01,,,,\n'


@pytest.fixture
def raw(tmp_path):
    shutil.copytree(run.project_root() / "data" / "raw" / "2024", tmp_path / "2024")
    return tmp_path / "2024"


def given(raw) -> dict[str, dict]:
    loaded = load_inputs(raw, 2024)
    return {name: portion_of(loaded, step).parts for name, step in STEPS.items()}


def add(name, text):
    def change(raw):
        path = raw / name
        path.parent.mkdir(exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(before + text, encoding="utf-8")
    return change


def decide(kind, key, value):
    return add("decisions.csv", "D-900," + _DECISION.format(kind=kind, key=key, value=value))


def setting(old, new):
    def change(raw):
        path = raw / "program.yml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return change


ONE, TWO, THREE, FOUR = STEPS


@pytest.mark.parametrize(
    "change, steps",
    [
        (add("signoff.csv", "role,name,signed_on,digest\ncounsel,C,2025-05-01," + "a" * 64), FOUR),
        (add("wording/report_step1.md", "Ours."), FOUR),
        (add("program.yml", "\n# A remark, whose bytes the manifest names.\n"), FOUR),
        (add("returned/report.docx", "x"), FOUR),
        (decide("form", "branch", "form_only"), FOUR),
        (decide("risk", "Gold|CID900001", "engage"), (THREE, FOUR)),
        (decide("status", "Gold|CID900001", "active"), (TWO, FOUR)),
        (decide("match", "Gold|Name", "none"), (ONE, TWO, FOUR)),
        (decide("finding", "a.xlsx|rule|A1", "accepted"), (ONE, FOUR)),
        (setting("sanctions_score: ", "sanctions_score: 1"), ()),
        (setting("due_after_days: 30", "due_after_days: 31"), (ONE, FOUR)),
        (setting("conformant: Conformant", "conformant: Fine"), (TWO, FOUR)),
        (setting("web_address: https://", "web_address: https://www."), FOUR),
        (add("origins.csv", "CID900201,Tin,Rwanda,Tags,Smelter,2024-10-22\n"), (THREE, FOUR)),
        (add("cmrt/aster/note.txt", "x"), (ONE, FOUR)),
        (add("lists/more.csv", "x"), (ONE, THREE, FOUR)),
    ],
)
def test_a_change_reaches_the_notebooks_that_are_given_it_and_no_other(raw, change, steps):
    before = given(raw)
    change(raw)
    after = given(raw)
    moved = [name for name in STEPS if before[name] != after[name]]
    assert moved == list((steps,) if isinstance(steps, str) else steps)


def test_what_is_not_declared_is_refused_when_it_is_used(raw):
    loaded = load_inputs(raw, 2024)
    second = portion_of(loaded, STEPS[TWO])
    with pytest.raises(ValueError, match="smelter-status reads origins.csv"):
        len(second.origins)
    with pytest.raises(ValueError, match="smelter-status reads the setting survey"):
        second.program.get("survey")
    assert set(second.decisions["kind"]) == {"match"} and second.program["labels"]["active"]
    with pytest.raises(ValueError, match="ingestion reads the setting reaudit_window_days"):
        portion_of(loaded, STEPS[ONE]).program["status"]["reaudit_window_days"]
    whole = portion_of(loaded, STEPS[FOUR])
    assert whole.program == loaded.program and whole.digest == loaded.digest
