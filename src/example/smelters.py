"""The Smelter List and Smelter Look-up sheets: formulas with the values that Excel would cache."""

from example.tables import table

HEADER_ROW, FIRST_ROW = 4, 5
NOT_LISTED, NOT_IDENTIFIED = "Smelter not listed", "Smelter not yet identified"
_LOOKUP = "'Smelter Look-up'!"
# What the template derives from the look-up once metal and smelter are known.
_DERIVED = {"country": "D", "smelter_id": "E", "source": "F", "standard_name": "C"}


def write_lookup(sheet, entries: list, style: dict) -> None:
    """Header row 4, entries from row 5: metal, name, standard name, country, id, source, key."""
    sheet.set_column("A:K", 14)
    sheet.set_column("B:C", 44)
    sheet.set_column("J:K", None, None, {"hidden": True})
    sheet.write("A1", "Smelters by metal", style["title"])
    words = ("Metal", "Smelter Look-up (*)", "Standard Smelter Names", "Smelter Facility Country",
             "Smelter ID", "Source", "Street", "City", "State / Province", "METAL+Alias",
             "METAL+Alias")
    sheet.write_row(HEADER_ROW - 1, 0, words, style["head"])
    for row, entry in enumerate(entries, start=FIRST_ROW):
        values = (entry["metal"], entry["lookup_name"], entry["standard_name"], entry["country"],
                  entry["smelter_id"], entry["source"])
        for column, value in enumerate(values):
            if value:
                sheet.write_string(row - 1, column, value)
        key = entry["metal"] + entry["lookup_name"]
        sheet.write_formula(f"J{row}", f"=A{row}&B{row}", None, key)
    sheet.freeze_panes(HEADER_ROW, 0)


def write_smelters(sheet, form, style: dict, revision: str) -> None:
    """Header row 4, rows from 5.

    A row is a dict by the keys of ``tables/smelter_columns.csv``. Its ``way`` says how it was
    filled in: ``id`` (id typed in column A, the rest follows), ``pick`` (metal and smelter chosen
    from the lists, the rest follows), ``typed`` (values throughout, formulas overwritten), ``gap``
    (an empty line) or ``blank`` (formulas that wait for an id).
    """
    columns = table("tables/smelter_columns.csv")
    letters = {column["key"]: column["column"] for column in columns}
    for column in columns:
        letter = column["column"]
        hidden = {"hidden": True} if letter in "RST" else {}
        sheet.set_column(f"{letter}:{letter}", int(column["width"]), None, hidden)
        sheet.write(f"{letter}{HEADER_ROW}", column["header"], style["head"])
    sheet.set_row(HEADER_ROW - 1, 60)
    sheet.set_column("V:V", 4, None, {"hidden": True})
    sheet.merge_range("B2:I2", "Smelters that supply the metals", style["title"])
    sheet.write("Q3", revision, style["plain"])
    sheet.set_row(2, 32)
    known = _Lookup(form.lookup)
    for number, row in enumerate(form.smelters, start=FIRST_ROW):
        if row["way"] == "gap":
            continue
        if row["way"] == "typed":
            for key, letter in letters.items():
                if row.get(key):
                    sheet.write_string(f"{letter}{number}", row[key], style["line"])
            continue
        _derived_row(sheet, number, row, letters, known, style)
    sheet.freeze_panes(HEADER_ROW, 3)
    sheet.protect("", {"select_locked_cells": True, "delete_rows": True})


class _Lookup:
    """Finds what the template's formulas would find; like Excel's MATCH, whatever the case."""

    def __init__(self, entries: list):
        self.by_id, self.by_key = {}, {}
        for number, entry in enumerate(entries, start=FIRST_ROW):
            self.by_id.setdefault(entry["smelter_id"], entry)
            key = (entry["metal"] + entry["lookup_name"]).casefold()
            self.by_key.setdefault(key, (number, entry))

    def row(self, metal: str, name: str):
        return self.by_key.get((metal + name).casefold(), (None, {}))


def _derived_row(sheet, number, row, letters, known, style) -> None:
    metal, lookup = row.get("metal", ""), row.get("lookup", "")
    if row["way"] == "blank":
        style = {**style, "line": style["input"]}
        for letter in letters.values():
            sheet.write_blank(f"{letter}{number}", None, style["input"])
    if row["way"] in ("id", "blank"):
        if row["way"] == "id":
            entry = known.by_id[row["input_id"]]
            metal, lookup = entry["metal"], entry["standard_name"]
            sheet.write_string(f"A{number}", row["input_id"], style["line"])
        for letter, source, value in (("B", "A", metal), ("C", "C", lookup)):
            sheet.write_formula(
                f"{letter}{number}",
                f'=IF(LEN(A{number})=0,"",INDEX({_LOOKUP}${source}:${source},'
                f"MATCH($A{number},{_LOOKUP}$E:$E,0)))",
                style["line"], value)
    else:
        sheet.write_string(f"B{number}", metal, style["line"])
        sheet.write_string(f"C{number}", lookup, style["line"])
    special = lookup.casefold() in (NOT_LISTED.casefold(), NOT_IDENTIFIED.casefold())
    name = row.get("name", "") if special else lookup
    found, entry = known.row(metal, name)
    sheet.write_formula(
        f"V{number}",
        f'=IF(C{number}="",NA(),MATCH(B{number}&{"D" if special else "C"}{number},'
        f"{_LOOKUP}$J:$J,0))",
        None, found if found else "#N/A")
    cached = {"country": entry.get("country", ""), "smelter_id": entry.get("smelter_id", ""),
              "source": entry.get("source", ""), "standard_name": entry.get("standard_name", "")}
    if special and not entry:
        cached["source"] = "Enter smelter details"
    for key, source in _DERIVED.items():
        cell = f"{letters[key]}{number}"
        if row.get(key):  # typed over the formula
            sheet.write_string(cell, row[key], style["line"])
            continue
        nothing = '"Enter smelter details"' if key == "source" and special else '""'
        sheet.write_formula(
            cell, f'=IF(ISERROR($V{number}),{nothing},INDEX({_LOOKUP}${source}:${source},'
                  f'$V{number})&"")', style["line"], cached[key])
    for key in ("name", "contact_name", "contact_email", "next_steps", "mines", "mine_countries",
                "recycled", "comments"):
        if row.get(key):
            sheet.write_string(f"{letters[key]}{number}", row[key], style["line"])
