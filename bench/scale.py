"""What a year costs as it grows: processor seconds of whole runs, nothing changed, one decision.

``python bench/scale.py [--suppliers 1000] [--rows 250]`` measures one size: a first run with an
empty cache may take 4 times what reading its files alone takes plus what an empty year costs; a
run in which nothing changed 0.05 times the first, one after a decision on risk (the middle of
three) 0.35 times.
``--growth`` runs 250, 500, 1,000 and 2,000 suppliers: a supplier may cost 15 % more at the end.
``--large`` makes the tables of notebook 1 for 20,000 suppliers (or ``--suppliers``) out of those of
a small year and runs the other notebooks on them: no process may take more than 4 GB.
The workbooks are small ones in the likeness of a CMRT, so that reading is not flattered.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import bigbook  # noqa: E402

import makebook  # noqa: E402
from helpers import run  # noqa: E402

YEAR, _MOST_GIGABYTES = 2024, 4
_OF_PRODUCT = 10_000  # suppliers, since their ids stand in one cell
_METALS = ("Tantalum", "Tin", "Gold", "Tungsten")
_READ = """
import sys
from pathlib import Path
from conflict_minerals.intake import read_folder
if __name__ == "__main__":
    read_folder(Path(sys.argv[1]), cache=Path(sys.argv[2]), workers=2)
"""


def lay_out(raw: Path, suppliers: int, rows: int, answered: bool = True) -> None:
    """The inputs of the example year 2024 with so many suppliers of so many rows each."""
    source = run.project_root() / "data" / "raw" / str(YEAR)
    (raw / "lists").mkdir(parents=True)
    (raw / "cmrt").mkdir()
    (raw / "program.yml").write_text((source / "program.yml").read_text(encoding="utf-8"))
    entries = bigbook.lookup(2 * max(400, rows))
    known = [entry for entry in entries if entry[1] == entry[2]]
    names = [f"s{number:05d}" for number in range(suppliers)]
    products = {f"Analyzer {start}" if start else "Analyzer": names[start : start + _OF_PRODUCT]
                for start in range(0, len(names), _OF_PRODUCT)}  # fmt: skip
    (raw / "products.csv").write_text(
        "product,made_or_contracted,completed,tantalum,tin,gold,tungsten,suppliers,notes\n"
        + "".join(f"{product},made,yes,yes,yes,yes,yes,{';'.join(of)},\n"
                  for product, of in products.items()))  # fmt: skip
    (raw / "suppliers.csv").write_text(
        "supplier_id,supplier_name,contact_name,contact_email,language,requested_on,products,"
        "notes\n" + "".join(
            f"{n},Parts {n} Ltd,Pat {n},p@{n}.example.com,en,2025-01-13,{product},\n"
            for product, of in products.items() for n in of))  # fmt: skip
    (raw / "correspondence.csv").write_text(
        "supplier_id,sent_on,kind,reference\n"
        + "".join(f"{n},2025-01-13,request,Letter\n" for n in names))
    (raw / "lists.yml").write_text(
        "schema: 1\nlists:\n  - {id: listed, file: lists/listed.csv, kind: conformant, "
        "scheme: RMAP, source: Invented, as_of: 2025-03-31}\n")
    (raw / "lists" / "listed.csv").write_text("Metal,Smelter ID,Smelter Name,Country\n" + "".join(
        f"{e[0]},{e[4]},{e[2]},{e[3]}\n" for number, e in enumerate(known) if number % 3))
    (raw / "decisions.csv").write_text("id,kind,key,value,reason,decided_by,decided_on,supersedes,"
                                       "owner,due_on,state\n")
    chance = random.Random(1)
    answers = {(str(q), m): "No" if q in (3, 4, 5) else "Yes"
               for q in range(1, 9) for m in _METALS} | {("6", m): "100%" for m in _METALS}
    answers |= {(letter, ""): "Yes" for letter in "ABCDFG"}
    for number, name in enumerate(names if answered else []):
        if number % 20 == 19:
            continue  # one in twenty does not answer
        lines = [{"metal": e[0], "lookup": e[2], "name": e[2], "country": e[3], "id": e[4],
                  "source": "EX", "recycled": "No"}
                 for e in chance.sample(known, min(rows, len(known)))]  # fmt: skip
        for line in chance.sample(lines, len(lines) // 50):
            line |= {"id": "", "name": f"Unheard Of {name} {line['name'][:9]}", "lookup": ""}
        said = dict(answers)
        said["3", chance.choice(_METALS)] = "Yes"  # a covered country, so that flags have work
        sheets = makebook.template("CMRT", "6.4", answers=said, lookup=known[:40], smelters=lines,
                                   fields={"company_name": f"Parts {name} Ltd",
                                           "effective_date": 45700})  # fmt: skip
        (raw / "cmrt" / name).mkdir()
        (raw / "cmrt" / name / "CMRT.xlsx").write_bytes(makebook.book(sheets))


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, run.SANDBOX: str(folder), "HELPERS_CACHE": str(folder / "cache"),
            "OMP_NUM_THREADS": "1"}


def seconds(command: list[str], folder: Path, most: int = 1) -> float:
    """Processor seconds of a command and of all that it started; it fails with more than ``most``,
    as a rule 1, with which a closed gate ends."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment(folder), capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not 0 <= done.returncode <= most:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def report(folder: Path, raw: Path) -> float:
    return seconds([sys.executable, "-m", "helpers", "report", "--year", str(YEAR),
                    "--raw", str(raw)], folder)  # fmt: skip


def measure(suppliers: int, rows: int, later: bool = True) -> dict[str, float]:
    """Processor seconds: ``reading``, ``empty``, ``first``; ``later`` ``nothing``, ``decision``."""
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder / "raw" / str(YEAR), suppliers, rows)
        lay_out(folder / "bare" / str(YEAR), 1, 4)
        reader = folder / "read.py"
        reader.write_text(_READ)
        raw = folder / "raw" / str(YEAR)
        found["reading"] = seconds([sys.executable, str(reader), str(raw / "cmrt"),
                                    str(folder / "other")], folder)  # fmt: skip
        found["empty"] = report(folder / "b", folder / "bare" / str(YEAR))
        found["first"] = report(folder / "a", raw)
        if not later:
            return found
        found["nothing"] = report(folder / "a", raw)
        before = (raw / "decisions.csv").read_text()
        costs = []
        for supplier in ("s00000", "s00001", "s00002"):
            (raw / "decisions.csv").write_text(
                f"{before}D-001,risk,supplier|{supplier},engage,Asked,Analyst,2025-04-01,,,,\n")
            costs.append(report(folder / "a", raw))
        found["decision"] = median(costs)  # the machine's own ups and downs are as large
    return found


_MANY, _OF = 20_000, 20  # suppliers of a large year, and of the small one that it repeats
_REPEAT = """
import sys
import pandas as pd
from helpers import start
from conflict_minerals.store import chain

raw, small, times, of = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
run = start("ingestion", year={year}, raw=raw)
once = ("lookups", "list_entries", "reference")
frames = {{}}
for name in chain.steps()[0].writes:
    frame = pd.read_parquet(f"{{small}}/{{name}}.parquet")
    if name not in once:
        parts = []
        for number in range(times):
            part = frame.copy()
            for column in ("supplier_id", "supplier_name", "file"):
                if column in part:
                    part[column] = part[column].str.replace(
                        r"s\\d{{5}}", lambda m: f"s{{int(m[0][1:]) + number * of:05d}}", regex=True)
            parts.append(part)
        frame = pd.concat(parts, ignore_index=True)
    frames[name] = frame
run.save(**frames)
"""
_PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
print(done.stdout[-1500:], done.stderr[-1500:], file=sys.stderr)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""


def large(suppliers: int, rows: int) -> bool:
    """Print the largest process of notebooks 2 to 4 of a large year; true when each is small."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, raw = folder / "small" / str(YEAR), folder / "raw" / str(YEAR)
        lay_out(small, _OF, rows)
        lay_out(raw, suppliers, rows, answered=False)
        tables = folder / "small-tables"
        alone = [sys.executable, "-m", "helpers", "run", "--year", str(YEAR)]
        seconds([*alone, "ingestion", "--raw", str(small), "--processed", str(tables)], folder)
        seconds([sys.executable, "-c", _REPEAT.format(year=YEAR), str(raw), str(tables),
                 str(suppliers // _OF), str(_OF)], folder, most=0)  # fmt: skip
        held = True
        for step in ("smelter-status", "geographic-risk", "report-export"):
            made = subprocess.run(
                [sys.executable, "-c", _PEAK, *alone, step, "--raw", str(raw)],
                env=environment(folder), capture_output=True, text=True)  # fmt: skip
            if not 0 <= made.returncode <= 1:
                raise RuntimeError(made.stderr)
            peak = int(made.stdout) / 2**20
            held &= peak <= _MOST_GIGABYTES
            print(f"large: {step}: largest process {peak:.2f} GB (at most {_MOST_GIGABYTES})",
                  flush=True)
    return held


def main(suppliers: int = 1000, rows: int = 250, growth: bool = False) -> bool:
    """Print the figures; true when what is wanted of them holds."""
    held = True
    if growth:
        cost = {}
        for many in (250, 500, 1000, 2000):
            found = measure(many, rows, later=False)
            cost[many] = (found["first"] - found["empty"]) / many
            print(f"{many:5} suppliers: first run {found['first']:.0f} s, "
                  f"{cost[many] * 1000:.0f} ms a supplier", flush=True)
        held = cost[2000] <= 1.15 * cost[250]
        print(f"growth: a supplier costs {cost[2000] / cost[250]:.2f} times (at most 1.15)")
        return held
    found = measure(suppliers, rows)
    print(f"{suppliers} suppliers of {rows} rows, processor seconds: "
          + ", ".join(f"{name} {value:.1f}" for name, value in found.items()))
    base = 4 * found["reading"] + found["empty"]
    for name, ratio, most in (
        ("first run, to 4 times reading plus an empty year", found["first"] / base, 1.0),
        ("nothing changed, to the first run", found["nothing"] / found["first"], 0.05),
        ("one decision, to the first run", found["decision"] / found["first"], 0.35),
    ):
        held &= ratio <= most
        print(f"scale: {name}: {ratio:.3f} (at most {most})")
    return held


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suppliers", type=int)
    parser.add_argument("--rows", type=int, default=250)
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--large", action="store_true")
    given = parser.parse_args()
    held = large(given.suppliers or _MANY, given.rows) if given.large else main(
        given.suppliers or 1000, given.rows, given.growth)
    sys.exit(0 if held else 1)
