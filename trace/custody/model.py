"""Spans of unit indices and their algebra. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from ..kernel.intervals import Interval


class CustodyState(StrEnum):
    """HELD: in the holder's hands. IN_TRANSIT: shipped, the sender answers for it until it is received."""

    HELD = "held"
    IN_TRANSIT = "in_transit"


class MovementKind(StrEnum):
    SHIP = "ship"
    RECEIVE = "receive"


@dataclass(frozen=True, slots=True)
class Span:
    """Units `[start, stop)` of one batch with one holder in one state.

    `receiver_id` and `transfer_id` are set exactly while the span is in transit.
    """

    start: int
    stop: int
    holder_id: UUID
    state: CustodyState = CustodyState.HELD
    receiver_id: UUID | None = None
    transfer_id: UUID | None = None

    @property
    def units(self) -> int:
        return self.stop - self.start

    def continues(self, other: Span) -> bool:
        """Whether `other` begins where this span ends and differs from it in nothing else."""
        return self.stop == other.start and replace(other, start=self.start, stop=self.stop) == self


@dataclass(frozen=True, slots=True)
class Movement:
    """One act on spans of one batch. A receipt names the shipment it closes in `transfer_id`."""

    batch_id: UUID
    movement_id: UUID
    kind: MovementKind
    transfer_id: UUID
    from_id: UUID
    to_id: UUID
    occurred_at: datetime
    intervals: tuple[Interval, ...]

    @property
    def units(self) -> int:
        return sum(interval.units for interval in self.intervals)


@dataclass(frozen=True, slots=True)
class Picture:
    """All spans and all movements of one batch, small enough to be kept in memory."""

    spans: tuple[Span, ...]
    movements: tuple[Movement, ...]
    moved: tuple[tuple[int, int, int], ...]
    """(start, stop, number of the movement) of every interval moved, in the movements' order."""

    @classmethod
    def of(cls, spans: tuple[Span, ...], movements: tuple[Movement, ...]) -> Picture:
        moved = tuple(
            (interval.start, interval.stop, number)
            for number, movement in enumerate(movements)
            for interval in movement.intervals
        )
        return cls(spans, movements, moved)

    def locate(self, start: int, stop: int) -> tuple[Span, bool]:
        """The span of unit `start`, and whether units up to `stop` lie in others too. `start` is inside the batch."""
        at = bisect_right(self.spans, start, key=lambda span: span.start) - 1
        span = self.spans[at]
        return span, span.stop < stop

    def way(self, position: int) -> tuple[int, ...]:
        """Which of `movements` moved unit `position`, oldest first."""
        return tuple([number for start, stop, number in self.moved if start <= position < stop])


@dataclass(frozen=True, slots=True)
class Holding:
    """What one party holds of one batch, or has on its way: number of spans and units in them."""

    batch_id: UUID
    spans: int
    units: int


@dataclass(frozen=True, slots=True)
class Inbound:
    """One shipment on its way to a party: what of it is not yet received."""

    batch_id: UUID
    transfer_id: UUID
    from_id: UUID
    shipped_at: datetime
    intervals: tuple[Interval, ...]

    @property
    def units(self) -> int:
        return sum(interval.units for interval in self.intervals)


def overlapping(spans: Iterable[Span], interval: Interval) -> list[Span]:
    """The parts of `spans` that lie inside `interval`, cut at its ends."""
    return [
        replace(span, start=max(span.start, interval.start), stop=min(span.stop, interval.stop))
        for span in spans
        if span.start < interval.stop and interval.start < span.stop
    ]


def rewritten(spans: Sequence[Span], interval: Interval, change: Callable[[Span], Span]) -> list[Span]:
    """`spans` with `change` applied to the units of `interval`: split at its ends, like neighbours merged.

    `spans` are sorted and cover `interval`; so does the result.
    """
    pieces: list[Span] = []
    for span in spans:
        inner = Interval(max(span.start, interval.start), min(span.stop, interval.stop))
        if inner.start >= inner.stop:
            pieces.append(span)
            continue
        if span.start < inner.start:
            pieces.append(replace(span, stop=inner.start))
        pieces.append(change(replace(span, start=inner.start, stop=inner.stop)))
        if inner.stop < span.stop:
            pieces.append(replace(span, start=inner.stop))
    return merged(pieces)


def merged(spans: Iterable[Span]) -> list[Span]:
    """`spans` (sorted) with neighbours that differ only in their ends made one."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].continues(span):
            joined[-1] = replace(joined[-1], stop=span.stop)
        else:
            joined.append(span)
    return joined


def coverage_faults(spans: Sequence[Span], size: int) -> list[str]:
    """Why `spans` (sorted) do not cover `[0, size)` exactly once; empty when they do."""
    faults: list[str] = []
    if not spans:
        return ["no span"]
    if spans[0].start != 0:
        faults.append(f"first span starts at {spans[0].start}")
    if spans[-1].stop != size:
        faults.append(f"last span stops at {spans[-1].stop}, the batch has {size} units")
    for span in spans:
        if span.start >= span.stop:
            faults.append(f"empty span at {span.start}")
        in_transit = span.state is CustodyState.IN_TRANSIT
        if in_transit != (span.transfer_id is not None) or in_transit != (span.receiver_id is not None):
            faults.append(f"span at {span.start} is half in transit")
    for left, right in pairwise(spans):
        if left.stop < right.start:
            faults.append(f"units {left.stop} to {right.start} have no holder")
        elif left.stop > right.start:
            faults.append(f"units {right.start} to {left.stop} have two holders")
        elif left.continues(right):
            faults.append(f"spans at {left.start} and {right.start} are one")
    return faults
