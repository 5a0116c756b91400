"""Recalls and stops, which every holder hears of in the same transaction."""

from __future__ import annotations

from uuid import UUID

from ...batches import service as batches
from ...batches.model import Batch, Stop, StopKind
from ...kernel.intervals import Interval
from ...parties.model import Actor, NoticeKind
from ...store.database import UnitOfWork
from .telling import concerned, tell


def stop_batch(
    work: UnitOfWork, actor: Actor, batch_id: UUID, kind: StopKind, reason: str, interval: Interval | None = None
) -> Stop:
    """Orders that units `interval` of a batch (all of it, where None) be neither sold nor used, and tells everybody who
    has some of them, with quantities. Raises what `batches.service.stop_batch` raises."""
    stop = batches.stop_batch(work, actor, batch_id, kind, reason, interval)
    tell_of_stop(work, actor, batches.require_batch(work.connection, batch_id), stop)
    return stop


def lift_stop(work: UnitOfWork, actor: Actor, batch_id: UUID, stop_id: UUID, reason: str) -> None:
    """Ends a stop, and tells everybody who has some of the units; also whether another stop still holds them. Raises
    what `batches.service.lift_stop` raises."""
    open_before = batches.open_stops(work.connection, batch_id)
    batches.lift_stop(work, actor, batch_id, stop_id, reason)
    stop = next(each for each in open_before if each.stop_id == stop_id)
    tell_of_end(work, actor, batches.require_batch(work.connection, batch_id), stop, reason)


def tell_of_stop(
    work: UnitOfWork,
    actor: Actor,
    batch: Batch,
    stop: Stop,
    sample_id: UUID | None = None,
    sample_number: str = "",
    sampled_from_id: UUID | None = None,
) -> int:
    """Tells everybody concerned of a stop. How many were told."""
    told = concerned(work.connection, batch, stop.interval, sampled_from_id)
    facts = {**stop_facts(batch, stop), "reason": stop.reason, "sample_number": sample_number}
    return tell(work, actor, NoticeKind.BATCH_STOPPED, batch, told, facts, sample_id)


def tell_of_end(
    work: UnitOfWork, actor: Actor, batch: Batch, stop: Stop, reason: str, sampled_from_id: UUID | None = None
) -> int:
    """Tells everybody concerned that a stop is no longer in force. How many were told."""
    left = batches.open_stops(work.connection, batch.batch_id)
    facts = {
        **stop_facts(batch, stop),
        "reason": " ".join(reason.split()),
        "is_still_stopped": any(each.interval.meets(stop.interval) for each in left),
    }
    told = concerned(work.connection, batch, stop.interval, sampled_from_id)
    return tell(work, actor, NoticeKind.STOP_LIFTED, batch, told, facts)


def stop_facts(batch: Batch, stop: Stop) -> dict[str, object]:
    """`span`: the units stopped, counted from 0, the last exclusive; None where it is all of the batch."""
    whole = stop.interval == Interval(0, batch.size)
    return {
        "stop_id": stop.stop_id,
        "stop_kind": stop.kind,
        "span": None if whole else [stop.interval.start, stop.interval.stop],
    }
