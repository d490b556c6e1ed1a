"""The tables and texts that ship: the field's in ``knowledge/``, the program's own in ``schema/``.

Knowledge lies in a folder for each room that rests on it; every table carries its source and the
date on which the source was read. A table is asked for by its name alone, which no other has. A
line that begins with ``#`` is a comment.
"""

from __future__ import annotations

import csv
import itertools
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conflict_minerals.ground.errors import InputError

# Workbooks are read in small processes that need the tables but have no room for pandas.
if TYPE_CHECKING:
    import pandas as pd


_PACKAGE = Path(__file__).parents[1]


@cache
def places() -> dict[str, Path]:
    """Each shipped table, text and folder of texts by its name."""
    shelves = [_PACKAGE / "schema", *(_PACKAGE / "knowledge").iterdir()]
    return {entry.name: entry for shelf in shelves if shelf.is_dir() for entry in shelf.iterdir()}


def path(name: str) -> Path:
    """The file of that name, for example ``flags.csv`` or ``wording/law.md``."""
    first, _, rest = name.partition("/")
    if first not in places():
        raise FileNotFoundError(f"no table or text called {first} ships")
    return places()[first] / rest if rest else places()[first]


@cache
def _text(name: str) -> str:
    # A spreadsheet program puts a mark before the first line.
    return path(name).read_text(encoding="utf-8-sig")


def text(name: str) -> str:
    """A text that ships, for example ``wording/law.md``."""
    return _text(name)


def head(name: str) -> str:
    """The remarks at the head of a table, on one line: what it holds, its source and its date."""
    lines = [line.strip('"') for line in _text(f"{name}.csv").splitlines()]
    remarks = itertools.takewhile(lambda line: line.startswith("#"), lines)
    return " ".join(remark.lstrip("# ") for remark in remarks)


def table(name: str) -> pd.DataFrame:
    """A table by its name without ``.csv``: every column text, blanks as ``""``."""
    return _table(name).copy()


@cache
def _table(name: str) -> pd.DataFrame:
    import pandas as pd

    header, rows = _rows(name)
    return pd.DataFrame(rows, columns=header, dtype="str")


def records(name: str) -> list[dict[str, str]]:
    """The same table as a list of dictionaries, for code that runs without pandas."""
    header, rows = _rows(name)
    return [dict(zip(header, row, strict=True)) for row in rows]


def _rows(name: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table, each row as long as the header.

    Raises:
        InputError: a row with more values than the header has columns, as when a text that holds
            a comma is not quoted.
    """
    # A spreadsheet program puts a remark that holds a comma between quotes.
    kept = [(n, line) for n, line in enumerate(_text(f"{name}.csv").splitlines(keepends=True), 1)
            if not line.lstrip('"').startswith("#")]  # fmt: skip
    reader = csv.reader(line for _, line in kept)
    header = next(reader, [])
    while header and not header[-1]:
        header.pop()
    rows = []
    for row in reader:
        if not any(row):
            continue
        if any(row[len(header):]):
            raise InputError(
                f"has {len(row)} values where its header has {len(header)} columns",
                file=f"{name}.csv",
                where=f"line {kept[reader.line_num - 1][0]}",
                fix="Put a text that holds a comma between double quotes",
            )
        rows.append((row + [""] * len(header))[: len(header)])
    if "values" in header:
        at = header.index("values")
        for row in rows:
            row[at] = ";".join(word for told in row[at].split(";") for word in _words(told))
    return header, rows


def _words(told: str) -> list[str]:
    """An allowed word; of ``table.column`` those that stand in that column of a table."""
    name, dot, column = told.partition(".")
    named = dot and f"{name}.csv" in places()
    return [row[column] for row in records(name)] if named else [told]
