"""Tables as lists: text columns give their values one by one far more slowly than all at once."""

from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

SMALL = 300  # suppliers of a year, up to which Python's own texts were the faster ones


def hold(suppliers: int) -> None:
    """Have pandas hold the texts of new tables as suits a year of so many suppliers.

    Arrow holds millions of them in little room, but takes some microseconds whenever it is asked
    for one or for a few: a tenth of all that a small year costs. The values are the same.
    """
    pd.set_option("mode.string_storage", "python" if suppliers <= SMALL else "pyarrow")


def texts(column: pd.Series) -> list:
    """A column as a list."""
    return column.to_numpy(dtype=object).tolist()


def is_coded(column: pd.Series) -> bool:
    """Whether a column is categorical, as texts of a table of millions of rows are held."""
    return isinstance(column.dtype, pd.CategoricalDtype)


def spelled(frame: pd.DataFrame) -> pd.DataFrame:
    """A table with its categoricals as the texts that they stand for."""
    coded = [name for name, kind in frame.dtypes.items()
             if isinstance(kind, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(coded, "str")) if coded else frame


def records(frame: pd.DataFrame) -> Iterator[NamedTuple]:
    """The rows as tuples with names."""
    row = namedtuple("Row", frame.columns)
    return map(row._make, zip(*(texts(frame[name]) for name in frame.columns), strict=True))


def rows_of(frame: pd.DataFrame) -> Iterator[dict]:
    """The rows as dictionaries."""
    columns = list(frame.columns)
    values = zip(*(texts(frame[name]) for name in columns), strict=True)
    return (dict(zip(columns, row, strict=True)) for row in values)


def written(column: pd.Series, write: Callable[[object], str]) -> list[str]:
    """Each value as ``write`` says it, a missing one as a blank; what is the same is said once."""
    if column.dtype == object:  # which may hold what is alike and not the same, as 1 and True
        items = column.tolist()
        distinct = {id(item): item for item in items}
        said = {mark: write(item) for mark, item in distinct.items()}
        return [said[id(item)] for item in items]
    places, distinct = pd.factorize(column)
    said = [*map(write, distinct.to_numpy(dtype=object)), write("")]  # the last for a missing one
    return np.array(said, dtype=object)[places].tolist()
