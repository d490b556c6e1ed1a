"""A year's outputs checked again from the files alone: every hash, figure and claim."""

import json
from pathlib import Path

import pandas as pd

from conflict_minerals.filing import check_claims, recount
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import GATE
from conflict_minerals.store import manifest, yearfolders
from conflict_minerals.year import UNDIGESTED, input_hashes


def verify(outputs: Path, raw: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What does not hold, and what is only worth knowing: ``gate, subject, reason`` each.

    The first also holds the gates that were closed when the outputs were made.

    Raises:
        InputError: there are no finished outputs, or they cannot be read.
    """
    made = manifest.read(outputs)
    changed = manifest.changed(outputs, made)
    wrong = [("hash", file, f"was {how} since the run") for file, how in changed]
    wrong += _sealed(outputs)
    differing, worth = _inputs(raw, made["inputs"])
    recounted = _figures(outputs)
    wrong += differing + recounted
    touched = [file for file, _ in changed] + [subject for _, subject, _ in differing + recounted]
    wrong += check_claims(outputs, touched).itertuples(index=False, name=None)
    closed = outputs / "tables" / "gates.csv"
    if closed.is_file():
        gates = pd.read_csv(closed, dtype=str, keep_default_na=False)
        wrong += gates[GATE].itertuples(index=False, name=None)
    return _frame(wrong), _frame(worth)


def _frame(rows: list) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=GATE, dtype="str")


def _sealed(outputs: Path) -> list[tuple[str, str, str]]:
    """The front door carries the manifest's hash; a frozen year's marker does too."""
    sha = manifest.sha256(outputs / manifest.NAME)
    wrong = []
    door = outputs / manifest.INDEX
    if not door.is_file():
        wrong.append(("hash", manifest.INDEX, "was removed since the run"))
    elif sha.encode() not in door.read_bytes():
        wrong.append(("hash", manifest.NAME, "is not the one that the front door names"))
    marker = yearfolders.frozen(outputs)
    if marker is not None and marker.get("manifest_sha256") != sha:
        wrong.append(("hash", manifest.NAME, "is not the one that was frozen as filed"))
    return wrong


def _inputs(raw: Path, then: dict[str, str]) -> tuple[list, list]:
    if not raw.is_dir():
        return [("hash", raw.name, "the folder of the inputs is not there")], []
    now = input_hashes(raw)
    wrong, worth = [], []
    for file in sorted({*now, *then}):
        if now.get(file) == then.get(file):
            continue
        how = "changed" if file in now and file in then else "added" if file in now else "removed"
        apart = file.split("/")[0] in UNDIGESTED
        row = ("hash", f"input {file}", f"was {how} since the run")
        (worth if apart else wrong).append(row)
    return wrong, worth


def _figures(outputs: Path) -> list[tuple[str, str, str]]:
    """Every figure counted again from ``tables/*.csv``, with types guessed and as text alone."""
    try:
        stated = json.loads((outputs / "figures.json").read_bytes())
    except FileNotFoundError:
        return [("reconcile", "figures.json", "is not there")]
    except ValueError as error:
        raise InputError("is not JSON any more", file="figures.json") from error
    wrong = []
    for all_text in (False, True):
        counted = recount(stated, outputs / "tables", all_text=all_text)
        for name, entry in stated.items():
            if not _same(counted.get(name), entry["value"]):
                reason = f"says {entry['value']}, its rows come to {counted.get(name)}"
                wrong.append(("reconcile", f"figure {name}", reason))
    return list(dict.fromkeys(wrong))


def _same(counted, stated) -> bool:
    if counted is None or stated is None:
        return counted is stated
    return abs(counted - stated) < 1e-12
