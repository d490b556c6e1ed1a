"""evidence.xlsx: the year's tables for people who live in Excel, the same bytes every time."""

import io
from datetime import date, datetime

import pandas as pd

from conflict_minerals.filing.evidence import sheet_links
from conflict_minerals.ground import pages, tables
from conflict_minerals.ground.columns import spelled, texts

_MOST_ROWS = 20_000  # of a sheet: what is longer is of no use there, and whole in its CSV
_MOST_TEXT = 32_767  # characters that a cell can hold
_MOST_LINK = 255  # characters of a cell that leads somewhere
_WIDEST, _NARROWEST = 60, 8
_LOOKED_AT = 200  # rows that tell how wide a column is to be


def workbook(
    frames: dict[str, pd.DataFrame],
    figures: pd.DataFrame,
    *,
    about: list[tuple[str, str]],
    as_of: date,
    counted: dict[str, pd.DataFrame] | None = None,
) -> bytes:
    """A workbook with a sheet of facts, one of figures, one a table and one of column meanings.

    Every text is written as text, so that none is taken for a formula; dates are dates. A figure
    leads to the first row that it counts, a facility to its rows. ``about`` are names with what
    each is; ``as_of`` is the date in the file's properties; ``counted`` are the rows that figures
    count, by table, as far as they are known (``figures.counted_rows``).
    """
    import xlsxwriter

    frames, places, told = sheet_links.arranged(frames, _MOST_ROWS)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
         "strings_to_numbers": False},
    )  # fmt: skip
    book.set_properties({"title": dict(about).get("Title", ""), "created": _noon(as_of)})
    styles = {
        "head": book.add_format({"bold": True, "bg_color": "#EEF1F4", "bottom": 1}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "whole": book.add_format({"num_format": "#,##0"}),
    }
    facts = pd.DataFrame(about, columns=["what", "value"])
    cut = [
        (f"Sheet {name}", told.get(name) or
         f"the first {_MOST_ROWS:,} of {len(frame):,} rows; all are in the CSV")
        for name, frame in frames.items()
        if name in told or len(frame) > _MOST_ROWS
    ]
    facts = pd.concat([facts, pd.DataFrame(cut, columns=facts.columns)], ignore_index=True)
    _sheet(book, "about", facts, styles, {})
    whole = {name: frame for name, frame in frames.items() if name not in told}
    links = sheet_links.of_figures(figures, whole, _MOST_ROWS, counted or {})
    _sheet(book, "figures", figures, styles, {}, links)
    meanings = []
    for name, frame in frames.items():
        described = tables.columns(name).set_index("column")
        _sheet(book, name, frame, styles, described["type"].to_dict(),
               sheet_links.of_facilities(name, frame, places, _MOST_ROWS))
        meanings += [(name, c, described["meaning"].get(c, sheet_links.MEANINGS.get(c, "")))
                     for c in frame.columns]
    _sheet(
        book, "columns", pd.DataFrame(meanings, columns=["table", "column", "meaning"]), styles, {}
    )
    book.close()
    return buffer.getvalue()


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)


def _sheet(book, name: str, frame: pd.DataFrame, styles: dict, types: dict[str, str],
           links: tuple[str, list[str]] = ("", [])) -> None:
    """``links`` is a column and, for each row, the place that its cell leads to, or a blank."""
    sheet = book.add_worksheet(name[:31])
    frame = spelled(frame.head(_MOST_ROWS))
    headings = pages.headings(list(frame.columns))
    for position, column in enumerate(frame.columns):
        sheet.set_column(position, position, _width(frame[column], headings[position]))
    sheet.freeze_panes(1, 1)
    if len(frame.columns):
        sheet.autofilter(0, 0, max(len(frame), 1), len(frame.columns) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for position, heading in enumerate(headings):
        sheet.write_string(0, position, heading, styles["head"])
    dated = {n for n, kind in types.items() if kind == "date"}
    names = list(frame.columns)
    linked = names.index(links[0]) if links[0] in names else -1
    columns = [texts(frame[name]) for name in names]
    plain = [name not in dated and at != linked and _are_short_texts(columns[at])
             for at, name in enumerate(names)]
    for row, values in enumerate(zip(*columns, strict=True), start=1):
        for position, value in enumerate(values):
            if plain[position]:
                if value:
                    sheet.write_string(row, position, value)
            elif position == linked and links[1][row - 1]:
                sheet.write_url(row, position, links[1][row - 1], string=str(value)[:_MOST_LINK])
            else:
                _cell(sheet, row, position, value, styles, names[position] in dated)


def _are_short_texts(column: list) -> bool:
    """Whether a column is texts that fit their cells, so that no cell need be looked at."""
    return all(type(value) is str and len(value) <= _MOST_TEXT for value in column)


def _cell(sheet, row: int, position: int, value, styles: dict, dated: bool) -> None:
    kind = type(value).__name__
    if value is None or value == "" or (isinstance(value, float) and value != value):
        return
    if kind in ("bool", "bool_"):
        sheet.write_boolean(row, position, bool(value))
    elif kind.startswith("int"):
        # Beyond fifteen digits a spreadsheet would round.
        if abs(value) < 10**15:
            sheet.write_number(row, position, int(value), styles["whole"])
        else:
            sheet.write_string(row, position, str(value))
    elif kind.startswith("float"):
        sheet.write_number(row, position, float(value))
    elif dated and "1900-03-01" <= value <= "9999-12-31":
        sheet.write_datetime(row, position, datetime.fromisoformat(value), styles["date"])
    else:
        text = str(value)
        text = text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"
        sheet.write_string(row, position, text)


def _width(column: pd.Series, heading: str) -> int:
    longest = max((len(pages.value(v)) for v in texts(column.head(_LOOKED_AT))), default=0)
    # Room for the filter's arrow beside the heading.
    return min(max(longest + 1, len(heading) + 4, _NARROWEST), _WIDEST)
