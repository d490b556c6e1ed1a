"""What match and status decisions changed, and which decisions apply to nothing any more."""

import pandas as pd

from conflict_minerals.ground import ids, names
from conflict_minerals.ground.terms import STATUSES
from conflict_minerals.ground.text import clean
from conflict_minerals.smelters import MATCH_COLUMNS, Reference, distinct_rows, reported_as
from conflict_minerals.status import classify
from conflict_minerals.year import facility_key, match_key, standing_decisions


def figures(smelter_rows: pd.DataFrame, facilities: pd.DataFrame) -> dict[str, int]:
    """The figures that a decision can move, by the ids of ``figures.json``."""
    counted = smelter_rows[smelter_rows["counted"].to_numpy(dtype=bool)]
    found = {"facilities": len(facilities)}
    found |= {status: int((facilities["status"] == status).sum()) for status in STATUSES}
    found["rows_unmatched"] = int((counted["match"] == "none").sum())
    return found


def effects(smelter_rows: pd.DataFrame, known: Reference, list_entries: pd.DataFrame,
            decisions: pd.DataFrame, *, as_of, program: dict | None = None) -> pd.DataFrame:
    """Every match and status decision with what it changed, in the order of the record.

    ``id, kind, key, value, reason, decided_by, decided_on, stands, rows, effect``: ``rows`` of
    counted files that it touches, ``effect`` on the figures, each as it is with the decision less
    what it would be without.
    """
    idle_ones = idle(decisions, smelter_rows=smelter_rows, known=known)
    unused = dict(zip(idle_ones["id"], idle_ones["why"], strict=True))
    later = {row["supersedes"]: row["id"] for row in decisions.to_dict("records")
             if row["supersedes"]}

    def total(rows, kept):
        found = classify.facilities(rows, known, list_entries, as_of=as_of, program=program,
                                    decisions=kept)
        return figures(rows, found)

    with_all = total(smelter_rows, decisions)
    records = []
    for line in decisions[decisions["kind"].isin(["match", "status"])].to_dict("records"):
        stands, moved, touched = "stands", "", 0
        if line["id"] in later:
            stands = f"superseded by {later[line['id']]}"
        elif line["id"] in unused:
            stands = f"idle: {unused[line['id']]}"
        else:
            without, touched = _without(smelter_rows, line)
            kept = decisions[decisions["id"] != line["id"]]
            moved = _difference(total(without, kept), with_all)
            if line["decided_on"] > as_of.isoformat():
                stands = f"stands; decided after the review date {as_of.isoformat()}"
        records.append([*(line[c] for c in ("id", "kind", "key", "value", "reason", "decided_by",
                                            "decided_on")), stands, touched, moved])
    columns = ["id", "kind", "key", "value", "reason", "decided_by", "decided_on", "stands",
               "rows", "effect"]
    return pd.DataFrame(records, columns=columns).astype(
        {column: "int64" if column == "rows" else "str" for column in columns})


def _without(smelter_rows: pd.DataFrame, line: dict) -> tuple[pd.DataFrame, int]:
    """The rows as they would be without a decision, and how many of counted files it touches."""
    if line["kind"] == "match":
        by_it = smelter_rows["match_reason"].astype("str").str.startswith(
            f"Decision {line['id']} of ").to_numpy() & (smelter_rows["match"] == "decision")
        out = smelter_rows.assign(
            match=smelter_rows["match"].astype("str").mask(by_it, "none"),
            smelter_id=smelter_rows["smelter_id"].astype("str").mask(by_it, ""))
    else:
        metal, one = facility_key(line["key"])
        by_it = (smelter_rows["smelter_id"] == one) & (smelter_rows["metal"] == metal)
        out = smelter_rows
    return out, int((by_it & smelter_rows["counted"].to_numpy(dtype=bool)).sum())


def _difference(before: dict[str, int], after: dict[str, int]) -> str:
    moved = [f"{name} {after[name] - before[name]:+d}" for name in before
             if after[name] != before[name]]
    return ", ".join(moved) or "no figure moves"


def idle(decisions: pd.DataFrame, *, smelter_rows: pd.DataFrame, known=None,
         findings: pd.DataFrame | None = None,
         responses: pd.DataFrame | None = None,
         list_entries: pd.DataFrame | None = None, more=()) -> pd.DataFrame:
    """Decisions that stand and apply to nothing any more: ``id, kind, key, value, why``.

    Those of kinds ``match`` and ``status`` always; of kind ``finding`` and ``file`` where the
    tables of that name are given; of kind ``list`` where ``list_entries`` is. ``more`` are
    pairs of a line and its why, of other kinds.
    """
    found = [*_idle_matches(decisions, smelter_rows, known), *_idle_statuses(decisions,
                                                                             smelter_rows)]
    if findings is not None:
        there = set(findings["file"] + "|" + findings["rule"] + "|" + findings["cell"])
        found += [(line, "there is no such finding any more")
                  for line in standing_decisions(decisions, "finding").to_dict("records")
                  if clean(line["key"]) not in there]
    if responses is not None:
        files = set(responses["file"])
        found += [(line, "there is no such file") for line in
                  standing_decisions(decisions, "file").to_dict("records")
                  if clean(line["key"]) not in files]
    if list_entries is not None:
        answered = set(list_entries["decision"])
        found += [(line, "no line that cannot be read says so") for line in
                  standing_decisions(decisions, "list").to_dict("records")
                  if line["id"] not in answered]
    rows = [[line["id"], line["kind"], line["key"], line["value"], why]
            for line, why in [*found, *more]]
    return pd.DataFrame(rows, columns=["id", "kind", "key", "value", "why"]).astype("str")


def _idle_matches(decisions, smelter_rows, known) -> list[tuple]:
    standing = standing_decisions(decisions, "match").to_dict("records")
    if not standing:
        return []
    reasons = smelter_rows["match_reason"].astype("str").drop_duplicates()
    ways, _ = distinct_rows(smelter_rows, [*MATCH_COLUMNS, "smelter_id", "match"])
    keyed = {}
    for row in ways.itertuples(index=False):
        called = reported_as(row.lookup_reported, row.name_reported,
                                               row.smelter_id_reported)
        keyed.setdefault((row.metal, names.keys(called).full), []).append(row)
    listed = set() if known is None else set(zip(known.facilities["metal"],
                                                 known.facilities["smelter_id"], strict=True))
    found = []
    for line in standing:
        metal, name = match_key(line["key"])
        if reasons.str.contains(f"Decision {line['id']} of ", regex=False).any() and (
                line["value"].casefold() == "none" or _works(line, metal, listed, known)):
            continue
        rows = keyed.get((metal, names.keys(name).full), [])
        value = ids.read(line["value"]).value
        proven = sorted({row.smelter_id for row in rows if row.match in ("id", "alias")})
        if not rows:
            why = "no row reads so"
        elif not _works(line, metal, listed, known):
            why = f"no source lists {value} under {metal}"
        elif proven == [value]:
            why = "the rows that read so match by themselves, and to the same facility"
        elif proven:
            why = f"the rows that read so match by themselves, but to {', '.join(proven)}"
        else:
            why = "the rows that read so are not to be matched: " + rows[0].match
        found.append((line, why))
    return found


def _works(line: dict, metal: str, listed: set, known) -> bool:
    value = ids.read(line["value"]).value
    return known is None or bool({(metal, value), ("Multiple", value)} & listed)


def _idle_statuses(decisions, smelter_rows) -> list[tuple]:
    counted = smelter_rows[smelter_rows["counted"].to_numpy(dtype=bool)]
    pairs, _ = distinct_rows(counted, ["metal", "smelter_id"])
    there = set(pairs.itertuples(index=False, name=None))
    return [(line, "it is no facility of this year")
            for line in standing_decisions(decisions, "status").to_dict("records")
            if facility_key(line["key"]) not in there]
