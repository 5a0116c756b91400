"""/api/v1/relocations, unpackings, repackings, write-offs, destructions; stock, balances and what expires."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from ...trace.custody import service
from ...trace.custody.model import Movement, Stock
from ...trace.custody.service import Expiring
from ...trace.kernel.limits import MAX_CODES_PER_REQUEST
from ..deps import TheActor, TheInstance, party_asked_for
from ..forms.stock import DestroyForm, RelocateForm, RepackForm, UnpackForm, WriteOffForm
from ..writes import TheWrite
from .balance_document import BalanceDocument, balance_document

router = APIRouter(prefix="/api/v1", tags=["custody"])

EXPIRING_DAYS = 90
"""A season: what will not be sold by then goes back while somebody else can still use it."""

Batches = Annotated[list[UUID] | None, Query(max_length=MAX_CODES_PER_REQUEST)]


@router.post("/relocations", status_code=201)
def relocate(form: RelocateForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Moves goods to another site of the caller."""
    return write.run(form.act(instance, write.actor))


@router.post("/unpackings", status_code=201)
def unpack(form: UnpackForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Breaks cartons up: their codes stand for nothing from then on."""
    return write.run(form.act(instance, write.actor))


@router.post("/repackings", status_code=201)
def repack(form: RepackForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Puts units of one batch into a carton of that batch."""
    return write.run(form.act(instance, write.actor))


@router.post("/write-offs", status_code=201)
def write_off(form: WriteOffForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Takes goods out of the caller's stock for good: expired, damaged, lost, used."""
    return write.run(form.act(instance, write.actor))


@router.post("/destructions", status_code=201)
def destroy(form: DestroyForm, instance: TheInstance, write: TheWrite) -> list[Movement]:
    """Records that damaged, written-off, seized or sampled goods were destroyed."""
    return write.run(form.act(instance, write.actor))


@router.get("/stock")
def list_stock(instance: TheInstance, actor: TheActor, party_id: UUID | None = None) -> list[Stock]:
    """All that a party answers for, by batch, site and state: the caller, or any party for the regulator."""
    party_id = party_asked_for(actor, party_id)
    with instance.database.read() as connection:
        return service.stock(connection, party_id)


@router.get("/expiring")
def list_expiring(
    instance: TheInstance, actor: TheActor, days: int = EXPIRING_DAYS, party_id: UUID | None = None
) -> list[Expiring]:
    """Stock that expires within `days`, what is expired included, the earliest first."""
    party_id = party_asked_for(actor, party_id)
    with instance.database.read() as connection:
        return service.expiring(connection, party_id, instance.database.clock.now(), days)


@router.get("/balances")
def list_balances(
    instance: TheInstance, actor: TheActor, party_id: UUID | None = None, batch_id: Batches = None
) -> list[BalanceDocument]:
    """The mass balance of every batch that a party ever answered for, or of those named: all that came in is
    somewhere."""
    party_id = party_asked_for(actor, party_id)
    with instance.database.read() as connection:
        return [balance_document(each) for each in service.balances(connection, party_id, batch_id)]
