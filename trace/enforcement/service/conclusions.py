"""What follows when a result is notified, made final, corrected or withdrawn (检打联动), all in one transaction.

| the goods                 | stop    | who is told                                      | lead                  |
|---------------------------|---------|--------------------------------------------------|-----------------------|
| passed                    |         | maker, sampled party                             |                       |
| failed                    | placed  | every holder, maker, sampled party: stop         | failed spot check     |
| denied by the named maker |         | every holder, maker, sampled party: hold and ask | suspected counterfeit |
| failed no more            | lifted  | every holder, maker, sampled party: lifted       | stays as it is        |

A denial counts for nothing against the maker, whatever was measured. The edges call these and not those of the same
names in `inspection.service`, which know nothing of who is told.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection

from ...batches import service as batches
from ...batches.model import Batch, Stop
from ...inspection import service as inspection
from ...inspection.model import CONCLUDED, MakerResponse, Outcome, Sample, SampleState
from ...inspection.service import AS_SUGGESTED, LaboratoryReport, NewDecision
from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.intervals import Interval
from ...parties import notices
from ...parties.model import Actor, NewNotice, NoticeKind
from ...store.database import UnitOfWork
from .. import store
from ..model import Conclusion, Lead, LeadKind, NewLead
from .leads import open_lead
from .stops import tell_of_end, tell_of_stop
from .telling import concerned, goods_facts, tell

_KNOWN_TO_BOTH = CONCLUDED | {SampleState.NOTIFIED, SampleState.OBJECTION, SampleState.RETEST}
"""States in which maker and sampled party were told of a result."""


def notify_result(work: UnitOfWork, actor: Actor, sample_id: UUID, note: str = "") -> Sample:
    """Tells the maker and the sampled party what was decided, and until when they may object. Raises what
    `inspection.service.notify_result` raises."""
    sample = inspection.notify_result(work, actor, sample_id, note)
    today = day_in_china(work.now)
    due = inspection.due(sample, inspection.kind_of(work.connection, sample), today)
    until = None if due is None else due.deadline.day
    _tell_both(work, sample, NoticeKind.RESULT_NOTIFIED, {"objection_until": until})
    return sample


def conclude(work: UnitOfWork, actor: Actor, sample_id: UUID, note: str = "") -> Conclusion:
    """Makes a result final, with all that follows. Raises what `inspection.service.conclude` raises."""
    done = inspection.conclude(work, actor, sample_id, note)
    return _follow(work, actor, done.sample, done.stop, None)


def correct(
    work: UnitOfWork,
    actor: Actor,
    sample_id: UUID,
    report: LaboratoryReport,
    reason: str,
    decision: NewDecision = AS_SUGGESTED,
) -> Conclusion:
    """Puts a corrected result set in place of the current one; where that was final, with all that follows. Raises what
    `inspection.service.correct` raises."""
    earlier = _stop_of(work.connection, inspection.require_sample(work.connection, sample_id))
    done = inspection.correct(work, actor, sample_id, report, reason, decision)
    if done.sample.state not in CONCLUDED:
        return Conclusion(done.sample, None, None, 0)
    return _follow(work, actor, done.sample, done.stop, earlier, reason)


def record_maker_response(
    work: UnitOfWork, actor: Actor, sample_id: UUID, response: MakerResponse, note: str = ""
) -> Sample:
    """Notes whether the maker named on the label says the goods are its own; where it no longer denies what failed,
    with all that follows. Raises what `inspection.service.record_maker_response` raises."""
    earlier = inspection.require_sample(work.connection, sample_id)
    sample = inspection.record_maker_response(work, actor, sample_id, response, note)
    stop = _stop_of(work.connection, sample)
    if sample.state in CONCLUDED and stop is not None and sample.stop_id != earlier.stop_id:
        _follow(work, actor, sample, stop, None)
    return sample


def withdraw(work: UnitOfWork, actor: Actor, sample_id: UUID, reason: str) -> Sample:
    """Takes a sample out of the record of valid ones; who was told of its result is told of that, and every holder of
    the end of a stop. Raises what `inspection.service.withdraw` raises."""
    earlier = inspection.require_sample(work.connection, sample_id)
    stop = _stop_of(work.connection, earlier)
    sample = inspection.withdraw(work, actor, sample_id, reason)
    if earlier.state in _KNOWN_TO_BOTH:
        _tell_both(work, sample, NoticeKind.RESULT_WITHDRAWN, {"reason": " ".join(reason.split())})
    if stop is not None and earlier.state in CONCLUDED:
        batch = batches.require_batch(work.connection, sample.batch_id)
        tell_of_end(work, actor, batch, stop, reason, sample.sampled_from_id)
    return sample


def _follow(
    work: UnitOfWork, actor: Actor, sample: Sample, stop: Stop | None, earlier: Stop | None, reason: str = ""
) -> Conclusion:
    """What follows of a final result. `earlier`: the stop that it had put on the batch before, and `reason`: why it is
    another one now."""
    batch = batches.require_batch(work.connection, sample.batch_id)
    if sample.maker_response is MakerResponse.DENIED:
        return _denied(work, actor, sample, batch)
    if stop is not None:
        told = tell_of_stop(work, actor, batch, stop, sample.sample_id, sample.sample_number, sample.sampled_from_id)
        return Conclusion(sample, stop, _lead(work, actor, sample, batch, LeadKind.FAILED_SPOT_CHECK), told)
    if earlier is not None:
        return Conclusion(sample, None, None, tell_of_end(work, actor, batch, earlier, reason, sample.sampled_from_id))
    return Conclusion(sample, None, None, _tell_both(work, sample, NoticeKind.RESULT_FINAL, {}))


def _denied(work: UnitOfWork, actor: Actor, sample: Sample, batch: Batch) -> Conclusion:
    everything = Interval(0, batch.size)
    told = tell(
        work,
        actor,
        NoticeKind.SUSPECTED_COUNTERFEIT,
        batch,
        concerned(work.connection, batch, everything, sample.sampled_from_id),
        {"sample_number": sample.sample_number},
        sample.sample_id,
    )
    return Conclusion(sample, None, _lead(work, actor, sample, batch, LeadKind.SUSPECTED_COUNTERFEIT), told)


def _lead(work: UnitOfWork, actor: Actor, sample: Sample, batch: Batch, kind: LeadKind) -> Lead:
    """One lead of a kind for a sample, however often its end is decided anew."""
    known = store.of_sample(work.connection, sample.batch_id, sample.sample_id, kind)
    if known is not None:
        return known
    failed = "、".join(each.item for each in sample.findings if each.outcome is Outcome.FAILED)
    summary = f"{sample.sample_number} {batch.batch_number}{f': {failed}' if failed else ''}"
    return open_lead(
        work,
        actor,
        NewLead(
            kind=kind,
            region_code=sample.region_code,
            summary=summary[: limits.MAX_NOTE_CHARACTERS],
            batch_id=sample.batch_id,
            sample_id=sample.sample_id,
            maker_id=batch.maker_id,
            outlet_id=sample.sampled_from_id,
        ),
    )


def _tell_both(work: UnitOfWork, sample: Sample, kind: NoticeKind, facts: dict[str, object]) -> int:
    """Tells the maker and the party sampled, who may be one, and says how many. The sample's own event says of what."""
    batch = batches.require_batch(work.connection, sample.batch_id)
    result = {
        **goods_facts(work.connection, batch),
        "sample_number": sample.sample_number,
        "has_failed": sample.failed,
        "findings": [
            {
                "item": each.item,
                "requirement": each.requirement,
                "measured": each.measured_text if each.measured is None else str(each.measured),
                "unit": each.unit,
                "outcome": each.outcome,
            }
            for each in sample.findings
        ],
        **facts,
    }
    both = {each for each in (batch.maker_id, sample.sampled_from_id) if each is not None}
    notices.notify(
        work, [NewNotice(each, kind, result, batch.batch_id, sample.sample_id) for each in sorted(both, key=str)]
    )
    return len(both)


def _stop_of(connection: Connection, sample: Sample) -> Stop | None:
    """The stop in force that a sample put on its batch."""
    if sample.stop_id is None:
        return None
    open_stops = batches.open_stops(connection, sample.batch_id)
    return next((each for each in open_stops if each.stop_id == sample.stop_id), None)
