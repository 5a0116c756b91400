"""/api/v1/batches/{id}/holders, codes/{code}/way, suppliers: where goods went, and where they came from."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from ...trace.batches import service as batches
from ...trace.parties.model import Role
from ..deps import FromDay, TheActor, TheInstance, ToDay, party_asked_for
from ..periods import instants_of
from ..traces import HolderDocument, StepDocument, SupplyDocument, holders_of, suppliers_of, way_of

router = APIRouter(prefix="/api/v1", tags=["custody"])


@router.get("/batches/{batch_id}/holders")
def list_holders(batch_id: UUID, instance: TheInstance, actor: TheActor) -> list[HolderDocument]:
    """Where a batch is now, with quantities: all of it for its maker and for the regulator, one's own part for
    others."""
    found = holders_of(instance, batch_id)
    with instance.database.read() as connection:
        batch = batches.require_batch(connection, batch_id)
    if actor.has_role(Role.REGULATOR) or actor.party_id == batch.maker_id:
        return found
    return [each for each in found if each.holder_id == actor.party_id]


@router.get("/codes/{code}/way")
def list_way(code: str, instance: TheInstance, actor: TheActor) -> list[StepDocument]:
    """The whole way of one unit, oldest step first, with names. The regulator's: the public answer says less."""
    actor.require_role(Role.REGULATOR)
    return way_of(instance, code)


@router.get("/suppliers")
def list_suppliers(
    instance: TheInstance, actor: TheActor, first: FromDay, last: ToDay, party_id: UUID | None = None
) -> list[SupplyDocument]:
    """What a party took in between two days, by supplier and batch: the caller, or any party for the regulator."""
    return suppliers_of(instance, party_asked_for(actor, party_id), *instants_of(first, last))
