"""What kind of sentence stands there: a number, an act, a law, or one of the other kinds.

The kind follows from what the sentence prints and from ``act_verbs.csv``. A template may say one
of the other kinds, ``[#its-name; kind:procedure]`` or, where nothing is claimed,
``[#definition]``; that is refused where the words say that something was done.
"""

import re
from collections.abc import Iterable
from functools import cache

from conflict_minerals.filing.claims.guard import MASK, plain
from conflict_minerals.filing.documents.document import OTHER_KINDS, Block, Run
from conflict_minerals.ground import library

# What a sentence of these kinds prints is not the registrant's own telling.
_NOT_TOLD = {"law", "form", "figure", "before", "rows", "cell", "blank", "word", "promise"}
_PRINTED = {"figure": "number", "before": "number", "rows": "number", "law": "law",
            "form": "form", "promise": "intention", "fact": "position", "setting": "position"}
_LABELS = ("labels.", "survey.supplier_word", "survey.suppliers_word", "_short")
_AUX = "was|were|been|have|has|had|having"
_WHO = (
    r"we|they|who|it|he|she|(?:our|the|its|an?|each|every)\s+(?:[\w-]+\s+){0,2}"
    r"(?!(?:of|for|by|be|is|are|not|never|no)\b)[\w-]+|management|counsel|purchasing|legal|"
    "employees|staff|buyers|engineers|executives|directors|officers"
)
_NOT_DONE = r"(?<!\bbe )(?<!\bis )(?<!\bare )(?<!\bnot )(?<!\bof )(?<!\bthe )(?<!\bby )"
_HOW = r"(?:(?:\w+ly|also|then|all|both|each|since|therefore|first|again)\s+){0,3}"
_WHAT = (
    "the|an?|every|each|all|our|its|their|his|her|any|some|both|this|these|those|whether|with|"
    f"through|out|at|to|on|in person|{MASK}|\\w+ers\\b|\\w+ies\\b"
)


def acts(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The acts that a text says were done: each verb with the tables and files that may show it."""
    said = plain(text)
    return [(match.group("verb"), shown) for pattern, shown in _verbs()
            for match in [pattern.search(said)] if match]  # fmt: skip


def told(runs: Iterable[Run]) -> str:
    """What a sentence says in words of the registrant's own: figures, law and names masked."""
    return "".join(
        " " if run.kind == "break" else MASK if run.kind in _NOT_TOLD else run.text for run in runs
    )


def kind(
    block: Block, runs: list[Run], own: list[Run], *, said: str, named: list[tuple[str, str]]
) -> str:
    """The kind of a sentence, ``""`` when nothing gives it one.

    Args:
        runs: all that it prints, for a caption the cells of its table too; ``own``: its words.
        said: the kind that the template says; ``named``: its evidence as (kind, reference).
    """
    if acts(told(own)):
        return "act"
    printed = {_PRINTED.get(run.kind, "") for run in runs if not is_label(run)}
    if "number" in printed or any(kind == "figure" for kind, _ in named):
        return "number"
    if "law" in printed:
        return "law"
    if said in OTHER_KINDS:
        return said
    if block.table and block.table.plain:
        return "form"
    return next((kind for kind in ("intention", "position", "form") if kind in printed), "")


def is_label(run: Run) -> bool:
    """A setting that only names things."""
    return run.kind == "setting" and any(part in run.ref for part in _LABELS)


def unshown(own: Iterable[Run], named: list[tuple[str, str]], rows: set[str]) -> str:
    """Why an act is not shown, ``""`` when it is.

    ``named`` is the evidence that is sound; ``rows`` the tables that its figures count.
    """
    if any(kind == "fact" or reference == "audit.document" for kind, reference in named):
        return ""
    there = rows | {reference for kind, reference in named if kind in ("table", "file")}
    for verb, shown in acts(told(own)):
        if not there.intersection(shown):
            ways = "a fact of program.yml with done_on (fact:its-id)"
            ways += f" or rows of {', '.join(shown)}" if shown else ""
            return f"'{verb}' says that something was done, which needs {ways}"
    return ""


@cache
def _verbs() -> tuple[tuple[re.Pattern, tuple[str, ...]], ...]:
    out = []
    for row in library.table("act_verbs").to_dict("records"):
        shown = tuple(part for part in row["shown_by"].split(";") if part)
        verb = rf"\b(?:{'|'.join(row['forms'].split(';'))})\b"
        who, what = rf"\b(?:{_AUX}|{_WHO})\s+{_HOW}", rf"\s+(?:{_WHAT})(?=\W|$)"
        for pattern in (f"{who}(?P<verb>{verb})", f"{_NOT_DONE}(?P<verb>{verb}){what}"):
            out.append((re.compile(pattern, re.I), shown))
    return tuple(out)
