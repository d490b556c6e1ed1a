"""Works out a template's own formulas, as far as the templates use them.

A value that a formula would show is written beside it, for readers that do not calculate. Where
a formula uses what is not known here, it is left as it stands: Excel calculates it on opening.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import NamedTuple

from conflict_minerals.cmrt import address, column_number
from conflict_minerals.customers.grammar import CELL, Unsupported, parse


@dataclass(unsafe_hash=True)
class Fault(Exception):
    """An error such as ``#N/A``, as a cell's value and on its way to one."""

    code: str


class Area(NamedTuple):
    """A block of cells; columns and rows count from 1, both ends included."""

    sheet: str
    row: int
    column: int
    last_row: int
    last_column: int


class Evaluator:
    """Evaluates formulas over ``sheets``, which is a ``blank.Blank``.

    A formula's parts are trees of ``grammar.parse``; ``at`` is the sheet, row and column of its
    cell. What a part gives is a value, a list of values or an ``Area``.
    """

    def __init__(self, sheets):
        self.sheets = sheets
        self._found: dict[Area, dict] = {}

    def value(self, formula: str, sheet: str, row: int, column: int):
        """What a formula in a cell shows: text, number, truth value or ``Fault``.

        Raises:
            Unsupported: it uses something that is not worked out here.
        """
        shown = self.caught(parse(formula), (sheet, row, column))
        return 0.0 if shown is None else shown

    def area(self, formula: str, sheet: str) -> list:
        """The values of the cells that a formula names, such as the source of a list."""
        return self.many(parse(formula), (sheet, 1, 1))

    def of(self, tree: tuple, at: tuple):
        match tree:
            case ("value", held):
                return held
            case ("error", code):
                raise Fault(code)
            case ("ref", sheet, ref):
                return self._block(sheet or at[0], ref)
            case ("name", word):
                return self.of(parse(self.sheets.name(word, at[0])), at)
            case ("binary", sign, left, right):
                return _binary(sign, self.many(left, at), self.many(right, at))
            case ("call", name, parts) if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, parts, at)
        raise Unsupported(str(tree[1]))

    def _block(self, sheet: str, ref: str) -> Area:
        first, _, last = ref.partition(":")
        one, other = (CELL.fullmatch(end) for end in (first, last or first))
        if one is None:
            lowest = self.sheets.last_row(sheet)
            return Area(sheet, 1, column_number(first), lowest, column_number(last))
        return Area(sheet, int(one[4]), column_number(one[2]), int(other[4]),
                    column_number(other[2]))

    def values(self, held) -> list:
        if isinstance(held, Area):
            return [self.sheets.value(held.sheet, row, column)
                    for row in range(held.row, held.last_row + 1)
                    for column in range(held.column, held.last_column + 1)]  # fmt: skip
        return held if isinstance(held, list) else [held]

    def many(self, tree: tuple, at: tuple) -> list:
        return self.values(self.of(tree, at))

    def one(self, tree: tuple, at: tuple):
        first = self.many(tree, at)[0]
        if isinstance(first, Fault):
            raise first
        return first

    def caught(self, tree: tuple, at: tuple):
        """A value, or the fault in its place."""
        try:
            return self.one(tree, at)
        except Fault as fault:
            return fault

    def text(self, tree: tuple, at: tuple) -> str:
        return text_of(self.one(tree, at))

    def whole(self, tree: tuple, at: tuple) -> int:
        return int(_number(self.one(tree, at)))

    def every(self, parts: list, at: tuple) -> list:
        held = [value for part in parts for value in self.many(part, at)]
        for value in held:
            if isinstance(value, Fault):
                raise value
        return held

    def position(self, wanted, held) -> int:
        """The place of the first cell or value that is equal, from 1."""
        places = self._found.get(held) if isinstance(held, Area) else None
        if places is None:
            places = {}
            for place, value in enumerate(self.values(held), 1):
                places.setdefault(_key(value), place)
            if isinstance(held, Area) and self.sheets.settled(held.sheet):
                self._found[held] = places
        if _key(wanted) not in places:
            raise Fault("#N/A")
        return places[_key(wanted)]


def text_of(value) -> str:
    """A value as ``&`` joins it."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return value or ""


def _key(value):
    return value.casefold() if isinstance(value, str) else value


def _number(value) -> float:
    try:
        return float(value or 0.0)
    except ValueError:
        raise Fault("#VALUE!") from None


def _truth(value) -> bool:
    if isinstance(value, str):
        raise Fault("#VALUE!")
    return bool(value)


_COMPARED = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt,
             "<=": operator.le, ">=": operator.ge}  # fmt: skip
_RECKONED = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def _binary(sign: str, left: list, right: list):
    size = max(len(left), len(right))
    made = [_apply(sign, left[n if len(left) > 1 else 0], right[n if len(right) > 1 else 0])
            for n in range(size)]  # fmt: skip
    if size == 1 and isinstance(made[0], Fault):
        raise made[0]
    return made if size > 1 else made[0]


def _apply(sign: str, left, right):
    for side in (left, right):
        if isinstance(side, Fault):
            return side
    if sign == "&":
        return text_of(left) + text_of(right)
    if sign in _RECKONED:
        try:
            return _RECKONED[sign](_number(left), _number(right))
        except ZeroDivisionError:
            return Fault("#DIV/0!")
    if sign not in _COMPARED:
        raise Unsupported(sign)
    one, other = (("" if isinstance(across, str) else 0.0) if side is None else side
                  for side, across in ((left, right), (right, left)))  # fmt: skip
    return _COMPARED[sign](_rank(one), _rank(other))


def _rank(value) -> tuple:
    """Numbers stand before texts, and texts before truth values."""
    return 2 if isinstance(value, bool) else 1 if isinstance(value, str) else 0, _key(value)


def _meets(wanted, value) -> bool:
    """Whether a value meets the criterion of COUNTIF: equal, or a text with ``*`` and ``?``."""
    if not isinstance(wanted, str):
        return value is not None and value == wanted
    like = re.escape(wanted).replace(r"\*", ".*").replace(r"\?", ".")
    return isinstance(value, str) and bool(re.fullmatch(like, value, re.I | re.S))


def _if(own: Evaluator, parts, at):
    branch = 1 if _truth(own.one(parts[0], at)) else 2
    return own.of(parts[branch], at) if branch < len(parts) else False


def _if_fault(own: Evaluator, parts, at):
    held = own.caught(parts[0], at)
    return own.of(parts[1], at) if isinstance(held, Fault) else held


def _countif(own: Evaluator, parts, at):
    values = own.many(parts[0], at)
    counts = [float(sum(_meets(one, value) for value in values)) for one in own.many(parts[1], at)]
    return counts if len(counts) > 1 else counts[0]


def _match(own: Evaluator, parts, at):
    if len(parts) < 3 or own.whole(parts[2], at):
        raise Unsupported("MATCH")
    return float(own.position(own.one(parts[0], at), own.of(parts[1], at)))


def _index(own: Evaluator, parts, at):
    area, places = own.of(parts[0], at), [own.whole(part, at) for part in parts[1:3]]
    if not isinstance(area, Area):
        raise Unsupported("INDEX")
    row, column = area.row + places[0] - 1, area.column + (places[1:] or [1])[0] - 1
    return Area(area.sheet, row, column, row, column)


def _offset(own: Evaluator, parts, at):
    area = own.of(parts[0], at)
    if any(part != ("value", None) for part in parts[3:]) or not isinstance(area, Area):
        raise Unsupported("OFFSET")
    down, along = (own.whole(part, at) for part in parts[1:3])
    return Area(area.sheet, area.row + down, area.column + along, area.last_row + down,
                area.last_column + along)  # fmt: skip


def _hlookup(own: Evaluator, parts, at):
    area = own.of(parts[1], at)
    place = own.position(own.one(parts[0], at), area._replace(last_row=area.row))
    row, column = area.row + own.whole(parts[2], at) - 1, area.column + place - 1
    return Area(area.sheet, row, column, row, column)


def _sumproduct(own: Evaluator, parts, at):
    if len(parts) > 1:
        raise Unsupported("SUMPRODUCT")
    return float(sum(v for v in own.many(parts[0], at) if isinstance(v, float)))


def _address(own: Evaluator, parts, at):
    row, column, form = (own.whole(part, at) for part in parts[:3])
    if form != 4:
        raise Unsupported("ADDRESS")
    return address(row, column)


def _search(own: Evaluator, parts, at):
    wanted, within = (own.text(part, at).casefold() for part in parts[:2])
    if wanted not in within:
        raise Fault("#VALUE!")
    return within.find(wanted) + 1.0


def _indirect(own: Evaluator, parts, at):
    tree = parse(own.text(parts[0], at))
    if tree[0] != "ref":
        raise Fault("#REF!")
    return own.of(tree, at)


_FUNCTIONS = {
    "IF": _if, "IFNA": _if_fault, "IFERROR": _if_fault, "COUNTIF": _countif, "MATCH": _match,
    "INDEX": _index, "OFFSET": _offset, "HLOOKUP": _hlookup, "SUMPRODUCT": _sumproduct,
    "ADDRESS": _address, "SEARCH": _search, "INDIRECT": _indirect,
    "NA": lambda own, parts, at: own.of(("error", "#N/A"), at),
    "LEFT": lambda own, parts, at: own.text(parts[0], at)[
        : own.whole(parts[1], at) if len(parts) > 1 else 1],
    "AND": lambda own, parts, at: all(map(_truth, own.every(parts, at))),
    "OR": lambda own, parts, at: any(map(_truth, own.every(parts, at))),
    "ISERROR": lambda own, parts, at: isinstance(own.caught(parts[0], at), Fault),
    "ISBLANK": lambda own, parts, at: own.caught(parts[0], at) is None,
    "ISNUMBER": lambda own, parts, at: type(own.caught(parts[0], at)) is float,
    "LEN": lambda own, parts, at: float(len(own.text(parts[0], at))),
    "ROW": lambda own, parts, at: float(own.of(parts[0], at).row if parts else at[1]),
    "COLUMN": lambda own, parts, at: float(own.of(parts[0], at).column if parts else at[2]),
    "SUM": lambda own, parts, at: float(sum(v for v in own.every(parts, at) if type(v) is float)),
    "COUNTBLANK": lambda own, parts, at: float(
        sum(v in (None, "") for v in own.many(parts[0], at))),
}  # fmt: skip
