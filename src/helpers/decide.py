"""Decisions in the notebook: what each one changed, which ones are idle, and making a new one.

The record itself (its form, its checks, what stands) is in ``record``.
"""

from pathlib import Path

import pandas as pd

from conflict_minerals.ground import csvfiles, ids
from conflict_minerals.ground.errors import InputError
from conflict_minerals.risk import can_preview, preview_effect, standing_answers
from conflict_minerals.smelters import build_reference, match_rows
from conflict_minerals.status import classify_facilities, decision_figures, idle_decisions
from conflict_minerals.store import yearfolders
from conflict_minerals.year import (
    DECISION_COLUMNS,
    DECISION_VALUES,
    DECISIONS_FILE,
    append_decision,
    check_decisions,
    decision_line,
    match_key,
    next_id,
    no_decisions,
)
from helpers import show

_NEEDED = DECISION_COLUMNS[:7]


def read(raw: Path) -> pd.DataFrame:
    """The record of a year, checked; empty when there is none yet."""
    path = raw / DECISIONS_FILE
    if not path.is_file():
        return no_decisions()
    lines = csvfiles.read(path, _NEEDED, name=DECISIONS_FILE, optional=DECISION_COLUMNS[7:])
    return check_decisions(lines)


def preview(run, new: dict, standing: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """What a new line would change: ``figure, now, then, change``; why it applies to nothing."""
    later = pd.concat([standing[DECISION_COLUMNS], pd.DataFrame([new])], ignore_index=True)
    list_entries = run.read("list_entries")
    known = build_reference(run.read("lookups"), list_entries, as_of=run.as_of)
    if new["kind"] == "match" and new["value"].casefold() != "none":
        metal, one = match_key(new["key"])[0], ids.read(new["value"]).value
        if not {(metal, one), ("Multiple", one)} & set(zip(known.facilities["metal"],
                                                           known.facilities["smelter_id"],
                                                           strict=True)):
            raise InputError(f"names {one}, which no source lists under {metal}",
                             file=DECISIONS_FILE, where=f"key {new['key']}",
                             fix="Check id and metal")
    reported = run.read("reported_rows")

    def total(decisions):
        rows = match_rows(reported, known, decisions)
        found = classify_facilities(rows, known, list_entries, as_of=run.as_of,
                                    program=run.inputs.program, decisions=decisions)
        return rows, decision_figures(rows, found)

    (_, before), (rows, after) = total(standing), total(later)
    vain = idle_decisions(later, smelter_rows=rows, known=known)
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
    new = decision_line(kind, key, value, id=next_id(standing), reason=reason,
                      decided_by=decided_by, decided_on=decided_on, supersedes=supersedes,
                      owner=owner, due_on=due_on, state=state)
    same = [name for name in DECISION_COLUMNS if name != "id"]
    for line in standing.to_dict("records"):
        if all(line[name] == new[name] for name in same):
            return show.note(f"Recorded already, as {line['id']}.", "good")
    later = check_decisions(pd.concat([standing, pd.DataFrame([new])], ignore_index=True))
    standing_answers(later)
    if new["value"] not in DECISION_VALUES.get(kind, (new["value"],)):
        raise InputError(f"has the value {value!r}", file=DECISIONS_FILE, where=f"id {new['id']}",
                         fix=f"Use {', '.join(DECISION_VALUES[kind])}")
    on = preview if kind in ("match", "status") else None
    if kind == "risk" and can_preview(run):
        on = preview_effect
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
                         file=DECISIONS_FILE, fix="Open the notebook and decide there")
    if yearfolders.frozen(run.outputs, run.raw) is not None:
        raise InputError(f"the year {run.year} is frozen", file=DECISIONS_FILE,
                         fix="Decide in the year that follows")
    from IPython.display import display  # a notebook's own; slow to import elsewhere

    display(shown)
    with yearfolders.lock(run.processed):
        now = read(run.raw)
        if list(now["id"]) != list(standing["id"]):
            raise InputError("was changed while this was decided", file=DECISIONS_FILE,
                             fix="Run the cell again")
        append_decision(run.raw / DECISIONS_FILE, new)
    return show.note(f"Written to {DECISIONS_FILE} as {new['id']}. Run the year again for its "
                     "documents.", "good")
