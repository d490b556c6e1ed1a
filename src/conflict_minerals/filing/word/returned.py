"""Documents that came back edited: what changed, beside the text template that it belongs to.

A document in ``data/raw/<year>/returned/`` is never taken over. Each paragraph that changed is
listed with the template and line behind it, those first in which a figure was touched: a
figure is changed in the rows that it counts, a fact in ``program.yml``, words in the template.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from docx.oxml.ns import qn
from rapidfuzz import fuzz, process

from conflict_minerals.filing.documents.document import Block, Document, Run, text_of
from conflict_minerals.filing.word import align, docxparts
from conflict_minerals.ground.text import clean
from conflict_minerals.year import walk

COLUMNS = [
    "file", "priority", "touches", "change", "document", "section", "template", "line", "claims",
    "refs", "before", "after", "by", "what_to_do",
]  # fmt: skip
# What was touched, the most telling first, and where a change of it belongs.
TOUCHES = ("figure", "typed figure", "filled in", "words", "comment", "file")
_PLACE = {
    "fact": "program.yml, facts",
    "setting": "program.yml",
    "word": "program.yml",
    "promise": "program.yml, promises",
    "law": "wording/law.md",
    "form": "knowledge/filing/form_editions.csv",
    "rows": "the inputs that the table is made from",
}


@dataclass(frozen=True)
class _Unit:
    """A paragraph or a table's row, with the block of the report that it comes from."""

    text: str
    block: Block | None = None
    runs: tuple[Run, ...] = ()
    claims: tuple[str, ...] = ()


def read_folder(
    folder: Path, documents: dict[str, tuple[Document, bytes]], mask: Callable[[str], str] = str
) -> pd.DataFrame:
    """What changed in each document of ``returned/``: the columns of ``COLUMNS``.

    ``documents`` are the report's documents as they stand now, each with its ``.docx``; ``mask``
    withholds personal data in what came back. Files that cannot be read are listed with the
    reason; lock files are passed over.
    """
    frames = []
    files, closed = walk(folder) if folder.is_dir() else ({}, {})
    for name, path in files.items():
        if path.name.startswith(("~$", ".")):
            continue
        try:
            frames.append(read(path.read_bytes(), name, documents, mask))
        except OSError as error:
            closed[name] = error.strerror
    frames += [_frame([_note(name, f"cannot be read: {why}")]) for name, why in closed.items()]
    every = pd.concat(frames) if frames else pd.DataFrame(columns=COLUMNS)
    return every.sort_values(["priority", "file"], kind="stable", ignore_index=True)


def read(
    data: bytes,
    name: str,
    documents: dict[str, tuple[Document, bytes]],
    mask: Callable[[str], str] = str,
) -> pd.DataFrame:
    """What changed in one returned document; its tracked changes are taken as accepted."""
    if not name.lower().endswith(".docx"):
        return _frame([_note(name, "is not a .docx, so it is for a person to read")])
    try:
        came = docxparts.opened(data)
        by, said = _authors(came), _comments(came)
    except ValueError as error:
        return _frame([_note(name, f"cannot be opened as a .docx: {error}")])
    docxparts.accept(came)
    after = units(came)
    document, base = documents[_which(name, after, documents)]
    before = units(docxparts.opened(base))
    known = _placed(before, document)
    rows = []
    for i, j in align.align([u.text for u in before], [u.text for u in after]):
        old = known[i] if i is not None else None
        if old is None or j is None or old.text != after[j].text:
            rows.append(_row(name, document, old, after[j].text if j is not None else "", mask))
    rows += [_comment(name, document, mask(text), author) for author, text in said]
    out = _frame(rows)
    out["by"] = out["by"].where(out["by"] != "", by)
    return out.sort_values("priority", kind="stable", ignore_index=True)


def units(document) -> list[_Unit]:
    """The paragraphs and table rows of a ``.docx`` body that say anything, in order."""
    found = []
    for element in docxparts.items(document.element.body):
        if element.tag == qn("w:p"):
            found.append(clean(docxparts.text_of(element)))
            continue
        for row in element.iter(qn("w:tr")):
            cells = [
                clean(" ".join(docxparts.text_of(p) for p in cell.iter(qn("w:p"))))
                for cell in row.iter(qn("w:tc"))
            ]
            found.append(" | ".join(cells) if any(cells) else "")
    return [_Unit(text) for text in found if text]


def _blocks(document: Document) -> list[_Unit]:
    """The same of the report's own blocks."""
    found = []
    for block in document.blocks:
        if block.sentences:
            runs: list[Run] = []
            for sentence in block.sentences:
                runs += [Run(" ")] * bool(runs) + list(sentence.runs)
            claims = tuple(s.claim for s in block.sentences if s.claim)
            found.append(_Unit(clean(text_of(runs)), block, tuple(runs), claims))
        for cells in (block.table.head, *block.table.rows) if block.table else ():
            runs = []
            for cell in cells:
                runs += [Run(" | ")] * bool(runs) + list(cell)
            claims = tuple(s.claim for s in block.sentences if s.claim)
            found.append(_Unit(clean(text_of(runs)), block, tuple(runs), claims))
    return [unit for unit in found if unit.text]


def _placed(written: list[_Unit], document: Document) -> list[_Unit]:
    """What Word holds, each with the block behind it; a list's number does not keep it from it."""
    blocks = _blocks(document)
    out = list(written)
    for i, j in align.align([u.text for u in written], [u.text for u in blocks]):
        if i is not None and j is not None:
            unit = blocks[j]
            out[i] = _Unit(written[i].text, unit.block, unit.runs, unit.claims)
    return out


def _which(name: str, after: list[_Unit], documents) -> str:
    named = [key for key in documents if key in name]
    if named:
        return max(named, key=len)
    texts = {key: " ".join(u.text for u in _blocks(doc)) for key, (doc, _) in documents.items()}
    said = " ".join(unit.text for unit in after)
    return process.extractOne(said, texts, scorer=fuzz.token_set_ratio)[2]


def _row(name, document, old: _Unit | None, after: str, mask) -> dict:
    before = old.text if old else ""
    refs = _touched(old, after) if old else []
    after = mask(after)
    typed = _typed_figures(before, after)
    if any(kind == "figure" for kind, _ in refs):
        touches = "figure"
    elif typed:
        touches = "typed figure"
    else:
        touches = "filled in" if refs else "words"
    block = old.block if old else None
    return {
        "file": name,
        "touches": touches,
        "change": "changed" if before and after else ("removed" if before else "added"),
        "document": document.name,
        "section": block.section if block else "",
        "template": f"wording/{block.file}" if block and block.file else "",
        "line": str(block.line) if block and block.line else "",
        "claims": ";".join(old.claims) if old else "",
        "refs": ";".join(f"{kind}:{ref}" for kind, ref in refs),
        "before": before,
        "after": after,
        "what_to_do": _advice(touches, refs, block, typed),
    }


def _touched(old: _Unit, after: str) -> list[tuple[str, str]]:
    """What was filled in where the words changed: ``(kind, ref)`` in order, once each."""
    spans, at = [], 0
    printed = text_of(old.runs)
    shift = max(old.text.find(clean(printed)), 0)  # a list's number stands before the words
    for run in old.runs:
        text = text_of([run])
        if run.kind and run.kind not in ("break", "cell", "blank"):
            spans.append((at + shift, at + shift + len(text), run.kind, run.ref))
        at += len(text)
    found, at = {}, 0
    for tag, removed, _ in align.words(old.text, after):
        if tag == "change":
            stop = at + len(removed)
            for start, end, kind, ref in spans:
                # Something put right beside a figure leaves the figure; within it, it does not.
                if (at < end and stop > start) or (start < at < end):
                    found[(kind, ref)] = None
        at += len(removed)
    return list(found)


def _typed_figures(before: str, after: str) -> list[str]:
    added = [a for tag, _, a in align.words(before, after) if tag == "change"]
    removed = " ".join(r for tag, r, _ in align.words(before, after) if tag == "change")
    words = [w.strip(".,;:()") for a in added for w in a.split()]
    return [w for w in words if any(c.isdigit() for c in w) and w not in removed.split()]


def _advice(touches: str, refs, block: Block | None, typed) -> str:
    if touches == "figure":
        ids = ", ".join(ref for kind, ref in refs if kind == "figure")
        return f"A figure follows its rows: look at {ids} in figures.json, not at the text"
    if touches == "typed figure":
        return f"{', '.join(typed)} has no row behind it: take a figure by its id"
    if refs:
        places = [f"{_PLACE.get(kind, kind)} ({ref})" for kind, ref in refs]
        return "Change " + ", ".join(dict.fromkeys(places))
    if block and block.file:
        return f"Change wording/{block.file}, line {block.line}, in the year's own wording/"
    return "Add it to the text template"


def _authors(document) -> str:
    marks = document.element.body.iter(*docxparts.TRACKED)
    names = {clean(mark.get(qn("w:author"), "")) for mark in marks}
    return ";".join(sorted(names - {""}))


def _comments(document) -> list[tuple[str, str]]:
    return [(clean(c.author), clean(c.text)) for c in document.comments]


def _comment(name, document, text, author) -> dict:
    return {"file": name, "touches": "comment", "change": "comment", "document": document.name,
            "after": text, "by": author, "what_to_do": "Answer it"}


def _note(name: str, reason: str) -> dict:
    return {"file": name, "touches": "file", "change": "not read", "after": reason,
            "what_to_do": "Send it back as a .docx or read it by hand"}


def _frame(rows: list[dict]) -> pd.DataFrame:
    blank = dict.fromkeys(COLUMNS, "")
    frame = pd.DataFrame([{**blank, **row} for row in rows], columns=COLUMNS)
    frame["priority"] = [TOUCHES.index(t) + 1 for t in frame["touches"]]
    others = [name for name in COLUMNS if name != "priority"]
    return frame.astype({name: "str" for name in others} | {"priority": "int64"})
