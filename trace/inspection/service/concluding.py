"""A final result and what follows: conclude, publish, correct, withdraw."""

from __future__ import annotations

from uuid import UUID

from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.errors import Conflict
from ...kernel.normalise import require_text
from ...parties.model import Actor, Role
from ...store.database import UnitOfWork
from ..model import CONCLUDED, Conclusion, ReportKind, Sample, SampleState
from ..publication import service as publication
from ..records import record_of, require_sample
from .common import move, note_event, require_own, require_step
from .deciding import AS_SUGGESTED, NewDecision, settle
from .hearing import binds, objection_deadline, require_decided
from .laboratory import LaboratoryReport, add_results
from .stopping import end_own_stop, with_consequence


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
    require_decided(sample)
    record = record_of(work.connection, sample)
    if sample.state is SampleState.OBJECTION:
        require_text(note, "note", limits.MAX_NOTE_CHARACTERS, required=True)
    if sample.state is SampleState.RETEST and not any(each.kind is ReportKind.RETEST for each in sample.results):
        raise Conflict("retest.pending", field="sample_id")
    if sample.state is SampleState.NOTIFIED and sample.failed and not note.strip():
        deadline = objection_deadline(work, record)
        if deadline is not None and binds(deadline) and day_in_china(work.now) <= deadline.day:
            raise Conflict("objection.open", field="note", day=deadline.day, source=deadline.rule.source)
    move(work, actor, sample, SampleState.FINAL, note)
    note_event(work, actor, sample, "sample.concluded", {"from": sample.state, "note": note})
    publication.note(work, sample_id)
    return with_consequence(work, actor, require_sample(work.connection, sample_id))


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
    return with_consequence(work, actor, corrected)


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
