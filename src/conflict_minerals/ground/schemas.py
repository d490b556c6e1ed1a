"""The number of a file's form, held against the one that this version reads: ``schemas.csv``."""

import re

from conflict_minerals.ground import library
from conflict_minerals.ground.errors import InputError

COMMENT = re.compile(r"#\s*schema\s*:\s*(.*)", re.I)  # in a CSV, below its header


def newest(file: str) -> int:
    """The number that this version reads."""
    return max(_forms(file, library.records("schemas")))


def check(file: str, said: str, where: str = "", rows: list[dict] | None = None) -> None:
    """Let a file pass whose number is the one that this version reads, or that has none.

    Args:
        said: the number as the file bears it.
        rows: of ``schemas.csv``, by default those that ship.

    Raises:
        InputError: it is older, newer or no number; the line says what to do.
    """
    forms = _forms(file, library.records("schemas") if rows is None else rows)
    if not forms or said == str(max(forms)):
        return
    reads = f"than {max(forms)}, which this version reads"
    if not re.fullmatch("[0-9]{1,4}", said):
        raise InputError(f"schema {said!r} is no number", file=file, where=where,
                         fix=f"Write schema: {max(forms)}, if it was made for this version")
    if int(said) > max(forms):
        raise InputError(f"is of schema {said}, newer {reads}", file=file,
                         where=where, fix="Use the version that made it, or a later one")
    changes = [forms[number] for number in sorted(forms) if number > int(said)]
    raise InputError(f"is of schema {said}, older {reads}", file=file,
                     where=where, fix=f"{'; '.join(filter(None, changes))}; then write schema: "
                     f"{max(forms)}; or use the version that made it: docs/upgrading.md")


def _forms(file: str, rows: list[dict]) -> dict[int, str]:
    return {int(row["schema"]): row["change"] for row in rows if row["file"] == file}
