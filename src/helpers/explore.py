"""One joined table to ask anything of: supplier, product, metal and facility in a line.

``narrow(joined, country="China", tier="high")`` keeps what holds; ``by(run, joined, "supplier")``
counts; ``picture(run, joined, "supplier")`` shows the same. Each takes one or more of supplier,
product, metal, facility, country, region, status, tier, rule and origin.
"""

import pandas as pd

from conflict_minerals.ground.show import Shown, figure
from conflict_minerals.ground.terms import STATUSES
from conflict_minerals.pictures import TIERS, ranked_picture
from conflict_minerals.status import EXPLORED_ROWS as ROWS
from conflict_minerals.status import (
    count_explored,
    explore_table,
    narrow_explored,
    parted_by,
    product_facilities,
)

__all__ = ["ROWS", "product_facilities"]


def joined(run, suppliers: pd.DataFrame, rows: pd.DataFrame, facilities: pd.DataFrame,
           tiers: pd.DataFrame | None = None) -> pd.DataFrame:
    """A row a supplier, product, metal and facility: the table ``explore``.

    Without ``tiers`` (the table ``risk``) it says nothing of tier, flags and origins.
    """
    return explore_table(rows, facilities, suppliers, run.inputs.products, tiers)


def narrow(joined: pd.DataFrame, **conditions) -> pd.DataFrame:
    """The rows for which every condition holds; each is a word or a list of words."""
    return narrow_explored(joined, conditions)


def by(run, joined: pd.DataFrame, what: str) -> pd.DataFrame:
    """Facilities, by tier or status, with suppliers, products and rows, the most first."""
    return count_explored(joined, what, _kinds(run, joined))


def picture(run, joined: pd.DataFrame, what: str) -> Shown:
    """The first of the same as bars, in the colours of tier or status."""
    return figure(*ranked_picture(by(run, joined, what), what, _kinds(run, joined)))


def _kinds(run, joined: pd.DataFrame) -> dict[str, str]:
    if parted_by(joined) == "tier":
        return {tier: tier.capitalize() for tier in TIERS}
    return {status: run.inputs.program["labels"][status] for status in STATUSES}
