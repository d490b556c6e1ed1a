"""The grammar of a template's formulas: a text as nested tuples, and as it reads elsewhere."""

from __future__ import annotations

import re
from functools import lru_cache

from conflict_minerals.cmrt import column_number
from conflict_minerals.cmrt import letters as column_letters

_REF = r"\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}"
_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"]|"")*")|(?P<error>#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!))'
    r"|(?P<sheet>'(?:[^']|'')+'!|[A-Za-z_][\w.]*!)?(?P<ref>" + _REF + r")(?![\w(.])"
    r"|(?P<function>[A-Za-z_][\w.]*)\(|(?P<number>\d+(?:\.\d+)?(?:E[+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][\w.]*)|(?P<sign><>|>=|<=|[-+*/^&=<>%(),]))"
)
CELL = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d+)")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_LEVELS = (("=", "<>", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"))


class Unsupported(Exception):
    """A formula uses something that is not worked out here."""


def shift(formula: str, rows: int, columns: int) -> str:
    """A formula as it reads so many rows and columns further: how shared ones are told."""

    def moved(match) -> str:
        fixed, letters, still, row = match.groups()
        letters = letters if fixed else column_letters(column_number(letters) + columns)
        return f"{fixed}{letters}{still}{row if still else int(row) + rows}"

    out, at = [], 0
    for quoted in _QUOTED.finditer(formula):
        out += [CELL.sub(moved, formula[at : quoted.start()]), quoted[0]]
        at = quoted.end()
    return "".join(out) + CELL.sub(moved, formula[at:])


def _tokens(formula: str) -> list[tuple[str, str, str]]:
    found, at = [], 0
    formula = formula.strip()
    while at < len(formula):
        match = _TOKEN.match(formula, at)
        if not match:
            raise Unsupported(formula)
        found.append((match.lastgroup, match[match.lastgroup], match["sheet"] or ""))
        at = match.end()
    return [*found, ("end", "", "")]


@lru_cache(maxsize=4096)
def parse(formula: str) -> tuple:
    """A formula as nested tuples: ``(kind, …)``."""
    tokens = _tokens(formula)[::-1]

    def take(*signs: str) -> str:
        return tokens.pop()[1] if tokens[-1][0] == "sign" and tokens[-1][1] in signs else ""

    def need(sign: str) -> None:
        if not take(sign):
            raise Unsupported(formula)

    def binary(level: int = 0) -> tuple:
        if level == len(_LEVELS):
            return one()
        left = binary(level + 1)
        while sign := take(*_LEVELS[level]):
            left = ("binary", sign, left, binary(level + 1))
        return left

    def arguments() -> list[tuple]:
        found: list[tuple] = []
        while found or not take(")"):
            blank = tokens[-1][0] == "sign" and tokens[-1][1] in ",)"
            found.append(("value", None) if blank else binary())
            if take(")"):
                break
            need(",")
        return found

    def one() -> tuple:
        if sign := take("-", "+"):
            return ("binary", sign, ("value", 0.0), one())
        if take("("):
            inner = binary()
            need(")")
            return inner
        kind, word, sheet = tokens.pop()
        if kind == "text":
            return ("value", word[1:-1].replace('""', '"'))
        if kind == "number":
            return ("value", float(word))
        if kind == "ref":
            sheet = sheet[1:-2] if sheet.startswith("'") else sheet[:-1]
            return ("ref", sheet.replace("''", "'"), word.replace("$", ""))
        if kind == "function":
            return ("call", word.upper().removeprefix("_XLFN."), arguments())
        if kind == "name" and word.upper() in ("TRUE", "FALSE"):
            return ("value", word.upper() == "TRUE")
        if kind in ("name", "error"):
            return (kind, word)
        raise Unsupported(formula)

    tree = binary()
    if tokens[-1][0] != "end":
        raise Unsupported(formula)
    return tree
