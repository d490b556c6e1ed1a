"""What the user brings to the risk review: CAHRA list, sanctions snapshot, indices, production.

Licences forbid to ship most of these. Each has a documented file form (docs/risk-rules.md),
is named in ``lists.yml`` with source and date, and is known by the hash of its bytes. What is
missing is "not provided": never a zero, never an invented value. A list dated after the review
date was not known then and is left out.
"""

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import countries, csvfiles
from conflict_minerals.ground.edited import known, shipped
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean

KINDS = ("cahra", "sanctions", "index", "production")
_BROUGHT = ("cahra", "production")  # the tables that the user's own lists are
_METALS = {"gold": "Gold", "tantalum": "Tantalum", "tin": "Tin", "tungsten": "Tungsten"}
# What each kind's file must hold; all others of the documented columns may be left out.
_COLUMNS = {
    "cahra": (["country"], ["area", "source", "as_of"]),
    "index": (["country", "value"], ["year", "source", "as_of"]),
    "production": (["metal", "country"], ["year", "quantity", "source", "as_of"]),
    "sanctions": (["name"], ["type", "programme", "country", "date", "remarks"]),
}
# OFAC publishes SDN.CSV without a header (Treasury, "SDN data formats"): number, name, type,
# programme, title, five columns on vessels, owner, remarks; "-0-" stands for nothing.
_SDN_COLUMNS = 12
_FRAMES = {
    "cahra": ["iso3", "metal", "area", "list_id", "since", "until", "source", "as_of", "place"],
    "production": ["iso3", "metal", "list_id", "since", "until", "source", "as_of", "place"],
    "index": ["list_id", "iso3", "value", "year", "source", "as_of", "place"],
    "sanctions": ["name", "listed_as", "list_id", "source", "as_of", "sha256", "place"],
}


def _empty(kind: str) -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype="str") for column in _FRAMES[kind]})


@dataclass(frozen=True)
class Brought:
    """What the user brought, as tables; empty where nothing was provided.

    ``provided`` has the columns of the table ``risk_sources``: a line a list, and one for each
    kind of which no list was given.
    """

    cahra: pd.DataFrame = field(default_factory=lambda: _empty("cahra"))
    production: pd.DataFrame = field(default_factory=lambda: _empty("production"))
    index: pd.DataFrame = field(default_factory=lambda: _empty("index"))
    sanctions: pd.DataFrame = field(default_factory=lambda: _empty("sanctions"))
    provided: pd.DataFrame = field(default_factory=pd.DataFrame)

    def table(self, name: str) -> pd.DataFrame | None:
        """The table of that name that rules may test, ``None`` when it was not provided.

        ``cahra`` and ``production`` are the user's; any other name is a table of the knowledge
        folder with a column ``iso3`` or ``smelter_id``. The metals of the user's ``production``
        take the place of those of ``mine_producers``.
        """
        if name in _BROUGHT:
            frame = getattr(self, name)
            return None if frame.empty else frame
        table = shipped(name)
        if name == "mine_producers":
            table = table[~table["metal"].isin(self.production["metal"])]
        return table


def load(raw: Path, lists: pd.DataFrame, *, as_of: date, tested: Iterable[str] = ()) -> Brought:
    """Read the risk lists that ``lists.yml`` names, as far as they were known on the review date.

    ``raw`` is the year's input folder; ``lists`` as in ``Inputs.lists``; ``tested`` are the tables
    that the rules ask: the shipped ones among them stand in ``provided`` too.

    Raises:
        InputError: a file is missing, not of the documented form, or names an unknown country.
    """
    frames = {kind: [] for kind in KINDS}
    provided = []
    for entry in lists[lists["kind"].isin(KINDS)].sort_values("list_id").itertuples():
        path = _path(Path(raw), entry.file)
        data = path.read_bytes()
        line = {
            "kind": entry.kind,
            "list_id": entry.list_id,
            "source": entry.source,
            "as_of": entry.as_of,
            "file": path.relative_to(raw).as_posix(),
            "sha256": hashlib.sha256(data).hexdigest(),
            "state": "provided",
            "note": "",
        }
        frame = _read(path, data, entry, line)
        if entry.as_of and entry.as_of > as_of.isoformat():
            frame = frame.iloc[:0]
            line |= {"state": "later_than_review", "note": "Dated after the review date: left out"}
        provided.append(line | {"rows": len(frame)})
        frames[entry.kind].append(frame)
    for kind in KINDS:
        if not frames[kind]:
            provided.append(_missing(kind))
    tables = {
        kind: pd.concat(frames[kind], ignore_index=True) if frames[kind] else _empty(kind)
        for kind in KINDS
    }
    return Brought(**tables, provided=pd.DataFrame(provided + _shipped_lines(tested, as_of)))


def _path(raw: Path, file: str) -> Path:
    for path in (raw / file, raw / "lists" / file):
        if path.is_file():
            return path
    raise InputError("is missing", file=file, where="lists.yml", fix="Put it into lists/")


def _missing(kind: str) -> dict:
    what = {
        "cahra": "No CAHRA list",
        "sanctions": "No sanctions snapshot",
        "index": "No country index",
        "production": "No table of mine production",
    }[kind]
    line = {"kind": kind, "list_id": "", "source": "not provided", "as_of": "", "file": ""}
    note = f"{what} was provided: the rules that need one were not tested"
    return line | {"sha256": "", "rows": 0, "state": "not_provided", "note": note}


def _shipped_lines(tested: Iterable[str], as_of: date) -> list[dict]:
    """The shipped tables of facts, for the same list, with what was known on the review date."""
    lines = []
    for name in sorted({"events", *tested} - set(_BROUGHT)):  # a profile's own column asks events
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


def _read(path: Path, data: bytes, entry, line: dict) -> pd.DataFrame:
    name = line["file"]
    if entry.kind == "sanctions" and _is_sdn(data, name):
        rows = _sdn(data, name)
    else:
        needed, optional = _COLUMNS[entry.kind]
        rows = csvfiles.read(path, needed, name=name, optional=optional)
    rows = rows.assign(
        list_id=entry.list_id,
        place=[f"{name}, line {number}" for number in rows["line"]],
        since=_dates(rows, name),
        source=[_both(entry.source, told) for told in _own(rows, "source", "")],
    )
    rows["as_of"] = rows["since"].mask(rows["since"] == "", entry.as_of)
    if entry.kind == "sanctions":
        said = rows[["type", "programme", "country", "date", "remarks"]]
        rows["listed_as"] = [", ".join(v for v in row if v) for row in said.values]
        rows["sha256"] = line["sha256"]
        rows = rows[rows["name"] != ""]
    else:
        rows["iso3"] = _iso3(rows, name)
    if entry.kind == "index":
        rows["value"] = _numbers(rows, name)
    if entry.kind == "cahra":
        rows["metal"] = ""
    if entry.kind == "production":
        rows["metal"] = _metals(rows, name)
        # A line that says nil is no production; a blank or "W" (withheld) is some.
        nil = rows["quantity"].str.replace(",", "").str.fullmatch(r"0*\.?0+|-+|—|nil")
        rows = rows[~nil.fillna(False).astype(bool)]
    return rows.assign(until="")[_FRAMES[entry.kind]].reset_index(drop=True)


def _own(rows: pd.DataFrame, column: str, otherwise: str) -> pd.Series:
    """What a line says of itself, else what ``lists.yml`` says of the list."""
    if column not in rows:
        return pd.Series(otherwise, index=rows.index, dtype="str")
    return rows[column].mask(rows[column] == "", otherwise)


def _both(of_list: str, of_line: str) -> str:
    return of_list if of_line in of_list else f"{of_list}: {of_line}"


def _dates(rows: pd.DataFrame, name: str) -> list[str]:
    """A line's own ``as_of``, blank where it has none: it is known from that day on."""
    days = [
        csvfiles.to_date(text, file=name, where=f"line {line}, as_of")
        for line, text in zip(rows["line"], _own(rows, "as_of", ""), strict=True)
    ]
    return [day.isoformat() if day else "" for day in days]


def _iso3(rows: pd.DataFrame, name: str) -> pd.Series:
    found = countries.resolve(rows["country"])
    return _all_known(rows, "country", found, name, "no known country", "Write its ISO 3166 code")


def _all_known(rows, column: str, found: pd.Series, name: str, what: str, fix: str) -> pd.Series:
    """``found`` as it is; raises ``InputError`` for the first line where it is blank."""
    for line, given in rows.loc[found == "", ["line", column]].itertuples(index=False):
        raise InputError(f"{given!r} is {what}", file=name, where=f"line {line}, {column}", fix=fix)
    return found


def _numbers(rows: pd.DataFrame, name: str) -> pd.Series:
    """Values as text that is a number; a blank stays blank: no data is no zero."""
    for line, value in zip(rows["line"], rows["value"], strict=True):
        try:
            float(value or 0)
        except ValueError:
            raise InputError(
                f"{value!r} is no number",
                file=name,
                where=f"line {line}, value",
                fix="Write it as 31.5; leave it blank where there is no data",
            ) from None
    return rows["value"]


def _metals(rows: pd.DataFrame, name: str) -> pd.Series:
    metals = rows["metal"].str.lower().map(_METALS).fillna("").astype("str")
    return _all_known(rows, "metal", metals, name, "none of the four metals",
                      "Write Gold, Tantalum, Tin or Tungsten")


def _is_sdn(data: bytes, name: str) -> bool:
    first = next(csv.reader(io.StringIO(csvfiles.decode(data, name))), [])
    return len(first) == _SDN_COLUMNS and first[0].strip().isdigit()


def _sdn(data: bytes, name: str) -> pd.DataFrame:
    """Entities of OFAC's SDN.CSV; people, vessels and aircraft are no smelters."""
    reader = csv.reader(io.StringIO(csvfiles.decode(data, name), newline=""))
    rows = []
    for row in reader:
        cells = ["" if clean(cell) == "-0-" else clean(cell) for cell in row]
        if len(cells) < _SDN_COLUMNS or cells[2]:
            continue
        rows.append([reader.line_num, cells[1], "entity", cells[3], "", "", cells[11]])
    columns = ["line", "name", "type", "programme", "country", "date", "remarks"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({column: "str" for column in columns[1:]})
