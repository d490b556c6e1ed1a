"""The year's inputs: what is accepted, what stops a run, and what the message says."""

import os
import tempfile
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from conflict_minerals.ground import library, schemas
from conflict_minerals.ground.errors import InputError
from conflict_minerals.intake import intake
from conflict_minerals.year import crosscheck, filehashes, inputs, program
from small_year import SUPPLIERS, write_inputs


@pytest.fixture
def raw(tmp_path):
    return write_inputs(tmp_path / "2018")


def test_yaml_does_not_guess_types(raw):
    read = inputs.load(raw, 2018).program
    assert read["registrant"]["state"] == "NO"
    assert read["registrant"]["zip_code"] == "02134"
    assert read["survey"]["oldest_version"] == "5.10"
    assert read["survey"]["product_level_asked"] is True
    assert read["survey"]["due_on"] == date(2019, 3, 15)
    assert read["facts"][0]["date"] == date(2018, 3, 1)
    assert read["published"] == {"facilities": 297, "response_rate": 0.5}


def test_every_known_key_is_there_with_its_default(raw):
    read = inputs.load(raw, 2018).program
    assert read["labels"]["conformant"] == "Conformant"
    assert read["previous"] is None and read["promises"] == []
    assert read["signer"] == {"name": "", "title": ""}


def test_blank_required_facts_are_gates_that_name_the_key(raw):
    gates = program.blanks(inputs.load(raw, 2018).program)
    subjects = set(gates["subject"])
    assert "program.yml signer.name" in subjects
    assert "program.yml facts[policy].owner" in subjects
    assert "program.yml registrant.name" not in subjects
    assert set(gates["gate"]) == {"blank"}


def test_tables_are_normalised(raw):
    read = inputs.load(raw, 2018)
    assert read.products.loc[0, "made_or_contracted"] == "contracted"
    assert read.products.loc[0, "suppliers"] == "a;b"
    assert read.suppliers["requested_on"].tolist() == ["2019-01-10", "2019-01-10"]
    assert list(read.decisions.columns)[:4] == ["id", "kind", "key", "value"]
    assert read.lists.loc[0, "metals"] == "Tin" and len(read.lists.loc[0, "sha256"]) == 64


@pytest.mark.parametrize(
    "file, old, new, said",
    [
        ("program.yml", "survey:", "surveys:", "Did you mean 'survey'"),
        ("program.yml", "due_on: 15 Mar 2019", "due_on: 03/04/2019", "only one way"),
        ("program.yml", "year: 2018", "year: eighteen", "whole number"),
        ("program.yml", "year: 2018", "year: 2017", "the run is for 2018"),
        ("program.yml", "as_of: 2019-05-15", "", "as_of: is missing"),
        ("program.yml", "schema: 1", "colour: red\nschema: 2", "line 3: is of schema 2, newer"),
        ("program.yml", "schema: 1", "schema: one", "schema 'one' is no number"),
        ("lists.yml", "schema: 1", "schema: 0", "is of schema 0, older than 1"),
        ("products.csv", "notes\n", "colour\n# Schema: 2,,\n", "line 2: is of schema 2, newer"),
        ("suppliers.csv", "b,Beta", "# schema: ?\nb,Beta", "schema '?' is no number"),
        ("program.yml", "schema: 1", "schema: 1\nyear: 2018", "stands twice"),
        ("program.yml", "product_level_asked: yes", "product_level_asked: maybe", "true nor false"),
        ("program.yml", "  name: Example Corp", "  name: [a]", "expected a text"),
        ("program.yml", "facilities: 297", "facilities: {a: 1}", "expected a number"),
        ("program.yml", "registrant:", "registrant: *x", "alias"),
        ("program.yml", "schema: 1", f"schema: {'[' * 3000}{']' * 3000}", "nested too deep"),
        ("program.yml", "schema: 1", f"schema: {'[' * 30000}{']' * 30000}", ": is nested too"),
        ("program.yml", "schema: 1", "schema: " + "{a: " * 30000, "nested too deep"),
        ("program.yml", "survey: {", "survey: {due_after_days: 99999999999, ", "out of range"),
        ("program.yml", "survey: {", "survey: {due_after_days: -1, ", "from 0 to"),
        ("program.yml", "survey: {", "status: {list_fewer_percent: 101}\nsurvey: {", "to 100"),
        ("program.yml", "schema: 1", f"schema: [{'1,' * 600_000}]", "larger than 1 MB"),
        ("program.yml", "year: 2018", f"year: {'9' * 4000}", "999 … "),
        ("program.yml", "survey: {", "survey: {remind_after_days: -1000000, ", "out of range"),
        ("program.yml", "facilities: 297", "facilities: 1e400", "out of range"),
        ("program.yml", "as_of: 2019-05-15", "as_of: 9999-12-31", "as_of: '9999-12-31' is not of"),
        ("program.yml", "as_of: 2019-05-15", "as_of: 0001-01-01", "not of this century"),
        ("suppliers.csv", "10-Jan-2019", "9999-01-10", "line 3, requested_on: '9999-01-10' is not"),
        ("program.yml", "as_of: 2019", "previous: 2018\nas_of: 2019", "compared with itself"),
        ("program.yml", '"We have', "We: have: ", "not YAML"),
        ("program.yml", "id: policy, ", "", "id: is missing"),
        ("lists.yml", "rmap.csv", "rmpa.csv", "Did you mean 'lists/rmap.csv'"),
        ("lists.yml", "kind: conformant", "kind: conform", "Did you mean 'conformant'"),
        ("lists.yml", "source: ", "source: RMI, ", "that holds a comma in quotes"),
        ("lists.yml", "as_of: 2019-05-01", "as_of: soon", "as_of"),
        ("products.csv", "a; b", "a; c", "names the supplier 'c'"),
        ("products.csv", "Contracted,yes", "bought,yes", "line 2, made_or_contracted"),
        ("products.csv", "notes\n", "remark\n", "'remark'"),
        ("suppliers.csv", "b,Beta", "a,Beta", "stands in line 2 too"),
        ("suppliers.csv", "b,Beta", "../b,Beta", "cannot name a folder"),
        ("suppliers.csv", "10-Jan-2019,Scanner", "10-Jan-2019,Scaner", "Did you mean 'Scanner'"),
        ("suppliers.csv", "10-Jan-2019", "10/01/2019", "line 3, requested_on"),
    ],
)
def test_a_wrong_input_is_one_line_with_file_and_place(raw, file, old, new, said):
    text = (raw / file).read_text()
    assert old in text
    (raw / file).write_text(text.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        inputs.load(raw, 2018)
    line = str(caught.value)
    assert said in line and file in line and "\n" not in line


@pytest.mark.parametrize("file", ["program.yml", "products.csv", "suppliers.csv", "lists.yml"])
def test_a_missing_file_is_named(raw, file):
    (raw / file).unlink()
    with pytest.raises(InputError, match=f"{file}: is missing"):
        inputs.load(raw, 2018)


@pytest.mark.parametrize("name", ["origins.csv", "program.yml", "cmrt", "lists"])
def test_a_folder_for_a_file_or_a_file_for_a_folder_is_named(raw, name):
    if (raw / name).is_dir():
        (raw / name).rename(raw / "aside")
        (raw / name).write_text("")
    else:
        (raw / name).unlink(missing_ok=True)
        (raw / name).mkdir()
    with pytest.raises(InputError, match=f"^{name}: is a (file, not a folder|folder, not a file)"):
        inputs.load(raw, 2018)


@pytest.mark.parametrize(
    "name, meant",
    [
        ("Decisions.csv", "decisions.csv"), ("decision.csv", "decisions.csv"),
        ("decisions.xlsx", "decisions.csv"), ("origins.csv.csv", "origins.csv"),
        ("Returned/x", "returned"),
    ],
)  # fmt: skip
def test_an_input_under_a_mistaken_name_is_not_taken_for_none(raw, name, meant):
    (raw / name).parent.mkdir(exist_ok=True)
    (raw / name).write_text("id\n")
    with pytest.raises(InputError, match=f"is not read. Did you mean {meant}"):
        inputs.load(raw, 2018)
    (raw / name.split("/")[0]).rename(raw / "kept for later")
    inputs.load(raw, 2018)


def _decisions(raw, *lines):
    head = "id,kind,key,value,reason,decided_by,decided_on,supersedes,owner,due_on,state\n"
    (raw / "decisions.csv").write_text(head + "\n".join(lines) + "\n")


@pytest.mark.parametrize("column", [4, 5, 6])
def test_a_decision_without_reason_author_or_date_is_refused(raw, column):
    values = "1,match,Gold|X,CID000001,known,Ann,2019-05-02,,,,".split(",")
    values[column] = ""
    _decisions(raw, ",".join(values))
    with pytest.raises(InputError, match="line 2, .*is blank"):
        inputs.load(raw, 2018)


def test_a_decision_supersedes_only_an_earlier_one(raw):
    first = "1,match,Gold|X,CID000001,known,Ann,2019-05-02,2,,,"
    second = "2,match,Gold|X,CID000002,better,Ann,2019-05-03,,,,"
    _decisions(raw, first, second)
    with pytest.raises(InputError, match="id 1"):
        inputs.load(raw, 2018)


def test_inputs_read_again_are_those_that_lie_there_now(raw):
    first = inputs.load(raw, 2018)
    first.program["year"] = 1999
    first.suppliers.loc[:, "supplier_name"] = "Somebody"
    again = inputs.load(raw, 2018)
    assert again.program["year"] == 2018 and "Somebody" not in set(again.suppliers["supplier_name"])
    path = raw / "suppliers.csv"
    there, text = path.stat(), path.read_text()
    path.write_text(text.replace(again.suppliers["supplier_name"][0], "Somebody else"))
    os.utime(path, ns=(there.st_atime_ns, there.st_mtime_ns))
    assert inputs.load(raw, 2018).suppliers["supplier_name"][0] == "Somebody else"


def test_the_digest_follows_inputs_but_not_signatures_or_returned_documents(raw):
    before = inputs.load(raw, 2018)
    (raw / "returned").mkdir()
    (raw / "returned" / "report.docx").write_bytes(b"edited")
    (raw / "signoff.csv").write_text(
        f"role,name,signed_on,digest\ncounsel,C. Sel,2019-05-20,{before.digest}\n"
    )
    (raw / ".DS_Store").write_bytes(b"litter")
    after = inputs.load(raw, 2018)
    assert after.digest == before.digest
    assert after.signoff["role"].tolist() == ["counsel"]
    assert {"signoff.csv", "returned/report.docx"} <= set(after.files["file"])
    (raw / "cmrt" / "a" / "t.xlsx").write_bytes(b"y")
    changed = inputs.load(raw, 2018)
    assert changed.digest != before.digest
    old, new = before.parts, changed.parts
    assert {part for part in new if new[part] != old[part]} == {"cmrt/"}


def test_the_crosscheck_names_what_does_not_agree(raw):
    (raw / "suppliers.csv").write_text(SUPPLIERS.replace("10-Jan-2019,Scanner", "10-Jan-2019,"))
    (raw / "cmrt" / "alpha").mkdir()
    (raw / "cmrt" / "alpha" / "x.xlsx").write_bytes(b"")
    (raw / "lists" / "other.csv").write_text("id\n")
    (raw / "wording").mkdir()
    (raw / "wording" / "report_stepz.md").write_text("Ours.")
    notes = crosscheck.find(inputs.load(raw, 2018), date(2018, 11, 15))
    assert notes["subject"].tolist() == [
        "supplier b", "folder cmrt/alpha", "file lists/other.csv", "file wording/report_stepz.md",
        "review date", "list rmap",
    ]  # fmt: skip


@pytest.mark.parametrize(("days", "old"), [(89, True), (90, False)])
def test_the_newest_list_of_its_kind_is_remarked_upon_when_it_is_old(raw, days, old):
    loaded = inputs.load(raw, 2018)
    loaded.program["status"]["list_age_days"] = days
    day = date.fromisoformat(loaded.lists["as_of"].max()) + timedelta(days=90)
    notes = crosscheck.find(loaded, day)
    assert notes["note"].str.contains("90 days before the review date").any() == old


def test_the_strict_choice_on_audits_past_their_cycle_is_a_remark(raw):
    loaded = inputs.load(raw, 2018)
    loaded.program["status"]["expired_counts"] = True
    assert not crosscheck.find(loaded, date(2019, 5, 15))["subject"].str.contains("status").any()
    loaded.program["status"]["expired_counts"] = False
    notes = crosscheck.find(loaded, date(2019, 5, 15)).set_index("subject")["note"]
    assert "does not count" in notes["setting status.expired_counts"]


@pytest.mark.parametrize("place", ["cmrt/a/link.xlsx", "evidence/link.txt"])
def test_what_a_link_among_files_or_documents_points_to_is_no_input(raw, tmp_path, place):
    (tmp_path / "private.txt").write_text("not sent by any supplier")
    link = raw / place
    link.parent.mkdir(parents=True, exist_ok=True)
    before = inputs.load(raw, 2018)
    link.symlink_to(tmp_path / "private.txt")
    after = inputs.load(raw, 2018)
    assert place not in after.files["file"].tolist()
    assert after.digest == before.digest


def test_a_linked_folder_of_inputs_counts_as_if_it_lay_there(raw, tmp_path):
    before = inputs.load(raw, 2018)
    for name in ("cmrt", "lists"):
        (raw / name).rename(tmp_path / name)
        (raw / name).symlink_to(tmp_path / name)
    assert inputs.load(raw, 2018).digest == before.digest


@pytest.mark.parametrize("folder", ["", "cmrt", "cmrt/a", "lists", "evidence/2019"])
def test_a_name_that_is_not_utf8_stops_nothing(raw, folder):
    (raw / folder).mkdir(parents=True, exist_ok=True)
    before = inputs.load(raw, 2018)
    for name in (b"R\xe9ponse.pdf", b"R\xe8ponse.pdf", b"\xff"):
        Path(os.fsdecode(os.fsencode(raw / folder) + b"/" + name)).write_bytes(name)
    folder_of_it = os.fsencode(raw / folder) + b"/d\xe9p\xf4t"
    os.mkdir(folder_of_it)
    Path(os.fsdecode(folder_of_it + b"/file.txt")).write_text("x")
    after = inputs.load(raw, 2018)
    new = set(after.files["file"]) - set(before.files["file"])
    assert {Path(file).name for file in new} == {
        "R\ufffdponse.pdf", "R\ufffdponse (2).pdf", "\ufffd", "file.txt"}
    assert after.digest != before.digest and after.noted.empty
    told = dict(zip(after.files["file"], after.files["sha256"], strict=True))
    assert filehashes.hashes(raw) == told


def test_a_path_that_is_too_long_is_a_note_and_not_the_end(raw):
    home = os.open(".", os.O_RDONLY)
    try:
        os.chdir(raw / "lists")
        for _ in range(18):
            os.mkdir("d" * 250)
            os.chdir("d" * 250)
        with open("deep.csv", "w") as file:
            file.write("x")
    finally:
        os.fchdir(home)
        os.close(home)
    after = inputs.load(raw, 2018)
    assert len(after.noted) == 1
    notes = crosscheck.find(after, date(2019, 5, 15))
    assert notes["note"].str.startswith("cannot be read, so it is not used: File name").sum() == 1


@pytest.fixture
def ordinary():
    """Somebody with no right to everything, and a year that is his."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        raw = write_inputs(Path(folder) / "2018")
        if os.geteuid() != 0:
            yield raw
            return
        os.seteuid(65534)
        try:
            yield raw
        finally:
            os.seteuid(0)


def test_what_may_not_be_read_is_a_note_and_the_rest_is_used(ordinary):
    made = os.geteuid()
    os.seteuid(os.getuid())
    for file in ("cmrt/a/closed.xlsx", "lists/closed.csv", "evidence/shut/policy.pdf",
                 "cmrt/b/listed/one.xlsx"):  # fmt: skip
        (ordinary / file).parent.mkdir(parents=True, exist_ok=True)
        (ordinary / file).write_text("x")
    for file, mode in {"cmrt/a/closed.xlsx": 0, "lists/closed.csv": 0, "evidence/shut": 0,
                       "cmrt/b/listed": 0o444}.items():  # fmt: skip
        (ordinary / file).chmod(mode)
    os.seteuid(made)
    try:
        loaded = inputs.load(ordinary, 2018)
        assert loaded.noted["file"].tolist() == [
            "cmrt/a/closed.xlsx", "cmrt/b/listed/one.xlsx", "evidence/shut", "lists/closed.csv"]
        assert loaded.noted["note"].str.endswith("not used: Permission denied").all()
        assert "lists/closed.csv" not in set(loaded.files["file"]) and len(loaded.lists) == 1
        found = intake.read_folder(ordinary / "cmrt").files.set_index("file")["reason"]
        assert found["a/closed.xlsx"] == "Cannot be read: Permission denied"
    finally:
        os.seteuid(os.getuid())
        for file in ("evidence/shut", "cmrt/b/listed"):
            (ordinary / file).chmod(0o755)


def test_files_that_come_and_go_while_they_are_hashed_stop_nothing(raw):
    stop = threading.Event()
    place = raw / "cmrt" / "a"
    place.mkdir(parents=True, exist_ok=True)

    def churn():
        while not stop.is_set():
            for n in range(40):
                (place / f"{n}.pdf").write_bytes(b"%PDF" * 999)
            for n in range(40):
                (place / f"{n}.pdf").unlink()

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(150):
            assert "products.csv" in filehashes.hashes(raw)
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("name, code", [
    ("深圳示例电子有限公司", "gbk"), ("ООО Пример", "cp1251"), ("Παράδειγμα", "cp1253"),
    ("한국전자", "cp949"), ("サプライヤー", "cp932"), ("Małgorzata Wałbrzych", "cp1250"),
])  # fmt: skip
def test_a_table_in_another_code_page_is_refused_with_what_to_save_as(raw, name, code):
    text = (raw / "suppliers.csv").read_text().replace("Beta", name)
    (raw / "suppliers.csv").write_bytes(text.encode(code))
    with pytest.raises(InputError, match="suppliers.csv: is not text in .*'CSV UTF-8'"):
        inputs.load(raw, 2018)


def test_an_older_form_is_refused_with_each_change_up_to_today():
    rows = [{"file": "products.csv", "schema": str(number), "change": change} for number, change in
            ((1, ""), (2, "call tin Tin"), (3, "add a column lead"))]  # fmt: skip
    with pytest.raises(InputError) as caught:
        schemas.check("products.csv", "1", "line 2", rows)
    assert str(caught.value).startswith(
        "products.csv, line 2: is of schema 1, older than 3, which this version reads. "
        "call tin Tin; add a column lead; then write schema: 3; or use the version that made it")
    schemas.check("products.csv", "3", rows=rows)


def test_every_input_has_a_number_and_later_ones_say_what_to_change():
    forms = library.table("schemas")
    assert set(forms["file"]) >= {"program.yml", "lists.yml", *inputs._csv_names()}
    assert not (forms["change"] == "")[forms["schema"] != "1"].any()


def test_a_table_taken_for_windows_1252_is_said_to_be_so_with_its_signs(raw):
    text = (raw / "suppliers.csv").read_text().replace("Beta", "Bêta & Söhne’s")
    (raw / "suppliers.csv").write_bytes(text.encode("cp1252"))
    loaded = inputs.load(raw, 2018)
    notes = crosscheck.find(loaded, date(2019, 5, 15)).set_index("subject")["note"]
    assert notes["file suppliers.csv"].startswith("is not UTF-8 and was read as Windows-1252, with")
    assert "ê ö ’" in notes["file suppliers.csv"]
    assert "Bêta & Söhne’s" in loaded.suppliers["supplier_name"].tolist()


def test_a_decision_of_a_day_after_the_review_date_is_a_remark():
    loaded = inputs.load(Path(__file__).parents[2] / "data" / "raw" / "2018", 2018)
    early = crosscheck.find(loaded, date(2019, 3, 8)).set_index("subject")["note"]
    assert early["decision D-002"] == "was decided on 2019-03-11, after the review date"
    assert "decision D-001" not in early
    then = crosscheck.find(loaded, date(2019, 5, 15))
    assert not then["subject"].str.startswith("decision").any()
