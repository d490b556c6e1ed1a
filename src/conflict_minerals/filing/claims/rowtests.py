"""Lines of a table that ask the year's rows for something: who meets a predicate, and how many."""

from collections.abc import Iterable

import duckdb

from conflict_minerals.filing.claims import figures
from conflict_minerals.ground.errors import InputError


def asked(lines: Iterable[dict]) -> str:
    """All that some lines ask, for ``figures.engine``."""
    return " ".join(line.get(name) or "" for line in lines
                    for name in ("table", "where", "subject", "count", "said"))


def found(con, line: dict, given: dict[str, str], *, file: str) -> list[tuple[str, int, str]]:
    """What meets a line, in order: ``(subject, count, said)``; nothing where its table is not.

    Args:
        con: of ``figures.engine``. given: of ``figures.words``.
        line: ``table, where, subject`` and, where they are wanted, ``count`` and ``said``.
        file: the table that the line stands in, for an error.
    """
    where = figures.fill(line["where"], given)
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
