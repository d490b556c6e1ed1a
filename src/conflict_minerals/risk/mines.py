"""What suppliers write where mines or countries of mines are asked for, read.

What cannot be read as a country stays as it was written: nothing is guessed.
"""

import re
from functools import cache
from typing import NamedTuple

from conflict_minerals.ground import countries, library
from conflict_minerals.ground.text import clean, fold

_STRONG = re.compile(r"[;/|&+\n\r、；／]|\s+(?:and|und|et|y|e|ve)\s+", re.IGNORECASE)
_COMMA = re.compile(r"[,，]")
_BRACKETS = re.compile(r"[(（\[][^)）\]]*[)）\]]")
_CODE = re.compile(r"[A-Z]{3}")
# "0 %" of a country is none of it.
_SHARE = re.compile(r"\b(?!0+(?:[.,]0+)?\s*%)\d+(?:[.,]\d+)?\s*%")
# Marks that part countries, and that stand within the name of a place as well.
_WEAK = re.compile(r"\s*[-–—>→]\s*|(?:^|\s)\d+[.)]\s+|\.\s+")


class Said(NamedTuple):
    """What a cell on mines or their countries says."""

    countries: tuple[str, ...] = ()
    recycled: bool = False
    unread: tuple[str, ...] = ()


@cache
def words() -> dict[str, str]:
    """Words that are no country, folded, to what they mean (``origin_words.csv``)."""
    return {fold(row.word): row.meaning for row in library.table("origin_words").itertuples()}


def said(text: str) -> Said:
    """Countries, recycled or scrap, and words that are neither, in a cell as suppliers fill it.

    Two-letter codes are not taken for countries: "NA" and "No" are hardly ever Namibia and Norway.
    """
    found: list[str] = []
    unread: list[str] = []
    recycled = False
    lines = str(text or "").replace("\t", ";").splitlines()
    raw = "\n".join(clean(line) for line in lines) or clean(text)
    whole = _one(raw)
    pieces = [raw] if whole else [p for part in _STRONG.split(raw) for p in _commas(part)]
    for piece in [finer for rough in pieces for finer in _finer(rough)]:
        meaning = _one(piece)
        if meaning in ("unknown", "programme", "yes", "no"):
            continue
        if meaning == "recycled":
            recycled = True
        elif meaning:
            found.append(meaning)
        elif fold(piece):
            unread.append(clean(piece))
    return Said(tuple(dict.fromkeys(found)), recycled, tuple(dict.fromkeys(unread)))


def _one(piece: str) -> str:
    """Alpha-3 of a country, a meaning of ``origin_words.csv``, or ``""``."""
    piece = clean(piece)
    for text in (piece, _BRACKETS.sub(" ", piece)):
        meaning = words().get(fold(text)) or countries.iso3(text, codes=False)
        if meaning:
            return meaning
    # "COD" is a code; "AND" between two names is not Andorra.
    if _CODE.fullmatch(piece) and piece != "AND":
        return countries.iso3(piece)
    return ""


def _commas(part: str) -> list[str]:
    """Parts at commas, the longest run that is one country kept whole ("Korea, Republic of")."""
    bits = _COMMA.split(part)
    out, i = [], 0
    while i < len(bits):
        for j in range(min(len(bits), i + 3), i, -1):
            joined = ",".join(bits[i:j])
            if j == i + 1 or _one(joined):
                out.append(joined)
                i = j
                break
    return out


def _finer(piece: str) -> list[str]:
    """"Rwanda-Burundi" and "Rwanda 50%" as their countries; "non-DRC" and the like as it is."""
    if _one(piece):
        return [piece]
    parts = [part for part in _WEAK.split(_SHARE.sub(" ", piece)) if fold(part)]
    read = [_one(part) for part in parts]
    known = all(_CODE.fullmatch(meaning) or meaning == "recycled" for meaning in read)
    return parts if parts and known else [piece]


def recycled_of(row_answer: str, mines: Said, mine_countries: Said) -> str:
    """Yes, No or Unknown for one row: its answer on recycled or scrap feed, else what N and O say.

    The template takes "recycled" or "scrap" in place of a mine for an answer of Yes.
    """
    meaning = words().get(fold(row_answer), "")
    if meaning in ("yes", "recycled"):
        return "Yes"
    if meaning == "no":
        return "No"
    return "Yes" if mines.recycled or mine_countries.recycled else "Unknown"
