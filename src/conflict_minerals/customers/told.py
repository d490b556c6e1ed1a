"""The pages of what customers ask for: what is due, and each declaration with its grounds."""

from __future__ import annotations

from datetime import date

import pandas as pd

from conflict_minerals.cmrt import ROW_COLUMNS, read_bytes
from conflict_minerals.customers.filling import Smelter
from conflict_minerals.ground import countries, pages
from conflict_minerals.ground.limits import default


def requests(due: pd.DataFrame, trace: pd.DataFrame, as_of: date, todo: dict[str, int]) -> str:
    """The page of every request, what is due first, and the product trace; ``todo`` counts by
    folder what stays to be done before a file may go out."""
    shown = due.assign(
        file=[pages.Link(text, f"{one}/index.html") if one else "not made"
              for one, text in zip(due["file"], due["template"], strict=True)],
        to_do=[str(todo.get(one, "")) for one in due["file"]])  # fmt: skip
    shown = shown[["next_on", "customer_name", "state", "scope", "products", "file", "to_do",
                   "sent_on", "renew_on", "notes"]]  # fmt: skip
    body = pages.Markup(
        "<h1>What customers ask for</h1><p>Nothing is sent from here: each file goes out by hand, "
        "and what was sent is noted in customers.csv.</p>"
    ) + pages.table(shown, "Requests, what is due first", csv="due.csv") + pages.table(
        trace, "Products, metals and facilities, and through whom", csv="product_trace.csv")
    return pages.page("What customers ask for", body=body, foot=f"As of {as_of}")


_LEVELS = {"product": "for products", "company": "for its whole company"}


def declaration(one, annex: pd.DataFrame, as_of: date, before: dict[int, dict]) -> str:
    """The page of one declaration, an ``orders.Made``: ``before`` holds by line of the register
    what was sent to that customer last."""
    level = pd.DataFrame(
        [(who, _LEVELS.get(one.said.level.get(who, ""), "not at all"))
         for who in one.scope.everyone], columns=["supplier_id", "answered"])  # fmt: skip
    findings = one.findings[["rule", "severity", "sheet", "cell", "message"]]
    given = ["not yet identified" if not line.smelter_id else
             "id" if line.listed(one.blank) else "not listed" for line in one.smelters]  # fmt: skip
    smelters = pd.DataFrame(one.smelters, columns=list(Smelter.__annotations__)).assign(
        given_as=given, country=[countries.printed(line.country) for line in one.smelters])
    number = {question.topic: question.name for question in one.blank.layout.questions}
    derived = one.derived.assign(
        question=[f"{number[topic]} {topic.replace('_', ' ')}" for topic in one.derived["topic"]],
        answer=one.derived["answer"].where(one.derived["answer"].ne(""), "open"))  # fmt: skip
    answers = derived.drop_duplicates(["topic", "metal"])
    behind = derived[derived["supplier_id"].ne("")]
    lists = [
        pages.table(pd.DataFrame([gate[::2] for gate in one.gates], columns=["what", "reason"]),
                    "To do before this is sent"),
        pages.table(answers[["question", "metal", "answer", "reason", "comment", "evidence"]],
                    "Each answer and why", csv="derivation.csv"),
        pages.table(smelters, "Smelters declared"),
        pages.table(one.waiting, "Rows to be decided before this is sent", csv="waiting.csv"),
        pages.table(level, "Suppliers in scope and what they answered for"),
        pages.table(_beside_annex(one, annex), "Facilities that this and Annex I do not share"),
        *(pages.table(_differences(one, read), f"Other than what was sent (register, line {line})")
          for line, read in sorted(before.items())),
        pages.table(findings, "What the checks of a supplier's template say of it"),
        pages.table(behind[["question", "metal", "supplier_id", "said", "file", "sheet", "cell"]],
                    "The suppliers' answers behind each", csv="derivation.csv"),
    ]  # fmt: skip
    facts = pages.parts().facts([
        ("File", pages.Link(one.name, one.name)),
        ("Template", f"{one.blank.family} {one.blank.version}"),
        ("Scope", f"{one.scope.kind}: {'; '.join(one.scope.products)}"),
        ("Customers", ", ".join(one.order.customers)), ("Declared on", str(one.declared_on)),
        ("Rests on what was known by", str(as_of)), ("Annex I as of", str(as_of)),
        ("Smelters by id", str(given.count("id"))),
        ("Smelters that the template does not list", str(given.count("not listed"))),
    ])  # fmt: skip
    body = pages.Markup("").join([pages.Markup("<h1>Own declaration</h1>"), facts, *lists])
    return pages.page("Own declaration", body=body, foot=f"As of {as_of}",
                      nav=[("All requests", "../index.html"), ("This one", "")])  # fmt: skip


def _beside_annex(one, annex: pd.DataFrame) -> pd.DataFrame:
    ours = {(line.metal, line.smelter_id): line.name for line in one.smelters if line.smelter_id}
    filed = {(row.metal, row.smelter_id): row.smelter_name for row in annex.itertuples()}
    rows = [(*key, {**filed, **ours}[key], "here alone" if key in ours else "in Annex I alone")
            for key in sorted({*ours} ^ {*filed})]  # fmt: skip
    return pd.DataFrame(rows, columns=["metal", "smelter_id", "smelter_name", "stands"])


def _declared(read: dict) -> dict[tuple[str, str, str], str]:
    """What a template says, thing by thing, to be compared with another."""
    out = {("field", line[0], ""): line[1] for line in read["fields"]
           if line[0] not in ("title", "language", "revision")}  # fmt: skip
    out |= {("answer", line[1], line[2]): line[3] for line in read["answers"]}
    column = {name: place for place, name in enumerate(ROW_COLUMNS, 2)}  # after sheet and row
    for row in read["rows"]:
        one = row[column["smelter_id_reported"]] or row[column["name_reported"]]
        out["smelter", row[column["metal"]], one] = row[column["name_reported"]]
    return {key: str(value) for key, value in out.items() if value}


def _differences(one, before: dict) -> pd.DataFrame:
    now = _declared(read_bytes(one.content, default())[0])
    was = _declared(before)
    rows = [(*key, was.get(key, ""), now.get(key, "")) for key in sorted({*was, *now})
            if was.get(key, "") != now.get(key, "")]  # fmt: skip
    return pd.DataFrame(rows, columns=["kind", "what", "about", "as_sent", "as_made"])
