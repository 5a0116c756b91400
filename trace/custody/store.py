"""Tables `span`, `movement`, `movement_interval`, and every query on them.

A batch's spans lie together in primary-key order, so that the span of a unit is one index seek: the last one that
starts at or before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Row,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from ..kernel.intervals import Interval
from ..store.columns import STRICT, Identifier, Instant, Whole, metadata
from ..store.database import Database, LostRace
from ..store.hot import HotQuery
from .model import CustodyState, Holding, Inbound, Movement, MovementKind, Picture, Span

span = Table(
    "span",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("start", Whole, primary_key=True, autoincrement=False),
    Column("stop", Whole, nullable=False),
    Column("holder_id", Identifier, ForeignKey("party.party_id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("receiver_id", Identifier, ForeignKey("party.party_id"), nullable=True, index=True),
    Column("transfer_id", Identifier, nullable=True),
    **STRICT,
)

movement = Table(
    "movement",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("movement_id", Identifier, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("transfer_id", Identifier, nullable=False),
    Column("from_id", Identifier, ForeignKey("party.party_id"), nullable=False),
    Column("to_id", Identifier, ForeignKey("party.party_id"), nullable=False),
    Column("occurred_at", Instant, nullable=False),
    **STRICT,
)

movement_interval = Table(
    "movement_interval",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("start", Whole, primary_key=True, autoincrement=False),
    Column("movement_id", Identifier, primary_key=True),
    Column("stop", Whole, nullable=False),
    ForeignKeyConstraint(["batch_id", "movement_id"], ["movement.batch_id", "movement.movement_id"]),
    **STRICT,
)


def add_span(connection: Connection, batch_id: UUID, new: Span) -> None:
    connection.execute(insert(span).values(_row(batch_id, new)))


def spans_around(connection: Connection, batch_id: UUID, interval: Interval) -> list[Span]:
    """The spans that overlap `interval` and the neighbours that touch it, in order."""
    first = (
        select(func.max(span.c.start))
        .where(span.c.batch_id == batch_id, span.c.start <= max(interval.start - 1, 0))
        .scalar_subquery()
    )
    rows = connection.execute(
        select(span)
        .where(span.c.batch_id == batch_id, span.c.start >= first, span.c.start <= interval.stop)
        .order_by(span.c.start)
    )
    return [_span(row) for row in rows]


def spans_of(connection: Connection, batch_id: UUID) -> list[Span]:
    """All spans of a batch, in order."""
    rows = connection.execute(select(span).where(span.c.batch_id == batch_id).order_by(span.c.start))
    return [_span(row) for row in rows]


def spans_in_transfer(connection: Connection, batch_id: UUID, transfer_id: UUID) -> list[Span]:
    rows = connection.execute(
        select(span).where(span.c.batch_id == batch_id, span.c.transfer_id == transfer_id).order_by(span.c.start)
    )
    return [_span(row) for row in rows]


def replace_spans(connection: Connection, batch_id: UUID, before: Sequence[Span], after: Sequence[Span]) -> None:
    """Writes `after` in place of `before`, touching only what differs. Raises LostRace where `before` is stale."""
    kept = set(before) & set(after)
    for old in before:
        if old not in kept:
            gone = connection.execute(
                delete(span).where(
                    span.c.batch_id == batch_id,
                    span.c.start == old.start,
                    span.c.stop == old.stop,
                    span.c.holder_id == old.holder_id,
                    span.c.state == old.state.value,
                )
            )
            if gone.rowcount != 1:
                raise LostRace
    fresh = [_row(batch_id, new) for new in after if new not in kept]
    if fresh:
        connection.execute(insert(span), fresh)


def add_movement(connection: Connection, new: Movement) -> None:
    connection.execute(
        insert(movement).values(
            batch_id=new.batch_id,
            movement_id=new.movement_id,
            kind=new.kind.value,
            transfer_id=new.transfer_id,
            from_id=new.from_id,
            to_id=new.to_id,
            occurred_at=new.occurred_at,
        )
    )
    connection.execute(
        insert(movement_interval),
        [
            {
                "batch_id": new.batch_id,
                "movement_id": new.movement_id,
                "start": interval.start,
                "stop": interval.stop,
            }
            for interval in new.intervals
        ],
    )


def find_shipment(connection: Connection, batch_id: UUID, transfer_id: UUID) -> Row[tuple[object, ...]] | None:
    return connection.execute(
        select(movement).where(
            movement.c.batch_id == batch_id,
            movement.c.movement_id == transfer_id,
            movement.c.kind == MovementKind.SHIP.value,
        )
    ).one_or_none()


def holdings(connection: Connection, holder_id: UUID) -> list[Holding]:
    """What a party holds, by batch: spans in its hands, not those it has shipped."""
    rows = connection.execute(
        select(span.c.batch_id, func.count().label("spans"), func.sum(span.c.stop - span.c.start).label("units"))
        .where(span.c.holder_id == holder_id, span.c.state == CustodyState.HELD.value)
        .group_by(span.c.batch_id)
        .order_by(span.c.batch_id)
    )
    return [Holding(row.batch_id, row.spans, int(row.units)) for row in rows]


def inbound(connection: Connection, receiver_id: UUID) -> list[Inbound]:
    """Shipments on their way to a party, the oldest first."""
    rows = connection.execute(
        select(span.c.batch_id, span.c.transfer_id, span.c.start, span.c.stop, span.c.holder_id, movement.c.occurred_at)
        .join(
            movement,
            (movement.c.batch_id == span.c.batch_id) & (movement.c.movement_id == span.c.transfer_id),
        )
        .where(span.c.receiver_id == receiver_id)
        .order_by(movement.c.occurred_at, span.c.batch_id, span.c.transfer_id, span.c.start)
    )
    grouped: dict[tuple[UUID, UUID], tuple[UUID, datetime, list[Interval]]] = {}
    for row in rows:
        entry = grouped.setdefault((row.batch_id, row.transfer_id), (row.holder_id, row.occurred_at, []))
        entry[2].append(Interval(row.start, row.stop))
    return [
        Inbound(batch_id, transfer_id, from_id, shipped_at, tuple(intervals))
        for (batch_id, transfer_id), (from_id, shipped_at, intervals) in grouped.items()
    ]


_at = HotQuery(
    select(span.c.start, span.c.stop, span.c.holder_id, span.c.state, span.c.receiver_id, span.c.transfer_id)
    .where(span.c.batch_id == bindparam("batch_id"), span.c.start <= bindparam("position"))
    .order_by(span.c.start.desc())
    .limit(1)
)

_way = HotQuery(
    select(movement.c.kind, movement.c.transfer_id, movement.c.from_id, movement.c.to_id, movement.c.occurred_at)
    .join(
        movement_interval,
        (movement_interval.c.batch_id == movement.c.batch_id)
        & (movement_interval.c.movement_id == movement.c.movement_id),
    )
    .where(
        movement_interval.c.batch_id == bindparam("batch_id"),
        movement_interval.c.start <= bindparam("position"),
        movement_interval.c.stop > bindparam("position"),
    )
    .order_by(movement.c.occurred_at, movement.c.movement_id)
    .limit(bindparam("most"))
)


_spans = HotQuery(
    select(span.c.start, span.c.stop, span.c.holder_id, span.c.state, span.c.receiver_id, span.c.transfer_id)
    .where(span.c.batch_id == bindparam("batch_id"))
    .order_by(span.c.start)
    .limit(bindparam("most"))
)

_movements = HotQuery(
    select(
        movement.c.movement_id,
        movement.c.kind,
        movement.c.transfer_id,
        movement.c.from_id,
        movement.c.to_id,
        movement.c.occurred_at,
        movement_interval.c.start,
        movement_interval.c.stop,
    )
    .join(
        movement_interval,
        (movement_interval.c.batch_id == movement.c.batch_id)
        & (movement_interval.c.movement_id == movement.c.movement_id),
    )
    .where(movement.c.batch_id == bindparam("batch_id"))
    .order_by(movement.c.occurred_at, movement.c.movement_id, movement_interval.c.start)
    .limit(bindparam("most"))
)


def picture(database: Database, batch_id: UUID, most: int) -> Picture | None:
    """All of a batch's spans and movements, or None where there are more than `most` of either."""
    spans = _spans.rows(database, batch_id=batch_id, most=most + 1)
    if len(spans) > most:
        return None
    rows = _movements.rows(database, batch_id=batch_id, most=most + 1)
    if len(rows) > most:
        return None
    intervals: dict[UUID, list[Interval]] = {}
    for row in rows:
        intervals.setdefault(row[0], []).append(Interval(row[6], row[7]))
    first = {row[0]: row for row in reversed(rows)}
    movements = tuple(
        Movement(
            batch_id=batch_id,
            movement_id=key,
            kind=MovementKind(first[key][1]),
            transfer_id=first[key][2],
            from_id=first[key][3],
            to_id=first[key][4],
            occurred_at=first[key][5],
            intervals=tuple(parts),
        )
        for key, parts in intervals.items()
    )
    return Picture.of(tuple(_hot_span(row) for row in spans), movements)


def span_at(database: Database, batch_id: UUID, position: int) -> Span | None:
    """The span that holds unit `position`. One index seek."""
    row = _at.one(database, batch_id=batch_id, position=position)
    return _hot_span(row) if row else None


def way(
    database: Database, batch_id: UUID, position: int, most: int
) -> Iterable[tuple[MovementKind, UUID, UUID, UUID, datetime]]:
    """Movements of one unit, oldest first: (kind, transfer, from, to, at)."""
    for row in _way.rows(database, batch_id=batch_id, position=position, most=most):
        yield MovementKind(row[0]), row[1], row[2], row[3], row[4]


def _hot_span(row: tuple[Any, ...]) -> Span:
    return Span(row[0], row[1], row[2], CustodyState(row[3]), row[4], row[5])


def _span(row: Row[tuple[object, ...]]) -> Span:
    return Span(row.start, row.stop, row.holder_id, CustodyState(row.state), row.receiver_id, row.transfer_id)


def _row(batch_id: UUID, new: Span) -> dict[str, object]:
    return {
        "batch_id": batch_id,
        "start": new.start,
        "stop": new.stop,
        "holder_id": new.holder_id,
        "state": new.state.value,
        "receiver_id": new.receiver_id,
        "transfer_id": new.transfer_id,
    }
