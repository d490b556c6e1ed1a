"""Sign-off: whose, of which inputs, and void when an input changes."""

import os
import shutil
import subprocess
import sys
import zipfile

import pandas as pd
import pytest

from conflict_minerals.ground.errors import InputError
from conflict_minerals.year import inputs, signoff
from helpers import run

DIGEST = "a1" * 32
COLUMNS = ["role", "name", "signed_on", "digest"]


def lines(*rows):
    return pd.DataFrame(rows, columns=COLUMNS).astype("str")


EVERYONE = [
    ("preparer", "P. One", "2019-05-20", DIGEST),
    ("reviewer", "R. Two", "2019-05-21", DIGEST),
    ("counsel", "C. Three", "2019-05-22", DIGEST[:12]),
    ("officer", "O. Four", "2019-05-23", DIGEST),
]


def test_draft_until_every_role_has_signed_these_inputs():
    for missing in range(4):
        some = EVERYONE[:missing] + EVERYONE[missing + 1 :]
        state = signoff.status(lines(*some), DIGEST)
        assert signoff.draft(state)
        assert state["state"].tolist()[missing] == "open"
    everyone = signoff.status(lines(*EVERYONE), DIGEST)
    assert not signoff.draft(everyone)
    assert everyone["name"].tolist() == ["P. One", "R. Two", "C. Three", "O. Four"]


def test_a_changed_input_makes_the_signoff_void_and_says_so():
    state = signoff.status(lines(*EVERYONE), "b2" * 32)
    assert signoff.draft(state)
    assert set(state["state"]) == {"void"}
    assert state["note"].str.contains("an input has changed").all()


def test_the_last_line_of_a_role_counts():
    again = [*EVERYONE, ("officer", "O. Five", "2019-05-24", "c3" * 32)]
    state = signoff.status(lines(*again), DIGEST).set_index("role")
    assert state.loc["officer", ["name", "state"]].tolist() == ["O. Five", "void"]


def test_reviewing_ones_own_work_is_noted():
    rows = [EVERYONE[0], ("reviewer", "p. one", "2019-05-21", DIGEST)]
    state = signoff.status(lines(*rows), DIGEST).set_index("role")
    assert state.at["reviewer", "note"] == "the reviewer is also the preparer"


@pytest.mark.parametrize(
    "row, word",
    [
        (("auditor", "A", "2019-05-20", DIGEST), "no role"),
        (("counsel", "", "2019-05-20", DIGEST), "name and a date"),
        (("counsel", "A", "", DIGEST), "name and a date"),
        (("counsel", "A", "2019-05-20", "a1"), "too short"),
        (("counsel", "A", "2019-05-20", "see the front door"), "no digest"),
        (("counsel", "A", "2019-05-20", DIGEST + "a1"), "no digest"),
        (("counsel", "A", "03/04/2019", DIGEST), "only one way"),
    ],
)
def test_a_line_that_signs_nothing_is_refused(row, word):
    with pytest.raises(InputError, match=word):
        signoff.status(lines(row), DIGEST)


def test_draft_stands_on_every_document_until_the_inputs_are_signed(example_2024, tmp_path):
    raw = tmp_path / "raw" / "2024"
    shutil.copytree(run.project_root() / "data" / "raw" / "2024", raw)
    digest = inputs.load(raw, 2024).digest
    rows = [f"{role},A. Signer,2025-05-20,{digest}" for role in signoff.ROLES]
    (raw / "signoff.csv").write_text("\n".join(["role,name,signed_on,digest", *rows]) + "\n")
    done = subprocess.run(
        [sys.executable, "-m", "helpers", "report", "--year", "2024", "--raw", str(raw)],
        env={**os.environ, run.SANDBOX: str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("form-sd", "conflict-minerals-report"):
        for outputs, draft in ((example_2024, True), (tmp_path / "outputs" / "2024", False)):
            assert (b"DRAFT" in (outputs / "report" / f"{name}.htm").read_bytes()) == draft
            with zipfile.ZipFile(outputs / "report" / f"{name}.docx") as word:
                text = b"".join(word.read(part) for part in word.namelist())
            assert (b"DRAFT" in text) == draft
