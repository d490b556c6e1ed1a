"""Freezing a year: refused until it is signed and no gate is closed; what was filed is kept."""

import difflib
import json
import re
import shutil
from pathlib import Path

import pandas as pd

from conflict_minerals.filing import SIGNING, signing_printed
from conflict_minerals.ground import limits, system
from conflict_minerals.ground.csvfiles import to_csv
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import GATE
from conflict_minerals.store import manifest, yearfolders
from conflict_minerals.year import load_inputs, signed_off, signing_roles

_ACCESSION = re.compile(r"\d{10}-\d{2}-\d{6}")
_READ = (".htm", ".html", ".docx")
_COLUMNS = ["filed_as", "document", "ours", "filed"]
_NO_REASON = "no reason was given"


def in_the_way(year: int, outputs: Path, raw: Path, wrong: pd.DataFrame) -> pd.DataFrame:
    """Why a year cannot be frozen, as gates: what does not hold, and who has not signed."""
    rows = []
    if (outputs / SIGNING).is_file():
        inputs = load_inputs(raw, year)
        digest = str(manifest.read_json(outputs / SIGNING).get("digest"))
        state = signed_off(inputs.signoff, digest, signing_roles(inputs.program))
        rows = [("signed", role, note or f"is {how}")
                for role, how, note in state[["role", "state", "note"]].values if how != "signed"]
        made = outputs / "result.json"
        if not rows and not (made.is_file() and manifest.read_json(made).get("signed")):
            rows = [("signed", "report/", "was signed since the run: run `report` again")]
    else:
        rows = [("signed", SIGNING, "is not there, so nobody can have signed")]
    return pd.concat([wrong[GATE], pd.DataFrame(rows, columns=GATE)], ignore_index=True)


def keep_filed(
    folder: Path, accession: str, outputs: Path, raw: Path, gates: pd.DataFrame, on: str,
    reason: str = "",
) -> pd.DataFrame:  # fmt: skip
    """Keep the documents as filed below ``filed/``, and give back where they differ from ours.

    ``filed/<accession>/`` holds them as they came; ``<accession>.json`` beside it what was
    compared, the gates that were open and the reason; ``<accession>.csv`` each difference in
    words: ``filed_as, document, ours, filed``.

    Raises:
        InputError: no such folder or no accession number; that one is kept already.
    """
    if not _ACCESSION.fullmatch(accession):
        raise InputError(f"{accession!r} is no accession number", file="ACCESSION",
                         fix="For example 0001234567-26-000123")
    files = [p for p in sorted(folder.glob("*")) if p.is_file() and not p.is_symlink()]
    if not files:
        raise InputError("holds no documents", file=str(folder), fix="Name the folder as filed")
    place = raw / yearfolders.FILED / accession
    if place.exists():
        raise InputError("is kept already", file=f"{yearfolders.FILED}/{accession}")
    place.mkdir(parents=True)
    ours = {p.name: words(p) for p in sorted((outputs / "report").glob("*")) if _is_read(p)}
    rows, compared = [], {}
    for path in files:
        shutil.copyfile(path, place / path.name)
        said = words(path) if _is_read(path) else None
        name = _counterpart(path, said, ours) if said else ""
        compared[path.name] = name
        if said is None and _is_read(path):
            rows.append((path.name, "", "", "cannot be read"))
        elif name:
            rows += [(path.name, name, *pair) for pair in differences(ours[name], said)]
    missing = {p.name for p in (outputs / "report").glob("*.htm")} - set(compared.values())
    rows += [("", name, "the whole document", "is not among what was filed")
             for name in sorted(missing)]  # fmt: skip
    found = pd.DataFrame(rows, columns=_COLUMNS, dtype="str")
    record = {
        "accession": accession, "frozen_on": on,
        "reason": reason or (_NO_REASON if len(found) or len(gates) else ""),
        "documents": {p.name: manifest.sha256(place / p.name) for p in files},
        "compared_with": compared, "differences": len(found),
        "gates": gates[GATE].to_dict("records"),
    }  # fmt: skip
    text = json.dumps(record, indent=1) + "\n"
    system.write_text(place.with_name(f"{accession}.json"), text)
    place.with_name(f"{accession}.csv").write_bytes(to_csv(found))
    return found


def words(path: Path) -> list[str] | None:
    """The words of a document in order, without DRAFT, signature and date; ``None``: unreadable."""
    try:
        name = f"{path.stem}.docx" if path.suffix.lower() == ".docx" else path.name
        return " ".join(signing_printed(name, path.read_bytes())).split()
    except (ValueError, OSError):
        return None


def differences(ours: list[str], filed: list[str]) -> list[tuple[str, str]]:
    """Where two texts differ: the words of ours and, in their place, those as filed."""
    codes = difflib.SequenceMatcher(None, ours, filed).get_opcodes()
    return [(" ".join(ours[a:b]), " ".join(filed[c:d])) for what, a, b, c, d in codes
            if what != "equal"]  # fmt: skip


def _is_read(path: Path) -> bool:
    small = path.is_file() and path.stat().st_size <= limits.default().file_bytes
    return small and path.suffix.lower() in _READ


def _counterpart(path: Path, said: list[str], ours: dict[str, list[str] | None]) -> str:
    """Our document that a filed one is of: by its name, else by most words in common."""
    if ours.get(path.name):
        return path.name
    word = path.suffix.lower() == ".docx"
    alike = {n: len(set(said) & set(w)) for n, w in ours.items()
             if w and n.endswith(".docx") == word}  # fmt: skip
    return max(alike, key=alike.get) if alike else ""
