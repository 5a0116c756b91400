"""/api/v1/discrepancies: what did not arrive as it was shipped."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from ...trace.custody import service
from ...trace.custody.model import Discrepancy
from ..acting import acting_party
from ..deps import TheActor, TheInstance
from ..forms.movements import SettlementForm
from ..writes import TheWrite

router = APIRouter(prefix="/api/v1", tags=["custody"])


@router.get("/discrepancies")
def list_discrepancies(instance: TheInstance, actor: TheActor, is_open: bool = True) -> list[Discrepancy]:
    """Discrepancies of the caller's shipments and receipts, open or settled, the newest first."""
    with instance.database.read() as connection:
        return service.list_discrepancies(connection, acting_party(actor), is_open=is_open)


@router.post("/batches/{batch_id}/discrepancies/{discrepancy_id}/settlement", status_code=201)
def settle(batch_id: UUID, discrepancy_id: UUID, form: SettlementForm, write: TheWrite) -> Discrepancy:
    """Settles a discrepancy; the goods it is about move accordingly."""
    party_id = acting_party(write.actor)
    return write.run(
        lambda work: service.settle(work, write.actor, party_id, batch_id, discrepancy_id, form.outcome, form.note)
    )
