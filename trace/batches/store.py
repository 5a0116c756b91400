"""Tables `batch`, `batch_stop`, `packing_exception`, `foreign_package`, `print_job`, `voided_code`, and every query on
them."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    literal,
    select,
    union,
    update,
)

from ..kernel.intervals import Interval
from ..store.columns import STRICT, Day, Flag, Identifier, Instant, Whole, metadata
from ..store.database import Database
from ..store.hot import HotQuery
from .contents import Foreign, Packages, PackingException
from .model import Batch, FactoryResult, Packing, PrintJob, ProductionType, SignedBatch, Stop, StopKind, Voided

batch = Table(
    "batch",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("maker_id", Identifier, ForeignKey("party.party_id"), nullable=False, index=True),
    Column("product_id", Identifier, ForeignKey("product.product_id"), nullable=False, index=True),
    Column("batch_number", Text, nullable=False),
    Column("production_on", Day, nullable=False),
    Column("expires_on", Day, nullable=False),
    Column("size", Whole, nullable=False),
    Column("units_per_carton", Whole, nullable=False),
    Column("cartons_per_pallet", Whole, nullable=False),
    Column("spare_cartons", Whole, nullable=False),
    Column("spare_pallets", Whole, nullable=False),
    Column("pack_description", Text, nullable=False),
    Column("production_type", Text, nullable=False),
    Column("contract_maker", Text, nullable=False),
    Column("technical_registration", Text, nullable=False),
    Column("technical_maker", Text, nullable=False),
    Column("factory_result", Text, nullable=False),
    Column("factory_report_number", Text, nullable=False),
    Column("factory_inspected_on", Day, nullable=True),
    Column("scheme", Text, nullable=False),
    Column("code_prefix", Text, nullable=False),
    Column("code_serial", Whole, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("is_demonstration", Flag, nullable=False),
    Column("registered_at", Instant, nullable=False),
    Column("units_carry_codes", Flag, nullable=False),
    Column("is_signed", Flag, nullable=False),
    Column("gtin", Text, nullable=False),
    Column("gtin_serial", Whole, nullable=False),
    **STRICT,
)

batch_stop = Table(
    "batch_stop",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("stop_id", Identifier, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("start", Whole, nullable=False),
    Column("stop", Whole, nullable=False),
    Column("ordered_by_id", Identifier, ForeignKey("party.party_id"), nullable=True),
    Column("ordered_at", Instant, nullable=False),
    Column("lifted_at", Instant, nullable=True),
    **STRICT,
)


packing_exception = Table(
    "packing_exception",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("level", Whole, primary_key=True, autoincrement=False),
    Column("start", Whole, primary_key=True, autoincrement=False),
    Column("stop", Whole, nullable=False),
    Column("container_index", Whole, nullable=True),
    Column("reason", Text, nullable=False),
    Column("container_batch_id", Identifier, nullable=True),
    **STRICT,
)

foreign_package = Table(
    "foreign_package",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("foreign_batch_id", Identifier, primary_key=True),
    Column("level", Whole, primary_key=True, autoincrement=False),
    Column("start", Whole, primary_key=True, autoincrement=False),
    Column("stop", Whole, nullable=False),
    Column("container_index", Whole, nullable=False),
    **STRICT,
)
"""Rows of `packing_exception` whose container is of another batch, seen from there: `batch_id` is the container's."""

print_job = Table(
    "print_job",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("job_id", Identifier, primary_key=True),
    Column("level", Whole, nullable=False),
    Column("start", Whole, nullable=False),
    Column("stop", Whole, nullable=False),
    Column("form", Text, nullable=False),
    Column("printed_by_id", Identifier, ForeignKey("party.party_id"), nullable=True),
    Column("printed_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    **STRICT,
)

voided_code = Table(
    "voided_code",
    metadata,
    Column("batch_id", Identifier, ForeignKey("batch.batch_id"), primary_key=True),
    Column("level", Whole, primary_key=True, autoincrement=False),
    Column("start", Whole, primary_key=True, autoincrement=False),
    Column("stop", Whole, nullable=False),
    Column("reason", Text, nullable=False),
    Column("voided_at", Instant, nullable=False),
    **STRICT,
)


def add_batch(connection: Connection, new: Batch) -> None:
    connection.execute(
        insert(batch).values(
            batch_id=new.batch_id,
            maker_id=new.maker_id,
            product_id=new.product_id,
            batch_number=new.batch_number,
            production_on=new.production_on,
            expires_on=new.expires_on,
            size=new.size,
            units_per_carton=new.packing.units_per_carton,
            cartons_per_pallet=new.packing.cartons_per_pallet,
            spare_cartons=new.spare_cartons,
            spare_pallets=new.spare_pallets,
            pack_description=new.pack_description,
            production_type=new.production_type.value,
            contract_maker=new.contract_maker,
            technical_registration=new.technical_registration,
            technical_maker=new.technical_maker,
            factory_result=new.factory_result.value,
            factory_report_number=new.factory_report_number,
            factory_inspected_on=new.factory_inspected_on,
            scheme=new.scheme,
            code_prefix=new.code_prefix,
            code_serial=new.code_serial,
            ruleset=new.ruleset,
            is_demonstration=new.is_demonstration,
            registered_at=new.registered_at,
            units_carry_codes=new.units_carry_codes,
            is_signed=new.is_signed,
            gtin=new.gtin,
            gtin_serial=new.gtin_serial,
        )
    )


_BatchRow = namedtuple("_BatchRow", batch.c.keys())
_batch_by_id = HotQuery(select(batch).where(batch.c.batch_id == bindparam("batch_id")))


def find_batch(connection: Connection, batch_id: UUID) -> Batch | None:
    """A fast one: every movement of goods asks for their batch."""
    row = _batch_by_id.one_in(connection, batch_id=batch_id)
    return _batch(_BatchRow(*row)) if row else None


def batches_of(connection: Connection, maker_id: UUID, limit: int) -> list[Batch]:
    """A maker's batches, the newest registration first."""
    rows = connection.execute(
        select(batch)
        .where(batch.c.maker_id == maker_id)
        .order_by(batch.c.registered_at.desc(), batch.c.batch_id)
        .limit(limit)
    )
    return [_batch(row) for row in rows]


def batches_by_id(connection: Connection, batch_ids: Iterable[UUID]) -> list[Batch]:
    rows = connection.execute(select(batch).where(batch.c.batch_id.in_(list(batch_ids))))
    return [_batch(row) for row in rows]


def all_batches(connection: Connection) -> list[Batch]:
    """Every batch, for `suiyuan check`."""
    return [_batch(row) for row in connection.execute(select(batch).order_by(batch.c.batch_id))]


def signed_batches(connection: Connection, on: date, limit: int) -> list[SignedBatch]:
    """Batches with signed labels that are in date on a day, by id."""
    rows = connection.execute(
        select(batch.c.batch_id, batch.c.product_id, batch.c.batch_number, batch.c.expires_on, batch.c.size)
        .where(batch.c.is_signed == literal(True, Flag), batch.c.expires_on >= on)
        .order_by(batch.c.batch_id)
        .limit(limit)
    )
    return [SignedBatch(*row) for row in rows]


def add_stop(connection: Connection, new: Stop) -> None:
    connection.execute(
        insert(batch_stop).values(
            batch_id=new.batch_id,
            stop_id=new.stop_id,
            kind=new.kind.value,
            reason=new.reason,
            start=new.interval.start,
            stop=new.interval.stop,
            ordered_by_id=new.ordered_by_id,
            ordered_at=new.ordered_at,
            lifted_at=None,
        )
    )


def stops(connection: Connection, batch_id: UUID) -> list[Stop]:
    """All stops of a batch, lifted ones included, oldest first."""
    rows = connection.execute(
        select(batch_stop)
        .where(batch_stop.c.batch_id == batch_id)
        .order_by(batch_stop.c.ordered_at, batch_stop.c.stop_id)
    )
    return [
        Stop(
            batch_id=row.batch_id,
            stop_id=row.stop_id,
            kind=StopKind(row.kind),
            reason=row.reason,
            interval=Interval(row.start, row.stop),
            ordered_by_id=row.ordered_by_id,
            ordered_at=row.ordered_at,
            lifted_at=row.lifted_at,
        )
        for row in rows
    ]


_open_stops = HotQuery(
    select(
        batch_stop.c.stop_id,
        batch_stop.c.kind,
        batch_stop.c.reason,
        batch_stop.c.start,
        batch_stop.c.stop,
        batch_stop.c.ordered_by_id,
        batch_stop.c.ordered_at,
    )
    .where(batch_stop.c.batch_id == bindparam("batch_id"), batch_stop.c.lifted_at.is_(None))
    .order_by(batch_stop.c.ordered_at, batch_stop.c.stop_id)
)


def open_stops(database: Database, batch_id: UUID) -> list[Stop]:
    """Stops in force, oldest first. One seek."""
    return [_open_stop(batch_id, row) for row in _open_stops.rows(database, batch_id=batch_id)]


def open_stops_in(connection: Connection, batch_id: UUID) -> list[Stop]:
    """The same in the caller's transaction."""
    return [_open_stop(batch_id, row) for row in _open_stops.rows_in(connection, batch_id=batch_id)]


def open_stops_of(connection: Connection, batch_ids: Sequence[UUID]) -> list[Stop]:
    """Stops in force on any of these batches."""
    rows = connection.execute(
        select(batch_stop).where(batch_stop.c.batch_id.in_(batch_ids), batch_stop.c.lifted_at.is_(None))
    )
    return [
        _open_stop(
            row.batch_id, (row.stop_id, row.kind, row.reason, row.start, row.stop, row.ordered_by_id, row.ordered_at)
        )
        for row in rows
    ]


def _open_stop(batch_id: UUID, row: tuple[Any, ...]) -> Stop:
    stop_id, kind, reason, start, stop, ordered_by_id, ordered_at = row
    return Stop(batch_id, stop_id, StopKind(kind), reason, Interval(start, stop), ordered_by_id, ordered_at)


def lift_stop(connection: Connection, batch_id: UUID, stop_id: UUID, at: datetime) -> int:
    """Rows changed: 0 where there is no such open stop."""
    done = connection.execute(
        update(batch_stop)
        .where(batch_stop.c.batch_id == batch_id, batch_stop.c.stop_id == stop_id, batch_stop.c.lifted_at.is_(None))
        .values(lifted_at=at)
    )
    return done.rowcount


def _batch(row: Any) -> Batch:
    """`row`: anything with the table's columns as attributes."""
    return Batch(
        batch_id=row.batch_id,
        maker_id=row.maker_id,
        product_id=row.product_id,
        batch_number=row.batch_number,
        production_on=row.production_on,
        expires_on=row.expires_on,
        size=row.size,
        packing=Packing(row.units_per_carton, row.cartons_per_pallet),
        spare_cartons=row.spare_cartons,
        spare_pallets=row.spare_pallets,
        pack_description=row.pack_description,
        production_type=ProductionType(row.production_type),
        contract_maker=row.contract_maker,
        technical_registration=row.technical_registration,
        technical_maker=row.technical_maker,
        factory_result=FactoryResult(row.factory_result),
        factory_report_number=row.factory_report_number,
        factory_inspected_on=row.factory_inspected_on,
        scheme=row.scheme,
        code_prefix=row.code_prefix,
        code_serial=row.code_serial,
        ruleset=row.ruleset,
        registered_at=row.registered_at,
        is_demonstration=row.is_demonstration,
        units_carry_codes=row.units_carry_codes,
        is_signed=row.is_signed,
        gtin=row.gtin,
        gtin_serial=row.gtin_serial,
    )


_exceptions = HotQuery(
    select(
        packing_exception.c.level,
        packing_exception.c.start,
        packing_exception.c.stop,
        packing_exception.c.container_index,
        packing_exception.c.reason,
        packing_exception.c.container_batch_id,
    )
    .where(packing_exception.c.batch_id == bindparam("batch_id"))
    .order_by(packing_exception.c.level, packing_exception.c.start)
)

_foreign = HotQuery(
    select(
        foreign_package.c.container_index,
        foreign_package.c.foreign_batch_id,
        foreign_package.c.level,
        foreign_package.c.start,
        foreign_package.c.stop,
    )
    .where(foreign_package.c.batch_id == bindparam("batch_id"))
    .order_by(foreign_package.c.foreign_batch_id, foreign_package.c.level, foreign_package.c.start)
)

_voided = HotQuery(
    select(voided_code.c.level, voided_code.c.start, voided_code.c.stop, voided_code.c.reason, voided_code.c.voided_at)
    .where(voided_code.c.batch_id == bindparam("batch_id"))
    .order_by(voided_code.c.level, voided_code.c.start)
)


def exceptions(database: Database, batch_id: UUID) -> tuple[PackingException, ...]:
    return tuple(PackingException(*row) for row in _exceptions.rows(database, batch_id=batch_id))


def foreign(database: Database, batch_id: UUID) -> tuple[Foreign, ...]:
    return tuple(Foreign(row[0], Packages(*row[1:])) for row in _foreign.rows(database, batch_id=batch_id))


def voided(database: Database, batch_id: UUID) -> tuple[Voided, ...]:
    return tuple(Voided(*row) for row in _voided.rows(database, batch_id=batch_id))


def exceptions_in(connection: Connection, batch_id: UUID) -> tuple[PackingException, ...]:
    """The exceptions as the caller's transaction sees them."""
    rows = connection.execute(
        select(packing_exception)
        .where(packing_exception.c.batch_id == batch_id)
        .order_by(packing_exception.c.level, packing_exception.c.start)
    )
    return tuple(
        PackingException(row.level, row.start, row.stop, row.container_index, row.reason, row.container_batch_id)
        for row in rows
    )


def replace_exceptions(connection: Connection, batch_id: UUID, after: Sequence[PackingException]) -> None:
    connection.execute(delete(packing_exception).where(packing_exception.c.batch_id == batch_id))
    connection.execute(
        insert(packing_exception),
        [
            {
                "batch_id": batch_id,
                "level": each.level,
                "start": each.start,
                "stop": each.stop,
                "container_index": each.container_index,
                "reason": each.reason,
                "container_batch_id": each.container_batch_id,
            }
            for each in after
        ],
    )


def foreign_in(connection: Connection, batch_id: UUID) -> tuple[Foreign, ...]:
    """What other batches have in packages of this one, as the caller's transaction sees it."""
    rows = connection.execute(
        select(foreign_package)
        .where(foreign_package.c.batch_id == batch_id)
        .order_by(foreign_package.c.foreign_batch_id, foreign_package.c.level, foreign_package.c.start)
    )
    return tuple(
        Foreign(row.container_index, Packages(row.foreign_batch_id, row.level, row.start, row.stop)) for row in rows
    )


def replace_foreign(connection: Connection, batch_id: UUID, foreign_batch_id: UUID, after: Sequence[Foreign]) -> None:
    """Sets what one other batch has in packages of `batch_id`."""
    connection.execute(
        delete(foreign_package).where(
            foreign_package.c.batch_id == batch_id, foreign_package.c.foreign_batch_id == foreign_batch_id
        )
    )
    if after:
        connection.execute(
            insert(foreign_package),
            [
                {
                    "batch_id": batch_id,
                    "foreign_batch_id": foreign_batch_id,
                    "level": each.packages.level,
                    "start": each.packages.start,
                    "stop": each.packages.stop,
                    "container_index": each.container_index,
                }
                for each in after
            ],
        )


def batches_packed_together(connection: Connection) -> set[UUID]:
    """Batches that have packages in another's or another's in theirs, for `suiyuan check`."""
    elsewhere = packing_exception.c.container_batch_id.is_not(None)
    found = union(
        select(packing_exception.c.batch_id).where(elsewhere),
        select(packing_exception.c.container_batch_id).where(elsewhere),
        select(foreign_package.c.batch_id),
        select(foreign_package.c.foreign_batch_id),
    )
    return set(connection.execute(found).scalars())


def add_print_job(connection: Connection, new: PrintJob) -> None:
    connection.execute(
        insert(print_job).values(
            batch_id=new.batch_id,
            job_id=new.job_id,
            level=new.level,
            start=new.start,
            stop=new.stop,
            form=new.form,
            printed_by_id=new.printed_by_id,
            printed_at=new.printed_at,
            reason=new.reason,
        )
    )


def print_jobs(connection: Connection, batch_id: UUID) -> list[PrintJob]:
    """A batch's print jobs, oldest first."""
    rows = connection.execute(
        select(print_job).where(print_job.c.batch_id == batch_id).order_by(print_job.c.printed_at, print_job.c.job_id)
    )
    return [PrintJob(**row._mapping) for row in rows]


def voided_in(connection: Connection, batch_id: UUID) -> list[Voided]:
    rows = connection.execute(
        select(voided_code).where(voided_code.c.batch_id == batch_id).order_by(voided_code.c.level, voided_code.c.start)
    )
    return [Voided(row.level, row.start, row.stop, row.reason, row.voided_at) for row in rows]


def add_voided(connection: Connection, batch_id: UUID, new: Voided) -> None:
    connection.execute(
        insert(voided_code).values(
            batch_id=batch_id,
            level=new.level,
            start=new.start,
            stop=new.stop,
            reason=new.reason,
            voided_at=new.voided_at,
        )
    )
