"""The generator's own tables: CSV files beside the code, with a comment head."""

import csv
import io
from importlib.resources import files


def text(name: str) -> str:
    """A text file of this package, for example ``tables/2018/program.yml``."""
    return files(__package__).joinpath(*name.split("/")).read_text(encoding="utf-8")


def table(name: str) -> list[dict[str, str]]:
    """The rows of a CSV of this package; lines that begin with ``#`` are comments."""
    lines = [line for line in text(name).splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(io.StringIO("\n".join(lines))))
