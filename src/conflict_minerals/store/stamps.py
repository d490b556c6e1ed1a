"""Stamps: what each step's tables were made from, so that stale ones are never read.

A stamp is ``<step>.stamp.json`` beside the tables: the digest of the inputs, the parameters, the
version, the hash of each earlier step's stamp and of each table.
"""

import json
from importlib import metadata
from pathlib import Path

from conflict_minerals.store import chain, manifest

SUFFIX = ".stamp.json"
_KEYS = {"digest", "parts", "parameters", "version", "upstream", "tables"}


def read(processed: Path, step: str) -> dict:
    """The stamp that a step left; empty when there is none that can be read."""
    try:
        stamp = json.loads((processed / f"{step}{SUFFIX}").read_bytes())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and stamp.keys() >= _KEYS else {}


def write(processed: Path, step: str, given, parameters: dict, tables: dict) -> dict:
    """Stamp a step's tables (their hashes by name) and give the stamp back."""
    stamp = {
        "step": step,
        "version": _version(),
        "parameters": parameters,
        "digest": given.digest,
        "parts": given.parts,
        "upstream": _upstream(processed, step),
        "tables": tables,
    }
    text = json.dumps(stamp, indent=1, sort_keys=True) + "\n"
    (processed / f"{step}{SUFFIX}").write_text(text, encoding="utf-8")
    return stamp


def stale(processed: Path, stamp: dict, given, parameters: dict) -> str:
    """Why tables with this stamp are not of a run with these inputs; blank when they are."""
    if stamp["digest"] != given.digest:
        now, then = given.parts, stamp["parts"]
        moved = sorted(part for part in {*now, *then} if now.get(part) != then.get(part))
        return f"{', '.join(moved)} changed since"
    for name, value in parameters.items():
        if stamp["parameters"].get(name) != value:
            return f"it ran with another {name.replace('_', ' ')}"
    if stamp["version"] != _version():
        return "it ran with another version of this workbook"
    for earlier, sha in stamp["upstream"].items():
        path = processed / f"{earlier}{SUFFIX}"
        if not path.is_file() or manifest.sha256(path) != sha:
            return f"{earlier} ran again since"
    return ""


def _upstream(processed: Path, step: str) -> dict[str, str]:
    """The hash of the stamp of each step before this one, so that a new run of it shows."""
    names = chain.names()
    paths = {name: processed / f"{name}{SUFFIX}" for name in names[: names.index(step)]}
    return {name: manifest.sha256(path) for name, path in paths.items() if path.is_file()}


def _version() -> str:
    return metadata.version("conflict-minerals-workbook")
