"""Queries for what parties and authorities want to know of many batches at once: stock, arrivals, balances, traces.

Each is one statement, whatever the quantity: it reads the rows of the party or batch asked for, and no unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, and_, case, func, or_, select, union

from ..kernel.intervals import Interval, united
from .model import HANDOVERS, RECEIPTS, CustodyState, Holding, Inbound, Movement, MovementKind, Sale, Stock
from .store import movement, movement_interval, movement_of, sale, span

_UNITS = span.c.stop - span.c.start
_MOVED = movement_interval.c.stop - movement_interval.c.start
_OF_ITS_MOVEMENT = and_(
    movement_interval.c.batch_id == movement.c.batch_id, movement_interval.c.movement_id == movement.c.movement_id
)
_IN_FORCE = and_(movement.c.undone_by_id.is_(None), movement.c.undoes_id.is_(None))


class Flow(NamedTuple):
    """Units of one batch that movements of one kind took into a party's hands or out of them."""

    batch_id: UUID
    kind: MovementKind
    is_return: bool
    is_outgoing: bool
    units: int


class Supply(NamedTuple):
    """What one supplier brought of one batch, by receipts in a period."""

    supplier_id: UUID
    batch_id: UUID
    receipts: int
    units: int
    last_at: datetime


def holdings(connection: Connection, holder_id: UUID) -> list[Holding]:
    """What a party has in its hands, by batch: not what it has shipped or sold."""
    rows = connection.execute(
        select(span.c.batch_id, func.count().label("spans"), func.sum(_UNITS).label("units"))
        .where(
            span.c.holder_id == holder_id,
            span.c.state.in_((CustodyState.HELD.value, CustodyState.DAMAGED.value)),
        )
        .group_by(span.c.batch_id)
        .order_by(span.c.batch_id)
    )
    return [Holding(row.batch_id, row.spans, int(row.units)) for row in rows]


def stock(connection: Connection, *, holder_id: UUID | None = None, batch_id: UUID | None = None) -> list[Stock]:
    """Units by batch, holder, site and state: of one holder, or of one batch."""
    wanted = [
        *([span.c.holder_id == holder_id] if holder_id is not None else []),
        *([span.c.batch_id == batch_id] if batch_id is not None else []),
    ]
    keys = (span.c.batch_id, span.c.holder_id, span.c.site_id, span.c.state)
    rows = connection.execute(
        select(*keys, func.sum(_UNITS).label("units")).where(*wanted).group_by(*keys).order_by(*keys)
    )
    return [Stock(row.batch_id, row.holder_id, row.site_id, CustodyState(row.state), int(row.units)) for row in rows]


def holders_of(connection: Connection, batch_ids: Iterable[UUID]) -> set[UUID]:
    """Who has units of any of these batches on sale."""
    rows = connection.execute(
        select(span.c.holder_id)
        .where(span.c.batch_id.in_(list(batch_ids)), span.c.state == CustodyState.HELD.value)
        .distinct()
    )
    return {row.holder_id for row in rows}


def inbound(connection: Connection, receiver_id: UUID) -> list[Inbound]:
    """Shipments on their way to a party, the oldest first."""
    rows = connection.execute(
        select(
            span.c.batch_id,
            span.c.transfer_id,
            span.c.start,
            span.c.stop,
            span.c.holder_id,
            movement.c.occurred_at,
            movement.c.is_return,
        )
        .join(
            movement,
            (movement.c.batch_id == span.c.batch_id) & (movement.c.movement_id == span.c.transfer_id),
        )
        .where(span.c.receiver_id == receiver_id)
        .order_by(movement.c.occurred_at, span.c.batch_id, span.c.transfer_id, span.c.start)
    )
    found: dict[tuple[UUID, UUID], Inbound] = {}
    intervals: dict[tuple[UUID, UUID], list[Interval]] = {}
    for row in rows:
        key = (row.batch_id, row.transfer_id)
        intervals.setdefault(key, []).append(Interval(row.start, row.stop))
        found[key] = Inbound(
            row.batch_id,
            row.transfer_id,
            row.holder_id,
            row.occurred_at,
            tuple(intervals[key]),
            row.is_return,
        )
    return list(found.values())


def flows(connection: Connection, party_id: UUID, batch_ids: Iterable[UUID] | None = None) -> list[Flow]:
    """Units that movements in force took into a party's hands or out of them, by batch and kind."""
    is_outgoing = case((movement.c.from_id == party_id, 1), else_=0).label("is_outgoing")
    keys = (movement.c.batch_id, movement.c.kind, movement.c.is_return, is_outgoing)
    wanted = [
        _IN_FORCE,
        movement.c.kind.in_([kind.value for kind in HANDOVERS]),
        or_(movement.c.from_id == party_id, movement.c.to_id == party_id),
        movement.c.from_id != movement.c.to_id,  # who makes and inspects may sample its own
        *([movement.c.batch_id.in_(list(batch_ids))] if batch_ids is not None else []),
    ]
    rows = connection.execute(
        select(*keys, func.sum(_MOVED).label("units"))
        .join(movement_interval, _OF_ITS_MOVEMENT)
        .where(*wanted)
        .group_by(*keys)
    )
    return [
        Flow(row.batch_id, MovementKind(row.kind), row.is_return, bool(row.is_outgoing), int(row.units)) for row in rows
    ]


def supplies(connection: Connection, receiver_id: UUID, since: datetime, until: datetime) -> list[Supply]:
    """What a party took in from suppliers between two instants (the later one exclusive), by supplier and batch."""
    keys = (movement.c.from_id, movement.c.batch_id)
    rows = connection.execute(
        select(
            *keys,
            func.count(func.distinct(movement.c.movement_id)).label("receipts"),
            func.sum(_MOVED).label("units"),
            func.max(movement.c.occurred_at).label("last_at"),
        )
        .join(movement_interval, _OF_ITS_MOVEMENT)
        .where(
            _IN_FORCE,
            movement.c.to_id == receiver_id,
            movement.c.kind.in_([kind.value for kind in RECEIPTS]),
            movement.c.is_return == False,  # noqa: E712  # SQL: `is_` would ask PostgreSQL for a literal
            movement.c.occurred_at >= since,
            movement.c.occurred_at < until,
        )
        .group_by(*keys)
        .order_by(*keys)
    )
    return [Supply(row.from_id, row.batch_id, row.receipts, int(row.units), row.last_at) for row in rows]


class Presence(NamedTuple):
    """Units of a batch that one party answers for in one state. `receiver_id`: to whom they are on their way."""

    holder_id: UUID
    state: CustodyState
    receiver_id: UUID | None
    units: int


def presences(connection: Connection, batch_id: UUID, interval: Interval) -> list[Presence]:
    """Who answers for units `interval` of a batch, by state and receiver. One statement, however many parties."""
    start = case((span.c.start < interval.start, interval.start), else_=span.c.start)
    stop = case((span.c.stop > interval.stop, interval.stop), else_=span.c.stop)
    keys = (span.c.holder_id, span.c.state, span.c.receiver_id)
    rows = connection.execute(
        select(*keys, func.sum(stop - start).label("units"))
        .where(span.c.batch_id == batch_id, span.c.start < interval.stop, span.c.stop > interval.start)
        .group_by(*keys)
        .order_by(*keys)
    )
    return [Presence(row.holder_id, CustodyState(row.state), row.receiver_id, int(row.units)) for row in rows]


class LedgerMovement(NamedTuple):
    """One movement as a line of a ledger. `of_kind`: its kind; of an undo, that of the movement it takes back."""

    batch_id: UUID
    movement_id: UUID
    sale_id: UUID
    of_kind: MovementKind
    is_undo: bool
    is_return: bool
    from_id: UUID
    to_id: UUID
    occurred_at: datetime
    reason: str
    units: int


def ledger_movements(
    connection: Connection, party_id: UUID, since: datetime, until: datetime, most: int
) -> list[LedgerMovement]:
    """Movements a party had a part in between two instants (the later exclusive), undone ones and undos included, in
    the order in which they happened; at most `most`."""
    undone, shipment = movement.alias("undone"), movement.alias("shipment")
    # What settles a shortage stays with the sender; whom it is settled with, the shipment knows.
    to_id = case((movement.c.from_id == movement.c.to_id, shipment.c.to_id), else_=movement.c.to_id)
    rows = connection.execute(
        select(
            movement.c.batch_id,
            movement.c.movement_id,
            movement.c.undoes_id,
            func.coalesce(undone.c.kind, movement.c.kind).label("of_kind"),
            movement.c.is_return,
            func.coalesce(undone.c.from_id, movement.c.from_id).label("from_id"),
            func.coalesce(undone.c.to_id, to_id).label("to_id"),
            movement.c.occurred_at,
            movement.c.reason,
            _units_moved.label("units"),
        )
        .select_from(
            movement.outerjoin(
                undone, and_(undone.c.batch_id == movement.c.batch_id, undone.c.movement_id == movement.c.undoes_id)
            ).outerjoin(
                shipment,
                and_(shipment.c.batch_id == movement.c.batch_id, shipment.c.movement_id == movement.c.transfer_id),
            )
        )
        .where(
            or_(movement.c.from_id == party_id, movement.c.to_id == party_id),
            movement.c.occurred_at >= since,
            movement.c.occurred_at < until,
        )
        .order_by(movement.c.occurred_at, movement.c.batch_id, movement.c.sequence)
        .limit(most)
    )
    return [
        LedgerMovement(
            row.batch_id,
            row.movement_id,
            row.undoes_id or row.movement_id,
            MovementKind(row.of_kind),
            row.undoes_id is not None,
            row.is_return,
            row.from_id,
            row.to_id,
            row.occurred_at,
            row.reason,
            int(row.units),
        )
        for row in rows
    ]


_units_moved = select(func.sum(_MOVED)).where(_OF_ITS_MOVEMENT).correlate(movement).scalar_subquery()


def sales(connection: Connection, party_id: UUID, since: datetime, until: datetime) -> dict[tuple[UUID, UUID], Sale]:
    """What was kept of a party's sales to users, by (batch, movement): of those made, undone or taken back between two
    instants."""
    undo = movement.alias("undo")
    rows = connection.execute(
        select(sale)
        .join(movement, and_(movement.c.batch_id == sale.c.batch_id, movement.c.movement_id == sale.c.movement_id))
        .outerjoin(undo, and_(undo.c.batch_id == movement.c.batch_id, undo.c.movement_id == movement.c.undone_by_id))
        .where(
            movement.c.from_id == party_id,
            or_(
                and_(movement.c.occurred_at >= since, movement.c.occurred_at < until),
                and_(undo.c.occurred_at >= since, undo.c.occurred_at < until),
            ),
        )
    )
    return {
        (row.batch_id, row.movement_id): Sale(
            row.buyer_name, row.buyer_telephone, row.intended_use, row.identity_hash, row.identity_last_four
        )
        for row in rows
    }


def movements_by(
    connection: Connection, party_id: UUID, before: tuple[datetime, UUID] | None, most: int
) -> list[Movement]:
    """What a party did, the newest first, at most `most`: those that come after the movement `before` (when it was
    done, its id) in that order. Whoever acts is at one end, so each end is read along its index, as far as needed."""
    reached = []
    if before is not None:
        at, movement_id = before
        earlier = or_(movement.c.occurred_at < at, movement.c.movement_id < movement_id)
        reached = [movement.c.occurred_at <= at, earlier]
    newest_first = (movement.c.occurred_at.desc(), movement.c.movement_id.desc())
    ends = [
        select(movement)
        .where(end == party_id, movement.c.party_id == party_id, *reached)
        .order_by(*newest_first)
        .limit(most)
        for end in (movement.c.from_id, movement.c.to_id)
    ]
    both = union(*(select(end.subquery()) for end in ends)).subquery()
    page = select(both).order_by(both.c.occurred_at.desc(), both.c.movement_id.desc()).limit(most).subquery()
    rows = connection.execute(
        select(page, movement_interval.c.start, movement_interval.c.stop)
        .join(
            movement_interval,
            and_(
                movement_interval.c.batch_id == page.c.batch_id, movement_interval.c.movement_id == page.c.movement_id
            ),
        )
        .order_by(page.c.occurred_at.desc(), page.c.movement_id.desc(), movement_interval.c.start)
    )
    found: dict[UUID, tuple[Row[Any], list[Interval]]] = {}
    for row in rows:
        found.setdefault(row.movement_id, (row, []))[1].append(Interval(row.start, row.stop))
    return [movement_of(row, united(intervals)) for row, intervals in found.values()]
