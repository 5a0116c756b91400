"""What a sample puts on its batch: a quiet hold under review, and the stop that follows a failure."""

from __future__ import annotations

from uuid import UUID

from ...batches import service as batches
from ...batches.model import Stop, StopKind
from ...kernel import limits
from ...kernel.errors import Conflict
from ...parties.model import Actor, Role
from ...store.database import UnitOfWork
from .. import store
from ..model import UNDER_REVIEW, Conclusion, Outcome, Sample
from ..records import require_sample
from .common import require_own


def hold(work: UnitOfWork, actor: Actor, sample_id: UUID, reason: str) -> Stop:
    """Holds the batch quietly while its result is under review: nobody may sell it, and the public is told of a review
    and of no value. The regulator's act; it ends with the final result.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; InvalidInput `text.*`; Conflict `hold.state`, `hold.held`.
    """
    actor.require_role(Role.REGULATOR)
    sample = require_own(work, actor, sample_id)
    if sample.state not in UNDER_REVIEW or not _may_have_failed(sample):
        raise Conflict("hold.state", field="sample_id")
    if sample.stop_id is not None:
        raise Conflict("hold.held", field="sample_id")
    stop = batches.place_stop(work, actor, sample.batch_id, StopKind.UNDER_REVIEW, reason)
    store.set_values(work.connection, sample, stop_id=stop.stop_id)
    return stop


def release_hold(work: UnitOfWork, actor: Actor, sample_id: UUID, reason: str) -> Sample:
    """Ends a hold before the final result. The regulator's act.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; InvalidInput `text.*`; Conflict `hold.none`.
    """
    actor.require_role(Role.REGULATOR)
    sample = require_own(work, actor, sample_id)
    if sample.stop_id is None or sample.state not in UNDER_REVIEW:
        raise Conflict("hold.none", field="sample_id")
    end_own_stop(work, actor, sample, reason)
    return require_sample(work.connection, sample_id)


def end_own_stop(work: UnitOfWork, actor: Actor, sample: Sample, reason: str) -> None:
    """Ends what a sample put on its batch, unless somebody lifted it already."""
    if sample.stop_id is None:
        return
    if any(each.stop_id == sample.stop_id for each in batches.open_stops(work.connection, sample.batch_id)):
        batches.end_stop(work, actor, sample.batch_id, sample.stop_id, reason)
    store.set_values(work.connection, sample, stop_id=None)


def with_consequence(work: UnitOfWork, actor: Actor, sample: Sample) -> Conclusion:
    """Brings the stop in line with a final result: the hold or an earlier stop ends, a failure stops the batch."""
    is_failure = sample.counts_against_maker
    failed = "、".join(each.item for each in sample.findings if each.outcome is Outcome.FAILED)
    reason = f"{sample.sample_number}: {failed}"[: limits.MAX_NOTE_CHARACTERS] if failed else sample.sample_number
    end_own_stop(work, actor, sample, reason)
    if not is_failure:
        return Conclusion(require_sample(work.connection, sample.sample_id), None)
    stop = batches.place_stop(work, actor, sample.batch_id, StopKind.FAILED_SPOT_CHECK, reason)
    store.set_values(work.connection, sample, stop_id=stop.stop_id)
    return Conclusion(require_sample(work.connection, sample.sample_id), stop)


def _may_have_failed(sample: Sample) -> bool:
    """Whether anybody, laboratory, rules or agency, says that it failed."""
    return sample.failed or any(each.suggested == "failed" for each in sample.findings)
