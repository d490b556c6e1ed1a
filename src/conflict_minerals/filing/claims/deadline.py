"""When Form SD is due: May 31 after the calendar year, or the next business day.

Source: Form SD, general instruction B.1 (May 31 after the end of the calendar year), and
17 CFR 240.0-3(a) (a date on a Saturday, Sunday or holiday moves to the next business day).
Holidays are those of the federal government as they stand in pandas' calendar.
"""

from datetime import date, timedelta
from functools import cache

from pandas.tseries.holiday import USFederalHolidayCalendar

from conflict_minerals.ground.text import number_of


@cache
def due(year: int) -> date:
    """The day on which the Form SD for calendar ``year`` is due."""
    day = date(year + 1, 5, 31)
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


def is_business_day(day: date) -> bool:
    """Neither a weekend nor a federal holiday."""
    return day.weekday() < 5 and USFederalHolidayCalendar().holidays(day, day).empty


def sentence(year: int, as_of: date) -> str:
    """The deadline as the front door states it, counted from the review date."""
    day = due(year)
    left = (day - as_of).days
    side = "after" if left > 0 else "before"
    when = f"{number_of(abs(left), 'day', 'days')} {side} the review date" if left else (
        "the review date itself")
    moved = "" if (day.month, day.day) == (5, 31) else f"; {_moved(year)}"
    return f"{day:%A}, {day:%B} {day.day}, {day.year}: {when}{moved}"


def _moved(year: int) -> str:
    last = date(year + 1, 5, 31)
    why = "a federal holiday" if last.weekday() < 5 else f"a {last:%A}"
    return f"May 31 is {why}"
