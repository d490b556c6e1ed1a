"""Pictures: the same bytes each time, legends that count, text that says what they show."""

import pandas as pd
import pytest
from matplotlib.colors import to_rgb

import risk_year as year
from conflict_minerals.ground import library, show
from conflict_minerals.ground.terms import METALS
from conflict_minerals.pictures import canvas, charts, tiermap, worldmap


@pytest.fixture(scope="module")
def hindsight():
    return year.run(as_of=year.HINDSIGHT)


def legend(picture) -> list[str]:
    return [text.get_text() for text in picture.figure.legends[0].get_texts()]


def test_the_map_by_tier_counts_what_the_table_counts(hindsight):
    picture = tiermap.world_map(hindsight.risk)
    assert legend(picture) == [
        "Critical: 0 facilities in 0 countries", "High: 6 facilities in 1 country",
        "Medium: 44 facilities in 17 countries", "Low: 247 facilities in 38 countries",
    ]
    assert picture.table["facilities"].sum() == 297 and len(picture.table) == 41
    assert picture.table.iloc[0][["country_name", "facilities"]].tolist() == ["China", 79]
    assert "High: 6 facilities in Russian Federation." in picture.alt
    assert "Most facilities: China (79), Indonesia (36), Japan (29)." in picture.alt
    assert "World map of 297 facilities in 41 countries." in picture.alt
    assert list(picture.table.columns)[:3] == ["country_name", "region", "facilities"]


def test_circles_of_few_facilities_are_small_and_whole_in_the_window(hindsight):
    which = hindsight.risk.head(4).assign(country=["EST", "DEU", "MYS", "IDN"])
    figure = tiermap.world_map(which).figure
    for axes in figure.axes:
        frame = axes.get_window_extent().y1
        for held in (c for c in axes.collections if len(c.get_sizes())):
            radius = (held.get_sizes()[0] ** 0.5) / 2 * figure.dpi / 72
            assert radius < 10 * figure.dpi / 72
            assert axes.transData.transform(held.get_offsets()[0])[1] + radius < frame


def test_the_table_beneath_the_first_bars_says_that_it_is_whole():
    table = pd.DataFrame({"country": [f"C{n}" for n in range(16)], "facilities": 1, "Low": 1})
    picture = charts.ranked_bars(table, "country", {"low": "Low"})
    assert picture.caption == "Facilities by country, the first 15 of 16"
    assert picture.whole == "Facilities by country"


def test_a_circle_stands_on_each_country_however_small_and_unknown_ones_are_counted(hindsight):
    which = hindsight.risk.head(4).assign(country=["SGP", "HKG", "GIB", ""])
    picture = tiermap.world_map(which)
    held = [c for axes in picture.figure.axes for c in axes.collections]
    places = {tuple(float(v) for v in c.get_offsets()[0]) for c in held if len(c.get_offsets())}
    for at in ((103.8, 1.4), (114.2, 22.3), (-5, 36)):
        x, y = (float(v) for v in worldmap.project(*at))
        assert min(abs(x - a) + abs(y - b) for a, b in places) < 0.01
    assert "Country unknown: 1 facility" in legend(picture)
    assert "in 3 countries" in picture.alt
    assert "Most facilities" not in tiermap.world_map(
        which.assign(country=["SGP", "HKG", "GIB", "USA"])).alt


@pytest.mark.parametrize("colours", [canvas.TIERS, canvas.STATUSES])
def test_colours_part_in_a_black_and_white_print(colours):
    def lightness(colour: str) -> float:
        """L* of CIELAB, 0 to 100."""
        channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                    for c in to_rgb(colour)]
        return 116 * sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True)
                         ) ** (1 / 3) - 16

    found = sorted(lightness(colour) for colour in [*colours.values(), worldmap.LAND])
    assert min(b - a for a, b in zip(found, found[1:], strict=False)) > 10


def test_every_country_has_a_place_on_the_map():
    assert all(worldmap.placeable(code) for code in library.table("countries")["iso3"])


def test_a_shape_stands_with_the_country_under_which_iso_3166_lists_it():
    simferopol = tuple(float(v) for v in worldmap.project(34.1, 45.0))
    shapes = worldmap._world()[0]
    assert [code for code, path in shapes if path.contains_point(simferopol)] == ["UKR"]


def test_bars_by_metal_add_up():
    picture = charts.status_by_metal(year.facilities())
    assert picture.table.set_index("metal")["facilities"].to_dict() == {
        "Gold": 133, "Tantalum": 41, "Tin": 81, "Tungsten": 42}
    assert legend(picture) == ["Conformant (253)", "Active (2)", "Indeterminable (42)"]
    assert "Tin: 81 facilities, 73 conformant, 0 active, 8 indeterminable" in picture.alt


def test_the_years_own_words_are_taken_as_they_are():
    words = {"conformant": "Full Compliant", "active": "Active", "indeterminable": "$\\frac{$"}
    picture = charts.status_by_metal(year.facilities(), words)
    assert show.png(picture.figure, 40)  # a dollar sign is a dollar sign
    assert "Full Compliant (253)" in legend(picture)


def test_the_grid_of_rules_says_not_provided_where_nothing_was_tested(hindsight):
    picture = charts.flags_by_metal(hindsight.flags, hindsight.risk_rules)
    table = picture.table.set_index("rule")
    assert table.loc["suspended", ["Gold", "Tin"]].tolist() == [6, 0]
    assert set(table.loc["cahra-country", list(METALS)]) == {"not provided"}
    assert "sanctions-name-review" not in table.index
    assert "suspended: 6 gold" in picture.alt
    absent = ("cahra-country, declared-cahra, implausible-origin, level-cahra, level-transit, "
              "recycled-gold-cahra")  # what rests on lists that a company must bring itself
    assert f"Not provided, so not tested: {absent}." in picture.alt
    drawn = [text.get_text() for text in picture.figure.axes[0].texts]
    assert drawn.count("not provided") == 6 * 4
    assert drawn.count("not known yet") == 4  # the summary of mining of 2026, in 2022
    assert "Not known yet, so not tested: origin-not-named." in picture.alt
    named = {label.get_text().split()[0] for label in picture.figure.axes[0].get_yticklabels()}
    nothing = set(table.index[(table[list(METALS)] == 0).all(axis=1)])
    assert nothing and named == set(table.index) - nothing  # they stand in the table alone
    assert picture.caption.endswith(f"; {len(nothing)} rules of {len(table)} matched nothing")


def test_who_answered_puts_each_supplier_into_one_group():
    suppliers = pd.DataFrame({
        "responded": [True, True, False, False, False, False],
        "no_3tg": [False, False, True, False, False, False],
        "errors": [0, 1, 0, 0, 0, 0], "warnings": 0,
        "files_received": [1, 1, 0, 2, 0, 0], "days_overdue": [0, 0, 0, 0, 9, 0],
    })
    picture = charts.survey_picture(suppliers)
    assert picture.table["suppliers"].tolist() == [1] * 6
    assert picture.alt.startswith("Bars of 6 suppliers asked")


def test_what_moved_tells_better_from_worse():
    rows = [("facilities", "tier", "low", "high"), ("facilities", "tier", "high", "low"),
            ("facilities", "status", "active", "conformant"), ("facilities", "added", "", ""),
            ("suppliers", "stopped_responding", "", "")]
    changes = pd.DataFrame(rows, columns=["area", "change", "before", "now"])
    picture = charts.changes_picture(changes)
    told = dict(picture.table[["what", "changes"]].values)
    assert told == {"tier worse": 1, "tier better": 1, "status better": 1, "added": 1,
                    "stopped responding": 1}
    nothing = charts.changes_picture(changes.iloc[:0])
    assert nothing.alt == "No change, or no year to compare with."


def test_the_same_table_gives_the_same_bytes(hindsight):
    def draw() -> list[bytes]:
        risk, flags, states = hindsight.risk, hindsight.flags, hindsight.risk_rules
        return [show.png(p.figure, 60) for p in (
            tiermap.world_map(risk), charts.tiers_by_metal(risk),
            charts.flags_by_metal(flags, states))]

    first = draw()
    assert first == draw()
    assert all(b"tEXt" not in image and b"tIME" not in image for image in first)
