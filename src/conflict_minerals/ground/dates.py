"""Dates as people write them: real dates, serial numbers and text in ten languages.

A text that can be read as two different days is not guessed at: it is said to be ambiguous.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from conflict_minerals.ground import library
from conflict_minerals.ground.values import ErrorValue, Value

_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 1, 1)
_EAST_ASIAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일号號]?")


@dataclass(frozen=True)
class Reading:
    """A date as read: ISO text or blank; ``how`` is one of ``date`` (a real date or its serial
    number), ``text`` (one way to read it), ``ambiguous``, ``unreadable``, ``blank``;
    ``choices`` the days that an ambiguous text can mean."""

    iso: str
    how: str
    choices: tuple[str, ...] = ()


@cache
def _months() -> dict[str, int]:
    return {_fold(row["word"]): int(row["month"]) for row in library.records("months")}


def month(word: str) -> int:
    """The number of a month by its name, 0 for another word."""
    return _months().get(_fold(word), 0)


def _fold(word: str) -> str:
    text = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in text if c.isalnum() and not unicodedata.combining(c))


def from_serial(serial: float, epoch_1904: bool = False) -> date | None:
    """The day of a spreadsheet's serial number, ``None`` outside 1990 to 2099."""
    start = date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30)
    try:
        day = start + timedelta(days=int(serial))
    except (OverflowError, ValueError):
        return None
    return day if _EARLIEST <= day < _LATEST else None


def read(value: Value | None, epoch_1904: bool = False) -> Reading:
    """The day that a cell's value means."""
    if value is None or isinstance(value, ErrorValue) or value == "":
        return Reading("", "blank")
    if isinstance(value, bool):
        return Reading("", "unreadable")
    if isinstance(value, int | float):
        if float(value) == 0:
            return Reading("", "blank")
        if 19900101 <= value <= 20991231:
            return _text(str(int(value)))
        day = from_serial(float(value), epoch_1904)
        return Reading(day.isoformat(), "date") if day else Reading("", "unreadable")
    return _text(str(value))


def _text(text: str) -> Reading:
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    if not text:
        return Reading("", "blank")
    days = [day for day in days_of(text) if _EARLIEST <= day < _LATEST]
    if len(days) == 1:
        return Reading(days[0].isoformat(), "text")
    if days:
        return Reading("", "ambiguous", tuple(day.isoformat() for day in days))
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        day = from_serial(float(text))
        return Reading(day.isoformat(), "text") if day else Reading("", "unreadable")
    return Reading("", "unreadable")


def days_of(text: str) -> list[date]:
    """Every day that a text can mean, in order."""
    match = _EAST_ASIAN.search(text)
    if match:
        return _valid([tuple(int(part) for part in match.groups())])
    text = re.sub(
        r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(am|pm|z|[+-]\d{2}:?\d{2})?$", "", text, flags=re.I
    )
    parts = [p for p in re.split(r"[\s,./\-‐‑–—|]+", text) if p]
    parts = [p for p in parts if _fold(p) not in ("de", "del", "of", "the", "d", "le", "di", "den")]
    if len(parts) == 4 and not any(c.isdigit() for c in parts[0]):
        parts = parts[1:]  # a weekday before the date
    if len(parts) == 1 and re.fullmatch(r"(19|20)\d{6}", parts[0]):
        digits = parts[0]
        return _valid([(int(digits[:4]), int(digits[4:6]), int(digits[6:]))])
    if len(parts) == 1:
        glued = re.fullmatch(r"(\d{1,2})([^\W\d_]+)(\d{2,4})", parts[0])
        parts = list(glued.groups()) if glued else parts
    if len(parts) != 3:
        return []
    named = [n for n, part in enumerate(parts) if _fold(part) in _months()]
    if len(named) == 1:
        return _with_named_month(parts, named[0])
    if not all(part.isdigit() for part in parts):
        return []
    return _of_numbers(parts)


def _with_named_month(parts: list[str], at: int) -> list[date]:
    month = _months()[_fold(parts[at])]
    rest = [
        re.sub(r"(st|nd|rd|th|er|º|ª|\.)$", "", p, flags=re.I)
        for n, p in enumerate(parts)
        if n != at
    ]
    if not all(part.isdigit() for part in rest):
        return []
    first, second = rest
    if len(first) == 4:
        return _valid([(int(first), month, int(second))])
    # '5 May 18' is the fifth: with a month's name the day comes before the year.
    return _valid([(_year(second), month, int(first))])


def _of_numbers(parts: list[str]) -> list[date]:
    first, second, third = parts
    if len(first) == 4:
        return _valid([(int(first), int(second), int(third))])
    if len(third) not in (2, 4) or len(first) > 2 or len(second) > 2:
        return []
    year, a, b = _year(third), int(first), int(second)
    choices = [(year, a, b), (year, b, a)]
    if len(third) == 2:
        choices.append((_year(first), b, int(third)))  # 18-05-31 with the year first
    return _valid(choices)


def _year(text: str) -> int:
    return 2000 + int(text) if len(text) <= 2 else int(text)


def _valid(choices: list[tuple[int, int, int]]) -> list[date]:
    days = set()
    for choice in choices:
        with suppress(ValueError):
            days.add(date(*choice))
    return sorted(days)
