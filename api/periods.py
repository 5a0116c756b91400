"""Periods of whole days in China, as people ask for them: both days belong to it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated

from pydantic import Field

from ..trace.kernel.clock import CHINA
from ..trace.kernel.errors import InvalidInput
from .forms.base import FIRST_DAY, LAST_DAY

Known = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
"""A day that a period can begin or end with."""


def instants_of(first: date, last: date) -> tuple[datetime, datetime]:
    """The beginning of the first day and the end of the last, which is not in it any more.

    Raises InvalidInput `period.reversed` where the last day is before the first.
    """
    if last < first:
        raise InvalidInput("period.reversed", field="to")
    return _midnight(first), _midnight(last + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=CHINA)
