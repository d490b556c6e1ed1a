"""Counsel's decision what to file, held against the data.

Which form and which ground is a legal conclusion: counsel records it in ``program.yml`` (``form``)
and may confirm it by a decision of kind ``form``. Here it is only tested. Where the data
contradict it the gate closes; what merely weighs against it is listed for counsel.
"""

from datetime import date

import pandas as pd

from conflict_minerals.ground import countries, library
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import METALS
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
    record = recorded(program, decisions)
    rule = _rule(record["branch"], record["ground"])
    if rule is None:
        return pd.DataFrame(columns=COLUMNS, dtype="str")
    found = []
    for effect, column in (("contradicts", "tests"), ("weighs", "weighs")):
        for test in filter(None, rule[column].split(";")):
            for subject, finding, where in _TESTS[test](tables):
                found.append((test, effect, subject, finding, where))
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


def _in_scope(tables) -> pd.DataFrame:
    return tables["products"][tables["products"]["in_scope"]]


def _metals_in_scope(tables) -> list[str]:
    scope = _in_scope(tables)
    return [metal for metal in METALS if (scope[metal.lower()] == "yes").any()]


def _answers(tables, topic: str, answers: tuple[str, ...]):
    """``metal, files, suppliers`` of counted answers of a kind, for metals in scope."""
    rows = tables["answers"]
    rows = rows[rows["counted"] & (rows["topic"] == topic) & rows["answer"].isin(answers)]
    for metal in _metals_in_scope(tables):
        mine = rows[rows["metal"] == metal]
        if len(mine):
            first = mine.sort_values(["file", "cell"]).iloc[0]
            place = f"tables/answers.csv, first {first['file']}, {first['sheet']} {first['cell']}"
            yield metal, mine["supplier_id"].nunique(), place


def _no_scope(tables):
    if _in_scope(tables).empty:
        yield "scope", "no product is in scope, yet a form is to be filed", "products.csv"


def _nobody_asked(tables):
    if tables["suppliers"].empty:
        yield "survey", "no supplier was asked, yet a form is to be filed", "suppliers.csv"


def _scope_there(tables):
    for row in _in_scope(tables).itertuples():
        metals = [m for m in METALS if getattr(row, m.lower()) == "yes"]
        finding = f"{', '.join(metals)} necessary, {row.made_or_contracted} and completed"
        yield f"product {row.product}", finding, "products.csv"


def _said(topic: str, answers: tuple[str, ...], one: str, more: str):
    """A test that finds the metals for which counted answers say so."""

    def test(tables):
        for metal, count, place in _answers(tables, topic, answers):
            yield metal, f"1 supplier {one}" if count == 1 else f"{count} suppliers {more}", place

    return test


def _covered_evidence(tables):
    rows = tables.get("origins")
    if rows is None or rows.empty:
        return
    covered = rows[rows["covered"] & rows["metal"].isin(_metals_in_scope(tables))]
    for row in covered.sort_values(["metal", "smelter_id", "country"]).itertuples():
        finding = f"origin {row.country_name or row.country} by {row.basis}"
        yield f"{row.metal} {row.smelter_name}", finding, "tables/origins.csv"


def _covered_facility(tables):
    rows = tables["facilities"]
    rows = rows[rows["country"].map(countries.is_covered).astype("bool")]
    for row in rows.sort_values(["metal", "smelter_id"]).itertuples():
        name = f"{row.metal} {row.smelter_name}"
        yield name, "lies in a Covered Country", "tables/facilities.csv"


def _unanswered(tables):
    rows = tables["suppliers"]
    silent = rows[~rows["responded"] & ~rows["no_3tg"]]
    if len(silent):
        names = ", ".join(silent["supplier_id"])
        yield "suppliers", f"{len(silent)} did not answer: {names}", "tables/suppliers.csv"


def _nothing_covered(tables):
    if not any(True for test in (_covered_declared, _covered_evidence) for _ in test(tables)):
        yield ("origin", "no counted answer and no evidence names a Covered Country",
               "tables/answers.csv, tables/origins.csv")


def _covered_claimed(tables):
    rows = tables.get("origins")
    if rows is None or not (rows["covered"] & (rows["basis"] == "evidence")).any():
        yield ("origin", "no evidence of our own names a Covered Country, only suppliers do",
               "tables/origins.csv")


_UNKNOWN = ("Unknown", "")
_covered_declared = _said(
    "covered_countries", ("Yes",),
    "declares a Covered Country as origin", "declare a Covered Country as origin",
)  # fmt: skip

_TESTS = {
    "no_scope": _no_scope,
    "nobody_asked": _nobody_asked,
    "in_scope": _scope_there,
    "covered_declared": _covered_declared,
    "covered_unknown": _said(
        "covered_countries", _UNKNOWN,
        "does not know or say whether it is from one", "do not know or say whether it is from one",
    ),
    "covered_evidence": _covered_evidence,
    "covered_claimed": _covered_claimed,
    "covered_facility": _covered_facility,
    "not_recycled": _said(
        "recycled_scrap", ("No",),
        "declares that not all of it is recycled or scrap",
        "declare that not all of it is recycled or scrap",
    ),
    "recycled_unknown": _said(
        "recycled_scrap", _UNKNOWN,
        "does not know or say whether all is recycled",
        "do not know or say whether all is recycled",
    ),
    "unanswered": _unanswered,
    "nothing_covered": _nothing_covered,
}  # fmt: skip
