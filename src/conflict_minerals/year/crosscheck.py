"""Inputs held against one another: roster, products, folders, lists and dates. None stops a run."""

from datetime import date

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.csvfiles import to_date
from conflict_minerals.year.inputs import Inputs, split


def find(inputs: Inputs, as_of: date) -> pd.DataFrame:
    """Where they disagree on the review date: ``subject, note``."""
    notes = [(f"file {name}", f"names no {what} yet")
             for name, what, rows in (("suppliers.csv", "supplier", inputs.suppliers),
                                      ("products.csv", "product", inputs.products))
             if rows.empty]
    served = {
        (product.product, supplier)
        for product in inputs.products.itertuples()
        for supplier in split(product.suppliers)
    }
    listed = {
        (product, supplier.supplier_id)
        for supplier in inputs.suppliers.itertuples()
        for product in split(supplier.products)
    }
    for product, supplier in sorted(served - listed):
        note = f"products.csv names it for {product}; suppliers.csv does not"
        notes.append((f"supplier {supplier}", note))
    for product, supplier in sorted(listed - served):
        note = f"suppliers.csv names {product} for it; products.csv does not"
        notes.append((f"supplier {supplier}", note))
    for product in inputs.products.itertuples():
        if not product.suppliers:
            notes.append((f"product {product.product}", "no supplier is named for it"))
    paths = [file.split("/") for file in inputs.files["file"]]
    folders = {path[1] for path in paths if path[0] == "cmrt" and len(path) > 2}
    for name in sorted(folders - set(inputs.suppliers["supplier_id"])):
        notes.append((f"folder cmrt/{name}", "no supplier of suppliers.csv has this id"))
    named = set(inputs.lists["file"])
    for file in inputs.files["file"]:
        if file.startswith("lists/") and file not in named:
            notes.append((f"file {file}", "is not named in lists.yml, so it is not used"))
    shipped = {p.name for p in library.path("wording").iterdir()}
    for file in inputs.files["file"]:
        if file.startswith("wording/") and file.endswith(".md") and file[8:] not in shipped:
            note = "is no text template that ships: used only where one of the year's own names it"
            notes.append((f"file {file}", note))
    classed = inputs.suppliers["spend"] != ""
    for supplier in inputs.suppliers.loc[~classed & classed.any(), "supplier_id"]:
        notes.append((f"supplier {supplier}", "has no class of spend, though others have one"))
    notes += [(f"file {row.file}", row.note) for row in inputs.noted.itertuples()]
    if as_of <= date(inputs.program["year"], 12, 31):
        notes.append(("review date", f"{as_of} is before the end of the reporting period"))
    late = inputs.lists[inputs.lists["as_of"] > as_of.isoformat()]
    for row in late.itertuples():
        notes.append((f"list {row.list_id}", f"is of {row.as_of}, after the review date"))
    notes += _decided_later(inputs.decisions, as_of)
    notes += _old(inputs.lists, as_of, inputs.program["status"]["list_age_days"])
    if not inputs.program["status"]["expired_counts"]:
        note = "false: an audit past its cycle does not count, though its list names the facility"
        notes.append(("setting status.expired_counts", note))
    return pd.DataFrame(notes, columns=["subject", "note"], dtype="str")


def _decided_later(decisions: pd.DataFrame, as_of: date) -> list[tuple[str, str]]:
    """Decisions of a day after the review date, by which nobody can have known of them."""
    days = [to_date(day) for day in decisions["decided_on"]]
    return [(f"decision {id}", f"was decided on {day}, after the review date")
            for id, day in zip(decisions["id"], days, strict=True) if day > as_of]


def _old(lists: pd.DataFrame, as_of: date, days: int) -> list[tuple[str, str]]:
    """The newest assurance list of each kind, scheme and metals that is older than so many days."""
    kinds = library.table("list_kinds")
    assuring = kinds.loc[kinds["group"] == "assuring", "kind"]
    known = lists[lists["kind"].isin(assuring) & (lists["as_of"] <= as_of.isoformat())]
    newest = known.sort_values("as_of").drop_duplicates(["kind", "scheme", "metals"], keep="last")
    age = (pd.Timestamp(as_of) - pd.to_datetime(newest["as_of"])).dt.days
    note = "is of {}, {} days before the review date: get a newer one, or see that none exists"
    return sorted((f"list {row.list_id}", note.format(row.as_of, n))
                  for row, n in zip(newest.itertuples(), age, strict=True) if n > days)
