"""A filled blank is the blank but for what was filled: ``filled_blanks.py [BLANK …] [--years …]``.

Each blank, of one's own or else the invented ones, is filled from the example years for the whole
company and, a CMRT, for one product. Every part of the two workbooks is then compared, and
LibreOffice, where it is installed, calculates the filled one anew. Says what changed, and what is
wrong. What is compared is read here by other means than the program's own.
"""

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from conflict_minerals.customers import fill_for_customers

ROOT = Path(__file__).parents[2]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
HEAD = "customer_id,customer_name,asked_on,due_on,template,scope,products,metals\n"
ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
oor:op="fuse"><value>0</value></prop></item></oor:items>"""


class Workbook:
    """A workbook's parts, and the cells of its sheets."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        strings = ElementTree.fromstring(self.parts.get("xl/sharedStrings.xml", b"<sst/>"))
        self.strings = ["".join(t.text or "" for run in item.iter() if run.tag != f"{MAIN}rPh"
                                for t in run.findall(f"{MAIN}t")) for item in strings]  # fmt: skip
        formats = ElementTree.fromstring(self.parts["xl/styles.xml"]).find(f"{MAIN}cellXfs")
        self.locked = [next((p.get("locked", "1") for p in one.iter(f"{MAIN}protection")), "1")
                       != "0" for one in formats]  # fmt: skip
        rels = ElementTree.fromstring(self.parts["xl/_rels/workbook.xml.rels"])
        target = {r.get("Id"): "xl/" + r.get("Target").removeprefix("/xl/") for r in rels}
        book = ElementTree.fromstring(self.parts["xl/workbook.xml"])
        self.sheets = {s.get("name"): target[s.get(REL)] for s in book.iter(f"{MAIN}sheet")}

    def cells(self, part: str) -> dict[str, tuple]:
        """``(style, formula, shown)`` by address; a formula of a group gives the group."""
        found = {}
        for cell in ElementTree.fromstring(self.parts[part]).iter(f"{MAIN}c"):
            formula, kind = cell.find(f"{MAIN}f"), cell.get("t", "n")
            texts = (t.text or "" for t in cell.iter(f"{MAIN}t"))
            value = cell.findtext(f"{MAIN}v") or "".join(texts)
            if kind == "s" and value:
                value = self.strings[int(value)]
            told = None if formula is None else formula.text or f"group {formula.get('si')}"
            shown = re.sub(r"_x000D_|\r", "", value)
            found[cell.get("r")] = (int(cell.get("s", 0)), told, shown)
        return found


def compared(blank: Workbook, filled: Workbook) -> tuple[Counter, list[str]]:
    """What changed, by part and kind, and what may not have."""
    changed, wrong = Counter(), []
    if list(blank.parts) != list(filled.parts):
        gone = {*blank.parts} ^ {*filled.parts}
        changed["parts that came or went: " + ", ".join(sorted(gone))] += 1
        wrong += [name for name in gone if "calcChain" not in name]
    names = {part: name for name, part in blank.sheets.items()}
    for part in sorted({*blank.parts} & {*filled.parts}):
        before, after = blank.parts[part], filled.parts[part]
        if before == after:
            continue
        if part not in names:
            changed[part] += 1
            bare = re.sub(rb'\sfullCalcOnLoad="1"|<calcPr/>', b"", after)
            if bare not in (before, re.sub(rb'\sfullCalcOnLoad="\w+"', b"", before)):
                wrong += [part] if b"calcChain" not in before else []
            continue
        outside = [re.sub(rb"<sheetData>.*</sheetData>", b"", data, flags=re.S)
                   for data in (before, after)]  # fmt: skip
        wrong += [f"{names[part]}: more than its cells"] if outside[0] != outside[1] else []
        protected = b"<sheetProtection" in before
        was, now = blank.cells(part), filled.cells(part)
        for at in {*was, *now}:
            old, new = was.get(at, (0, None, "")), now.get(at, (0, None, ""))
            if old == new:
                continue
            grouped = "group" in (old[1] or "") and new[1]
            kept = new[1] is not None and (old[1] == new[1] or grouped)
            changed[f"{names[part]}: {'values shown beside formulas' if kept else 'written'}"] += 1
            if at in was and old[0] != new[0]:
                wrong.append(f"{names[part]}!{at}: looks otherwise")
            if not kept and protected and blank.locked[old[0]]:
                wrong.append(f"{names[part]}!{at}: is protected and was written")
    return changed, wrong


def told(blank: Workbook, filled: Workbook, words: set[str]) -> list[str]:
    """Words of suppliers that stand in a part more often than in the blank; one of the blank's own
    words, such as a smelter's name, tells nobody's."""
    likeness = {word: re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.I) for word in words}
    own = "\n".join(blank.strings)
    likeness = {word: like for word, like in likeness.items() if not like.search(own)}
    out = []
    for part, data in filled.parts.items():
        old = blank.parts.get(part, b"")
        if data != old:
            after, before = (one.decode("utf-8", "replace") for one in (data, old))
            out += [f"{part}: tells {word!r}" for word, like in likeness.items()
                    if len(like.findall(after)) > len(like.findall(before))]  # fmt: skip
    return out


def calculated(path: Path, folder: Path) -> Workbook | None:
    """The workbook as LibreOffice calculates it anew; ``None`` where there is none."""
    if not shutil.which("soffice"):
        return None
    (folder / "profile" / "user").mkdir(parents=True, exist_ok=True)
    (folder / "profile" / "user" / "registrymodifications.xcu").write_text(ALWAYS)
    subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless",
                    "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder / "again",
                    path], check=True, capture_output=True, timeout=300)  # fmt: skip
    return Workbook(folder / "again" / path.name)


def shown(filled: Workbook, again: Workbook | None) -> tuple[str, list[str]]:
    """What the template's own formulas say: a line, and what is wrong with it."""
    wrong, ids, formulas = [], 0, 0
    for name, part in filled.sheets.items():
        if name not in ("Declaration", "Smelter List", "Product List", "Checker"):
            continue
        ours = filled.cells(part)
        theirs = again.cells(again.sheets[name]) if again else ours
        for at, (_, formula, value) in ours.items():
            if formula is not None:
                formulas += 1
                value = re.sub(r"^0$", "", value)
                if value != re.sub(r"^0$", "", theirs.get(at, (0, None, ""))[2]):
                    wrong.append(f"{name}!{at}: {value!r} is {theirs.get(at)} calculated anew")
        if name == "Checker" and theirs["D2"][2] != "0":
            wrong.append(f"Checker: {theirs['D2'][2]} required fields are missing")
        if name == "Smelter List":
            for at, (_, _, one) in theirs.items():
                if re.fullmatch(r"A\d+", at) and one.startswith("CID"):
                    ids += 1
                    row = [theirs.get(f"{column}{at[1:]}", ("", "", ""))[2] for column in "BCEF"]
                    if row[3] != one or "" in row or "#" in "".join(row):
                        wrong.append(f"{name}!{at}: {one} does not resolve: {row}")
    how = "calculated anew" if again else "as saved: no LibreOffice here"
    return f"{formulas:,} formulas, {ids} ids, {how}", wrong


def proved(blank: Path, year: int, outputs: Path, *, recalculate: bool = True) -> list[str]:
    """Fill a blank from a year, print what changed, and give what is wrong."""
    raw, lines = ROOT / "data" / "raw" / str(year), [f"a,A,,,{blank.name},company,,"]
    if "EMRT" in blank.name.upper():
        lines = [f"a,A,,,{blank.name},company,,Cobalt;Mica"]
    else:
        with (raw / "products.csv").open(encoding="utf-8") as file:
            lines.append(f"a,A,,,{blank.name},products,{next(csv.DictReader(file))['product']},")
    words = set()
    for name in ("suppliers", "responses"):
        with (outputs / "tables" / f"{name}.csv").open(encoding="utf-8") as file:
            words |= {Path(row[key]).name for row in csv.DictReader(file) for key in
                      ("supplier_id", "supplier_name", "company_name", "file") if row.get(key)}
    with (raw / "suppliers.csv").open(encoding="utf-8") as file:
        words |= {row[key] for row in csv.DictReader(file)
                  for key in ("contact_name", "contact_email") if row.get(key)}  # fmt: skip
    out = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "asked" / "templates").mkdir(parents=True)
        shutil.copy(blank, folder / "asked" / "templates")
        (folder / "asked" / "customers.csv").write_text(HEAD + "\n".join(lines))
        todo = fill_for_customers(raw, outputs, folder / "asked", folder / "made", year,
                                  "2026-11-29")  # fmt: skip
        out += list(todo[todo["gate"].eq("template")]["reason"])
        for line in sorted(set(todo[todo["gate"].ne("template")]["reason"])):
            print(f"    told before it is sent: {line}")
        for path in sorted((folder / "made").glob("*/*.xlsx")):
            before, after = Workbook(blank), Workbook(path)
            changed, wrong = compared(before, after)
            again = calculated(path, folder / path.parent.name) if recalculate else None
            line, more = shown(after, again)
            out += wrong + more + told(before, after, words)
            print(f"{year} {blank.name} {path.parent.name}: {line}")
            for what, count in sorted(changed.items()):
                print(f"    {what}: {count:,}")
    return out


def main(blanks: list[Path], years: list[int], outputs: Path) -> bool:
    """Print every proof; true when nothing is wrong."""
    wrong = []
    for year in years:
        if not (outputs / str(year)).is_dir():
            subprocess.run([sys.executable, "-m", "helpers", "report", "--year", str(year)],
                           check=True, stdout=subprocess.DEVNULL,
                           env={**os.environ, "HELPERS_SANDBOX": str(outputs.parent)})  # fmt: skip
        for blank in blanks:
            found = proved(blank, year, outputs / str(year))
            wrong += found
            for line in found[:20]:
                print(f"    WRONG {line}")
    print(f"filled blanks: {len(blanks) * len(years)} tried, {len(wrong)} wrong (none wanted)")
    return not wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("blanks", nargs="*", type=Path)
    parser.add_argument("--years", nargs="+", type=int, default=[2018, 2025])
    parser.add_argument("--outputs", type=Path)
    given = parser.parse_args()
    shipped = ROOT / "data" / "raw" / "customers-example" / "templates"
    with tempfile.TemporaryDirectory() as own:
        sys.exit(0 if main(given.blanks or sorted(shipped.glob("*.xlsx")), given.years,
                           given.outputs or Path(own) / "outputs") else 1)
