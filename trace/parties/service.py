"""Registering parties and licences, and asking who may act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
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
from .model import Activity, Actor, Licence, Party, Role, Site, latest_cover
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
    covers_restricted: bool = False


@dataclass(frozen=True, slots=True)
class NewSite:
    name: str
    region_code: str
    address: str = ""
    allows_northern_moisture: bool = False


RESTRICTED_KIND = "pesticide"
"""The one kind of goods that has restricted members, sold by designated outlets."""


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

    Raises InvalidInput `text.*`, `licence.period`, `licence.covers_restricted`; NotKnown `party.unknown`; Conflict
    `licence.duplicate`.
    """
    actor.require_role(Role.REGULATOR)
    require_party(work.connection, party_id)
    number = require_text(half_width(new.number), "number", limits.MAX_NAME_CHARACTERS, required=True)
    if new.valid_until < new.valid_from:
        raise InvalidInput("licence.period", field="valid_until")
    if new.covers_restricted and (new.activity, new.product_kind) != (Activity.TRADE, RESTRICTED_KIND):
        raise InvalidInput("licence.covers_restricted", field="covers_restricted")
    licence = Licence(
        party_id=party_id,
        number=number,
        activity=new.activity,
        product_kind=new.product_kind,
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        covers_restricted=new.covers_restricted,
    )
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
            "covers_restricted": licence.covers_restricted,
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


def require_designated(connection: Connection, party: Party, kind: str, on: date, field: str = "party_id") -> Licence:
    """A licence that makes `party` a designated outlet of restricted goods of `kind` on the day `on`.

    Raises NotAllowed `licence.not_designated`. Source: 农药管理条例 art. 24; 农业部公告第2567号.
    """
    for licence in latest_cover(store.licences(connection, party.party_id), [Activity.TRADE], kind):
        if licence.covers_restricted and licence.covers(on):
            return licence
    raise NotAllowed("licence.not_designated", field=field, party=party.name, on=on)


def site_id_of(party_id: UUID, name: str) -> UUID:
    """The identifier that one name of a party's site always gives, however its white space is written."""
    return derived_id("site", str(party_id), " ".join(name.split()))


def add_site(work: UnitOfWork, actor: Actor, party_id: UUID, new: NewSite) -> Site:
    """Adds a place where a party keeps or sells goods: its own act, or the regulator's.

    A name is used once, by a closed site too: the records of the two would run together.
    Raises NotAllowed `access.other_party`; NotKnown `party.unknown`; InvalidInput `text.*`, `region.unknown`; Conflict
    `site.duplicate`.
    """
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(party_id)
    require_party(work.connection, party_id)
    name = require_text(new.name, "name", limits.MAX_NAME_CHARACTERS, required=True)
    site = Site(
        party_id=party_id,
        site_id=site_id_of(party_id, name),
        name=name,
        region_code=require_region(new.region_code),
        address=require_text(new.address, "address", limits.MAX_NAME_CHARACTERS),
        allows_northern_moisture=new.allows_northern_moisture,
    )
    if store.sites(work.connection, party_id, site.site_id):
        raise Conflict("site.duplicate", field="name", name=name)
    store.add_site(work.connection, site, work.now)
    payload = {
        "site_id": site.site_id,
        "name": name,
        "region_code": site.region_code,
        "address": site.address,
        "allows_northern_moisture": site.allows_northern_moisture,
    }
    ledger.append(work, Subject.PARTY, party_id, "site.added", payload, actor.party_id)
    return site


def close_site(work: UnitOfWork, actor: Actor, party_id: UUID, site_id: UUID) -> Site:
    """Closes a site for new goods: its party's act, or the regulator's. Whether goods lie there is custody's to ask.

    Raises NotAllowed `access.other_party`; NotKnown `site.unknown`; Conflict `site.closed`.
    """
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(party_id)
    site = require_site(work.connection, party_id, site_id)
    if store.close_site(work.connection, party_id, site_id, work.now) != 1:
        raise Conflict("site.closed", field="site_id", name=site.name)
    payload = {"site_id": site_id, "name": site.name}
    ledger.append(work, Subject.PARTY, party_id, "site.closed", payload, actor.party_id)
    return replace(site, closed_at=work.now)


def require_site(connection: Connection, party_id: UUID, site_id: UUID, field: str = "site_id") -> Site:
    """An open site of a party. Raises NotKnown `site.unknown`, also for another party's; Conflict `site.closed`."""
    found = store.sites(connection, party_id, site_id)
    if not found:
        raise NotKnown("site.unknown", field=field)
    if found[0].closed_at is not None:
        raise Conflict("site.closed", field=field, name=found[0].name)
    return found[0]


def list_sites(connection: Connection, party_id: UUID) -> list[Site]:
    """The sites of a party, closed ones too, by name. A party may have none."""
    return store.sites(connection, party_id)


def find_party(connection: Connection, party_id: UUID) -> Party | None:
    return store.find_party(connection, party_id)


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


def list_parties_with_role(connection: Connection, role: Role) -> list[Party]:
    return store.parties_with_role(connection, role)


def list_licences(connection: Connection, party_id: UUID) -> list[Licence]:
    return store.licences(connection, party_id)


def list_licences_of(connection: Connection, party_ids: Iterable[UUID]) -> list[Licence]:
    """Licences of any of these parties. One query, however many they are."""
    return store.licences_of(connection, party_ids)


def list_licensed(connection: Connection, kinds: Iterable[str], on: date) -> list[tuple[Party, frozenset[Activity]]]:
    """The parties with a licence or filing for any of these kinds that is valid on the day `on`, by name, and for which
    activities. Three queries, however many they are."""
    return store.licensed_parties(connection, kinds, on)
