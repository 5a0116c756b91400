"""Clocks of clients that were without a line, set right by what they say the time is when they send."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..trace.kernel.errors import InvalidInput
from .instance import Instance

MAX_SKEW = timedelta(hours=24)
"""A clock that is further off was never set, and the order of what it timed cannot be trusted either."""


def clock_skew(instance: Instance, sent_at: datetime) -> timedelta:
    """By how much a client's clock is behind ours. Raises InvalidInput `offline.clock_skew`."""
    skew = instance.database.clock.now() - sent_at
    if abs(skew) > MAX_SKEW:
        raise InvalidInput("offline.clock_skew", field="sent_at", hours=int(MAX_SKEW.total_seconds()) // 3600)
    return skew
