"""The tables of facilities: by status, country and rule, where their ore is from, and Annex I."""

from collections.abc import Callable

import pandas as pd

from conflict_minerals.filing.documents.document import Block
from conflict_minerals.filing.documents.tablemaker import (
    NONE,
    Maker,
    block,
    cell,
    day,
    said,
)
from conflict_minerals.filing.documents.wording import curly
from conflict_minerals.ground import countries
from conflict_minerals.ground.terms import METALS, STATUSES


def _by_status(make: Maker, name: str, of: str, lines, rests=(), **more) -> Block:
    """Facilities by status: ``lines`` are a label, the ids of the statuses, and of their sum."""
    rows = [[label, *(make.fig(one.format(s)) for s in STATUSES), make.fig(every)]
            for label, one, every in lines if make.value(every)]  # fmt: skip
    head = (of, *(make.label(status) for status in STATUSES), "Facilities")
    labels = tuple(f"setting:labels.{status}" for status in STATUSES)
    return block(name, head, rows, more.pop("widths", (2, 2, 2, 2, 2)), range(1, 5),
                  evidence=(*labels, *rests), **more)


def status_by_metal(make: Maker) -> Block:
    lines = [(said(m), f"{{}}_{m.lower()}", f"facilities_{m.lower()}") for m in METALS]
    lines.append((said("Total"), "{}", "facilities"))
    return _by_status(make, "status_by_metal", "3TG", lines, total=True)


def by_country(make: Maker) -> Block:
    """Facilities by the country they stand in, most first; those of unknown country last.

    Countries of the same figures share a line, which shows the figures of each.
    """
    codes = sorted(set(make.frame("facilities").get("country", pd.Series(dtype="str"))) - {""})
    codes.sort(key=lambda c: (-make.value(f"facilities_country_{c.lower()}"), countries.printed(c)))
    alike: dict[tuple, list[str]] = {}
    for code in codes:
        shown = tuple(make.value(f"{s}_country_{code.lower()}") for s in STATUSES)
        alike.setdefault(shown, []).append(code)
    lines = [
        (cell("; ".join(map(countries.printed, group)) + (" (each)" if group[1:] else ""),
              "facilities"),
         f"{{}}_country_{group[0].lower()}", f"facilities_country_{group[0].lower()}")
        for group in alike.values()
    ]
    if make.value("facilities_no_country"):
        lines.append((said("Unknown"), "{}_no_country", "facilities_no_country"))
    others = [f"figure:facilities_country_{code.lower()}" for group in alike.values()
              for code in group[1:]]
    return _by_status(make, "by_country", "Country", lines, others,
                      widths=(5.4, 2, 1.3, 2.6, 1.9))


def flags(make: Maker) -> Block:
    """Rules of the risk review that facilities matched, with how many; matches stay unnamed."""
    flags = make.frame("flags")
    if len(flags):
        flags = flags[flags["severity"].isin(["hard", "red", "soft"])]
        flags = flags.drop_duplicates("rule").sort_values(["severity", "rule"])
    weight = {"hard": "Red flag, escalated", "red": "Red flag", "soft": "Context"}
    rows = [
        [cell(curly(row["reason"]), "flags"), cell(weight[row["severity"]], "flags"),
         make.fig("flagged_" + row["rule"].replace("-", "_"))]
        for row in flags.to_dict("records")
    ]
    return block("flags", ("Criterion", "Kind", "Facilities"), rows, (6, 2, 1.4), (2,),
                  evidence=("table:flags",))


def origins(make: Maker) -> Block:
    """Countries of origin by metal, with the ground for each; then recycled and scrap sources."""
    rows = make.frame("origins")
    if len(rows):
        rows = rows[rows["basis"].isin(["evidence", "declared"])]
    words = {"evidence": "shown by documents", "declared": "reported by suppliers"}
    body = []
    if len(rows):
        for (metal, code), group in rows.groupby(["metal", "country"]):
            grounds = [words[b] for b in ("evidence", "declared") if b in set(group["basis"])]
            id = f"origin_{metal.lower()}_{code.lower()}"
            body.append([
                said(metal), cell(countries.printed(code), "origins"),
                cell(" and ".join(grounds).capitalize(), "origins"), make.fig(id),
            ])
    recycled = {metal: f"facilities_recycled_{metal.lower()}" for metal in METALS}
    body += [[said(metal), said("Recycled or scrap sources only"),
              said(words["declared"].capitalize()), make.fig(id)]
             for metal, id in recycled.items() if make.value(id)]
    head = ("3TG", "Country of origin or source", "Basis", "Facilities")
    return block("origins", head, body, (2, 4, 4, 1.6), (3,), evidence=("table:origins",))


def annex_i(metal: str, conformant: bool | None = None) -> Callable[[Maker], Block]:
    """The lines of Annex I for a metal; the date of the status where they are of several days.

    ``conformant``: those that are, or the others; by default all.
    """
    columns = {"smelter_name": ("Smelter or refiner", 5.4), "country_name": ("Country", 3.2),
               "status_label": ("Status", 2.2), "status_as_of": ("Status as of", 1.9),
               "smelter_id": ("Smelter ID", 1.9)}

    def make_table(make: Maker) -> Block:
        rows = make.frame("annex_i")
        left_out = {"status_label"} if conformant else set()
        left_out |= {"status_as_of"} if len(set(rows["status_as_of"]) - {""}) < 2 else set()
        shown = [c for c in columns if c not in left_out]
        mine = rows["metal"] == metal
        if conformant is not None:
            is_so = rows["status_label"] == make.program["labels"]["conformant"]
            mine &= is_so == conformant
        body = [[cell(day(row[column]), "annex_i") for column in shown]
                for row in rows[mine].to_dict("records")]
        head, widths = zip(*(columns[column] for column in shown), strict=True)
        return block(f"annex_i_{metal.lower()}", head, body, widths,
                      evidence=("table:annex_i",))

    return make_table


def changed_facilities(make: Maker) -> Block:
    """Facilities that came, went or changed status since the year compared with, by name."""
    words = {"added": "Added", "removed": "No longer reported", "status": "Status changed"}
    rows = make.frame("changes")
    rows = rows[(rows["area"] == "facilities") & rows["change"].isin(words)]
    body = [
        [cell(row["metal"], "changes"), cell(row["name"] or row["subject"], "changes"),
         cell(words[row["change"]], "changes"),
         *(make.label(row[side]) if row[side] in STATUSES else said(NONE)
           for side in ("before", "now"))]
        for row in rows.to_dict("records")
    ]  # fmt: skip
    head = ("3TG", "Smelter or refiner", "Change", "Status before", "Status now")
    return block("changed_facilities", head, body, (1.6, 5, 2.6, 2.2, 2.2),
                  evidence=("table:changes",))
