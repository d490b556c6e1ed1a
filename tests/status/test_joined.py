"""One joined table: what it holds, how it is narrowed and counted."""

from datetime import date

import pandas as pd
import pytest

import identity_year as year
from conflict_minerals.ground import tables
from conflict_minerals.ground.errors import InputError
from conflict_minerals.smelters import matching
from conflict_minerals.status import classify
from conflict_minerals.status import joined as explored

TIERS = {"high": "High", "low": "Low"}


@pytest.fixture(scope="module")
def joined():
    known = year.known()
    rows = matching.match(year.rows(
        year.row("Gold", "CID900001"), year.row("Gold", "CID900001"),
        year.row("Gold", "CID900001", supplier_id="ben"), year.row("Tin", "CID900011"),
        year.row("Gold", "CID900002", counted=False), year.row("Gold", "", "Nobody")), known)
    found = classify.facilities(rows, known, year.entries(), as_of=date(2026, 3, 31))
    suppliers = pd.DataFrame({"supplier_id": ["anna", "ben", "cora"],
                              "supplier_name": ["Anna", "Ben", "Cora"],
                              "products": ["P1;P2", "", "P1"]})
    metals = {"tantalum": "no", "tungsten": "no", "tin": "no"}
    products = pd.DataFrame([{"product": "P1", "gold": "yes", **metals},
                             {"product": "P2", "gold": "no", **metals}])
    risk = found[["metal", "smelter_id"]].assign(
        tier=["high", "low"], flags=["gold-hub;on-no-list", ""], declared_origins="")
    return explored.explore(rows, found, suppliers, products, risk)


def test_it_has_a_row_a_supplier_product_metal_and_facility_that_counts(joined):
    made = tables.shape(joined, "explore")
    assert made[["supplier_id", "product", "metal", "needed", "rows"]].values.tolist() == [
        ["anna", "P1", "Gold", True, 2], ["anna", "P1", "Tin", False, 1],
        ["anna", "P2", "Gold", False, 2], ["anna", "P2", "Tin", False, 1],
        ["ben", "", "Gold", False, 1]]
    assert made["places"].iloc[0].count(", row ") == 2
    products = tables.shape(explored.product_facilities(joined), "product_facilities")
    assert products[["product", "smelter_id", "supplier_ids"]].values.tolist() == [
        ["P1", "CID900001", "anna"]]


def test_it_is_narrowed_and_counted_by_any_of_its_sides(joined):
    high = explored.narrow(joined, {"tier": "high", "rule": "on-no-list"})
    assert set(high["smelter_id"]) == {"CID900001"}
    by = explored.count_by(high, "supplier", TIERS)
    assert by[["supplier", "facilities", "products", "rows", "High"]].values.tolist() == [
        ["anna", 1, 2, 2, 1], ["ben", 1, 0, 1, 1]]
    assert explored.count_by(joined, "rule", {})["rule"].tolist() == ["gold-hub", "on-no-list"]
    assert explored.reach(joined)["Gold", "CID900001"] == {
        "suppliers": 2, "products": 2, "rows": 3}
    with pytest.raises(InputError, match="unknown condition colour"):
        explored.narrow(joined, {"colour": "red"})
    with pytest.raises(InputError, match="unknown condition origins. Did you mean 'origin'"):
        explored.narrow(joined, {"origins": "CHN"})


def test_a_word_that_no_year_could_have_is_refused_with_what_resembles_it(joined):
    for where, words in (({"country": "china"}, "country 'china'. Did you mean 'China'"),
                         ({"supplier": ["anna", "bn"]}, "supplier 'bn'. Did you mean 'ben'"),
                         ({"tier": "hihg"}, "Did you mean 'high'"),
                         ({"origin": "Chiina"}, "Did you mean 'China'")):
        with pytest.raises(InputError, match=words):
            explored.narrow(joined, where)
    told = joined.assign(origins="CHN;COD")
    assert len(explored.narrow(told, {"origin": "China"})) == len(joined)
    for where in ({"tier": "critical"}, {"country": "France"}, {"rule": "covered-country"}):
        assert explored.narrow(joined, where).empty, "a year could have it"
