"""A reference and rows small enough to read, for the tests of smelter identity."""

import pandas as pd

from conflict_minerals.ground import tables
from conflict_minerals.smelters import reference

LOOKUP = ["metal", "lookup_name", "standard_name", "country", "smelter_id", "source", "version",
          "file", "sheet", "row"]

# Metal, id, names (the standard one first), country.
SMELTERS = [
    ("Gold", "CID900001", ["Aurelia Refining S.A.", "Aurelia Gold"], "SWITZERLAND"),
    ("Gold", "CID900002", ["Boreal Mint AG"], "GERMANY"),
    ("Gold", "CID900003", ["Twin Rivers"], "NEW ZEALAND"),
    ("Gold", "CID900004", ["Twin Rivers Coast"], "AUSTRALIA"),
    ("Gold", "CID900005", ["Łódź Złoto S.A."], "POLAND"),
    ("Gold", "CID900006", ["Two Metals Co., Ltd."], "CHINA"),
    ("Tin", "CID900011", ["Two Metals Co., Ltd."], "CHINA"),
    ("Tin", "CID900012", ["PT Example Timah (Persero) Tbk"], "INDONESIA"),
    ("Tantalum", "CID900021", ["X.Y. Powder Co., Ltd."], "THAILAND"),
    ("Tantalum", "CID900022", ["X.Y. Powder Inc."], "UNITED STATES OF AMERICA"),
    ("Tungsten", "CID900031", ["Wolfram Works GmbH & Co. KG"], "AUSTRIA"),
]


def lookups(smelters=None, *, version="6.5", file="anna/cmrt.xlsx") -> pd.DataFrame:
    rows = []
    for metal, one, names, country in SMELTERS if smelters is None else smelters:
        for name in names:
            rows.append([metal, name, names[0], country, one, "RMI", version, file,
                         "Smelter Look-up", len(rows) + 5])
    return pd.DataFrame(rows, columns=LOOKUP)


def entries(*rows: dict) -> pd.DataFrame:
    """List entries; whatever a row leaves out is a plain conformant one."""
    plain = dict.fromkeys(tables.names("list_entries"), "") | {
        "list_id": "conformant", "kind": "conformant", "scheme": "RMAP", "as_of": "2025-12-31",
        "file": "lists/conformant.xml", "sheet": "List", "metal": "Gold",
        "reaudit_in_progress": False}
    return tables.frame([plain | {"row": n + 2} | row for n, row in enumerate(rows)],
                        "list_entries")


def known(*list_rows: dict, smelters=None, **given) -> reference.Reference:
    return reference.build(lookups(smelters), entries(*list_rows), **given)


def rows(*given: dict) -> pd.DataFrame:
    """Reported rows of one counted file."""
    plain = {"supplier_id": "anna", "file": "anna/cmrt.xlsx", "sha256": "0" * 64,
             "sheet": "Smelter List", "counted": True, "metal": "Gold", "metal_reported": "Gold",
             "smelter_id_reported": "", "lookup_reported": "", "name_reported": "",
             "country_reported": ""}
    made = [plain | {"row": n + 5} | row for n, row in enumerate(given)]
    return pd.DataFrame(made)


def row(metal="Gold", one="", name="", country="", lookup="", **more) -> dict:
    return {"metal": metal, "smelter_id_reported": one, "name_reported": name,
            "country_reported": country, "lookup_reported": lookup, **more}
