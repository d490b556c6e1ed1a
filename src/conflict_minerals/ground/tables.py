"""The tables between the notebooks: their schemas, their files and their data dictionary.

Their columns are rows of ``tables.csv``; who writes and who reads a table and where it goes stands
in ``table_uses.csv``. A new table is named there, and in the notebook that writes it.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from pyarrow import Schema, Table, parquet

from conflict_minerals.ground import library
from conflict_minerals.ground.columns import is_coded, records

if TYPE_CHECKING:
    import pandera.pandas as pa

_TYPES = {"text": "str", "date": "str", "int": "int64", "number": "float64", "bool": "bool"}
_TEXTS = ("text", "date")
_FILED = pd.StringDtype("pyarrow", na_value=float("nan"))
_AT_ONCE = 250_000  # rows of a table that are written at once
FEW = 20_000  # rows, whose texts are plain ones: they add up as an analyst expects of them
_ISO_DATE = r"^(\d{4}-\d{2}-\d{2})?$"


def columns(table: str) -> pd.DataFrame:
    """The rows of ``tables.csv`` that describe one table, in order."""
    return pd.DataFrame(_described()[table], columns=library.table("tables").columns, dtype="str")


@cache
def _described() -> dict[str, list[NamedTuple]]:
    """The same rows as tuples, of every table."""
    out = defaultdict(list)
    for row in records(library.table("tables")):
        out[row.table].append(row)
    return out


@cache
def names(table: str) -> tuple[str, ...]:
    """The columns of a table, in order."""
    return tuple(row.column for row in _described()[table])


def flagged(table: str, flag: str) -> list[str]:
    """The columns of a table that are ``masked``, its ``key``, or in the ``external`` pack."""
    return [row.column for row in _described()[table] if getattr(row, flag) == "yes"]


def going_to(place: str) -> list[str]:
    """The tables that the outputs hold in ``tables`` or in ``counsel``, in order."""
    uses = library.table("table_uses")
    return uses.loc[uses["goes_to"] == place, "table"].tolist()


def frame(rows, table: str) -> pd.DataFrame:
    """Rows (dictionaries, sequences or a frame) in a table's columns and types, in their order.

    Nothing is checked: that is done when the table is saved.
    """
    made = pd.DataFrame(rows, columns=list(names(table)))
    kinds = {row.column: _TYPES[row.type] for row in _described()[table]}
    return made.astype({name: kinds[name] for name, kind in made.dtypes.items()
                        if kind != kinds[name]})  # fmt: skip


@cache
def schema(table: str) -> pa.DataFrameSchema:
    """What pandera is to hold of a table that has its columns, as ``shape`` gives it them.

    Raises ``KeyError`` for a table that has no description.
    """
    import pandera.pandas as pa  # slow to load, and no command but those that save a table needs it

    if not names(table):
        raise KeyError(f"tables.csv does not describe {table}")
    fields = {}
    for column in _described()[table]:
        checks = []
        if column.type == "date":
            checks.append(pa.Check.str_matches(_ISO_DATE))
        if column.values:
            allowed = column.values.split(";") + ([] if column.required else [""])
            checks.append(pa.Check.isin(allowed))
        elif column.required and column.type in _TEXTS:
            checks.append(pa.Check.str_length(min_value=1))
        # A text is one by ``shape``, and pandera would list those that are not, even if none is.
        kind = None if _TYPES[column.type] == "str" else _TYPES[column.type]
        if kind or checks:
            fields[column.column] = pa.Column(kind, checks, nullable=False)
    keys = flagged(table, "key")
    # Two findings of one rule may quote the same cell, once for each metal or reason.
    unique = keys if table != "findings" else None
    return pa.DataFrameSchema(fields, unique=unique, name=table)


def shape(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """The rows in the described columns, types and order, sorted by all of them; then checked.

    Columns that the table does not have are dropped; missing ones are an error.

    Raises:
        pandera.errors.SchemaErrors: listing each value that breaks the description.
    """
    ordered = list(names(table))
    out = frame.reindex(columns=ordered) if frame.empty else frame
    out = out[ordered]
    for column in _described()[table]:
        if column.type in _TEXTS:
            held = out[column.column]
            if held.hasnans or held.dtype != "str" and not is_coded(held):
                out[column.column] = held.astype("object").map(_as_text).astype("str")
        else:
            out[column.column] = out[column.column].astype(_TYPES[column.type])
    keys = flagged(table, "key")
    if not keys or out.duplicated(keys).any():  # else the rest can put nothing before another
        keys = [*keys, *(name for name in ordered if name not in keys)]
    out = out.sort_values(keys, kind="stable", ignore_index=True)
    # In place: nothing is coerced, and a copy of millions of rows is large.
    return schema(table).validate(out, lazy=True, inplace=True)


def _as_text(value) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return ""
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    return str(value)


def write(frame: pd.DataFrame, table: str, folder: Path) -> pd.DataFrame:
    """Shape a table, write it as ``<folder>/<table>.parquet`` and give back what was written."""
    out = shape(frame, table)
    folder.mkdir(parents=True, exist_ok=True)
    kinds = _filed(table)
    with parquet.ParquetWriter(folder / f"{table}.parquet", kinds, compression="zstd") as file:
        for start in range(0, max(len(out), 1), _AT_ONCE):
            part = Table.from_pandas(out.iloc[start : start + _AT_ONCE], preserve_index=False)
            file.write_table(part.cast(kinds))
    return out


@cache
def _filed(table: str) -> Schema:
    """The columns of a table's file: the same, however texts are held here."""
    texts = {row.column: _FILED for row in _described()[table] if row.type in _TEXTS}
    return Schema.from_pandas(frame([], table).astype(texts), preserve_index=False)


def read(table: str, folder: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """A table as ``write`` left it; every text column ``str`` with blanks as ``""``.

    ``columns``: those alone, of a table that may have millions of rows; where it has many, each
    text that repeats is a categorical: it is small, and sorts as the text does.
    """
    path = folder / f"{table}.parquet"
    # In one piece: of several, all would be joined again whenever rows are picked. A file reads
    # so by itself; `read_table` gives many pieces, and joining them holds all twice.
    with parquet.ParquetFile(path) as file:
        if not columns or file.metadata.num_rows <= FEW:
            return file.read(columns).combine_chunks().to_pandas()
    texts = [row.column for row in _described()[table] if row.type in _TEXTS]
    with parquet.ParquetFile(path, read_dictionary=texts) as file:
        made = file.read(columns).unify_dictionaries().combine_chunks().to_pandas()
    return made.assign(**{name: _repeats(made[name]) for name in made if is_coded(made[name])})


def _repeats(column: pd.Series) -> pd.Series:
    """A categorical that has the order of its texts; as text where most values stand there once."""
    known = column.cat.categories
    if 2 * len(known) > len(column):
        return column.astype("str")
    return column.cat.set_categories(known.sort_values(), ordered=True)


def dictionary() -> str:
    """The data dictionary of every table, as Markdown."""
    uses = {row["table"]: row for row in library.records("table_uses")}
    lines = ["# Data dictionary", "",
             "Made from `tables.csv` and `table_uses.csv` in `src/conflict_minerals/schema/`.", ""]
    for table, rows in library.table("tables").groupby("table", sort=False):
        lines += [f"## {table}", ""]
        if use := uses.get(table):
            place = f", goes to `{use['goes_to']}/`" if use["goes_to"] else ""
            lines += [f"{use['meaning']}. Written by `{use['written_by']}`{place}.", ""]
        lines += ["| column | type | values | meaning |", "|---|---|---|---|"]
        for row in rows.itertuples():
            values = row.values.replace(";", ", ")
            lines.append(f"| `{row.column}` | {row.type} | {values} | {row.meaning} |")
        lines.append("")
    return "\n".join(lines)
