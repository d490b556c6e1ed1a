"""Tables that one can work with, where ``make lab`` opened the notebook; nowhere else.

There a table has search, a filter under each heading, sort and pages. A run without a person
looking on shows the tables of ``pages``, byte for byte.
"""

import os

import pandas as pd
from markupsafe import Markup

from conflict_minerals.ground import pages
from conflict_minerals.ground.terms import ORDERED
from conflict_minerals.ground.text import clean

_PAGE = 10  # rows that itables shows at once
_LONG_WORD = 25  # letters; a longer word, as of a file or an id, breaks anywhere
_SAID = 40  # letters of its longest text from which a column of words wants room
# The filters stand under their headings. Sentences have room, dates and codes stand on one line,
# and what is a name with its value beside it stays so however long the name is.
_STYLE = (
    "<style>.dt-container tfoot { display: table-row-group; } "
    ".dt-container tbody { display: table-footer-group; } "
    ".dt-container tfoot input { width: 100%; min-width: 3rem; box-sizing: border-box; } "
    ".dt-container :is(th, td, caption) { text-align: left !important; vertical-align: top; } "
    ".dt-container caption { font-weight: bold; } "
    ".dt-container td { max-width: 30rem; overflow-wrap: break-word; } "
    ".dt-container td.number { text-align: right !important; } "
    ".dt-container td.date { white-space: nowrap; } "
    ".dt-container td.path { overflow-wrap: anywhere; } "
    ".dt-container :is(th, td).path { min-width: 9rem; } "
    ".dt-container :is(th, td).said { min-width: 11rem; } "
    ".dt-container :is(th, td).wide { min-width: 15rem; } "
    ".dt-container thead th { cursor: pointer; } "
    "dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0 1.5rem; } "
    "dl.facts :is(dt, dd) { float: none; width: auto; margin: 0; padding: 0; }</style>"
)
# A filter is named by its placeholder alone, which goes once somebody types. Said at each draw,
# since itables takes no initComplete beside its filters.
_NAMED_FILTERS = (
    "function (settings) { settings.nTFoot.querySelectorAll('input').forEach("
    "input => input.setAttribute('aria-label', 'Filter: ' + input.placeholder)); }"
)


def _itables():
    """The library, where ``make lab`` opened the notebook and it is installed."""
    if os.environ.get("HELPERS_LAB") != "1":
        return None
    try:
        import itables
    except ImportError:
        return None
    return itables


def script() -> str:
    """What the tables of a notebook need once, ahead of the first of them; blank but in Lab."""
    if not (library := _itables()):
        return ""
    from itables.javascript import generate_init_offline_itables_html

    return _STYLE + generate_init_offline_itables_html(library.options.dt_bundle)


def table(frame: pd.DataFrame, caption: str, labels: dict[str, str] | None = None) -> Markup:
    """The whole table with search, filters, sort and pages; blank but in Lab.

    A link is the words that lead there: most rows stand on another page, and search finds them.
    """
    if frame.empty or not (library := _itables()):
        return Markup()
    kinds = pages.kinds(frame)
    said = [_said(frame[name], kind) for name, kind in zip(frame.columns, kinds, strict=True)]
    heads = [(labels or {}).get(name, heading) for name, heading in
             zip(frame.columns, pages.headings(list(frame.columns)), strict=True)]  # fmt: skip
    classes = [" ".join(_classes(column, kind))
               for column, kind in zip(said, kinds, strict=True)]  # fmt: skip
    held = [_ranked(column) for column in said]
    return Markup(library.to_html_datatable(
        pd.DataFrame(dict(zip(heads, held, strict=True))), clean(caption),
        connected=False, allow_html=False, showIndex=False, maxBytes=0,
        classes="display compact", column_filters="footer", display_logo_when_loading=False,
        style="table-layout:auto;caption-side:top;margin:0", autoWidth=False,
        text_in_header_can_be_selected=False,  # a click on a heading sorts
        drawCallback=library.JavascriptFunction(_NAMED_FILTERS),
        columnDefs=[{"targets": at, "className": of} for at, of in enumerate(classes) if of],
        **_layout(len(frame)),
    ))  # fmt: skip


def _said(column: pd.Series, kind: str) -> list:
    """Numbers as they are, all else as a page says it."""
    if kind == "number":
        return column.tolist()
    return ["; ".join(pages.LISTED.split(pages.value(item))) for item in column]


def _layout(rows: int) -> dict:
    """A short table too has its search; itables gives one only where there is a second page."""
    if rows > _PAGE:
        return {}
    return {"layout": {"topStart": None, "topEnd": "search",
                       "bottomStart": None, "bottomEnd": None}}  # fmt: skip


def _ranked(column: list):
    """Words that have an order of their own sort by it; by letters ``medium`` stands in front."""
    words = {word for word in column if word != ""}
    for name, order in ORDERED:
        ranks = _as_said(name, order)
        if words and words <= set(ranks):
            return pd.Categorical([word or None for word in column], ranks, ordered=True)
    return column


def _as_said(column: str, words: tuple[str, ...]) -> list[str]:
    return pages.plain(pd.DataFrame({column: words}))[column].tolist()


def _classes(column: list, kind: str) -> list[str]:
    """How wide a column wants to be: ``wide``, ``said``, or no wider than its words."""
    texts = [text for text in column if text] if kind != "number" else []
    if not texts:
        return [kind] if kind else []
    if all(map(pages.DATE.fullmatch, texts)):
        return ["date"]
    path = any(len(word) >= _LONG_WORD for text in texts for word in text.split())
    said = not kind and any(len(text) > _SAID and " " in text for text in texts)
    return [name for name, holds in ((kind, kind), ("said", said), ("path", path)) if holds]
