"""Sentences as counsel wants them: ``sentence`` decisions in the place of the templates' own.

A value is plain words with figures by their id, ``{facilities} facilities were named.``; what else
was filled in stands by its kind, ``{setting:survey.due_on}``, ``{fact:policy}``. The value ``none``
leaves the sentence out. It is known by its claim or, where it claims nothing, by ``key``.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from conflict_minerals.filing.claims import guard, kinds
from conflict_minerals.filing.documents.document import Block, Document, Run, Sentence, text_of
from conflict_minerals.filing.documents.words import printed, safe
from conflict_minerals.filing.word import align
from conflict_minerals.ground.errors import InputError
from conflict_minerals.year import DECISIONS_FILE, setting, stands

NONE = "none"
_FILLED = re.compile(r"\{(?:(\w+):)?([\w.-]+)\}")
_SHOWN = {"law": "law", "promise": "promise", "fact": "fact", "setting": "setting",
          "rows": "table"}  # fmt: skip
_SHORT = 8  # letters of a key
_NUMBER = re.compile(r"\d[\d.,]*(?<=\d)%?")
# What need not stand by its name: it is only words.
_LOOSE = ("", "break", "word", "blank", "cell")


def key(document: Document, block: Block, sentence: Sentence) -> str:
    """What a decision calls a sentence: its claim or, from its own words and place, ``s-…``."""
    said = f"{document.name}|{block.section}|{kinds.told(sentence.runs)}"
    return sentence.claim or "s-" + hashlib.sha256(said.encode()).hexdigest()[:_SHORT]


def keys(documents: dict[str, Document]) -> dict[tuple, str]:
    """What a ``sentence`` decision can be about, as ``idle_decisions`` asks for it."""
    return {(key(one, block, sentence),): "" for one in documents.values()
            for block, sentence in one.sentences()}


def documents(
    built: dict[str, Document], decisions: pd.DataFrame, figures: Mapping[str, dict], program: dict
) -> dict[str, Document]:
    """The documents with the sentences that counsel decided on.

    Raises:
        InputError: a value asks for a figure, fact or setting that there is not.
    """
    lines = {about[0]: line for about, line in stands(decisions, "sentence").items()}
    if not lines:
        return built
    return {name: replace(one, blocks=tuple(_blocks(one, lines, figures, program)))
            for name, one in built.items()}


def _blocks(document: Document, lines: dict, figures, program) -> Iterator[Block]:
    for block in document.blocks:
        out = []
        for sentence in block.sentences:
            line = lines.get(key(document, block, sentence))
            if line is None:
                out.append(sentence)
            elif line["value"].casefold() != NONE:
                runs = _runs(line, sentence, figures, program)
                out.append(_carried(document, block, sentence, runs))
        if out or block.table or not block.sentences:
            yield replace(block, sentences=tuple(out))


def _carried(document: Document, block: Block, old: Sentence, runs: tuple[Run, ...]) -> Sentence:
    """The sentence in its new words, on the evidence that it had and on the decision.

    A fact shows what was done; it is kept only where no other act is told than before.
    """
    named = key(document, block, old)
    same = {verb for verb, _ in kinds.acts(text_of(runs))} <= {
        verb for verb, _ in kinds.acts(old.text)}
    shown = [f"{_SHOWN[run.kind]}:{run.ref}" for run in old.runs if run.kind in _SHOWN]
    shown = [one for one in (*old.evidence, *shown) if same or not one.startswith("fact:")]
    other = old.kind or "position"  # of what states neither act nor number nor law
    pieces = [tuple(one.split(":", 1)) for one in shown]
    said = kinds.kind(block, list(runs), list(runs), said=other, named=pieces)
    return replace(
        old, runs=runs, claim=named, kind=other if said == other else "",
        evidence=tuple(dict.fromkeys([*shown, f"decision:sentence|{named}"])),
    )


def _runs(line: dict, old: Sentence, figures, program: dict) -> tuple[Run, ...]:
    value, out, at = safe(line["value"]), [], 0
    for match in _FILLED.finditer(value):
        out += [Run(value[at : match.start()]), _filled(line, match, old, figures, program)]
        at = match.end()
    return tuple(run for run in (*out, Run(value[at:])) if run.text)


def _filled(line: dict, match: re.Match, old: Sentence, figures, program: dict) -> Run:
    kind, ref = match[1] or "figure", match[2]
    text = ""
    if kind == "figure":
        text = (figures.get(ref) or {}).get("text", "")
    else:
        text = _of_program(program, kind, ref)
    text = text or next((run.text for run in old.runs if (run.kind, run.ref) == (kind, ref)), "")
    if not text:
        raise InputError(f"asks for {match[0]}, which there is not", file=DECISIONS_FILE,
                         where=f"id {line['id']}",
                         fix="Take a figure by its id in figures.json, {setting:…} or {fact:…}")
    return Run(safe(text), kind, ref)


def _of_program(program: dict, kind: str, ref: str) -> str:
    if kind == "setting":
        return printed(setting(program, ref))
    facts = program["facts"] if kind == "fact" else []
    return next((printed(fact["text"]) for fact in facts if fact["id"] == ref), "")


def lacking(program: dict, value: str) -> list[str]:
    """Which settings and facts a value asks for that ``program.yml`` leaves blank or out."""
    return [match[0] for match in _FILLED.finditer(value) if match[1] in ("setting", "fact")
            and not _of_program(program, match[1], match[2])]


def wording(sentence: Sentence, span: tuple[int, int], sent: str, after: str) -> str:
    """The value that takes an edit of a sentence, or of the part of it at ``span``.

    ``sent`` is that part as it was sent, whose figures may since have moved; ``after`` as it came
    back. What was filled in and left alone stands by its name.
    """
    start, stop = span
    parts = [(0, start), (stop, len(sentence.text))]
    head, tail = (_named(sentence, part, *[sentence.text[slice(*part)]] * 2) for part in parts)
    return " ".join((head + _named(sentence, span, sent, after) + tail).split()) or NONE


def named(sentence: Sentence | None) -> str:
    """A sentence as it is, as the value of a decision: what was filled in stands by its name."""
    text = sentence.text if sentence else ""
    return wording(sentence, (0, len(text)), text, text) if sentence else ""


def loose_figures(value: str, year: int) -> list[str]:
    """Figures typed into a value, for which the sentence would be refused."""
    return [hit[2] for hit in guard.loose_figures(_FILLED.sub(guard.MASK, value), year=year)]


def places(sentence: Sentence) -> list[tuple[int, int, Run]]:
    """Where in a sentence's text stands what was filled in."""
    out, at = [], 0
    for run in sentence.runs:
        text = text_of([run])
        if run.kind not in _LOOSE:
            out.append((at, at + len(text), run))
        at += len(text)
    return out


def sent_places(sentence: Sentence, span: tuple[int, int], sent: str) -> list[tuple]:
    """The same in the text that was sent, whatever the figures came to then."""
    start, stop = span
    now = sentence.text[start:stop]
    pieces, a, b = [], 0, 0
    for tag, removed, added in align.words(now, sent):
        pieces.append((tag, a, a + len(removed), b, b + len(added)))
        a, b = a + len(removed), b + len(added)

    def at(place: int, end: bool) -> int:
        for tag, a1, a2, b1, b2 in pieces:
            if a1 < place < a2 or place == (a2 if end else a1) and a1 < a2:
                return b1 + place - a1 if tag == "equal" else b2 if end else b1
        return len(sent) if end else 0

    return [(at(s - start, False), at(e - start, True), run) for s, e, run in places(sentence)
            if start <= s and e <= stop]


def _named(sentence: Sentence, span: tuple[int, int], sent: str, after: str) -> str:
    spots = sent_places(sentence, span, sent)
    out, at = [], 0
    for tag, removed, added in align.words(sent, after):
        stop = at + len(removed)
        if tag == "equal":
            here = at
            for s, e, run in spots:
                if here <= s and e <= stop:
                    out += [sent[here:s], _name(run)]
                    here = e
            out.append(sent[here:stop])
        else:
            # Another number in a figure's place is not taken: figures come from their rows.
            kept = [_name(run) for s, e, run in spots
                    if run.kind == "figure" and at <= s and e <= stop]  # fmt: skip
            same = len(kept) == len(_NUMBER.findall(added))
            for name in kept if same else ():
                added = _NUMBER.sub(name, added, count=1)
            out.append(added)
        at = stop
    return "".join(out)


def _name(run: Run) -> str:
    return "{" + (run.ref if run.kind == "figure" else f"{run.kind}:{run.ref}") + "}"
