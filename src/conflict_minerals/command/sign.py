"""Signing: what is signed is shown, a line is added, and what changed since is told."""

from datetime import date
from pathlib import Path

import pandas as pd

from conflict_minerals.filing import (
    SIGNING,
    signed_text,
    signing_changes,
    signing_parts,
)
from conflict_minerals.ground.csvfiles import to_csv
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean
from conflict_minerals.store import manifest, past
from conflict_minerals.year import Inputs, append_lines, load_inputs, signed_off, signing_roles

FILE = "signoff.csv"
_TOLD = 10  # changes on the terminal; the table holds all
_SHORT = 160  # letters of a sentence on the terminal
_AGAIN = "Run `report` again, read what it made, then sign"


def to_sign(outputs: Path) -> tuple[str, str, list[str]]:
    """The digest that there is to sign, its text and the roles that have to.

    Raises:
        InputError: the outputs were edited, or hold nothing to sign.
    """
    made = manifest.read(outputs)
    changed = manifest.changed(outputs, made)
    if changed:
        raise InputError(f"was {changed[0][1]} since the run", file=changed[0][0], fix=_AGAIN)
    if not (outputs / SIGNING).is_file():
        raise InputError("holds nothing to sign", file=outputs.name, fix=_AGAIN)
    said = manifest.read_json(outputs / SIGNING)
    return str(said.get("digest")), signed_text(outputs), [str(r) for r in said.get("roles") or ()]


def remember(processed: Path, outputs: Path, inputs: Inputs, *, again: bool = False) -> None:
    """Keep what a run printed, so that a later one can say what changed since."""
    if (outputs / SIGNING).is_file():
        said = manifest.read_json(outputs / SIGNING)["digest"]
        past.keep(processed, said, signed_text(outputs), inputs.parts, again)


def since(processed: Path, outputs: Path, inputs: Inputs) -> list[str]:
    """What to tell of signatures that are void, or whose inputs changed and print nothing.

    Every change is written to ``history/since-signed.csv`` beside the tables.
    """
    if not (outputs / SIGNING).is_file():
        return []
    digest, now = manifest.read_json(outputs / SIGNING)["digest"], signed_text(outputs)
    state = signed_off(inputs.signoff, digest, signing_roles(inputs.program))
    signed = {str(row["role"]).strip().lower(): row for row in inputs.signoff.to_dict("records")}
    told, rows = [], []
    for role, how in zip(state["role"], state["state"], strict=True):
        if how == "open":
            continue
        was = str(signed[role]["digest"]).strip().lower()
        kept = past.find(processed, was)
        if kept is None:
            if how == "void":
                told.append(f"{role} signed {was[:12]}, which is not what is printed now; what it "
                            "was is not kept here")  # fmt: skip
            continue
        if how == "void":
            changed = signing_changes(kept["text"], now)
            told.append(f"{role} signed {was[:12]}; printed otherwise since: {len(changed)}")
            told += [f"  {one}: {_short(old) or 'nothing'} -> {_short(new) or 'nothing'}"
                     for one, old, new in changed[:_TOLD]]  # fmt: skip
            rows += [(role, was, *change) for change in changed]
            continue
        then, parts = kept["inputs"], inputs.parts
        moved = sorted(p for p in {*then, *parts} if then.get(p) != parts.get(p))
        if moved:
            told.append(f"note: {', '.join(moved)} changed since {role} signed and changes "
                        "nothing that was signed")  # fmt: skip
    table = processed / past.FOLDER / "since-signed.csv"
    table.unlink(missing_ok=True)
    if rows:
        columns = ["role", "digest", "document", "before", "after"]
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_bytes(to_csv(pd.DataFrame(rows, columns=columns)))
        told.append(f"  every change: {past.FOLDER}/{table.name} beside the year's tables")
    return told


def sign(year: int, raw: Path, processed: Path, outputs: Path, role: str, **line: str) -> list[str]:
    """Add a role's line with today's digest to ``signoff.csv`` and give back what was shown.

    Args:
        line: ``name``, ``conformed``, ``authentication``, ``note``; a blank name is that of
            ``signers`` in ``program.yml``.

    Raises:
        InputError: no such role, no name, or the outputs are not of these inputs.
    """
    inputs = load_inputs(raw, year)
    digest, said, roles = to_sign(outputs)
    if inputs.digest != manifest.read(outputs)["digest"]:
        raise InputError("changed since the run", file="the inputs", fix=_AGAIN)
    if role not in roles:
        raise InputError(f"{role!r} is no role", file="ROLE", fix=f"Use one of {', '.join(roles)}")
    named = {key.strip().lower(): name for key, name in inputs.program["signers"].items()}
    name = clean(line.pop("name", "")) or clean(named.get(role) or "")
    if not name:
        raise InputError(f"nobody is named for {role}", file="NAME",
                         fix=f"Give NAME=, or name one in program.yml, signers: {role}")
    shown = [f"{name} signs as {role} what {outputs.name}/{SIGNING} names by {digest}"]
    for part, lines in signing_parts(said).items():
        shown.append(f"  {len(lines):>6}  {'lines' if '.' in part else 'entries'}  {part}")
    front = manifest.read_json(outputs / "result.json") if (outputs / "result.json").is_file() \
        else {}
    shown += [f"  {row['text']:>6}  {row['label']}" for row in front.get("headline") or ()]
    shown += [f"  open: {row['gate']}: {row['subject']}: {row['reason']}"
              for row in front.get("causes") or ()]  # fmt: skip
    added = {"role": role, "name": name, "signed_on": date.today().isoformat(), "digest": digest}
    append_lines(raw / FILE, [{**added, **{k: v for k, v in line.items() if v}}],
                 [*added, "conformed", "authentication", "note"])  # fmt: skip
    remember(processed, outputs, inputs, again=True)
    return shown


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 3].rstrip() + "..."
