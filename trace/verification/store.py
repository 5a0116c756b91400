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
class Look:
    """A code that somebody looks at. `scan_id`: of the scan that is recorded of it; None where none is."""

    batch_id: UUID
    level: int
    package_index: int
    at: datetime
    scan_id: UUID | None
    channel: str


_add = HotInsert(scan)


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

_version = HotQuery(select(ledger.version_column(bindparam("batch_id", type_=Identifier()))))


@statically_frozen
class State:
    """What every answer asks anew: the version of the batch, and how often this very code was scanned before."""

    version: int
    scans: int
    first_at: datetime | None
    last_at: datetime | None


def record(connection: Connection, looks: Sequence[Look]) -> list[State]:
    """Records the scans among `looks`, and gives for each look what there was before it, the looks before it in the
    same group included."""
    states = [
        State(version or 0, count, first_at, last_at)
        for ((version, count, first_at, last_at),) in _state.rows_each(
            connection,
            [{"batch_id": each.batch_id, "level": each.level, "package_index": each.package_index} for each in looks],
        )
    ]
    scans = [each for each in looks if each.scan_id is not None]
    if len({(each.batch_id, each.level, each.package_index) for each in scans}) < len(scans):
        states = _counted_on(looks, states)
    _add.run(
        connection,
        [(each.batch_id, each.level, each.package_index, each.at, each.scan_id, each.channel) for each in scans],
    )
    return states


def _counted_on(looks: Sequence[Look], states: Sequence[State]) -> list[State]:
    """The states of a group in which a code comes more than once: each scan counts for those that follow it."""
    latest: dict[tuple[UUID, int, int], State] = {}
    found: list[State] = []
    for look, read in zip(looks, states, strict=True):
        key = (look.batch_id, look.level, look.package_index)
        state = latest.get(key, read)
        found.append(state)
        if look.scan_id is not None:
            latest[key] = State(state.version, state.scans + 1, state.first_at or look.at, look.at)
    return found


def version(database: Database, batch_id: UUID) -> int:
    """The version of a batch. One seek."""
    ((found,),) = _version.rows(database, batch_id=batch_id)
    return found or 0


def state(database: Database, batch_id: UUID, level: int, package_index: int) -> State:
    """One statement, three seeks."""
    ((version, count, first_at, last_at),) = _state.rows(
        database, batch_id=batch_id, level=level, package_index=package_index
    )
    return State(version or 0, count, first_at, last_at)
