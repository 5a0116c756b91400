"""Tables `webhook` and `webhook_delivery`, and every query on them.

A delivery is the service's own errand, and no fact of the trade: it changes without an event. Across a crash holds: a
try is counted, and the next one due, before anything is sent. So a notice may arrive twice, and is never lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, ForeignKey, Index, Row, Table, Text, insert, select, update

from ..store.columns import STRICT, Identifier, Instant, Whole, metadata
from .model import Delivery, DeliveryState, DeliveryTrouble, Webhook

PARTIES_AT_ONCE = 1_000
"""Named in one query: SQLite takes some thirty thousand values in one."""

webhook = Table(
    "webhook",
    metadata,
    Column("party_id", Identifier, ForeignKey("party.party_id"), primary_key=True),
    Column("webhook_id", Identifier, primary_key=True),
    Column("address", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant, nullable=True),
    **STRICT,
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("party_id", Identifier, ForeignKey("party.party_id"), primary_key=True),
    Column("delivery_id", Identifier, primary_key=True),
    Column("webhook_id", Identifier, nullable=False),
    Column("notice_id", Identifier, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Whole, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_attempt_at", Instant, nullable=True),
    Column("settled_at", Instant, nullable=True),
    Column("trouble", Text, nullable=True),
    Column("status", Whole, nullable=True),
    Index("ix_webhook_delivery_next_attempt_at", "next_attempt_at"),
    **STRICT,
)


def add_webhook(connection: Connection, new: Webhook) -> None:
    connection.execute(
        insert(webhook).values(
            party_id=new.party_id,
            webhook_id=new.webhook_id,
            address=new.address,
            created_at=new.created_at,
            removed_at=new.removed_at,
        )
    )


def live_webhooks(connection: Connection, party_ids: Iterable[UUID]) -> list[Webhook]:
    """The webhooks of these parties that were not removed, the oldest first."""
    found: list[Webhook] = []
    for some in _in_parts(sorted(set(party_ids))):
        rows = connection.execute(
            select(webhook)
            .where(webhook.c.party_id.in_(some), webhook.c.removed_at.is_(None))
            .order_by(webhook.c.created_at, webhook.c.webhook_id)
        )
        found += [Webhook(**row._mapping) for row in rows]
    return found


def find_webhook(connection: Connection, party_id: UUID, webhook_id: UUID) -> Webhook | None:
    """One webhook, also where it was removed."""
    row = connection.execute(
        select(webhook).where(webhook.c.party_id == party_id, webhook.c.webhook_id == webhook_id)
    ).one_or_none()
    return None if row is None else Webhook(**row._mapping)


def remove_webhook(connection: Connection, party_id: UUID, webhook_id: UUID, at: datetime) -> int:
    """Rows changed: 0 where it is unknown or removed already. What waits for it is cancelled."""
    done = connection.execute(
        update(webhook)
        .where(webhook.c.party_id == party_id, webhook.c.webhook_id == webhook_id, webhook.c.removed_at.is_(None))
        .values(removed_at=at)
    )
    connection.execute(
        update(webhook_delivery)
        .where(
            webhook_delivery.c.party_id == party_id,
            webhook_delivery.c.webhook_id == webhook_id,
            webhook_delivery.c.state == DeliveryState.WAITING.value,
        )
        .values(state=DeliveryState.CANCELLED.value, next_attempt_at=None, settled_at=at)
    )
    return done.rowcount


def add_deliveries(connection: Connection, new: Sequence[Delivery]) -> None:
    connection.execute(
        insert(webhook_delivery),
        [
            {
                "party_id": each.party_id,
                "delivery_id": each.delivery_id,
                "webhook_id": each.webhook_id,
                "notice_id": each.notice_id,
                "state": each.state.value,
                "attempts": each.attempts,
                "created_at": each.created_at,
                "next_attempt_at": each.next_attempt_at,
                "settled_at": each.settled_at,
                "trouble": each.trouble.value if each.trouble else None,
                "status": each.status,
            }
            for each in new
        ],
    )


def due_deliveries(connection: Connection, now: datetime, most: int) -> list[Delivery]:
    """What waits and is due, the longest due first, of all parties."""
    rows = connection.execute(
        select(webhook_delivery)
        .where(webhook_delivery.c.next_attempt_at <= now)
        .order_by(webhook_delivery.c.next_attempt_at, webhook_delivery.c.delivery_id)
        .limit(most)
    )
    return [_delivery(row) for row in rows]


def deliveries_of(connection: Connection, party_id: UUID, most: int) -> list[Delivery]:
    """A party's deliveries, the newest first."""
    rows = connection.execute(
        select(webhook_delivery)
        .where(webhook_delivery.c.party_id == party_id)
        .order_by(webhook_delivery.c.created_at.desc(), webhook_delivery.c.delivery_id.desc())
        .limit(most)
    )
    return [_delivery(row) for row in rows]


def change_delivery(connection: Connection, seen: Delivery, later: Delivery) -> int:
    """Rows changed, by compare-and-swap: 0 where the delivery is no longer as `seen`."""
    done = connection.execute(
        update(webhook_delivery)
        .where(
            webhook_delivery.c.party_id == seen.party_id,
            webhook_delivery.c.delivery_id == seen.delivery_id,
            webhook_delivery.c.state == seen.state.value,
            webhook_delivery.c.attempts == seen.attempts,
        )
        .values(
            state=later.state.value,
            attempts=later.attempts,
            next_attempt_at=later.next_attempt_at,
            settled_at=later.settled_at,
            trouble=later.trouble.value if later.trouble else None,
            status=later.status,
        )
    )
    return done.rowcount


def _in_parts(party_ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(party_ids), PARTIES_AT_ONCE):
        yield party_ids[start : start + PARTIES_AT_ONCE]


def _delivery(row: Row[Any]) -> Delivery:
    trouble = None if row.trouble is None else DeliveryTrouble(row.trouble)
    return Delivery(**{**row._mapping, "state": DeliveryState(row.state), "trouble": trouble})
