"""People's decisions: checked, looked up, written down, and what each of them changed.

``decisions.csv`` is a record: lines are added, never edited. A later line takes the place of an
earlier one by naming it in ``supersedes``.
"""

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import csvfiles, ids, library, names
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import METALS, STATUSES
from conflict_minerals.ground.text import clean, fold, spreadsheet_safe

FILE = "decisions.csv"
COLUMNS = ["id", "kind", "key", "value", "reason", "decided_by", "decided_on", "supersedes",
           "owner", "due_on", "state"]
KINDS = ("match", "status", "risk", "finding", "file", "form", "list")
VALUES = {"finding": ("accepted", "dismissed"), "file": ("counts", "rejected", "no_3tg")}
# Of these kinds one decision alone can stand for a key; a risk key may carry a tier and a step.
_ONE_A_KEY = ("match", "status", "file", "list")


def empty() -> pd.DataFrame:
    """A record without a line."""
    return pd.DataFrame({column: pd.Series(dtype="str") for column in COLUMNS})


def check(decisions: pd.DataFrame) -> pd.DataFrame:
    """The decisions, if each is one.

    Raises:
        InputError: the first line without reason, author or date, of an unknown kind, with an id
            that another line has, with a key or value that cannot be read; one that supersedes a
            line that is not above it, is already superseded or is about something else; a second
            line about the same match, status or file that supersedes nothing.
    """
    above: dict[str, dict] = {}
    superseded: dict[str, str] = {}
    standing: dict[tuple, str] = {}
    for line in decisions.to_dict("records"):
        _check_line(line, above)
        about = (line["kind"], _about(line["kind"], line["key"]))
        old = line.get("supersedes", "")
        if old:
            _check_supersedes(line, old, above, superseded, about)
            superseded[old] = line["id"]
            if standing.get(about) == old:
                del standing[about]
        if line["kind"] in _ONE_A_KEY:
            if about in standing:
                raise _wrong(line, f"is about the same as {standing[about]}, which still stands",
                             f"Name {standing[about]} in supersedes, or leave the line out")
            standing[about] = line["id"]
        above[line["id"]] = line
    return decisions


def _check_line(line: dict, above: dict) -> None:
    if not clean(line["id"]):
        raise _wrong(line, "has no id", "Give each decision a number of its own")
    if line["id"] in above:
        raise _wrong(line, "is there twice", "Give each decision a number of its own")
    for field, what in (("kind", "kind"), ("key", "key"), ("value", "value"), ("reason", "reason"),
                        ("decided_by", "author (decided_by)"), ("decided_on", "date (decided_on)")):
        if not clean(line[field]):
            raise _wrong(line, f"has no {what}", "A decision without it does not count")
    if line["kind"] not in KINDS:
        raise _wrong(line, f"is of the unknown kind {line['kind']!r}", f"Use {', '.join(KINDS)}")
    csvfiles.to_date(line["decided_on"], file=FILE, where=f"id {line['id']}, decided_on")
    if line["kind"] == "match":
        metal, name = match_key(line["key"])
        if not metal or not name:
            raise _wrong(line, f"has the key {line['key']!r}",
                         "Write the metal, |, and the name as reported: Gold|Name")
        value = ids.read(line["value"])
        if value.kind not in ("current", "other") and line["value"].casefold() != "none":
            raise _wrong(line, f"has the value {line['value']!r}",
                         "Write a smelter id, or none where the row names no smelter")
    if line["kind"] == "status":
        metal, one = facility_key(line["key"])
        if metal not in METALS or not one:
            raise _wrong(line, f"has the key {line['key']!r}",
                         "Write the metal, |, and the smelter id: Gold|CID000000")
        if line["value"].casefold() not in STATUSES:
            raise _wrong(line, f"has the value {line['value']!r}", f"Use {', '.join(STATUSES)}")
    if line["kind"] == "list":
        if len(line_key(line["key"])) < 3 or not any(line_key(line["key"])[1:]):
            raise _wrong(line, f"has the key {line['key']!r}",
                         "Write list|metal|id, or the name as printed, as the front door gives it")
        metal, one = facility_key(line["value"])
        if line["value"].casefold() != "none" and not (metal in METALS and one):
            raise _wrong(line, f"has the value {line['value']!r}",
                         "Write the facility that the line means, Gold|CID000000, or none")


def _check_supersedes(line: dict, old: str, above: dict, superseded: dict, about: tuple) -> None:
    if old not in above:
        raise _wrong(line, f"supersedes {old!r}, which no line above it has",
                     "Name the id of an earlier line")
    if old in superseded:
        raise _wrong(line, f"supersedes {old}, which {superseded[old]} has superseded already",
                     f"Name {superseded[old]}")
    earlier = above[old]
    if (earlier["kind"], _about(earlier["kind"], earlier["key"])) != about:
        raise _wrong(line, f"supersedes {old}, which is about {earlier['kind']} "
                           f"{earlier['key']!r}", "Name a decision on the same subject")


def _wrong(line: dict, what: str, fix: str) -> InputError:
    where = f"id {line['id']}" if clean(line.get("id", "")) else f"line {line.get('line', '?')}"
    return InputError(what, file=FILE, where=where, fix=fix)


def _about(kind: str, key: str) -> tuple:
    if kind == "match":
        metal, name = match_key(key)
        return metal, names.keys(name).full
    if kind == "status":
        return facility_key(key)
    return line_key(key) if kind == "list" else (clean(key),)


def _split(key: str) -> tuple[str, str]:
    metal, _, rest = clean(key).partition("|")
    words = {m.casefold(): m for m in library.table("metals")["metal"].unique()}
    return words.get(metal.strip().casefold(), ""), rest.strip()


def match_key(key: str) -> tuple[str, str]:
    """Metal and name of a key such as ``Gold|Name as reported``; blanks when it is none."""
    return _split(key)


def facility_key(key: str) -> tuple[str, str]:
    """Metal and smelter id of a key such as ``Gold|CID000000``; blanks when it is none."""
    metal, rest = _split(key)
    found = ids.read(rest)
    return metal, found.value if found.kind in ("current", "other") else ""


def line_key(key: str) -> tuple[str, ...]:
    """List, metal and id or name of a key such as ``list|metal|id``, spellings folded."""
    one, *printed = clean(key).split("|", 2)
    return (one.strip(), *map(fold, printed))


def current(decisions: pd.DataFrame | None, kind: str) -> pd.DataFrame:
    """The decisions of a kind that no later line supersedes, in their order."""
    if decisions is None or decisions.empty:
        return empty()
    standing = ~decisions["id"].isin(set(decisions["supersedes"]) - {""})
    return decisions[standing & (decisions["kind"] == kind)].reset_index(drop=True)


def by_name(decisions: pd.DataFrame | None) -> dict[tuple[str, str], dict]:
    """The match decisions that stand, by metal and folded name."""
    found = {}
    for line in current(decisions, "match").to_dict("records"):
        metal, name = match_key(line["key"])
        found[metal, names.keys(name).full] = line
    return found


def by_facility(decisions: pd.DataFrame | None) -> dict[tuple[str, str], dict]:
    """The status decisions that stand, by metal and smelter id."""
    return {facility_key(line["key"]): line
            for line in current(decisions, "status").to_dict("records")}


def by_line(decisions: pd.DataFrame | None) -> dict[tuple, dict]:
    """The list decisions that stand, by what the line of the list says (``line_key``)."""
    return {line_key(line["key"]): line for line in current(decisions, "list").to_dict("records")}


def next_id(decisions: pd.DataFrame) -> str:
    """The number after the highest: ``D-007`` after ``D-006``."""
    numbers = [int(one[2:]) for one in decisions["id"] if one[:2] == "D-" and one[2:].isdigit()]
    return f"D-{max(numbers, default=0) + 1:03d}"


def line(kind: str, key: str, value: str, *, reason: str, decided_by: str, decided_on,
         id: str = "", supersedes: str = "", owner: str = "", due_on="", state: str = "") -> dict:
    """A decision as a line of the record; dates as ``YYYY-MM-DD``."""
    day = csvfiles.to_date(decided_on or "", file=FILE, where="decided_on")
    due = csvfiles.to_date(due_on or "", file=FILE, where="due_on")
    fields = {"id": id, "kind": kind, "key": key, "value": value, "reason": reason,
              "decided_by": decided_by, "decided_on": day.isoformat() if day else "",
              "supersedes": supersedes, "owner": owner, "due_on": due.isoformat() if due else "",
              "state": state}
    return {field: clean(text) for field, text in fields.items()}


def append(path: Path, new: dict, columns: Sequence[str] = COLUMNS) -> None:
    """Adds one line to a table of the inputs: whole or not at all, no byte before it touched.

    The file keeps its own separator, columns, line ends and encoding.

    Raises:
        InputError: the file lacks a column that the line fills, or cannot hold its letters.
    """
    before = path.read_bytes() if path.exists() else b""
    if not before.strip():
        before = (",".join(columns) + "\n").encode()
    text = csvfiles.decode(before, path.name)
    encoding = _encoding(before)
    lines = [one for one in text.splitlines() if one.strip() and not one.startswith("#")]
    if lines and lines[0][:4].lower() == "sep=":
        lines = lines[1:]
    separator = max(",;\t", key=lines[0].count)
    header = [clean(cell).lower() for cell in next(csv.reader([lines[0]], delimiter=separator))]
    lost = [field for field, value in new.items() if value and field not in header]
    if lost:
        raise InputError(f"lacks the column {', '.join(lost)}", file=path.name, where="header",
                         fix=f"Expected {', '.join(columns)}")
    end = "\r\n" if "\r\n" in text else "\n"
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end).writerow(
        [spreadsheet_safe(new.get(field, "")) for field in header])
    added = ("" if text.endswith("\n") else end) + out.getvalue()
    try:
        data = before + added.encode(encoding)
    except UnicodeEncodeError as error:
        raise InputError("is kept in an encoding that lacks a letter of this line", file=path.name,
                         fix="Save it once as 'CSV UTF-8' in Excel") from error
    staged = path.with_name(f".{path.name}.new")
    with staged.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(staged, path)


def _encoding(data: bytes) -> str:
    if data[:2] == b"\xff\xfe":
        return "utf-16-le"
    if data[:2] == b"\xfe\xff":
        return "utf-16-be"
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        return "cp1252"
