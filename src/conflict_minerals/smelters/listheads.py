"""Which row of a list is its header, what its columns are, and what of them is not read.

Columns are told by the words of ``list_columns.csv``.
"""

import re
from functools import cache
from unicodedata import normalize

from conflict_minerals.ground import ids, library, tables
from conflict_minerals.ground.text import fold

WITHIN = 30  # rows in which the header is looked for
# Columns that speak of audits or standing, in words that list_columns.csv does not have.
UNREAD_COLUMNS = "columns that are not read: "
# What stands between slashes, in Latin letters or in others.
_PIECES = re.compile(r"[^/|\u0250-\uffff]+|[^/|\u0000-\u024f]+")
# A letter of a script of which few words are known.
_OTHER_SCRIPT = re.compile(r"[^\W\d_\u0000-\u024f]")


@cache
def _variants() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Fields by the whole of a header, and those that a part of it tells, ``unread`` last."""
    rows = [(_plain(row.header), row.field, row.how)
            for row in library.table("list_columns").itertuples()]
    whole = {plain: field for plain, field, how in reversed(rows) if how == "is"}
    parts = [(plain, field) for plain, field, how in rows if how == "has"]
    return whole, sorted(parts, key=lambda part: part[1] == "unread")


def _plain(text: str) -> str:
    return fold(text).replace(" ", "")


def _field(text: str) -> str:
    plain = _plain(text)
    whole, parts = _variants()
    if len(plain) > 80:
        return ""
    return whole.get(plain) or next((field for part, field in parts if part in plain), "")


def field_of(text: str) -> str:
    """What a header stands for, ``""`` when no variant fits it.

    "Mineral (3TG)" is a mineral; of a header in two languages the part counts that is known, unless
    another part is known for something else.
    """
    text = normalize("NFKC", text)
    tried = [_field(text), _field(re.sub(r"\(.*?\)", " ", text))]
    pieces = {_field(piece) for piece in _PIECES.findall(text)} - {"", "unread"}
    tried += pieces if len(pieces) == 1 else []
    return next((field for field in tried if field not in ("", "unread")), max(tried))


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
            if field in ("unread", "state", "last_audit", "audit_cycle", "reaudit")
            or not field and _OTHER_SCRIPT.search(row[column])]
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
