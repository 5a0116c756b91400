"""/api/v1/samples: spot checks from the sheet to the published result; and results published elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from ...trace.batches.model import Stop
from ...trace.enforcement import service as enforcement
from ...trace.enforcement.model import Conclusion
from ...trace.inspection import service
from ...trace.inspection.deadlines import Purpose
from ...trace.inspection.model import Duplicate, PublishedResult, Sample, SampleRecord, SampleState
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.errors import InvalidInput, NotAllowed
from ...trace.kernel.limits import MAX_PAGE_ROWS
from ...trace.kernel.sources import Verification
from ...trace.parties.model import Role
from ..deps import TheActor, TheInstance
from ..forms.samples import (
    CorrectionForm,
    DecisionForm,
    DuplicateForm,
    MakerResponseForm,
    NoteForm,
    ReasonForm,
    ReceptionForm,
    ReportForm,
    RetestForm,
    SampleForm,
    SealForm,
    SheetForm,
    StateForm,
)
from ..sheets import duplicates_of, record_sheet, sample_of, skew_of, take_step
from ..writes import TheWrite

router = APIRouter(prefix="/api/v1", tags=["inspection"])


@dataclass(frozen=True, slots=True)
class DueDocument:
    """What runs out, by which rule. `is_certain` False: days off of a year to come are not known yet; a rule that is
    not verified is counted and refuses nothing."""

    purpose: Purpose
    day: date
    is_over: bool
    is_certain: bool
    source: str
    verification: Verification


@dataclass(frozen=True, slots=True)
class RecordDocument:
    """All that is on file of a sample."""

    record: SampleRecord
    due: DueDocument | None


@dataclass(frozen=True, slots=True)
class SamplesDocument:
    """One page. `next`: what to pass as `before` for the page after it; None on the last."""

    samples: list[Sample]
    next: str | None


@router.post("/samples", status_code=201)
def take_sample(form: SampleForm, instance: TheInstance, write: TheWrite) -> Sample:
    """Records that a batch (named by id, or by any of its codes) was sampled; packs named by `codes` are in the
    agency's charge from then on."""
    new = sample_of(instance, write.actor, form)
    return write.run(lambda work: service.take_sample(work, write.actor, new))


@router.post("/sample-sheets", status_code=201)
def record_whole_sheet(form: SheetForm, instance: TheInstance, write: TheWrite) -> SampleRecord:
    """A whole sheet, taken and sealed in one: what a phone sends when it is back on the line. `sheet.duplicates` warns
    of samples that may have been enough."""
    new = sample_of(instance, write.actor, form, skew_of(instance, form))
    return write.run(lambda work: record_sheet(work, write.actor, new, form))


@router.post("/samples/duplicates")
def find_duplicates(form: DuplicateForm, instance: TheInstance, actor: TheActor) -> tuple[Duplicate, ...]:
    """Earlier samples that make one doubtful that is about to be taken: of the same batch, or of seed of the same firm
    and crop within six months. Changes nothing."""
    return duplicates_of(instance, actor, form)


@router.get("/samples")
def list_samples(
    instance: TheInstance,
    actor: TheActor,
    state: Annotated[list[SampleState], Query()] = [],  # noqa: B006 - a default of the interface, never changed
    before: str = "",
) -> SamplesDocument:
    """The caller's samples, the last taken first, 200 at a time: an agency's own, those sent to a laboratory, all for
    the regulator; for others, those whose result they were told of."""
    with instance.database.read() as connection:
        if actor.has_role(Role.REGULATOR, Role.INSPECTION_AGENCY, Role.LABORATORY):
            found = service.list_samples(connection, actor, state, place_of(before) if before else None)
        else:
            found = service.list_concerning(connection, actor.party_id) if actor.party_id else []
    return SamplesDocument(found, mark_of(found[-1]) if len(found) == MAX_PAGE_ROWS else None)


@router.get("/samples/{sample_id}")
def get_sample(sample_id: UUID, instance: TheInstance, actor: TheActor) -> RecordDocument:
    """A sample with its sheet and history: its agency's, its laboratory's, any for the regulator; for the maker and the
    sampled party once they were told of the result."""
    with instance.database.read() as connection:
        record = service.require_record(connection, sample_id)
        if not service.may_read(actor, record.sample):
            raise NotAllowed("access.other_party")
        kind = service.kind_of(connection, record.sample)
    due = service.due(record.sample, kind, day_in_china(instance.database.clock.now()))
    return RecordDocument(record, None if due is None else due_document(due))


@router.post("/samples/{sample_id}/seal", status_code=201)
def seal(sample_id: UUID, form: SealForm, write: TheWrite) -> Sample:
    """Closes a sample on the spot: portions under seal, signature or refusal."""
    return write.run(lambda work: service.seal(work, write.actor, sample_id, form.sealing()))


@router.post("/samples/{sample_id}/reception", status_code=201)
def receive(sample_id: UUID, form: ReceptionForm, write: TheWrite) -> Sample:
    """The laboratory has the test portion, its seal whole."""
    return write.run(
        lambda work: service.receive(
            work,
            write.actor,
            sample_id,
            seals_are_intact=form.seals_are_intact,
            laboratory_id=form.laboratory_id,
            note=form.note,
        )
    )


@router.post("/samples/{sample_id}/report", status_code=201)
def record_report(sample_id: UUID, form: ReportForm, write: TheWrite) -> Sample:
    """Enters the laboratory's results, once; the rules suggest what to make of them. Nothing is public before the
    sample is final."""
    return write.run(lambda work: service.record_report(work, write.actor, sample_id, form.read()))


@router.post("/samples/{sample_id}/decision", status_code=201)
def decide(sample_id: UUID, form: DecisionForm, write: TheWrite) -> Sample:
    """Confirms what the rules suggest, or overrides it with a reason."""
    return write.run(lambda work: service.decide(work, write.actor, sample_id, form.read()))


@router.post("/samples/{sample_id}/state")
def advance(sample_id: UUID, form: StateForm, write: TheWrite) -> Sample:
    """Takes the next step that needs nothing but a note: notified, final, published. A final failure stops the batch in
    the same transaction, and every holder is told."""

    return write.run(lambda work: take_step(work, write.actor, sample_id, form.state, form.note))


@router.post("/samples/{sample_id}/objection", status_code=201)
def object_to(sample_id: UUID, form: ReasonForm, write: TheWrite) -> Sample:
    """Objects to a result: the maker, the sampled party, or the agency on their letter."""
    return write.run(lambda work: service.object_to(work, write.actor, sample_id, form.reason))


@router.post("/samples/{sample_id}/retest", status_code=201)
def order_retest(sample_id: UUID, form: RetestForm, write: TheWrite) -> Sample:
    """Grants an objection: the reserve portion goes to another laboratory."""
    return write.run(
        lambda work: service.order_retest(
            work,
            write.actor,
            sample_id,
            laboratory=form.laboratory,
            laboratory_id=form.laboratory_id,
            note=form.note,
        )
    )


@router.post("/samples/{sample_id}/retest-report", status_code=201)
def record_retest(sample_id: UUID, form: ReportForm, write: TheWrite) -> Sample:
    """Enters the results of the re-test, once. They take the place of the first, which stay on file."""
    return write.run(lambda work: service.record_retest(work, write.actor, sample_id, form.read()))


@router.post("/samples/{sample_id}/correction", status_code=201)
def correct(sample_id: UUID, form: CorrectionForm, write: TheWrite) -> Conclusion:
    """Puts corrected results in place of the current ones; the earlier version stays to be seen, the stop follows."""
    return write.run(
        lambda work: enforcement.correct(work, write.actor, sample_id, form.read(), form.reason, form.decision.read())
    )


@router.post("/samples/{sample_id}/withdrawal", status_code=201)
def withdraw(sample_id: UUID, form: ReasonForm, write: TheWrite) -> Sample:
    """Takes a sample out of the record of valid ones, with the reason. It stays on file."""
    return write.run(lambda work: enforcement.withdraw(work, write.actor, sample_id, form.reason))


@router.post("/samples/{sample_id}/maker-response")
def record_maker_response(sample_id: UUID, form: MakerResponseForm, write: TheWrite) -> Sample:
    """Notes whether the named maker says the sampled goods are its own: by the maker while under review, by the agency
    on its letter."""
    return write.run(
        lambda work: enforcement.record_maker_response(work, write.actor, sample_id, form.response, form.note)
    )


@router.post("/samples/{sample_id}/hold", status_code=201)
def hold(sample_id: UUID, form: ReasonForm, write: TheWrite) -> Stop:
    """Holds the batch quietly while its result is under review. The regulator's act."""
    return write.run(lambda work: service.hold(work, write.actor, sample_id, form.reason))


@router.post("/samples/{sample_id}/hold/release")
def release_hold(sample_id: UUID, form: NoteForm, write: TheWrite) -> Sample:
    """Ends a hold before the final result. The regulator's act; the note says why."""
    return write.run(lambda work: service.release_hold(work, write.actor, sample_id, form.note))


@router.get("/published-results")
def list_published(instance: TheInstance) -> list[PublishedResult]:
    """Results that authorities published elsewhere: cited history, each with its source."""
    with instance.database.read() as connection:
        return service.list_published(connection)


def due_document(due: service.Due) -> DueDocument:
    rule = due.deadline.rule
    return DueDocument(
        due.purpose, due.deadline.day, due.is_over, due.deadline.is_certain, rule.source, rule.verification
    )


def mark_of(sample: Sample) -> str:
    """Where a page ended, as text that stands in an address unchanged."""
    return f"{sample.taken_on.isoformat()}_{sample.sample_id}"


def place_of(mark: str) -> tuple[date, UUID]:
    """Raises InvalidInput `page.mark`."""
    day, _, sample_id = mark.partition("_")
    try:
        return date.fromisoformat(day), UUID(sample_id)
    except ValueError:
        raise InvalidInput("page.mark", field="before") from None
