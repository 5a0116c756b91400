"""/api/v1/parties: organisations, their licences, sites and keys."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from ...trace.kernel.errors import Conflict
from ...trace.parties import access, service
from ...trace.parties.model import IssuedKey, Licence, Party, Role, Site
from ...trace.store.idempotency import KeptAnswer
from ..acting import acting_party
from ..deps import TheActor, TheInstance
from ..forms.parties import KeyForm, LicenceForm, PartyForm, SiteForm
from ..writes import KEY_HEADER, TheWrite

router = APIRouter(prefix="/api/v1", tags=["parties"])


@router.post("/parties", status_code=201)
def register_party(form: PartyForm, write: TheWrite) -> Party:
    """Registers an organisation. The regulator's act."""
    return write.run(lambda work: service.register_party(work, write.actor, form.read()))


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
def record_licence(party_id: UUID, form: LicenceForm, write: TheWrite) -> Licence:
    """Records a licence or filing of a party. The regulator's act."""
    return write.run(lambda work: service.record_licence(work, write.actor, party_id, form.read()))


@router.get("/parties/{party_id}/licences")
def list_licences(party_id: UUID, instance: TheInstance, actor: TheActor) -> list[Licence]:
    """Licences of a party: one's own, or anyone's for the regulator."""
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(party_id)
    with instance.database.read() as connection:
        service.require_party(connection, party_id)
        return service.list_licences(connection, party_id)


@router.post("/parties/{party_id}/sites", status_code=201)
def add_site(party_id: UUID, form: SiteForm, write: TheWrite) -> Site:
    """Adds a place where a party keeps or sells goods: one's own, or anyone's for the regulator."""
    return write.run(lambda work: service.add_site(work, write.actor, party_id, form.read()))


@router.get("/parties/{party_id}/sites")
def list_sites(party_id: UUID, instance: TheInstance, actor: TheActor) -> list[Site]:
    """Sites of a party, closed ones too: one's own, or anyone's for the regulator."""
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(party_id)
    with instance.database.read() as connection:
        service.require_party(connection, party_id)
        return service.list_sites(connection, party_id)


@router.delete("/parties/{party_id}/sites/{site_id}")
def close_site(party_id: UUID, site_id: UUID, write: TheWrite) -> Site:
    """Closes a site. It stays on record, and its name stays taken."""
    return write.run(lambda work: service.close_site(work, write.actor, party_id, site_id))


@router.post("/parties/{party_id}/keys", status_code=201)
def issue_key(party_id: UUID, form: KeyForm, write: TheWrite) -> IssuedKey:
    """Makes a key. Its secret stands in this answer and nowhere else: repeated, the request is refused with the
    `key_id` of the key it made."""
    issued = write.once(lambda work: access.issue_key(work, write.actor, party_id, form.label), lambda key: key.key_id)
    if isinstance(issued, KeptAnswer):
        raise Conflict("idempotency.secret", field=KEY_HEADER, key_id=issued.body)
    return issued


@router.delete("/keys/{key_id}", status_code=204)
def withdraw_key(key_id: str, write: TheWrite) -> None:
    """Ends a key at once."""
    write.run(lambda work: access.withdraw_key(work, write.actor, key_id))
