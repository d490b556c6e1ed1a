"""A new year's inputs, laid out from the tables that check them, with comments to fill in.

What another year carries over is what stays true until somebody says otherwise: the roster, the
words and facts of ``program.yml``, promises still open, and decisions, which are left as comments
since a person confirms them again each year. A fact loses its date, so that the gate asks
for this year's document. An illustration's company and suppliers are invented: nothing is carried.
"""

import csv
import io
import re
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import yaml

from conflict_minerals.ground import library, schemas, system
from conflict_minerals.ground.errors import InputError
from conflict_minerals.year import filehashes, inputs, program, record

# Sections that are this year's own and so are never carried over.
_ANEW = ("schema", "year", "as_of", "previous", "illustration", "illustration_note", "form",
         "audit", "published", "published_notes")  # fmt: skip
_ANEW_KEYS = ("survey.requested_on", "survey.due_on", "survey.cut_off_on")
_COMMENT_AT = 44
PREVIOUS = "previous"  # the documents that were filed last year, where no outputs of it exist
AMENDS = "amends"  # of an amendment: the documents as they were filed


def lay_out(folder: Path, year: int, before: Path | None) -> tuple[list[str], list[str]]:
    """Make what is missing of a year's folder; gives back what was made and what was there.

    A year that has begun gets only what no run starts without: an input that may be absent, laid
    out blank, would change the digest and so void a sign-off.

    Raises:
        InputError: the year to carry over from is not there or is itself wrong.
    """
    old = None
    if before is not None:
        if not before.is_dir():
            raise InputError("there is no such year to carry over", file=f"--from {before.name}")
        if before.resolve() == folder.resolve():
            raise InputError("a year cannot be carried over from itself", file="--from")
        if not is_illustration(before):
            old = inputs.load(before, program.load(before / "program.yml")["year"])
    made, kept = [], []
    begun = (folder / "program.yml").exists()
    for name, text in _files(year, old).items():
        path = folder / name
        if path.exists():
            kept.append(name)
        if path.exists() or begun and name in inputs.MAY_BE_ABSENT:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        system.write_text(path, text)
        made.append(name)
    # A roster that was there may be another than last year's, whose folders it does not need.
    names = old.suppliers["supplier_id"].tolist() if old and "suppliers.csv" in made else []
    for name in ["lists", "evidence", *(f"cmrt/{supplier}" for supplier in names or [""])]:
        if not (folder / name).is_dir():
            (folder / name).mkdir(parents=True)
            made.append(f"{name.rstrip('/')}/")
    return made, kept


def amend(folder: Path, accession: str) -> Path:
    """Lay out an amendment of what was filed beside its year, ``2024-A1``, and give its folder.

    The year's inputs are taken over as they are, without signatures and edits that came back; what
    was filed under the number lies in ``amends/``, which the amendment is redlined against.

    Raises:
        InputError: nothing is kept as filed under that number.
    """
    filed = folder / "filed" / accession
    if not accession or not filed.is_dir():
        known = sorted(path.name for path in (folder / "filed").glob("*/"))
        raise InputError(f"nothing is kept as filed under {accession!r}", file="AMENDS",
                         fix=f"Known are {', '.join(known)}" if known else
                         "Keep it first: make freeze YEAR=… FILED=folder ACCESSION=…")
    number = next(n for n in range(1, 100) if not folder.with_name(f"{folder.name}-A{n}").exists())
    target = folder.with_name(f"{folder.name}-A{number}")
    shutil.copytree(folder, target, symlinks=True, ignore=lambda at, names: (
        [*filehashes.UNDIGESTED, AMENDS] if Path(at) == folder else []))
    shutil.copytree(filed, target / AMENDS / accession)
    shutil.copyfile(filed.with_name(f"{accession}.json"), target / AMENDS / f"{accession}.json")
    settings = target / "program.yml"
    text = settings.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^  (?:kind|amends|amends_number|amends_accession):.*\n", "", text)
    said = (f"  kind: amendment\n  amends_number: {number}\n  amends_accession: {accession}\n"
            f"  amends:  # what is amended of {accession}, and why\n")
    text = re.sub(r"(?m)^form:.*\n", lambda found: found[0] + said, text, count=1)
    system.write_text(settings, text)
    return target


def is_illustration(folder: Path) -> bool:
    """The year's company and suppliers are invented."""
    return program.load(folder / "program.yml")["illustration"]


def _files(year: int, old: inputs.Inputs | None) -> dict[str, str]:
    out = {"program.yml": program_yml(year, old), "lists.yml": _lists_yml(old)}
    for name in dict.fromkeys(library.table("input_columns")["file"]):
        if name == "suppliers.csv":
            out[name] = _csv(name, _roster(old))
        elif name == "products.csv":
            out[name] = _csv(name, comments=_products(old))
        elif name == "decisions.csv":
            carried = record.carry(old.decisions, old.program["year"]) if old else []
            out[name] = _csv(name, comments=carried)
        else:
            out[name] = _csv(name)
    return out


def program_yml(year: int, old: inputs.Inputs | None) -> str:
    """``program.yml`` with every key, what it means, and what was carried over."""
    rows = library.table("program")
    rows = rows[rows["file"] == "program.yml"]
    lines = [
        f"# The settings and facts of {year}. A line marked * may stay blank; without as_of no run",
        "# starts; a blank elsewhere closes a gate of the report. Quote a text that holds ': ' or",
        "# ' #'. Dates: YYYY-MM-DD.",
    ]
    section = ""
    items_done = set()
    for row in rows.itertuples():
        top = row.key.replace("[]", "").split(".")[0]
        if row.key.endswith("*"):
            *above, name, _ = row.key.split(".")
            inset = "  " * len(above)
            lines += [""] * (not above)
            lines += [f"{inset}# {name}: {row.meaning} (optional)", f"{inset}# {name}:",
                      f"{inset}#   its_id: 0"]
            continue
        if "[]" in row.key:
            if top not in items_done:
                items_done.add(top)
                lines += ["", *_items(top, rows, _carried_items(top, old))]
                lines += _known_facts() if top == "facts" else []
            continue
        parts = row.key.split(".")
        if len(parts) == 2 and top != section:
            lines += ["", f"{top}:"]
        section = top if len(parts) == 2 else ""
        indent = "  " if len(parts) == 2 else ""
        value = _carried(row, year, old)
        choices = f"; one of {row.values.replace(';', ', ')}" if ";" in row.values else ""
        if row.type == "int" and row.values:
            choices = f"; {row.values.replace(';', ' to ')}"
        comment = f"# {'' if row.required else '* '}{row.meaning}{choices}"
        text = f"{indent}{parts[-1]}: {value}".rstrip()
        if len(text) < _COMMENT_AT:
            lines.append(f"{text:<{_COMMENT_AT}} {comment}")
        else:
            lines += [f"{indent}{comment}", text]
    return "\n".join(lines) + "\n"


def _carried(row, year: int, old: inputs.Inputs | None) -> str:
    if row.key == "schema":
        return str(schemas.newest("program.yml"))
    if row.key == "year":
        return str(year)
    if row.key == "previous":
        return str(old.program["year"]) if old else ""
    parts = row.key.split(".")
    if old is None or parts[0] in _ANEW or row.key in _ANEW_KEYS:
        return _scalar(_newest_edition(year) if row.key == "form.edition" else _default(row))
    value = old.program
    for part in parts:
        value = value[part]
    return _scalar(value)


def _default(row) -> str | int:
    return int(row.default) if row.type == "int" and row.default else row.default


def _newest_edition(year: int) -> str:
    """The edition of the form that was out when the year's form fell due."""
    editions = set(library.table("form_editions")["edition"])
    return max(edition for edition in editions if int(edition) <= year + 1)


def _scalar(value) -> str:
    """A value as YAML on one line, quoted where it has to be."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value in ("true", "false"):
        return value
    return yaml.safe_dump(value, width=10**6, allow_unicode=True).splitlines()[0]


def _carried_items(top: str, old: inputs.Inputs | None) -> list[dict]:
    if old is None:
        return []
    items = old.program[top]
    if top == "facts":
        unseen = {"seen_by": "", "seen_on": None}
        return [fact | {"date": None, "done_on": None,
                        "held_elsewhere": fact["held_elsewhere"] | unseen} for fact in items]
    if top == "promises":
        return [p for p in items if p["state"] in ("open", "partly")]
    return items


def _items(top: str, rows: pd.DataFrame, items: list[dict]) -> list[str]:
    fields = rows[rows["key"].str.startswith(f"{top}[].")]
    lines = [f"# {top}: each with"]
    for field in fields.itertuples():
        mark = "" if field.required else "* "
        choices = f"; one of {field.values.replace(';', ', ')}" if field.values else ""
        lines.append(f"#   {field.key.partition('.')[2]:<12} {mark}{field.meaning}{choices}")
    if items:
        lines.append("# Carried over: read each again and give it this year's document and date.")
        lines.append(f"{top}:")
        for item in items:
            for number, (name, value) in enumerate(item.items()):
                mark = "-" if number == 0 else " "
                if isinstance(value, dict):
                    lines.append(f"  {mark} {name}:")
                    parts = (f"      {part}: {_scalar(held)}" for part, held in value.items())
                    lines += [part.rstrip() for part in parts]
                else:
                    lines.append(f"  {mark} {name}: {_scalar(value)}".rstrip())
        return lines
    names = [field.key.split(".")[1] for field in fields.itertuples()]
    names = list(dict.fromkeys(name for name in names if name != "held_elsewhere"))
    return [*lines, f"{top}: []", f"#  - {{{', '.join(f'{n}: ' for n in names)}}}"]


def _known_facts() -> list[str]:
    lines = ["# The report asks for these facts; it does without one marked *:"]
    for fact in library.table("facts").itertuples():
        lines.append(f"#   {fact.id:<24} {'' if fact.needed else '* '}{fact.meaning}")
    return lines


def _lists_yml(old: inputs.Inputs | None) -> str:
    lines = [
        "# The lists that the year rests on: put each file into lists/ and name it here. A line",
        "# begins with - and holds the keys below. metals may be left out.",
    ]
    rows = library.table("program")
    for row in rows[rows["key"].str.startswith("lists[].")].itertuples():
        values = f" ({row.values.replace(';', ', ')})" if row.values else ""
        lines.append(f"#   {row.key.partition('.')[2]:<8} {row.meaning}{values}")
    lines += [f"schema: {schemas.newest('lists.yml')}", "lists: []"]
    if old is None or old.lists.empty:
        lines.append(
            "#  - {id: conformant, file: conformant.xls, kind: conformant, scheme: RMAP, "
            "source: who publishes it, as_of: YYYY-MM-DD}"
        )
    else:
        lines.append("# Last year's, to be exported again ('lists: []' then reads 'lists:'):")
        for row in old.lists.itertuples():
            item = {"id": row.list_id, "file": row.file.removeprefix("lists/"), "kind": row.kind,
                    "scheme": row.scheme, "source": row.source}  # fmt: skip
            if row.metals:
                item["metals"] = row.metals.split(";")
            # YAML's own flow form, since a comma in a source would end the value.
            text = yaml.safe_dump(item, default_flow_style=True, width=10**6, sort_keys=False,
                                  allow_unicode=True).strip().removesuffix("}")  # fmt: skip
            lines.append(f"#  - {text}, as_of: }}")
    return "\n".join(lines) + "\n"


def _csv(name: str, rows: pd.DataFrame | None = None, comments: list[list[str]] = ()) -> str:
    """A CSV with its heading; the meaning of each column as comments beneath, then the rows."""
    table = library.table("input_columns")
    table = table[table["file"] == name]
    buffer = io.StringIO()
    write = csv.writer(buffer, lineterminator="\n").writerow
    write(table["column"])
    write([f"# schema: {schemas.newest(name)}"])
    for row in table.itertuples():
        values = f" ({row.values.replace(';', ', ')})" if row.values else ""
        write([f"# {row.column}: {row.meaning}{values}"])
    for comment in comments:
        write(comment)
    if rows is not None:
        for row in rows.itertuples(index=False):
            write(row)
    return buffer.getvalue()


def _roster(old: inputs.Inputs | None) -> pd.DataFrame | None:
    if old is None:
        return None
    return old.suppliers.assign(requested_on="", products="")


def _products(old: inputs.Inputs | None) -> list[list[str]]:
    if old is None or old.products.empty:
        return []
    said = "# Last year's products: the scope is judged anew each year; take the # away to keep one"
    rows = old.products.itertuples(index=False, name=None)
    return [[said], *([f"# {row[0]}", *row[1:]] for row in rows)]
