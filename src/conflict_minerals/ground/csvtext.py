"""The text of a CSV file as people and programs save it: its separator, its lines.

Lists are read in small processes that have no room for pandas, so none is loaded here.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

csv.field_size_limit(2**31 - 1)  # so that a value of any length is told from one never closed
_END = "\0"  # put below the last line: no text holds it
_LOOKED_AT = 20
_SIGNS = ",;\t|"


class Unclosed(ValueError):
    """A quotation mark that opens in ``line`` and is never closed."""

    def __init__(self, line: int):
        super().__init__(line)
        self.line = line


def lines(text: str, columns: Iterable[str] = ()) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """The separator, and the number and values of each line; a line ``sep=;`` says it itself.

    Where ``columns`` are known, the sign that parts a line into these has it.

    Raises:
        Unclosed: while it is read; a quote never closed would swallow all lines below it.
    """
    said = re.match(r"sep=([^\r\n]?)\s*?(?:\r\n?|\n)", text, re.I)
    body = text[said.end():] if said else text
    separator = (said[1] if said else "") or _separator(body, set(columns))
    return separator, _lines(body, separator, 1 if said else 0)


def _lines(text: str, separator: str, above: int) -> Iterator[tuple[int, list[str]]]:
    reader, last = csv.reader(
        io.StringIO(f"{text}\n{_END}", newline=""), delimiter=separator, skipinitialspace=True), 0
    try:
        for row in reader:
            if row == [_END]:
                return
            if any(_END in cell for cell in row):
                break
            last = reader.line_num
            yield last + above, row
    except csv.Error:
        pass
    raise Unclosed(last + 1 + above)


def _separator(text: str, columns: set[str]) -> str:
    """The sign that parts most of the first lines into as many values, most of them if alike."""
    lines = islice(io.StringIO(text, newline=None), 2 * _LOOKED_AT)
    first = [line for line in lines if line.strip()][:_LOOKED_AT]

    # A heading may be wider than the lines that stood there before a column came.
    for sign in _SIGNS if columns else ():
        for row in csv.reader(first, delimiter=sign, skipinitialspace=True):
            if columns <= {cell.strip().lower() for cell in row}:
                return sign

    def alike(sign: str) -> tuple[int, int]:
        widths = Counter(map(len, csv.reader(first, delimiter=sign)))
        del widths[1]
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(_SIGNS, key=alike)
