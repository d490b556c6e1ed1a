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

from collections import defaultdict
from dataclasses import dataclass

import pandas as pd

from conflict_minerals.ground import countries, ids, names, tables, versions
from conflict_minerals.ground.columns import records, rows_of, texts
from conflict_minerals.ground.terms import placeholders
from conflict_minerals.ground.text import fold
from conflict_minerals.smelters import revisions

CLAIMS = ["metal", "full", "stem", "forms", "smelter_id", "state", "name", "place"]
_PLACES_SHOWN = 5


@dataclass(frozen=True, eq=False)
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
        overruled_metals: metals and ids that a source believed first has otherwise: facilities
            for a row alone whose own look-up has them so.
    """

    entries: pd.DataFrame
    facilities: pd.DataFrame
    conflicts: pd.DataFrame
    claims: pd.DataFrame
    old_ids: pd.DataFrame
    contested_metals: frozenset[str]
    overruled_metals: frozenset[tuple[str, str]]


def build(lookups: pd.DataFrame, list_entries: pd.DataFrame, *, as_of=None) -> Reference:
    """The reference from look-up sheets and lists.

    Args:
        lookups: ``lookups`` of the intake; ``old_id`` may be among its columns.
        list_entries: of ``lists.load``; entries with a problem take no part.
        as_of: review date; lists of a later date are left out when it is given.
    """
    said = _said(lookups, list_entries, None if as_of is None else str(as_of)[:10])
    entries = _entries(said)
    current = [row for row in records(entries) if not ids.is_old(row.smelter_id)]
    conflicts: list[tuple] = []
    metals, contested = _metals(current, conflicts)
    kept = [row for row in current if row.metal in metals[row.smelter_id]]
    claims = _claims(kept, conflicts)
    retired = {one for one, line in revisions.retired(
        list_entries, "9999-12-31" if as_of is None else str(as_of)[:10]).items()
        if not line["again"]}
    pairs = {(row.metal, row.smelter_id) for row in current if row.metal != "Multiple"}
    overruled = frozenset(pairs - {(row.metal, row.smelter_id) for row in kept})
    facilities = _facilities([row for row in current if row.metal in metals[row.smelter_id]
                              or (row.metal, row.smelter_id) in overruled], retired, conflicts)
    old_ids = _old_ids(said, set(facilities["smelter_id"]), conflicts)
    table = tables.frame(conflicts, "conflicts")
    table = table.drop_duplicates(["kind", "metal", "subject", "says"])
    table = table.sort_values(["kind", "metal", "subject", "kept", "says"],
                              ascending=[True, True, True, False, True], ignore_index=True)
    return Reference(entries, facilities, table, claims, old_ids, contested, overruled)


def place(file: str, sheet: str, row) -> str:
    """Where something stands, in words."""
    return f"{file}, {f'sheet {sheet}, ' if sheet else ''}row {row}"


def _said(lookups: pd.DataFrame, list_entries: pd.DataFrame, as_of: str | None) -> list[dict]:
    """Lists and look-up sheets as records of one form, ranked."""
    said = []
    usable = list_entries[(list_entries[["smelter_id", "metal"]] != "").all(axis=1)
                          & (list_entries["problem"] == "")]
    if as_of is not None:
        usable = usable[usable["as_of"] <= as_of]
    for row in rows_of(usable):
        off = row["kind"] in revisions.KINDS
        said.append({
            **row, "names": [("standard", row["name"])] +
            [("alias", alias) for alias in row["alias"].split(";")],
            "source_kind": "list", "version": "",
            "rank": (1 if off else 0, *_newest_first(row["as_of"])),
        })
    iso3 = texts(countries.resolve(lookups["country"])) if len(lookups) else ()
    for row, country in zip(rows_of(lookups), iso3, strict=True):
        found, called = ids.read(row["smelter_id"]), fold(row["lookup_name"])
        if found.kind not in ("current", "old", "other") or called in placeholders():
            continue
        names_said = [("standard", row["standard_name"])]
        if row["lookup_name"] != row["standard_name"]:
            names_said.append(("alias", row["lookup_name"]))
        said.append({
            **row, "smelter_id": found.value, "country": country,
            "country_reported": row["country"], "names": names_said, "source_kind": "lookup",
            "as_of": "", "old_id": _old_id(row.get("old_id") or ""),
            "rank": (2, *(-part if not isinstance(part, str) else -ord(part or " ")
                          for part in versions.key(row["version"]))),
        })
    ranks = {rank: trust for trust, rank in enumerate(sorted({one["rank"] for one in said}), 1)}
    for one in said:
        one["trust"] = ranks[one["rank"]]
    return said


def _old_id(text: str) -> str:
    """An earlier id; a remark in its place is none."""
    found = ids.read(text)
    return found.value if found.kind in ("current", "old") else ""


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
    table = tables.frame(records, "reference").drop_duplicates()
    # "standard" sorts after "alias"; where both say the same name the standard one comes first.
    return table.sort_values(["metal", "smelter_id", "trust", "kind", "name", "file", "row"],
                             ascending=[True, True, True, False, True, True, True],
                             kind="stable", ignore_index=True)


def _metals(rows: list, conflicts: list) -> tuple[dict[str, set[str]], frozenset[str]]:
    """The metals that each id stands for, and the ids on which sources of one rank disagree."""
    metals: dict[str, set[str]] = {}
    contested = set()
    for one, group in _grouped(rows, lambda row: row.smelter_id):
        # A source that says Multiple agrees with whatever another names.
        named = [row for row in group if row.metal != "Multiple"]
        every = {row.metal for row in named}
        if len(every) < 2:
            metals[one] = every or {"Multiple"}
            continue
        best = min(row.trust for row in named)
        by_source: dict[tuple, set[str]] = defaultdict(set)
        for row in named:
            if row.trust == best:
                by_source[row.file, row.version].add(row.metal)
        metals[one] = set().union(*by_source.values())
        agreed = len(set(map(frozenset, by_source.values()))) == 1
        if agreed and every == metals[one]:
            continue
        if not agreed:
            contested.add(one)
        for metal in sorted(every):
            keeps = agreed and metal in metals[one]
            why = ("the source believed first says so" if keeps
                   else "overruled by a source believed before it" if agreed
                   else "sources of one rank disagree: no row is matched by this id")
            _conflict(conflicts, "metal", metal, one, metal,
                      [row for row in named if row.metal == metal], keeps, why)
    return metals, frozenset(contested)


def _grouped(rows: list, key) -> list[tuple]:
    """Rows by key, keys sorted, rows in their order."""
    found: dict = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return sorted(found.items())


def _claims(rows: list, conflicts: list) -> pd.DataFrame:
    """Which ids each name of a metal stands for."""
    # What a revision of the template lists, under whatever name.
    listed = {(row.version, row.smelter_id) for row in rows if row.source_kind == "lookup"}
    records = []
    named = [row for row in rows if row.name_key]
    for (metal, full), group in _grouped(named, lambda row: (row.metal, row.name_key)):
        group = sorted(group, key=lambda row: row.trust)
        states = _states(group, listed)
        for one, said in _grouped(group, lambda row: row.smelter_id):
            key = names.keys(said[0].name)
            records.append([metal, full, key.stem, " ".join(sorted(key.forms)), one, states[one][0],
                            said[0].name, place(said[0].file, said[0].sheet, said[0].row)])
            if len(states) > 1:
                _conflict(conflicts, "alias", metal, group[0].name, one, said,
                          states[one][0] == "decided", states[one][1])
    return pd.DataFrame(records, columns=CLAIMS).astype("str")


def _states(group: list, listed: set) -> dict[str, tuple[str, str]]:
    """For each id that a name is said to stand for: state and why."""
    claimed = sorted({row.smelter_id for row in group})
    if len(claimed) == 1:
        return {claimed[0]: ("decided", "no source says otherwise")}
    source = group[0]
    winners: dict[tuple, set[str]] = defaultdict(set)
    for row in group:
        if row.trust == source.trust:
            winners[row.file, row.version].add(row.smelter_id)
    first = set().union(*winners.values())
    if len(first) > 1:
        alone = len(winners) == 1 or len(set(map(frozenset, winners.values()))) == 1
        state = "shared" if alone else "contested"
        why = ("one source gives the name to several facilities: the name alone decides nothing"
               if alone else "sources of one rank disagree: no row is matched by this name")
        return {one: (state, why) if one in first
                else ("overruled", "overruled by a source believed before it") for one in claimed}
    winner = first.pop()
    if source.source_kind == "lookup":
        still = [one for one in claimed if one != winner and (source.version, one) in listed]
        if still:
            why = (f"revision {source.version} moves the name though it still lists "
                   f"{', '.join(still)}: no row is matched by this name")
            return {one: ("contested", why) for one in claimed}
    by = (f"the list of {source.as_of}" if source.source_kind == "list"
          else f"revision {source.version}, the newest that has the name,")
    return {one: ("decided", f"{by} decides: {source.file}") if one == winner
            else ("overruled", f"{by} says {winner}") for one in claimed}


def _facilities(rows: list, retired: set, conflicts: list) -> pd.DataFrame:
    records = []
    for (metal, one), group in _grouped(rows, lambda row: (row.metal, row.smelter_id)):
        group = sorted(group, key=lambda row: row.trust)
        named = [row for row in group if row.kind == "standard"] or group
        first = named[0]
        for key, said in _grouped(named, lambda row: row.name_key):
            if len(said) < len(named):
                keeps = key == first.name_key
                _conflict(conflicts, "name", metal, one, said[0].name, said, keeps,
                          _why(named, said, keeps))
        located = [row for row in group if row.country]
        country = located[0].country if located else ""
        for where, said in _grouped(located, lambda row: row.country):
            if len(said) < len(located):
                _conflict(conflicts, "country", metal, one, where, said, where == country,
                          _why(located, said, where == country))
        key = first.name_key or fold(first.name) or first.name
        records.append([metal, one, first.name, key, country, one in retired, first.file,
                        first.sheet, first.row])
    return tables.frame(records, "reference_facilities")


def _why(every: list, said: list, keeps: bool) -> str:
    best = every[0].trust
    equals = sum(row.trust == best for row in every) - sum(row.trust == best for row in said)
    if keeps and equals:
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
                source = [row for row in rows if row["smelter_id"] == new]
                _conflict(conflicts, "old_id", rows[0]["metal"], old, new, source, kept,
                          "the source believed first says so" if kept else
                          "overruled" if len(winners) == 1 else "sources of one rank disagree")
        if len(winners) == 1:
            row = next(row for row in rows if row["smelter_id"] == winners[0])
            records.append([old, winners[0], place(row["file"], row["sheet"], row["row"])])
    return pd.DataFrame(records, columns=["old_id", "smelter_id", "place"]).astype("str")


def _conflict(conflicts: list, kind: str, metal: str, subject: str, says: str, rows: list,
              kept: bool, why: str) -> None:
    places = sorted({place(row["file"], row["sheet"], row["row"]) if isinstance(row, dict)
                     else place(row.file, row.sheet, row.row) for row in rows})
    more = len(places) - _PLACES_SHOWN
    shown = places[:_PLACES_SHOWN] + ([f"and {more} more"] if more > 0 else [])
    conflicts.append((kind, metal, subject, says, ";".join(shown), kept, why))
