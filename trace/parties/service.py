"""Registering parties and licences, and asking who may act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from ..kernel import limits
from ..kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from ..kernel.ids import derived_id
from ..kernel.normalise import half_width, require_text
from ..kernel.normalise import registration_number as normalised
from ..ledger import service as ledger
from ..ledger.model import Subject
from ..store.database import UnitOfWork
from . import store
from .model import Activity, Actor, Licence, Party, Role, latest_cover
from .regions import require_region


@dataclass(frozen=True, slots=True)
class NewParty:
    """What a registration of an organisation states."""

    credit_code: str
    name: str
    region_code: str
    roles: frozenset[Role]
    short_name: str = ""
    telephone: str = ""
    is_demonstration: bool = False


@dataclass(frozen=True, slots=True)
class NewLicence:
    number: str
    activity: Activity
    product_kind: str
    valid_from: date
    valid_until: date


def require_credit_code(value: str, field: str = "credit_code") -> str:
    """The unified social credit code in plain upper-case form.

    Raises InvalidInput `party.credit_code` on a wrong length, alphabet or check digit. Source: GB 32100-2015.
    """
    plain = normalised(value)
    try:
        return uscc.validate(plain)
    except ValidationError:
        raise InvalidInput("party.credit_code", field=field, value=plain[:20]) from None


def party_id_of(credit_code: str) -> UUID:
    """The identifier that a (checked) credit code always gives."""
    return derived_id("party", credit_code)


def register_party(work: UnitOfWork, actor: Actor, new: NewParty) -> Party:
    """Registers an organisation. The regulator's act.

    Raises InvalidInput `party.credit_code`, `text.*`, `party.roles`, `region.unknown`; Conflict `party.duplicate`.
    """
    actor.require_role(Role.REGULATOR)
    credit_code = require_credit_code(new.credit_code)
    name = require_text(new.name, "name", limits.MAX_NAME_CHARACTERS, required=True)
    if not new.roles:
        raise InvalidInput("party.roles", field="roles")
    party = Party(
        party_id=party_id_of(credit_code),
        credit_code=credit_code,
        name=name,
        short_name=require_text(new.short_name or name, "short_name", limits.MAX_NAME_CHARACTERS),
        region_code=require_region(new.region_code),
        roles=new.roles,
        telephone=require_text(half_width(new.telephone), "telephone", limits.MAX_NAME_CHARACTERS),
        is_demonstration=new.is_demonstration,
    )
    if store.parties(work.connection, [party.party_id]):
        raise Conflict("party.duplicate", field="credit_code", credit_code=credit_code)
    store.add_party(work.connection, party, work.now)
    ledger.append(
        work,
        Subject.PARTY,
        party.party_id,
        "party.registered",
        {
            "credit_code": credit_code,
            "name": party.name,
            "short_name": party.short_name,
            "region_code": party.region_code,
            "roles": sorted(party.roles),
            "telephone": party.telephone,
        },
        actor.party_id,
    )
    return party


def record_licence(work: UnitOfWork, actor: Actor, party_id: UUID, new: NewLicence) -> Licence:
    """Records a licence (or filing) of a party. The regulator's act. A renewal under the same number is another period.

    Raises InvalidInput `text.*`, `licence.period`; NotKnown `party.unknown`; Conflict `licence.duplicate`.
    """
    actor.require_role(Role.REGULATOR)
    require_party(work.connection, party_id)
    number = require_text(half_width(new.number), "number", limits.MAX_NAME_CHARACTERS, required=True)
    if new.valid_until < new.valid_from:
        raise InvalidInput("licence.period", field="valid_until")
    licence = Licence(party_id, number, new.activity, new.product_kind, new.valid_from, new.valid_until)
    held = store.licences(work.connection, party_id)
    identity = (number, new.product_kind, new.valid_from)
    if any((other.number, other.product_kind, other.valid_from) == identity for other in held):
        raise Conflict("licence.duplicate", field="number", number=number)
    store.add_licence(work.connection, licence)
    ledger.append(
        work,
        Subject.PARTY,
        party_id,
        "licence.recorded",
        {
            "number": number,
            "activity": licence.activity,
            "product_kind": licence.product_kind,
            "valid_from": licence.valid_from,
            "valid_until": licence.valid_until,
        },
        actor.party_id,
    )
    return licence


def require_licence(
    connection: Connection, party: Party, activities: Iterable[Activity], kind: str, on: date
) -> Licence:
    """A licence of `party` for `kind` that is valid on the day `on`.

    Raises NotAllowed `licence.expired` where there was or will be one but not on that day, `licence.missing` where
    there is none. Source: 农药管理条例 arts 17, 24; 兽药管理条例 arts 11, 22; 种子法 arts 31, 38 (a filing suffices).
    """
    held = latest_cover(store.licences(connection, party.party_id), activities, kind)
    for licence in held:
        if licence.covers(on):
            return licence
    if held:
        raise NotAllowed(
            "licence.expired", party=party.name, number=held[0].number, valid_until=held[0].valid_until, on=on
        )
    raise NotAllowed("licence.missing", party=party.name, kind=kind)


def find_party(connection: Connection, party_id: UUID) -> Party | None:
    found = store.parties(connection, [party_id])
    return found[0] if found else None


def require_party(connection: Connection, party_id: UUID, field: str = "party_id") -> Party:
    """Raises NotKnown `party.unknown`."""
    party = find_party(connection, party_id)
    if party is None:
        raise NotKnown("party.unknown", field=field, party=party_id)
    return party


def require_party_by_credit_code(connection: Connection, credit_code: str, field: str = "credit_code") -> Party:
    """Raises InvalidInput `party.credit_code`; NotKnown `party.unknown`."""
    return require_party(connection, party_id_of(require_credit_code(credit_code, field)), field)


def list_parties(connection: Connection, party_ids: Iterable[UUID] | None = None) -> list[Party]:
    return store.parties(connection, party_ids)


def list_licences(connection: Connection, party_id: UUID) -> list[Licence]:
    return store.licences(connection, party_id)
