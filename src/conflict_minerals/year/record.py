"""People's decisions as a record: read, checked and written down.

``decisions.csv`` is a record: lines are added, never edited. A later line takes the place of an
earlier one by naming it in ``supersedes``.
"""

import csv
import io
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import csvfiles, library, system
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean, spreadsheet_safe
from conflict_minerals.year import standing

FILE = "decisions.csv"
COLUMNS = ["id", "kind", "key", "value", "reason", "decided_by", "decided_on", "supersedes",
           "owner", "due_on", "state", "group"]
_NEEDED = COLUMNS[:7]
# What stands in a line ready to paste where a person has to write.
TO_FILL = {"value": "VALUE", "reason": "REASON", "decided_by": "WHO", "decided_on": "YYYY-MM-DD"}


def empty() -> pd.DataFrame:
    """A record without a line."""
    return pd.DataFrame({column: pd.Series(dtype="str") for column in COLUMNS})


def read(raw: Path) -> pd.DataFrame:
    """The record of a year, checked; empty when there is none yet."""
    path = raw / FILE
    if not path.is_file():
        return empty()
    return check(csvfiles.read(path, _NEEDED, name=FILE, optional=COLUMNS[7:]))


def check(decisions: pd.DataFrame) -> pd.DataFrame:
    """The decisions, if each is one.

    Raises:
        InputError: the first line without reason, author or date, of an unknown kind, with an id
            that another line has, with a key or value that its kind does not know; one that
            supersedes a line that is not above it, is already superseded or is about something
            else; a second line about what one decision alone can be about.
    """
    above: dict[str, dict] = {}
    superseded: dict[str, str] = {}
    holds: dict[tuple, str] = {}
    for line in decisions.to_dict("records"):
        _check_line(line, above)
        about = (line["kind"], _about(line, above))
        old = line.get("supersedes", "")
        if old:
            _check_supersedes(line, old, above, superseded, about)
            superseded[old] = line["id"]
            if holds.get(about) == old:
                del holds[about]
        if standing.kinds()[line["kind"]][0]["one"] and line["value"] != standing.WITHDRAWN:
            if about in holds:
                raise _wrong(line, f"is about the same as {holds[about]}, which still stands",
                             f"Name {holds[about]} in supersedes, or leave the line out")
            holds[about] = line["id"]
        above[line["id"]] = line
    return decisions


def check_alone(decisions: pd.DataFrame, line: dict) -> None:
    """Lets a new line pass that is about what no standing decision is about, or supersedes it.

    A record by hand may hold several about one thing, of which the last counts; nobody who is
    shown what a line changes should overrule another unawares.

    Raises:
        InputError: a decision about the same stands that ``line`` does not supersede.
    """
    if line["value"] == standing.WITHDRAWN:
        return
    for one in standing.said(line["kind"], line["key"], line["value"]):
        old = standing.stands(decisions, line["kind"], one.topic).get(one.key)
        if old and old["id"] != line["supersedes"]:
            raise _wrong(line, f"is about the same as {old['id']} ({old['value']}), which still "
                         "stands", f'Give supersedes="{old["id"]}", or take it back first with '
                         f'decide.undo(run, "{old["id"]}", ...)')


def _check_line(line: dict, above: dict) -> None:
    if not clean(line["id"]):
        raise _wrong(line, "has no id", "Give each decision a number of its own")
    if line["id"] in above:
        raise _wrong(line, "is there twice", "Give each decision a number of its own")
    for field, what in (("kind", "kind"), ("key", "key"), ("value", "value"), ("reason", "reason"),
                        ("decided_by", "author (decided_by)"), ("decided_on", "date (decided_on)")):
        if not clean(line[field]):
            raise _wrong(line, f"has no {what}", "A decision without it does not count")
    _check_filled(line)
    _check_cells(line)
    kind, state = line["kind"], line.get("state", "")
    if kind not in standing.kinds():
        raise _wrong(line, f"is of the unknown kind {kind!r}", f"Use {', '.join(standing.kinds())}")
    csvfiles.to_date(line["decided_on"], file=FILE, where=f"id {line['id']}, decided_on")
    states = [row["state"] for row in library.records("escalation_states")]
    if kind == "risk" and state and state not in states:
        raise _wrong(line, f"has the unknown state {state!r}", f"Use one of {', '.join(states)}")
    if line["value"] == standing.WITHDRAWN:
        if not line.get("supersedes", ""):
            raise _wrong(line, "withdraws nothing", "Name in supersedes the line to take back")
        return
    found = standing.said(kind, line["key"], line["value"])
    if not found:
        rows = standing.kinds()[kind]
        row = standing.meant(rows, line["value"].partition(" and ")[0])[0]
        field = "key" if row else "value"
        known = f". Known are {', '.join(standing.branches())}" if kind == "form" else ""
        raise _wrong(line, f"has the {field} {line[field]!r}",
                     ". Or: ".join(row["fix"] for row in ([row] if row else rows)) + known)
    if line.get("group", "") and any(one.topic == "hard" for one in found):
        raise _wrong(line, "answers a hard flag for many", "Decide each hard flag by itself")


def _check_filled(line: dict) -> None:
    left = [word for field, word in TO_FILL.items() if clean(line[field]) == word]
    if left:
        at = f"line {line['line']}, " if line.get("line") else ""
        raise InputError(f"still holds {', '.join(left)}", file=FILE, where=f"{at}id {line['id']}",
                         fix="Write there what was decided, why, by whom and when")


def _check_cells(line: dict) -> None:
    """A comma without quotes moves all that follows, so that the date stands further right."""
    if _is_date(line["decided_on"]):
        return
    moved = [field for field in ("supersedes", "owner", "state") if _is_date(line.get(field, ""))]
    if moved:
        raise _wrong(line, f"has {line['decided_on']!r} in decided_on and a date in {moved[0]}",
                     "A text that holds a comma or semicolon stands in quotes: \"A, B\"")


def _is_date(text: str) -> bool:
    try:
        return csvfiles.to_date(text) is not None
    except InputError:
        return False


def _about(line: dict, above: dict) -> tuple:
    """What a line is about, whatever it says of it; a withdrawal is about what it takes back."""
    if line["value"] == standing.WITHDRAWN:
        old = above.get(line.get("supersedes", ""), line)
        if old["kind"] == line["kind"] and clean(old["key"]) == clean(line["key"]):
            return _about(old, above) if old is not line else ()
        return (clean(line["key"]),)
    about = standing.said(line["kind"], line["key"], line["value"])[0].key
    return tuple(part for part in about if part != standing.ALL)


def _check_supersedes(line: dict, old: str, above: dict, superseded: dict, about: tuple) -> None:
    if old not in above:
        raise _wrong(line, f"supersedes {old!r}, which no line above it has",
                     "Name the id of an earlier line")
    if old in superseded:
        raise _wrong(line, f"supersedes {old}, which {superseded[old]} has superseded already",
                     f"Name {superseded[old]}")
    earlier = above[old]
    if (earlier["kind"], _about(earlier, above)) != about:
        raise _wrong(line, f"supersedes {old}, which is about {earlier['kind']} "
                           f"{earlier['key']!r}", "Name a decision on the same subject")


def _wrong(line: dict, what: str, fix: str) -> InputError:
    where = f"id {line['id']}" if clean(line.get("id", "")) else f"line {line.get('line', '?')}"
    return InputError(what, file=FILE, where=where, fix=fix)


def carried(raw: Path) -> list[dict]:
    """Last year's decisions as ``make year FROM=`` left them: comments without author and date.

    ``kind, key, value, reason, owner, due_on, state`` of each, in their order.
    """
    path = raw / FILE
    if not path.is_file():
        return []
    kept = [row[2:] for row in csvfiles.decode(path.read_bytes(), FILE).splitlines()
            if row.startswith("# ")]
    rows = [dict(zip(COLUMNS, row, strict=False)) for row in csv.reader(kept) if len(row) > 6]
    return [{field: row.get(field, "") for field in ("kind", "key", "value", "reason", "owner",
                                                     "due_on", "state")}
            for row in rows if row["kind"] in standing.kinds() and not row["decided_by"]]


def carry(decisions: pd.DataFrame, year: int) -> list[list[str]]:
    """The decisions of a year that another year may confirm, as lines of comments."""
    kept = [line for line in standing.current(decisions).to_dict("records")
            if standing.kinds()[line["kind"]][0]["carry"]]
    if not kept:
        return []
    said = (f"# Decided in {year}: to confirm these again take a # away and write who and when "
            "into decided_by and decided_on, or confirm all in one call: decide.confirm(run)")
    blank = dict.fromkeys(COLUMNS[5:8] + COLUMNS[9:], "")  # its owner stays
    rows = [[(line | blank).get(column, "") for column in COLUMNS] for line in kept]
    return [[said], *([f"# {row[0]}", *row[1:]] for row in rows)]


def next_id(decisions: pd.DataFrame) -> str:
    """The number after the highest: ``D-007`` after ``D-006``."""
    numbers = [int(one[2:]) for one in decisions["id"] if one[:2] == "D-" and one[2:].isdigit()]
    return f"D-{max(numbers, default=0) + 1:03d}"


def line(kind: str, key: str, value: str, *, reason: str, decided_by: str, decided_on,
         id: str = "", supersedes: str = "", owner: str = "", due_on="", state: str = "",
         group: str = "") -> dict:
    """A decision as a line of the record; dates as ``YYYY-MM-DD``."""
    day = csvfiles.to_date(decided_on or "", file=FILE, where="decided_on")
    due = csvfiles.to_date(due_on or "", file=FILE, where="due_on")
    fields = {"id": id, "kind": kind, "key": key, "value": value, "reason": reason,
              "decided_by": decided_by, "decided_on": day.isoformat() if day else "",
              "supersedes": supersedes, "owner": owner, "due_on": due.isoformat() if due else "",
              "state": state, "group": group}
    return {field: clean(text) for field, text in fields.items()}


def append(path: Path, *new: dict) -> None:
    """Adds decisions to the record, as ``append_lines`` does."""
    append_lines(path, list(new), COLUMNS)


def append_lines(path: Path, new: list[dict], columns: list[str]) -> None:
    """Adds lines to a table: all or none of them, and without touching a line before them.

    The file keeps its own separator, columns, line ends and encoding; a column that a line fills
    and the file lacks is added at the end of its heading.

    Raises:
        InputError: the file cannot hold a line's letters.
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
    lost = [f for f in columns if f not in header and any(line.get(f) for line in new)]
    if lost:
        while not header[-1]:  # blank columns, which Excel leaves at the end
            header.pop()
        header += lost
        wider = separator.join([lines[0].rstrip(separator + " "), *lost])
        before = before.replace(lines[0].encode(encoding), wider.encode(encoding), 1)
    end = "\r\n" if "\r\n" in text else "\n"
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(
        [spreadsheet_safe(line.get(field, "")) for field in header] for line in new)
    added = ("" if text.endswith("\n") else end) + out.getvalue()
    try:
        data = before + added.encode(encoding)
    except UnicodeEncodeError as error:
        raise InputError("is kept in an encoding that lacks a letter of this line", file=path.name,
                         fix="Save it once as 'CSV UTF-8' in Excel") from error
    system.write_whole(path, data, path.with_name(f".{path.name}.new"))


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
