"""Builds one example year: the inputs that people keep, and the templates that suppliers return."""

from datetime import date
from importlib.resources import files
from pathlib import Path

from example import evidence
from example.export import ACTIVE, CONFORMANT, spreadsheetml
from example.smelters import FIRST_ROW, NOT_IDENTIFIED, NOT_LISTED
from example.template import METALS, Form, questions, workbook

LOOKUP_METALS = ("Gold", "Tantalum", "Tin", "Tungsten")


def own_inputs(year: int) -> dict[str, bytes]:
    """The year's hand-written inputs, as they lie in ``inputs/<year>`` of this package.

    With them the documents that its facts name.
    """
    root = files(__package__).joinpath("inputs", str(year))
    found: dict[str, bytes] = {}

    def walk(folder, prefix: str) -> None:
        for entry in sorted(folder.iterdir(), key=lambda item: item.name):
            if entry.is_dir():
                walk(entry, f"{prefix}{entry.name}/")
            else:
                found[prefix + entry.name] = entry.read_bytes()

    walk(root, "")
    return found | evidence.files(found["program.yml"])


def lookup(smelters: list[dict], aliases: list[dict], source: str,
           metals: tuple[str, ...] = LOOKUP_METALS) -> list[dict]:
    """The entries of a Smelter Look-up sheet: names and aliases by metal, then the two special."""
    names = {(row["metal"], row["smelter_id"]): row for row in smelters}
    entries = [_entry(row, row["smelter_name"], source) for row in smelters]
    entries += [_entry(names[(row["metal"], row["smelter_id"])], row["alias"], source)
                for row in aliases if (row["metal"], row["smelter_id"]) in names]
    ordered = []
    for metal in metals:
        block = [entry for entry in entries if entry["metal"] == metal]
        ordered += sorted(block, key=lambda entry: entry["lookup_name"].casefold())
        ordered += [{"metal": metal, "lookup_name": name, "standard_name": standard,
                     "country": "", "smelter_id": "", "source": ""}
                    for name, standard in ((NOT_LISTED, ""), (NOT_IDENTIFIED, "Unknown"))]
    return ordered


def _entry(row: dict, name: str, source: str) -> dict:
    return {"metal": row["metal"], "lookup_name": name, "standard_name": row["smelter_name"],
            "country": row["country_name"], "smelter_id": row["smelter_id"], "source": source}


def answers(rows: list[dict], key: str, revision: str) -> dict:
    """(question, metal) -> (answer, comment) of one file."""
    found: dict = {}
    own = [row for row in rows if row["key"] == key]
    if key.endswith("-first"):
        own = [row for row in rows if row["key"] == key.removesuffix("-first")] + own
    known = {question["question"] for question in questions(revision)}
    for row in own:
        if row["question"] not in known:
            raise ValueError(f"{key}: {revision} has no question {row['question']}")
        if row["company"]:
            found[(row["question"], "")] = (row["company"], row["comments"])
            continue
        said = dict(part.split(": ", 1) for part in row["comments"].split(" | ") if part)
        for metal in METALS:
            found[(row["question"], metal)] = (row[metal.lower()], said.get(metal, ""))
    return found


def form(file: dict, said: dict, rows: list[dict], entries: list[dict]) -> Form:
    """The filled template for a line of ``files.csv``."""
    fields = dict(file)
    if file["date_form"] == "date":
        fields["effective_date"] = date.fromisoformat(file["effective_date"])
    products = [tuple(product.split("|")) for product in file["products"].split(";") if product]
    return Form(revision=file["revision"], language=file["language"], fields=fields,
                answers=said, smelters=rows, products=products, lookup=entries)


def place(regular: list[dict], special: list[dict]) -> list[dict]:
    """Special rows put at the sheet row that they ask for, the others after the regular ones."""
    rows = list(regular)
    for row in sorted((row for row in special if row["at"]), key=lambda row: int(row["at"])):
        index = int(row["at"]) - FIRST_ROW
        if index > len(rows):
            raise ValueError(f"{row['key']}: row {row['at']} lies beyond the list")
        rows.insert(index, row)
    return rows + [row for row in special if not row["at"]]


def conformant_list(rows: list[dict]) -> bytes:
    """A conformant list; ``rows`` may carry state, website, last_audit, audit_cycle and so on."""
    keys = ("state", "website", "last_audit", "audit_cycle", "reaudit", "lbma", "rjc")
    return spreadsheetml("Conformant smelters", CONFORMANT, [
        [row["metal"], row["smelter_id"], row["smelter_name"], row.get(keys[0], ""),
         row["country_name"], *(row.get(key, "") for key in keys[1:])] for row in rows])


def active_list(rows: list[dict]) -> bytes:
    """An active list."""
    return spreadsheetml("Active smelters", ACTIVE, [
        [row["metal"], row["smelter_id"], row["smelter_name"], row.get("state", ""),
         row["country_name"]] for row in rows])


def truth_of(key: str, path: str, rows: list[dict]) -> list[dict]:
    """What a careful reader makes of each row of a file: the expected match."""
    return [{"file": path, "row": number, "match": row["truth_match"],
             "smelter_id": row["truth_id"], "trap": row.get("trap", "")}
            for number, row in enumerate(rows, start=FIRST_ROW) if row["way"] != "gap"]


def workbook_of(file: dict, said: dict, rows: list[dict], entries: list[dict]) -> bytes:
    """The bytes of the template for a line of ``files.csv``."""
    return workbook(form(file, said, rows, entries))


def write(folder: Path, contents: dict[str, bytes]) -> None:
    """Writes files below ``folder``; what lies there under other names is left alone."""
    for name, data in sorted(contents.items()):
        target = folder.joinpath(*name.split("/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
