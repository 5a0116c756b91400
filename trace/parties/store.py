"""Tables `party`, `party_role`, `licence`, `site`, `api_key`, and every query on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Connection, ForeignKey, Select, Table, Text, bindparam, insert, select, update

from ..store.columns import STRICT, Day, Flag, Identifier, Instant, metadata
from ..store.hot import HotQuery
from .model import Activity, Licence, Party, Role, Site

party = Table(
    "party",
    metadata,
    Column("party_id", Identifier, primary_key=True),
    Column("credit_code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("short_name", Text, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("telephone", Text, nullable=False),
    Column("is_demonstration", Flag, nullable=False),
    Column("registered_at", Instant, nullable=False),
    **STRICT,
)

party_role = Table(
    "party_role",
    metadata,
    Column("party_id", Identifier, ForeignKey("party.party_id"), primary_key=True),
    Column("role", Text, primary_key=True),
    **STRICT,
)

licence = Table(
    "licence",
    metadata,
    Column("party_id", Identifier, ForeignKey("party.party_id"), primary_key=True),
    Column("number", Text, primary_key=True),
    Column("product_kind", Text, primary_key=True),
    Column("activity", Text, nullable=False),
    Column("valid_from", Day, primary_key=True),
    Column("valid_until", Day, nullable=False),
    Column("covers_restricted", Flag, nullable=False),
    **STRICT,
)

site = Table(
    "site",
    metadata,
    Column("party_id", Identifier, ForeignKey("party.party_id"), primary_key=True),
    Column("site_id", Identifier, primary_key=True),
    Column("name", Text, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("closed_at", Instant, nullable=True),
    Column("allows_northern_moisture", Flag, nullable=True),
    **STRICT,
)

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("party_id", Identifier, ForeignKey("party.party_id"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("withdrawn_at", Instant, nullable=True),
    **STRICT,
)


def add_party(connection: Connection, new: Party, registered_at: datetime) -> None:
    connection.execute(
        insert(party).values(
            party_id=new.party_id,
            credit_code=new.credit_code,
            name=new.name,
            short_name=new.short_name,
            region_code=new.region_code,
            telephone=new.telephone,
            is_demonstration=new.is_demonstration,
            registered_at=registered_at,
        )
    )
    connection.execute(
        insert(party_role), [{"party_id": new.party_id, "role": role.value} for role in sorted(new.roles)]
    )


def parties(connection: Connection, party_ids: Iterable[UUID] | None = None) -> list[Party]:
    """The parties named (all, where None), by name."""
    return _parties(connection, None if party_ids is None else list(party_ids))


def licensed_parties(connection: Connection, kinds: Iterable[str], on: date) -> list[tuple[Party, frozenset[Activity]]]:
    """The parties with a licence or filing for any of these kinds that is valid on the day, by name, and for what.

    Three queries, however many they are.
    """
    valid = (licence.c.product_kind.in_(sorted(kinds)), licence.c.valid_from <= on, licence.c.valid_until >= on)
    activities: dict[UUID, set[Activity]] = {}
    for row in connection.execute(select(licence.c.party_id, licence.c.activity).where(*valid).distinct()):
        activities.setdefault(row.party_id, set()).add(Activity(row.activity))
    holders = _parties(connection, select(licence.c.party_id).where(*valid))
    return [(each, frozenset(activities[each.party_id])) for each in holders]


def parties_with_role(connection: Connection, role: Role) -> list[Party]:
    """The parties in a role, by name."""
    return _parties(connection, select(party_role.c.party_id).where(party_role.c.role == role.value))


def _parties(connection: Connection, wanted: list[UUID] | Select[tuple[UUID]] | None) -> list[Party]:
    chosen = select(party).order_by(party.c.name)
    roles = select(party_role.c.party_id, party_role.c.role)
    if wanted is not None:
        chosen = chosen.where(party.c.party_id.in_(wanted))
        roles = roles.where(party_role.c.party_id.in_(wanted))
    held: dict[UUID, set[Role]] = {}
    for row in connection.execute(roles):
        held.setdefault(row.party_id, set()).add(Role(row.role))
    return [
        Party(
            party_id=row.party_id,
            credit_code=row.credit_code,
            name=row.name,
            short_name=row.short_name,
            region_code=row.region_code,
            roles=frozenset(held.get(row.party_id, ())),
            telephone=row.telephone,
            is_demonstration=row.is_demonstration,
        )
        for row in connection.execute(chosen)
    ]


_party = HotQuery(
    select(
        party.c.credit_code,
        party.c.name,
        party.c.short_name,
        party.c.region_code,
        party.c.telephone,
        party.c.is_demonstration,
        party_role.c.role,
    )
    .outerjoin(party_role, party_role.c.party_id == party.c.party_id)
    .where(party.c.party_id == bindparam("party_id"))
)


def find_party(connection: Connection, party_id: UUID) -> Party | None:
    """One query, and a fast one: most acts begin with it."""
    rows = _party.rows_in(connection, party_id=party_id)
    if not rows:
        return None
    credit_code, name, short_name, region_code, telephone, is_demonstration, _ = rows[0]
    roles = frozenset(Role(row[-1]) for row in rows if row[-1] is not None)
    return Party(party_id, credit_code, name, short_name, region_code, roles, telephone, is_demonstration)


def add_licence(connection: Connection, new: Licence) -> None:
    connection.execute(
        insert(licence).values(
            party_id=new.party_id,
            number=new.number,
            product_kind=new.product_kind,
            activity=new.activity.value,
            valid_from=new.valid_from,
            valid_until=new.valid_until,
            covers_restricted=new.covers_restricted,
        )
    )


_licences = HotQuery(
    select(
        licence.c.number,
        licence.c.activity,
        licence.c.product_kind,
        licence.c.valid_from,
        licence.c.valid_until,
        licence.c.covers_restricted,
    )
    .where(licence.c.party_id == bindparam("party_id"))
    .order_by(licence.c.valid_until, licence.c.number)
)


def licences(connection: Connection, party_id: UUID) -> list[Licence]:
    """One query, and a fast one: asked whenever goods come to a party."""
    return [
        Licence(party_id, number, Activity(activity), *period, covers_restricted=covers_restricted)
        for number, activity, *period, covers_restricted in _licences.rows_in(connection, party_id=party_id)
    ]


def licences_of(connection: Connection, party_ids: Iterable[UUID]) -> list[Licence]:
    """Licences of any of these parties. One query."""
    rows = connection.execute(
        select(licence)
        .where(licence.c.party_id.in_(list(party_ids)))
        .order_by(licence.c.valid_until, licence.c.number, licence.c.party_id)
    )
    return [
        Licence(
            party_id=row.party_id,
            number=row.number,
            activity=Activity(row.activity),
            product_kind=row.product_kind,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            covers_restricted=row.covers_restricted,
        )
        for row in rows
    ]


def add_site(connection: Connection, new: Site, added_at: datetime) -> None:
    connection.execute(
        insert(site).values(
            party_id=new.party_id,
            site_id=new.site_id,
            name=new.name,
            region_code=new.region_code,
            address=new.address,
            allows_northern_moisture=new.allows_northern_moisture,
            added_at=added_at,
            closed_at=new.closed_at,
        )
    )


def sites(connection: Connection, party_id: UUID, site_id: UUID | None = None) -> list[Site]:
    """The sites of a party, closed ones too, by name; only the one named, where one is."""
    chosen = select(site).where(site.c.party_id == party_id).order_by(site.c.name)
    if site_id is not None:
        chosen = chosen.where(site.c.site_id == site_id)
    return [
        Site(
            party_id=row.party_id,
            site_id=row.site_id,
            name=row.name,
            region_code=row.region_code,
            address=row.address,
            closed_at=row.closed_at,
            allows_northern_moisture=bool(row.allows_northern_moisture),
        )
        for row in connection.execute(chosen)
    ]


def close_site(connection: Connection, party_id: UUID, site_id: UUID, at: datetime) -> int:
    """Rows changed: 0 where the site is unknown or closed already."""
    done = connection.execute(
        update(site)
        .where(site.c.party_id == party_id, site.c.site_id == site_id, site.c.closed_at.is_(None))
        .values(closed_at=at)
    )
    return done.rowcount


def add_key(
    connection: Connection, key_id: str, party_id: UUID, label: str, secret_hash: str, created_at: datetime
) -> None:
    connection.execute(
        insert(api_key).values(
            key_id=key_id,
            party_id=party_id,
            label=label,
            secret_hash=secret_hash,
            created_at=created_at,
            withdrawn_at=None,
        )
    )


def key(connection: Connection, key_id: str) -> tuple[UUID, str, datetime | None] | None:
    """Party, hash of the secret and moment of withdrawal of one key, or None."""
    row = connection.execute(
        select(api_key.c.party_id, api_key.c.secret_hash, api_key.c.withdrawn_at).where(api_key.c.key_id == key_id)
    ).one_or_none()
    return (row.party_id, row.secret_hash, row.withdrawn_at) if row else None


def withdraw_key(connection: Connection, key_id: str, at: datetime) -> int:
    """Rows changed: 0 where the key is unknown or withdrawn already."""
    done = connection.execute(
        update(api_key).where(api_key.c.key_id == key_id, api_key.c.withdrawn_at.is_(None)).values(withdrawn_at=at)
    )
    return done.rowcount
