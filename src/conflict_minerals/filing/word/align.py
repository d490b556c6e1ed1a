"""Two versions of a text laid side by side: first the paragraphs, then the words within a pair."""

import re
from difflib import SequenceMatcher

from rapidfuzz import fuzz

# A word with its inner marks, a stretch of blanks, or one other character.
_WORD = re.compile(r"\w+(?:[.,'\u2019/-]\w+)*%?|\s+|[^\w\s]")
# Two paragraphs that share less than this are one removed and one added, not one changed.
_ALIKE = 50.0
# A sentence in more pieces than these, of which less than this share is the same, changes whole.
_PIECES, _SAME = 3, 0.4
_SENTENCE = re.compile(r".+?(?:[.;:!?][\u201d\u2019\")]*\s+|$)", re.S)
# Above this many pairs in one stretch only neighbours are compared.
_LARGE = 250_000


def align(old: list[str], new: list[str], likeness=None) -> list[tuple]:
    """Pairs ``(i, j)`` in order: kept or changed, ``(i, None)`` removed, ``(None, j)`` added.

    ``likeness(one, other)``: how much two are one thing changed; 0 keeps them apart.
    """
    likeness = likeness or alike
    pairs = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            pairs += zip(range(i1, i2), range(j1, j2), strict=True)
        else:
            pairs += _stretch(old, new, range(i1, i2), range(j1, j2), likeness)
    return pairs


def words(old: str, new: str) -> list[tuple[str, str, str]]:
    """How one text became the other: ``(tag, removed, added)`` with tag ``equal`` or ``change``.

    Whole words change; blanks between two changed words go with them, so that a change reads
    as one.
    """
    before, after = _WORD.findall(old), _WORD.findall(new)
    out: list[list[str]] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        removed, added = "".join(before[i1:i2]), "".join(after[j1:j2])
        kind = "equal" if tag == "equal" else "change"
        if kind == "change" and len(out) > 1 and _only_blanks(out[-1]) and out[-2][0] == "change":
            blank = out.pop()
            removed, added = blank[1] + removed, blank[2] + added
        if out and out[-1][0] == kind:
            out[-1][1] += removed
            out[-1][2] += added
        else:
            out.append([kind, removed, added])
    return [tuple(piece) for piece in out]


def changes(old: str, new: str) -> list[tuple[str, str, str]]:
    """``words``, sentence by sentence, so that no word of one is kept for another.

    A sentence of which only stray words are the same reads better whole, one after the other.
    """
    before, after, out = _SENTENCE.findall(old), _SENTENCE.findall(new), []
    for i, j in align(before, after):
        removed, added = "" if i is None else before[i], "" if j is None else after[j]
        pieces = words(removed, added)
        same = sum(len(part.split()) for tag, part, _ in pieces if tag == "equal")
        stray = same < _SAME * max(len(removed.split()), len(added.split()))
        out += [("change", removed, added)] if stray and len(pieces) > _PIECES else pieces
    return out


def _only_blanks(piece: list[str]) -> bool:
    return piece[0] == "equal" and piece[1].isspace()


def _stretch(old, new, before: range, after: range, likeness) -> list[tuple]:
    """The best pairing in order of a stretch in which nothing is the same."""
    if not before or not after:
        return [(i, None) for i in before] + [(None, j) for j in after]
    if len(before) * len(after) > _LARGE:
        half_i, half_j = len(before) // 2, len(after) // 2
        return _stretch(old, new, before[:half_i], after[:half_j], likeness) + _stretch(
            old, new, before[half_i:], after[half_j:], likeness
        )
    like = [[likeness(old[i], new[j]) for j in after] for i in before]
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for a in range(len(before) - 1, -1, -1):
        for b in range(len(after) - 1, -1, -1):
            pair = like[a][b] + best[a + 1][b + 1] if like[a][b] else 0.0
            best[a][b] = max(best[a + 1][b], best[a][b + 1], pair)
    pairs, a, b = [], 0, 0
    while a < len(before) and b < len(after):
        if like[a][b] and best[a][b] == like[a][b] + best[a + 1][b + 1]:
            pairs.append((before[a], after[b]))
            a, b = a + 1, b + 1
        elif best[a][b] == best[a + 1][b]:
            pairs.append((before[a], None))
            a += 1
        else:
            pairs.append((None, after[b]))
            b += 1
    pairs += [(before[i], None) for i in range(a, len(before))]
    return pairs + [(None, after[j]) for j in range(b, len(after))]


def alike(one: str, other: str) -> float:
    """How much of two texts is the same, 0 where they are two."""
    if not one.strip() or not other.strip():
        return 0.0
    score = fuzz.ratio(one, other, score_cutoff=_ALIKE)
    return score or fuzz.token_sort_ratio(one, other, score_cutoff=_ALIKE)


def rows(old: list[tuple], new: list[tuple]) -> list[tuple]:
    """``align`` for the rows of a table: a row is known by the cells that tell rows apart.

    A column that repeats one value (a metal, a status) says little about which row is which;
    one whose values all differ (a name, an id) says nearly all.
    """
    width = max((len(row) for row in [*old, *new]), default=0)
    weights = [_telling(old, new, column) for column in range(width)]
    key = next((c for c in range(width) if weights[c] == 1.0), None)

    def likeness(one, other):
        if len(one) != len(other):
            return 0.0
        if key is not None and one[key] == other[key]:
            return 2.0
        total = sum(weights[: len(one)])
        same = sum(w for w, a, b in zip(weights, one, other, strict=False) if a == b)
        return same / total if total and same / total >= 0.45 else 0.0

    return align(old, new, likeness)


def _telling(old: list[tuple], new: list[tuple], column: int) -> float:
    shares = []
    for table in (old, new):
        values = [row[column] for row in table if column < len(row)]
        shares.append(len(set(values)) / len(values) if values else 0.0)
    return min(shares)
