"""What a year hands over beside its documents: evidence pages, letters, counsel's folder.

Each function takes the run and what was built, and gives files by their path in the outputs or
plain tables; nothing here writes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from conflict_minerals.filing.claims import brief, deadline, figures, gaps
from conflict_minerals.filing.evidence import decisionlog, front_door, trace
from conflict_minerals.filing.later import Later, together
from conflict_minerals.filing.word import redline, taken
from conflict_minerals.ground import library, pages, tables
from conflict_minerals.ground.csvfiles import to_csv
from conflict_minerals.intake import inbox_waiting
from conflict_minerals.risk import ranked_steps, unused_origins
from conflict_minerals.status import facilities_of_annex
from conflict_minerals.store import chain, manifest
from conflict_minerals.survey import add_notices, draft_letters, is_draft_letter, letter_files
from conflict_minerals.year import AMENDS, PREVIOUS, find_disagreements, idle_decisions

_DOCX = "report/{}.docx"
_FIRST = 10  # facilities that the front door names
_LONG = ("answers", "explore", "findings", "smelter_rows")  # which may have millions of rows


def read_tables(run) -> dict[str, pd.DataFrame]:
    """The year's tables by name, as the notebooks before this one saved them.

    Among the suppliers are the notices that came due once the status of each facility was known.
    """
    held = [name for name in chain.steps()[-1].reads if tables.names(name)]
    frames = {name: run.read(name, tables.names(name) if name in _LONG else None)
              for name in held if name not in tables.going_to("counsel")}
    frames["suppliers"] = add_notices(
        frames["suppliers"], frames["smelter_rows"], frames["facilities"], run.inputs,
        as_of=run.as_of, actions=frames["actions"],
    )  # fmt: skip
    return frames


def exported(frames: dict[str, pd.DataFrame], built) -> dict[str, pd.DataFrame]:
    """The tables that the outputs hold."""
    return {name: {**frames, **built.tables}[name] for name in tables.going_to("tables")}


def figures_before(run) -> dict | None:
    """``figures.json`` of the year compared with, and the ``year``; ``None`` when there is none.

    Where last year's annex alone is there, what can be counted in it.
    """
    if run.against is not None:
        year = {"text": str(run.parameters["against"] or ""), "table": "changes"}
        return figures.stated(run.against) | {"year": year}
    if run.inputs.previous_annex.empty:
        return None
    old = facilities_of_annex(run.inputs.previous_annex, run.read("facilities"))
    ids = Counter([*old["status"], *old["status"] + "_" + old["metal"].str.lower()])
    counted = Counter({"facilities": len(old)}) + ids
    return {id: {"text": figures.printed(n, "count")} for id, n in counted.items()} | {
        "year": {"text": str(run.year - 1), "table": "previous_annex.csv"}}


def drafts(run, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The letters that are due on the review date, one row a supplier (``draft_letters``)."""
    return draft_letters(
        frames["suppliers"], frames["findings"], run.inputs, year=run.year, as_of=run.as_of,
        responses=frames["responses"], smelter_rows=frames["smelter_rows"],
        facilities=frames["facilities"], differences=frames["differences"],
        actions=frames["actions"],
        wording=run.raw / "wording" / "letters", cache=run.cache,
    )  # fmt: skip


def files(run, frames: dict[str, pd.DataFrame], built, due: pd.DataFrame) -> Later:
    """Everything but tables, evidence workbook, manifest and front door, by path."""
    stamp = front_door.stamp(_facts(run))
    proof = trace.pages_of(
        frames | {"returned": built.edits, "letters": due}, built, run.inputs.decisions,
        run.inputs.program, year=run.year, overrides=_overrides(run), stamp=stamp,
        nav=[("Front door", "index.html")],
    )  # fmt: skip
    judged = counsel(run, frames, built, drafts=len(due), stamp=stamp)
    return together(built.files, proof, letter_files(due), papers(run, built), judged)


def _overrides(run) -> pd.DataFrame:
    return decisionlog.overrides(run.inputs.program, run.inputs.files)


def papers(run, built) -> dict[str, bytes]:
    """The documents of ``evidence/`` that claims rest on, so that the claim's page opens them."""
    rows = built.register.evidence
    cited = rows[rows["kind"].isin(["fact", "promise"]) & (rows["sha256"] != "")]
    return {path: (run.raw / path).read_bytes() for path in sorted(set(cited["detail"]))}


def counsel(
    run, frames: dict[str, pd.DataFrame], built, *, drafts: int, stamp: str
) -> dict[str, bytes]:
    """The folder ``counsel/``: brief, gaps, what a rule weighs, names to review, edits, changes."""
    scored = gaps.score(built.register.claims, built.figures, built.gates)
    heading = run.inputs.program["labels"]["counsel"]
    out = {
        "counsel/gaps.csv": gaps.csv(scored),
        "counsel/gaps.html": gaps.html(
            scored, year=run.year, privilege=heading, stamp=stamp).encode("utf-8"),
    }
    out["counsel/brief.html"] = brief.html(
        built, run.inputs.decisions, work(frames, edits=built.edits, drafts=drafts),
        changed(run, frames), program=run.inputs.program, year=run.year,
        deadline=deadline.sentence(run.year, run.as_of), chosen=_overrides(run), stamp=stamp,
    ).encode("utf-8")
    for name in tables.going_to("counsel"):
        out[f"counsel/{name}.csv"] = to_csv(run.read(name))
    if len(built.edits):
        out["counsel/returned.csv"] = to_csv(built.edits)
        page = taken.html(built.edits, year=run.year, privilege=heading, stamp=stamp)
        out["counsel/returned.html"] = page.encode("utf-8")
    for document in built.documents.values():
        new = built.files[_DOCX.format(document.name)]
        for kind, path in _earlier(run, document.name).items():
            old = path.read_bytes()
            old = old if path.suffix.lower() == ".docx" else redline.of_page(old)
            marked = redline.redline(old, new, as_of=run.as_of)
            out[f"counsel/{kind}-{document.name}.docx"] = marked
    return out


def _earlier(run, name: str) -> dict[str, Path]:
    """What a document is redlined against: last year's, ours or as filed, and what it amends."""
    last = [run.against / _DOCX.format(name)] if run.against else [
        run.raw / PREVIOUS / f"{name}{ending}" for ending in (".docx", ".htm", ".html")]
    found = {"redline": last, "redline-filed": _filed(run.raw / AMENDS, name)}
    there = {kind: [path for path in paths if path.is_file()] for kind, paths in found.items()}
    return {kind: paths[0] for kind, paths in there.items() if paths}


def _filed(folder: Path, name: str) -> list[Path]:
    """What an amendment amends of a document, as it was filed: the page or, rather, the .docx."""
    found = []
    for record in sorted(folder.glob("*.json")):
        said = manifest.read_json(record).get("compared_with") or {}
        found += [folder / record.stem / filed for filed, ours in said.items()
                  if Path(ours).stem == name]
    word = [path for path in found if path.suffix.lower() == ".docx"]
    return (word or [p for p in found if p.suffix.lower() in (".htm", ".html")])[:1]


def front(run, frames: dict[str, pd.DataFrame], built, paths: Iterable[str]) -> dict:
    """What the front door shows; ``paths`` are those of all files beside it."""
    return front_door.front(
        run,
        figures=built.figures,
        gates=built.gates,
        signoff=built.signing.state,
        signing=built.signing.digest,
        draft=built.signing.draft,
        deadline=deadline.sentence(run.year, run.as_of),
        work=work(frames, inbox=inbox_waiting(run.raw), edits=built.edits,
                  drafts=sum(is_draft_letter(path) for path in paths)),
        know=work(frames, "know"),
        highest=highest(frames),
        above=int((frames["escalation"]["subject"] == "facility").sum()),
        letters=frames["suppliers"].set_index("supplier_id")["next_step"].to_dict(),
        changes=changed(run, frames),
        published=built.published,
        notes=pd.concat([
            find_disagreements(run.inputs, run.as_of).assign(what="inputs"), _on_lists(frames),
            idle(frames, run.inputs, built.can_be), built.notes,
        ])[["what", "subject", "note"]],
        links={id: trace.figure_path(id) for id in built.figures["id"]},
    )


def _on_lists(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """What is remarked of lists: ``what, subject, note``."""
    told = frames["lists_met"][frames["lists_met"]["remark"] != ""]
    return pd.DataFrame({"what": "list", "subject": told["list_id"], "note": told["remark"]})


def idle(frames: dict[str, pd.DataFrame], inputs, can_be: Mapping) -> pd.DataFrame:
    """Decisions and records of origin that touch nothing: ``what, subject, note``."""
    found = idle_decisions(inputs.decisions, can_be)
    ore = unused_origins(inputs.origins, frames["facilities"])
    passed_over = ["previous_annex.csv"] * bool(
        inputs.program["previous"] and len(inputs.previous_annex))
    return pd.concat([
        pd.DataFrame({"what": "decision", "note": "It touches nothing: " + found["why"],
                      "subject": found["id"] + ": " + found["kind"] + " " + found["key"]}),
        pd.DataFrame({"what": "origins.csv", "subject": ore,
                      "note": "It touches nothing: it is no facility of this year"}),
        pd.DataFrame({"what": "inputs", "subject": passed_over,
                      "note": "It touches nothing: previous in program.yml names a year"}),
    ])  # fmt: skip


def work(
    frames: dict[str, pd.DataFrame], kind: str = "work", inbox: int = 0,
    edits: pd.DataFrame | None = None, drafts: int = 0,
) -> pd.DataFrame:
    """What waits for a person, or with ``know`` what nobody can act on: ``what, count, owner,
    where``, in the order of ``work.csv``.

    ``inbox``: how many things that came by mail nobody has filed. ``edits``: those that came back.
    ``drafts``: of letters that are due.
    """
    rows, findings, steps = (frames[name] for name in ("smelter_rows", "findings", "escalation"))
    counted = rows["counted"].astype(bool)
    open_ = steps[steps["state"] == "not_decided"]
    waits = counted & (rows["match"] == "none") & (rows["decision"] == "")
    counts = {
        **open_["tier"].value_counts(),
        "inbox": inbox,
        "edits": 0 if edits is None else (~edits["state"].isin(taken.ANSWERED)).sum(),
        "unmatched": waits.sum(),
        "list_lines": (frames["list_lines"]["weight"] == "open").sum(),
        "take_up": (open_["subject"] == "supplier").sum(),
        "letters": drafts,
        "errors": (findings["counted"].astype(bool) & (findings["severity"] == "error")).sum(),
        "not_identified": (counted & (rows["match"] == "not_identified")).sum(),
        "actions": frames["actions"]["overdue"].sum(),
        "conflicts": frames["conflicts"]["subject"].nunique(),
    }
    known = library.table("work")
    out = known[known["kind"] == kind]
    out = out.assign(count=out["id"].map(counts).fillna(0).astype("int64"))
    out = out[out["count"] > 0].reset_index(drop=True)
    return out[["what", "count", "owner", "where"]]


def highest(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The facilities to look at first, by tier and reach: the first of the open list."""
    steps = ranked_steps(frames["escalation"])
    first = steps[steps["subject"] == "facility"].head(_FIRST)
    return first.assign(where=[trace.facility_path(*pair) for pair in
                               zip(first["metal"], first["subject_id"], strict=True)])


def changed(run, frames: dict[str, pd.DataFrame]) -> pd.DataFrame | None:
    """How much changed since what the year is compared with, if any: ``area, change, count``."""
    if run.against is None and run.inputs.previous_annex.empty:
        return None
    grouped = frames["changes"].groupby(["area", "change"], sort=True).size()
    return pages.plain(grouped.rename("count").reset_index())


def listing(made: Iterable[str]) -> pd.DataFrame:
    """Files by folder: ``folder, files``."""
    folders = pd.Series([path.rpartition("/")[0] or "." for path in made], dtype="str")
    return folders.value_counts().sort_index().rename_axis("folder").reset_index(name="files")


def _facts(run) -> dict:
    program = run.inputs.program
    note = program["illustration_note"] if program["illustration"] else ""
    return {
        "hindsight": run.folders.hindsight, "as_of": run.as_of.isoformat(), "illustration": note,
    }  # fmt: skip
