"""The claims of a finished year held against its files again, so that what broke names its claims.

Works on ``outputs/<year>`` alone: ``tables/claims.csv``, ``claim_figures.csv``,
``claim_evidence.csv``, ``figures.json`` and the documents.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd

from conflict_minerals.filing.claims import figures as counting
from conflict_minerals.filing.documents.document import Table, text_of
from conflict_minerals.filing.word import docxparts
from conflict_minerals.ground import tables as described
from conflict_minerals.ground.terms import GATE
from conflict_minerals.ground.text import unguarded
from conflict_minerals.store import chain


def digest(table: Table) -> str:
    """What a table prints as one hash: the same of the block, the ``.htm`` and the ``.docx``."""
    over = tuple(cell for cell, _ in table.over)
    rows = [[text_of(cell) for cell in row] for row in (over, table.head, *table.rows) if row]
    return _digest(rows)


def check(outputs: Path, changed: Iterable[str] = ()) -> pd.DataFrame:
    """Claims that do not hold any more, as gates ``gate, subject, reason``.

    A claim falls when its sentence or table stands in a document no more as it was, when a figure
    of it reads otherwise in ``figures.json``, or when a file that it rests on is in ``changed``:
    a path below the outputs, ``input <path>`` for one of the year's inputs, or ``figure <id>``
    for a figure that comes to something else.
    """
    names = ("claims", "claim_figures", "claim_evidence")
    read = {name: read_table(outputs, name, described.names(name)) for name in names}
    lost = [name for name, frame in read.items() if frame is None]
    if lost:
        return pd.DataFrame([lost_table(name) for name in lost
                             if (outputs / "tables" / f"{name}.csv").exists()],
                            columns=GATE, dtype="str")  # fmt: skip
    claims, figures, evidence = read.values()
    rows = [*_documents(outputs, claims), *_figures(outputs, figures),
            *_register(claims, figures, evidence)]  # fmt: skip
    for file in changed:
        for claim in _resting(file, figures, evidence, claims):
            rows.append(("claim", claim, f"rests on {file}, which is not as the run left it"))
    return pd.DataFrame(list(dict.fromkeys(rows)), columns=GATE, dtype="str")


def read_table(outputs: Path, name: str, columns: Iterable[str] = ()) -> pd.DataFrame | None:
    """A table of the outputs as text; ``None`` when it is not there or lacks one of ``columns``."""
    path = outputs / "tables" / f"{name}.csv"
    if not path.is_file():
        return None
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError):
        return None
    return frame if set(columns) <= set(frame) else None


def lost_table(name: str) -> tuple[str, str, str]:
    return "hash", f"tables/{name}.csv", "is no table of this workbook any more"


def _documents(outputs: Path, claims: pd.DataFrame):
    for name, mine in claims.groupby("document"):
        for ending, printed in ((".htm", _printed_htm), (".docx", _printed_docx)):
            path = outputs / "report" / f"{name}{ending}"
            text, tables = printed(path) if path.is_file() else ("", set())
            for row in mine.to_dict("records"):
                said = _plain(row["text"])
                said = said if said in text else unguarded(said)
                # A table without a caption is known by what it prints alone.
                where = f"report/{path.name}"
                if said not in text and not (row["printed"] and said.startswith("Table ")):
                    yield "claim", row["claim"], f"{where} does not say it as it was said"
                elif row["printed"] and row["printed"] not in tables:
                    yield "claim", row["claim"], f"its table in {where} was changed"


def _figures(outputs: Path, figures: pd.DataFrame):
    stated = counting.stated(outputs) if (outputs / "figures.json").is_file() else {}
    for row in figures.to_dict("records"):
        entry = stated.get(row["figure"])
        if entry is None:
            yield "claim", row["claim"], f"figure {row['figure']} is not in figures.json"
            continue
        for key in ("text", "table", "where", "how"):
            # A spreadsheet-safe CSV writes an apostrophe before a text that looks like a formula.
            if unguarded(row[key]) != unguarded(str(entry[key])):
                reason = f"figure {row['figure']}: {key} is {entry[key]!r} in figures.json"
                yield "claim", row["claim"], f"{reason}, {row[key]!r} in the claim"


def _register(claims: pd.DataFrame, figures: pd.DataFrame, evidence: pd.DataFrame):
    """Each claim lists its figures and evidence; the register has a line for each of them."""
    lines = {
        "figures": [(r["document"], r["claim"], r["figure"]) for r in figures.to_dict("records")],
        "evidence": [(r["document"], r["claim"], f"{r['kind']}:{r['reference']}")
                     for r in evidence.to_dict("records")],
    }  # fmt: skip
    # What lacks is listed and has no line; such a claim has closed its gate already.
    sound = claims[claims["missing"] == ""].to_dict("records")
    for column, held in lines.items():
        listed = {(claim["document"], claim["claim"], reference) for claim in sound
                  for reference in claim[column].split(";") if reference}  # fmt: skip
        for _, claim, reference in sorted(listed - set(held)):
            yield "claim", claim, f"{reference} of its {column} is gone from the register"


def _resting(file: str, figures, evidence, claims) -> list[str]:
    """The claims that rest on a file: on its table, on the tables made from it, or on itself."""
    if file.startswith("report/"):
        return []  # what changed in a document is named sentence by sentence
    if file.startswith("figure "):
        return sorted(set(figures.loc[figures["figure"] == file.removeprefix("figure "), "claim"]))
    name = file.removeprefix("input ")
    if file.startswith("tables/"):
        tables = {Path(file).stem}
    else:
        tables = _made_from(name) if file.startswith("input ") else set()
    on_tables = figures["table"].isin(tables)
    named = (evidence["kind"] == "file") & (evidence["reference"] == name)
    named |= (evidence["kind"] == "table") & evidence["reference"].isin(tables)
    if name == "program.yml":
        named |= evidence["kind"].isin(["setting", "fact", "promise"])
    found = set(figures.loc[on_tables, "claim"]) | set(evidence.loc[named, "claim"])
    if name.startswith("wording/"):
        found |= set(claims.loc[claims["file"] == Path(name).name, "claim"])
    return sorted(found)


def _made_from(name: str) -> set[str]:
    """The tables that follow from an input, by the chain's own list of what each step reads."""
    made: set[str] = set()
    for step in chain.steps()[:-1]:
        direct = any(name == r or (r.endswith("/") and name.startswith(r)) for r in step.reads)
        if direct or made & set(step.reads):
            made |= set(step.writes)
    own = {"products.csv": {"products"}, "correspondence.csv": {"correspondence", "suppliers"}}
    # program.yml and decisions.csv feed every step, but a change of them is named by its own line.
    return own.get(name, set() if name == "program.yml" else made)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _digest(rows: list[list[str]]) -> str:
    text = "\n".join("|".join(_plain(cell) for cell in row) for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()


class _Page(HTMLParser):
    """The running text and the tables of a page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.cell: list[str] | None = None

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = []
        elif tag in ("br", "p"):
            self.text.append(" ")

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.cell is not None:
            self.tables[-1][-1].append("".join(self.cell))
            self.cell = None

    def handle_data(self, data):
        (self.text if self.cell is None else self.cell).append(data)


def _printed_htm(path: Path) -> tuple[str, set[str]]:
    page = _Page()
    with suppress(IndexError):  # a cell or row that stands in no table
        page.feed(path.read_text(encoding="ascii", errors="replace"))
    return _plain("".join(page.text)), {_digest(rows) for rows in page.tables}


def _printed_docx(path: Path) -> tuple[str, set[str]]:
    try:
        docx = docxparts.opened(path.read_bytes())
    except (ValueError, OSError):
        return "", set()
    text = _plain(" ".join(paragraph.text for paragraph in docx.paragraphs))
    tables = {
        _digest([["".join(t.text or "" for t in cell.iter(_T)) for cell in row.iter(_TC)]
                 for row in table._tbl.iter(_TR)])
        for table in docx.tables
    }
    return text, tables


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_T, _TC, _TR = f"{_W}t", f"{_W}tc", f"{_W}tr"
