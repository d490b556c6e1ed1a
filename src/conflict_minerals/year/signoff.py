"""Who has signed off which inputs, and whether DRAFT still stands on the documents.

A line of ``signoff.csv`` names a role, a person, a day and the digest of the inputs that
was signed. It is worth nothing for any other digest: when an input changes, the
sign-off is void and says so.
"""

import re

import pandas as pd

from conflict_minerals.ground.csvfiles import to_date
from conflict_minerals.ground.errors import InputError

ROLES = ("preparer", "reviewer", "counsel", "officer")
COLUMNS = ["role", "name", "signed_on", "state", "note"]
_DIGEST = re.compile(r"[0-9a-f]{12,64}")  # a person may write its beginning instead of all 64


def status(signoff: pd.DataFrame, digest: str) -> pd.DataFrame:
    """One row a role, in the order of signing: ``role, name, signed_on, state, note``.

    ``state`` is ``signed``, ``void`` (signed other inputs than these) or ``open``. Of several
    lines for one role the last one counts.

    Raises:
        InputError: an unknown role, a line without name or date, a digest too short to tell.
    """
    lines = [_line(row) for row in signoff.to_dict("records")]
    rows = []
    for role in ROLES:
        mine = [line for line in lines if line["role"] == role]
        if not mine:
            rows.append((role, "", "", "open", "not signed"))
            continue
        last = mine[-1]
        same = digest.startswith(last["digest"])
        note = "" if same else f"an input has changed since digest {last['digest'][:12]} was signed"
        rows.append((role, last["name"], last["signed_on"], "signed" if same else "void", note))
    out = pd.DataFrame(rows, columns=COLUMNS).astype("str")
    return _one_person_twice(out)


def draft(state: pd.DataFrame) -> bool:
    """DRAFT stands on every document until each role has signed these very inputs."""
    return not (state["state"] == "signed").all()


def _line(row: dict) -> dict:
    where = f"line {row['line']}" if row.get("line") else ""
    role, digest = str(row["role"]).strip().lower(), str(row["digest"]).strip().lower()
    if role not in ROLES:
        raise InputError(f"{row['role']!r} is no role", file="signoff.csv", where=where,
                         fix=f"Use one of {', '.join(ROLES)}")
    if not row["name"] or not row["signed_on"]:
        raise InputError("a sign-off needs a name and a date", file="signoff.csv", where=where,
                         fix="Fill in name and signed_on")
    if not _DIGEST.fullmatch(digest):
        raise InputError("that is no digest of the inputs, or too short to tell one set of them "
                         "from another", file="signoff.csv", where=where,
                         fix="Copy the digest of the inputs from the front door")
    signed = to_date(row["signed_on"], file="signoff.csv", where=where)
    return {"role": role, "name": str(row["name"]), "signed_on": signed.isoformat(),
            "digest": digest}


def _one_person_twice(state: pd.DataFrame) -> pd.DataFrame:
    """Notes where one person reviewed what the same person prepared."""
    names = dict(zip(state["role"], state["name"].str.casefold(), strict=True))
    if names["preparer"] and names["preparer"] == names["reviewer"]:
        row = state["role"] == "reviewer"
        note = state.loc[row, "note"].item()
        own = "the reviewer is also the preparer"
        state.loc[row, "note"] = f"{note}; {own}" if note else own
    return state
