"""What came from a supplier where a filled CMRT was asked for, file by file."""

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.conditions import parse

# What editors and systems leave behind is nothing that a supplier sent.
LEFT_BEHIND = ("lock", "system", "special")


def cases(files: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """The files that are no answer: ``supplier_id, file, sha256, case, meaning``, sorted by file.

    ``files`` are rows of ``responses`` of suppliers none of whose files counts. A CMRT that holds
    answers is no such file, nor a zip whose members are files of their own, nor what a person
    rejected or a system left behind.
    """
    opened = {file.partition("!")[0] for file in files["file"] if "!" in file}
    findings = findings[findings["file"].isin(set(files["file"]))]
    rules = {file: set(part) for file, part in findings.groupby("file")["rule"]}
    rows = []
    for row in files.sort_values("file").itertuples():
        if row.file_form in LEFT_BEHIND or row.file in opened or row.verdict == "late":
            continue
        if row.reason.startswith("Rejected by decision"):
            continue
        line = _first(row, rules.get(row.file, set()))
        if line is not None:
            rows.append((row.supplier_id, row.file, row.sha256, line.case, line.meaning))
    return pd.DataFrame(rows, columns=["supplier_id", "file", "sha256", "case", "meaning"],
                        dtype="str")


def _first(row, rules: set[str]):
    """The first line of ``came.csv`` that holds of a file; ``None`` for one that is an answer."""
    facts = {"form": row.file_form, "template": row.template or "none",
             "inside": "!" in row.file, "rule": rules}
    lines = library.table("came").itertuples()
    return next((line for line in lines
                 if parse(line.when, "came.csv", line.case).holds(facts.get)), None)
