"""Redline: a report for Word with tracked changes against another year's or an earlier draft's.

Word's 'accept all' gives the new report, 'reject all' the old one. The changes bear the day of
the review, not of the run, and the package is written without a clock, so that two runs give
the same bytes.
"""

import copy
import io
import zipfile
from datetime import date, datetime
from pathlib import Path

from docx import Document as open_docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from helpers.errors import InputError
from helpers.report import align

AUTHOR = "Workbook"
_TEXTS = {qn("w:t"), qn("w:delText")}
_MARKS = {qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:tab"): "\t"}
_GONE = {qn("w:del"), qn("w:moveFrom")}
_EPOCH = (1980, 1, 1, 0, 0, 0)


def redline(old: bytes, new: bytes, *, as_of: date, author: str = AUTHOR) -> bytes:
    """The new ``.docx`` with what changed since the old one as tracked insertions and deletions.

    Body, tables, headers and footers are compared: paragraph by paragraph, then word by word.
    """
    before, after = open_docx(io.BytesIO(old)), open_docx(io.BytesIO(new))
    tracker = _Tracker(author, f"{as_of.isoformat()}T00:00:00Z")
    styles = {style.style_id for style in after.styles}
    for old_part, new_part in zip(_stories(before), _stories(after), strict=False):
        tracker.blocks(old_part, new_part, styles)
    out = io.BytesIO()
    after.save(out)
    return stable_zip(out.getvalue())


def between(old: Path, new: Path, out: Path) -> None:
    """Write the redline of two files; the changes bear the day that the new one says it is of.

    Raises:
        InputError: one of them cannot be read as a ``.docx``; ``out`` is there already.
    """
    if out.exists():
        raise InputError("is there already", file=out.name, fix="Name a new file")
    read = {}
    for path in (old, new):
        try:
            read[path] = path.read_bytes()
            days = open_docx(io.BytesIO(read[path])).core_properties.modified
        except (OSError, PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as error:
            raise InputError("cannot be read as a .docx", file=path.name) from error
    out.write_bytes(redline(read[old], read[new], as_of=(days or datetime(1980, 1, 1)).date()))


def text_of(paragraph) -> str:
    """The text of a ``w:p`` element, line breaks and tabs as characters, deletions left out."""
    return "".join(text for _, _, text in _atoms(paragraph))


def stable_zip(data: bytes) -> bytes:
    """The same archive without the time at which it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for item in source.infolist():
            info = zipfile.ZipInfo(item.filename, _EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(info, source.read(item))
    return out.getvalue()


def _stories(document) -> list:
    """The elements that hold paragraphs: the body, then each section's headers and footers."""
    parts = [document.element.body]
    for section in document.sections:
        for part in (section.header, section.footer, section.first_page_header,
                     section.first_page_footer):
            if not part.is_linked_to_previous:
                parts.append(part._element)
    return parts


def _items(story) -> list:
    return [child for child in story if child.tag in (qn("w:p"), qn("w:tbl"))]


def _rows(table) -> list:
    return [child for child in table if child.tag == qn("w:tr")]


def _cells(row) -> list:
    return [child for child in row if child.tag == qn("w:tc")]


def _key(element) -> str:
    """What an element says, tables told from paragraphs so that only like meets like."""
    if element.tag == qn("w:p"):
        return text_of(element)
    return "\x00table " + " ".join(text_of(p) for p in element.iter(qn("w:p")))


def _row_key(row) -> tuple[str, ...]:
    return tuple(" ".join(text_of(p) for p in cell.iter(qn("w:p"))) for cell in _cells(row))


def _atoms(paragraph) -> list[tuple]:
    """``(run, child, text)`` of what a paragraph prints, in order."""
    atoms = []
    for run in paragraph.iter(qn("w:r")):
        if run.getparent().tag in _GONE:
            continue
        for child in run:
            if child.tag == qn("w:t"):
                atoms.append((run, child, child.text or ""))
            elif child.tag in _MARKS and child.get(qn("w:type")) in (None, "textWrapping"):
                atoms.append((run, child, _MARKS[child.tag]))
    return atoms


class _Tracker:
    """Writes tracked changes into the new document's elements."""

    def __init__(self, author: str, day: str):
        self.author, self.day, self.count = author, day, 0

    def mark(self, tag: str):
        """A ``w:ins`` or ``w:del`` element with a number of its own."""
        self.count += 1
        return OxmlElement(tag, attrs={
            qn("w:id"): str(self.count), qn("w:author"): self.author, qn("w:date"): self.day,
        })

    def blocks(self, old_story, new_story, styles):
        """Compare two stories, writing into the new one."""
        old, new = _items(old_story), _items(new_story)
        last = None  # the last element of the new story that has been passed
        for i, j in align.align([_key(e) for e in old], [_key(e) for e in new]):
            if j is None:
                gone = self._removed(old[i], styles)
                last = _put_after(gone, last, new_story)
            elif i is None:
                self._added(new[j])
                last = new[j]
            else:
                self._changed(old[i], new[j], styles)
                last = new[j]

    def _changed(self, old, new, styles):
        if old.tag != new.tag:
            self._added(new)
            new.addprevious(self._removed(old, styles))
        elif new.tag == qn("w:p"):
            self._words(old, new)
        else:
            self._table(old, new, styles)

    def _table(self, old, new, styles):
        before, after = _rows(old), _rows(new)
        pairs = align.rows([_row_key(r) for r in before], [_row_key(r) for r in after])
        last = None
        for i, j in pairs:
            if i is not None and j is not None and len(_cells(before[i])) == len(_cells(after[j])):
                for one, other in zip(_cells(before[i]), _cells(after[j]), strict=True):
                    self.blocks(one, other, styles)
                last = after[j]
                continue
            if i is not None:
                gone = self._removed_row(before[i], styles)
                last = _put_after(gone, last, new, before=after[0] if after else None)
            if j is not None:
                self._added_row(after[j])
                last = after[j]

    def _words(self, old, new):
        """Marks the words of a paragraph that changed."""
        pieces = align.words(text_of(old), text_of(new))
        if all(tag == "equal" for tag, _, _ in pieces):
            return
        cuts, at = set(), 0
        for _, _, added in pieces:
            at += len(added)
            cuts.add(at)
        runs = _split_runs(new, cuts)
        at = 0
        for tag, removed, added in pieces:
            if tag == "change":
                if removed:
                    self._place_deleted(new, runs, at, removed, bool(added))
                self._wrap([run for start, run in runs if at <= start < at + len(added)])
            at += len(added)

    def _place_deleted(self, paragraph, runs, at, text, replaced):
        following = next((run for start, run in runs if start >= at), None)
        previous = next((run for start, run in reversed(runs) if start < at), None)
        # What was replaced looked like what replaces it; what went, like what stood before it.
        like = following if replaced or previous is None else previous
        deleted = self._deleted(text, like)
        if following is not None:
            following.addprevious(deleted)
        else:
            paragraph.append(deleted)

    def _deleted(self, text, like=None):
        """A ``w:del`` of a text, looking as a neighbouring run looks."""
        deleted = self.mark("w:del")
        for number, line in enumerate(text.split("\n")):
            run = OxmlElement("w:r")
            if like is not None and like.find(qn("w:rPr")) is not None:
                run.append(copy.deepcopy(like.find(qn("w:rPr"))))
            if number:
                run.append(OxmlElement("w:br"))
            for part, piece in enumerate(line.split("\t")):
                if part:
                    run.append(OxmlElement("w:tab"))
                inner = OxmlElement("w:delText")
                inner.text = piece
                inner.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
                run.append(inner)
            deleted.append(run)
        return deleted

    def _wrap(self, runs):
        """Puts runs into insertions, neighbours into one."""
        for run in runs:
            inserted = run.getprevious()
            if inserted is None or inserted.get(qn("w:id")) != str(self.count) or (
                inserted.tag != qn("w:ins")
            ):
                inserted = self.mark("w:ins")
                run.addprevious(inserted)
            inserted.append(run)

    def _added(self, element):
        if element.tag == qn("w:tbl"):
            for row in _rows(element):
                self._added_row(row)
            return
        self._wrap(list(element.iter(qn("w:r"))))
        self._paragraph_mark(element, "w:ins")

    def _added_row(self, row):
        self._row_mark(row, "w:ins")
        for paragraph in row.iter(qn("w:p")):
            self._added(paragraph)

    def _removed(self, element, styles):
        """What an old element looks like in the new document: all of it deleted."""
        gone = copy.deepcopy(element)
        if gone.tag == qn("w:tbl"):
            for row in _rows(gone):
                self._removed_row(row, styles, copied=True)
            return gone
        return self._removed_paragraph(gone, styles)

    def _removed_row(self, row, styles, copied=False):
        gone = row if copied else copy.deepcopy(row)
        self._row_mark(gone, "w:del")
        for paragraph in list(gone.iter(qn("w:p"))):
            self._removed_paragraph(paragraph, styles)
        return gone

    def _removed_paragraph(self, paragraph, styles):
        """Only text and style are kept of it: what it refers to stays in the old document."""
        text, first = text_of(paragraph), next(paragraph.iter(qn("w:r")), None)
        properties = paragraph.find(qn("w:pPr"))
        deleted = self._deleted(text, first) if text else None
        for child in list(paragraph):
            if child is not properties:
                paragraph.remove(child)
        if properties is not None:
            for name in ("w:sectPr", "w:numPr", "w:rPr"):
                for child in properties.findall(qn(name)):
                    properties.remove(child)
            style = properties.find(qn("w:pStyle"))
            if style is not None and style.get(qn("w:val")) not in styles:
                properties.remove(style)
        if deleted is not None:
            paragraph.append(deleted)
        self._paragraph_mark(paragraph, "w:del")
        return paragraph

    def _paragraph_mark(self, paragraph, tag):
        properties = paragraph.get_or_add_pPr()
        inner = properties.find(qn("w:rPr"))
        if inner is None:
            inner = OxmlElement("w:rPr")
            after = [properties.find(qn(n)) for n in ("w:sectPr", "w:pPrChange")]
            following = next((e for e in after if e is not None), None)
            properties.append(inner) if following is None else following.addprevious(inner)
        inner.insert(0, self.mark(tag))

    def _row_mark(self, row, tag):
        properties = row.find(qn("w:trPr"))
        if properties is None:
            properties = OxmlElement("w:trPr")
            place = next((i for i, c in enumerate(row) if c.tag == qn("w:tc")), 0)
            row.insert(place, properties)
        properties.append(self.mark(tag))


def _put_after(element, last, story, before=None):
    if last is not None:
        last.addnext(element)
    elif before is not None:
        before.addprevious(element)
    else:
        first = next(iter(_items(story)), None)
        first.addprevious(element) if first is not None else story.insert(0, element)
    return element


def _split_runs(paragraph, cuts: set[int]) -> list[tuple[int, object]]:
    """Cuts the runs so that each prints one piece: ``(start, run)`` in order."""
    out, at = [], 0
    for run, children in _by_run(paragraph):
        pieces, rest = [], [c for c in run if c.tag != qn("w:rPr")]
        for child in rest:
            text = children.get(child, "")
            for piece in _cut(child, text, at, cuts):
                pieces.append((at, piece))
                at += len(_text(piece)) if text else 0
        properties = run.find(qn("w:rPr"))
        for start, piece in pieces:
            part = OxmlElement("w:r")
            if properties is not None:
                part.append(copy.deepcopy(properties))
            part.append(piece)
            run.addprevious(part)
            out.append((start, part))
        run.getparent().remove(run)
    return out


def _by_run(paragraph) -> list[tuple]:
    runs: dict = {}
    for run in list(paragraph.iter(qn("w:r"))):
        if run.getparent().tag not in _GONE:
            runs[run] = {}
    for run, child, text in _atoms(paragraph):
        runs[run][child] = text
    return list(runs.items())


def _text(child) -> str:
    return child.text or "" if child.tag in _TEXTS else _MARKS.get(child.tag, "")


def _cut(child, text: str, at: int, cuts: set[int]) -> list:
    if child.tag != qn("w:t") or not text:
        return [child]
    places = [0, *sorted(c - at for c in cuts if at < c < at + len(text)), len(text)]
    out = []
    for start, stop in zip(places, places[1:], strict=False):
        piece = OxmlElement("w:t")
        piece.text = text[start:stop]
        piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        out.append(piece)
    return out
