"""Decisions in the notebook: looked at first, then written.

Each function shows what it would do and gives it back; ``.write()`` on that adds the lines to the
year's ``decisions.csv``. Nothing is written before.
"""

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from conflict_minerals.filing import (
    READ_FOR_WAITING,
    WaitingForm,
    against_program,
    edits_answerable,
    edits_of,
    sentences_answerable,
    taking_of,
    waiting_decisions,
)
from conflict_minerals.ground import show, text
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.resembling import resembling
from conflict_minerals.risk import decided_facilities, preview_effect
from conflict_minerals.smelters import build_reference, match_rows
from conflict_minerals.status import (
    chosen_facilities,
    classify_facilities,
    decided_subjects,
    decision_figures,
)
from conflict_minerals.store import chain, yearfolders
from conflict_minerals.year import (
    DECISION_COLUMNS,
    DECISIONS_FILE,
    append_decision,
    carried_decisions,
    check_alone,
    check_decisions,
    decision_line,
    idle_decisions,
    next_id,
    read_decisions,
    said_by,
    stands,
)

read = read_decisions
_SAME = [name for name in DECISION_COLUMNS if name not in ("id", "group")]
_KEYS = "The pages that list open work give the keys"
_KNOWN = ("smelter_rows", "suppliers", "findings", "responses", "list_entries", "flags")


class Looked(show.Shown):
    """What lines would do, shown; ``write()`` adds them to the record, all or none."""

    def __init__(self, run, lines: list[dict], standing: pd.DataFrame, shown: show.Shown):
        super().__init__(shown.markup, shown.plain)
        self.run, self.lines, self.standing = run, lines, standing

    def write(self) -> show.Shown:
        """Adds the lines.

        Raises:
            InputError: from within the chain; a frozen year; a record that somebody changed.
        """
        run = self.run
        if not self.lines:
            return show.Shown(self.markup, self.plain)
        if getattr(run, "staged", False):
            raise InputError("a decision is a person's: the chain does not make any",
                             file=DECISIONS_FILE, fix="Open the notebook and decide there")
        if yearfolders.frozen(run.outputs, run.raw) is not None:
            raise InputError(f"the year {run.year} is frozen", file=DECISIONS_FILE,
                             fix="Decide in the year that follows")
        with yearfolders.lock(run.processed):
            if list(read(run.raw)["id"]) != list(self.standing["id"]):
                raise InputError("was changed since this was looked at", file=DECISIONS_FILE,
                                 fix="Run the cell again")
            append_decision(run.raw / DECISIONS_FILE, *self.lines)
        first, last = self.lines[0]["id"], self.lines[-1]["id"]
        named = first if first == last else f"{first} to {last}"
        self.lines = []
        return show.note(f"Written to {DECISIONS_FILE} as {named}. Run the year again for its "
                         "documents.", "good")


def decide(run, kind: str, key: str, value: str, *, reason: str, decided_by: str, decided_on: str,
           supersedes: str = "", owner: str = "", due_on: str = "", state: str = "",
           write: bool = False):
    """Shows what a decision changes; ``.write()`` adds it as one line to ``decisions.csv``.

    ``decide(run, "match", "Gold|Name as reported", "CID000000", reason="…", decided_by="…",
    decided_on="2026-03-01")``. With ``write=True`` it is written at once. A decision that is
    recorded already is not added again, so the cell may stay in the notebook.

    Raises:
        InputError: no reason, author or date; a key, value or line that the record refuses; a
            decision about the same that stands and is not superseded; a key that touches nothing,
            with what resembles it; what ``write`` refuses.
    """
    standing = read(run.raw)
    new = decision_line(kind, key, value, id=next_id(standing), reason=reason,
                        decided_by=decided_by, decided_on=decided_on, supersedes=supersedes,
                        owner=owner, due_on=due_on, state=state)
    for line in standing.to_dict("records"):
        if all(line[name] == new[name] for name in _SAME):
            return Looked(run, [], standing, show.note(f"Recorded already, as {line['id']}.",
                                                       "good"))
    check_alone(standing, new)
    caption = f"What {new['id']} changes: {kind} {key} is {value}"
    return _looked(run, [new], standing, caption, write)


def decide_many(run, where: dict, value: str, *, reason: str, decided_by: str, decided_on: str,
                owner: str = "", due_on: str = "", state: str = "", write: bool = False):
    """The same decision on risk for many facilities: a line each, tied by ``group``.

    ``decide_many(run, {"tier": "medium", "rule": "no-assurance"}, "engage", …)``. ``where`` names
    one or more of ``tier, rule, metal, country, region, status, supplier, product, facility`` and
    ``list`` (one that names the facility); each is a word or a list of words, and all must hold.
    Facilities that a person has decided on already are left as they are.

    Raises:
        InputError: an unknown condition; a facility of tier critical or with an open hard flag
            among them, or a value that answers one: each of these is decided by itself; nothing
            that it holds for; a table that is not there yet.
    """
    standing = read(run.raw)
    chosen = _where(run, where)
    closed = chosen[(chosen["tier"] == "critical") | chosen["hard"]]
    if len(closed) or value.startswith("answered") or value == "critical":
        named = ", ".join(closed["metal"] + "|" + closed["smelter_id"]) or value
        raise InputError(f"hard flags and tier critical are not decided for many: {named}",
                         file="decide_many", fix="Decide each by itself, with a reason of its own")
    decided = set().union(*decided_facilities(standing))
    first = int(next_id(standing)[2:])
    group = f"G-{first:03d}"
    pairs = [pair for pair in zip(chosen["metal"], chosen["smelter_id"], strict=True)
             if pair not in decided]
    if not pairs:
        raise InputError("holds for no facility on which nobody has decided", file="decide_many",
                         where=_told(where), fix="See the open list in notebook 3")
    lines = [decision_line("risk", "|".join(pair), value, id=f"D-{first + n:03d}", reason=reason,
                           decided_by=decided_by, decided_on=decided_on, owner=owner,
                           due_on=due_on, state=state, group=group)
             for n, pair in enumerate(pairs)]
    many, more = text.number_of(len(lines), "facility", "facilities"), ", …" * (len(lines) > 20)
    named = ", ".join(line["key"] for line in lines[:20])
    caption = (f"What {group} changes: {value} for {many} with {_told(where)}: {named}{more}. "
               f"Left out, decided already: {len(chosen) - len(lines)}")
    return _looked(run, lines, standing, caption, write)


def take(run, id: str, *, reason: str, decided_by: str, decided_on: str, write: bool = False):
    """Takes an edit that came back: its sentence stands in the next report as it came back."""
    standing = read(run.raw)
    lines = [decision_line(**line, id=f"D-{number:03d}", reason=reason, decided_by=decided_by,
                           decided_on=decided_on) for number, line in
             enumerate(taking_of(edits_of(run.outputs), id, standing), int(next_id(standing)[2:]))]
    return _looked(run, lines, standing, f"Taking {id}: {lines[0]['value']}", write)


def undo(run, id: str, *, reason: str, decided_by: str, decided_on: str, write: bool = False):
    """Takes back a decision, or every line of a group, by lines that withdraw them.

    Raises:
        InputError: no such decision, or one that stands no more.
    """
    standing = read(run.raw)
    gone = set(standing["supersedes"])
    old = standing[((standing["id"] == id) | (standing["group"] == id) & (id != ""))
                   & ~standing["id"].isin(gone) & (standing["value"] != "withdrawn")]
    if old.empty:
        raise InputError(f"{id!r} is no decision that stands", file=DECISIONS_FILE,
                         fix=resembling(id, set(standing["id"]) - gone, _KEYS))
    first = int(next_id(standing)[2:])
    lines = [decision_line(line["kind"], line["key"], "withdrawn", id=f"D-{first + n:03d}",
                           reason=reason, decided_by=decided_by, decided_on=decided_on,
                           supersedes=line["id"])
             for n, line in enumerate(old.to_dict("records"))]
    return _looked(run, lines, standing, f"What taking back {id} changes", write)


def confirm(run, *, decided_by: str, decided_on: str, kinds: Iterable[str] = (),
            write: bool = False):
    """Confirms in one call the decisions that ``make year FROM=`` carried over from last year.

    Left out, each with why: what is decided already, what touches nothing this year, what the
    record refuses, and hard flags and facilities of tier critical, which want a decision of their
    own.
    """
    standing = read(run.raw)
    there, critical = _there(run), _critical(run)
    lines, told, first = [], [], int(next_id(standing)[2:])
    for old in carried_decisions(run.raw):
        if kinds and old["kind"] not in kinds:
            continue
        new = old | {"id": f"D-{first + len(lines):03d}", "decided_by": decided_by,
                     "decided_on": decided_on, "reason": f"Confirmed: {old['reason']}"}
        why = _unfit(new, standing, lines, there, critical, run.whole.program)
        told.append([old["kind"], old["key"], old["value"], why or f"becomes {new['id']}"])
        if not why:
            lines.append(decision_line(**new))
    table = pd.DataFrame(told, columns=["kind", "key", "value", "now"])
    shown = show.table(table, "Last year's decisions, and what becomes of each")
    looked = Looked(run, lines, standing, shown)
    return looked.write() if write else looked


def inbox(run):
    """What waits for a decision, with a form for each, to look at and to write in JupyterLab.

    Raises:
        InputError: the notebooks have not run yet; ipywidgets is not there.
    """
    frames = {name: _reader(run).read(name) for name in READ_FOR_WAITING}
    frames["returned"] = edits_of(run.outputs)
    try:
        return WaitingForm(run, waiting_decisions(read(run.raw), frames), decide)
    except ImportError:
        raise InputError("ipywidgets is not installed", fix="make lab installs it") from None


def _unfit(new: dict, standing, lines: list[dict], there: dict, critical: set, program) -> str:
    """Why a carried decision cannot be confirmed with the others, ``""`` where it can."""
    said = said_by(new["kind"], new["key"], new["value"])
    for one in said:
        if one.key in stands(standing, new["kind"], one.topic):
            return "decided this year"
        if one.topic == "hard" or new["kind"] == "risk" and one.key in critical:
            return "wants a decision of its own"
    later = _later(standing, [*lines, new])
    try:
        check_decisions(later)
    except InputError as error:
        return error.what
    if against := against_program(program, new):
        return against
    found = idle_decisions(later, there)
    return "; ".join(found.loc[found["id"] == new["id"], "why"])


def _looked(run, lines: list[dict], standing, caption: str, write: bool):
    """The lines held against the record and the year, and what they would move."""
    later = check_decisions(_later(standing, lines))
    moved, there, keys = _effect(run, lines, standing, later), _there(run), []
    if {line["kind"] for line in lines} <= {"match", "status"}:
        rows = _reader(run, "smelter-status").read("reported_rows")
        rows = match_rows(rows, _reference(run), later)
        there |= decided_subjects({"smelter_rows": rows})
        keys = sorted(set(rows["decision_key"]) - {""})
    idle = idle_decisions(later, there)
    idle = idle[idle["id"].isin([line["id"] for line in lines])]
    for line in lines:
        if against := against_program(run.whole.program, line):
            raise InputError(f"{line['id']} {against}, and no report could be made",
                             file=DECISIONS_FILE,
                             fix="Change program.yml first and start the notebook again")
    for line in idle.to_dict("records"):
        said = said_by(line["kind"], line["key"], line["value"])
        known = keys if line["kind"] == "match" else (
            "|".join(key) for one in said for key in there.get((line["kind"], one.topic), ()))
        fix = resembling(line["key"], known, _KEYS)
        if "no source lists" in line["why"]:  # the key is right, its value is not
            listed = _reader(run).read("list_entries").query("metal == @said[0].key[0]")
            fix = resembling(line["value"], listed["smelter_id"], f"No list has {line['value']}")
        raise InputError(f"{line['kind']} {line['key']} touches nothing: {line['why']}",
                         file=DECISIONS_FILE, fix=fix)
    if moved is None:
        unknown = lines[0]["kind"] == "sentence" and ("sentence", "") not in there
        also = ", and whether there is such a sentence: no report was made yet" * unknown
        shown = show.note(f"{caption}. Run the year again to see what it moves{also}.")
    else:
        shown = show.table(moved, caption)
    looked = Looked(run, lines, standing, shown)
    if not write:
        return looked
    from IPython.display import display  # a notebook's own; slow to import elsewhere

    display(shown)
    return looked.write()


def _later(standing: pd.DataFrame, lines: list[dict]) -> pd.DataFrame:
    return pd.concat([standing[DECISION_COLUMNS], pd.DataFrame(lines)],
                     ignore_index=True).fillna("")


def _effect(run, lines: list[dict], standing, later) -> pd.DataFrame | None:
    """``figure, now, then, change``; ``None`` where the tables for it are not there yet."""
    kinds = {line["kind"] for line in lines}
    try:
        if kinds == {"risk"}:
            return preview_effect(_reader(run), later, standing[DECISION_COLUMNS])
        if kinds <= {"match", "status"}:
            return _identity(run, standing, later)
    except InputError as error:
        if error.file == DECISIONS_FILE:
            raise
    return None


def _identity(run, standing, later) -> pd.DataFrame:
    entries, known = _reader(run).read("list_entries"), _reference(run)
    rows = _reader(run, "smelter-status").read("reported_rows")

    def total(decisions):
        matched = match_rows(rows, known, decisions)
        return decision_figures(matched, classify_facilities(
            matched, known, entries, as_of=run.as_of, program=run.whole.program,
            decisions=decisions))

    before, after = total(standing), total(later)
    return pd.DataFrame([[name, before[name], after[name], after[name] - before[name]]
                         for name in before], columns=["figure", "now", "then", "change"])


def _reference(run):
    run = _reader(run, "smelter-status")
    return build_reference(run.read("lookups"), run.read("list_entries"), as_of=run.as_of)


def _reader(run, step: str = ""):
    """The run as a later notebook's, which reads the tables that a decision is held against."""
    return replace(run, step=step or chain.steps()[-1].step)


def _table(run, name: str) -> pd.DataFrame | None:
    try:
        return _reader(run).read(name)
    except InputError:  # not made yet, or of other inputs
        return None


def _there(run) -> dict:
    """What a decision can be about, of the tables that are there."""
    frames = {name: _table(run, name) for name in _KNOWN}
    there = decided_subjects({name: made for name, made in frames.items() if made is not None})
    if frames["suppliers"] is None:
        there.pop(("risk", "step"), None)
    edits = edits_of(run.outputs)
    there |= sentences_answerable(run.outputs, edits, read(run.raw))
    return there | {("returned", ""): edits_answerable(edits)}


def _critical(run) -> set:
    risk = _table(run, "risk")
    if risk is None:
        return set()
    risk = risk[risk["tier"] == "critical"]
    return set(zip(risk["metal"], risk["smelter_id"], strict=True))


def _where(run, where: dict) -> pd.DataFrame:
    """The facilities of the table ``risk`` for which every condition holds."""
    explored, entries, risk = map(_reader(run).read, ("explore", "list_entries", "risk"))
    return chosen_facilities(risk, explored, entries, where)


def _told(where: dict) -> str:
    return ", ".join(f"{name} {one if isinstance(one, str) else ' or '.join(one)}"
                     for name, one in where.items())
