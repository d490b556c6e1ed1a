"""What decisions can be about in a year, and what those on matches and statuses changed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import numpy as np
import pandas as pd

from conflict_minerals.ground import names
from conflict_minerals.ground.columns import records
from conflict_minerals.ground.terms import STATUSES
from conflict_minerals.smelters import MATCH_COLUMNS, Reference, distinct_rows, reported_as
from conflict_minerals.status import classify
from conflict_minerals.year import decision_key, decision_states, facility_of

_OF_FACILITIES = (("status", ""), ("risk", "tier"), ("risk", "step"), ("risk", "sanctions"))


def figures(smelter_rows: pd.DataFrame, facilities: pd.DataFrame) -> dict[str, int]:
    """The figures that a match or status can move, by the ids of ``figures.json``."""
    counted = smelter_rows[smelter_rows["counted"].to_numpy(dtype=bool)]
    found = {"facilities": len(facilities)}
    found |= {status: int((facilities["status"] == status).sum()) for status in STATUSES}
    open_ = (counted["match"] == "none") & (counted["decision"] == "")
    return found | {"rows_unmatched": int(open_.sum())}


def effects(smelter_rows: pd.DataFrame, known: Reference, list_entries: pd.DataFrame,
            decisions: pd.DataFrame, *, as_of, program: dict | None = None) -> pd.DataFrame:
    """Every match and status decision with what it changed, in the order of the record.

    ``id, kind, key, value, reason, decided_by, decided_on, stands, rows, effect``: ``rows`` of
    counted files that it touches, ``effect`` on the figures, each as it is with the decision less
    what it would be without.
    """
    facilities = classify.facilities(smelter_rows, known, list_entries, as_of=as_of,
                                     program=program, decisions=decisions)
    there = subjects({"smelter_rows": smelter_rows})
    told = decisions.assign(stands=decision_states(decisions, there, as_of.isoformat()))
    told = told[told["kind"].isin(["match", "status"])]
    every = Effects(smelter_rows, facilities)
    found = [every.of(line) if line["stands"].startswith("stands") else (0, "")
             for line in told.to_dict("records")]
    told = told.assign(rows=[n for n, _ in found], effect=[text for _, text in found])
    columns = ["id", "kind", "key", "value", "reason", "decided_by", "decided_on", "stands",
               "rows", "effect"]
    return told[columns].astype({c: "int64" if c == "rows" else "str" for c in columns})


class Effects:
    """What match and status decisions changed.

    The tables are gone through once, however many decisions are asked about.
    """

    def __init__(self, smelter_rows: pd.DataFrame, facilities: pd.DataFrame):
        counted = smelter_rows[smelter_rows["counted"].to_numpy(dtype=bool)]
        known, place = distinct_rows(counted, ["metal", "smelter_id", "decision"])
        self._decided, self._of, self._matched = Counter(), Counter(), defaultdict(set)
        self._by: dict[tuple, set] = defaultdict(set)  # by facility the decisions that lead to it
        for row, count in zip(records(known), np.bincount(place).tolist(), strict=True):
            pair = row.metal, row.smelter_id
            self._decided[row.decision] += count
            self._of[pair] += count
            self._matched[row.decision].add(pair)
            self._by[pair].add(row.decision)
        self._statuses = {(row.metal, row.smelter_id): (row.status, row.status_undecided)
                          for row in facilities.itertuples()}

    def of(self, line: dict) -> tuple[int, str]:
        """Rows of counted files that a decision touches, and the figures it moves, in words."""
        moved = dict.fromkeys(["facilities", *STATUSES, "rows_unmatched"], 0)
        if line["kind"] == "match":
            touched = self._decided[line["id"]]
            moved["rows_unmatched"] -= touched
            for pair in self._matched.get(line["id"], ()):
                if len(self._by[pair]) == 1 and pair in self._statuses:  # else it is there without
                    moved["facilities"] += 1
                    moved[self._statuses[pair][0]] += 1
        else:
            pair = facility_of(line["key"])
            touched = self._of[pair]
            if pair in self._statuses:
                status, undecided = self._statuses[pair]
                moved[status] += 1
                moved[undecided or status] -= 1
        said = ", ".join(f"{name} {by:+d}" for name, by in moved.items() if by)
        return touched, said or "no figure moves"


class _Sought:
    """Keys that are sought when asked for, as of a dictionary: of millions few are.

    All are named only where a refusal looks for what resembles a key.
    """

    def __init__(self, there: Callable[[tuple], bool], named: Callable[[], Iterator[tuple]]):
        self._there, self._named = there, named

    def __iter__(self) -> Iterator[tuple]:
        return self._named()

    def get(self, key: tuple, otherwise: str | None = None) -> str | None:
        return "" if self._there(key) else otherwise


def _with(rows: pd.DataFrame, **values: str) -> pd.DataFrame:
    """The rows that hold these values."""
    for column, value in values.items():
        rows = rows[(rows[column] == value).to_numpy()]
    return rows


def subjects(frames: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str], dict | _Sought]:
    """By kind and topic each key that a decision can be about, with why one would change nothing.

    Of kinds whose tables are in ``frames``: ``smelter_rows, findings, responses, list_entries,
    flags`` and ``suppliers``.
    """
    there: dict[tuple[str, str], dict | _Sought] = {}
    if "smelter_rows" in frames:
        rows = frames["smelter_rows"]
        there["match", ""] = _matches(rows)
        pair = ["metal", "smelter_id"]
        pairs, _ = distinct_rows(rows.loc[rows["counted"] & (rows["smelter_id"] != ""), pair], pair)
        there |= {topic: dict.fromkeys(pairs.itertuples(index=False, name=None), "")
                  for topic in _OF_FACILITIES}
    if "suppliers" in frames and ("risk", "step") in there:
        roster = frames["suppliers"]["supplier_id"]
        there["risk", "step"] |= {("supplier", one): "" for one in roster}
    if "suppliers" in frames and "smelter_rows" in frames:
        named = [rows, frames["actions"]] if "actions" in frames else [rows]
        there["risk", "action"] = _Sought(lambda key: any(
            len(_with(table, supplier_id=key[1], metal=key[2], smelter_id=key[3]))
            for table in named), lambda: _actions(named))
    if "flags" in frames:
        flags = frames["flags"]
        hard = flags.loc[flags["severity"] == "hard", ["metal", "smelter_id", "rule"]]
        there["risk", "hard"] = {key: "" for row in hard.itertuples(index=False, name=None)
                                 for key in (row, (*row[:2], "*"))}
    if "findings" in frames:
        found = frames["findings"]
        of = cache(lambda file: list(records(_with(found, file=file))))  # many are about one file
        there["finding", ""] = _Sought(lambda key: any(
            row.rule == key[1] and key[2] in (row.cell, f"{row.sheet}!{row.cell}", "*")
            for row in of(key[0])), lambda: _findings(found))
    if "responses" in frames:
        there["file", ""] = {(file,): "" for file in frames["responses"]["file"]}
    if "list_entries" in frames:
        lines = frames["list_entries"]
        lines = lines[(lines[["problem", "unread", "decision"]] != "").any(axis=1)]
        keys = lines["list_id"] + "|" + lines["says"]
        there["list", ""] = {decision_key("list", key): "" for key in keys}
    return there


def _actions(tables: list[pd.DataFrame]) -> Iterator[tuple]:
    """The key of each facility that a supplier names, once for each table."""
    columns = ["supplier_id", "metal", "smelter_id"]
    for table in tables:
        rows, _ = distinct_rows(table, columns)
        for row in rows[(rows["smelter_id"] != "").to_numpy()].itertuples(index=False, name=None):
            yield "supplier", *row


def _findings(findings: pd.DataFrame) -> Iterator[tuple]:
    """The key of each finding, as ``finding_key`` of the list of what waits writes it."""
    rows, _ = distinct_rows(findings, ["file", "rule", "sheet", "cell"])
    for row in rows.itertuples(index=False):
        yield (row.file, row.rule, *([f"{row.sheet}!{row.cell}"] if row.cell else []))


def _matches(smelter_rows: pd.DataFrame) -> dict[tuple, str]:
    """Each metal and name as reported; why a decision on it changes nothing."""
    ways, _ = distinct_rows(smelter_rows, [*MATCH_COLUMNS, "smelter_id", "match", "match_reason"])
    met: dict[tuple, set[str]] = {}
    for row in ways.itertuples(index=False):
        called = reported_as(row.lookup_reported, row.name_reported, row.smelter_id_reported)
        why = ""
        if row.match in ("id", "alias"):
            why = f"the rows that read so match by themselves, to {row.smelter_id}"
        elif row.match == "not_identified":
            why = "the rows that read so say that the smelter is not yet identified"
        elif " which no source lists under " in row.match_reason:
            why = f"no source lists its smelter under {row.metal}"
        met.setdefault((row.metal, names.keys(called).full.strip()), set()).add(why)
    return {key: "" if "" in whys else "; ".join(sorted(whys)) for key, whys in met.items()}
