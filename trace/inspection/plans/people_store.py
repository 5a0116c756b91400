"""Tables `inspector` and `inspector_interest`, and every query on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Connection, ForeignKey, Index, Table, Text, insert, select, text, update

from ...store.columns import STRICT, Identifier, Instant, metadata
from .model import Inspector, Interest

_IN_OFFICE = text("left_at IS NULL")

inspector = Table(
    "inspector",
    metadata,
    Column("inspector_id", Identifier, primary_key=True),
    Column("agency_id", Identifier, ForeignKey("party.party_id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("certificate_number", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("left_at", Instant, nullable=True),
    **STRICT,
)

Index(
    "ix_inspector_certificate",
    inspector.c.certificate_number,
    unique=True,
    sqlite_where=_IN_OFFICE,
    postgresql_where=_IN_OFFICE,
)

inspector_interest = Table(
    "inspector_interest",
    metadata,
    Column("inspector_id", Identifier, ForeignKey("inspector.inspector_id"), primary_key=True),
    Column("party_id", Identifier, ForeignKey("party.party_id"), primary_key=True, index=True),
    Column("reason", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=True),
    **STRICT,
)


def add_inspector(connection: Connection, new: Inspector, added_at: datetime) -> None:
    connection.execute(
        insert(inspector).values(
            inspector_id=new.inspector_id,
            agency_id=new.agency_id,
            name=new.name,
            certificate_number=new.certificate_number,
            added_at=added_at,
            left_at=None,
        )
    )


def leave(connection: Connection, inspector_id: UUID, at: datetime) -> int:
    """Rows changed: 0 where the inspector is unknown or left already."""
    done = connection.execute(
        update(inspector)
        .where(inspector.c.inspector_id == inspector_id, inspector.c.left_at.is_(None))
        .values(left_at=at)
    )
    return done.rowcount


def is_in_office(connection: Connection, certificate_number: str) -> bool:
    found = connection.execute(
        select(inspector.c.inspector_id).where(
            inspector.c.certificate_number == certificate_number, inspector.c.left_at.is_(None)
        )
    )
    return found.first() is not None


def inspectors(
    connection: Connection,
    *,
    inspector_id: UUID | None = None,
    agency_ids: Iterable[UUID] | None = None,
    in_office: bool = False,
) -> list[Inspector]:
    """Inspectors with their interests, ended ones too, by agency, name and certificate. Two queries."""
    wanted = [inspector.c.inspector_id == inspector_id] if inspector_id is not None else []
    if agency_ids is not None:
        wanted.append(inspector.c.agency_id.in_(list(agency_ids)))
    if in_office:
        wanted.append(inspector.c.left_at.is_(None))
    interests: dict[UUID, list[Interest]] = {}
    rows = connection.execute(
        select(inspector_interest)
        .join(inspector, inspector.c.inspector_id == inspector_interest.c.inspector_id)
        .where(*wanted)
        .order_by(inspector_interest.c.noted_at, inspector_interest.c.party_id)
    )
    for row in rows:
        noted = Interest(row.party_id, row.reason, row.noted_at, row.ended_at)
        interests.setdefault(row.inspector_id, []).append(noted)
    order = (inspector.c.agency_id, inspector.c.name, inspector.c.certificate_number, inspector.c.inspector_id)
    return [
        Inspector(
            agency_id=row.agency_id,
            inspector_id=row.inspector_id,
            name=row.name,
            certificate_number=row.certificate_number,
            left_at=row.left_at,
            interests=tuple(interests.get(row.inspector_id, ())),
        )
        for row in connection.execute(select(inspector).where(*wanted).order_by(*order))
    ]


def note_interest(connection: Connection, inspector_id: UUID, noted: Interest) -> None:
    """One row for each party: an interest that ended begins anew in it. What was before is in the event log."""
    values = {"reason": noted.reason, "noted_at": noted.noted_at, "ended_at": None}
    again = connection.execute(
        update(inspector_interest)
        .where(inspector_interest.c.inspector_id == inspector_id, inspector_interest.c.party_id == noted.party_id)
        .values(**values)
    )
    if not again.rowcount:
        connection.execute(
            insert(inspector_interest).values(inspector_id=inspector_id, party_id=noted.party_id, **values)
        )


def end_interest(connection: Connection, inspector_id: UUID, party_id: UUID, at: datetime) -> int:
    """Rows changed: 0 where there is no such interest, or it ended."""
    interest = inspector_interest.c
    done = connection.execute(
        update(inspector_interest)
        .where(interest.inspector_id == inspector_id, interest.party_id == party_id, interest.ended_at.is_(None))
        .values(ended_at=at)
    )
    return done.rowcount


def interested_certificates(connection: Connection, party_ids: Iterable[UUID]) -> set[str]:
    """Certificate numbers of the inspectors in office who have an interest in any of these parties."""
    rows = connection.execute(
        select(inspector.c.certificate_number)
        .join(inspector_interest, inspector_interest.c.inspector_id == inspector.c.inspector_id)
        .where(
            inspector_interest.c.party_id.in_(list(party_ids)),
            inspector_interest.c.ended_at.is_(None),
            inspector.c.left_at.is_(None),
        )
    )
    return {row.certificate_number for row in rows}
