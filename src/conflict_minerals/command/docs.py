"""Pages of the documentation that are made from the tables, so that they cannot drift from them.

``python -m helpers docs`` writes them.
"""

from pathlib import Path

from conflict_minerals.ground import library, system, tables
from conflict_minerals.survey import rules_page


def made() -> dict[str, str]:
    """Each page by its path in the project."""
    return {
        "docs/data-dictionary.md": tables.dictionary(),
        "docs/inputs.md": inputs(),
        "docs/rules.md": rules_page(),
    }


def inputs() -> str:
    """Every key and column of the year's inputs, as Markdown."""
    lines = [
        "# What the inputs hold",
        "",
        "Made from `program.csv` and `input_columns.csv`. `make year` lays out the files with the",
        "same words as comments. The number of a file's form stands in `program.yml` and",
        "`lists.yml` as `schema`, in a CSV as a comment below its header, `# schema: 1`; a CSV",
        "without it is of schema 1 ([upgrading](upgrading.md)).",
        "",
    ]
    keys = library.table("program")
    for file, rows in keys.groupby("file", sort=False):
        lines += [
            f"## {file}",
            "",
            "*Must*: the run stops without it. *Yes*: a blank closes a gate of the report.",
            "",
            "| key | type | needed | when blank | meaning |",
            "|---|---|---|---|---|",
        ]
        for row in rows.itertuples():
            between = " to " if row.type == "int" else ", "
            kind = row.type + (f": {row.values.replace(';', between)}" if row.values else "")
            lines.append(
                f"| `{row.key}` | {kind} | {row.required} | {row.default} | {_cell(row.meaning)} |"
            )
        lines.append("")
        lines += {"program.yml": _facts, "lists.yml": _list_kinds}.get(file, list)()
    for file, rows in library.table("input_columns").groupby("file", sort=False):
        lines += [f"## {file}", "", "| column | type | needed | meaning |", "|---|---|---|---|"]
        for row in rows.itertuples():
            kind = row.type + (f": {row.values.replace(';', ', ')}" if row.values else "")
            need = {"value": "in every line", "column": "may be blank"}.get(row.need, "optional")
            lines.append(f"| `{row.column}` | {kind} | {need} | {_cell(row.meaning)} |")
        lines.append("")
    return "\n".join(lines)


def _facts() -> list[str]:
    lines = [
        "The facts that the text templates ask for, by their id (`facts.csv`):",
        "",
        "| id | needed | meaning |",
        "|---|---|---|",
    ]
    for row in library.table("facts").itertuples():
        lines.append(f"| `{row.id}` | {row.needed} | {_cell(row.meaning)} |")
    return [*lines, ""]


# What is done with a line that cannot be used, by the word of list_kinds.csv.
_UNUSED = {
    "gate": "closes the gate, is a remark or no fault: see [lists](lists.md)",
    "history": "as for `conformant`; also where the basis says neither that the id was taken off "
               "nor that it stays, or both (`revision_words.csv`), or the day cannot order an id's "
               "lines",
    "remark": "a remark; as for `conformant` where it has a state or programmes that count",
    "stop": "one line with file and place, and the run stops",
    "name": "a line without a name is left out and counted; a day that cannot be read stops the "
            "run",
}


def _list_kinds() -> list[str]:
    """Each kind of list, its form, and what becomes of a line that cannot be used."""
    columns = {row["kind"]: f"`{row['needed']}`" + f", and if you like `{row['optional']}`"
               for row in library.records("risk_lists")}
    lines = ["## Kinds of list", "", "Made from `list_kinds.csv` and `risk_lists.csv`.", "",
             "| kind | what being on it means | form | a line that cannot be used |",
             "|---|---|---|---|"]
    for row in library.records("list_kinds"):
        form = row["form"] or f"a table with {columns[row['kind']].replace(';', ', ')}"
        lines.append(f"| `{row['kind']}` | {row['means']} | {form} | {_UNUSED[row['unused']]} |")
    return [*lines, ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def write(root: Path) -> list[str]:
    """Write each page below ``root``, the project, and give back their paths."""
    pages = made()
    for path, text in pages.items():
        system.write_text(root / path, text)
    return sorted(pages)
