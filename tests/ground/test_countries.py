"""Country names: those of annex, templates and lists resolve; unknown stays unknown."""


import pandas as pd
import pytest
from babel import Locale

import realfiles
from conflict_minerals.cmrt import reader, sniff
from conflict_minerals.ground import countries, library, limits
from conflict_minerals.ground.text import fold

# Spellings that the published annex of 2018 prints, one of them misprinted by its typesetter.
ANNEX = """ANDORRA|AUSTRALIA|AUSTRIA|BELGIUM|BOLIVIA (PLURINATIONAL STATE OF)|BRAZIL|CANADA
CHILE|CHINA|ESTONIA|FRANCE|GERMANY|IAPAN|INDIA|INDONESIA|ITALY|JAPAN|KAZAKHSTAN
KOREA, REPUBLIC OF|KYRGYZSTAN|LITHUANIA|MACEDONIA, THE FORMER YUGOSLAV REPUBLIC OF|MALAYSIA
MEXICO|NETHERLANDS|NEW ZEALAND|PERU|PHILIPPINES|POLAND|RUSSIAN FEDERATION|SINGAPORE
SOUTH AFRICA|SPAIN|SWEDEN|SWITZERLAND|TAIWAN, PROVINCE OF CHINA|THAILAND|TURKEY
UNITED ARAB EMIRATES|UNITED STATES OF AMERICA|UZBEKISTAN|VIET NAM""".replace("\n", "|").split("|")


@pytest.mark.parametrize("name", ANNEX)
def test_every_spelling_of_the_annex_resolves(name):
    assert len(countries.iso3(name)) == 3


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("NA", "NAM"),
        (" usa ", "USA"),
        ("Korea, Republic of", "KOR"),
        ("South Korea", "KOR"),
        ("Türkiye", "TUR"),
        ("turkiye", "TUR"),
        ("DRC", "COD"),
        ("Congo", "COG"),
        ("刚果民主共和国", "COD"),
        ("コンゴ民主共和国", "COD"),
        ("République démocratique du Congo", "COD"),
        ("Côte d’Ivoire", "CIV"),
        ("Deutschland", "DEU"),
        ("Corée du Sud", "KOR"),
        ("ドイツ", "DEU"),
        ("德國", "DEU"),
        ("Korea", ""),
        ("Unknown", ""),
        ("", ""),
        (None, ""),
        ("<script>", ""),
    ],
)
def test_names_codes_and_aliases(name, code):
    assert countries.iso3(name) == code


def test_in_free_text_a_code_is_no_country():
    typed = pd.Series(["NA", "No", "Namibia", "NA"])
    assert countries.resolve(typed, codes=False).tolist() == ["", "", "NAM", ""]
    assert countries.resolve(typed).tolist() == ["NAM", "NOR", "NAM", "NAM"]


def test_no_spelling_stands_for_two_countries():
    claims = {}
    for row in library.table("countries").itertuples():
        for name in (row.iso3, row.iso2, row.printed, row.listed, *row.aliases.split(";")):
            claims.setdefault(fold(name), set()).add(row.iso3)
    for row in library.table("country_names").itertuples():
        claims.setdefault(fold(row.name), set()).add(row.iso3)
    for language in countries._LANGUAGES:
        for code, name in Locale.parse(language, sep="-").territories.items():
            if countries.iso3(code):
                claims.setdefault(fold(name), set()).add(countries.iso3(code))
    claims.pop("", None)
    assert {name: who for name, who in claims.items() if len(who) > 1} == {}


def test_the_table_is_the_whole_of_iso_3166_with_regions():
    every = library.table("countries")
    assert len(every) == 249 == every["iso3"].nunique() == every["iso2"].nunique()
    assert set(every["region"]) == {"Africa", "Americas", "Antarctica", "Asia", "Europe", "Oceania"}
    assert (every["sub_region"] != "").all()
    assert (countries.region("ZAF"), countries.region("ARE")) == ("Africa", "Asia")
    assert countries.printed("ZAF") == "South Africa" and countries.printed("XYZ") == "XYZ"


def test_ten_covered_countries_each_with_its_law():
    covered = countries.covered()
    assert covered["iso3"].tolist() == "COD AGO BDI CAF COG RWA SSD TZA UGA ZMB".split()
    assert (covered["source"] != "").all() and (covered["as_of"] != "").all()
    assert set(covered["iso3"].map(countries.region)) == {"Africa"}
    assert countries.is_covered("RWA") and not countries.is_covered("KEN")


@realfiles.needed
def test_every_country_of_the_real_templates_resolves():
    seen = 0
    for path in sorted(realfiles.FOLDER.glob("*.xlsx")):
        data = path.read_bytes()
        book = reader.open_book(data, sniff.sniff(data), limits.default())
        if "C" not in book.names:
            continue
        sheet = book.sheet("C")
        rows = sorted({row for row, column in sheet.cells if row > 1 and column == 2})
        pairs = [sorted((str(sheet.get(row, 1)), str(sheet.get(row, 2))), key=len) for row in rows]
        seen += len(pairs)
        # The oldest revisions list two states that ISO has withdrawn: their names stay unknown.
        gone = {"NETHERLANDS ANTILLES", "YUGOSLAVIA"}
        wrong = [(code, name) for code, name in pairs if not countries.iso3(name)]
        wrong = [pair for pair in wrong if pair[1] not in gone]
        assert wrong == [], path.name
        known = [(code, name) for code, name in pairs if countries.iso3(code)]
        assert [p for p in known if countries.iso3(p[0]) != countries.iso3(p[1])] == []
    assert seen > 200
