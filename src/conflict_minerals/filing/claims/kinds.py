"""What kind of sentence stands there: a number, an act, a law, or one of the other kinds.

The kind follows from what the sentence prints and from ``act_verbs.csv``. A template may say one
of the other kinds, ``[#its-name; kind:procedure]`` or, where nothing is claimed,
``[#definition]``; that is refused where the words say that something was done.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from conflict_minerals.filing.claims.guard import MASK, plain
from conflict_minerals.filing.documents.document import OTHER_KINDS, Block, Run
from conflict_minerals.ground import library

# What a sentence of these kinds prints is not the registrant's own telling.
_NOT_TOLD = {"law", "form", "figure", "before", "rows", "cell", "blank", "word", "promise"}
_PRINTED = {"figure": "number", "before": "number", "rows": "number", "law": "law",
            "form": "form", "promise": "intention", "fact": "position", "setting": "position"}
_LABELS = ("labels.", "survey.supplier_word", "survey.suppliers_word", "_short")
# In the column shown_by: a verb that tells of no act, and one of none when others did it.
_STATE, _OTHERS = "state", "others"
# Verbs that say nothing without what was done: 'we conducted no visits' denies.
_LIGHT = ("made", "paid", "held", "conducted", "performed", "carried", "took", "gave")
_NOBODY = re.compile(
    r"(?:^|[,.;:]|\band|\bor)\s*(?:no|none|nobody|neither)\b"
    r"(?:(?!\b(?:but|that|who|which)\b)[^,.;:])*$", re.I)  # fmt: skip
_NONE = re.compile(r"\s+(?:no|none|neither)\b(?!\s+(?:less|fewer|later|doubt))", re.I)


@lru_cache(4096)  # sentences: of each it is asked for its kind, and for what shows its acts
def acts(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The acts that a text says were done: each verb with the tables and files that may show it."""
    said, found = _phrases().sub(MASK, plain(text)), {}
    for who, pattern in _patterns():
        for match in pattern.finditer(said):
            verb = match["verb"].lower()
            of, shown = _verbs().get(verb) or _verbs().get(_stem(verb)) or ("", ())
            if of == _OTHERS:
                of, shown = {"we": ("", ()), "all": ("", shown)}.get(who, (of, shown))
            if who == "in passing" and shown:  # what rows show is a matter of course there
                continue
            bare = not shown or verb in _LIGHT
            if not of and not (bare and _denied(said, match)):
                found.setdefault(verb, shown)
    return tuple(found.items())


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
    # A conclusion may rest on figures that it does not print.
    rests = said != "conclusion" and any(kind == "figure" for kind, _ in named)
    if "number" in printed or rests:
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


def unshown(own: Iterable[Run], named: list[tuple[str, str]], rows: set[str],
            facts: dict[str, str]) -> str:
    """Why an act is not shown, ``""`` when it is.

    ``named`` is the evidence that is sound; ``rows`` the tables that its figures count; ``facts``
    what the year's facts that were done say, by id.
    """
    if ("setting", "audit.document") in named:
        return ""
    there = rows | {reference for kind, reference in named if kind in ("table", "file")}
    done = " ".join(facts.get(reference, "") for kind, reference in named if kind == "fact")
    stems = {_stem(word) for word in re.findall(r"\w+", plain(done).lower())}
    for verb, shown in acts(told(own)):
        if not there.intersection(shown) and _stem(verb.split()[0]) not in stems:
            ways = "a fact of program.yml with done_on that says so (fact:its-id)"
            ways += f" or rows of {', '.join(shown)}" if shown else ""
            return f"'{verb}' says that something was done, which needs {ways}"
    return ""


@cache
def _forms() -> tuple[str, ...]:
    """The forms of the table's verbs, the longest first."""
    every = {form for forms in library.table("act_verbs")["forms"] for form in forms.split(";")}
    return tuple(sorted(every, key=lambda form: (-len(form), form)))


@cache
def _verbs() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Of each verb of the table, by its form and by its stem, what it tells and what may show it.

    It tells of no act (``state``), of none when others did it (``others``), or of one (blank).
    """
    out: dict[str, tuple[str, tuple[str, ...]]] = {}
    for row in library.table("act_verbs").to_dict("records"):
        shown = tuple(part for part in row["shown_by"].split(";") if part)
        of = shown[0] if shown and shown[0] in (_STATE, _OTHERS) else ""
        for form in row["forms"].split(";"):
            for said in (form, _stem(form)):
                out.setdefault(said, (of, shown[1:] if of else shown))
    return out


@cache
def _phrases() -> re.Pattern:
    """States of more than a word, which would otherwise be read as an act."""
    return re.compile("|".join(form for form in _forms()
                               if " " in form and _verbs()[form][0] == _STATE), re.I)  # fmt: skip


@cache
def _patterns() -> tuple[tuple[str, re.Pattern], ...]:
    """How an act is told, with who did it (``act_patterns.csv``)."""
    named = rf"(?P<verb>\b(?:{'|'.join(_forms())})\b)"
    irregular = "|".join(form for form in _forms() if not form.endswith("ed"))
    past = rf"(?P<verb>(?<![\w-])(?:{irregular}|(?:(?:re|cross|double|pre|e)-)?[a-z]+ed)\b)"
    parts, out = {"NAMED": named, "PAST": past}, []
    for row in library.table("act_patterns").to_dict("records"):
        pattern = re.sub(r"<([A-Z_]+)>", lambda part: parts[part[1]], row["pattern"])
        if row["name"].isupper():
            parts[row["name"]] = pattern
        else:
            out.append((row["name"], re.compile(pattern, re.I)))
    return tuple(out)


def _denied(said: str, match: re.Match) -> bool:
    """Whether an act is denied: 'no mine was visited', 'we obtained no audit'."""
    return bool(_NOBODY.search(said[: match.end()]) or _NONE.match(said[match.end("verb"):]))


def _stem(verb: str) -> str:
    bare = re.sub(r"(?:ied|y|ed|ing|e)$", "", verb.lower())
    return re.sub(r"(\w)\1$", r"\1", bare)
