"""From the form of a sample sheet to the sample: codes to packs, names to parties, the client's clock set right."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ..trace.custody.service import Goods, goods_of_codes
from ..trace.enforcement import service as enforcement
from ..trace.inspection import service
from ..trace.inspection.model import Duplicate, Sample, SampleRecord, SampleState
from ..trace.inspection.plans.service import plan_id_of, require_plan
from ..trace.inspection.service import NewSample
from ..trace.kernel.errors import InvalidInput
from ..trace.parties import service as parties
from ..trace.parties.model import Actor
from ..trace.store.database import UnitOfWork
from .acting import acting_party
from .client_clocks import clock_skew
from .forms.samples import DuplicateForm, SampleForm, SheetForm
from .instance import Instance

UNTIMED = timedelta()


def sample_of(instance: Instance, actor: Actor, form: SampleForm, skew: timedelta = UNTIMED) -> NewSample:
    """The sample that a form states. Raises InvalidInput `custody.*`, `code.*`, `sample.several_batches`,
    `party.credit_code`; NotKnown `party.unknown`, `plan.unknown`."""
    goods = tuple(goods_of_codes(instance.database, instance.resolver, form.codes)) if form.codes else ()
    batch_id = form.batch_id or _batch_of(instance, goods, form.code)
    with instance.database.read() as connection:
        plan_id = require_plan(connection, plan_id_of(form.plan_number)).plan_id if form.plan_number else None
        code = form.sampled_from_credit_code
        sampled_from = (
            parties.require_party_by_credit_code(connection, code, "sampled_from_credit_code") if code else None
        )
    return form.read(
        batch_id,
        form.agency_id or acting_party(actor),
        goods=goods,
        sampled_from_id=sampled_from.party_id if sampled_from else None,
        plan_id=plan_id,
        skew=skew,
    )


def record_sheet(work: UnitOfWork, actor: Actor, new: NewSample, form: SheetForm) -> SampleRecord:
    """Takes and seals a sample in one. Raises what `take_sample` and `seal` raise."""
    sample = service.take_sample(work, actor, new)
    return service.record_of(work.connection, service.seal(work, actor, sample.sample_id, form.sealing()))


def skew_of(instance: Instance, form: SheetForm) -> timedelta:
    """By how much the client's clock is behind ours. Raises InvalidInput `offline.clock_skew`."""
    return UNTIMED if form.sent_at is None else clock_skew(instance, form.sent_at)


def duplicates_of(instance: Instance, actor: Actor, form: DuplicateForm) -> tuple[Duplicate, ...]:
    """Earlier samples that make one doubtful that is about to be taken."""
    goods = tuple(goods_of_codes(instance.database, instance.resolver, form.codes)) if form.codes else ()
    batch_id = form.batch_id or _batch_of(instance, goods, "")
    return service.duplicates_for(instance.database, actor, acting_party(actor), batch_id, form.taken_on, form.crop)


def _batch_of(instance: Instance, goods: tuple[Goods, ...], code: str) -> UUID:
    """The batch that all codes are of; the service says so where they are of several."""
    if goods:
        return goods[0].batch_id
    return instance.resolver.resolve(code).require_batch_id("code")


def take_step(work: UnitOfWork, actor: Actor, sample_id: UUID, state: SampleState, note: str) -> Sample:
    """Takes the step to `state` that needs nothing but a note.

    Raises InvalidInput `sample.own_step` for a state that is reached by a step of its own; and what the steps raise.
    """
    if state is SampleState.NOTIFIED:
        return enforcement.notify_result(work, actor, sample_id, note)
    if state is SampleState.FINAL:
        return enforcement.conclude(work, actor, sample_id, note).sample
    if state is SampleState.PUBLISHED:
        return service.publish(work, actor, sample_id)
    if state is SampleState.WITHDRAWN:
        return enforcement.withdraw(work, actor, sample_id, note)
    raise InvalidInput("sample.own_step", field="state", state=state.value)
