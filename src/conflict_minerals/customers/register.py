"""``customers.csv``: who asked for what and by when, what was sent, what is one file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from conflict_minerals.customers.derivation import Scope
from conflict_minerals.ground import pages
from conflict_minerals.ground.csvfiles import read, to_date
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import AS_ASKED

FILE = "customers.csv"
_COLUMNS = ["customer_id", "customer_name", "asked_on", "due_on", "template", "scope"]
_OPTIONAL = ["products", "metals", "recipient", "sent_on", "sent_file", "renew_on", "notes"]
_DATES = ("asked_on", "due_on", "sent_on", "renew_on")
SCOPES = ("company", "products", "family")


@dataclass(frozen=True)
class Order:
    """One file to be made: a scope and a template, for every customer that asked for it."""

    folder: str
    template: str
    kind: str
    products: tuple[str, ...]
    metals: tuple[str, ...]
    requester: dict[str, str]
    customers: tuple[str, ...]
    lines: tuple[int, ...]  # of the register

    @property
    def where(self) -> str:
        return f"line {self.lines[0]}"


def load(folder: Path) -> pd.DataFrame:
    """The register, dates as ISO text.

    Raises:
        InputError: a column or value is wrong; the line is named.
    """
    if not (folder / FILE).is_file():
        raise InputError("is missing", file=f"{folder.name}/{FILE}",
                         fix=f"Give it the columns {', '.join(_COLUMNS)}")  # fmt: skip
    asked = read(folder / FILE, _COLUMNS, optional=_OPTIONAL)
    for row in asked.itertuples():
        where = f"line {row.line}"
        for name in ("customer_id", "template"):
            if not getattr(row, name):
                raise InputError(f"{name} is blank", file=FILE, where=where)
        if row.scope not in SCOPES:
            raise InputError(f"{row.scope!r} is no scope", file=FILE, where=where,
                             fix=f"Write {', '.join(SCOPES)}")  # fmt: skip
        if (row.scope == "company") == bool(row.products):
            need = "names products" if row.products else "names no product"
            raise InputError(f"a scope {row.scope} {need}", file=FILE, where=where,
                             fix="Name products for products and family only")  # fmt: skip
        for name in ("template", "sent_file"):
            if "/" in getattr(row, name) or "\\" in getattr(row, name):
                raise InputError(f"{name} is a path", file=FILE, where=where,
                                 fix="Write the file's name alone")  # fmt: skip
    for name in _DATES:
        asked[name] = [str(to_date(value, file=FILE, where=f"line {line}") or "")
                       for value, line in zip(asked[name], asked["line"], strict=True)]  # fmt: skip
    return asked


def orders(asked: pd.DataFrame) -> list[Order]:
    """The files that the register asks for, each once, sorted by folder."""
    held: dict[tuple, list] = {}
    for row in asked.itertuples():
        pairs = [part.partition("=") for part in _split(row.products)]
        products = tuple(sorted((own.strip(), theirs.strip()) for own, _, theirs in pairs))
        metals = tuple(sorted(one.title() for one in _split(row.metals)))
        held.setdefault((row.template, row.scope, products, metals), []).append(row)
    out, taken = [], set()
    for (template, kind, products, metals), rows in held.items():
        said = [kind, *(part for pair in products for part in pair), *metals, Path(template).stem]
        plain = re.sub(r"[^a-z0-9]+", "-", " ".join(filter(None, said)).lower()).strip("-")
        folder = pages.slug(plain) if plain not in taken else pages.slug(*said)
        taken.add(plain)
        out.append(Order(
            folder, template, kind, tuple(name for name, _ in products), metals,
            {own: theirs for own, theirs in products if theirs},
            tuple(row.customer_id for row in rows),
            tuple(int(row.line) for row in rows)))  # fmt: skip
    return sorted(out, key=lambda one: one.folder)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def scope_of(order: Order, family: str, products: pd.DataFrame, suppliers: pd.DataFrame) -> Scope:
    """The products, metals and suppliers that an order is about.

    Raises:
        InputError: a product is not in scope this year, or a metal is left out that it needs.
    """
    scoped = products[products["in_scope"].eq("true")]
    unknown = [name for name in order.products if name not in set(scoped["product"])]
    if unknown:
        raise InputError(f"{unknown[0]!r} is no product in scope", file=FILE, where=order.where,
                         fix=f"In scope are {', '.join(scoped['product'])}")  # fmt: skip
    if order.products:
        scoped = scoped[scoped["product"].isin(order.products)]
    everyone = tuple(sorted(suppliers["supplier_id"]))
    by_product = {row.product: tuple(_split(row.suppliers)) or everyone
                  for row in scoped.itertuples()}  # fmt: skip
    if family != "CMRT":
        if not order.metals:
            raise InputError("no supplier has declared a mineral", file=FILE, where=order.where,
                             fix="Name the minerals in the column metals")  # fmt: skip
        serving = tuple(sorted({one for held in by_product.values() for one in held}))
        held = dict.fromkeys(order.metals, serving)
        return Scope(order.kind, tuple(scoped["product"]), order.metals, held, order.requester)
    held = {}
    for metal in AS_ASKED:
        using = scoped[scoped[metal.lower()].eq("yes")]["product"]
        if len(using):
            held[metal] = tuple(sorted({one for name in using for one in by_product[name]}))
    left_out = [one for one in held if order.metals and one not in order.metals]
    if left_out:  # to leave it blank is incomplete, and No would be untrue
        raise InputError(f"leaves out {left_out[0]}, which the products need", file=FILE,
                         where=order.where, fix="A CMRT answers for every metal")  # fmt: skip
    return Scope(order.kind, tuple(scoped["product"]), tuple(held), held, order.requester)


def due(asked: pd.DataFrame, made: dict[str, str], sent: dict[int, str], day: str) -> pd.DataFrame:
    """The requests by the day on which something is due next, those without last: ``state`` is
    ``to send``, ``to renew`` (what was sent is to be renewed by ``day``) or ``sent``; with the
    folder of each one's file and the hash of what was sent, by line of the register."""
    sent_already = asked["sent_on"].ne("")
    again = asked["renew_on"].ne("") & asked["renew_on"].le(day)
    state = again.map({True: "to renew", False: "sent"}).where(sent_already, "to send")
    out = asked.assign(
        next_on=asked["renew_on"].where(sent_already, asked["due_on"]),
        state=state, last=state.eq("sent"),
        file=[made.get(one, "") for one in asked["line"]],
        sent_sha256=[sent.get(one, "") for one in asked["line"]],
    )  # fmt: skip
    names = ["next_on", "customer_id", "customer_name", "state", "file", "scope", "products",
             "template", "asked_on", "due_on", "recipient", "sent_on", "sent_sha256", "renew_on",
             "notes"]  # fmt: skip
    return out.sort_values(["last", "next_on", "customer_id"], ignore_index=True)[names]
