"""Reported rows with known truth: the annex of the example year and made-up smelters, misreported.

Everything is drawn from one seed. Made-up ids start at CID900000, which nobody gives out.
"""

import random
import re
import unicodedata
from dataclasses import dataclass

import pandas as pd

from conflict_minerals.ground import tables
from example import year_2018

METALS = ["Gold", "Tantalum", "Tin", "Tungsten"]
LOOKUP = ["metal", "lookup_name", "standard_name", "country", "smelter_id", "source", "version",
          "file", "sheet", "row"]
_COUNTRIES = {"CHN": "CHINA", "JPN": "JAPAN", "DEU": "GERMANY", "BRA": "BRAZIL",
              "IDN": "INDONESIA", "USA": "UNITED STATES OF AMERICA", "RUS": "RUSSIAN FEDERATION",
              "POL": "POLAND", "TUR": "TURKEY", "VNM": "VIET NAM", "ITA": "ITALY"}
_FORMS = {"CHN": ["Co., Ltd.", "Ltd."], "JPN": ["Co., Ltd.", "K.K.", "Corporation"],
          "DEU": ["GmbH", "AG", "GmbH & Co. KG"], "BRA": ["Ltda.", "S.A."], "IDN": ["PT"],
          "USA": ["Inc.", "LLC", "Corp."], "RUS": ["JSC", "OJSC"], "POL": ["S.A."],
          "TUR": ["A.S."], "VNM": ["Joint Stock Company", "Co., Ltd."], "ITA": ["S.p.A."]}
_SYLLABLES = {
    "CHN": ["jin", "xiang", "tong", "lu", "hua", "yun", "zhong", "shan", "gan", "bei", "hai",
            "qing", "feng", "ming", "dong", "nan", "rui", "kang", "wei", "bo"],
    "JPN": ["matsu", "naka", "yama", "kawa", "shi", "moto", "saki", "hara", "toku", "ishi", "oka"],
    "DEU": ["hüt", "stein", "berg", "schei", "wald", "kön", "lahn", "mühl", "bach", "öd", "heim"],
    "BRA": ["mineraç", "tabo", "serra", "caçap", "ibira", "pará", "jaú", "rondô", "estan", "miri"],
    "IDN": ["bangka", "jaya", "prima", "stania", "timur", "makmur", "sejah", "belitu", "kundu"],
    "USA": ["clear", "niag", "hunts", "fall", "rock", "brook", "star", "ridge", "kenne", "wood"],
    "RUS": ["uraly", "novo", "krasno", "prioks", "kyshtym", "shchel", "kovsk", "magni", "zhuk"],
    "POL": ["miedź", "śląsk", "łódź", "kgho", "huta", "wroc", "żary", "szcz", "odra"],
    "TUR": ["nadir", "istan", "ağrı", "şehir", "altın", "çank", "izmir", "yıldız"],
    "VNM": ["tuyen", "quang", "nghe", "tinh", "thai", "nguyen", "vinh", "bao"],
    "ITA": ["chime", "prezio", "arez", "saf", "ital", "vic", "metall", "orafa"],
}
_TRADES = ["Precious Metals", "Refinery", "Smelting", "Metal Industry", "Non-Ferrous Metals",
           "Mining and Metallurgical", "Technology", "Materials", "Chemical", "Resources",
           "New Materials", "Metals Recycling", "Tungsten Products", "Tin Industry"]
_SHORT = {"Technology": "Tech", "Technologies": "Tech", "Precious Metals": "PM",
          "Industry": "Ind", "Industrial": "Ind", "Materials": "Matls", "Metals": "Met",
          "Manufacturing": "Mfg", "Non-Ferrous": "NF", "Nonferrous": "NF", "Mining": "Min",
          "Metallurgical": "Met", "Products": "Prod", "Chemical": "Chem", "Refinery": "Ref",
          "Refining": "Ref", "International": "Intl", "Group": "Grp", "Resources": "Res",
          "Corporation": "Corp", "Company": "Co", "Recycling": "Recycl", "Smelting": "Smelt"}
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ß": "ss", "ł": "l", "ı": "i"}
_SOUNDS = [("kh", "h"), ("ya", "ia"), ("yu", "iu"), ("zh", "j"), ("ts", "tz"), ("y", "i"),
           ("ks", "x"), ("sh", "sch"), ("w", "v"), ("ph", "f"), ("i", "y"), ("v", "w")]
_LEGAL = re.compile(
    r",?\s*\b(Co\.?,?\s*Ltd\.?|Company Limited|Limited|Ltd\.?|Inc\.?|LLC|Corp\.?|Corporation"
    r"|GmbH(?: & Co\. KG)?|A\.?G\.?|S\.?A\.?|Ltda\.?|S\.p\.A\.?|K\.K\.|JSC|OJSC)\s*$")


@dataclass(frozen=True)
class Corpus:
    """Sources, and rows with ``truth`` (an id or blank) and ``kind``."""

    lookups: pd.DataFrame
    list_entries: pd.DataFrame
    rows: pd.DataFrame
    facilities: pd.DataFrame


def make(rows: int = 24_000, fictional: int = 400, seed: int = 20190515, *,
         suppliers: int = 200) -> Corpus:
    draw = random.Random(seed)
    facilities = smelters(draw, fictional)
    names = other_names(draw, facilities)
    lookups = look_up_sheet(facilities, names)
    every = facilities.to_dict("records")
    by_metal = {metal: [one for one in every if one["metal"] == metal] for metal in METALS}
    reported = [_row(draw, every, by_metal, names, n % suppliers) for n in range(rows)]
    table = pd.DataFrame(reported).assign(
        file=lambda f: f["supplier_id"] + "/cmrt.xlsx", counted=True)
    # What came out as the very name of another facility says nothing of the one that was meant.
    taken = {(row.metal, letters(row.lookup_name)): row.smelter_id for row in lookups.itertuples()}
    owner = [taken.get((metal, letters(name)), truth) for metal, name, truth in
             zip(table["metal"], table["name_reported"], table["truth"], strict=True)]
    table = table[(table["truth"] == "") | (table["truth"] == owner)].reset_index(drop=True)
    return Corpus(lookups, years_list(facilities), table, facilities)


def smelters(draw, fictional: int) -> pd.DataFrame:
    """The annex and so many made-up smelters: metal, smelter_id, name, country, country_name."""
    annex = pd.DataFrame(year_2018.annex())[["metal", "smelter_id", "smelter_name", "country",
                                             "country_name"]]
    annex.columns = ["metal", "smelter_id", "name", "country", "country_name"]
    made = []
    for n in range(fictional):
        country = draw.choice(sorted(_COUNTRIES))
        stem = "".join(draw.sample(_SYLLABLES[country], 2)).capitalize()
        if draw.random() < 0.4:
            stem += " " + draw.choice(_SYLLABLES[country]).capitalize()
        if made and draw.random() < 0.08:
            # A near twin: another one's name, and a word more.
            twin = draw.choice(made)
            stem, country = twin["stem"] + " " + draw.choice(["East", "No. 2", "West"]), twin[
                "country"]
        trade = draw.choice(_TRADES)
        form = draw.choice(_FORMS[country])
        name = f"{form} {stem} {trade}" if form in ("PT", "OJSC") else f"{stem} {trade} {form}"
        made.append({"metal": draw.choice(METALS), "smelter_id": f"CID{900000 + n:06d}",
                     "name": name, "country": country, "country_name": _COUNTRIES[country],
                     "stem": stem})
    made = pd.DataFrame(made, columns=[*annex.columns, "stem"]).drop(columns="stem")
    every = pd.concat([annex, made], ignore_index=True)
    return every.drop_duplicates(["metal", "name"], ignore_index=True)


def other_names(draw, facilities: pd.DataFrame, most: int = 3) -> dict[str, list[str]]:
    """Every name of each facility; a name that two of one metal would share is left out."""
    found: dict[str, list[str]] = {}
    seen: dict[tuple, str] = {}
    for row in facilities.itertuples():
        seen[row.metal, plain(row.name)] = row.smelter_id
    for row in facilities.itertuples():
        found[row.smelter_id] = [row.name]
        for _ in range(min(most, draw.choice([0, 0, 1, 1, 2, 3]))):
            alias = draw.choice([_abbreviated, _first_words, _former])(draw, row.name)
            if len(plain(alias)) > 4 and seen.setdefault(
                    (row.metal, plain(alias)), row.smelter_id) == row.smelter_id:
                found[row.smelter_id].append(alias)
    return found


def plain(name: str) -> str:
    """Letters and digits of a name, without legal form: what must not be shared."""
    text = unicodedata.normalize("NFKD", _LEGAL.sub("", _LEGAL.sub("", name))).casefold()
    return "".join(c for c in text if c.isalnum())


def letters(name: str) -> str:
    """The letters of a name whatever their order: who shares them bears the same name."""
    return "".join(sorted(plain(name)))


def look_up_sheet(facilities: pd.DataFrame, names: dict) -> pd.DataFrame:
    rows = []
    for row in facilities.itertuples():
        for name in names[row.smelter_id]:
            rows.append([row.metal, name, row.name, row.country_name.upper(), row.smelter_id,
                         "RMI", "5.12", "anna/cmrt.xlsx", "Smelter Look-up", len(rows) + 5])
    return pd.DataFrame(rows, columns=LOOKUP)


def years_list(facilities: pd.DataFrame) -> pd.DataFrame:
    rows = facilities.iloc[::2]
    table = pd.DataFrame({
        "list_id": "conformant", "kind": "conformant", "scheme": "RMAP", "list_metals": "",
        "as_of": "2018-12-31", "file": "lists/conformant.xml", "sheet": "List",
        "row": range(2, len(rows) + 2), "metal": rows["metal"], "smelter_id": rows["smelter_id"],
        "name": rows["name"], "alias": "", "country": rows["country"],
        "country_reported": rows["country_name"], "state": "", "last_audit": "",
        "audit_cycle": "", "reaudit_in_progress": False, "programmes": "", "old_id": "",
        "note": "", "problem": ""})
    return table.reindex(columns=list(tables.names("list_entries")),
                         fill_value="").reset_index(drop=True)


def _row(draw, facilities: list, by_metal: dict, names: dict, supplier: int) -> dict:
    one = draw.choice(facilities)
    other = draw.choice([o for o in by_metal[one["metal"]] if o is not one])
    kind = draw.choices(
        ["right_id", "right_id_noisy", "right_id_bare", "exact", "noisy", "wrong_id",
         "wrong_id_noisy", "unknown_id", "unknown_id_noisy", "wrong_metal", "stranger",
         "not_identified", "right_id_more", "wrong_id_more", "more"],
        [20, 12, 2, 18, 26, 4, 4, 3, 3, 2, 4, 2, 3, 3, 2])[0]
    called = draw.choice(names[one["smelter_id"]])
    row = {"supplier_id": f"s{supplier:05d}", "metal": one["metal"], "smelter_id_reported": "",
           "lookup_reported": "", "name_reported": called,
           "country_reported": _country(draw, facilities, one), "truth": one["smelter_id"],
           "kind": kind}
    if kind.startswith("right_id"):
        row["smelter_id_reported"] = typed(draw, one["smelter_id"])
    if kind in ("exact", "unknown_id", "right_id"):
        row["name_reported"] = restyled(draw, called)
    if kind.endswith("noisy"):
        row["name_reported"] = misspelt(draw, called)
    if kind.endswith("more"):
        row["name_reported"] = _with_more(draw, called, one)
    if kind == "right_id_bare":
        row["name_reported"] = draw.choice(["", "Unknown", "N/A"])
    if kind.startswith("wrong_id"):
        row["smelter_id_reported"] = other["smelter_id"]
    if kind.startswith("unknown_id"):
        row["smelter_id_reported"] = f"CID{draw.randrange(910000, 999999)}"
    if kind == "wrong_metal":
        row["smelter_id_reported"] = one["smelter_id"]
        row["metal"] = draw.choice([m for m in METALS if m != one["metal"]])
    if kind == "stranger":
        country = draw.choice(sorted(_SYLLABLES))
        stem = "".join(draw.sample(_SYLLABLES[country], 3)).capitalize() + " Holdings Overseas"
        row |= {"truth": "", "name_reported": stem}
    if kind == "not_identified":
        row |= {"truth": "", "lookup_reported": "Smelter not yet identified",
                "name_reported": "Unknown", "country_reported": ""}
    elif draw.random() < 0.3:
        row["lookup_reported"] = "Smelter not listed"
    return row


def _with_more(draw, name: str, one: dict) -> str:
    """The very name and something behind it, as cells have it that were filled in by copying."""
    return name + draw.choice([
        f" ({one['country_name']})", f" [{one['smelter_id']}]", f" - {one['metal']}",
        ", Building 3, Zone B", f"; No. 12 Industrial Road, {one['country_name']}",
        " (formerly Nobody's Works)", " f/k/a Old Name Co.", " (Head Office)"])


def _country(draw, facilities: list, one: dict) -> str:
    chance = draw.random()
    if chance < 0.72:
        return one["country_name"].upper() if chance < 0.4 else one["country_name"].title()
    if chance < 0.8:
        return one["country"]
    if chance < 0.9:
        return ""
    return draw.choice(facilities)["country_name"]


def typed(draw, smelter_id: str) -> str:
    """A right id as people type it."""
    return draw.choice([smelter_id] * 5 + [
        smelter_id.lower(), f" {smelter_id}\u00a0", f"CID {smelter_id[3:]}",
        f"CID-{smelter_id[3:]}", _wide(smelter_id), f"RMI: {smelter_id}"])


def restyled(draw, name: str) -> str:
    """The same name: case, accents, width, punctuation, blanks, legal form."""
    for change in draw.sample(
            [str.upper, str.lower, str.title, _no_accents, _wide, _no_points, _spaced,
             _respelled_form, _without_form], draw.choice([0, 1, 2])):
        name = change(name)
    return name


def _no_accents(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


def _wide(name: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)


def _no_points(name: str) -> str:
    return re.sub(r"[.,]", "", name)


def _spaced(name: str) -> str:
    return "  " + name.replace(" ", "\u00a0 ").replace("-", " - ")


def _respelled_form(name: str) -> str:
    for one, other in (("Co., Ltd.", "Company Limited"), ("Corp.", "Corporation"),
                       ("Inc.", "Incorporated"), ("Ltd.", "Limited"), ("S.p.A.", "SPA")):
        if name.endswith(one):
            return name[: -len(one)] + other
    return name


def _without_form(name: str) -> str:
    return _LEGAL.sub("", name) or name


def misspelt(draw, name: str) -> str:
    """Another spelling: letters, words, abbreviations or transliteration differ for certain."""
    changes = [_typo, _typo, _two_typos, _abbreviated, _reordered, _transliterated, _dropped_word,
               _added_word, _joined]
    for _ in range(20):
        changed = draw.choice(changes)(draw, name)
        if draw.random() < 0.2:
            changed = draw.choice(changes)(draw, changed)
        if plain(changed) != plain(name) and len(plain(changed)) > 3:
            return restyled(draw, changed)
    return _typo(draw, _typo(draw, name))


def _typo(draw, name: str) -> str:
    letters = [i for i, c in enumerate(name) if c.isalpha()]
    at = draw.choice(letters[1:] or letters)
    kind = draw.randrange(4)
    if kind == 0:
        return name[:at] + name[at + 1:]
    if kind == 1:
        return name[:at] + draw.choice("aeiourstln") + name[at:]
    if kind == 2 and at + 1 < len(name):
        return name[:at] + name[at + 1] + name[at] + name[at + 2:]
    return name[:at] + draw.choice("aeiourstlnmk") + name[at + 1:]


def _two_typos(draw, name: str) -> str:
    return _typo(draw, _typo(draw, name))


def _abbreviated(draw, name: str) -> str:
    found = [word for word in _SHORT if re.search(rf"\b{re.escape(word)}\b", name)]
    if not found:
        return _typo(draw, name)
    word = draw.choice(found)
    return re.sub(rf"\b{re.escape(word)}\b", _SHORT[word], name)


def _reordered(draw, name: str) -> str:
    words = _without_form(name).split()
    draw.shuffle(words)
    return " ".join(words)


def _transliterated(draw, name: str) -> str:
    changed = "".join(_UMLAUTS.get(c, c) for c in name)
    if changed != name:
        return changed
    one, other = draw.choice(_SOUNDS)
    return re.sub(one, other, name, count=1) if one in name else _typo(draw, name)


def _dropped_word(draw, name: str) -> str:
    words = _without_form(name).split()
    if len(words) < 3:
        return _typo(draw, name)
    del words[draw.randrange(1, len(words))]
    return " ".join(words)


def _added_word(draw, name: str) -> str:
    word = draw.choice(["Group", "Works", "Plant", "International", "(Head Office)", "Factory"])
    return f"{_without_form(name)} {word}"


def _joined(draw, name: str) -> str:
    return _typo(draw, name.replace(" ", "", 1))


def _first_words(draw, name: str) -> str:
    return " ".join(name.split()[:2])


def _former(draw, name: str) -> str:
    return f"{name.split()[0]} {draw.choice(['Metallurgy', 'Enterprises', 'Works', 'Alloys'])}"
