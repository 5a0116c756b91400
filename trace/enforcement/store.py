"""Tables `lead` and `lead_day`, and every query on them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Index, Row, Table, Text, insert, or_, select, update

from ..store.columns import STRICT, Day, Identifier, Instant, Whole, metadata
from ..store.database import LostRace
from .model import Filter, Lead, LeadKind, LeadState, county_prefix

lead = Table(
    "lead",
    metadata,
    Column("lead_id", Identifier, primary_key=True),
    Column("lead_number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("batch_id", Identifier, nullable=True),
    Column("sample_id", Identifier, nullable=True),
    Column("maker_id", Identifier, nullable=True),
    Column("outlet_id", Identifier, nullable=True),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by_id", Identifier, nullable=True),
    Column("taken_up_at", Instant, nullable=True),
    Column("taken_up_by_id", Identifier, nullable=True),
    Column("closed_at", Instant, nullable=True),
    Column("closed_by_id", Identifier, nullable=True),
    Column("reason", Text, nullable=False),
    Index("ix_lead_newest", "opened_at", "lead_id"),
    Index("ix_lead_county", "region_code", "opened_at"),
    Index("ix_lead_sample", "batch_id", "sample_id"),
    **STRICT,
)

lead_day = Table(
    "lead_day",
    metadata,
    Column("opened_on", Day, primary_key=True),
    Column("leads", Whole, nullable=False),
    **STRICT,
)


def next_sequence(connection: Connection, day: date) -> int:
    """The next lead's number within its day, from 1. Two at once: the later one's transaction is run again. Raises
    LostRace."""
    opened = connection.execute(select(lead_day.c.leads).where(lead_day.c.opened_on == day)).scalar_one_or_none()
    if opened is None:
        connection.execute(insert(lead_day).values(opened_on=day, leads=1))
        return 1
    moved = connection.execute(
        update(lead_day).where(lead_day.c.opened_on == day, lead_day.c.leads == opened).values(leads=opened + 1)
    )
    if moved.rowcount != 1:
        raise LostRace
    return opened + 1


def add(connection: Connection, new: Lead) -> None:
    connection.execute(
        insert(lead).values(
            lead_id=new.lead_id,
            lead_number=new.lead_number,
            kind=new.kind.value,
            state=new.state.value,
            region_code=new.region_code,
            summary=new.summary,
            batch_id=new.batch_id,
            sample_id=new.sample_id,
            maker_id=new.maker_id,
            outlet_id=new.outlet_id,
            opened_at=new.opened_at,
            opened_by_id=new.opened_by_id,
            taken_up_at=new.taken_up_at,
            taken_up_by_id=new.taken_up_by_id,
            closed_at=new.closed_at,
            closed_by_id=new.closed_by_id,
            reason=new.reason,
        )
    )


def find(connection: Connection, lead_id: UUID) -> Lead | None:
    row = connection.execute(select(lead).where(lead.c.lead_id == lead_id)).one_or_none()
    return None if row is None else _lead(row)


def newest(
    connection: Connection, wanted: Filter, most: int, before: tuple[datetime, UUID] | None = None
) -> list[Lead]:
    """The leads asked for, the newest first, at most `most`: those after `before` in that order."""
    chosen = select(lead)
    if wanted.region_code:
        chosen = chosen.where(lead.c.region_code.startswith(county_prefix(wanted.region_code), autoescape=True))
    if wanted.kind is not None:
        chosen = chosen.where(lead.c.kind == wanted.kind.value)
    if wanted.state is not None:
        chosen = chosen.where(lead.c.state == wanted.state.value)
    if before is not None:
        at, lead_id = before
        chosen = chosen.where(lead.c.opened_at <= at, or_(lead.c.opened_at < at, lead.c.lead_id < lead_id))
    rows = connection.execute(chosen.order_by(lead.c.opened_at.desc(), lead.c.lead_id.desc()).limit(most))
    return [_lead(row) for row in rows]


def of_sample(connection: Connection, batch_id: UUID, sample_id: UUID, kind: LeadKind) -> Lead | None:
    """The first lead of a kind that a sample gave rise to."""
    row = connection.execute(
        select(lead)
        .where(lead.c.batch_id == batch_id, lead.c.sample_id == sample_id, lead.c.kind == kind.value)
        .order_by(lead.c.opened_at)
        .limit(1)
    ).one_or_none()
    return None if row is None else _lead(row)


def change(connection: Connection, seen: Lead, later: Lead) -> int:
    """Rows changed, by compare-and-swap: 0 where the lead is no longer in the state seen."""
    done = connection.execute(
        update(lead)
        .where(lead.c.lead_id == seen.lead_id, lead.c.state == seen.state.value)
        .values(
            state=later.state.value,
            taken_up_at=later.taken_up_at,
            taken_up_by_id=later.taken_up_by_id,
            closed_at=later.closed_at,
            closed_by_id=later.closed_by_id,
            reason=later.reason,
        )
    )
    return done.rowcount


def _lead(row: Row[Any]) -> Lead:
    return Lead(**{**row._mapping, "kind": LeadKind(row.kind), "state": LeadState(row.state)})
