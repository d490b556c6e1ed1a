"""Where the ore is said to come from: a facility's own rows and ``origins.csv``.

A supplier's answer on Covered Countries is about all its smelters and never becomes an origin
here. What cannot be read as a country stays as it was written; where nothing is known the
table says so.
"""

from datetime import date

import pandas as pd

from conflict_minerals.ground import countries, tables
from conflict_minerals.ground.columns import records, texts
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import METALS
from conflict_minerals.ground.text import clean
from conflict_minerals.risk.mines import Said, recycled_of, said
from conflict_minerals.smelters import distinct_rows
from conflict_minerals.year import facility_id

_PLACE = ["supplier_id", "metal", "smelter_id", "file", "sheet", "row"]
_ANSWER = ["recycled_reported", "mines_reported", "mine_countries_reported"]


def recycled(smelter_rows: pd.DataFrame) -> pd.DataFrame:
    """``metal, smelter_id, recycled``: Yes when a row of the facility says so, else No, else
    Unknown."""
    rows, _ = distinct_rows(_own(smelter_rows), ["metal", "smelter_id", "recycled"])
    order = {"Yes": 0, "No": 1, "Unknown": 2}
    answer = rows["recycled"].map(order).groupby([rows["metal"], rows["smelter_id"]]).min()
    names = {rank: word for word, rank in order.items()}
    return answer.map(names).rename("recycled").reset_index()


def _own(smelter_rows: pd.DataFrame) -> pd.DataFrame:
    """Counted rows of facilities with what they say read; each distinct cell is read once."""
    kept = smelter_rows["counted"].astype(bool) & (smelter_rows["smelter_id"] != "")
    rows = smelter_rows.loc[kept & smelter_rows["metal"].isin(METALS), [*_PLACE, *_ANSWER]]
    answers, which = distinct_rows(rows, _ANSWER)
    again, mines, places = (texts(answers[column]) for column in _ANSWER)
    read = {cell: said(cell) for cell in {*mines, *places}}
    recycled = [recycled_of(answer, read[mine], read[place])
                for answer, mine, place in zip(again, mines, places, strict=True)]
    speaks = [answer == "Yes" or read[place] != Said()
              for answer, place in zip(recycled, places, strict=True)]
    return rows.assign(
        recycled=pd.array(recycled, dtype="str").take(which),
        said=pd.Series([read[place] for place in places], dtype="object").array.take(which),
        speaks=pd.array(speaks, dtype="bool").take(which),
    )


def annex(
    smelter_rows: pd.DataFrame, evidence: pd.DataFrame, facilities: pd.DataFrame, *, as_of: date
) -> pd.DataFrame:
    """Countries of origin of each facility with their ground: the table ``origins``.

    Args:
        smelter_rows: as in the table of that name.
        evidence: ``Inputs.origins`` with ``place``, and members' data with ``level``; what is
            dated after the review date is left out. A cell may name several countries.
        facilities: as in the table of that name; each has at least one line.

    A line a facility, ground and country; a facility of which nothing is known has the line
    ``none``.

    Raises:
        InputError: a country of ``evidence`` that is none: a slip there would hide an origin.
    """
    known_as = facilities.set_index(["metal", "smelter_id"])
    names, status = known_as["smelter_name"].to_dict(), known_as["status"].to_dict()
    lines = _evidenced(evidence, names, as_of) + _declared(_own(smelter_rows), names)
    known = {(line["metal"], line["smelter_id"]) for line in lines if line["basis"] != "unread"}
    for key in sorted(set(names) - known):
        lines.append(_line(key, "none", evidence="Nothing that was received or found says"))
    for line in lines:
        line["smelter_name"] = names[(line["metal"], line["smelter_id"])]
        line["status"] = status[(line["metal"], line["smelter_id"])]
        line["country_name"] = countries.printed(line["country"])
        line["covered"] = countries.is_covered(line["country"])
    order = ["metal", "smelter_id", "smelter_name", "basis", "country"]
    return tables.frame(lines, "origins").sort_values(order, kind="stable", ignore_index=True)


def _line(key: tuple, basis: str, **more) -> dict:
    blank = dict.fromkeys(tables.names("origins"), "") | {"suppliers": 0}
    return blank | {"metal": key[0], "smelter_id": key[1], "basis": basis} | more


def _evidenced(evidence: pd.DataFrame, names: dict, as_of: date) -> list[dict]:
    lines: dict[tuple, dict] = {}
    for row in evidence.itertuples():
        key = (row.metal, facility_id(row.smelter_id))
        told = _told(row)
        if key not in names or row.as_of > as_of.isoformat():
            continue
        for basis, code in told:
            line = lines.setdefault(
                (*key, basis, code),
                _line(key, basis, country=code, as_of=row.as_of,
                      as_reported=row.country or getattr(row, "level", "")),
            )
            line["evidence"] = _join(line["evidence"], row.evidence)
            line["source"] = _join(line["source"], row.source)
            line["as_of"] = max(line["as_of"], row.as_of)
            line["places"] = _join(line["places"], row.place)
    return list(lines.values())


def _told(row) -> list[tuple[str, str]]:
    """Grounds and countries of a line of ``origins.csv``."""
    code = countries.iso3(row.country)
    read = Said((code,)) if code else said(row.country)
    if read.unread:
        raise InputError(
            f"{read.unread[0]!r} is no known country",
            file=row.place.partition(",")[0],
            where=f"{row.metal} {row.smelter_id}, country",
            fix="Write its ISO 3166 code; ';' between several",
        )
    told = [("evidence", code) for code in read.countries] + [("recycled", "")] * read.recycled
    return told or [("level", "")] * bool(getattr(row, "level", ""))


def unused(evidence: pd.DataFrame, facilities: pd.DataFrame) -> list[str]:
    """Metals and ids of ``origins.csv`` that are no facility of the year: nothing rests on them."""
    there = set(zip(facilities["metal"], facilities["smelter_id"], strict=True))
    named = {(row.metal, facility_id(row.smelter_id)) for row in evidence.itertuples()}
    return [" ".join(pair) for pair in sorted(named - there)]


def _declared(rows: pd.DataFrame, names: dict) -> list[dict]:
    lines: dict[tuple, dict] = {}
    gathered: dict[tuple, tuple[dict, dict, set]] = {}  # as reported, places, suppliers
    for row in records(rows[rows["speaks"]].sort_values(["file", "sheet", "row"])):
        key = (row.metal, row.smelter_id)
        if key not in names:
            continue
        place = f"{row.file}, {row.sheet}, row {row.row}"
        told = [("declared", code, "") for code in row.said.countries]
        told += [("unread", "", word) for word in row.said.unread]
        told += [("recycled", "", "")] if row.recycled == "Yes" else []
        for basis, code, word in told:
            at = (*key, basis, code, word)
            if at not in lines:
                lines[at] = _line(key, basis, country=code, source="Suppliers' rows")
                gathered[at] = {}, {}, set()
            said, places, suppliers = gathered[at]
            said[word or (row.mine_countries_reported if basis == "declared" else "recycled")] = 0
            places[place] = 0
            suppliers.add(row.supplier_id)
    grounds = {
        "declared": "Named as country of a mine in the facility's own rows",
        "recycled": "Said to use recycled or scrap feed only in the facility's own rows",
        "unread": "Written where the country of a mine is asked for; no known country",
    }
    for at, line in lines.items():
        said, places, suppliers = gathered[at]
        line |= {"as_reported": _joined(said), "places": _joined(places),
                 "suppliers": len(suppliers)}
        line["evidence"] = grounds[line["basis"]]
    return list(lines.values())


def _joined(texts) -> str:
    """Distinct texts in order, ``;`` between; a ``;`` within one is written as a comma."""
    return ";".join(filter(None, dict.fromkeys(clean(one).replace(";", ",") for one in texts)))


def _join(before: str, more: str) -> str:
    more = clean(more).replace(";", ",")
    parts = before.split(";") if before else []
    return before if more in parts or not more else ";".join([*parts, more])


def by_facility(origins: pd.DataFrame) -> pd.DataFrame:
    """``metal, smelter_id, origin_basis, declared_origins``: the best ground and all countries.

    Grounds from best to none: evidence, declared, recycled, level (a member's data give a level
    and no country), unread, unknown.
    """
    order = {"evidence": 0, "declared": 1, "recycled": 2, "level": 3, "unread": 4, "none": 5}
    names = dict(enumerate(("evidence", "declared", "recycled", "level", "unread", "unknown")))
    groups = origins.groupby(["metal", "smelter_id"], sort=True)
    best = groups["basis"].agg(lambda s: names[min(order[b] for b in s)])
    told = groups["country"].agg(lambda s: ";".join(sorted({c for c in s if c})))
    return pd.DataFrame({"origin_basis": best, "declared_origins": told}).reset_index()


def summary(origins: pd.DataFrame) -> pd.DataFrame:
    """What is known of origin by metal, in figures and in a sentence: ``origin_summary``."""
    lines = []
    every = by_facility(origins)
    for metal in [m for m in METALS if (every["metal"] == m).any()]:
        of = every[every["metal"] == metal]
        told = of[of["declared_origins"] != ""]
        codes = sorted({c for cell in told["declared_origins"] for c in cell.split(";")})
        line = {
            "metal": metal,
            "facilities": len(of),
            "with_country": len(told),
            "recycled_only": int(((of["origin_basis"] == "recycled")).sum()),
            "nothing_known": int(of["origin_basis"].isin(["unknown", "unread"]).sum()),
            "countries": ";".join(codes),
            "covered_countries": ";".join(c for c in codes if countries.is_covered(c)),
        }
        unread = int((of["origin_basis"] == "unread").sum())
        lines.append(line | {"statement": _statement(line, unread)})
    return tables.frame(lines, "origin_summary")


def _statement(line: dict, unread: int) -> str:
    metal, total = line["metal"].lower(), line["facilities"]
    more = f" What is written for {unread} of these could not be read as a country." * bool(unread)
    if line["nothing_known"] == total:
        text = f"Nothing is known of the ore's origin for any of the {total} {metal} facilities."
        return text + more
    told = f"a country of origin is named for {line['with_country']}"
    parts = [f"Of {total} {metal} facilities {told}"]
    if line["recycled_only"]:
        parts.append(f"recycled or scrap feed only is said to be used by {line['recycled_only']}")
    parts.append(f"nothing is known of {line['nothing_known']}")
    text = "; ".join(parts)
    named = line["covered_countries"].split(";") if line["covered_countries"] else []
    told = ", ".join(sorted(countries.printed(c).replace(",", "") for c in named))
    return f"{text}. Covered Countries named: {told or 'none'}.{more}"
