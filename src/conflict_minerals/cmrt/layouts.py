"""Where things stand in each family and revision of the templates (``knowledge/layouts``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from conflict_minerals.cmrt.cells import column_number
from conflict_minerals.ground import library, versions

FAMILIES = ("CMRT", "EMRT", "CRT", "AMRT")


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
    minerals: dict[str, tuple[str, ...]]

    def anchors(self) -> dict[str, int]:
        """The row of each question's label."""
        return {question.name: question.row for question in self.questions}


@cache
def known_versions(family: str) -> tuple[str, ...]:
    """The revisions of a family that are known, oldest first."""
    found = [r["version"] for r in library.records("revisions") if r["family"] == family]
    return tuple(sorted(found, key=versions.key))


def is_known(family: str, version: str) -> bool:
    """Whether a revision is one of the known ones, in whichever spelling (4.1 or 4.10)."""
    return versions.key(version) in {versions.key(known) for known in known_versions(family)}


def nearest(family: str, version: str) -> str:
    """The revision itself when it is known, else the one before it, else the oldest; the newest
    where there is none at all."""
    known, key = known_versions(family), versions.key(version)
    if key[0] < 0:
        return known[-1]
    before = [known[0], *(v for v in known if versions.key(v) <= key)]
    return max(before, key=versions.key)


@cache
def _table(family: str) -> dict[tuple[str, str], dict[str, str]]:
    """What stands in each column of a family's table by part and item, blanks filled."""
    out = {}
    for line in library.records(f"layouts/{family}"):
        part, item, last = line.pop("part"), line.pop("item"), "-"
        line.pop("note")
        out[part, item] = {since: (last := place or last) for since, place in line.items()}
    return out


@cache
def anywhere(part: str, item: str) -> tuple[str, ...]:
    """Each place that any family and revision has for an item, for workbooks not yet known."""
    held = [place for family in FAMILIES for place in _table(family).get((part, item), {}).values()]
    places = [one for place in held if place != "-" for one in place.split(";")]
    return tuple(dict.fromkeys(places))


@cache
def topics() -> tuple[str, ...]:
    """What the questions of all families and revisions ask."""
    return tuple(sorted({item for family in FAMILIES for part, item in _table(family)
                         if part in ("question", "company")}))  # fmt: skip


@cache
def layout(family: str, version: str) -> Layout:
    """The layout of a revision; of an unknown one, that of the ``nearest``."""
    version = nearest(family, version)
    table = _table(family)
    known = list(next(iter(table.values())))
    since = [v for v in known if versions.key(v) <= versions.key(version)][-1:] or known[:1]
    parts: dict[str, dict[str, str]] = {}
    for (part, item), places in table.items():
        if places[since[0]] != "-":
            parts.setdefault(part, {})[item] = places[since[0]]
    sheets = {part: items.pop("sheet") for part, items in parts.items() if "sheet" in items}
    rows = {}
    for part, items in parts.items():
        if "rows" in items:
            header, first, last = items.pop("rows").split(";")
            rows[part] = (int(header), int(first), int(last or 0))
    return Layout(
        family=family,
        version=version,
        sheets=sheets,
        fields=parts["field"],
        questions=_questions(parts),
        columns={
            part: {item: column_number(place) for item, place in parts[part].items()}
            for part in ("declaration", *rows) if parts[part]
        },
        rows=rows,
        minerals={k: tuple(v.split(";")) for k, v in parts.get("minerals", {}).items()},
    )  # fmt: skip


def _questions(parts: dict[str, dict[str, str]]) -> tuple[Question, ...]:
    metals = parts["metals"]
    order = metals["order"].split(";") if "order" in metals else ["?"] * int(metals["labels"])
    found = []
    for topic, place in parts.get("question", {}).items():
        name, row = place.split()
        answers = tuple((int(row) + 1 + n, metal) for n, metal in enumerate(order))
        found.append(Question(name, topic, int(row), answers))
    for topic, place in parts.get("company", {}).items():
        name, row, *span = place.split()
        answers = ((int(row), ""),)
        if span:
            first, last = map(int, span[0].split("-"))
            answers = tuple(zip(range(first, last + 1), order, strict=True))
        found.append(Question(name, topic, int(row), answers))
    return tuple(sorted(found, key=lambda question: question.row))
