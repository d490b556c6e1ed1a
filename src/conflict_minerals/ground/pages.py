"""The one look of every HTML page that people read here: review, front door, trace.

Pages are the templates of ``ground/templates``, filled in by one environment that escapes whatever
is not markup already; code prepares plain data. They are self-contained: no network, one style
block known by its hash to a strict content-security policy. A page with a long table has one
script, ``templates/tables.js``, known by its hash too, so that nothing else can run.
"""

import base64
import hashlib
import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from conflict_minerals.ground import countries, library
from conflict_minerals.ground.columns import written
from conflict_minerals.ground.text import clean, escape, number_of

ROW_LIMIT = 2000
_LONG = '<div class="scroll long"'
_WIDE = 50  # letters on the average from which a column holds sentences
# Columns of ISO 3166 codes, one or more with ; between.
_COUNTRIES = ("country", "countries", "covered_countries", "declared_origins", "origins")
LISTED = re.compile(r";(?!\s)")  # between words of a list, where its line may break
_LONG_WORD = re.compile(r"\S{25,}")  # as of an id or a path, which may break after its signs
_SIGNS = re.compile(r"(?<=[_/|:])(?=\w)")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Short words of letters, digits and a few signs, and no date: written as they are.
_AS_IT_IS = re.compile(r"(?!\d{4}-)[A-Za-z0-9.,:/()%_-]{1,24}(?: [A-Za-z0-9.,:/()%_-]{1,24})*")
_OUTSIDE = re.compile(r"^(https?://|mailto:)", re.I)
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:|^//", re.I)


@dataclass(frozen=True)
class Link:
    """A cell or an item that leads somewhere: a place in the page, a file beside it, a web page."""

    text: str
    href: str

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        return link(self.text, self.href)


@dataclass(frozen=True)
class Html:
    """Markup in a column of a table: of a ``Markup`` pandas would make plain text."""

    markup: Markup

    def __html__(self) -> str:
        return self.markup


def page(
    title: str,
    template: str = "page.html",
    *,
    stamp: str = "",
    nav: Sequence[tuple[str, str]] = (),
    foot: str = "",
    **values,
) -> str:
    """A whole page: a template that extends ``page.html``, or that itself around a ``body``.

    ``stamp`` stands first (for example ``DRAFT, illustration``); ``nav`` holds pairs of label
    and address, a blank address being this very page.
    """
    held = {"title": title, "stamp": stamp, "nav": nav, "foot": foot, **values}
    return _with_script(_environment().get_template(template).render(held) + "\n")


def _with_script(text: str) -> str:
    """A page with the script for long tables, where it has one; what people typed cannot ask so."""
    if _LONG not in text:
        return text
    script, allowed = _script()
    text = text.replace("; img-src", f"; script-src {allowed}; img-src", 1)
    return text.replace("</body>", f"<script>{script}</script>\n</body>", 1)


@cache
def _script() -> tuple[str, str]:
    """The script, and how a page's policy names it."""
    script = _source("tables.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return script, f"'sha256-{digest}'"


@cache
def parts():
    """The macros of ``parts.html``, each of which gives markup: table, facts, box and others."""
    return _environment().get_template("parts.html").module


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined,
        finalize=_put, trim_blocks=True, lstrip_blocks=True, auto_reload=False, cache_size=-1,
    )  # fmt: skip
    css = _source("style.css")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    environment.globals |= {"style": Markup(css), "style_digest": digest, "Link": Link}
    environment.filters |= {
        "cell": cell, "number": "{:,}".format, "number_of": number_of, "pick": pick, "slug": slug,
        "table": table, "verbatim": verbatim, "zip": zip,
    }  # fmt: skip
    return environment


# A line that is indented belongs to the line before it, so that a template can be laid out for
# its reader; within text a blank remains between the two.
_INDENTED = re.compile(r"\n[ \t]+(?=([<{])?)")


@cache
def _source(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


def _template(name: str) -> str:
    return _INDENTED.sub(lambda match: "" if match[1] else " ", _source(name))


def _put(item):
    """What a template prints: markup as it is, all else as escaped text."""
    return item if hasattr(item, "__html__") else Markup(escape(value(item)))


def verbatim(text: str) -> Markup:
    """Escaped text of which every blank counts."""
    return Markup(html.escape(text))


@lru_cache(maxsize=1 << 14)
def link(text: str, href: str) -> Markup:
    """A link; an address of any kind but local, http(s) and mailto becomes plain text."""
    if _SCHEME.match(href) and not _OUTSIDE.match(href):
        return Markup(_broken(text))
    rel = ' rel="noreferrer"' if _OUTSIDE.match(href) else ""
    return Markup(f'<a href="{escape(href)}"{rel}>{_broken(text)}</a>')


@lru_cache(maxsize=1 << 14)
def slug(*parts: str) -> str:
    """An id for an anchor, the same for the same text, different for different text."""
    text = "|".join(clean(part) for part in parts)
    plain = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower()[:60]
    if plain == text:
        return plain
    return f"{plain or 'x'}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"


def label(column: str) -> str:
    """A column's heading: that of ``headings.csv``, else its name: ``last_audit`` gives
    ``Last audit``.
    """
    if column in _headings():
        return _headings()[column]
    words = str(column).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def headings(columns: Sequence[str]) -> list[str]:
    """A heading a column, no two alike: of those that would be, each has its own name."""
    said = [label(column) for column in columns]
    return [one if said.count(one) == 1 else str(column).replace("_", " ").capitalize()
            for one, column in zip(said, columns, strict=True)]


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """A table with its short words as people say them (``cell_words.csv``), and countries by name.

    Blanks and words that no table knows stay as they are.
    """
    known = {column: words for column, words in _cell_words().items() if column in frame.columns}
    said = {c: frame[c].map(lambda v, w=w: w.get(v, v)) for c, w in known.items()}
    coded = [column for column in _COUNTRIES if column in frame.columns]
    return frame.assign(**said, **{column: frame[column].map(_named) for column in coded})


def _named(codes):
    """Countries by name, of codes with ``;`` between; what is no text stays."""
    if not isinstance(codes, str):
        return codes
    return "; ".join(map(countries.printed, codes.split(";")))


@cache
def _headings() -> dict[str, str]:
    rows = library.table("headings")
    return dict(zip(rows["column"], rows["heading"], strict=True))


@cache
def _cell_words() -> dict[str, dict[str, str]]:
    rows = library.table("cell_words")
    return {column: dict(zip(of["value"], of["words"], strict=True))
            for column, of in rows.groupby("column")}


def value(item) -> str:
    """A cell as plain text: truth as yes or no, separators from 10,000 on, blanks as nothing.

    Four digits stay together, so that a year or a row of a sheet reads as one.
    """
    if item is None or item is pd.NaT or (isinstance(item, float) and item != item):
        return ""
    if isinstance(item, bool) or type(item).__name__ == "bool":
        return "yes" if item else "no"
    if isinstance(item, float) or type(item).__name__.startswith("float"):
        return value(int(item)) if float(item).is_integer() else f"{item:,.3f}".rstrip("0")
    if isinstance(item, int) or type(item).__name__.startswith("int"):
        return f"{item:,}" if abs(item) >= 10_000 else str(item)
    if isinstance(item, (list, tuple)):
        return ", ".join(map(value, item))
    return clean(item)


def cell(item) -> Markup:
    """A cell as markup; a ``Link``, markup, or a list of such allowed."""
    return Markup(_cell(item))


def _cell(item) -> str:
    if type(item) is str:
        return _words(item)
    if type(item) is int:
        return value(item)
    if isinstance(item, (list, tuple)):
        return ", ".join(map(_cell, item))
    return item.__html__() if hasattr(item, "__html__") else escape(value(item))


@lru_cache(maxsize=1 << 15)
def _words(text: str) -> str:
    if _AS_IT_IS.fullmatch(text):
        return text
    if DATE.fullmatch(text):
        return f"<time>{text}</time>"  # kept on one line
    return _broken(text)


def _broken(text: str) -> str:
    """Escaped text that may break within lists and long words."""
    text = LISTED.sub(";\0", _LONG_WORD.sub(lambda word: _SIGNS.sub("\0", word[0]), text))
    return "<wbr>".join(map(escape, text.split("\0")))


@dataclass(frozen=True)
class Rows:
    """A table's rows as markup, so that one can stand in several tables."""

    heads: list[tuple[str, str]]  # kind of column ("row", which names it, "number", "") and heading
    rows: list[str]

    @property
    def body(self) -> Markup:
        return Markup("".join(self.rows))


NONE = Rows([], [])


def rows(
    frame: pd.DataFrame,
    *,
    labels: dict[str, str] | None = None,
    row_id: str = "",
    lines: Iterable[str] = (),
    heads: list[tuple[str, str]] | None = None,
) -> Rows:
    """The rows of a table, see ``table``; ``heads``: of the same table, where they are known."""
    columns = [name for name in frame.columns if name != row_id]
    names = {**{n: label(n) for n in columns}, **(labels or {})}
    if heads is None:
        said = kinds(frame[columns], lines)
        if columns and said[0] != "number":  # the first column names the row
            said[0] = "row"
        heads = [(kind, names[name]) for kind, name in zip(said, columns, strict=True)]
    ids = [f' id="{escape(id)}"' for id in frame[row_id]] if row_id else [""] * len(frame)
    # A year has a hundred thousand cells, so that rows are not left to a template.
    cells = [_cells(frame[name], _lines if name in lines else _cell, _TAGS.get(kind, _TAGS[""]))
             for name, (kind, _) in zip(columns, heads, strict=True)]
    made = zip(ids, zip(*cells, strict=True), strict=bool(cells))
    return Rows(heads, [f"<tr{id}>{''.join(items)}</tr>" for id, items in made])


def parted(made: Rows, by: Iterable) -> dict:
    """The rows of a table by what each is about, which is given row by row."""
    parts: dict[object, list[str]] = {}
    for about, row in zip(by, made.rows, strict=True):
        parts.setdefault(about, []).append(row)
    return {about: Rows(made.heads, mine) for about, mine in parts.items()}


def _cells(column: pd.Series, write: Callable, tags: tuple[str, str, str]) -> list[str]:
    """A column's cells as markup."""
    start, end, blank = tags

    def cell_of(item) -> str:
        text = write(item)
        return f"{start}{text}{end}" if text else f"{blank}</td>"

    return written(column, cell_of)


# What stands before and after a cell of each kind of column, and before a blank one: a heading
# that names nothing is none.
_TAGS = {
    "row": ('<th scope="row">', "</th>", "<td>"),
    "number": ('<td class="number">', "</td>", '<td class="number">'),
    "": ("<td>", "</td>", "<td>"),
}


def table(
    frame: pd.DataFrame | Rows,
    caption: str,
    *,
    limit: int | None = ROW_LIMIT,
    of: int = 0,
    csv: str | Link = "",
    labels: dict[str, str] | None = None,
    row_id: str = "",
    lines: Iterable[str] = (),
) -> Markup:
    """A table as markup, every cell, heading and the caption escaped; an empty one is a sentence.

    Args:
        frame: the rows, in the order in which they are to stand, or what ``rows`` made of them.
        limit: rows shown at most; what is left out is said, with ``csv``, where the rest stands.
        of: how many there are, of those that ``rows`` made.
        labels: headings other than the column's own name.
        row_id: a column that is not shown and whose text is each row's anchor.
        lines: columns of texts with ``;`` between, each of which stands on a line of its own.
    """
    if isinstance(frame, pd.DataFrame):
        of = len(frame)
        shown = frame if limit is None else frame.head(limit)
        frame = rows(shown, labels=labels, row_id=row_id, lines=lines)
    return parts().table(frame, caption, of, csv)


def pick(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Those of the columns that a table has, in this order."""
    return frame[[name for name in columns if name in frame.columns]]


def kinds(frame: pd.DataFrame, lines: Iterable[str] = ()) -> list[str]:
    """Of each column ``number``, ``wide`` where it holds sentences, which want room, or blank."""
    return ["number" if pd.api.types.is_numeric_dtype(frame[name]) and name not in lines
            and not pd.api.types.is_bool_dtype(frame[name])
            else "wide" if _sentences(frame[name]) else "" for name in frame.columns]


def _sentences(column: pd.Series) -> bool:
    said = [len(text) for text in map(value, column.head(200)) if text]
    return bool(said) and sum(said) > _WIDE * len(said)


def _lines(text) -> str:
    return "<br>".join(map(escape, str(text).split(";")))
