"""The report as blocks of sentences: read from Markdown once, written to EDGAR, Word and tables."""

from collections.abc import Iterator
from dataclasses import dataclass, field

# What a template had filled in stands in its Markdown as a number between these two.
OPEN, CLOSE = "\ue000", "\ue001"
# Kinds of sentence that a template may say of one that is neither number, act nor law.
OTHER_KINDS = ("position", "procedure", "definition", "intention", "conclusion", "form")
# What stands on form and report until they are signed, what joins it to other stamps, and the
# cells before those that people fill in when they sign.
DRAFT, JOINT = "DRAFT, not signed off", " \u00b7 "
BY, DATE = "By:", "Date:"


@dataclass(frozen=True)
class Run:
    """A stretch of text. ``kind`` says what filled it in, ``ref`` which one.

    ``""`` stands in the template; ``figure``, ``fact``, ``setting``, ``word``, ``law``, ``form``,
    ``promise``, ``cell`` were filled in; ``place`` is a section's number, or an entry of the
    contents; ``blank`` is missing; ``break`` ends a line.
    """

    text: str
    kind: str = ""
    ref: str = ""
    bold: bool = False
    italic: bool = False
    link: str = ""


@dataclass(frozen=True)
class Sentence:
    """A sentence, its claim id (``""`` when it claims nothing) and the evidence named for it.

    ``kind`` is what its template says of it, one of ``OTHER_KINDS``; ``source`` the text template
    and the line that it stands in.
    """

    runs: tuple[Run, ...]
    claim: str = ""
    evidence: tuple[str, ...] = ()
    kind: str = ""
    source: tuple[str, int] = ("", 0)

    @property
    def text(self) -> str:
        return text_of(self.runs)


@dataclass(frozen=True)
class Table:
    """A table: the runs of each head cell and, in rows, of each cell.

    ``widths`` are parts of the page's width; ``numbers`` the columns set to the right. ``plain``
    tables lay out a cover and have neither head nor rules. ``total``: the last row is a sum.
    ``over`` are cells above the head, each with the number of columns that it spans.
    """

    name: str
    head: tuple[tuple[Run, ...], ...]
    rows: tuple[tuple[tuple[Run, ...], ...], ...]
    widths: tuple[float, ...] = ()
    numbers: tuple[int, ...] = ()
    plain: bool = False
    total: bool = False
    over: tuple[tuple[tuple[Run, ...], int], ...] = ()
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, item, table, signature, contents, page_break or rule.

    ``level``: of a heading (1 to 4) or depth of an item (0 the outermost). ``section``: anchor of
    the heading above. ``file`` and ``line``: where the words stand among the text templates.
    The sentences of a table are its caption.
    """

    kind: str
    sentences: tuple[Sentence, ...] = ()
    level: int = 0
    marker: str = ""
    align: str = ""
    anchor: str = ""
    section: str = ""
    table: Table | None = None
    file: str = ""
    line: int = 0

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True)
class Document:
    """A document: its file name without ending, its title, its blocks in order."""

    name: str
    title: str
    blocks: tuple[Block, ...]

    def sentences(self) -> Iterator[tuple[Block, Sentence]]:
        """Every sentence with its block; a table's cells belong to the sentence of its caption."""
        for block in self.blocks:
            for sentence in block.sentences:
                yield block, sentence

    def runs(self) -> Iterator[tuple[Block, Run]]:
        """Every run with its block, those in the cells of tables too."""
        for block in self.blocks:
            for sentence in block.sentences:
                yield from ((block, run) for run in sentence.runs)
            if block.table:
                for cells in (block.table.head, *block.table.rows):
                    yield from ((block, run) for cell in cells for run in cell)

    @property
    def text(self) -> str:
        return "\n\n".join(block.text for block in self.blocks if block.text)


@dataclass(frozen=True)
class Mark:
    """What a text template had filled in: a run, a whole block, or where a line comes from."""

    run: Run | None = None
    block: Block | None = None
    source: tuple[str, int] | None = None


@dataclass
class Rendered:
    """A text template filled in: Markdown with marks."""

    name: str
    markdown: str
    marks: list[Mark] = field(default_factory=list)


def text_of(runs) -> str:
    """The text of runs, a line's end as a blank."""
    return "".join(" " if run.kind == "break" else run.text for run in runs)


@dataclass(frozen=True)
class Law:
    """A statement about the law with its date and source."""

    text: str
    as_of: str
    source: str
