"""/api/v1/parties: organisations, their licences and keys."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from ...trace.parties import access, service
from ...trace.parties.model import IssuedKey, Licence, Party, Role
from ..deps import TheActor, TheInstance, acting_party
from ..forms.parties import KeyForm, LicenceForm, PartyForm

router = APIRouter(prefix="/api/v1", tags=["parties"])


@router.post("/parties", status_code=201)
def register_party(form: PartyForm, instance: TheInstance, actor: TheActor) -> Party:
    """Registers an organisation. The regulator's act."""
    return instance.database.write(lambda work: service.register_party(work, actor, form.read()))


@router.get("/parties/me")
def get_own_party(instance: TheInstance, actor: TheActor) -> Party:
    """The party that the key acts for."""
    with instance.database.read() as connection:
        return service.require_party(connection, acting_party(actor))


@router.get("/parties")
def find_party(credit_code: str, instance: TheInstance, actor: TheActor) -> Party:
    """The party with a unified social credit code: how a sender finds its receiver. Any signed-in party may ask."""
    with instance.database.read() as connection:
        return service.require_party_by_credit_code(connection, credit_code)


@router.get("/parties/{party_id}")
def get_party(party_id: UUID, instance: TheInstance, actor: TheActor) -> Party:
    """One party: oneself, or any for the regulator."""
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(party_id)
    with instance.database.read() as connection:
        return service.require_party(connection, party_id)


@router.post("/parties/{party_id}/licences", status_code=201)
def record_licence(party_id: UUID, form: LicenceForm, instance: TheInstance, actor: TheActor) -> Licence:
    """Records a licence or filing of a party. The regulator's act."""
    return instance.database.write(lambda work: service.record_licence(work, actor, party_id, form.read()))


@router.get("/parties/{party_id}/licences")
def list_licences(party_id: UUID, instance: TheInstance, actor: TheActor) -> list[Licence]:
    """Licences of a party: one's own, or anyone's for the regulator."""
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(party_id)
    with instance.database.read() as connection:
        service.require_party(connection, party_id)
        return service.list_licences(connection, party_id)


@router.post("/parties/{party_id}/keys", status_code=201)
def issue_key(party_id: UUID, form: KeyForm, instance: TheInstance, actor: TheActor) -> IssuedKey:
    """Makes a key. Its secret stands in this answer and nowhere else."""
    return instance.database.write(lambda work: access.issue_key(work, actor, party_id, form.label))


@router.delete("/keys/{key_id}", status_code=204)
def withdraw_key(key_id: str, instance: TheInstance, actor: TheActor) -> None:
    """Ends a key at once."""
    instance.database.write(lambda work: access.withdraw_key(work, actor, key_id))
