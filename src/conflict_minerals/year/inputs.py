"""The year's inputs: read, checked strictly, and known by one digest."""

import difflib
import re
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import codepages, csvfiles, library
from conflict_minerals.ground.columns import texts
from conflict_minerals.ground.csvfiles import to_date
from conflict_minerals.ground.errors import InputError
from conflict_minerals.year import filehashes, privacy, program, record

_YAML = ("program.yml", "lists.yml")
_FOLDERS = ("cmrt", "lists", "wording", "returned", "evidence", "filed", "amends", "previous")
_ENDINGS = {".csv", ".txt", ".tsv", ".xls", ".xlsx", ".yaml", ".yml"}
MAY_BE_ABSENT = ("origins.csv", "correspondence.csv", "decisions.csv", "signoff.csv",
                 "previous_annex.csv")
# Columns in which somebody at the registrant writes what he likes.
_FREE = {
    "decisions": ["reason"], "correspondence": ["reference"], "products": ["notes"],
    "suppliers": ["notes"], "origins": ["evidence", "source"],
}  # fmt: skip
_SUPPLIER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")



@dataclass(frozen=True)
class Inputs:
    """Everything that people gave for one year. Tables are text, blanks ``""``, dates ISO text."""

    program: dict  # program.yml, every key there; dates are datetime.date
    products: pd.DataFrame
    suppliers: pd.DataFrame
    correspondence: pd.DataFrame
    origins: pd.DataFrame
    previous_annex: pd.DataFrame  # what last year's filing listed, where no outputs of it exist
    decisions: pd.DataFrame
    signoff: pd.DataFrame
    lists: pd.DataFrame  # list_id, file, kind, scheme, source, as_of, metals (;), sha256
    files: pd.DataFrame  # file (POSIX path below the year's folder), sha256: every input
    noted: pd.DataFrame  # file, note: what cannot be read, or only under an assumption
    digest: str  # of every input but signoff.csv and returned/

    @property
    def parts(self) -> dict[str, str]:
        """A digest for each file or folder at the top, so that a change can be named."""
        out: dict[str, dict] = {}
        for file, sha in zip(self.files["file"], self.files["sha256"], strict=True):
            top, slash, _ = file.partition("/")
            if top not in filehashes.UNDIGESTED:
                out.setdefault(top + slash, {})[file] = sha
        return {top: filehashes.digest(hashes) for top, hashes in sorted(out.items())}


def load(raw: Path, year: int) -> Inputs:
    """Read and check the inputs of a year.

    Raises:
        InputError: the first thing wrong, with its file, its place and what to do.
    """
    raw = Path(raw)
    if not raw.is_dir():
        raise InputError(
            f"there is no folder {raw.name!r} with inputs of {year}",
            fix=f"Lay it out with: make year YEAR={year}",
        )
    _check_names(raw)
    for name in (*_YAML, *_csv_names()):
        if name not in MAY_BE_ABSENT and not (raw / name).is_file():
            raise InputError("is missing", file=name, fix=f"Put it into {raw.name}/")
    found, unread = filehashes.read(raw)
    # A copy: what a caller writes into it reaches no other.
    return deepcopy(_read(raw, year, tuple(found.items()), tuple(unread.items())))


@lru_cache(1)  # a run and its notebooks ask for the same; copies of a process have what it read
def _read(raw: Path, year: int, hashes: tuple, closed: tuple) -> Inputs:
    """The inputs of a year whose files have these hashes, or cannot be opened for that reason."""
    found, unread = dict(hashes), dict(closed)
    settings = program.load(raw / "program.yml")
    if settings["year"] != year:
        raise InputError(
            f"says {settings['year']}, but the run is for {year}", file="program.yml", where="year"
        )
    if settings["previous"] == year:
        raise InputError(
            "a year cannot be compared with itself", file="program.yml", where="previous",
            fix="Name an earlier year, or leave it blank",
        )  # fmt: skip
    tables = {name.removesuffix(".csv"): _table(raw, name) for name in _csv_names()}
    _check_suppliers(tables)
    record.check(tables["decisions"])
    tables |= _without_people(tables)
    files = pd.DataFrame(found.items(), columns=["file", "sha256"], dtype="str")
    lists = _lists(raw, found, unread)
    return Inputs(
        program=settings,
        **tables,
        lists=lists,
        files=files,
        noted=_noted(raw, unread, lists),
        digest=filehashes.digest(found),
    )


def _check_names(raw: Path) -> None:
    """What is not called as the form wants it would pass for absent, and its decisions for none."""
    there = [path for path in sorted(raw.iterdir()) if not filehashes.LITTER.search(path.name)]
    for names, folder in ((_FOLDERS, True), ((*_YAML, *_csv_names()), False)):
        for path in (path for path in there if path.name in names):
            if path.is_dir() != folder:
                what = "a file, not a folder" if folder else "a folder, not a file"
                raise InputError(f"is {what}", file=path.name, fix="Put it aside")
        for path in (path for path in there if path.is_dir() == folder):
            name = _meant(path, [name for name in names if not (raw / name).exists()])
            if name and path.name not in names:
                raise InputError("is not read", file=path.name, fix=f"Did you mean {name}?")


def _meant(path: Path, names: list[str]) -> str:
    """The name that was meant: the same but for its ending, its case or a letter or two."""
    near = difflib.get_close_matches(path.name.casefold(), names, 1, 0.85)
    if near or not {*path.suffixes} <= _ENDINGS:
        return near[0] if near else ""
    return {name.split(".")[0]: name for name in names}.get(path.name.split(".")[0].casefold(), "")


def _without_people(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables with people at suppliers masked in free text, which ends up in the outputs.

    The roster's contacts are known by name; addresses and telephone numbers by their form. The
    contact columns themselves stay: letters need them.
    """
    roster = tables["suppliers"]
    names = privacy.Names(roster["contact_name"], roster["supplier_name"])
    return {name: privacy.mask(tables[name], columns, names) for name, columns in _FREE.items()}


def split(cell: str) -> list[str]:
    """The ids that are joined in a cell."""
    return [part for part in cell.split(";") if part]


def _csv_names() -> list[str]:
    return list(dict.fromkeys(library.table("input_columns")["file"]))


def _table(raw: Path, name: str) -> pd.DataFrame:
    rows = library.table("input_columns").rename(columns={"values": "allowed"})
    rows = rows[rows["file"] == name]
    columns = rows["column"].tolist()
    if name in MAY_BE_ABSENT and not (raw / name).is_file():
        return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    needed = rows.loc[rows["need"] != "", "column"].tolist()
    frame = csvfiles.read(
        raw / name, needed, name=name, optional=[c for c in columns if c not in needed]
    )
    unknown = [c for c in frame.columns if c and c != "line" and c not in columns]
    if unknown:
        raise InputError(
            f"has a column {unknown[0]!r} that is not known",
            file=name,
            where="header",
            fix=program.near(unknown[0], columns, f"Known are {', '.join(columns)}"),
        )
    for row in rows.itertuples():
        frame[row.column] = _column(frame, row, name)
    return frame[columns].reset_index(drop=True)


def _column(frame: pd.DataFrame, row, name: str) -> pd.Series:
    allowed = row.allowed.split(";")
    out, seen = [], {}
    for line, text in zip(texts(frame["line"]), texts(frame[row.column]), strict=True):
        where = f"line {line}, {row.column}"
        if text == "" and row.need == "value":
            raise InputError(f"is blank: {row.meaning}", file=name, where=where)
        if text and row.type == "date":
            text = to_date(text, file=name, where=where).isoformat()
        elif text and row.type == "choice":
            text = _choice(text, allowed, name, where)
        elif row.type == "ids":
            text = ";".join(dict.fromkeys(p.strip() for p in text.split(";") if p.strip()))
        if row.key == "yes":
            if text.casefold() in seen:
                first = seen[text.casefold()]
                raise InputError(f"{text!r} stands in line {first} too", file=name, where=where)
            seen[text.casefold()] = line
        out.append(text)
    return pd.Series(out, index=frame.index, dtype="str")


def _choice(text: str, allowed: list[str], name: str, where: str) -> str:
    for word in allowed:
        if word.casefold() == text.casefold():
            return word
    raise InputError(f"{text!r} is not one of {', '.join(allowed)}", file=name, where=where)


def _check_suppliers(tables: dict[str, pd.DataFrame]) -> None:
    roster = tables["suppliers"]["supplier_id"].tolist()
    for supplier in roster:
        if not _SUPPLIER_ID.fullmatch(supplier):
            raise InputError(
                f"supplier_id {supplier!r} cannot name a folder",
                file="suppliers.csv",
                fix="Use letters, digits, - and _",
            )
    products = tables["products"]["product"].tolist()
    for product in tables["products"].itertuples():
        for supplier in split(product.suppliers):
            _known(supplier, roster, "supplier", "products.csv", product.product, "suppliers.csv")
    for supplier in tables["suppliers"].itertuples():
        for product in split(supplier.products):
            where = supplier.supplier_id
            _known(product, products, "product", "suppliers.csv", where, "products.csv")
    for sent in tables["correspondence"].itertuples():
        where = f"{sent.sent_on} {sent.kind}"
        _known(sent.supplier_id, roster, "supplier", "correspondence.csv", where, "suppliers.csv")


def _known(word: str, known: list[str], what: str, file: str, where: str, other: str) -> None:
    if word in known:
        return
    raise InputError(
        f"names the {what} {word!r}, which {other} does not have",
        file=file,
        where=where,
        fix=program.near(word, known, f"Add it to {other}"),
    )


def _noted(raw: Path, unread: dict[str, str], lists: pd.DataFrame) -> pd.DataFrame:
    notes = {file: f"cannot be read, so it is not used: {why}" for file, why in unread.items()}
    plain = [file for file in lists["file"] if Path(file).suffix.lower() in (".csv", ".txt")]
    for name in (*_YAML, *_csv_names(), *plain):
        said = codepages.assumed((raw / name).read_bytes()) if (raw / name).is_file() else ""
        if said:
            notes[name] = f"{said}: if these are wrong, save it as UTF-8"
    return pd.DataFrame(sorted(notes.items()), columns=["file", "note"], dtype="str")


def _lists(raw: Path, hashes: dict[str, str], unread: dict[str, str]) -> pd.DataFrame:
    records = []
    for item in program.load(raw / "lists.yml")["lists"]:
        file = "lists/" + item["file"].removeprefix("lists/")
        if file in unread:
            raise InputError(f"cannot be read: {unread[file]}", file=file)
        if file not in hashes:
            there = [f for f in hashes if f.startswith("lists/")]
            raise InputError(
                f"names {file}, which is not there",
                file="lists.yml",
                where=f"id {item['id']}",
                fix=program.near(file, there, "Put the file into lists/"),
            )
        records.append(
            [item["id"], file, item["kind"], item["scheme"], item["source"],
             item["as_of"].isoformat(), ";".join(item["metals"]), hashes[file]]
        )
    columns = ["list_id", "file", "kind", "scheme", "source", "as_of", "metals", "sha256"]
    return pd.DataFrame(records, columns=columns, dtype="str")
