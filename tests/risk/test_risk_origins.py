"""Countries of origin: what suppliers write is read, kept as written, or said to be unknown."""

from datetime import date

import pytest

import risk_year as year
from conflict_minerals.ground.errors import InputError
from conflict_minerals.risk import mines, origins
from risk_year import ASSURED, FABLED, PLANT, PRETEND, TIN


@pytest.mark.parametrize(
    ("text", "codes", "recycled", "unread"),
    [
        ("", (), False, ()),
        ("DRC", ("COD",), False, ()),
        ("Brazil; Peru", ("BRA", "PER"), False, ()),
        ("Brazil, Congo, Democratic Republic of the, Rwanda", ("BRA", "COD", "RWA"), False, ()),
        ("KOREA, REPUBLIC OF", ("KOR",), False, ()),
        ("BRAZIL AND PERU", ("BRA", "PER"), False, ()),
        ("Bosnia and Herzegovina", ("BIH",), False, ()),
        ("Rwanda (Rutongo)", ("RWA",), False, ()),
        ("Brazil\nPeru\nBrazil", ("BRA", "PER"), False, ()),
        ("刚果民主共和国、卢旺达", ("COD", "RWA"), False, ()),
        ("COD / ZMB", ("COD", "ZMB"), False, ()),
        ("NA", (), False, ()),
        ("N/A", (), False, ()),
        ("No", (), False, ()),
        ("Unknown", (), False, ()),
        ("RCOI confirmed as per RMI", (), False, ()),
        ("100% Recycled", (), True, ()),
        ("Recycled/Scrap", (), True, ()),
        ("リサイクル", (), True, ()),
        ("Peru, recycled", ("PER",), True, ()),
        ("Atlantis, Peru", ("PER",), False, ("Atlantis",)),
        ("Korea", (), False, ("Korea",)),
        ("=HYPERLINK(1)", (), False, ("=HYPERLINK(1)",)),
        ("Rwanda-Burundi", ("RWA", "BDI"), False, ()),
        ("Guinea-Bissau", ("GNB",), False, ()),
        ("Peru 60%, DRC - 40 %", ("PER", "COD"), False, ()),
        ("Peru 100%; Rwanda 0%", ("PER",), False, ("Rwanda 0%",)),
        ("1. Rwanda 2. Uganda", ("RWA", "UGA"), False, ()),
        ("Rwanda\tUganda", ("RWA", "UGA"), False, ()),
        ("non-DRC", (), False, ("non-DRC",)),
        ("Rwanda - Nyungwe", (), False, ("Rwanda - Nyungwe",)),
        ("Congo, DR", ("COD",), False, ()),
        ("The Central African Republic", ("CAF",), False, ()),
    ],
)
def test_a_cell_on_mine_countries_is_read_as_suppliers_fill_it(text, codes, recycled, unread):
    assert mines.said(text) == (codes, recycled, unread)


@pytest.mark.parametrize(
    ("answer", "mine", "says"),
    [
        ("Yes", "", "Yes"), ("是", "", "Yes"), ("No", "recycled", "No"), ("", "scrap", "Yes"),
        ("Unknown", "", "Unknown"), ("", "", "Unknown"), ("perhaps", "", "Unknown"),
    ],
)
def test_a_row_says_recycled_by_its_answer_or_else_in_place_of_a_mine(answer, mine, says):
    which = year.some(ASSURED)
    rows = year.smelter_rows(which, recycled_reported=answer, mines_reported=mine)
    assert origins.recycled(rows)["recycled"].tolist() == [says]


def test_each_line_of_the_annex_bears_its_ground():
    which = year.some(ASSURED, PLANT, PRETEND, FABLED)
    rows = year.smelter_rows(which)
    written = {"CID900001": "South Africa", "CID900002": "Atlantis", "CID900003": "scrap"}
    rows["mine_countries_reported"] = rows["smelter_id"].map(written).fillna("")
    ore = ("CID900001", "Gold", "ZAF", "Mine statement", "The refiner", "2019-01-31")
    told = year.run(which, rows, given=year.inputs(origins=(ore,))).origins
    lines = told[["smelter_id", "basis", "country", "as_reported"]].values.tolist()
    assert lines == [
        ["CID900001", "declared", "ZAF", "South Africa"],
        ["CID900001", "evidence", "ZAF", "ZAF"],
        ["CID900002", "none", "", ""],
        ["CID900002", "unread", "", "Atlantis"],
        ["CID900003", "recycled", "", "recycled"],
        ["CID900004", "none", "", ""],
    ]
    declared = told[told["basis"] == "declared"].iloc[0]
    assert declared["places"] == "a/a.xlsx, Smelter List, row 5" and declared["suppliers"] == 1
    assert told[told["basis"] == "evidence"].iloc[0]["source"] == "The refiner"


def test_a_record_of_origin_is_found_however_its_id_and_countries_are_written():
    which = year.some(ASSURED, PLANT)
    records = (("cid 900002", "Gold", "Rwanda; DRC", "Tags", "The refiner", "2019-01-31"),
               ("CID900009", "Gold", "Peru", "Tags", "Somebody", "2019-01-31"),
               ("CID900001", "Gold", "Peru", "Tags", "Somebody", "2019-05-16"))
    done = year.run(which, given=year.inputs(origins=records))
    risk = done.risk.set_index("smelter_id")
    assert risk.loc["CID900002", ["declared_origins", "hard"]].tolist() == ["COD;RWA", True]
    line = done.risk_sources.query("kind == 'origins'").iloc[0]
    assert (line["rows"], line["state"]) == (2, "provided")
    assert "No facility of this year: Gold CID900009" in line["note"]
    assert "Dated after the review date, left out: 1" in line["note"]


def test_a_slip_in_a_record_of_origin_hides_nothing():
    record = ("CID900002", "Gold", "Rwnda", "Tags", "The refiner", "2019-01-31")
    with pytest.raises(InputError, match="origins.csv, Gold CID900002, country: 'Rwnda'"):
        year.run(year.some(PLANT), given=year.inputs(origins=(record,)))


def test_rows_that_do_not_count_or_match_nothing_say_nothing():
    which = year.some(ASSURED)
    rows = year.smelter_rows(which, mine_countries_reported="Rwanda")
    for change in ({"counted": False}, {"smelter_id": ""}):
        told = origins.annex(
            rows.assign(**change), year.inputs().origins, which, as_of=date(2019, 5, 15)
        )
        assert told["basis"].tolist() == ["none"]


def test_the_summary_says_plainly_what_is_not_known():
    which = year.some(ASSURED, PLANT, PRETEND, FABLED, TIN)
    rows = year.smelter_rows(which)
    rows.loc[rows["smelter_id"] == "CID900001", "mine_countries_reported"] = "Zambia; Peru"
    rows.loc[rows["smelter_id"] == "CID900003", "mine_countries_reported"] = "scrap"
    told = year.run(which, rows).origin_summary.set_index("metal")
    counts = ["facilities", "with_country", "recycled_only", "nothing_known"]
    assert told.loc["Gold", counts].tolist() == [4, 1, 1, 2]
    assert told.loc["Gold", "covered_countries"] == "ZMB"
    assert told.loc["Gold", "statement"] == (
        "Of 4 gold facilities a country of origin is named for 1; recycled or scrap feed only is "
        "said to be used by 1; nothing is known of 2. Covered Countries named: Zambia."
    )
    assert told.loc["Tin", "statement"].startswith("Nothing is known")
    rows["mine_countries_reported"] = "see our web page"
    unread = year.run(which, rows)
    assert "for 4 of these could not be read" in unread.origin_summary["statement"][0]
    assert set(unread.flags.query("rule == 'origin-unknown'")["matched"]) == {"origin_basis unread"}
