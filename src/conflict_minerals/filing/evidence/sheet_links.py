"""How the sheets of evidence.xlsx hang together: columns in order, suppliers, and links to rows."""

import pandas as pd

from conflict_minerals.filing.claims.figures import counted_rows
from conflict_minerals.ground import library

ROWS = "rows_by_facility"
MEANINGS = {
    "lines": "Rows of the table that read so",
    "reported_by": "Suppliers that named it in a file that counts",
    "sha256": "Hash of the file",
}
_NAMED = 100  # suppliers
_KEY = ["metal", "smelter_id"]
_SHOWN = [*_KEY, "supplier_id", "name_reported", "country_reported", "file", "sheet", "row",
          "match", "sha256"]  # fmt: skip


def arranged(
    frames: dict[str, pd.DataFrame], most: int
) -> tuple[dict[str, pd.DataFrame], dict, dict[str, str]]:
    """The tables with suppliers beside facilities, rows by facility after them, and hashes last.

    A table of more than ``most`` rows is counted as ``sheet_counts.csv`` says. Also the first line
    of each facility in the sheet of its rows, by metal and id; and what was counted, in words.
    """
    out, starts, told = dict(frames), {}, {}
    if "smelter_rows" in frames:
        rows = frames["smelter_rows"]
        told_of = rows["counted"].astype(bool) & (rows["smelter_id"] != "")
        rows = rows[[name for name in _SHOWN if name in rows]][told_of]
        rows = rows.sort_values([*_KEY, "supplier_id", "file", "row"], kind="stable",
                                ignore_index=True)
        named = rows.drop_duplicates([*_KEY, "supplier_id"]).groupby(_KEY)["supplier_id"].agg(
            _some).to_dict()
        rows = _counted(ROWS, rows, most, told)
        first = ~rows.duplicated(_KEY)
        starts = dict(zip(zip(rows.loc[first, "metal"], rows.loc[first, "smelter_id"],
                              strict=True), rows.index[first], strict=True))  # fmt: skip
        out = {}
        for name, frame in frames.items():
            out[name] = _with_suppliers(_counted(name, frame, most, told), named)
            if name == "smelter_rows":
                out[ROWS] = rows
    return {name: _hashes_last(frame) for name, frame in out.items()}, starts, told


def _some(suppliers: pd.Series) -> str:
    """Suppliers by name, as many as are of use in a cell."""
    more = len(suppliers) - _NAMED
    return ", ".join([*suppliers.iloc[:_NAMED], *([f"and {more:,} more"] if more > 0 else [])])


def _counted(name: str, frame: pd.DataFrame, most: int, told: dict[str, str]) -> pd.DataFrame:
    """A table as it is, or counted where it is too long and ``sheet_counts.csv`` says by what."""
    said = library.table("sheet_counts").set_index("table")["columns"].get(name, "")
    if len(frame) <= most or not said:
        return frame
    by = said.split(";")
    told[name] = f"its {len(frame):,} rows counted by {', '.join(by)}; all are in the CSV"
    counted = frame.groupby(by, sort=True).size().rename("lines")
    return counted.reset_index()


def _with_suppliers(frame: pd.DataFrame, named: dict) -> pd.DataFrame:
    """A table with a line a facility with the suppliers that reported each."""
    one = next((name for name in ("smelter_id", "subject_id") if name in frame), "")
    if not one or "metal" not in frame or "supplier_id" in frame or frame.empty:
        return frame
    keys = list(zip(frame["metal"], frame[one], strict=True))
    if not any(key in named for key in keys):
        return frame
    at = list(frame.columns).index(one) + 1
    out = frame.copy()
    out.insert(at + ("smelter_name" in frame.columns[at:at + 1]), "reported_by",
               pd.Series([named.get(key, "") for key in keys], index=frame.index, dtype="str"))
    return out


def _hashes_last(frame: pd.DataFrame) -> pd.DataFrame:
    hashes = [name for name in frame if name.endswith("sha256")]
    return frame[[*(name for name in frame if name not in hashes), *hashes]]


def _to(sheet: str, line: int) -> str:
    return f"internal:'{sheet[:31]}'!A{line + 2}"


def of_facilities(name: str, frame: pd.DataFrame, starts: dict, most: int):
    """For a sheet with a line a facility: the column that leads to its rows, and where to."""
    if "reported_by" not in frame or name == ROWS:
        return "", []
    one = "smelter_id" if "smelter_id" in frame else "subject_id"
    lines = [starts.get(key, most) for key in zip(frame["metal"], frame[one], strict=True)]
    return one, [_to(ROWS, line) if line < most else "" for line in lines]


def of_figures(figures: pd.DataFrame, frames: dict[str, pd.DataFrame], most: int,
               counted: dict[str, pd.DataFrame]):
    """The column of the figures' sheet that leads on, and where to: the first row that counts."""
    if not {"id", "table", "where"} <= set(figures.columns):
        return "", []
    first: dict[str, int] = {}
    for table, rows in figures.groupby("table"):
        if table not in frames:
            continue
        if table not in counted:
            counted[table] = counted_rows(frames[table], rows)
        for one in rows["id"]:
            at = counted[table][one].to_numpy(dtype=bool).nonzero()[0]
            first |= {one: int(at[0])} if len(at) else {}
    pairs = zip(figures["id"], figures["table"], strict=True)
    return "id", [_to(table, first[one]) if first.get(one, most) < most else ""
                  for one, table in pairs]
