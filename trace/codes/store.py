"""Tables `code_prefix`, `code_block`, `imported_code`, and every query on them.

These are look-up tables keyed by the code itself: a code names its batch, so it cannot be found by batch first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Column, Connection, Index, Table, Text, bindparam, func, insert, select, update

from ..store.columns import STRICT, Identifier, Whole, metadata
from ..store.database import Database, LostRace
from ..store.hot import HotQuery

code_prefix = Table(
    "code_prefix",
    metadata,
    Column("scheme", Text, primary_key=True),
    Column("prefix", Text, primary_key=True),
    Column("next_serial", Whole, nullable=False),
    **STRICT,
)

code_block = Table(
    "code_block",
    metadata,
    Column("scheme", Text, primary_key=True),
    Column("prefix", Text, primary_key=True),
    Column("serial", Whole, primary_key=True, autoincrement=False),
    Column("batch_id", Identifier, nullable=False),
    Column("unit_count", Whole, nullable=False),
    Column("carton_count", Whole, nullable=False),
    Column("pallet_count", Whole, nullable=False),
    **STRICT,
)

imported_code = Table(
    "imported_code",
    metadata,
    Column("scheme", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("batch_id", Identifier, nullable=False),
    Column("level", Whole, nullable=False),
    Column("package_index", Whole, nullable=False),
    Index("ix_imported_code_place", "batch_id", "level", "package_index", unique=True),
    **STRICT,
)


@dataclass(frozen=True, slots=True)
class Block:
    """The batch that one serial under one prefix stands for, with its number of packages by level."""

    batch_id: UUID
    counts: tuple[int, int, int]


def take_serial(connection: Connection, scheme: str, prefix: str) -> int:
    """The next free serial under a prefix, by compare-and-swap. Raises LostRace."""
    key = (code_prefix.c.scheme == scheme, code_prefix.c.prefix == prefix)
    serial = connection.execute(select(code_prefix.c.next_serial).where(*key)).scalar_one_or_none()
    if serial is None:
        connection.execute(insert(code_prefix).values(scheme=scheme, prefix=prefix, next_serial=1))
        return 0
    moved = connection.execute(
        update(code_prefix).where(*key, code_prefix.c.next_serial == serial).values(next_serial=serial + 1)
    )
    if moved.rowcount != 1:
        raise LostRace
    return serial


def add_block(connection: Connection, scheme: str, prefix: str, serial: int, block: Block) -> None:
    units, cartons, pallets = block.counts
    connection.execute(
        insert(code_block).values(
            scheme=scheme,
            prefix=prefix,
            serial=serial,
            batch_id=block.batch_id,
            unit_count=units,
            carton_count=cartons,
            pallet_count=pallets,
        )
    )


_block = HotQuery(
    select(code_block.c.batch_id, code_block.c.unit_count, code_block.c.carton_count, code_block.c.pallet_count).where(
        code_block.c.scheme == bindparam("scheme"),
        code_block.c.prefix == bindparam("prefix"),
        code_block.c.serial == bindparam("serial"),
    )
)

_imported = HotQuery(
    select(imported_code.c.batch_id, imported_code.c.level, imported_code.c.package_index).where(
        imported_code.c.scheme == bindparam("scheme"), imported_code.c.code == bindparam("code")
    )
)


def find_block(database: Database, scheme: str, prefix: str, serial: int) -> Block | None:
    row = _block.one(database, scheme=scheme, prefix=prefix, serial=serial)
    return Block(row[0], (row[1], row[2], row[3])) if row else None


def find_imported(database: Database, scheme: str, code: str) -> tuple[UUID, int, int] | None:
    """(batch, level, index) of an imported code, or None."""
    row = _imported.one(database, scheme=scheme, code=code)
    return (row[0], row[1], row[2]) if row else None


def add_imported(
    connection: Connection, scheme: str, batch_id: UUID, level: int, first_index: int, codes: Sequence[str]
) -> None:
    connection.execute(
        insert(imported_code),
        [
            {"scheme": scheme, "code": code, "batch_id": batch_id, "level": level, "package_index": index}
            for index, code in enumerate(codes, start=first_index)
        ],
    )


def already_imported(connection: Connection, scheme: str, codes: Iterable[str]) -> set[str]:
    rows = connection.execute(
        select(imported_code.c.code).where(imported_code.c.scheme == scheme, imported_code.c.code.in_(list(codes)))
    )
    return {row.code for row in rows}


def count_imported(connection: Connection, batch_id: UUID, level: int) -> int:
    return connection.execute(
        select(func.count())
        .select_from(imported_code)
        .where(imported_code.c.batch_id == batch_id, imported_code.c.level == level)
    ).scalar_one()


def imported_at(connection: Connection, batch_id: UUID, level: int, index: int) -> str | None:
    return connection.execute(
        select(imported_code.c.code).where(
            imported_code.c.batch_id == batch_id,
            imported_code.c.level == level,
            imported_code.c.package_index == index,
        )
    ).scalar_one_or_none()
