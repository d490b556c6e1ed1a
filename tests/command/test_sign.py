"""A year signed by all, frozen and made again, by the command line on a copy of an example year."""

import csv
import json
import shutil
import zipfile

import pandas as pd
import pytest

from conflict_minerals.command import sign, verify
from conflict_minerals.command.cli import main
from conflict_minerals.store import past, yearfolders
from helpers import run
from report_year import given, make

FOLDERS = ("raw", "processed", "outputs")


@pytest.fixture
def year(example_2024, tmp_path):
    """A copy of the example year, its tables and its outputs, and the options that name them."""
    places = {name: tmp_path / name / "2024" for name in FOLDERS}
    shutil.copytree(run.project_root() / "data" / "raw" / "2024", places["raw"])
    shutil.copytree(example_2024.parents[1] / "data" / "processed" / "2024", places["processed"])
    shutil.copytree(example_2024, places["outputs"])
    options = ["--year", "2024"]
    for name, folder in places.items():
        options += [f"--{name}", str(folder)]
    return places, options


def printed(outputs):
    for name in ("form-sd", "conflict-minerals-report"):
        yield (outputs / "report" / f"{name}.htm").read_bytes()
        with zipfile.ZipFile(outputs / "report" / f"{name}.docx") as word:
            yield b"".join(word.read(part) for part in word.namelist())


def test_a_year_is_signed_by_every_role_then_frozen_and_made_again(year, capsys):
    places, options = year
    outputs, raw = places["outputs"], places["raw"]
    digest = json.loads((outputs / "signing.json").read_text())["digest"]
    assert all(b"DRAFT, not signed off" in page for page in printed(outputs))
    assert main(["freeze", *options]) == 1
    assert "signed: preparer; counsel; officer: not signed" in capsys.readouterr().out
    for role in ("preparer", "counsel", "officer"):
        more = ["--conformed", "/s/ O. Ficer", "--authentication", "vault 7"]
        more = more if role == "officer" else []
        assert main(["sign", *options, "--role", role, "--name", f"The {role}", *more]) == 0
    lines = list(csv.DictReader((raw / "signoff.csv").open()))
    assert {line["digest"] for line in lines} == {digest} and len(lines) == 3
    assert main(["freeze", *options]) == 1
    assert "signed since the run" in capsys.readouterr().out
    assert main(["report", *options]) == 0
    assert json.loads((outputs / "signing.json").read_text())["digest"] == digest
    assert not any(b"DRAFT" in page for page in printed(outputs))
    assert b"/s/ O. Ficer" in next(printed(outputs))
    signoff = raw / "signoff.csv"
    kept = signoff.read_bytes()
    signoff.write_bytes(kept.replace(digest.encode(), b"0" * 64))
    found = verify.verify(outputs, raw)[0]
    assert found["subject"].tolist() == [
        "signoff.csv preparer", "signoff.csv counsel", "signoff.csv officer"]  # fmt: skip
    signoff.write_bytes(kept)
    assert main(["freeze", *options]) == 0
    assert main(["verify", *options, "--rebuild"]) == 0
    assert "every byte is the same" in capsys.readouterr().out
    marker = outputs / yearfolders.FROZEN
    role = ["--role", "counsel", "--name", "A"]
    for damage in (lambda: marker.unlink(), lambda: marker.write_text(""),
                   lambda: marker.write_text("{}")):
        damage()
        for command, more in {"report": (), "verify": (), "freeze": (), "sign": role, "inbox": (),
                              "run": ["ingestion"]}.items():
            main([command, *more, *options])
            assert "and frozen.json " in capsys.readouterr().out, command
        assert main(["report", *options]) == 2 and main(["verify", *options]) == 1


def test_signing_is_refused_where_the_outputs_are_not_of_these_inputs(year, capsys):
    places, options = year
    sign = ["sign", *options, "--role", "counsel"]
    assert main(sign) == 2 and "NAME" in capsys.readouterr().out
    assert main(["sign", *options, "--role", "king", "--name", "A"]) == 2
    (places["raw"] / "NOTES.md").write_text("another note\n")
    assert main([*sign, "--name", "A. Counsel"]) == 2
    assert "changed since the run" in capsys.readouterr().out
    assert not (places["raw"] / "signoff.csv").exists()


def test_what_was_filed_is_kept_and_compared_word_by_word(year, tmp_path, capsys):
    places, options = year
    sent = tmp_path / "sent"
    sent.mkdir()
    for path in (places["outputs"] / "report").glob("*.htm"):
        data = path.read_bytes().replace(b"DRAFT, not signed off", b"")
        (sent / f"agent-{path.name}").write_bytes(data.replace(b"textual", b"verbal"))
    accession = "0001234567-25-000123"
    freeze = ["freeze", *options, "--filed", str(sent), "--accession"]
    assert main([*freeze, "7"]) == 2
    assert main([*freeze, accession, "--reason", "counsel's last word"]) == 0
    assert "'textual' -> 'verbal'" in capsys.readouterr().out
    filed = places["raw"] / "filed"
    record = json.loads((filed / f"{accession}.json").read_text())
    assert record["compared_with"]["agent-form-sd.htm"] == "form-sd.htm"
    found = list(csv.DictReader((filed / f"{accession}.csv").open()))
    assert {(row["ours"], row["filed"]) for row in found} == {("textual", "verbal")}
    assert record["differences"] == len(found) and record["reason"] == "counsel's last word"
    assert main(["verify", *options]) == 0
    (filed / accession / "agent-form-sd.htm").write_bytes(b"another")
    assert main(["verify", *options]) == 1
    assert "filed/ is not as frozen.json names it" in capsys.readouterr().out


def test_a_void_signature_tells_what_changed_and_an_input_that_prints_nothing_is_a_remark(tmp_path):
    outputs, tables = tmp_path / "o", tmp_path / "t"
    outputs.mkdir()
    first, now = make(draft=None), make(draft=None, web_address="https://other.example.com")
    inputs = given()
    inputs.parts = {"suppliers.csv": "now"}
    past.keep(tables, first.signing.digest, first.signing.text, {"suppliers.csv": "then"})
    row = {"role": "counsel", "name": "A", "signed_on": "2019-05-20", "conformed": "",
           "digest": first.signing.digest, "authentication": "", "note": ""}  # fmt: skip
    inputs.signoff = pd.DataFrame([row])
    for name, data in now.signing.files.items():
        (outputs / name).write_bytes(data)
    told = "\n".join(sign.since(tables, outputs, inputs))
    assert "counsel signed" in told and "https://other.example.com" in told
    assert (tables / past.FOLDER / "since-signed.csv").is_file()
    for name, data in first.signing.files.items():
        (outputs / name).write_bytes(data)
    assert sign.since(tables, outputs, inputs) == [
        "note: suppliers.csv changed since counsel signed and changes nothing that was signed"]
    assert not (tables / past.FOLDER / "since-signed.csv").exists()
