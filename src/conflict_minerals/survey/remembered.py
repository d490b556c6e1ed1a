"""The checks' findings, kept for a second run over the same files, inputs and rules."""

from __future__ import annotations

import hashlib
import json
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
    def fresh() -> pd.DataFrame:
        return checks.find(
            intake, inputs, reference=reference, as_of=as_of, year=year, against=against)

    if cache is None:
        return fresh()
    store = Cache(cache, pd.__version__)
    parts = [intake.files, reference.entries, reference.facilities]
    key = [inputs.digest, as_of.isoformat(), year or "", *map(_digest, parts)]
    if against:
        key.append(manifest.sha256(Path(against) / manifest.NAME))
    name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]
    kept = store.tables(name, ["findings"])
    if kept is None:
        kept = {"findings": fresh()}
        store.put_tables(name, kept)
    return kept["findings"]


def _digest(table: pd.DataFrame) -> str:
    hashes = pd.util.hash_pandas_object(table, index=False).to_numpy()
    return hashlib.sha256(hashes.tobytes() + ",".join(table.columns).encode()).hexdigest()
