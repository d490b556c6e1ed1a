"""Single values in a template's formulas: how they are compared, joined and reckoned with."""

import re
from collections.abc import Callable
from dataclasses import dataclass


class Failed(Exception):
    """A formula's value is an error such as ``#N/A``."""


@dataclass(frozen=True)
class Fault:
    """An error as a cell's value."""

    code: str


def key_of(value):
    return value.casefold() if isinstance(value, str) else value


def text_of(value) -> str:
    """A value as ``&`` joins it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    return value


def number(value) -> float:
    if value is None:
        return 0.0
    try:
        return float(value)
    except ValueError:
        raise Failed("#VALUE!") from None


def _rank(value) -> tuple:
    return (2, value) if isinstance(value, bool) else (
        (1, value.casefold()) if isinstance(value, str) else (0, value))


def apply(sign: str, left, right):
    for side in (left, right):
        if isinstance(side, Fault):
            return side
    if sign == "&":
        return text_of(left) + text_of(right)
    if sign in "+-*/":
        one, other = number(left), number(right)
        if sign == "/":
            return one / other if other else Fault("#DIV/0!")
        return one + other if sign == "+" else one - other if sign == "-" else one * other
    if left is None:
        left = "" if isinstance(right, str) else 0.0
    if right is None:
        right = "" if isinstance(left, str) else 0.0
    one, other = _rank(left), _rank(right)
    return {"=": one == other, "<>": one != other, "<": one < other, ">": one > other,
            "<=": one <= other, ">=": one >= other}[sign]  # fmt: skip


def truth(value) -> bool:
    if isinstance(value, str):
        raise Failed("#VALUE!")
    return bool(value)


def matcher(wanted) -> Callable:
    """Whether a value meets the criterion of COUNTIF: equal, or a text with ``*`` and ``?``."""
    if not isinstance(wanted, str):
        return lambda value: value == wanted and value is not None
    if not re.search(r"[*?]", wanted):
        return lambda value: isinstance(value, str) and value.casefold() == wanted.casefold()
    likeness = re.escape(wanted).replace(r"\*", ".*").replace(r"\?", ".")
    like = re.compile(likeness, re.I | re.S)
    return lambda value: isinstance(value, str) and bool(like.fullmatch(value))
