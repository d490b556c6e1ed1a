"""The metals that lists name, in the words of ``metals.csv`` and ``list_metals.csv``."""

import re
from functools import cache
from unicodedata import normalize

from rapidfuzz import fuzz

from conflict_minerals.ground import library
from conflict_minerals.ground.terms import METALS
from conflict_minerals.ground.text import fold

# What parts the metals of a cell.
_BETWEEN = re.compile(r"[;,/&+|\n\t\\·、・•]|\s*[–—]\s*|\s-\s|\b(?:and|und|et|y|e)\b")

# The number of a line before a metal, the mark of a footnote behind it.
_NUMBERED = re.compile(r"^\s*\d{1,2}[.)]\s+|(?<=[^\W\d_])\s*[(\[]?(?:\d|[*†‡¹²³])[)\]]?\s*$")


@cache
def _metal_words() -> dict[str, str]:
    words = {fold(row.alias): row.metal for row in library.table("metals").itertuples()}
    more = {fold(row.word): row.metal for row in library.table("list_metals").itertuples()}
    return words | {fold(metal): metal for metal in words.values()} | more


def metals_of(text: str, list_metals: str = "") -> tuple[list[str], str]:
    """The metals that a cell names and the word that is none, if any.

    A blank stands for the one metal that the sheet or the list is about; where it is about
    several, for ``Multiple``.
    """
    words, text = _metal_words(), _NUMBERED.sub("", text)
    if not fold(text):
        about = [metal for metal in list_metals.split(";") if metal]
        return (about if len(about) < 2 else ["Multiple"]), ""
    if fold(text) in words:
        return [words[fold(text)]], ""
    alone = fold(text).split()
    if set(alone) <= words.keys() - {"or"}:  # "Tin Tungsten"; "or" is a word and, in French, gold
        return sorted({words[word] for word in alone}), ""
    found = []
    for word in _BETWEEN.split(normalize("NFKC", text)):
        before, _, inside = re.sub(r"[\[(]", "(", word).partition("(")  # Gold (Au)
        named = fold(word) if fold(word) in words else fold(before)
        others = {words[part] for part in fold(inside).split() if part in words}
        if fold(word) and (named not in words or others - {words[named]}):
            return [], word.strip()
        if named:
            found.append(words[named])
    return sorted(set(found)), ""


def of_sheet(sheet: str) -> list[str]:
    """The metal that a sheet is named for: ``Gold``, ``Tin smelters``; none where it names two."""
    words = _metal_words()
    whole = words.get(fold(sheet), "")
    # A symbol or a short word inside a name ("or", "co") may be another word.
    parts = re.sub(r"\d", " ", fold(sheet)).split()
    found = {words[word] for word in parts if word in words and len(word) > 2}
    named = {whole} if whole else found - {"Multiple"}
    return sorted(named) if len(named) == 1 else []


def like_3tg(text: str) -> bool:
    """Whether a metal that cannot be read may be one of the four: ``Gld``, ``Tantalum powder``."""
    known = [word for word, metal in _metal_words().items() if metal in METALS]
    if any(word in fold(text) for word in known if not word.isascii()):  # 钽铌
        return True
    words = [word for word in known if len(word) > 2]
    parts = fold(text).translate(str.maketrans("015", "ols")).split()
    return any(fuzz.ratio(part, word) > 75 for part in parts for word in words)
