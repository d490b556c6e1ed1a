"""Measures the way from many workbooks' bytes to checked tables against what else one would do.

``python bench/reading.py [--files 1000] [--workers 2] [--long 5000]`` prints figures; ratios
count, not milliseconds. Baseline: a serial loop of ``pandas.read_excel`` with openpyxl over the
three sheets Declaration, Smelter List and Product List, timed on a sample and said so.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bigbook  # noqa: E402
import pandas as pd  # noqa: E402

from conflict_minerals.intake import Intake, read_folder
from conflict_minerals.smelters import build_reference, load_lists
from conflict_minerals.survey import find_faults
from conflict_minerals.year import Inputs, load_inputs

YEAR = Path(__file__).resolve().parent.parent / "data" / "raw" / "2018"
SHEETS = ["Declaration", "Smelter List", "Product List"]
FILLED = (40, 120, 260)


def lay_out(folder: Path, count: int) -> None:
    """``count`` different full-size workbooks from three bases, a supplier's folder each."""
    each = [count // len(FILLED) + (n < count % len(FILLED)) for n in range(len(FILLED))]
    for filled, many in zip(FILLED, each, strict=True):
        files = bigbook.unique(bigbook.base(filled), many, f"{filled}-")
        for n, data in enumerate(files):
            place = folder / f"s{filled}-{n:05d}"
            place.mkdir(parents=True)
            (place / "CMRT_6.4.xlsx").write_bytes(data)


def check(found: Intake, cache: Path | None, year: Inputs) -> pd.DataFrame:
    """The findings in what was read, with the inputs of the example year."""
    entries = load_lists(YEAR, year.lists)
    known = build_reference(found.lookups, entries)
    return find_faults(found, year, reference=known, as_of=year.program["as_of"], cache=cache)


@dataclass
class Took:
    """Seconds from the bytes to the tables, and to the findings; and what came of it."""

    read: float
    checked: float
    found: Intake
    findings: pd.DataFrame


def run(folder: Path, cache: Path | None, workers: int, year: Inputs) -> Took:
    start = time.perf_counter()
    found = read_folder(folder, cache=cache, workers=workers)
    middle = time.perf_counter()
    findings = check(found, cache, year)
    return Took(middle - start, time.perf_counter() - start, found, findings)


def otherwise(folder: Path, sample: int) -> float:
    """Seconds a file of the baseline, over a sample spread evenly over the files."""
    files = sorted(folder.rglob("*.xlsx"))
    chosen = files[:: max(1, len(files) // sample)][:sample]
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for file in chosen:
            pd.read_excel(file, sheet_name=SHEETS, engine="openpyxl", header=None)
    return (time.perf_counter() - start) / len(chosen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--sample", type=int, default=9, help="files of the baseline")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--long", type=int, default=0, help="files of a run for the cost a file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reading-") as name:
        base = Path(name)
        folder = base / "cmrt"
        lay_out(folder, given.files)
        size = sum(file.stat().st_size for file in folder.rglob("*.xlsx"))
        print(f"{given.files} workbooks, {size / given.files / 1e6:.2f} MB each, zipped")
        year = load_inputs(YEAR, 2018)
        first = run(folder, base / "cache", given.workers, year)
        assert first.found.files["readable"].all() and len(first.found.files) == given.files
        second = run(folder, base / "cache", given.workers, year)
        assert second.found.rows.equals(first.found.rows)
        assert second.findings.equals(first.findings)
        plain = otherwise(folder, given.sample)
        count = given.files
        print(f"smelter rows: {len(first.found.rows):,}; findings: {len(first.findings):,}")
        print(f"pandas and openpyxl, serial, {given.sample} files: {plain * 1e3:.0f} ms a file")
        for what, one, two in (("tables", first.read, second.read),
                               ("checked tables", first.checked, second.checked)):  # fmt: skip
            print(
                f"bytes to {what}, guarded, {given.workers} processes: {one / count * 1e3:.1f} ms "
                f"a file, ratio {plain * count / one:.1f}; second run "
                f"{two / count * 1e3:.2f} ms, ratio {one / two:.1f} to the first"
            )
        if given.long:
            _long(base, folder, given, year)
    return 0


def _long(base: Path, folder: Path, given, year: Inputs) -> None:
    """The cost a file of few and of many, on the clock and in processor time, children's too."""
    shutil.rmtree(folder)
    costs = {}
    for count in (100, given.long):
        lay_out(folder, count)
        before = sum(os.times()[:4])
        took = run(folder, None, given.workers, year).checked
        costs[count] = (took / count, (sum(os.times()[:4]) - before) / count)
        shutil.rmtree(folder)
    shown = "; ".join(
        f"{count} files: {clock * 1e3:.1f} ms, {cpu * 1e3:.1f} ms of processor time"
        for count, (clock, cpu) in costs.items()
    )
    print(f"bytes to checked tables, cost a file: {shown}")


if __name__ == "__main__":
    sys.exit(main())
