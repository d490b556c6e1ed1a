"""Decisions in the notebook: what each one changed, which ones are idle, and making a new one.

The record itself (its form, its checks, what stands) is in ``record``.
"""

from pathlib import Path

import pandas as pd

from helpers import csvfiles, show, store
from helpers.errors import InputError
from helpers.risk import answers
from helpers.risk import preview as on_risk
from helpers.status import classify, evidence, ids, matching, names, record, reference
from helpers.status.record import check, current, facility_key, match_key
from helpers.terms import STATUSES
from helpers.text import clean

__all__ = ["check", "current", "decide", "effects", "figures", "idle", "preview", "read"]
_NEEDED = record.COLUMNS[:7]


def read(raw: Path) -> pd.DataFrame:
    """The record of a year, checked; empty when there is none yet."""
    path = raw / record.FILE
    if not path.is_file():
        return record.empty()
    lines = csvfiles.read(path, _NEEDED, name=record.FILE, optional=record.COLUMNS[7:])
    return check(lines)


def figures(smelter_rows: pd.DataFrame, facilities: pd.DataFrame) -> dict[str, int]:
    """The figures that a decision can move, by the ids of ``figures.json``."""
    counted = smelter_rows[smelter_rows["counted"].to_numpy(dtype=bool)]
    found = {"facilities": len(facilities)}
    found |= {status: int((facilities["status"] == status).sum()) for status in STATUSES}
    found["rows_unmatched"] = int((counted["match"] == "none").sum())
    return found


def effects(smelter_rows: pd.DataFrame, known: reference.Reference, list_entries: pd.DataFrame,
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
         responses: pd.DataFrame | None = None, list_entries: pd.DataFrame | None = None,
         risk: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame] | None = None) -> pd.DataFrame:
    """Decisions that stand and apply to nothing any more: ``id, kind, key, value, why``.

    Those of kinds ``match`` and ``status`` always; of kind ``finding`` and ``file`` where the
    tables of that name are given; of kind ``list`` where ``list_entries`` is; of kind ``risk``
    where ``risk, flags, suppliers`` are.
    """
    found = [*_idle_matches(decisions, smelter_rows, known), *_idle_statuses(decisions,
                                                                             smelter_rows)]
    if findings is not None:
        there = set(findings["file"] + "|" + findings["rule"] + "|" + findings["cell"])
        found += [(line, "there is no such finding any more")
                  for line in current(decisions, "finding").to_dict("records")
                  if clean(line["key"]) not in there]
    if responses is not None:
        files = set(responses["file"])
        found += [(line, "there is no such file") for line in
                  current(decisions, "file").to_dict("records")
                  if clean(line["key"]) not in files]
    if list_entries is not None:
        answered = set(list_entries["decision"])
        found += [(line, "no line that cannot be read says so") for line in
                  current(decisions, "list").to_dict("records") if line["id"] not in answered]
    if risk is not None:
        facilities, flags, suppliers = risk
        found += answers.idle(decisions, risk=facilities, flags=flags, suppliers=suppliers)
    rows = [[line["id"], line["kind"], line["key"], line["value"], why] for line, why in found]
    return pd.DataFrame(rows, columns=["id", "kind", "key", "value", "why"]).astype("str")


def _idle_matches(decisions, smelter_rows, known) -> list[tuple]:
    standing = current(decisions, "match").to_dict("records")
    if not standing:
        return []
    reasons = smelter_rows["match_reason"].astype("str").drop_duplicates()
    ways, _ = matching.distinct(smelter_rows, [*matching.COLUMNS, "smelter_id", "match"])
    keyed = {}
    for row in ways.itertuples(index=False):
        called = evidence.reported_as(row.lookup_reported, row.name_reported,
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
    pairs, _ = matching.distinct(counted, ["metal", "smelter_id"])
    there = set(pairs.itertuples(index=False, name=None))
    return [(line, "it is no facility of this year")
            for line in current(decisions, "status").to_dict("records")
            if facility_key(line["key"]) not in there]


def preview(run, new: dict, standing: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """What a new line would change: ``figure, now, then, change``; why it applies to nothing."""
    later = pd.concat([standing[record.COLUMNS], pd.DataFrame([new])], ignore_index=True)
    list_entries = run.read("list_entries")
    known = reference.build(run.read("lookups"), list_entries, as_of=run.as_of)
    if new["kind"] == "match" and new["value"].casefold() != "none":
        metal, one = match_key(new["key"])[0], ids.read(new["value"]).value
        if not {(metal, one), ("Multiple", one)} & set(zip(known.facilities["metal"],
                                                           known.facilities["smelter_id"],
                                                           strict=True)):
            raise InputError(f"names {one}, which no source lists under {metal}", file=record.FILE,
                             where=f"key {new['key']}", fix="Check id and metal")
    reported = run.read("reported_rows")

    def total(decisions):
        rows = matching.match(reported, known, decisions)
        found = classify.facilities(rows, known, list_entries, as_of=run.as_of,
                                    program=run.inputs.program, decisions=decisions)
        return rows, figures(rows, found)

    (_, before), (rows, after) = total(standing), total(later)
    vain = idle(later, smelter_rows=rows, known=known)
    effect = pd.DataFrame([[name, before[name], after[name], after[name] - before[name]]
                           for name in before], columns=["figure", "now", "then", "change"])
    return effect, ", ".join(vain.loc[vain["id"] == new["id"], "why"])


def decide(run, kind: str, key: str, value: str, *, reason: str, decided_by: str, decided_on: str,
           supersedes: str = "", owner: str = "", due_on: str = "", state: str = "",
           write: bool = True):
    """Shows what a decision changes, then adds it as one line to the year's ``decisions.csv``.

    ``decide(run, "match", "Gold|Name as reported", "CID000000", reason="…", decided_by="…",
    decided_on="2026-03-01")``. With ``write=False`` it only shows. A decision that is recorded
    already is not added again, so the cell may stay in the notebook.

    Raises:
        InputError: no reason, author or date; anything else that ``record.check`` refuses; a
            value that its kind does not know; a smelter id that no source lists; a frozen year;
            from within the chain.
    """
    standing = read(run.raw)
    new = record.line(kind, key, value, id=record.next_id(standing), reason=reason,
                      decided_by=decided_by, decided_on=decided_on, supersedes=supersedes,
                      owner=owner, due_on=due_on, state=state)
    same = [name for name in record.COLUMNS if name != "id"]
    for line in standing.to_dict("records"):
        if all(line[name] == new[name] for name in same):
            return show.note(f"Recorded already, as {line['id']}.", "good")
    later = check(pd.concat([standing, pd.DataFrame([new])], ignore_index=True))
    answers.current(later)
    if new["value"] not in record.VALUES.get(kind, (new["value"],)):
        raise InputError(f"has the value {value!r}", file=record.FILE, where=f"id {new['id']}",
                         fix=f"Use {', '.join(record.VALUES[kind])}")
    on = preview if kind in ("match", "status") else None
    if kind == "risk" and on_risk.readable(run):
        on = on_risk.effect
    if on:
        effect, vain = on(run, new, standing)
        shown = show.table(effect, f"What {new['id']} changes: {kind} {key} is {value}"
                                   + (f". It applies to nothing: {vain}" if vain else ""))
    else:
        shown = show.note(f"{new['id']}: {kind} {key} is {value}. Run the year again to see "
                          "what it changes.")
    if not write:
        return shown
    if getattr(run, "staged", False):
        raise InputError("a decision is a person's: the chain does not make any",
                         file=record.FILE, fix="Open the notebook and decide there")
    if store.frozen(run.outputs) is not None:
        raise InputError(f"the year {run.year} is frozen", file=record.FILE,
                         fix="Decide in the year that follows")
    from IPython.display import display  # a notebook's own; slow to import elsewhere

    display(shown)
    with store.lock(run.processed):
        now = read(run.raw)
        if list(now["id"]) != list(standing["id"]):
            raise InputError("was changed while this was decided", file=record.FILE,
                             fix="Run the cell again")
        record.append(run.raw / record.FILE, new)
    return show.note(f"Written to {record.FILE} as {new['id']}. Run the year again for its "
                     "documents.", "good")
