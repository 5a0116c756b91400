"""Notices: what parties are told without having asked. Written in the transaction of what they tell of.

Who is told what, higher nouns decide. A notice also goes to the webhooks of its party (webhooks.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from ..kernel import limits
from ..kernel.errors import NotKnown
from ..kernel.ids import new_id
from ..ledger import service as ledger
from ..ledger.model import Subject, canonical, plain
from ..store.database import UnitOfWork
from . import notice_store as store
from . import webhooks
from .model import Actor, NewNotice, Notice


def notify(work: UnitOfWork, notices: Sequence[NewNotice]) -> list[Notice]:
    """Says something to parties, in the caller's transaction. What happened is in the caller's own events, so there is
    none for each party told: a recall would write as many as there are shops."""
    made = [
        Notice(
            party_id=each.party_id,
            notice_id=new_id(),
            kind=each.kind,
            batch_id=each.batch_id,
            sample_id=each.sample_id,
            facts=canonical(plain(each.facts)),
            created_at=work.now,
        )
        for each in notices
    ]
    if made:
        store.add(work.connection, made)
        webhooks.queue(work, made)
    return made


def list_notices(
    connection: Connection,
    party_id: UUID,
    before: tuple[datetime, UUID] | None = None,
    *,
    is_unread: bool | None = None,
) -> list[Notice]:
    """A party's notices, the newest first, MAX_PAGE_ROWS at a time: those after `before` (when it was made, its id),
    the last one of the page before. `is_unread`: only those not read yet, or only those read."""
    return store.newest(connection, party_id, limits.MAX_PAGE_ROWS, before, is_unread)


def count_unread(connection: Connection, party_id: UUID) -> int:
    return store.count_unread(connection, party_id)


def require_notice(connection: Connection, party_id: UUID, notice_id: UUID) -> Notice:
    """A party's own notice. Raises NotKnown `notice.unknown`, also for another party's: the two are not told apart."""
    found = store.find(connection, party_id, notice_id)
    if found is None:
        raise NotKnown("notice.unknown", field="notice_id")
    return found


def mark_read(work: UnitOfWork, actor: Actor, party_id: UUID, notice_id: UUID) -> Notice:
    """Notes that the party has read a notice: from then on it cannot say that it did not know. A second time changes
    nothing.

    Raises NotAllowed `access.other_party`; NotKnown `notice.unknown`, also for another party's notice.
    """
    actor.require_self(party_id)
    found = require_notice(work.connection, party_id, notice_id)
    if store.mark_read(work.connection, party_id, notice_id, work.now) != 1:
        return found
    payload = {"notice_id": notice_id, "kind": found.kind}
    ledger.append(work, Subject.PARTY, party_id, "notice.read", payload, actor.party_id)
    return replace(found, read_at=work.now)
