"""The smelters behind a scope, what waits for a decision, and which product each stands behind."""

from __future__ import annotations

import pandas as pd

from conflict_minerals.customers.derivation import Said, Scope
from conflict_minerals.customers.filling import Smelter
from conflict_minerals.ground.terms import AS_ASKED
from conflict_minerals.ground.text import fold

WAITING = ["metal", "supplier_id", "file", "row", "name_reported", "country_reported",
           "smelter_id_reported", "match_reason"]  # fmt: skip
TRACE = ["product", "metal", "smelter_id", "smelter_name", "country_name", "suppliers", "known_for"]
_MATCHED = ("id", "alias", "decision")
_RECYCLED = ("Yes", "No", "Unknown")


def rows_of(scope: Scope, said: Said) -> pd.DataFrame:
    """The smelter rows of the suppliers in scope, of the metals that they supply it with."""
    pairs = {(metal, one) for metal, held in scope.suppliers.items() for one in held}
    asked = zip(said.rows["metal"], said.rows["supplier_id"], strict=True)
    return said.rows[pd.Series([pair in pairs for pair in asked], said.rows.index, dtype="bool")]


def smelters(
    scope: Scope, said: Said, facilities: pd.DataFrame, used: tuple[str, ...], private: list[str]
) -> list[Smelter]:
    """The lines of the Smelter List, by metal in the template's order, then name and id.

    ``facilities`` are those of the year, of other minerals too, ``used`` the metals that are
    declared; ``private`` words (folded) may not stand in what is
    taken from suppliers' texts: a mine's name that holds one is left out.
    """
    rows = rows_of(scope, said)
    rows = rows[rows["metal"].isin(used)]
    known = facilities.set_index(["metal", "smelter_id"])[["smelter_name", "country"]]
    order = {metal: place for place, metal in enumerate(AS_ASKED)}
    found = []
    matched = rows[rows["match"].isin(_MATCHED)]
    for (metal, smelter_id), own in matched.groupby(["metal", "smelter_id"], sort=True):
        recycled = _agreed(own["recycled_reported"], private).title()
        found.append(Smelter(
            metal, smelter_id, *known.loc[(metal, smelter_id)],
            _agreed(own["mines_reported"], private),
            _agreed(own["mine_countries_reported"], private),
            recycled if recycled in _RECYCLED else ""))  # fmt: skip
    # So is a metal that is declared and of which nobody has named a smelter.
    unnamed = {*used} - {line.metal for line in found}
    unnamed |= {*rows[rows["match"].eq("not_identified")]["metal"]}
    found += [Smelter(metal, "") for metal in sorted(unnamed)]
    return sorted(found, key=lambda one: (
        order.get(one.metal, 9), one.metal, not one.smelter_id, one.name.casefold(),
        one.smelter_id))  # fmt: skip


def _agreed(texts: pd.Series, private: list[str]) -> str:
    """What every row says; blank where one is silent or says otherwise, or it names somebody."""
    said = {fold(text) for text in texts}
    text = texts.iloc[0] if len(said) == 1 else ""
    words = f" {fold(text)} "
    return "" if "@" in text or any(f" {one} " in words for one in private) else text


def waiting(scope: Scope, said: Said) -> pd.DataFrame:
    """Rows that no source knows or that contradict themselves: decided before anything is sent."""
    rows = rows_of(scope, said)
    return rows[rows["match"].eq("none")][WAITING].sort_values(WAITING[:4], ignore_index=True)


def trace(products: pd.DataFrame, said: Said, facilities: pd.DataFrame) -> pd.DataFrame:
    """A row for each product, metal and facility (``TRACE``), ``;`` between the suppliers.

    ``known_for`` is ``product`` where a supplier that answered for products named the facility,
    else ``company``. Facilities behind no product in scope come last, their product blank.
    """
    rows = said.rows[said.rows["match"].isin(_MATCHED)]
    named = rows.groupby(["metal", "smelter_id"])["supplier_id"].agg(lambda held: set(held))
    out = []
    for line in facilities.itertuples():
        who = named.get((line.metal, line.smelter_id), set())
        behind = [(product.product, through) for product in products.itertuples()
                  if getattr(product, line.metal.lower()) == "yes" and product.in_scope == "true"
                  and (through := who & (set(filter(None, product.suppliers.split(";"))) or who))]
        for product, through in behind or [("", who)]:
            level = any(said.level.get(one) == "product" for one in through)
            out.append([product, line.metal, line.smelter_id, line.smelter_name, line.country_name,
                        ";".join(sorted(through)),
                        ("product" if level else "company") if product else ""])  # fmt: skip
    frame = pd.DataFrame(out, columns=TRACE)
    frame["last"] = frame["product"].eq("")
    return frame.sort_values(["last", *TRACE[:3]], ignore_index=True).drop(columns="last")
