"""Tables as lists: text columns give their values one by one far more slowly than all at once."""

from collections import namedtuple
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd


def texts(column: pd.Series) -> list:
    """A column as a list."""
    return column.to_numpy(dtype=object).tolist()


def records(frame: pd.DataFrame) -> Iterator[NamedTuple]:
    """The rows as tuples with names."""
    row = namedtuple("Row", frame.columns)
    return map(row._make, zip(*(texts(frame[name]) for name in frame.columns), strict=True))


def rows_of(frame: pd.DataFrame) -> Iterator[dict]:
    """The rows as dictionaries."""
    columns = list(frame.columns)
    values = zip(*(texts(frame[name]) for name in columns), strict=True)
    return (dict(zip(columns, row, strict=True)) for row in values)
