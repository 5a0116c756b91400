"""Tables `event` and `event_head`. Events are inserted and read; nothing here updates or deletes one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, ScalarSelect, Table, Text, bindparam, select, update

from ..store.columns import STRICT, Identifier, Instant, Whole, metadata
from ..store.hot import HotInsert, HotQuery, HotWrite
from .model import GENESIS, Event, Subject

EVENTS_AT_ONCE = 1_000
"""Of the whole log, read in one go: a megabyte or two."""

event = Table(
    "event",
    metadata,
    Column("subject_id", Identifier, primary_key=True),
    Column("sequence", Whole, primary_key=True, autoincrement=False),
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("actor_id", Identifier, nullable=True),
    Column("payload", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    **STRICT,
)

event_head = Table(
    "event_head",
    metadata,
    Column("subject_id", Identifier, primary_key=True),
    Column("sequence", Whole, nullable=False),
    Column("hash", Text, nullable=False),
    **STRICT,
)


_head = HotQuery(select(event_head.c.sequence, event_head.c.hash).where(event_head.c.subject_id == bindparam("key")))

_move_head = HotWrite(
    update(event_head)
    .where(event_head.c.subject_id == bindparam("key"), event_head.c.sequence == bindparam("earlier"))
    .values(sequence=bindparam("later"), hash=bindparam("later_hash"))
)

_begin_head = HotInsert(event_head)
_add_event = HotInsert(event)


def head(connection: Connection, subject_id: UUID) -> tuple[int, str]:
    """Sequence and hash of the newest event; (0, GENESIS) before the first."""
    row = _head.one_in(connection, key=subject_id)
    return (row[0], row[1]) if row else (0, GENESIS)


def sequence_of(subject_id: ColumnElement[UUID]) -> ScalarSelect[int]:
    """The newest event's number of a subject, as a column for another noun's query; NULL before the first."""
    found = select(event_head.c.sequence).where(event_head.c.subject_id == subject_id)
    return found.correlate_except(event_head).scalar_subquery()


def append(connection: Connection, new: Event) -> None:
    """Moves the head from the event's predecessor to the event, by compare-and-swap. Raises LostRace."""
    if new.sequence == 1:
        _begin_head.run(connection, [(new.subject_id, new.sequence, new.hash)])
    else:
        earlier = new.sequence - 1
        _move_head.run_one(connection, key=new.subject_id, earlier=earlier, later=new.sequence, later_hash=new.hash)
    _add_event.run(
        connection,
        [
            (
                new.subject_id,
                new.sequence,
                new.subject.value,
                new.kind,
                new.occurred_at,
                new.actor_id,
                new.payload,
                new.previous_hash,
                new.hash,
            )
        ],
    )


def events(connection: Connection, subject_id: UUID) -> Iterator[Event]:
    """A chain's events in order."""
    for row in connection.execute(select(event).where(event.c.subject_id == subject_id).order_by(event.c.sequence)):
        yield _event(row)


def all_events(connection: Connection) -> Iterator[Event]:
    """Every event, chain by chain, each chain in order; read as they are asked for."""
    statement = select(event).order_by(event.c.subject_id, event.c.sequence)
    for row in connection.execute(statement, execution_options={"yield_per": EVENTS_AT_ONCE}):
        yield _event(row)


def heads(connection: Connection) -> list[tuple[UUID, int, str]]:
    """All chain heads, ordered by subject."""
    rows = connection.execute(select(event_head).order_by(event_head.c.subject_id))
    return [(row.subject_id, row.sequence, row.hash) for row in rows]


def orphans(connection: Connection) -> list[UUID]:
    """Subjects that have events but no head."""
    rows = connection.execute(
        select(event.c.subject_id).where(event.c.subject_id.not_in(select(event_head.c.subject_id))).distinct()
    )
    return [row.subject_id for row in rows]


def _event(row: Sequence[Any]) -> Event:
    return Event(row[0], row[1], Subject(row[2]), *row[3:])
