"""Writes the one EMRT 2.0 of the examples: a sibling of the CMRT that lies among the CMRTs."""

import io
from datetime import date

import xlsxwriter

from example import build
from example.smelters import write_lookup, write_smelters
from example.tables import table
from example.template import MADE, NOTICE, SCOPES, Form, put, styles

REVISION = "Revision 2.0\nApril 25, 2025"
# The company block stands four rows lower than in the CMRT, below the choice of minerals.
_FIELDS = {8: ("Company name (*)", "Fennel Power Supplies (example)"),
           9: ("Scope of the declaration (*)", SCOPES["company"]),
           10: ("Description of the scope", ""), 16: ("Company's unique id", "FN 5"),
           17: ("Authority of the unique id", "Own number"),
           18: ("Address", "5 Fennel Field, Exampletown"), 19: ("Contact name (*)", "Flo Sample"),
           20: ("Contact e-mail (*)", "flo.sample@fennel.example.com"),
           21: ("Contact phone (*)", "(555) 555-0125"), 22: ("Authorizer (*)", "Fin Specimen"),
           23: ("Authorizer's title", "Quality"),
           24: ("Authorizer's e-mail (*)", "fin.specimen@fennel.example.com"),
           25: ("Authorizer's phone", "(555) 555-0135"),
           26: ("Effective date (*)", date(2026, 1, 30))}
_MINERALS = {"D12": "Cobalt", "E12": "(Delete Copper)", "G12": "(Delete Graphite)",
             "D13": "(Delete Lithium)", "E13": "Mica", "G13": "(Delete Nickel)"}
_SMELTER = {"metal": "Cobalt", "smelter_id": "CID900901", "smelter_name": "Fairytale Cobalt Works",
            "country_name": "FINLAND"}


def workbook(*, blank: bool = False) -> bytes:
    """The filled EMRT, or a blank one, as the bytes of an ``.xlsx``."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False})
    book.set_properties({"comments": NOTICE, "created": MADE})
    style = styles(book)
    names = ("Instructions", "Revision", "Definitions", "Declaration", "Smelter List", "Checker",
             "Mine List", "Product List", "Smelter Look-up", "L", "C", "SorP")
    sheets = {name: book.add_worksheet(name) for name in names}
    for name in ("Instructions", "Revision", "Definitions", "Checker"):
        sheets[name].write("B4", NOTICE)
        sheets[name].set_column("B:B", 90)
    for sheet in sheets.values():
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    _declaration(sheets["Declaration"], style, blank)
    entries = build.lookup([_SMELTER], [], "RMI", metals=("Cobalt", "Mica"))
    rows = [{"way": "blank"}] * 12 if blank else [{"way": "id", "input_id": _SMELTER["smelter_id"]}]
    form = Form("2.0", "English", {}, {}, rows, [], entries)
    write_smelters(sheets["Smelter List"], form, style, REVISION)
    write_lookup(sheets["Smelter Look-up"], entries, style)
    words = ("Metal", "Smelter(s) sourcing from this mine", "Name of mine", "Mine identification",
             "Source of mine identification", "Country of mine", "Street", "City",
             "State / Province", "Contact", "E-mail", "Next steps", "Comments")
    sheets["Mine List"].write_row("A4", words, style["head"])
    sheets["Product List"].write_row("B5", ("Responder’s Product Number (*)",
                                            "Responder’s Product Name", "Comments"),
                                     style["head"])
    for name in ("L", "C", "SorP"):
        sheets[name].write("A1", NOTICE)
        sheets[name].hide()
    sheets["Declaration"].activate()
    book.close()
    return out.getvalue()


def _declaration(sheet, style: dict, blank: bool) -> None:
    sheet.set_column("B:B", 52)
    sheet.set_column("D:E", 24)
    sheet.set_column("G:J", 16)
    sheet.merge_range("D2:J2", "Extended Minerals Reporting Template (EMRT)", style["title"])
    sheet.write("D3", "English", style["input"])
    sheet.write("J3", REVISION, style["plain"])
    sheet.write("B4", NOTICE)
    for row, (label, value) in _FIELDS.items():
        sheet.write(f"B{row}", label, style["label"])
        look = style["date" if isinstance(value, date) else "input"]
        put(sheet, f"D{row}", "" if blank else value, look)
    sheet.write("B12", "Minerals in scope (*)", style["label"])
    for cell, mineral in _MINERALS.items():
        sheet.write(cell, mineral, style["input"])
    for question in table("tables/small/emrt_questions.csv"):
        top = int(question["label_row"])
        sheet.write(f"B{top}", question["label"], style["label"])
        if question["question"].isalpha():
            put(sheet, f"D{top}", "" if blank else question["cobalt"], style["input"])
            continue
        sheet.write(f"D{top}", "Answer", style["head"])
        sheet.write(f"G{top}", "Comments", style["head"])
        for offset, mineral in enumerate(("cobalt", "mica"), start=1):
            sheet.write(f"B{top + offset}", mineral.title() + "(*)", style["plain"])
            put(sheet, f"D{top + offset}", "" if blank else question[mineral], style["input"])
    put(sheet, "G117", "" if blank else "https://fennel.example.com/minerals", style["input"])
    sheet.write("B119", "C. Are direct suppliers held to sourcing from audited smelters? (*)",
                style["label"])
    sheet.write_row("B120", ("Cobalt(*)",), style["plain"])
    put(sheet, "D120", "" if blank else "Yes", style["input"])
    sheet.write("B121", "Mica(*)", style["plain"])
