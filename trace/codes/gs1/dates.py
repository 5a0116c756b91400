"""Linters of dates and times. Source: GS1 General Specifications, date formats YYMMDD, YYYYMMDD and times HHMMSS."""

from __future__ import annotations

from calendar import monthrange

from .findings import Finding, non_digit, whole
from .reasons import Reason


def yymmdd(value: str) -> Finding | None:
    return _date(value, year_digits=2, day_needed=True)


def yymmd0(value: str) -> Finding | None:
    """Day 00 means the whole month."""
    return _date(value, year_digits=2, day_needed=False)


def yyyymmdd(value: str) -> Finding | None:
    return _date(value, year_digits=4, day_needed=True)


def yyyymmd0(value: str) -> Finding | None:
    """Day 00 means the whole month."""
    return _date(value, year_digits=4, day_needed=False)


def _date(value: str, *, year_digits: int, day_needed: bool) -> Finding | None:
    expected = year_digits + 4
    if len(value) != expected:
        return whole(Reason.DATE_TOO_SHORT if len(value) < expected else Reason.DATE_TOO_LONG, value)
    if found := non_digit(value):
        return found
    year, month, day = int(value[:-4]), int(value[-4:-2]), int(value[-2:])
    if not 1 <= month <= 12:
        return Finding(Reason.ILLEGAL_MONTH, year_digits, 2)
    # Two digits mean a year of 1951 to 2050 or so: 00 is 2000, and every fourth is a leap year.
    days = monthrange(2000 + year if year_digits == 2 else year or 4000, month)[1]
    return None if int(day_needed) <= day <= days else Finding(Reason.ILLEGAL_DAY, year_digits + 2, 2)


def hh(value: str) -> Finding | None:
    return _two_digits(value, 23, Reason.HOUR_TOO_SHORT, Reason.HOUR_TOO_LONG, Reason.ILLEGAL_HOUR)


def mi(value: str) -> Finding | None:
    return _two_digits(value, 59, Reason.MINUTE_TOO_SHORT, Reason.MINUTE_TOO_LONG, Reason.ILLEGAL_MINUTE)


def ss(value: str) -> Finding | None:
    return _two_digits(value, 59, Reason.SECOND_TOO_SHORT, Reason.SECOND_TOO_LONG, Reason.ILLEGAL_SECOND)


def hhmi(value: str) -> Finding | None:
    if len(value) != 4:
        short = len(value) < 4
        return whole(Reason.HOUR_WITH_MINUTE_TOO_SHORT if short else Reason.HOUR_WITH_MINUTE_TOO_LONG, value)
    if found := non_digit(value) or hh(value[:2]):
        return found
    found = mi(value[2:])
    return found._replace(start=2) if found else None


def _two_digits(value: str, greatest: int, short: Reason, long: Reason, illegal: Reason) -> Finding | None:
    if len(value) != 2:
        return whole(short if len(value) < 2 else long, value)
    return non_digit(value) or (whole(illegal, value) if int(value) > greatest else None)
