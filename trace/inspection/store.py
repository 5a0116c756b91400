"""Tables `sample`, `finding`, `published_result`, and every query on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from ..kernel.units import Unit
from ..store.columns import STRICT, Day, Exact, Identifier, Instant, Whole, metadata
from ..store.database import Database
from ..store.hot import HotQuery
from .model import (
    Basis,
    Finding,
    Limit,
    LimitKind,
    MakerResponse,
    Outcome,
    PublishedResult,
    Sample,
    SampleState,
)

sample = Table(
    "sample",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("sample_number", Text, nullable=False),
    Column("agency_id", Identifier, ForeignKey("party.party_id"), nullable=False),
    Column("taken_on", Day, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("laboratory", Text, nullable=False),
    Column("report_number", Text, nullable=False),
    Column("reported_on", Day, nullable=True),
    Column("state", Text, nullable=False),
    Column("state_at", Instant, nullable=False),
    Column("maker_response", Text, nullable=False),
    **STRICT,
)

sample_number = Table(
    "sample_number",
    metadata,
    Column("sample_number", Text, primary_key=True),
    Column("sample_id", Identifier, nullable=False, unique=True),
    Column("batch_id", Identifier, nullable=False),
    **STRICT,
)

finding = Table(
    "finding",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("position", Whole, primary_key=True, autoincrement=False),
    Column("item", Text, nullable=False),
    Column("requirement", Text, nullable=False),
    Column("limit_kind", Text, nullable=False),
    Column("lower", Exact, nullable=True),
    Column("upper", Exact, nullable=True),
    Column("measured", Exact, nullable=True),
    Column("measured_text", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    ForeignKeyConstraint(["batch_id", "sample_id"], ["sample.batch_id", "sample.sample_id"]),
    **STRICT,
)

published_result = Table(
    "published_result",
    metadata,
    Column("result_id", Text, primary_key=True),
    *(
        Column(name, Text, nullable=False)
        for name in (
            "kind",
            "product",
            "labelled_registration_number",
            "lot_or_production_date",
            "labelled_producer",
            "sampled_from",
            "place",
            "item",
            "requirement",
            "measured",
            "unit",
            "verdict",
            "fault_class",
            "value_kind",
            "authority",
            "period",
            "reliability",
            "source",
            "note",
        )
    ),
    **STRICT,
)


def add_sample(connection: Connection, new: Sample) -> None:
    connection.execute(
        insert(sample_number).values(sample_number=new.sample_number, sample_id=new.sample_id, batch_id=new.batch_id)
    )
    connection.execute(
        insert(sample).values(
            batch_id=new.batch_id,
            sample_id=new.sample_id,
            sample_number=new.sample_number,
            agency_id=new.agency_id,
            taken_on=new.taken_on,
            region_code=new.region_code,
            basis=new.basis.value,
            laboratory=new.laboratory,
            report_number=new.report_number,
            reported_on=new.reported_on,
            state=new.state.value,
            state_at=new.state_at,
            maker_response=new.maker_response.value,
        )
    )


def batch_of_sample(connection: Connection, sample_id: UUID) -> UUID | None:
    return connection.execute(
        select(sample_number.c.batch_id).where(sample_number.c.sample_id == sample_id)
    ).scalar_one_or_none()


def sample_of_number(connection: Connection, number: str) -> UUID | None:
    return connection.execute(
        select(sample_number.c.sample_id).where(sample_number.c.sample_number == number)
    ).scalar_one_or_none()


def add_findings(connection: Connection, batch_id: UUID, sample_id: UUID, findings: Sequence[Finding]) -> None:
    connection.execute(
        insert(finding),
        [
            {
                "batch_id": batch_id,
                "sample_id": sample_id,
                "position": position,
                "item": each.item,
                "requirement": each.requirement,
                "limit_kind": each.limit.kind.value,
                "lower": each.limit.lower,
                "upper": each.limit.upper,
                "measured": each.measured,
                "measured_text": each.measured_text,
                "unit": each.unit.value,
                "outcome": each.outcome.value,
            }
            for position, each in enumerate(findings)
        ],
    )


def move_state(
    connection: Connection,
    batch_id: UUID,
    sample_id: UUID,
    before: SampleState,
    after: SampleState,
    at: datetime,
    **values: object,
) -> int:
    """Rows changed: 0 where the sample is no longer in state `before`."""
    done = connection.execute(
        update(sample)
        .where(sample.c.batch_id == batch_id, sample.c.sample_id == sample_id, sample.c.state == before.value)
        .values(state=after.value, state_at=at, **values)
    )
    return done.rowcount


def set_maker_response(connection: Connection, batch_id: UUID, sample_id: UUID, response: MakerResponse) -> None:
    connection.execute(
        update(sample)
        .where(sample.c.batch_id == batch_id, sample.c.sample_id == sample_id)
        .values(maker_response=response.value)
    )


_samples = HotQuery(
    select(
        sample.c.batch_id,
        sample.c.sample_id,
        sample.c.sample_number,
        sample.c.agency_id,
        sample.c.taken_on,
        sample.c.region_code,
        sample.c.basis,
        sample.c.laboratory,
        sample.c.report_number,
        sample.c.reported_on,
        sample.c.state,
        sample.c.state_at,
        sample.c.maker_response,
    )
    .where(sample.c.batch_id == bindparam("batch_id"))
    .order_by(sample.c.taken_on.desc(), sample.c.sample_number)
)

_findings = HotQuery(
    select(
        finding.c.sample_id,
        finding.c.item,
        finding.c.requirement,
        finding.c.limit_kind,
        finding.c.lower,
        finding.c.upper,
        finding.c.measured,
        finding.c.measured_text,
        finding.c.unit,
        finding.c.outcome,
    )
    .where(finding.c.batch_id == bindparam("batch_id"))
    .order_by(finding.c.sample_id, finding.c.position)
)


def samples_of(database: Database, batch_id: UUID) -> list[Sample]:
    """A batch's samples with their findings, the newest first. Two seeks, the second only where there is a sample."""
    rows = _samples.rows(database, batch_id=batch_id)
    if not rows:
        return []
    found: dict[UUID, list[Finding]] = {}
    for row in _findings.rows(database, batch_id=batch_id):
        found.setdefault(row[0], []).append(_finding(row))
    return [
        Sample(
            batch_id=row[0],
            sample_id=row[1],
            sample_number=row[2],
            agency_id=row[3],
            taken_on=row[4],
            region_code=row[5],
            basis=Basis(row[6]),
            laboratory=row[7],
            report_number=row[8],
            reported_on=row[9],
            state=SampleState(row[10]),
            state_at=row[11],
            maker_response=MakerResponse(row[12]),
            findings=tuple(found.get(row[1], ())),
        )
        for row in rows
    ]


def find_sample(connection: Connection, batch_id: UUID, sample_id: UUID) -> Sample | None:
    """One sample with its findings, read in the caller's transaction."""
    row = connection.execute(
        select(sample).where(sample.c.batch_id == batch_id, sample.c.sample_id == sample_id)
    ).one_or_none()
    if row is None:
        return None
    columns = [column for column in finding.c if column.name not in ("batch_id", "position")]
    parts = connection.execute(
        select(*columns)
        .where(finding.c.batch_id == batch_id, finding.c.sample_id == sample_id)
        .order_by(finding.c.position)
    )
    return Sample(
        batch_id=row.batch_id,
        sample_id=row.sample_id,
        sample_number=row.sample_number,
        agency_id=row.agency_id,
        taken_on=row.taken_on,
        region_code=row.region_code,
        basis=Basis(row.basis),
        laboratory=row.laboratory,
        report_number=row.report_number,
        reported_on=row.reported_on,
        state=SampleState(row.state),
        state_at=row.state_at,
        maker_response=MakerResponse(row.maker_response),
        findings=tuple(_finding(tuple(part)) for part in parts),
    )


def _finding(row: tuple[Any, ...]) -> Finding:
    _, item, requirement, limit_kind, lower, upper, measured, measured_text, unit, outcome = row
    return Finding(
        item=item,
        requirement=requirement,
        limit=Limit(LimitKind(limit_kind), lower, upper),
        measured=measured,
        measured_text=measured_text,
        unit=Unit(unit),
        outcome=Outcome(outcome),
    )


def replace_published(connection: Connection, results: Sequence[PublishedResult]) -> None:
    """Puts each result in place of an earlier one of the same id."""
    names = [column.name for column in published_result.c]
    connection.execute(
        delete(published_result).where(published_result.c.result_id.in_([each.result_id for each in results]))
    )
    connection.execute(insert(published_result), [{name: getattr(each, name) for name in names} for each in results])


def published(connection: Connection, limit: int) -> list[PublishedResult]:
    """Published results, the newest period first."""
    rows = connection.execute(
        select(published_result).order_by(published_result.c.period.desc(), published_result.c.result_id).limit(limit)
    )
    return [PublishedResult(**row._mapping) for row in rows]


def count_published(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(published_result)).scalar_one()
