"""The working-day calendar: the arrangement of 2026 day by day around its holidays, and years not yet known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from suiyuan.trace.kernel.workdays import (
    CountedDay,
    is_certain,
    is_working_day,
    known_years,
    working_day_from,
    working_days_after,
)

# 国务院办公厅关于2026年部分节假日安排的通知: first day off, last day off.
DAYS_OFF_2026 = [
    ((1, 1), (1, 3)),
    ((2, 15), (2, 23)),
    ((4, 4), (4, 6)),
    ((5, 1), (5, 5)),
    ((6, 19), (6, 21)),
    ((9, 25), (9, 27)),
    ((10, 1), (10, 7)),
]
MAKE_UP_DAYS_2026 = {(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)}


def test_the_whole_year_2026_is_that_of_the_notice() -> None:
    off = set()
    for first, last in DAYS_OFF_2026:
        day = date(2026, *first)
        while day <= date(2026, *last):
            off.add(day)
            day += timedelta(days=1)
    assert len(off) == 33
    day = date(2026, 1, 1)
    while day.year == 2026:
        worked = day not in off and (day.weekday() < 5 or (day.month, day.day) in MAKE_UP_DAYS_2026)
        assert is_working_day(day) is worked, day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("from_day", "count", "last"),
    [
        (date(2026, 2, 13), 1, date(2026, 2, 14)),  # a Saturday that is worked
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 2, 14), 1, date(2026, 2, 24)),
        (date(2026, 2, 27), 1, date(2026, 2, 28)),
        (date(2026, 2, 28), 1, date(2026, 3, 2)),
        (date(2026, 9, 18), 1, date(2026, 9, 20)),  # a Sunday that is worked
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 9, 30), 4, date(2026, 10, 12)),
        (date(2026, 10, 3), 1, date(2026, 10, 8)),  # from a day off
    ],
)
def test_counting_around_spring_festival_and_national_day(from_day: date, count: int, last: date) -> None:
    assert working_days_after(from_day, count) == CountedDay(last, is_certain=True)


def test_a_period_that_ends_on_a_day_off_ends_on_the_next_working_day() -> None:
    assert working_day_from(date(2026, 10, 1)) == CountedDay(date(2026, 10, 8), is_certain=True)
    assert working_day_from(date(2026, 10, 10)) == CountedDay(date(2026, 10, 10), is_certain=True)


def test_a_year_that_is_not_known_has_weekends_only_and_says_so() -> None:
    unknown = known_years()[-1] + 1
    new_year = date(unknown, 1, 1)
    weekdays = [new_year + timedelta(days=ahead) for ahead in range(7)]
    assert [is_working_day(day) for day in weekdays] == [day.weekday() < 5 for day in weekdays]
    assert not is_certain(new_year)
    monday = next(day for day in weekdays if day.weekday() == 0)
    assert working_days_after(monday, 5) == CountedDay(monday + timedelta(days=7), is_certain=False)
    assert not working_days_after(date(unknown - 1, 12, 31), 1).is_certain
    assert not working_day_from(new_year).is_certain
    assert is_certain(date(2026, 12, 31))


def test_years_before_the_calendar_are_not_certain_either() -> None:
    day = date(known_years()[0] - 1, 6, 1)
    assert not is_certain(day)
    assert not working_days_after(day, 1).is_certain


@pytest.mark.parametrize("count", [0, -1])
def test_a_period_has_a_day(count: int) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        working_days_after(date(2026, 1, 5), count)
