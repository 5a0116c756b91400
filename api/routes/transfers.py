"""/api/v1/transfers: shipping and receiving, and what one holds."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from ...trace.custody import service
from ...trace.custody.model import Holding, Inbound, Movement
from ...trace.custody.service import Goods
from ..deps import TheActor, TheInstance, acting_party
from ..forms.transfers import GoodsForm, ReceiveForm, ShipForm
from ..instance import Instance

router = APIRouter(prefix="/api/v1", tags=["custody"])


@router.post("/transfers", status_code=201)
def ship(form: ShipForm, instance: TheInstance, actor: TheActor) -> list[Movement]:
    """Ships goods, by scanned codes or by spans: one movement per batch, all or nothing."""
    from_id = form.from_id or acting_party(actor)
    goods = goods_of(instance, form)
    return instance.database.write(lambda work: service.ship(work, actor, from_id, form.to_id, goods))


@router.post("/receipts", status_code=201)
def receive(form: ReceiveForm, instance: TheInstance, actor: TheActor) -> list[Movement]:
    """Receives goods on their way to the caller, by scanned codes or by spans. All or nothing."""
    to_id = form.to_id or acting_party(actor)
    goods = goods_of(instance, form)
    return instance.database.write(lambda work: service.receive(work, actor, to_id, goods))


@router.post("/batches/{batch_id}/transfers/{transfer_id}/receipt", status_code=201)
def receive_transfer(batch_id: UUID, transfer_id: UUID, instance: TheInstance, actor: TheActor) -> list[Movement]:
    """Receives all that is still on its way in one shipment."""
    to_id = acting_party(actor)
    return instance.database.write(lambda work: service.receive_transfer(work, actor, to_id, batch_id, transfer_id))


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


def goods_of(instance: Instance, form: GoodsForm) -> list[Goods]:
    """The goods a form names. Raises InvalidInput `custody.*`."""
    goods = [span.read() for span in form.spans]
    if form.codes or not goods:
        goods += service.goods_of_codes(instance.database, instance.resolver, form.codes)
    return goods
