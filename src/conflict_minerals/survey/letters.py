"""A draft letter to each supplier that something is asked of: one ``.eml`` that opens unsent.

The texts are Jinja templates in ``knowledge/letters/<language>/``, or in the year's own
``wording/letters/<language>/``; the first line is the subject. The HTML part is made from the
finished text, so nothing that a stranger typed can be markup. Nothing of any other supplier's
goes in, nor any judgement of risk.
"""

import re
from datetime import date, timedelta
from email.headerregistry import Address
from functools import cache
from itertools import groupby
from pathlib import Path

import pandas as pd
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from conflict_minerals.ground import library, pages
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean, fold
from conflict_minerals.survey import eml
from conflict_minerals.survey.checks_base import rules
from conflict_minerals.survey.survey import file_mark, indeterminable, to_correct

KINDS = ("request", "reminder", "corrections", "notice")
COLUMNS = ["supplier_id", "kind", "language", "to", "subject", "reference", "note", "eml"]
_SHOWN = 12  # places quoted for one rule; the others are named by their cells
# Words that belong to counsel's review and to no letter.
_PRIVATE = re.compile(r"\b(tiers?|sanction\w*|disengag\w*|red[- ]flag\w*)\b", re.I)
_BLANK = "[BLANK: {}]"
_LEFT_BEHIND = ("lock", "system", "special")
_ILLUSTRATION = "[ILLUSTRATION, not a letter of any registrant: not to be sent]"


def draft(suppliers, findings, inputs, *, year: int, as_of: date, responses, smelter_rows=None,
          facilities=None, wording: Path | None = None) -> pd.DataFrame:
    """The letters that are due on the review date: ``COLUMNS``, one row a supplier, sorted.

    The kind is the supplier's ``next_step`` (``survey.at_a_glance``, ``survey.add_notices``);
    nothing is drafted before its day, and nothing where a person is to take over. ``wording`` is
    the year's own folder of templates; ``note`` says what the sender should know.
    """
    asked = to_correct(findings, responses)
    reported = pd.DataFrame() if facilities is None else indeterminable(smelter_rows, facilities)
    roster = inputs.suppliers.set_index("supplier_id")
    parts = dict(list(asked.groupby("supplier_id")))
    named = dict(list(reported.groupby("supplier_id"))) if len(reported) else {}
    came = dict(list(responses.groupby("supplier_id")))
    letters = inputs.correspondence
    reminded = letters[letters["kind"] == "reminder"].groupby("supplier_id")["sent_on"].max()
    about = responses.drop_duplicates("file").set_index("file")
    sender, unsent = _sender(inputs.program)
    out = []
    for row in suppliers.sort_values("supplier_id").itertuples():
        if row.next_step not in KINDS or not row.next_step_on:
            continue
        if row.next_step_on > as_of.isoformat():
            continue
        person = roster.loc[row.supplier_id]
        own = parts.get(row.supplier_id, asked.iloc[:0])
        if row.next_step == "corrections" and own.empty:
            continue
        language, note = _language(person["language"], wording)
        words = _words(row, person, inputs.program, year, as_of)
        words |= {
            "corrections": _corrections(own, about, language, wording),
            "unread": len(own) > 0 and set(own["rule"]) == {"file-unreadable"},
            "count": len(own), "facilities": [], "files": _came(came.get(row.supplier_id)),
            "reminded_on": reminded.get(row.supplier_id, ""),
        }
        if row.next_step == "notice":
            if not len(reported):
                continue
            mine = named.get(row.supplier_id, reported.iloc[:0])
            words["facilities"] = [
                {"metal": f.metal, "name": f.smelter_name, "id": f.smelter_id,
                 "country": f.country_name} for f in mine.itertuples()]
        notes = [n for n in (note, unsent) if n]
        if words["policy"].startswith("[BLANK") and row.next_step == "request":
            notes.append("The policy is blank: give the fact 'policy' in program.yml")
        subject, text = _render(row.next_step, language, words, wording)
        if inputs.program.get("illustration"):
            text = f"{_ILLUSTRATION}\n\n{text}"
        reference = _reference(row, own, words)
        address = eml.address(person["contact_name"], person["contact_email"])
        if not address:
            notes.append("No usable e-mail address in suppliers.csv: fill in the addressee")
        message = eml.message(
            sender=sender, to=address, subject=subject,
            text=text, html=to_html(text, language, subject), day=as_of, language=language,
            key=f"{year}|{row.supplier_id}|{row.next_step}", reference=reference, notes=notes)
        out.append((row.supplier_id, row.next_step, language, clean(person["contact_email"]),
                    subject, reference, "; ".join(notes), message))
    return pd.DataFrame(out, columns=COLUMNS)


def _language(wanted: str, wording: Path | None) -> tuple[str, str]:
    """The folder of templates for a supplier's language, and a note where it is another."""
    table = library.table("letters/languages")
    folder = next((row.folder for row in table.itertuples()
                   if fold(wanted) in [fold(word) for word in row.words.split(";")]), "")
    if not fold(wanted) or folder == "en":
        return "en", ""
    if folder and _template("request", folder, wording):
        return folder, ""
    return "en", f"No letter templates for the language '{clean(wanted)}': written in English"


def _template(name: str, language: str, wording: Path | None) -> str:
    """The text of a template, the year's own first; blank when there is none."""
    if wording and (wording / language / f"{name}.txt").is_file():
        return (wording / language / f"{name}.txt").read_text(encoding="utf-8-sig")
    own = library.path(f"letters/{language}/{name}.txt")
    return own.read_text(encoding="utf-8") if own.is_file() else ""


@cache
def _compiled(source: str):
    return _environment().from_string(source)


@cache
def _environment() -> SandboxedEnvironment:
    # Every value becomes one clean line, so that none can begin a header or a list of its own.
    return SandboxedEnvironment(undefined=StrictUndefined, finalize=clean, autoescape=False,
                                trim_blocks=True, lstrip_blocks=True)


def _render(kind: str, language: str, words: dict, wording: Path | None) -> tuple[str, str]:
    """Subject and text.

    Raises:
        InputError: the template has no subject line, or asks for something that there is not.
    """
    name = f"letters/{language}/{kind}.txt"
    source = _template(kind, language, wording) or _template(kind, "en", None)
    try:
        text = _compiled(source).render(words)
    except Exception as error:
        raise InputError(f"cannot be filled in: {clean(error)}", file=name) from error
    first, _, body = text.lstrip().partition("\n")
    if not first.lower().startswith("subject:"):
        raise InputError("does not begin with a line 'Subject: …'", file=name, where="line 1")
    body = re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"
    return clean(first[len("subject:"):]), body


def _sender(program: dict) -> tuple[Address, str]:
    """Where letters come from, and what is to be said of it."""
    name, email = (program["survey"].get(key) or "" for key in ("sender_name", "sender_email"))
    name = name or program["registrant"]["short_name"]
    sender = eml.address(name, email)
    unusable = "survey.sender_email of program.yml is no usable e-mail address"
    return sender or eml.nowhere(name), unusable if email and not sender else ""


def _words(row, person, program: dict, year: int, as_of: date) -> dict:
    """What every template may use."""
    survey = program["survey"]
    facts = {fact["id"]: fact for fact in program.get("facts") or []}
    policy = facts.get("policy", {})
    text = clean(policy.get("text"))
    if not text or _PRIVATE.search(text):
        text = _BLANK.format("policy")
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
        "product_level": bool(survey.get("product_level_asked")),
        "policy": text,
        "policy_address": clean(facts.get("policy_public", {}).get("web_address")
                                or policy.get("web_address")),
        "answer_by": (as_of + timedelta(days=wait)).isoformat(),
        "requested_on": row.requested_on,
        "due_on": (as_of - timedelta(days=row.days_overdue)).isoformat(),
    }


def _corrections(own: pd.DataFrame, about, language: str, wording) -> list[dict]:
    """What is to be corrected, by file and rule, in order of weight."""
    said = _rule_words(language, wording)
    files = []
    for file, findings in own.groupby("file", sort=True):
        points = []
        for rule, part in findings.groupby("rule", sort=False):
            meaning, action = said[rule]
            part = _downwards(part)
            shown, rest = part.head(_SHOWN), part.iloc[_SHOWN:]
            points.append({
                "number": len(points) + 1, "meaning": meaning.rstrip("."),
                "action": action,
                "places": [_place(row) for row in shown.itertuples()],
                "more": {"count": len(rest), "where": _cells(rest)} if len(rest) else None,
            })
        files.append({
            "name": re.split(r"[/!]", file)[-1], "version": about.at[file, "version"],
            "date": about.at[file, "effective_date"], "points": points,
        })
    return files


def _downwards(part: pd.DataFrame) -> pd.DataFrame:
    """Places in the order of the workbook's rows: as text, row 10 would stand before row 5."""
    found = [re.match(r"([A-Z]*)(\d*)", cell).groups() for cell in part["cell"]]
    at = [(sheet, int(row or 0), len(column), column)
          for sheet, (column, row) in zip(part["sheet"], found, strict=True)]
    return part.iloc[sorted(range(len(at)), key=at.__getitem__)]


def _came(responses: pd.DataFrame | None) -> str:
    """Names of a supplier's files, those aside that its system left; blank when none came."""
    if responses is None:
        return ""
    mine = responses[~responses["file_form"].isin(_LEFT_BEHIND)]
    names = [re.split(r"[/!]", file)[-1] for file in sorted(mine["file"])]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(f"'{name}'" for name in names[:_SHOWN]) + more


def _rule_words(language: str, wording: Path | None) -> dict[str, tuple[str, str]]:
    """What each rule means and asks, in the language where its folder says so."""
    said = {row.Index: (row.meaning, row.action) for row in rules().itertuples()}
    for folder in (library.path(f"letters/{language}"), wording and wording / language):
        table = folder and folder.joinpath("rules.csv")
        if table and table.is_file():
            for row in pd.read_csv(table, dtype=str, keep_default_na=False,
                                   comment="#").itertuples():
                said[row.id] = (row.meaning, row.action)
    return said


def _place(row) -> dict:
    where = f"{row.sheet}, cell {row.cell}" if row.cell else (row.sheet or "the file")
    return {"where": where, "cell": row.cell, "metal": row.metal, "found": row.found,
            "expected": row.expected}


def _cells(rest: pd.DataFrame) -> str:
    sheets = []
    for sheet, part in rest.groupby("sheet", sort=True):
        sheets.append(f"{sheet}: {', '.join(part['cell'])}")
    return "; ".join(sheets)


def _reference(row, own: pd.DataFrame, words: dict) -> str:
    """By what ``correspondence.csv`` knows that the same was asked before."""
    if row.next_step == "corrections":
        return " ".join(sorted({file_mark(sha) for sha in own["sha256"]}))
    if row.next_step == "notice":
        return f"{len(words['facilities'])} facilities of indeterminable status"
    return f"{row.next_step} of {words['as_of']}"


def to_html(text: str, language: str, title: str) -> str:
    """A letter's text as an HTML page: paragraphs and lists, every sign escaped."""
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip()):
        for listed, lines in groupby(block.split("\n"), key=lambda line: line.startswith("- ")):
            blocks.append((listed, [line.removeprefix("- ") for line in lines]))
    return pages.page(title, "letter.html", language=language, blocks=blocks)
