"""Makes every declaration that the register asks for: a folder each, a page of what is due.

Nothing is sent, and nothing of the year is touched: its tables are read as they were sealed.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from conflict_minerals.cmrt import read_bytes
from conflict_minerals.customers import derivation, register, sourcing, told
from conflict_minerals.customers.blank import Blank
from conflict_minerals.customers.filling import Declaration
from conflict_minerals.customers.filling import fill as fill_blank
from conflict_minerals.customers.grammar import Unsupported
from conflict_minerals.ground import library
from conflict_minerals.ground.csvfiles import to_csv, to_date
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.limits import Refused, default
from conflict_minerals.ground.text import fold, number_of
from conflict_minerals.intake import read_folder
from conflict_minerals.smelters import build_reference, load_lists
from conflict_minerals.store import manifest, yearfolders
from conflict_minerals.survey import find_faults
from conflict_minerals.year import load_inputs

_TABLES = ("answers", "annex_i", "facilities", "mineral_facilities", "products", "responses",
           "smelter_rows", "suppliers")  # fmt: skip
_GATE = ["gate", "subject", "reason"]


@dataclass(frozen=True)
class _Year:
    """A year as it was sealed, and who its suppliers are, for what may not be told."""

    inputs: object
    tables: dict[str, pd.DataFrame]
    as_of: date  # what was known by then
    declared_on: date
    digest: str
    raw: Path

    @property
    def private(self) -> list[str]:
        """Words of suppliers, folded, that may not stand in what is sent."""
        roster = self.inputs.suppliers
        held = [*roster["supplier_name"], *roster["supplier_id"], *roster["contact_name"],
                *self.tables["responses"]["company_name"]]  # fmt: skip
        return sorted({fold(one) for one in held if fold(one)})


@dataclass
class Made:
    """One declaration with everything that its page tells."""

    name: str
    declared_on: date
    order: register.Order
    blank: Blank
    scope: derivation.Scope
    said: derivation.Said
    derived: pd.DataFrame
    smelters: list
    waiting: pd.DataFrame
    content: bytes
    gates: list[tuple[str, str, str]]
    findings: pd.DataFrame | None = None


def fill(
    raw: Path, outputs: Path, customers: Path, target: Path, year: int, declared_on: str = ""
) -> pd.DataFrame:
    """Fill each template that customers asked for into ``target``; gives what stays to be done.

    ``declared_on`` is the day that the declarations bear, by default the year's review date.
    The result has the columns ``gate, subject, reason``: answers that stay open, rows to be
    decided, templates that cannot be filled, findings on what was made.

    Raises:
        InputError: the register or the year's outputs are wrong; ``target`` was edited.
    """
    held = _year(raw, outputs, year, declared_on)
    asked = register.load(customers)
    made, gates = [], []
    for order in register.orders(asked):
        try:
            made.append(_make(order, customers / "templates", held))
        except InputError as error:
            gates.append(("template", order.folder, str(error)))
        except (Refused, Unsupported, LookupError, ValueError, RecursionError) as error:
            gates.append(("template", order.folder,
                          f"templates/{order.template}: is not laid out as published ({error})"))
    _check(made, held)
    files = _files(made, asked, customers, held)
    used = {f"{customers.name}/{name}": manifest.sha256(customers / name)
            for name in manifest.files_of(customers)}  # fmt: skip
    with yearfolders.replacing(target, check=lambda: _unedited(target)) as (new,):
        for name, data in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        sealed = manifest.build(
            new, year=year, digest=held.digest, inputs=used,
            parameters={"as_of": str(held.as_of), "declared_on": str(held.declared_on)},
        )
        (new / manifest.NAME).write_bytes(sealed)
    for one in made:
        gates += one.gates
    return pd.DataFrame(gates, columns=_GATE)


def _unedited(target: Path) -> None:
    if not target.exists() or not manifest.files_of(target):
        return
    changed = manifest.changed(target, manifest.read(target))
    kept = [(file, how) for file, how in changed if how != "removed"]
    if kept:
        raise InputError(f"was {kept[0][1]} since it was made, and would be lost",
                         file=f"{target.name}/{kept[0][0]}", fix="Move it elsewhere")  # fmt: skip


def _year(raw: Path, outputs: Path, year: int, declared_on: str) -> _Year:
    sealed = manifest.read(outputs)
    if sealed["year"] != year:
        raise InputError(f"holds the outputs of {sealed['year']}", file=outputs.name)
    tables = {}
    for name in _TABLES:
        file = f"tables/{name}.csv"
        if sealed["outputs"].get(file) != (
            manifest.sha256(outputs / file) if (outputs / file).is_file() else ""):  # fmt: skip
            raise InputError("is not as the run left it", file=f"{outputs.name}/{file}",
                             fix="Put it back, or run `report` again")  # fmt: skip
        tables[name] = pd.read_csv(outputs / file, dtype="str", keep_default_na=False)
    as_of = date.fromisoformat(sealed["parameters"]["as_of"])
    day = to_date(declared_on, file="--as-of") or as_of
    return _Year(load_inputs(raw, year), tables, as_of, day, sealed["digest"], raw)


def _make(order: register.Order, templates: Path, held: _Year) -> Made:
    path = templates / order.template
    if not path.is_file():
        raise InputError("is not there", file=f"templates/{order.template}",
                         fix="Download the blank from its publisher and put it there")  # fmt: skip
    blank = Blank(path.read_bytes(), order.template)
    said = derivation.said_in(held.tables, blank.family)
    tables, offered = held.tables, blank.minerals()
    if blank.family != "CMRT" and not order.metals:
        declared = said.answers[said.answers["topic"].eq("used_intentionally")]["metal"]
        declared = {*declared} & {*offered} if offered else {*declared}
        order = replace(order, metals=tuple(sorted(declared)))
    if wrong := [one for one in order.metals if offered and one not in offered]:
        raise InputError(f"{wrong[0]} is none of its metals", file=register.FILE, where=order.where,
                         fix=f"{order.template} offers {', '.join(offered)}")  # fmt: skip
    scope = register.scope_of(order, blank.family, tables["products"], tables["suppliers"])
    topics = {q.topic: bool(q.answers[0][1]) for q in blank.layout.questions}
    derived = derivation.derive(scope, said, blank.family, topics, held.inputs.program)
    no = derived[derived["topic"].isin(derivation.GATES)
                 & derived["answer"].isin(derivation.NOT_USED)]["metal"]  # fmt: skip
    used = tuple(one for one in scope.suppliers if one not in set(no))
    known = pd.concat([tables["facilities"], tables["mineral_facilities"]])
    lines = sourcing.smelters(scope, said, known, used, held.private)
    answers = {(row.topic, row.metal): (row.answer, row.comment) for row in derived.itertuples()}
    declared = Declaration(
        order.kind, held.declared_on, _fields(scope, held), answers, lines,
        [_product(name, scope) for name in scope.products] if order.kind == "products" else [],
        order.metals if blank.family != "CMRT" else ())  # fmt: skip
    gates = _open(order, derived, held)
    waiting = sourcing.waiting(scope, said)
    if len(waiting):
        gates.append(("row", order.folder, "wait for a decision and are not in the list, see "
                      f"waiting.csv: {number_of(len(waiting), 'row', 'rows')}"))  # fmt: skip
    return Made(
        _name(blank, held), held.declared_on, order, blank, scope, said, derived, lines, waiting,
        fill_blank(blank, declared), gates)  # fmt: skip


def _fields(scope: derivation.Scope, held: _Year) -> dict[str, str]:
    program = held.inputs.program
    registrant, own = program["registrant"], program["declaration"]
    told = {"company_name": registrant["name"], "address": registrant["address"], **own}
    if scope.kind == "family":
        told["scope_description"] = f"Product family: {'; '.join(scope.products)}"
    return {name: str(value) for name, value in told.items() if value}


def _product(name: str, scope: derivation.Scope) -> dict[str, str]:
    theirs = scope.requester.get(name, "")
    return {"number": name, "name": name, "requester_number": theirs,
            "comments": f"Your number: {theirs}" if theirs else ""}  # fmt: skip


def _open(order, derived: pd.DataFrame, held: _Year) -> list[tuple[str, str, str]]:
    out = []
    for row in derived[derived["state"].eq(derivation.OPEN)].drop_duplicates(
        ["topic", "metal"]).itertuples():  # fmt: skip
        about = f"{row.topic} {row.metal}".strip()
        fix = "give it in customer_answers of program.yml, with its fact" if (
            row.rule == "program") else "no rule decides it"  # fmt: skip
        out.append(("answer", order.folder, f"{about} stays open: {fix}"))
    own = held.inputs.program["declaration"]
    for name in ("contact_name", "contact_email", "contact_phone", "authorizer",
                 "authorizer_email"):  # fmt: skip
        if not own[name]:
            out.append(("answer", order.folder, f"declaration.{name} of program.yml is blank"))
    return out


def _check(made: list[Made], held: _Year) -> None:
    """Hold what was made against the rules that a supplier's template is held against."""
    if not made:
        return
    allowed = {row["rule"] for row in library.records("own_findings")}
    with tempfile.TemporaryDirectory() as folder:
        for one in made:
            path = Path(folder) / one.order.folder / one.name
            path.parent.mkdir()
            path.write_bytes(one.content)
        taken = read_folder(Path(folder))
    name = held.inputs.program["registrant"]["name"]
    roster = pd.DataFrame([{"supplier_id": one.order.folder, "supplier_name": name}
                           for one in made])  # fmt: skip
    roster = roster.reindex(columns=held.inputs.suppliers.columns, fill_value="").astype("str")
    known = build_reference(
        taken.lookups, load_lists(held.raw, held.inputs.lists, held.inputs.decisions),
        as_of=held.declared_on)  # fmt: skip
    none = {name: getattr(held.inputs, name).head(0)
            for name in ("correspondence", "decisions", "products")}  # fmt: skip
    found = find_faults(taken, replace(held.inputs, suppliers=roster, **none), reference=known,
                        as_of=held.declared_on)  # fmt: skip
    for one in made:
        own = found[found["supplier_id"].eq(one.order.folder) & found["severity"].ne("info")]
        one.findings = own
        for row in own[~own["rule"].isin(allowed)].itertuples():
            told = ("finding", one.order.folder, f"{row.sheet}!{row.cell}: {row.message}")
            if told not in one.gates:
                one.gates.append(told)


def _name(blank: Blank, held: _Year) -> str:
    """What the file is called: a customer sees it, so it tells nothing of the others."""
    own = re.sub(r"[^A-Za-z0-9]+", "-", held.inputs.program["registrant"]["short_name"]).strip("-")
    return f"{blank.family}_{blank.version}_{own}_{held.declared_on}.xlsx"


def _files(made: list[Made], asked: pd.DataFrame, customers: Path, held: _Year):
    """Every file of the folder of results by its path, but the manifest."""
    files: dict[str, bytes] = {}
    sent = _sent(asked, customers)
    for one in made:
        folder = one.order.folder
        files[f"{folder}/{one.name}"] = one.content
        files[f"{folder}/derivation.csv"] = to_csv(one.derived)
        files[f"{folder}/waiting.csv"] = to_csv(one.waiting)
        before = {line: sent[line][1] for line in one.order.lines if line in sent}
        files[f"{folder}/index.html"] = told.declaration(
            one, held.tables["annex_i"], held.as_of, before).encode()  # fmt: skip
    said = derivation.said_in(held.tables, "CMRT")
    trace = sourcing.trace(held.tables["products"], said, held.tables["facilities"])
    place = {line: one.order.folder for one in made for line in one.order.lines}
    due = register.due(asked, place, {line: sha for line, (sha, _) in sent.items()},
                       str(held.declared_on))
    files |= {"product_trace.csv": to_csv(trace), "due.csv": to_csv(due)}
    todo = {one.order.folder: len(one.gates) for one in made}
    files[manifest.INDEX] = manifest.seal(told.requests(due, trace, held.as_of, todo).encode())
    return files


def _sent(asked: pd.DataFrame, customers: Path) -> dict[int, tuple[str, dict]]:
    """What was sent, by the register's line: its hash and what it says, where it is kept."""
    out = {}
    for row in asked[asked["sent_file"].ne("")].itertuples():
        path = customers / "sent" / row.sent_file
        if not path.is_file():
            raise InputError("is not there", file=f"sent/{row.sent_file}",
                             where=f"{register.FILE}, line {row.line}",
                             fix="Keep what was sent there, or leave sent_file blank")  # fmt: skip
        data = path.read_bytes()
        out[row.line] = hashlib.sha256(data).hexdigest(), read_bytes(data, default())[0]
    return out
