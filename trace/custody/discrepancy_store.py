"""Tables `discrepancy`, `discrepancy_interval`, and every query on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Row,
    Table,
    Text,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from ..kernel.intervals import Interval
from ..store.columns import STRICT, Identifier, Instant, Whole, metadata
from ..store.database import LostRace
from ..store.hot import ONE, HotQuery
from .model import Discrepancy, DiscrepancyKind, Outcome

discrepancy = Table(
    "discrepancy",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("discrepancy_id", Identifier, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("transfer_id", Identifier, nullable=False),
    Column("movement_id", Identifier, nullable=False, index=True),
    Column("from_id", Identifier, ForeignKey("party.party_id"), nullable=False, index=True),
    Column("to_id", Identifier, ForeignKey("party.party_id"), nullable=False, index=True),
    Column("opened_at", Instant, nullable=False),
    Column("note", Text, nullable=False),
    Column("outcome", Text, nullable=True),
    Column("settled_at", Instant, nullable=True),
    Column("settled_by_id", Identifier, nullable=True),
    Column("settlement_note", Text, nullable=False),
    **STRICT,
)

discrepancy_interval = Table(
    "discrepancy_interval",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("discrepancy_id", Identifier, primary_key=True),
    Column("start", Whole, primary_key=True, autoincrement=False),
    Column("stop", Whole, nullable=False),
    ForeignKeyConstraint(["batch_id", "discrepancy_id"], ["discrepancy.batch_id", "discrepancy.discrepancy_id"]),
    **STRICT,
)


def add(connection: Connection, new: Discrepancy) -> None:
    connection.execute(
        insert(discrepancy).values(
            batch_id=new.batch_id,
            discrepancy_id=new.discrepancy_id,
            kind=new.kind.value,
            transfer_id=new.transfer_id,
            movement_id=new.movement_id,
            from_id=new.from_id,
            to_id=new.to_id,
            opened_at=new.opened_at,
            note=new.note,
            settlement_note="",
        )
    )
    connection.execute(
        insert(discrepancy_interval),
        [
            {
                "batch_id": new.batch_id,
                "discrepancy_id": new.discrepancy_id,
                "start": interval.start,
                "stop": interval.stop,
            }
            for interval in new.intervals
        ],
    )


def settle(
    connection: Connection, which: Discrepancy, outcome: Outcome, at: datetime, by_id: UUID | None, note: str
) -> None:
    """Raises LostRace where it was settled meanwhile."""
    done = connection.execute(
        update(discrepancy)
        .where(
            discrepancy.c.batch_id == which.batch_id,
            discrepancy.c.discrepancy_id == which.discrepancy_id,
            discrepancy.c.settled_at.is_(None),
        )
        .values(outcome=outcome.value, settled_at=at, settled_by_id=by_id, settlement_note=note)
    )
    if done.rowcount != 1:
        raise LostRace


def find(connection: Connection, batch_id: UUID, discrepancy_id: UUID) -> Discrepancy | None:
    found = _read(connection, discrepancy.c.batch_id == batch_id, discrepancy.c.discrepancy_id == discrepancy_id)
    return found[0] if found else None


_any_of_transfer = HotQuery(
    select(discrepancy.c.discrepancy_id)
    .where(discrepancy.c.batch_id == bindparam("batch_id"), discrepancy.c.transfer_id == bindparam("transfer_id"))
    .limit(ONE)
)


def of_transfer(connection: Connection, batch_id: UUID, transfer_id: UUID) -> list[Discrepancy]:
    """Every receipt asks for them, and there are hardly ever any: so first whether there are."""
    if not _any_of_transfer.rows_in(connection, batch_id=batch_id, transfer_id=transfer_id):
        return []
    return _read(connection, discrepancy.c.batch_id == batch_id, discrepancy.c.transfer_id == transfer_id)


def of_movement(connection: Connection, movement_id: UUID) -> list[Discrepancy]:
    """Those that a receipt opened, in whatever batch: a surplus may be of another than what was announced."""
    return _read(connection, discrepancy.c.movement_id == movement_id)


def of_party(connection: Connection, party_id: UUID, *, is_open: bool, most: int) -> list[Discrepancy]:
    """Those a party is sender or receiver of, the newest first."""
    state = discrepancy.c.settled_at.is_(None) if is_open else discrepancy.c.settled_at.is_not(None)
    return _read(connection, or_(discrepancy.c.from_id == party_id, discrepancy.c.to_id == party_id), state, most=most)


def _read(connection: Connection, *conditions: ColumnElement[bool], most: int | None = None) -> list[Discrepancy]:
    wanted = (
        select(discrepancy)
        .where(*conditions)
        .order_by(discrepancy.c.opened_at.desc(), discrepancy.c.discrepancy_id.desc())
        .limit(most)
        .subquery()
    )
    rows = connection.execute(
        select(wanted, discrepancy_interval.c.start, discrepancy_interval.c.stop)
        .join(
            discrepancy_interval,
            (discrepancy_interval.c.batch_id == wanted.c.batch_id)
            & (discrepancy_interval.c.discrepancy_id == wanted.c.discrepancy_id),
        )
        .order_by(wanted.c.opened_at.desc(), wanted.c.discrepancy_id.desc(), discrepancy_interval.c.start)
    )
    found: dict[UUID, tuple[Row[Any], list[Interval]]] = {}
    for row in rows:
        found.setdefault(row.discrepancy_id, (row, []))[1].append(Interval(row.start, row.stop))
    return [_discrepancy(row, tuple(intervals)) for row, intervals in found.values()]


def _discrepancy(row: Row[Any], intervals: tuple[Interval, ...]) -> Discrepancy:
    return Discrepancy(
        batch_id=row.batch_id,
        discrepancy_id=row.discrepancy_id,
        kind=DiscrepancyKind(row.kind),
        transfer_id=row.transfer_id,
        movement_id=row.movement_id,
        from_id=row.from_id,
        to_id=row.to_id,
        opened_at=row.opened_at,
        note=row.note,
        intervals=intervals,
        outcome=Outcome(row.outcome) if row.outcome else None,
        settled_at=row.settled_at,
        settled_by_id=row.settled_by_id,
        settlement_note=row.settlement_note,
    )
