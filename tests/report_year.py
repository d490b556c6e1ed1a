"""A year for the tests of the report: tables built by hand around the example year's inputs."""

import copy
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

from conflict_minerals.filing import build
from conflict_minerals.filing.documents.document import text_of
from conflict_minerals.ground import countries, tables
from conflict_minerals.ground.text import fold
from conflict_minerals.year import inputs

ROOT = Path(__file__).parents[1]
AS_OF = date(2019, 5, 15)
SUPPLIERS = ("alder", "birch", "cedar", "dogwood", "elm", "fir", "gorse", "hazel")
METALS = ("Gold", "Tantalum", "Tin", "Tungsten")
_STATUS = {"Full Compliant": "conformant", "Active": "active", "Indeterminable": "indeterminable"}


@cache
def _given():
    return inputs.load(ROOT / "data" / "raw" / "2018", 2018)


def given(**program):
    """The example year's inputs; keywords change settings: ``form={"branch": "form_only"}``."""
    loaded = _given()
    settings = copy.deepcopy(loaded.program)
    settings["form"]["ground"] = ""  # the tables made here name no Covered Country
    for key, value in program.items():
        if isinstance(value, dict) and isinstance(settings.get(key), dict):
            settings[key] |= value
        else:
            settings[key] = value
    names = ("products", "correspondence", "decisions", "lists", "files", "signoff")
    out = SimpleNamespace(program=settings, **{n: getattr(loaded, n).copy() for n in names})
    # Tests choose the branch by the setting alone.
    out.decisions = out.decisions[out.decisions["kind"] != "form"]
    return out


@cache
def _annex() -> pd.DataFrame:
    path = ROOT / "src" / "example" / "annex_2018.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False, comment="#")


def facilities(rows: int | None = None) -> pd.DataFrame:
    """The example year's facilities, or so many of them."""
    annex = _annex()
    out = pd.DataFrame({
        "metal": annex["metal"],
        "smelter_id": annex["smelter_id"],
        "smelter_name": annex["smelter_name"],
        "name_key": annex["smelter_name"].map(fold),
        "country": annex["country"],
        "status": annex["status"].map(_STATUS),
        "suppliers": 1,
        "rows": 2,
        "matched_by": "id",
    })  # fmt: skip
    out["country_name"] = out["country"].map(countries.printed)
    out["region"] = out["country"].map(countries.region)
    listed = out["status"] != "indeterminable"
    out["status_source"] = listed.map({True: "conformant-2018, row 1", False: ""})
    out["status_as_of"] = listed.map({True: "2018-12-31", False: ""})
    out["status_reason"] = listed.map({True: "on the conformant list", False: "on no list"})
    out["status_ground"] = listed.map({True: "listed", False: "no_list"})
    for column in ("last_audit", "audit_cycle", "reaudit_due", "audit", "basis", "names_reported",
                   "status_undecided"):
        out[column] = ""
    return tables.shape(out.head(len(out) if rows is None else rows), "facilities")


def suppliers(silent: int = 0, no_covered: int = 1, count: int = 8) -> pd.DataFrame:
    names = SUPPLIERS[:count]
    rows = [
        {
            "supplier_id": name, "supplier_name": f"{name.capitalize()} Works",
            "files_received": 1, "files_counted": int(n >= silent), "responded": n >= silent,
            "no_covered_country": silent <= n < silent + no_covered, "no_3tg": False,
            "days_overdue": 0, "errors": 0, "warnings": 0, "next_step": "none",
        }
        for n, name in enumerate(names)
    ]  # fmt: skip
    return tables.shape(pd.DataFrame(rows).assign(**_blank("suppliers", rows)), "suppliers")


def frames(**changed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The year's tables, small where the report only counts; keywords take the place of some."""
    given_suppliers = changed.get("suppliers", suppliers())
    given_facilities = changed.get("facilities", facilities())
    answered = given_suppliers.loc[given_suppliers["responded"], "supplier_id"].tolist()
    none = set(given_suppliers.loc[given_suppliers["no_covered_country"], "supplier_id"])
    files = [(s, f"{s}/CMRT.xlsx") for s in answered]
    responses = [
        {"file": f, "sha256": "0" * 64, "supplier_id": s, "template": "CMRT", "version": "5.11",
         "scope": "company", "counted": True, "verdict": "accepted", "errors": 0, "warnings": 0,
         "smelters_reported": 10, "products_listed": 0}
        for s, f in files
    ]  # fmt: skip
    answers = [
        {"file": f, "sha256": "0" * 64, "supplier_id": s, "counted": True, "question": q,
         "topic": topic, "metal": metal, "answer": "No" if s in none else "Unknown",
         "sheet": "Declaration", "cell": f"D{row}"}
        for s, f in files for row, metal in enumerate(METALS, 40)
        for q, topic in (("3", "covered_countries"), ("4", "recycled_scrap"))
    ]  # fmt: skip
    rows = [
        {"file": files[n % len(files)][1], "sha256": "0" * 64, "supplier_id": answered[0],
         "counted": True, "sheet": "Smelter List", "row": 5 + n, "metal": f["metal"],
         "name_reported": f["smelter_name"], "smelter_id": f["smelter_id"], "match": "id"}
        for n, f in enumerate(given_facilities.to_dict("records")) if files
    ]  # fmt: skip
    risk = given_facilities.assign(
        flags="", assurance=given_facilities["status"].replace("indeterminable", "none"),
        hard=False, tier="low", tier_rule="T9", reasons="none", declared_origins="",
        recycled="Unknown",
    )  # fmt: skip
    made = {
        "suppliers": given_suppliers,
        "facilities": given_facilities,
        "responses": _shape(responses, "responses"),
        "answers": _shape(answers, "answers"),
        "smelter_rows": _shape(rows, "smelter_rows"),
        "findings": tables.shape(pd.DataFrame(), "findings"),
        "risk": tables.shape(risk, "risk"),
        "flags": _flags(given_facilities),
        "origins": tables.shape(pd.DataFrame(), "origins"),
        "escalation": tables.shape(pd.DataFrame(), "escalation"),
        "risk_rules": tables.shape(pd.DataFrame(), "risk_rules"),
    }
    return made | changed


_RULES = {"no_list": "on-no-list", "decided": "decided-no-assurance"}


def _flags(given: pd.DataFrame) -> pd.DataFrame:
    """The flags that tell what a status rests on, as the risk review gives them."""
    none = given[given["status"] == "indeterminable"]
    of = none.assign(rule=none["status_ground"].map(_RULES).fillna("listed-no-assurance"))
    late = given[given["audit"] == "run_out"].assign(rule="audit-run-out")
    rows = pd.concat([of, late])[["metal", "smelter_id", "rule"]]
    return _shape(rows.assign(severity="info", axis="assurance", matched="x", reason="x",
                              source="x", rule_as_of="2018-12-31").to_dict("records"), "flags")


@cache
def example():
    """The example year's report, built once."""
    return make(frames())


@cache
def small():
    """The report on a dozen facilities, which is quicker to make; built once."""
    return make()


@cache
def _few():
    return frames(facilities=facilities(12))


def make(given_frames=None, *, draft=True, before=None, folder=None, as_of=AS_OF, inputs=None,
         **program):
    """A report of a dozen facilities, or of these tables; keywords change settings."""
    return build.build(
        given_frames or dict(_few()), inputs or given(**program), year=2018,
        as_of=as_of, draft=draft, before=before, folder=folder,
    )  # fmt: skip


def text(built, key: str = "report") -> str:
    """What a document says, block by block, with its tables' cells."""
    lines = []
    for block in built.documents[key].blocks:
        lines.append(block.text)
        for row in (block.table.head, *block.table.rows) if block.table else ():
            lines.append(" | ".join(text_of(cell) for cell in row))
    return "\n".join(line for line in lines if line)


def _shape(rows: list[dict], table: str) -> pd.DataFrame:
    if not rows:
        return tables.shape(pd.DataFrame(), table)
    return tables.shape(pd.DataFrame(rows).assign(**_blank(table, rows)), table)


def _blank(table: str, rows: list[dict]) -> dict[str, str]:
    return {c: "" for c in tables.columns(table)["column"] if c not in rows[0]}
