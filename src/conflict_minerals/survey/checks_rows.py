"""Checks of the smelter list, line by line, and of the product list."""

import re

import pandas as pd

from conflict_minerals.ground import countries
from conflict_minerals.ground.terms import SPECIAL, placeholders
from conflict_minerals.ground.text import fold
from conflict_minerals.survey.checks_base import Case, rule, settings
from conflict_minerals.survey.places import each, empty, holds, join, places, where

_TEXTS = ("metal_reported", "smelter_id_reported", "lookup_reported", "name_reported",
          "country_reported", "source_reported", "mines_reported", "mine_countries_reported",
          "recycled_reported", "comments")
# Columns of the reader's table and the fields of the layout that they stand in; where there are
# two, the reader's column that is blank when what was read stands in the second.
_FIELDS = {
    "metal_reported": ("metal",), "smelter_id_reported": ("id", "id_input"),
    "lookup_reported": ("lookup", "name"), "name_reported": ("name", "lookup"),
    "country_reported": ("country",), "source_reported": ("source",),
    "mines_reported": ("mines",), "mine_countries_reported": ("mine_countries",),
    "recycled_reported": ("recycled",), "comments": ("comments", "next_steps"),
}
_HELD = {"smelter_id_reported": "id_shown", "name_reported": "name_typed"}
_SPLIT = re.compile(r"[;,/&\n]|\band\b", re.I)


def at(case: Case, rows: pd.DataFrame, column: str, *, found=None, expected="") -> pd.DataFrame:
    """Findings at one column of lines of the smelter list."""
    if rows.empty:
        return empty()
    said = rows[column] if found is None else found
    cell = case.cells(rows, *_FIELDS[column], held=_HELD.get(column, ""))
    return places(rows, cell=cell, found=said, expected=expected)


@rule("smelter-metal-missing")
def metal_missing(case):
    rows = case.rows[case.rows["metal_reported"] == ""]
    rows = rows[rows["kind"] != "nameless"]
    if "derived" in rows:
        # Only the id was typed and the cells beside it hold formulas without values: Excel would
        # show the metal.
        rows = rows[(rows["derived"] == "") | (rows["id_shown"] != "")]
    # An id that the template does not find is what is wrong with the line.
    lost = case.problems[case.problems["rule"] == "id-not-found-by-template"]
    lost = set(zip(lost["file"], lost["cell"].str.extract(r"(\d+)$")[0], strict=True))
    rows = where(rows, ((file, str(row)) not in lost
                        for file, row in zip(rows["file"], rows["row"], strict=True)))
    return at(case, rows, "metal_reported")


@rule("smelter-name-placeholder")
def name_placeholder(case):
    rows = case.rows
    word = rows["name"]
    hits = rows[word.isin(placeholders() - SPECIAL) & (rows["kind"] != "not_identified")]
    return at(case, hits, "name_reported")


@rule("smelters-of-unselected-mineral")
def unselected(case):
    asked = case.metals[["file", "metal"]].drop_duplicates()
    rows = case.rows[(case.rows["metal"] != "") & case.rows["file"].isin(set(asked["file"]))]
    both = rows.merge(asked, on=["file", "metal"], how="left", indicator=True)
    return at(case, both[both["_merge"] == "left_only"], "metal_reported")


@rule("smelter-country-unknown")
def country_unknown(case):
    rows = case.rows[~case.rows["place"].isin(placeholders() | {""})]
    strange = holds(rows["country_reported"], lambda text: not countries.iso3(text))
    return at(case, rows[strange], "country_reported")


@rule("covered-country-mine-though-denied")
def covered_mine(case):
    m = case.metals.loc[case.metals["covered_countries"].isin(["No", "Unknown"]),
                        ["file", "metal", "covered_countries"]]
    rows = case.rows[case.rows["country_said"] != ""].merge(m, on=["file", "metal"])
    hits = rows[holds(rows["country_said"], _covered)]
    expected = "no Covered Country, or another answer than '" + hits["covered_countries"] + "'"
    return at(case, hits, "mine_countries_reported", expected=expected)


def _covered(text: str) -> bool:
    whole = countries.iso3(text, codes=False)
    parts = [whole] if whole else [countries.iso3(p, codes=False) for p in _SPLIT.split(text)]
    return any(countries.is_covered(code) for code in parts)


@rule("cell-too-long")
def too_long(case):
    most = int(settings()["long_cell"])
    hits = []
    for column in _TEXTS:
        rows = case.rows[holds(case.rows[column], lambda text: len(text) > most)]
        hits.append(at(case, rows, column, found=_length(rows[column])))
    # The address of a company may take several lines; nobody cuts that.
    fields = case.fields[case.fields["field"].isin(["company_name", "scope_description"])]
    fields = fields[fields["raw"].astype(str).str.len() > most]
    hits.append(places(fields, found=_length(fields["raw"].astype(str)), metal=""))
    answers = case.answers[case.answers["comment"].str.len() > most]
    cell = case.column(answers, "declaration", "comment")
    hits.append(places(answers, cell=cell, found=_length(answers["comment"])))
    return join(hits)


def _length(column: pd.Series) -> pd.Series:
    return each(column, lambda text: f"{len(text)} characters")


@rule("cell-begins-like-formula")
def formula_text(case):
    hits = []
    for column in _TEXTS:
        rows = case.rows[holds(case.rows[column], lambda text: text.startswith(("=", "#")))]
        hits.append(at(case, rows, column))
    return join(hits)


@rule("row-below-the-form")
def below_form(case):
    rows = case.rows[case.rows["row"] > int(settings()["last_row"])]
    return at(case, rows, "name_reported")


def _product_files(case: Case) -> set:
    return set(case.read.loc[case.read["scope"] == "product", "file"])


def _product_cell(case: Case, products: pd.DataFrame) -> pd.Series:
    return case.column(products, "products", "number", products["row"])


@rule("product-number-missing")
def product_number(case):
    products = case.products[case.products["file"].isin(_product_files(case))]
    bare = products[products["number"].str.strip() == ""]
    return places(bare, cell=_product_cell(case, bare), metal="")


@rule("product-listed-twice")
def product_twice(case):
    products = case.products[case.products["number"].str.strip() != ""]
    key = products["number"].map(fold)
    again = products[pd.DataFrame({"f": products["file"], "k": key}).duplicated()]
    return places(again, cell=_product_cell(case, again), found=again["number"], metal="")


@rule("products-without-product-scope")
def products_without_scope(case):
    asked = case.read[(case.read["products_listed"] > 0)
                      & ~case.read["scope"].isin(["product", "product_category", ""])]
    first = case.products.sort_values("row").drop_duplicates("file")
    hits = first[first["file"].isin(set(asked["file"]))]
    return places(hits, cell=_product_cell(case, hits), found=hits["number"], metal="")


@rule("requested-product-not-listed")
def requested_product(case):
    """A product that the roster says the supplier serves, and that no line names."""
    roster = case.inputs.suppliers
    asked = dict(zip(roster["supplier_id"], roster["products"], strict=True))
    products = case.products[case.products["file"].isin(_product_files(case))]
    hits = []
    for file, lines in products.groupby("file", sort=True):
        first = lines.sort_values("row").iloc[0]
        texts = lines[["number", "name", "requester_number", "requester_name", "comments"]]
        said = " ".join(f" {fold(text)} " for text in texts.to_numpy().ravel() if text)
        for product in asked.get(first["supplier_id"], "").split(";"):
            if product.strip() and not _names(said, product):
                hits.append(first.to_dict() | {"file": file, "expected": product.strip()})
    hits = pd.DataFrame(hits)
    return places(hits, cell=_product_cell(case, hits), metal="",
                  expected=hits["expected"]) if len(hits) else empty()


def _names(said: str, product: str) -> bool:
    """The product's name as a whole, or a part of it that holds a digit, as type numbers do."""
    parts = [product, *(part for part in product.split() if re.search(r"\d", part))]
    return any(f" {fold(part)} " in said for part in parts)
