"""The year's lists of facilities, one row an entry and metal: assurance, reference and retired ids.

Header rows are found by meaning and columns by ``list_columns.csv``. A row that cannot
be used stays in the table with its ``problem``.
"""

import re
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import countries, csvfiles, ids, library, tables
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import fold
from conflict_minerals.smelters import grids

# The kinds of lists.yml that speak of identity and status; the others belong to the risk review.
KINDS = ("conformant", "active", "cross_recognised", "public", "reference", "retired")
_HEADER_WITHIN = 30
_YES = {"yes", "y", "x", "true", "1"}
_NO = {"", "no", "n", "false", "0", "na", "n a", "none"}
# Beside those of csvfiles.
_DATES = ("%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%Y%m%d")
_DAY_OF_2000 = 36526
_ANY_ID = re.compile(r"CID\s?\d{6}", re.IGNORECASE)


def load(raw: Path, lists: pd.DataFrame) -> pd.DataFrame:
    """Every entry of the year's lists of facilities.

    Args:
        raw: the year's input folder; files are sought in its ``lists/``.
        lists: ``list_id, file, kind, scheme, as_of, metals`` as ``inputs`` reads ``lists.yml``.

    Returns:
        The columns of ``list_entries`` in ``tables.csv``; entries with a ``problem`` included.

    Raises:
        InputError: a file is missing, unreadable, or without a header that can be found.
    """
    parts = []
    for one in lists.sort_values("list_id", kind="stable").to_dict("records"):
        if one["kind"] in KINDS:
            parts.append(read(_path(raw, one["file"]), one))
    parts = [part for part in parts if len(part)]
    return tables.frame(pd.concat(parts, ignore_index=True) if parts else [], "list_entries")


def _path(raw: Path, file: str) -> Path:
    return raw / file if file.startswith("lists/") else raw / "lists" / file


def read(path: Path, one: dict) -> pd.DataFrame:
    """The entries of one list; ``one`` is its line of ``lists``."""
    name = one["file"] if one["file"].startswith("lists/") else f"lists/{one['file']}"
    known = {
        "list_id": one["list_id"], "kind": one["kind"], "scheme": one.get("scheme") or "",
        "list_metals": _joined(one.get("metals")), "as_of": _iso(one.get("as_of")), "file": name,
    }
    records, headers = [], 0
    for sheet, rows in grids.read(path, name):
        at, fields = header(rows)
        if at < 0:
            if any(_ANY_ID.search(text) for _, row in rows for text in row.values()):
                raise _no_header(name, sheet)
            continue
        headers += 1
        order = _day_order([row.get(fields.get("last_audit", 0), "") for _, row in rows[at + 1:]])
        for number, row in rows[at + 1:]:
            if row:
                records += _entries(row, fields, {**known, "sheet": sheet, "row": number}, order)
    if not headers:
        raise _no_header(name, "")
    return pd.DataFrame(records, columns=list(tables.names("list_entries")))


def _no_header(name: str, sheet: str) -> InputError:
    return InputError(
        f"has no header row that can be found in the first {_HEADER_WITHIN} rows",
        file=name, where=f"sheet {sheet}" if sheet else "",
        fix="It needs a line with headers such as Metal, Smelter ID, Standard Smelter Name and "
            "Country (schema/list_columns.csv lists the words that are known)",
    )


@cache
def _variants() -> list[tuple[str, str, str]]:
    return list(library.table("list_columns")[["field", "header", "how"]].itertuples(
        index=False, name=None))


def field_of(text: str) -> str:
    """What a header stands for, ``""`` when no variant fits it."""
    # "Mineral (3TG)" is a mineral.
    for words in (text, re.sub(r"\(.*?\)", " ", text)):
        plain = re.sub(r"[^a-z0-9]", "", fold(words))
        for field, variant, how in _variants() if len(plain) <= 80 else ():
            if plain == variant or (how == "has" and variant in plain):
                return field
    return ""


def header(rows: list[tuple[int, dict[int, str]]]) -> tuple[int, dict[str, int]]:
    """Index of the header row and the column of each field; ``-1`` when there is none.

    It is the row with the most columns that are known, at least two of them, one being a name or
    an id. A second name column counts as another name.
    """
    best, found = -1, {}
    for at, (_, row) in enumerate(rows[:_HEADER_WITHIN]):
        fields: dict[str, int] = {}
        for column in sorted(row):
            field = field_of(row[column])
            if field == "name" and "name" in fields:
                field = "alias"
            if field and field not in fields:
                fields[field] = column
        if len(fields) > max(len(found), 1) and fields.keys() & {"name", "smelter_id"}:
            best, found = at, fields
    if "alias" in found and "name" not in found:
        found["name"] = found.pop("alias")
    return best, found


def _entries(row: dict[int, str], fields: dict[str, int], known: dict, order: str) -> list[dict]:
    """The entries of a line: one for each metal that it names."""
    def cell(field: str) -> str:
        return row.get(fields.get(field, 0), "")

    problems, notes = [], [cell("note")]
    smelter_id = _id(cell("smelter_id"), known["kind"], problems, notes)
    old_id = ids.read(cell("old_id"))
    name, country = cell("name"), cell("country")
    iso3 = countries.iso3(country)
    if not smelter_id and not name:
        problems.append("neither id nor name")
    if country and not iso3:
        notes.append(f"country {country!r} is not known")
    last_audit = _audit(cell("last_audit"), order, notes)
    reaudit = fold(cell("reaudit"))
    if reaudit not in _YES | _NO:
        notes.append(f"re-audit: {cell('reaudit')}")
    for field, words in (("operational", "operational status"), ("level", "level"),
                         ("noted_on", "revised on")):
        if cell(field):
            notes.append(f"{words}: {cell(field)}")
    entry = {
        **known, "smelter_id": smelter_id, "name": name, "alias": ";".join(_aliases(cell("alias"))),
        "country": iso3, "country_reported": country, "state": cell("state"),
        "last_audit": last_audit, "audit_cycle": cell("audit_cycle"),
        "reaudit_in_progress": reaudit in _YES, "programmes": _programmes(row, fields),
        "old_id": old_id.value if old_id.kind in ("current", "old") else "",
        "note": "; ".join(note for note in notes if note),
    }
    metals, unknown = metals_of(cell("metal"), known["list_metals"])
    if unknown:
        problems.append(f"metal {unknown!r} is not known")
    elif not metals:
        problems.append("no metal")
    return [{**entry, "metal": metal, "problem": "; ".join(problems)} for metal in metals or [""]]


def _id(text: str, kind: str, problems: list, notes: list) -> str:
    found = ids.read(text)
    if found.kind in ("current", "old"):
        return found.value
    if found.kind == "several":
        problems.append(f"names several ids: {found.value}")
    elif found.kind in ("other", "bare") and kind == "cross_recognised":
        # Another scheme's own number: its facilities are known by name.
        notes.append(f"id of the scheme: {text}")
    elif found.kind in ("other", "bare"):
        problems.append(f"id {text!r} is not a smelter id")
    return ""


@cache
def _metal_words() -> dict[str, str]:
    words = {fold(row.alias): row.metal for row in library.table("metals").itertuples()}
    more = {fold(row.word): row.metal for row in library.table("list_metals").itertuples()}
    return words | {fold(metal): metal for metal in words.values()} | more


def metals_of(text: str, list_metals: str = "") -> tuple[list[str], str]:
    """The metals that a cell names and the word that is none, if any.

    A blank stands for the one metal that the list is about; where it is about several, for
    ``Multiple``.
    """
    words = _metal_words()
    if not fold(text):
        about = [metal for metal in list_metals.split(";") if metal]
        return (about if len(about) < 2 else ["Multiple"]), ""
    if fold(text) in words:
        return [words[fold(text)]], ""
    found = []
    for word in re.split(r"[;,/&+|]|\band\b", text):
        # "Gold (Au)" is Gold.
        named = fold(word) if fold(word) in words else fold(word.partition("(")[0])
        if fold(word) and named not in words:
            return [], word.strip()
        if named:
            found.append(words[named])
    return sorted(set(found)), ""


def _aliases(text: str) -> list[str]:
    # "Co., Ltd." has a comma and a blank; the old look-up sheets part names by a comma alone.
    parts = re.split(r"[;|]|,(?=\S)", text)
    return sorted({part.strip() for part in parts if part.strip()})


def _programmes(row: dict[int, str], fields: dict[str, int]) -> str:
    found = set()
    for field, column in fields.items():
        value = fold(row.get(column, ""))
        if field.startswith("programme:") and value not in _NO:
            found.add(field.partition(":")[2])
        elif field == "programmes" and value not in _NO:
            found |= {part.strip() for part in re.split(r"[;,/]", row[column]) if part.strip()}
    return ";".join(sorted(found))


def _audit(text: str, order: str, notes: list) -> str:
    if not text:
        return ""
    try:
        return csvfiles.to_date(text).isoformat()
    except InputError:
        pass
    for form in _DATES if len(text) >= 8 else ():
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            pass
    # Excel's number of a day, where its format was lost.
    if re.fullmatch(r"[345]\d{4}", text) and int(text) >= _DAY_OF_2000:
        notes.append(f"last audit read from Excel's day number {text}")
        return (date(1899, 12, 30) + timedelta(int(text))).isoformat()
    parts = re.split(r"[/.\-]", text.split(" ")[0])
    if order and len(parts) == 3 and all(part.isdigit() for part in parts):
        numbers = dict(zip(order, map(int, parts), strict=True))
        try:
            return date(numbers["y"], numbers["m"], numbers["d"]).isoformat()
        except ValueError:
            pass
    notes.append(f"last audit {text!r} is not a date that can be read only one way")
    return ""


def _day_order(texts: list[str]) -> str:
    """``mdy`` or ``dmy`` where a column's dates can only be meant so, else ``""``."""
    first, second = set(), set()
    for text in texts:
        parts = re.split(r"[/.\-]", text.split(" ")[0])
        if len(parts) == 3 and all(part.isdigit() for part in parts) and len(parts[2]) == 4:
            first.add(int(parts[0]))
            second.add(int(parts[1]))
    if first and max(first) <= 12 < max(second):
        return "mdy"
    if second and max(second) <= 12 < max(first):
        return "dmy"
    return ""


def _joined(value) -> str:
    if isinstance(value, list | tuple):
        return ";".join(sorted(map(str, value)))
    return "" if value is None or value != value else str(value)


def _iso(value) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return "" if value is None or value != value else str(value)
