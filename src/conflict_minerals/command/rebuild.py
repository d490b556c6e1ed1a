"""A year made again from its inputs alone, beside, and every byte of it compared."""

import filecmp
import os
import tempfile
from pathlib import Path

from conflict_minerals.command import runner
from conflict_minerals.store import cache, manifest, yearfolders

GATE = "rebuild"
# What differs of itself where another version made the year.
_NAMES_VERSIONS = (manifest.NAME, manifest.INDEX)


def rebuild(year: int, raw: Path, outputs: Path, against: str = "") -> list[tuple[str, str, str]]:
    """What in a year's outputs a run over its inputs does not make, as gates.

    Nothing of the outputs is read but their manifest and, byte by byte, what is compared; nothing
    that was kept of earlier readings is believed.

    Args:
        against: outputs of the year compared with; by default those beside these.
    """
    made = manifest.read(outputs)
    asked = made["parameters"]
    earlier = asked.get("against")
    if earlier and not against:
        beside = outputs.parent / str(earlier)
        against = str(beside) if (beside / manifest.NAME).is_file() else ""
    held = os.environ.get(cache.VARIABLE)
    with tempfile.TemporaryDirectory(prefix="rebuilt-") as folder:
        os.environ[cache.VARIABLE] = str(Path(folder) / "cache")
        try:
            again = Path(folder) / "rebuilt"
            runner.report(
                year, raw=str(raw), processed=str(Path(folder) / "tables"), outputs=str(again),
                as_of=str(asked.get("as_of") or ""), against=against,
            )  # fmt: skip
            return compare(outputs, again, made)
        finally:
            os.environ.pop(cache.VARIABLE)
            if held is not None:
                os.environ[cache.VARIABLE] = held


def compare(outputs: Path, again: Path, made: dict) -> list[tuple[str, str, str]]:
    """Files of a year that are not byte for byte those that were made again."""
    now = manifest.read(again)
    rows = version(made.get("versions"), now["versions"])
    spared = _NAMES_VERSIONS if rows else ()
    new = set(manifest.files_of(again, litter=True))
    old = set(manifest.files_of(outputs, litter=True)) - {yearfolders.FROZEN}
    for file in sorted((new | old) - set(spared)):
        if file not in new:
            rows.append((GATE, file, "is not made from the inputs"))
        elif file not in old:
            rows.append((GATE, file, "is made from the inputs and is not there"))
        elif (outputs / file).is_symlink() or not filecmp.cmp(
                outputs / file, again / file, shallow=False):
            rows.append((GATE, file, "is not what the inputs make"))
    if made["parameters"].get("against_manifest") != now["parameters"].get("against_manifest"):
        rows.append((GATE, "the year compared with", "is not as it was when this year was made"))
    return rows


def version(then: object, now: dict[str, str]) -> list[tuple[str, str, str]]:
    """Which version verifies a year that another one made."""
    then = then if isinstance(then, dict) else {}
    names = [name for name in dict.fromkeys([*then, *now]) if then.get(name) != now.get(name)]
    if not names:
        return []
    was = ", ".join(f"{name} {then.get(name, 'of no named version')}" for name in names)
    here = ", ".join(f"{name} {now.get(name, 'missing')}" for name in names)
    return [("version", manifest.NAME, f"the year was made with {was}, which verifies it whole; "
             f"here is {here}, so that what differs below may differ for that alone")]  # fmt: skip
