"""Working days in China, with the make-up days (调休) on which a weekend is worked.

Weekends and the days off and make-up days of each year's notice of the State Council, as the library `chinesecalendar`
carries them. The notice for a year comes out in the autumn before; a year that the library does not know yet has
weekends only, and whatever was counted over it says so.

Source: 国务院办公厅关于部分节假日安排的通知, each year; for 2026 https://politics.gmw.cn/2025-11/04/content_38391083.htm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar

_SATURDAY = 5
_KNOWN_YEARS = range(min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year + 1)


@dataclass(frozen=True, slots=True)
class CountedDay:
    """`is_certain`: every day counted lies in a year whose holidays are known; else holidays were taken as worked."""

    day: date
    is_certain: bool


def known_years() -> range:
    """The years whose days off and make-up days are known."""
    return _KNOWN_YEARS


def is_certain(day: date) -> bool:
    return day.year in _KNOWN_YEARS


def is_working_day(day: date) -> bool:
    """Whether offices work on it. In a year not known, every day from Monday to Friday."""
    if is_certain(day):
        return chinese_calendar.is_workday(day)
    return day.weekday() < _SATURDAY


def working_days_after(day: date, count: int) -> CountedDay:
    """The `count`-th working day after `day`, which itself does not count. Raises ValueError for fewer than one."""
    if count < 1:
        raise ValueError("a period has at least one day")
    found, certain = day, True
    while count:
        found += timedelta(days=1)
        certain = certain and is_certain(found)
        count -= is_working_day(found)
    return CountedDay(found, certain)


def working_day_from(day: date) -> CountedDay:
    """`day` itself where it is a working day, else the next one."""
    if is_working_day(day):
        return CountedDay(day, is_certain(day))
    later = working_days_after(day, 1)
    return CountedDay(later.day, later.is_certain and is_certain(day))
