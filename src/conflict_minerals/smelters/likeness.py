"""How alike names are: a number from 0 to 100 for each facility of a metal.

Three ways of comparing, the best one counts: the words in a fixed order (so that their order does
not matter); the letters without blanks; and, where these find nobody close, word by word, rare
words weighing more, so that words left out, added or cut short do not hide a name. Likeness never
matches a row; it refuses an id whose name is far nearer to somebody else's, and ranks suggestions.
"""

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from conflict_minerals.ground import names
from conflict_minerals.ground.columns import texts
from conflict_minerals.smelters import evidence
from conflict_minerals.smelters.reference import Reference

# Names compared at a time, so that the table of scores stays small.
CHUNK = 2000
# A spelling this like somebody's needs no other look at its letters; none at its single words.
SURE, CLOSE = 97, 86
# Letters in common, of a hundred, that make two words one; what one that is cut short counts.
SAME_WORD, CUT_SHORT = 72, 0.9
# How much a word of one letter that nobody's name has weighs.
INITIAL = 0.5
# What word by word counts against whole names that are alike.
BY_WORD = 95


@dataclass(frozen=True, eq=False)
class Block:
    """The names of one metal's facilities, names of a facility side by side."""

    facilities: pd.DataFrame
    spellings: list[str]
    owner: np.ndarray  # facility of each spelling, as a row number of facilities

    @cached_property
    def loose(self) -> list[str]:
        return [names.loose(one) for one in self.spellings]

    @cached_property
    def stems(self) -> list[str]:
        return [names.keys(one).stem for one in self.spellings]

    @cached_property
    def forms(self) -> list[set[frozenset[str]]]:
        """The legal forms under which each facility is named."""
        found: list[set] = [set() for _ in range(len(self.facilities))]
        for owner, name in zip(self.owner.tolist(), self.spellings, strict=True):
            found[owner].add(names.keys(name).forms)
        return found

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each facility's names begin."""
        return np.flatnonzero(np.r_[True, self.owner[1:] != self.owner[:-1]])

    @cached_property
    def ends(self) -> np.ndarray:
        """Where each facility's names end."""
        return np.r_[self.starts[1:], len(self.owner)]

    @cached_property
    def records(self) -> list[tuple[str, str, str, str]]:
        """``smelter_id, metal, smelter_name, country`` of each facility."""
        columns = ["smelter_id", "metal", "smelter_name", "country"]
        return list(zip(*(texts(self.facilities[name]) for name in columns), strict=True))

    @cached_property
    def row_of(self) -> dict[str, int]:
        return {one: i for i, one in enumerate(self.facilities["smelter_id"])}

    def compare(self, spellings: list[str], workers: int = 1) -> "Compared":
        """Likeness of each spelling (rows) to each facility (columns), 0 to 100."""
        if not self.spellings or not spellings:
            none = np.zeros((len(spellings), len(self.facilities)), dtype=np.float32)
            return Compared(none, none, none)
        by_name = self._by_name(spellings, workers)
        whole = np.maximum.reduceat(by_name, self.starts, axis=1).astype(np.float32)
        best = whole.copy()
        far = np.flatnonzero(whole.max(axis=1) < CLOSE)
        if len(far):
            by_word = self.words.scores([spellings[i] for i in far], workers)
            best[far] = np.maximum(best[far], by_word)
        return Compared(whole, best, by_name)

    def whole(self, spellings: list[str]) -> np.ndarray:
        """Likeness of whole names alone."""
        if not self.spellings or not spellings:
            return np.zeros((len(spellings), len(self.facilities)), dtype=np.float32)
        by_name = self._by_name(spellings, 1)
        return np.maximum.reduceat(by_name, self.starts, axis=1).astype(np.float32)

    def _by_name(self, spellings: list[str], workers: int) -> np.ndarray:
        """Likeness to each name: words in a fixed order, or letters without blanks."""
        by_name = process.cdist([names.loose(one) for one in spellings], self.loose,
                                scorer=fuzz.ratio, dtype=np.uint8, workers=workers)
        unsure = np.flatnonzero(by_name.max(axis=1) < SURE)
        if len(unsure):
            by_letter = process.cdist([names.keys(spellings[i]).stem for i in unsure], self.stems,
                                      scorer=fuzz.ratio, dtype=np.uint8, workers=workers)
            by_name[unsure] = np.maximum(by_name[unsure], by_letter)
        return by_name

    def agrees(self, codes: list[str]) -> np.ndarray:
        """1 where a reported country is the facility's, -1 where another, 0 where unknown."""
        there = self.facilities["country"].tolist()
        known = sorted(set(there))
        at = np.array([known.index(country) for country in there], dtype=np.int64)
        rows = {code: np.array([0 if not code or not country else
                                1 if evidence.same_country(code, country) else -1
                                for country in known], dtype=np.int8)[at] for code in set(codes)}
        return np.array([rows[code] for code in codes], dtype=np.int8).reshape(
            len(codes), len(there))

    @cached_property
    def words(self) -> "_Words":
        return _Words(self)


class Compared(NamedTuple):
    """Likeness, a row a spelling: of whole names alone, the best of all ways, of each name."""

    whole: np.ndarray
    best: np.ndarray
    by_name: np.ndarray


class _Words:
    """The words of a block's names, rare ones heavier."""

    def __init__(self, block: "Block"):
        self.block = block
        split = [one.split() for one in block.loose]
        self.vocabulary = sorted({word for words in split for word in words})
        self.at = {word: i for i, word in enumerate(self.vocabulary)}
        pairs = sorted({(self.at[word], i) for i, words in enumerate(split) for word in words})
        word, self.name = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        # The names that hold a word stand side by side in ``name``, from ``first`` on.
        self.first = np.searchsorted(word, np.arange(len(self.vocabulary) + 1))
        # How many facilities bear the word, under whichever of their names.
        bearers = {(w, int(block.owner[i])) for w, i in pairs}
        borne = np.bincount([w for w, _ in bearers], minlength=len(self.vocabulary))
        self.weight = np.log1p(len(block.facilities) / np.maximum(borne, 1)).astype(np.float32)
        total = np.bincount(self.name, weights=self.weight[word], minlength=len(split))
        self.total = np.maximum(total, 1e-6).astype(np.float32)
        self.rare = float(np.log1p(len(block.facilities)))

    def scores(self, spellings: list[str], workers: int) -> np.ndarray:
        """How much of each spelling and of each facility's name the two have in common."""
        split = [names.loose(one).split() for one in spellings]
        words = sorted({word for each in split for word in each})
        if not words or not self.vocabulary:
            return np.zeros((len(spellings), len(self.block.facilities)), dtype=np.float32)
        alike = process.cdist(words, self.vocabulary, scorer=fuzz.ratio, dtype=np.float32,
                              score_cutoff=SAME_WORD, workers=workers) / 100
        self._cut_short(words, alike)
        place = {word: i for i, word in enumerate(words)}
        nearest = alike.argmax(axis=1)
        known = alike.max(axis=1)
        # An initial stands for a word and says little.
        unknown = np.array([INITIAL if len(word) == 1 else self.rare for word in words])
        weight = np.where(known > 0, self.weight[nearest], unknown).astype(np.float32)
        total = np.array([sum(weight[place[word]] for word in each) for each in split],
                         dtype=np.float32)
        common = self._common([[place[word] for word in each] for each in split], alike)
        of_name = common / self.total
        of_said = common / np.maximum(total, 1e-6)[:, None]
        # Both ways; a short name wholly contained in a long one still counts for much.
        both = 2 * of_name * of_said / np.maximum(of_name + of_said, 1e-6)
        score = BY_WORD * np.minimum(0.65 * both + 0.35 * np.maximum(of_name, of_said), 1)
        return np.maximum.reduceat(score, self.block.starts, axis=1)

    def _common(self, said: list[list[int]], alike: np.ndarray) -> np.ndarray:
        """Weight of the words that each spelling (rows) shares with each name (columns)."""
        near = [np.flatnonzero(row) for row in alike]
        pairs = [(i, word) for i, each in enumerate(said) for word in each]
        counts = np.array([len(near[word]) for _, word in pairs], dtype=np.int64)
        if not counts.sum():
            return np.zeros((len(said), len(self.total)), dtype=np.float32)
        row = np.repeat([i for i, _ in pairs], counts)
        mine = np.repeat([word for _, word in pairs], counts)
        theirs = np.concatenate([near[word] for _, word in pairs])
        value = alike[mine, theirs]
        # Of two words that are like the same one of a name the liker counts.
        order = np.lexsort((value, theirs, row))
        row, theirs, value = row[order], theirs[order], value[order]
        last = np.r_[(row[1:] != row[:-1]) | (theirs[1:] != theirs[:-1]), True]
        row, theirs, value = row[last], theirs[last], value[last] * self.weight[theirs[last]]
        size = self.first[theirs + 1] - self.first[theirs]
        within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        name = self.name[np.repeat(self.first[theirs], size) + within]
        cell = np.repeat(row, size) * len(self.total) + name
        common = np.bincount(cell, weights=np.repeat(value, size),
                             minlength=len(said) * len(self.total))
        return common.reshape(len(said), -1).astype(np.float32)

    def _cut_short(self, words: list[str], alike: np.ndarray) -> None:
        """A word of three letters or more that begins another stands for it."""
        for i, word in enumerate(words):
            if len(word) < 3:
                continue
            low = bisect_left(self.vocabulary, word)
            while low < len(self.vocabulary) and self.vocabulary[low].startswith(word):
                alike[i, low] = max(alike[i, low], CUT_SHORT)
                low += 1


class Likeness:
    """The blocks of a reference, one a metal; facilities listed as Multiple stand in each."""

    def __init__(self, reference: Reference):
        self._reference = reference
        self._blocks: dict[str, Block] = {}

    def block(self, metal: str) -> Block:
        """The facilities of a metal with all their names; every metal's for ``""``."""
        if metal not in self._blocks:
            self._blocks[metal] = self._make(metal)
        return self._blocks[metal]

    def _make(self, metal: str) -> Block:
        facilities, claims = self._reference.facilities, self._reference.claims
        pairs = zip(texts(facilities["metal"]), texts(facilities["smelter_id"]), strict=True)
        facilities = facilities[[p not in self._reference.overruled_metals for p in pairs]]
        if metal:
            facilities = facilities[facilities["metal"].isin([metal, "Multiple"])]
        facilities = facilities.sort_values(["smelter_id", "metal"], ignore_index=True)
        rows = {pair: i for i, pair in enumerate(
            zip(facilities["metal"], facilities["smelter_id"], strict=True))}
        found: list[list[str]] = [[] for _ in rows]
        believed = claims[claims["state"] != "overruled"]
        for pair_metal, one, name in zip(texts(believed["metal"]), texts(believed["smelter_id"]),
                                         texts(believed["name"]), strict=True):
            row = rows.get((pair_metal, one))
            if row is not None:
                found[row].append(name)
        for row, name in enumerate(facilities["smelter_name"]):
            if not found[row]:
                found[row].append(name)
        spellings = [name for group in found for name in group]
        owner = np.repeat(np.arange(len(found)), [len(group) for group in found])
        return Block(facilities, spellings, owner)


@lru_cache(maxsize=4)
def likeness_of(reference: Reference) -> Likeness:
    """The likeness to a reference, its blocks made once."""
    return Likeness(reference)
