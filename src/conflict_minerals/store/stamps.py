"""Stamps: what each step's tables were made from, so that stale ones are never read.

A stamp is ``<step>.stamp.json`` beside the tables: a digest of each input that the step is given,
the parameters, the version, and the hash of each earlier table that it reads and of each of its
own. ``chained`` tells the tables of a whole run from those of a notebook that ran by itself.
"""

import json
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path

from conflict_minerals.ground import system
from conflict_minerals.store import chain

SUFFIX = ".stamp.json"
_KEYS = {"parts", "parameters", "version", "upstream", "tables", "chained"}


def read(processed: Path, step: str) -> dict:
    """The stamp that a step left; empty when there is none that can be read."""
    try:
        stamp = json.loads((processed / f"{step}{SUFFIX}").read_bytes())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and stamp.keys() >= _KEYS else {}


def write(
    processed: Path, step: chain.Step, given, parameters: dict, tables: dict, *, chained: bool
) -> dict:
    """Stamp a step's tables (their hashes by name) and give the stamp back."""
    stamp = {
        "step": step.step,
        "version": _version(),
        "parameters": parameters,
        "digest": given.digest,
        "parts": given.parts,
        "upstream": upstream(processed, step),
        "tables": tables,
        "chained": chained,
    }
    text = json.dumps(stamp, indent=1, sort_keys=True) + "\n"
    system.write_text(processed / f"{step.step}{SUFFIX}", text)
    return stamp


def upstream(processed: Path, step: chain.Step) -> dict[str, str]:
    """The hash of each table that a step reads, as the stamps of earlier steps have them."""
    made = {name: sha for one in step.after for name, sha in
            read(processed, one).get("tables", {}).items()}
    return {name: made[name] for name in sorted({*step.reads} & made.keys())}


def stale(
    processed: Path, step: chain.Step, stamp: dict, parts_of: Callable[[chain.Step], dict],
    parameters: dict,
) -> tuple[chain.Step, str] | None:  # fmt: skip
    """The step whose tables are not of a run with these inputs, and why; ``None`` if all are.

    ``parts_of`` gives a digest of each input that a step is given now. A step rests on those
    before it, so these are looked at first.
    """
    for earlier in (one for one in chain.steps() if one.step in step.after):
        held = read(processed, earlier.step)
        found = stale(processed, earlier, held, parts_of, parameters) if held else None
        if found:
            return found
    now, then = parts_of(step), stamp["parts"]
    moved = sorted(part for part in {*now, *then} if now.get(part) != then.get(part))
    if moved:
        return step, f"{', '.join(moved)} changed since"
    for name, value in parameters.items():
        if stamp["parameters"].get(name) != value:
            return step, f"it ran with another {name.replace('_', ' ')}"
    if stamp["version"] != _version():
        return step, "it ran with another version of this workbook"
    made = upstream(processed, step)
    for table in sorted({*made, *stamp["upstream"]}):
        if stamp["upstream"].get(table) != made.get(table):
            writer = next(one.step for one in chain.steps() if table in one.writes)
            return step, f"{writer} ran again since"
    return None


@cache
def _version() -> str:
    return metadata.version("conflict-minerals-workbook")
