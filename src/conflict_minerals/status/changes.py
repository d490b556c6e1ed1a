"""This year against another: what came, went, changed its name or status, and what was promised.

The other year is read from its finished outputs (``tables/*.csv``), never from its inputs, so that
what was filed is what is compared with; where there are none, its facilities are those that
``previous_annex.csv`` takes from the filing itself.
"""

from pathlib import Path

import pandas as pd

from conflict_minerals.ground import countries, csvfiles, names, tables
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean, unguarded
from conflict_minerals.year import facility_id

_TRUE = {"true", "True", "1"}
_FACILITY = ["metal", "smelter_id", "smelter_name", "country", "status"]


def compare(
    now: dict[str, pd.DataFrame], before: Path | None, annex: pd.DataFrame | None = None
) -> dict[str, pd.DataFrame]:
    """What changed since another year.

    Args:
        now: this year's ``facilities, suppliers, answers`` and, where there are any, ``risk`` and
            ``promises`` (of ``promises``).
        before: folder of the other year's outputs; ``None`` compares with nothing.
        annex: ``previous_annex.csv``, whose facilities are compared with where there is no folder.

    Returns:
        ``facilities_changed, suppliers_changed, answers_flipped, promises`` as in ``tables.csv``.

    Raises:
        InputError: the folder lacks a table.
    """
    then = Tables(before)
    return {
        "facilities_changed": _facilities(now, then, annex),
        "suppliers_changed": _suppliers(now["suppliers"], then),
        "answers_flipped": _answers(now["answers"], then),
        "promises": _promises(now.get("promises"), then),
    }


class Tables:
    """The tables of finished outputs, as text; none at all without a folder."""

    def __init__(self, folder: Path | None):
        self.folder = folder

    def __bool__(self) -> bool:
        return self.folder is not None

    def has(self, table: str) -> bool:
        return bool(self) and (self.folder / "tables" / f"{table}.csv").is_file()

    def read(self, table: str, columns: list[str]) -> pd.DataFrame:
        path = self.folder / "tables" / f"{table}.csv"
        if not path.is_file():
            raise InputError(f"lacks tables/{table}.csv", file=f"outputs of {self.folder.name}",
                             fix="Compare with outputs that a whole run has made")
        frame = csvfiles.read(path, columns, name=f"{self.folder.name}/tables/{table}.csv")
        for column in frame.columns:
            if column != "line":
                frame[column] = frame[column].map(unguarded)
        return frame


def of_annex(annex: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """The facilities that last year's filing listed, by this year's ids: ``_FACILITY``.

    One without an id has that of this year's facility of its metal and name; else its name
    stands in the id's place.
    """
    known = {(row.metal, names.keys(row.smelter_name)): row.smelter_id
             for row in facilities.itertuples()}
    ids = [facility_id(row.smelter_id)
           or known.get((row.metal, names.keys(row.smelter_name)), row.smelter_name)
           for row in annex.itertuples()]
    read = annex.assign(smelter_id=ids, country=annex["country"].map(countries.iso3))
    return read[_FACILITY].drop_duplicates(["metal", "smelter_id"])


def _facilities(now: dict[str, pd.DataFrame], then: Tables, annex) -> pd.DataFrame:
    if not then and (annex is None or annex.empty):
        return tables.frame([], "facilities_changed")
    old = _by_pair(then.read("facilities", _FACILITY) if then
                   else of_annex(annex, now["facilities"]))
    new = _by_pair(now["facilities"])
    rows = []
    for pair in sorted(old.keys() | new.keys()):
        was, is_ = old.get(pair), new.get(pair)
        told = (*pair, (is_ or was)["smelter_name"], (is_ or was)["country"])
        if was is None:
            rows.append([*told, "added", "", is_["status"]])
        elif is_ is None:
            rows.append([*told, "removed", was["status"], ""])
        else:
            if names.keys(was["smelter_name"]) != names.keys(is_["smelter_name"]):
                rows.append([*told, "renamed", was["smelter_name"], is_["smelter_name"]])
            if was["status"] != is_["status"]:
                rows.append([*told, "status", was["status"], is_["status"]])
    if "risk" in now and then.has("risk"):
        old_risk = _by_pair(then.read("risk", ["metal", "smelter_id", "tier"]))
        for pair, row in _by_pair(now["risk"]).items():
            was = old_risk.get(pair)
            if was and was["tier"] != row["tier"]:
                rows.append([*pair, row["smelter_name"], row["country"], "tier", was["tier"],
                             row["tier"]])
    order = ["metal", "smelter_id", "change"]
    return tables.frame(rows, "facilities_changed").sort_values(order, ignore_index=True)


def _by_pair(frame: pd.DataFrame) -> dict[tuple[str, str], dict]:
    return {(row["metal"], row["smelter_id"]): row for row in frame.to_dict("records")}


def _suppliers(suppliers: pd.DataFrame, then: Tables) -> pd.DataFrame:
    if not then:
        return tables.frame([], "suppliers_changed")
    old = {row["supplier_id"]: row for row in
           then.read("suppliers", ["supplier_id", "supplier_name", "responded"]).to_dict("records")}
    new = {row["supplier_id"]: row for row in suppliers.to_dict("records")}
    rows = []
    for one in sorted(old.keys() | new.keys()):
        was, is_ = _said(old.get(one)), _said(new.get(one))
        change = ("gained" if not was else "lost" if not is_ else "" if was == is_ else
                  "responded" if is_ == "answered" else "stopped_responding")
        if change:
            rows.append([one, (new.get(one) or old[one])["supplier_name"], change, was, is_])
    return tables.frame(rows, "suppliers_changed")


def _said(row: dict | None) -> str:
    if row is None:
        return ""
    return "answered" if str(row["responded"]) in _TRUE else "not answered"


def _answers(answers: pd.DataFrame, then: Tables) -> pd.DataFrame:
    if not then:
        return tables.frame([], "answers_flipped")
    needed = ["supplier_id", "counted", "question", "topic", "metal", "answer"]
    old, new = _given(then.read("answers", needed)), _given(answers)
    rows = []
    for key in sorted(old.keys() & new.keys()):
        (_, before), (question, now) = old[key], new[key]
        if before != now:
            rows.append([*key, question, before, now])
    return tables.frame(rows, "answers_flipped")


def _given(answers: pd.DataFrame) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Question and answers of the files that count, by supplier, topic and metal; blanks aside."""
    counted = answers["counted"].astype("str").isin(_TRUE) & (answers["answer"] != "")
    rows = answers[counted]
    topic = rows["topic"].where(rows["topic"] != "", rows["question"])
    grouped = rows.assign(topic=topic).groupby(["supplier_id", "topic", "metal"], sort=True)
    return {key: (";".join(sorted(set(group["question"]))), ";".join(sorted(set(group["answer"]))))
            for key, group in grouped}


def promises(program: dict, as_of) -> pd.DataFrame:
    """The promises of ``program.yml``: what was said, by when, and what became of it."""
    day = str(as_of)[:10]
    rows = []
    for one in program.get("promises") or []:
        due = str(one.get("due") or "")[:10]
        state = one.get("state") or "open"
        rows.append([one["id"], clean(one.get("text")), str(one.get("made_in") or ""), due, "",
                     state, state == "open" and bool(due) and due < day,
                     clean(one.get("outcome")), clean(one.get("document")),
                     clean(one.get("owner"))])
    return tables.frame(rows, "promises")


def _promises(now: pd.DataFrame | None, then: Tables) -> pd.DataFrame:
    """This year's promises with what the other year said of them; those it made that are gone."""
    out = tables.frame([], "promises") if now is None else now.copy()
    if not then.has("promises"):
        return out
    old = then.read("promises", ["id", "text", "state"])
    out["before"] = out["id"].map(dict(zip(old["id"], old["state"], strict=True))).fillna("")
    open_ones = old[old["state"].isin(["open", "partly"]) & ~old["id"].isin(out["id"])]
    gone = [[row.get("id", ""), row["text"], row.get("made_in", ""), row.get("due", ""),
             row["state"], "not_mentioned", False, "", "", row.get("owner", "")]
            for row in open_ones.to_dict("records")]
    return pd.concat([out, tables.frame(gone, "promises")], ignore_index=True).sort_values(
        "id", ignore_index=True)


def together(parts: dict[str, pd.DataFrame], year: int | None = None) -> pd.DataFrame:
    """The four tables as one, ``changes`` in ``tables.csv``: for a picture and for a reader.

    Promises made in the report of ``year`` itself are no change and left out.
    """
    facilities, suppliers = parts["facilities_changed"], parts["suppliers_changed"]
    answers, promised = parts["answers_flipped"], parts["promises"]
    promised = promised[promised["made_in"] != str(year)]
    told = [
        facilities.rename(columns={"smelter_id": "subject", "smelter_name": "name"}).assign(
            area="facilities"),
        suppliers.rename(columns={"supplier_id": "subject", "supplier_name": "name"}).assign(
            area="suppliers"),
        answers.rename(columns={"supplier_id": "subject"}).assign(area="answers", change="flipped"),
        promised.rename(columns={"id": "subject", "text": "name"}).assign(
            area="promises", change=promised["state"], now=promised["state"]),
    ]
    columns = list(tables.names("changes"))
    every = pd.concat([part.reindex(columns=columns, fill_value="") for part in told],
                      ignore_index=True)
    return every.astype("str").sort_values(columns, ignore_index=True)
