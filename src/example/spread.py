"""Who reports which facility in 2018: a fixed rule in place of a thousand hand-written lines."""

import re
from hashlib import sha256

from example.tables import table

# Legal forms that a reader may fold away; names alike without them are told apart by id only.
_FORMS = re.compile(r"\b(co|ltd|inc|corp|corporation|limited|llc|gmbh|kg|ag|sa|spa|jsc|pte|pvt)\b")


def share(*parts: str) -> float:
    """A number from 0 to 1 that is the same for the same words, in every place and year."""
    return int.from_bytes(sha256("|".join(parts).encode()).digest()[:4], "big") / 2**32


def confusable(annex: list[dict]) -> set[tuple[str, str]]:
    """(metal, id) whose name is another facility's of that metal once legal forms are dropped."""
    seen: dict[tuple[str, str], list] = {}
    for row in annex:
        plain = re.sub(r"[^a-z0-9 ]", "", row["smelter_name"].casefold().replace(".", ""))
        plain = " ".join(_FORMS.sub(" ", plain).split())
        seen.setdefault((row["metal"], plain), []).append((row["metal"], row["smelter_id"]))
    return {pair for pairs in seen.values() if len(pairs) > 1 for pair in pairs}


def reporters(annex: list[dict], rules: list[dict]) -> dict[str, list[dict]]:
    """The annex rows that each file reports, by the file's key.

    ``rules`` (``tables/2018/spread.csv``): key, metals, share of the facilities reported, weight
    as a facility's home (each has one file that surely reports it), and how rows are written.
    """
    unclear = confusable(annex)
    held_back = {(row["metal"], row["truth_id"]) for row in table("tables/2018/rows.csv")
                 if row["only_here"] == "yes"}
    lists: dict[str, list[dict]] = {rule["key"]: [] for rule in rules}
    for row in annex:
        pair = (row["metal"], row["smelter_id"])
        if pair in held_back:
            continue
        able = [rule for rule in rules if row["metal"] in rule["metals"].split(";")
                and not (rule["written"] == "name" and pair in unclear)]
        home = _home(pair, able)
        for rule in able:
            if rule is home or share("report", rule["key"], *pair) < float(rule["share"]):
                lists[rule["key"]].append(row)
    return lists


def _home(pair: tuple[str, str], able: list[dict]) -> dict:
    point = share("home", *pair) * sum(float(rule["weight"]) for rule in able)
    for rule in able:
        point -= float(rule["weight"])
        if point < 0:
            return rule
    return able[-1]


def written(facility: dict, rule: dict, aliases: list[str], stranger: bool) -> dict:
    """The facility as one row of a Smelter List, in the file's manner.

    ``stranger`` says that the file's own look-up does not hold the id, so that it was typed.
    """
    metal, smelter_id, name = facility["metal"], facility["smelter_id"], facility["smelter_name"]
    chance = share("way", rule["key"], metal, smelter_id)
    called = aliases[0] if aliases and chance < 0.5 else name
    way = rule["written"]
    truth = {"truth_match": "id", "truth_id": smelter_id}
    typed = {"way": "typed", "metal": metal, "country": _country(facility["country_name"], chance)}
    if stranger:
        return {**typed, **truth, "lookup": "Smelter not listed", "name": name,
                "smelter_id": smelter_id, "source": "RMI"}
    if way == "name":
        truth["truth_match"] = "alias"
        return {**typed, **truth, "lookup": called, "name": called}
    if way == "typed":
        return {**typed, **truth, "lookup": name, "name": name,
                "smelter_id": _misspelt(smelter_id, chance), "source": "RMI"}
    if way == "pick" or chance > 0.85:
        return {**truth, "way": "pick", "metal": metal, "lookup": called}
    return {**truth, "way": "id", "input_id": smelter_id}


def _misspelt(smelter_id: str, chance: float) -> str:
    """An id as people type it: now and then with a blank, a hyphen or in small letters."""
    if chance < 0.12:
        return f"CID {smelter_id[3:]}"
    if chance < 0.2:
        return f"CID-{smelter_id[3:]}"
    if chance < 0.25:
        return smelter_id.lower()
    if chance < 0.3:
        return f" {smelter_id}\u00a0"
    return smelter_id


_SHORT = {"KOREA, REPUBLIC OF": "South Korea", "UNITED STATES OF AMERICA": "USA",
          "TAIWAN, PROVINCE OF CHINA": "Taiwan", "RUSSIAN FEDERATION": "Russia",
          "VIET NAM": "Vietnam"}


def _country(name: str, chance: float) -> str:
    """A country as people type it, where they do not pick it from the list."""
    return _SHORT.get(name, name.title()) if chance > 0.6 else name
