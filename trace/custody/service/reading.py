"""Who has what, where a unit has been, and whether everything that came in is somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from ...batches import service as batches
from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.errors import InvalidInput, NotKnown
from ...kernel.intervals import Interval
from ...store.database import Database
from .. import report_store, store, way_store
from ..model import (
    RECEIPTS,
    Balance,
    CustodyState,
    Holding,
    Inbound,
    Movement,
    MovementKind,
    Picture,
    Span,
    Stock,
    is_same_place,
)
from ..report_store import Flow, Presence, Supply

MAX_PICTURE_ROWS = 64
"""Spans, or intervals moved, of a batch whose custody is kept in memory whole: about 20 KiB."""

SPANS_AT_ONCE = 1_000
"""Spans of one package read in one query."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """Units of one batch in a party's hands that will be past their last day soon, or are."""

    batch_id: UUID
    site_id: UUID | None
    units: int
    expires_on: date
    days_left: int


def holdings(connection: Connection, holder_id: UUID) -> list[Holding]:
    return report_store.holdings(connection, holder_id)


def inbound(connection: Connection, receiver_id: UUID) -> list[Inbound]:
    return report_store.inbound(connection, receiver_id)


def spans_of(connection: Connection, batch_id: UUID) -> list[Span]:
    return store.spans_of(connection, batch_id)


def find_movement(connection: Connection, batch_id: UUID, movement_id: UUID) -> Movement | None:
    return store.find_movement(connection, batch_id, movement_id)


def picture(database: Database, batch_id: UUID) -> Picture | None:
    """All of a batch's custody, to be kept in memory; None for a batch that has been divided too finely for that."""
    return way_store.picture(database, batch_id, MAX_PICTURE_ROWS)


def locate(database: Database, batch_id: UUID, start: int, stop: int) -> tuple[Span, bool]:
    """The span that holds unit `start`, and whether units up to `stop` are elsewhere or in another state.

    One index seek for units of one span. Raises NotKnown `batch.unknown` for a unit outside any batch.
    """
    spans = spans_over(database, batch_id, start, stop)
    span = next(spans)
    return span, any(not is_same_place(span, other) for other in spans)


def spans_over(database: Database, batch_id: UUID, start: int, stop: int) -> Iterator[Span]:
    """The spans that units `[start, stop)` lie in, in order. One index seek for units of one span.

    Raises NotKnown `batch.unknown` for a unit outside any batch.
    """
    span = way_store.span_at(database, batch_id, start)
    if span is None or span.stop <= start:
        raise NotKnown("batch.unknown", field="batch_id", batch=batch_id)
    yield span
    while span.stop < stop:
        following = way_store.spans_between(database, batch_id, span.start, stop, SPANS_AT_ONCE)
        if not following:
            return
        yield from following
        span = following[-1]


def way(database: Database, batch_id: UUID, position: int) -> list[Movement]:
    """The movements of one unit, oldest first, at most the latest MAX_WAY_STEPS; their intervals are left empty.

    One index seek a step, however many units, movements and spans the batch has.
    """
    return way_store.way(database, batch_id, position, limits.MAX_WAY_STEPS)


def holders(connection: Connection, batch_id: UUID) -> list[Stock]:
    """Trace forward: every present holder of a batch with its units, by site and state. One query."""
    return report_store.stock(connection, batch_id=batch_id)


def holders_of(connection: Connection, batch_ids: Iterable[UUID]) -> set[UUID]:
    """Who has units of any of these batches on sale. One query."""
    return report_store.holders_of(connection, batch_ids)


def presences(connection: Connection, batch_id: UUID, interval: Interval) -> list[Presence]:
    """Who answers for units `interval` of a batch now, in which state, and to whom they are on their way. One query."""
    return report_store.presences(connection, batch_id, interval)


def stock(connection: Connection, holder_id: UUID) -> list[Stock]:
    """Everything a party answers for, by batch, site and state. One query."""
    return report_store.stock(connection, holder_id=holder_id)


def supplies(connection: Connection, receiver_id: UUID, since: datetime, until: datetime) -> list[Supply]:
    """Trace back: what a party took in between two instants (the later exclusive), by supplier and batch. One query.

    Raises InvalidInput `period.reversed`.
    """
    if until <= since:
        raise InvalidInput("period.reversed", field="until")
    return report_store.supplies(connection, receiver_id, since, until)


def expiring(connection: Connection, holder_id: UUID, now: datetime, days: int) -> list[Expiring]:
    """Stock in a party's hands that expires within `days`, what is expired already included, the earliest first.

    Raises InvalidInput `expiring.days` outside 0 to MAX_SHELF_LIFE_DAYS.
    """
    if not 0 <= days <= limits.MAX_SHELF_LIFE_DAYS:
        raise InvalidInput("expiring.days", field="days", maximum=limits.MAX_SHELF_LIFE_DAYS)
    today = day_in_china(now)
    last = today + timedelta(days=days)
    in_hand = [
        each
        for each in report_store.stock(connection, holder_id=holder_id)
        if each.state in (CustodyState.HELD, CustodyState.DAMAGED)
    ]
    expiry = {
        batch.batch_id: batch.expires_on
        for batch in batches.list_batches_by_id(connection, {each.batch_id for each in in_hand})
    }
    units: dict[tuple[UUID, UUID | None], int] = {}
    for each in in_hand:
        key = (each.batch_id, each.site_id)
        units[key] = units.get(key, 0) + each.units
    found = [
        Expiring(batch_id, site_id, count, expiry[batch_id], (expiry[batch_id] - today).days)
        for (batch_id, site_id), count in units.items()
        if expiry[batch_id] <= last
    ]
    return sorted(found, key=lambda each: (each.expires_on, str(each.batch_id), str(each.site_id)))


def list_movements(
    connection: Connection, party_id: UUID, before: tuple[datetime, UUID] | None = None
) -> list[Movement]:
    """What a party did, the newest first, MAX_PAGE_ROWS at a time: those after `before` (when it was done, its id), the
    last one of the page before. Undone ones are among them, and so are the undos."""
    return report_store.movements_by(connection, party_id, before, limits.MAX_PAGE_ROWS)


def balances(connection: Connection, party_id: UUID, batch_ids: Iterable[UUID] | None = None) -> list[Balance]:
    """The mass balance of every batch a party ever answered for, or of `batch_ids`. Three queries."""
    wanted = None if batch_ids is None else set(batch_ids)
    in_hand = [
        each for each in report_store.stock(connection, holder_id=party_id) if wanted is None or each.batch_id in wanted
    ]
    flows = report_store.flows(connection, party_id, wanted)
    found = {batch_id: Balance(batch_id, party_id) for batch_id in {each.batch_id for each in (*in_hand, *flows)}}
    for batch in batches.list_batches_by_id(connection, found):
        if batch.maker_id == party_id:
            found[batch.batch_id] = replace(found[batch.batch_id], made=batch.size)
    for each in in_hand:
        found[each.batch_id] = _with(found[each.batch_id], _column_of(each.state), each.units)
    for flow in flows:
        column, sign = _flow_column(flow)
        found[flow.batch_id] = _with(found[flow.batch_id], column, sign * flow.units)
    return sorted(found.values(), key=lambda each: str(each.batch_id))


def _column_of(state: CustodyState) -> str:
    """Where a party's own units stand in its balance. What an authority has taken is its stock."""
    return "held" if state in (CustodyState.SAMPLED, CustodyState.SEIZED) else state.value


def _flow_column(flow: Flow) -> tuple[str, int]:
    if flow.kind in RECEIPTS:
        if not flow.is_outgoing:
            return "received", 1
        return ("returned" if flow.is_return else "passed_on"), 1
    if flow.kind is MovementKind.SAMPLE:
        return ("sampled" if flow.is_outgoing else "received"), 1
    if flow.kind is MovementKind.SEIZE:
        return ("seized" if flow.is_outgoing else "received"), 1
    if flow.kind is MovementKind.RELEASE:
        return ("received" if flow.is_outgoing else "seized"), -1
    raise ValueError(f"{flow.kind} moves nothing between parties")


def _with(balance: Balance, column: str, units: int) -> Balance:
    return replace(balance, **{column: getattr(balance, column) + units})
