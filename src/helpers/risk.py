"""The geographic risk review in its steps: sources, origins, rules, flags, tiers, the open list.

Each step takes what the steps before it gave. ``basis`` is what the review rests on.
"""

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.show import Shown, figure
from conflict_minerals.pictures import (
    changes_picture,
    flags_picture,
    map_of_tiers,
    tiers_picture,
)
from conflict_minerals.risk import (
    ROWS,
    Basis,
    assign_tiers,
    count_steps,
    explain_tiers,
    find_flags,
    flag_suppliers,
    listed_sources,
    names_alike,
    open_gates,
    open_steps,
    origins_of,
    profile_facilities,
    rest_on,
    rule_states,
    summarise_origins,
    weigh_rules,
)
from conflict_minerals.status import all_changes, compare_years, promises_kept, reach_of
from conflict_minerals.survey import corrective_actions, grade_programmes

# Steps that need nothing of the run are handed through.
__all__ = ["count_steps", "rule_states", "summarise_origins"]


def basis(run) -> Basis:
    """The rules, the tier table, the lists that the user brought and the dated events."""
    return rest_on(run.inputs, run.read("left_lists"), as_of=run.as_of, raw=run.raw)


def sources(run, basis: Basis) -> pd.DataFrame:
    """What the review rests on, with its date, and what was not provided: ``risk_sources``."""
    return listed_sources(basis, run.inputs.origins, run.read("facilities"))


def origins(run, basis: Basis) -> pd.DataFrame:
    """Where each facility's ore is said to come from, and what shows it: ``origins``."""
    return origins_of(basis, run.read("facilities"), run.read("smelter_rows", ROWS["ore"]),
                      run.inputs)


def names_for_counsel(run, basis: Basis) -> pd.DataFrame:
    """Names like those of sanctions and entity lists: ``sanctions_review``, for counsel alone."""
    return names_alike(basis, run.read("facilities"), run.read("smelter_rows", ROWS["names"]),
                       run.read("suppliers"), run.inputs)


def profiles(run, basis: Basis, origins: pd.DataFrame, alike: pd.DataFrame) -> pd.DataFrame:
    """What the rules look at, a row a facility: ``risk_profile``."""
    return profile_facilities(basis, run.read("facilities"), run.read("smelter_rows", ROWS["ore"]),
                              run.read("list_entries"), origins, alike, run.inputs)


def flags(run, basis: Basis, profiles: pd.DataFrame, origins: pd.DataFrame) -> pd.DataFrame:
    """Which facility matched which rule, on what: ``flags``."""
    return find_flags(basis, profiles, origins, run.read("smelter_rows", ROWS["list"]))


def context(run, basis: Basis) -> pd.DataFrame:
    """What suppliers answered about all their smelters together: ``supplier_flags``."""
    return flag_suppliers(basis, run.read("answers"))


def rules_picture(flags: pd.DataFrame, rules: pd.DataFrame) -> Shown:
    """Facilities that match each rule, by metal."""
    return figure(*flags_picture(flags, rules))


def tier_table() -> pd.DataFrame:
    """The table that turns flags and assurance into a tier, read from the top."""
    return library.table("tiers")


def tiers(run, basis: Basis, profiles: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Each facility with its flags, its tier and the tier's reasons: ``risk``."""
    return assign_tiers(run.read("facilities"), flags, run.inputs.decisions, profiles=profiles,
                        lines=basis.lines)


def picture(tiers: pd.DataFrame) -> Shown:
    """Facilities by metal, in the colour of their tier."""
    return figure(*tiers_picture(tiers))


def world(tiers: pd.DataFrame) -> Shown:
    """Every country with a facility: a circle as large as their number, parted by tier."""
    return figure(*map_of_tiers(tiers))


def explained(run, basis: Basis, origins, flags, tiers: pd.DataFrame) -> pd.DataFrame:
    """Each facility with the rules that matched, on what, and its line of the tier table."""
    return explain_tiers(tiers, flags, run.read("facilities"),
                         run.read("smelter_rows", ROWS["who"]), origins, basis.lines)


def above_lowest(explained: pd.DataFrame) -> pd.DataFrame:
    """The facilities above the lowest tier."""
    return explained[explained["tier"] != "low"]


def gates(run, flags: pd.DataFrame, tiers: pd.DataFrame) -> pd.DataFrame:
    """Hard flags that no decision answers."""
    return open_gates(tiers, flags, run.inputs.decisions)


def open_list(run, basis: Basis, tiers: pd.DataFrame, joined: pd.DataFrame) -> pd.DataFrame:
    """What is open, by tier and reach, with the step decided, its owner and date: ``escalation``.

    ``joined``: the table ``explore``.
    """
    return open_steps(tiers, run.inputs.decisions, run.read("suppliers"), as_of=run.as_of,
                      lines=basis.lines, reach=reach_of(joined))


def actions(run) -> pd.DataFrame:
    """What suppliers were asked to drop or to prove of a smelter, and its effect: ``actions``."""
    tables = run.read("suppliers"), run.read("smelter_rows", ROWS["who"]), run.read("facilities")
    return corrective_actions(run.inputs.decisions, run.inputs.correspondence, *tables,
                              year=run.year, as_of=run.as_of, against=run.against)


def programmes(run) -> pd.DataFrame:
    """How good each supplier's own programme is, and why: for the analyst and for counsel."""
    return grade_programmes(run.read("suppliers"), run.read("answers"),
                            run.read("smelter_rows", ROWS["who"]), run.read("facilities"))


def weigh(basis: Basis, flags: pd.DataFrame, tiers: pd.DataFrame):
    """The tiers again without each rule: ``sensitivity`` and ``sensitivity_summary``."""
    return weigh_rules(tiers, flags, basis.lines)


def promises(run) -> pd.DataFrame:
    """What this report and earlier ones promised, and what came of it."""
    return promises_kept(run.inputs.program, run.as_of)


def changes(run, tiers: pd.DataFrame, promised: pd.DataFrame) -> pd.DataFrame:
    """Facilities, suppliers, answers and promises beside those of the year compared with."""
    now = {name: run.read(name) for name in ("facilities", "suppliers", "answers")}
    now |= {"risk": tiers, "promises": promised}
    return all_changes(compare_years(now, run.against, run.inputs.previous_annex), run.year)


def moves_picture(changes: pd.DataFrame) -> Shown:
    """What changed, as a picture."""
    return figure(*changes_picture(changes))
