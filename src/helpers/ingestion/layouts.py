"""Where things stand in each family and revision of the templates (``knowledge/layouts.csv``)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from helpers import knowledge
from helpers.ingestion.cells import column_number

_VERSION = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))?(?:\.(\d{1,3}))?([a-z])?", re.I)
Key = tuple[int, int, int, str]


def version_key(version: str) -> Key:
    """A key that orders revisions as decimals: 6.01 < 6.1 = 6.10 < 6.22 < 6.6.1, 2.03 < 2.03a.

    What is no revision comes first.
    """
    match = _VERSION.fullmatch(version.strip())
    if not match:
        return (-1, 0, 0, "")
    major, minor, patch, letter = match.groups()
    return (int(major), int((minor or "0").ljust(4, "0")), int(patch or 0), (letter or "").lower())


def within(version: str, since: str, until: str) -> bool:
    """Whether a revision lies between two others, both included; letters and patches aside."""
    key = version_key(version)[:2]
    return (not since or key >= version_key(since)[:2]) and (
        not until or key <= version_key(until)[:2]
    )


@dataclass(frozen=True)
class Question:
    """A question: its number or letter, topic, row of its label, and the rows of its answers.

    ``answers`` holds ``(row, metal)``; the metal is blank for a company question and ``?`` where
    it must be read from the label beside the answer.
    """

    name: str
    topic: str
    row: int
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Layout:
    """Positions in one revision of one family; rows and columns count from 1."""

    family: str
    version: str
    sheets: dict[str, str]
    fields: dict[str, str]
    questions: tuple[Question, ...]
    columns: dict[str, dict[str, int]]
    rows: dict[str, tuple[int, int, int]]
    minerals: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def anchors(self) -> dict[str, int]:
        """The row of each question's label."""
        return {question.name: question.row for question in self.questions}


@cache
def known_versions(family: str) -> tuple[str, ...]:
    """The revisions of a family that are known, oldest first."""
    found = [r["version"] for r in knowledge.records("revisions") if r["family"] == family]
    return tuple(sorted(found, key=version_key))


def is_known(family: str, version: str) -> bool:
    """Whether a revision is one of the known ones, in whichever spelling (4.1 or 4.10)."""
    return version_key(version) in {version_key(known) for known in known_versions(family)}


def nearest(family: str, version: str) -> str:
    """The revision itself when it is known, else the one before it, else the oldest; the newest
    where there is none at all."""
    known, key = known_versions(family), version_key(version)
    if key[0] < 0:
        return known[-1]
    return max((v for v in known if version_key(v) <= key), key=version_key, default=known[0])


@cache
def layout(family: str, version: str) -> Layout:
    """The layout of a revision; of an unknown one, that of the ``nearest``."""
    version = nearest(family, version)
    lines = [
        line
        for line in knowledge.records("layouts")
        if line["family"] == family and within(version, line["since"], line["until"])
    ]
    parts: dict[str, dict[str, str]] = {}
    for line in lines:
        parts.setdefault(line["part"], {})[line["item"]] = line["place"]
    columns: dict[str, dict[str, int]] = {}
    for item, place in parts.get("column", {}).items():
        sheet, _, name = item.partition(".")
        columns.setdefault(sheet, {})[name] = column_number(place)
    rows = {}
    for item, place in parts.get("rows", {}).items():
        header, first, last = (place.split(";") + ["", ""])[:3]
        rows[item] = (int(header), int(first), int(last or 0))
    return Layout(
        family=family,
        version=version,
        sheets=parts.get("sheet", {}),
        fields=parts.get("field", {}),
        questions=tuple(_questions(family, version, parts)),
        columns=columns,
        rows=rows,
        minerals={k: tuple(v.split(";")) for k, v in parts.get("minerals", {}).items()},
    )


def _questions(family: str, version: str, parts: dict[str, dict[str, str]]):
    topics = {
        line["question"]: line["topic"]
        for line in knowledge.records("questions")
        if line["family"] == family and within(version, line["since"], line["until"])
    }
    metals = parts.get("metals", {})
    order = metals["order"].split(";") if "order" in metals else ["?"] * int(metals["labels"])
    for name, place in parts.get("question", {}).items():
        row = int(place)
        answers = tuple((row + 1 + n, metal) for n, metal in enumerate(order))
        yield Question(name, topics.get(name, ""), row, answers)
    for name, place in parts.get("company", {}).items():
        row, answers = int(place), ((int(place), ""),)
        span = parts.get("company_metals", {}).get(name)
        if span:
            first, last = (int(part) for part in span.split("-"))
            names = order if order[0] != "?" else ["?"] * (last - first + 1)
            answers = tuple(zip(range(first, last + 1), names, strict=False))
        yield Question(name, topics.get(name, ""), row, answers)
