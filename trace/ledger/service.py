"""Appending events, and checking that no chain was rewritten."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, ScalarSelect

from ..store.database import UnitOfWork
from . import store
from .model import Event, Subject, canonical, event_hash, is_linked, plain


def append(
    work: UnitOfWork,
    subject: Subject,
    subject_id: UUID,
    kind: str,
    payload: Mapping[str, object],
    actor_id: UUID | None,
) -> Event:
    """Appends one event to the subject's chain, in the caller's transaction. `actor_id` None is the operator.

    Every use case that changes something calls this exactly once per chain it touches.
    """
    sequence, previous_hash = store.head(work.connection, subject_id)
    content = canonical(plain(payload))
    identity = {
        "subject_id": subject_id,
        "sequence": sequence + 1,
        "subject": subject,
        "kind": kind,
        "occurred_at": work.now,
        "actor_id": actor_id,
        "payload": content,
        "previous_hash": previous_hash,
    }
    new = Event(**identity, hash=event_hash(**identity))
    store.append(work.connection, new)
    return new


def version_column(subject_id: ColumnElement[UUID]) -> ScalarSelect[int]:
    """A number that grows with every change of the subject, for a query of another noun to ask along: what was read
    under it holds as long as it stands."""
    return store.sequence_of(subject_id)


def list_events(connection: Connection, subject_id: UUID) -> list[Event]:
    """The chain of one subject, oldest first."""
    return list(store.events(connection, subject_id))


def broken_chains(connection: Connection) -> list[str]:
    """One line per chain whose events do not link up to its head; empty when the log is whole."""
    faults = [f"chain {subject_id}: events without a head" for subject_id in store.orphans(connection)]
    for subject_id, sequence, head_hash in store.heads(connection):
        previous: Event | None = None
        for current in store.events(connection, subject_id):
            if not is_linked(current, previous):
                faults.append(f"chain {subject_id}: event {current.sequence} does not follow its predecessor")
                break
            previous = current
        else:
            if previous is None or (previous.sequence, previous.hash) != (sequence, head_hash):
                faults.append(f"chain {subject_id}: head does not match the last event")
    return faults
