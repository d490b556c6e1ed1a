"""What each piece of a reported row says by itself: its id, its names, its country."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from conflict_minerals.ground import countries, ids, library, names
from conflict_minerals.ground.columns import records, texts
from conflict_minerals.ground.terms import UNIDENTIFIED, placeholders
from conflict_minerals.ground.text import clean, fold
from conflict_minerals.smelters.reference import Reference, place


class Said(NamedTuple):
    """What a name says: ``how`` is exact, form, other_form, shared, contested or none.

    ``form``: equal but for a legal form that one side leaves out; ``other_form``: but for another
    legal form; ``shared``: several facilities bear it; ``contested``: the sources disagree.
    """

    how: str
    found: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True)
class Facility:
    """A facility under one metal, as the reference has it."""

    name: str
    country: str
    place: str


class Index:
    """The reference, ready to be asked about ids and names."""

    def __init__(self, reference: Reference):
        self.by_id: dict[str, dict[str, Facility]] = defaultdict(dict)
        for row in records(reference.facilities):
            self.by_id[row.smelter_id][row.metal] = Facility(
                row.smelter_name, row.country, place(row.file, row.sheet, row.row))
        self.countries: dict[str, set[str]] = defaultdict(set)
        for one, country in zip(texts(reference.entries["smelter_id"]),
                                texts(reference.entries["country"]), strict=True):
            self.countries[one].add(country)
        self.old = {row.old_id: (row.smelter_id, row.place)
                    for row in records(reference.old_ids)}
        self.contested = reference.contested_metals
        self.overruled = reference.overruled_metals
        self._full: dict[tuple, list] = defaultdict(list)
        self._stem: dict[tuple, list] = defaultdict(list)
        self._metals: dict[str, set[str]] = defaultdict(set)
        for row in records(reference.claims):
            if row.state != "overruled" and row.metal != "Multiple":
                self._full[row.metal, row.full].append(row)
                self._stem[row.metal, row.stem].append(row)
                self._metals[row.stem].add(row.metal)
        self._asked: dict[tuple[str, str], Said] = {}
        self._located: dict[tuple[str, str], str] = {}

    def name(self, metal: str, name: str) -> Said:
        """What a name says under a metal."""
        asked = (metal, name)
        if asked not in self._asked:
            self._asked[asked] = self._name(metal, names.keys(name))
        return self._asked[asked]

    def _name(self, metal: str, key: names.Keys) -> Said:
        if not key.stem:
            return Said("none")
        for how, rows in (("exact", self._full.get((metal, key.full.strip()), ())),
                          ("form", self._stem.get((metal, key.stem), ()))):
            if not rows:
                continue
            found = tuple(sorted({row.smelter_id for row in rows}))
            if any(row.state == "contested" for row in rows):
                return Said("contested", found)
            if len(found) > 1:
                return Said("shared", found)
            if how == "form" and not any(
                    names.compatible(key.forms, frozenset(row.forms.split())) for row in rows):
                how = "other_form"
            return Said(how, found, rows[0].place)
        return Said("none")

    def other_metals(self, metal: str, name: str) -> list[str]:
        """Metals other than the row's own under which the name is known, legal forms aside."""
        return sorted(self._metals.get(names.keys(name).stem, set()) - {metal})

    def country_of(self, one: str, reported: str) -> str:
        """``same``, ``different`` or ``unknown``: the reported country against all sources'."""
        asked = (one, reported)
        if asked not in self._located:
            known = self.countries.get(one, set()) - {""}
            self._located[asked] = (
                "unknown" if not reported or not known else
                "same" if any(same_country(reported, other) for other in known) else "different")
        return self._located[asked]


@lru_cache(maxsize=4)
def index(reference: Reference) -> Index:
    """The index of a reference, made once."""
    return Index(reference)


@cache
def _kin() -> frozenset[frozenset[str]]:
    return frozenset(frozenset((row.one, row.other))
                     for row in library.table("same_country").itertuples())


@cache
def same_country(one: str, other: str) -> bool:
    """Whether two codes are one country or are written for one another."""
    return one == other or frozenset((one, other)) in _kin()


@cache
def country(text: str) -> str:
    """The code of a country as a supplier typed it, ``""`` when it cannot be told."""
    return countries.iso3(text, codes=len(clean(text)) == 3)


@lru_cache(maxsize=400_000)
def kind_of(text: str) -> str:
    """What a cell holds: ``name``, ``not_identified``, or ``""`` for a blank and words for none."""
    folded = fold(text)
    if folded in UNIDENTIFIED:
        return "not_identified"
    return "name" if folded and folded not in placeholders() else ""


@lru_cache(maxsize=400_000)
def names_of(lookup: str, name: str) -> tuple[str, ...]:
    """The names that a row gives: what was chosen and what was typed, each spelling once."""
    found = tuple(text for text in (lookup, name) if kind_of(text) == "name")
    if len(found) == 2 and names.keys(found[0]) == names.keys(found[1]):
        return found[:1]
    return found


def reported_as(lookup: str, name: str, smelter_id: str) -> str:
    """What a row calls its smelter: its name, else what was chosen, else its id."""
    for text in (name, lookup):
        if kind_of(text) == "name":
            return clean(text)
    found = ids.read(smelter_id)
    return found.value if found.kind != "blank" else ""
