"""Who inspects, and where not: kept by each agency for itself, or by the regulator.

Events stand on the agency's chain. They name an inspector by id and certificate, and an interest by its party alone:
the reason is private, and a log that is never changed is no place for it.

Source: stepping aside (回避): 农业行政处罚程序规定 art. 5.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from ....kernel.errors import Conflict, InvalidInput, NotKnown
from ....kernel.ids import new_id
from ....kernel.limits import MAX_NAME_CHARACTERS, MAX_NOTE_CHARACTERS
from ....kernel.normalise import registration_number, require_text
from ....ledger import service as ledger
from ....ledger.model import Subject
from ....parties import service as parties
from ....parties.model import Actor, Role
from ....store.database import UnitOfWork
from .. import people_store
from ..model import AGENCY_ROLES, Inspector, Interest


@dataclass(frozen=True, slots=True)
class NewInspector:
    name: str
    certificate_number: str


def add_inspector(work: UnitOfWork, actor: Actor, agency_id: UUID, new: NewInspector) -> Inspector:
    """Adds an inspector of an agency: its own act, or the regulator's.

    Raises NotAllowed `access.*`; NotKnown `party.unknown`; InvalidInput `inspector.agency` where the party keeps no
    inspectors, `text.*`; Conflict `inspector.duplicate` where somebody in office has the certificate.
    """
    _require_keeper(actor, agency_id)
    if not parties.require_party(work.connection, agency_id, "agency_id").roles & AGENCY_ROLES:
        raise InvalidInput("inspector.agency", field="agency_id")
    certificate = registration_number(
        require_text(new.certificate_number, "certificate_number", MAX_NAME_CHARACTERS, required=True)
    )
    inspector = Inspector(
        agency_id=agency_id,
        inspector_id=new_id(),
        name=require_text(new.name, "name", MAX_NAME_CHARACTERS, required=True),
        certificate_number=certificate,
    )
    if people_store.is_in_office(work.connection, certificate):
        raise Conflict("inspector.duplicate", field="certificate_number", certificate_number=certificate)
    people_store.add_inspector(work.connection, inspector, work.now)
    payload = {"inspector_id": inspector.inspector_id, "certificate_number": certificate}
    ledger.append(work, Subject.PARTY, agency_id, "inspector.added", payload, actor.party_id)
    return inspector


def remove_inspector(work: UnitOfWork, actor: Actor, inspector_id: UUID) -> Inspector:
    """Takes an inspector out of office. What was drawn stays; objects not yet visited are for a redraw.

    Raises NotAllowed `access.*`; NotKnown `inspector.unknown`; Conflict `inspector.left`.
    """
    inspector = _require_own(work.connection, actor, inspector_id)
    if people_store.leave(work.connection, inspector_id, work.now) != 1:
        raise Conflict("inspector.left", field="inspector_id")
    payload = {"inspector_id": inspector_id, "certificate_number": inspector.certificate_number}
    ledger.append(work, Subject.PARTY, inspector.agency_id, "inspector.left", payload, actor.party_id)
    return replace(inspector, left_at=work.now)


def note_interest(work: UnitOfWork, actor: Actor, inspector_id: UUID, credit_code: str, reason: str) -> Inspector:
    """Notes that an inspector steps aside from a party. The reason stays with the agency.

    Raises NotAllowed `access.*`; NotKnown `inspector.unknown`, `party.unknown`; InvalidInput `party.credit_code`,
    `text.*`; Conflict `inspector.left`, `inspector.interest_duplicate`.
    """
    inspector = _require_own(work.connection, actor, inspector_id)
    party_id = parties.require_party_by_credit_code(work.connection, credit_code).party_id
    reason = require_text(reason, "reason", MAX_NOTE_CHARACTERS, required=True)
    if inspector.left_at is not None:
        raise Conflict("inspector.left", field="inspector_id")
    if any(each.party_id == party_id and each.ended_at is None for each in inspector.interests):
        raise Conflict("inspector.interest_duplicate", field="credit_code")
    people_store.note_interest(work.connection, inspector_id, Interest(party_id, reason, work.now))
    payload = {"inspector_id": inspector_id, "party_id": party_id}
    ledger.append(work, Subject.PARTY, inspector.agency_id, "inspector.interest_noted", payload, actor.party_id)
    return require_inspector(work.connection, inspector_id)


def end_interest(work: UnitOfWork, actor: Actor, inspector_id: UUID, party_id: UUID) -> Inspector:
    """Ends an inspector's interest in a party. It stays on record.

    Raises NotAllowed `access.*`; NotKnown `inspector.unknown`, `inspector.interest_unknown`.
    """
    inspector = _require_own(work.connection, actor, inspector_id)
    if people_store.end_interest(work.connection, inspector_id, party_id, work.now) != 1:
        raise NotKnown("inspector.interest_unknown", field="party_id")
    payload = {"inspector_id": inspector_id, "party_id": party_id}
    ledger.append(work, Subject.PARTY, inspector.agency_id, "inspector.interest_ended", payload, actor.party_id)
    return require_inspector(work.connection, inspector_id)


def list_inspectors(
    connection: Connection, agency_ids: Iterable[UUID] | None = None, *, in_office: bool = False
) -> list[Inspector]:
    """Inspectors of these agencies (of all, where None), those who left too unless `in_office`."""
    return people_store.inspectors(connection, agency_ids=agency_ids, in_office=in_office)


def require_inspector(connection: Connection, inspector_id: UUID) -> Inspector:
    """Raises NotKnown `inspector.unknown`."""
    found = people_store.inspectors(connection, inspector_id=inspector_id)
    if not found:
        raise NotKnown("inspector.unknown", field="inspector_id")
    return found[0]


def interested_certificates(connection: Connection, party_ids: Iterable[UUID]) -> set[str]:
    """Certificate numbers, in plain form, of the inspectors who must step aside from any of these parties."""
    return people_store.interested_certificates(connection, party_ids)


def _require_keeper(actor: Actor, agency_id: UUID) -> None:
    actor.require_role(*AGENCY_ROLES)
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(agency_id)


def _require_own(connection: Connection, actor: Actor, inspector_id: UUID) -> Inspector:
    """An inspector whom the actor keeps. Asks the actor's role before it tells whether there is one."""
    actor.require_role(*AGENCY_ROLES)
    inspector = require_inspector(connection, inspector_id)
    _require_keeper(actor, inspector.agency_id)
    return inspector
