"""The front door: what the year's report says, what is in the way, and where everything lies."""

import json
from pathlib import Path

import pandas as pd

from conflict_minerals.filing.documents.document import DRAFT, JOINT
from conflict_minerals.ground import library, pages, stages, system
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.stages import STAGED
from conflict_minerals.store import chain, manifest

NAME = "front.json"  # what the last notebook knew, kept beside the tables until the page is made
_MOST_LINKS = 60  # of one folder; more are reached through the folder
_SIGNED = {"signed": "signed", "void": "void: what is printed changed since", "open": "open"}


def front(
    run,
    *,
    figures: pd.DataFrame,
    gates: pd.DataFrame,
    signoff: pd.DataFrame,
    draft: bool,
    signing: str = "",
    deadline: str = "",
    work: pd.DataFrame | None = None,
    know: pd.DataFrame | None = None,
    highest: pd.DataFrame | None = None,
    above: int = 0,
    letters: dict[str, str] | None = None,
    changes: pd.DataFrame | None = None,
    published: pd.DataFrame | None = None,
    notes: pd.DataFrame | None = None,
    links: dict[str, str] | None = None,
) -> dict:
    """What the front door shows, as plain values that can be kept in a file.

    Args:
        figures: ``id, value, text, table, where, how, meaning``.
        gates: ``gate, subject, reason``; empty when the report is ready.
        signoff: ``role, name, signed_on, state, note``.
        draft: DRAFT stands on form and report. signing: the digest that a sign-off signs.
        deadline: a sentence on when the form is due.
        work: what waits for a person, the weightiest first: ``what, count, owner, where`` (a path
            in the outputs, or blank). know: the same of what nobody can act on.
        highest: the first lines of ``escalation`` with ``where``, of ``above`` facilities.
        letters: what is due to each supplier, by which drafts are grouped.
        changes: what changed since the year compared with, ``None`` when there is none.
        published: figures once published beside the computed ones.
        notes: remarks that close nothing.
        links: a figure's id to the page that leads to its rows.
    """
    program = run.inputs.program
    return {
        "year": run.year,
        "registrant": program["registrant"]["name"],
        "illustration": program["illustration_note"] if program["illustration"] else "",
        "labels": program["labels"],
        "as_of": run.as_of.isoformat(),
        "hindsight": run.folders.hindsight,
        "against": run.parameters["against"],
        "digest": run.inputs.digest,
        "draft": bool(draft),
        "signing": signing,
        "deadline": deadline,
        "figures": _records(figures),
        "gates": _records(stages.staged(gates)),
        "signoff": _records(signoff),
        "work": _records(work),
        "know": _records(know),
        "highest": _records(highest),
        "above": above,
        "letters": letters or {},
        "changes": None if changes is None else _records(changes),
        "published": _records(published),
        "notes": _records(notes),
        "links": links or {},
    }


def _records(frame: pd.DataFrame | None) -> list[dict]:
    if frame is None:
        return []
    return json.loads(frame.to_json(orient="records"))


def save(facts: dict, processed: Path) -> None:
    text = json.dumps(facts, indent=1, ensure_ascii=True)
    system.write_text(processed / NAME, text + "\n")


def load(processed: Path) -> dict:
    try:
        return json.loads((processed / NAME).read_bytes())
    except FileNotFoundError:
        last = chain.steps()[-1].notebook
        raise InputError("did not say what the front door is to show", file=last) from None


def stamp(facts: dict, draft: bool = False) -> str:
    """What stands at the head of every page; DRAFT on the front door alone, until all signed."""
    marks = [DRAFT] if draft else []
    if facts["hindsight"]:
        marks.append(f"HINDSIGHT as of {facts['as_of']}, not the year's record")
    if facts["illustration"]:
        marks.append("ILLUSTRATION, not a filing of any registrant")
    return JOINT.join(marks)


def nav(here: str, review: list[str]) -> list[tuple[str, str]]:
    """Links from ``here``, a page in ``review/``, to the front door and the pages beside it."""
    every = [(s.title, s.page) for s in chain.steps()]
    every += [
        (row.nav, row.path.removeprefix("review/"))
        for row in library.table("outputs").itertuples()
        if row.nav
    ]
    links = [(title, "" if page == here else page) for title, page in every if page in review]
    return [("Front door", "../index.html"), *links]


def headline(figures: list[dict], labels: dict[str, str]) -> list[tuple[str, str, str]]:
    """The figures that stand first: id, label in the year's words, text."""
    known = {row["id"]: row for row in figures}
    return [
        (row.id, row.label.format(**labels), known[row.id]["text"])
        for row in library.table("headline").itertuples()
        if row.id in known
    ]


def result(facts: dict) -> bytes:
    """``result.json``: what the run came to, for whoever schedules it."""
    gates = pd.DataFrame(facts["gates"], columns=STAGED)
    said = {
        "schema": 1,
        "year": facts["year"],
        "status": "DRAFT" if len(gates) else "READY",
        "stages": stages.counts(gates),
        "signed": not facts["draft"],
        "headline": [
            {"id": key, "label": label, "text": text}
            for key, label, text in headline(facts["figures"], facts["labels"])
        ],
        "causes": facts["gates"],
    }
    return (json.dumps(said, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def page(facts: dict, outputs: Path) -> bytes:
    """The front door over a folder of outputs as it lies there, with its manifest."""
    made, report = outputs / manifest.NAME, outputs / "review/report.html"
    tiles = headline(facts["figures"], facts["labels"])
    gates, figures = pd.DataFrame(facts["gates"], columns=STAGED), _figures(facts)
    nothing = figures["text"].isin(["0", "0%"])
    markup = pages.page(
        f"Conflict minerals {facts['year']}: {facts['registrant']}",
        "front.html",
        stamp=stamp(facts, facts["draft"]),
        foot=f"{facts['registrant']} · {facts['year']}",
        facts=facts,
        unsigned=[row["role"] for row in facts["signoff"] if row["state"] != "signed"],
        read="review/report.html" if report.is_file() else "#documents",
        manifest=manifest.sha256(made) if made.is_file() else "",
        tiles=[(facts["links"].get(key, f"#figure-{key}"), *said) for key, *said in tiles],
        stages={stage: _gates(gates[gates["stage"] == stage], outputs) for stage in stages.STAGES},
        sections=_sections(facts, outputs),
        documents=_documents(facts, outputs),
        figures=figures[~nothing],
        nothing=figures[nothing],
    )
    return manifest.seal(markup.encode("utf-8"))


def _gates(gates: pd.DataFrame, outputs: Path) -> pd.DataFrame:
    """The gates of a stage, each leading to where it is cleared."""
    lead = [stages.page_of(gate, subject) for gate, subject in
            zip(gates["gate"], gates["subject"], strict=True)]
    return pd.DataFrame({"gate": _linked(gates["subject"], lead, outputs),
                         "kind": gates["gate"].tolist(), "reason": gates["reason"].tolist()})


def _linked(texts, wheres, outputs: Path) -> list:
    """Each text as a link to its page, where that is among the outputs."""
    return [pages.Link(text, where) if where and (outputs / where.split("#")[0]).exists() else text
            for text, where in zip(texts, wheres, strict=True)]


def _sections(facts: dict, outputs: Path) -> dict[str, pd.DataFrame]:
    """The tables of the front door by their key, those that have rows."""
    keys = ("work", "know", "highest", "changes", "signoff", "published", "notes")
    frames = {key: pages.plain(pd.DataFrame(facts[key])) for key in keys if facts[key]}
    if "signoff" in frames:
        frames["signoff"]["state"] = frames["signoff"]["state"].replace(_SIGNED)
    for key, text in (("work", "what"), ("know", "what"), ("highest", "name")):
        if key in frames:
            frames[key][text] = _linked(frames[key][text], frames[key]["where"], outputs)
    return frames


def _documents(facts: dict, outputs: Path) -> dict[str, dict[str, list[pages.Link]]]:
    """Every file of the outputs, grouped as ``schema/outputs.csv`` says; letters by their kind."""
    left = [f for f in manifest.files_of(outputs) if f not in (manifest.INDEX, ".staging")]
    heading = facts["labels"].get("counsel", "")
    known = library.table("outputs")
    titles = {f"review/{s.page}": s.title for s in chain.steps()}
    groups: dict[str, dict[str, list]] = {}
    for row in known.itertuples():
        group = f"{row.group} ({heading})" if row.privileged and heading else row.group
        folder = row.path if row.path.endswith("/") else None
        found = [f for f in left if f == row.path or folder and f.startswith(folder)]
        left = [f for f in left if f not in set(found)]
        if not row.group:
            continue
        if len(found) > _MOST_LINKS:
            found = [folder]
        for file in found:
            label = row.label or titles.get(file) or file.partition("/")[2] or f"the folder {file}"
            step = facts["letters"].get(Path(file).stem, "") if folder == "letters/" else ""
            groups.setdefault(group, {}).setdefault(step, []).append(pages.Link(label, file))
    if left:
        groups["Other files"] = {"": [pages.Link(file, file) for file in left]}
    return groups


def _figures(facts: dict) -> pd.DataFrame:
    columns = ["id", "text", "meaning", "table", "how", "where"]
    frame = pd.DataFrame(facts["figures"], columns=columns)
    frame["anchor"] = "figure-" + frame["id"]
    frame["id"] = [
        pages.Link(key, facts["links"][key]) if key in facts["links"] else key
        for key in frame["id"]
    ]
    frame["table"] = [pages.Link(name, f"tables/{name}.csv") for name in frame["table"]]
    return frame
