"""Lines of the rule tables by worked example: what is given, and what comes of it.

``expected/worked/<table>.csv`` holds the examples of a table: ``given``, facts as ``name=value``
with ``;`` between (what is not given is ordinary), and ``outcome``. A rule that is changed is
changed there too, by whoever can say what shall come out.
"""

import csv
import random
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from conflict_minerals.filing.build import check
from conflict_minerals.filing.claims import figures
from conflict_minerals.filing.documents.document import Block, Sentence
from conflict_minerals.ground import library
from conflict_minerals.risk import flags, rules, tiers
from conflict_minerals.risk.sources import Brought
from conflict_minerals.status import classify
from conflict_minerals.survey import completeness, verdicts
from conflict_minerals.survey.checks_base import CHECKS, TOPICS, Case
from declarations import Form

WORKED = Path(__file__).parent / "expected" / "worked"
AS_OF = date(2026, 4, 15)


def examples(table: str) -> list[dict[str, str]]:
    lines = (WORKED / f"{table}.csv").read_text("utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def facts(given: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in given.split("; ") if part)


# ---- the risk review: each example is a facility of its own, or a supplier's answer

FACILITY = {
    "metal": "Tin", "country": "DEU", "region": "Europe", "status": "conformant",
    "assurance": "conformant", "status_ground": "listed", "declared_origins": "",
    "origin_basis": "declared", "recycled": "Unknown", "audit": "current", "event": "",
    "id_known": "yes", "sanctions_match": "none",
}  # fmt: skip
# What the user brought: SSD on the CAHRA list, a member's levels, mining of tin in IDN and COD.
_OWN = {"list_id": "own", "since": "", "until": "", "source": "own", "as_of": "2026-01-01",
        "place": "lists/own.csv"}
BROUGHT = Brought({
    "cahra": pd.DataFrame([{"iso3": "SSD", "metal": "", "area": ""} | _OWN]),
    "production": pd.DataFrame(
        [{"iso3": code, "metal": "Tin"} | _OWN for code in ("IDN", "COD", "SSD", "KEN")]),
    "member_origins": pd.DataFrame([
        {"metal": "Tin", "smelter_id": one, "level": level, "countries": "", "recycled": ""} | _OWN
        for one, level in (("CID900003", "Level 3"), ("CID900002", "Level 2"))]),
})  # fmt: skip


def _flags(given: list[dict]) -> list[str]:
    profiles, happened = [], []
    for number, said in enumerate(given):
        one = FACILITY | {"smelter_id": f"CID91{number:04d}"} | said
        profiles.append(one)
        if one["event"]:
            kind, day = one["event"].split(" on ")
            one["event"] = kind
            happened.append({"metal": one["metal"], "smelter_id": one["smelter_id"], "kind": kind,
                             "on": day, "until": "", "by": "own", "source": "own",
                             "as_of": day, "place": "own"})  # fmt: skip
    none = {name: pd.DataFrame(columns=columns.split(), dtype="str") for name, columns in {
        "happened": "metal smelter_id kind on until by source as_of place",
        "told": "metal smelter_id basis country places",
        "smelter_rows": "metal smelter_id list_source"}.items()}  # fmt: skip
    found = flags.evaluate(
        pd.DataFrame(profiles), rules.load(), brought=BROUGHT, as_of=AS_OF, told=none["told"],
        happened=pd.DataFrame(happened), smelter_rows=none["smelter_rows"])
    words = found["rule"] + " " + found["severity"] + " " + found["axis"]
    by = words.groupby(found["smelter_id"]).agg("; ".join)
    return [by.get(one["smelter_id"], "") for one in profiles]


def _suppliers(given: list[dict]) -> list[str]:
    answers = pd.DataFrame([
        {"supplier_id": str(number), "metal": "Tin", "file": "a", "sheet": "Declaration",
         "cell": "D1", "topic": topic, "answer": answer, "counted": True}
        for number, said in enumerate(given) for topic, answer in said.items()])
    loaded = rules.load()
    found = flags.suppliers(answers, loaded, brought=BROUGHT, as_of=AS_OF)
    axis = flags.states(loaded, BROUGHT, found, found, as_of=AS_OF).set_index("rule")["axis"]
    words = found["rule"] + " " + found["severity"] + " " + found["rule"].map(axis)
    by = words.groupby(found["supplier_id"]).agg("; ".join)
    return [by.get(str(number), "") for number in range(len(given))]


def _tiers(given: list[dict]) -> list[str]:
    lines = tiers.load()
    out = []
    for said in given:
        matched = [tuple(flag.split()) for flag in said["flags"].split(", ") if flag]
        line = tiers.tier_of(matched, said["assurance"], lines)
        out.append(f"{line.tier}, {line.suggested_step}")
    return out


# ---- the survey

FILE = {
    "readable": "yes", "workbook": "yes", "template": "CMRT", "file_form": "xlsx",
    "decision": "none", "in_roster": "yes", "late": "no", "identical": "no", "superseded": "no",
    "answered_share": 1.0, "errors": 0, "warnings": 0, "rule": "",
}  # fmt: skip
SUPPLIER = dict.fromkeys(
    ("policy", "policy_public", "require_validated", "due_diligence", "review",
     "corrective_action"), "Yes") | {"responded": "yes", "facilities": 10, "listed_share": 1.0}


def _first_lines(table: str, ordinary: dict, column: str):
    def judge(given: list[dict]) -> list[str]:
        lines = list(library.table(table).itertuples())
        frame = pd.DataFrame([ordinary | {
            name: type(ordinary[name])(value) for name, value in said.items()} for said in given])
        told = {line.order: f"{line.order} {getattr(line, column)}" for line in lines}
        return [told[order] for order in verdicts.first_line(frame, lines, f"{table}.csv")]

    return judge


def _simple_checks(given: list[dict]) -> list[str]:
    """What is found at an answer, a line of the smelter list or a field of the header."""
    shape = {
        "answer": dict.fromkeys(TOPICS, "") | {"declared": "yes", "out": "no"},
        "row": dict.fromkeys(TOPICS, "") | dict.fromkeys(_ROW, "") | {
            "template": "CMRT", "kind": "named", "metal": "Tin", "metal_reported": "Tin",
            "name_reported": "Works", "lookup_reported": "Works", "country_reported": "Peru",
            "recycled": "No", "declared": "no", "out": "no"},
        "field": {"field": "", "raw": "it", "looks": "text", "person": "no", "digits": "9",
                  "scope": "company"},
    }  # fmt: skip
    frames = {on: pd.DataFrame([
        ordinary | said | {"file": str(at), "sheet": "s", "cell": said.get("field")}
        for at, said in enumerate(given) if said["on"] == on])
        for on, ordinary in shape.items()}  # fmt: skip
    frames["answer"] = frames["answer"].assign(metal="Tin", **{f"{t}_cell": t for t in TOPICS})
    case = SimpleNamespace(
        metals=frames["answer"], cells=lambda rows, *fields, held: pd.Series(fields[0], rows.index),
        once=lambda name, _: frames["field" if "field" in name else "row"])
    out: list[list[str]] = [[] for _ in given]
    for rule in dict.fromkeys(library.table("simple_checks")["rule"]):
        for hit in CHECKS[rule](case).itertuples():
            out[int(hit.file)].append(f"{rule}: {hit.found or 'nothing'} in {hit.cell}")
    return ["; ".join(found) for found in out]


_ROW = ("mine_said", "country_said", "mine_word", "country_word", "name", "mines_reported",
        "mine_countries_reported", "recycled_reported")


def _completeness(given: list[dict]) -> list[str]:
    """What a template lacks, with how many places: all of it blank but for what is given."""
    files, answers, fields = [], [], []
    for at, said in enumerate(given):
        family, version = said["template"].split()
        form, file = Form(family, version), str(at)
        files.append({"file": file, "template": family, "version": version, "readable": True,
                      "scope": said.get("scope", ""), "products_listed": 0})
        for question in form.plan.questions:
            for row, metal in question.answers if said.get("minerals") != "none" else ():
                metal = "Tin" if metal == "?" else metal
                answer = said.get(question.topic, said.get(f"{question.topic} {metal}", ""))
                answers.append({
                    "file": file, "question": question.name, "topic": question.topic,
                    "metal": metal, "answer": answer, "raw": answer, "comment": "",
                    "sheet": "Declaration", "cell": f"D{row}"})
        for name in (*form.plan.fields, *({"mineral_selected"} & set(said))):
            raw = said.get(name, said.get("fields", ""))
            fields.append({"file": file, "field": name, "raw": raw, "value": raw,
                           "sheet": "Declaration", "cell": "D1"})
    case = Case(*(pd.DataFrame(rows) for rows in (files, fields, answers)), *[None] * 9)
    lines = [{"file": str(at), "metal": "Tin", "kind": said["row"], "name": "", "place": "",
              "row": 5} for at, said in enumerate(given) if "row" in said]
    case.__dict__.update(rows=pd.DataFrame(lines), cells=lambda rows, name: "")
    out: list[list[str]] = [[] for _ in given]
    for rule, hits in completeness.missing(case).items():
        for file, count in hits.groupby("file").size().items():
            out[int(file)].append(f"{rule} {count}")
    return ["; ".join(sorted(found)) for found in out]


def _status_rules(given: list[dict]) -> list[str]:
    """What a list's own word for the state of a facility amounts to."""
    entry = {"kind": "reference", "list_id": "l", "as_of": "2026-01-01", "file": "l.csv",
             "sheet": "", "row": "2", "last_audit": "", "audit_cycle": "", "scheme": "",
             "programmes": "", "reaudit_in_progress": False, "metal": "Tin", "list_metals": "",
             "smelter_id": "CID900003", "problem": ""}
    out = []
    for said in given:
        shown = classify._shows(entry | said, {"cross_recognised_counts_as": "active"}, AS_OF)
        out.append(f"{shown.status} {shown.ground}")
    return out


def _flips(given: list[dict]) -> list[str]:
    """Whether a supplier is asked about what it says now and said otherwise the year before."""
    rows = [{"file": f"{at}/a.xlsx", "supplier_id": str(at), "metal": "", "template": "CMRT",
             "sheet": "Declaration", "cell": "D1", "scope": ""} | said
            for at, said in enumerate(given)]
    now, then = (pd.DataFrame(rows).rename(columns={when: "answer"}) for when in ("now", "before"))
    scopes = [frame.assign(scope=frame["answer"].where(frame["topic"] == "scope", ""))
              for frame in (now, then)]
    case = SimpleNamespace(
        answers=now, read=scopes[0].assign(template="CMRT"), header=lambda *_: {},
        before=SimpleNamespace(answers=then, responses=scopes[1]))
    hits = pd.concat([CHECKS[rule](case) for rule in (
        "answer-flipped-since-last-year", "scope-changed-since-last-year")])
    asked = hits.set_index("file")["expected"].to_dict()
    return [f"asked about {asked[row['file']]}" if row["file"] in asked else "" for row in rows]


# ---- the report: what is counted, what must add up, what the form is to say

def _figures(given: list[dict]) -> list[str]:
    """What a figure comes to over ``made_rows``: tables in which no two words stand alike often."""
    found = figures.compute(made_rows())
    value = dict(zip(found["id"], found["value"], strict=True))
    assert set(value) == {said["figure"] for said in given}
    return [f"{value[said['figure']]:.4g}" for said in given]


_METALS, _YES = ("Gold", "Tantalum", "Tin", "Tungsten"), (True, False)
_STATUS = ("conformant", "active", "indeterminable")
# The columns that figures ask, with the values that may stand there; a blank is none.
_ASKED = {
    "products": {"in_scope": _YES, "made_or_contracted": ("made", "contracted"),
                 **dict.fromkeys(("gold", "tantalum", "tin", "tungsten"), ("yes", "no"))},
    "suppliers": {"responded": _YES, "spend": ("high", "low", ""), "no_covered_country": _YES,
                  "no_3tg": _YES},
    "answers": {"counted": _YES, "topic": ("covered_countries", "recycled_scrap", "cahra"),
                "answer": ("Yes", "No", "Unknown", ""), "metal": (*_METALS, "Cobalt")},
    "responses": {"counted": _YES, "template": ("CMRT", "EMRT"),
                  "scope": ("company", "product", "user_defined", "division", "product_category"),
                  "verdict": ("accepted", "accepted_with_findings", "rejected", "superseded",
                              "late", "not_a_template")},
    "findings": {"counted": _YES, "severity": ("error", "warning", "info")},
    "correspondence": {"kind": ("request", "reminder", "thanks"), "answered": _YES},
    "smelter_rows": {"counted": _YES, "decision": ("D-1", ""),
                     "match": ("id", "alias", "decision", "none", "not_identified")},
    "facilities": {"metal": _METALS, "status": _STATUS,
                   "status_ground": ("listed", "no_list", "expired", "denied", "retired",
                                     "unclear", "decided"),
                   "audit": ("run_out", "current", ""),
                   "basis": ("own_audit", "scheme", "both", ""),
                   "region": ("Africa", "Europe", "Asia", "Americas", "Oceania", "")},
    "risk": {"tier": ("critical", "high", "medium", "low"), "status": _STATUS, "hard": _YES,
             "recycled": ("Yes", "No", "Unknown"), "metal": _METALS},
    "annex_i": {"metal": _METALS},
    "changes": {"area": ("facilities", "suppliers", "answers", "promises"),
                "change": ("added", "removed", "renamed", "status", "tier", "gained", "lost",
                           "responded", "stopped_responding")},
    "flags": {"severity": ("hard", "red", "soft", "info"),
              "rule": ("africa", "gold-hub", "on-no-list")},
    "origins": {"basis": ("evidence", "declared", "recycled", "level", "unread", "none"),
                "covered": _YES, "status": _STATUS, "metal": _METALS,
                "country": ("COD", "PER", "RWA", "AUS", "BRA", "CHN")},
    "escalation": {"subject": ("facility", "supplier"),
                   "next_step": ("engage", "trace", "none", ""),
                   "state": ("not_decided", "open", "done", "improved", "replaced", "ended",
                             "no_effect", "dropped")},
    "actions": {"carried": _YES, "asked_on": ("2026-01-01", ""), "answered_on": ("2026-02-01", ""),
                "state": ("done", "improved", "replaced", "ended", "no_effect", "dropped", "open"),
                "overdue": _YES, "effect": ("dropped", "listed", "still_named")},
}  # fmt: skip


_LIES_IN = {"Africa": "COD", "Europe": "DEU", "Asia": "CHN", "Americas": "PER", "Oceania": "FJI",
            "": ""}  # fmt: skip
# Few enough that not every country stands with every basis; enough that no two counts agree.
_ROWS = {"origins": 40, "responses": 371, "answers": 900, "escalation": 600}


def made_rows() -> dict[str, pd.DataFrame]:
    """For each table rows of its words mixed evenly at random, the same each time, those words
    more often that stand first."""
    made = {}
    for table, asked in _ASKED.items():
        dice = random.Random(table)
        rows = [{column: values[min(dice.randrange(len(values)), dice.randrange(len(values) + 1))]
                 for column, values in asked.items()} for _ in range(_ROWS.get(table, 300))]
        ids = {"supplier_id": 211, "smelter_id": 47, "subject_id": 227, "name_key": 37}
        made[table] = pd.DataFrame([
            row | {name: f"{name}{dice.randrange(most)}" for name, most in ids.items()}
            | ({} if "metal" in row else {"metal": dice.choice(_METALS)})
            | ({"country": _LIES_IN[row["region"]]} if "region" in row else {}) for row in rows])
    return made


def _reconcile(given: list[dict]) -> list[str]:
    """Which sums fail where every figure is nought but the one."""
    frames = made_rows()
    names = figures.definitions(frames)
    zero = names.assign(value=0, text="", meaning="")
    out = []
    for said in given:
        [(name, _)] = [one for one in said.items() if one[0] != "rows"]
        mine = zero.assign(value=(zero["id"] == name).astype(int))
        assert mine["value"].sum() == 1, name
        gates = figures.reconcile(mine, {"annex": {"rows": said["rows"]}})
        out.append("; ".join(reason.partition(":")[0] for reason in gates["reason"]))
    return out


def _checklist(given: list[dict]) -> list[str]:
    """Which points are open where a document says all that the examples name but for this, or
    which are not due."""
    every = {word for said in given for word in said.get("without", "").split(" and ")}
    out = []
    for said in given:
        words = {"form": every - set(said.get("without", "").split(" and "))}
        words["report"] = words["form"]
        facts_told = said.get("facts", "outside_supply_chain").split()
        found = check({name: _document(held) for name, held in words.items()},
                      {"facts": [{"id": fact} for fact in facts_told]},
                      said.get("branch", "form_and_report"))
        found = found[found["state"] != "there"]
        out.append("; ".join(found["check"] + " " + found["state"]))
    return out


def _document(words: set[str]) -> SimpleNamespace:
    kinds = {kind: [word.removeprefix(f"{kind} ") for word in sorted(words) if
                    word.startswith(f"{kind} ")] for kind in ("claim", "section")}  # fmt: skip
    block = Block("paragraph", section="x")
    said = [(block, Sentence((), claim)) for claim in kinds["claim"]]
    heads = [Block("heading", anchor=anchor) for anchor in kinds["section"]]
    return SimpleNamespace(sentences=lambda: iter(said), blocks=heads)


JUDGED = {
    "flags": _flags, "supplier_flags": _suppliers, "tiers": _tiers,
    "verdicts": _first_lines("verdicts", FILE, "verdict"),
    "programme": _first_lines("programme", SUPPLIER, "grade"),
    "simple_checks": _simple_checks, "completeness": _completeness, "status_rules": _status_rules,
    "flips": _flips, "figures": _figures, "reconcile": _reconcile, "checklist": _checklist,
}  # fmt: skip


@pytest.mark.parametrize("table", JUDGED)
def test_each_worked_example_comes_out_as_it_is_written(table):
    rows = examples(table)
    came = JUDGED[table]([facts(row["given"]) for row in rows])
    assert {row["given"]: out for row, out in zip(rows, came, strict=True)} == {
        row["given"]: row["outcome"] for row in rows}


def test_a_rate_states_the_rows_of_the_figure_above_its_line():
    stated = figures.definitions(made_rows()).set_index("id")
    for rate in stated[stated["how"].str.startswith("ratio:")].itertuples():
        above = stated.loc[rate.how.removeprefix("ratio:").partition("/")[0]]
        assert (rate.table, rate.where) == (above["table"], above["where"]), rate.Index
