"""Use cases of packing: recording what is not packed regularly, and what is in which package."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection

from ..kernel import limits
from ..kernel.errors import InvalidInput
from ..kernel.normalise import require_text
from ..ledger import service as ledger
from ..ledger.model import Subject
from ..parties.model import Actor
from ..store.database import Database, UnitOfWork
from . import store
from .model import Batch, Contents, PackingException, recorded
from .service import require_batch

MAX_EXCEPTIONS = 1_000
"""Spans of irregular packing in one batch. More means that the regular packing was stated wrongly."""


def record_exception(work: UnitOfWork, actor: Actor, batch_id: UUID, new: PackingException) -> Contents:
    """Records where a span of units (or cartons) really is: in another carton (pallet), or in none. The maker's act.

    Raises InvalidInput `packing.level`, `packing.span`, `packing.container`, `packing.too_many`, `text.*`; NotKnown
    `batch.unknown`; NotAllowed `access.other_party`.
    """
    batch = require_batch(work.connection, batch_id)
    actor.require_self(batch.maker_id)
    if new.level not in (0, 1):
        raise InvalidInput("packing.level", field="level")
    if not 0 <= new.start < new.stop <= batch.packing.count_at(new.level, batch.size):
        raise InvalidInput("packing.span", field="start")
    containers = batch.packing.count_at(new.level + 1, batch.size)
    if new.container_index is not None and not 0 <= new.container_index < containers:
        raise InvalidInput("packing.container", field="container_index", maximum=containers - 1)
    reason = require_text(new.reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    new = replace(new, reason=reason)
    after = recorded(store.exceptions_in(work.connection, batch_id), new)
    if len(after) > MAX_EXCEPTIONS:
        raise InvalidInput("packing.too_many", field="start", maximum=MAX_EXCEPTIONS)
    store.replace_exceptions(work.connection, batch_id, after)
    ledger.append(
        work,
        Subject.BATCH,
        batch_id,
        "packing.recorded",
        {
            "level": new.level,
            "start": new.start,
            "stop": new.stop,
            "container_index": new.container_index,
            "reason": new.reason,
        },
        actor.party_id,
    )
    return Contents(batch.packing, batch.size, after)


def contents_of(connection: Connection, batch: Batch) -> Contents:
    """What is in which package of a batch."""
    return Contents(batch.packing, batch.size, store.exceptions_in(connection, batch.batch_id))


def current_contents(database: Database, batch: Batch) -> Contents:
    """The same, read on the hot path."""
    return Contents(batch.packing, batch.size, store.exceptions(database, batch.batch_id))
