"""Results of many files as tables."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from conflict_minerals.cmrt import ROW_COLUMNS
from conflict_minerals.ground import versions

Results = list[tuple[str, str, dict]]

_FILE = ("file", "sha256", "supplier_id")
_KIND = ("template", "version")
FIELDS = ("field", "raw", "value", "sheet", "cell")
ANSWERS = ("question", "topic", "metal", "answer", "raw", "comment", "sheet", "cell")
PRODUCTS = ("sheet", "row", "number", "name", "requester_number", "requester_name", "comments")
MINES = (
    "sheet", "row", "metal_reported", "smelters", "name", "mine_id", "id_source", "country",
    "street", "city", "state", "contact_name", "contact_email", "next_steps", "comments",
)  # fmt: skip
SCOPE = ("sheet", "row", "mineral", "reason")
PROBLEMS = ("rule", "metal", "sheet", "cell", "found", "expected")
LOOKUPS = (
    "metal", "lookup_name", "standard_name", "country", "smelter_id", "source", "template",
    "version", "file", "sheet", "row", "old_id",
)  # fmt: skip
FILES = (
    *_FILE, "template", "version", "language", "file_form", "readable", "reason", "company_name",
    "scope", "scope_raw", "scope_description", "effective_date", "effective_date_raw",
    "effective_date_cell", "cached_values", "smelters_reported", "products_listed",
)  # fmt: skip


def supplier_of(file: str) -> str:
    """The supplier's folder in a file's name; blank for a file that lies in none."""
    return file.split("/", 1)[0] if "/" in file.split("!", 1)[0] else ""


def tables(results: Results) -> dict[str, pd.DataFrame]:
    """The tables of some files by name, but for the look-ups, which many share."""
    known = [(file, sha, supplier_of(file), result) for file, sha, result in results]
    return {
        "files": _files(known),
        "fields": _table(known, "fields", FIELDS, kind=True),
        "answers": _table(known, "answers", ANSWERS),
        "rows": _table(known, "rows", ("sheet", "row", *ROW_COLUMNS)),
        "products": _table(known, "products", PRODUCTS, line=_named(PRODUCTS)),
        "mines": _table(known, "mines", MINES, line=_named(MINES)),
        "scope": _table(known, "scope", SCOPE, line=_named(SCOPE)),
        "problems": _table(known, "problems", PROBLEMS),
    }


def joined(parts: list[dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """The tables of several parts as one each, in the order of the files' names."""
    out = {}
    for name in parts[0]:
        table = pd.concat([part[name] for part in parts], ignore_index=True)
        if not table["file"].is_monotonic_increasing:
            table = table.sort_values("file", kind="stable", ignore_index=True)
        out[name] = table
    return out


def _named(columns: tuple[str, ...]) -> Callable[[list], list]:
    """A line's named values in the order of the columns; absent ones blank."""
    old = {"metal_reported": "metal"}
    names = [old.get(column, column) for column in columns[2:]]
    return lambda line: [line[0], line[1], *(line[2].get(name, "") for name in names)]


def _table(known, part, columns, *, kind=False, line=None) -> pd.DataFrame:
    records = [[] for _ in range(3 + (2 if kind else 0) + len(columns))]
    values = []
    for file, sha, supplier, result in known:
        head = (file, sha, supplier, result["template"], result["version"])
        head = head if kind else head[:3]
        for one in result[part]:
            values.append((*head, *(line(one) if line else one)))
    names = [*_FILE, *(_KIND if kind else ()), *columns]
    records = list(zip(*values, strict=True)) if values else records
    return frame(dict(zip(names, records, strict=True)))


def frame(
    columns: dict[str, list], whole=("row", "smelters_reported", "products_listed", "shifted")
):
    """A table of texts; the columns of whole numbers and truth values as such."""
    out = {}
    for name, values in columns.items():
        if name in whole:
            out[name] = pd.array(values, dtype="int64")
        elif name in ("readable", "cached_values"):
            out[name] = pd.array(values, dtype="bool")
        else:
            out[name] = pd.array(values, dtype="str")
    return pd.DataFrame(out)


def _files(known) -> pd.DataFrame:
    lines = []
    for file, sha, supplier, result in known:
        held = {name: (raw, value, cell) for name, raw, value, _, cell in result["fields"]}
        blank = ("", "", "")
        raw_date, date, date_cell = held.get("effective_date", blank)
        raw_scope, scope, _ = held.get("scope", blank)
        lines.append((
            file, sha, supplier, result["template"], result["version"], result["language"],
            result["form"], result["readable"], result["reason"],
            held.get("company_name", blank)[1], scope, raw_scope,
            held.get("scope_description", blank)[1], date, raw_date, date_cell, result["cached"],
            len(result["rows"]), len(result["products"]),
        ))  # fmt: skip
    columns = list(zip(*lines, strict=True)) if lines else [[] for _ in FILES]
    return frame(dict(zip(FILES, columns, strict=True)))


def lookups_of(sheets: list[tuple[str, dict]], lookups: dict[str, list[list]]) -> pd.DataFrame:
    """Entries of the look-up sheets, each once: from the newest revision, then the first file.

    ``sheets`` holds each file's name with its result, ``lookups`` the rows by their digest.
    """
    order = sorted(sheets, key=lambda one: one[0])
    order.sort(key=lambda one: versions.key(one[1]["version"]), reverse=True)
    seen_sheets, seen, lines = set(), set(), []
    for file, result in order:
        if result["lookup"] in seen_sheets:
            continue
        seen_sheets.add(result["lookup"])
        for entry in lookups.get(result["lookup"], ()):
            key = (*entry[:5], entry[8])
            if key not in seen:
                seen.add(key)
                kind = (result["template"], result["version"], file)
                lines.append((*entry[:6], *kind, *entry[6:9]))
    columns = list(zip(*lines, strict=True)) if lines else [[] for _ in LOOKUPS]
    return frame(dict(zip(LOOKUPS, columns, strict=True)))
