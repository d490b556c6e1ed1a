"""Revisions of the templates: their one order, and bounds within it."""

from __future__ import annotations

import re
from functools import lru_cache

from conflict_minerals.ground.errors import InputError

_REVISION = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))?(?:\.(\d{1,3}))?(?:\.\d+)*\s*([a-z]?)", re.I)
_BOUND = re.compile(r"\s*(>=|<=|<|>|=)\s*([\w.]+)\s*")
Key = tuple[int, int, int, str]


@lru_cache(maxsize=1000)
def key(version: str) -> Key:
    """A key that orders revisions as decimals: 6.01 < 6.1 = 6.10 < 6.22 < 6.6.1, 2.03 < 2.03a.

    What is no revision comes first.
    """
    match = _REVISION.fullmatch(version.strip())
    if not match:
        return (-1, 0, 0, "")
    major, minor, patch, letter = match.groups()
    return (int(major), int((minor or "0").ljust(4, "0")), int(patch or 0), letter.lower())


def are_bounds(text: str) -> bool:
    """Whether that can be read as bounds: a sign and a revision each, commas between."""
    parts = [_BOUND.fullmatch(part) for part in text.split(",")]
    return all(part and key(part[2])[0] >= 0 for part in parts)


def covers(line: dict, family: str, version: str) -> bool:
    """Whether a table's line holds for a template: ``families`` and ``versions``, blank for all."""
    families = line["families"].split(";") if line["families"] else [family]
    return family in families and within(version, line["versions"])


@lru_cache(maxsize=4000)
def within(version: str, bounds: str) -> bool:
    """Whether a revision lies within bounds such as ``>=3.0,<4.0``; blank bounds hold all.

    A revision that cannot be read is taken for the newest: that is what most people send.

    Raises:
        InputError: bounds that cannot be read, which would hold for everything.
    """
    if bounds and not are_bounds(bounds):
        raise InputError(f"{bounds!r} bounds no revisions", fix="Write them as >=3.0,<6.0")
    this = key(version)
    this = this if this[0] >= 0 else (999, 0, 0, "")
    for sign, bound in _BOUND.findall(bounds):
        other = key(bound)
        holds = {">=": this >= other, "<=": this <= other, "<": this < other, ">": this > other,
                 "=": this == other}  # fmt: skip
        if not holds[sign]:
            return False
    return True
