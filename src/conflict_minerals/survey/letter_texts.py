"""The texts of letters in each language: where they lie, how they are filled in, how they look.

Templates and tables of words lie in ``knowledge/survey/letters/<language>/``; the year's own in
``wording/letters/<language>/`` come first, line by line where they are tables.
"""

import io
import re
from functools import cache
from itertools import groupby
from pathlib import Path

import pandas as pd
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from conflict_minerals.ground import library, pages
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean, fold

ENGLISH = "en"


class Texts:
    """The texts that ship and, first, those in ``wording``, the year's own; each is read once."""

    def __init__(self, wording: Path | None):
        self._wording = wording
        self._lines: dict[tuple[str, str], dict[str, tuple]] = {}
        self._templates: dict[tuple[str, str], str] = {}

    def folder(self, wanted: str) -> tuple[str, str]:
        """The folder of texts for a supplier's language, and a note where it is another."""
        found = _folders().get(fold(wanted), "")
        if not fold(wanted) or found == ENGLISH:
            return ENGLISH, ""
        if found and self._template("request", found):
            return found, ""
        return (ENGLISH,
                f"No letter templates for the language '{clean(wanted)}': written in English")

    def render(self, kind: str, language: str, words: dict) -> tuple[str, str]:
        """Subject and text.

        Raises:
            InputError: the template has no subject line, or asks for something that there is not.
        """
        name = f"letters/{language}/{kind}.txt"
        source = self._template(kind, language) or _shipped(kind, ENGLISH)
        try:
            text = _compiled(source).render(words)
        except Exception as error:
            raise InputError(f"cannot be filled in: {clean(error)}", file=name) from error
        first, _, body = text.lstrip().partition("\n")
        if not first.lower().startswith("subject:"):
            raise InputError("does not begin with a line 'Subject: …'", file=name, where="line 1")
        body = re.sub(r"\n{3,}", "\n\n", body).strip() + "\n"
        return clean(first[len("subject:"):]), body

    def said(self, table: str, language: str) -> dict[str, tuple]:
        """The lines of ``rules``, ``came`` or ``words`` by their first column, English where it
        lacks one: each a row with the columns of that table."""
        if (table, language) not in self._lines:
            lines = self._lines[table, language] = {}
            for place in (library.path(f"letters/{ENGLISH}"), library.path(f"letters/{language}"),
                          self._wording and self._wording / language):
                path = place and place.joinpath(f"{table}.csv")
                if path and path.is_file():
                    lines |= _rows(path.read_text(encoding="utf-8-sig"))
        return self._lines[table, language]

    def _template(self, name: str, language: str) -> str:
        """The text of a template, the year's own first; blank when there is none."""
        if (name, language) not in self._templates:
            own = self._wording and self._wording / language / f"{name}.txt"
            self._templates[name, language] = own.read_text(encoding="utf-8-sig") if (
                own and own.is_file()) else _shipped(name, language)
        return self._templates[name, language]


@cache
def _folders() -> dict[str, str]:
    languages = library.records("letters/languages")
    return {fold(word): row["folder"] for row in reversed(languages)
            for word in row["words"].split(";")}


@cache
def _rows(text: str) -> dict[str, tuple]:
    rows = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, comment="#")
    return {row[1]: row for row in rows.itertuples()}


def _shipped(name: str, language: str) -> str:
    path = library.path(f"letters/{language}/{name}.txt")
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@cache
def _compiled(source: str):
    return _environment().from_string(source)


@cache
def _environment() -> SandboxedEnvironment:
    # Every value becomes one clean line, so that none can begin a header or a list of its own.
    return SandboxedEnvironment(undefined=StrictUndefined, finalize=clean, autoescape=False,
                                trim_blocks=True, lstrip_blocks=True)


def to_html(text: str, language: str, title: str) -> str:
    """A letter's text as an HTML page: paragraphs and lists, every sign escaped."""
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip()):
        for listed, lines in groupby(block.split("\n"), key=_listed):
            blocks.append((listed, [line[2:] if listed else line for line in lines]))
    return pages.page(title, "letter.html", language=language, blocks=blocks)


def _listed(line: str) -> bool:
    """Whether a line is an item; the one that parts two languages is none."""
    return line.startswith("- ") and not line.startswith("- - ")
