"""Every figure of the report: what it counts, of which rows, and what it comes to.

The figures are lines of ``figures.csv``, what must add up those of
``reconcile.csv``. A figure is counted by duckdb over the year's tables; the same
predicate over the written CSV gives the same, and ``recount`` shows it.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from conflict_minerals.ground import countries, library
from conflict_minerals.ground import tables as described
from conflict_minerals.ground.conditions import parse
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import GATE, METALS
from conflict_minerals.store import manifest
from conflict_minerals.year import setting

if TYPE_CHECKING:
    import duckdb

COLUMNS = ["id", "value", "text", "table", "where", "how", "meaning"]
_STATED = ["value", "text", "table", "where", "how"]
# An id with a word in braces: ``{status}_africa``.
_FAMILY = re.compile(r"\w*\{(\w+)\}\w*")
_HOW = re.compile(r"count|distinct:[a-z_]+(,[a-z_]+)*|ratio:[a-z0-9_]+/[a-z0-9_]+")


def definitions(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The lines of ``figures.csv`` with each family written out: ``id, table, where, how, text,
    meaning``. A word runs over the values that ``tables.csv`` allows, else those in the frames.
    """
    rows, everywhere = [], words(frames, METALS)
    for row in library.table("figures").to_dict("records"):
        runs = dict(part.split("=") for part in row["each"].split(";") if part)
        choices = [_values(place, frames) for place in runs.values()]
        for picked in product(*choices):
            values = dict(zip(runs, picked, strict=True))
            rows.append({
                "id": fill(row["id"], {k: _small(v) for k, v in values.items()}),
                "table": row["table"],
                "where": fill(row["where"], {
                    # A metal may also name its column of products.csv.
                    k: _small(v) if row["table"] == "products" else v.replace("'", "''")
                    for k, v in values.items()
                } | everywhere),
                "how": fill(row["how"], {k: _small(v) for k, v in values.items()}),
                "text": row["text"],
                "meaning": fill(row["meaning"], {k: _read(k, v) for k, v in values.items()}),
            })
    out = pd.DataFrame(rows)
    twice = out.loc[out["id"].duplicated(), "id"].tolist()
    wrong = out.loc[~out["how"].map(lambda how: bool(_HOW.fullmatch(how))), "id"].tolist()
    if twice or wrong:
        what = "defines twice" if twice else "counts in an unknown way"
        raise InputError(f"{what} {', '.join(twice or wrong)}", file="knowledge/filing/figures.csv")
    return out


def compute(frames: dict[str, pd.DataFrame], defined: pd.DataFrame | None = None) -> pd.DataFrame:
    """The figures of the year, sorted by id: ``id, value, text, table, where, how, meaning``.

    ``frames`` are the year's tables by name. A figure of a table that is not there is left out.
    ``value`` is an ``int``, for a rate a ``float`` between 0 and 1, or ``None`` for a rate of none.
    """
    defined = definitions(frames) if defined is None else defined
    con = engine(frames, " ".join(defined[["table", "where", "how"]].to_numpy().ravel()))
    counted = _count(con, defined[defined["table"].isin(frames)], {name: name for name in frames})
    con.close()
    rows = []
    for row in defined.to_dict("records"):
        if row["id"] in counted:
            value = counted[row["id"]]
            rows.append({**row, "value": value, "text": printed(value, row["text"])})
    # One rate of none would turn every count of the column into a float.
    return pd.DataFrame(rows, columns=COLUMNS, dtype="object").sort_values("id", ignore_index=True)


def printed(value, form: str) -> str:
    """A figure as the report prints it: ``1,234``, ``87.5%``, ``not applicable`` for none.

    A share is never rounded to all or to none.
    """
    if value is None:
        return "not applicable"
    if form == "count":
        return f"{value:,}"
    percent = round(value * 100, 1)
    percent = min(percent, 99.9) if value < 1 else percent
    percent = max(percent, 0.1) if value > 0 else percent
    return f"{percent:.1f}%".replace(".0%", "%")


def to_json(figures: pd.DataFrame) -> bytes:
    """``figures.json``: ``{id: {"value", "text", "table", "where", "how"}}``, sorted by id."""
    every = {row["id"]: {key: row[key] for key in _STATED} for row in figures.to_dict("records")}
    return (json.dumps(every, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


def stated(outputs: Path) -> dict[str, dict]:
    """What ``figures.json`` states, by id: text and numbers to compare with, never to be run.

    Raises:
        InputError: it is damaged.
    """
    found = manifest.read_json(outputs / "figures.json")
    for id, entry in found.items():
        whole = isinstance(entry, dict) and set(_STATED) <= set(entry)
        if not whole or not all(isinstance(entry[key], str) for key in _STATED[1:]):
            raise InputError("is no figure any more", file="figures.json", where=id,
                             fix="Put the file back as the run wrote it")
    return found


def counted_tables() -> list[str]:
    """The tables that figures count, and those whose values a family of them runs over."""
    rows = library.table("figures")
    run_over = re.findall(r"=(\w+)\.", ";".join(rows["each"]))
    return sorted({*rows["table"], *run_over})


def engine(frames: dict[str, pd.DataFrame], asked: str) -> duckdb.DuckDBPyConnection:
    """A duckdb that holds, of these tables, those and their columns that ``asked`` speaks of.

    ``asked`` is all that it will be asked. It reaches no file, whatever that is.
    """
    con, spoken = _database().cursor(), set(re.findall(r"\w+", asked.lower()))
    for name, frame in frames.items():
        if name in spoken:
            wanted = [column for column in frame if column in spoken]
            con.register(name, nulls(frame[wanted or list(frame.columns[:1])]))
    return con


def counted_rows(frame: pd.DataFrame, defined: pd.DataFrame) -> pd.DataFrame:
    """Which rows of a table its figures count: a column of truths for each, in one pass.

    ``defined`` are figures of that table, with ``id`` and ``where``.
    """
    wanted = ", ".join(f'coalesce(({where}), false) AS "{one}"'
                       for one, where in zip(defined["id"], defined["where"], strict=True))
    query = f"SELECT _row, {wanted} FROM t ORDER BY _row"
    con = engine({"t": frame.assign(_row=range(len(frame)))}, query)
    try:
        return con.execute(query).df()
    finally:
        con.close()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    # Slow to begin. Each ``engine`` is a cursor of it, which sees its own tables alone.
    return _locked(_opened())


def _opened() -> duckdb.DuckDBPyConnection:
    import duckdb  # slow to load, and whoever only prints figures needs none

    return duckdb.connect(config={"threads": 1})  # more of them cost more than they give


def _locked(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    con.execute("SET enable_external_access = false; SET lock_configuration = true")
    return con


def recount(defined: pd.DataFrame, folder: Path, *, all_text: bool = False) -> dict:
    """What figures come to over ``<folder>/<table>.csv``: id to value.

    ``defined`` are lines of ``definitions``: predicates of the program's own. ``all_text`` reads
    every column as text; by default duckdb guesses the types. A figure whose table is missing, or
    does not hold the columns asked for, is ``None``.
    """
    import duckdb

    con = _opened()
    read = "read_csv('{}', all_varchar=true, header=true)" if all_text else "read_csv_auto('{}')"
    sources = {}
    for path in sorted({folder / f"{table}.csv" for table in defined["table"]}):
        # Read once; a file that is no table any more leaves its figures without a count.
        with suppress(duckdb.Error):
            source = read.format(str(path).replace("'", "''"))
            con.execute(f'CREATE TABLE "{path.stem}" AS SELECT * FROM {source}')
            sources[path.stem] = f'"{path.stem}"'
    _locked(con)
    try:
        return _count(con, defined, sources, strict=False)
    finally:
        con.close()


def reconcile(figures: pd.DataFrame, program: dict) -> pd.DataFrame:
    """Sums that do not hold, as gates: ``gate, subject, reason``."""
    value = _unmatched(figures) | dict(zip(figures["id"], figures["value"], strict=True))
    rows, told = [], partial(setting, program)
    for row in library.table("reconcile").to_dict("records"):
        if not parse(row["when"], "reconcile.csv", row["meaning"]).holds(told):
            continue
        for picked in _values(_WORDS[row["each"]], {}) if row["each"] else [""]:
            test = _FAMILY.sub(_written_out, fill(row["test"], {row["each"]: _small(picked)}))
            for clause in parse(test, "reconcile.csv", row["meaning"]).clauses:
                left, right = clause.column, clause.values
                if all(id in value for id in (left, *right)) and not clause.met(value.get):
                    total = sum(value[id] for id in right)
                    what = f"{row['meaning']}{f' ({picked})' if picked else ''}"
                    reason = f"{left} is {value[left]:,}, {' + '.join(right)} is {total:,}"
                    rows.append(("reconcile", left, f"{what}: {reason}"))
    return pd.DataFrame(rows, columns=GATE).astype("str")


def _unmatched(figures: pd.DataFrame) -> dict[str, int]:
    """0 for each rule of the risk review: one that matches nothing has no figure to add up."""
    reviewed = (figures["table"] == "flags").any()
    rules = library.table("flags")["rule"] if reviewed else []
    return {f"flagged_{_small(rule)}": 0 for rule in rules}


def published(figures: pd.DataFrame, program: dict) -> pd.DataFrame:
    """Figures once published beside the computed ones: ``id, published, computed, same, note``.

    Information only: a difference closes no gate.
    """
    value = dict(zip(figures["id"], figures["value"], strict=True))
    notes = program.get("published_notes") or {}
    rows = []
    for id, once in sorted((program.get("published") or {}).items()):
        if once is not None:
            now = value.get(id)
            same = now is not None and float(now) == float(once)
            rows.append((id, once, now, same, notes.get(id, "")))
    return pd.DataFrame(rows, columns=["id", "published", "computed", "same", "note"])


_WORDS = {
    "metal": "facilities.metal",
    "status": "facilities.status",
    "tier": "risk.tier",
    "verdict": "responses.verdict",
}


def _count(con, defined: pd.DataFrame, sources: dict[str, str], strict: bool = True) -> dict:
    """The value of each figure; ratios last, from the counts that they name."""
    import duckdb

    counted = defined[~defined["how"].str.startswith("ratio:")]
    value = dict.fromkeys(counted["id"])
    for table, rows in counted.groupby("table", sort=True):
        if table not in sources:
            continue
        asked = [(row.id, f"{_what(row.how)} FILTER (WHERE {row.where})")
                 for row in rows.itertuples()]  # fmt: skip
        try:
            value |= _ask(con, sources[table], asked)
        except duckdb.Error:
            if strict:
                raise
            for one in asked:  # the others shall not suffer from one that asks amiss
                try:
                    value |= _ask(con, sources[table], [one])
                except duckdb.Error:
                    continue
    for row in defined.to_dict("records"):
        if row["how"].startswith("ratio:"):
            over, under = (value.get(id) for id in row["how"].removeprefix("ratio:").split("/"))
            value[row["id"]] = over / under if under and over is not None else None
    return value


def _what(how: str) -> str:
    if how == "count":
        return "count(*)"
    named = how.removeprefix("distinct:").split(",")
    return f"count(DISTINCT {named[0] if len(named) == 1 else '(' + ', '.join(named) + ')'})"


def _ask(con, source: str, asked: list[tuple[str, str]]) -> dict[str, int]:
    """The counts of one table in one pass over it."""
    found = con.execute(f"SELECT {', '.join(what for _, what in asked)} FROM {source}").fetchone()
    return dict(zip((id for id, _ in asked), found, strict=True))


def _written_out(family: re.Match) -> str:
    """A family of figures as the ids of its members."""
    values = _values(_WORDS[family[1]], {})
    return ";".join(fill(family[0], {family[1]: _small(value)}) for value in values)


def _values(place: str, frames: dict[str, pd.DataFrame]) -> list[str]:
    """The values of a table's column: those that ``tables.csv`` allows, else those it holds."""
    table, column = place.split(".")
    rows = described.columns(table)
    rows = rows.loc[rows["column"] == column, "values"]
    if len(rows) and rows.iloc[0]:
        return rows.iloc[0].split(";")
    if column not in frames.get(table, ()):
        return []
    return sorted(set(frames[table][column].astype(str)) - {""})


def fill(text: str, words: dict[str, str]) -> str:
    """Each ``{word}`` by its value, once: what a value itself holds in braces stays."""
    return re.sub(r"\{(\w+)\}", lambda word: words.get(word[1], word[0]), text)


def _read(word: str, value: str) -> str:
    """A value as it reads: a country by its name."""
    return countries.printed(value) if word == "country" else value.replace("_", " ")


def _small(value: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")


def metals_in_scope(products: pd.DataFrame) -> list[str]:
    """The metals that a product in scope needs."""
    if not {"in_scope", *map(str.lower, METALS)} <= set(products):
        return []
    scope = products[products["in_scope"].astype(str).str.lower() == "true"]  # as a CSV has it
    return [metal for metal in METALS if (scope[metal.lower()] == "yes").any()]


def words(
    frames: dict[str, pd.DataFrame], otherwise: tuple[str, ...] = (),
    metals: list[str] | None = None,
) -> dict[str, str]:
    """What stands in braces in a predicate: ``covered``, the Covered Countries, and ``metals``,
    those given or else those in scope; ``otherwise`` where none is."""
    if metals is None:
        metals = metals_in_scope(frames.get("products", pd.DataFrame())) or otherwise
    listed = {"covered": sorted(countries.covered()["iso3"]), "metals": metals}
    return {name: ", ".join(f"'{word}'" for word in held) or "NULL"
            for name, held in listed.items()}


def nulls(frame: pd.DataFrame) -> pd.DataFrame:
    """Blanks as nothing, which is what a CSV makes of them."""
    text = [c for c in frame.columns if pd.api.types.is_string_dtype(frame[c])]
    return frame.assign(**{c: frame[c].where(frame[c] != "") for c in text})
