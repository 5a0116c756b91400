"""/api/v1/samples: samples, laboratory reports, states; and results published elsewhere."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from ...trace.inspection import service
from ...trace.inspection.model import PublishedResult, Sample
from ...trace.parties.model import Role
from ..acting import acting_party
from ..deps import TheActor, TheInstance
from ..forms.samples import MakerResponseForm, ReportForm, SampleForm, StateForm
from ..writes import TheWrite

router = APIRouter(prefix="/api/v1", tags=["inspection"])


@router.post("/samples", status_code=201)
def take_sample(form: SampleForm, instance: TheInstance, write: TheWrite) -> Sample:
    """Records that a batch (named by id, or by any of its codes) was sampled."""
    batch_id = form.batch_id or instance.resolver.resolve(form.code).require_batch_id("code")
    new = form.read(batch_id, form.agency_id or acting_party(write.actor))
    return write.run(lambda work: service.take_sample(work, write.actor, new))


@router.get("/samples/{sample_id}")
def get_sample(sample_id: UUID, instance: TheInstance, actor: TheActor) -> Sample:
    """A sample in any state: its agency's, or any for the regulator."""
    with instance.database.read() as connection:
        sample = service.require_sample(connection, sample_id)
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(sample.agency_id)
    return sample


@router.post("/samples/{sample_id}/report", status_code=201)
def record_report(sample_id: UUID, form: ReportForm, write: TheWrite) -> Sample:
    """Enters the laboratory's results, once. Nothing is public before the sample is final."""
    return write.run(lambda work: service.record_report(work, write.actor, sample_id, form.read()))


@router.post("/samples/{sample_id}/state")
def advance(sample_id: UUID, form: StateForm, write: TheWrite) -> Sample:
    """Moves a sample on. A final failure stops the batch in the same transaction."""
    return write.run(lambda work: service.advance(work, write.actor, sample_id, form.state))


@router.post("/samples/{sample_id}/maker-response")
def record_maker_response(sample_id: UUID, form: MakerResponseForm, write: TheWrite) -> Sample:
    """Notes whether the named maker says the sampled goods are its own."""
    return write.run(lambda work: service.record_maker_response(work, write.actor, sample_id, form.response))


@router.get("/published-results")
def list_published(instance: TheInstance) -> list[PublishedResult]:
    """Results that authorities published elsewhere: cited history, each with its source."""
    with instance.database.read() as connection:
        return service.list_published(connection)
