"""Counsel's decision what to file, held against the data.

Which form and which ground is a legal conclusion: counsel records it in ``program.yml`` (``form``)
and may confirm it by a decision of kind ``form``. Here it is only tested. Where the data
contradict it the gate closes; what merely weighs against it is listed for counsel. Which rows do
stands in ``branch_tests.csv``, which of them matter to a branch in ``branches.csv``.
"""

from datetime import date

import pandas as pd

from conflict_minerals.filing.claims import at_odds, deadline, figures, rowtests
from conflict_minerals.ground import library
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import METALS
from conflict_minerals.year import stands

_OF_AMENDMENT = ("amends", "amends_number", "amends_filed_on", "amends_accession")
_OF_AUDIT = ("auditor", "standard", "report_date", "document", "products")
COLUMNS = ["test", "effect", "subject", "finding", "where"]


def recorded(program: dict, decisions: pd.DataFrame) -> dict[str, str]:
    """The decision as it stands: ``branch``, ``ground``, ``decision`` (its id, or ``""``), and
    what the record says of it (``made``: ``decided_by, decided_on, decided_reason``).

    Raises:
        InputError: a branch with a ground that is none of it, or two records that differ.
    """
    form = program["form"]
    branch, ground = form["branch"] or "", form["ground"] or ""
    made = stands(decisions, "form").get(("branch",), {})
    against = at_odds.of_form(program, made["value"]) if made else ""
    if against:
        raise InputError(
            f"decision {made['id']} {against}",
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
    words = {"decided_by": "decided_by", "decided_on": "decided_on", "decided_reason": "reason"}
    return {"branch": branch, "ground": ground, "decision": made.get("id", ""),
            "made": {name: made.get(key, "").rstrip(".") for name, key in words.items() if made}}


def check(
    program: dict, decisions: pd.DataFrame, tables: dict[str, pd.DataFrame], *, year: int
) -> pd.DataFrame:
    """What the data say to counsel's decision: ``test, effect, subject, finding, where``.

    ``effect`` is ``contradicts`` or ``weighs``. ``tables`` holds ``products, suppliers, answers,
    facilities, origins`` of the year; ``where`` says in which table the rows stand.
    """
    record, found = recorded(program, decisions), []
    tests = library.table("branch_tests").set_index("test", drop=False).to_dict("index")
    con = figures.engine(tables, rowtests.asked(tests.values()))
    for group in conclusions(program, record, tables["products"]):
        rule = _rule(record["branch"], group["ground"], group["suffix"])
        rule = rule or {"tests": "", "weighs": ""}
        given = figures.words(tables, metals=group["metals"])
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
    return pd.DataFrame(found, columns=COLUMNS).drop_duplicates(ignore_index=True).astype("str")


def conclusions(program: dict, record: dict[str, str], products: pd.DataFrame) -> list[dict]:
    """The grounds that counsel recorded, each with the metals in scope that it is about.

    Returns ``ground, metals`` and, for the documents, ``what`` (the minerals in words),
    ``setting`` (where it stands) and ``suffix`` (for the claim). The ground of the branch comes
    first; a metal has one of its own by ``form.by_metal``.

    Raises:
        InputError: a metal that is none, or a ground that is none of the branch.
    """
    own = {metal.capitalize(): ground
           for metal, ground in (program["form"].get("by_metal") or {}).items() if ground}
    for metal, ground in own.items():
        if metal not in METALS or _rule(record["branch"], ground, metal) is None:
            raise InputError(f"{metal}: {ground} is no conclusion of the branch {record['branch']}",
                             file="program.yml", where="form.by_metal",
                             fix="A ground of knowledge/filing/branches.csv, by tin, gold, \u2026")
    scope = figures.metals_in_scope(products)
    groups = {record["ground"]: [m for m in scope if m not in own]}
    for metal in (m for m in scope if m in own):
        groups.setdefault(own[metal], []).append(metal)
    out = []
    for ground, metals in groups.items():
        first = ground == record["ground"]
        if not metals and (own or not first):
            continue
        names = [metal.lower() for metal in metals]
        listed = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
        of_branch = "form.ground" if ground else "form.branch"
        out.append({
            "ground": ground, "metals": metals, "what": f"necessary {listed if own else '3TG'}",
            "setting": of_branch if first else f"form.by_metal.{names[0]}",
            "suffix": "" if not out else f"-{names[0]}",
        })  # fmt: skip
    return out


def gates(found: pd.DataFrame, program: dict) -> pd.DataFrame:
    """What contradicts the decision, as reasons that keep the gate closed."""
    against = found[found["effect"] == "contradicts"]
    reason = against["subject"] + ": " + against["finding"] + " (" + against["where"] + ")"
    gates = pd.DataFrame({"gate": "branch", "subject": "program.yml form", "reason": reason})
    if not program["form"]["branch"]:
        blank = ("branch", "program.yml form.branch", "counsel has not recorded one")
        gates.loc[len(gates)] = blank
    return gates.reset_index(drop=True).astype("str")


def _rule(branch: str, ground: str, metal: str = "") -> dict | None:
    """The line of a branch and ground; beside a report, a metal may also have one of a form."""
    rows = library.table("branches")
    branches = [branch, *(["form_only"] if metal and branch == "form_and_report" else [])]
    rows = rows[rows["branch"].isin(branches) & (rows["ground"] == ground)]
    return rows.sort_values("branch").iloc[0].to_dict() if len(rows) else None


def _first_year(acquired: date) -> int:
    """The first calendar year that begins no sooner than eight months after an acquisition."""
    return acquired.year + (1 if (acquired.month, acquired.day) <= (5, 1) else 2)


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
    lacking = [key for key in _OF_AMENDMENT if form.get(key) in (None, "")]
    if form["kind"] == "amendment" and lacking:
        found.append(("amendment", "contradicts", "amendment",
                      f"not said: {', '.join(lacking)}", "program.yml form"))
    audit = program.get("audit") or {}
    lacking = [key for key in _OF_AUDIT if not audit.get(key)]
    if audit.get("obtained") and lacking:
        found.append(("audit", "contradicts", "independent private sector audit",
                      f"not said: {', '.join(lacking)}", "program.yml audit"))
    elif audit.get("obtained") and not audit["document"].endswith(".txt"):
        found.append(("audit", "contradicts", "independent private sector audit",
                      "its report is no text that the report could print whole",
                      "program.yml audit.document"))
    for one in program.get("entities") or []:
        first = _first_year(one["acquired_on"]) if one["acquired_on"] else year
        if not one["included"] and not year < (one["reports_from"] or 0) <= first:
            found.append(("deferral", "contradicts", one["name"],
                          f"acquired on {one['acquired_on']}: reporting may be deferred to the "
                          f"form for {first} at most", "program.yml entities"))
    filed = form.get("filing_on") or deadline.due(year)
    rows = library.table("form_editions")
    begun = rows[(rows["key"] == "in_force") & (rows["text"] <= filed.isoformat())]
    if form["edition"] != begun["edition"].max():
        found.append(("edition", "contradicts", f"edition {form['edition']} of the form",
                      f"{begun['edition'].max()} is in force on {filed}",
                      "program.yml form.edition, form.filing_on"))
    if form["kind"] == "original" and form["amends"]:
        found.append(("amendment", "contradicts", "original form",
                      "says that it amends something", "program.yml form.amends"))
    return found
