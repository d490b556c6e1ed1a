"""A request that holds the supplier's own last answers, and nothing of anybody else."""

import pytest

from conflict_minerals.cmrt import read_bytes
from conflict_minerals.command import cli
from conflict_minerals.customers import prefill_request
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.limits import default
from helpers import run

ROOT = run.project_root()
RAW = ROOT / "data" / "raw" / "2024"
BLANK = ROOT / "data" / "raw" / "customers-example" / "templates" / "CMRT_6.5.xlsx"


def told(data):
    """Answers by topic and metal, smelters, and fields of a template, as the reader has them."""
    read = read_bytes(data, default())[0]
    return ({(a[1], a[2]): a[3] for a in read["answers"]}, read["rows"],
            {f[0]: f[1] for f in read["fields"]})


def test_a_blank_of_the_new_revision_bears_last_years_answers_and_no_day(example_2024):
    data, name, file = prefill_request(RAW, example_2024, "aster", BLANK)
    assert name == "CMRT_6.5_aster.xlsx" and file.startswith("aster/")
    answers, rows, fields = told(data)
    was, old, before = told((RAW / "cmrt" / file).read_bytes())
    shared = {key for key in was if key in answers and was[key]}
    assert len(shared) > 20 and {key: answers[key] for key in shared} == {
        key: was[key] for key in shared}
    assert len(rows) == len(old) > 3
    assert fields["company_name"] == before["company_name"]
    assert fields.get("effective_date", "") == "" and before["effective_date"]


def test_what_cannot_be_filled_in_is_said(example_2024, tmp_path):
    for supplier, blank, said in (("nobody", BLANK, "was accepted"), ("aster", tmp_path / "x.xlsx",
                                                                      "is not there")):
        with pytest.raises(InputError, match=said):
            prefill_request(RAW, example_2024, supplier, blank)


def test_the_command_writes_it_beside_the_years_outputs(example_2024, tmp_path, capsys):
    done = cli.main(["prefill", "--year", "2024", "--outputs", str(example_2024), "--supplier",
                     "aster", "--blank", str(BLANK), "--out", str(tmp_path)])
    assert done == 0 and (tmp_path / "CMRT_6.5_aster.xlsx").is_file()
    assert capsys.readouterr().out.splitlines()[-1].startswith("READY ")
