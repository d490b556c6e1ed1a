"""Countries: names in any spelling to ISO 3166-1 alpha-3, names printed, UN M49 regions.

Sources are named in the heads of ``knowledge/ground/countries.csv``, ``country_names.csv`` and
``covered_countries.csv``; names in other languages are those of Unicode CLDR, which Babel holds.
An unknown name gives ``""``: nothing is guessed.
"""

from functools import cache

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.text import clean, fold

# Languages that templates can be shown in, English aside, as CLDR writes them.
_LANGUAGES = ("de", "es", "fr", "it", "ja", "ko", "pt", "tr", "zh", "zh-Hant")


@cache
def _codes() -> dict[str, str]:
    """Alpha-2 and alpha-3 codes, folded, to alpha-3."""
    every = library.table("countries")
    return {
        fold(code): row.iso3 for row in every.itertuples() for code in (row.iso3, row.iso2)
    }


@cache
def _names() -> dict[str, str]:
    """Names, listed spellings and aliases, folded, to alpha-3."""
    names = {}
    for row in library.table("countries").itertuples():
        for name in (row.printed, row.listed, *row.aliases.split(";")):
            names[fold(name)] = row.iso3
    for row in library.table("country_names").itertuples():
        names.setdefault(fold(row.name), row.iso3)
    names.pop("", None)
    return names


@cache
def _translated() -> dict[str, str]:
    """Names in the languages of the templates, folded, to alpha-3."""
    from babel import Locale  # a tenth of a second, which a year in English hardly ever needs

    codes = {row.iso2: row.iso3 for row in library.table("countries").itertuples()}
    territories = (Locale.parse(name, sep="-").territories for name in _LANGUAGES)
    return {fold(name): codes[code] for names in territories for code, name in names.items()
            if code in codes}


@cache
def _rows() -> dict[str, tuple[str, str, str]]:
    every = library.table("countries")
    return {row.iso3: (row.printed, row.region, row.sub_region) for row in every.itertuples()}


def iso3(name, *, codes: bool = True) -> str:
    """ISO 3166-1 alpha-3 of a country's name, code or alias, ``""`` when it is none.

    Case, accents and punctuation do not matter. With ``codes=False`` only names count:
    in text that a supplier typed, "NA" and "No" are hardly ever Namibia and Norway.
    """
    key = fold(name)
    if not key:
        return ""
    plain = key.removeprefix("the ")
    named = _names().get(key) or _names().get(plain) or (codes and _codes().get(key))
    return named or _translated().get(key) or _translated().get(plain, "")


def resolve(names: pd.Series, *, codes: bool = True) -> pd.Series:
    """``iso3`` of each name of a series; each spelling is looked up once."""
    found = {name: iso3(name, codes=codes) for name in names.unique()}
    return names.map(found).astype("str")


def printed(code: str) -> str:
    """The name that documents print for an alpha-3 code; the code itself when it is none."""
    row = _rows().get(code)
    return row[0] if row else clean(code)


def known() -> set[str]:
    """Every country by its code and by its name as it is printed."""
    return {*_rows(), *map(printed, _rows())}


def region(code: str) -> str:
    """Region of UN M49 (Africa, Americas, Asia, Europe, Oceania), ``""`` when unknown."""
    return _rows().get(code, ("", "", ""))[1]


def sub_region(code: str) -> str:
    """Sub-region of UN M49, for example ``"Sub-Saharan Africa"``, ``""`` when unknown."""
    return _rows().get(code, ("", "", ""))[2]


def covered() -> pd.DataFrame:
    """The Covered Countries: ``iso3, name, order, basis, source, as_of``, ten rows in order.

    The Democratic Republic of the Congo and the countries that share a border with it
    (Dodd-Frank Act s.1502(e)(1), Form SD Item 1.01(d)(1)).
    """
    table = library.table("covered_countries")
    return table.sort_values("order", key=lambda s: s.astype(int), ignore_index=True)


@cache
def _covered() -> frozenset[str]:
    return frozenset(covered()["iso3"])


def is_covered(code: str) -> bool:
    """Whether the alpha-3 code is one of the ten Covered Countries."""
    return code in _covered()
