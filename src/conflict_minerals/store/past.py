"""What earlier runs said, by the digest of what they printed: kept beside the tables.

Nothing in a year's outputs is made from it; it may be deleted, and then nobody is told what has
changed since a signature.
"""

import json
import shutil
from contextlib import suppress
from pathlib import Path

from conflict_minerals.ground import system

FOLDER = "history"
_NAME = "printed-{}.json"
_LETTERS = 16  # of a digest in a file's name


def keep(processed: Path, digest: str, text: str, parts: dict[str, str], again=False) -> None:
    """Keep what was printed, with the digests of the inputs it was made from.

    ``again``: these inputs take the place of those that were kept, as when somebody signs.
    """
    path = processed / FOLDER / _NAME.format(digest[:_LETTERS])
    if again or not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        record = {"digest": digest, "inputs": parts, "text": text}
        system.write_text(path, json.dumps(record, indent=1) + "\n")


def find(processed: Path, digest: str) -> dict | None:
    """What was kept under a digest or its beginning: ``digest, inputs, text``."""
    for path in sorted((processed / FOLDER).glob(_NAME.format(digest[:12] + "*"))):
        with suppress(OSError, ValueError):
            held = json.loads(path.read_bytes())
            if isinstance(held, dict) and str(held.get("digest")).startswith(digest):
                return held
    return None


def carry(old: Path, new: Path) -> None:
    """Take the history of a folder of tables into the one that takes its place."""
    if (old / FOLDER).is_dir():
        try:
            shutil.copytree(old / FOLDER, new / FOLDER, dirs_exist_ok=True)
        except shutil.Error as error:  # of many files; the first tells what is the matter
            raise OSError(f"the history cannot be kept: {error.args[0][0][2]}") from error
