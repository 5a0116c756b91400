"""Appending events, and checking that no chain was rewritten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import attrgetter
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
    left = {subject_id: (sequence, head_hash) for subject_id, sequence, head_hash in store.heads(connection)}
    for subject_id, chain in groupby(store.all_events(connection), key=attrgetter("subject_id")):
        head = left.pop(subject_id, None)
        fault = None if head is None else _fault_of(chain, head)
        if fault is not None:
            faults.append(f"chain {subject_id}: {fault}")
    return faults + [f"chain {subject_id}: head does not match the last event" for subject_id in left]


def _fault_of(chain: Iterable[Event], head: tuple[int, str]) -> str | None:
    """What is wrong with a chain that should end in `head` (sequence, hash); None where nothing is."""
    previous: Event | None = None
    for current in chain:
        if not is_linked(current, previous):
            return f"event {current.sequence} does not follow its predecessor"
        previous = current
    if previous is None or (previous.sequence, previous.hash) != head:
        return "head does not match the last event"
    return None
