"""Every rule asked of every file: what is wrong, where it stands, what is expected there.

The rules are rows of ``rules.csv``; a small function for each stands in the modules
``checks_*`` and ``completeness``, registered by the rule's id; simple ones are conditions.
"""

import re
from datetime import date
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.text import clean
from conflict_minerals.ground.versions import covers
from conflict_minerals.survey import (  # noqa: F401  the modules register their checks
    checks_answers,
    checks_files,
    checks_identity,
    checks_rows,
    checks_simple,
    checks_years,
    completeness,
    earlier,
)
from conflict_minerals.survey.checks_base import CHECKS, Case, rules
from conflict_minerals.survey.places import each, empty, join
from conflict_minerals.year import known_people, mask, stands

COLUMNS = [
    "file", "sha256", "supplier_id", "rule", "severity", "metal", "sheet", "cell", "found",
    "expected", "message", "state", "decision",
]
_LONGEST = 300
_BLANK = re.compile(r"\{(metal|found|expected)\}")


def find(
    intake, inputs, *, reference, as_of: date, year: int | None = None, against: Path | None = None
) -> pd.DataFrame:
    """The findings of every file: the columns of ``findings`` in ``tables.csv`` but ``counted``.

    Args:
        intake: what the reader gives (``intake.read_folder``); its ``problems`` are taken over.
        inputs: the year's inputs; decisions of kind ``finding`` set ``state``.
        reference: ``reference.build``'s facilities and names, against which ids are held.
        as_of: the review date: nothing later counts as known.
        against: finished outputs of the year before, with which declarations are compared.

    Nothing quoted holds an e-mail address, a telephone number or a known person's name.
    """
    case = Case(
        files=intake.files, fields=intake.fields, answers=intake.answers, raw_rows=intake.rows,
        products=intake.products, lookups=intake.lookups, problems=intake.problems, inputs=inputs,
        reference=reference, as_of=as_of, year=year or int(inputs.program["year"]),
        before=earlier.before(against),
    )
    parts = [run(name, case) for name in rules().index if name in CHECKS]
    problems = intake.problems
    if len(problems):
        parts.append(problems.assign(metal=problems["metal"])[[*empty().columns, "rule"]])
    return finish(_one_a_cell(join(parts)), intake, inputs)


def _one_a_cell(found: pd.DataFrame) -> pd.DataFrame:
    """A required cell that holds an error is one finding: what is missing, quoting the error."""
    if found.empty:
        return found
    cell = pd.MultiIndex.from_frame(found[["file", "sheet", "cell"]])
    missing = found["rule"].map(rules()["by"]).eq("completeness") & (found["cell"] != "")
    error = found["rule"].eq("error-value")
    said = dict(zip(cell[error], found.loc[error, "found"], strict=True))
    both = missing & cell.isin(cell[error])
    quoted = [said[place] for place in cell[both]]
    found.loc[both, "found"] = quoted
    return found[~(error & cell.isin(cell[both]))]


def run(name: str, case: Case) -> pd.DataFrame:
    """The places where one rule is broken, in files of the families and revisions it is for."""
    found = CHECKS[name](case)
    line = rules().loc[name]
    if len(found) and (line["families"] or line["versions"]):
        meant = {file for file, template, version in case.about.itertuples()
                 if covers(line, template, version)}
        found = found[found["file"].isin(meant)]
    return found.assign(rule=name)


def finish(found: pd.DataFrame, intake, inputs) -> pd.DataFrame:
    """Places with their rule (``file, metal, sheet, cell, found, expected, rule``) as findings."""
    if found.empty:
        return pd.DataFrame({column: pd.Series(dtype="str") for column in COLUMNS})
    out = found.fillna("").drop_duplicates().reset_index(drop=True)
    known = rules()
    rule = out["rule"].map(lambda name: name if name in known.index else "")
    get = {column: dict(known[column]) | {"": ""} for column in ("severity", "expected", "message")}
    out["severity"] = rule.map(get["severity"]).replace("", "warning")
    for column in ("found", "expected"):
        out[column] = each(out[column], _cut)
    out["expected"] = [
        text or _fill(get["expected"][name], metal, found_, "")
        for text, name, metal, found_ in zip(
            out["expected"], rule, out["metal"], out["found"], strict=True)
    ]
    about = intake.files.drop_duplicates("file").set_index("file")
    for column in ("sha256", "supplier_id"):
        out[column] = each(out["file"], about[column].to_dict().get)
    out = mask(out, ["found", "expected"], known_people(inputs, intake))
    out["message"] = [
        _fill(get["message"][name] or f"{name_}: {{found}}", metal, found_, expected)
        for name, name_, metal, found_, expected in zip(
            rule, out["rule"], out["metal"], out["found"], out["expected"], strict=True)
    ]
    return decide(out, inputs.decisions)[COLUMNS].astype("str")


def _cut(text) -> str:
    text = clean(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _fill(template: str, metal: str, found: str, expected: str) -> str:
    """The template's words with what was found; a stranger's braces are never filled in."""
    words = {"metal": metal or "the metal", "found": found, "expected": expected}
    return _BLANK.sub(lambda match: words[match[1]], template)


def decide(found: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """``state`` and ``decision`` of each finding: open unless a person accepted or dismissed it.

    The key of a decision is ``file|rule|cell``; the cell may be written with or without its
    sheet, and blank or ``*`` means each cell of the file.
    """
    said = {key: (line["value"], line["id"]) for key, line in stands(decisions, "finding").items()}
    if not said:
        return found.assign(state="open", decision="")
    states = []
    for row in found.itertuples():
        keys = ((row.file, row.rule, cell) for cell in (f"{row.sheet}!{row.cell}", row.cell, "*"))
        states.append(next((said[key] for key in keys if key in said), ("open", "")))
    return found.assign(
        state=[state for state, _ in states], decision=[number for _, number in states])


def documentation() -> str:
    """``docs/rules.md``: every rule with its weight, meaning and what the supplier should do."""
    lines = [
        "# Rules that a supplier's file is held against", "",
        "Made from `rules.csv` by `python -m helpers docs`; severity and",
        "wording are changed there. No letter asks for what `asked.csv` does not name.", "",
    ]
    titles = {"file": "Files", "field": "Header block", "answer": "Answers",
              "row": "Smelter list", "product": "Product list"}
    asked = set(library.table("asked")["rule"])
    for grain, title in titles.items():
        lines += [f"## {title}", "", "| rule | severity | templates | checked by | meaning "
                  "| what the supplier should do | source |", "|---|---|---|---|---|---|---|"]
        part = rules()[rules()["grain"] == grain]
        for row in part.sort_index().itertuples():
            templates = f"{row.families.replace(';', ', ') or 'all'} {row.versions}".strip()
            action = row.action if row.id in asked else f"{row.action} (not in letters)".strip()
            cells = [f"`{row.id}`", row.severity, templates.replace("<", "&lt;"), row.by,
                     row.meaning, action, f"{row.source}, {row.as_of}"]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)
