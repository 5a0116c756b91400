"""Tables `consumer_report`, `report_photo`, `report_attempt` and `report_salt`, and every query on them.

A report and its lead share their identifier and are written in one transaction. The telephone stands sealed
(sealing.py) and goes, with the position, in the transaction that closes the lead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Index, Row, Table, Text, delete, func, insert, select, update

from ...store.columns import STRICT, Bytes, Day, Exact, Identifier, Instant, Whole, metadata
from ..model import LeadKind
from ..store import lead
from .model import AttemptKind, KeptReport, Position, Report, Trouble

consumer_report = Table(
    "consumer_report",
    metadata,
    Column("lead_id", Identifier, primary_key=True),
    Column("sent_id", Identifier, nullable=False),
    Column("check_text", Text, nullable=False),
    Column("code_text", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("troubles", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("latitude_degrees", Exact, nullable=True),
    Column("longitude_degrees", Exact, nullable=True),
    Column("telephone_sealed", Text, nullable=False),
    Column("photos", Whole, nullable=False),
    Column("public_answer", Text, nullable=False),
    Column("erased_at", Instant, nullable=True),
    Index("uq_consumer_report_sent_id", "sent_id", unique=True),
    **STRICT,
)

report_photo = Table(
    "report_photo",
    metadata,
    Column("lead_id", Identifier, primary_key=True),
    Column("number", Whole, primary_key=True, autoincrement=False),
    Column("content", Bytes, nullable=False),
    **STRICT,
)

report_attempt = Table(
    "report_attempt",
    metadata,
    Column("attempt_id", Identifier, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("attempted_at", Instant, nullable=False),
    Index("ix_report_attempt_source", "kind", "source", "attempted_at"),
    Index("ix_report_attempt_kind", "kind", "attempted_at"),
    Index("ix_report_attempt_attempted_at", "attempted_at"),
    **STRICT,
)

report_salt = Table(
    "report_salt",
    metadata,
    Column("salted_on", Day, primary_key=True),
    Column("salt", Bytes, nullable=False),
    **STRICT,
)


@dataclass(frozen=True, slots=True)
class Attempt:
    attempt_id: UUID
    kind: AttemptKind
    source: str
    attempted_at: datetime


def add(connection: Connection, new: KeptReport, photos: Sequence[bytes]) -> None:
    report, position = new.report, new.report.position
    connection.execute(
        insert(consumer_report).values(
            lead_id=report.lead_id,
            sent_id=new.sent_id,
            check_text=new.check_text,
            code_text=report.code_text,
            code=report.code,
            troubles=" ".join(each.value for each in report.troubles),
            words=report.words,
            region_code=report.region_code,
            latitude_degrees=position and position.latitude_degrees,
            longitude_degrees=position and position.longitude_degrees,
            telephone_sealed=new.telephone_sealed,
            photos=report.photos,
            public_answer=report.public_answer,
            erased_at=report.erased_at,
        )
    )
    for number, content in enumerate(photos, start=1):
        connection.execute(insert(report_photo).values(lead_id=report.lead_id, number=number, content=content))


def find(connection: Connection, lead_id: UUID) -> KeptReport | None:
    row = connection.execute(select(consumer_report).where(consumer_report.c.lead_id == lead_id)).one_or_none()
    return None if row is None else _kept(row)


def find_sent(connection: Connection, sent_id: UUID) -> KeptReport | None:
    """The report that a sending made already."""
    row = connection.execute(select(consumer_report).where(consumer_report.c.sent_id == sent_id)).one_or_none()
    return None if row is None else _kept(row)


def photo(connection: Connection, lead_id: UUID, number: int) -> bytes | None:
    wanted = select(report_photo.c.content).where(report_photo.c.lead_id == lead_id, report_photo.c.number == number)
    return connection.execute(wanted).scalar_one_or_none()


def end(connection: Connection, lead_id: UUID, public_answer: str, now: datetime) -> bool:
    """Notes what the buyer is told, and deletes telephone and position. False where the lead is not of a report."""
    done = connection.execute(
        update(consumer_report)
        .where(consumer_report.c.lead_id == lead_id)
        .values(
            public_answer=public_answer,
            telephone_sealed="",
            latitude_degrees=None,
            longitude_degrees=None,
            erased_at=now,
        )
    )
    return done.rowcount == 1


def complaints(connection: Connection, since: datetime) -> dict[UUID, int]:
    """Codes reported since an instant, by maker and by who had the goods. One code counts once, however often it is
    reported."""
    found: dict[UUID, int] = {}
    for party in (lead.c.maker_id, lead.c.outlet_id):
        rows = connection.execute(
            select(party, func.count(consumer_report.c.code.distinct()))
            .join(consumer_report, consumer_report.c.lead_id == lead.c.lead_id)
            .where(lead.c.kind == LeadKind.CONSUMER_REPORT.value, lead.c.opened_at >= since, party.is_not(None))
            .group_by(party)
        )
        for party_id, count in rows:
            found[party_id] = found.get(party_id, 0) + count
    return found


def latest_attempts(
    connection: Connection, kind: AttemptKind, source: str | None, since: datetime, most: int
) -> list[datetime]:
    """When one source, or any (None), tried after `since`, the newest first, at most `most`."""
    chosen = select(report_attempt.c.attempted_at).where(
        report_attempt.c.kind == kind.value, report_attempt.c.attempted_at > since
    )
    if source is not None:
        chosen = chosen.where(report_attempt.c.source == source)
    return list(connection.execute(chosen.order_by(report_attempt.c.attempted_at.desc()).limit(most)).scalars())


def note(connection: Connection, new: Attempt, expired: datetime) -> None:
    """Counts an attempt, and deletes those before `expired`."""
    connection.execute(
        insert(report_attempt).values(
            attempt_id=new.attempt_id, kind=new.kind.value, source=new.source, attempted_at=new.attempted_at
        )
    )
    connection.execute(delete(report_attempt).where(report_attempt.c.attempted_at < expired))


def salt_of(connection: Connection, day: date) -> bytes | None:
    return connection.execute(select(report_salt.c.salt).where(report_salt.c.salted_on == day)).scalar_one_or_none()


def begin_day(connection: Connection, day: date, salt: bytes) -> None:
    """The salt of a new day; those of all others are deleted."""
    connection.execute(delete(report_salt).where(report_salt.c.salted_on != day))
    connection.execute(insert(report_salt).values(salted_on=day, salt=salt))


def _kept(row: Row[Any]) -> KeptReport:
    has_position = row.latitude_degrees is not None
    report = Report(
        lead_id=row.lead_id,
        code_text=row.code_text,
        code=row.code,
        troubles=tuple(Trouble(each) for each in row.troubles.split()),
        words=row.words,
        region_code=row.region_code,
        position=Position(row.latitude_degrees, row.longitude_degrees) if has_position else None,
        has_telephone=bool(row.telephone_sealed),
        photos=row.photos,
        public_answer=row.public_answer,
        erased_at=row.erased_at,
    )
    return KeptReport(report, row.sent_id, row.check_text, row.telephone_sealed)
