"""One analyst's day, step by step, with the seconds of each and what was seen.

``python bench/walk.py`` walks through the example year 2025, where no step but the first run may
take over 10 seconds of processor; ``--suppliers 300 --rows 60`` through a made year of that size.
A step in an open notebook is timed without the start of its kernel, which is a step of its own.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import scale

from helpers import run

_MOST = 10  # seconds of processor a step of the example year
_CELLS = """
import time
begun, spent = time.time(), time.process_time()

def told(what, seen):
    global begun, spent
    seen = " ".join(str(seen).split())[:150]
    print(f"{{time.process_time() - spent:.1f}}\t{{time.time() - begun:.1f}}\t{{what}}\t{{seen}}")
    begun, spent = time.time(), time.process_time()

from helpers import decide, explore, show, start
run = start("geographic-risk", year={year})
told("a notebook is opened: imports and inputs", run.year)
joined = decide._reader(run).read("explore")
found = explore.narrow(joined, tier=["critical", "high", "medium"])
show.table(found, "Above the lowest tier", view="explore")
told("the facilities above the lowest tier, line by line", f"{{len(found)}} of {{len(joined)}}")
told("by country", explore.by(run, found, "country").head(2).to_dict("records"))
explore.picture(run, found, "supplier")
told("a picture by supplier", "drawn")
said = dict(reason="Asked for more", decided_by="Ann", decided_on="{day}")
one = decide.decide(run, "risk", "supplier|{supplier}", "engage", **said)
told("a decision for one looked at", one)
told("and written", one.write())
try:
    many = decide.decide_many(run, {{"tier": "medium"}}, "engage", **said)
    told("a decision for many looked at", many)
    told("and written", many.write())
    group = decide.read(run.raw)["group"].iloc[-1]
    told("and taken back", decide.undo(run, group, **said).write())
except Exception as error:
    told("a decision for many", error)
last = decide.confirm(run, decided_by="Ann", decided_on="{day}")
told("last year's decisions, to be confirmed in one call", last)
told("the inbox in Lab", f"{{len(decide.inbox(run).open)}} wait")
"""


def step(what: str, *words: str, data: Path) -> float:
    """Print the seconds of a command and its last line; give its processor seconds."""
    own = {**os.environ, "HELPERS_DATA": str(data), "HELPERS_CACHE": str(data / "cache")}
    own.pop("HELPERS_SANDBOX", None)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    done = subprocess.run([sys.executable, *words], env=own, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if words[0] == "-c":
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        for cost, wall, told, seen in rows:
            print(f"  {cost:>6} {wall:>6}  {told}: {seen}", flush=True)
        return max((float(row[0]) for row in rows), default=_MOST + 1)
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    changed = next((line.strip() for line in lines if "changed since" in line), "")
    seen = "; ".join(filter(None, (changed, lines[-1] if lines else "nothing")))
    print(f"  {spent:6.1f} {time.time() - begun:6.1f}  {what}: {seen[:150]}", flush=True)
    return spent


def walk(data: Path, year: int, sender: str, supplier: str, day: str) -> float:
    """Every step; the processor seconds of the longest after the first run.

    ``sender`` corrects a file, on ``supplier`` a step is decided on ``day``.
    """
    def report(what: str, *more: str) -> float:
        return step(what, "-m", "helpers", "report", "--year", str(year), *more, data=data)

    raw = data / "raw" / str(year)
    report("the first run, before the day")
    spent = [report("nothing changed")]
    book = next((raw / "cmrt" / sender).glob("*.xlsx"))
    spent.append(step("one file looked at", "-m", "helpers", "check", str(book), data=data))
    (raw / "inbox").mkdir()
    came = Path(shutil.copy(book, raw / "inbox" / f"{sender} corrected.xlsx"))
    with zipfile.ZipFile(came, "a") as corrected:
        corrected.comment = b"corrected"  # so that it is another file
    inbox = ("-m", "helpers", "inbox", "--year", str(year))
    spent.append(step("what came by mail", *inbox, data=data))
    spent.append(step("and filed", *inbox, "--confirm", "--on", day, data=data))
    spent.append(step("notebook 1 on the new file", "-m", "helpers", "run", "ingestion", "--year",
                      str(year), data=data))
    report("the whole year on the new file")
    spent.append(step("", "-c", _CELLS.format(year=year, supplier=supplier, day=day), data=data))
    spent.append(report("what the decisions touch runs"))
    program = raw / "program.yml"
    program.write_text(program.read_text(encoding="utf-8").replace("555-01", "555-02"))
    spent.append(report("a word of the form: notebook 4 alone, judged for the survey",
                        "--until", "survey"))
    spent.append(step("every hash and figure again", "-m", "helpers", "verify", "--year", str(year),
                      data=data))
    spent.append(step("what customers asked for", "-m", "helpers", "customers", "--year", str(year),
                      "--customers", str(data / "raw" / "customers-example"), data=data))
    spent.append(step("next year laid out", "-m", "helpers", "year", "--year", str(year + 1),
                      "--from", str(year), data=data))
    return max(spent)


def _as_carried_over(path: Path) -> None:
    """Some decisions as ``make year FROM=`` leaves those of last year: comments by nobody."""
    lines = path.read_text(encoding="utf-8").splitlines()
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n").writerow
        for line, row in zip(lines, csv.reader(lines), strict=True):
            if row[0] in ("D-009", "D-010", "D-014"):
                write([f"# {row[0]}", *row[1:5], "", "", *row[7:]])
            else:
                file.write(line + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suppliers", type=int, default=0, help="0 is the example year 2025")
    parser.add_argument("--rows", type=int, default=60)
    given = parser.parse_args()
    examples = run.project_root() / "data" / "raw"
    print("seconds of processor and of the clock, step, and what was seen")
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        shutil.copytree(examples / "customers-example", data / "raw" / "customers-example")
        if given.suppliers:
            scale.lay_out(data / "raw" / str(scale.YEAR), given.suppliers, given.rows)
            walk(data, scale.YEAR, "s00000", "s00001", "2025-04-01")
            return 0
        for year in (2024, 2025):
            shutil.copytree(examples / str(year), data / "raw" / str(year))
        _as_carried_over(data / "raw" / "2025" / "decisions.csv")
        step("last year", "-m", "helpers", "report", "--year", "2024", data=data)
        return int(walk(data, 2025, "aster", "fennel", "2026-04-10") > _MOST)


if __name__ == "__main__":
    sys.exit(main())
