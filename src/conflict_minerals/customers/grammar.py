"""The grammar of a template's formulas: a text as nested tuples, and as it reads elsewhere."""

from __future__ import annotations

import re

from conflict_minerals.cmrt import column_number, letters

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
        fixed, named, still, row = match.groups()
        named = named if fixed else letters(column_number(named) + columns)
        return f"{fixed}{named}{still}{row if still else int(row) + rows}"

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


def parse(formula: str) -> tuple:
    """A formula as nested tuples: ``(kind, …)``."""
    tokens, at = _tokens(formula), 0

    def expect(sign: str) -> None:
        nonlocal at
        if tokens[at][:2] != ("sign", sign):
            raise Unsupported(formula)
        at += 1

    def binary(level: int) -> tuple:
        nonlocal at
        if level == len(_LEVELS):
            return unary()
        left = binary(level + 1)
        while tokens[at][0] == "sign" and tokens[at][1] in _LEVELS[level]:
            sign = tokens[at][1]
            at += 1
            left = ("binary", sign, left, binary(level + 1))
        return left

    def unary() -> tuple:
        nonlocal at
        if tokens[at][:2] in (("sign", "-"), ("sign", "+")):
            sign = tokens[at][1]
            at += 1
            return ("binary", sign, ("value", 0.0), unary())
        return one()

    def arguments() -> list[tuple]:
        nonlocal at
        found: list[tuple] = []
        if tokens[at][:2] == ("sign", ")"):
            at += 1
            return found
        while True:
            blank = tokens[at][0] == "sign" and tokens[at][1] in ",)"
            found.append(("value", None) if blank else binary(0))
            if tokens[at][:2] == ("sign", ","):
                at += 1
                continue
            expect(")")
            return found

    def one() -> tuple:
        nonlocal at
        kind, word, sheet = tokens[at]
        at += 1
        if kind == "text":
            return ("value", word[1:-1].replace('""', '"'))
        if kind == "number":
            return ("value", float(word))
        if kind == "error":
            return ("error", word)
        if kind == "ref":
            sheet = sheet[1:-2] if sheet.startswith("'") else sheet[:-1]
            return ("ref", sheet.replace("''", "'"), word.replace("$", ""))
        if kind == "function":
            return ("call", word.upper().removeprefix("_XLFN."), arguments())
        if kind == "name":
            if word.upper() in ("TRUE", "FALSE"):
                return ("value", word.upper() == "TRUE")
            return ("name", word)
        if word == "(":
            inner = binary(0)
            expect(")")
            return inner
        raise Unsupported(formula)

    tree = binary(0)
    if tokens[at][0] != "end":
        raise Unsupported(formula)
    return tree
