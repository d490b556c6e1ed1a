"""The year's figures and documents from its tables and inputs: one door for the notebook."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from conflict_minerals.filing import signing
from conflict_minerals.filing.claims import branch, figures, guard, opposed, registry, worded
from conflict_minerals.filing.documents import (
    annex,
    document,
    docxwriter,
    exhibits,
    markdown,
    tablemaker,
    wording,
    words,
)
from conflict_minerals.filing.documents.document import Document
from conflict_minerals.filing.edgar import lint, writer
from conflict_minerals.filing.evidence import decisionlog
from conflict_minerals.filing.word import returned, taken
from conflict_minerals.ground import csvfiles, library, stages, tables
from conflict_minerals.ground.conditions import parse
from conflict_minerals.ground.csvfiles import decode
from conflict_minerals.ground.terms import GATE
from conflict_minerals.status import decided_subjects, list_gates
from conflict_minerals.year import (
    Names,
    blanks,
    conformed_signature,
    is_draft,
    mask_text,
    signed_off,
    signing_roles,
    standing_decisions,
)

# Which documents a branch asks for: key, text template, file name.
_FORM = ("form", "form_sd.md", "form-sd")
_REPORT = ("report", "conflict_minerals_report.md", "conflict-minerals-report")
_RECORD = ("record", "no_filing.md", "no-filing-record")
_DOCUMENTS = {"": (_FORM, _REPORT), "form_and_report": (_FORM, _REPORT), "form_only": (_FORM,),
              "no_filing": (_RECORD,)}


@dataclass(frozen=True)
class Built:
    """All that a year's report consists of.

    ``tables`` are the ones made here (annex_i, products, correspondence, claims, claim_figures,
    claim_evidence, checks). ``gates`` is empty when the report is ready. ``files`` are the
    documents by their path in the outputs, ``figures.json`` and what a sign-off signs. ``notes``
    are findings that close nothing: the guard's advice and what weighs against counsel's branch.
    ``edits`` are those of documents that came back (``returned.COLUMNS``).
    """

    figures: pd.DataFrame
    documents: dict[str, Document]
    register: registry.Register
    checks: pd.DataFrame
    published: pd.DataFrame
    gates: pd.DataFrame
    notes: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    files: dict[str, bytes]
    signing: signing.Signing
    edits: pd.DataFrame
    can_be: dict[tuple[str, str], dict]  # what decisions can be about, by kind and topic
    # Which rows of a table each figure counts, once pages or sheets have asked for it.
    counted: dict[str, pd.DataFrame] = field(default_factory=dict)


def build(
    frames: Mapping[str, pd.DataFrame],
    inputs,
    *,
    year: int,
    as_of: date,
    before: Mapping[str, dict] | None = None,
    draft: bool | None = None,
    folder: Path | None = None,
    due: date | None = None,
    came: Path | None = None,
) -> Built:
    """Compute the figures, write the documents, register their claims, list what is in the way.

    Args:
        frames: the year's tables by name: ``suppliers, responses, answers, smelter_rows,
            findings, facilities, risk``; and, where they exist, ``flags, origins, escalation,
            changes, gates_risk, list_lines``.
        inputs: the year's ``Inputs`` (``program, products, correspondence, decisions, lists,
            files`` are used).
        before: ``figures.json`` of the year compared with; ``None`` for no comparison.
        draft: whether DRAFT stands on the documents; as a rule until they are signed.
        folder: the year's own text templates.
        due: when the form is due, for the submission's facts.
        came: the folder of documents that came back edited.

    Raises:
        InputError: a text template, a setting or a decision is wrong.
    """
    # What the documents say was known is what was known on the day of this review.
    program = {**inputs.program, "as_of": as_of}
    recorded = branch.recorded(program, inputs.decisions)
    frames = dict(frames)
    made = {
        "annex_i": annex.annex_i(frames["facilities"], program),
        "products": annex.products(inputs.products),
        "correspondence": annex.correspondence(inputs.correspondence, frames["suppliers"]),
    }
    frames |= made
    defined = figures.definitions(frames)
    counted = figures.compute(frames, defined)
    entries = {row["id"]: row for row in counted.to_dict("records")}
    law = wording.read_law(folder)
    form = wording.read_form(str(program["form"]["edition"]))
    lists = inputs.lists[inputs.lists["as_of"] <= as_of.isoformat()]
    source = tablemaker.Maker(frames, entries, program, form, lists, dict(before or {}),
                              _audit_report(program, folder))
    documents, texts = {}, set()
    for key, template, name in _DOCUMENTS[recorded["branch"]]:
        asked = words.Words(
            year, program, counted, law, form, exhibits.maker(source),
            words.read(frames["products"], frames["suppliers"], lists, source.before.get("year"),
                       made["correspondence"], made["annex_i"], recorded["made"]),
            frozenset(lists["kind"]), before is not None,
            recorded["branch"], recorded["ground"], bool(recorded["decision"]),
            branch.conclusions(program, recorded, frames["products"]), frozenset(defined["id"]),
        )  # fmt: skip
        rendered = wording.render(template, asked, folder)
        rendered.name = name
        texts |= asked.asked
        documents[key] = markdown.parse(rendered, _title(key, program, year))
    wording.check_names(folder, texts)
    can_be = decided_subjects(frames) | {("sentence", ""): worded.keys(documents)}
    documents = worded.documents(documents, inputs.decisions, entries, program)
    sources = _sources(entries, frames, inputs, program, law, form)
    register = registry.register(documents, sources)
    checks = check(documents, program, recorded["branch"])
    hindsight = as_of != inputs.program["as_of"]
    files = {"figures.json": figures.to_json(counted)}
    paper = _paper(documents, _stamps(program, True, hindsight), as_of)
    signed = _signing(inputs, paper, files["figures.json"], register, draft)
    draft = signed.draft
    guarded = _guarded(documents, program, year, as_of)  # before people's signatures stand there
    if not draft:
        signatures = conformed_signature(inputs.signoff, signed.state)
        documents = {key: signing.conformed(one, signatures) for key, one in documents.items()}
        register = registry.register(documents, sources)  # which holds what each table prints
        paper = _paper(documents, _stamps(program, False, hindsight), as_of)
    files |= paper | signed.files
    edits = _edits(came, documents, paper, inputs, year)
    can_be["returned", ""] = taken.can_be(edits)
    if "form" in documents:
        files["report/submission.json"] = writer.submission(
            program, year, documents, due=due, draft=draft
        )
    weighed = branch.check(program, inputs.decisions, frames, year=year)
    gates = [
        figures.reconcile(counted, program),
        frames.get("gates_risk", pd.DataFrame(columns=GATE)),
        *([list_gates(frames["list_lines"])] if "list_lines" in frames else []),
        blanks(program),
        *(wording.blanks(one) for one in documents.values()),
        *(wording.marks(one) for one in documents.values()),
        branch.gates(weighed, program),
        register.gates,
        opposed.gates(frames, register.claims, register.figures, inputs.decisions),
        guard.gates(guarded),
        taken.gates(edits),
        _linted(files),
    ]
    notes = [
        weighed.loc[weighed["effect"] == "weighs", ["test", "subject", "finding"]],
        guarded.loc[guarded["weight"] != "refuse", ["rule", "phrase", "reason"]],
    ]
    return Built(
        figures=counted,
        documents=documents,
        register=register,
        checks=checks,
        published=figures.published(counted, program),
        gates=_distinct(gates),
        notes=pd.concat(
            [n.set_axis(["what", "subject", "note"], axis=1) for n in notes], ignore_index=True
        ),
        tables=made | {
            "claims": register.claims, "claim_figures": register.figures,
            "claim_evidence": register.evidence, "checks": checks,
            "decisions": decisionlog.table(inputs.decisions, frames, register.evidence,
                                           as_of.isoformat(), can_be),
        },
        files=files,
        signing=signed,
        edits=edits,
        can_be=can_be,
    )  # fmt: skip


def check(documents: dict[str, Document], program: dict, chosen: str) -> pd.DataFrame:
    """Table ``checks``: each point of ``checklist.csv``, whether it is there and where."""
    rows = []
    told = {"branch": chosen, "fact": [fact["id"] for fact in program.get("facts") or []]}
    for row in library.table("checklist").to_dict("records"):
        out = {"check": row["check"], "document": row["document"], "meaning": row["meaning"]}
        where = documents.get(row["document"])
        if where is None or not parse(row["when"], "checklist.csv", row["check"]).holds(told.get):
            rows.append({**out, "state": "not_due", "claims": "", "section": "", "text": ""})
            continue
        places = {s.claim: (b, s) for b, s in where.sentences() if s.claim}
        anchors = {b.anchor for b in where.blocks if b.kind == "heading"}
        asked = parse(row["answered_by"], "checklist.csv", row["check"])
        found = [claim for clause in asked.clauses if clause.column == "claim"
                 for claim in clause.named(places)]
        state = "there" if asked.holds({"claim": places, "section": anchors}.get) else "missing"
        if state == "there" and any(_has_blank(*places[claim]) for claim in found):
            state = "blank"
        first = places.get(found[0]) if found else None
        rows.append({
            **out, "state": state, "claims": ";".join(found),
            "section": first[0].section if first else asked.clauses[0].values[0],
            "text": first[1].text if first else "",
        })  # fmt: skip
    return tables.shape(pd.DataFrame(rows), "checks")


def _audit_report(program: dict, folder: Path | None) -> str:
    """The auditor's report, a text in the year's evidence/; ``""`` where there is none."""
    name = (program.get("audit") or {}).get("document") or ""
    path = folder.parent / "evidence" / name if folder and name.endswith(".txt") else None
    return decode(path.read_bytes(), f"evidence/{name}") if path and path.is_file() else ""


def _has_blank(block: document.Block, sentence: document.Sentence) -> bool:
    cells = (block.table.head, *block.table.rows) if block.table else ()
    runs = [*sentence.runs, *(run for row in cells for cell in row for run in cell)]
    return any(run.kind == "blank" for run in runs)


def _sources(entries, frames, inputs, program, law, form) -> registry.Sources:
    decisions = {row["id"]: row for row in inputs.decisions.to_dict("records")}
    for row in standing_decisions(inputs.decisions).to_dict("records"):
        decisions[f"{row['kind']}|{row['key']}"] = row
    files = dict(zip(inputs.files["file"], inputs.files["sha256"], strict=True))
    return registry.Sources(
        entries, frozenset(frames), program, law, form, files, decisions
    )


def _guarded(documents, program, year: int, as_of: date) -> pd.DataFrame:
    passages = pd.concat([guard.passages(d) for d in documents.values()], ignore_index=True)
    return guard.check(passages, program=program, year=year, as_of=as_of)


def _linted(files: dict[str, bytes]) -> pd.DataFrame:
    sent = {path.removeprefix("report/"): data for path, data in files.items()
            if path.endswith(".htm")}
    found = [lint.check(data, name, sent) for name, data in sent.items()]
    return lint.gates(pd.concat(found, ignore_index=True))


def _paper(documents, stamps: tuple[str, ...], as_of: date) -> dict[str, bytes]:
    """The documents as they are printed, by their path in the outputs."""
    made = {}
    for one in documents.values():
        path = f"report/{one.name}"
        made[f"{path}.htm"] = writer.render(one, stamps=stamps)
        made[f"{path}.docx"] = docxwriter.render(one, as_of=as_of, stamps=stamps)
    return made


def _signing(inputs, paper, stated: bytes, register, draft: bool | None) -> signing.Signing:
    """What there is to sign, and who has signed it; ``draft`` where a caller says so."""
    kept = {"claim_figures": register.figures, "claim_evidence": register.evidence}
    # As they will lie in the outputs, so that `verify` comes to the same text.
    lying = [csvfiles.from_csv(csvfiles.to_csv(frame)) for frame in kept.values()]
    said = signing.text(paper, json.loads(stated), *lying)
    needed = signing_roles(inputs.program)
    state = signed_off(inputs.signoff, signing.digest(said), needed)
    return signing.Signing(said, needed, state, is_draft(state) if draft is None else draft)


def _edits(came: Path | None, documents, paper, inputs, year: int) -> pd.DataFrame:
    """What changed in documents that came back; people at suppliers named there are masked."""
    if came is None or not came.is_dir():
        return pd.DataFrame(columns=returned.COLUMNS, dtype="str")
    roster = inputs.suppliers
    names = Names(roster["contact_name"], roster["supplier_name"])
    printed = {d.name: (d, paper[f"report/{d.name}.docx"]) for d in documents.values()}
    return returned.read_folder(came, printed, inputs.decisions,
                                lambda said: mask_text(said, names), year)


def _stamps(program: dict, draft: bool, hindsight: bool) -> tuple[str, ...]:
    stamps = (document.DRAFT,) if draft else ()
    if hindsight:
        stamps += (f"HINDSIGHT, as known on {program['as_of'].isoformat()}",)
    if program.get("illustration") is True:
        stamps += ("ILLUSTRATION, not a filing of any registrant",)
    return stamps


def _title(key: str, program: dict, year: int) -> str:
    what = {"form": "Form SD", "report": "Conflict Minerals Report",
            "record": "Record of a determination"}[key]
    if key == "form" and program["form"].get("kind") == "amendment":
        what = "Form SD/A"
    name = words.safe(program["registrant"].get("name"))
    return f"{what}, {name}, {year}" if name else f"{what}, {year}"


def _distinct(gates: list[pd.DataFrame]) -> pd.DataFrame:
    """The gates in order, each subject of a kind once for each reason; a blank once at all."""
    # That the law is not confirmed is one cause, which the branch's own test names.
    gates = [g[~g["subject"].str.startswith("program.yml form.law_confirmed_")] for g in gates]
    every = pd.concat([g[GATE] for g in gates if len(g)] or [pd.DataFrame(columns=GATE)])
    blank = every["gate"] == "blank"
    once = pd.concat([every[~blank].drop_duplicates(), every[blank].drop_duplicates("subject")])
    return stages.staged(once)
