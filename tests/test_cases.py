"""Files that once were read wrongly: each case lies in its folder below ``tests/cases``.

All of them lie among good files of one year too: the year is worked to its facilities, each fault
stands in a finding or in a file's reason, and the good files are judged as without them. What a
whole run makes of them is proved by ``tests/prove/year_of_cases.py``; other instances of each kind
stand where their subject is tested.
"""

import email
import json
import re
import shutil
from datetime import date
from email.header import decode_header, make_header
from email.policy import default
from pathlib import Path

import pandas as pd
import pytest

from conflict_minerals.cmrt import reader
from conflict_minerals.command import verify
from conflict_minerals.filing.claims import figures
from conflict_minerals.ground import csvfiles, ids, limits, tables
from conflict_minerals.ground.errors import InputError
from conflict_minerals.intake import intake
from conflict_minerals.smelters import grids, lists, matching, revisions
from conflict_minerals.status import classify
from conflict_minerals.survey import checks, eml, verdicts
from declarations import AS_OF, YEAR, Form, inputs, known
from hostile import bombed

CASES = Path(__file__).with_name("cases")
GOOD = [f"good-{n}" for n in range(1, 6)]
# Cases that are a supplier's answer: the file's name as it came, where the case lies under another.
ANSWERS = {
    "amrt-1.3-heading-twice": "", "cmrt-2.00-helper-rows": "", "comment-without-blanks": "",
    "crt-2.2-wrong-metal-label": "", "hidden-rows": "", "ids-other-dashes-digits": "",
    "list-in-a-copied-sheet": "", "lock-name-whole-template": "~$answers.xlsx",
    "metal-cell-names-two": "", "mhtml-xls": "", "one-string-many-rows": "",
    "spreadsheetml-template": "", "xls-bare-streams": "", "xls-overlapping-streams": "",
    "zip-names-in-gbk": "", "zip64-small": "",
}


def _folder(folder: Path, *, with_cases: bool) -> Path:
    for supplier in GOOD:
        (folder / supplier).mkdir(parents=True)
        (folder / supplier / "cmrt.xlsx").write_bytes(Form().bytes())
    for case, name in ANSWERS.items() if with_cases else ():
        (folder / case).mkdir()
        for file in (CASES / case).iterdir():
            shutil.copy(file, folder / case / (name or file.name))
    return folder


def _worked(folder: Path):
    """Intake, findings, responses and facilities of a year whose files lie there."""
    taken = intake.read_folder(folder)
    year = inputs([(one, "Example Parts GmbH") for one in [*GOOD, *ANSWERS]])
    reference = known(taken)
    found = checks.find(taken, year, reference=reference, as_of=AS_OF)
    judged, more = verdicts.judge(taken, found, year, year=YEAR, as_of=AS_OF)
    rows = matching.match(verdicts.counted(taken.rows, judged), reference)
    entries = pd.DataFrame(columns=list(tables.names("list_entries")))
    facilities = classify.facilities(rows, reference, entries, as_of=AS_OF)
    return taken, pd.concat([found, more]), judged.set_index("supplier_id"), rows, facilities


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    return _worked(_folder(tmp_path_factory.mktemp("cmrt"), with_cases=True))


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return _worked(_folder(tmp_path_factory.mktemp("good"), with_cases=False))


def _rows(year, case):
    return year[0].rows.query("supplier_id == @case")


def _rules(year, case) -> set[str]:
    return set(year[1].query("supplier_id == @case")["rule"])


def test_good_files_are_judged_as_if_the_others_were_not_there(year, alone):
    columns = ["file", "verdict", "reason", "counted", "errors", "warnings"]
    assert year[2].loc[GOOD, columns].equals(alone[2].loc[GOOD, columns])
    # Reasons may tell what other files say: these forms and the cases use some ids for two metals.
    match = ["file", "row", "smelter_id", "match"]
    mine = year[3][year[3]["supplier_id"].isin(GOOD)][match].reset_index(drop=True)
    assert mine.equals(alone[3][match].reset_index(drop=True))
    pairs = ["metal", "smelter_id"]
    both = alone[4][pairs].merge(year[4][pairs], on=pairs)
    assert len(both) == len(alone[4]) > 0


def test_every_file_of_the_year_has_a_verdict_and_a_reason(year):
    assert set(year[2].index) == {*GOOD, *ANSWERS}
    assert (year[2]["reason"] != "").all() and (year[2]["verdict"] != "").all()


@pytest.mark.parametrize(("case", "said"), [
    ("mhtml-xls", "web page"), ("one-string-many-rows", "Says more than"),
    ("spreadsheetml-template", "XML Spreadsheet 2003"), ("xls-bare-streams", "old form"),
    ("xls-bare-streams", "password")])
def test_file_that_is_not_read_says_why_and_what_to_save(year, case, said):
    reasons = year[2].loc[[case], "reason"]
    assert reasons.str.contains(said).any()
    assert not reasons.str.contains(reader.UNFORESEEN, regex=False).any()


@pytest.mark.parametrize("case", [
    "cmrt-2.00-helper-rows", "hidden-rows", "xls-overlapping-streams", "zip-names-in-gbk",
    "zip64-small", "metal-cell-names-two"])
def test_four_smelters_are_four_rows(year, case):
    assert len(_rows(year, case)) == 4
    files = year[0].files.query("supplier_id == @case")
    assert files["smelters_reported"].tolist()[-1] == 4
    assert all(int(row) < 1000 for row in _rows(year, case)["row"])


def test_names_of_an_amrt_stand_where_two_headings_read_alike(year):
    rows = _rows(year, "amrt-1.3-heading-twice")
    assert rows[["name_reported", "country_reported", "smelter_id_reported"]].values.tolist() == [
        ["Zinkhuette Beispiel GmbH", "GERMANY", "CID900901"],
        ["Alpha Nickel Oy", "FINLAND", "CID900902"]]
    assert "columns-unknown" not in _rules(year, "amrt-1.3-heading-twice")


def test_the_publishers_wrong_label_is_not_the_suppliers_fault(year):
    answers = year[0].answers.query("supplier_id == 'crt-2.2-wrong-metal-label'")
    assert set(answers["metal"]) == {"", "Cobalt"}
    assert "metal-moved" not in _rules(year, "crt-2.2-wrong-metal-label")


@pytest.mark.parametrize(("case", "rule"), [
    ("hidden-rows", "rows-hidden"), ("list-in-a-copied-sheet", "sheet-of-same-form"),
    ("metal-cell-names-two", "metal-names-several")])
def test_fault_is_a_finding(year, case, rule):
    assert rule in _rules(year, case)


def test_ids_in_other_signs_are_read_and_a_look_alike_is_suggested(year):
    cells = _rows(year, "ids-other-dashes-digits")["smelter_id_reported"].tolist()
    assert [ids.read(cell).value for cell in cells[:3]] == ["CID900001", "CID900202", "CID900101"]
    assert ids.meant(cells[3]) == "CID900301"


def test_name_of_a_lock_file_hides_no_template(year):
    assert bool(year[2].loc["lock-name-whole-template", "counted"])


def test_name_in_a_zip_is_as_it_was_written(year):
    files = year[0].files.query("supplier_id == 'zip-names-in-gbk'")["file"]
    assert "冲突矿/深圳.xlsx" in files.iloc[-1]


def _list(case: str, name: str, kind: str = "conformant") -> pd.DataFrame:
    about = {"list_id": "x", "file": name, "kind": kind, "as_of": "2025-04-05", "metals": []}
    return _list_at(CASES / case / name, about)


def _list_at(path: Path, about: dict) -> pd.DataFrame:
    with grids.opened() as grids_of:
        return lists.read(path, about, grids_of)


def test_a_metal_in_merged_cells_holds_for_its_lines():
    entries = _list("list-metal-in-merged-cells", "conformant.xlsx")
    assert len(entries) == 10 and (entries["problem"] == "").all()


def test_an_audit_date_with_a_time_is_a_day():
    entries = _list("list-audit-date-with-time", "conformant.xlsx").set_index("smelter_id")
    assert entries.loc["CID900201", ["last_audit", "unread"]].tolist() == ["2019-05-01", ""]


@pytest.mark.parametrize("name", ["created-date-wrong.xlsx", "font-family-34.xlsx"])
def test_a_fault_in_what_holds_no_cell_is_none(name):
    assert len(_list("list-cosmetic-errors", name)) == 4


@pytest.mark.parametrize("name", ["bogus.xml", "utf7.xml"])
def test_a_list_in_an_odd_encoding_is_refused_in_one_line(name):
    with pytest.raises(InputError, match=name):
        _list("list-odd-encodings", name)


def test_a_revision_history_retires_what_its_newest_line_removed():
    entries = _list("revision-history-as-retired", "revisions.xlsx", "retired")
    gone = revisions.retired(entries, "2025-04-30")
    assert {one for one, line in gone.items() if not line["again"]} == {"CID900202"}


def test_a_table_of_another_code_page_is_refused_with_what_to_save_as():
    data = (CASES / "csv-of-another-code-page" / "suppliers.csv").read_bytes()
    with pytest.raises(InputError, match="UTF-8"):
        csvfiles.decode(data, "suppliers.csv")


def test_a_comment_without_a_blank_is_read_whole():
    data = (CASES / "comment-without-blanks" / "redos_one_comment_32767.xlsx").read_bytes()
    said, _ = reader.read(data, limits.default())
    assert any(len(line[5]) == 32_767 for line in said["answers"])


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/styles.xml"])
def test_a_list_that_expands_without_end_is_refused_in_one_line(tmp_path, part):
    """The case ``list-bombs``, made here: 20 MB stand for its 200."""
    sound = (CASES / "list-cosmetic-errors" / "font-family-34.xlsx").read_bytes()
    (tmp_path / "bomb.xlsx").write_bytes(bombed(sound, part))
    about = {"list_id": "x", "file": "bomb.xlsx", "kind": "conformant", "as_of": "2025-04-05"}
    with pytest.raises(InputError, match=rf"lists/bomb.xlsx: .*A zip bomb: {part} ") as refused:
        _list_at(tmp_path / "bomb.xlsx", about)
    assert "\n" not in str(refused.value)


def test_text_of_a_figure_is_never_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    figure = json.loads((CASES / "sql-in-figures" / "figure.json").read_text())["active"]
    one = dict.fromkeys(tables.names("facilities"), "") | {"metal": "Tin", "status": "active"}
    made = figures.compute({"facilities": pd.DataFrame([one] * 2)})
    (tmp_path / "tables").mkdir()
    pd.DataFrame([one] * 2).to_csv(tmp_path / "tables" / "facilities.csv", index=False)
    stated = json.loads(figures.to_json(made)) | {"active": figure}
    (tmp_path / "figures.json").write_text(json.dumps(stated))
    assert verify._figures(tmp_path, set()) == [
        ("reconcile", "figure active", "is not counted as knowledge/filing/figures.csv has it")]
    assert not (tmp_path / "planted.txt").exists()


def test_a_letter_of_many_signs_has_words_as_short_as_mail_programs_read():
    sent = (CASES / "eml-long-encoded-words" / "letter.eml").read_bytes()
    asked = email.message_from_bytes(sent, policy=default)
    (to,) = asked["To"].addresses
    made = eml.message(
        sender=eml.nowhere("Ann"), to=eml.address(to.display_name, to.addr_spec), text="x",
        subject=asked["Subject"], html="<p>x</p>", day=date(2026, 3, 1), language="zh", key="k",
    )  # fmt: skip
    for line in made.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n"):
        words = re.findall(r"=\?[^?]+\?[bq]\?[^?]*\?=", line)
        assert all(len(word) <= 75 for word in words) and (not words or len(line) <= 76), line
    raw = email.message_from_bytes(made)
    read = {key: str(make_header(decode_header(raw[key]))) for key in ("Subject", "To")}
    assert read == {"Subject": asked["Subject"], "To": f"{to.display_name} <{to.addr_spec}>"}
    assert len(to.display_name) > 20 and len(asked["Subject"]) > 40
