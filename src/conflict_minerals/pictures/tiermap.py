"""The map: where the facilities are, by tier."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from conflict_minerals.ground import countries
from conflict_minerals.ground.text import number_of
from conflict_minerals.pictures import worldmap
from conflict_minerals.pictures.canvas import MUTED, TIERS, Picture, finish, listed


def world_map(risk: pd.DataFrame) -> Picture:
    """Where the facilities are: a circle a country, as large as their number, parted by tier.

    ``risk``: the table of that name. The table has a line a country: facilities by tier.
    """
    table = _by_country(risk)
    drawn = table[table["country"].map(worldmap.placeable).astype(bool)]
    most = max(int(drawn["facilities"].max()), _FULL) if len(drawn) else 1
    inset = drawn["country"].isin(_INSET)
    figure = Figure(figsize=(11, 5.8), facecolor="white")
    for place, rows, larger in (((0.01, 0.15, 0.98, 0.84), drawn[~inset], False),
                                ((0.012, 0.155, 0.235, 0.39), drawn[inset], True)):
        if larger and rows.empty:
            continue
        axes = figure.add_axes(place)
        worldmap.draw(axes)
        if larger:
            worldmap.window(axes, *_EUROPE)
        for row in rows.to_dict("records"):  # the largest first, so that none hides a smaller one
            parts = [(row[tier] / row["facilities"], colour) for tier, colour in TIERS.items()]
            worldmap.circle(axes, row["country"], parts, row["facilities"] / most,
                            f"{row['facilities']}")
    tally = {tier: int((risk["tier"] == tier).sum()) for tier in TIERS}
    where = {tier: int((drawn[tier] > 0).sum()) for tier in TIERS}
    handles = [
        Patch(facecolor=colour, edgecolor="#222222", linewidth=0.5,
              label=f"{tier.capitalize()}: {number_of(tally[tier], 'facility', 'facilities')} in "
                    f"{number_of(where[tier], 'country', 'countries')}")
        for tier, colour in TIERS.items()
    ]
    unknown = int((risk["country"] == "").sum())
    if unknown:
        told = f"Country unknown: {number_of(unknown, 'facility', 'facilities')}"
        handles.append(Patch(facecolor="white", edgecolor="#222222", linewidth=0.5, hatch="////",
                             label=told))
    figure.legend(handles=handles, loc="lower center", ncol=3, frameon=False,
                  fontsize=9, bbox_to_anchor=(0.5, 0.028), columnspacing=2.2, handlelength=1.4)
    figure.text(0.5, 0.008,
                "A circle is as large as the number of facilities in the country, parted by tier; "
                "Europe is in the window. Where a facility stands is not where its ore comes from. "
                "Shapes: Natural Earth; countries as in ISO 3166.",
                ha="center", fontsize=7, color=MUTED)
    return finish(figure, _map_alt(table, tally), "Facilities by country and tier",
                  table.drop(columns="country"))  # which reads as the name beside it


_FULL = 15  # facilities of the largest circle at least: of few, neighbours would hide each other
# West, east, south and north of the part of Europe that is shown larger, and the countries whose
# numbers stand there and not on the map of the world.
_EUROPE = (-11, 33, 35.5, 62)
_INSET = frozenset(
    "ALB AND AUT BEL BGR BIH BLR CHE CZE DEU DNK ESP EST FRA GBR GIB GRC HRV HUN IRL ITA LIE LTU "
    "LUX LVA MCO MDA MKD MLT MNE NLD POL PRT ROU SMR SRB SVK SVN VAT".split()
)


def _by_country(risk: pd.DataFrame) -> pd.DataFrame:
    tiers = list(TIERS)
    counts = pd.crosstab(risk["country"], risk["tier"]).reindex(columns=tiers, fill_value=0)
    counts.columns = tiers
    table = counts.assign(facilities=counts.sum(axis=1)).reset_index()
    table["country_name"] = [
        countries.printed(code) if code else "Country unknown" for code in table["country"]
    ]
    table["region"] = [countries.region(code) for code in table["country"]]
    return table[["country", "country_name", "region", "facilities", *tiers]].sort_values(
        ["facilities", "country"], ascending=[False, True], ignore_index=True
    )


def _map_alt(table: pd.DataFrame, tally: dict[str, int]) -> str:
    known = table[table["country"] != ""]
    total = int(table["facilities"].sum())
    parts = [f"World map of {number_of(total, 'facility', 'facilities')} in "
             f"{number_of(len(known), 'country', 'countries')}."]
    for tier, count in tally.items():
        names = sorted(known.loc[known[tier] > 0, "country_name"])
        told = f"{tier.capitalize()}: {number_of(count, 'facility', 'facilities')}"
        parts.append(f"{told} in {listed(names)}." if names and tier != list(TIERS)[-1]
                     else f"{told}.")
    # Of countries with the same number none is named before the others.
    fourth = int(known["facilities"].iloc[3]) if len(known) > 3 else 0
    most = known.head(3)[known["facilities"].head(3) > fourth]
    if len(most):
        names = [f"{row.country_name} ({row.facilities})" for row in most.itertuples()]
        parts.append(f"Most facilities: {listed(names)}.")
    return " ".join(parts)
