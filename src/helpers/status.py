"""Who each reported smelter is, and what the year's lists could show of it on the review date."""

import pandas as pd

from conflict_minerals.ground.show import Shown, figure
from conflict_minerals.ground.tables import names
from conflict_minerals.ground.terms import STATUSES
from conflict_minerals.pictures import status_picture
from conflict_minerals.smelters import Reference, build_reference, match_rows
from conflict_minerals.smelters import suggest as suggest_facilities
from conflict_minerals.status import (
    Minerals,
    audits_due_again,
    by_facility,
    by_supplier,
    classify_facilities,
    facilities_that_left,
    faulty_lines,
    lines_without_id,
    linked_views,
    lists_met,
    other_minerals,
    used_lists,
    what_decisions_changed,
)

_MATCHES = {
    "id": "id together with metal",
    "alias": "exact name or alias together with metal",
    "decision": "a person's decision",
    "none": "matched nothing",
    "not_identified": "says that the smelter is not identified",
}


def lists_used(run) -> pd.DataFrame:
    """Each assurance list, whether it is used, and why not."""
    return used_lists(run.read("list_entries"), run.as_of, run.inputs.lists)


def reference(run) -> Reference:
    """What is known of smelters: ``entries``, ``facilities`` and where sources disagree."""
    return build_reference(run.read("lookups"), run.read("list_entries"), as_of=run.as_of)


def by_name_alone(run, known: Reference) -> pd.DataFrame:
    """List lines without an id, and the facility that an exact name leads to."""
    return lines_without_id(known, run.read("list_entries"))


def match(run, known: Reference) -> pd.DataFrame:
    """Each reported row with the facility that it is, how that is known, or why it is none."""
    rows = run.read("reported_rows", names("reported_rows"))
    return match_rows(rows, known, run.inputs.decisions)


def matches(smelter_rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of counted CMRTs by how they were matched: ``match, meaning, rows, suppliers``."""
    rows = smelter_rows[smelter_rows["counted"].astype(bool)]
    grouped = rows.groupby("match")["supplier_id"].agg(["size", "nunique"])
    grouped = grouped.reindex(list(_MATCHES), fill_value=0)
    out = grouped.set_axis(["rows", "suppliers"], axis=1).reset_index()
    out.insert(1, "meaning", out["match"].map(_MATCHES))
    return out


def unmatched(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of counted CMRTs that name a smelter and matched nothing."""
    return rows[rows["counted"] & (rows["match"] == "none")]


def suggest(run, open_rows: pd.DataFrame, known: Reference) -> pd.DataFrame:
    """The facilities that resemble each unmatched name most, and the key that a decision takes."""
    return suggest_facilities(open_rows, known, workers=run.workers)


def classify(run, rows: pd.DataFrame, known: Reference) -> pd.DataFrame:
    """One row a (smelter, metal) pair, with its status and what shows it: ``facilities``."""
    return classify_facilities(rows, known, run.read("list_entries"), as_of=run.as_of,
                               program=run.inputs.program, decisions=run.inputs.decisions)


def minerals(run, rows: pd.DataFrame, known: Reference) -> Minerals:
    """What EMRTs and AMRTs name: ``rows``, ``facilities``, and how many of each are ``counted``."""
    return other_minerals(rows, run.read("responses"), run.read("answers"), known,
                          run.read("list_entries"), as_of=run.as_of, program=run.inputs.program,
                          decisions=run.inputs.decisions)


def by_metal(run, facilities: pd.DataFrame) -> pd.DataFrame:
    """Facilities by metal and status, in the year's own words, with their totals."""
    table = pd.crosstab(facilities["metal"], facilities["status"])
    table = table.reindex(columns=list(STATUSES), fill_value=0)
    table.loc["All metals"] = table.sum()
    table["All"] = table.sum(axis=1)
    labels = run.inputs.program["labels"]
    return table.rename(columns=labels).rename_axis(None, axis=1).reset_index()


def past_cycle(facilities: pd.DataFrame) -> pd.DataFrame:
    """Facilities listed with an audit past its cycle on the review date."""
    return facilities[facilities["audit"] == "run_out"]


def picture(run, facilities: pd.DataFrame) -> Shown:
    """Facilities by metal, in the colour of their status."""
    return figure(*status_picture(facilities, run.inputs.program["labels"]))


def distinct(facilities: pd.DataFrame) -> pd.DataFrame:
    """The names and countries among facilities, each once."""
    return facilities[["name_key", "country"]].drop_duplicates()


def list_lines(run, rows: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """Lines of lists that cannot be used or read whole, the weightiest first."""
    return faulty_lines(run.read("list_entries"), rows, facilities, as_of=run.as_of)


def met(run, known: Reference, facilities: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """What each list in use meets of the reported facilities."""
    fewer = run.inputs.program["status"]["list_fewer_percent"]
    return lists_met(run.read("list_entries"), known, facilities, lines, as_of=run.as_of,
                     fewer_percent=fewer, before=run.against)


def due_again(run, facilities: pd.DataFrame) -> pd.DataFrame:
    """Listed audits that fall due again within the window of ``program.yml``."""
    window = run.inputs.program["status"]["reaudit_window_days"]
    return audits_due_again(facilities, as_of=run.as_of, window_days=window)


def left(run, known: Reference, facilities: pd.DataFrame) -> pd.DataFrame:
    """Facilities that an older list or the year compared with named, and the newest does not."""
    return facilities_that_left(run.read("list_entries"), known, facilities, as_of=run.as_of,
                                before=run.against)


def effects(run, rows: pd.DataFrame, known: Reference) -> pd.DataFrame:
    """Match and status decisions, and what each changed."""
    return what_decisions_changed(rows, known, run.read("list_entries"), run.inputs.decisions,
                                  as_of=run.as_of, program=run.inputs.program)


def who_reported_whom(run, rows: pd.DataFrame, facilities: pd.DataFrame) -> Shown:
    """Each facility with its suppliers, each supplier with its facilities, linked both ways."""
    return linked_views(by_facility(rows, facilities),
                        by_supplier(rows, facilities, run.inputs.suppliers))
