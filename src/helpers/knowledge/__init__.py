"""Knowledge of the field, kept as tables and text that its people can read and change.

Every table carries its source and the date on which the source was read. A line
that begins with ``#`` is a comment.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING

# Workbooks are read in small processes that need the tables but have no room for pandas.
if TYPE_CHECKING:
    import pandas as pd


def path(name: str):
    """The file of that name in this folder, as a ``Traversable``."""
    return files(__package__).joinpath(*name.split("/"))


@cache
def _text(name: str) -> str:
    return path(name).read_text(encoding="utf-8")


def text(name: str) -> str:
    """A text file of this folder, for example ``wording/report.md``."""
    return _text(name)


def table(name: str) -> pd.DataFrame:
    """A table of this folder by its name without ``.csv``: every column text, blanks as ``""``."""
    return _table(name).copy()


@cache
def _table(name: str) -> pd.DataFrame:
    import pandas as pd

    lines = [line for line in _text(f"{name}.csv").splitlines() if not line.startswith("#")]
    return pd.read_csv(StringIO("\n".join(lines)), dtype=str, keep_default_na=False)


def records(name: str) -> list[dict[str, str]]:
    """The same table as a list of dictionaries, for code that runs without pandas."""
    lines = [line for line in _text(f"{name}.csv").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(StringIO("\n".join(lines))))
