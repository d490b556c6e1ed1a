"""What a ``.docx`` is made of, below the level of python-docx: its text, runs, rows and marks."""

import copy
import io
import zipfile

from docx import Document as open_docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from conflict_minerals.ground import limits
from conflict_minerals.ground.text import clean
from conflict_minerals.ground.zips import Package

_TEXTS = {qn("w:t"), qn("w:delText")}
_MARKS = {qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:tab"): "\t"}
_GONE = {qn("w:del"), qn("w:moveFrom")}
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CHANGES = {
    qn(f"w:{name}Change")
    for name in ("rPr", "pPr", "sectPr", "tblPr", "tblGrid", "trPr", "tcPr", "tblPrEx", "numbering")
}
_ADDED = {qn("w:ins"), qn("w:moveTo")}
TRACKED = (*_GONE, *_ADDED)
_MARKED = {qn("w:rPr"), qn("w:trPr"), qn("w:numPr"), qn("w:tcPr")}  # which a mark within is of


def opened(data: bytes):
    """A ``.docx`` that somebody sent, as python-docx gives it.

    Raises:
        ValueError: it is none, is damaged, declares entities or expands beyond the limits.
    """
    try:
        package = Package(data, limits.default())
        for name in package.names:
            _no_declaration(name, package.read(name))
        document = open_docx(io.BytesIO(data))
        if document.element.body is None:
            raise ValueError("it has no body")
        return document
    except Exception as error:  # whatever a stranger's file makes a parser trip over is its own
        raise ValueError(clean(error) or type(error).__name__) from error


def _no_declaration(name: str, part: bytes) -> None:
    text = part.replace(b"\x00", b"")  # in UTF-16 too
    if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in text:
        raise ValueError(f"{name} declares a document type, as no program for documents does")


def stable_zip(data: bytes) -> bytes:
    """The same archive without the time at which it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for item in source.infolist():
            info = zipfile.ZipInfo(item.filename, _EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(info, source.read(item))
    return out.getvalue()


def stories(document) -> list:
    """The elements that hold paragraphs: the body, then each section's headers and footers."""
    parts = [document.element.body]
    for section in document.sections:
        for part in (section.header, section.footer, section.first_page_header,
                     section.first_page_footer):
            if not part.is_linked_to_previous:
                parts.append(part._element)
    return parts


def items(story) -> list:
    """The paragraphs and tables of a story in order, those in content controls among them."""
    found = []
    for child in story:
        if child.tag in (qn("w:p"), qn("w:tbl")):
            found.append(child)
        elif child.tag == qn("w:sdt"):
            for content in child.iterchildren(qn("w:sdtContent")):
                found += items(content)
    return found


def rows(table) -> list:
    return [child for child in table if child.tag == qn("w:tr")]


def cells(row) -> list:
    return [child for child in row if child.tag == qn("w:tc")]


def text_of(paragraph) -> str:
    """The text of a ``w:p`` element, line breaks and tabs as characters, deletions left out."""
    return "".join(text for _, _, text in atoms(paragraph))


def atoms(paragraph) -> list[tuple]:
    """``(run, child, text)`` of what a paragraph prints, in order."""
    runs = [run for run in paragraph.iter(qn("w:r")) if run.getparent().tag not in _GONE]
    return [atom for run in runs for atom in atoms_of(run)]


def atoms_of(run) -> list[tuple]:
    """The same of a run alone."""
    atoms = []
    for child in run:
        if child.tag == qn("w:t"):
            atoms.append((run, child, child.text or ""))
        elif child.tag in _MARKS and child.get(qn("w:type")) in (None, "textWrapping"):
            atoms.append((run, child, _MARKS[child.tag]))
    return atoms


def accept(document) -> None:
    """Takes the tracked changes of a document as made: what was deleted goes, marks go."""
    for story in stories(document):
        for element in list(story.iter()):
            if element.getparent() is None:
                continue  # it went with what it stood in
            within = element.getparent().tag in _MARKED
            if element.tag in _CHANGES:
                element.getparent().remove(element)
            elif element.tag in _GONE and not within:
                element.getparent().remove(element)
            elif element.tag in _ADDED and not within:
                for child in list(element):
                    element.addprevious(child)
                element.getparent().remove(element)
        for row in list(story.iter(qn("w:tr"))):
            table = row.getparent()
            if row.find(f"{qn('w:trPr')}/{qn('w:del')}") is not None:
                table.remove(row)
                if not rows(table):
                    table.getparent().remove(table)
        for paragraph in list(story.iter(qn("w:p"))):
            _join(paragraph)
        for mark in [e for e in story.iter(*TRACKED) if e.getparent().tag in _MARKED]:
            mark.getparent().remove(mark)


def _join(paragraph) -> None:
    """A paragraph whose end was deleted becomes the beginning of the next one."""
    end = paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}")
    following = paragraph.getnext()
    if end is None or not any(child.tag in _GONE for child in end):
        return
    if following is None or following.tag != qn("w:p"):
        return
    place = 1 if following.find(qn("w:pPr")) is not None else 0
    content = [child for child in paragraph if child.tag != qn("w:pPr")]
    following[place:place] = content
    paragraph.getparent().remove(paragraph)


def split_runs(paragraph, cuts: set[int]) -> list[tuple[int, object]]:
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
    for run, child, text in atoms(paragraph):
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
