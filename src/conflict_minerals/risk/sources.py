"""What the user brings to the risk review: CAHRA list, sanctions snapshot, indices, production.

Licences forbid to ship most of these. Each kind is a line of ``risk_lists.csv``, is named in
``lists.yml`` with source and date, is read by the reader of assurance lists, and is known by the
hash of its bytes. What is missing is "not provided": never a zero, never an invented value. A list
dated after the review date was not known then and is left out.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import countries, library
from conflict_minerals.ground.edited import known, shipped
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.ids import read as read_id
from conflict_minerals.ground.terms import METALS
from conflict_minerals.ground.text import fold
from conflict_minerals.smelters import list_cell, list_day, opened_lists

# A member's data are a table for each level of origin.
_LEVELS = {f"origin_level_{number}": f"Level {number}" for number in (1, 2, 3)}
_NAMES = ("sanctions", "entities")  # names that others are compared with, for counsel
_YES, _NO = {"yes", "y", "true", "x", "100"}, {"", "no", "n", "false", "0"}
_HEADER_WITHIN = 30
# OFAC publishes SDN.CSV without a header (Treasury, "SDN data formats"): number, name, type,
# programme, title, five columns on vessels, owner, remarks; "-0-" stands for nothing.
_SDN = {2: "name", 3: "type", 4: "programme", 12: "remarks"}


@cache
def _kinds() -> dict[str, dict]:
    """Each kind of list: its line of ``risk_lists.csv``, columns as lists."""
    return {row["kind"]: row | {name: [*filter(None, row[name].split(";"))] for name in (
        "needed", "optional", "kept")} for row in library.records("risk_lists")}


def brought() -> set[str]:
    """The tables that rules may ask and that are the user's own."""
    return {*_kinds(), *_LEVELS}


def _empty(kind: str) -> pd.DataFrame:
    columns = [*_kinds()[kind]["kept"], "list_id", "since", "until", "source", "as_of", "place"]
    return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})


@dataclass(frozen=True)
class Brought:
    """What the user brought, as tables; empty where nothing was provided.

    ``provided`` has the columns of the table ``risk_sources``: a line a list, and one for each
    kind of which no list was given.
    """

    lists: dict[str, pd.DataFrame] = field(default_factory=dict)
    provided: pd.DataFrame = field(default_factory=pd.DataFrame)

    def of(self, kind: str) -> pd.DataFrame:
        """The lines of the lists of a kind; empty where none was provided."""
        return self.lists.get(kind, _empty(kind))

    @property
    def names(self) -> pd.DataFrame:
        """The names of sanctions snapshots and entity lists, which others are compared with."""
        return pd.concat([self.of(kind) for kind in _NAMES], ignore_index=True)

    def table(self, name: str) -> pd.DataFrame | None:
        """The table of that name that rules may test, ``None`` when it was not provided.

        Kinds of ``risk_lists.csv`` and ``origin_level_1`` to ``_3`` (what a member's data give
        that level) are the user's; any other name is a table of the knowledge folder with a column
        ``iso3`` or ``smelter_id``. The metals of the user's ``production`` take the place of those
        of ``mine_producers``.
        """
        if name in brought():
            frame = self.of("member_origins" if name in _LEVELS else name)
            there = not frame.empty
            frame = frame[frame["level"] == _LEVELS[name]] if name in _LEVELS else frame
            return frame if there else None
        table = shipped(name)
        if name == "mine_producers":
            table = table[~table["metal"].isin(self.of("production")["metal"])]
        return table


def load(raw: Path, lists: pd.DataFrame, *, as_of: date, tested: Iterable[str] = ()) -> Brought:
    """Read the risk lists that ``lists.yml`` names, as far as they were known on the review date.

    ``raw`` is the year's input folder; ``lists`` as in ``Inputs.lists``; ``tested`` are the tables
    that the rules ask: the shipped ones among them stand in ``provided`` too.

    Raises:
        InputError: a file is missing, not of the documented form, or names an unknown country.
    """
    frames = {kind: [] for kind in _kinds()}
    provided = []
    named = lists[lists["kind"].isin(frames)].sort_values("list_id")
    with opened_lists() as grids_of:
        for entry in named.itertuples():
            path = _path(Path(raw), entry.file)
            line = {
                "kind": entry.kind,
                "list_id": entry.list_id,
                "source": entry.source,
                "as_of": entry.as_of,
                "file": path.relative_to(raw).as_posix(),
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "state": "provided",
                "note": "",
            }
            frame = _read(grids_of(path, line["file"]), entry, line)
            if entry.as_of and entry.as_of > as_of.isoformat():
                frame = frame.iloc[:0]
                line |= {"state": "later_than_review",
                         "note": "Dated after the review date: left out"}
            provided.append(line | {"rows": len(frame)})
            frames[entry.kind].append(frame)
    provided += [_missing(kind) for kind, held in frames.items() if not held]
    tables = {kind: pd.concat(held, ignore_index=True) for kind, held in frames.items() if held}
    return Brought(tables, pd.DataFrame(provided + _shipped_lines(tested, as_of)))


def _path(raw: Path, file: str) -> Path:
    for path in (raw / file, raw / "lists" / file):
        if path.is_file():
            return path
    raise InputError("is missing", file=file, where="lists.yml", fix="Put it into lists/")


def _missing(kind: str) -> dict:
    line = {"kind": kind, "list_id": "", "source": "not provided", "as_of": "", "file": ""}
    note = f"{_kinds()[kind]['missing']} was provided: nothing rests on one"
    return line | {"sha256": "", "rows": 0, "state": "not_provided", "note": note}


def _shipped_lines(tested: Iterable[str], as_of: date) -> list[dict]:
    """The shipped tables of facts, for the same list, with what was known on the review date."""
    lines = []
    for name in sorted({"events", *tested} - brought()):  # a profile's own column asks events
        table = shipped(name)
        then = known(table, as_of)
        later = len(table) - len(then)
        days = then.get("on", then.get("as_of", pd.Series(dtype="str")))
        # A later date is the day on which an undated source was read.
        days = days[days <= as_of.isoformat()]
        lines.append(
            {
                "kind": "shipped",
                "list_id": name,
                "source": "shipped with the workbook; each line cites its own source",
                "as_of": days.max() if len(days) else "",
                "file": "",
                "sha256": "",
                "rows": len(then),
                "state": "provided" if len(then) else "later_than_review",
                "note": f"Lines that did not hold on the review date: {later}" if later else "",
            }
        )
    return lines


def _read(grids: list, entry, line: dict) -> pd.DataFrame:
    kind, name = entry.kind, line["file"]
    rows = _rows(grids, name, kind)
    own = [list_day(text) for text in rows["as_of"]]
    for at, (day, problem) in zip(rows["line"], own, strict=True):
        if problem and not day:
            raise InputError(problem, file=name, where=f"line {at}, as_of",
                             fix="Write it as 2025-03-31")
    rows = rows.assign(
        list_id=entry.list_id, until="", since=[day for day, _ in own],
        place=[f"{name}, line {number}" for number in rows["line"]],
        source=[entry.source if told in entry.source else f"{entry.source}: {told}"
                for told in rows["source"]],
    )
    rows["as_of"] = rows["since"].mask(rows["since"] == "", entry.as_of)
    if kind in _NAMES:
        said = rows[["type", "programme", "country", "date", "remarks"]]
        rows["listed_as"] = [", ".join(v for v in row if v) for row in said.values]
        rows["sha256"] = line["sha256"]
        unnamed = int((rows["name"] == "").sum())
        line["note"] = f"Lines without a name, left out: {unnamed}" if unnamed else ""
        rows = rows[rows["name"] != ""]
    else:
        rows = _read_columns(rows, kind, name)
    if kind == "member_origins":
        rows = _origins(rows, name)
    return rows[list(_empty(kind))].reset_index(drop=True)


def _read_columns(rows: pd.DataFrame, kind: str, name: str) -> pd.DataFrame:
    """Countries, ids, metals and numbers of a list as tables have them, by the columns it has."""
    for column, (read, into, what, fix) in _READ.items():
        if column not in rows:
            continue
        found = pd.Series(read(rows[column]), index=rows.index).fillna("")
        # A blank number stays blank: no data is no zero.
        needed = column in _kinds()[kind]["needed"] and column != "value"
        told = rows if needed else rows[rows[column] != ""]
        _all_known(told, column, found[told.index], name, what, fix)
        rows = rows.assign(**{into: found})
    if "quantity" in rows:
        # A line that says nil is no production; a blank or "W" (withheld) is some.
        nil = rows["quantity"].str.replace(",", "").str.fullmatch(r"0*\.?0+|-+|—|nil")
        rows = rows[~nil.fillna(False).astype(bool)]
    return rows if "metal" in rows else rows.assign(metal="")


def _rows(grids: list, name: str, kind: str) -> pd.DataFrame:
    """The lines of a list in the columns of its kind, as text, with ``line``."""
    about = _kinds()[kind]
    columns = list(dict.fromkeys([*about["needed"], *about["optional"], "source", "as_of"]))
    called = dict(pair.split("=") for pair in about["called"].split(";") if pair)
    missing = about["needed"]
    for grid in grids:
        rows = [(number, {column: list_cell(value) for column, value in row.items()})
                for number, row in grid.rows]
        rows = [(number, row) for number, row in rows if not row.get(1, "").startswith("#")]
        first = rows[0][1] if rows else {}
        if kind == "sanctions" and max(first, default=0) == 12 and first.get(1, "").isdigit():
            return _sdn(rows, columns)
        for at, (_, row) in enumerate(rows[:_HEADER_WITHIN]):
            header = {column: called.get(fold(text), fold(text).replace(" ", "_"))
                      for column, text in row.items()}
            lacks = [column for column in about["needed"] if column not in header.values()]
            if not lacks:
                return _lines(rows[at + 1:], header, columns, name)
            missing = min(missing, lacks, key=len)
    raise InputError(f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
                     file=name, where="header", fix=f"Expected {', '.join(about['needed'])}")


def _lines(rows: list, header: dict[int, str], columns: list[str], name: str) -> pd.DataFrame:
    records = []
    for number, row in rows:
        if name.casefold().endswith(".csv") and max(row, default=0) > max(header):
            raise InputError(f"{max(row)} values, {max(header)} columns", file=name,
                             where=f"line {number}", fix="Quote a text that holds a comma")
        held = {header[column]: text for column, text in row.items() if column in header}
        if any(held.values()):
            records.append([number, *(held.get(column, "") for column in columns)])
    frame = pd.DataFrame(records, columns=["line", *columns])
    return frame.astype({column: "str" for column in columns})


def _sdn(rows: list, columns: list[str]) -> pd.DataFrame:
    """Entities of OFAC's SDN.CSV; people, vessels and aircraft are no smelters."""
    records = []
    for number, row in rows:
        held = {of: row.get(at, "").replace("-0-", "").strip() for at, of in _SDN.items()}
        if max(row, default=0) == 12 and not held["type"]:
            held["type"] = "entity"
            records.append([number, *(held.get(column, "") for column in columns)])
    frame = pd.DataFrame(records, columns=["line", *columns])
    return frame.astype({column: "str" for column in columns})


def _origins(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Origin data of a member in the columns of ``origins.csv``; ``origin_levels.csv`` is asked."""
    known = {"": dict.fromkeys(("level", "country", "recycled"), "")} | {
        fold(row["word"]): row for row in library.records("origin_levels")}
    meant = rows["level"].map(fold)
    _all_known(rows, "level", meant.map(lambda word: "x" * (word in known)), name,
               "no level that is known", "Write a word of origin_levels.csv, or add it there")
    again = rows["recycled"].map(fold)
    _all_known(rows, "recycled", again.map(lambda word: "x" * (word in _YES | _NO)), name,
               "neither yes nor no", "Write Yes where all of the feed is recycled, else No")
    meant = [known[word] for word in meant]
    rows["level"] = [level["level"] for level in meant]
    rows["country"] = [
        ";".join(filter(None, [told, level["country"],
                               "Recycled" * (word in _YES or level["recycled"] == "yes")]))
        for told, word, level in zip(rows["countries"], again, meant, strict=True)]
    rows["evidence"] = ["Origin data of an initiative's member" + f", {level}" * bool(level)
                        for level in rows["level"]]
    return rows


def _all_known(rows, column: str, found: pd.Series, name: str, what: str, fix: str) -> None:
    """Raise ``InputError`` for the first line where ``found`` is blank."""
    for line, given in rows.loc[found == "", ["line", column]].itertuples(index=False):
        raise InputError(f"{given!r} is {what}", file=name, where=f"line {line}, {column}", fix=fix)


def _ids(values: pd.Series) -> list[str]:
    ids = map(read_id, values)
    return [one.value if one.kind in ("current", "old") else "" for one in ids]


def _numbers(values: pd.Series) -> pd.Series:
    return values.where(pd.to_numeric(values, errors="coerce").notna(), "")


def _metals(values: pd.Series) -> pd.Series:
    return values.str.capitalize().where(lambda said: said.isin(METALS), "")


# How a column is read: into which column, and what a value is that cannot be read.
_READ = {
    "metal": (_metals, "metal", "none of the four metals", "Write Gold, Tantalum, Tin or Tungsten"),
    "country": (countries.resolve, "iso3", "no known country", "Write its ISO 3166 code"),
    "smelter_id": (_ids, "smelter_id", "no smelter id", "Write it as CID000000"),
    "value": (_numbers, "value", "no number",
              "Write it as 31.5; leave it blank where there is no data"),
}
