"""From a decided result to the public: notify, hear objections, test again, conclude, publish, correct, withdraw.

Periods come from dated rules (deadlines.py). One that was not verified is shown and counted, and refuses nothing.
"""

from __future__ import annotations

from uuid import UUID

from ...batches import service as batches
from ...batches.model import Stop, StopKind
from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.errors import Conflict, InvalidInput
from ...kernel.normalise import require_text
from ...parties.model import Actor, Role
from ...store.database import UnitOfWork
from .. import sheet_store, store
from ..deadlines import Deadline, Purpose, due_on
from ..model import (
    CONCLUDED,
    UNDER_REVIEW,
    Conclusion,
    MakerResponse,
    Outcome,
    PortionRole,
    ReportKind,
    Sample,
    SampleRecord,
    SampleState,
)
from ..publication import service as publication
from ..records import record_of, require_sample
from .common import (
    kind_of,
    move,
    note_event,
    require_own,
    require_party_or_own,
    require_step,
)
from .deciding import AS_SUGGESTED, NewDecision, settle
from .laboratory import LaboratoryReport, add_results, require_another_laboratory
from .sampling import require_laboratory


def notify_result(work: UnitOfWork, actor: Actor, sample_id: UUID, note: str = "") -> Sample:
    """Tells the sampled party, and of goods from the market the maker too, what was decided; the period for objections
    begins. Source: 农作物种子质量监督抽查管理办法.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; Conflict `sample.state`, `decision.needed`.
    """
    sample = require_own(work, actor, sample_id)
    require_step(sample, SampleState.NOTIFIED)
    _require_decided(sample)
    move(work, actor, sample, SampleState.NOTIFIED, note)
    note_event(work, actor, sample, "sample.notified", {"note": note})
    return require_sample(work.connection, sample_id)


def object_to(work: UnitOfWork, actor: Actor, sample_id: UUID, reason: str) -> Sample:
    """An objection to the result, by the maker or the sampled party, or entered by the agency on their letter.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; InvalidInput `text.*`; Conflict `sample.state`,
    `objection.late` after a verified period is over.
    """
    sample = require_party_or_own(work, actor, sample_id)
    reason = require_text(reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    record = record_of(work.connection, sample)
    deadline = _objection_deadline(work, record)
    if deadline is not None and _binds(deadline) and day_in_china(work.now) > deadline.day:
        raise Conflict("objection.late", field="reason", day=deadline.day, source=deadline.rule.source)
    move(work, actor, sample, SampleState.OBJECTION, reason)
    note_event(work, actor, sample, "sample.objection", {"reason": reason})
    return require_sample(work.connection, sample_id)


def order_retest(
    work: UnitOfWork,
    actor: Actor,
    sample_id: UUID,
    *,
    laboratory: str,
    laboratory_id: UUID | None = None,
    note: str = "",
) -> Sample:
    """Grants an objection: the reserve portion goes to another laboratory.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`, `party.unknown`; InvalidInput `retest.same_laboratory`,
    `sheet.laboratory`, `text.*`; Conflict `sample.state`, `retest.no_reserve`. Source: 农产品质量安全法 arts 46-52.
    """
    sample = require_own(work, actor, sample_id)
    require_step(sample, SampleState.RETEST)
    sheet = sheet_store.sheet_of(work.connection, sample.batch_id, sample_id)
    if not any(each.role is PortionRole.RESERVE for each in sheet.portions):
        raise Conflict("retest.no_reserve", field="sample_id")
    name = require_text(laboratory, "laboratory", limits.MAX_NAME_CHARACTERS, required=True)
    require_another_laboratory(sample, name)
    taker_id = require_laboratory(work.connection, laboratory_id)
    if taker_id is not None and taker_id == sample.laboratory_id:
        raise InvalidInput("retest.same_laboratory", field="laboratory_id", laboratory=name)
    move(work, actor, sample, SampleState.RETEST, f"{name}: {note}" if note else name, laboratory_id=taker_id)
    note_event(work, actor, sample, "sample.retest", {"laboratory": name, "laboratory_id": taker_id, "note": note})
    return require_sample(work.connection, sample_id)


def conclude(work: UnitOfWork, actor: Actor, sample_id: UUID, note: str = "") -> Conclusion:
    """Makes a result final. A failure stops the batch in the same transaction (检打联动), unless the named maker denies
    the goods: then it is the copy that failed, not the maker's batch. A hold ends here.

    A note says why an objection was rejected, or that the result was accepted before its period ended.
    `enforcement.service.conclude` calls this and tells everybody concerned: edges call that one.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; InvalidInput `text.missing`; Conflict `sample.state`,
    `decision.needed`, `objection.open`, `retest.pending`.
    """
    sample = require_own(work, actor, sample_id)
    require_step(sample, SampleState.FINAL)
    _require_decided(sample)
    record = record_of(work.connection, sample)
    if sample.state is SampleState.OBJECTION:
        require_text(note, "note", limits.MAX_NOTE_CHARACTERS, required=True)
    if sample.state is SampleState.RETEST and not any(each.kind is ReportKind.RETEST for each in sample.results):
        raise Conflict("retest.pending", field="sample_id")
    if sample.state is SampleState.NOTIFIED and sample.failed and not note.strip():
        deadline = _objection_deadline(work, record)
        if deadline is not None and _binds(deadline) and day_in_china(work.now) <= deadline.day:
            raise Conflict("objection.open", field="note", day=deadline.day, source=deadline.rule.source)
    move(work, actor, sample, SampleState.FINAL, note)
    note_event(work, actor, sample, "sample.concluded", {"from": sample.state, "note": note})
    publication.note(work, sample_id)
    return _with_consequence(work, actor, require_sample(work.connection, sample_id))


def publish(work: UnitOfWork, actor: Actor, sample_id: UUID) -> Sample:
    """Puts a final result among those that the public can search. The regulator's act: only authorities from the
    province up publish. Source: 农作物种子质量监督抽查管理办法; 农产品质量安全法 art. 28.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; Conflict `sample.state`.
    """
    actor.require_role(Role.REGULATOR)
    sample = require_own(work, actor, sample_id)
    move(work, actor, sample, SampleState.PUBLISHED)
    note_event(work, actor, sample, "sample.published", {})
    publication.note(work, sample_id)
    return require_sample(work.connection, sample_id)


def correct(
    work: UnitOfWork,
    actor: Actor,
    sample_id: UUID,
    report: LaboratoryReport,
    reason: str,
    decision: NewDecision = AS_SUGGESTED,
) -> Conclusion:
    """Puts a corrected result set in place of the current one, decided at once. The earlier version stays to be seen.
    Where the result was final, the stop follows the new verdict.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; InvalidInput `finding.*`, `decision.*`, `text.*`,
    `sample.day`; Conflict `sample.state` where there is nothing to correct.
    """
    sample = require_own(work, actor, sample_id)
    if sample.current is None or sample.state is SampleState.WITHDRAWN:
        raise Conflict("sample.state", field="state", state=sample.state.value, wanted="corrected")
    reason = require_text(reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    results = add_results(work, actor, sample, report, ReportKind.CORRECTION, reason)
    settle(work, actor, sample, results, decision)
    publication.note(work, sample_id)
    corrected = require_sample(work.connection, sample_id)
    if corrected.state not in CONCLUDED:
        return Conclusion(corrected, None)
    return _with_consequence(work, actor, corrected)


def withdraw(work: UnitOfWork, actor: Actor, sample_id: UUID, reason: str) -> Sample:
    """Takes a sample out of the record of valid ones, with the reason; what it put on the batch ends. It stays on file.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; InvalidInput `text.*`; Conflict `sample.state`.
    Source: 行政处罚法 art. 48 (a changed decision is withdrawn from publication, with its reason).
    """
    sample = require_own(work, actor, sample_id)
    reason = require_text(reason, "reason", limits.MAX_NOTE_CHARACTERS, required=True)
    move(work, actor, sample, SampleState.WITHDRAWN, reason)
    note_event(work, actor, sample, "sample.withdrawn", {"from": sample.state, "reason": reason})
    publication.note(work, sample_id)
    end_own_stop(work, actor, sample, reason)
    return require_sample(work.connection, sample_id)


def record_maker_response(
    work: UnitOfWork, actor: Actor, sample_id: UUID, response: MakerResponse, note: str = ""
) -> Sample:
    """Notes whether the maker named on the label says the sampled goods are its own (确认 / 回函不确认).

    By the maker itself while the result is under review; by the agency, on the maker's letter, at any time. A later
    answer replaces an earlier one, and the log keeps both.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; InvalidInput `text.*`; Conflict `maker_response.late`.
    """
    sample = require_sample(work.connection, sample_id)
    if actor.party_id is not None and actor.party_id == sample.maker_id and not actor.has_role(Role.REGULATOR):
        require_party_or_own(work, actor, sample_id)
        if sample.state not in UNDER_REVIEW:
            raise Conflict("maker_response.late", field="response")
    else:
        require_own(work, actor, sample_id)
    note = require_text(note, "note", limits.MAX_NOTE_CHARACTERS)
    store.set_values(work.connection, sample, maker_response=response.value)
    note_event(work, actor, sample, "sample.maker_response", {"response": response, "note": note})
    publication.note(work, sample_id)
    was_denied = sample.maker_response is MakerResponse.DENIED
    answered = require_sample(work.connection, sample_id)
    if sample.state in CONCLUDED and was_denied and response is not MakerResponse.DENIED:
        return _with_consequence(work, actor, answered).sample
    return answered


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


def _with_consequence(work: UnitOfWork, actor: Actor, sample: Sample) -> Conclusion:
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


def _require_decided(sample: Sample) -> None:
    if sample.current is not None and sample.current.decision is None:
        raise Conflict("decision.needed", field="sample_id")


def _objection_deadline(work: UnitOfWork, record: SampleRecord) -> Deadline | None:
    notified_at = record.entered(SampleState.NOTIFIED)
    if notified_at is None:
        return None
    return due_on(kind_of(work.connection, record.sample), Purpose.OBJECTION, day_in_china(notified_at))


def _binds(deadline: Deadline) -> bool:
    """Only a period that was read in its source, over holidays that are known, refuses anything."""
    return deadline.rule.verification.is_binding and deadline.is_certain
