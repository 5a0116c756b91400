"""Queries that tell where a unit is and how it came there: read on the hot path, by scans."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import bindparam, select

from ..kernel.intervals import Interval
from ..store.database import Database
from ..store.hot import ONE, HotQuery
from .model import Movement, MovementKind, Picture, Span
from .store import OF_ITS_MOVEMENT, SPAN, movement, movement_interval, span, span_of

_at = HotQuery(
    select(*SPAN)
    .where(span.c.batch_id == bindparam("batch_id"), span.c.start <= bindparam("position"))
    .order_by(span.c.start.desc())
    .limit(ONE)
)

_between = HotQuery(
    select(*SPAN)
    .where(
        span.c.batch_id == bindparam("batch_id"),
        span.c.start > bindparam("position"),
        span.c.start < bindparam("stop"),
    )
    .order_by(span.c.start)
    .limit(bindparam("most"))
)

_step = HotQuery(
    select(
        movement.c.kind,
        movement.c.transfer_id,
        movement.c.from_id,
        movement.c.to_id,
        movement.c.occurred_at,
        movement.c.is_return,
        movement_interval.c.was_movement_id,
    )
    .join(movement_interval, OF_ITS_MOVEMENT)
    .where(
        movement_interval.c.batch_id == bindparam("batch_id"),
        movement_interval.c.movement_id == bindparam("movement_id"),
        movement_interval.c.start <= bindparam("position"),
    )
    .order_by(movement_interval.c.start.desc())
    .limit(ONE)
)

_spans = HotQuery(
    select(*SPAN).where(span.c.batch_id == bindparam("batch_id")).order_by(span.c.start).limit(bindparam("most"))
)

_movements = HotQuery(
    select(
        movement.c.movement_id,
        movement.c.kind,
        movement.c.transfer_id,
        movement.c.from_id,
        movement.c.to_id,
        movement.c.occurred_at,
        movement.c.is_return,
        movement_interval.c.start,
        movement_interval.c.stop,
    )
    .join(movement_interval, OF_ITS_MOVEMENT)
    .where(
        movement.c.batch_id == bindparam("batch_id"),
        movement.c.undone_by_id.is_(None),
        movement.c.undoes_id.is_(None),
    )
    .order_by(movement.c.sequence, movement.c.movement_id, movement_interval.c.start)
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
    found: dict[UUID, Movement] = {}
    for key, kind, transfer_id, from_id, to_id, occurred_at, is_return, start, stop in rows:
        known = found.get(key) or Movement(
            batch_id, key, MovementKind(kind), transfer_id, from_id, to_id, occurred_at, (), is_return=is_return
        )
        found[key] = replace(known, intervals=(*known.intervals, Interval(start, stop)))
    return Picture.of(tuple(span_of(row) for row in spans), tuple(found.values()))


def span_at(database: Database, batch_id: UUID, position: int) -> Span | None:
    """The span that holds unit `position`. One index seek."""
    row = _at.one(database, batch_id=batch_id, position=position)
    return span_of(row) if row else None


def spans_between(database: Database, batch_id: UUID, position: int, stop: int, most: int) -> list[Span]:
    """Spans that begin after `position` and before `stop`, at most `most`."""
    return [span_of(row) for row in _between.rows(database, batch_id=batch_id, position=position, stop=stop, most=most)]


def way(database: Database, batch_id: UUID, position: int, most: int) -> list[Movement]:
    """The movements of one unit, oldest first, at most the latest `most`; their intervals are left empty."""
    found: list[Movement] = []
    here = span_at(database, batch_id, position)
    movement_id = here.movement_id if here is not None and position < here.stop else None
    while movement_id is not None and len(found) < most:
        row = _step.one(database, batch_id=batch_id, movement_id=movement_id, position=position)
        if row is None:
            break
        kind, transfer_id, from_id, to_id, occurred_at, is_return, before_id = row
        found.append(
            Movement(
                batch_id,
                movement_id,
                MovementKind(kind),
                transfer_id,
                from_id,
                to_id,
                occurred_at,
                (),
                is_return=is_return,
            )
        )
        movement_id = before_id
    return found[::-1]
