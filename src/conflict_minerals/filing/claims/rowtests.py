"""Lines of a table that ask the year's rows for something: who meets a predicate, and how many."""

import duckdb
import pandas as pd

from conflict_minerals.filing.claims import figures
from conflict_minerals.ground import countries
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import METALS


def engine(frames: dict[str, pd.DataFrame]) -> duckdb.DuckDBPyConnection:
    """The year's tables to ask, blanks as nothing; it reaches no file."""
    return figures.engine(frames)


def words(frames: dict[str, pd.DataFrame], metals: list[str] | None = None) -> dict[str, str]:
    """What stands in braces in a predicate: the metals, else those in scope; Covered Countries."""
    metals = in_scope(frames["products"]) if metals is None else metals
    return {"metals": _listed(metals), "covered": _listed(sorted(countries.covered()["iso3"]))}


def in_scope(products: pd.DataFrame) -> list[str]:
    """The metals that a product in scope needs."""
    scope = products[products["in_scope"]]
    return [metal for metal in METALS if (scope[metal.lower()] == "yes").any()]


def found(con, line: dict, given: dict[str, str], *, file: str) -> list[tuple[str, int, str]]:
    """What meets a line, in order: ``(subject, count, said)``; nothing where its table is not.

    Args:
        line: ``table, where, subject`` and, where they are wanted, ``count`` and ``said``.
        given: what ``words`` gives. file: the table that the line stands in, for an error.
    """
    where = line["where"].replace("{metals}", given["metals"])
    where = where.replace("{covered}", given["covered"])
    count, said = line.get("count") or "count(*)", line.get("said") or "''"
    query = (
        f"SELECT {line['subject']} AS subject, {count} AS n, {said} AS said "
        f"FROM {line['table']} WHERE {where} GROUP BY ALL HAVING count(*) > 0 ORDER BY ALL"
    )
    try:
        return [(str(a or ""), int(n), str(b or "")) for a, n, b in con.execute(query).fetchall()]
    except duckdb.CatalogException:  # a table that the year does not have
        return []
    except duckdb.Error as error:
        what = str(error).splitlines()[0]
        raise InputError(f"cannot be asked: {what}", file=f"knowledge/filing/{file}.csv",
                         where=next(iter(line.values()))) from error  # fmt: skip


def _listed(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words) or "NULL"
