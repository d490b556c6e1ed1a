"""Which row of a list is its header, what its columns are, and what of them is not read.

Columns are told by the words of ``list_columns.csv``.
"""

import re
from functools import cache

from conflict_minerals.ground import ids, library, tables
from conflict_minerals.ground.text import fold

WITHIN = 30  # rows in which the header is looked for
# Columns that speak of audits or standing, in words that list_columns.csv does not have.
UNREAD_COLUMNS = "columns that are not read: "


@cache
def _variants() -> list[tuple[str, str, str]]:
    return list(library.table("list_columns")[["field", "header", "how"]].itertuples(
        index=False, name=None))


def field_of(text: str) -> str:
    """What a header stands for, ``""`` when no variant fits it."""
    found = ""
    # "Mineral (3TG)" is a mineral.
    for words in (text, re.sub(r"\(.*?\)", " ", text)):
        plain = re.sub(r"[^a-z0-9]", "", fold(words))
        for field, variant, how in _variants() if len(plain) <= 80 else ():
            if plain == variant or (how == "has" and variant in plain):
                if field != "unread":
                    return field
                found = field
    return found


def header(rows: list[tuple[int, dict[int, str]]]) -> tuple[int, dict[str, int]]:
    """Index of the header row and the column of each field; ``-1`` when there is none.

    It is the row with the most columns that are known, at least two of them, one being a name or
    an id. A second name column counts as another name.
    """
    best, found = -1, {}
    for at, (_, row) in enumerate(rows[:WITHIN]):
        fields: dict[str, int] = {}
        for column in sorted(row):
            field = field_of(row[column])
            if field == "name" and "name" in fields:
                field = "alias"
            if field not in ("", "unread", *fields):
                fields[field] = column
        if len(fields) > max(len(found), 1) and fields.keys() & {"name", "smelter_id"}:
            best, found = at, fields
    if "alias" in found and "name" not in found:
        found["name"] = found.pop("alias")
    return best, found


def find_ids(rows: list, fields: dict[str, int]) -> None:
    """Adds the column of ids where its header is not known and what stands in it is."""
    held: dict[int, list[bool]] = {}
    for column, text in (cell for _, row in rows for cell in row.items()):
        if "smelter_id" not in fields and column not in fields.values():
            held.setdefault(column, []).append(ids.read(text).kind == "current")
    found = [column for column, are in held.items() if 2 * sum(are) > len(are)]
    if len(found) == 1:
        fields["smelter_id"] = found[0]


def unread_columns(header: tuple[int, dict], fields: dict[str, int], about: dict) -> list[dict]:
    """A line that names the columns in which something is said of audits, and is not read."""
    number, row = header
    named = {column: field_of(text) for column, text in row.items()
             if column not in fields.values()}
    lost = [row[column] for column, field in named.items()
            if field in ("unread", "state", "last_audit", "audit_cycle", "reaudit")]
    return [_unused(about, number, UNREAD_COLUMNS + ", ".join(lost), lost[0])] if lost else []


def without_header(rows: list[tuple[int, dict]], about: dict) -> list[dict]:
    """The lines of a table of which no header tells what they are; none of a cover or of notes."""
    table = [(number, row) for number, row in rows if len(row) > 1]
    return [_unused(about, number, "its sheet has no header row that is known", text)
            for number, row in table if len(table) > 2 for text in [row[min(row)]]]


def _unused(about: dict, number: int, problem: str, called: str) -> dict:
    blank = dict.fromkeys(tables.names("list_entries"), "") | {"reaudit_in_progress": False}
    said = {"row": number, "problem": problem, "says": f"|{called.replace('|', '/')}"}
    return blank | about | said
