"""Tables `code_prefix`, `code_block`, `imported_code`, `code_import`, `label_key`, and every query on them.

These are look-up tables keyed by the code itself: a code names its batch, so it cannot be found by batch first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Row,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import text as sql_text

from ..store.columns import STRICT, Identifier, Instant, Whole, metadata
from ..store.database import Database, LostRace
from ..store.hot import HotInsert, HotQuery
from .model import Import, ImportState, Level, Scheme
from .signing import SigningKey

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
    Column("import_id", Identifier, nullable=False),
    Index("ix_imported_code_place", "batch_id", "level", "package_index", unique=True),
    **STRICT,
)


code_import = Table(
    "code_import",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("import_id", Identifier, primary_key=True),
    Column("scheme", Text, nullable=False),
    Column("level", Whole, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_digest", Text, nullable=False),
    Column("first_index", Whole, nullable=False),
    Column("codes_taken", Whole, nullable=False),
    Column("lines_read", Whole, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=True),
    Index("ix_code_import_place", "batch_id", "level", "file_digest", unique=True),
    Index(
        "ix_code_import_running",
        "batch_id",
        "level",
        unique=True,
        sqlite_where=sql_text("state = 'running'"),
        postgresql_where=sql_text("state = 'running'"),
    ),
    **STRICT,
)


label_key = Table(
    "label_key",
    metadata,
    Column("key_number", Whole, primary_key=True, autoincrement=False),
    Column("public_key", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant, nullable=True),
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
    select(
        imported_code.c.batch_id, imported_code.c.level, imported_code.c.package_index, imported_code.c.import_id
    ).where(imported_code.c.scheme == bindparam("scheme"), imported_code.c.code == bindparam("code"))
)

_import_state = HotQuery(
    select(code_import.c.state).where(
        code_import.c.batch_id == bindparam("batch_id"), code_import.c.import_id == bindparam("import_id")
    )
)


def find_block(database: Database, scheme: str, prefix: str, serial: int) -> Block | None:
    row = _block.one(database, scheme=scheme, prefix=prefix, serial=serial)
    return Block(row[0], (row[1], row[2], row[3])) if row else None


def find_imported(database: Database, scheme: str, code: str) -> tuple[UUID, int, int, UUID] | None:
    """(batch, level, index, import) of an imported code, or None. Its import may not be finished."""
    row = _imported.one(database, scheme=scheme, code=code)
    return (row[0], row[1], row[2], row[3]) if row else None


def import_state(database: Database, batch_id: UUID, import_id: UUID) -> str | None:
    row = _import_state.one(database, batch_id=batch_id, import_id=import_id)
    return row[0] if row else None


_insert_imported = HotInsert(imported_code)


def add_imported(
    connection: Connection, scheme: str, batch_id: UUID, level: int, codes: Mapping[str, int], import_id: UUID
) -> None:
    """Stores codes with their package indices, in the order of the key: random inserts would touch a page each."""
    _insert_imported.run(
        connection, [(scheme, code, batch_id, level, codes[code], import_id) for code in sorted(codes)]
    )


def imports_of(connection: Connection, scheme: str, codes: Iterable[str]) -> dict[str, UUID]:
    """Those of `codes` that are stored, with the import that brought each."""
    rows = connection.execute(
        select(imported_code.c.code, imported_code.c.import_id).where(
            imported_code.c.scheme == scheme, imported_code.c.code.in_(list(codes))
        )
    )
    return {row.code: row.import_id for row in rows}


def count_imported(connection: Connection, batch_id: UUID, level: int) -> int:
    # Of finished imports: the sum of a few rows, not a count of millions.
    return int(
        connection.execute(
            select(func.coalesce(func.sum(code_import.c.codes_taken), 0)).where(
                code_import.c.batch_id == batch_id,
                code_import.c.level == level,
                code_import.c.state == ImportState.DONE.value,
            )
        ).scalar_one()
    )


def imported_at(connection: Connection, batch_id: UUID, level: int, index: int) -> str | None:
    return connection.execute(
        select(imported_code.c.code)
        .join(
            code_import,
            (code_import.c.batch_id == imported_code.c.batch_id)
            & (code_import.c.import_id == imported_code.c.import_id),
        )
        .where(
            code_import.c.state == ImportState.DONE.value,
            imported_code.c.batch_id == batch_id,
            imported_code.c.level == level,
            imported_code.c.package_index == index,
        )
    ).scalar_one_or_none()


def add_import(connection: Connection, new: Import) -> None:
    connection.execute(
        insert(code_import).values(
            import_id=new.import_id,
            batch_id=new.batch_id,
            scheme=new.scheme.value,
            level=int(new.level),
            file_name=new.file_name,
            file_digest=new.file_digest,
            first_index=new.first_index,
            codes_taken=0,
            lines_read=0,
            state=new.state.value,
            started_at=new.started_at,
            finished_at=None,
        )
    )


def find_import(connection: Connection, batch_id: UUID, level: int, file_digest: str) -> Import | None:
    row = connection.execute(
        select(code_import).where(
            code_import.c.batch_id == batch_id,
            code_import.c.level == level,
            code_import.c.file_digest == file_digest,
        )
    ).one_or_none()
    return _import(row) if row else None


def unfinished_import(connection: Connection, batch_id: UUID, level: int) -> Import | None:
    """The import of a batch's level that was begun and neither finished nor dropped, if there is one."""
    row = connection.execute(
        select(code_import).where(
            code_import.c.batch_id == batch_id,
            code_import.c.level == level,
            code_import.c.state == ImportState.RUNNING.value,
        )
    ).one_or_none()
    return _import(row) if row else None


def advance_import(connection: Connection, before: Import, lines_read: int, codes_taken: int) -> None:
    """Moves an import's mark on, by compare-and-swap. Raises LostRace where another process moved it meanwhile."""
    moved = connection.execute(
        update(code_import)
        .where(
            *_key(before),
            code_import.c.lines_read == before.lines_read,
            code_import.c.state == ImportState.RUNNING.value,
        )
        .values(lines_read=lines_read, codes_taken=codes_taken)
    )
    if moved.rowcount != 1:
        raise LostRace


def finish_import(connection: Connection, taken: Import, at: datetime) -> int:
    """Rows changed: 0 where the import is not running any more."""
    done = connection.execute(
        update(code_import)
        .where(*_key(taken), code_import.c.state == ImportState.RUNNING.value)
        .values(state=ImportState.DONE.value, finished_at=at)
    )
    return done.rowcount


def drop_import(connection: Connection, unfinished: Import) -> None:
    """Takes back all that an unfinished import has stored."""
    dropped = connection.execute(
        delete(code_import).where(*_key(unfinished), code_import.c.state == ImportState.RUNNING.value)
    )
    if dropped.rowcount != 1:
        return  # finished or dropped by another process: its codes are not ours to take back
    connection.execute(
        delete(imported_code).where(
            imported_code.c.batch_id == unfinished.batch_id,
            imported_code.c.level == int(unfinished.level),
            imported_code.c.import_id == unfinished.import_id,
        )
    )


def _key(which: Import) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return code_import.c.batch_id == which.batch_id, code_import.c.import_id == which.import_id


def _import(row: Row[tuple[object, ...]]) -> Import:
    return Import(
        import_id=row.import_id,
        batch_id=row.batch_id,
        scheme=Scheme(row.scheme),
        level=Level(row.level),
        file_name=row.file_name,
        file_digest=row.file_digest,
        first_index=row.first_index,
        codes_taken=row.codes_taken,
        lines_read=row.lines_read,
        state=ImportState(row.state),
        started_at=row.started_at,
    )


def label_keys(connection: Connection) -> list[SigningKey]:
    """All signing keys, the newest last."""
    rows = connection.execute(select(label_key).order_by(label_key.c.key_number))
    return [SigningKey(row.key_number, bytes.fromhex(row.public_key), row.created_at, row.retired_at) for row in rows]


def add_label_key(connection: Connection, new: SigningKey) -> None:
    connection.execute(
        insert(label_key).values(
            key_number=new.key_number,
            public_key=new.public_key.hex(),
            created_at=new.created_at,
            retired_at=None,
        )
    )


def retire_label_key(connection: Connection, key_number: int, at: datetime) -> None:
    connection.execute(update(label_key).where(label_key.c.key_number == key_number).values(retired_at=at))


def imported_between(connection: Connection, batch_id: UUID, level: int, start: int, stop: int) -> list[str]:
    """Imported codes of packages `[start, stop)`, in index order; fewer where some are not imported."""
    rows = connection.execute(
        select(imported_code.c.code)
        .where(
            imported_code.c.batch_id == batch_id,
            imported_code.c.level == level,
            imported_code.c.package_index >= start,
            imported_code.c.package_index < stop,
        )
        .order_by(imported_code.c.package_index)
    )
    return [row.code for row in rows]
