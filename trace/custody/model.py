"""Spans of unit indices and their algebra, movements, and what went wrong on the way. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from ..kernel.intervals import Interval


class CustodyState(StrEnum):
    """What has become of units. Who answers for them is the span's holder in every state."""

    HELD = "held"
    """In the holder's hands, fit for sale."""

    DAMAGED = "damaged"
    """In the holder's hands, not for sale: to be returned, written off or destroyed."""

    IN_TRANSIT = "in_transit"
    """Shipped. The sender answers for them until they are received."""

    SOLD = "sold"
    """With a farmer or farm. The holder is the seller."""

    SAMPLED = "sampled"
    """Taken for inspection. The holder is the inspection agency."""

    SEIZED = "seized"
    """The holder is the authority that seized them."""

    WRITTEN_OFF = "written_off"
    """Lost, expired or spoilt. The holder is who had them."""

    DESTROYED = "destroyed"


class MovementKind(StrEnum):
    """Every act on goods. What each does to which state is the table in rules.py."""

    SHIP = "ship"
    RETURN = "return"
    """Ship back to a supplier or to the maker: also what is stopped, expired or damaged."""

    RECEIVE = "receive"
    RECEIVE_DAMAGED = "receive_damaged"
    REFUSE = "refuse"
    """The receiver does not take in what was shipped: it is the sender's again."""

    REFUSE_DAMAGED = "refuse_damaged"
    """The same of what was damaged when it was sent back: it is not fit for sale again by being refused."""

    RELOCATE = "relocate"
    """Between sites of one party."""

    UNPACK = "unpack"
    """A carton or pallet is broken up: its code stands for nothing any more."""

    REPACK = "repack"
    SELL = "sell"
    TAKE_BACK = "take_back"
    """A farmer brings back what was sold."""

    WRITE_OFF = "write_off"
    SAMPLE = "sample"
    SEIZE = "seize"
    RELEASE = "release"
    DESTROY = "destroy"
    SETTLE_FOUND = "settle_found"
    """Of a short receipt: what was missing never left the sender."""

    SETTLE_FOUND_DAMAGED = "settle_found_damaged"
    """The same of what was damaged when it was to be sent back."""

    SETTLE_LOST = "settle_lost"
    """Of a short receipt: what was missing is gone."""

    SETTLE_OVER = "settle_over"
    """Of a receipt with more than was announced: the sender agrees that it was sent."""

    UNDO = "undo"
    """A wrong scan is taken back by who made it."""


SHIPMENTS = frozenset({MovementKind.SHIP, MovementKind.RETURN})
RECEIPTS = frozenset({MovementKind.RECEIVE, MovementKind.RECEIVE_DAMAGED, MovementKind.SETTLE_OVER})
"""Movements after which another party answers for the goods, by trade."""

NEVER_ARRIVED = frozenset(
    {
        MovementKind.REFUSE,
        MovementKind.REFUSE_DAMAGED,
        MovementKind.SETTLE_FOUND,
        MovementKind.SETTLE_FOUND_DAMAGED,
        MovementKind.SETTLE_LOST,
    }
)
"""Movements that end a shipment without a receipt."""

TAKINGS = frozenset({MovementKind.SAMPLE, MovementKind.SEIZE})
"""Movements after which an authority answers for the goods."""

HANDOVERS = RECEIPTS | TAKINGS | {MovementKind.RELEASE}
"""Every movement by which goods come to answer to another party."""

RESTORING = frozenset({MovementKind.UNDO, MovementKind.RELEASE})
"""Movements after which goods are what they were: for these, what each movement found decides, and not `after`."""


class WriteOffCause(StrEnum):
    EXPIRED = "expired"
    DAMAGED = "damaged"
    LOST = "lost"
    USED = "used"
    """By the holder itself: trials, demonstrations, own fields."""


@dataclass(frozen=True, slots=True)
class Span:
    """Units `[start, stop)` of one batch that are alike in everything.

    `receiver_id` and `transfer_id` are set exactly while the span is in transit. `site_id`: the holder's site, None
    where it states none. `movement_id`: the movement that made the units what they are; None since registration. So
    spans that came by different movements stay apart, and the way of a unit can be walked back from its span.
    """

    start: int
    stop: int
    holder_id: UUID
    state: CustodyState = CustodyState.HELD
    receiver_id: UUID | None = None
    transfer_id: UUID | None = None
    site_id: UUID | None = None
    movement_id: UUID | None = None

    @property
    def units(self) -> int:
        return self.stop - self.start

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.stop)

    def continues(self, other: Span) -> bool:
        """Whether `other` begins where this span ends and differs from it in nothing else."""
        return self.stop == other.start and replace(other, start=self.start, stop=self.stop) == self


@dataclass(frozen=True, slots=True)
class Movement:
    """One act on spans of one batch.

    `sequence`: the number of its event in the batch's chain, so movements are ordered as they were recorded.
    `transfer_id`: the shipment that a shipment begins and a receipt, refusal or settlement ends; of another act, its
    own movement. `is_return`: whether that shipment is a return. `from_id` answers for the goods before, `to_id` after.
    `party_id` acted, at its site `site_id`. `occurred_at` is when it was done, `recorded_at` when this service learnt
    of it: they differ for what was captured offline. `undoes_id`: of an undo, the movement it takes back;
    `undone_by_id`: of a movement that was taken back, the undo.
    """

    batch_id: UUID
    movement_id: UUID
    kind: MovementKind
    transfer_id: UUID
    from_id: UUID
    to_id: UUID
    occurred_at: datetime
    intervals: tuple[Interval, ...]
    sequence: int = 0
    party_id: UUID | None = None
    site_id: UUID | None = None
    is_return: bool = False
    reason: str = ""
    recorded_at: datetime | None = None
    undoes_id: UUID | None = None
    undone_by_id: UUID | None = None

    @property
    def units(self) -> int:
        return sum(interval.units for interval in self.intervals)


@dataclass(frozen=True, slots=True)
class Sale:
    """What is kept of a sale to a farmer or farm, beside the movement.

    The buyer's identity number is not kept: `identity_hash` tells whether two sales were to the same person, and
    `identity_last_four` lets a buyer be asked for the paper.
    """

    buyer_name: str = ""
    buyer_telephone: str = ""
    intended_use: str = ""
    identity_hash: str = ""
    identity_last_four: str = ""


class DiscrepancyKind(StrEnum):
    """SHORT: shipped and not arrived. OVER: arrived and not shipped. DAMAGED: arrived and not fit for sale."""

    SHORT = "short"
    OVER = "over"
    DAMAGED = "damaged"


class Outcome(StrEnum):
    """How a discrepancy was settled."""

    ARRIVED = "arrived"
    """What was missing came after all."""

    NOT_SENT = "not_sent"
    LOST = "lost"
    SENT = "sent"
    """What came unannounced had been sent, and is the receiver's."""

    RETURNED = "returned"
    """What came unannounced went back: it was the sender's all the time."""

    ACCEPTED = "accepted"
    """The parties agree on the damage between themselves."""

    UNDONE = "undone"
    """The receipt that opened it was taken back."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A receipt that does not match its shipment. Open until `settled_at`."""

    batch_id: UUID
    discrepancy_id: UUID
    kind: DiscrepancyKind
    transfer_id: UUID
    movement_id: UUID
    from_id: UUID
    to_id: UUID
    opened_at: datetime
    note: str
    intervals: tuple[Interval, ...]
    outcome: Outcome | None = None
    settled_at: datetime | None = None
    settled_by_id: UUID | None = None
    settlement_note: str = ""

    @property
    def units(self) -> int:
        return sum(interval.units for interval in self.intervals)


@dataclass(frozen=True, slots=True)
class Picture:
    """All spans of one batch and the movements that made them what they are, small enough to be kept in memory."""

    spans: tuple[Span, ...]
    movements: tuple[Movement, ...]
    moved: tuple[tuple[int, int, int], ...]
    """(start, stop, number of the movement) of every interval moved, in the movements' order."""

    @classmethod
    def of(cls, spans: tuple[Span, ...], movements: tuple[Movement, ...]) -> Picture:
        """`movements` in their order, without what was undone."""
        moved = tuple(
            (interval.start, interval.stop, number)
            for number, movement in enumerate(movements)
            for interval in movement.intervals
        )
        return cls(spans, movements, moved)

    def locate(self, start: int, stop: int) -> tuple[Span, bool]:
        """The span of unit `start`, and whether units up to `stop` are elsewhere or in another state. `start` is
        inside the batch."""
        at = bisect_right(self.spans, start, key=lambda span: span.start) - 1
        span = self.spans[at]
        for other in self.spans[at + 1 :]:
            if other.start >= stop:
                break
            if not is_same_place(span, other):
                return span, True
        return span, False

    def spans_over(self, start: int, stop: int) -> Iterator[Span]:
        """The spans that units `[start, stop)` lie in, in order. `start` is inside the batch."""
        at = bisect_right(self.spans, start, key=lambda span: span.start) - 1
        for span in self.spans[at:]:
            if span.start >= stop:
                return
            yield span

    def way(self, position: int) -> tuple[int, ...]:
        """Which of `movements` moved unit `position`, oldest first."""
        return tuple([number for start, stop, number in self.moved if start <= position < stop])


@dataclass(frozen=True, slots=True)
class Holding:
    """What one party has of one batch in its hands: number of spans and units in them."""

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
    is_return: bool = False

    @property
    def units(self) -> int:
        return sum(interval.units for interval in self.intervals)


@dataclass(frozen=True, slots=True)
class Stock:
    """Units of one batch with one holder in one state, at one of its sites."""

    batch_id: UUID
    holder_id: UUID
    site_id: UUID | None
    state: CustodyState
    units: int


@dataclass(frozen=True, slots=True)
class Balance:
    """Mass balance of one party and batch, in units: everything that came in is somewhere.

        made + received  =  held + damaged + in transit + sold + written off + destroyed
                            + passed on + returned + sampled + seized

    The left and the first line on the right come from different tables (movements, spans), so that `is_even` proves
    something. `made` is the batch's size for its maker, else 0; `in_transit` is what the party has sent and still
    answers for; `passed_on` and `returned` are what receivers took in; `sampled` and `seized` what an authority took,
    less what it gave back.
    """

    batch_id: UUID
    party_id: UUID
    made: int = 0
    received: int = 0
    passed_on: int = 0
    returned: int = 0
    sampled: int = 0
    seized: int = 0
    held: int = 0
    damaged: int = 0
    in_transit: int = 0
    sold: int = 0
    written_off: int = 0
    destroyed: int = 0

    @property
    def came_in(self) -> int:
        return self.made + self.received

    @property
    def accounted_for(self) -> int:
        here = self.held + self.damaged + self.in_transit + self.sold + self.written_off + self.destroyed
        return here + self.passed_on + self.returned + self.sampled + self.seized

    @property
    def is_even(self) -> bool:
        return self.came_in == self.accounted_for


def is_same_place(one: Span, other: Span) -> bool:
    """Whether two spans differ in nothing but their units and the movements they came by."""
    return (one.holder_id, one.state, one.receiver_id, one.site_id) == (
        other.holder_id,
        other.state,
        other.receiver_id,
        other.site_id,
    )


def overlapping(spans: Iterable[Span], interval: Interval) -> list[Span]:
    """The parts of `spans` that lie inside `interval`, cut at its ends."""
    return [
        replace(span, start=max(span.start, interval.start), stop=min(span.stop, interval.stop))
        for span in spans
        if span.start < interval.stop and interval.start < span.stop
    ]


def parts_in(spans: Iterable[Span], intervals: Sequence[Interval]) -> list[Span]:
    """The parts of `spans` (sorted) that lie inside any of `intervals` (sorted and disjoint), in order. The work goes
    with both together, not with each for each."""
    parts: list[Span] = []
    at = 0
    for span in spans:
        while at < len(intervals) and intervals[at].stop <= span.start:
            at += 1
        following = at
        while following < len(intervals) and intervals[following].start < span.stop:
            parts += overlapping([span], intervals[following])
            following += 1
    return parts


def rewritten(spans: Sequence[Span], interval: Interval, change: Callable[[Span], Span]) -> list[Span]:
    """`spans` with `change` applied to the units of `interval`: split at its ends, like neighbours merged.

    `spans` are sorted and cover `interval`; so does the result.
    """
    return rewritten_at(spans, (interval,), change)


def rewritten_at(spans: Sequence[Span], intervals: Sequence[Interval], change: Callable[[Span], Span]) -> list[Span]:
    """The same for several intervals, sorted and disjoint, in one pass."""
    pieces: list[Span] = []
    parts = iter(parts_in(spans, intervals))
    part = next(parts, None)
    for span in spans:
        start = span.start
        while part is not None and part.start < span.stop:
            if start < part.start:
                pieces.append(replace(span, start=start, stop=part.start))
            pieces.append(change(part))
            start = part.stop
            part = next(parts, None)
        if start < span.stop:
            pieces.append(replace(span, start=start))
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
