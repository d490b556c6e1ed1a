"""Red flags: the rules of ``flags.csv`` put to each facility, and to suppliers' answers.

A flag says which rule matched, on what, by whose word and of what date; it judges nothing. What a
review date did not know yet is not seen.
"""

from datetime import date
from itertools import groupby
from operator import itemgetter

import pandas as pd

from conflict_minerals.cmrt import question_topics
from conflict_minerals.ground import tables as described
from conflict_minerals.ground.text import number_of
from conflict_minerals.risk import hits, rules
from conflict_minerals.risk.rules import Rule
from conflict_minerals.risk.sources import Brought


def evaluate(
    profiles: pd.DataFrame,
    found: list[Rule],
    *,
    brought: Brought,
    happened: pd.DataFrame,
    told: pd.DataFrame,
    smelter_rows: pd.DataFrame,
    as_of: date,
) -> pd.DataFrame:
    """The table ``flags``: what of each facility matched which rule.

    What a rule for counsel alone finds stands in ``sanctions_review`` and nowhere else.

    Args:
        profiles: ``profile.build(...)``.
        found: ``rules.load(...)``.
        happened: ``profile.events(...)``.
        told: the table ``origins``.
    """
    rules.check_columns(found, profiles.columns, "facility")
    tables = _Tables(brought, as_of)
    facility_rules = [r for r in found if r.subject == "facility" and r.audience != "counsel"
                      and not tables.missing(r)]  # fmt: skip
    windows = {r.rule: _by_facility(_within(happened, r, as_of)) for r in facility_rules}
    places = _Places(told, smelter_rows, happened)
    flags = []
    for row in profiles.to_dict("records"):
        pair = (row["metal"], row["smelter_id"])
        for rule in facility_rules:
            hit = hits.match(
                rule, row, tables=tables.get, events=windows[rule.rule].get(pair, {})
            )
            if hit is None:
                continue
            flags.append({
                "metal": row["metal"], "smelter_id": row["smelter_id"], "rule": rule.rule,
                "severity": rule.severity, "axis": rule.axis, "matched": ";".join(hit.values),
                "reason": rule.reason, "source": hit.source or rule.source,
                "rule_as_of": hit.as_of or rule.as_of,
                "evidence": places.of(pair, rule, hit.values),
            })
    return _frame(flags, "flags")


def suppliers(
    answers: pd.DataFrame, found: list[Rule], *, brought: Brought, as_of: date
) -> pd.DataFrame:
    """What suppliers' own answers say, as context on the supplier: ``supplier_flags``.

    A rule on suppliers tests the topics of ``answers`` (``covered_country``, ``cahra`` and so on);
    it is about all smelters of the supplier and never counts towards one.
    """
    on_suppliers = [r for r in found if r.subject == "supplier"]
    topics = question_topics()
    rules.check_columns(on_suppliers, ["metal", *topics], "supplier")
    tables = _Tables(brought, as_of)
    counted = answers[answers["counted"].astype(bool)]
    lines: dict[tuple, dict] = {}  # one a supplier, metal and rule; several files add their cells
    order = ["supplier_id", "metal", "file", "topic", "sheet", "cell"]
    asked = {topic for rule in on_suppliers for topic in rule.columns}
    told = counted[counted["topic"].isin(asked) & (counted["answer"] != "")].sort_values(order)
    by_file = groupby(told[[*order, "answer"]].itertuples(index=False), key=itemgetter(0, 1, 2))
    for (supplier, metal, _), file in by_file:
        file = list(file)
        for rule in on_suppliers:
            if here := [a for a in file if a.topic in rule.columns]:
                row = {a.topic: a.answer for a in here} | {"metal": metal}
                hit = hits.match(rule, row, tables=tables.get)
                if hit is None:
                    continue
                cells = ";".join(f"{a.file}, {a.sheet}, {a.cell}" for a in here)
                before = lines.get((supplier, metal, rule.rule))
                if before:
                    before["evidence"] += f";{cells}"
                    continue
                lines[supplier, metal, rule.rule] = {
                    "supplier_id": supplier, "metal": metal, "rule": rule.rule,
                    "severity": rule.severity, "matched": ";".join(hit.values),
                    "reason": rule.reason, "source": rule.source, "rule_as_of": rule.as_of,
                    "evidence": cells,
                }
    return _frame(list(lines.values()), "supplier_flags")


def states(
    found: list[Rule], brought: Brought, flags: pd.DataFrame, on_suppliers: pd.DataFrame, *,
    as_of: date,
) -> pd.DataFrame:
    """Each rule, whether it could be tested, and how many match it: ``risk_rules``.

    Where a rule was not tested, and where only counsel sees its matches, there is no count.
    """
    tables = _Tables(brought, as_of)
    counts = pd.concat([flags["rule"], on_suppliers["rule"]]).value_counts()
    lines = []
    for rule in found:
        state, note = _state(rule, tables)
        count = str(counts.get(rule.rule, 0))
        open_to_all = state == "tested" and rule.audience != "counsel"
        lines.append(
            {
                "rule": rule.rule, "subject": rule.subject, "axis": rule.axis,
                "severity": rule.severity, "metal": rule.metal, "test": rule.test,
                "reason": rule.reason, "window_months": rule.window_months, "state": state,
                "note": note, "matches": count if open_to_all else "", "source": rule.source,
                "as_of": rule.as_of,
            }
        )
    return pd.DataFrame(lines)


def _state(rule: Rule, tables: "_Tables") -> tuple[str, str]:
    missing = tables.missing(rule)
    if missing:
        return "not_provided", f"Not provided: {', '.join(missing)}"
    early = [name for name in rule.tables if not tables.get(name).rows]
    if early:
        return "later_than_review", f"Nothing known on the review date: {', '.join(early)}"
    if rule.audience == "counsel":
        if tables.brought.names.empty:
            return "not_provided", "Not provided: sanctions snapshot or entity list"
        return "tested", "Any match is for counsel alone"
    return "tested", tables.tested_with(rule)


def _frame(lines: list[dict], table: str) -> pd.DataFrame:
    frame = described.frame(lines, table)
    return frame.sort_values(list(frame), kind="stable", ignore_index=True)


class _Tables:
    """Tables that rules ask, as they were known on the review date, read once."""

    def __init__(self, brought: Brought, as_of: date):
        self.brought, self.as_of = brought, as_of
        self.seen: dict[str, hits.Lookup | None] = {}

    def get(self, name: str) -> hits.Lookup | None:
        if name not in self.seen:
            table = self.brought.table(name)
            found = None if table is None else hits.Lookup(name, table, self.as_of)
            self.seen[name] = found
        return self.seen[name]

    def missing(self, rule: Rule) -> list[str]:
        """Tables and indices that the rule asks for and nobody brought."""
        there = {f"{rules.INDEX}{list_id}" for list_id in self.brought.of("index")["list_id"]}
        names = [name for name in rule.tables if self.get(name) is None]
        return names + [name for name in rule.indices if name not in there]

    def tested_with(self, rule: Rule) -> str:
        return "; ".join(
            f"{name}: {number_of(self.get(name).rows, 'line', 'lines')} known on the review date"
            for name in rule.tables
        )


def _within(happened: pd.DataFrame, rule: Rule, as_of: date) -> pd.DataFrame:
    """Events that still count for the rule: all, or those within its window of months."""
    if not rule.window_months:
        return happened
    start = pd.Timestamp(as_of) - pd.DateOffset(months=int(rule.window_months))
    return happened[happened["on"] >= start.date().isoformat()]


def _by_facility(happened: pd.DataFrame) -> dict[tuple, dict[str, list[dict]]]:
    found: dict[tuple, dict[str, list[dict]]] = {}
    for row in happened.to_dict("records"):
        kinds = found.setdefault((row["metal"], row["smelter_id"]), {})
        kinds.setdefault(row["kind"], []).append(row)
    return found


class _Places:
    """Where the evidence of a flag stands: rows of suppliers' files, lists, tables."""

    def __init__(self, told, smelter_rows, happened):
        self.told: dict[tuple, list[dict]] = {}
        for row in told[["metal", "smelter_id", "basis", "country", "places"]].to_dict("records"):
            self.told.setdefault((row["metal"], row["smelter_id"]), []).append(row)
        quoted = smelter_rows.loc[smelter_rows["list_source"] != "",
                                  ["metal", "smelter_id", "list_source"]]
        first = quoted.groupby(["metal", "smelter_id"])["list_source"].min()
        self.reference = first.to_dict()
        self.events: dict[tuple, list[str]] = {}
        for row in happened.itertuples():
            self.events.setdefault((row.metal, row.smelter_id), []).append(row.place)

    def of(self, pair: tuple, rule: Rule, values: tuple[str, ...]) -> str:
        columns = set(rule.columns)
        places: list[str] = []
        for row in self.told.get(pair, []):
            named = "declared_origins" in columns and row["country"] in values
            shown = {"recycled": "recycled", "level": "smelter_id"}.get(row["basis"])
            if named or shown in columns:
                places += row["places"].split(";")
        if "event" in columns:
            places += self.events.get(pair, [])
        if "country" in columns or "region" in columns:
            places.append(self.reference.get(pair, ""))
        return ";".join(dict.fromkeys(place for place in places if place))

