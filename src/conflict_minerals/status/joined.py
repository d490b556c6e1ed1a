"""One joined table to ask anything of: supplier, product, metal and facility in a line."""

import numpy as np
import pandas as pd

from conflict_minerals.ground import countries, library, tables
from conflict_minerals.ground.columns import spelled, texts
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.resembling import resembling
from conflict_minerals.ground.terms import METALS
from conflict_minerals.status.classify import joined

_KEY = ["metal", "smelter_id"]
_MINE = ["supplier_id", *_KEY]
# What can be asked by, and the column that answers.
CONDITIONS = {"supplier": "supplier_id", "product": "product", "metal": "metal",
              "facility": "smelter_id", "country": "country", "region": "region",
              "status": "status", "tier": "tier", "rule": "flags",
              "origin": "origins"}  # fmt: skip
_SEVERAL = ("rule", "origin")  # of a cell of these, ';' between
# What is looked at of ``smelter_rows``, of which there may be millions.
ROWS = [*_MINE, "counted", "file", "sheet", "row"]
_OF_FACILITY = ["smelter_name", "country", "country_name", "region", "status", "basis"]


def explore(smelter_rows: pd.DataFrame, facilities: pd.DataFrame, suppliers: pd.DataFrame,
            products: pd.DataFrame, risk: pd.DataFrame | None = None) -> pd.DataFrame:
    """A row a supplier, product, metal and facility, of rows that count: ``explore``.

    A supplier that serves no product has a row with a blank one. A supplier answers mostly for
    its whole company, so that a row does not say that the facility is in the product. Without
    ``risk``, tier, flags and origins are blank.
    """
    rows = smelter_rows.loc[smelter_rows["counted"].to_numpy(dtype=bool)
                            & (smelter_rows["smelter_id"] != "").to_numpy(),
                            [*_MINE, "file", "sheet", "row"]]
    rows = rows.sort_values(_MINE, kind="stable", ignore_index=True)
    first = np.flatnonzero(~rows.duplicated(_MINE))
    many = np.diff([*first, len(rows)])
    out = spelled(rows.loc[first, _MINE].reset_index(drop=True)).assign(rows=many)
    at = spelled(rows[["file", "sheet", "row"]])
    where = at["file"] + ", " + at["sheet"] + ", row " + at["row"].astype("str")
    out = out.assign(files=_texts(at["file"], first, many), places=_texts(where, first, many))
    known = facilities[[*_KEY, *_OF_FACILITY]]
    if risk is None:
        known = known.assign(tier="", flags="", origins="")
    else:
        told = risk[[*_KEY, "tier", "flags", "declared_origins"]]
        known = known.merge(told.rename(columns={"declared_origins": "origins"}), on=_KEY)
    served = suppliers[["supplier_id", "supplier_name", "products"]].assign(
        product=suppliers["products"].str.split(";")).explode("product")
    out = out.merge(known, on=_KEY).merge(served, on="supplier_id", how="left")
    out[["supplier_name", "product"]] = out[["supplier_name", "product"]].fillna("")
    needs = {(row["product"], metal) for row in products.to_dict("records") for metal in METALS
             if row[metal.lower()] == "yes"}
    pairs = zip(texts(out["product"]), texts(out["metal"]), strict=True)
    return tables.frame(out.assign(needed=[pair in needs for pair in pairs]), "explore")


def _texts(column: pd.Series, first: np.ndarray, many: np.ndarray) -> pd.Series:
    """The texts of each group of rows, joined; most groups are of one row and need no joining.

    ``first``: where each group starts, ``many``: its rows.
    """
    said = column.iloc[first].str.replace(";", ",").to_numpy(dtype=object)
    for group in np.flatnonzero(many > 1):
        said[group] = joined(column.iloc[first[group] : first[group] + many[group]])
    return pd.Series(said, dtype="str")


def product_facilities(explored: pd.DataFrame) -> pd.DataFrame:
    """A row a product, metal that it needs and facility: ``product_facilities``."""
    rows = explored[explored["needed"].to_numpy(dtype=bool)]
    keys = ["product", *_KEY, "smelter_name", "country_name", "status", "tier"]
    found = rows.groupby(keys, sort=True).agg(
        suppliers=("supplier_id", "nunique"), rows=("rows", "sum"),
        supplier_ids=("supplier_id", joined)).reset_index()
    return tables.frame(found, "product_facilities")


def reach(explored: pd.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    """How far each facility reaches, by metal and id, and each supplier, by ``supplier`` and id:
    ``suppliers, products, rows``.
    """
    once = explored.drop_duplicates(_MINE)
    out = {}
    for keys in (_KEY, ["supplier_id"]):
        products = explored[explored["product"] != ""].groupby(keys)["product"].nunique()
        by = once.groupby(keys)
        found = pd.DataFrame({"suppliers": by["supplier_id"].nunique(),
                              "products": products, "rows": by["rows"].sum()})
        found = found.fillna(0).astype("int64").to_dict("index")
        out |= found if keys == _KEY else {("supplier", key): row for key, row in found.items()}
    return out


def narrow(explored: pd.DataFrame, conditions: dict) -> pd.DataFrame:
    """The rows for which every condition holds, each a word or several: ``{"tier": "high"}``.

    Raises:
        InputError: a condition that is not of ``CONDITIONS``; a word that stands in no row and
            could in none, with what resembles it.
    """
    keep = pd.Series(True, index=explored.index)
    for name, given in conditions.items():
        words = set(_words(given))
        column = explored[_column(name)]
        if len(explored):
            _check_words(words, _known(explored, name), name)
        if name == "origin":  # kept by code
            words |= {countries.iso3(word) for word in words}
        if name in _SEVERAL:
            keep &= column.map(lambda cell, of=words: not of.isdisjoint(cell.split(";")))
        else:
            keep &= column.isin(words) | (name == "country") & explored["country_name"].isin(words)
    return explored[keep]


def chosen(risk: pd.DataFrame, explored: pd.DataFrame, list_entries: pd.DataFrame,
           where: dict) -> pd.DataFrame:
    """The rows of the table ``risk`` whose facilities meet every condition, ``list`` among them.

    Raises:
        InputError: no condition, or one that ``narrow`` refuses.
    """
    if not where:
        raise InputError("no condition is given", file="decide_many",
                         fix=f"Use one or more of {', '.join(CONDITIONS)}, list")
    told = narrow(explored, {name: said for name, said in where.items() if name != "list"})
    keep = _among(risk, told)
    if "list" in where:
        given = _words(where["list"])
        _check_words(given, set(list_entries["list_id"].unique()), "list")
        keep &= _among(risk, list_entries[list_entries["list_id"].isin(given)])
    return risk[keep]


def _known(explored: pd.DataFrame, name: str) -> set[str]:
    """What a condition may ask for: what stands in a row, and what a year could have there."""
    column = _column(name)
    found = {word for cell in explored[column].unique() for word in str(cell).split(";")}
    described = tables.columns("explore").set_index("column")["values"]
    found |= set(described[column].split(";"))
    if name == "rule":
        found |= set(library.table("flags")["rule"])
    if name in ("country", "origin"):
        found |= countries.known()
    if name == "country":
        found |= set(explored["country_name"].unique())
    return found - {""}


def _check_words(words, known: set[str], name: str) -> None:
    for word in sorted({*words} - known - {""}):
        raise InputError(f"no row has the {name} {word!r}", file="explore",
                         fix=resembling(word, known, "See the page that lists them"))


def _words(given) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _among(risk: pd.DataFrame, named: pd.DataFrame) -> pd.Series:
    """Which facilities are named; an entry of a list may be about several metals."""
    pairs = set(zip(named["metal"], named["smelter_id"], strict=True))
    said = [(metal, one) in pairs or ("Multiple", one) in pairs
            for metal, one in zip(risk["metal"], risk["smelter_id"], strict=True)]
    return pd.Series(said, index=risk.index, dtype="bool")


def count_by(explored: pd.DataFrame, name: str, kinds: dict[str, str]) -> pd.DataFrame:
    """Facilities, suppliers, products and rows by one of ``CONDITIONS``, the most facilities first.

    ``kinds``: values of tier or status with their words, each a column of facilities.
    """
    column = _column(name)
    rows = explored.assign(one=explored[column].str.split(";")).explode("one")
    if name == "country":
        rows["one"] = rows["country_name"]
    rows = rows[rows["one"] != ""]
    facilities = rows.drop_duplicates(["one", *_KEY])
    by = rows.groupby("one")
    once = rows.drop_duplicates(["one", *_MINE]).groupby("one")
    out = pd.DataFrame({
        "facilities": facilities.groupby("one").size(), "suppliers": by["supplier_id"].nunique(),
        "products": rows[rows["product"] != ""].groupby("one")["product"].nunique(),
        "rows": once["rows"].sum()})  # fmt: skip
    if kinds:
        parted = pd.crosstab(facilities["one"], facilities[kind_of(explored)])
        out = out.join(parted.reindex(columns=list(kinds), fill_value=0).rename(columns=kinds))
    out = out.fillna(0).astype("int64").rename_axis(name).reset_index()
    return out.sort_values(["facilities", "suppliers", name], ascending=[False, False, True],
                           ignore_index=True)


def kind_of(explored: pd.DataFrame) -> str:
    """By what facilities are parted: tier, before the risk review status."""
    return "status" if len(explored) and not (explored["tier"] != "").any() else "tier"


def _column(name: str) -> str:
    if name not in CONDITIONS:
        use = f"Use one or more of {', '.join(CONDITIONS)}"
        raise InputError(f"unknown condition {name}", file="explore",
                         fix=" ".join(filter(None, [resembling(name, list(CONDITIONS)), use])))
    return CONDITIONS[name]
