"""Tables `span`, `movement`, `movement_interval`, `sale`, and the queries that act and answer on them.

A batch's spans lie together in primary-key order, so that the span of a unit is one index seek: the last one that
starts at or before it. Each interval of a movement keeps what the units were before, the movement that had made them so
included: from any span the way of its units can be walked back, one seek a step, however finely the batch is divided.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Row,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from ..kernel.intervals import Interval, united
from ..store.columns import STRICT, Flag, Identifier, Instant, Whole, metadata
from ..store.database import LostRace
from ..store.hot import HotInsert, HotQuery, HotWrite
from .model import CustodyState, Movement, MovementKind, Sale, Span

span = Table(
    "span",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("start", Whole, primary_key=True, autoincrement=False),
    Column("stop", Whole, nullable=False),
    Column("holder_id", Identifier, ForeignKey("party.party_id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("receiver_id", Identifier, ForeignKey("party.party_id"), nullable=True),
    Column("transfer_id", Identifier, nullable=True),
    Column("site_id", Identifier, nullable=True),
    Column("movement_id", Identifier, nullable=True),
    **STRICT,
)

for _column in (span.c.receiver_id, span.c.transfer_id):
    # Only of what is on its way: a small part, and the only one that is looked up so.
    Index(None, _column, sqlite_where=_column.is_not(None), postgresql_where=_column.is_not(None))

movement = Table(
    "movement",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("movement_id", Identifier, primary_key=True),
    Column("sequence", Whole, nullable=False),
    Column("kind", Text, nullable=False),
    Column("transfer_id", Identifier, nullable=False),
    Column("is_return", Flag, nullable=False),
    Column("from_id", Identifier, ForeignKey("party.party_id"), nullable=False),
    Column("to_id", Identifier, ForeignKey("party.party_id"), nullable=False),
    Column("party_id", Identifier, ForeignKey("party.party_id"), nullable=False),
    Column("site_id", Identifier, nullable=True),
    Column("reason", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("undoes_id", Identifier, nullable=True),
    Column("undone_by_id", Identifier, nullable=True),
    Index("ix_movement_from", "from_id", "occurred_at"),
    Index("ix_movement_to", "to_id", "occurred_at"),
    **STRICT,
)

movement_interval = Table(
    "movement_interval",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("movement_id", Identifier, primary_key=True),
    Column("start", Whole, primary_key=True, autoincrement=False),
    Column("stop", Whole, nullable=False),
    Column("was_holder_id", Identifier, nullable=False),
    Column("was_state", Text, nullable=False),
    Column("was_receiver_id", Identifier, nullable=True),
    Column("was_transfer_id", Identifier, nullable=True),
    Column("was_site_id", Identifier, nullable=True),
    Column("was_movement_id", Identifier, nullable=True),
    ForeignKeyConstraint(["batch_id", "movement_id"], ["movement.batch_id", "movement.movement_id"]),
    **STRICT,
)

sale = Table(
    "sale",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("movement_id", Identifier, primary_key=True),
    Column("buyer_name", Text, nullable=False),
    Column("buyer_telephone", Text, nullable=False),
    Column("intended_use", Text, nullable=False),
    Column("identity_hash", Text, nullable=False),
    Column("identity_last_four", Text, nullable=False),
    ForeignKeyConstraint(["batch_id", "movement_id"], ["movement.batch_id", "movement.movement_id"]),
    **STRICT,
)

SPAN = (
    span.c.start,
    span.c.stop,
    span.c.holder_id,
    span.c.state,
    span.c.receiver_id,
    span.c.transfer_id,
    span.c.site_id,
    span.c.movement_id,
)
_BEFORE = (
    movement_interval.c.start,
    movement_interval.c.stop,
    movement_interval.c.was_holder_id,
    movement_interval.c.was_state,
    movement_interval.c.was_receiver_id,
    movement_interval.c.was_transfer_id,
    movement_interval.c.was_site_id,
    movement_interval.c.was_movement_id,
)
OF_ITS_MOVEMENT = (movement_interval.c.batch_id == movement.c.batch_id) & (
    movement_interval.c.movement_id == movement.c.movement_id
)


_add_span = HotInsert(span)
_add_movement = HotInsert(movement)
_add_interval = HotInsert(movement_interval)

_change_span = HotWrite(
    update(span)
    .where(span.c.batch_id == bindparam("key"), span.c.start == bindparam("position"))
    .values(
        stop=bindparam("new_stop"),
        holder_id=bindparam("new_holder_id"),
        state=bindparam("new_state"),
        receiver_id=bindparam("new_receiver_id"),
        transfer_id=bindparam("new_transfer_id"),
        site_id=bindparam("new_site_id"),
        movement_id=bindparam("new_movement_id"),
    )
)

_remove_span = HotWrite(delete(span).where(span.c.batch_id == bindparam("key"), span.c.start == bindparam("position")))

_around = HotQuery(
    select(*SPAN)
    .where(
        span.c.batch_id == bindparam("batch_id"),
        span.c.start
        >= select(func.max(span.c.start))
        .where(span.c.batch_id == bindparam("batch_id"), span.c.start <= bindparam("before"))
        .scalar_subquery(),
        span.c.start <= bindparam("stop"),
    )
    .order_by(span.c.start)
)

_in_transfer = HotQuery(
    select(*SPAN)
    .where(span.c.batch_id == bindparam("batch_id"), span.c.transfer_id == bindparam("transfer_id"))
    .order_by(span.c.start)
)

_is_return = HotQuery(
    select(movement.c.is_return).where(
        movement.c.batch_id == bindparam("batch_id"), movement.c.movement_id == bindparam("movement_id")
    )
)


def add_spans(connection: Connection, batch_id: UUID, new: Iterable[Span]) -> None:
    _add_span.run(connection, [_row(batch_id, each) for each in new])


def spans_around(connection: Connection, batch_id: UUID, intervals: Sequence[Interval]) -> list[Span]:
    """The spans that overlap any of `intervals` and the neighbours that touch them, each once, in order."""
    found: dict[int, Span] = {}
    for interval in intervals:
        before = max(interval.start - 1, 0)
        for row in _around.rows_in(connection, batch_id=batch_id, before=before, stop=interval.stop):
            found[row[0]] = span_of(row)
    return [found[start] for start in sorted(found)]


def spans_of(connection: Connection, batch_id: UUID) -> list[Span]:
    """All spans of a batch, in order."""
    rows = connection.execute(select(*SPAN).where(span.c.batch_id == batch_id).order_by(span.c.start))
    return [span_of(row) for row in rows]


def spans_in_transfer(connection: Connection, batch_id: UUID, transfer_id: UUID) -> list[Span]:
    """What of a shipment is still on its way, in order."""
    return [span_of(row) for row in _in_transfer.rows_in(connection, batch_id=batch_id, transfer_id=transfer_id)]


def replace_spans(connection: Connection, batch_id: UUID, before: Sequence[Span], after: Sequence[Span]) -> None:
    """Writes `after` in place of `before`, touching only what differs. Raises LostRace where `before` is stale."""
    old = {each.start: each for each in before}
    fresh: list[Span] = []
    for new in after:
        known = old.pop(new.start, None)
        if known is None:
            fresh.append(new)
        elif known != new:
            _change(connection, batch_id, new)
    for start in old:
        _remove_span.run_one(connection, key=batch_id, position=start)
    if fresh:
        add_spans(connection, batch_id, fresh)


def _change(connection: Connection, batch_id: UUID, new: Span) -> None:
    """The span that begins where `new` does becomes it. Raises LostRace where there is none."""
    _change_span.run_one(
        connection,
        key=batch_id,
        position=new.start,
        new_stop=new.stop,
        new_holder_id=new.holder_id,
        new_state=new.state.value,
        new_receiver_id=new.receiver_id,
        new_transfer_id=new.transfer_id,
        new_site_id=new.site_id,
        new_movement_id=new.movement_id,
    )


def add_movement(connection: Connection, new: Movement, before: Sequence[Span]) -> None:
    """Writes a movement. `before`: the spans it found, cut to its intervals, in order."""
    _add_movement.run(
        connection,
        [
            (
                new.batch_id,
                new.movement_id,
                new.sequence,
                new.kind.value,
                new.transfer_id,
                new.is_return,
                new.from_id,
                new.to_id,
                new.party_id,
                new.site_id,
                new.reason,
                new.occurred_at,
                new.recorded_at,
                new.undoes_id,
                None,
            )
        ],
    )
    _add_interval.run(
        connection,
        [
            (
                new.batch_id,
                new.movement_id,
                each.start,
                each.stop,
                each.holder_id,
                each.state.value,
                each.receiver_id,
                each.transfer_id,
                each.site_id,
                each.movement_id,
            )
            for each in before
        ],
    )


def mark_undone(connection: Connection, batch_id: UUID, movement_id: UUID, undone_by_id: UUID) -> None:
    """Raises LostRace where it was undone meanwhile."""
    marked = connection.execute(
        update(movement)
        .where(
            movement.c.batch_id == batch_id,
            movement.c.movement_id == movement_id,
            movement.c.undone_by_id.is_(None),
        )
        .values(undone_by_id=undone_by_id)
    )
    if marked.rowcount != 1:
        raise LostRace


def find_movement(connection: Connection, batch_id: UUID, movement_id: UUID) -> Movement | None:
    row = connection.execute(
        select(movement).where(movement.c.batch_id == batch_id, movement.c.movement_id == movement_id)
    ).one_or_none()
    if row is None:
        return None
    return movement_of(row, united(each.interval for each in before_of(connection, batch_id, movement_id)))


def is_return(connection: Connection, batch_id: UUID, transfer_id: UUID) -> bool:
    """Whether a shipment is a return."""
    row = _is_return.one_in(connection, batch_id=batch_id, movement_id=transfer_id)
    return row is not None and row[0]


def before_of(connection: Connection, batch_id: UUID, movement_id: UUID) -> list[Span]:
    """The spans that a movement found, cut to its intervals, in order."""
    rows = connection.execute(
        select(*_BEFORE)
        .where(movement_interval.c.batch_id == batch_id, movement_interval.c.movement_id == movement_id)
        .order_by(movement_interval.c.start)
    )
    return [span_of(row) for row in rows]


def movements_of(connection: Connection, batch_id: UUID) -> list[tuple[Movement, list[Span]]]:
    """All movements of a batch as they were recorded, each with what it found."""
    rows = connection.execute(
        select(movement, *_BEFORE)
        .join(movement_interval, OF_ITS_MOVEMENT)
        .where(movement.c.batch_id == batch_id)
        .order_by(movement.c.sequence, movement_interval.c.start)
    )
    found: dict[UUID, tuple[Row[Any], list[Span]]] = {}
    for row in rows:
        found.setdefault(row.movement_id, (row, []))[1].append(span_of(row[-len(_BEFORE) :]))
    return [(movement_of(row, united(each.interval for each in before)), before) for row, before in found.values()]


def add_sale(connection: Connection, batch_id: UUID, movement_id: UUID, new: Sale) -> None:
    connection.execute(
        insert(sale).values(
            batch_id=batch_id,
            movement_id=movement_id,
            buyer_name=new.buyer_name,
            buyer_telephone=new.buyer_telephone,
            intended_use=new.intended_use,
            identity_hash=new.identity_hash,
            identity_last_four=new.identity_last_four,
        )
    )


def span_of(row: Sequence[Any]) -> Span:
    start, stop, holder_id, state, receiver_id, transfer_id, site_id, movement_id = row
    return Span(start, stop, holder_id, CustodyState(state), receiver_id, transfer_id, site_id, movement_id)


def movement_of(row: Row[Any], intervals: tuple[Interval, ...]) -> Movement:
    """The movement of a row of its table."""
    return Movement(
        batch_id=row.batch_id,
        movement_id=row.movement_id,
        kind=MovementKind(row.kind),
        transfer_id=row.transfer_id,
        from_id=row.from_id,
        to_id=row.to_id,
        occurred_at=row.occurred_at,
        intervals=intervals,
        sequence=row.sequence,
        party_id=row.party_id,
        site_id=row.site_id,
        is_return=row.is_return,
        reason=row.reason,
        recorded_at=row.recorded_at,
        undoes_id=row.undoes_id,
        undone_by_id=row.undone_by_id,
    )


def _row(batch_id: UUID, new: Span) -> tuple[object, ...]:
    """In the order of the table's columns."""
    return (
        batch_id,
        new.start,
        new.stop,
        new.holder_id,
        new.state.value,
        new.receiver_id,
        new.transfer_id,
        new.site_id,
        new.movement_id,
    )
