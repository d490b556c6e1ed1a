"""The documents that facts rest on: files in the year's ``evidence/``, or kept elsewhere in full.

A fact that says that something was done says when (``done_on``); what shows it bears a day not
before that and, unless the fact becomes true on filing, not after the review date.
"""

import hashlib
import re
from datetime import date

from conflict_minerals.filing.claims import kinds
from conflict_minerals.ground.text import clean

FOLDER = "evidence/"
_ELSEWHERE = ("system", "reference", "seen_by", "seen_on")
_NOTHING = re.compile(
    r"(?:tb[acd]|todo|n\.?/?a\.?|none|nobody|unknown|pending|to (?:be )?\w+|[-?.x]+)", re.I)
# What says where it is held, and only points: 'see email', 'on file', seen by 'the team'.
_POINTS = re.compile(
    r"(?:(?:see|ask|on|per|as|with|at|in)\s[^\d]+|various|misc\w*|internal\w*|e-?mails?|files?|me|us|"
    r"(?:the )?team|some(?:one|body)|any(?:one|body)|yes|ok)", re.I)  # fmt: skip
_EMPTY = {hashlib.sha256(blank).hexdigest() for blank in (b"", b" ", b"\n", b"\r\n")}


def shown(item: dict, files: dict[str, str]) -> tuple[dict, str]:
    """Where the document of a fact or a promise lies, or why there is none.

    Args:
        item: an item of ``facts`` or ``promises``. files: the year's inputs, each with its sha256.

    Returns:
        ``{"detail", "sha256"}`` (no hash for what is held elsewhere) and what lacks, ``""`` if
        nothing does.
    """
    elsewhere = item.get("held_elsewhere") or {}
    given = [part for part in _ELSEWHERE if elsewhere.get(part)]
    name = clean(item.get("document")).removeprefix(FOLDER)
    if not name and given:
        lacks = [part for part in _ELSEWHERE if part not in given or _is_nothing(elsewhere[part])
                 or _POINTS.fullmatch(clean(elsewhere[part]))]
        if lacks:
            return {}, f"its held_elsewhere does not say {', '.join(lacks)}"
        return {"detail": "held in {system}, {reference}; seen by {seen_by} on {seen_on}".format(
            **elsewhere)}, ""  # fmt: skip
    if not name or _is_nothing(name):
        said = f"{name!r} is no document" if name else "it names no document"
        return {}, f"{said}: lay one into evidence/, or say under held_elsewhere where it is"
    if FOLDER + name not in files:
        return {}, f"there is no file {FOLDER}{name}: lay it there, or fill in held_elsewhere"
    if files[FOLDER + name] in _EMPTY:
        return {}, f"{FOLDER}{name} is empty"
    return {"detail": FOLDER + name, "sha256": files[FOLDER + name]}, ""


def wrong_dates(fact: dict, as_of: date) -> str:
    """What is wrong with the days of a fact, ``""`` if nothing is."""
    dated, done = fact.get("date"), fact.get("done_on")
    seen = (fact.get("held_elsewhere") or {}).get("seen_on")
    later = fact.get("on_filing") is True
    if not dated:
        return "it has no date"
    if not done and not later and kinds.acts(clean(fact.get("text"))):
        return "it says that something was done and not when: fill in done_on"
    if done and dated < done:
        return f"its document is of {dated}, before {done}, when it was done"
    if seen and seen < dated:
        return f"it was seen on {seen}, before {dated}, the day that it bears"
    for day, what in ((dated, "document is of"), (done, "done_on is"), (seen, "seen_on is")):
        if day and day > as_of and not later:
            return f"its {what} {day}, after the review of {as_of}"
    return ""


def _is_nothing(value) -> bool:
    return bool(_NOTHING.fullmatch(clean(value).rsplit(".", 1)[0] or "-"))
