"""Forms of what goes from hand to hand: shipments, returns, receipts, refusals; and what every movement may state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from uuid import UUID

from pydantic import Field

from ...trace.custody import service
from ...trace.custody.model import Interval, Movement
from ...trace.custody.service import Arrival, Circumstances, Goods
from ...trace.kernel.intervals import without
from ...trace.kernel.limits import MAX_CODES_PER_REQUEST
from ...trace.parties.model import Actor
from ...trace.store.database import UnitOfWork
from ..acting import acting_party
from ..instance import Instance
from .base import Form, Instant

Act = Callable[[UnitOfWork], list[Movement]]
"""A movement asked for, its codes already looked up: what is left to be done in one unit of work."""


class SpanForm(Form):
    """Units `[start, stop)` of one batch."""

    batch_id: UUID
    start: int
    stop: int

    def read(self) -> Goods:
        return Goods(self.batch_id, (Interval(self.start, self.stop),))


Spans = tuple[SpanForm, ...]


def goods_named(instance: Instance, codes: Sequence[str], spans: Spans) -> list[Goods]:
    """Goods by scanned codes, by spans, or both. Raises InvalidInput `custody.*`."""
    goods = [span.read() for span in spans]
    if codes or not goods:
        goods += service.goods_of_codes(instance.database, instance.resolver, codes)
    return goods


class CircumstancesForm(Form):
    """What any movement may state. `site_id`: the caller's own site. `captured_at`: when it was done, with its time
    zone, where it is told later; now without."""

    site_id: UUID | None = None
    reason: str = ""
    captured_at: Instant | None = None

    def how(self) -> Circumstances:
        return Circumstances(self.site_id, self.reason, self.captured_at)


class GoodsForm(CircumstancesForm):
    """Goods by scanned codes, by spans, or both."""

    codes: tuple[str, ...] = ()
    spans: Spans = Field(default=(), max_length=MAX_CODES_PER_REQUEST)

    def goods(self, instance: Instance) -> list[Goods]:
        """Raises InvalidInput `custody.*`."""
        return goods_named(instance, self.codes, self.spans)


class MovementForm(GoodsForm, ABC):
    """A movement of goods by the caller. Alike from a request, an offline bundle, a file or the command line."""

    def act(self, instance: Instance, actor: Actor) -> Act:
        """What is to be done. Raises InvalidInput `custody.*` where the goods named are none."""
        return self.act_on(instance, actor, self.goods(instance))

    @abstractmethod
    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        """The same with goods that are known already."""


class ShipForm(MovementForm):
    to_id: UUID
    from_id: UUID | None = None

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        from_id = self.from_id or acting_party(actor)
        return lambda work: service.ship(work, actor, from_id, self.to_id, goods, self.how())


class ReturnForm(MovementForm):
    """`to_id`: the supplier the goods came from, or their maker. Needs a reason."""

    to_id: UUID

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        return lambda work: service.send_back(work, actor, acting_party(actor), self.to_id, goods, self.how())


class ReceiveForm(MovementForm):
    """`damaged_codes`, `damaged_spans`: what arrived and is not fit for sale, also where it is in a carton of `codes`.
    `is_complete`: nothing more will come of these shipments; what is missing is short. `with_surplus`: what was not
    announced stands as a surplus, instead of refusing the receipt. `note`: goes with the discrepancies."""

    to_id: UUID | None = None
    damaged_codes: tuple[str, ...] = ()
    damaged_spans: Spans = Field(default=(), max_length=MAX_CODES_PER_REQUEST)
    is_complete: bool = False
    with_surplus: bool = False
    note: str = ""

    def goods(self, instance: Instance) -> list[Goods]:
        if self._has_damaged and not (self.codes or self.spans):
            return []
        return super().goods(instance)

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        to_id = self.to_id or acting_party(actor)
        damaged = goods_named(instance, self.damaged_codes, self.damaged_spans) if self._has_damaged else []
        arrival = Arrival(tuple(damaged), self.is_complete, self.with_surplus, self.note)
        whole = less(goods, damaged)
        return lambda work: service.receive(work, actor, to_id, whole, self.how(), arrival)

    @property
    def _has_damaged(self) -> bool:
        return bool(self.damaged_codes or self.damaged_spans)


class RefuseForm(MovementForm):
    """Needs a reason."""

    def act_on(self, instance: Instance, actor: Actor, goods: Sequence[Goods]) -> Act:
        return lambda work: service.refuse(work, actor, acting_party(actor), goods, self.how())


def less(goods: Sequence[Goods], taken: Sequence[Goods]) -> list[Goods]:
    """`goods` without the units in `taken`. What is no interval at all stays, to be refused for what it is."""
    gone: dict[UUID, list[Interval]] = {}
    for part in taken:
        gone.setdefault(part.batch_id, []).extend(part.intervals)
    return [replace(part, intervals=_left(part, gone.get(part.batch_id, []))) for part in goods]


def _left(part: Goods, gone: Sequence[Interval]) -> tuple[Interval, ...]:
    left = (without(each, gone) if each.start < each.stop else (each,) for each in part.intervals)
    return tuple(chain.from_iterable(left))
