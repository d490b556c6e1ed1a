"""Decisions of kind ``risk``: tiers set by hand, hard flags answered, next steps, sanctions.

Keys: ``Gold|CID001234`` for a facility, ``Gold|CID001234|rule`` for one hard flag of it,
``supplier|id`` for a supplier. What a value speaks of follows from the value itself, so that a
step decided for a facility does not take the place of a tier set for it.
"""

import re
from functools import cache
from typing import NamedTuple

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.errors import InputError

TIERS = ("critical", "high", "medium", "low")
STEPS = ("engage", "trace", "suspend", "disengage", "none")
SANCTIONS = {"sanctions_confirmed": "confirmed", "sanctions_cleared": "cleared"}
_ID = re.compile(r"cid\s*0*(\d{1,6})", re.IGNORECASE)


class Key(NamedTuple):
    """What a decision is about: a metal and smelter id, or ``supplier`` and an id; a rule or ""."""

    metal: str
    subject: str
    rule: str = ""


@cache
def states() -> dict[str, bool]:
    """Words for how far a follow-up is; true when nothing more is due."""
    table = library.table("escalation_states")
    return {row.state: row.finished == "yes" for row in table.itertuples()}


def key(text: str) -> Key:
    """The parts of a decision's key, metal and smelter id in one form."""
    first, _, rest = text.partition("|")
    subject, _, rule = rest.partition("|")
    first, subject = first.strip(), subject.strip()
    if first.lower() == "supplier":
        return Key("supplier", subject)
    return Key(first.capitalize(), facility_id(subject), rule.strip())


def facility_id(text: str) -> str:
    """A smelter id in its one form: ``cid 1326`` is ``CID001326``; any other text as it is."""
    found = _ID.fullmatch(text.strip())
    return f"CID{int(found[1]):06d}" if found else text.strip()


def topic(value: str) -> str:
    """What a value speaks of: ``tier``, ``step``, ``hard``, ``sanctions``; ``""`` when nothing."""
    word = value.strip().lower()
    if word in TIERS:
        return "tier"
    if word in STEPS:
        return "step"
    if word in SANCTIONS:
        return "sanctions"
    return "hard" if word == "answered" else ""


def current(decisions: pd.DataFrame) -> dict[tuple[str, Key], dict]:
    """The decisions that stand, by topic and key, each as the row it was written in.

    The later line stands; a line that another supersedes does not.

    Raises:
        InputError: a value or state that is none of the known words.
    """
    rows = decisions[decisions["kind"] == "risk"] if len(decisions) else decisions
    gone = set(decisions["supersedes"]) - {""} if "supersedes" in decisions else set()
    found: dict[tuple[str, Key], dict] = {}
    for row in rows.to_dict("records"):
        what = topic(row["value"])
        where = f"id {row['id']}"
        if not what:
            words = ", ".join([*TIERS, *STEPS, "answered", *SANCTIONS])
            raise InputError(
                f"value {row['value']!r} is no decision on risk",
                file="decisions.csv",
                where=where,
                fix=f"Use one of {words}",
            )
        if row.get("state") and row["state"] not in states():
            raise InputError(
                f"state {row['state']!r} is unknown",
                file="decisions.csv",
                where=where,
                fix=f"Use one of {', '.join(states())}",
            )
        if row["id"] not in gone:
            found[(what, key(row["key"]))] = row
    return found


def sanctions(stands: dict, metal: str, smelter_id: str) -> dict | None:
    """The decision that confirms or clears a likeness of a facility's name, ``None`` if none."""
    return stands.get(("sanctions", Key(metal, smelter_id)))


def answered(stands: dict, metal: str, smelter_id: str, rule: str) -> str:
    """Id of the decision that answers a hard flag, ``""`` while none does."""
    for which in (Key(metal, smelter_id, rule), Key(metal, smelter_id)):
        row = stands.get(("hard", which))
        if row:
            return row["id"]
    return ""


def idle(
    decisions: pd.DataFrame, *, risk: pd.DataFrame, flags: pd.DataFrame, suppliers: pd.DataFrame
) -> list[tuple[dict, str]]:
    """The decisions that stand and apply to nothing, each line with why."""
    pairs = set(zip(risk["metal"], risk["smelter_id"], strict=True))
    hard = flags[flags["severity"] == "hard"]
    hard = set(zip(hard["metal"], hard["smelter_id"], hard["rule"], strict=True))
    roster = set(suppliers["supplier_id"])
    found = []
    for (what, about), row in current(decisions).items():
        if about.metal == "supplier":
            why = "" if about.subject in roster else "it is no supplier of suppliers.csv"
            why = why or ("" if what == "step" else "of a supplier only a next step is decided")
        elif (about.metal, about.subject) not in pairs:
            why = "it is no facility of this year"
        elif what == "hard":
            of = {one[2] for one in hard if one[:2] == (about.metal, about.subject)}
            there = about.rule in of if about.rule else bool(of)
            why = "" if there else "no such hard flag stands"
        else:
            why = f"{row['value']} is decided for the whole facility" if about.rule else ""
        if why:
            found.append((row, why))
    return found
