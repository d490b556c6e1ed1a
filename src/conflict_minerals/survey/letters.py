"""A draft letter to each supplier that something is due to: one ``.eml`` that opens unsent.

The texts are those of ``letter_texts``; the first line of each is the subject. A letter in
another language has its English text below it. The HTML part is made from the finished text, so
nothing that a stranger typed can be markup. Nothing of any other supplier's goes in, nor any
judgement of risk.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from email.headerregistry import Address
from functools import cache as once
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.columns import records
from conflict_minerals.ground.csvfiles import to_csv
from conflict_minerals.ground.text import clean
from conflict_minerals.store import manifest
from conflict_minerals.survey import came, eml, letter_texts
from conflict_minerals.survey.actions import mark, to_ask
from conflict_minerals.survey.differences import mended
from conflict_minerals.survey.remembered import again
from conflict_minerals.survey.survey import indeterminable, no_answers, to_correct
from conflict_minerals.survey.verdicts import file_mark

KINDS = ("request", "reminder", "unusable", "corrections", "thanks", "notice", "action")
COLUMNS = ["supplier_id", "kind", "language", "name", "to", "subject", "text", "attachments",
           "reference", "note", "eml"]
_TOLD = ["supplier_id", "next_step", "next_step_on", "requested_on", "days_overdue", "responded"]
_FILE = attrgetter("file")
_FOLDER = "letters/"
_AT_ONCE = 1000  # suppliers whose rows are held at once
_SHOWN = 12  # places quoted for one rule; the others are named by their cells
# Words that belong to counsel's review and to no letter.
_PRIVATE = re.compile(r"\b(tiers?|sanction\w*|disengag\w*|red[- ]flag\w*)\b", re.I)
_BLANK = "[BLANK: {}]"
_ILLUSTRATION = "[ILLUSTRATION, not a letter of any registrant: not to be sent]"
_ENGLISH_BELOW = "- - - - -  English  - - - - -"


@dataclass(frozen=True)
class _Basis:
    """All that letters are written from: nothing of a facility's tier, nor of decisions on risk."""

    year: int
    as_of: date
    wording: Path | None
    program: dict
    improved: dict[str, tuple[int, int]]
    tables: dict[str, pd.DataFrame]


def draft(suppliers, findings, inputs, *, year: int, as_of: date, responses, smelter_rows=None,
          facilities=None, differences=None, actions=None, wording: Path | None = None,
          cache: Path | None = None) -> pd.DataFrame:
    """The letters that are due on the review date: ``COLUMNS``, one row a supplier, sorted.

    The kind is the supplier's ``next_step`` (``survey.at_a_glance``, ``survey.add_notices``);
    nothing is drafted before its day, and nothing where a person is to take over. ``wording`` is
    the year's own folder of templates; ``note`` says what the sender should know. From ``cache``
    come those that were written before from the very same.
    """
    nothing = pd.DataFrame(columns=["supplier_id"])
    basis = _Basis(
        year=year, as_of=as_of, wording=wording, program=inputs.program,
        improved={} if differences is None else mended(differences),
        tables={
            "suppliers": suppliers[_TOLD],
            "roster": inputs.suppliers,
            "asked": to_correct(findings, responses),
            "unusable": no_answers(findings, responses),
            "reported": nothing if facilities is None else indeterminable(
                smelter_rows, facilities),
            "responses": responses,
            "correspondence": inputs.correspondence,
            "actions": nothing if actions is None else to_ask(actions),
        },
    )  # fmt: skip
    texts = [text for text in sorted(wording.rglob("*")) if text.is_file()] if wording else []
    settled = [year, as_of.isoformat(), basis.program, basis.improved,
               [(str(text.relative_to(wording)), manifest.sha256(text)) for text in texts]]
    return again("letters", settled, [*basis.tables.values()], lambda: _written_from(basis), cache)


def _written_from(basis: _Basis) -> pd.DataFrame:
    year, as_of, program, improved = basis.year, basis.as_of, basis.program, basis.improved
    suppliers, responses = basis.tables["suppliers"], basis.tables["responses"]
    roster = {one["supplier_id"]: one for one in basis.tables["roster"].to_dict("records")}
    about = {row.file: row for row in responses.drop_duplicates("file").itertuples()}
    tables = [basis.tables[name] for name in (
        "asked", "unusable", "reported", "responses", "correspondence", "actions")]
    sender, unsent = _sender(program)
    texts, out = letter_texts.Texts(basis.wording), []
    for row, parts in _with_rows(suppliers.sort_values("supplier_id"), tables):
        if row.next_step not in KINDS or not row.next_step_on:
            continue
        if row.next_step_on > as_of.isoformat():
            continue
        person = roster[row.supplier_id]
        own, other, mine, files, sent, steps = parts
        if not len({"corrections": own, "unusable": other, "notice": mine, "action": steps}.get(
                row.next_step, [1])):
            continue
        language, note = texts.folder(person["language"])
        words = _words(row, person, program, sent, year, as_of) | {
            "count": len(own), "files": _names(files),
            **dict(zip(("mended", "asked_before"), improved.get(row.supplier_id, (0, 0)),
                       strict=True)),
            "late": not row.responded and any(file.verdict == "late" for file in files)}
        notes = [n for n in (note, unsent) if n]
        if words["policy"].startswith("[BLANK") and row.next_step == "request":
            notes.append("The policy is blank: give the fact 'policy' in program.yml")
        subject, text = _written(row.next_step, language, words, own, other, mine, steps, about,
                                 texts)
        if program.get("illustration"):
            text = f"{_ILLUSTRATION}\n\n{text}"
        reference = _reference(row, own, other, len(mine), steps, files, as_of)
        address = eml.address(person["contact_name"], person["contact_email"])
        if not address:
            notes.append("No usable e-mail address in suppliers.csv: fill in the addressee")
        message = eml.message(
            sender=sender, to=address, subject=subject, text=text,
            html=letter_texts.to_html(text, language, subject), day=as_of, language=language,
            key=f"{year}|{row.supplier_id}|{row.next_step}", reference=reference, notes=notes)
        # A supplier corrects its own workbook; a blank to fill is the user's to add.
        attached = sorted({found.file for found in own}) if row.next_step == "corrections" else []
        out.append((row.supplier_id, row.next_step, language, clean(person["contact_name"]),
                    clean(person["contact_email"]), subject, text,
                    ";".join(f"cmrt/{file}" for file in attached), reference, "; ".join(notes),
                    message))
    return pd.DataFrame(out, columns=COLUMNS)


def _with_rows(suppliers: pd.DataFrame, tables: list[pd.DataFrame]
               ) -> Iterator[tuple[NamedTuple, list[list]]]:
    """Each supplier with its rows of each table: those of some at a time, since all are many."""
    for start in range(0, len(suppliers), _AT_ONCE):
        some = suppliers.iloc[start : start + _AT_ONCE]
        parts = [_by_supplier(table[table["supplier_id"].isin(some["supplier_id"])])
                 for table in tables]
        for row in some.itertuples():
            yield row, [by.get(row.supplier_id, []) for by in parts]


def _by_supplier(frame: pd.DataFrame) -> dict[str, list]:
    """A table's rows by supplier."""
    out: dict[str, list] = {}
    for row in records(frame):
        out.setdefault(row.supplier_id, []).append(row)
    return out


def path_of(supplier_id: str) -> str:
    """Where the draft to a supplier lies in the outputs."""
    return f"{_FOLDER}{supplier_id}.eml"


def is_draft(path: str) -> bool:
    """Whether a draft lies there."""
    return path.startswith(_FOLDER) and path.endswith(".eml")


def files(drafts: pd.DataFrame) -> dict[str, bytes]:
    """What lies in ``letters/``: a message each, and all as ``merge.csv`` for a mail merge."""
    if drafts.empty:
        return {}
    merge = drafts.drop(columns="eml").assign(message=drafts["supplier_id"] + ".eml")
    mail = {path_of(row.supplier_id): row.eml for row in drafts.itertuples()}
    return mail | {f"{_FOLDER}merge.csv": to_csv(merge)}


def _written(kind, language, words, own, other, mine, steps, about, texts) -> tuple[str, str]:
    """Subject and text of a letter, with the English text below one in another language."""
    subject, whole = "", []
    for one in dict.fromkeys((language, letter_texts.ENGLISH)):
        metals = texts.said("words", one)
        metal = {name: line.text for name, line in metals.items()}
        suppliers = words["suppliers_word"]
        first, text = texts.render(kind, one, words | {
            "suppliers_word": metal.get(suppliers, suppliers),
            "corrections": _corrections(own, about, words, metal, one, texts),
            "came": _came(other, words, one, texts),
            "facilities": [
                {"metal": metal.get(f.metal, f.metal), "name": f.smelter_name,
                 "id": f.smelter_id, "country": f.country_name} for f in mine],
            "actions": [
                {"metal": metal.get(s.metal, s.metal), "name": s.smelter_name, "id": s.smelter_id,
                 "drop": s.action == "drop", "due": s.due_on or words["answer_by"],
                 } for s in steps],
        })
        subject = subject or first
        whole.append(text)
    return subject, f"\n\n{_ENGLISH_BELOW}\n\n".join(whole)


def _sender(program: dict) -> tuple[Address, str]:
    """Where letters come from, and what is to be said of it."""
    name, email = (program["survey"].get(key) or "" for key in ("sender_name", "sender_email"))
    name = name or program["registrant"]["short_name"]
    sender = eml.address(name, email)
    unusable = "survey.sender_email of program.yml is no usable e-mail address"
    return sender or eml.nowhere(name), unusable if email and not sender else ""


def _words(row, person, program: dict, sent, year: int, as_of: date) -> dict:
    """What every template may use; ``sent`` are the supplier's lines of ``correspondence.csv``."""
    survey = program["survey"]
    facts = {fact["id"]: fact for fact in program.get("facts") or []}
    policy = facts.get("policy", {})
    text = clean(policy.get("text"))
    if not text or _PRIVATE.search(text):
        text = _BLANK.format("policy")
    again = [line.sent_on for line in sent if line.kind in ("reminder", "unusable")]
    wait = int(survey.get("due_after_days" if row.next_step == "request" else "remind_after_days")
               or 30)
    return {
        "sender": survey.get("sender_name") or "[your name]",
        "registrant": program["registrant"]["name"], "year": year, "as_of": as_of.isoformat(),
        "contact": person["contact_name"] or person["supplier_name"],
        "supplier": person["supplier_name"], "products": person["products"].replace(";", ", "),
        "template_name": survey["template_name"], "suppliers_word": survey["suppliers_word"],
        "initiative": program["programme"]["initiative"],
        "audit_programme": program["programme"]["audit_programme"],
        "oldest": clean(survey.get("oldest_version")),
        "cut_off_on": str(survey.get("cut_off_on") or ""),
        "product_level": bool(survey.get("product_level_asked")),
        "policy": text,
        "policy_address": clean(facts.get("policy_public", {}).get("web_address")
                                or policy.get("web_address")),
        "answer_by": (as_of + timedelta(days=wait)).isoformat(),
        "requested_on": row.requested_on,
        "due_on": (as_of - timedelta(days=row.days_overdue)).isoformat(),
        "reminded_on": max(again, default=""),
    }


def _corrections(own, about, words: dict, metals: dict, language: str, texts) -> list[dict]:
    """What is to be corrected, by file and rule, in order of weight."""
    said = texts.said("rules", language)
    quotes = _quotes()
    files = []
    for file, findings in groupby(sorted(own, key=_FILE), key=_FILE):
        points, by_rule = [], {}
        for row in findings:
            by_rule.setdefault(row.rule, []).append(row)
        for rule, part in by_rule.items():
            part.sort(key=_downwards)
            shown, rest = part[:_SHOWN], part[_SHOWN:]
            meaning, action = (text.replace("{oldest}", words["oldest"])
                               for text in (said[rule].meaning, said[rule].action))
            points.append({
                "number": len(points) + 1, "meaning": meaning, "action": action,
                "places": [_place(row, quotes[rule], metals) for row in shown],
                "more": {"count": len(rest), "where": _cells(rest)} if rest else None,
            })
        files.append({
            "name": _name(file), "version": about[file].version,
            "date": about[file].effective_date, "points": points,
        })
    return files


@once
def _quotes() -> dict[str, str]:
    """What a correction quotes of a cell, by rule."""
    return {row["rule"]: row["quotes"] for row in library.records("asked")}


def _came(other: list, words: dict, language: str, texts) -> list[dict]:
    """Each file that is no answer, with what it is and what is needed."""
    said = texts.said("came", language)
    return [{"name": f"'{_name(row.file)}'"} | {
        name: getattr(said[row.case], name).replace("{template}", words["template_name"])
        for name in ("came", "needed")} for row in other]


def _name(file: str) -> str:
    """A file's own name, without the folders and the zip that it lies in."""
    return re.split(r"[/!]", file)[-1]


def _downwards(row) -> tuple:
    """Where a place comes, by the workbook's rows: as text, row 10 would stand before row 5."""
    column, line = re.match(r"([A-Z]*)(\d*)", row.cell).groups()
    return row.sheet, int(line or 0), len(column), column


def _names(mine: list) -> str:
    """Names of a supplier's files, those aside that its system left; blank when none came."""
    names = [_name(file) for file in sorted(
        row.file for row in mine if row.file_form not in came.LEFT_BEHIND)]
    more = f" (+{len(names) - _SHOWN})" if len(names) > _SHOWN else ""
    return ", ".join(f"'{name}'" for name in names[:_SHOWN]) + more


def _place(row, quotes: str, metals: dict) -> dict:
    found = row.found if quotes else ""
    return {"sheet": row.sheet, "cell": row.cell, "metal": metals.get(row.metal, row.metal),
            "found": found, "blank": bool(quotes and row.cell and not found),
            "expected": row.expected if quotes == "both" else ""}


def _cells(rest: list) -> str:
    return "; ".join(f"{sheet}: {', '.join(row.cell for row in part)}"
                     for sheet, part in groupby(rest, key=attrgetter("sheet")))


def _reference(row, own, other, facilities: int, steps, files, as_of: date) -> str:
    """By what ``correspondence.csv`` knows that the same was asked before."""
    named = {"corrections": own, "unusable": other, "thanks": files}.get(row.next_step)
    if named is not None:
        return " ".join(sorted({file_mark(one.sha256) for one in named}))
    if row.next_step == "action":
        return " ".join(mark(s.metal, s.smelter_id) for s in steps)
    if row.next_step == "notice":
        return f"{facilities} facilities of indeterminable status"
    return f"{row.next_step} of {as_of.isoformat()}"
