"""Tables `sample`, `sample_number`, `sample_sheet`, `sample_inspector`, `sample_portion`, `seal_number`, `sample_step`,
and every query on them. What a laboratory found is in result_store.py."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from ..store.columns import STRICT, Day, Flag, Identifier, Instant, Whole, metadata
from ..store.hot import HotQuery
from .items import SeedLot
from .model import (
    Acknowledgement,
    Basis,
    Duplicate,
    DuplicateKind,
    MakerResponse,
    Portion,
    PortionRole,
    ResultSet,
    Sample,
    SampleSheet,
    SampleState,
    SheetInspector,
    Stage,
    StateStep,
)

sample = Table(
    "sample",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("maker_id", Identifier, nullable=False),
    Column("product_id", Identifier, nullable=False),
    Column("sample_number", Text, nullable=False),
    Column("agency_id", Identifier, ForeignKey("party.party_id"), nullable=False),
    Column("taken_on", Day, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("sampled_from_id", Identifier, nullable=True),
    Column("plan_id", Identifier, nullable=True),
    Column("laboratory_id", Identifier, nullable=True),
    Column("state", Text, nullable=False),
    Column("state_at", Instant, nullable=False),
    Column("maker_response", Text, nullable=False),
    Column("stop_id", Identifier, nullable=True),
    Index("ix_sample_state", "state", "taken_on"),
    Index("ix_sample_agency", "agency_id", "state"),
    Index("ix_sample_laboratory", "laboratory_id", "state"),
    Index("ix_sample_sampled_from", "sampled_from_id", "taken_on"),
    Index("ix_sample_plan", "plan_id"),
    Index("ix_sample_product", "product_id", "taken_on"),
    Index("ix_sample_maker", "maker_id", "taken_on"),
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

sample_sheet = Table(
    "sample_sheet",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("taken_at", Instant, nullable=False),
    Column("captured_at", Instant, nullable=True),
    Column("place", Text, nullable=False),
    Column("site_id", Identifier, nullable=True),
    Column("units", Whole, nullable=False),
    Column("movement_id", Identifier, nullable=True),
    Column("acknowledgement", Text, nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("refusal_reason", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("seed_crop", Text, nullable=False),
    Column("seed_type", Text, nullable=False),
    Column("seed_class", Text, nullable=False),
    Column("seed_subspecies", Text, nullable=False),
    Column("allows_northern_moisture", Flag, nullable=False),
    Column("note", Text, nullable=False),
    Column("duplicates", Text, nullable=False),
    ForeignKeyConstraint(["batch_id", "sample_id"], ["sample.batch_id", "sample.sample_id"]),
    **STRICT,
)

sample_inspector = Table(
    "sample_inspector",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("position", Whole, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("certificate_number", Text, nullable=False),
    ForeignKeyConstraint(["batch_id", "sample_id"], ["sample.batch_id", "sample.sample_id"]),
    **STRICT,
)

sample_portion = Table(
    "sample_portion",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("position", Whole, primary_key=True, autoincrement=False),
    Column("role", Text, nullable=False),
    Column("seal_number", Text, nullable=False),
    Column("quantity", Text, nullable=False),
    ForeignKeyConstraint(["batch_id", "sample_id"], ["sample.batch_id", "sample.sample_id"]),
    **STRICT,
)

seal_number = Table(
    "seal_number",
    metadata,
    Column("seal_number", Text, primary_key=True),
    Column("sample_id", Identifier, nullable=False),
    **STRICT,
)

sample_step = Table(
    "sample_step",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("sample_id", Identifier, primary_key=True),
    Column("position", Whole, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("actor_id", Identifier, nullable=True),
    Column("note", Text, nullable=False),
    ForeignKeyConstraint(["batch_id", "sample_id"], ["sample.batch_id", "sample.sample_id"]),
    **STRICT,
)


def add_sample(connection: Connection, new: Sample, sheet: SampleSheet) -> None:
    """A sample as it was taken. Portions and signature follow when it is sealed."""
    connection.execute(
        insert(sample_number).values(sample_number=new.sample_number, sample_id=new.sample_id, batch_id=new.batch_id)
    )
    connection.execute(
        insert(sample).values(
            batch_id=new.batch_id,
            sample_id=new.sample_id,
            maker_id=new.maker_id,
            product_id=new.product_id,
            sample_number=new.sample_number,
            agency_id=new.agency_id,
            taken_on=new.taken_on,
            region_code=new.region_code,
            basis=new.basis.value,
            stage=new.stage.value,
            sampled_from_id=new.sampled_from_id,
            plan_id=new.plan_id,
            laboratory_id=new.laboratory_id,
            state=new.state.value,
            state_at=new.state_at,
            maker_response=new.maker_response.value,
            stop_id=new.stop_id,
        )
    )
    lot = sheet.seed_lot
    connection.execute(
        insert(sample_sheet).values(
            batch_id=new.batch_id,
            sample_id=new.sample_id,
            taken_at=sheet.taken_at,
            captured_at=sheet.captured_at,
            place=sheet.place,
            site_id=sheet.site_id,
            units=sheet.units,
            movement_id=sheet.movement_id,
            acknowledgement="",
            signed_by="",
            refusal_reason="",
            signature="",
            seed_crop=lot.crop if lot else "",
            seed_type=lot.type if lot else "",
            seed_class=lot.seed_class if lot else "",
            seed_subspecies=lot.subspecies if lot else "",
            allows_northern_moisture=sheet.allows_northern_moisture,
            note=sheet.note,
            duplicates=_written_duplicates(sheet.duplicates),
        )
    )
    if sheet.inspectors:
        connection.execute(
            insert(sample_inspector),
            [
                {**_key(new), "position": position, "name": each.name, "certificate_number": each.certificate_number}
                for position, each in enumerate(sheet.inspectors)
            ],
        )


def taken_seals(connection: Connection, seals: Sequence[str]) -> set[str]:
    """Of these seal numbers those that are on a portion already."""
    return set(
        connection.execute(select(seal_number.c.seal_number).where(seal_number.c.seal_number.in_(seals))).scalars()
    )


def add_seals(connection: Connection, of: Sample, portions: Sequence[Portion]) -> None:
    connection.execute(
        insert(seal_number), [{"seal_number": each.seal_number, "sample_id": of.sample_id} for each in portions]
    )
    connection.execute(
        insert(sample_portion),
        [
            {
                **_key(of),
                "position": position,
                "role": each.role.value,
                "seal_number": each.seal_number,
                "quantity": each.quantity,
            }
            for position, each in enumerate(portions)
        ],
    )


def set_acknowledgement(connection: Connection, of: Sample, **values: str) -> None:
    """What the sampled party did with the sheet: `acknowledgement`, `signed_by`, `refusal_reason`, `signature`."""
    connection.execute(
        update(sample_sheet)
        .where(sample_sheet.c.batch_id == of.batch_id, sample_sheet.c.sample_id == of.sample_id)
        .values(**values)
    )


def add_step(connection: Connection, of: Sample, step: StateStep) -> None:
    connection.execute(
        insert(sample_step).values(
            **_key(of),
            position=step.position,
            state=step.state.value,
            entered_at=step.entered_at,
            actor_id=step.actor_id,
            note=step.note,
        )
    )


def count_steps(connection: Connection, of: Sample) -> int:
    return connection.execute(
        select(func.count())
        .select_from(sample_step)
        .where(sample_step.c.batch_id == of.batch_id, sample_step.c.sample_id == of.sample_id)
    ).scalar_one()


def batch_of_sample(connection: Connection, sample_id: UUID) -> UUID | None:
    return connection.execute(
        select(sample_number.c.batch_id).where(sample_number.c.sample_id == sample_id)
    ).scalar_one_or_none()


def sample_of_number(connection: Connection, number: str) -> UUID | None:
    return connection.execute(
        select(sample_number.c.sample_id).where(sample_number.c.sample_number == number)
    ).scalar_one_or_none()


def earlier_of_batch(connection: Connection, batch_id: UUID) -> list[tuple[str, date, UUID]]:
    """Number, day and agency of every sample of a batch that was not withdrawn."""
    rows = connection.execute(
        select(sample.c.sample_number, sample.c.taken_on, sample.c.agency_id).where(
            sample.c.batch_id == batch_id, sample.c.state != SampleState.WITHDRAWN.value
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def earlier_of_crop(
    connection: Connection, maker_id: UUID, product_id: UUID, crop: str, since: date
) -> list[tuple[str, date, UUID]]:
    """The same of a maker's seed of one crop since a day; of the same product where a sheet names no crop."""
    own = and_(sample_sheet.c.batch_id == sample.c.batch_id, sample_sheet.c.sample_id == sample.c.sample_id)
    of_product = sample.c.product_id == product_id
    rows = connection.execute(
        select(sample.c.sample_number, sample.c.taken_on, sample.c.agency_id)
        .join(sample_sheet, own)
        .where(
            sample.c.maker_id == maker_id,
            sample.c.taken_on >= since,
            sample.c.state != SampleState.WITHDRAWN.value,
            or_(of_product, sample_sheet.c.seed_crop == crop) if crop else of_product,
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


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


def set_values(connection: Connection, of: Sample, **values: object) -> None:
    """Changes what does not move its state: `maker_response`, `stop_id`."""
    connection.execute(
        update(sample).where(sample.c.batch_id == of.batch_id, sample.c.sample_id == of.sample_id).values(**values)
    )


SAMPLE_COLUMNS = (
    sample.c.batch_id,
    sample.c.sample_id,
    sample.c.maker_id,
    sample.c.product_id,
    sample.c.sample_number,
    sample.c.agency_id,
    sample.c.taken_on,
    sample.c.region_code,
    sample.c.basis,
    sample.c.stage,
    sample.c.sampled_from_id,
    sample.c.plan_id,
    sample.c.laboratory_id,
    sample.c.state,
    sample.c.state_at,
    sample.c.maker_response,
    sample.c.stop_id,
)

SAMPLES_OF_BATCH = HotQuery(
    select(*SAMPLE_COLUMNS)
    .where(sample.c.batch_id == bindparam("batch_id"))
    .order_by(sample.c.taken_on.desc(), sample.c.sample_number)
)
"""A batch's samples, the newest first."""


def sample_of_row(row: Sequence[Any], results: tuple[ResultSet, ...]) -> Sample:
    """A sample from SAMPLE_COLUMNS."""
    return Sample(
        batch_id=row[0],
        sample_id=row[1],
        maker_id=row[2],
        product_id=row[3],
        sample_number=row[4],
        agency_id=row[5],
        taken_on=row[6],
        region_code=row[7],
        basis=Basis(row[8]),
        stage=Stage(row[9]),
        sampled_from_id=row[10],
        plan_id=row[11],
        laboratory_id=row[12],
        state=SampleState(row[13]),
        state_at=row[14],
        maker_response=MakerResponse(row[15]),
        stop_id=row[16],
        results=results,
    )


def sample_row(connection: Connection, batch_id: UUID, sample_id: UUID) -> Sequence[Any] | None:
    return connection.execute(
        select(*SAMPLE_COLUMNS).where(sample.c.batch_id == batch_id, sample.c.sample_id == sample_id)
    ).one_or_none()


def sheet_of(connection: Connection, batch_id: UUID, sample_id: UUID) -> SampleSheet:
    """The sheet of a sample that is there."""

    def rows(table: Table, *columns: Column[Any]) -> Sequence[Sequence[Any]]:
        return connection.execute(
            select(*columns)
            .where(table.c.batch_id == batch_id, table.c.sample_id == sample_id)
            .order_by(table.c.position)
        ).all()

    row = connection.execute(
        select(sample_sheet).where(sample_sheet.c.batch_id == batch_id, sample_sheet.c.sample_id == sample_id)
    ).one()
    lot = SeedLot(row.seed_crop, row.seed_type, row.seed_class, row.seed_subspecies)
    return SampleSheet(
        taken_at=row.taken_at,
        place=row.place,
        site_id=row.site_id,
        units=row.units,
        movement_id=row.movement_id,
        inspectors=tuple(
            SheetInspector(*each)
            for each in rows(sample_inspector, sample_inspector.c.name, sample_inspector.c.certificate_number)
        ),
        portions=tuple(
            Portion(PortionRole(role), seal, quantity)
            for role, seal, quantity in rows(
                sample_portion, sample_portion.c.role, sample_portion.c.seal_number, sample_portion.c.quantity
            )
        ),
        acknowledgement=Acknowledgement(row.acknowledgement) if row.acknowledgement else None,
        signed_by=row.signed_by,
        refusal_reason=row.refusal_reason,
        signature=row.signature,
        seed_lot=lot if lot.crop else None,
        allows_northern_moisture=row.allows_northern_moisture,
        note=row.note,
        duplicates=_read_duplicates(row.duplicates),
        captured_at=row.captured_at,
    )


def steps_of(connection: Connection, batch_id: UUID, sample_id: UUID) -> tuple[StateStep, ...]:
    """The history of a sample, the oldest step first."""
    rows = connection.execute(
        select(
            sample_step.c.position,
            sample_step.c.state,
            sample_step.c.entered_at,
            sample_step.c.actor_id,
            sample_step.c.note,
        )
        .where(sample_step.c.batch_id == batch_id, sample_step.c.sample_id == sample_id)
        .order_by(sample_step.c.position)
    )
    return tuple(StateStep(row[0], SampleState(row[1]), row[2], row[3], row[4]) for row in rows)


def desk_samples(
    connection: Connection,
    party_id: UUID | None,
    states: Sequence[str],
    before: tuple[date, UUID] | None,
    limit: int,
) -> list[UUID]:
    """Samples of an agency or a laboratory, of everybody where `party_id` is None, in any of `states` (none: all)."""
    query = select(sample.c.sample_id).order_by(sample.c.taken_on.desc(), sample.c.sample_id.desc()).limit(limit)
    if party_id is not None:
        query = query.where(or_(sample.c.agency_id == party_id, sample.c.laboratory_id == party_id))
    if states:
        query = query.where(sample.c.state.in_(states))
    if before is not None:
        day, sample_id = before
        later = and_(sample.c.taken_on == day, sample.c.sample_id < sample_id)
        query = query.where(or_(sample.c.taken_on < day, later))
    return list(connection.execute(query).scalars())


def concerning(connection: Connection, party_id: UUID, states: Sequence[str], limit: int) -> list[UUID]:
    """Samples in any of `states` of a party's products, or taken from it."""
    return list(
        connection.execute(
            select(sample.c.sample_id)
            .where(or_(sample.c.maker_id == party_id, sample.c.sampled_from_id == party_id), sample.c.state.in_(states))
            .order_by(sample.c.taken_on.desc(), sample.c.sample_id.desc())
            .limit(limit)
        ).scalars()
    )


def _written_duplicates(duplicates: Sequence[Duplicate]) -> str:
    return json.dumps([[each.kind.value, each.sample_number, each.taken_on.isoformat()] for each in duplicates])


def _read_duplicates(written: str) -> tuple[Duplicate, ...]:
    return tuple(
        Duplicate(DuplicateKind(kind), number, date.fromisoformat(day)) for kind, number, day in json.loads(written)
    )


def _key(of: Sample) -> dict[str, object]:
    return {"batch_id": of.batch_id, "sample_id": of.sample_id}
