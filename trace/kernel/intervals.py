"""Ranges of indices, `[start, stop)`, and their union."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """Indices from `start` up to but not including `stop`."""

    start: int
    stop: int

    @property
    def units(self) -> int:
        return self.stop - self.start

    def meets(self, other: Interval) -> bool:
        """Whether any index lies in both."""
        return self.start < other.stop and other.start < self.stop


def united(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same indices as sorted, disjoint intervals that do not touch. What is named twice counts once."""
    merged: list[Interval] = []
    for interval in sorted(intervals, key=lambda each: (each.start, each.stop)):
        if merged and interval.start <= merged[-1].stop:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].stop, interval.stop))
        else:
            merged.append(interval)
    return tuple(merged)


def without(interval: Interval, taken: Iterable[Interval]) -> tuple[Interval, ...]:
    """What of `interval` lies in none of `taken`, in order."""
    left: list[Interval] = []
    start = interval.start
    for other in united(taken):
        if other.stop <= start or other.start >= interval.stop:
            continue
        if other.start > start:
            left.append(Interval(start, other.start))
        start = max(start, other.stop)
    if start < interval.stop:
        left.append(Interval(start, interval.stop))
    return tuple(left)
