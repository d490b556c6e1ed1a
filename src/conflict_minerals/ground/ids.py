"""Smelter ids as people type them.

``CID`` and six digits since revision 3.0 of the template; before, a digit for the metal, a
country code and three digits (``1JPN072``), here called old ids.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category, decimal, normalize

from conflict_minerals.ground.text import clean

_CURRENT = re.compile(r"(?<![A-Z])CID(?: ?NO)?[\W_]*((?:\d[\s\-.]?){6})(?!\d)")
# "CID000001, 000002": the second is an id too.
_MORE = re.compile(r"CID[\s\-_.:#~]*\d{6}((?:\s*[,;/&+]\s*\d{6}(?!\d))+)")
_OLD = re.compile(r"(?<![A-Z0-9])([1-4][\s\-]?[A-Z]{3}[\s\-]?\d{3})(?!\d)")
# Signs drawn as a dash that are none: minus, bullet, vowel sign and lines.
_DASHES = "−⁃ー─━"
_OLD_WHOLE = re.compile(r"[1-4][A-Z]{3}\d{3}")
_BARE = re.compile(r"0*\d{1,6}")
_NO_ID = {"", "0", "NA", "NONE", "UNKNOWN", "NOTAVAILABLE", "NOTAPPLICABLE", "NOTLISTED", "TBD",
          "NIL", "NULL", "XXX", "ENTERSMELTERDETAILS", "SMELTERNOTLISTED", "NOTYETIDENTIFIED",
          "SMELTERNOTYETIDENTIFIED", "PENDING"}


class Id(NamedTuple):
    """What a cell gives: ``kind`` is current, bare, old, several, other or blank."""

    value: str
    kind: str


def plain(cell: str) -> str:
    """A cell in capitals, with every script's digits and every dash as ASCII has them."""
    text = normalize("NFKC", clean(cell)).upper()
    if text.isascii():
        return text
    return "".join("-" if category(c) == "Pd" or c in _DASHES else str(decimal(c, c)) for c in text)


@lru_cache(maxsize=200_000)
def read(cell: str) -> Id:
    """The id of a cell: blanks, dashes, digits, width and case folded, text around left out.

    ``bare`` is a number without ``CID``, filled up to six digits: it needs a name to
    confirm it. ``several`` names more than one id, ``other`` none that RMI gives.
    """
    text = plain(cell)
    if re.sub(r"[^A-Z0-9]", "", text) in _NO_ID:
        return Id("", "blank")
    more = [number for said in _MORE.findall(text) for number in re.findall(r"\d{6}", said)]
    found = {"CID" + re.sub(r"\D", "", digits) for digits in [*_CURRENT.findall(text), *more]}
    old = set() if found else {re.sub(r"[\s\-]", "", word) for word in _OLD.findall(text)}
    found |= old
    if len(found) > 1:
        return Id(";".join(sorted(found)), "several")
    if found:
        return Id(found.pop(), "old" if old else "current")
    if _BARE.fullmatch(re.sub(r"\s", "", text)):
        return Id("CID" + re.sub(r"\s", "", text)[-6:].zfill(6), "bare")
    return Id(re.sub(r"\s+", " ", text)[:60], "other")


# Letters of other scripts that look like those of an id.
_ALIKE = str.maketrans("СІӀΙԀОΟЅВΒНΗЕΕКΚМΜРΡТΤХΧАΑΝΖΣᏟꓚⲤᎠꓓꓲՕⲞՏЗӠБ",
                       "CIIIDOOSBBHHEEKKMMPPTTXXAANZCCCCDDIOOS336")
_MISTYPED = str.maketrans("OQILSB", "001158")
_LIKE_CURRENT = re.compile(r"C[I1L]D[\s\-_.:#]*([0-9OQILSB]{1,6})")


def meant(cell: str) -> str:
    """The id that a cell may mean by a look-alike letter or without its zeros, ``""`` for none.

    It proves nothing: it contradicts a name, and is suggested.
    """
    found = read(cell)
    if found.kind != "other":
        return ""
    alike = found.value.translate(_ALIKE)
    if alike != found.value and read(alike).kind in ("current", "old"):
        return read(alike).value
    like = _LIKE_CURRENT.fullmatch(alike)
    return f"CID{like[1].translate(_MISTYPED).zfill(6)}" if like else ""


def is_old(smelter_id: str) -> bool:
    """Whether the id has the form that ended with revision 2 of the template."""
    return bool(_OLD_WHOLE.fullmatch(smelter_id))
