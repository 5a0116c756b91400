"""Table `notice`, and every query on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, ForeignKey, Index, Row, Table, Text, func, insert, or_, select, update

from ..store.columns import STRICT, Identifier, Instant, metadata
from .model import Notice, NoticeKind

notice = Table(
    "notice",
    metadata,
    Column("party_id", Identifier, ForeignKey("party.party_id"), primary_key=True),
    Column("notice_id", Identifier, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("batch_id", Identifier, nullable=True),
    Column("sample_id", Identifier, nullable=True),
    Column("facts", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("read_at", Instant, nullable=True),
    Index("ix_notice_newest", "party_id", "created_at", "notice_id"),
    **STRICT,
)


def add(connection: Connection, new: Sequence[Notice]) -> None:
    connection.execute(
        insert(notice),
        [
            {
                "party_id": each.party_id,
                "notice_id": each.notice_id,
                "kind": each.kind.value,
                "batch_id": each.batch_id,
                "sample_id": each.sample_id,
                "facts": each.facts,
                "created_at": each.created_at,
                "read_at": each.read_at,
            }
            for each in new
        ],
    )


def find(connection: Connection, party_id: UUID, notice_id: UUID) -> Notice | None:
    row = connection.execute(
        select(notice).where(notice.c.party_id == party_id, notice.c.notice_id == notice_id)
    ).one_or_none()
    return None if row is None else _notice(row)


def newest(
    connection: Connection,
    party_id: UUID,
    most: int,
    before: tuple[datetime, UUID] | None = None,
    is_unread: bool | None = None,
) -> list[Notice]:
    """A party's notices, the newest first, at most `most`: those after `before` in that order; read or unread ones
    only, where `is_unread` says so."""
    chosen = select(notice).where(notice.c.party_id == party_id)
    if before is not None:
        at, notice_id = before
        chosen = chosen.where(notice.c.created_at <= at, or_(notice.c.created_at < at, notice.c.notice_id < notice_id))
    if is_unread is not None:
        chosen = chosen.where(notice.c.read_at.is_(None) if is_unread else notice.c.read_at.is_not(None))
    rows = connection.execute(chosen.order_by(notice.c.created_at.desc(), notice.c.notice_id.desc()).limit(most))
    return [_notice(row) for row in rows]


def count_unread(connection: Connection, party_id: UUID) -> int:
    return connection.execute(
        select(func.count()).select_from(notice).where(notice.c.party_id == party_id, notice.c.read_at.is_(None))
    ).scalar_one()


def mark_read(connection: Connection, party_id: UUID, notice_id: UUID, at: datetime) -> int:
    """Rows changed: 0 where it was read before."""
    done = connection.execute(
        update(notice)
        .where(notice.c.party_id == party_id, notice.c.notice_id == notice_id, notice.c.read_at.is_(None))
        .values(read_at=at)
    )
    return done.rowcount


def _notice(row: Row[Any]) -> Notice:
    return Notice(**{**row._mapping, "kind": NoticeKind(row.kind)})
