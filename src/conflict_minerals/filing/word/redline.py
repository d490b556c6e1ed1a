"""Redline: a report for Word with tracked changes against another year's or an earlier draft's.

Word's 'accept all' gives the new report, 'reject all' the old one. The changes bear the day of
the review, not of the run, and the package is written without a clock, so that two runs give
the same bytes.
"""

import copy
import io
from datetime import date, datetime
from pathlib import Path

from docx import Document as new_docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from lxml import html

from conflict_minerals.filing.word import align, docxparts
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean

_AUTHOR = "Workbook"
_PARAGRAPHS = ("p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6")


def redline(old: bytes, new: bytes, *, as_of: date) -> bytes:
    """The new ``.docx`` with what changed since the old one as tracked insertions and deletions.

    Body, tables, headers and footers are compared: paragraph by paragraph, then word by word.
    Changes that either tracks already are taken as accepted.
    """
    before, after = docxparts.opened(old), docxparts.opened(new)
    for document in (before, after):
        docxparts.accept(document)
    tracker = _Tracker(f"{as_of.isoformat()}T00:00:00Z")
    styles = {style.style_id for style in after.styles}
    pairs = zip(docxparts.stories(before), docxparts.stories(after), strict=False)
    for old_story, new_story in pairs:
        tracker.blocks(old_story, new_story, styles)
    out = io.BytesIO()
    after.save(out)
    return docxparts.stable_zip(out.getvalue())


def between(old: Path, new: Path, out: Path) -> None:
    """Write the redline of two files; the changes bear the day that the new one says it is of.

    Raises:
        InputError: one of them cannot be read as a ``.docx``; ``out`` is there already.
    """
    if out.exists():
        raise InputError("is there already", file=out.name, fix="Name a new file")
    read = {}
    for path in (old, new):
        if not path.is_file():
            raise InputError("no such file", file=path.name)
        try:
            read[path] = path.read_bytes()
            days = docxparts.opened(read[path]).core_properties.modified
        except (OSError, ValueError) as error:
            raise InputError(f"cannot be read as a .docx: {error}", file=path.name) from error
    out.write_bytes(redline(read[old], read[new], as_of=(days or datetime(1980, 1, 1)).date()))


def of_page(page: bytes) -> bytes:
    """A page for EDGAR as a plain ``.docx`` of paragraphs and tables, to be compared with ours."""
    docx = new_docx()
    body = html.document_fromstring(page.decode("utf-8", errors="replace")).find("body")
    for element in body.iter() if body is not None else ():
        within = any(one.tag == "table" for one in element.iterancestors())
        if element.tag == "table" and not within:
            lines = [[clean(cell.text_content()) for cell in row.iter("td", "th")]
                     for row in element.iter("tr")]
            table = docx.add_table(rows=0, cols=max(map(len, lines), default=1))
            for line in lines:
                for cell, text in zip(table.add_row().cells, line, strict=False):
                    cell.text = text
        elif element.tag in _PARAGRAPHS and not within and not _has_blocks(element):
            text = clean(element.text_content())
            if text:
                docx.add_paragraph(text)
    out = io.BytesIO()
    docx.save(out)
    return docxparts.stable_zip(out.getvalue())


def _has_blocks(element) -> bool:
    return any(one.tag in (*_PARAGRAPHS, "table") for one in element.iterdescendants())


def _key(element) -> str:
    """What an element says, tables told from paragraphs so that only like meets like."""
    if element.tag == qn("w:p"):
        return docxparts.text_of(element)
    return "\x00table " + " ".join(docxparts.text_of(p) for p in element.iter(qn("w:p")))


def _row_key(row) -> tuple[str, ...]:
    return tuple(
        " ".join(docxparts.text_of(p) for p in cell.iter(qn("w:p")))
        for cell in docxparts.cells(row)
    )


class _Tracker:
    """Writes tracked changes into the new document's elements."""

    def __init__(self, day: str):
        self.day, self.count = day, 0

    def mark(self, tag: str):
        """A ``w:ins`` or ``w:del`` element with a number of its own."""
        self.count += 1
        return OxmlElement(tag, attrs={
            qn("w:id"): str(self.count), qn("w:author"): _AUTHOR, qn("w:date"): self.day,
        })

    def blocks(self, old_story, new_story, styles):
        """Compare two stories, writing into the new one."""
        old, new = docxparts.items(old_story), docxparts.items(new_story)
        pairs = []
        if new_story.tag == qn("w:tc") and old and new and old[-1].tag == new[-1].tag:
            # Word cannot take the last paragraph of a cell away, so it changes word by word.
            pairs = [(len(old) - 1, len(new) - 1)]
        last = None  # the last element of the new story that has been passed
        keys = [[_key(e) for e in every[: len(every) - len(pairs)]] for every in (old, new)]
        for i, j in align.align(*keys) + pairs:
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
        before, after = docxparts.rows(old), docxparts.rows(new)
        pairs = align.rows([_row_key(r) for r in before], [_row_key(r) for r in after])
        last = None
        for i, j in pairs:
            cells = [] if i is None else docxparts.cells(before[i])
            others = [] if j is None else docxparts.cells(after[j])
            if i is not None and j is not None and len(cells) == len(others):
                for one, other in zip(cells, others, strict=True):
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
        pieces = align.changes(docxparts.text_of(old), docxparts.text_of(new))
        if all(tag == "equal" for tag, _, _ in pieces):
            return
        cuts, at = set(), 0
        for _, _, added in pieces:
            at += len(added)
            cuts.add(at)
        runs = docxparts.split_runs(new, cuts)
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
            for row in docxparts.rows(element):
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
            for row in docxparts.rows(gone):
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
        text, first = docxparts.text_of(paragraph), next(paragraph.iter(qn("w:r")), None)
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
        first = next(iter(docxparts.items(story)), None)
        first.addprevious(element) if first is not None else story.insert(0, element)
    return element


