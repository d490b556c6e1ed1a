"""Writes CMRT workbooks of editions 5.x and 6.x: the sheets, cells and answer words of the format.

The wording is our own. The bytes depend on nothing but the form that is given: no clock, no
machine. Formulas carry the values that Excel would have cached.
"""

import io
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter

from example.smelters import HEADER_ROW, write_lookup, write_smelters
from example.tables import table

METALS = ("Tantalum", "Tin", "Gold", "Tungsten")  # the order of the Declaration sheet
SCOPES = {
    "company": "A. Company",
    "product": "B. Product (or List of Products)",
    "user_defined": "C. User defined [Specify in 'Description of scope']",
}
NOTICE = "Illustration. Made up for an example; neither a real company's answer nor RMI's template."
MADE = datetime(2020, 1, 1)  # the document's creation date, fixed so that bytes are too


@dataclass(frozen=True)
class Form:
    """One filled template.

    ``fields`` holds the company block by the names of ``tables/fields.csv``; ``answers`` maps
    (question, metal) to (answer, comment), metal blank for company questions; ``smelters`` are
    rows as ``smelters.write_smelters`` takes them; ``products`` (number, name, comment);
    ``lookup`` entries as ``smelters.write_lookup`` takes them.
    """

    revision: str
    language: str
    fields: dict
    answers: dict
    smelters: list
    products: list
    lookup: list
    blank: bool = False  # to be filled in: the date's cell shows dates already


def edition(revision: str) -> dict[str, str]:
    """The row of ``tables/revisions.csv`` for a revision."""
    return next(row for row in table("tables/revisions.csv") if row["revision"] == revision)


def revision_text(revision: str) -> str:
    """What the revision cell holds, a line feed between number and date."""
    return f"Revision {revision}\n{edition(revision)['released']}"


def workbook(form: Form) -> bytes:
    """The filled template as the bytes of an ``.xlsx``."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False,
                                     "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"title": "Illustration of a conflict minerals template",
                         "comments": NOTICE, "created": MADE})
    style = styles(book)
    names = ("Revision", "Instructions", "Definitions", "Declaration", "Smelter List", "Checker",
             "Product List", "Smelter Look-up", "L", "C", "SorP")
    sheets = {name: book.add_worksheet(name) for name in names}
    for name, title in (("Revision", "Revision history"), ("Instructions", "How to fill this in"),
                        ("Definitions", "Terms")):
        sheets[name].write("B2", title, style["title"])
        sheets[name].write("B4", NOTICE)
        sheets[name].set_column("B:B", 90)
    sheets["Revision"].write("B5", revision_text(form.revision).replace("\n", ", "))
    _declaration(sheets["Declaration"], form, style)
    write_smelters(sheets["Smelter List"], form, style, revision_text(form.revision))
    _checker(sheets["Checker"], form, style)
    _products(sheets["Product List"], form, style)
    write_lookup(sheets["Smelter Look-up"], form.lookup, style)
    _hidden(sheets, form)
    for sheet in sheets.values():
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    sheets["Declaration"].activate()
    sheets["Declaration"].set_first_sheet()
    book.close()
    return out.getvalue()


def styles(book) -> dict:
    """The looks of cells, by name."""
    grid = {"border": 1, "border_color": "#B0B0B0", "valign": "top", "text_wrap": True}
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format({**grid, "bold": True, "bg_color": "#DDE6EF"}),
        "label": book.add_format({**grid, "bold": True}),
        "plain": book.add_format(grid),
        "line": book.add_format({"border": 1, "border_color": "#B0B0B0"}),
        "input": book.add_format({**grid, "bg_color": "#FFFBE0", "locked": False}),
        "percent": book.add_format({**grid, "bg_color": "#FFFBE0", "num_format": "0%",
                                    "align": "left", "locked": False}),
        "date": book.add_format({**grid, "bg_color": "#FFFBE0", "num_format": "d-mmm-yyyy",
                                 "align": "left", "locked": False}),
    }


def _declaration(sheet, form: Form, style: dict) -> None:
    sheet.set_column("A:A", 2)
    sheet.set_column("B:B", 52)
    sheet.set_column("C:C", 2)
    sheet.set_column("D:E", 24)
    sheet.set_column("F:F", 2)
    sheet.set_column("G:J", 16)
    sheet.merge_range("D2:J2", "Conflict Minerals Reporting Template (CMRT)", style["title"])
    sheet.write("B3", "Language", style["label"])
    sheet.write("D3", form.language, style["input"])
    sheet.write("J3", revision_text(form.revision), style["plain"])
    sheet.set_row(2, 32)
    sheet.merge_range("B4:H4", NOTICE, style["plain"])
    sheet.merge_range("B7:J7", "Company", style["head"])
    for row in table("tables/fields.csv"):
        number, value = row["row"], form.fields.get(row["field"], "")
        sheet.write(f"B{number}", row["label"], style["label"])
        area = {"scope": "D9:G9", "effective_date": "D22:E22"}.get(
            row["field"], f"D{number}:J{number}")
        if row["field"] == "scope":
            value = SCOPES.get(value, value)
        waits = form.blank and row["field"] == "effective_date"
        look = style["date"] if isinstance(value, date) or waits else style["input"]
        sheet.merge_range(area, "", look)
        put(sheet, f"D{number}", value, look)
    sheet.data_validation("D9", {"validate": "list", "source": list(SCOPES.values()),
                                 "error_type": "information"})
    sheet.merge_range("B24:J24", "Questions about each metal", style["head"])
    for question in questions(form.revision):
        _question(sheet, question, form, style)
    first = next(q for q in questions(form.revision) if q["question"] == "A")
    above = int(first["label_row"]) - 2
    sheet.merge_range(f"B{above}:J{above}", "Questions about the company", style["head"])
    sheet.protect("", {"select_locked_cells": True, "format_columns": True})


def questions(revision: str) -> list[dict[str, str]]:
    """The questions of the revision's edition, in order."""
    number = edition(revision)["edition"]
    return [row for row in table("tables/questions.csv") if row["edition"] == number]


def _question(sheet, question: dict, form: Form, style: dict) -> None:
    top = int(question["label_row"])
    sheet.set_row(top - 1, 30)
    sheet.write(f"B{top}", question["label"], style["label"])
    options = question["options"].split(";")
    if question["grain"] == "company":
        cells = [(top, "")]
    else:
        sheet.merge_range(f"D{top}:E{top}", "Answer", style["head"])
        sheet.write(f"G{top}", "Comments", style["head"])
        cells = [(top + 1 + i, metal) for i, metal in enumerate(METALS)]
    for row, metal in cells:
        answer, comment = form.answers.get((question["question"], metal), ("", ""))
        if metal:
            sheet.write(f"B{row}", f"{metal} (*)", style["plain"])
        # Until 6.22 the list offers the number 1, shown as a percentage, and from 6.31 the text.
        is_number = answer == "100%" and float(form.revision) <= 6.22
        look = style["percent"] if is_number else style["input"]
        sheet.merge_range(f"D{row}:E{row}", "", look)
        put(sheet, f"D{row}", 1 if is_number else answer, look)
        sheet.merge_range(f"G{row}:J{row}", comment, style["input"])
        source = [1 if option == "100%" and float(form.revision) <= 6.22 else option
                  for option in options]
        if not any("," in str(option) for option in source):
            sheet.data_validation(f"D{row}", {"validate": "list", "source": source,
                                              "error_type": "information"})


def put(sheet, cell: str, value, look) -> None:
    """Writes a date, a number, a text or a blank."""
    if isinstance(value, date):
        sheet.write_datetime(cell, datetime(value.year, value.month, value.day), look)
    elif isinstance(value, (int, float)):
        sheet.write_number(cell, value, look)
    elif value == "":
        sheet.write_blank(cell, None, look)
    else:
        sheet.write_string(cell, value, look)


def _checker(sheet, form: Form, style: dict) -> None:
    """Echoes the required fields; the real sheet's rules are the reader's business."""
    sheet.set_column("A:B", 46)
    sheet.set_column("D:D", 30)
    sheet.write("A1", "Checker", style["title"])
    sheet.write("D1", "Required fields that are blank", style["label"])
    for column, word in enumerate(("Required field", "Answer", "State")):
        sheet.write(2, column, word, style["head"])
    required = [row for row in table("tables/fields.csv") if "(*)" in row["label"]]
    missing = 0
    for i, row in enumerate(required, start=4):
        value = form.fields.get(row["field"], "")
        shown = SCOPES.get(value, value) if row["field"] == "scope" else value
        blank = 1 if shown == "" else 0
        missing += blank
        cached = _serial(shown) if isinstance(shown, date) else (shown or 0)
        sheet.write_formula(f"A{i}", f"=Declaration!B{row['row']}", style["plain"], row["label"])
        look = style["date"] if isinstance(shown, date) else style["plain"]
        sheet.write_formula(f"B{i}", f"=Declaration!D{row['row']}", look, cached)
        sheet.write_formula(f"C{i}", f'=IF(Declaration!D{row["row"]}="","blank","filled")',
                            style["plain"], "blank" if blank else "filled")
    last = 3 + len(required)
    sheet.write_formula("D2", f'=COUNTIF(C4:C{last},"blank")', style["plain"], missing)


def _serial(day: date) -> int:
    return (day - date(1899, 12, 30)).days


def _products(sheet, form: Form, style: dict) -> None:
    sheet.set_column("B:D", 36)
    sheet.write("B2", "Products, when the scope is B", style["title"])
    who = "Responder’s" if float(form.revision) >= 6.5 else "Manufacturer’s"
    for column, word in zip("BCD", (f"{who} Product Number (*)", f"{who} Product Name",
                                    "Comments"), strict=True):
        sheet.write(f"{column}5", word, style["head"])
    for i, product in enumerate(form.products, start=6):
        for column, value in zip("BCD", product, strict=True):
            sheet.write_string(f"{column}{i}", value, style["input"])


def _hidden(sheets: dict, form: Form) -> None:
    labels = [("Declaration", f"B{r['row']}", r["label"]) for r in table("tables/fields.csv")]
    labels += [("Declaration", f"B{q['label_row']}", q["label"])
               for q in questions(form.revision)]
    labels += [("Smelter List", f"{c['column']}{HEADER_ROW}", c["header"])
               for c in table("tables/smelter_columns.csv")]
    for column, word in enumerate(("", "Sheets", "Cells", "English")):
        sheets["L"].write(0, column, word)
    for i, (sheet, cell, label) in enumerate(labels, start=1):
        for column, word in enumerate((sheet + cell, sheet, cell, label)):
            sheets["L"].write_string(i, column, word)
    sheets["C"].write_row(0, 0, ("COUNTRY CODE LIST", "FULL NAME"))
    for i, row in enumerate(table("tables/countries.csv"), start=1):
        sheets["C"].write_row(i, 0, (row["code"], row["name"]))
    sheets["SorP"].write_row(0, 0, ("subdivision_code", "subdivision_name", "matching_key"))
    for name in ("L", "C", "SorP"):
        sheets[name].hide()
