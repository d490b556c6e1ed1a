"""Matching against what a user would do otherwise, and at the size of a large manufacturer.

``python bench/matching.py [--rows 100000] [--sample 120] [--large 6000000]``

1. 100,000 reported rows against 1,200 smelters with their other names: matched and, where nothing
   proves a match, with three suggestions each; beside ``thefuzz.process.extractOne`` over the same
   names, row by row. thefuzz is timed on a sample, since it would take most of an hour.
2. 6 million rows of 20,000 suppliers through matching, status and the figures by metal, status,
   country and supplier, in a process of its own whose peak memory is read from the kernel; and a
   quarter of them, to see that the cost grows no faster than the rows.

Spellings circulate, as they do among suppliers: most rows carry one of a pool for each smelter, one
in a hundred is typed anew. Names, ids and truth are made up from one seed (tests/identity_corpus).
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import identity_corpus as corpus  # noqa: E402
from conflict_minerals.ground.text import clean
from conflict_minerals.smelters import MATCH_COLUMNS, build_reference, match_rows, suggest
from conflict_minerals.status import classify_facilities

SMELTERS, OTHER_NAMES, POOL = 1200, 4.7, 7
WANTED, MOST_MEMORY, MOST_GROWTH = 500, 4 * 2**30, 1.15
_COLUMNS = ["supplier_id", "counted", *MATCH_COLUMNS]


def known_smelters(draw) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """1,200 smelters and, for each, the names that look-up sheets give it."""
    every = corpus.smelters(draw, 1300).head(SMELTERS)
    names = corpus.other_names(draw, every, 0)
    taken = {(row.metal, corpus.letters(row.name)): row.smelter_id for row in every.itertuples()}
    for row in every.itertuples():
        for _ in range(round(draw.gauss(OTHER_NAMES * 1.15, 1.5))):
            name = corpus.misspelt(draw, row.name)
            key = (row.metal, corpus.letters(name))
            if taken.setdefault(key, row.smelter_id) == row.smelter_id:
                names[row.smelter_id].append(name)
    return every, {one: sorted(set(several)) for one, several in names.items()}


def ways(draw, smelters: pd.DataFrame, names: dict) -> pd.DataFrame:
    """The ways in which rows are filled in, with truth: what circulates for each smelter."""
    taken = {(row.metal, corpus.letters(name)): row.smelter_id
             for row in smelters.itertuples() for name in names[row.smelter_id]}
    found = []
    for row in smelters.itertuples():
        base = {"metal": row.metal, "smelter_id_reported": "", "lookup_reported": "",
                "country_reported": row.country_name, "truth": row.smelter_id}
        for name in names[row.smelter_id]:
            found.append(base | {"smelter_id_reported": row.smelter_id, "name_reported": name,
                                 "lookup_reported": name, "kind": "id"})
            found.append(base | {"name_reported": corpus.restyled(draw, name), "kind": "name"})
        for _ in range(POOL):
            name = corpus.misspelt(draw, draw.choice(names[row.smelter_id]))
            if taken.get((row.metal, corpus.letters(name)), row.smelter_id) == row.smelter_id:
                found.append(base | {"name_reported": name, "kind": "misspelt",
                                     "lookup_reported": "Smelter not listed"})
    return pd.DataFrame(found)


def reported(draw, every: pd.DataFrame, rows: int, fresh: float = 0.01) -> pd.DataFrame:
    """Rows drawn from the pool: 45 of 100 with id, 20 with a name alone, 35 misspelt.

    A misspelling that is another smelter's very name has no truth and is left out.
    """
    taken = {(row.metal, corpus.letters(row.name_reported)): row.truth
             for row in every[every["kind"] != "misspelt"].itertuples()}
    share = every["kind"].map({"id": 0.45, "name": 0.20, "misspelt": 0.35})
    weight = share / every.groupby("kind")["kind"].transform("size")
    chosen = np.random.default_rng(draw.randrange(2**32)).choice(
        len(every), size=rows, p=(weight / weight.sum()).to_numpy())
    out = every.iloc[chosen].reset_index(drop=True)
    out["supplier_id"] = [f"s{n // 500:05d}" for n in range(rows)]
    out["counted"] = True
    misspelt = np.flatnonzero((out["kind"] == "misspelt").to_numpy())
    for at in draw.sample(misspelt.tolist(), round(rows * fresh)):
        name = corpus.misspelt(draw, out.at[at, "name_reported"])
        if taken.get((out.at[at, "metal"], corpus.letters(name)), out.at[at, "truth"]) == (
                out.at[at, "truth"]):
            out.at[at, "name_reported"] = name
    return out


def against_thefuzz(rows: int, sample: int, workers: int) -> bool:
    """The first part; true when fast and right enough."""
    from thefuzz import process

    draw = random.Random(6)
    smelters, names = known_smelters(draw)
    lookups = corpus.look_up_sheet(smelters, names)
    some = reported(draw, ways(draw, smelters, names), rows)
    # Once over other rows, so that tables of the field are in memory on both sides.
    known = build_reference(lookups, corpus.years_list(smelters))
    suggest(match_rows(some.head(200), known), known, workers=workers)
    start = time.perf_counter()
    known = build_reference(lookups, corpus.years_list(smelters))
    found = match_rows(some, known)
    suggested = suggest(found, known, workers=workers)
    ours = (time.perf_counter() - start) / rows
    best = suggested[suggested["rank"] == 1].set_index(
        ["metal", "name_reported", "country_reported"])["smelter_id"].to_dict()
    answer = found["smelter_id"].where(found["smelter_id"] != "", [
        best.get(key, "") for key in zip(found["metal"], found["name_reported"].map(clean),
                                         found["country_reported"], strict=True)])
    wrong = int(((found["smelter_id"] != "") & (found["smelter_id"] != found["truth"])).sum())
    asked = draw.sample(range(rows), sample)
    choices = sorted(set(lookups["lookup_name"]))
    owner: dict[str, set] = {}
    for name, one in zip(lookups["lookup_name"], lookups["smelter_id"], strict=True):
        owner.setdefault(name, set()).add(one)
    texts = [some["name_reported"].iloc[at] for at in asked]
    start = time.perf_counter()
    picked = [process.extractOne(text, choices)[0] for text in texts]
    theirs = (time.perf_counter() - start) / sample
    truth = some["truth"].iloc[asked].tolist()
    they_hit = sum(one in owner[name] for one, name in zip(truth, picked, strict=True))
    we_hit = sum(one == said for one, said in zip(truth, answer.iloc[asked], strict=True))
    distinct = some.drop_duplicates(["metal", "name_reported"]).shape[0]
    print(f"{rows:,} rows, {distinct:,} distinct names; {len(smelters):,} smelters under "
          f"{len(choices):,} names")
    print(f"matched {(found['match'] != 'none').mean():.1%} by themselves, {wrong} of them wrong; "
          f"suggestions for {len(best):,} names; first answer right: "
          f"{(answer == found['truth']).mean():.2%}")
    print(f"matching with suggestions: {ours * 1e6:.1f} us a row ({ours * rows:.2f} s for all, "
          f"{workers} threads compare names)")
    print(f"thefuzz.process.extractOne, {sample} rows timed: {theirs * 1e3:.2f} ms a row")
    print(f"ratio: {theirs / ours:.0f} (wanted: {WANTED}); right on the same {sample} rows: "
          f"{we_hit} against {they_hit}")
    return theirs / ours >= WANTED and we_hit >= they_hit and wrong == 0


def lay_out(folder: Path, suppliers: int, each: int) -> int:
    """Rows of so many suppliers as Parquet with dictionary columns; gives their number."""
    draw = random.Random(7)
    smelters, names = known_smelters(draw)
    every = ways(draw, smelters, names)
    corpus.look_up_sheet(smelters, names).to_parquet(folder / "lookups.parquet")
    corpus.years_list(smelters).to_parquet(folder / "entries.parquet")
    (folder / "rows").mkdir()
    step = 500
    for start in range(0, suppliers, step):
        part = reported(draw, every, step * each, fresh=0.002)
        part["supplier_id"] = [f"s{start + n // each:05d}" for n in range(len(part))]
        coded = part[_COLUMNS].astype({c: "category" for c in _COLUMNS if c != "counted"})
        coded.to_parquet(folder / "rows" / f"{start:05d}.parquet", compression="zstd")
    return suppliers * each


def large(folder: Path) -> dict:
    """Reads what ``lay_out`` wrote; matching, status and group-bys; its own peak memory."""
    import pyarrow.dataset as dataset

    # Column by column, and dictionaries made one: the rows never stand in memory as text.
    lookups = pd.read_parquet(folder / "lookups.parquet")
    entries = pd.read_parquet(folder / "entries.parquet")
    start = time.perf_counter()
    source = dataset.dataset(folder / "rows")
    columns = {}
    for name in _COLUMNS:
        column = source.to_table(columns=[name]).column(0)
        columns[name] = (column.unify_dictionaries() if name != "counted" else column).to_pandas()
        del column
    rows = pd.DataFrame(columns, copy=False)
    del columns
    known = build_reference(lookups, entries)
    found = match_rows(rows, known)
    facilities = classify_facilities(found, known, entries, as_of=pd.Timestamp("2019-05-15"))
    by_match = found.groupby("match", observed=True).size()
    by_supplier = found.groupby(["supplier_id", "match"], observed=True).size()
    by_status = facilities.groupby(["metal", "status"])["rows"].agg(["size", "sum"])
    by_country = facilities.groupby(["country", "status"]).size()
    seconds = time.perf_counter() - start
    assert by_match.sum() == len(rows) == by_supplier.sum()
    matched = len(rows) - by_match.get("none", 0) - by_match.get("not_identified", 0)
    assert by_status["sum"].sum() == matched and by_country.sum() == len(facilities)
    return {"rows": len(rows), "seconds": seconds, "facilities": len(facilities),
            "matched": float(matched / len(rows)),
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def at_size(rows: int) -> bool:
    """The second part; true when within memory and when the cost grows no faster than the rows."""
    made = {}
    with tempfile.TemporaryDirectory(prefix="matching-") as name:
        for count in (rows // 4, rows):
            folder = Path(name) / str(count)
            folder.mkdir()
            lay_out(folder, count // 300, 300)
            done = subprocess.run([sys.executable, __file__, "--measure", str(folder)], check=True,
                                  capture_output=True, text=True)
            made[count] = json.loads(done.stdout)
            one = made[count]
            print(f"{one['rows']:,} rows of {count // 300:,} suppliers: {one['seconds']:.1f} s, "
                  f"{one['seconds'] / one['rows'] * 1e6:.2f} us a row, peak "
                  f"{one['peak'] / 2**30:.2f} GB; {one['facilities']:,} facilities, "
                  f"{one['matched']:.1%} of rows matched", flush=True)
    growth = (made[rows]["seconds"] / made[rows]["rows"]) / (
        made[rows // 4]["seconds"] / made[rows // 4]["rows"])
    print(f"cost a row, four times the rows: {growth:.2f} times (wanted: at most {MOST_GROWTH}); "
          f"peak {made[rows]['peak'] / 2**30:.2f} GB (wanted: under {MOST_MEMORY >> 30})")
    return made[rows]["peak"] < MOST_MEMORY and growth <= MOST_GROWTH


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=120, help="rows that thefuzz is timed on")
    parser.add_argument("--large", type=int, default=6_000_000, help="rows of the second part")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(large(given.measure)))
        return 0
    good = against_thefuzz(given.rows, given.sample, given.workers)
    good &= at_size(given.large) if given.large else True
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
