"""Wording guard: phrases, retired names and loose figures that the report may not hold.

The phrases stand in ``wording_rules.csv``, names and idioms that are let through in
``allow_list.csv``, former names in ``retired_names.csv``.
"""

import re
import unicodedata
from datetime import date
from functools import cache, partial

import pandas as pd

from conflict_minerals.filing.documents.document import Document, Run, text_of
from conflict_minerals.ground import library
from conflict_minerals.ground.conditions import parse
from conflict_minerals.ground.text import clean
from conflict_minerals.year import setting

COLUMNS = ["document", "place", "claim", "rule", "weight", "phrase", "reason", "fix"]

# Stands where a figure of a claim or a fact of the inputs stood.
MASK = "\u25a1"

_UNITS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred hundreds thousand thousands million millions billion dozen dozens half halves "
    "quarter quarters twice thrice zero"
).split()
_ONES, _TENS = "|".join(_UNITS[:9]), "|".join(unit for unit in _UNITS if unit.endswith("ty"))
_PARTS = "(?:third|fifth|sixth|seventh|eighth|ninth|tenth|pair|couple|score)s?(?= of\\b)"
_WORDS = re.compile(
    rf"\b(?:(?:{_TENS})(?:{_ONES})|(?:{'|'.join(_UNITS)})(?:-(?:{_ONES}))?|{_PARTS})\b", re.I
)
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_DIGITS = re.compile(r"[^\s(\[\"'\u25a1]*\d[^\s)\]\"'\u25a1]*")
_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
_DATE = re.compile(
    rf"\b(?:{_MONTHS})\s+\d{{1,2}}(?:,\s+(?P<a>\d{{4}}))?\b|\b\d{{1,2}}\s+(?:{_MONTHS})"
    rf"(?:\s+(?P<b>\d{{4}}))?\b|\b(?P<c>\d{{4}})-\d{{2}}-\d{{2}}\b"
)
_YEAR = re.compile(r"(?<![\d.,-])(?:19|20)\d{2}(?![\d%]|[.,]\d)")
# Kinds of run that print a name or word of a table.
_NAMES = {"cell", "rows"}
_FORMERLY = re.compile(r"(?:formerly|previously|then|until recently)\b[^.;]{0,30}$", re.I)


def passages(document: Document) -> pd.DataFrame:
    """The sentences of a document: ``document, place, claim, text, free``, table heads too.

    ``place`` is the anchor of the section; ``free`` is the text with everything that was filled
    in (figures, facts, settings, law) put out as ``MASK``: what a template's author typed.
    """
    rows = []
    for block in document.blocks:
        # The words of an auditor, in cells of their own kind, are not the registrant's.
        sentences = [(s.claim, s.runs) for s in block.sentences if not _only_names(s.runs)]
        if block.table:
            sentences += [("", cell) for cell in block.table.head]
            # A name in a cell is the table's own and may be what it likes.
            cells = (cell for row in block.table.rows for cell in row)
            sentences += [("", cell) for cell in cells if not _only_names(cell)]
        for claim, runs in sentences:
            free = "".join(_free(run) for run in runs)
            rows.append((document.name, block.section, claim, text_of(runs), free))
    return pd.DataFrame(rows, columns=["document", "place", "claim", "text", "free"]).astype("str")


def check(passages: pd.DataFrame, *, program: dict, year: int, as_of: date) -> pd.DataFrame:
    """What the guard finds in the report's sentences.

    Args:
        passages: ``document, place, claim, text, free``, as ``passages`` gives them.
        program: the year's ``program.yml``, whose ``audit`` block opens the phrases that need
            an audit.
        year: the reporting year; a year that is neither it nor a neighbour is a loose figure.
        as_of: the review date, which retired names are held against.

    Returns:
        ``document, place, claim, rule, weight, phrase, reason, fix``, in the report's order.
    """
    found = []
    for row in passages.to_dict("records"):
        place = (row["document"], row["place"], row["claim"])
        hits = [*phrases(row["text"], program, place[:2]), *retired(row["text"], as_of)]
        found += [place + hit for hit in [*hits, *loose_figures(row["free"], year=year)]]
    return pd.DataFrame(found, columns=COLUMNS).astype("str")


def gates(findings: pd.DataFrame) -> pd.DataFrame:
    """The refused ones as reasons that keep the gate closed: ``gate, subject, reason``."""
    refused = findings[findings["weight"] == "refuse"]
    subject = refused["claim"].where(refused["claim"] != "", refused["place"])
    reason = "'" + refused["phrase"] + "': " + refused["reason"] + ". " + refused["fix"]
    return pd.DataFrame({
        "gate": ["wording"] * len(refused),
        "subject": subject.to_numpy(),
        "reason": reason.to_numpy(),
    }).astype("str")


def phrases(
    text: str, program: dict | None = None, place: tuple[str, ...] = (),
) -> list[tuple[str, str, str, str, str]]:
    """Phrases of the rule table in a text: ``(rule, weight, phrase, reason, fix)`` each.

    ``place``: the document and the section that it stands in, which some rules are limited to.
    """
    masked = _mask(plain(text), _allowed(("name",)))
    hits, taken = [], []
    for rule, pattern in _rules():
        if rule["unless"] and parse(rule["unless"], "wording_rules.csv", rule["rule"]).holds(
            partial(setting, program or {})
        ):
            continue
        if rule["within"] and not set(rule["within"].split(";")).intersection(place):
            continue
        for match in pattern.finditer(masked):
            if any(a <= match.start() < b for a, b in taken):
                continue  # the more telling rule above has it already
            taken.append(match.span())
            hits.append((rule["rule"], rule["weight"], match.group(), rule["reason"], rule["fix"]))
    return hits


def retired(text: str, as_of: date) -> list[tuple[str, str, str, str, str]]:
    """Names in a text that were no longer borne on ``as_of``."""
    hits, text = [], plain(text)
    for row in _former():
        if as_of < date.fromisoformat(row["retired_on"]):
            continue
        for match in re.finditer(row["pattern"], text, re.I):
            if not _FORMERLY.search(text[: match.start()]):
                reason = f"a name retired by {row['retired_on']} ({row['source']})"
                fix = f"Write {row['now']}"
                hits.append(("retired_name", "refuse", match.group(), reason, fix))
    return hits


def loose_figures(text: str, *, year: int) -> list[tuple[str, str, str, str, str]]:
    """Figures in a text, digits or number words, that no claim and no allowance stands behind."""
    masked = _mask(plain(text), _allowed(("name", "law", "reference", "idiom")))
    years = {str(year + step) for step in (-1, 0, 1)}
    masked = _DATE.sub(lambda m: MASK if _date_year(m) in years | {""} else m.group(), masked)
    masked = _YEAR.sub(lambda m: MASK if m.group() in years else m.group(), masked)
    found = [m.group().strip(".,;:!?") for m in _DIGITS.finditer(masked)]
    found += [m.group() for m in _WORDS.finditer(masked)]
    reason = "a figure that no claim, fact or allow-list entry stands behind"
    fix = "Take the figure from figures.json by its id, or add the name to allow_list.csv"
    return [("loose_figure", "refuse", phrase, reason, fix) for phrase in found]


def plain(text: str) -> str:
    """A text as a reader takes it: one kind of dash and blank, no accents, nothing invisible."""
    text = _DASHES.sub("-", clean(text))
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(text.split())


def _only_names(cell: tuple[Run, ...]) -> bool:
    return all(run.kind in _NAMES for run in cell)


def _free(run: Run) -> str:
    if run.kind == "break":
        return " "
    return MASK if run.kind else run.text


def _date_year(match: re.Match) -> str:
    return match.group("a") or match.group("b") or match.group("c") or ""


def _mask(text: str, patterns: tuple) -> str:
    for pattern in patterns:
        text = pattern.sub(MASK, text)
    return text


@cache
def _former() -> tuple[dict, ...]:
    return tuple(library.table("retired_names").to_dict("records"))


@cache
def _rules() -> tuple:
    rows = library.table("wording_rules").to_dict("records")
    return tuple((row, re.compile(row["pattern"], re.I)) for row in rows)


@cache
def _allowed(kinds: tuple) -> tuple:
    rows = library.table("allow_list")
    rows = rows[rows["kind"].isin(kinds)]
    return tuple(re.compile(pattern, re.I) for pattern in rows["pattern"])
