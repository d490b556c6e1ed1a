"""What comes to light when a supplier's files are held against one another and the decisions."""

import re

import pandas as pd

from conflict_minerals.survey.places import texts

# What the reader says to the analyst of a file is no matter of the supplier's.
_ADVICE = re.compile(r"(?:: (?:ask|save|unpack|nothing|it was|please)\b|, which is not read).*")


def place(files: pd.DataFrame, rule: str, expected: str) -> pd.DataFrame:
    """A finding about each file: at its effective date where the rule is about that."""
    dated = rule.startswith("effective-date")
    return pd.DataFrame({
        "file": files["file"], "metal": "", "sheet": "Declaration" if dated else "",
        "cell": files["effective_date_cell"] if dated else "",
        "found": files["effective_date_raw"].astype(str) if dated else "",
        "expected": expected, "rule": rule,
    })


def unreadable(facts: pd.DataFrame, lines: list) -> list[pd.DataFrame]:
    """Files that were to be templates and cannot be read, and why."""
    rejected = {line.order for line in lines if line.verdict == "rejected"}
    files = facts[(facts["readable"] == "no") & facts["line"].isin(rejected)]
    said = texts(files, (_ADVICE.sub("", reason) for reason in files["reason"]))
    return [place(files, "file-unreadable", "").assign(found=said)]


def idle(facts: pd.DataFrame, inputs) -> list[pd.DataFrame]:
    """Decisions on files that cannot be carried out."""
    vain = facts[(facts["decision"] == "counts") & (
        (facts["readable"] == "no") | (facts["template"] != "CMRT") | (facts["in_roster"] == "no"))]
    answered = facts[(facts["decision"] == "no_3tg") & (facts["template"] != "none")]
    return [
        place(vain, "decision-without-effect",
               "only a CMRT that can be read, of a supplier of suppliers.csv, may count").assign(
            found=vain["decision_id"]),
        place(answered, "decision-without-effect", "a template says itself what it says").assign(
            found=answered["decision_id"]),
    ]


def contradicted(facts: pd.DataFrame, lines: list, answers: pd.DataFrame) -> pd.DataFrame:
    """Files recorded as saying that no 3TG is used, beside a CMRT that counts and uses a metal."""
    accepted = {line.order for line in lines if line.verdict.startswith("accepted")}
    metal = answers[answers["answer"].isin(["Yes", "No"]) & (answers["metal"] != "")]
    said = {(topic, answer): set(zip(part["file"], part["metal"], strict=True))
            for (topic, answer), part in metal.groupby(["topic", "answer"])}
    uses = (said.get(("used_intentionally", "Yes"), set())
            - said.get(("remains_in_product", "No"), set()))
    using = facts[facts["line"].isin(accepted) & (facts["template"] == "CMRT")
                  & facts["file"].isin({file for file, _ in uses})]
    by_supplier = using.groupby("supplier_id")["file"].agg(", ".join)
    hits = facts[(facts["decision"] == "no_3tg") & (facts["template"] == "none")
                 & facts["supplier_id"].isin(by_supplier.index)]
    return place(hits, "no-3tg-though-declared", "").assign(
        found=hits["decision_id"], expected=hits["supplier_id"].map(by_supplier))
