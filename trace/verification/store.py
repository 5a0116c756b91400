"""Table `scan`, and every query on it. Scans are appended and counted; none is changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Connection, Table, Text, bindparam, func, select

from ..kernel.values import statically_frozen
from ..ledger import service as ledger
from ..store.columns import STRICT, Identifier, Instant, Whole, metadata
from ..store.database import Database
from ..store.hot import HotInsert, HotQuery

scan = Table(
    "scan",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("level", Whole, primary_key=True, autoincrement=False),
    Column("package_index", Whole, primary_key=True, autoincrement=False),
    Column("scanned_at", Instant, primary_key=True),
    Column("scan_id", Identifier, primary_key=True),
    Column("channel", Text, nullable=False),
    **STRICT,
)


@statically_frozen
class ScanRow:
    batch_id: UUID
    level: int
    package_index: int
    scanned_at: datetime
    scan_id: UUID
    channel: str


_add = HotInsert(scan)


def add_scans(connection: Connection, rows: Sequence[ScanRow]) -> None:
    _add.run(
        connection,
        [(row.batch_id, row.level, row.package_index, row.scanned_at, row.scan_id, row.channel) for row in rows],
    )


_state = HotQuery(
    select(
        ledger.version_column(bindparam("batch_id", type_=Identifier())).label("version"),
        func.count(),
        func.min(scan.c.scanned_at),
        func.max(scan.c.scanned_at),
    ).where(
        scan.c.batch_id == bindparam("batch_id", type_=Identifier()),
        scan.c.level == bindparam("level"),
        scan.c.package_index == bindparam("package_index"),
    )
)


@statically_frozen
class State:
    """What every answer asks anew: the version of the batch, and how often this very code was scanned before."""

    version: int
    scans: int
    first_at: datetime | None
    last_at: datetime | None


def state(database: Database, batch_id: UUID, level: int, package_index: int) -> State:
    """One statement, three seeks."""
    ((version, count, first_at, last_at),) = _state.rows(
        database, batch_id=batch_id, level=level, package_index=package_index
    )
    return State(version or 0, count, first_at, last_at)
