"""Lists as grids, read by the same bounded process as suppliers' files.

A grid is ``Grid(sheet, epoch_1904, rows, hidden)`` with rows ``(row number, {column number:
value})``; both count from 1. Cells without a value are left out; a number is a float, a date its
number. ``hidden`` holds the rows that do not show.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from conflict_minerals.ground import limits
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean
from conflict_minerals.intake import Child


class Grid(NamedTuple):
    """A sheet of a list."""

    sheet: str
    epoch_1904: bool
    rows: list[tuple[int, dict[int, str | float | bool]]]
    hidden: list[int]


@contextmanager
def opened() -> Iterator[Callable[[Path, str], list[Grid]]]:
    """A function ``read(path, name)`` that gives the sheets of a list; one process reads them all.

    It raises:
        InputError: a list is missing, too large, unreadable, hostile or of another kind.
    """
    # No line of a list may be left out: the sheet's own bounds, and the number of cells, hold.
    child = Child(replace(limits.default(), rows=1_048_576, columns=16_384), "lists")
    try:
        yield partial(_read, child)
    finally:
        child.stop()


def _read(child: Child, path: Path, name: str) -> list[Grid]:
    most = child.limits.file_bytes
    try:
        large = path.stat().st_size > most
        data = b"" if large else path.read_bytes()
    except OSError as error:
        raise InputError("cannot be read", file=name,
                         fix="Put the list there or take it out of lists.yml") from error
    if large:
        raise InputError(f"is larger than {limits.amount(most)}", file=name,
                         fix="A list is far smaller: check what the file is")
    said, _, lost = child.read(data)
    if lost or said["reason"]:
        raise InputError(f"is not read as a list ({lost or said['reason']})", file=name,
                         fix="Open it in Excel and save it as .xlsx or as 'CSV UTF-8'")
    return [Grid(clean(sheet), epoch, [(row, dict(held)) for row, held in rows], hidden)
            for sheet, epoch, rows, hidden in said["sheets"]]


def text(value: str | float | bool) -> str:
    """A cell's value as one line of text: ``Yes`` for a truth, no ``.0``, blank for an error."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    said = clean(value)
    return "" if said.startswith("#") and said.rstrip("!?").isupper() and " " not in said else said
