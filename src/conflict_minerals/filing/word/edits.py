"""What changed between a document as it was sent and as it came back, sentence by sentence.

Formatting is no change, nor is where a paragraph ends. Tracked changes are taken as made, struck
text as gone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from docx.opc.constants import RELATIONSHIP_TYPE as PART
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from conflict_minerals.filing.documents.markdown import SHORT
from conflict_minerals.filing.word import align, docxparts
from conflict_minerals.ground.text import clean

BODY, ROW = "body", "row"
_BY = "by"  # set on a paragraph, never saved: who tracked changes in it
# A sentence ends before a capital or a figure; where two paragraphs were joined, without a blank.
_END = re.compile(r"[.!?][\"'\u201d\u2019)]*\s+(?=[\"'\u201c\u2018(\[]*[A-Z\d\[])|"
                  r"(?<=[a-z]{2})[.!?](?=[A-Z][a-z])")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_STRUCK, _HIDDEN = (qn("w:strike"), qn("w:dstrike")), (qn("w:vanish"),)


@dataclass(frozen=True)
class Piece:
    """A sentence of a paragraph, or a table's row.

    ``text`` is what is written, ``kept`` what of it is not struck; ``part`` is ``BODY``, ``ROW``,
    header, footer or note; ``paragraph`` its number; ``comments`` the ids of those that hang on it.
    """

    text: str
    kept: str
    part: str = BODY
    paragraph: int = 0
    hidden: bool = False
    by: str = ""
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edit:
    """One change; ``at`` is the sentence that was sent, or that stood before what was added."""

    change: str  # changed, added, removed, moved, struck, hidden, comment
    part: str
    before: str
    after: str
    by: str
    at: int


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence of a text begins and ends."""
    cuts, at, out = [m.end() for m in _END.finditer(text)
                     if not SHORT.search(text[: m.start()])], 0, []
    for cut in [*cuts, len(text)]:
        if text[at:cut].strip():
            out.append((at, at + len(text[at:cut].rstrip())))
        at = cut
    return out


def pieces(document) -> list[Piece]:
    """What a ``.docx`` says, in order: its body, then headers, footers and notes."""
    out: list[Piece] = []
    for part, story in _stories(document):
        for element in docxparts.items(story):
            number = len(out)
            if element.tag == qn("w:tbl"):
                out += filter(None, map(_row, element.iter(qn("w:tr"))))
            else:
                for paragraph in element.iter(qn("w:p")):  # those in its text boxes too
                    out += _sentences(paragraph, part, number)
    return out


def between(sent, came) -> list[Edit]:
    """Every change, in the order of the document; both as ``docxparts.opened`` gives them."""
    said = {str(one.comment_id): (clean(one.author), clean(one.text)) for one in came.comments}
    _name_authors(came)
    deleted = _deleted(came)
    docxparts.accept(came)
    old, new = pieces(sent), pieces(came)
    pairs = []
    for part in dict.fromkeys(one.part for one in [*old, *new] if one.part != ROW):
        mine = (BODY, ROW) if part == BODY else (part,)
        sides = [[n for n, one in enumerate(every) if one.part in mine] for every in (old, new)]
        found = align.align(*([every[n].text for n in side] for every, side in
                              zip((old, new), sides, strict=True)), likeness=_likeness)
        pairs += [(i if i is None else sides[0][i], j if j is None else sides[1][j])
                  for i, j in found]
    made = list(_edits(old, new, pairs))
    there = {j: i for i, j in pairs if j is not None}
    for j, one in enumerate(new):
        for id in one.comments:
            author, text = said.pop(id, ("", ""))
            made.append(Edit("comment", one.part, one.text, text, author, _before(there, j)))
    made += [Edit("comment", BODY, "", text, author, len(old)) for author, text in said.values()]
    return _joined([
        replace(one, by=";".join(sorted({by for by, text in deleted if text in one.before})))
        if one.change == "removed" else one for one in made])


def _edits(old: list[Piece], new: list[Piece], pairs: list) -> Iterator[Edit]:
    last = -1
    added = []
    for i, j in [*pairs, (None, None)]:
        if added and (i is not None or j is None or _apart(added[-1], new[j])):
            yield Edit("hidden" if any(one.hidden for one in added) else "added", added[0].part, "",
                       " ".join(one.kept for one in added), added[0].by, last)
            added = []
        if i is None:
            added += [new[j]] if j is not None and new[j].kept else []
            continue
        was = old[i]
        last = last if j is None else i
        if j is None:
            yield Edit("removed", was.part, was.text, "", "", i)
        elif was.text != new[j].kept or new[j].hidden:
            now = new[j]
            change = "struck" if now.kept != now.text else "hidden" if now.hidden else "changed"
            yield Edit(change, was.part, was.text, now.kept, now.by, i)


def _apart(one: Piece, other: Piece) -> bool:
    return one.part == ROW or (one.part, one.paragraph) != (other.part, other.paragraph)


def _joined(made: list[Edit]) -> list[Edit]:
    """What went in one place and came in another has moved; a header said twice is one."""
    gone = {one.before: one for one in made if one.change == "removed"}
    moved = {one.after: one for one in made if one.change == "added" and one.after in gone}
    out: dict[Edit, None] = {}
    for one in made:
        if one.change == "added" and one.after in moved:
            continue
        if one.change == "removed" and one.before in moved:
            one = replace(one, change="moved", after=one.before, by=moved[one.before].by)
        key = replace(one, at=0, by="") if one.part not in (BODY, ROW) else one
        out.setdefault(key, one)
    return sorted(out.values(), key=lambda one: one.at)


def _before(there: dict, j: int) -> int:
    """The sent sentence that stands at the place of a new one, or before it."""
    return next((there[n] for n in range(j, -1, -1) if there.get(n) is not None), 0)


def _likeness(one: str, other: str) -> float:
    return 0.0 if (" | " in one) != (" | " in other) else align.alike(one, other)


def _stories(document) -> Iterator[tuple[str, object]]:
    yield BODY, document.element.body
    for story in docxparts.stories(document)[1:]:
        yield ("header" if story.tag == qn("w:hdr") else "footer"), story
    for kind in (PART.FOOTNOTES, PART.ENDNOTES):
        for rel in document.part.rels.values():
            if rel.reltype == kind and not rel.is_external:
                yield from (("note", note) for note in parse_xml(rel.target_part.blob))


def _row(row) -> Piece | None:
    found = [[_kept(p) for p in cell.iter(qn("w:p"))] for cell in docxparts.cells(row)]
    texts, kept = ([clean(" ".join(one[side] for one in cell)) for cell in found]
                   for side in (0, 1))
    if not any(texts):
        return None
    by = ";".join(sorted({p.get(_BY) for p in row.iter(qn("w:p"))} - {None, ""}))
    marks = tuple(id for cell in found for one in cell for id, _ in one[3])
    return Piece(" | ".join(texts), " | ".join(kept) if any(kept) else "", ROW,
                 hidden=any(one[2] for cell in found for one in cell), by=by, comments=marks)


def _sentences(paragraph, part: str, number: int) -> list[Piece]:
    text, struck, hidden, marks = _read(paragraph)
    out, spans = [], sentences(text)
    for start, stop in spans:
        kept = "".join(c for at, c in enumerate(text[start:stop], start) if at not in struck)
        last = stop == spans[-1][1]
        here = tuple(id for id, at in marks if start <= at < stop or last and at >= stop)
        out.append(Piece(clean(text[start:stop]), clean(kept), part, number,
                         any(start <= at < stop for at in hidden), paragraph.get(_BY, ""),
                         comments=here))
    return out


def _kept(paragraph) -> tuple:
    text, struck, hidden, marks = _read(paragraph)
    return text, "".join(c for at, c in enumerate(text) if at not in struck), hidden, marks


def _read(paragraph) -> tuple[str, set[int], set[int], list[tuple[str, int]]]:
    """The text of a paragraph, which of its letters are struck and hidden, and its comments.

    What a field computes, such as a page's number, is left out, and so is what is deleted.
    """
    text, struck, hidden, marks, depth = "", set(), set(), {}, 0
    for element in paragraph.iter(qn("w:r"), qn("w:commentRangeStart"), qn("w:commentReference")):
        if element.tag != qn("w:r"):
            marks.setdefault(element.get(qn("w:id")), len(text))
            continue
        above = [one.tag for one in element.iterancestors()]
        owner = next(element.iterancestors(qn("w:p")))
        if owner is not paragraph or _FALLBACK in above:
            continue
        kinds = [f.get(qn("w:fldCharType")) for f in element.iter(qn("w:fldChar"))]
        depth += kinds.count("begin") - kinds.count("end")
        if depth or kinds or qn("w:fldSimple") in above or qn("w:del") in above:
            continue
        said = "".join(one for _, _, one in docxparts.atoms_of(element)).replace("\n", " ")
        letters = range(len(text), len(text) + len(said))
        struck |= set(letters) if _is_set(element, _STRUCK) else set()
        hidden |= set(letters) if _is_set(element, _HIDDEN) and said.strip() else set()
        text += said
    return text, struck, hidden, list(marks.items())


def _is_set(run, tags) -> bool:
    marks = [one for one in (run.find(qn("w:rPr")) if run.find(qn("w:rPr")) is not None else ())
             if one.tag in tags]  # fmt: skip
    return any(one.get(qn("w:val"), "1") not in ("0", "false", "off", "none") for one in marks)


def _deleted(document) -> list[tuple[str, str]]:
    """What tracked deletions took away: ``(author, words)`` each."""
    marks = document.element.body.iter(qn("w:del"), qn("w:moveFrom"))
    found = [(clean(mark.get(qn("w:author"), "")),
              clean("".join(one.text or "" for one in mark.iter(qn("w:delText"), qn("w:t")))))
             for mark in marks]  # fmt: skip
    return [(by, text) for by, text in found if by and text]


def _authors(element) -> list[str]:
    names = [clean(mark.get(qn("w:author"), "")) for mark in element.iter(*docxparts.TRACKED)]
    return [name for name in names if name]


def _name_authors(document) -> None:
    """Leaves on each paragraph who tracked changes in it, since accepting them takes that away."""
    for story in docxparts.stories(document):
        for paragraph in story.iter(qn("w:p")):
            row = next(paragraph.iterancestors(qn("w:tr")), None)
            marks = row.find(qn("w:trPr")) if row is not None else None
            names = {*_authors(paragraph), *(_authors(marks) if marks is not None else ())}
            if names:
                paragraph.set(_BY, ";".join(sorted(names)))
