"""evidence.xlsx: the year's tables for people who live in Excel, the same bytes every time."""

import io
from datetime import date, datetime

import pandas as pd

from conflict_minerals.ground import pages, tables

_MOST_ROWS = 1_048_575  # of a sheet, below its heading
_MOST_TEXT = 32_767  # characters that a cell can hold
_WIDEST, _NARROWEST = 60, 8
_LOOKED_AT = 200  # rows that tell how wide a column is to be


def workbook(
    frames: dict[str, pd.DataFrame],
    figures: pd.DataFrame,
    *,
    about: list[tuple[str, str]],
    as_of: date,
) -> bytes:
    """A workbook with a sheet of facts, one of figures, one a table and one of column meanings.

    Every text is written as text, so that none is taken for a formula; dates are dates.
    ``about`` are names with what each is; ``as_of`` is the date in the file's properties.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
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
        (f"Sheet {name}", f"the first {_MOST_ROWS:,} of {len(frame):,} rows; all are in the CSV")
        for name, frame in frames.items()
        if len(frame) > _MOST_ROWS
    ]
    facts = pd.concat([facts, pd.DataFrame(cut, columns=facts.columns)], ignore_index=True)
    _sheet(book, "about", facts, styles, {})
    _sheet(book, "figures", figures, styles, {})
    meanings = []
    for name, frame in frames.items():
        described = tables.columns(name).set_index("column")
        _sheet(book, name, frame, styles, described["type"].to_dict())
        meanings += [(name, c, described["meaning"].get(c, "")) for c in frame.columns]
    _sheet(
        book, "columns", pd.DataFrame(meanings, columns=["table", "column", "meaning"]), styles, {}
    )
    book.close()
    return buffer.getvalue()


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)


def _sheet(book, name: str, frame: pd.DataFrame, styles: dict, types: dict[str, str]) -> None:
    sheet = book.add_worksheet(name[:31])
    frame = frame.head(_MOST_ROWS)
    for position, column in enumerate(frame.columns):
        sheet.set_column(position, position, _width(frame[column], pages.label(column)))
    sheet.freeze_panes(1, 1)
    if len(frame.columns):
        sheet.autofilter(0, 0, max(len(frame), 1), len(frame.columns) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for position, column in enumerate(frame.columns):
        sheet.write_string(0, position, pages.label(column), styles["head"])
    dated = {n for n, kind in types.items() if kind == "date"}
    names = list(frame.columns)
    for row, values in enumerate(frame.itertuples(index=False, name=None), start=1):
        for position, value in enumerate(values):
            _cell(sheet, row, position, value, styles, names[position] in dated)


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
    longest = column.head(_LOOKED_AT).map(lambda v: len(pages.value(v))).max() if len(column) else 0
    # Room for the filter's arrow beside the heading.
    return int(min(max(longest + 1, len(heading) + 4, _NARROWEST), _WIDEST))
