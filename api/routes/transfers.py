"""/api/v1/transfers, returns, receipts, refusals: what goes from hand to hand, and what is on its way."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from ...trace.custody import service
from ...trace.custody.model import Holding, Inbound, Movement
from ..acting import acting_party
from ..deps import TheActor, TheInstance
from ..forms.transfers import CircumstancesForm, ReceiveForm, RefuseForm, ReturnForm, ShipForm
from ..writes import TheWrite

router = APIRouter(prefix="/api/v1", tags=["custody"])


@router.post("/transfers", status_code=201)
def ship(form: ShipForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Ships goods, by scanned codes or by spans: one movement per batch, all or nothing."""
    return write.run(form.act(instance, write.actor))


@router.post("/returns", status_code=201)
def send_back(form: ReturnForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Ships goods back to a supplier they came from, or to their maker: also what is stopped, expired or damaged."""
    return write.run(form.act(instance, write.actor))


@router.post("/receipts", status_code=201)
def receive(form: ReceiveForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Receives goods on their way to the caller, in full, short, over or damaged. All or nothing; what does not match
    opens a discrepancy."""
    return write.run(form.act(instance, write.actor))


@router.post("/refusals", status_code=201)
def refuse(form: RefuseForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Declines goods on their way to the caller: they are the sender's again."""
    return write.run(form.act(instance, write.actor))


@router.post("/batches/{batch_id}/transfers/{transfer_id}/receipt", status_code=201)
def receive_transfer(
    batch_id: UUID, transfer_id: UUID, write: TheWrite, form: CircumstancesForm | None = None
) -> list[Movement]:
    """Receives all that is still on its way in one shipment. The body may be left out."""
    to_id, how = acting_party(write.actor), (form or CircumstancesForm()).how()
    return write.run(lambda work: service.receive_transfer(work, write.actor, to_id, batch_id, transfer_id, how))


@router.post("/batches/{batch_id}/transfers/{transfer_id}/refusal", status_code=201)
def refuse_transfer(batch_id: UUID, transfer_id: UUID, form: CircumstancesForm, write: TheWrite) -> list[Movement]:
    """Declines all that is still on its way in one shipment. Needs a reason."""
    to_id = acting_party(write.actor)
    return write.run(lambda work: service.refuse_transfer(work, write.actor, to_id, batch_id, transfer_id, form.how()))


@router.get("/inbound")
def list_inbound(instance: TheInstance, actor: TheActor) -> list[Inbound]:
    """Shipments on their way to the caller."""
    with instance.database.read() as connection:
        return service.inbound(connection, acting_party(actor))


@router.get("/holdings")
def list_holdings(instance: TheInstance, actor: TheActor) -> list[Holding]:
    """What the caller holds, by batch."""
    with instance.database.read() as connection:
        return service.holdings(connection, acting_party(actor))
