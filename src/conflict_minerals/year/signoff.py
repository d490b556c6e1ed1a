"""Who has signed what the year's documents print, and whether DRAFT still stands on them.

A line of ``signoff.csv`` names a role, a person, a day and the digest in ``signing.json`` that was
signed. It is worth nothing for any other digest: when a word or figure that is printed changes,
the sign-off is void and says so.
"""

import re

import pandas as pd

from conflict_minerals.ground.csvfiles import to_date
from conflict_minerals.ground.errors import InputError

ROLES = ("preparer", "counsel", "officer")
OFFICERS = ("officer", "second_officer")  # whose signatures the form bears, in their order
COLUMNS = ["role", "name", "signed_on", "state", "note"]
_DIGEST = re.compile(r"[0-9a-f]{12,64}")  # a person may write its beginning instead of all 64


def roles(program: dict) -> tuple[str, ...]:
    """Who has to sign: the roles of ``signers`` in ``program.yml``, or the usual ones, and the
    second officer where the form names one."""
    named = tuple(role.strip().lower() for role in program.get("signers") or ()) or ROLES
    second = OFFICERS[1:] if (program.get("second_signer") or {}).get("name") else ()
    return tuple(dict.fromkeys((*named, *second)))


def status(
    signoff: pd.DataFrame, digest: str, needed: tuple[str, ...] = ROLES
) -> pd.DataFrame:
    """One row a role, in the order of signing: ``role, name, signed_on, state, note``.

    ``state`` is ``signed``, ``void`` (signed something else than is printed) or ``open``. Of
    several lines for one role the last one counts.

    Raises:
        InputError: an unknown role, a line without name or date, a digest too short to tell.
    """
    lines = {line["role"]: line for line in (_line(row, needed) for row in _records(signoff))}
    rows = []
    for role in needed:
        last = lines.get(role)
        if last is None:
            rows.append((role, "", "", "open", "not signed"))
            continue
        same = digest.startswith(last["digest"])
        note = "" if same else f"what is printed is not what digest {last['digest'][:12]} signed"
        first = lines.get(needed[0], last)
        if role != needed[0] and last["name"].casefold() == first["name"].casefold():
            note = "; ".join(filter(None, (note, f"the {role} is also the {needed[0]}")))
        rows.append((role, last["name"], last["signed_on"], "signed" if same else "void", note))
    return pd.DataFrame(rows, columns=COLUMNS).astype("str")


def draft(state: pd.DataFrame) -> bool:
    """DRAFT stands on form and report until each role has signed what they print."""
    return not (state["state"] == "signed").all()


def conformed(signoff: pd.DataFrame, state: pd.DataFrame) -> list[tuple[str, str]]:
    """The conformed signature of each officer and its day, ``("", "")`` where none may be printed.

    One is printed when every role has signed, and that officer's own line gives it and says where
    the signed authentication page is kept.
    """
    return [_conformed(signoff, state, role) for role in OFFICERS]


def _conformed(signoff: pd.DataFrame, state: pd.DataFrame, role: str) -> tuple[str, str]:
    mine = [row for row in _records(signoff) if str(row["role"]).strip().lower() == role]
    if draft(state) or not mine:
        return "", ""
    said = {key: str(mine[-1].get(key) or "").strip() for key in ("conformed", "authentication")}
    day = to_date(mine[-1]["signed_on"], file="signoff.csv").isoformat()
    return (said["conformed"], day) if all(said.values()) else ("", "")


def _records(signoff: pd.DataFrame) -> list[dict]:
    return signoff.to_dict("records")


def _line(row: dict, needed: tuple[str, ...]) -> dict:
    where = f"line {row['line']}" if row.get("line") else ""
    role, digest = str(row["role"]).strip().lower(), str(row["digest"]).strip().lower()
    if role not in needed:
        raise InputError(f"{row['role']!r} is no role", file="signoff.csv", where=where,
                         fix=f"Use one of {', '.join(needed)} (program.yml, signers)")
    if not row["name"] or not row["signed_on"]:
        raise InputError("a sign-off needs a name and a date", file="signoff.csv", where=where,
                         fix="Fill in name and signed_on")
    if not _DIGEST.fullmatch(digest):
        raise InputError("that is no digest of what is printed, or too short to tell one from "
                         "another", file="signoff.csv", where=where,
                         fix="Copy the digest to sign from the front door, or use make sign")
    signed = to_date(row["signed_on"], file="signoff.csv", where=where)
    return {"role": role, "name": str(row["name"]), "signed_on": signed.isoformat(),
            "digest": digest}
