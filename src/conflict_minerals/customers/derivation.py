"""Each answer of the own declaration by its rule, with the suppliers' answers behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.terms import AS_ASKED

OPEN = "open"
# Questions after which no other is asked of a metal, and the answers that end them.
GATES, NOT_USED = ("used_intentionally", "remains_in_product"), ("No", "Unknown", "Not declaring")
COLUMNS = ["topic", "metal", "answer", "state", "rule", "reason", "comment", "evidence",
           "supplier_id", "said", "file", "sheet", "cell"]  # fmt: skip
_ACCEPTED = ("accepted", "accepted_with_findings")


@dataclass(frozen=True)
class Scope:
    """What is declared: the products, the metals that they need, and by metal who supplies them.

    ``requester`` holds the customer's own number of a product, where it gave one.
    """

    kind: str
    products: tuple[str, ...]
    needed: tuple[str, ...]
    suppliers: dict[str, tuple[str, ...]]
    requester: dict[str, str] = field(default_factory=dict)

    @property
    def everyone(self) -> tuple[str, ...]:
        return tuple(sorted({one for held in self.suppliers.values() for one in held}))


@dataclass(frozen=True)
class Said:
    """The tables of a year that answers are derived from, for one family of templates.

    ``answers`` and ``rows`` hold the files that count of that family only; ``level`` says by
    supplier whether it answered for products or for its whole company.
    """

    answers: pd.DataFrame
    rows: pd.DataFrame
    level: dict[str, str]


def said_in(tables: dict[str, pd.DataFrame], family: str) -> Said:
    """What suppliers said in the files of a family that count, from the year's tables."""
    files = tables["responses"]
    counts = files["counted"].eq("true") | (
        files["template"].ne("CMRT") & files["verdict"].isin(_ACCEPTED))  # fmt: skip
    files = files[counts & files["template"].eq(family)]
    level: dict[str, str] = {}
    for row in files.itertuples():
        whole = row.scope != "product" or level.get(row.supplier_id) == "company"
        level[row.supplier_id] = "company" if whole else "product"
    kept = {name: tables[name][tables[name]["file"].isin(files["file"])]
            for name in ("answers", "smelter_rows")}  # fmt: skip
    return Said(kept["answers"], kept["smelter_rows"], level)


@dataclass(frozen=True)
class _Case:
    """What one question about one metal rests on: ``answers`` of those who use the metal."""

    answers: list[str]
    needed: bool
    asked: int
    answered: int
    doubtful: int  # rows that wait for a decision
    unidentified: int


def derive(
    scope: Scope, said: Said, family: str, topics: dict[str, bool], program: dict
) -> pd.DataFrame:
    """Every answer, its rule and reason, a row for each supplier's answer behind it (``COLUMNS``).

    ``topics`` says for each topic of the template whether it is asked by metal. An answer that no
    rule decides is blank, its state ``open``; a question that the template does not ask once the
    metal is not used has no row.
    """
    rules = {row["topic"]: row for row in library.records("answer_rules")
             if family in row["families"].split(";")}  # fmt: skip
    minerals = AS_ASKED if family == "CMRT" else tuple(sorted(scope.suppliers))
    lines: list[dict] = []
    done: dict[tuple[str, str], str] = {}
    for topic, by_metal in topics.items():
        rule = rules.get(topic, {"rule": OPEN, "reason": "No rule is known for this question"})
        for metal in minerals if by_metal else ("",):
            if by_metal and any(done.get((gate, metal)) in NOT_USED for gate in GATES):
                continue
            behind = _behind(scope, said, topic, metal)
            comment = evidence = ""
            if rule["rule"] == "program":
                answer, comment, evidence = _own(program, topic)
                behind = []
            elif rule["rule"] == OPEN:
                answer = ""
            else:
                answer = RULES[rule["rule"]](_case(scope, said, metal, behind))
            done[topic, metal] = answer
            line = {"topic": topic, "metal": metal, "answer": answer,
                    "state": "derived" if answer else OPEN, "rule": rule["rule"],
                    "reason": rule["reason"], "comment": comment, "evidence": evidence}  # fmt: skip
            lines += [{**line, **one} for one in behind or [{}]]
    return pd.DataFrame(lines, columns=COLUMNS).fillna("").astype("str")


def _behind(scope: Scope, said: Said, topic: str, metal: str) -> list[dict]:
    """What each supplier in scope said; one that returned nothing that counts said nothing."""
    if not metal:
        return []
    asked = scope.suppliers.get(metal, ())
    about = said.answers[said.answers["metal"].eq(metal) & said.answers["supplier_id"].isin(asked)]
    unused = about[about["topic"].eq("used_intentionally")
                   & about["answer"].isin(["No", "Not declaring"])]["file"]  # fmt: skip
    found = about[about["topic"].eq(topic)]
    if topic not in ("used_intentionally", "percent_responded"):
        found = found[~found["file"].isin(unused)]
    out = [{"supplier_id": row.supplier_id, "said": row.answer, "file": row.file,
            "sheet": row.sheet, "cell": row.cell} for row in found.itertuples()]  # fmt: skip
    spoken = {one["supplier_id"] for one in out}
    spoken |= set(about[about["file"].isin(unused)]["supplier_id"])
    return sorted(out, key=lambda one: (one["supplier_id"], one["file"])) + [
        {"supplier_id": one, "said": "", "file": "", "sheet": "", "cell": ""}
        for one in asked if one not in spoken]  # fmt: skip


def _case(scope: Scope, said: Said, metal: str, behind: list[dict]) -> _Case:
    asked = scope.suppliers.get(metal, ())
    rows = said.rows[said.rows["metal"].eq(metal) & said.rows["supplier_id"].isin(asked)]
    return _Case(
        answers=[one["said"] for one in behind],
        needed=metal in scope.needed, asked=len(asked),
        answered=sum(one in said.level for one in asked),
        doubtful=int(rows["match"].eq("none").sum()),
        unidentified=int(rows["match"].eq("not_identified").sum()),
    )  # fmt: skip


def _said_yes(answer: str) -> bool:
    return answer not in ("", "No", "Unknown", "Not declaring", "Not applicable")


def _any_yes(case: _Case) -> str:
    if any(map(_said_yes, case.answers)):
        return "Yes"
    return "No" if case.answers and all(one == "No" for one in case.answers) else "Unknown"


def _any_yes_decided(case: _Case) -> str:
    return _any_yes(case).replace("Unknown", "")


def _all_yes(case: _Case) -> str:
    if "No" in case.answers:
        return "No"
    return "Yes" if case.answers and all(map(_said_yes, case.answers)) else "Unknown"


def _share(case: _Case) -> str:
    share = case.answered / case.asked if case.asked else 0.0
    for band in library.records("answer_bands"):
        over = share > float(band["more_than"]) if band["more_than"] else False
        if over or (band["at_least"] and share >= float(band["at_least"])):
            return band["answer"]
    return ""


def _identified(case: _Case) -> str:
    whole = case.answers and case.answered == case.asked and all(map(_said_yes, case.answers))
    return "Yes" if whole and not case.doubtful + case.unidentified else "No"


RULES = {
    "scope": lambda case: "Yes" if case.needed else "No",
    "any_yes": _any_yes,
    "any_yes_decided": _any_yes_decided,
    "all_yes": _all_yes,
    "share": _share,
    "identified": _identified,
    "reported": lambda case: "No" if case.doubtful else "Yes",
}


def _own(program: dict, topic: str) -> tuple[str, str, str]:
    """The company's answer to a question, its comment, and what shows it.

    A Yes without a fact that shows it is no answer.
    """
    given = next((one for one in program["customer_answers"] if one["id"] == topic), None)
    if given is None or not given["answer"]:
        return "", "", ""
    fact = next((one for one in program["facts"] if one["id"] == given["fact"]), None)
    if fact is None and given["answer"] != "No":
        return "", "", ""
    evidence = f"{fact['document']}, {fact['date'] or 'no date'}" if fact else ""
    return given["answer"], given["comment"], evidence
