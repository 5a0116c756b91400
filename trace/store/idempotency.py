"""Table `idempotency_key`: the first answer to a request, kept in the transaction of what the request did.

Across a crash holds: the act and its answer are both there, or neither is. Two requests with one key meet at the
primary key: the later one's transaction is rolled back, run again, and then finds the earlier one's answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Column, Connection, Index, Table, Text, delete, insert, select, tuple_

from .columns import STRICT, Identifier, Instant, Whole, metadata
from .database import UnitOfWork

KEPT_DAYS = 30
"""A handset that was out of reach for a fortnight, twice over. Nobody asks again after that."""

PURGED_AT_ONCE = 100
"""Expired answers go a hundred at a time: most writes delete nothing, and so meet no other's deletes."""

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("party_id", Identifier, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_digest", Text, nullable=False),
    Column("status", Whole, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_idempotency_key_created_at", "created_at"),
    **STRICT,
)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a request was answered. `request_digest` is a keyed SHA-256 in hex of all that makes two requests the
    same; `status` and `body` are the caller's own and are given back as they are."""

    request_digest: str
    status: int
    body: str


def find(connection: Connection, party_id: UUID, key: str) -> KeptAnswer | None:
    """The answer kept under a party's key, maybe to another request than the caller's, or None."""
    row = connection.execute(
        select(idempotency_key.c.request_digest, idempotency_key.c.status, idempotency_key.c.body).where(
            idempotency_key.c.party_id == party_id, idempotency_key.c.key == key
        )
    ).one_or_none()
    return None if row is None else KeptAnswer(row.request_digest, row.status, row.body)


def keep(work: UnitOfWork, party_id: UUID, key: str, answer: KeptAnswer) -> None:
    """Keeps an answer for at least KEPT_DAYS, and drops PURGED_AT_ONCE expired ones where there are that many."""
    work.connection.execute(
        insert(idempotency_key).values(
            party_id=party_id,
            key=key,
            request_digest=answer.request_digest,
            status=answer.status,
            body=answer.body,
            created_at=work.now,
        )
    )
    _purge(work)


def _purge(work: UnitOfWork) -> None:
    """Rows that another transaction is deleting at the moment are left to it."""
    columns = (idempotency_key.c.party_id, idempotency_key.c.key)
    expired = (
        select(*columns)
        .where(idempotency_key.c.created_at < work.now - timedelta(days=KEPT_DAYS))
        .order_by(idempotency_key.c.created_at)
        .limit(PURGED_AT_ONCE)
    )
    if len(work.connection.execute(expired).all()) < PURGED_AT_ONCE:
        return
    taken = [tuple(row) for row in work.connection.execute(expired.with_for_update(skip_locked=True))]
    work.connection.execute(delete(idempotency_key).where(tuple_(*columns).in_(taken)))
