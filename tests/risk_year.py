"""The published annex of 2018 as the tables that the risk review reads, for its tests."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from conflict_minerals.risk.review import Review, review

ANNEX = Path(__file__).parents[1] / "src" / "example" / "annex_2018.csv"
STATUS = {"Full Compliant": "conformant", "Active": "active", "Indeterminable": "indeterminable"}
OWN_DATE, HINDSIGHT = date(2019, 5, 15), date(2022, 12, 31)
DECISIONS = ("id kind key value reason decided_by decided_on supersedes owner due_on state").split()
ROWS = {
    "file": "a/a.xlsx", "supplier_id": "a", "counted": True, "sheet": "Smelter List",
    "name_reported": "", "lookup_reported": "", "mines_reported": "",
    "mine_countries_reported": "", "recycled_reported": "", "list_source": "lists/x.xml, row 2",
}


def facilities() -> pd.DataFrame:
    annex = pd.read_csv(ANNEX, comment="#", dtype=str, keep_default_na=False)
    frame = annex[["metal", "smelter_id", "smelter_name", "country"]].copy()
    frame["status"] = annex["status"].map(STATUS).astype("str")
    for column in ("status_source", "status_as_of", "last_audit"):
        frame[column] = ""
    frame["names_reported"] = annex["smelter_name"]
    return _grounded(frame)


def _grounded(frame: pd.DataFrame) -> pd.DataFrame:
    """What the status rests on, plainly: a list, or none."""
    none = frame["status"] == "indeterminable"
    ground = none.map({True: "no_list", False: "listed"}).astype("str")
    return frame.assign(status_reason="x", status_ground=ground, audit="", suppliers=1, rows=1)


def smelter_rows(which: pd.DataFrame, **cells) -> pd.DataFrame:
    """A counted row for each facility; ``cells`` fill columns of all."""
    rows = which[["metal", "smelter_id"]].assign(**(ROWS | cells), row=range(5, 5 + len(which)))
    return rows.reset_index(drop=True)


def answers(*lines: tuple) -> pd.DataFrame:
    """Answers as ``(supplier, metal, topic, answer)``."""
    columns = ["supplier_id", "metal", "topic", "answer"]
    frame = pd.DataFrame(list(lines), columns=columns).astype("str")
    return frame.assign(file="a/a.xlsx", sheet="Declaration", cell="D38", counted=True)


def decisions(*lines: dict) -> pd.DataFrame:
    blank = dict.fromkeys(DECISIONS, "") | {"kind": "risk", "reason": "Considered"}
    blank |= {"decided_by": "Working group", "decided_on": "2019-05-01"}
    rows = [blank | {"id": f"D-{n}"} | line for n, line in enumerate(lines, 1)]
    return pd.DataFrame(rows, columns=DECISIONS).astype("str")


def inputs(*, lists: tuple = (), origins: tuple = (), decided: tuple = (), **program):
    """Inputs with these lines of lists.yml, origins.csv and decisions.csv."""
    list_columns = ["list_id", "file", "kind", "scheme", "source", "as_of", "metals", "sha256"]
    blank = dict.fromkeys(list_columns, "")
    ore = ["smelter_id", "metal", "country", "evidence", "source", "as_of"]
    return SimpleNamespace(
        program=program,
        lists=pd.DataFrame([blank | x for x in lists], columns=list_columns).astype("str"),
        origins=pd.DataFrame(list(origins), columns=ore).astype("str"),
        decisions=decisions(*decided),
    )


def run(which=None, rows=None, *, as_of=OWN_DATE, told=None, given=None, **more) -> Review:
    """The review of these facilities (the whole annex unless given)."""
    which = facilities() if which is None else which
    return review(
        which,
        smelter_rows(which) if rows is None else rows,
        answers() if told is None else told,
        inputs() if given is None else given,
        pd.DataFrame(),
        as_of=as_of,
        **more,
    )


# Made-up facilities for what is made up about them: ids that the RMI does not give out.
_INVENTED = [
    ("Gold", "CID900001", "Invented Assured Refinery", "ZAF", "conformant"),
    ("Gold", "CID900002", "Invented Copper Electrolytic Plant ZAO", "RUS", "indeterminable"),
    ("Gold", "CID900003", "Pretend Metals", "USA", "conformant"),
    ("Gold", "CID900004", "Fabled Metals", "JPN", "conformant"),
    ("Gold", "CID900005", "Imaginary Hub Gold", "ARE", "conformant"),
    ("Tin", "CID900006", "Fictional Tin", "IDN", "conformant"),
]
ASSURED, PLANT, PRETEND, FABLED, HUB, TIN = [row[:2] for row in _INVENTED]


def some(*keys: tuple[str, str]) -> pd.DataFrame:
    """These of the made-up facilities."""
    rows = [row for row in _INVENTED if row[:2] in keys]
    frame = pd.DataFrame(rows, columns=["metal", "smelter_id", "smelter_name", "country", "status"])
    for column in ("status_source", "status_as_of", "last_audit"):
        frame[column] = ""
    return _grounded(frame.assign(names_reported=frame["smelter_name"]))


def flagged(done: Review, rule: str) -> set[str]:
    return set(done.flags.loc[done.flags["rule"] == rule, "smelter_id"])
