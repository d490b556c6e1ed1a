"""Tables of the knowledge folder that people edit, checked before anything rests on them.

A spreadsheet program turns ``2026-03-02`` into ``3/2/2026`` when it saves; compared as text such a
date would let a review know what it could not know yet.
"""

from datetime import date

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.csvfiles import to_date
from conflict_minerals.ground.errors import InputError

_DATES = ("since", "until", "on", "as_of")


def checked(table: pd.DataFrame, name: str, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """The table with its dates as ``YYYY-MM-DD``, and with ``columns`` alone where they are given.

    Raises:
        InputError: a column is missing, or a date can be read in two ways.
    """
    missing = [column for column in columns if column not in table]
    if missing:
        raise InputError(f"lacks the column {', '.join(missing)}", file=name, where="header",
                         fix="Save it as CSV with commas and the header that it had")
    table = (table[list(columns)] if columns else table).copy()
    for column in [c for c in _DATES if c in table]:
        found = []
        for first, text in zip(table.iloc[:, 0], table[column], strict=True):
            day = to_date(text, file=name, where=f"{table.columns[0]} {first}, {column}")
            found.append(day.isoformat() if day else "")
        table[column] = pd.Series(found, index=table.index, dtype="str")
    return table


def shipped(name: str) -> pd.DataFrame:
    """A table of the knowledge folder; raises ``InputError`` when there is none of that name."""
    try:
        table = library.table(name)
    except FileNotFoundError as error:
        raise InputError(
            f"there is no table {name!r}", file="flags.csv", fix=f"Add {name}.csv beside it"
        ) from error
    return checked(table, f"{name}.csv")


def known(table: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The lines that were known on the review date and had not ended by then.

    A line holds from its ``since`` or ``on`` until its ``until``; without any of them, always.
    """
    day = as_of.isoformat()
    keep = pd.Series(True, index=table.index)
    for column in ("since", "on"):
        if column in table:
            keep &= table[column] <= day
    if "until" in table:
        keep &= (table["until"] == "") | (table["until"] > day)
    return table[keep]
