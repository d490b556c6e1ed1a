"""EDGAR linter: a document held against the rules of ``edgar_rules.csv``.

The tags and attributes stand in ``edgar_tags.csv``. Nothing is repaired and
nothing is sent; each finding says the rule, the place and what to do.
"""

import re
from functools import cache
from html.entities import name2codepoint
from pathlib import Path

import pandas as pd

from conflict_minerals.filing.edgar.lint_markup import GRAPHICS, Document
from conflict_minerals.ground import library
from conflict_minerals.ground.text import number_of

COLUMNS = ["file", "line", "rule", "message", "fix"]

_ENTITY = re.compile(r"&(#[xX]?[0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*)?(;)?")
_DOCUMENTS = (".htm", ".txt")
_MARKUP = (".htm", ".html")


@cache
def rules() -> pd.DataFrame:
    """The rules, indexed by their id."""
    return library.table("edgar_rules").set_index("rule")


def limit(rule: str) -> int:
    """The number that a rule compares with."""
    return int(rules().at[rule, "limit"])


def check(data: bytes, name: str, beside: dict[str, bytes] | None = None) -> pd.DataFrame:
    """Findings for one document: ``file, line, rule, message, fix``, in the document's order.

    ``beside`` holds the other files of the submission by name; links and images are resolved
    in it. An empty table means that no rule is broken.
    """
    beside = beside or {}
    found = list(_name(name)) + list(_size(data))
    suffix = Path(name).suffix.lower()
    if suffix not in GRAPHICS:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if suffix in GRAPHICS:
        if not data.startswith(GRAPHICS[suffix]):
            found.append((1, "image_type", f"{name} does not begin as a {suffix} file does"))
    elif suffix == ".txt":
        found += list(_ascii(data)) + list(_lines(data))
    elif suffix in _MARKUP:
        text = data.decode("ascii", errors="replace")
        found += list(_ascii(data))
        parser = Document(name, beside)
        parser.feed(text)
        parser.close()
        found += parser.finish() + list(_entities(text))
    found = sorted(dict.fromkeys(found), key=lambda item: item[0])
    fixes = rules()["fix"]
    records = [(name, line, rule, message, fixes[rule]) for line, rule, message in found]
    return pd.DataFrame(records, columns=COLUMNS).astype({"line": "int64"})


def check_file(path: Path) -> pd.DataFrame:
    """``check`` over a file, with the files of its folder as the rest of the submission."""
    path = Path(path)
    beside = {p.name: p.read_bytes() for p in sorted(path.parent.iterdir())
              if p.is_file() and p.suffix.lower() in (*_DOCUMENTS, *GRAPHICS)}
    return check(path.read_bytes(), path.name, beside)


def gates(findings: pd.DataFrame) -> pd.DataFrame:
    """The findings as reasons that keep the gate closed: ``gate, subject, reason``."""
    reason = "line " + findings["line"].astype("str") + ": " + findings["message"]
    return pd.DataFrame({
        "gate": ["lint"] * len(findings),
        "subject": findings["file"].to_numpy(),
        "reason": (reason + " (" + findings["rule"] + ")").to_numpy(),
    }).astype("str")


def main(paths: list[str]) -> int:
    """The command ``lint FILE …``: prints each finding; 0 without any, 1 with some, 2 unread."""
    count = 0
    for given in paths:
        path = Path(given)
        if not path.is_file():
            print(f"ERROR {given}: no such file")
            return 2
        findings = check_file(path)
        count += len(findings)
        for row in findings.itertuples():
            print(f"{given}:{row.line}: {row.rule}: {row.message}. {row.fix}")
    files = number_of(len(paths), "file", "files")
    print(f"{number_of(count, 'finding', 'findings')} in {files}")
    return 1 if count else 0


def _name(name: str):
    if len(name) > limit("file_name"):
        yield 1, "file_name", f"{name} has {len(name)} characters, {limit('file_name')} are allowed"
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
        yield 1, "file_name", f"{name} holds a character that a file name may not hold"
    if Path(name).suffix.lower() not in (*_DOCUMENTS, *GRAPHICS):
        yield 1, "file_type", f"{name} is not of a kind that is sent"


def _size(data: bytes):
    if len(data) > limit("size"):
        yield 1, "size", f"{len(data):,} bytes, the limit is {limit('size'):,}"


def _ascii(data: bytes):
    for number, line in enumerate(data.split(b"\n"), 1):
        odd = [byte for byte in line if not (32 <= byte < 127 or byte == 9)]
        if odd:
            yield number, "ascii", f"{len(odd)} byte(s) outside ASCII, the first {odd[0]:#04x}"


def _lines(data: bytes):
    inside = False
    for number, line in enumerate(data.decode("ascii", errors="replace").splitlines(), 1):
        inside = inside or "<TABLE" in line.upper()
        rule = "table_length" if inside else "line_length"
        if len(line) > limit(rule):
            yield number, rule, f"{len(line)} characters, {limit(rule)} are allowed"
        if "</TABLE>" in line.upper():
            inside = False


def _entities(text: str):
    for number, line in enumerate(text.split("\n"), 1):
        for match in _ENTITY.finditer(line):
            body, end = match.groups()
            if body is None or not end:
                yield number, "ampersand", "a '&' that begins no entity"
            elif body.startswith("#"):
                if not _character(body[1:]):
                    yield number, "entity", f"&{body}; names no character"
            elif body not in name2codepoint:
                yield number, "entity", f"&{body}; is no entity of HTML 4"


def _character(number: str) -> bool:
    """Does a number, decimal or hexadecimal after an x, name a character?"""
    digits = number.lstrip("xX").lstrip("0") or "0"
    code = int(digits[:9], 16 if number[0] in "xX" else 10)
    control = code < 32 and code not in (9, 10, 13) or 127 <= code <= 159
    return not (control or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF)
