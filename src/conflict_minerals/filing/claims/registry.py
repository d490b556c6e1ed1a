"""The register of claims: what each sentence of the documents rests on, and what lacks.

A sentence is a claim when it prints a figure, a fact, a setting, a promise, a statement about the
law or a word of a table, or says what was done (``claim_words.csv``). What it
prints is its evidence; what else it rests on it names: ``[#survey-sent; file:suppliers.csv]``.
Every sentence, claim or not, is of a kind (``kinds``), and what it rests on has to suit the kind.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import pandas as pd

from conflict_minerals.filing.claims import kinds, papers, proof
from conflict_minerals.filing.documents.document import (
    OTHER_KINDS,
    Block,
    Document,
    Law,
    Run,
    Sentence,
    text_of,
)
from conflict_minerals.filing.documents.words import printed, safe
from conflict_minerals.ground import library, tables
from conflict_minerals.ground.terms import GATE
from conflict_minerals.ground.text import clean
from conflict_minerals.year import setting

# Kinds of run that are evidence, and what the register calls them.
_PRINTED = {"figure": "figure", "fact": "fact", "setting": "setting", "law": "law", "form": "form",
            "promise": "promise", "rows": "table", "before": "figure"}
# A name for something, or a caption, makes no claim of a sentence; all else that is printed does.
_PLAIN = {"", "break", "word", "form", "blank", "cell", "place"}
_OF_ITSELF = ("registrant.", "signer.", "second_signer.", "programme.", "web_address", "as_of",
              "year", "entities.", "audit.", "form.amends")
_OWNER = {"figure": "preparer", "table": "preparer", "file": "preparer", "law": "counsel",
          "form": "counsel", "setting": "preparer", "decision": "preparer"}
# One cause, whatever the number of statements: the branch's own test names it.
UNCONFIRMED = "the statements about the law are not confirmed for this year"


@dataclass(frozen=True)
class Sources:
    """All that evidence may name: the run's tables and figures and the year's inputs."""

    figures: dict[str, dict]
    tables: frozenset[str]
    program: dict
    law: dict[str, Law]
    form: dict[str, str]
    files: dict[str, str]  # file to sha256
    decisions: dict[str, dict] = field(default_factory=dict)  # by kind|key and by id


@dataclass(frozen=True)
class Register:
    """The claims of the documents as tables, and the gates that they close."""

    claims: pd.DataFrame
    figures: pd.DataFrame
    evidence: pd.DataFrame
    gates: pd.DataFrame


def register(documents: dict[str, Document], sources: Sources) -> Register:
    """Every claim of the documents with its evidence; what lacks is a gate of kind ``claim``.

    Returns the tables ``claims``, ``claim_figures`` and ``claim_evidence`` of ``tables.csv``, and
    gates for claims without evidence and for sentences that claim without saying so.
    """
    claims, figures, evidence, gates = [], [], [], []
    done = {fact["id"]: clean(fact["text"]) for fact in sources.program.get("facts") or []
            if fact.get("done_on") or fact.get("on_filing") is True}  # fmt: skip
    for document in documents.values():
        for block, sentence, inherited in _each(document):
            runs = list(_runs(block, sentence))
            # The heads of a table that the program lays out are no telling of the registrant's.
            own = runs if block.table and not block.table.name else list(sentence.runs)
            named = list(dict.fromkeys(_evidence(block, sentence)))
            kind = kinds.kind(block, runs, own, said=sentence.kind or inherited, named=named)
            place = f"{document.name}, wording/{block.file} line {block.line}"
            for why in _unkind(block, sentence, kind):
                gates.append(("claim", place, f"{place}: {why}"))
            if not sentence.claim:
                continue
            found = [_LOOK[kind](ref, sources) if kind in _LOOK else
                     ({}, f"{kind}:{ref} is no kind of evidence") for kind, ref in named]
            missing = [why for _, why in found if why]
            sound = [piece for piece, (_, why) in zip(named, found, strict=True) if not why]
            counted = [ref for kind, ref in sound if kind == "figure"]
            of = {"claim": sentence.claim, "document": document.name}
            row = {
                **of, "section": block.section,
                "text": sentence.text or f"Table {block.table.name}" if block.table
                else sentence.text, "kind": kind,
                "printed": proof.digest(block.table)
                if block.table and sentence is _captions(block)[0] else "",
                "figures": ";".join(counted),
                "evidence": ";".join(f"{k}:{r}" for k, r in named if k != "figure"),
                "missing": ";".join(missing), "file": block.file, "line": block.line,
                "owner": ";".join(dict.fromkeys(_owners(named, found))) or "nobody",
            }  # fmt: skip
            claims.append(row)
            for ref in counted:
                entry = sources.figures[ref]
                figures.append({**entry, **of, "figure": ref})
            for (what, ref), (detail, why) in zip(named, found, strict=True):
                if what != "figure" and not why:
                    evidence.append({**detail, **of, "kind": what, "reference": ref})
            # A blank, and a law that nobody confirmed, close a gate of their own.
            lacking = [why for (what, _), (_, why) in zip(named, found, strict=True)
                       if why and what != "blank" and why != UNCONFIRMED]
            tables_of = {sources.figures[ref]["table"] for ref in counted}
            if not missing:
                lacking += filter(None, [_too_little(kind, runs, own, sound, tables_of, done)])
            for why in lacking:
                reason = f"{place}: {_short(sentence.text or row['text'])!r} lacks evidence: {why}"
                gates.append(("claim", sentence.claim, reason))
    # A year without a fact or a promise has no evidence that bears a date or an owner.
    parts = list(tables.names("claim_evidence"))
    return Register(
        tables.shape(pd.DataFrame(claims), "claims"),
        tables.shape(pd.DataFrame(figures), "claim_figures"),
        tables.shape(pd.DataFrame(evidence, columns=parts), "claim_evidence"),
        pd.DataFrame(gates, columns=GATE).astype("str"),
    )


def _each(document: Document) -> Iterator[tuple[Block, Sentence, str]]:
    """Every sentence with its block and the kind that the items of a list have from its lead."""
    lead = ""
    for block in document.blocks:
        if block.table and not block.sentences:  # what nobody introduces is held against it too
            yield block, Sentence((), kind="form" if block.table.plain else ""), ""
        for sentence in block.sentences:
            yield block, sentence, lead if block.kind == "item" else ""
        if block.kind != "item":
            last = block.sentences[-1] if block.sentences else Sentence(())
            lead = last.kind if last.text.endswith(":") else ""


def _unkind(block: Block, sentence: Sentence, kind: str) -> Iterator[str]:
    """What is wrong with a sentence as a kind: it has none, claims without a name, says another."""
    said = repr(_short(sentence.text or block.kind))
    if block.kind == "heading":
        if kind == "act":
            yield f"the heading {said} says that something was done; say it in a sentence"
    elif not sentence.claim and (kind == "act" or claims_something(block, sentence)):
        yield f"says {said} and names no claim; end it with [#its-name]"
    elif not kind and "[BLANK:" not in sentence.text:  # which closes a gate of its own
        others = ", ".join(f"kind:{one}" for one in OTHER_KINDS)
        how = "its name and one of" if sentence.claim else "one of [#definition], … or a name and"
        yield f"{said} is of no kind: it prints no figure, fact or law; end it with {how} {others}"
    elif sentence.kind and kind != sentence.kind:
        yield f"{said} is called {sentence.kind}, yet it is of kind {kind}; leave the word out"


def _too_little(kind: str, runs, own: list[Run], sound: list, counted: set, done: dict) -> str:
    """Why sound evidence does not carry a sentence of this kind, ``""`` when it does."""
    if kind == "act":
        return kinds.unshown(own, sound, counted, done)
    printed = {run.ref for run in runs if run.kind == "setting"}
    if kind in ("conclusion", "form", "definition") and (sound or kind != "conclusion"):
        return ""
    # That a setting is printed does not show that it is so; of who and when it is the source.
    held = [piece for piece in sound
            if piece[0] != "setting" or piece[1] in printed and piece[1].startswith(_OF_ITSELF)]
    if held:
        return ""
    return "it rests on nothing but a setting" if sound else "nothing is named for it"


def claims_something(block: Block, sentence: Sentence) -> bool:
    """Whether a sentence has to be a claim."""
    if any(run.kind not in _PLAIN for run in _runs(block, sentence)):
        return True
    typed = text_of(tuple(run for run in sentence.runs if run.kind in ("", "break")))
    return any(pattern.search(typed) for pattern in _words())


def _runs(block: Block, sentence: Sentence) -> Iterator[Run]:
    """The runs of a sentence; a table's cells belong to the first sentence of its caption."""
    yield from sentence.runs
    if block.table and (not block.sentences or sentence is _captions(block)[0]):
        for cells in (block.table.head, *block.table.rows):
            for cell in cells:
                yield from cell


def _captions(block: Block) -> list[Sentence]:
    """The caption's claims first, since a caption may say something more after it."""
    return sorted(block.sentences, key=lambda sentence: not sentence.claim)


def _evidence(block: Block, sentence: Sentence) -> Iterator[tuple[str, str]]:
    for run in _runs(block, sentence):
        if run.kind in _PRINTED and not kinds.is_label(run):
            yield _PRINTED[run.kind], run.ref
        elif run.kind == "blank":
            yield "blank", run.ref
    named = sentence.evidence
    if block.table and sentence is _captions(block)[0]:
        named = (*named, *block.table.evidence)
    for entry in named:
        kind, _, reference = entry.partition(":")
        yield kind, reference


def _look_table(ref, sources):
    if ref in sources.tables:
        return {"detail": f"tables/{ref}.csv"}, ""
    # Words of the year's files may be printed as if they were a table's.
    return _look_file(ref, sources) if "." in ref else ({}, f"table {ref} is not there")


def _look_file(ref, sources):
    if ref not in sources.files:
        return {}, f"file {ref} is not among the inputs"
    return {"detail": ref, "sha256": sources.files[ref]}, ""


def _look_fact(ref, sources):
    fact = next((f for f in sources.program.get("facts") or [] if f["id"] == ref), {})
    if not clean(fact.get("text")):
        return {}, f"fact {ref} is blank"
    if not clean(fact.get("owner")):
        return {}, f"fact {ref} has no owner"
    held, why = papers.shown(fact, sources.files)
    why = why or papers.wrong_dates(fact, sources.program["as_of"])
    if why:
        return {}, f"fact {ref}: {why}"
    return {**held, "dated": fact["date"], "owner": fact["owner"]}, ""


def _look_setting(ref, sources):
    value = setting(sources.program, ref)
    if value is None or value == "":
        return {}, f"setting {ref} is blank"
    if ref == "audit.document":
        return papers.shown({"document": value}, sources.files)
    return {"detail": safe(printed(value))}, ""


def _look_promise(ref, sources):
    promise = next((p for p in sources.program.get("promises") or [] if p["id"] == ref), {})
    if not clean(promise.get("text")) or not clean(promise.get("owner")):
        return {}, f"promise {ref} has no text or no owner"
    held, why = {"detail": "program.yml, promises"}, ""
    if promise.get("document") or promise.get("state") != "open":  # what became of it is told
        held, why = papers.shown(promise, sources.files)
    if why:
        return {}, f"promise {ref}: {why}"
    return {**held, "dated": promise.get("due"), "owner": promise["owner"]}, ""


def _look_law(ref, sources):
    law = sources.law.get(ref)
    if law is None:
        return {}, f"law.md has no statement {ref}"
    form = sources.program.get("form") or {}
    if not form.get("law_confirmed_by") or not form.get("law_confirmed_on"):
        return {}, UNCONFIRMED
    return {"detail": law.source, "dated": law.as_of, "owner": form["law_confirmed_by"]}, ""


def _look_form(ref, sources):
    if ref not in sources.form:
        return {}, f"the form's edition has no caption {ref}"
    return {"detail": f"Form SD, edition {sources.program['form']['edition']}"}, ""


def _look_decision(ref, sources):
    made = sources.decisions.get(ref)
    if made is None:
        return {}, f"decision {ref} is not recorded"
    return {"detail": f"{made['id']}: {made['value']}, {made['reason']}",
            "dated": made["decided_on"], "owner": made["decided_by"]}, ""


# What a piece of evidence says, or why it is not there, by its kind.
_LOOK = {
    "figure": lambda ref, sources: (
        {}, "" if ref in sources.figures else f"figure {ref} is not known"),
    "table": _look_table, "file": _look_file, "fact": _look_fact,
    "setting": _look_setting, "promise": _look_promise, "law": _look_law, "form": _look_form,
    "decision": _look_decision,
    "blank": lambda ref, sources: ({}, f"{ref} is blank"),
}  # fmt: skip


def _owners(named, found) -> list[str]:
    """Who answers for it: whoever the evidence names, else the role that the kind falls to."""
    said = [detail["owner"] for detail, why in found if not why and detail.get("owner")]
    return said or [_OWNER[kind] for kind, _ in named if kind in _OWNER]


def _short(text: str) -> str:
    return text if len(text) <= 90 else text[:87].rstrip() + "..."


@cache
def _words() -> tuple[re.Pattern, ...]:
    return tuple(re.compile(p, re.I) for p in library.table("claim_words")["pattern"])
