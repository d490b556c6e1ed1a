"""The limits on strangers' files, as the table ``limits.csv`` sets them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache

from conflict_minerals.ground import library


class Refused(Exception):
    """A file that is not read. ``form`` says what it is, the message why, in a sentence."""

    def __init__(self, reason: str, form: str = ""):
        super().__init__(reason)
        self.reason, self.form = reason, form


@dataclass(frozen=True)
class Limits:
    """Each field is a line of ``limits.csv``, with the same name, unit and meaning."""

    file_bytes: int
    entries: int
    directory_bytes: int
    expanded_bytes: int
    part_bytes: int
    whole_bytes: int
    ratio: int
    strings: int
    cells: int
    text: int
    rows: int
    columns: int
    answer_bytes: int
    zip_text: int
    folder_text: int
    members: int
    files: int
    memory_bytes: int
    seconds: int
    wall_seconds: int
    tries: int

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@cache
def default() -> Limits:
    """The limits that ship, from ``limits.csv``."""
    return Limits(**{row["limit"]: int(row["value"]) for row in library.records("limits")})


def amount(size: int) -> str:
    """A size in bytes as people say it, for the reason of a refusal."""
    if size >= 1024 * 1024:
        return f"{size / (1024 * 1024):,.0f} MB"
    return f"{size / 1024:,.0f} KB" if size >= 1024 else f"{size} bytes"
