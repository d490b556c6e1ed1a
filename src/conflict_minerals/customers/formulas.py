"""Works out a template's own formulas, as far as the templates use them.

A value that a formula would show is written beside it, for readers that do not calculate. Where
a formula uses what is not known here, it is left as it stands: Excel calculates it on opening.
"""

from __future__ import annotations

from dataclasses import dataclass

from conflict_minerals.cmrt import address, column_number
from conflict_minerals.customers.grammar import CELL, Unsupported, parse
from conflict_minerals.customers.scalars import (
    Failed,
    Fault,
    apply,
    key_of,
    matcher,
    number,
    text_of,
    truth,
)


@dataclass(frozen=True)
class Area:
    """A block of cells; columns and rows count from 1, both ends included."""

    sheet: str
    row: int
    column: int
    last_row: int
    last_column: int

    def cells(self):
        for row in range(self.row, self.last_row + 1):
            for column in range(self.column, self.last_column + 1):
                yield row, column


class Evaluator:
    """Evaluates formulas over ``sheets``, a ``blank.Blank`` or whatever has its four methods
    ``value(sheet, row, column)``, ``name(word, sheet)``, ``last_row(sheet)``, ``settled(sheet)``.

    A position finds the first of equal texts at once.
    """

    def __init__(self, sheets):
        self.sheets = sheets
        self._found: dict[Area, dict] = {}

    def value(self, formula: str, sheet: str, row: int, column: int):
        """What a formula in a cell shows: text, number, truth value or ``Fault``.

        Raises:
            Unsupported: it uses something that is not worked out here.
        """
        try:
            shown = self._one(self._of(parse(formula), (sheet, row, column)))
        except Failed as error:
            return Fault(error.args[0])
        return 0.0 if shown is None else shown

    def area(self, formula: str, sheet: str) -> list:
        """The values of the cells that a formula names, such as the source of a list."""
        return self._many(self._of(parse(formula), (sheet, 1, 1)))

    def _of(self, tree: tuple, at: tuple):
        kind = tree[0]
        if kind == "value":
            return tree[1]
        if kind == "error":
            raise Failed(tree[1])
        if kind == "ref":
            return self._area(tree[1] or at[0], tree[2])
        if kind == "name":
            return self._of(parse(self.sheets.name(tree[1], at[0])), at)
        if kind == "binary":
            return self._binary(tree[1], self._of(tree[2], at), self._of(tree[3], at))
        function = _FUNCTIONS.get(tree[1])
        if function is None:
            raise Unsupported(tree[1])
        return function(self, tree[2], at)

    def _area(self, sheet: str, ref: str) -> Area:
        first, _, last = ref.partition(":")
        one, other = (CELL.fullmatch(end) for end in (first, last or first))
        if one is None:
            lowest = self.sheets.last_row(sheet)
            return Area(sheet, 1, column_number(first), lowest, column_number(last))
        left, right = column_number(one[2]), column_number(other[2])
        return Area(sheet, int(one[4]), left, int(other[4]), right)

    def many(self, tree: tuple, at: tuple) -> list:
        """The values of a part of a formula."""
        return self._many(self._of(tree, at))

    def one(self, tree: tuple, at: tuple):
        """The first of them."""
        return self._one(self._of(tree, at))

    def whole(self, tree: tuple, at: tuple) -> int:
        """The first of them as a whole number."""
        return int(number(self.one(tree, at)))

    def _raw(self, area: Area) -> list:
        return [self.sheets.value(area.sheet, row, column) for row, column in area.cells()]

    def _many(self, held) -> list:
        if isinstance(held, Area):
            return self._raw(held)
        return held if isinstance(held, list) else [held]

    def _one(self, held):
        many = self._many(held)
        if isinstance(many[0], Fault):
            raise Failed(many[0].code)
        return many[0]

    def _binary(self, sign: str, left, right):
        left, right = self._many(left), self._many(right)
        size = max(len(left), len(right))
        made = [apply(sign, left[n if len(left) > 1 else 0], right[n if len(right) > 1 else 0])
                for n in range(size)]  # fmt: skip
        if size == 1 and isinstance(made[0], Fault):
            raise Failed(made[0].code)
        return made if size > 1 else made[0]

    def position(self, wanted, area: Area) -> int:
        """The place of the first cell of an area that is equal, from 1."""
        if area not in self._found or not self.sheets.settled(area.sheet):
            places: dict = {}
            for place, value in enumerate(self._raw(area), 1):
                places.setdefault(key_of(value), place)
            self._found[area] = places
        place = self._found[area].get(key_of(wanted))
        if place is None:
            raise Failed("#N/A")
        return place


def _lazy_if(own: Evaluator, parts, at):
    branch = 1 if truth(own.one(parts[0], at)) else 2
    return own._of(parts[branch], at) if branch < len(parts) else False


def _caught(own: Evaluator, tree, at):
    """A value, or the fault in its place."""
    try:
        return own.one(tree, at)
    except Failed as error:
        return Fault(error.args[0])


def _if_fault(own: Evaluator, parts, at):
    held = _caught(own, parts[0], at)
    return own._of(parts[1], at) if isinstance(held, Fault) else held


def _countif(own: Evaluator, parts, at):
    values = own.many(parts[0], at)
    wanted = own.many(parts[1], at)
    counts = [float(sum(map(matcher(one), values))) for one in wanted]
    return counts if len(counts) > 1 else counts[0]


def _match(own: Evaluator, parts, at):
    wanted, area = own.one(parts[0], at), own._of(parts[1], at)
    if len(parts) < 3 or number(own.one(parts[2], at)):
        raise Unsupported("MATCH")
    if isinstance(area, Area):
        return float(own.position(wanted, area))
    for place, value in enumerate(own._many(area), 1):
        if key_of(value) == key_of(wanted):
            return float(place)
    raise Failed("#N/A")


def _index(own: Evaluator, parts, at):
    area = own._of(parts[0], at)
    if not isinstance(area, Area):
        raise Unsupported("INDEX")
    row = own.whole(parts[1], at)
    column = own.whole(parts[2], at) if len(parts) > 2 else 1
    row, column = area.row + row - 1, area.column + column - 1
    return Area(area.sheet, row, column, row, column)


def _offset(own: Evaluator, parts, at):
    area = own._of(parts[0], at)
    rows, columns = (own.whole(part, at) for part in parts[1:3])
    if any(part != ("value", None) for part in parts[3:]) or not isinstance(area, Area):
        raise Unsupported("OFFSET")
    return Area(area.sheet, area.row + rows, area.column + columns, area.last_row + rows,
                area.last_column + columns)  # fmt: skip


def _hlookup(own: Evaluator, parts, at):
    area = own._of(parts[1], at)
    first = Area(area.sheet, area.row, area.column, area.row, area.last_column)
    place = own.position(own.one(parts[0], at), first)
    row = area.row + own.whole(parts[2], at) - 1
    column = area.column + place - 1
    return Area(area.sheet, row, column, row, column)


def _sumproduct(own: Evaluator, parts, at):
    held = own.many(parts[0], at)
    if len(parts) > 1:
        raise Unsupported("SUMPRODUCT")
    return float(sum(v for v in held if isinstance(v, float)))


def _address(own: Evaluator, parts, at):
    row, column, form = (own.whole(part, at) for part in parts[:3])
    if form != 4:
        raise Unsupported("ADDRESS")
    return address(row, column)


def _search(own: Evaluator, parts, at):
    wanted, within = (text_of(own.one(part, at)) for part in parts[:2])
    found = within.casefold().find(wanted.casefold())
    if found < 0:
        raise Failed("#VALUE!")
    return found + 1.0


def _all_of(own: Evaluator, parts, at) -> list:
    held = [value for part in parts for value in own.many(part, at)]
    for value in held:
        if isinstance(value, Fault):
            raise Failed(value.code)
    return held


def _indirect(own: Evaluator, parts, at):
    tree = parse(text_of(own.one(parts[0], at)))
    if tree[0] != "ref":
        raise Failed("#REF!")
    return own._of(tree, at)


def _failed(own: Evaluator, parts, at):
    raise Failed("#N/A")


def _left(own: Evaluator, parts, at):
    size = own.whole(parts[1], at) if len(parts) > 1 else 1
    return text_of(own.one(parts[0], at))[:size]


_FUNCTIONS = {
    "IF": _lazy_if, "IFNA": _if_fault, "IFERROR": _if_fault, "COUNTIF": _countif, "NA": _failed,
    "MATCH": _match, "INDEX": _index, "OFFSET": _offset, "HLOOKUP": _hlookup, "LEFT": _left,
    "SUMPRODUCT": _sumproduct, "ADDRESS": _address, "SEARCH": _search, "INDIRECT": _indirect,
    "AND": lambda own, parts, at: all(map(truth, _all_of(own, parts, at))),
    "OR": lambda own, parts, at: any(map(truth, _all_of(own, parts, at))),
    "ISERROR": lambda own, parts, at: isinstance(_caught(own, parts[0], at), Fault),
    "ISBLANK": lambda own, parts, at: _caught(own, parts[0], at) is None,
    "ISNUMBER": lambda own, parts, at: type(_caught(own, parts[0], at)) is float,
    "LEN": lambda own, parts, at: float(len(text_of(own.one(parts[0], at)))),
    "ROW": lambda own, parts, at: float(own._of(parts[0], at).row if parts else at[1]),
    "COLUMN": lambda own, parts, at: float(own._of(parts[0], at).column if parts else at[2]),
    "SUM": lambda own, parts, at: float(
        sum(v for v in _all_of(own, parts, at) if type(v) is float)),
    "COUNTBLANK": lambda own, parts, at: float(
        sum(v in (None, "") for v in own.many(parts[0], at))),
}  # fmt: skip
