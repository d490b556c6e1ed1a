"""What people's decisions say: kinds with their keys and values, which stand, which touch nothing.

The kinds are the lines of ``decision_kinds.csv``. Whoever acts on decisions asks here.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

import pandas as pd

from conflict_minerals.ground import ids, library, names
from conflict_minerals.ground.terms import METALS
from conflict_minerals.ground.text import clean, fold

WITHDRAWN = "withdrawn"  # of a line that takes back the one that it supersedes
ALL = "*"  # in the place of a part that is left out
_LITERALS = ("supplier", "branch", ALL)
_SHORT_ID = re.compile(r"cid\s*0*(\d{1,6})", re.IGNORECASE)


class Said(NamedTuple):
    """What a decision says of one topic: the key's parts, each in one form, and the value."""

    topic: str
    key: tuple[str, ...]
    value: str


@cache
def kinds() -> dict[str, list[dict[str, str]]]:
    """The lines of ``decision_kinds.csv`` by kind, one for each topic."""
    found: dict[str, list] = {}
    for row in library.records("decision_kinds"):
        found.setdefault(row["kind"], []).append(row)
    return found


def words(kind: str, topic: str = "") -> tuple[str, ...]:
    """The values that a kind, or a topic of it, knows."""
    row = next(row for row in kinds()[kind] if row["topic"] == topic)
    return tuple(row["values"].split(";"))


def facility_id(text: str) -> str:
    """A smelter id in its one form: ``cid 1326`` is ``CID001326``; blank where it is none."""
    short = _SHORT_ID.fullmatch(text.strip())
    if short:
        return f"CID{int(short[1]):06d}"
    found = ids.read(text)
    return found.value if found.kind in ("current", "other") and "|" not in text else ""


def facility(text: str) -> tuple[str, str]:
    """Metal and smelter id of ``Gold|CID000000``; blanks where a part is none."""
    metal, _, one = clean(text).partition("|")
    return _metal(metal), facility_id(one)


def _metal(text: str) -> str:
    word = text.strip().capitalize()
    return word if word in METALS else ""


def _plain(text: str) -> str:
    return "" if "|" in text else text.strip()


_PARTS = {
    "metal": _metal, "smelter_id": facility_id, "supplier_id": _plain, "rule": _plain,
    "cell": clean, "list": str.strip, "file": clean, "claim": clean, "change": clean,
    "name": lambda text: names.keys(text).full.strip(),
}  # fmt: skip


def key(kind: str, text: str, topic: str = "") -> tuple[str, ...]:
    """The parts of a key, spellings folded; ``()`` where it is no key of that kind and topic."""
    row = next(row for row in kinds()[kind] if row["topic"] == topic)
    for form in row["key"].split(";"):
        found = _parts(form.split("|"), clean(text))
        if found:
            return found
    return ()


def _parts(form: list[str], text: str) -> tuple[str, ...]:
    given = [part.strip() for part in text.split("|", len(form) - 1)]
    if len(given) < len(form) and form[-1].endswith("?"):
        given.append(ALL)
    if len(given) != len(form):
        return ()
    found = []
    for part, said in zip(form, given, strict=True):
        if part in _LITERALS:
            value = part if said.casefold() == part else ""
        elif part == "printed":  # a list may leave one of them blank
            found.append(fold(said))
            continue
        else:
            value = ALL if part.endswith("?") and said in ("", ALL) else (
                _PARTS[part.removesuffix("?")](said))
        if not value:
            return ()
        found.append(value)
    return tuple(found) if any(found[1:] or found) else ()


@lru_cache(maxsize=100_000)
def said(kind: str, text: str, value: str) -> tuple[Said, ...]:
    """What a decision's key and value say, a topic each; empty where they cannot be read.

    A value may answer a hard flag and set the step: ``answered and trace``.
    """
    rows, found = kinds()[kind], []
    for word in value.split(" and ") if len(rows) > 1 else [value]:
        row, form = meant(rows, word)
        about = key(kind, text, row["topic"]) if row else ()
        if not about and found:  # the step is the facility's, whatever flag is answered
            about = found[0].key[:2]
        if not about:
            return ()
        found.append(Said(row["topic"], about, form))
    return tuple(found)


def meant(rows: list[dict], word: str) -> tuple[dict | None, str]:
    """The first of a kind's lines that knows a value, and the value in its one form."""
    for row in rows:
        for known in row["values"].split(";"):
            if known == "<facility>":
                found = "|".join(facility(word)) if all(facility(word)) else ""
            elif known == "<smelter_id>":
                found = facility_id(word) if word.casefold() != "none" else ""
            elif known == "<text>" and row["kind"] == "form":
                found = next((one for one in branches() if one == _tight(word)), "")
            elif known == "<text>":
                found = clean(word)
            else:
                found = known if clean(word).casefold() == known else ""
            if found:
                return row, found
    return None, ""


@cache
def branches() -> tuple[str, ...]:
    """What a decision of kind ``form`` can say: ``form_only``, ``form_only:recycled``, …"""
    rows = library.records("branches")
    said = [":".join(filter(None, (row["branch"], row["ground"]))) for row in rows]
    return tuple(sorted({*said, *(row["branch"] for row in rows)}))


def _tight(text: str) -> str:
    return clean(text).casefold().replace(" ", "")


def later(decisions: pd.DataFrame) -> dict[str, str]:
    """For each superseded line the id of the line that supersedes it."""
    if "supersedes" not in decisions:
        return {}
    pairs = zip(decisions["supersedes"], decisions["id"], strict=True)
    return {old: id for old, id in pairs if old}


def current(decisions: pd.DataFrame | None, kind: str = "") -> pd.DataFrame:
    """The decisions, or those of a kind, that nothing supersedes or withdraws, in their order."""
    if decisions is None or decisions.empty:
        return pd.DataFrame({c: pd.Series(dtype="str") for c in ("id", "kind", "key", "value")})
    keep = ~decisions["id"].isin(later(decisions)) & (decisions["value"] != WITHDRAWN)
    if kind:
        keep &= decisions["kind"] == kind
    return decisions[keep].reset_index(drop=True)


def stands(decisions: pd.DataFrame | None, kind: str, topic: str = "") -> dict[tuple, dict]:
    """The lines that stand by what they are about, their ``value`` in its one form."""
    found = {}
    for line in current(decisions, kind).to_dict("records"):
        for one in said(kind, line["key"], line["value"]):
            if one.topic == topic:
                found[one.key] = line | {"value": one.value}
    return found


def idle(decisions: pd.DataFrame, there: Mapping[tuple[str, str], Mapping[tuple, str]]
         ) -> pd.DataFrame:
    """Decisions that stand and touch nothing: ``id, kind, key, value, why``.

    ``there`` gives, by kind and topic, each key that there is with ``""``, or with why a decision
    on it changes nothing. Kinds that it does not name are not judged.
    """
    rows = []
    for line in current(decisions).to_dict("records"):
        for one in said(line["kind"], line["key"], line["value"]):
            known = there.get((line["kind"], one.topic))
            row = next(row for row in kinds()[line["kind"]] if row["topic"] == one.topic)
            why = "" if known is None else known.get(one.key, row["idle"])
            if why:
                rows.append([*(line[c] for c in ("id", "kind", "key", "value")), why])
    return pd.DataFrame(rows, columns=["id", "kind", "key", "value", "why"]).astype("str")


def states(decisions: pd.DataFrame, there: Mapping[tuple[str, str], Mapping[tuple, str]],
           as_of: str) -> list[str]:
    """For each line whether it stands on the review date, is superseded, withdrawn or idle."""
    after, values = later(decisions), dict(zip(decisions["id"], decisions["value"], strict=True))
    unused = idle(decisions, there).groupby("id")["why"].agg("; ".join).to_dict()
    found = []
    for line in decisions.to_dict("records"):
        by = after.get(line["id"], "")
        if by:
            word = "withdrawn" if values[by] == WITHDRAWN else "superseded"
            found.append(f"{word} by {by}")
        elif line["value"] == WITHDRAWN:
            found.append(f"takes back {line['supersedes']}")
        elif line["id"] in unused:
            found.append(f"idle: {unused[line['id']]}")
        elif line["decided_on"] > as_of:
            found.append(f"stands; decided after the review date {as_of}")
        else:
            found.append("stands")
    return found
