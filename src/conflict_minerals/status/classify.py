"""What could be shown about each facility on the review date, and by which list.

Conformant: on an audit programme's list. Active: committed to an audit, or in a scheme that the
programme recognises, by the year's own rule. An audit past its cycle counts as its list says, and
is shown as run out. Else indeterminable. ``status_ground`` keeps apart what a status rests on:

- ``listed``: a list gives it;
- ``no_list``: no list names the facility;
- ``expired``: its listed audit has run out, and ``status.expired_counts`` is false;
- ``retired``: its newest line in lists of retired ids took it off, and no later list has it;
- ``unclear``: its list uses a word that gives no assurance (status_rules.csv), or says Multiple
  where no other source names the metal;
- ``denied``: its list, no older than any that has it, says that it is suspended, removed or such;
- ``decided``: a person decided so.
"""

from datetime import date
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from conflict_minerals.ground import countries, library, tables
from conflict_minerals.ground.columns import texts
from conflict_minerals.ground.terms import METALS, STATUSES
from conflict_minerals.ground.text import clean, fold
from conflict_minerals.smelters import (
    LIST_KINDS,
    REVISION_KINDS,
    Index,
    Reference,
    distinct_rows,
    place_of,
    retired_ids,
)
from conflict_minerals.smelters import index_of as evidence_index
from conflict_minerals.status import audits
from conflict_minerals.year import stands

_PAIR, _CALLED = ["metal", "smelter_id"], ["name_reported", "lookup_reported"]


class Shown(NamedTuple):
    """What one line of a list shows about a facility."""

    status: str
    ground: str
    reason: str
    source: str
    as_of: str
    last_audit: str = ""
    audit_cycle: str = ""
    due: str = ""
    audit: str = ""
    basis: str = ""


def facilities(smelter_rows: pd.DataFrame, reference: Reference, list_entries: pd.DataFrame, *,
               table: str = "facilities", as_of: date, program: dict | None = None,
               decisions: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row a (smelter, metal) pair that a row of a counted CMRT was matched to.

    Args:
        smelter_rows: of ``matching.match``, with ``supplier_id`` and ``counted``.
        reference: of ``reference.build``.
        list_entries: of ``lists.load``; lists later than ``as_of`` are not used.
        table: ``mineral_facilities`` for what is no metal of Form SD.
        as_of: the review date.
        program: ``program.yml``; its ``status`` holds the year's rules.
        decisions: ``decisions.csv``; its decisions of kind ``status`` count.

    Returns:
        The columns of ``table`` in ``tables.csv``.
    """
    pairs = _pairs(smelter_rows, of_form_sd=table == "facilities")
    known = {(row.metal, row.smelter_id): row
             for row in reference.facilities.itertuples(index=False)}
    shown = evidence(reference, list_entries, as_of=as_of, program=program)
    retired = retired_ids(list_entries, as_of.isoformat())
    answers = stands(decisions, "status")
    records = []
    for pair in pairs.to_dict("records"):
        metal, one = pair["metal"], pair["smelter_id"]
        facts = known.get((metal, one)) or known[("Multiple", one)]
        said = shown.get((metal, one), ())
        best = _status(said, retired.get(one))
        before = best.status if (metal, one) in answers else ""
        if before:
            best = _by_decision(answers[metal, one], best)
        records.append({
            **pair, "smelter_name": facts.smelter_name, "name_key": facts.name_key,
            "country": facts.country, "country_name": countries.printed(facts.country),
            "region": countries.region(facts.country), "status": best.status,
            "status_source": best.source, "status_as_of": best.as_of, "status_reason": best.reason,
            "status_ground": best.ground, "last_audit": best.last_audit,
            "audit_cycle": best.audit_cycle, "reaudit_due": best.due, "audit": best.audit,
            "basis": _basis(said) if best.status != "indeterminable" else "",
            "status_undecided": before,
        })
    return tables.frame(records, table)


def _pairs(smelter_rows: pd.DataFrame, *, of_form_sd: bool) -> pd.DataFrame:
    """``metal, smelter_id, suppliers, rows, names_reported, matched_by`` of what was matched."""
    counts = (smelter_rows["counted"].to_numpy(dtype=bool)
              & (smelter_rows["smelter_id"] != "").to_numpy()
              & (smelter_rows["metal"].isin(METALS).to_numpy() == of_form_sd))
    rows = smelter_rows.loc[counts, [*_PAIR, "supplier_id", *_CALLED, "match"]]
    pairs, pair = distinct_rows(rows, _PAIR)
    suppliers, _ = distinct_rows(pd.DataFrame({"pair": pair, "by": rows["supplier_id"].array}),
                            ["pair", "by"])
    pairs["suppliers"] = np.bincount(suppliers["pair"].astype("int64"), minlength=len(pairs))
    pairs["rows"] = np.bincount(pair, minlength=len(pairs))
    ways, _ = distinct_rows(rows, [*_PAIR, *_CALLED, "match"])
    called = ways["name_reported"].where(ways["name_reported"] != "", ways["lookup_reported"])
    told = ways.assign(called=called).groupby(_PAIR, sort=True).agg(
        names_reported=("called", joined), matched_by=("match", joined)).reset_index()
    return told.merge(pairs, on=_PAIR, how="left", validate="1:1")


def joined(column: pd.Series) -> str:
    """Distinct texts in order, ``;`` between; a ``;`` within one is written as a comma."""
    return ";".join(sorted({clean(text).replace(";", ",") for text in texts(column)} - {""}))


def lists_used(list_entries: pd.DataFrame, as_of: date,
               lists: pd.DataFrame | None = None) -> pd.DataFrame:
    """Each list of facilities: ``list_id, kind, scheme, list_metals, as_of, entries, used, why``.

    Of the lists of one kind, scheme and metals the newest that is not later than the review date
    is used; ``lists`` (of the inputs) adds lists that have no entry.
    """
    keys = ["list_id", "kind", "scheme", "list_metals", "as_of"]
    found = list_entries.groupby(keys, sort=True).agg(
        entries=("problem", lambda column: int((column == "").sum()))).reset_index()
    if lists is not None:
        blank = lists[lists["kind"].isin(LIST_KINDS) & ~lists["list_id"].isin(found["list_id"])]
        more = blank.rename(columns={"metals": "list_metals"})[keys].assign(entries=0)
        found = pd.concat([found, more], ignore_index=True).sort_values("list_id",
                                                                        ignore_index=True)
    day = as_of.isoformat()
    known = found[found["as_of"] <= day]
    newest = known.groupby(["kind", "scheme", "list_metals"])["as_of"].max().to_dict()
    used, why = [], []
    for row in found.itertuples():
        latest = newest.get((row.kind, row.scheme, row.list_metals), "")
        used.append(row.as_of == latest)
        why.append("" if row.as_of == latest else
                   f"later than the review date {day}" if row.as_of > day else
                   f"there is a newer one of its kind, of {latest}")
    return found.assign(used=pd.Series(used, dtype="bool"), why=pd.Series(why, dtype="str"))


def evidence(reference: Reference, list_entries: pd.DataFrame, *, as_of: date,
             program: dict | None = None) -> dict[tuple[str, str], list[Shown]]:
    """What the lists used show about each facility of the reference, by metal and id."""
    rules = (program or {}).get("status") or {}
    index = evidence_index(reference)
    table = lists_used(list_entries, as_of)
    usable = list_entries[list_entries["list_id"].isin(table.loc[table["used"], "list_id"])
                          & (list_entries["problem"] == "")
                          & ~list_entries["kind"].isin(REVISION_KINDS)]
    found: dict[tuple[str, str], list[Shown]] = {}
    for entry in usable.to_dict("records"):
        shown = _shows(entry, rules, as_of)
        if shown:
            for pair, note in about(entry, index):
                said = shown._replace(reason=f"{note}: {shown.reason}") if note else shown
                if note and said.status != "indeterminable":
                    said = said._replace(status="indeterminable", ground="unclear")
                found.setdefault(pair, []).append(said)
    return found


def about(entry: dict, index: Index) -> list[tuple[tuple[str, str], str]]:
    """The facilities that a list's line is about: by id and metal, else by its exact name."""
    metal, one = entry["metal"], entry["smelter_id"]
    if one:
        one = index.old.get(one, (one,))[0]
        known = index.by_id.get(one, {})
        if metal != "Multiple":
            return [((metal, one), "")]
        about = entry["list_metals"].split(";") if entry["list_metals"] else []
        return [((m, one), "" if m in known or m in about else "metal not named")
                for m in dict.fromkeys((*METALS, *known)) if m != "Multiple"]
    said = index.name(metal, entry["name"])
    if said.how in ("exact", "form") and len(said.found) == 1:
        if index.country_of(said.found[0], entry["country"]) != "different":
            return [((metal, said.found[0]), "")]
    return []


def by_name_alone(reference: Reference, list_entries: pd.DataFrame) -> pd.DataFrame:
    """Entries without an id: ``list_id, metal, name, country, smelter_id, place, why``.

    A blank ``smelter_id`` means that the line shows nothing about any facility.
    """
    index = evidence_index(reference)
    rows = []
    nameless = list_entries[(list_entries["problem"] == "") & (list_entries["smelter_id"] == "")]
    for entry in nameless.to_dict("records"):
        meant = about(entry, index)
        said = index.name(entry["metal"], entry["name"])
        why = ("exact name" if meant else "country is another" if said.how in ("exact", "form")
               else f"name is {said.how}" if said.found else "name is in no source with an id")
        rows.append([entry["list_id"], entry["metal"], entry["name"], entry["country"],
                     meant[0][0][1] if meant else "",
                     place_of(entry["file"], entry["sheet"], entry["row"]), why])
    return pd.DataFrame(rows, columns=["list_id", "metal", "name", "country", "smelter_id", "place",
                                       "why"]).astype("str")


@cache
def _states() -> dict[str, tuple[str, bool]]:
    """Status of each word for a state, and whether it denies what another list says."""
    return {fold(row.state): (row.status, row.denies == "yes")
            for row in library.table("status_rules").itertuples()}


@cache
def _ended(programme: str, as_of: date) -> str:
    """Why a programme is no longer recognised on a day, in words; ``""`` while it is."""
    table = library.table("recognitions")
    words = set(fold(programme).split())
    gone = [row for row in table[table["counts"] == "yes"].itertuples()
            if row.until and row.until <= as_of.isoformat() and fold(row.programme) in words]
    return "; ".join(f"{row.note} on {row.until} ({row.by})" for row in gone)


def _state(entry: dict) -> str:
    """A line's own word for the state, else the name of a group that has no assurance by itself."""
    group = entry["kind"] in ("eligible", "in_progress")
    return entry["state"] or entry["kind"].replace("_", " ") * group


def speaks_of_status(entry: dict) -> bool:
    """Whether a line can give or take a status: not one of identity or of a group alone."""
    if _state(entry) != entry["state"]:
        return _states()[_state(entry)][0] != "indeterminable"
    return entry["kind"] != "reference" or bool(entry["state"] or entry["programmes"])


def _shows(entry: dict, rules: dict, as_of: date) -> Shown | None:
    """What a line shows, whoever it is about; ``None`` when it speaks of identity alone."""
    kind = entry["kind"]
    said = f"on the {kind.replace('_', '-')} list {entry['list_id']} of {entry['as_of']}"
    source = place_of(entry["file"], entry["sheet"], entry["row"])
    audit = {"last_audit": entry["last_audit"], "audit_cycle": entry["audit_cycle"]}
    cross = rules.get("cross_recognised_counts_as") or "conformant"
    word = _state(entry)
    state, denies = _states().get(fold(word), ("indeterminable", False))
    if word and state == "indeterminable":
        ground, why = ("denied", "denied") if denies else ("unclear", "state not recognised")
        return Shown(state, ground, f"{why}: {said} as {word!r}", source,
                     entry["as_of"], **audit)
    scheme = entry["scheme"] if kind == "cross_recognised" else entry["programmes"]
    ended = _ended(scheme, as_of) if ";" not in scheme else ""
    if ended and kind not in ("conformant", "active"):
        return Shown("indeterminable", "unclear", f"recognition ended: {said} with {scheme}. "
                     f"{ended}", source, entry["as_of"], **audit)
    if kind == "cross_recognised" or state == "cross_recognised":
        status, audit["basis"] = cross, "scheme"
        said = f"{said} ({entry['scheme'] or 'scheme not named'}), which counts as {cross}"
    elif kind in ("conformant", "active"):
        status = state if word else kind
    elif word:
        status = state
    elif entry["programmes"]:
        status, audit["basis"] = cross, "scheme"
        said = f"{said} with {entry['programmes']}, which counts as {cross}"
    else:
        return None
    if status == "conformant":
        audit.setdefault("basis", "both" if entry["programmes"] else "own_audit")
    if word:
        said = f"{said} as {word!r}"
    due = audits.reaudit_due(entry["last_audit"], entry["audit_cycle"])
    audit |= {"due": due, "audit": audits.state(due, entry["reaudit_in_progress"], as_of)}
    terms = f"last audit {entry['last_audit']}, cycle {entry['audit_cycle']}, due {due}"
    if audit["audit"] == "run_out":
        said = f"{said}; audit past its cycle ({terms})"
        if status == "conformant" and rules.get("expired_counts") is False:
            return Shown("indeterminable", "expired", f"list entry expired: {said}, which does "
                         "not count by the year's rule", source, entry["as_of"], **audit)
        said = f"{said}, counted as the list says"
    elif audit["audit"] == "re_audit":
        said = f"{said}; re-audit in progress ({terms})"
    return Shown(status, "listed", said, source, entry["as_of"], **audit)


def _status(shown, retired: dict | None) -> Shown:
    """The best that the lists show, unless the id was retired later."""
    best = min(shown, key=lambda one: (STATUSES.index(one.status), one.audit == "run_out",
                                       one.source), default=None)
    denying = max((one for one in shown if one.ground == "denied"), key=lambda one: one.as_of,
                  default=None)
    if denying and best.status != "indeterminable" and denying.as_of >= best.as_of:
        best = denying._replace(reason=f"{denying.reason}; though {best.reason}")
    if retired and not retired["again"] and (best is None or best.as_of < retired["since"]):
        because = f" ({retired['note']})" if retired["note"] else ""
        before = f"; before {best.reason}" if best else ""
        return Shown("indeterminable", "retired", f"retired id: on the list {retired['list_id']} "
                                                  f"of {retired['as_of']}{because}{before}",
                     place_of(retired["file"], retired["sheet"], retired["row"]), retired["as_of"])
    if best is None:
        return Shown("indeterminable", "no_list", "on no list", "", "")
    if retired:
        return best._replace(reason=f"{best.reason}; {retired['list_id']} of {retired['as_of']} "
                                    "has its id as retired")
    return best


def _basis(shown) -> str:
    """Whose audit the lists rest on: the programme's own, a recognised scheme's, or both."""
    found = {one.basis for one in shown if one.status != "indeterminable"} - {""}
    return "both" if len(found) > 1 else min(found, default="")


def _by_decision(line: dict, best: Shown) -> Shown:
    return best._replace(
        status=line["value"], ground="decided", source=f"decision {line['id']}",
        as_of=line["decided_on"],
        reason=f"decision {line['id']} of {line['decided_on']}: {line['reason']}; "
               f"without it {best.status}, {best.reason}")
