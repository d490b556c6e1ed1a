"""Example years from which things are taken away: the first weeks, when little has come yet.

Whatever is missing, a year runs to its gates and says there what is open.
"""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from changed_years import AS_IF_LARGE
from helpers import run


def _cells(path: Path, change: Callable[[list[dict]], list[dict]]) -> None:
    """The table with other lines; comments below its header stay."""
    with path.open(encoding="utf-8", newline="") as file:
        head, *lines = csv.reader(file)
    notes = [line for line in lines if line and line[0].startswith("#")]
    held = [dict(zip(head, line, strict=False)) for line in lines if line and line not in notes]
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerows([head, *notes])
        write.writerows([line.get(name, "") for name in head] for line in change(held))


def _nothing(*names: str) -> Callable[[Path], None]:
    def take(raw: Path) -> None:
        for name in names:
            if (raw / name).is_file():
                _cells(raw / name, lambda lines: [])
    return take


def _answers(raw: Path) -> None:
    shutil.rmtree(raw / "cmrt")
    (raw / "cmrt").mkdir()


def _lists(raw: Path) -> None:
    path = raw / "lists.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("\nlists:")] + "\nlists: []\n", encoding="utf-8")


def _roster(raw: Path) -> None:
    _cells(raw / "products.csv", lambda lines: [line | {"suppliers": ""} for line in lines])
    _nothing("suppliers.csv", "correspondence.csv", "decisions.csv")(raw)
    _answers(raw)


def _products(raw: Path) -> None:
    _cells(raw / "suppliers.csv", lambda lines: [line | {"products": ""} for line in lines])
    _nothing("products.csv")(raw)


def _metals(raw: Path) -> None:
    metals = dict.fromkeys(("tantalum", "tin", "gold", "tungsten"), "no")
    _cells(raw / "products.csv", lambda lines: [line | metals for line in lines])


def _workbooks(raw: Path) -> None:
    for path in (path for path in (raw / "cmrt").rglob("*") if path.is_file()):
        path.write_bytes(b"%PDF-1.4 no workbook")


def _evidence(raw: Path) -> None:
    shutil.rmtree(raw / "evidence", ignore_errors=True)


def _all_but_the_roster(raw: Path) -> None:
    _nothing("correspondence.csv", "decisions.csv", "origins.csv")(raw)
    _lists(raw)
    _answers(raw)


WITHOUT: dict[str, Callable[[Path], None]] = {
    "answers": _answers, "anything but a roster": _all_but_the_roster, "a roster": _roster,
    "lists": _lists, "products": _products, "a metal that is needed": _metals,
    "a file that is a workbook": _workbooks, "evidence": _evidence,
    "decisions": _nothing("decisions.csv"),
    "letters and origins": _nothing("correspondence.csv", "origins.csv"),
}  # fmt: skip


def ran(folder: Path, year: int, without: str, as_if_large: bool = False) -> str:
    """The last line of the run of an example year without something, compared with no other."""
    raw = folder / "raw" / str(year)
    shutil.copytree(run.project_root() / "data" / "raw" / str(year), raw)
    program = raw / "program.yml"
    lines = program.read_text(encoding="utf-8").splitlines()
    alone = ["previous: \"\"" if line.startswith("previous:") else line for line in lines]
    program.write_text("\n".join(alone) + "\n", encoding="utf-8")
    WITHOUT[without](raw)
    started = ["-c", AS_IF_LARGE] if as_if_large else ["-m", "helpers"]
    done = subprocess.run(
        [sys.executable, *started, "report", "--year", str(year)], text=True,
        env={**os.environ, "HELPERS_DATA": str(folder)}, capture_output=True)  # fmt: skip
    return (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]
