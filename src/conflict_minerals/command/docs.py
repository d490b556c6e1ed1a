"""Pages of the documentation that are made from the tables, so that they cannot drift from them.

``python -m helpers docs`` writes them.
"""

from pathlib import Path

from conflict_minerals.ground import library, tables
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
        "same words as comments.",
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
            kind = row.type + (f": {row.values.replace(';', ', ')}" if row.values else "")
            lines.append(
                f"| `{row.key}` | {kind} | {row.required} | {row.default} | {_cell(row.meaning)} |"
            )
        lines.append("")
        if file == "program.yml":
            lines += _facts()
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


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def write(root: Path) -> list[str]:
    """Write each page below ``root``, the project, and give back their paths."""
    pages = made()
    for path, text in pages.items():
        (root / path).write_text(text, encoding="utf-8")
    return sorted(pages)
