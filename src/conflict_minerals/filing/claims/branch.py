"""Counsel's decision what to file, held against the data.

Which form and which ground is a legal conclusion: counsel records it in ``program.yml`` (``form``)
and may confirm it by a decision of kind ``form``. Here it is only tested. Where the data
contradict it the gate closes; what merely weighs against it is listed for counsel. Which rows do
stands in ``branch_tests.csv``, which of them matter to a branch in ``branches.csv``.
"""

from datetime import date

import pandas as pd

from conflict_minerals.filing.claims import figures, rowtests
from conflict_minerals.ground import library
from conflict_minerals.ground.errors import InputError
from conflict_minerals.year import stands

COLUMNS = ["test", "effect", "subject", "finding", "where"]


def recorded(program: dict, decisions: pd.DataFrame) -> dict[str, str]:
    """The decision as it stands: ``branch``, ``ground``, ``decision`` (its id, or ``""``).

    Raises:
        InputError: a branch with a ground that is none of it, or two records that differ.
    """
    form = program["form"]
    branch, ground = form["branch"] or "", form["ground"] or ""
    made = stands(decisions, "form").get(("branch",), {})
    said = made.get("value", "").replace(" ", "").split(":")
    if made and (said[0] != branch or (len(said) > 1 and said[1] != ground)):
        raise InputError(
            f"decision {made['id']} says {made['value']!r}, program.yml says "
            f"{':'.join(filter(None, (branch, ground)))!r}",
            file="decisions.csv",
            where=made["id"],
            fix="Bring form.branch and form.ground into line, or supersede the decision",
        )
    if branch and _rule(branch, ground) is None:
        rows = library.table("branches")
        known = [g for g in rows.loc[rows["branch"] == branch, "ground"] if g]
        raise InputError(
            f"{ground!r} is no ground of the branch {branch}" if ground else
            f"the branch {branch} needs a ground",
            file="program.yml",
            where="form.ground",
            fix=f"One of {', '.join(known)}" if known else "Leave it blank",
        )
    return {"branch": branch, "ground": ground, "decision": made.get("id", "")}


def check(
    program: dict, decisions: pd.DataFrame, tables: dict[str, pd.DataFrame], *, year: int
) -> pd.DataFrame:
    """What the data say to counsel's decision: ``test, effect, subject, finding, where``.

    ``effect`` is ``contradicts`` or ``weighs``. ``tables`` holds ``products, suppliers, answers,
    facilities, origins`` of the year; ``where`` says in which table the rows stand.
    """
    record, found = recorded(program, decisions), []
    rule = _rule(record["branch"], record["ground"]) or {"tests": "", "weighs": ""}
    tests = library.table("branch_tests").set_index("test", drop=False).to_dict("index")
    con, given = figures.engine(tables), figures.words(tables)
    for effect, column in (("contradicts", "tests"), ("weighs", "weighs")):
        for test in filter(None, rule[column].split(";")):
            line = tests[test]
            rows = rowtests.found(con, line, given, file="branch_tests")
            if line["none"]:  # it looks for an absence
                subject = line["subject"].strip("'")
                rows = [] if rows else [(subject, 0, "")]
            for subject, n, said in rows:
                words = {"n": n, "said": said}
                finding = line["none"] or line["one" if n == 1 else "more"].format(**words)
                found.append((test, effect, subject, finding, line["place"].format(**words)))
    con.close()
    found += _formalities(program, year)
    return pd.DataFrame(found, columns=COLUMNS).astype("str")


def gates(found: pd.DataFrame, program: dict) -> pd.DataFrame:
    """What contradicts the decision, as reasons that keep the gate closed."""
    against = found[found["effect"] == "contradicts"]
    reason = against["subject"] + ": " + against["finding"] + " (" + against["where"] + ")"
    gates = pd.DataFrame({"gate": "branch", "subject": "program.yml form", "reason": reason})
    if not program["form"]["branch"]:
        blank = ("branch", "program.yml form.branch", "counsel has not recorded one")
        gates.loc[len(gates)] = blank
    return gates.reset_index(drop=True).astype("str")


def _rule(branch: str, ground: str) -> dict | None:
    rows = library.table("branches")
    rows = rows[(rows["branch"] == branch) & (rows["ground"] == ground)]
    return rows.iloc[0].to_dict() if len(rows) else None


def _formalities(program: dict, year: int) -> list[tuple]:
    form, found = program["form"], []
    confirmed = form["law_confirmed_on"]
    if not form["law_confirmed_by"] or confirmed is None:
        found.append(("law", "contradicts", "statements about the law",
                      "not confirmed for this year",
                      "program.yml form.law_confirmed_by and form.law_confirmed_on"))
    elif confirmed <= date(year, 12, 31):
        found.append(("law", "contradicts", "statements about the law",
                      f"confirmed on {confirmed}, before the reporting period ended",
                      "program.yml form.law_confirmed_on"))
    if form["kind"] == "amendment" and not form["amends"]:
        found.append(("amendment", "contradicts", "amendment",
                      "what it amends and why is not said", "program.yml form.amends"))
    if form["kind"] == "original" and form["amends"]:
        found.append(("amendment", "contradicts", "original form",
                      "says that it amends something", "program.yml form.amends"))
    return found
