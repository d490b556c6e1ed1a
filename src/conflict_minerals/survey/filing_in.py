"""What people confirm of the inbox and of the letters, put into ``cmrt/`` and noted.

Every step can be taken again: a kill between two of them loses nothing and notes nothing twice.
"""

import os
import re
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import system
from conflict_minerals.ground.csvfiles import read, to_date
from conflict_minerals.ground.errors import InputError
from conflict_minerals.intake import inbox_content, inbox_rows
from conflict_minerals.survey.verdicts import file_mark
from conflict_minerals.year import append_lines

NOTED = "correspondence.csv"
_COLUMNS = ["supplier_id", "sent_on", "kind", "reference"]
# Names that Windows keeps for itself, and signs that it does not take.
_UNUSABLE = re.compile(r'[<>:"|?*/\\\x00-\x1f\ufffd]|^(?=(?:con|prn|aux|nul|com\d|lpt\d)\b)', re.I)


def file_in(raw: Path, inputs, chosen: dict[str, str], *, rows=None, on: str = "") -> pd.DataFrame:
    """Put things of the inbox into their suppliers' folders and note the day of receipt.

    Args:
        chosen: a supplier for the id of each row of ``inbox_rows`` that is to be filed.
        on: the day of receipt of what came without a message to say it.

    Returns:
        ``id, supplier_id, file, received_on``, a row for each that was filed.

    Raises:
        InputError: an id that no row or several have, an unknown supplier, a day that is missing;
            nothing is filed then.
    """
    rows = inbox_rows(raw, inputs.suppliers) if rows is None else rows
    work = [_one(rows, one, supplier, inputs, on) for one, supplier in sorted(chosen.items())]
    done = []
    for row, supplier, day in work:
        data = inbox_content(raw, row["name"])
        target = _copy(data, raw / "cmrt" / supplier, re.split(r"[/!]", row["name"])[-1])
        _note(raw, [{"supplier_id": supplier, "sent_on": day, "kind": "received",
                     "reference": file_mark(row["sha256"])}])
        done.append((row["id"], supplier, target.relative_to(raw).as_posix(), day))
    left = inbox_rows(raw, inputs.suppliers)
    named = rows.loc[rows["id"].isin(chosen), "name"]
    for top in sorted({name.partition("!")[0] for name in named}):
        _put_away(raw, top, left)
    return pd.DataFrame(done, columns=["id", "supplier_id", "file", "received_on"])


def put_aside(raw: Path, rows: pd.DataFrame, ids: list[str]) -> list[str]:
    """Move messages and files in which nothing is left to file to ``inbox/aside/``; where to.

    Raises:
        InputError: an id that no row has, or one of something that still holds an answer; nothing
            is moved then.
    """
    tops = []
    for one in ids:
        found = rows.loc[rows["id"] == one, "name"]
        if found.empty:
            raise InputError(f"nothing in the inbox has the id {one!r}", file="--aside",
                             fix="See python -m helpers inbox")
        for top in (name.partition("!")[0] for name in found):
            if (_inside(rows, top)["state"] == "answer").any():
                raise InputError(f"{top} holds an answer", file="--aside",
                                 fix="File it: --file ID=SUPPLIER")
            tops.append(top)
    return [_moved(raw, top, "aside") for top in dict.fromkeys(tops)]


def _one(rows: pd.DataFrame, one: str, supplier: str, inputs, on: str):
    found = rows[rows["id"] == one]
    if len(found) != 1:
        raise InputError(f"{len(found) or 'no'} things in the inbox have the id {one!r}",
                         file="--file", fix="See python -m helpers inbox")
    row = found.iloc[0]
    if row["form"] == "mail":
        raise InputError(f"{one} is a message: file what is attached to it", file="--file")
    if supplier not in set(inputs.suppliers["supplier_id"]):
        raise InputError(f"suppliers.csv has no supplier {supplier!r}", file="--file",
                         fix="Name its supplier_id, or add it to the roster first")
    if row["state"] == "filed" and row["supplier_id"] != supplier:
        raise InputError(f"{one} lies in cmrt/{row['supplier_id']} already", file="--file")
    day = row["day"] or on
    if not day:
        raise InputError(f"nothing says on which day {row['name']} came", file="--file",
                         fix="Name the day: --on YYYY-MM-DD")
    return row, supplier, to_date(day, file="--on").isoformat()


def _copy(data: bytes, folder: Path, name: str) -> Path:
    """The bytes in a folder under the sender's name; a second file of that name is numbered, and
    what came twice lies there once."""
    same = [path for path in sorted(folder.glob("*")) if path.is_file()
            and path.stat().st_size == len(data) and path.read_bytes() == data]
    if same:
        return same[0]
    name = _UNUSABLE.sub("_", name).strip(" .") or "attachment"
    stem, dot, extension = name.rpartition(".") if "." in name else (name, "", "")
    folder.mkdir(parents=True, exist_ok=True)
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{stem} ({number}){dot}{extension}"
    system.write_whole(path, data, folder.parent / f".{folder.name}.filing")
    return path


def _put_away(raw: Path, top: str, rows: pd.DataFrame) -> None:
    """Move a message, zip or file to ``inbox/filed/`` once every template in it is filed."""
    own = _inside(rows, top)
    if not (own["state"] == "answer").any() and (own["state"] == "filed").any():
        _moved(raw, top, "filed")


def _inside(rows: pd.DataFrame, top: str) -> pd.DataFrame:
    """A message, zip or file with what lay in it."""
    return rows[(rows["name"] == top) | rows["name"].str.startswith(f"{top}!")]


def _moved(raw: Path, top: str, folder: str) -> str:
    """Move what lies in the inbox into a folder of it, beside what has its name there."""
    source, target, number = raw / "inbox" / top, raw / "inbox" / folder / top, 1
    while target.exists():
        number += 1
        target = target.with_name(f"{number} {source.name}")
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(source, target)
    return target.relative_to(raw).as_posix()


def note_sent(run, *, on: str, suppliers=None, write: bool = False) -> pd.DataFrame:
    """The letters of the last run as lines of ``correspondence.csv``, added with ``write``.

    Args:
        run: has ``raw``, and ``outputs`` with the letters.
        on: the day on which they were sent.
        suppliers: whose letters; all by default.

    Returns:
        ``supplier_id, sent_on, kind, reference, state``: ``new``, or ``noted`` for what
        stands there already and is not added again.

    Raises:
        InputError: no letters, a supplier without one, a day that is none.
    """
    path = Path(run.outputs) / "letters" / "merge.csv"
    if not path.is_file():
        raise InputError("there are no letters", file="letters/merge.csv", fix="Run make report")
    merge = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    wanted = set(merge["supplier_id"]) if suppliers is None else set(suppliers)
    missing = sorted(wanted - set(merge["supplier_id"]))
    if missing:
        raise InputError(f"no letter was drafted to {missing[0]!r}", file="letters/merge.csv")
    day = to_date(on, file="on").isoformat()
    lines = [{"supplier_id": row.supplier_id, "sent_on": day, "kind": row.kind,
              "reference": row.reference}
             for row in merge.itertuples() if row.supplier_id in wanted]
    new = _new(Path(run.raw), lines)
    if write:
        _note(Path(run.raw), lines)
    return pd.DataFrame([line | {"state": "new" if line in new else "noted"} for line in lines],
                        columns=[*_COLUMNS, "state"])


def _new(raw: Path, lines: list[dict]) -> list[dict]:
    """Those of the lines that ``correspondence.csv`` does not hold yet."""
    path = raw / NOTED
    begun = path.is_file() and path.read_bytes().strip()
    there = read(path, _COLUMNS) if begun else pd.DataFrame(columns=_COLUMNS)
    same = ["supplier_id", "kind", "reference"]
    held = set(there[same].itertuples(index=False, name=None))
    return [line for line in lines if tuple(line[name] for name in same) not in held]


def _note(raw: Path, lines: list[dict]) -> None:
    new = _new(raw, lines)
    if new:
        append_lines(raw / NOTED, new, _COLUMNS)
