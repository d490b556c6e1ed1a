"""CSV files that people keep: read as Excel leaves them, written so that Excel can open them."""

import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import codepages, csvtext, dates, schemas
from conflict_minerals.ground.columns import written
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean, guarded

_SIGNS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_QUOTED = re.compile(r'[,"\n]')
_PART = 50_000  # rows whose cells are held at once
# Beside a date, they make it no day: 'before 2025-03-01', 'around March 1, 2025'.
_VAGUE = re.compile(r"\b(?:about|after|approx\w*|around|before|by|ca|circa|early|end|late|mid|"
                    r"since|until)\b", re.I)  # fmt: skip
_LONGEST = 131_072  # four of the longest cells of Excel


def decode(data: bytes, file: str = "") -> str:
    """Text as Excel and editors save it: UTF-8 with or without a mark, UTF-16, Windows-1252.

    Raises:
        InputError: it is none of them.
    """
    text = codepages.text_of(data)
    if text is not None:
        return text
    raise InputError(
        "is not text in UTF-8, UTF-16 or Windows-1252",
        file=file,
        fix="Save it as UTF-8 (in Excel: 'CSV UTF-8')",
    )


def read(
    path: Path, columns: list[str], *, name: str = "", optional: list[str] = ()
) -> pd.DataFrame:
    """A CSV as a table of text, blanks as ``""``, with the line number of each row in ``line``.

    Takes what Excel does to a CSV: a byte-order mark, semicolons or tabs, quoting,
    blank columns and lines at the end, blanks around values, a ``sep=`` line.
    ``columns`` must all be there, ``optional`` ones are added blank; others are kept.

    Raises:
        InputError: not text, a column missing or named twice, a row longer than the header.
    """
    name = name or path.name
    text = decode(path.read_bytes(), name)
    separator, rows = _rows(text, name, columns)
    if not rows:
        raise InputError("is empty", file=name, fix=f"Give it the columns {', '.join(columns)}")
    for line, row in rows[1:]:
        if said := schemas.COMMENT.fullmatch(row[0]):
            schemas.check(name, said[1], f"line {line}")
    header = [cell.lower() for cell in rows[0][1]]
    while header and not header[-1]:
        header.pop()
    _check_header(header, columns, name)
    records = []
    for line, row in rows[1:]:
        if row[0].startswith("#"):
            continue
        if any(row[len(header):]):
            raise InputError(
                f"{len(row)} values, {len(header)} columns",
                file=name,
                where=f"line {line}",
                fix=f"Quote a text that holds a {_SIGNS.get(separator, separator)}",
            )
        row = (row + [""] * len(header))[: len(header)]
        records.append([line, *row])
    frame = pd.DataFrame(records, columns=["line", *header]).astype({"line": "int64"})
    for column in optional:
        if column not in frame:
            frame[column] = ""
    return frame.astype({c: "str" for c in frame.columns if c != "line"})


def _rows(text: str, name: str, columns: list[str]) -> tuple[str, list[tuple[int, list[str]]]]:
    """The separator, and the number and values of each line that holds something."""
    rows = []
    separator, lines = csvtext.lines(text, columns)
    try:
        for line, row in lines:
            longest = max(map(len, row), default=0)
            if longest > _LONGEST:
                raise InputError(
                    f"a value of {longest:,} characters", file=name, where=f"line {line}",
                    fix="Keep it below 32,767, as Excel does",
                )  # fmt: skip
            if any(row := [clean(cell) for cell in row]):
                rows.append((line, row))
    except csvtext.Unclosed as mark:
        raise InputError(
            "a quotation mark opens here and is not closed", file=name,
            where=f"line {mark.line}", fix="Close it, or leave it out",
        ) from None  # fmt: skip
    return separator, rows


def _check_header(header: list[str], columns: list[str], name: str) -> None:
    missing = [column for column in columns if column not in header]
    if missing:
        raise InputError(
            f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            file=name,
            where="header",
            fix=f"Expected {', '.join(columns)}",
        )
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise InputError(
            f"names {', '.join(twice)} twice", file=name, where="header", fix="Keep one"
        )


def to_date(value, *, file: str = "", where: str = "") -> date | None:
    """A date in a form that cannot be misread, ``None`` for a blank.

    Raises:
        InputError: any other form, ``03/04/2025`` is not guessed at; a year out of all range, to
            which days could not be added.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = clean(value)
    # Of numbers alone one has to be a year for certain.
    told = re.search(r"\d{4}|[^\W\d_]", text) and not _VAGUE.search(text)
    days = dates.days_of(text) if told else []
    if len(days) == 1 and 1900 <= days[0].year <= 2100:
        return days[0]
    what = "is not of this century or the last" if len(days) == 1 else (
        "is not a date that can be read only one way")
    raise InputError(f"{text!r} {what}", file=file, where=where,
                     fix="Write it as YYYY-MM-DD")


def from_csv(data: bytes) -> pd.DataFrame:
    """A table that ``to_csv`` wrote, every cell the text that stands there."""
    return pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)


def to_csv(frame: pd.DataFrame) -> bytes:
    """The table as UTF-8 CSV, truth values as ``true``/``false``, text safe in a spreadsheet."""
    return b"".join(csv_parts(frame))


def csv_parts(frame: pd.DataFrame) -> Iterator[bytes]:
    """What ``to_csv`` gives, in parts: the whole of millions of rows is large."""
    yield ",".join(_quoted(str(name)) for name in frame.columns).encode() + b"\n"
    for start in range(0, len(frame), _PART):
        part = frame.iloc[start : start + _PART]
        cells = (written(part.iloc[:, at], _said) for at in range(len(part.columns)))
        lines = map(",".join, zip(*cells, strict=True))
        if len(frame.columns) == 1:  # a blank line would be no record
            lines = (line or '""' for line in lines)
        yield ("\n".join(lines) + "\n").encode()


def line(cells: Iterable[str]) -> str:
    """One line of a CSV, to be pasted."""
    return ",".join(map(_quoted, cells))


def _said(value) -> str:
    if isinstance(value, str):
        return _quoted(guarded(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if pd.isna(value) else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
