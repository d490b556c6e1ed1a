"""Writes small workbooks in the likeness of the reporting templates, for tests and measurements.

Positions come from the layout tables; every word is the project's own. Sheets are given as
``{name: {cell: value}}``; a value is a text, a number, a truth value, an ``Error``, a
``Formula`` with the value that was saved with it, or ``None`` for a styled blank cell.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from conflict_minerals.cmrt.cells import address, position
from conflict_minerals.cmrt.layouts import layout

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CELL = '<{p}c r="{at}"{style}{kind}>{formula}{value}</{p}c>'


class Error(str):
    """An error literal, such as ``#N/A``."""


@dataclass(frozen=True)
class Formula:
    """A formula with the value that was saved with it; ``None`` when none was."""

    text: str
    saved: object = None


@dataclass
class Spelling:
    """How a workbook is spelled: the ways in which programs differ."""

    prefix: str = ""
    strict: bool = False
    inline: bool = False
    addresses: bool = True
    dimension: str | None = None
    swap_attributes: bool = False
    doctype: str = ""
    epoch_1904: bool = False
    encoding: str = "utf-8"
    comment: str = ""
    before_rows: str = ""


def _typed(value, strings: list[str], spelling: Spelling) -> tuple[str, str]:
    p = spelling.prefix
    if value is None:
        return "", ""
    if isinstance(value, bool):
        return ' t="b"', f"<{p}v>{int(value)}</{p}v>"
    if isinstance(value, int | float):
        return "", f"<{p}v>{value!r}</{p}v>"
    if isinstance(value, Error):
        return ' t="e"', f"<{p}v>{value}</{p}v>"
    if spelling.inline:
        return ' t="inlineStr"', f"<{p}is><{p}t{_space(value)}>{escape(value)}</{p}t></{p}is>"
    if value not in strings:
        strings.append(value)
    return ' t="s"', f"<{p}v>{strings.index(value)}</{p}v>"


def _space(text: str) -> str:
    return ' xml:space="preserve"' if text != text.strip() else ""


def _cell(at: str, value, strings: list[str], spelling: Spelling) -> str:
    p, formula = spelling.prefix, ""
    if isinstance(value, Formula):
        formula = f"<{p}f>{escape(value.text)}</{p}f>"
        if value.saved is None:
            kind, shown = "", f"<{p}v></{p}v>"
        elif isinstance(value.saved, str) and not isinstance(value.saved, Error):
            kind, shown = ' t="str"', f"<{p}v>{escape(value.saved)}</{p}v>"
        else:
            kind, shown = _typed(value.saved, strings, spelling)
    else:
        kind, shown = _typed(value, strings, spelling)
    if spelling.swap_attributes:
        return f'<{p}c s="1"{kind} r="{at}">{formula}{shown}</{p}c>'
    where = f' r="{at}"' if spelling.addresses else ""
    return f'<{p}c{where} s="1"{kind}>{formula}{shown}</{p}c>'


def sheet_xml(cells: dict[str, object], strings: list[str], spelling: Spelling) -> str:
    """One worksheet's XML."""
    p = spelling.prefix
    space = STRICT if spelling.strict else MAIN
    name = f"xmlns:{p[:-1]}" if p else "xmlns"
    rows: dict[int, dict[int, object]] = {}
    for at, value in cells.items():
        row, column = position(at)
        rows.setdefault(row, {})[column] = value
    out = [
        f'<?xml version="1.0" encoding="{spelling.encoding.upper()}" standalone="yes"?>\n',
        spelling.doctype,
        f'<{p}worksheet {name}="{space}">',
    ]
    if spelling.dimension:
        out.append(f'<{p}dimension ref="{spelling.dimension}"/>')
    out.append(f"<{p}sheetData>{spelling.comment}{spelling.before_rows}")
    last = 0
    for row in sorted(rows):
        if not spelling.addresses:
            out.append(f"<{p}row/>" * (row - last - 1))
        where = f' r="{row}"' if spelling.addresses else ""
        out.append(f"<{p}row{where}>")
        at = 0
        for column in sorted(rows[row]):
            if not spelling.addresses:
                out.append(f"<{p}c/>" * (column - at - 1))
            out.append(_cell(address(row, column), rows[row][column], strings, spelling))
            at = column
        out.append(f"</{p}row>")
        last = row
    out.append(f"</{p}sheetData></{p}worksheet>")
    return "".join(out)


def parts(sheets: dict[str, dict], spelling: Spelling | None = None) -> dict[str, bytes]:
    """The parts of an ``.xlsx`` package by name."""
    spelling = spelling or Spelling()
    p = spelling.prefix
    space = STRICT if spelling.strict else MAIN
    office = _STRICT_OFFICE if spelling.strict else _OFFICE
    name = f"xmlns:{p[:-1]}" if p else "xmlns"
    strings: list[str] = []
    out: dict[str, str] = {}
    for n, cells in enumerate(sheets.values(), 1):
        out[f"xl/worksheets/sheet{n}.xml"] = sheet_xml(cells, strings, spelling)
    items = "".join(f"<{p}si><{p}t{_space(s)}>{escape(s)}</{p}t></{p}si>" for s in strings)
    head = f'<?xml version="1.0" encoding="{spelling.encoding.upper()}" standalone="yes"?>\n'
    out["xl/sharedStrings.xml"] = (
        f'{head}<{p}sst {name}="{space}" count="{len(strings)}">{items}</{p}sst>'
    )
    entries = "".join(
        f'<{p}sheet name={quoteattr(title)} sheetId="{n}" r:id="rId{n}"/>'
        for n, title in enumerate(sheets, 1)
    )
    epoch = ' date1904="1"' if spelling.epoch_1904 else ""
    out["xl/workbook.xml"] = (
        f'{head}<{p}workbook {name}="{space}" xmlns:r="{office}"><{p}workbookPr{epoch}/>'
        f"<{p}sheets>{entries}</{p}sheets></{p}workbook>"
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    relations += (
        f'<Relationship Id="rIdS" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>'
    )
    out["xl/_rels/workbook.xml.rels"] = (
        f'{head}<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>'
    )
    out["_rels/.rels"] = (
        f'{head}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{kind}.{content}+xml"/>'
        for part, content in [
            ("xl/workbook.xml", "sheet.main"),
            ("xl/sharedStrings.xml", "sharedStrings"),
            *((f"xl/worksheets/sheet{n}.xml", "worksheet") for n in range(1, len(sheets) + 1)),
        ]
    )
    types = (
        f'{head}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>'
    )
    first = {"[Content_Types].xml": types}
    return {part: text.encode(spelling.encoding) for part, text in {**first, **out}.items()}


def pack(contents: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of the parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, method)
    return out.getvalue()


def book(sheets: dict[str, dict[str, object]], spelling: Spelling | None = None) -> bytes:
    """An ``.xlsx`` of the sheets."""
    return pack(parts(sheets, spelling))


# A few invented smelters; ids of the form that the templates use, beyond those in use.
LOOKUP = [
    ("Gold", "Aurum Works", "Aurum Works Ltd.", "SWITZERLAND", "CID900001"),
    ("Gold", "Aurum Works Ltd.", "Aurum Works Ltd.", "SWITZERLAND", "CID900001"),
    ("Tantalum", "Tantal Hütte", "Tantal Huette GmbH", "GERMANY", "CID900002"),
    ("Tin", "Estanho do Sul", "Estanho do Sul S.A.", "BRAZIL", "CID900003"),
    ("Tungsten", "钨业有限公司", "Wolfram Works", "CHINA", "CID900004"),
    ("Cobalt", "Kobalt One", "Kobalt One Oy", "FINLAND", "CID900005"),
    ("Mica", "Mica Two", "Mica Two Pvt", "INDIA", "CID900006"),
]
FIELDS = {
    "company_name": "Example Parts GmbH", "scope": "A. Company", "contact_name": "A. Person",
    "contact_email": "person@example.com", "contact_phone": "+1 555 0100",
    "authorizer": "B. Person", "authorizer_email": "b@example.com", "effective_date": 43500,
}  # fmt: skip
_QUESTION = "{}) Question {} of the example?  (*)"


def template(
    family: str,
    version: str,
    *,
    fields: dict[str, object] | None = None,
    answers: dict[tuple[str, str], object] | None = None,
    comments: dict[tuple[str, str], str] | None = None,
    smelters: list[dict[str, object]] | None = None,
    products: list[dict[str, object]] | None = None,
    lookup: list[tuple] | None = None,
    minerals: list[str] | None = None,
    mines: list[dict[str, object]] | None = None,
    language: str = "English",
    saved: bool = True,
) -> dict[str, dict[str, object]]:
    """The sheets of a template, as formulas with their saved values where the real one has those.

    ``answers`` by question and metal (blank for a company question); ``smelters`` a dict a row,
    by the columns of the layout, with ``row`` for a place of its own.
    """
    plan = layout(family, version)
    label = plan.columns["declaration"]["label"]
    answer = plan.columns["declaration"]["answer"]
    declaration: dict[str, object] = {
        plan.fields["title"]: _says(f"Reporting Template ({family})", saved),
        plan.fields["language"]: language,
        plan.fields["revision"]: f"Revision {version}\nApril 1, 2020",
        "B8": _says("Company Name (*):", saved),
    }
    for name, value in {**FIELDS, **(fields or {})}.items():
        if name in plan.fields:
            declaration[plan.fields[name]] = value
    chosen = minerals or (["Cobalt", "Copper", "Mica"] if "selected" in plan.minerals else [])
    named = {metal for question in plan.questions for _, metal in question.answers} | {*chosen}
    entries = [e for e in LOOKUP if e[0] in named] if lookup is None else lookup
    for cell, mineral in zip(plan.minerals.get("selected", ()), chosen, strict=False):
        declaration[cell] = mineral
    for question in plan.questions:
        mark = f"{question.name}." if question.name.isalpha() else f"{question.name})"
        declaration[address(question.row, label)] = _says(f"{mark} Example question? (*)", saved)
        for n, (row, metal) in enumerate(question.answers):
            if metal == "?":
                metal = sorted(chosen)[n] if n < len(chosen) else ""
                if not metal:
                    continue
            if metal:
                declaration[address(row, label)] = _says(f"{metal}  (*)", saved)
            given = (answers or {}).get((question.name, metal))
            if given is not None:
                declaration[address(row, answer)] = given
            said = (comments or {}).get((question.name, metal))
            if said is not None:
                declaration[address(row, plan.columns["declaration"]["comment"])] = said
    sheets = {"Revision": {"B2": "Revisions"}, "Declaration": declaration}
    sheets[plan.sheets["smelters"]] = _list(plan, "smelters", smelters or [], saved)
    sheets["Checker"] = {"A1": "Checks"}
    if "mines" in plan.sheets:
        sheets[plan.sheets["mines"]] = _list(plan, "mines", mines or [], saved)
    if "scope" in plan.sheets:
        rows = [{"mineral": mineral, "reason": "customers ask"} for mineral in chosen]
        sheets[plan.sheets["scope"]] = _list(plan, "scope", rows, saved)
    sheets[plan.sheets["products"]] = _list(plan, "products", products or [], saved)
    if "lookup" in plan.sheets:
        sheets[plan.sheets["lookup"]] = _lookup(plan, "lookup", entries)
    if "aliases" in plan.sheets:
        sheets["K"] = _lookup(plan, "aliases", entries)
    return sheets


def _says(text: str, saved: bool) -> Formula:
    return Formula("OFFSET(L!$C$1,1,SL)", text if saved else None)


def _list(plan, which: str, rows: list[dict[str, object]], saved: bool) -> dict[str, object]:
    columns, (header, first, _) = plan.columns[which], plan.rows[which]
    cells: dict[str, object] = {
        address(header, column): _says(name.replace("_", " ").capitalize(), saved)
        for name, column in columns.items()
    }
    at = first
    for row in rows:
        at = row.get("row", at)
        for name, value in row.items():
            if name != "row" and value is not None:
                cells[address(at, columns[name])] = value
        at += 1
    return cells


def _lookup(plan, which: str, entries: list[tuple]) -> dict[str, object]:
    columns, (header, first, _) = plan.columns[which], plan.rows[which]
    cells: dict[str, object] = {address(header, c): n for n, c in columns.items()}
    at = first
    for metal, alias, standard, country, smelter_id in entries:
        if which == "lookup" and "lookup_name" not in columns and alias != standard:
            continue
        values = {"metal": metal, "lookup_name": alias, "standard_name": standard,
                  "country": country, "smelter_id": smelter_id, "source": "EX"}  # fmt: skip
        for name, column in columns.items():
            if values.get(name):
                cells[address(at, column)] = values[name]
        at += 1
    return cells


def edited(data: bytes, part: str, old: str | bytes, new: str | bytes) -> bytes:
    """A package with one part's text changed by a regular expression."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    old, new = (v.encode() if isinstance(v, str) else v for v in (old, new))
    changed = re.sub(old, lambda _: new, contents[part], count=1)
    assert changed != contents[part], f"nothing to change in {part}"
    contents[part] = changed
    return pack(contents)
