"""The evidence pack: what each edition holds, and that it belongs together."""

import csv
import hashlib
import io
import json
import zipfile

import pytest

from conflict_minerals.filing import pack
from conflict_minerals.ground.errors import InputError
from conflict_minerals.smelters import lists
from conflict_minerals.store import manifest
from conflict_minerals.year import filehashes, inputs
from helpers import run

RAW = {
    "program.yml": b"year: 2018\n",
    "suppliers.csv": b"supplier_id,contact_email\na,jo@a.example.com\n",
    "lists/rmap.csv": b"CID000001\n",
    "lists/member_origins.csv": b"smelter_id,metal,countries\nCID000002,Tin,Ruritania\n",
    "cmrt/a/CMRT.xlsx": b"template of a",
    "signoff.csv": b"role,name,signed_on,digest\n",
    "decisions.csv": b"id,reason\nD-1,Jo of A wrote so\n",
    "a note of ours.txt": b"Ask Jo of A",
}
OUTPUTS = {
    "figures.json": b"{}",
    "report/form-sd.htm": b"<html></html>",
    "review/facilities/tin-cid000001.html": b"<p>licensed entry</p>",
    "letters/a.eml": b"To: jo@a.example.com",
    "counsel/gaps.csv": b"what counsel thinks",
    "tables/rollup.csv": b"what nobody has judged yet",
    "review/new/x.html": b"<p>nor this</p>",
    "tables/origins.csv": b"smelter_id,country_name,source\nCID000002,Ruritania,Of members\n",
    "tables/flags.csv": b"smelter_id,matched,source\nCID000002,Level 3,Of members\n",
    "tables/risk_sources.csv": b"kind,source\nmember_origins,Of members\n",
    "review/figures/origins_covered.html": b"<p>Ruritania, of members</p>",
    "counsel/sensitivity.csv": b"Ruritania",
    "tables/facilities.csv": b'smelter_id,last_audit,rows\nCID000002,2018-01-02,"1,5"\n',
    "tables/claims.csv": b"claim,text,owner\na,We have a policy.,Anna Owner\n",
    "tables/decisions.csv": b"id,kind,key,value,reason,decided_by\n"
    b"D-1,file,a/CMRT.xlsx,accepted,Jo of A wrote so,Anna Owner\n",
}


@pytest.fixture
def year(tmp_path):
    raw, outputs = tmp_path / "raw" / "2018", tmp_path / "outputs" / "2018"
    for folder, files in ((raw, RAW), (outputs, OUTPUTS)):
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    made = manifest.build(
        outputs, year=2018, digest="d" * 64, inputs=filehashes.hashes(raw),
        parameters={"year": 2018},
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
    everything = b"\n".join([*files.values(), *(name.encode() for name in files)])
    for secret in (b"jo@a", b"Jo of A", b"2018-01-02", b"CID00000", b"template of a", b"CMRT",
                   b"licensed entry", b"counsel thinks", b"has judged", b"nor this",
                   b"note of ours", b"Anna Owner", b"rmap", b"Ruritania", b"f members",
                   b"Level 3", b"member_origins"):  # fmt: skip
        assert secret not in everything, secret
    assert files["outputs/report/form-sd.htm"] == OUTPUTS["report/form-sd.htm"]
    rows = {r["path"]: r for r in csv.DictReader(io.StringIO(files["contents.csv"].decode()))}
    kept = {path for path, row in rows.items() if row["held"] != "hash"}
    assert kept == {
        "outputs/figures.json", "outputs/report/form-sd.htm", "outputs/tables/decisions.csv",
        "outputs/tables/claims.csv",
    }  # fmt: skip
    assert counts == (4, len(rows) - 4)
    assert set(files) == kept | {"contents.csv", "about.html", "manifest.json"}
    # A table is held without the columns that name persons.
    assert files["outputs/tables/decisions.csv"] == (
        b"id,kind,key,value,reason,decided_by\nD-1,file,,accepted,,\n")
    assert files["outputs/tables/claims.csv"] == b"claim,text,owner\na,We have a policy.,\n"
    sha = hashlib.sha256(RAW["cmrt/a/CMRT.xlsx"]).hexdigest()
    assert rows["inputs/cmrt/file 0001"]["sha256"] == sha
    assert "cannot show" in files["about.html"].decode()


def test_an_external_pack_is_checked_by_itself(year):
    raw, outputs, target = year
    pack.write(raw, outputs, target, "external")
    assert [row for row in pack.check(target)[1] if row[0] == "hash"] == []
    files = held(target)
    for name in ("outputs/report/form-sd.htm", "contents.csv", "about.html"):
        changed = target.with_name("changed.zip")
        with zipfile.ZipFile(changed, "w") as archive:
            for one, data in files.items():
                archive.writestr(one, data + (b"<p>more</p>" if one == name else b""))
            archive.writestr("planted.txt", "x")
        found = {subject for _, subject, _ in pack.check(changed)[1]}
        assert {name, "planted.txt"} <= found
    for text in (b"", b"PK", b"\xff" * 100):
        changed.write_bytes(text)
        with pytest.raises(InputError, match="no external pack"):
            pack.check(changed)


def test_an_external_pack_says_what_was_signed_whoever_renews_its_hashes(example_2024, tmp_path):
    raw = run.project_root() / "data" / "raw" / "2024"
    target = tmp_path / "out.zip"
    pack.write(raw, example_2024, target, "external")
    assert pack.check(target)[1] == []
    files = held(target)
    page = "outputs/report/form-sd.htm"
    files[page] = files[page].replace(b"publicly available", b"available", 1)
    said = json.loads(files["manifest.json"])
    said["files"][page] = hashlib.sha256(files[page]).hexdigest()
    files["manifest.json"] = json.dumps(said).encode()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    found = pack.check(target)[1]
    assert found == [("signed", "form-sd.htm", "does not say what was to be signed")]
    names = [path.name for path in (raw / "cmrt").rglob("*") if path.is_file()]
    every = dict(texts(target.read_bytes(), ""))
    assert names and not [n for n in names for name, text in every.items() if n in name + text]


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


def texts(data, name):
    """The text of a file and of everything packed in it."""
    if zipfile.is_zipfile(io.BytesIO(data)):
        for member, inner in held(io.BytesIO(data)).items():
            yield from texts(inner, f"{name}!{member}")
    else:
        yield name, data.decode("utf-8", "replace")


def test_no_words_of_a_list_alone_leave_with_the_external_edition(
    example_2024, example_2025, tmp_path
):
    raw = run.project_root() / "data" / "raw" / "2025"
    pack.write(raw, example_2025, tmp_path / "out.zip", "external")
    made = [f"outputs/{name}" for outputs in (example_2024, example_2025)
            for name in manifest.files_of(outputs)]  # fmt: skip
    assert [name for name in made if "no rule" in pack.left_out(name)[0]] == []
    found = dict(texts((tmp_path / "out.zip").read_bytes(), ""))
    listed = lists.load(raw, inputs.load(raw, 2025).lists)
    told = set(listed["smelter_id"]) | set(listed["name"]) | set(listed["last_audit"])
    # What a supplier reported, then or now, or an origin's evidence says too is no list's alone.
    elsewhere = (raw / "origins.csv").read_text("utf-8")
    for outputs in (example_2024, example_2025):
        elsewhere += (outputs / "tables" / "smelter_rows.csv").read_text("utf-8")
    secret = {word for word in told - {""} if word not in elsewhere}
    assert len(secret) > 5
    assert sorted((w, name) for name, text in found.items() for w in secret if w in text) == []
