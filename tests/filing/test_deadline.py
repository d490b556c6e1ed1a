"""The day on which Form SD is due."""

from datetime import date

import pytest

from conflict_minerals.filing.claims import deadline


@pytest.mark.parametrize(
    "year, due",
    [
        (2018, date(2019, 5, 31)),  # a Friday
        (2019, date(2020, 6, 1)),  # May 31 was a Sunday
        (2020, date(2021, 6, 1)),  # May 31 was Memorial Day
        (2024, date(2025, 6, 2)),  # a Saturday
        (2025, date(2026, 6, 1)),  # a Sunday
        (2026, date(2027, 6, 1)),  # Memorial Day
    ],
)
def test_form_is_due_on_the_next_business_day(year, due):
    assert deadline.due(year) == due


def test_sentence_counts_from_the_review_date_and_says_why_the_day_moved():
    assert deadline.sentence(2018, date(2019, 5, 15)) == (
        "Friday, May 31, 2019: 16 days after the review date"
    )
    assert deadline.sentence(2026, date(2027, 6, 3)) == (
        "Tuesday, June 1, 2027: 2 days before the review date; May 31 is a federal holiday"
    )
    assert deadline.sentence(2024, date(2025, 6, 2)).endswith(
        "the review date itself; May 31 is a Saturday"
    )
