"""The documents as EDGAR takes them: plain HTML in ASCII, and the facts of the submission header.

Only tags and attributes of ``edgar_tags.csv`` are written; ``lint`` holds the result
against the rules. Addresses stand as text, links lead to places within the document.
"""

import json
from datetime import date
from html import escape

from conflict_minerals.filing.documents.document import Block, Document, Run, Sentence, Table

_FONT = "font-family: 'Times New Roman', Times, serif; font-size: 10pt"
_RULE = '<hr size="1" width="100%" noshade'
_HEADINGS = {1: ("14pt", "center"), 2: ("12pt", "left"), 3: ("11pt", "left"), 4: ("10pt", "left")}


def render(document: Document, *, stamps: tuple[str, ...] = ()) -> bytes:
    """A document as ``.htm`` in ASCII; ``stamps`` (DRAFT, illustration) stand at top and end."""
    parts = [
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">',
        "<html>",
        f"<head><title>{escape(document.title)}</title></head>",
        f'<body bgcolor="#ffffff" text="#000000" style="{_FONT}">',
        *_stamped(stamps),
    ]
    for block in document.blocks:
        parts.append(_BLOCKS[block.kind](block))
    parts += [*_stamped(stamps), "</body>", "</html>"]
    return ("\n".join(part for part in parts if part) + "\n").encode("ascii", "xmlcharrefreplace")


def submission(
    program: dict, year: int, documents: dict[str, Document], *, due: date | None, draft: bool
) -> bytes:
    """``submission.json``: the facts that the filing agent enters in the submission header.

    Items are reported with the last day of the calendar year as their period. The filer's codes
    are not among them: they are secret or known to the agent alone.
    """
    form = program.get("form") or {}
    registrant = program.get("registrant") or {}
    kind = "SD/A" if form.get("kind") == "amendment" else "SD"
    types = {"form": (kind, "Form SD"), "report": ("EX-1.01", "Conflict Minerals Report")}
    items = ["1.01"] + (["1.02"] if "report" in documents else [])
    facts = {
        "form_type": kind,
        "rule_name": "13p-1",
        "items": [{"item_number": item, "item_period": f"{year}1231"} for item in items],
        "period": f"{year}-12-31",
        "due": due.isoformat() if due else "",
        "registrant": {key: str(registrant.get(key) or "") for key in (
            "name", "state", "commission_file_number", "irs_number", "address", "zip_code",
            "contact_name", "contact_phone",
        )},
        "documents": [
            {"sequence": number, "type": types[key][0], "file": f"{documents[key].name}.htm",
             "description": types[key][1]}
            for number, key in enumerate((k for k in types if k in documents), 1)
        ],
        "draft": draft,
        "illustration": program.get("illustration") is True,
    }  # fmt: skip
    return (json.dumps(facts, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def _stamped(stamps: tuple[str, ...]) -> list[str]:
    return [f'<p align="center"><font color="#990000"><b>{escape(stamp)}</b></font></p>'
            for stamp in stamps]


def _run(run: Run) -> str:
    if run.kind == "break":
        return "<br>"
    text = escape(run.text)
    text = f"<i>{text}</i>" if run.italic else text
    text = f"<b>{text}</b>" if run.bold or run.kind == "blank" else text
    return f'<a href="{escape(run.link)}">{text}</a>' if run.link else text


def _runs(runs: tuple[Run, ...]) -> str:
    return "".join(_run(run) for run in runs)


def _inline(sentences: tuple[Sentence, ...]) -> str:
    return " ".join(text for text in (_runs(sentence.runs) for sentence in sentences) if text)


def _heading(block: Block) -> str:
    size, align = _HEADINGS[min(block.level, 4)]
    return (f'<p align="{align}" style="font-size: {size}; margin-top: 14pt; '
            'page-break-after: avoid">'
            f'<a name="{block.anchor}"></a><b>{_inline(block.sentences)}</b></p>')


def _paragraph(block: Block) -> str:
    align = f' align="{block.align}"' if block.align else ""
    return f"<p{align}>{_inline(block.sentences)}</p>"


def _item(block: Block) -> str:
    # Lists are drawn as paragraphs, so that a number is text that every reader sees alike.
    indent = 18 * (block.level + 1)
    marker = f"{escape(block.marker)}&#160;&#160;" if block.marker else ""
    return (f'<p style="margin-left: {indent}pt; margin-top: 3pt; margin-bottom: 3pt">'
            f"{marker}{_inline(block.sentences)}</p>")


def _table_block(block: Block) -> str:
    table = block.table
    caption = _inline(block.sentences)
    lines = [f'<p style="margin-top: 12pt; page-break-after: avoid"><b>{caption}</b></p>'
             ] if caption else []
    if table.plain:
        return "\n".join([*lines, *_plain(table)])
    widths = _percent(table)
    lines.append('<table width="100%" border="0" cellspacing="0" cellpadding="3" '
                 f'style="{_FONT.replace("10pt", "9pt")}" '
                 f'summary="{escape(block.text or table.name)}">')
    head = "".join(
        f'<th{_width(widths, i)} align="{_side(table, i)}" valign="bottom" bgcolor="#e6e6e6" '
        f'style="border-bottom: 1px solid #000000">{_runs(cell)}</th>'
        for i, cell in enumerate(table.head)
    )
    if table.over:
        lines.append("<tr>" + "".join(
            f'<th colspan="{span}" align="{"left" if span == len(table.head) else "center"}" '
            f'valign="bottom" bgcolor="#e6e6e6">{_runs(cell) or "&#160;"}</th>'
            for cell, span in table.over) + "</tr>")
    lines.append(f"<tr>{head}</tr>")
    for number, row in enumerate(table.rows, 1):
        last = table.total and number == len(table.rows)
        line = "border-top: 1px solid #000000" if last else "border-bottom: 1px solid #cccccc"
        cells = "".join(
            f'<td align="{_side(table, i)}" valign="top" style="{line}">'
            f"{_bold(_runs(cell), last) or '&#160;'}</td>"
            for i, cell in enumerate(row)
        )
        lines.append(f"<tr>{cells}</tr>")
    return "\n".join([*lines, "</table>"])


def _plain(table: Table) -> list[str]:
    widths = _percent(table)
    side = "left" if table.name in ("boxes", "signature") else "center"
    lines = [f'<table width="100%" border="0" cellspacing="0" cellpadding="3" style="{_FONT}">']
    for row in table.rows:
        cells = "".join(
            f'<td{_width(widths, i)} align="{side}" valign="top">{_runs(cell) or "&#160;"}</td>'
            for i, cell in enumerate(row)
        )
        lines.append(f"<tr>{cells}</tr>")
    return [*lines, "</table>"]


def _signature(block: Block) -> str:
    lines = _plain(block.table)
    lines[0] = lines[0].replace('width="100%"', 'width="70%"')
    return "\n".join(lines)


def _side(table: Table, column: int) -> str:
    return "right" if column in table.numbers else "left"


def _bold(text: str, bold: bool) -> str:
    return f"<b>{text}</b>" if bold and text else text


def _percent(table: Table) -> list[int]:
    whole = sum(table.widths)
    return [round(100 * width / whole) for width in table.widths] if whole else []


def _width(widths: list[int], column: int) -> str:
    return f' width="{widths[column]}%"' if column < len(widths) else ""


def _contents(block: Block) -> str:
    return (f'<p style="margin-left: {18 * (block.level - 2)}pt; margin-top: 2pt; '
            f'margin-bottom: 2pt">{_inline(block.sentences)}</p>')


_BLOCKS = {
    "heading": _heading,
    "contents": _contents,
    "paragraph": _paragraph,
    "item": _item,
    "table": _table_block,
    "signature": _signature,
    "rule": lambda block: f"{_RULE}>",
    "page_break": lambda block: f'{_RULE} style="page-break-after: always">',
}
