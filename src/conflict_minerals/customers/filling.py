"""Puts a declaration into a blank template, in the words that the blank's own lists offer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from conflict_minerals.cmrt import letters, read_answer
from conflict_minerals.customers.blank import Blank
from conflict_minerals.ground import countries, library
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import NOT_IDENTIFIED, NOT_LISTED

_SCOPES = {"company": "A", "products": "B", "family": "C"}
_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class Smelter:
    """A line of the Smelter List; id and name are blank for one that is not identified."""

    metal: str
    smelter_id: str
    name: str = ""
    country: str = ""  # ISO 3166 alpha-3
    mines: str = ""
    mine_countries: str = ""
    recycled: str = ""

    def listed(self, blank: Blank) -> bool:
        """Whether the blank's own look-up knows the id, under the same metal."""
        return blank.known.get(self.smelter_id, [""])[0] == self.metal


@dataclass(frozen=True)
class Declaration:
    """What is declared: ``fields`` by the names of the layouts, ``scope`` as in the register,
    ``answers`` by topic and metal as ``(answer, comment)``, ``products`` as
    ``{number, name, requester_number, requester_name}``, ``minerals`` of an EMRT."""

    scope: str
    effective: date | None  # none for the recipient to enter
    fields: dict[str, str]
    answers: dict[tuple[str, str], tuple[str, str]]
    smelters: list[Smelter]
    products: list[dict[str, str]] = field(default_factory=list)
    minerals: tuple[str, ...] = ()


def fill(blank: Blank, declared: Declaration) -> bytes:
    """The blank with the declaration in it.

    Raises:
        InputError: the list is longer than the template's, or a cell is protected.
    """
    plan, sheet = blank.layout, blank.layout.sheets["declaration"]
    for name, value in declared.fields.items():
        if value and name in plan.fields:
            blank.put(sheet, plan.fields[name], value)
    scope = _offered(blank, plan.fields["scope"], lambda text: text.startswith(
        _SCOPES[declared.scope]))  # fmt: skip
    blank.put(sheet, plan.fields["scope"], scope or _SCOPES[declared.scope])
    if declared.effective:
        blank.put(sheet, plan.fields["effective_date"], float((declared.effective - _EPOCH).days))
    for cell in plan.minerals.get("selected", ()):
        name = next((str(one) for one in blank.choices(sheet, cell) if "(" not in str(one)), "")
        if name:
            blank.put(sheet, cell, name if name in declared.minerals else f"(Delete {name})")
    _answer(blank, declared)
    _smelters(blank, declared.smelters)
    columns, first = plan.columns["products"], plan.rows["products"][1]
    for row, product in enumerate(declared.products, first):
        for name, value in product.items():
            if value and name in columns:
                blank.put(plan.sheets["products"], f"{letters(columns[name])}{row}", value)
    return blank.filled()


def _offered(blank: Blank, cell: str, fits):
    sheet = blank.layout.sheets["declaration"]
    return next((one for one in blank.choices(sheet, cell) if fits(str(one))), None)


def _answer(blank: Blank, declared: Declaration) -> None:
    plan, sheet = blank.layout, blank.layout.sheets["declaration"]
    columns = plan.columns["declaration"]
    undeclared = {*blank.minerals()} - {*declared.minerals} if declared.minerals else set()
    for question in plan.questions:
        metals = iter(sorted(declared.minerals))
        for row, metal in question.answers:
            metal = next(metals, "?") if metal == "?" else metal
            answer, comment = declared.answers.get((question.topic, metal), ("", ""))
            if question.topic == "used_intentionally" and metal in undeclared:
                answer = "Not applicable"
            if answer:
                cell = f"{letters(columns['answer'])}{row}"
                blank.put(sheet, cell, _words(blank, cell, answer, question.topic, metal))
            if comment:
                blank.put(sheet, f"{letters(columns['comment'])}{row}", comment)


def _words(blank: Blank, cell: str, answer: str, topic: str, metal: str) -> str | float:
    """An answer as the cell's own list has it: 100 % is a number in some revisions."""

    def fits(text: str) -> bool:
        text = text.removesuffix(".0")
        return read_answer(text, blank.family, blank.version, topic, metal).answer == answer

    offered = _offered(blank, cell, fits)
    if offered is None:  # no list that can be read: the words that templates have had
        texts = (row["text"] for row in library.records("answers") if row["language"] == "English")
        offered = next((text for text in (answer, *texts) if fits(text)), answer)
    return offered


def _smelters(blank: Blank, smelters: list[Smelter]) -> None:
    plan, sheet = blank.layout, blank.layout.sheets["smelters"]
    columns = {name: letters(column) for name, column in plan.columns["smelters"].items()}
    _, first, last = plan.rows["smelters"]
    if len(smelters) > last - first + 1:
        raise InputError(f"has room for {last - first + 1} smelters, not for {len(smelters)}",
                         file=blank.file, fix="Declare a narrower scope")  # fmt: skip
    blank.rows = len(smelters)
    offered = blank.choices(sheet, f"{columns['country']}{first}")
    named = {countries.iso3(one): one for one in offered}
    for row, one in enumerate(smelters, first):
        held = {"mines": one.mines, "mine_countries": one.mine_countries, "recycled": one.recycled}
        if one.listed(blank):
            held["id_input"] = one.smelter_id
        elif not (one.smelter_id or one.name):
            held |= {"metal": one.metal, "lookup": NOT_IDENTIFIED}
        else:
            country = named.get(one.country) or countries.printed(one.country)
            held |= {"metal": one.metal, "lookup": NOT_LISTED, "name": one.name, "country": country}
        for name, value in held.items():
            if value:
                blank.put(sheet, f"{columns[name]}{row}", value)
