"""From a decided result to a final one: notify, hear objections, test again; and the maker's word on the goods.

Periods come from dated rules (deadlines.py). One that was not verified is shown and counted, and refuses nothing.
"""

from __future__ import annotations

from uuid import UUID

from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.errors import Conflict, InvalidInput
from ...kernel.normalise import require_text
from ...parties.model import Actor, Role
from ...store.database import UnitOfWork
from .. import sheet_store, store
from ..deadlines import Deadline, Purpose, due_on
from ..model import CONCLUDED, UNDER_REVIEW, MakerResponse, PortionRole, Sample, SampleRecord, SampleState
from ..publication import service as publication
from ..records import record_of, require_sample
from .common import kind_of, move, note_event, require_own, require_party_or_own, require_step
from .laboratory import require_another_laboratory
from .sampling import require_laboratory
from .stopping import with_consequence


def notify_result(work: UnitOfWork, actor: Actor, sample_id: UUID, note: str = "") -> Sample:
    """Tells the sampled party, and of goods from the market the maker too, what was decided; the period for objections
    begins. Source: 农作物种子质量监督抽查管理办法.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; Conflict `sample.state`, `decision.needed`.
    """
    sample = require_own(work, actor, sample_id)
    require_step(sample, SampleState.NOTIFIED)
    require_decided(sample)
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
    deadline = objection_deadline(work, record)
    if deadline is not None and binds(deadline) and day_in_china(work.now) > deadline.day:
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
        return with_consequence(work, actor, answered).sample
    return answered


def require_decided(sample: Sample) -> None:
    """Raises Conflict `decision.needed` where results stand that nobody has decided on."""
    if sample.current is not None and sample.current.decision is None:
        raise Conflict("decision.needed", field="sample_id")


def objection_deadline(work: UnitOfWork, record: SampleRecord) -> Deadline | None:
    """Until when the result may be objected to; None before anybody was told of it."""
    notified_at = record.entered(SampleState.NOTIFIED)
    if notified_at is None:
        return None
    return due_on(kind_of(work.connection, record.sample), Purpose.OBJECTION, day_in_china(notified_at))


def binds(deadline: Deadline) -> bool:
    """Only a period that was read in its source, over holidays that are known, refuses anything."""
    return deadline.rule.verification.is_binding and deadline.is_certain
