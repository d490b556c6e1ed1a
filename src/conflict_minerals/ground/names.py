"""Spellings of smelters' names: keys that must be equal, and loose forms that may be alike.

``keys`` folds what carries no identity (case, accents, width, punctuation, blanks) and sets the
legal form apart, so that it can be compared by itself. ``loose`` goes further (other scripts,
abbreviations, other languages) and serves suggestions alone.
"""

import re
from functools import cache, lru_cache
from itertools import islice
from typing import NamedTuple
from unicodedata import normalize

from conflict_minerals.ground import library
from conflict_minerals.ground.text import clean, fold

# Single letters with full stops are one word: "S.p.A.", "H.C.", "A.L.M.T."
_DOTTED = re.compile(r"\b(?:\w\.){1,}\w?(?!\w)\.?", re.UNICODE)
# Longer names are no names of smelters; what lies beyond cannot make a comparison slow.
_LONGEST = 300
# Nor has one more places than these at which it may end.
_MOST_HEADS = 8


class Keys(NamedTuple):
    """A name's identity: ``stem`` without legal forms, ``forms`` the parts of its legal forms."""

    stem: str
    forms: frozenset[str]

    @property
    def full(self) -> str:
        """Stem, which has no blanks, and legal forms; equal for spellings of one name."""
        return " ".join((self.stem, *sorted(self.forms)))


@cache
def _letters(use: str) -> list[tuple[str, str]]:
    every = library.table("transliterations")
    return [(row["from"], row["to"]) for _, row in every[every["use"] == use].iterrows()]


@cache
def _forms() -> dict[str, list[tuple[tuple[str, ...], frozenset[str]]]]:
    """Legal forms by place, the longest first."""
    found: dict[str, list] = {"any": [], "end": [], "start": [], "glued": []}
    for row in library.table("legal_forms").itertuples():
        words = (fold(row.form),) if row.place == "glued" else tuple(row.form.split())
        found[row.place].append((words, frozenset(row.parts.split())))
    for place in found:
        found[place].sort(key=lambda form: (-len(form[0]), -len(form[0][0]), form[0]))
    return found


@cache
def _by_first() -> dict[str, list]:
    """Legal forms of words by their first word: (words, parts, place)."""
    found: dict[str, list] = {}
    for place in ("any", "end", "start"):
        for words, parts in _forms()[place]:
            found.setdefault(words[0], []).append((words, parts, place))
    for forms in found.values():
        forms.sort(key=lambda form: -len(form[0]))
    return found


@cache
def _exact_letters() -> dict[int, str]:
    return str.maketrans(dict(_letters("exact")))


def words(name) -> list[str]:
    """The folded words of a name, ``&`` and ``and`` left out, dotted letters joined."""
    text = clean(name)[:_LONGEST]
    if "." in text or "．" in text:
        text = _DOTTED.sub(lambda m: " " + m.group().replace(".", "") + " ",
                           text.replace("．", "."))
    return [w for w in fold(text).translate(_exact_letters()).split() if w not in ("and", "und")]


@lru_cache(maxsize=400_000)
def keys(name: str) -> Keys:
    """Stem and legal forms of a name; both empty for a name without letters or digits."""
    kept, forms = _without_forms(words(name))
    return Keys("".join(kept), frozenset(forms))


def _without_forms(parts: list[str]) -> tuple[list[str], set[str]]:
    parts, forms = _without_glued(parts)
    kept: list[str] = []
    i = 0
    while i < len(parts):
        for form, pieces, place in _by_first().get(parts[i], ()):
            if tuple(parts[i : i + len(form)]) == form and _stands(parts, i, form, place):
                forms |= pieces
                i += len(form)
                break
        else:
            kept.append(parts[i])
            i += 1
    # A name that is nothing but legal forms keeps its words.
    return (kept, forms) if kept else (parts, set())


def _stands(parts: list[str], i: int, form: tuple, place: str) -> bool:
    if place == "start":
        return i == 0 and len(parts) > len(form)
    if i == 0 and place == "end":
        return False
    return place == "any" or _only_forms(tuple(parts[i + len(form):]))


@lru_cache(maxsize=50_000)
def _only_forms(rest: tuple) -> bool:
    """Whether nothing but legal forms follows."""
    if not rest:
        return True
    return any(
        rest[: len(form)] == form and _only_forms(rest[len(form):])
        for form, _, place in _by_first().get(rest[0], ()) if place != "start"
    )


def _without_glued(parts: list[str]) -> tuple[list[str], set[str]]:
    """Chinese, Japanese and Korean forms cut off the words that they are written into."""
    forms: set[str] = set()
    if "".join(parts).isascii():
        return parts, forms
    kept = []
    for part in parts:
        for (form,), pieces in _forms()["glued"]:
            if part.endswith(form) or part.startswith(form):
                part = part.removesuffix(form).removeprefix(form)
                forms |= pieces
                break
        if part:
            kept.append(part)
    return (kept, forms) if kept else (parts, set())


def compatible(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether one legal form may be the other with something left out."""
    return one <= other or other <= one


@cache
def _words() -> tuple[dict[tuple[str, ...], str], int, list[tuple[str, str]]]:
    every = library.table("name_words")
    spaced = every[~every["kind"].isin(["cjk", "former"])]
    # Words are looked up by their sound, so that another script's spelling finds them too.
    table = {tuple(_sound(word) for word in fold(row.word).split()):
             " ".join(_sound(word) for word in row.means.split()) for row in spaced.itertuples()}
    # The knowledge reader strips nothing, so the blank that parts a character's meaning stays.
    glued = sorted(((fold(r.word), f" {r.means.strip()} ") for r in
                    every[every["kind"] == "cjk"].itertuples()), key=lambda p: (-len(p[0]), p[0]))
    return table, max(map(len, table)), glued


@cache
def _former() -> str:
    every = library.table("name_words")
    found = sorted(every.loc[every["kind"] == "former", "word"], key=len, reverse=True)
    return "|".join(rf"\b{re.escape(word)}\b[\s.:]" if word.isascii() else re.escape(word)
                    for word in found)


@cache
def _breaks() -> re.Pattern:
    """Where a name may end and something else begin: a bracket, an address, an earlier name."""
    return re.compile(rf"[(\[;/|,]|\s[-\u2013\u2014]\s|{_former()}", re.IGNORECASE)


@cache
def _before_former() -> re.Pattern:
    return re.compile(rf"^(.+?)[\s,;(\[/]+(?:{_former()})", re.IGNORECASE)


@lru_cache(maxsize=100_000)
def heads(name: str) -> tuple[str, ...]:
    """The beginnings of a name before a bracket, an address or an earlier name."""
    text = normalize("NFKC", clean(name)[:_LONGEST])
    found = {keys(text).stem: ""}
    for mark in islice(_breaks().finditer(text), _MOST_HEADS):
        head = text[: mark.start()]
        found.setdefault(keys(head).stem, head.strip())
    return tuple(head for stem, head in found.items() if stem and head)


@lru_cache(maxsize=100_000)
def today(name: str) -> str:
    """What stands before words such as "formerly", ``""`` where a name has none."""
    found = _before_former().match(normalize("NFKC", clean(name)[:_LONGEST]))
    return found[1].strip() if found else ""


@lru_cache(maxsize=400_000)
def loose(name: str) -> str:
    """The words of a name as one form for all spellings, sorted; ``""`` for no name.

    Legal forms are left out, other scripts and umlauts written in plain letters,
    abbreviations and words of other languages replaced (``name_words.csv``).
    """
    parts = words(name)
    if not "".join(parts).isascii():
        text = " ".join(_without_glued(parts)[0])
        for word, means in _words()[2]:
            text = text.replace(word, means)
        parts = text.split()
    kept, _ = _without_forms(parts)
    return " ".join(sorted(_meanings([_sound(word) for word in kept])))


def _meanings(parts: list[str]) -> list[str]:
    table, longest, _ = _words()
    meant: list[str] = []
    i = 0
    while i < len(parts):
        for size in range(min(longest, len(parts) - i), 0, -1):
            means = table.get(tuple(parts[i : i + size]))
            if means is not None:
                meant += means.split()
                i += size
                break
        else:
            meant.append(parts[i])
            i += 1
    return meant or parts


@lru_cache(maxsize=100_000)
def _sound(word: str) -> str:
    for letters, replacement in _letters("loose"):
        if letters in word:
            word = word.replace(letters, replacement)
    return word
