"""Findings as tables of places, and columns worked out once for each distinct value."""

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
import pandas as pd

PLACE = ["file", "metal", "sheet", "cell", "found", "expected"]


@cache
def empty() -> pd.DataFrame:
    """No places; always the same table, which nobody changes."""
    return pd.DataFrame({column: pd.Series(dtype="str") for column in PLACE})


def places(
    frame: pd.DataFrame, *, cell="cell", found="", expected="", sheet="sheet", metal="metal"
) -> pd.DataFrame:
    """Rows of a table as findings.

    ``cell``, ``sheet`` and ``metal`` are series or names of columns; ``found`` and ``expected``
    are series or texts, a blank ``expected`` standing for that of ``rules.csv``.
    """
    if frame.empty:
        return empty()
    out = pd.DataFrame({"file": frame["file"]})
    for name, value in (("metal", metal), ("sheet", sheet), ("cell", cell)):
        if isinstance(value, str):
            value = frame[value] if value in frame else ""
        out[name] = value
    out["found"], out["expected"] = found, expected
    return out[PLACE]


def where(frame: pd.DataFrame, flags: Iterable[bool]) -> pd.DataFrame:
    """The rows whose flag is set; an empty list of flags keeps the columns."""
    return frame[pd.Series(list(flags), index=frame.index, dtype="bool")]


def each(column: pd.Series, function: Callable) -> pd.Series:
    """A function of every value, worked out once for each distinct one."""
    codes, values = pd.factorize(column)
    results = np.empty(len(values), dtype=object)
    results[:] = [function(value) for value in values]
    return pd.Series(results[codes] if len(values) else codes.astype(object), index=column.index)


def holds(column: pd.Series, test: Callable) -> pd.Series:
    """Where a test of the value holds, asked once for each distinct one."""
    return each(column, test).astype("bool")


def texts(frame: pd.DataFrame, values: Iterable[str]) -> pd.Series:
    """A column of texts beside the rows of a table, one even where there are none."""
    return pd.Series(list(values), index=frame.index, dtype="object")


def join(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several tables of places as one."""
    kept = [part for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else empty()
