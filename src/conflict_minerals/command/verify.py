"""A year's outputs checked again from the files alone: every hash, figure and claim."""

from pathlib import Path

import pandas as pd

from conflict_minerals.filing import (
    DRAFT,
    SIGNING,
    SIGNING_TEXT,
    check_claims,
    counted_tables,
    figure_definitions,
    lost_table,
    read_output_table,
    recount,
    signed_text,
    signing_changes,
    signing_digest,
    signing_of,
    stated_figures,
)
from conflict_minerals.ground import tables as described
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import GATE
from conflict_minerals.store import cache, manifest, yearfolders
from conflict_minerals.year import (
    UNDIGESTED,
    input_hashes,
    load_inputs,
    signed_off,
    signing_roles,
)


def verify(outputs: Path, raw: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What does not hold, and what is only worth knowing: ``gate, subject, reason`` each.

    The first also holds the gates that were closed when the outputs were made.

    Raises:
        InputError: there are no finished outputs, or they cannot be read.
    """
    made = manifest.read(outputs)
    changed = manifest.changed(outputs, made, litter=True)
    wrong = [("hash", file, f"was {how} since the run") for file, how in changed]
    wrong += _sealed(outputs, raw)
    differing, worth = _inputs(raw, made["inputs"])
    recounted = _figures(outputs, {file for file, _ in changed})
    wrong += differing + recounted
    touched = [file for file, _ in changed] + [subject for _, subject, _ in differing + recounted]
    wrong += check_claims(outputs, touched).itertuples(index=False, name=None)
    wrong += _signed(outputs) + _signatures(outputs, raw, made.get("year"))
    gates = read_output_table(outputs, "gates", GATE)
    if gates is not None:
        wrong += gates[GATE].itertuples(index=False, name=None)
    elif (outputs / "tables" / "gates.csv").exists():
        wrong.append(lost_table("gates"))
    if wrong:
        worth += _version(made)
    return frame(wrong), frame(worth)


def with_rows(found: pd.DataFrame, rows: list) -> pd.DataFrame:
    """What does not hold, and more of it."""
    return pd.concat([found, frame(rows)], ignore_index=True)


def frame(rows: list) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=GATE, dtype="str")


def _sealed(outputs: Path, raw: Path) -> list[tuple[str, str, str]]:
    """The front door carries the manifest's hash; a frozen year's marker does too."""
    sha = manifest.sha256(outputs / manifest.NAME)
    wrong = []
    door = outputs / manifest.INDEX
    if not door.is_file():
        wrong.append(("hash", manifest.INDEX, "was removed since the run"))
    elif sha.encode() not in door.read_bytes():
        wrong.append(("hash", manifest.NAME, "is not the one that the front door names"))
    marker = yearfolders.frozen(outputs, raw)
    if marker is not None and marker["manifest_sha256"] != sha:
        wrong.append(("hash", manifest.NAME, "is not the one that was frozen as filed"))
    if marker is not None and marker["damage"]:
        wrong.append(("hash", yearfolders.FROZEN, f"the year is frozen, and {marker['damage']}"))
    return wrong


def _version(made: dict) -> list[tuple[str, str, str]]:
    """What an earlier version counted otherwise is no edit: its own tables tell."""
    named = made.get("versions")
    named = named if isinstance(named, dict) else {}
    if named.get("code") == cache.version():
        return []
    return [("version", manifest.NAME, f"names version {named.get('conflict-minerals-workbook')} "
             f"with code {named.get('code')}, and this is code {cache.version()}: what is not as "
             "it was may be the version's; docs/upgrading.md says how to verify with that one")]


def _signed(outputs: Path) -> list[tuple[str, str, str]]:
    """Every word of form and report against what there was to sign, whole."""
    lost = [name for name in (SIGNING, SIGNING_TEXT) if not (outputs / name).is_file()]
    if lost:
        return [("signed", name, "is not there, so that nothing shows what was to be signed")
                for name in lost if any((outputs / "report").glob("*"))]  # fmt: skip
    kept = signed_text(outputs)
    wrong = []
    if manifest.read_json(outputs / SIGNING).get("digest") != signing_digest(kept):
        wrong.append(("signed", SIGNING, f"its digest is not that of {SIGNING_TEXT}"))
    names = ("claim_figures", "claim_evidence")
    read = [read_output_table(outputs, name, described.names(name)) for name in names]
    if any(frame is None for frame in read) or not (outputs / "figures.json").is_file():
        return wrong
    try:
        now = signing_of(outputs, *read, stated_figures(outputs))
    except ValueError as error:
        return [*wrong, ("signed", "report/", f"cannot be read: {error}")]
    for name, before, after in signing_changes(kept, now):
        wrong.append(("signed", name, f"says {after!r} where {before!r} was to be signed"))
    return wrong


def _signatures(outputs: Path, raw: Path, year) -> list[tuple[str, str, str]]:
    """Documents without DRAFT were signed by every role, as they lie here: signoff.csv says so."""
    papers = [path.read_bytes() for path in (outputs / "report").glob("*.htm")]
    if not (outputs / SIGNING).is_file() or all(DRAFT.encode() in paper for paper in papers):
        return []
    try:
        inputs = load_inputs(raw, year)
        digest = str(manifest.read_json(outputs / SIGNING).get("digest"))
        state = signed_off(inputs.signoff, digest, signing_roles(inputs.program))
    except (InputError, OSError) as error:
        return [("signed", "signoff.csv", f"no DRAFT stands on form and report, and {error}")]
    return [("signed", f"signoff.csv {row.role}", f"no DRAFT stands on form and report, yet the "
             f"{row.role} has not signed what they print: {row.note}")
            for row in state.itertuples() if row.state != "signed"]  # fmt: skip


def _inputs(raw: Path, then: dict[str, str]) -> tuple[list, list]:
    if not raw.is_dir():
        return [("hash", raw.name, "the folder of the inputs is not there")], []
    now = input_hashes(raw)
    wrong, worth = [], []
    for file in sorted({*now, *then}):
        if now.get(file) == then.get(file):
            continue
        how = "changed" if file in now and file in then else "added" if file in now else "removed"
        if file.split("/")[0] == yearfolders.FILED:
            continue  # frozen.json holds their hashes
        apart = file.split("/")[0] in UNDIGESTED
        row = ("hash", f"input {file}", f"was {how} since the run")
        (worth if apart else wrong).append(row)
    return wrong, worth


def _figures(outputs: Path, changed: set[str]) -> list[tuple[str, str, str]]:
    """Every figure counted again from ``tables/*.csv``, with types guessed and as text alone.

    What is run is the program's own ``figures.csv``, over tables that are as the run left them;
    what ``figures.json`` says is compared with that as text.
    """
    if not (outputs / "figures.json").exists():
        return [("reconcile", "figures.json", "is not there")]
    stated = stated_figures(outputs)
    names = counted_tables()
    edited = {name for name in names if f"tables/{name}.csv" in changed}
    frames = {name: read_output_table(outputs, name) for name in names if name not in edited}
    frames = {name: frame for name, frame in frames.items() if frame is not None}
    defined = figure_definitions(frames)
    defined = defined[defined["table"].isin(frames)]
    own = defined.set_index("id").to_dict("index")
    wrong = []
    for all_text in (False, True):
        counted = recount(defined, outputs / "tables", all_text=all_text)
        for name, entry in stated.items():
            mine = own.get(name)
            if mine and all(entry[key] == mine[key] for key in ("table", "where", "how")):
                value = counted.get(name)
                reason = f"says {entry['value']}, its rows come to {value}"
                reason = "" if value == entry["value"] else reason
            elif edited:
                reason = f"was not counted: {', '.join(sorted(edited))} changed since the run"
            else:
                reason = "is not counted as knowledge/filing/figures.csv has it"
            if reason:
                wrong.append(("reconcile", f"figure {name}", reason))
    return list(dict.fromkeys(wrong))
