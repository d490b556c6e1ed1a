"""Whom an unmatched row may mean: the likeliest facilities, for a person to decide.

Each spelling is compared once, with the facilities of its metal (``likeness``). The country lifts a
little and never excludes. The facility of the row's own id, that of the name chosen where another
is typed, and one that bears the very name under another metal, are named too.
"""

import numpy as np
import pandas as pd

from conflict_minerals.ground import ids, names, tables
from conflict_minerals.ground.columns import texts
from conflict_minerals.ground.text import clean
from conflict_minerals.smelters import evidence
from conflict_minerals.smelters.evidence import Index
from conflict_minerals.smelters.likeness import CHUNK, Block, likeness_of
from conflict_minerals.smelters.matching import distinct
from conflict_minerals.smelters.reference import Reference

# Below this a name is no suggestion.
LEAST = 50
# What else speaks for a facility: its country; the row's own id; the very name under another
# metal; both of these together; its name before a bracket, an address or an earlier name; the
# name that the row chose.
COUNTRY_LIFTS, OWN_ID, OTHER_METAL, BOTH, BEGINS, CHOSEN = 4, 70, 60, 95, 95, 90
_ASKED = ["metal", "smelter_id_reported", "lookup_reported", "name_reported", "country_reported"]


def suggest(smelter_rows: pd.DataFrame, reference: Reference, limit: int = 3, *,
            workers: int = 1) -> pd.DataFrame:
    """The best facilities for each unmatched metal, name and country.

    Args:
        smelter_rows: of ``matching.match``; rows whose ``match`` is ``none`` are looked at.
        reference: of ``reference.build``.
        limit: facilities at most for each.
        workers: threads that compare names.

    Returns:
        The columns of ``suggestions`` in ``tables.csv``, rank 1 the best, ``score`` 0 to 100.
        Rows without name and id have none.
    """
    asked = _asked(smelter_rows)
    index, likeness = evidence.index(reference), likeness_of(reference)
    records: list[tuple] = []
    for metal, group in asked.groupby("metal", sort=True):
        block = likeness.block(metal)
        for start in range(0, len(group), CHUNK):
            part = group.iloc[start : start + CHUNK]
            records += _best(part, metal, block, index, limit, workers)
    order = ["metal", "name_reported", "country_reported", "rank"]
    return tables.frame(records, "suggestions").sort_values(order, ignore_index=True)


def _asked(smelter_rows: pd.DataFrame) -> pd.DataFrame:
    """The rows without a match: ``metal, called, country_reported, rows, suppliers, cells``.

    ``cells`` are the ids and the chosen names beside a spelling.
    """
    rows = smelter_rows[(smelter_rows["match"] == "none").to_numpy()]
    ways, way = distinct(rows, _ASKED)
    ways["called"] = [evidence.reported_as(*cells) for cells in zip(
        texts(ways["lookup_reported"]), texts(ways["name_reported"]),
        texts(ways["smelter_id_reported"]), strict=True)]
    ways["rows"] = np.bincount(way, minlength=len(ways))
    group = ways.groupby(["metal", "called", "country_reported"], sort=True).ngroup().to_numpy()
    supplier = rows["supplier_id"].array if "supplier_id" in rows else np.zeros(len(rows))
    pairs, _ = distinct(pd.DataFrame({"group": group[way], "by": supplier}), ["group", "by"])
    ways["group"] = group
    out = ways.groupby("group", sort=True).agg(
        metal=("metal", "first"), called=("called", "first"),
        country_reported=("country_reported", "first"), rows=("rows", "sum"))
    cells: list[set[tuple[str, str]]] = [set() for _ in range(len(out))]
    for at, *cell in zip(group.tolist(), texts(ways["smelter_id_reported"]),
                         texts(ways["lookup_reported"]), strict=True):
        cells[at].add(tuple(cell))
    out["cells"] = [sorted(several) for several in cells]
    out["suppliers"] = np.bincount(pairs["group"].astype("int64"), minlength=len(out))
    return out[out["called"] != ""]


def _best(asked: pd.DataFrame, metal: str, block: Block, index: Index, limit: int,
          workers: int) -> list[tuple]:
    called = texts(asked["called"])
    compared = block.compare(called, workers)
    likeness = compared.best
    countries = texts(asked["country_reported"])
    codes = [evidence.country(text) for text in countries]
    score = likeness + COUNTRY_LIFTS * block.agrees(codes)
    rows = []
    told = zip(called, countries, asked["rows"].tolist(), asked["suppliers"].tolist(),
               asked["cells"].tolist(), strict=True)
    for i, (name_said, country_said, count, suppliers, cells) in enumerate(told):
        found = _ranked(score[i], likeness[i], compared.by_name[i], block, index, metal, name_said,
                        cells, codes[i], limit)
        for rank, (points, one, other_metal, name, country, why) in enumerate(found, 1):
            # A decision cannot move a row to another metal: the supplier has to.
            key = f"{metal}|{name_said}" if other_metal in (metal, "Multiple") else ""
            rows.append((metal, name_said, country_said, count, suppliers, rank, one, other_metal,
                         name, country, round(points, 1), why, key))
    return rows


def _ranked(score, likeness, by_name, block: Block, index: Index, metal: str, called: str,
            cells: list, code: str, limit: int) -> list[tuple]:
    """``points, id, metal, name, country, why`` from the best down."""
    best = np.argpartition(score, -limit - 2)[-limit - 2:] if len(score) > limit + 2 else range(
        len(score))
    exact = index.name(metal, called).found
    found: dict[tuple[str, str], list] = {}
    for j in best:
        if likeness[j] >= LEAST:
            one, own_metal, name, country = block.records[j]
            # Only a name that is the same but for its dress reaches 100.
            most = 100.0 if one in exact else 99.0
            alike = min(float(likeness[j]), most)
            found[own_metal, one] = [min(float(score[j]), most), one, own_metal, name, country,
                                     alike, int(j), []]
    for head in names.heads(called):
        for one in index.name(metal, head).found:
            _add(found, BEGINS, one, metal, index.by_id[one][metal], f"its name is {head!r}")
    for chosen in sorted({lookup for _, lookup in cells if evidence.kind_of(lookup) == "name"}):
        for one in index.name(metal, chosen).found if clean(chosen) != called else ():
            _add(found, CHOSEN, one, metal, index.by_id[one][metal],
                 f"the row's choice {clean(chosen)!r} is its")
    for cell in sorted({cell for cell, _ in cells if cell}):
        one = ids.meant(cell) or ids.read(cell).value
        for own_metal, facility in index.by_id.get(one, {}).items():
            under = "" if own_metal in (metal, "Multiple") else f", under {own_metal}"
            _add(found, OWN_ID, one, own_metal, facility,
                 f"the row's id is {'like ' if ids.meant(cell) else ''}its{under}")
    for own_metal in index.other_metals(metal, called):
        for one in index.name(own_metal, called).found:
            _add(found, OTHER_METAL, one, own_metal, index.by_id[one][own_metal],
                 f"the very name, under {own_metal}")
    ranked = sorted(found.values(), key=lambda entry: (-entry[0], entry[2], entry[1]))[:limit]
    return [(*entry[:5], _why(entry, by_name, block, index, code)) for entry in ranked]


def _why(entry: list, by_name, block: Block, index: Index, code: str) -> str:
    _, one, _, name, _, alike, at, also = entry
    told = [f"name {alike:.0f} of 100 alike{_spelled(by_name, block, at, name)}"] if at >= 0 else []
    told += also
    told += {"same": ["country agrees"], "different": ["country is another"],
             "unknown": []}[index.country_of(one, code)]
    return "; ".join(told)


def _add(found: dict, points: float, one: str, metal: str, facility, why: str) -> None:
    if (metal, one) in found:
        entry = found[metal, one]
        both = why.startswith("the very name") and any(
            told.startswith("the row's id") for told in entry[7])
        entry[0] = max(entry[0], BOTH if both else points)
        entry[7].append(why)
    else:
        found[metal, one] = [points, one, metal, facility.name, facility.country, 0.0, -1, [why]]


def _spelled(by_name, block: Block, at: int, name: str) -> str:
    """The other name of the facility that comes nearest, where it is not the reference name."""
    start, end = block.starts[at], block.ends[at]
    if end - start < 2:
        return ""
    near = block.spellings[start + int(by_name[start:end].argmax())]
    return "" if near == name else f" (known as {clean(near)})"
