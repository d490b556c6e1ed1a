"""Who is who: the facilities that the year's own sources know, with every name that they use.

Nothing ships with the workbook: the reference is built at run time from the year's lists and from
the look-up sheets of the templates received. A look-up sheet is a stranger's data, so sources are
ranked, and where they disagree the disagreement is a row of ``conflicts``:

1. the year's lists, newest as-of date first (lists of retired ids after the others);
2. look-up sheets, newest revision of the template first.

A source believed first decides over later ones, with two exceptions, in which nobody decides and
no row is matched by what is contested: sources of equal rank, and a name that the newest revision
gives to another facility while it still lists the one that had the name before. A moved name is
believable where the former facility is gone, suspicious where it is not.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from helpers import countries, knowledge
from helpers.status import ids, names
from helpers.text import fold

ENTRIES = ["metal", "smelter_id", "name", "name_key", "kind", "country", "country_reported",
           "source_kind", "file", "sheet", "row", "version", "as_of", "trust"]
FACILITIES = ["metal", "smelter_id", "smelter_name", "name_key", "country", "retired", "file",
              "sheet", "row"]
CONFLICTS = ["kind", "metal", "subject", "says", "sources", "kept", "why"]
CLAIMS = ["metal", "full", "stem", "forms", "smelter_id", "state", "name", "place"]
_PLACES_SHOWN = 5


@dataclass(frozen=True)
class Reference:
    """The facilities, what was said of them and by whom.

    Attributes:
        entries: every name of every source (``reference`` in ``tables.csv``).
        facilities: one row a smelter id and metal (``reference_facilities``).
        conflicts: one row for each thing said where sources disagree (``conflicts``).
        claims: which id a name stands for: ``state`` decided, shared (one source gives the name to
            several), contested (sources disagree), overruled (by a source believed first).
        old_ids: earlier id, id today, place; only where a source says so and none contradicts.
        contested_metals: ids whose metal sources of equal rank disagree on.
    """

    entries: pd.DataFrame
    facilities: pd.DataFrame
    conflicts: pd.DataFrame
    claims: pd.DataFrame
    old_ids: pd.DataFrame
    contested_metals: frozenset[str]


def build(lookups: pd.DataFrame, list_entries: pd.DataFrame, *, as_of=None) -> Reference:
    """The reference from look-up sheets and lists.

    Args:
        lookups: ``lookups`` of the intake; ``old_id`` may be among its columns.
        list_entries: of ``lists.load``; entries with a problem take no part.
        as_of: review date; lists of a later date are left out when it is given.
    """
    said = _said(lookups, list_entries, None if as_of is None else str(as_of)[:10])
    entries = _entries(said)
    current = entries[~entries["smelter_id"].map(ids.is_old).astype(bool)]
    conflicts: list[tuple] = []
    metals, contested = _metals(current, conflicts)
    kept = current[[metal in metals[one] for metal, one in
                    zip(current["metal"], current["smelter_id"], strict=True)]]
    claims = _claims(kept, conflicts)
    retired = {entry["smelter_id"] for entry in said if entry["retired"]}
    facilities = _facilities(kept, retired, conflicts)
    old_ids = _old_ids(said, set(facilities["smelter_id"]), conflicts)
    table = pd.DataFrame(conflicts, columns=CONFLICTS).astype(
        {column: "bool" if column == "kept" else "str" for column in CONFLICTS})
    table = table.drop_duplicates(["kind", "metal", "subject", "says"])
    table = table.sort_values(["kind", "metal", "subject", "kept", "says"],
                              ascending=[True, True, True, False, True], ignore_index=True)
    return Reference(entries, facilities, table, claims, old_ids, contested)


def place(file: str, sheet: str, row) -> str:
    """Where something stands, in words."""
    return f"{file}, {f'sheet {sheet}, ' if sheet else ''}row {row}"


@lru_cache(maxsize=1000)
def version_key(version: str) -> tuple:
    """Order of template revisions: 6.31 lies between 6.3 and 6.4, 2.03a after 2.03."""
    numbers = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?\s*([a-z]?)", version.strip().lower())
    if not numbers:
        return (0, 0.0, 0, "")
    whole, part, patch, letter = numbers.groups()
    return (int(whole), float(f"0.{part or 0}"), int(patch or 0), letter)


def _said(lookups: pd.DataFrame, list_entries: pd.DataFrame, as_of: str | None) -> list[dict]:
    """Lists and look-up sheets as records of one form, ranked."""
    said = []
    usable = list_entries[(list_entries["problem"] == "") & (list_entries["smelter_id"] != "")]
    if as_of is not None:
        usable = usable[usable["as_of"] <= as_of]
    for row in usable.to_dict("records"):
        retired = row["kind"] == "retired"
        said.append({
            **row, "names": [("standard", row["name"])] +
            [("alias", alias) for alias in row["alias"].split(";")],
            "source_kind": "list", "version": "", "retired": retired,
            "rank": (1 if retired else 0, *_newest_first(row["as_of"])),
        })
    special = {fold(word) for word in knowledge.table("placeholders")["word"]}
    iso3 = countries.resolve(lookups["country"]) if len(lookups) else ()
    for row, country in zip(lookups.to_dict("records"), iso3, strict=True):
        found = ids.read(row["smelter_id"])
        if found.kind not in ("current", "old", "other") or fold(row["lookup_name"]) in special:
            continue
        names_said = [("standard", row["standard_name"])]
        if row["lookup_name"] != row["standard_name"]:
            names_said.append(("alias", row["lookup_name"]))
        said.append({
            **row, "smelter_id": found.value, "country": country,
            "country_reported": row["country"], "names": names_said, "source_kind": "lookup",
            "as_of": "", "retired": False, "old_id": ids.read(row.get("old_id") or "").value,
            "rank": (2, *(-part if not isinstance(part, str) else -ord(part or " ")
                          for part in version_key(row["version"]))),
        })
    ranks = {rank: trust for trust, rank in enumerate(sorted({one["rank"] for one in said}), 1)}
    for one in said:
        one["trust"] = ranks[one["rank"]]
    return said


def _newest_first(as_of: str) -> tuple:
    return tuple(-int(part) for part in as_of.split("-")) if as_of else (0,)


def _entries(said: list[dict]) -> pd.DataFrame:
    records = []
    for one in said:
        for kind, name in one["names"]:
            if name:
                key = names.keys(name).full.strip()
                records.append([one["metal"], one["smelter_id"], name, key, kind,
                                one["country"], one["country_reported"], one["source_kind"],
                                one["file"], one["sheet"], int(one["row"]), one["version"],
                                one["as_of"], one["trust"]])
    table = pd.DataFrame(records, columns=ENTRIES)
    kinds = {column: "str" for column in ENTRIES} | {"row": "int64", "trust": "int64"}
    # "standard" sorts after "alias"; where both say the same name the standard one comes first.
    table = table.astype(kinds).drop_duplicates()
    return table.sort_values(["metal", "smelter_id", "trust", "kind", "name", "file", "row"],
                             ascending=[True, True, True, False, True, True, True],
                             kind="stable", ignore_index=True)


def _metals(entries: pd.DataFrame, conflicts: list) -> tuple[dict, frozenset]:
    """The metals that each id stands for, and the ids on which sources of one rank disagree."""
    metals: dict[str, set[str]] = {}
    contested = set()
    pairs = entries.drop_duplicates(["smelter_id", "metal", "trust", "file"])
    for one, group in pairs.groupby("smelter_id", sort=True):
        named = group[group["metal"] != "Multiple"]
        if named.empty or named["metal"].nunique() == 1:
            # A source that says Multiple agrees with whatever another names.
            metals[one] = set((named if len(named) else group)["metal"])
            continue
        first = named[named["trust"] == named["trust"].min()]
        by_file = first.groupby("file")["metal"].agg(frozenset)
        agreed = len(set(by_file)) == 1
        metals[one] = set(first["metal"])
        if not agreed:
            contested.add(one)
        why = ("the source believed first says so" if agreed
               else "sources of one rank disagree: no row is matched by this id")
        if agreed and set(named["metal"]) == metals[one]:
            continue
        for metal in sorted(set(named["metal"])):
            keeps = agreed and metal in metals[one]
            _conflict(conflicts, "metal", metal, one, metal, entries.loc[
                entries["smelter_id"].eq(one) & entries["metal"].eq(metal)], keeps,
                why if keeps or not agreed else "overruled by a source believed before it")
    return metals, frozenset(contested)


def _claims(entries: pd.DataFrame, conflicts: list) -> pd.DataFrame:
    """Which ids each name of a metal stands for."""
    keyed = entries[entries["name_key"] != ""]
    # A row of the revision shows that the facility is still listed there.
    listed = set(zip(keyed["source_kind"], keyed["version"], keyed["smelter_id"], strict=True))
    records = []
    for (metal, full), group in keyed.groupby(["metal", "name_key"], sort=True):
        states = _states(group, listed)
        for one, rows in group.groupby("smelter_id", sort=True):
            best = rows.iloc[0]
            key = names.keys(best["name"])
            records.append([metal, full, key.stem, " ".join(sorted(key.forms)), one, states[one][0],
                            best["name"], place(best["file"], best["sheet"], best["row"])])
            if len(states) > 1:
                _conflict(conflicts, "alias", metal, group.iloc[0]["name"], one, rows,
                          states[one][0] == "decided", states[one][1])
    return pd.DataFrame(records, columns=CLAIMS).astype("str")


def _states(group: pd.DataFrame, listed: set) -> dict[str, tuple[str, str]]:
    """For each id that a name is said to stand for: state and why."""
    claimed = sorted(set(group["smelter_id"]))
    if len(claimed) == 1:
        return {claimed[0]: ("decided", "no source says otherwise")}
    first = group[group["trust"] == group["trust"].min()]
    winners = sorted(set(first["smelter_id"]))
    if len(winners) > 1:
        one_source = first.groupby(["file", "version"])["smelter_id"].nunique().max() > 1
        state = "shared" if one_source else "contested"
        why = ("one source gives the name to several facilities: the name alone decides nothing"
               if one_source else "sources of one rank disagree: no row is matched by this name")
        return {one: (state if one in winners else "overruled",
                      why if one in winners else "overruled by a source believed before it")
                for one in claimed}
    winner, source = winners[0], first.iloc[0]
    if source["source_kind"] == "lookup":
        still = [one for one in claimed if one != winner
                 and ("lookup", source["version"], one) in listed]
        if still:
            why = (f"revision {source['version']} moves the name though it still lists "
                   f"{', '.join(still)}: no row is matched by this name")
            return {one: ("contested", why) for one in claimed}
    by = (f"the list of {source['as_of']}" if source["source_kind"] == "list"
          else f"revision {source['version']}, the newest,")
    return {one: ("decided", f"{by} decides: {source['file']}") if one == winner
            else ("overruled", f"{by} says {winner}") for one in claimed}


def _facilities(entries: pd.DataFrame, retired: set, conflicts: list) -> pd.DataFrame:
    records = []
    for (metal, one), group in entries.groupby(["metal", "smelter_id"], sort=True):
        standard = group[group["kind"] == "standard"]
        named = standard if len(standard) else group
        first = named.iloc[0]
        _name_conflict(conflicts, metal, one, named)
        located = group[group["country"] != ""]
        country = located.iloc[0]["country"] if len(located) else ""
        if located["country"].nunique() > 1:
            for said, rows in located.groupby("country", sort=True):
                _conflict(conflicts, "country", metal, one, said, rows, said == country,
                          _why(located, rows, said == country))
        key = names.keys(first["name"]).full.strip() or fold(first["name"]) or first["name"]
        records.append([metal, one, first["name"], key, country, one in retired, first["file"],
                        first["sheet"], first["row"]])
    kinds = {column: "str" for column in FACILITIES} | {"row": "int64", "retired": "bool"}
    return pd.DataFrame(records, columns=FACILITIES).astype(kinds)


def _name_conflict(conflicts: list, metal: str, one: str, named: pd.DataFrame) -> None:
    full = named["name_key"]
    if full.nunique() < 2:
        return
    for key, rows in named.groupby(full, sort=True):
        keeps = key == full.iloc[0]
        _conflict(conflicts, "name", metal, one, rows.iloc[0]["name"], rows, keeps,
                  _why(named, rows, keeps))


def _why(every: pd.DataFrame, rows: pd.DataFrame, keeps: bool) -> str:
    best = every["trust"].min()
    if keeps and (every["trust"] == best).sum() > len(rows[rows["trust"] == best]):
        return "first in order among sources of one rank: to be looked at"
    return ("the source believed first says so" if keeps
            else "another source is believed before it")


def _old_ids(said: list[dict], known: set, conflicts: list) -> pd.DataFrame:
    """Earlier ids, each with the id of today, where the sources agree on it."""
    found: dict[str, list[dict]] = defaultdict(list)
    for one in said:
        if one["old_id"] and one["old_id"] != one["smelter_id"] and one["smelter_id"] in known:
            found[one["old_id"]].append(one)
    records = []
    for old, rows in sorted(found.items()):
        if old in known:
            continue
        best = min(row["trust"] for row in rows)
        winners = sorted({row["smelter_id"] for row in rows if row["trust"] == best})
        for new in sorted({row["smelter_id"] for row in rows}):
            if len({row["smelter_id"] for row in rows}) > 1:
                kept = winners == [new]
                source = pd.DataFrame([row for row in rows if row["smelter_id"] == new])
                _conflict(conflicts, "old_id", rows[0]["metal"], old, new, source, kept,
                          "the source believed first says so" if kept else
                          "overruled" if len(winners) == 1 else "sources of one rank disagree")
        if len(winners) == 1:
            row = next(row for row in rows if row["smelter_id"] == winners[0])
            records.append([old, winners[0], place(row["file"], row["sheet"], row["row"])])
    return pd.DataFrame(records, columns=["old_id", "smelter_id", "place"]).astype("str")


def _conflict(conflicts: list, kind: str, metal: str, subject: str, says: str,
              rows: pd.DataFrame, kept: bool, why: str) -> None:
    places = sorted({place(f, s, r) for f, s, r in
                     zip(rows["file"], rows["sheet"], rows["row"], strict=True)})
    more = len(places) - _PLACES_SHOWN
    shown = places[:_PLACES_SHOWN] + ([f"and {more} more"] if more > 0 else [])
    conflicts.append((kind, metal, subject, says, ";".join(shown), kept, why))
