"""The verdict on each file, by the lines of ``verdicts.csv``, and which files count."""

import re
from datetime import date

import pandas as pd

from conflict_minerals.ground import conditions, library
from conflict_minerals.ground.text import fold, number_of
from conflict_minerals.survey import checks
from conflict_minerals.survey.places import texts
from conflict_minerals.survey.verdicts_findings import (
    contradicted,
    idle,
    place,
    unreadable,
)
from conflict_minerals.year import stands

_EARLY = ("not_a_template", "rejected", "late")
_SPREADSHEETS = ("xlsx", "xls", "encrypted", "xlsb", "ods")
# What editors and systems leave under such names is not the supplier's.
_LEFT_BEHIND = ("lock", "system", "special")


def judge(intake, findings: pd.DataFrame, inputs, *, year: int, as_of: date):
    """The verdict on every file, and what comes to light when files are compared.

    Of a supplier's files of one family, scope and scope description the newest effective date
    counts. Files that cannot be put in order (same day, no day, a day to come) supersede nothing
    and are superseded by nothing: each counts, with a finding, until a person decides.

    Returns:
        ``responses`` as in ``tables.csv``, and further findings as ``checks.find`` gives them.
    """
    facts = _facts(intake, findings, inputs, as_of)
    lines = _lines()
    early = [line for line in lines if line.verdict in _EARLY]
    late = [line for line in lines if line.verdict not in _EARLY]
    facts["line"] = first_line(facts, early)
    facts, found = _supersede(facts)
    open_ = facts["line"] == ""
    facts.loc[open_, "line"] = first_line(facts[open_], late)
    found += [*unreadable(facts, lines), *idle(facts, inputs),
              contradicted(facts, lines, intake.answers)]
    extra = checks.finish(checks.join(found), intake, inputs)
    return _responses(facts, lines, findings, extra), extra


def counted(frame: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """The same rows with ``counted``: they stand in a file that counts."""
    files = set(responses.loc[responses["counted"].astype(bool), "file"])
    return frame.assign(counted=frame["file"].isin(files))


def no_covered_country(answers: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """Suppliers that declare no Covered Country: ``supplier_id``, sorted.

    Every counted CMRT says No to the covered-country question for each metal in scope: each that
    it does not declare absent by question 1 or 2. Without a metal in scope nothing is declared.
    """
    files = responses.loc[responses["counted"].astype(bool), ["file", "supplier_id"]]
    said = answers[answers["metal"] != ""].merge(files[["file"]], on="file")
    topics = ["used_intentionally", "remains_in_product", "covered_countries"]
    wide = said[said["topic"].isin(topics)].drop_duplicates(["file", "metal", "topic"])
    wide = wide.pivot(index=["file", "metal"], columns="topic", values="answer")
    wide = wide.reindex(columns=topics).fillna("").reset_index()
    scope = wide[(wide["used_intentionally"] != "No") & (wide["remains_in_product"] != "No")]
    denied = (scope["covered_countries"] == "No").groupby(scope["file"]).all()
    files = files.assign(denied=files["file"].map(denied).eq(True))
    out = files.groupby("supplier_id")["denied"].all()
    return pd.DataFrame({"supplier_id": sorted(out[out].index)}, dtype="str")


def _lines() -> list:
    table = library.table("verdicts")
    return sorted(table.itertuples(), key=lambda line: int(line.order))


def _facts(intake, findings, inputs, as_of: date) -> pd.DataFrame:
    """What the conditions of ``verdicts.csv`` may ask about each file."""
    facts = intake.files.drop_duplicates("file").sort_values("file", ignore_index=True)
    standing = findings[findings["state"] != "dismissed"]
    for name in ("error", "warning", "info"):
        facts[f"{name}s"] = _count(facts, standing[standing["severity"] == name])
    rules = {file: frozenset(found) for file, found in standing.groupby("file")["rule"]}
    facts["rule"] = [rules.get(file, frozenset()) for file in facts["file"]]
    facts["answers"] = _count(facts, intake.answers[intake.answers["raw"] != ""])
    asked = facts["answers"] + _count(facts, findings[findings["rule"].isin(
        ["question-unanswered", "company-question-unanswered"])])
    facts["answered_share"] = (facts["answers"] / asked.where(asked > 0)).fillna(0.0)
    facts["smelters"] = facts["smelters_reported"].astype("int64")
    decided = {file: line for (file,), line in stands(inputs.decisions, "file").items()}
    none = {"value": "none", "id": ""}
    for name, field in (("decision", "value"), ("decision_id", "id")):
        facts[name] = texts(facts, (decided.get(file, none)[field] for file in facts["file"]))
    facts["received"] = texts(facts, received(facts, inputs.correspondence))
    cut_off = inputs.program["survey"].get("cut_off_on")
    for name, holds in (
        ("late", (bool(cut_off) and day > cut_off.isoformat() for day in facts["received"])),
        ("readable", facts["readable"]),
        ("in_roster", facts["supplier_id"].isin(set(inputs.suppliers["supplier_id"]))),
        ("workbook", map(_is_workbook, facts["file_form"], facts["file"])),
    ):
        facts[name] = texts(facts, ("yes" if h else "no" for h in holds))
    facts["template"] = facts["template"].replace("", "none")
    facts["date"] = facts["effective_date"].where(
        facts["effective_date"] <= as_of.isoformat(), "")
    # A date to come that a person let count is a date.
    sure = (facts["decision"] == "counts") & (facts["effective_date"] != "")
    facts["date"] = facts["date"].where(~sure, facts["effective_date"])
    for name in ("superseded", "identical"):
        facts[name] = "no"
    facts["newer"] = ""
    return facts


def received(files: pd.DataFrame, correspondence: pd.DataFrame) -> list[str]:
    """The first day on which each file was received; blank where no line names the file.

    A line ``received`` of ``correspondence.csv`` names files by the marks in its reference.
    """
    days: dict[tuple[str, str], str] = {}
    lines = correspondence[correspondence["kind"] == "received"]
    for line in lines.sort_values("sent_on", ascending=False).itertuples():
        for word in line.reference.split():
            days[line.supplier_id, word] = line.sent_on
    # What a zip holds came with the zip.
    whole = dict(zip(files["file"], files["sha256"], strict=True))
    return [
        next((days[row.supplier_id, mark] for sha in (row.sha256, whole.get(
            row.file.partition("!")[0], row.sha256))
            if (row.supplier_id, mark := file_mark(sha)) in days), "")
        for row in files.itertuples()]


def file_mark(sha256: str) -> str:
    """The short mark by which a reference in ``correspondence.csv`` names a file."""
    return f"file:{sha256[:8]}"


def _is_workbook(form: str, file: str) -> bool:
    """Whether a file is a spreadsheet by its bytes, or passes for one by its name."""
    if form in _SPREADSHEETS or form in _LEFT_BEHIND:
        return form in _SPREADSHEETS
    return file.lower().endswith((".xlsx", ".xls", ".xlsm", ".xlsb"))


def _count(facts: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """How many of the rows each file has."""
    tally = rows.groupby("file").size()
    return pd.Series([int(tally.get(file, 0)) for file in facts["file"]],
                     index=facts.index, dtype="int64")


def first_line(facts: pd.DataFrame, lines: list, file: str = "verdicts.csv") -> pd.Series:
    """The order of the first line that holds for each file; blank where none does."""
    out = pd.Series("", index=facts.index, dtype="object")
    for line in lines:
        where = f"order {line.order}"
        when = conditions.parse(line.when, file, where)
        conditions.check_columns(when, facts, file, where, "what is judged")
        free = out[out == ""].index
        out[free[when.among(facts.loc[free])]] = line.order
    return out


def _supersede(facts: pd.DataFrame) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Which of the files that are left another takes the place of, and what nobody can decide."""
    found = []
    left = facts[(facts["line"] == "") & (facts["template"] != "none")]
    key = [left["supplier_id"], left["template"], left["scope"],
           left["scope_description"].map(fold)]
    for _, group in left.groupby(key, sort=True):
        if len(group) == 1:
            continue
        group = group.sort_values(["decision", "file"])  # one decided to count comes first
        for at in group.index[group.duplicated("sha256") & (group["decision"] == "none")]:
            first = group.loc[group["sha256"] == facts.at[at, "sha256"], "file"].iloc[0]
            facts.loc[at, ["identical", "newer"]] = ["yes", first]
            found.append(place(facts.loc[[at]], "file-sent-twice", first))
        group = group[facts.loc[group.index, "identical"] == "no"]
        found += _order(facts, group.sort_values("file"))
    return facts, found


def _order(facts: pd.DataFrame, group: pd.DataFrame) -> list[pd.DataFrame]:
    """Mark what is superseded in one scope of one supplier; findings where nothing decides."""
    free = group[group["decision"] != "counts"]
    decided = group[group["decision"] == "counts"]
    newest = group["date"].max()
    found = []
    dated = group[group["date"] != ""]
    for at in free.index[(free["date"] != "") & (free["date"] < newest)]:
        newer = dated.loc[dated["date"] == newest, "file"].iloc[0]
        facts.loc[at, ["superseded", "newer"]] = ["yes", newer]
    open_ = {
        "effective-date-tie": free[(free["date"] != "") & (free["date"] == newest)],
        "effective-date-cannot-be-ordered": free[free["date"] == ""],
    }
    for rule, files in open_.items():
        rivals = group[group["date"] == newest] if rule.endswith("tie") else group
        if files.empty or len(rivals) == 1:
            continue
        if decided["file"].isin(rivals["file"]).any():
            facts.loc[files.index, "superseded"] = "yes"
            facts.loc[files.index, "newer"] = (
                f"{decided['file'].iloc[0]}, by decision {decided['decision_id'].iloc[0]}")
            continue
        for at in files.index:
            others = ", ".join(rivals.loc[rivals.index != at, "file"])
            found.append(place(facts.loc[[at]], rule, others))
    return found


def _responses(facts, lines, findings, extra) -> pd.DataFrame:
    by_order = {line.order: line for line in lines}
    out = facts.copy()
    new = extra[extra["state"] != "dismissed"]
    for name in ("error", "warning"):
        out[f"{name}s"] += _count(out, new[new["severity"] == name])
    # What came to light among the files may be the only thing wrong with one that counts.
    recheck = out["line"].isin([line.order for line in lines if line.verdict == "accepted"])
    late = [line for line in lines if line.verdict not in _EARLY]
    out.loc[recheck, "line"] = first_line(out[recheck], late)
    out["verdict"] = texts(out, (
        by_order[order].verdict if order else "rejected" for order in out["line"]))
    out["reason"] = texts(out, (_reason(row, by_order.get(row.line)) for row in out.itertuples()))
    accepted = out["verdict"].isin(["accepted", "accepted_with_findings"])
    out["counted"] = accepted & (out["template"] == "CMRT")
    aside = accepted & (out["template"] != "CMRT")
    out.loc[aside, "reason"] = (
        out.loc[aside, "template"] + ": read and checked, no part of the 3TG figures. "
        + out.loc[aside, "reason"])
    out["template"] = out["template"].replace("none", "")
    return out


def _reason(row, line) -> str:
    if line is None:
        return "No line of verdicts.csv holds for the file"
    count = [number_of(n, word, f"{word}s")
             for n, word in ((row.errors, "error"), (row.warnings, "warning")) if n]
    words = {"reader": row.reason or row.file_form or "unknown", "newer": row.newer,
             "decision": row.decision_id, "findings": " and ".join(count),
             "received": row.received}
    text = re.sub(r"\{(\w+)\}", lambda match: str(words.get(match[1], match[0])), line.reason)
    if row.decision == "counts" and line.verdict.startswith("accepted"):
        text = f"{text}; counts by decision {row.decision_id}"
    return text


def all_findings(found: pd.DataFrame, more: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """What was found in each file and what came to light among them, with ``counted``."""
    return counted(pd.concat([found, more], ignore_index=True), responses)
