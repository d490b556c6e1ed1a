"""What a mistyped word may have meant, for the line that refuses it."""

import heapq
from collections.abc import Iterable

from rapidfuzz import fuzz, process

_NAMED = 3
_LIKE = 60  # of 100; what resembles less is no help


def resembling(text: str, known: Iterable[str], otherwise: str = "") -> str:
    """``Did you mean 'Gold|CID000001'?`` of the most alike, or ``otherwise``.

    ``known`` may be millions: they are passed through one by one, and few are held.
    """
    alike = process.extract_iter(text, known, scorer=fuzz.WRatio, score_cutoff=_LIKE)
    best = heapq.nsmallest(4 * _NAMED, ((-score, found) for found, score, _ in alike))
    named = list(dict.fromkeys(repr(found) for _, found in best if found != text))[:_NAMED]
    return f"Did you mean {', '.join(named)}?" if named else otherwise
