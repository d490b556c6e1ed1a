"""The checks' findings and the letters, kept for a second run over what they rest on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd

from conflict_minerals.store import manifest
from conflict_minerals.store.cache import Cache
from conflict_minerals.survey import checks


def find(
    intake, inputs, *, reference, as_of: date, year: int | None = None,
    against: Path | None = None, cache: Path | None = None,
) -> pd.DataFrame:  # fmt: skip
    """What ``checks.find`` gives, from ``cache`` when nothing that it depends on has changed.

    It depends on the files by name and hash, on every input, on the reference, on the review
    date, on the year compared with, and on the code and tables of this package. What is kept
    quotes files, with personal data withheld; it may be deleted at any time.
    """
    settled = [inputs.digest, as_of.isoformat(), year or ""]
    if against:
        settled.append(manifest.sha256(Path(against) / manifest.NAME))
    return again(
        "findings", settled, [intake.files, reference.entries, reference.facilities],
        lambda: checks.find(
            intake, inputs, reference=reference, as_of=as_of, year=year, against=against),
        cache,
    )  # fmt: skip


def again(
    name: str, settled: list, tables: list[pd.DataFrame], make: Callable[[], pd.DataFrame],
    cache: Path | None,
) -> pd.DataFrame:  # fmt: skip
    """What ``make`` gives, or gave when what it rests on was the same to the last cell.

    Args:
        settled: values that it rests on, and ``tables``, besides this package's own code and texts.
    """
    if cache is None:
        return make()
    store = Cache(cache, manifest.versions())
    key = json.dumps([settled, *map(_digest, tables)], sort_keys=True, default=str)
    key = hashlib.sha256(key.encode()).hexdigest()[:32]
    kept = store.tables(key, [name])
    if kept is None:
        kept = {name: make()}
        store.put_tables(key, kept)
    return kept[name]


def _digest(table: pd.DataFrame) -> str:
    hashes = pd.util.hash_pandas_object(table, index=False).to_numpy()
    return hashlib.sha256(hashes.tobytes() + ",".join(table.columns).encode()).hexdigest()
