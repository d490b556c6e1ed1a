"""What the user brings to the risk review: CAHRA list, sanctions snapshot, indices, production.

Licences forbid to ship most of these. Each has a documented file form (docs/risk-rules.md),
is named in ``lists.yml`` with source and date, and is known by the hash of its bytes. What is
missing is "not provided": never a zero, never an invented value. A list dated after the review
date was not known then and is left out.
"""

import csv
import hashlib
import io
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from helpers import countries, csvfiles, knowledge
from helpers.errors import InputError
from helpers.text import clean

KINDS = ("cahra", "sanctions", "index", "production")
_METALS = {"gold": "Gold", "tantalum": "Tantalum", "tin": "Tin", "tungsten": "Tungsten"}
# What each kind's file must hold; all others of the documented columns may be left out.
_COLUMNS = {
    "cahra": (["country"], ["area", "source", "as_of"]),
    "index": (["country", "value"], ["year", "source"]),
    "production": (["metal", "country"], ["year", "quantity", "source"]),
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
        folder with a column ``iso3`` or ``smelter_id``.
        """
        if name in ("cahra", "production"):
            frame = getattr(self, name)
            return None if frame.empty else frame
        return shipped(name)


def shipped(name: str) -> pd.DataFrame:
    """A table of the knowledge folder; raises ``InputError`` when there is none of that name."""
    try:
        return knowledge.table(name)
    except FileNotFoundError as error:
        raise InputError(
            f"there is no table {name!r}", file="flags.csv", fix=f"Add {name}.csv beside it"
        ) from error


def load(raw: Path, lists: pd.DataFrame, *, as_of: date) -> Brought:
    """Read the risk lists that ``lists.yml`` names, as far as they were known on the review date.

    ``raw`` is the year's input folder; ``lists`` as in ``Inputs.lists``.

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
    return Brought(**tables, provided=pd.DataFrame(provided + _shipped_lines()))


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


def _shipped_lines() -> list[dict]:
    """The shipped tables of facts, for the same list."""
    lines = []
    for name in ("covered_countries", "events", "gold_centres", "gold_hubs", "transit_countries"):
        table = shipped(name)
        lines.append(
            {
                "kind": "shipped",
                "list_id": name,
                "source": "shipped with the workbook; each line cites its own source",
                "as_of": table["as_of"].max(),
                "file": "",
                "sha256": "",
                "rows": len(table),
                "state": "provided",
                "note": "",
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
        as_of=entry.as_of,
        source=entry.source,
        place=[f"{name}, line {number}" for number in rows["line"]],
    )
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
    return rows.assign(since="", until="")[_FRAMES[entry.kind]].reset_index(drop=True)


def _iso3(rows: pd.DataFrame, name: str) -> pd.Series:
    found = countries.resolve(rows["country"])
    for line, given, code in zip(rows["line"], rows["country"], found, strict=True):
        if not code:
            raise InputError(
                f"{given!r} is no known country",
                file=name,
                where=f"line {line}",
                fix="Write its ISO 3166 code",
            )
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
                fix="Leave it blank where there is no data",
            ) from None
    return rows["value"]


def _metals(rows: pd.DataFrame, name: str) -> pd.Series:
    metals = rows["metal"].str.lower().map(_METALS).fillna("")
    for line, given, metal in zip(rows["line"], rows["metal"], metals, strict=True):
        if not metal:
            raise InputError(
                f"{given!r} is none of Gold, Tantalum, Tin, Tungsten",
                file=name,
                where=f"line {line}, metal",
            )
    return metals.astype("str")


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
