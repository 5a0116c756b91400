"""/api/v1/samples/{id}/sheet.pdf: the sample sheet as it is printed, in four copies."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from ...trace.inspection import service
from ...trace.kernel.errors import NotAllowed
from ...trace.kernel.texts import Language
from ...trace.parties.model import Actor
from ..deps import TheActor, TheInstance, TheLanguage
from ..instance import Instance
from ..sheet_document import gather, sheet_pdf

router = APIRouter(prefix="/api/v1", tags=["inspection"])

PDF = "application/pdf"


@router.get("/samples/{sample_id}/sheet.pdf", response_class=Response)
def get_sheet(sample_id: UUID, instance: TheInstance, language: TheLanguage, actor: TheActor) -> Response:
    """The sample sheet in four copies, as PDF: for whoever may read the sample, and the sampled party, whose copy one
    is."""
    return sheet_file(instance, actor, sample_id, language)


def sheet_file(instance: Instance, actor: Actor, sample_id: UUID, language: Language) -> Response:
    """Raises NotKnown `sample.unknown`; NotAllowed `access.other_party`."""
    with instance.database.read() as connection:
        record = service.require_record(connection, sample_id)
    is_sampled = actor.party_id is not None and actor.party_id == record.sample.sampled_from_id
    if not (is_sampled or service.may_read(actor, record.sample)):
        raise NotAllowed("access.other_party")
    headers = {"Content-Disposition": f'inline; filename="{sample_id}.pdf"', "Cache-Control": "no-store"}
    return Response(sheet_pdf(gather(instance, record), language), media_type=PDF, headers=headers)
