"""Pages of the documentation that are made from the tables, so that they cannot drift from them.

``python -m helpers.docs`` writes them.
"""

import ast
import re
from pathlib import Path

from helpers import knowledge, tables
from helpers.ingestion import checks


def made() -> dict[str, str]:
    """Each page by its path in the project."""
    return {
        "docs/data-dictionary.md": tables.dictionary(),
        "docs/inputs.md": inputs(),
        "docs/modules.md": modules(),
        "docs/rules.md": checks.documentation(),
    }


def inputs() -> str:
    """Every key and column of the year's inputs, as Markdown."""
    lines = [
        "# What the inputs hold",
        "",
        "Made from `program.csv` and `input_columns.csv` in `src/helpers/knowledge`. `make year`",
        "lays out the files with the same words as comments.",
        "",
    ]
    keys = knowledge.table("program")
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
    for file, rows in knowledge.table("input_columns").groupby("file", sort=False):
        lines += [f"## {file}", "", "| column | type | needed | meaning |", "|---|---|---|---|"]
        for row in rows.itertuples():
            kind = row.type + (f": {row.values.replace(';', ', ')}" if row.values else "")
            need = {"value": "in every line", "column": "may be blank"}.get(row.need, "optional")
            lines.append(f"| `{row.column}` | {kind} | {need} | {_cell(row.meaning)} |")
        lines.append("")
    return "\n".join(lines)


def modules() -> str:
    """Every module by its first line and every table by the first sentence of its head."""
    source = Path(__file__).parent
    lines = ["# Modules and tables", "", "Made from the first words of each file in `src/helpers`.",
             "How they work together: [architecture](architecture.md)."]
    for folder in (source, *(source / room for room in _ROOMS)):
        room = folder.relative_to(source).as_posix()
        said = "" if folder == source else f": {_first_line(folder / '__init__.py')}"
        lines += ["", f"## {folder.name}{said}", ""]
        lines += [f"- `{'' if folder == source else f'{room}/'}{path.name}`: {_first_line(path)}"
                  for path in sorted(folder.glob("*.py")) if not path.name.startswith("__")]
    folder = source / "knowledge"
    lines += ["", "## knowledge: tables that people of the field read and change", ""]
    for path in sorted((*folder.glob("*.csv"), *folder.glob("layouts/*.csv"))):
        name = path.relative_to(folder).with_suffix("").as_posix()
        first = re.split(r"(?<=[.:;]) ", knowledge.head(name))[0].rstrip(":;")
        lines.append(f"- `knowledge/{name}.csv`: {first}")
    return "\n".join([*lines, ""])


_ROOMS = ("ingestion", "status", "risk", "report")


def _first_line(path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(said.partition("\n\n")[0].split())


def _facts() -> list[str]:
    lines = [
        "The facts that the text templates ask for, by their id (`facts.csv`):",
        "",
        "| id | needed | meaning |",
        "|---|---|---|",
    ]
    for row in knowledge.table("facts").itertuples():
        lines.append(f"| `{row.id}` | {row.needed} | {_cell(row.meaning)} |")
    return [*lines, ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for path, text in made().items():
        Path(path).write_text(text, encoding="utf-8")
