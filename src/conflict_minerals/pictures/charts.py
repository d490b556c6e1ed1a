"""Pictures that answer a question, each with its table and with text that says what it shows.

Every function gives a ``Picture``; ``show.figure(*picture)`` displays it. Nothing here reads a
clock or the network: the same table gives the same bytes.
"""

import pandas as pd
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from conflict_minerals.ground import library
from conflict_minerals.ground.terms import METALS
from conflict_minerals.ground.text import number_of
from conflict_minerals.pictures.canvas import (
    DARK,
    INK,
    MUTED,
    STATUSES,
    TIERS,
    Picture,
    bare_axes,
    finish,
    legend_above,
    status_words,
)


def status_by_metal(facilities: pd.DataFrame, labels: dict[str, str] | None = None) -> Picture:
    """How many facilities of each metal have which status: one bar a metal."""
    words = status_words(labels)
    best_first = {status: words[status] for status in list(STATUSES)[::-1]}
    return _by_metal(facilities, "status", STATUSES, best_first)


def tiers_by_metal(risk: pd.DataFrame) -> Picture:
    """How many facilities of each metal stand in which tier: one bar a metal."""
    return _by_metal(risk, "tier", TIERS, {tier: tier.capitalize() for tier in TIERS})


def _by_metal(frame, column: str, colours: dict[str, str], words: dict[str, str]) -> Picture:
    """One bar a metal, its facilities by ``column``; ``words``: its values as printed, in order."""
    table = pd.crosstab(frame["metal"], frame[column])
    table = table.reindex(index=list(METALS), columns=list(words), fill_value=0)
    figure, axes = bare_axes(8.6, 3.3, left=0.11, bottom=0.16, top=0.84)
    _stacked(axes, table, list(words), colours)
    axes.set_xlabel("Facilities (a smelter or refiner and a metal)", fontsize=9, color=MUTED)
    legend_above(figure, [(colours[v], f"{words[v]} ({int(table[v].sum())})") for v in words])
    told = [
        f"{metal}: {number_of(int(table.loc[metal].sum()), 'facility', 'facilities')}, "
        + ", ".join(f"{int(table.loc[metal, v])} {words[v].lower()}" for v in words)
        for metal in METALS
    ]
    alt = f"Bars of facilities by metal and {column}. " + "; ".join(told) + "."
    flat = table.assign(facilities=table.sum(axis=1)).reset_index().rename_axis(columns=None)
    return finish(figure, alt, f"{column.capitalize()} by metal", flat)


def _stacked(axes, table: pd.DataFrame, order: list[str], colours: dict[str, str]) -> None:
    longest = max(int(table[order].sum(axis=1).max()), 1) if len(table) else 1
    for place, line in enumerate(table[order].to_dict("records")):
        start = 0
        for kind in order:
            width = int(line[kind])
            if not width:
                continue
            axes.barh(place, width, left=start, height=0.62, color=colours[kind],
                      edgecolor="white", linewidth=0.8)
            if width / longest > 0.025:
                ink = "white" if colours[kind] in DARK else INK
                axes.text(start + width / 2, place, f"{width}", ha="center", va="center",
                          fontsize=9, color=ink)
            start += width
        axes.text(start + longest * 0.008, place, f"{start}", ha="left", va="center",
                  fontsize=9, color=MUTED)
    axes.set_yticks(range(len(table.index)), list(table.index), fontsize=10)
    axes.set_xlim(0, longest * 1.06)
    axes.invert_yaxis()


_RANKED = 15  # bars that a picture holds


def ranked_bars(table: pd.DataFrame, what: str, words: dict[str, str]) -> Picture:
    """The first lines of ``count_explored`` as bars: facilities by ``what``, parted by tier or
    status.

    ``words``: the parting's values as printed, each a column of the table.
    """
    shown = table.head(_RANKED).set_index(what)
    colours = {words[k]: c for k, c in {**TIERS, **STATUSES}.items() if k in words}
    longest = max((len(str(name)) for name in shown.index), default=0)
    left = min(0.12 + longest * 0.009, 0.5)
    height = 1.2 + 0.32 * max(len(shown), 1)
    figure, axes = bare_axes(8.6, height, left=left, bottom=0.5 / height, top=1 - 0.45 / height)
    _stacked(axes, shown, list(colours), colours)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    # Without numbers, since a facility may stand in several bars.
    legend_above(figure, [(colour, word) for word, colour in colours.items()])
    more = f", the first {_RANKED} of {len(table)}" if len(table) > _RANKED else ""
    told = [f"{row[what]}: {row['facilities']}" for row in table.head(_RANKED).to_dict("records")]
    alt = f"Bars of facilities by {what}{more}. {'; '.join(told) or 'None'}."
    whole = f"Facilities by {what}"
    return finish(figure, alt, f"{whole}{more}", table, whole)


_UNTESTED = {"not_provided": "not provided", "later_than_review": "not known yet"}


def flags_by_metal(flags: pd.DataFrame, rules: pd.DataFrame | None = None) -> Picture:
    """How many facilities of each metal match which rule: a grid of numbers.

    A rule that nothing matches stands in the table alone.

    Args:
        rules: the table ``risk_rules``; a rule that could not be tested is drawn as
            "not provided" or "not known yet", never as 0.
    """
    told = library.table("flags") if rules is None else rules
    told = told[(told["subject"] == "facility") & (told.get("audience", "") != "counsel")]
    hidden = {r.rule for r in library.table("flags").itertuples() if r.audience == "counsel"}
    told = told[~told["rule"].isin(hidden)]
    table = pd.crosstab(flags["rule"], flags["metal"]) if len(flags) else pd.DataFrame()
    table = table.reindex(index=told["rule"].tolist(), columns=list(METALS), fill_value=0)
    weights = dict(zip(told["rule"], told["severity"], strict=True))
    states = dict(zip(told["rule"], told["state"], strict=True)) if "state" in told else {}
    untested = {rule: _UNTESTED[state] for rule, state in states.items() if state in _UNTESTED}
    about = dict(zip(told["rule"], told["metal"], strict=True))
    drawn = table[table.any(axis=1) | table.index.isin(untested)]
    height = 0.5 + 0.34 * max(len(drawn), 1)
    figure, axes = bare_axes(8.6, height, left=0.34, bottom=0.02, top=1 - 0.4 / height)
    shades = {"hard": TIERS["critical"], "red": TIERS["high"], "soft": TIERS["medium"],
              "info": TIERS["low"]}
    for y, rule in enumerate(drawn.index):
        for x, metal in enumerate(METALS):
            _cell(axes, x, y, int(drawn.loc[rule, metal]), shades[weights[rule]],
                  untested.get(rule, ""), bool(about[rule]) and metal not in about[rule].split(";"))
    axes.set_xlim(-0.5, len(METALS) - 0.5)
    axes.set_ylim(max(len(drawn), 1) - 0.5, -0.5)
    axes.set_yticks(range(len(drawn)), [f"{r}  ({weights[r]})" for r in drawn.index], fontsize=9)
    axes.set_xticks(range(len(METALS)), list(METALS), fontsize=10)
    axes.xaxis.tick_top()
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    parts = []
    for rule in drawn.index:
        numbers = [f"{int(table.loc[rule, m])} {m.lower()}" for m in METALS if table.loc[rule, m]]
        if rule not in untested:
            parts.append(f"{rule}: {', '.join(numbers)}")
    alt = "Grid of facilities by rule matched and metal. " + ("; ".join(parts) or "No rule matched")
    for state in _UNTESTED.values():
        names = ", ".join(sorted(rule for rule in untested if untested[rule] == state))
        alt += f". {state.capitalize()}, so not tested: {names or 'none'}"
    left_out = number_of(len(table) - len(drawn), "rule", "rules")
    nothing = f"{left_out} of {len(table)} matched nothing"
    alt += f". {nothing}."
    flat = table.reset_index().rename(columns={"index": "rule"}).rename_axis(columns=None)
    flat.insert(1, "severity", flat["rule"].map(weights))
    flat.insert(2, "state", [untested.get(rule, "tested") for rule in flat["rule"]])
    for metal in METALS:
        flat[metal] = flat[metal].astype("object").where(flat["state"] == "tested", flat["state"])
    whole = "Rules matched by metal"
    return finish(figure, alt, f"{whole}; {nothing}", flat, whole)


def _cell(axes, x: int, y: int, count: int, shade: str, untested: str, elsewhere: bool) -> None:
    colour = shade if count and not untested else "#f4f6f8"
    axes.add_patch(Rectangle((x - 0.47, y - 0.42), 0.94, 0.84, facecolor=colour, edgecolor="none"))
    text = untested or ("–" if elsewhere else f"{count}")
    ink = "white" if colour in DARK else INK if count and not untested else MUTED
    axes.text(x, y, text, ha="center", va="center", color=ink, fontsize=8 if untested else 9.5)


def survey_picture(suppliers: pd.DataFrame) -> Picture:
    """Who answered: the suppliers asked, each in one of six groups.

    ``suppliers``: the table of that name.
    """
    table = _answered(suppliers)
    colours = ["#3f76a8", "#7fa8c9", "#c9d8e4", "#eaa63f", "#b8452b", "#e6e6e2"]
    figure, axes = bare_axes(8.6, 3.1, left=0.33, bottom=0.1, top=0.95)
    _bars(axes, table["suppliers"], colours, edgecolor="#8a949c", linewidth=0.4)
    axes.set_yticks(range(len(table)), list(table["group"]), fontsize=9.5)
    total = int(table["suppliers"].sum())
    told = [f"{row.group.lower()}: {row.suppliers}" for row in table.itertuples()]
    asked = number_of(total, "supplier", "suppliers")
    alt = f"Bars of {asked} asked, by answer. " + "; ".join(told) + "."
    return finish(figure, alt, "Who answered", table)


def _bars(axes, counts: pd.Series, colours: list[str], **edge) -> None:
    """A bar a count, the first at the top, each with its number at the end."""
    longest = max(int(counts.max()), 1)
    for place, (count, colour) in enumerate(zip(counts, colours, strict=True)):
        axes.barh(place, count, height=0.66, color=colour, **edge)
        axes.text(count + longest * 0.012, place, f"{count}", va="center", fontsize=10, color=INK)
    axes.set_xlim(0, longest * 1.1)
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))  # it counts


def _answered(suppliers: pd.DataFrame) -> pd.DataFrame:
    found = suppliers["errors"] + suppliers["warnings"] > 0
    responded, other = suppliers["responded"], ~suppliers["responded"]
    silent = other & ~suppliers["no_3tg"]
    nothing = suppliers["files_received"] == 0
    late = suppliers["days_overdue"] > 0
    groups = [
        ("Answered, nothing found wrong", responded & ~found),
        ("Answered, with findings", responded & found),
        ("Said otherwise that it uses no 3TG", other & suppliers["no_3tg"]),
        ("Sent files of which none counts", silent & ~nothing),
        ("Sent nothing and is overdue", silent & nothing & late),
        ("Sent nothing and is not yet due", silent & nothing & ~late),
    ]
    return pd.DataFrame(
        [{"group": name, "suppliers": int(mask.sum())} for name, mask in groups]
    )


def changes_picture(changes: pd.DataFrame) -> Picture:
    """What moved since the year compared with: one bar a kind of change.

    ``changes``: the table of that name (``area, change, metal, subject, before, now``).
    """
    table = _moves(changes)
    figure, axes = bare_axes(8.6, 1.0 + 0.33 * max(len(table), 2), left=0.27, bottom=0.13, top=0.97)
    colours = {"facilities": "#3f76a8", "suppliers": "#eaa63f", "answers": "#b8452b",
               "promises": "#8a949c"}
    if table.empty:
        axes.text(0.5, 0.5, "No change, or no year to compare with", ha="center", va="center",
                  transform=axes.transAxes, color=MUTED, fontsize=11)
        axes.axis("off")
        return finish(figure, "No change, or no year to compare with.", "What moved", table)
    _bars(axes, table["changes"], [colours[area] for area in table["area"]])
    axes.set_yticks(range(len(table)), [f"{r.area}: {r.what}" for r in table.itertuples()],
                    fontsize=9)
    told = [f"{row.area}, {row.what}: {row.changes}" for row in table.itertuples()]
    return finish(figure, "Bars of what moved. " + "; ".join(told) + ".", "What moved", table)


def _moves(changes: pd.DataFrame) -> pd.DataFrame:
    """``area, what, changes``: changes counted, those of status and tier with their direction."""
    ranks = {word: i for order in (TIERS, STATUSES) for i, word in enumerate(order)}
    what = []
    for row in changes.itertuples():
        if row.change in ("status", "tier") and {row.before, row.now} <= set(ranks):
            better = ranks[row.now] > ranks[row.before]
            what.append(f"{row.change} {'better' if better else 'worse'}")
        else:
            what.append(row.change.replace("_", " "))
    rows = pd.DataFrame({"area": list(changes["area"]), "what": what})
    table = rows.groupby(["area", "what"]).size().rename("changes").reset_index()
    order = {area: i for i, area in enumerate(("facilities", "suppliers", "answers", "promises"))}
    table = table.assign(_at=table["area"].map(order)).sort_values(
        ["_at", "changes", "what"], ascending=[True, False, True], ignore_index=True
    )
    return table[["area", "what", "changes"]]
