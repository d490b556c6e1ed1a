"""What files declare, as tables, and last year's of them as its finished outputs have them."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from conflict_minerals.ground import csvfiles, ids
from conflict_minerals.ground.names import keys
from conflict_minerals.ground.text import fold, unguarded
from conflict_minerals.survey.places import each

_COLUMNS = {
    "responses": ["file", "supplier_id", "template", "counted", "version", "scope",
                  "scope_description", "effective_date"],
    "answers": ["file", "supplier_id", "topic", "metal", "answer", "sheet", "cell"],
    "smelter_rows": ["file", "supplier_id", "metal", "smelter_id_reported", "name_reported",
                     "country_reported", "sheet", "row"],
    "findings": ["file", "supplier_id", "rule", "severity", "metal", "sheet", "cell", "found",
                 "state"],
}


class Declared(NamedTuple):
    """Tables of ``tables.csv``, with at least the columns above; ``rows`` are smelter lines."""

    responses: pd.DataFrame
    answers: pd.DataFrame
    rows: pd.DataFrame
    findings: pd.DataFrame

    def of(self, files: set[str]) -> "Declared":
        """What these files alone declare."""
        return Declared(*(table[table["file"].isin(files)] for table in self))


def before(outputs: Path | None) -> Declared:
    """What counted in another year's outputs; without a row where there are none."""
    folder = outputs and Path(outputs) / "tables"
    tables = []
    for name, columns in _COLUMNS.items():
        path = folder and folder / f"{name}.csv"
        table = csvfiles.read(path, columns)[columns] if path and path.is_file() else (
            pd.DataFrame({column: pd.Series(dtype="str") for column in columns}))
        tables.append(table.map(unguarded).astype("object"))
    found = Declared(*tables)
    counted = found.responses["counted"] == "true"
    return found.of(set(found.responses.loc[counted, "file"]))


def lines(rows: pd.DataFrame) -> pd.DataFrame:
    """Lines of smelter lists that name one: with ``id, name, place, stem`` in one spelling each,
    and ``said``, what a person reads."""
    name, typed = rows["name_reported"], rows["smelter_id_reported"]
    out = rows.assign(
        id=each(typed, lambda text: ids.read(text).value), name=each(name, fold),
        place=each(rows["country_reported"], fold),
        stem=each(name, lambda text: keys(text).stem), said=name.where(name != "", typed))
    return out[(out["metal"] != "") & ((out["id"] != "") | (out["stem"] != ""))]


def also_in(lines: pd.DataFrame, others: pd.DataFrame, by: list[str]) -> list[bool]:
    """For each line whether the others name its smelter too: by its id, else by its name."""
    known = {name: set(zip(*(others[one] for one in [*by, name]), strict=True))
             for name in ("id", "stem")}
    return [any(value and (*at, value) in known[name]
                for name, value in (("id", own), ("stem", stem)))
            for *at, own, stem in zip(*(lines[one] for one in [*by, "id", "stem"]), strict=True)]
