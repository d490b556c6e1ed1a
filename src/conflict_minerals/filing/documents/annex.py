"""The annexes and the tables that the report's own grain asks for: scope and correspondence."""

import pandas as pd

from conflict_minerals.ground import countries, tables
from conflict_minerals.ground.terms import METALS

_ORDERS = {
    "metal_id": ["metal", "smelter_id"],
    "metal_name": ["metal", "smelter_name", "smelter_id"],
}


def annex_i(facilities: pd.DataFrame, program: dict) -> pd.DataFrame:
    """Annex I: the facilities under the year's own labels, in the order that the year wants.

    Returns ``metal, smelter_name, country_name, status_label, smelter_id, status_as_of``;
    with ``annex.rows: not_conformant`` only those that no list calls conformant.
    """
    settings = program.get("annex") or {}
    rows = facilities
    if settings.get("rows") == "not_conformant":
        rows = rows[rows["status"] != "conformant"]
    country = rows["country"].map(countries.printed).where(rows["country"] != "", "Unknown")
    rows = rows.assign(
        status_label=rows["status"].map(program["labels"]).astype("str"),
        country_name=rows.get("country_name", country).where(lambda s: s != "", country),
    )
    shaped = tables.shape(rows, "annex_i")
    return shaped.sort_values(
        _ORDERS[settings.get("order") or "metal_id"], kind="stable", ignore_index=True
    )


def products(given: pd.DataFrame) -> pd.DataFrame:
    """Table ``products`` of ``products.csv``: what is in scope is completed and needs a metal."""
    needed = given[[metal.lower() for metal in METALS]].eq("yes").any(axis=1)
    completed = given["completed"] == "yes"
    return tables.shape(given.assign(completed=completed, in_scope=completed & needed), "products")


def correspondence(given: pd.DataFrame, suppliers: pd.DataFrame) -> pd.DataFrame:
    """Table ``correspondence``: whom, when, what kind and whether an answer came; never the
    reference, which may name people. ``line`` is the line of ``correspondence.csv``.
    """
    if "line" not in given:
        given = given.assign(line=range(2, len(given) + 2))
    dated = given["supplier_id"].map(dict(zip(suppliers["supplier_id"], suppliers["answered_on"],
                                              strict=True))).fillna("")  # fmt: skip
    # Who is reminded has not answered: whatever counts came afterwards.
    answered = (dated > given["sent_on"]) | (given["kind"] == "reminder") & (dated != "")
    return tables.shape(given.assign(answered=answered), "correspondence")
