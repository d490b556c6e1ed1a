"""How good a supplier's own programme is, by its answers about itself and what lists show of its
facilities. A judgement, for the analyst and counsel: no letter says anything of it."""

import pandas as pd

from conflict_minerals.ground import library, tables
from conflict_minerals.ground.errors import InputError
from conflict_minerals.survey.verdicts import first_line

TOPICS = ("policy", "policy_public", "require_validated", "due_diligence", "review",
          "corrective_action")


def grade(suppliers, answers, smelter_rows, facilities) -> pd.DataFrame:
    """The grade of each supplier: ``programmes`` in ``tables.csv``; the first line of
    ``programme.csv`` that holds gives it.

    An answer is that of all counted files, ``Mixed`` where they differ, blank where none gives it.

    Raises:
        InputError: a condition that cannot be read; no line that holds.
    """
    lines = list(library.table("programme").itertuples())
    said = answers[answers["counted"].astype(bool) & answers["topic"].isin(TOPICS)
                   & (answers["metal"] == "") & (answers["answer"] != "")]
    given = said.groupby(["supplier_id", "topic"])["answer"]
    said = given.first().where(given.nunique() == 1, "Mixed").to_dict()
    rows = smelter_rows.loc[smelter_rows["counted"].astype(bool), [
        "supplier_id", "metal", "smelter_id"]]
    pairs = rows.drop_duplicates().merge(
        facilities[["metal", "smelter_id", "status"]], on=["metal", "smelter_id"])
    listed = (pairs["status"] != "indeterminable").groupby(pairs["supplier_id"]).agg(
        ["sum", "size"])
    counts = {one: (int(shown), int(size)) for one, shown, size in listed.itertuples()}
    ordered = list(suppliers.sort_values("supplier_id").itertuples())
    told_by = []
    for row in ordered:
        shown, count = counts.get(row.supplier_id, (0, 0))
        told_by.append({topic: said.get((row.supplier_id, topic), "") for topic in TOPICS} | {
            "responded": "yes" if row.responded else "no", "facilities": count,
            "listed_share": round(shown / count, 4) if count else 0.0})
    held_by = first_line(pd.DataFrame(told_by), lines, "programme.csv") if told_by else []
    known, out = {line.order: line for line in lines}, []
    for row, facts, held in zip(ordered, told_by, held_by, strict=True):
        shown, count = counts.get(row.supplier_id, (0, 0))
        line = known.get(held)
        if line is None:
            raise InputError(f"no line holds for {row.supplier_id}", file="programme.csv",
                             fix="Let the last line hold always")
        told = [f"{topic.replace('_', ' ')} {facts[topic] or 'not answered'}" for topic in TOPICS]
        told.append(f"{shown} of {count} facilities on the lists")
        out.append({"supplier_id": row.supplier_id, "supplier_name": row.supplier_name,
                    "grade": line.grade, "line": line.order, "listed": shown,
                    "reasons": f"{line.reason}: {'; '.join(told)}" if row.responded else
                    line.reason, **facts})
    return tables.frame(out, "programmes")
