"""Folding of names, and the escaping that strangers' strings need at each edge."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

# Characters that are drawn as nothing, or that turn the reading direction, have no place in a name.
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# Control characters that XML, and so Word and Excel, cannot carry.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# What is neither letter nor digit in any script.
_NO_WORD = re.compile(r"[\W_]+")
# A cell that begins so is a formula to a spreadsheet program (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Where lists are parted by another sign than the comma, a cell begins after each of that sign too.
_INNER = re.compile(r"([;\t][\s\"]*)(?=[=+@\uff1d\uff0b\uff0d\uff20-])")
_GUARDS = re.compile(r"(^|[;\t][\s\"]*)'(?=[=+@\t\r\uff1d\uff0b\uff0d\uff20-])")


def clean(value) -> str:
    """A cell's value as one line of text: no control or invisible characters, blanks collapsed."""
    if type(value) is str:
        return _short(value) if len(value) <= _SHORT else _one_line(value)
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return _one_line(str(value))


def _one_line(text: str) -> str:
    if not (text.isascii() and text.isprintable()):  # most of what is read is
        text = _CONTROL.sub(" ", _INVISIBLE.sub("", text))
    return " ".join(text.split())


# A year says the same few thousand things a million times; long texts are seldom said twice.
_SHORT = 120
_short = lru_cache(maxsize=1 << 15)(_one_line)


def fold(value) -> str:
    """Case, accents, width and punctuation folded away, so that spellings of a name compare.

    Letters of every script stay; ``"Café-Gold, Ltd."`` gives ``"cafe gold ltd"``.
    """
    text = clean(value)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).casefold()
        text = "".join(c for c in text if not unicodedata.combining(c))
    return _NO_WORD.sub(" ", text.casefold()).strip()


def number_of(count: int, one: str, many: str) -> str:
    """A number with its noun: ``1 facility``, ``2 facilities``."""
    return f"{count:,} {one if count == 1 else many}"


def escape(value) -> str:
    """Text made safe for HTML, in an element or in a quoted attribute."""
    return _escaped(clean(value))


_escaped = lru_cache(maxsize=1 << 12)(html.escape)


def spreadsheet_safe(text: str) -> str:
    """Text that a spreadsheet program will not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def guarded(text: str) -> str:
    """The same, whatever sign the program takes for the end of a cell."""
    if ";" in text or "\t" in text:
        text = _INNER.sub(r"\1'", text)
    return spreadsheet_safe(text)


def unguarded(text: str) -> str:
    """What a text was before ``guarded``."""
    return _GUARDS.sub(r"\1", text)
