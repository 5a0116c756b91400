"""Tables `sample_sheet`, `sample_inspector`, `sample_portion` and `seal_number`: what stands on a sample's sheet, and
every query on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, ForeignKeyConstraint, Table, Text, and_, insert, or_, select, update

from ..store.columns import STRICT, Flag, Identifier, Instant, Whole, metadata
from .items import SeedLot
from .model import (
    Acknowledgement,
    Duplicate,
    DuplicateKind,
    Portion,
    PortionRole,
    Sample,
    SampleSheet,
    SampleState,
    SheetInspector,
)
from .store import sample

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


def add_sheet(connection: Connection, of: Sample, sheet: SampleSheet) -> None:
    """The sheet of a sample as it was taken. Portions and signature follow when it is sealed."""
    lot = sheet.seed_lot
    connection.execute(
        insert(sample_sheet).values(
            batch_id=of.batch_id,
            sample_id=of.sample_id,
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
                {**_key(of), "position": position, "name": each.name, "certificate_number": each.certificate_number}
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


def earlier_of_crop(
    connection: Connection, maker_id: UUID, product_id: UUID, crop: str, since: date
) -> list[tuple[str, date, UUID]]:
    """Number, day and agency of a maker's samples of one crop's seed since a day that were not withdrawn; of those of
    the same product where a sheet names no crop."""
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


def _written_duplicates(duplicates: Sequence[Duplicate]) -> str:
    return json.dumps([[each.kind.value, each.sample_number, each.taken_on.isoformat()] for each in duplicates])


def _read_duplicates(written: str) -> tuple[Duplicate, ...]:
    return tuple(
        Duplicate(DuplicateKind(kind), number, date.fromisoformat(day)) for kind, number, day in json.loads(written)
    )


def _key(of: Sample) -> dict[str, object]:
    return {"batch_id": of.batch_id, "sample_id": of.sample_id}
