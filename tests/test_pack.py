"""The evidence pack: what each edition holds, and that it belongs together."""

import csv
import hashlib
import io
import zipfile

import pytest

from helpers import inputs, manifest
from helpers.errors import InputError
from helpers.report import pack

RAW = {
    "program.yml": b"year: 2018\n",
    "suppliers.csv": b"supplier_id,contact_email\na,jo@a.example.com\n",
    "lists/rmap.csv": b"CID000001\n",
    "cmrt/a/CMRT.xlsx": b"template of a",
    "signoff.csv": b"role,name,signed_on,digest\n",
}
OUTPUTS = {
    "figures.json": b"{}",
    "report/form-sd.htm": b"<html></html>",
    "review/facilities/tin-cid000001.html": b"<p>licensed entry</p>",
    "letters/a.eml": b"To: jo@a.example.com",
    "counsel/gaps.csv": b"what counsel thinks",
}


@pytest.fixture
def year(tmp_path):
    raw, outputs = tmp_path / "raw" / "2018", tmp_path / "outputs" / "2018"
    for folder, files in ((raw, RAW), (outputs, OUTPUTS)):
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    made = manifest.build(
        outputs, year=2018, digest="d" * 64, inputs=inputs.hashes(raw), parameters={"year": 2018}
    )
    (outputs / manifest.NAME).write_bytes(made)
    (outputs / manifest.INDEX).write_bytes(manifest.seal(b"<html></html>\n"))
    return raw, outputs, tmp_path / "packs" / "2018.zip"


def held(target):
    with zipfile.ZipFile(target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_full_edition_holds_every_file_and_every_hash(year):
    raw, outputs, target = year
    pack.write(raw, outputs, target, "full")
    files = held(target)
    for folder, given in (("inputs", RAW), ("outputs", OUTPUTS)):
        assert {n: files[f"{folder}/{n}"] for n in given} == given
    rows = list(csv.DictReader(io.StringIO(files["contents.csv"].decode())))
    assert {row["held"] for row in rows} == {"file"}
    for row in rows:
        assert hashlib.sha256(files[row["path"]]).hexdigest() == row["sha256"]


def test_the_external_edition_holds_hashes_of_what_may_not_go_out(year):
    raw, outputs, target = year
    counts = pack.write(raw, outputs, target, "external")
    files = held(target)
    everything = b"\n".join(files.values())
    for secret in (b"jo@a", b"CID000001\n", b"template of a", b"licensed entry", b"counsel thinks"):
        assert secret not in everything
    assert files["inputs/program.yml"] == RAW["program.yml"]
    assert files["outputs/report/form-sd.htm"] == OUTPUTS["report/form-sd.htm"]
    rows = {r["path"]: r for r in csv.DictReader(io.StringIO(files["contents.csv"].decode()))}
    hashed = {path for path, row in rows.items() if row["held"] == "hash"}
    assert hashed == {
        "inputs/suppliers.csv", "inputs/lists/rmap.csv", "inputs/cmrt/a/CMRT.xlsx",
        "outputs/letters/a.eml", "outputs/counsel/gaps.csv",
        "outputs/review/facilities/tin-cid000001.html",
    }  # fmt: skip
    assert counts == (len(rows) - 6, 6)
    sha = hashlib.sha256(RAW["cmrt/a/CMRT.xlsx"]).hexdigest()
    assert rows["inputs/cmrt/a/CMRT.xlsx"]["sha256"] == sha
    assert files["inputs/cmrt/a/CMRT.xlsx.sha256"].decode() == f"{sha}  CMRT.xlsx\n"
    # Links to a page that is left out lead to its hash.
    assert b"Left out" in files["outputs/review/facilities/tin-cid000001.html"]


def test_the_same_year_gives_the_same_bytes(year):
    raw, outputs, target = year
    for edition in pack.EDITIONS:
        first, second = target.with_name("1.zip"), target.with_name("2.zip")
        pack.write(raw, outputs, first, edition)
        pack.write(raw, outputs, second, edition)
        assert first.read_bytes() == second.read_bytes()
        first.unlink(), second.unlink()


@pytest.mark.parametrize("file", ["report/form-sd.htm", "index.html"])
def test_outputs_that_were_edited_are_not_packed(year, file):
    raw, outputs, target = year
    (outputs / file).write_bytes(b"edited")
    with pytest.raises(InputError, match="edited since the run"):
        pack.write(raw, outputs, target, "full")
    assert not target.exists()


def test_inputs_that_changed_are_not_packed_but_a_signature_may_come_later(year):
    raw, outputs, target = year
    (raw / "signoff.csv").write_bytes(b"signed")
    pack.write(raw, outputs, target, "full")
    (raw / "program.yml").write_bytes(b"changed")
    with pytest.raises(InputError, match="program.yml: is not as the run read it"):
        pack.write(raw, outputs, target.with_name("2.zip"), "full")


def test_another_archive_is_not_overwritten_and_none_lies_in_the_outputs(year):
    raw, outputs, target = year
    target.parent.mkdir()
    target.write_bytes(b"another")
    with pytest.raises(InputError, match="holds something else"):
        pack.write(raw, outputs, target, "full")
    assert target.read_bytes() == b"another"
    assert [p.name for p in target.parent.iterdir()] == [target.name]
    with pytest.raises(InputError, match="lies in the outputs"):
        pack.write(raw, outputs, outputs / "pack.zip", "full")
