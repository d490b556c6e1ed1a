"""The documents for Word: real headings, lists and tables, page numbers, nothing that varies.

Counsel edits these. Figures carry the character style ``Figure``, blanks ``Blank``, so that both
can be found; what an edit changed is read back by ``returned``.
"""

import hashlib
import io
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

from docx import Document as new_docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Inches, Pt, RGBColor

from conflict_minerals.filing.documents.document import JOINT, Block, Document, Run, Table
from conflict_minerals.filing.word.docxparts import stable_zip

_FONT = "Times New Roman"
_BLACK, _RED = RGBColor(0, 0, 0), RGBColor(0x99, 0, 0)
_WIDTH = 9360  # twentieths of a point between the margins of a letter page
_SHORT = 16  # rows
_HEADINGS = {1: 15, 2: 13, 3: 11.5, 4: 10.5}


def render(document: Document, *, as_of: date, stamps: tuple[str, ...] = ()) -> bytes:
    """A document as ``.docx``. ``stamps`` (DRAFT, illustration) stand in the head of each page.

    The same document, day and stamps give the same bytes; the property ``identifier`` is theirs,
    so that what comes back says which version it was made of.
    """
    docx = new_docx()
    _styles(docx)
    _page(docx, document.title, stamps)
    writer = _Writer(docx)
    for block in document.blocks:
        writer.write(block)
    _properties(docx, document.title, as_of)
    _scrub(docx)
    docx.core_properties.identifier = hashlib.sha256(_saved(docx)).hexdigest()[:16]
    return _saved(docx)


def _saved(docx) -> bytes:
    buffer = io.BytesIO()
    docx.save(buffer)
    return stable_zip(buffer.getvalue())


class _Writer:
    """Writes blocks into a document; counts bookmarks and numbered lists."""

    def __init__(self, docx):
        self.docx, self.bookmarks, self.list, self.turn = docx, 0, None, False
        # Looking a style up by its name each time would take most of the time there is.
        self.styles = {style.name: style.style_id for style in docx.styles}

    def _add(self, style: str):
        paragraph = self.docx.add_paragraph()
        paragraph._p.style = self.styles[style]
        if self.turn:
            paragraph.paragraph_format.page_break_before, self.turn = True, False
        return paragraph

    def write(self, block: Block) -> None:
        getattr(self, f"_{block.kind}")(block)

    def _heading(self, block: Block) -> None:
        paragraph = self._add(f"Heading {min(block.level, 4)}")
        if block.level == 1:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._mark(paragraph, block.anchor)
        _add_sentences(paragraph, block)

    def _paragraph(self, block: Block) -> None:
        paragraph = self._add("Body Text")
        if block.align == "center":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _add_sentences(paragraph, block)

    def _item(self, block: Block) -> None:
        numbered = block.marker[:-1].isdigit()
        paragraph = self._add("List Number" if numbered else "List Bullet")
        if numbered:
            if self.list is None or block.marker == "1.":
                self.list = _new_list(self.docx, int(block.marker[:-1]))
            _number(paragraph, self.list)
        if block.level:
            paragraph.paragraph_format.left_indent = Inches(0.25 * (block.level + 1))
        _add_sentences(paragraph, block)

    def _table(self, block: Block) -> None:
        if block.text:
            _add_sentences(self._add("Caption"), block)
        self.docx.element.body.insert_element_before(parse_xml(_table_xml(block.table)), "w:sectPr")
        self._add("After table")

    _signature = _table

    def _contents(self, block: Block) -> None:
        paragraph = self._add("Contents")
        paragraph.paragraph_format.left_indent = Inches(0.3 * (block.level - 2))
        _add_sentences(paragraph, block)

    def _rule(self, block: Block) -> None:
        paragraph = self._add("After table")
        border = parse_xml(
            f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="6" w:space="1" '
            'w:color="808080"/></w:pBdr>'
        )
        paragraph._p.get_or_add_pPr().append(border)

    def _page_break(self, block: Block) -> None:
        self.turn = True  # what follows begins a page; no empty line stands before it

    def _mark(self, paragraph, anchor: str) -> None:
        if not anchor:
            return
        self.bookmarks += 1
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for element in (start, end):
            element.set(qn("w:id"), str(self.bookmarks))
        start.set(qn("w:name"), _bookmark(anchor))
        paragraph._p.append(start)
        paragraph._p.append(end)


def _bookmark(anchor: str) -> str:
    """Word's own names for places: letters, digits and underscores, forty at most."""
    return ("p_" + anchor.replace("-", "_"))[:40]


def _add_sentences(paragraph, block: Block) -> None:
    for number, sentence in enumerate(s for s in block.sentences if s.runs):
        if number:
            paragraph.add_run(" ")
        for run in sentence.runs:
            _add_run(paragraph, run)


def _add_run(paragraph, run: Run) -> None:
    if run.kind == "break":
        paragraph.add_run().add_break()
        return
    made = paragraph.add_run(run.text)
    made.bold, made.italic = run.bold or None, run.italic or None
    if run.kind in ("figure", "blank"):
        made._r.style = run.kind.capitalize()
    if run.link:
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), _bookmark(run.link.removeprefix("#")))
        made._r.addprevious(link)
        link.append(made._r)


def _table_xml(table: Table) -> str:
    """A table as WordprocessingML: head repeated on each page, rows kept whole."""
    count = max((len(row) for row in (table.head, *table.rows)), default=1)
    widths = list(table.widths) or [1] * count
    widths = [round(_WIDTH * width / sum(widths)) for width in widths]
    if table.name == "signature":
        widths = [round(width * 0.7) for width in widths]
    line = 'w:val="single" w:sz="4" w:space="0" w:color="BFBFBF"'
    borders = "" if table.plain else (
        f"<w:tblBorders><w:top {line}/><w:bottom {line}/><w:insideH {line}/></w:tblBorders>"
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    parts = [
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>{borders}'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="70" w:type="dxa"/>'
        f'<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
    ]
    if table.over:
        spans, starts = [span for _, span in table.over], [0]
        for span in spans[:-1]:
            starts.append(starts[-1] + span)
        cells = "".join(
            _cell_xml(cell, table, -1, sum(widths[start:start + span]), bold=True, head=True,
                      kept=True, span=span)
            for (cell, span), start in zip(table.over, starts, strict=True)
        )
        parts.append(f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{cells}</w:tr>")
    rows = [(table.head, True)] * bool(table.head) + [(row, False) for row in table.rows]
    for number, (row, head) in enumerate(rows):
        last = table.total and number == len(rows) - 1
        flags = "<w:cantSplit/>" + ("<w:tblHeader/>" if head else "")
        # A short table stays on one page; of a long one no row stands alone at a page's end.
        near = number < 2 or number >= len(rows) - 3
        kept = number < len(rows) - 1 and (head or near or len(rows) <= _SHORT)
        cells = "".join(
            _cell_xml(cell, table, column, widths[column], bold=head or last, head=head, kept=kept)
            for column, cell in enumerate(row)
        )
        parts.append(f"<w:tr><w:trPr>{flags}</w:trPr>{cells}</w:tr>")
    return "".join([*parts, "</w:tbl>"])


def _cell_xml(
    runs, table: Table, column: int, width: int, *, bold: bool, head: bool, kept: bool,
    span: int = 1,
) -> str:
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="E7E6E6"/>' if head else ""
    laid_out = table.plain and table.name not in ("boxes", "signature")
    centre = 1 < span < len(table.head) or laid_out
    grid = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    side = "center" if centre else ("right" if column in table.numbers else "left")
    style = "Cover cell" if table.plain else ("Table head" if head else "Table cell")
    body = "".join(_run_xml(run, bold or run.bold) for run in runs)
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{grid}{shade}</w:tcPr><w:p><w:pPr>'
        f'<w:pStyle w:val="{style.replace(" ", "")}"/>{"<w:keepNext/>" if kept else ""}'
        f'<w:jc w:val="{side}"/></w:pPr>{body}</w:p></w:tc>'
    )


def _run_xml(run: Run, bold: bool) -> str:
    named = run.kind in ("figure", "blank")
    style = f'<w:rStyle w:val="{run.kind.capitalize()}"/>' if named else ""
    weight = "<w:b/>" if bold else ""
    return (f"<w:r><w:rPr>{style}{weight}</w:rPr>"
            f'<w:t xml:space="preserve">{escape(run.text)}</w:t></w:r>')


def _styles(docx) -> None:
    styles = docx.styles
    normal = styles["Normal"]
    _font(normal, 10.5)
    normal.paragraph_format.space_after = Pt(0)
    for level, size in _HEADINGS.items():
        style = styles[f"Heading {level}"]
        _font(style, size, bold=True)
        style.font.italic = False
        style.paragraph_format.space_before = Pt(16 if level < 3 else 11)
        style.paragraph_format.space_after = Pt(5)
        style.paragraph_format.keep_with_next = True
    for name, after in (("Body Text", 4), ("List Bullet", 2), ("List Number", 2)):
        _font(styles[name], 10.5)
        styles[name].paragraph_format.space_before = Pt(after)
        styles[name].paragraph_format.space_after = Pt(after)
        styles[name].paragraph_format.line_spacing = 1.08
    caption = styles["Caption"]
    _font(caption, 9.5, bold=True)
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(8), Pt(4)
    caption.paragraph_format.keep_with_next = True
    for name, size in (("Table cell", 8.5), ("Table head", 8.5), ("Cover cell", 10),
                       ("After table", 6), ("Contents", 9), ("Stamp", 9)):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        _font(style, size, bold=name in ("Table head", "Stamp"))
        space = Pt(3) if name.startswith(("Cover", "After", "Stamp")) else Pt(1.5)
        style.paragraph_format.space_before = style.paragraph_format.space_after = space
    styles["Stamp"].font.color.rgb = _RED
    styles.add_style("Figure", WD_STYLE_TYPE.CHARACTER)
    blank = styles.add_style("Blank", WD_STYLE_TYPE.CHARACTER)
    blank.font.bold, blank.font.highlight_color = True, WD_COLOR_INDEX.YELLOW


def _font(style, size: float, bold: bool = False) -> None:
    style.font.name, style.font.size, style.font.bold = _FONT, Pt(size), bold
    style.font.color.rgb = _BLACK
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(key), None)
    for key in ("w:eastAsia", "w:cs"):
        fonts.set(qn(key), _FONT)


def _page(docx, title: str, stamps: tuple[str, ...]) -> None:
    section = docx.sections[0]
    section.page_width, section.page_height = Inches(8.5), Inches(11)
    section.left_margin = section.right_margin = Inches(1)
    section.top_margin = section.bottom_margin = Inches(1)
    head = section.header.paragraphs[0]
    head.style, head.alignment = docx.styles["Stamp"], WD_ALIGN_PARAGRAPH.CENTER
    head.add_run(JOINT.join(stamps))
    foot = section.footer.paragraphs[0]
    foot.style, foot.alignment = docx.styles["Table cell"], WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run(f"{title} \u00b7 Page ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")


def _field(paragraph, code: str) -> None:
    for kind in ("begin", "code", "separate", "result", "end"):
        run = paragraph.add_run("1" if kind == "result" else "")
        if kind == "code":
            element = OxmlElement("w:instrText")
            element.text = f" {code} "
            run._r.append(element)
        elif kind != "result":
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
            run._r.append(element)


def _new_list(docx, start: int) -> int:
    """A numbered list of its own that begins at ``start``."""
    numbering = docx.part.numbering_part.element
    style = docx.styles["List Number"].element.pPr.numPr.numId.val
    abstract = numbering.num_having_numId(style).abstractNumId.val
    num = numbering.add_num(abstract)
    num.add_lvlOverride(ilvl=0).add_startOverride(start)
    return num.numId


def _number(paragraph, num: int) -> None:
    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = 0
    properties.get_or_add_numId().val = num


def _scrub(docx) -> None:
    """Take out what the library's own template brings: its picture, another program's name."""
    rels = docx.part.package.rels
    for id in [id for id, rel in rels.items()
               if rel.reltype.endswith(("/thumbnail", "/extended-properties"))]:
        del rels[id]


def _properties(docx, title: str, as_of: date) -> None:
    properties = docx.core_properties
    day = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    properties.created = properties.modified = day
    properties.title, properties.revision = title, 1
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.keywords = properties.subject = properties.category = ""
