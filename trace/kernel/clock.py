"""The only clock. Everything else is told the time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

CHINA = timezone(timedelta(hours=8), "CST")
"""China Standard Time, GB/T 7408 notation +08:00; the country keeps one time zone and no summer time."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands where it was put; for tests and for loading dated history."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


def pause(seconds: float) -> None:
    """Lets other work go on for a moment."""
    time.sleep(seconds)


def day_in_china(instant: datetime) -> date:
    """The calendar day in China at `instant`: expiry and licence validity are days there, not in UTC."""
    return instant.astimezone(CHINA).date()
