"""The front door: what the year's report says, what is in the way, and where everything lies."""

import json
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import library, pages
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import GATE
from conflict_minerals.ground.text import clean
from conflict_minerals.store import chain, manifest

NAME = "front.json"  # what the last notebook knew, kept beside the tables until the page is made
_MOST_LINKS = 60  # of one folder; more are reached through the folder
_HOW_TO_SIGN = (
    "To sign, add a line to signoff.csv among the year's inputs: role, name, date, and the digest "
    "of the inputs above; then run the report again. A digest of other inputs signs nothing."
)
_SIGNED = {"signed": "signed", "void": "void: the inputs changed since", "open": "open"}


def front(
    run,
    *,
    figures: pd.DataFrame,
    gates: pd.DataFrame,
    signoff: pd.DataFrame,
    draft: bool,
    deadline: str = "",
    work: pd.DataFrame | None = None,
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
        draft: DRAFT stands on every document.
        deadline: a sentence on when the form is due.
        work: open work, for example decisions to take: ``what, count, where`` (a path in the
            outputs, or blank).
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
        "deadline": deadline,
        "figures": _records(figures),
        "gates": _records(gates),
        "signoff": _records(signoff),
        "work": _records(work),
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
    (processed / NAME).write_text(text + "\n", encoding="ascii")


def load(processed: Path) -> dict:
    try:
        return json.loads((processed / NAME).read_bytes())
    except FileNotFoundError:
        last = chain.steps()[-1].notebook
        raise InputError("did not say what the front door is to show", file=last) from None


def stamp(facts: dict) -> str:
    """What stands on every page until people have signed."""
    marks = ["DRAFT, not signed off"] if facts["draft"] else []
    if facts["hindsight"]:
        marks.append(f"HINDSIGHT as of {facts['as_of']}, not the year's record")
    if facts["illustration"]:
        marks.append("ILLUSTRATION, not a filing of any registrant")
    return " · ".join(marks)


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


def page(facts: dict, outputs: Path) -> bytes:
    """The front door over a folder of outputs as it lies there, with its manifest."""
    title = f"Conflict minerals {facts['year']}: {facts['registrant']}"
    body = [pages.heading(title, 1), _status(facts)]
    if facts["illustration"]:
        body.append(pages.box(pages.paragraph(facts["illustration"])))
    body += [_next(facts, outputs), _dates(facts, outputs), _tiles(facts), _gates(facts)]
    sections = [
        ("Open work", "work", "What is open, and where it is listed"),
        ("What changed since the year compared with", "changes", "Changes"),
        ("Sign-off", "signoff", "Who signed off these inputs"),
        ("Figures once published", "published", "Published figures beside the computed ones"),
        ("Remarks that close no gate", "notes", "Remarks"),
    ]
    for heading, key, caption in sections:
        if facts[key]:
            body += [pages.heading(heading, 2, key), _table(key, facts[key], caption, outputs)]
    if facts["changes"] is None:
        body += [
            pages.heading("What changed"),
            pages.paragraph("This year is compared with no other: program.yml names none."),
        ]
    body += [pages.heading("Documents", 2, "documents"), _documents(outputs), _figures(facts)]
    markup = pages.page(
        title, "\n".join(body), stamp=stamp(facts), foot=f"{facts['registrant']} · {facts['year']}"
    )
    return manifest.seal(markup.encode("utf-8"))


def _status(facts: dict) -> str:
    gates = facts["gates"]
    if not gates:
        text = "READY: every figure reconciles and no gate is closed."
        if facts["draft"]:
            text += " DRAFT stands on the documents until these inputs are signed off."
        return pages.box(pages.paragraph(text), "good")
    count = f"{len(gates)} gate{'s are' if len(gates) > 1 else ' is'} closed"
    link = pages.Link("each with its reason below", "#gates")
    return pages.box(pages.paragraph([f"DRAFT: {count}", link]), "warn")


def _next(facts: dict, outputs: Path) -> str:
    """What a person does next, in order."""
    steps = []
    if facts["gates"]:
        steps.append(pages.Link("Clear the gates that are closed", "#gates"))
    if facts["work"]:
        things = sum(int(row["count"]) for row in facts["work"])
        steps.append(pages.Link(f"Go through the open work: {pages.value(things)} things", "#work"))
    read = "review/report.html" if (outputs / "review/report.html").is_file() else "#documents"
    steps.append(pages.Link("Read the documents, each figure leading to its rows", read))
    if facts["draft"]:
        open_ = ", ".join(r["role"] for r in facts["signoff"] if r["state"] != "signed")
        say = f"Sign off these inputs: {open_}" if open_ else "Sign off these inputs"
        steps.append(pages.Link(say, "#signoff"))
    elif not facts["gates"]:
        steps.append(pages.Link("Hand the documents to the filing agent", "#documents"))
    return pages.heading("What to do next") + pages.items(steps, ordered=True)


def _dates(facts: dict, outputs: Path) -> str:
    made = outputs / manifest.NAME
    return pages.facts(
        [
            ("Reporting period", f"calendar year {facts['year']}"),
            ("Review date", facts["as_of"]),
            ("Compared with", str(facts["against"] or "no other year")),
            *([("Filing", facts["deadline"])] if facts["deadline"] else []),
            ("Digest of the inputs", _hash(facts["digest"])),
            *([("Hash of manifest.json", _hash(manifest.sha256(made)))] if made.is_file() else []),
        ]
    )


def _hash(text: str) -> pages.Html:
    return pages.Html(f'<span class="digest">{clean(text)}</span>')


def _tiles(facts: dict) -> str:
    tiles = []
    for key, label, text in headline(facts["figures"], facts["labels"]):
        link = pages.cell(pages.Link(label, facts["links"].get(key, f"#figure-{key}")))
        tiles.append(f"<li><strong>{pages.cell(text)}</strong><span>{link}</span></li>")
    return pages.heading("At a glance") + f'<ul class="tiles">{"".join(tiles)}</ul>'


def _gates(facts: dict) -> str:
    if not facts["gates"]:
        return ""
    frame = pd.DataFrame(facts["gates"])[GATE]
    return pages.heading("Gates that are closed", 2, "gates") + pages.table(
        frame, "What closes a gate"
    )


def _table(key: str, records: list[dict], caption: str, outputs: Path) -> str:
    frame = pd.DataFrame(records)
    how = ""
    if key == "signoff":
        frame["state"] = frame["state"].map(_SIGNED).fillna(frame["state"])
        how = pages.paragraph(_HOW_TO_SIGN)
    if key == "work" and "where" in frame:
        frame["where"] = [
            pages.Link(where, where) if _leads(where, outputs) else where
            for where in frame["where"]
        ]
    return how + pages.table(frame, caption)


def _leads(where: str, outputs: Path) -> bool:
    return bool(where) and (outputs / where.split("#")[0]).exists()


def _documents(outputs: Path) -> str:
    """Every file of the outputs, grouped as ``outputs.csv`` says."""
    left = [f for f in manifest.files_of(outputs) if f not in (manifest.INDEX, ".staging")]
    known = library.table("outputs")
    titles = {f"review/{s.page}": s.title for s in chain.steps()}
    groups: dict[str, list] = {}
    for row in known.itertuples():
        group = f"{row.group} (privileged)" if row.privileged else row.group
        folder = row.path if row.path.endswith("/") else None
        found = [f for f in left if f == row.path or folder and f.startswith(folder)]
        left = [f for f in left if f not in set(found)]
        if not row.group:
            continue
        if len(found) > _MOST_LINKS:
            found = [folder]
        for file in found:
            label = row.label or titles.get(file) or file.partition("/")[2] or f"the folder {file}"
            groups.setdefault(group, []).append(pages.Link(label, file))
    if left:
        groups["Other files"] = [pages.Link(file, file) for file in left]
    return "".join(
        pages.heading(group, 3) + pages.items(links) for group, links in groups.items()
    )


def _figures(facts: dict) -> str:
    columns = ["id", "text", "meaning", "table", "how", "where"]
    frame = pd.DataFrame(facts["figures"], columns=columns)
    frame["anchor"] = "figure-" + frame["id"]
    frame["id"] = [
        pages.Link(key, facts["links"][key]) if key in facts["links"] else key
        for key in frame["id"]
    ]
    frame["table"] = [pages.Link(name, f"tables/{name}.csv") for name in frame["table"]]
    return pages.heading("Every figure") + pages.table(
        frame, "Figures, what each counts and of which rows", row_id="anchor", limit=None
    )
