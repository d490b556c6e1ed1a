"""The year's lists of facilities, one row an entry and metal: assurance, reference and retired ids.

Header rows are found by meaning and columns by ``list_columns.csv``. A row that cannot
be used stays in the table with its ``problem``.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import countries, ids, library, tables
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import fold
from conflict_minerals.smelters import grids, listdates, listheads, listmetals, revisions
from conflict_minerals.year import decision_key, facility_of, stands

# The kinds of lists.yml that speak of identity and status; the others belong to the risk review.
KINDS = tuple(row["kind"] for row in library.records("list_kinds") if row["group"] != "risk")
# A line of one cell below the header; it is no fault unless it holds what a supplier reported.
REMARK = "taken for a title or a note"
# A line that counts, though whoever opens the list does not see it.
HIDDEN = "its row is hidden in the sheet"
_NOTED = ("noted_on", "removed_on", "added_on")
_YES = {"yes", "y", "x", "true", "1"}
_NO = {"", "no", "n", "false", "0", "na", "n a", "none"}
_ANY_ID = re.compile(r"CID\s?\d{6}", re.IGNORECASE)


def load(raw: Path, lists: pd.DataFrame, decisions: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every entry of the year's lists of facilities.

    Args:
        raw: the year's input folder; files are sought in its ``lists/``.
        lists: ``list_id, file, kind, scheme, as_of, metals`` as ``inputs`` reads ``lists.yml``.
        decisions: ``decisions.csv``; those of kind ``list`` say what a line means, or that it
            means nothing.

    Returns:
        The columns of ``list_entries`` in ``tables.csv``; entries with a ``problem`` included.

    Raises:
        InputError: a file is missing, unreadable, or without a header that can be found.
    """
    named = lists[lists["kind"].isin(KINDS)].sort_values("list_id", kind="stable")
    with grids.opened() as grids_of:
        parts = [read(_path(raw, one["file"]), one, grids_of) for one in named.to_dict("records")]
    parts = [part for part in parts if len(part)]
    made = tables.frame(pd.concat(parts, ignore_index=True) if parts else [], "list_entries")
    return _decided(made, stands(decisions, "list"))


def _decided(entries: pd.DataFrame, answers: dict[tuple, dict]) -> pd.DataFrame:
    """The entries with what people decided of lines that could not be read."""
    for at, row in entries.iterrows() if answers else ():
        line = answers.get(decision_key("list", f"{row['list_id']}|{row['says']}"))
        if line is None or not (row["problem"] or row["unread"]):
            continue
        entries.loc[at, "decision"] = line["id"]
        metal, one = facility_of(line["value"])
        if one:
            note = "; ".join(filter(None, [row["note"], row["problem"]]))
            entries.loc[at, ["metal", "smelter_id", "problem", "note"]] = [metal, one, "", note]
    return entries


def _path(raw: Path, file: str) -> Path:
    return raw / file if file.startswith("lists/") else raw / "lists" / file


def read(path: Path, one: dict, grids_of: Callable) -> pd.DataFrame:
    """The entries of one list; ``one`` is its line of ``lists``, ``grids_of`` reads its sheets."""
    name = one["file"] if one["file"].startswith("lists/") else f"lists/{one['file']}"
    known = {
        "list_id": one["list_id"], "kind": one["kind"], "scheme": one.get("scheme") or "",
        "list_metals": _joined(one.get("metals")), "as_of": _iso(one.get("as_of")), "file": name,
    }
    records, headers, unread = [], 0, []
    for grid in grids_of(path, name):
        rows = [(number, {column: said for column, value in row.items()
                          if (said := grids.text(value))}) for number, row in grid.rows]
        at, fields = listheads.header(rows)
        if at < 0:
            if any(_ANY_ID.search(text) for _, row in rows for text in row.values()):
                raise _no_header(name, grid.sheet)
            unread += listheads.without_header(rows, {**known, "sheet": grid.sheet})
            continue
        headers += 1
        listheads.find_ids(rows[at + 1:], fields)
        about = {**known, "sheet": grid.sheet,
                 "sheet_metal": ";".join(listmetals.of_sheet(grid.sheet)) or known["list_metals"],
                 "sheet_state": _state(grid.sheet, known["kind"])}
        unread += listheads.unread_columns(rows[at], fields, about)
        dated = _dates(grid, at, fields)
        cycles = rows[at][1].get(fields.get("audit_cycle", 0), "")
        for number, row in rows[at + 1:]:
            if row and row != rows[at][1]:
                line = {**about, "row": number, "cycles": cycles, **dated[number],
                        "note": HIDDEN * (number in grid.hidden)}
                records += _entries(row, fields, line)
    if not headers:
        raise _no_header(name, "")
    revisions.judge(records)
    return pd.DataFrame(records + unread, columns=list(tables.names("list_entries")))


def _dates(grid: grids.Grid, at: int, fields: dict[str, int]) -> dict[int, dict]:
    """By row, what was read in the columns of dates: ``(ISO text, remark)`` each."""
    found: dict[int, dict] = {number: {} for number, _ in grid.rows}
    for field in ("last_audit", "noted_on", "removed_on", "added_on"):
        held = [(number, row.get(fields.get(field, 0), "")) for number, row in grid.rows[at + 1:]]
        order = listdates.day_order([value for _, value in held])
        for number, value in held:
            found[number][field] = listdates.day(value, order, grid.epoch_1904)
    return found


def _no_header(name: str, sheet: str) -> InputError:
    return InputError(
        f"has no header row that can be found in the first {listheads.WITHIN} rows",
        file=name, where=f"sheet {sheet}" if sheet else "",
        fix="It needs a line with headers such as Metal, Smelter ID, Standard Smelter Name and "
            "Country (schema/list_columns.csv lists the words that are known)",
    )


def _entries(row: dict[int, str], fields: dict[str, int], known: dict) -> list[dict]:
    """The entries of a line: one for each metal that it names."""
    def cell(field: str) -> str:
        return row.get(fields.get(field, 0), "")

    problems, notes, unread = [], [known["note"], cell("basis"), cell("note")], []
    history = known["kind"] in revisions.KINDS
    if len(row) == 1:
        problems.append(REMARK)
    smelter_id = _id(cell("smelter_id"), known["kind"], problems, notes)
    if not history and revisions.change(known["sheet"]) == "removed":
        problems.append(f"its sheet {known['sheet']!r} is named for what was taken off")
    old_id = ids.read(cell("old_id"))
    name, country = cell("name"), cell("country")
    iso3 = countries.iso3(country)
    if not smelter_id and not name:
        problems.append("neither id nor name")
    if country and not iso3:
        notes.append(f"country {country!r} is not known")
    last_audit, said = known["last_audit"]
    (notes if last_audit else unread).append(said and f"last audit {said}")
    # Lists name audits that are planned for the next months too; a mistyped year is none of them.
    if known["as_of"] and int(last_audit[:4] or 0) > int(known["as_of"][:4]) + 1:
        unread.append(f"last audit {last_audit} lies years after the day of the list")
    cycle = listdates.cycle(cell("audit_cycle"), known["cycles"])
    unread.append(listdates.unread("audit cycle", cycle))
    reaudit = fold(cell("reaudit"))
    if reaudit not in _YES | _NO:
        notes.append(f"re-audit: {cell('reaudit')}")
    for field, words in (("operational", "operational status"), ("level", "level"),
                         ("noted_on", "revised on"), ("removed_on", "removed on"),
                         ("added_on", "added on")):
        if cell(field):
            shown = known[field][0] if field in known else ""
            notes.append(f"{words}: {shown or cell(field)}")
    metals, unknown = listmetals.metals_of(cell("metal"), known["sheet_metal"])
    # What a history says is about the id, under whatever metal.
    if not metals and (unknown or not history or not smelter_id):
        problems.append(f"metal {unknown!r} is not known" if unknown else "no metal")
    # Where cells are shifted, the id stands in another column.
    called = [cell("smelter_id"), name, cell("alias"), *row.values()]
    if problems:
        called.sort(key=lambda text: not _ANY_ID.search(text))
    entry = {
        **known, "smelter_id": smelter_id, "name": name, "alias": ";".join(_aliases(cell("alias"))),
        "country": iso3, "country_reported": country,
        "state": cell("state") or known["sheet_state"],
        "last_audit": last_audit, "audit_cycle": cycle,
        "reaudit_in_progress": reaudit in _YES, "programmes": _programmes(row, fields),
        "old_id": old_id.value if old_id.kind in ("current", "old") else "",
        "change": revisions.change(_basis(row, fields)), "basis": _basis(row, fields),
        "noted_on": next((known[at][0] for at in _NOTED if known[at][0]), ""),
        "note": _all(notes), "problem": _all(problems), "unread": _all(unread), "decision": "",
        "says": f"{cell('metal').replace('|', '/')}|{next(filter(None, called))}",
    }
    return [{**entry, "metal": metal} for metal in metals or [""]]


def _basis(row: dict[int, str], fields: dict[str, int]) -> str:
    """What a line of a history says that it did: its basis, a day's column, else its note."""
    days = [word for field, word in (("removed_on", "removed"), ("added_on", "added"))
            if row.get(fields.get(field, 0))]
    note = row.get(fields.get("note", 0), "") if "basis" not in fields and not days else ""
    said = " ".join(filter(None, [row.get(fields.get("basis", 0)), *days]))
    return said or note * bool(revisions.change(note))


def _all(said: list[str]) -> str:
    return "; ".join(filter(None, said))


def _id(text: str, kind: str, problems: list, notes: list) -> str:
    found = ids.read(text)
    if found.kind in ("current", "old"):
        return found.value
    if found.kind == "several":
        problems.append(f"names several ids: {found.value}")
    elif found.kind in ("other", "bare") and kind == "cross_recognised":
        # Another scheme's own number: its facilities are known by name.
        notes.append(f"id of the scheme: {text}")
    elif found.kind in ("other", "bare"):
        problems.append(f"id {text!r} is not a smelter id")
    return ""


def _state(sheet: str, kind: str) -> str:
    """The state that a sheet is named for, where it is another than the list's kind says."""
    if kind in ("reference", "cross_recognised", *revisions.KINDS):
        return ""
    states = {fold(row["state"]) for row in library.records("status_rules")}
    return sheet if fold(sheet) in states - {kind.replace("_", " ")} else ""


def _aliases(text: str) -> list[str]:
    # "Co., Ltd." has a comma and a blank; the old look-up sheets part names by a comma alone.
    parts = re.split(r"[;|]|,(?=\S)", text)
    return sorted({part.strip() for part in parts if part.strip()})


def _programmes(row: dict[int, str], fields: dict[str, int]) -> str:
    found = set()
    for field, column in fields.items():
        value = fold(row.get(column, ""))
        if field.startswith("programme:") and value not in _NO:
            found.add(field.partition(":")[2])
        elif field == "programmes" and value not in _NO:
            found |= {part.strip() for part in re.split(r"[;,/]", row[column]) if part.strip()}
    return ";".join(sorted(found))


def _joined(value) -> str:
    if isinstance(value, list | tuple):
        return ";".join(sorted(map(str, value)))
    return "" if value is None or value != value else str(value)


def _iso(value) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return "" if value is None or value != value else str(value)
