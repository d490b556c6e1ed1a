"""A year in which every case lies among good files: ``python tests/prove/year_of_cases.py``.

The example year 2024 is run three times: as it is, with twelve files like ``one-string-many-rows``,
and with every case of ``tests/cases``. Each fault stands on the front door, or on a page to which
the front door leads with its count; what the good suppliers said is as without the cases; no
process takes a gigabyte, and the twelve files take less than 30 seconds of processor time. Then
what no run may take is put in its place and refused in one line, with the outputs as they were.
"""

import csv
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import hostile
from conflict_minerals.store import manifest
from helpers import run
from makebook import pack

YEAR = 2024
CASES = Path(__file__).parents[1] / "cases"
GOOD = ("aster", "bryony", "clover", "daisy")
ROW = "{0},{1},王小明（责任矿产采购与供应链管理部门高级经理）,x@{0}.example.com,{2},2025-01-13,,\n"
LINE = "  - {{id: {}, file: lists/{}, kind: {}, scheme: RMAP, source: x, as_of: {}}}\n"
# Cases that are a supplier's answer: the figure on the front door whose page says what is wrong,
# and how; none where nothing is the supplier's fault.
ANSWERS = {
    "amrt-1.3-heading-twice": ("", ""),
    "cmrt-2.00-helper-rows": ("", ""),
    "comment-without-blanks": ("", ""),
    "crt-2.2-wrong-metal-label": ("", ""),
    "hidden-rows": ("findings_info", "Rows 7, 8 of the list are hidden"),
    "ids-other-dashes-digits": ("rows_unmatched", "Dreamland Tungsten Powders Branch"),
    "list-in-a-copied-sheet": ("findings_warning", "Smelter List (2)"),
    "lock-name-whole-template": ("", ""),
    "metal-cell-names-two": ("findings_error", "Tin, Tungsten"),
    "mhtml-xls": ("responses_rejected", "web page"),
    "one-string-many-rows": ("responses_rejected", "Says more than"),
    "spreadsheetml-template": ("responses_not_a_template", "XML Spreadsheet 2003"),
    "xls-bare-streams": ("responses_rejected", "password"),
    "xls-overlapping-streams": ("", ""),
    "zip-names-in-gbk": ("", ""),
    "zip64-small": ("", ""),
}
# Rules by which what a published template itself has wrong was once held against its sender.
BLAMED = ("columns-unknown", "metal-moved", "metal-unknown")
RETIRED = ("Tin", "CID900202")
# What findings say of a good file because another source speaks of its smelters.
OF_OTHERS = ("id-retired", "smelter-may-have-new-id")
NAME = "深圳市示例电子科技有限公司供应链合规部门"
MEMBERS = """smelter_id,metal,countries,level
CID900001,Gold,Mongolia,
CID900201,Tin,,Level 3
"""
# Lists beside those of the year: file, kind, the day it is of, entries that it gives.
LISTS = {
    "list-metal-in-merged-cells/conformant.xlsx": ("conformant", "2025-03-31", 10),
    "list-audit-date-with-time/conformant.xlsx": ("conformant", "2025-03-31", 10),
    "list-cosmetic-errors/created-date-wrong.xlsx": ("reference", "2025-03-31", 4),
    "list-cosmetic-errors/font-family-34.xlsx": ("reference", "2025-03-31", 4),
    "revision-history-as-retired/revisions.xlsx": ("retired", "2025-04-05", 6),
}


def _id(case: str) -> str:
    return case.replace(".", "-")


def _copied(folder: Path) -> Path:
    """The inputs of the example year in a folder of their own."""
    raw = folder / "raw"
    shutil.copytree(run.project_root() / "data" / "raw" / str(YEAR), raw)
    return raw


def _more_suppliers(raw: Path, names: dict[str, str]) -> None:
    with (raw / "suppliers.csv").open("a", encoding="utf-8") as roster:
        roster.writelines(ROW.format(*line, "zh") for line in names.items())


def _with_ids_of_its_own(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return pack({name: book.read(name).replace(b"CID900", b"CID970")
                     for name in book.namelist()})


def lay_out(folder: Path) -> Path:
    """The year with every case that a run takes in."""
    raw = _copied(folder)
    for case in ANSWERS:
        (raw / "cmrt" / _id(case)).mkdir()
        for file in (CASES / case).iterdir():
            name = "~$answers.xlsx" if case == "lock-name-whole-template" else file.name
            shutil.copy(file, raw / "cmrt" / _id(case) / name)
    _more_suppliers(raw, {_id(case): NAME for case in ANSWERS})
    (raw / "lists" / "members.csv").write_text(MEMBERS)
    with (raw / "lists.yml").open("a", encoding="utf-8") as lists:
        for file, (kind, day, _) in LISTS.items():
            name, data = file.replace("/", "-"), (CASES / file).read_bytes()
            # A list is believed before look-ups: the names in it would be those of the good files.
            data = _with_ids_of_its_own(data) if kind == "reference" else data
            (raw / "lists" / name).write_bytes(data)
            lists.write(LINE.format(Path(name).stem, name, kind, day))
        lists.write(LINE.format("members", "members.csv", "member_origins", "2025-01-31"))
    return raw


def amplified(folder: Path) -> Path:
    """The year with twelve suppliers whose file says far more than its bytes."""
    raw = _copied(folder)
    (file,) = (CASES / "one-string-many-rows").iterdir()
    names = {f"long-{number:02}": f"Long {number}" for number in range(12)}
    for name in names:
        (raw / "cmrt" / name).mkdir()
        shutil.copy(file, raw / "cmrt" / name)
    _more_suppliers(raw, names)
    return raw


def report(raw: Path, outputs: Path, command: str = "report", *more) -> tuple:
    """Status and last line of a run, its seconds of processor time and its megabytes at most.

    The time is that of all processes, the memory that of the largest.
    """
    code = ("import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
            "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
            "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, done.returncode)")
    where = ["--year", str(YEAR), "--raw", raw, "--outputs", outputs]
    where += ["--processed", outputs.parent / "processed"] if command == "report" else more
    done = subprocess.run(
        [sys.executable, "-c", code, sys.executable, "-m", "helpers", command, *map(str, where)],
        capture_output=True, text=True,
        env={**os.environ, "HELPERS_CACHE": str(outputs.parent / "cache")},
    )  # fmt: skip
    *said, last = done.stdout.strip().splitlines()
    seconds, most, status = last.split()
    return int(status), "\n".join([done.stderr, *said]).strip(), float(seconds), float(most)


def table(outputs: Path, name: str) -> list[dict[str, str]]:
    with (outputs / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def said_of_the_good(outputs: Path) -> dict[str, list]:
    """What the tables say of the good suppliers' files and rows, and of the facilities in them."""
    def mine(name: str, *columns: str) -> list:
        return [[row[column] for column in columns] for row in table(outputs, name)
                if row["supplier_id"] in GOOD]

    rows = mine("smelter_rows", "file", "row", "smelter_id", "match", "metal")
    pairs = {(metal, smelter) for *_, smelter, _, metal in rows if smelter}
    facilities = [(row["metal"], row["smelter_id"], row["smelter_name"], row["country"],
                   row["status"]) for row in table(outputs, "facilities")
                  if (row["metal"], row["smelter_id"]) in pairs - {RETIRED}]
    return {
        "files": mine("responses", "file", "sha256", "counted"), "rows": rows,
        "findings": [line for line in mine("findings", "file", "cell", "message", "rule")
                     if line[-1] not in OF_OTHERS],
        "answers": mine("answers", "file", "question", "metal", "answer", "cell"),
        "facilities": facilities,
    }  # fmt: skip


def faults_not_said(outputs: Path) -> list[str]:
    """Each case of which neither the front door nor a page behind one of its counts says so."""
    door = html.unescape((outputs / "index.html").read_text(encoding="utf-8"))
    found = []
    for case, (figure, words) in ANSWERS.items():
        verdicts = [row for row in table(outputs, "responses") if row["supplier_id"] == _id(case)]
        if not figure:  # nothing is the supplier's fault, and the file counts or is read whole
            errors = [row for row in table(outputs, "findings") if row["supplier_id"] == _id(case)
                      and row["severity"] == "error" and row["rule"] in BLAMED]
            wrong = [row for row in verdicts if row["verdict"] in ("rejected", "not_a_template")]
            found += [f"{case}: {row}" for row in errors + wrong[: len(verdicts) == 1]]
            continue
        page = f"review/figures/{figure}.html"
        text = html.unescape((outputs / page).read_text(encoding="utf-8"))
        if f'href="{page}"' not in door or _id(case) not in text or words not in text:
            found.append(f"{case}: {words!r} is not said in {page}")
    met = {row["list_id"]: row for row in table(outputs, "lists_met")}
    for file, (kind, _, entries) in LISTS.items():
        name = Path(file.replace("/", "-")).stem
        if kind != "retired" and int(met[name]["entries"]) != entries:
            found.append(f"{file}: {met[name]['entries']} entries, not {entries}")
    states = {(row["metal"], row["smelter_id"]): row for row in table(outputs, "facilities")}
    if states[RETIRED]["status_ground"] != "retired":
        found.append(f"revision-history-as-retired: {states[RETIRED]['status_reason']}")
    return found + letters_with_long_words(outputs)


def letters_with_long_words(outputs: Path) -> list[str]:
    """Letters whose encoded words are longer than the 75 signs of RFC 2047."""
    found, seen = [], 0
    for path in sorted((outputs / "letters").glob("*.eml")):
        head = path.read_bytes().partition(b"\r\n\r\n")[0].decode("ascii")
        words = re.findall(r"=\?[^?]+\?[bq]\?[^?]*\?=", head)
        seen += len(words)
        found += [f"{path.name}: {word}" for word in words if len(word) > 75]
    return found if seen else ["no letter has an encoded word"]


def not_taken(raw: Path, outputs: Path) -> list[str]:
    """Inputs that no run may take: each ends in one line, and the outputs stay as they were."""
    before, found = manifest.sha256(outputs / manifest.NAME), []
    sound = (CASES / "list-cosmetic-errors" / "font-family-34.xlsx").read_bytes()
    odd = {f"bomb{n}.xlsx": hostile.bombed(sound, f"xl/{part}.xml")
           for n, part in enumerate(("styles", "sharedStrings"))}
    odd |= {path.name: path.read_bytes() for path in (CASES / "list-odd-encodings").glob("*.xml")}
    kept = (raw / "lists.yml").read_text(encoding="utf-8")
    for name, data in sorted(odd.items()):
        (raw / "lists" / name).write_bytes(data)
        (raw / "lists.yml").write_text(kept + LINE.format("odd", name, "conformant", "2025-03-31"))
        found += _refused(raw, outputs, name, before)
        (raw / "lists" / name).unlink()
    (raw / "lists.yml").write_text(kept, encoding="utf-8")
    kept = (raw / "suppliers.csv").read_bytes()
    shutil.copy(CASES / "csv-of-another-code-page" / "suppliers.csv", raw)
    found += _refused(raw, outputs, "suppliers.csv", before)
    (raw / "suppliers.csv").write_bytes(kept)
    return found + _figure_is_not_run(raw, outputs)


def members_data_in_the_pack(raw: Path, outputs: Path) -> list[str]:
    """What the external pack tells of the origin data that an initiative gave to its members.

    The report names a country among all others, and of no facility.
    """
    target = outputs.parent / "external.zip"
    report(raw, outputs, "pack", "--edition", "external", "--out", target)
    with zipfile.ZipFile(target) as pack:
        held = {name: pack.read(name) for name in pack.namelist()}
    for name in [name for name in held if name.endswith(".docx")]:
        with zipfile.ZipFile(io.BytesIO(held[name])) as document:
            held[name] = b"".join(document.read(part) for part in document.namelist())
    words = (b"Level 3", b"members.csv", b"member_origins", b"an initiative's member")
    found = [f"pack: {word} in {name}" for name, data in held.items() for word in words
             if word in data or word in name.encode()]
    tables = [name for name in held if name.startswith("outputs/tables/")]
    found += [f"pack: Mongolia in {name}" for name in tables if b"Mongolia" in held[name]]
    told = [row["basis"] for row in table(outputs, "origins") if row["country"] == "MNG"]
    flagged = [row for row in table(outputs, "flags") if row["rule"] == "level-cahra"]
    return found if told == ["evidence"] and flagged and tables else [*found, f"origins: {told}"]


def _refused(raw: Path, outputs: Path, name: str, before: str) -> list[str]:
    status, said, *_ = report(raw, outputs)
    last = said.splitlines()[-1]
    if status == 2 and name in last and manifest.sha256(outputs / manifest.NAME) == before:
        return []
    return [f"{name}: status {status}, {last}"]


def _figure_is_not_run(raw: Path, outputs: Path) -> list[str]:
    stated = json.loads((outputs / "figures.json").read_text())
    planted = json.loads((CASES / "sql-in-figures" / "figure.json").read_text())
    (outputs / "figures.json").write_text(json.dumps(stated | planted))
    status, *_ = report(raw, outputs, "verify")
    there = [path for path in (Path("planted.txt"), outputs / "planted.txt") if path.exists()]
    return [] if status == 1 and not there else [f"sql-in-figures: status {status}, {there}"]


def main() -> bool:
    """Print what was measured and whatever is not as it should be; true where nothing is."""
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = {"alone": _copied, "twelve long files": amplified, "every case": lay_out}
        took, raws = {}, {}
        for what, lay in runs.items():
            (folder / what).mkdir()
            raws[what] = lay(folder / what)
            status, said, *took[what] = report(raws[what], folder / what / "outputs")
            print(f"{what}: {said.splitlines()[-1][:90]} ({took[what][0]:.0f} s of processor time, "
                  f"largest process {took[what][1]:.0f} MB)", flush=True)
            wrong += [f"{what}: {said}"] * (status > 1)
        outputs = {what: folder / what / "outputs" for what in runs}
        good = {what: said_of_the_good(outputs[what]) for what in runs}
        for what in ("twelve long files", "every case"):
            wrong += [f"{what}: the good suppliers' {part} differ" for part in good[what]
                      if good[what][part] != good["alone"][part]]
        more = took["twelve long files"][0] - took["alone"][0]
        if more >= 30 or max(most for _, most in took.values()) >= 1024:
            wrong.append(f"costs: {more:.0f} s more, {took}")
        wrong += faults_not_said(outputs["every case"])
        wrong += members_data_in_the_pack(raws["every case"], outputs["every case"])
        wrong += not_taken(raws["every case"], outputs["every case"])
    print(*wrong, sep="\n")
    print(f"year of cases: {len(wrong)} wrong (0 wanted); twelve long files take {more:.0f} s more "
          "(under 30 wanted)")
    return not wrong


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
