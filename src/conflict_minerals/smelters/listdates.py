"""When a facility was last audited and how often it is: dates and cycles as lists write them."""

import re
from calendar import day_abbr, day_name, monthrange
from functools import cache

from conflict_minerals.ground import dates, library
from conflict_minerals.ground.terms import placeholders
from conflict_minerals.ground.text import clean, fold
from conflict_minerals.smelters.grids import text

_DATE_SIGNS = str.maketrans("年月日号號년월일", " " * 8)
_NO_WORDS = {"del", "the", *map(str.casefold, (*day_name, *day_abbr))}
_UNIT = re.compile(r"\b(?:years?|yrs?|months?|mos?)\b", re.IGNORECASE)
_MONTH = re.compile(r"(?P<word>[^\W\d]+)[\s,.\-]*(?P<year>\d{4})"
                    r"|(?P<m>\d{1,2})\s*[/.\-]\s*(?P<y>\d{4})"
                    r"|(?P<Y>\d{4})\s*[/.\-年년]\s*(?P<M>\d{1,2})\s*[月월]?")


def day(value, order: str = "", epoch_1904: bool = False) -> tuple[str, str]:
    """The day that a cell means as ISO text, and how it was read where that is not plain.

    ``order`` is of ``day_order``; it decides ``03/04/2025``. A month without a day counts to its
    last day, so that nothing runs out before it does. Two blanks for a blank; a blank day with a
    reason where the cell holds something that is no day.
    """
    said = text(value)
    if not fold(said) or fold(said) in placeholders():
        return "", ""
    read = dates.read(value, epoch_1904)
    if read.iso and not _words_beside(said):
        return read.iso, ""
    first = re.match(r"\s*(\d{1,2})", said)
    if read.how == "ambiguous" and order and first:
        at = slice(5, 7) if order == "mdy" else slice(8, 10)
        meant = [day for day in read.choices if int(day[at]) == int(first[1])]
        if len(meant) == 1:
            return meant[0], ""
    ended = _month_end(clean(said))
    if ended:
        return ended, f"{said!r} names no day: read as {ended}, the end of the month"
    return "", f"{said!r} is not a date that can be read only one way"


def _words_beside(said: str) -> bool:
    """Whether words stand beside a day that may make it another one: 'due', 'expired', 'until'."""
    words = re.findall(r"[^\W\d_]+", said.translate(_DATE_SIGNS))
    return any(not dates.month(word) and fold(word) not in _NO_WORDS
               and (len(word) > 2 or not word.isascii()) for word in words)


def _month_end(said: str) -> str:
    match = _MONTH.fullmatch(said)
    if not match:
        return ""
    year = int(match["year"] or match["y"] or match["Y"])
    month = dates.month(match["word"]) if match["word"] else int(match["m"] or match["M"])
    if not (1 <= month <= 12 and 1990 <= year < 2100):
        return ""
    return f"{year}-{month:02d}-{monthrange(year, month)[1]}"


def day_order(values: list) -> str:
    """``mdy`` or ``dmy`` where a column's dates can only be meant so, else ``""``."""
    first, second = set(), set()
    for value in values:
        parts = re.split(r"[/.\-]", text(value).split(" ")[0])
        if len(parts) == 3 and all(part.isdigit() for part in parts) and len(parts[2]) == 4:
            first.add(int(parts[0]))
            second.add(int(parts[1]))
    if first and max(first) <= 12 < max(second):
        return "mdy"
    if second and max(second) <= 12 < max(first):
        return "dmy"
    return ""


def cycle(value, header: str = "") -> str:
    """A cycle as listed; a bare number with the unit that the column's header names."""
    said, unit = text(value), _UNIT.search(header)
    return f"{said} {unit[0].lower()}" if said.isdigit() and unit else said


@cache
def months(said: str) -> int:
    """The months of a cycle (``3 Years``, ``1-year``, ``Biennial``, ``36m``), 0 for none.

    Its words stand in ``audit_cycles.csv``. A text that names two cycles gives none, nor does one
    of which a word is not known: it may say "up to" or "not".
    """
    text = re.sub(r"(?<=\d)[.,]0+(?!\d)", "", re.sub(r"[(]s[)]", "s", clean(said)))
    plain = re.sub(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)", " ", fold(text))
    for word, meant in _cycle_words():
        plain = word.sub(meant, plain)
    plain = re.sub(r"\b(\d+)\s+(?=\1\b)", "", plain)  # three (3) years
    found = {int(number or months) * int(unit or 1)
             for number, unit, months in re.findall(r"(\d{1,3})\s+u(\d+)|=(\d+)", plain)}
    rest = re.sub(r"\d{1,3}\s+u\d+|=\d+", "", plain).strip()
    return found.pop() if len(found) == 1 and not rest else 0


@cache
def _cycle_words() -> list[tuple[re.Pattern, str]]:
    """Words with what stands in their place, the longest first: 'semi annual' before 'annual'."""
    signs = {"cycle": " =", "number": " ", "unit": " u", "beside": " "}
    rows = sorted(library.records("audit_cycles"), key=lambda row: -len(fold(row["word"])))
    return [(re.compile(rf"(?<!\w){re.escape(fold(row['word']))}(?!\w)"),
             f"{signs[row['kind']]}{row['value']} ") for row in rows]


def unread(what: str, value) -> str:
    """What is wrong with a cycle as listed, blank for a blank and for one that can be read."""
    said = text(value)
    if not fold(said) or fold(said) in placeholders() or months(said):
        return ""
    return f"{what} {said!r} is not a cycle that is known (audit_cycles.csv)"
