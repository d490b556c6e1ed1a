"""Measures the reading of many workbooks against what a user would do otherwise.

``python bench/reading.py [--files 1000] [--workers 2] [--long 5000]`` prints figures; ratios
count, not milliseconds. Baseline: a serial loop of ``pandas.read_excel`` with openpyxl over the
three sheets Declaration, Smelter List and Product List, timed on a sample and said so.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bigbook  # noqa: E402
import pandas as pd  # noqa: E402

from helpers.ingestion import intake  # noqa: E402

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


def read(folder: Path, cache: Path | None, workers: int) -> tuple[float, intake.Intake]:
    start = time.perf_counter()
    found = intake.read_folder(folder, cache=cache, workers=workers)
    return time.perf_counter() - start, found


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
        first, found = read(folder, base / "cache", given.workers)
        assert found.files["readable"].all() and len(found.files) == given.files
        second, again = read(folder, base / "cache", given.workers)
        assert again.rows.equals(found.rows)
        plain = otherwise(folder, given.sample)
        each = first / given.files
        print(f"rows read: {len(found.rows):,}; answers: {len(found.answers):,}")
        print(f"guarded, {given.workers} processes: {each * 1e3:.1f} ms a file, {first:.1f} s")
        print(f"pandas and openpyxl, serial, {given.sample} files: {plain * 1e3:.0f} ms a file")
        print(f"ratio: {plain / each:.1f}")
        print(f"second run: {second / given.files * 1e3:.2f} ms a file; ratio {first / second:.1f}")
        if given.long:
            _long(base, folder, given, first / given.files)
    return 0


def _long(base: Path, folder: Path, given, each: float) -> None:
    shutil.rmtree(folder)
    costs = {}
    for count in (100, given.long):
        lay_out(folder, count)
        took, _ = read(folder, None, given.workers)
        costs[count] = took / count
        shutil.rmtree(folder)
    shown = ", ".join(f"{count}: {cost * 1e3:.1f} ms" for count, cost in costs.items())
    print(f"cost a file by number of files: {shown}")


if __name__ == "__main__":
    sys.exit(main())
