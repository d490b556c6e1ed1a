"""Documents that came back edited: what changed since they were sent, and what became of it.

A document in ``data/raw/<year>/returned/`` is never taken over. It is held against the version
that was sent, ``returned/sent/``, where one is kept, else against what is printed now. Each change
has an id and stands with its sentence; one that is neither printed by now nor refused by a
decision keeps the year from being ready.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from rapidfuzz import fuzz, process

from conflict_minerals.filing.claims import worded
from conflict_minerals.filing.documents.document import Block, Document, Run, Sentence, text_of
from conflict_minerals.filing.word import align, docxparts, edits, taken
from conflict_minerals.ground.text import clean
from conflict_minerals.year import walk

SENT = "sent"  # below returned/
COLUMNS = [
    "id", "state", "file", "document", "section", "change", "touches", "before", "after", "by",
    "sentence", "wording", "refs", "template", "line", "what_to_do",
]  # fmt: skip
_PLACE = {
    "fact": "program.yml, facts", "setting": "program.yml", "word": "program.yml",
    "promise": "program.yml, promises", "law": "wording/law.md",
    "form": "knowledge/filing/form_editions.csv", "rows": "the inputs behind the table",
}  # fmt: skip


class _Place(NamedTuple):
    """A sentence or row of the document as it is now; ``span``: its part of the sentence.

    Of a row, ``sentence`` is what its cells print, of no claim.
    """

    text: str
    block: Block
    sentence: Sentence
    span: tuple[int, int]


def read_folder(
    folder: Path, documents: dict[str, tuple[Document, bytes]], decisions: pd.DataFrame,
    mask: Callable[[str], str] = str, year: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Every change of the documents in ``returned/``, once: the columns of ``COLUMNS``.

    Changes of the annex's statuses and rows come first, then all in the documents' order.

    Args:
        documents: the year's as they are now, each with its ``.docx``. decisions: the year's.
        mask: withholds personal data in what came back. year: the reporting year, which may be
            typed where another figure has to be taken by its id.
    """
    rows: dict[str, dict] = {}
    files, closed = walk(folder) if folder.is_dir() else ({}, {})
    for name, path in files.items():
        if name.startswith(f"{SENT}/") or path.name.startswith(("~$", ".")):
            continue
        try:
            data, base = path.read_bytes(), folder / SENT / sent_name(path.read_bytes())
            sent = base.read_bytes() if base.is_file() else None
            found = read(data, name, documents, sent, mask, year)
        except OSError as error:
            closed[name] = error.strerror
            continue
        for row in found:
            known = rows.setdefault(row["id"], row)
            for part in ("file", "by") if known is not row else ():
                known[part] = ";".join(dict.fromkeys([*known[part].split(";"), row[part]]))
    for name, why in closed.items():
        row = _note(name, f"cannot be read: {why}")
        rows[row["id"]] = row
    order = sorted(rows.values(), key=lambda row: row["order"])
    for row in order:
        row["state"] = taken.state(row, decisions)
    return pd.DataFrame(order, columns=COLUMNS).astype("str")


def sent_name(data: bytes) -> str:
    """The name below ``returned/sent/`` of the version that a file which came back was made of."""
    return f"{hashlib.sha256(data).hexdigest()[:16]}.docx"


def read(
    data: bytes, name: str, documents: dict[str, tuple[Document, bytes]],
    base: bytes | None = None, mask: Callable[[str], str] = str, year: int = 0,
) -> list[dict]:  # fmt: skip
    """What changed in one returned document since ``base``, else since what is printed now."""
    if not name.lower().endswith(".docx"):
        return [_note(name, "is not a .docx, so it is for a person to read")]
    try:
        came = docxparts.opened(data)
        which = _which(name, [one.text for one in edits.pieces(came)], documents)
        document, now = documents[which]
        sent = docxparts.opened(base or now)
    except ValueError as error:
        return [_note(name, f"cannot be opened as a .docx: {error}")]
    said, places = [one.text for one in edits.pieces(sent)], _places(document)
    here: dict[int, _Place] = {}
    for i, j in align.align(said, [place.text for place in places]):
        if i is not None and j is not None:
            here[i] = places[j]
    printed = {one.text for one in edits.pieces(docxparts.opened(now))}
    rows, ids = [], set()
    for edit in edits.between(sent, came):
        row = _row(edit, here, document, mask, year) | {"file": name, "document": document.name}
        if row["before"] == row["after"] and edit.change == "changed":
            continue  # what differs is masked
        row["id"] = _id(row, ids)
        row["order"] = (row["touches"] not in ("status", "annex row"), list(documents).index(which),
                        edit.at)
        row["printed"] = edit.change not in taken.NEVER_PRINTED and (
            not edit.before or edit.before not in printed) and (
            not edit.after or edit.after in printed)
        rows.append(row)
    return rows


def _id(row: dict, ids: set) -> str:
    """The same change of the same sentence has the same id, whoever made it."""
    said = [row[part] for part in ("document", "change", "before", "after")]
    number = 0
    while True:  # a sentence that stands twice may be changed twice
        made = hashlib.sha256(json.dumps([*said, number]).encode()).hexdigest()[:8]
        if made not in ids:
            ids.add(made)
            return f"R-{made}"
        number += 1


def _places(document: Document) -> list[_Place]:
    """What the document says now, cut as what Word holds is cut."""
    out = []
    for block in document.blocks:
        starts, text = [], ""
        for sentence in block.sentences:
            text += " " * bool(text)
            starts.append(len(text))
            text += sentence.text
        for start, stop in edits.sentences(text):
            number = bisect_right(starts, start) - 1
            whole, at = block.sentences[number], starts[number]
            span = (start - at, min(stop - at, len(whole.text)))
            out.append(_Place(clean(text[start:stop]), block, whole, span))
        for cells in (block.table.head, *block.table.rows) if block.table else ():
            runs = [run for cell in cells for run in (Run(" | "), *cell)][1:]
            text = " | ".join(clean(text_of(cell)) for cell in cells)
            out.append(_Place(text, block, Sentence(tuple(runs)), (0, len(text_of(runs)))))
    return [place for place in out if place.text.strip(" |")]


def _which(name: str, after: list[str], documents) -> str:
    named = [key for key in documents if key in name]
    if named:
        return max(named, key=len)
    texts = {key: " ".join(p.text for p in _places(doc)) for key, (doc, _) in documents.items()}
    return process.extractOne(" ".join(after), texts, scorer=fuzz.token_set_ratio)[2]


def _row(edit: edits.Edit, here: dict[int, _Place], document: Document, mask, year: int) -> dict:
    place = here.get(edit.at) if edit.part in (edits.BODY, edits.ROW) else None
    after = mask(edit.after)
    before = mask(edit.before) if edit.change == "comment" else edit.before
    block, key, spots, value = place.block if place else None, "", [], ""
    if place and edit.part == edits.BODY:
        key = worded.key(document, block, place.sentence)
    if place and edit.before and edit.change not in taken.NEVER_PRINTED:
        spots = worded.sent_places(place.sentence, place.span, edit.before)
        value = worded.wording(place.sentence, place.span, edit.before, after) if key else ""
    elif key and not edit.before:
        value = _added(place, after)
    refs = _touched(edit.before, after, spots)
    value = "" if any(kind == "law" for kind, _ in refs) else value
    loose = worded.loose_figures(value, year)
    value = "" if loose or value == worded.named(place.sentence if place else None) else value
    typed = _typed_figures(edit.before, after) if edit.change != "comment" else []
    touches = _touches(edit, block, refs, typed)
    template = f"wording/{block.file}" if block and block.file else ""
    return {
        "section": block.section if block else edit.part, "change": edit.change,
        "touches": touches, "before": before, "after": after, "by": mask(edit.by),
        "sentence": key, "wording": value, "refs": ";".join(f"{k}:{r}" for k, r in refs),
        "template": template, "line": str(block.line) if block and block.line else "",
        "what_to_do": _advice(touches, refs, loose or not key and typed, value and key, template),
    }  # fmt: skip


def _added(place: _Place, after: str) -> str:
    """New words go to the end of the sentence that they follow, where that is no heading."""
    if place.block.kind not in ("paragraph", "item"):
        return ""
    whole = place.sentence.text
    return f"{worded.wording(place.sentence, (0, len(whole)), whole, whole)} {after}"


def _touched(before: str, after: str, spots: list) -> list[tuple[str, str]]:
    """What was filled in where the words changed: ``(kind, ref)`` in order, once each."""
    found, at = {}, 0
    for tag, removed, _ in align.words(before, after):
        stop = at + len(removed)
        for start, end, run in spots if tag == "change" else ():
            # Something put right beside a figure leaves the figure; within it, it does not.
            if (at < end and stop > start) or (start < at < end):
                found[(run.kind, run.ref)] = None
        at = stop
    return list(found)


def _typed_figures(before: str, after: str) -> list[str]:
    changed = [(r, a) for tag, r, a in align.words(before, after) if tag == "change"]
    removed = " ".join(r for r, _ in changed).split()
    words = [w.strip(".,;:()") for _, a in changed for w in a.split()]
    return [w for w in words if any(c.isdigit() for c in w) and w not in removed]


def _touches(edit: edits.Edit, block: Block | None, refs, typed) -> str:
    if edit.change == "comment":
        return "comment"
    if edit.part not in (edits.BODY, edits.ROW):
        return edit.part
    if block and block.table and block.table.name == "annex_i" and edit.part == edits.ROW:
        return "status" if edit.before and edit.after else "annex row"
    if any(kind == "figure" for kind, _ in refs):
        return "figure"
    return "typed figure" if typed else "filled in" if refs else "words"


def _advice(touches: str, refs, typed, key: str, template: str) -> str:
    if touches in ("status", "annex row"):
        return "A status follows its list: answer it there, or by a decision on the facility"
    if touches == "figure":
        ids = ", ".join(ref for kind, ref in refs if kind == "figure")
        rest = f"; the other words, with the figure as it is, can be taken as the sentence {key}"
        return (f"A figure comes from its rows ({ids} in figures.json) and is not taken from Word: "
                f"refuse it with a reason, or correct the input{rest if key else ''}")
    if any(kind == "law" for kind, _ in refs):
        ids = ", ".join(ref for kind, ref in refs if kind == "law")
        return (f"What is said of the law stands once, with its source, in wording/law.md ({ids}): "
                "change it in the year's own copy and confirm it anew in program.yml "
                "(form.law_confirmed_on), or refuse it with a reason")
    if typed:
        return (f"{', '.join(typed)} has no row behind it and would be refused: say it without, "
                "take a figure by its id ({its_id}), or refuse it with a reason")
    if refs:
        places = [f"{_PLACE.get(kind, kind)} ({ref})" for kind, ref in refs]
        return "Change " + ", ".join(dict.fromkeys(places))
    if key:
        return f"Take it: it becomes the sentence {key}"
    return {"comment": "Answer it", "header": "It follows the sign-off", "note": "Answer it"}.get(
        touches, f"Change {template}" if template else "Answer it")  # fmt: skip


def _note(name: str, reason: str) -> dict:
    row = dict.fromkeys(COLUMNS, "") | {
        "file": name, "touches": "file", "change": "not read", "after": reason,
        "what_to_do": "Send it back as a .docx, or read it by hand and answer it",
    }  # fmt: skip
    return row | {"id": _id(row | {"document": name}, set()), "printed": False,
                  "order": (True, 99, 0)}
