"""What a sign-off signs: all that form and report print, their figures, and what proves them.

``signing.txt`` holds it for people, a paragraph, cell, header or note a line, and its sha256 is the
digest in ``signing.json``. The stamp DRAFT is no part of it, signature and date are blank in it:
signing changes nothing that was signed.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from conflict_minerals.filing.documents.document import BY, DATE, DRAFT, JOINT, Document, Run
from conflict_minerals.filing.documents.words import printed as printed_day
from conflict_minerals.filing.word import docxparts
from conflict_minerals.ground import limits, zips

NAME, TEXT = "signing.json", "signing.txt"
_HEAD = "## "
_FIGURES, _EVIDENCE = "figures", "evidence"
_SENTENCE = re.compile(r"(?<=[.;:?!])\s+(?=[A-Z0-9])")
_BLOCKS = {"p", "td", "th", "tr", "table", "title", "head", "body", "div", "li", "hr"}
_NOTES = ("summary", "alt", "title")
_SHOWN = {qn("w:t"), qn("w:delText"), qn("w:instrText")}
_GAPS = {qn("w:br"), qn("w:cr"), qn("w:tab")}


@dataclass(frozen=True)
class Signing:
    """What there is to sign, and how far it is signed."""

    text: str
    roles: tuple[str, ...]
    state: pd.DataFrame  # role, name, signed_on, state, note
    draft: bool

    @property
    def digest(self) -> str:
        return digest(self.text)

    @property
    def files(self) -> dict[str, bytes]:
        said = {"digest": self.digest, "roles": list(self.roles)}
        return {
            NAME: (json.dumps(said, indent=1, ensure_ascii=True) + "\n").encode("ascii"),
            TEXT: self.text.encode("utf-8"),
        }


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def text(
    files: dict[str, bytes], stated: dict, figures: pd.DataFrame, evidence: pd.DataFrame
) -> str:
    """What is signed, as text.

    Args:
        files: the documents by their path in the outputs; those in ``report/`` that print count.
        stated: ``figures.json``.
        figures, evidence: the tables ``claim_figures`` and ``claim_evidence``.

    Raises:
        ValueError: a document cannot be read.
    """
    out = []
    for path in sorted(files):
        if path.startswith("report/") and path.endswith((".htm", ".docx")):
            out += [_HEAD + path.removeprefix("report/"), *printed(path, files[path])]
    out.append(_HEAD + _FIGURES)
    out += values(stated, sorted(set(figures["figure"])))
    return "\n".join([*out, _HEAD + _EVIDENCE, *_cited(evidence)]) + "\n"


def values(stated: dict, names: list[str]) -> list[str]:
    """Each of these figures with its value, as ``figures.json`` states it."""
    return [f"{name} = {json.dumps((stated.get(name) or {}).get('value'))}" for name in names]


def _cited(evidence: pd.DataFrame) -> list[str]:
    """The facts, decisions and documents that claims cite, each with a hash of what it says.

    The year's own tables are not among them: what they say is signed where it is printed.
    """
    lines = set()
    for row in evidence.to_dict("records"):
        kept = row["kind"] == "file" and row["reference"].startswith("evidence/")
        if kept or row["kind"] in ("fact", "decision"):
            said = json.dumps([row[k] for k in ("detail", "dated", "owner", "sha256")])
            lines.add(f"{row['kind']}:{row['reference']} {digest(said)}")
    return sorted(lines)


def of(outputs: Path, figures: pd.DataFrame, evidence: pd.DataFrame, stated: dict) -> str:
    """What there is to sign of a folder of outputs as it lies there now: see ``text``."""
    files = {f"report/{path.name}": path.read_bytes()
             for path in (outputs / "report").glob("*") if path.is_file()}
    return text(files, stated, figures, evidence)


def kept(outputs: Path) -> str:
    """``signing.txt`` of a folder of outputs; ``""`` when there is none."""
    path = outputs / TEXT
    return path.read_bytes().decode("utf-8", errors="replace") if path.is_file() else ""


def printed(path: str, data: bytes) -> list[str]:
    """Every line of a document in order, without DRAFT, signature and date.

    Raises:
        ValueError: it is no document that can be read.
    """
    return _settled(_word(data) if path.endswith(".docx") else _page(data))


def _settled(lines: Iterator[tuple[bool, str]]) -> list[str]:
    """Lines, each with whether it is a cell; what people add when they sign is blank."""
    out, before = [], ""
    for cell, said in lines:
        line = " ".join(said.split())
        if not line and not cell:
            continue
        kept = JOINT.join(part for part in line.split(JOINT) if part != DRAFT)
        if cell and before in (BY, DATE):
            kept = ""
        before = line if cell else ""
        if kept or cell:
            out.append(kept)
    return out


class _Reader(HTMLParser):
    """Everything that stands in a page: text, comments, and attributes that a reader hears."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.lines: list[tuple[bool, str]] = []
        self.said, self.cell = "", False

    def close_line(self, cell: bool = False) -> None:
        self.lines.append((self.cell, self.said))
        self.said, self.cell = "", cell

    def handle_starttag(self, tag, attrs):
        if tag in _BLOCKS:
            self.close_line(tag in ("td", "th"))
        elif tag == "br":
            self.said += " "
        for name, value in attrs:
            if name in _NOTES and value:
                self.lines.append((False, f"[{value}]"))

    def handle_endtag(self, tag):
        if tag in _BLOCKS:
            self.close_line()

    def handle_data(self, data):
        self.said += data

    def handle_comment(self, data):
        self.lines.append((False, f"<!--{data}-->"))


def _page(data: bytes) -> Iterator[tuple[bool, str]]:
    reader = _Reader()
    reader.feed(data.decode("utf-8", errors="replace"))
    reader.close()
    reader.close_line()
    return iter(reader.lines)


def _word(data: bytes) -> Iterator[tuple[bool, str]]:
    """The paragraphs of every part that has any: body, headers, footers, notes, comments."""
    docxparts.opened(data)
    package = zips.Package(data, limits.default())
    for name in sorted(n for n in package.names if n.endswith(".xml")):
        part = package.read(name)
        if b"<w:p>" not in part and b"<w:p " not in part:
            continue
        for paragraph in parse_xml(part).iter(qn("w:p")):
            cell = paragraph.getparent().tag == qn("w:tc")
            yield cell, "".join(
                " " if child.tag in _GAPS else child.text or ""
                for child in paragraph.iter(*_SHOWN, *_GAPS)
            )


def conformed(document: Document, signatures: list[tuple[str, str]]) -> Document:
    """The document with each officer's conformed signature and date in the place of the blanks.

    ``signatures``: in the order of the signers; the lines of one that is ``("", "")`` stay blank.
    """
    days = [day and printed_day(date.fromisoformat(day)) for _, day in signatures]
    given = {BY: [who for who, _ in signatures], DATE: days}

    def cells(row):
        left = given.get(row[0][0].text if row[0] else "")
        filled = left.pop(0) if left else ""
        return (row[0], (Run(filled),)) if filled else row

    return replace(document, blocks=tuple(
        replace(b, table=replace(b.table, rows=tuple(cells(row) for row in b.table.rows)))
        if b.kind == "signature" else b for b in document.blocks
    ))  # fmt: skip


def parts(said: str) -> dict[str, list[str]]:
    """The lines of ``signing.txt`` by document; figures and evidence are under these names."""
    out: dict[str, list[str]] = {}
    for line in said.splitlines():
        if line.startswith(_HEAD):
            out[line.removeprefix(_HEAD)] = []
        elif out:
            out[list(out)[-1]].append(line)
    return out


def changes(before: str, after: str) -> list[tuple[str, str, str]]:
    """What changed from one text to another: ``document, before, after``, sentence by sentence.

    What two forms of one document say alike is told once.
    """
    old, new = parts(before), parts(after)
    out: dict[tuple[str, str, str], None] = {}
    for part in dict.fromkeys([*old, *new]):
        one, other = _sentences(old.get(part, [])), _sentences(new.get(part, []))
        name = part.rpartition(".")[0] or part
        matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
        for what, a, b, c, d in matcher.get_opcodes():
            if what == "equal":
                continue
            gone, come = one[a:b], other[c:d]
            if len(gone) == len(come):
                pairs = list(zip(gone, come, strict=True))
            else:
                pairs = [(" ".join(gone), " ".join(come))]
            out |= {(name, *pair): None for pair in pairs}
    return list(out)


def _sentences(lines: list[str]) -> list[str]:
    return [part for line in lines for part in _SENTENCE.split(line) if part]
