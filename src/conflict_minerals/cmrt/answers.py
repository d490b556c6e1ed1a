"""Answers as suppliers give them, in the vocabulary of ``answers.csv``."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from conflict_minerals.ground import library
from conflict_minerals.ground.versions import covers


@dataclass(frozen=True)
class Reading:
    """An answer as understood: the word of the vocabulary, or blank; ``how`` is one of
    ``blank``, ``plain``, ``translated``, ``short``, ``not_offered`` (a word of the vocabulary that
    the question does not offer) and ``unknown`` (none of them)."""

    answer: str
    how: str


def key(text: str) -> str:
    """An answer's text without case, accents, blanks and punctuation, ``%``, ``<``, ``>`` kept."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(
        c for c in folded if (c.isalnum() or c in "%<>") and not unicodedata.combining(c)
    )


@cache
def _vocabulary() -> dict[str, list[dict[str, str]]]:
    words: dict[str, list[dict[str, str]]] = {}
    for row in library.records("answers"):
        words.setdefault(key(row["text"]), []).append(row)
    return words


@cache
def offered(family: str, version: str, topic: str, metal: str = "") -> tuple[str, ...]:
    """The answers that a question offers in a revision; empty where that is not known."""
    best: tuple[str, ...] = ()
    for row in library.records("offered_answers"):
        if row["topic"] == topic and row["metal"] in ("", metal) and covers(row, family, version):
            best = tuple(row["answers"].split("|"))
    return best


@lru_cache(maxsize=8192)
def read(raw: str, family: str, version: str, topic: str, metal: str = "") -> Reading:
    """What an answer's text means for a question on that topic.

    ``raw`` is the cell as text; the number 1 comes as ``"1"``.
    """
    if not raw:
        return Reading("", "blank")
    found = None
    for row in _vocabulary().get(key(raw), ()):
        topics = row["topics"].split(";") if row["topics"] else []
        if topics and topic and topic not in topics:
            continue
        if not covers(row, family, version):
            continue
        # A line for the very topic speaks before one for all topics.
        if found is None or (topics and not found["topics"]):
            found = row
    if found is None:
        return Reading("", "unknown")
    choices = offered(family, version, topic, metal)
    if choices and found["answer"] not in choices:
        return Reading(found["answer"], "not_offered")
    language = found["language"]
    how = "plain" if language == "English" else "short" if language == "short" else "translated"
    return Reading(found["answer"], how)
