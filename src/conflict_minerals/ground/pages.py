"""The one look of every HTML page that people read here: review, front door, trace.

Pages are self-contained: no script, no network, one style block known by its hash to a strict
content-security policy. Whatever is put into them is escaped here, so callers pass plain text.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.text import clean, escape

ROW_LIMIT = 2000
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_OUTSIDE = re.compile(r"^(https?://|mailto:)", re.I)
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:|^//", re.I)


@dataclass(frozen=True)
class Link:
    """A cell or an item that leads somewhere: a place in the page, a file beside it, a web page."""

    text: str
    href: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Html:
    """Markup that this package made itself, escaped already."""

    markup: str


def page(
    title: str,
    body: str,
    *,
    stamp: str = "",
    nav: Sequence[tuple[str, str]] = (),
    foot: str = "",
) -> str:
    """A whole page around a body of escaped markup.

    ``stamp`` stands first (for example ``DRAFT, illustration``); ``nav`` holds pairs of label
    and address, a blank address being this very page.
    """
    css, digest = _style()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    head = f'<strong class="stamp">{escape(stamp)}</strong>' if stamp else ""
    if nav:
        items = "".join(
            f"<li>{link(label, href) if href else _current(label)}</li>" for label, href in nav
        )
        head += f'<nav aria-label="Pages"><ul>{items}</ul></nav>'
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{css}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the content</a>\n'
        + (f'<header class="head">{head}</header>\n' if head else "")
        + f'<main id="main" tabindex="-1">\n{body}\n</main>\n'
        + (f'<footer class="foot"><p>{escape(foot)}</p></footer>\n' if foot else "")
        + "</body>\n</html>\n"
    )


@cache
def _style() -> tuple[str, str]:
    css = (Path(__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
    return css, base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()


def _current(label: str) -> str:
    return f'<a href="#main" aria-current="page">{escape(label)}</a>'


def link(text: str, href: str) -> str:
    """A link; an address of any kind but local, http(s) and mailto becomes plain text."""
    if _SCHEME.match(href) and not _OUTSIDE.match(href):
        return escape(text)
    rel = ' rel="noreferrer"' if _OUTSIDE.match(href) else ""
    return f'<a href="{escape(href)}"{rel}>{escape(text)}</a>'


def slug(*parts) -> str:
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


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """A table with its short words as people say them (``cell_words.csv``); blanks stay."""
    known = {column: words for column, words in _cell_words().items() if column in frame.columns}
    return frame.assign(**{c: frame[c].map(lambda v, w=w: w.get(v, v)) for c, w in known.items()})


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
    return clean(item)


def cell(item) -> str:
    """A cell as markup; text with ``Link`` or ``Html``, or a list of them, allowed."""
    if type(item) is str:
        text = escape(item)
        return f"<time>{text}</time>" if _DATE.fullmatch(text) else text  # kept on one line
    if isinstance(item, Link):
        return link(item.text, item.href)
    if isinstance(item, Html):
        return item.markup
    if isinstance(item, (list, tuple)):
        return ", ".join(cell(part) for part in item)
    return escape(value(item))


def table(
    frame: pd.DataFrame,
    caption: str,
    *,
    limit: int | None = ROW_LIMIT,
    csv: str = "",
    labels: dict[str, str] | None = None,
    row_id: str = "",
    lines: Iterable[str] = (),
) -> str:
    """A table as markup, every cell, heading and the caption escaped.

    Args:
        frame: the rows, in the order in which they are to stand.
        limit: rows shown at most; what is left out is said, with ``csv``, where the rest stands.
        labels: headings other than the column's own name.
        row_id: a column that is not shown and whose text is each row's anchor.
        lines: columns of texts with ``;`` between, each of which stands on a line of its own.
    """
    columns = [name for name in frame.columns if name != row_id]
    shown = frame if limit is None else frame.head(limit)
    held = {name: _lines(shown[name]) if name in lines else shown[name] for name in columns}
    numeric = [_is_number(held[name]) for name in columns]
    classes = [_number(number) for number in numeric]
    names = {**{n: label(n) for n in columns}, **(labels or {})}
    head = "".join(
        f'<th scope="col"{kind}>{escape(names[n])}</th>'
        for n, kind in zip(columns, classes, strict=True)
    )
    tags = [(f"<td{kind}>", "</td>") for kind in classes]
    if columns and not numeric[0]:  # the first column names the row
        tags[0] = ('<th scope="row">', "</th>")
    ids = [f' id="{escape(i)}"' for i in shown[row_id]] if row_id else [""] * len(shown)
    rows = zip(*(held[name].tolist() for name in columns), strict=True) if columns else []
    body = [
        f"<tr{anchor}>"
        + "".join(f"{start}{cell(item)}{end}" for (start, end), item in zip(tags, row, strict=True))
        + "</tr>"
        for anchor, row in zip(ids, rows, strict=bool(columns))
    ]
    # A heading that names nothing is none.
    body = [line.replace('<th scope="row"></th>', "<td></td>") for line in body]
    if not body:
        body = [f'<tr><td colspan="{max(len(columns), 1)}">None.</td></tr>']
    where = f" All {len(frame):,} stand in {escape(csv)}." if csv else ""
    cut = (
        f'<p class="cut">The first {len(shown):,} of {len(frame):,} rows are shown here.{where}</p>'
        if len(shown) < len(frame)
        else ""
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>{cut}"
    )


def _lines(column: pd.Series) -> pd.Series:
    return column.map(lambda text: Html("<br>".join(map(escape, str(text).split(";")))))


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _number(yes: bool) -> str:
    return ' class="number"' if yes else ""


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """A list of names with what each is."""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{cell(item)}</dd>" for name, item in pairs)
    return f'<dl class="facts">{items}</dl>'


def items(entries: Iterable, *, ordered: bool = False) -> str:
    """A list of texts or links; a long one runs in columns."""
    tag = "ol" if ordered else "ul"
    lines = [f"<li>{cell(entry)}</li>" for entry in entries]
    kind = ' class="long"' if len(lines) > 12 else ""
    return f"<{tag}{kind}>{''.join(lines)}</{tag}>"


def paragraph(text) -> str:
    return f"<p>{cell(text)}</p>"


def heading(text: str, level: int = 2, anchor: str = "") -> str:
    return f'<h{level} id="{escape(anchor or slug(text))}">{escape(text)}</h{level}>'


def box(markup: str, kind: str = "") -> str:
    """Markup set apart; kind ``warn`` or ``good``."""
    return f'<div class="box{" " + kind if kind else ""}">{markup}</div>'


def contents(entries: Sequence[tuple[str, str]]) -> str:
    """A table of contents from pairs of heading and anchor."""
    rows = "".join(f"<li>{link(text, '#' + anchor)}</li>" for text, anchor in entries)
    return f'<nav class="contents" aria-label="Contents"><ol>{rows}</ol></nav>'
