"""Tables `scan`, `scan_overflow`, and every query on them. Scans are appended and counted; none is changed.

Of one code only the first MAX_SCANS_KEPT are kept one by one. Those after them are counted, at one row a code: whoever
scans one code a million times fills no disk, and makes no answer slower.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Table, Text, and_, bindparam, func, insert, select, update

from ..kernel.ids import new_id
from ..kernel.values import statically_frozen
from ..ledger import service as ledger
from ..store.columns import STRICT, Identifier, Instant, Whole, metadata
from ..store.database import Database, UnitOfWork
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


scan_overflow = Table(
    "scan_overflow",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("level", Whole, primary_key=True, autoincrement=False),
    Column("package_index", Whole, primary_key=True, autoincrement=False),
    Column("scans", Whole, nullable=False),
    Column("last_at", Instant, nullable=False),
    **STRICT,
)

MAX_SCANS_KEPT = 200
"""A pack that people ask for is scanned a few dozen times; more says nothing more of it."""


@statically_frozen
class Look:
    """A code that somebody looks at. `channel`: by which way, "" for a look that is no scan and is not recorded."""

    batch_id: UUID
    level: int
    package_index: int
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

_scans = HotQuery(
    select(func.count(), func.min(scan.c.scanned_at), func.max(scan.c.scanned_at)).where(
        scan.c.batch_id == bindparam("batch_id", type_=Identifier()),
        scan.c.level == bindparam("level"),
        scan.c.package_index == bindparam("package_index"),
    )
)
_overflow = HotQuery(
    select(scan_overflow.c.scans, scan_overflow.c.last_at).where(
        scan_overflow.c.batch_id == bindparam("batch_id", type_=Identifier()),
        scan_overflow.c.level == bindparam("level"),
        scan_overflow.c.package_index == bindparam("package_index"),
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


def record(work: UnitOfWork, looks: Sequence[Look]) -> list[State]:
    """Records the scans among `looks` at the instant of the work, and gives for each look what there was before it, the
    looks before it in the same group included."""
    batch_ids = list({each.batch_id for each in looks})
    found = _version.rows_each(work.connection, [{"batch_id": each} for each in batch_ids])
    versions = {batch_id: rows[0][0] or 0 for batch_id, rows in zip(batch_ids, found, strict=True)}
    counts = _scans.rows_each(
        work.connection,
        [{"batch_id": each.batch_id, "level": each.level, "package_index": each.package_index} for each in looks],
    )
    states = [State(versions[each.batch_id], *rows[0]) for each, rows in zip(looks, counts, strict=True)]
    if any(each.scans >= MAX_SCANS_KEPT for each in states):
        states = [_with_overflow(work.connection, look, each) for look, each in zip(looks, states, strict=True)]
    scans = [each for each in looks if each.channel]
    if len({(each.batch_id, each.level, each.package_index) for each in scans}) < len(scans):
        states = _counted_on(looks, states, work.now)
    scans = _kept_apart(work, looks, states)
    first = new_id().int
    _add.run(
        work.connection,
        [
            (each.batch_id, each.level, each.package_index, work.now, UUID(int=first + number), each.channel)
            for number, each in enumerate(scans)
        ],
    )
    return states


def _counted_on(looks: Sequence[Look], states: Sequence[State], now: datetime) -> list[State]:
    """The states of a group in which a code comes more than once: each scan counts for those that follow it."""
    latest: dict[tuple[UUID, int, int], State] = {}
    found: list[State] = []
    for look, read in zip(looks, states, strict=True):
        key = (look.batch_id, look.level, look.package_index)
        state = latest.get(key, read)
        found.append(state)
        if look.channel:
            latest[key] = State(state.version, state.scans + 1, state.first_at or now, now)
    return found


def _kept_apart(work: UnitOfWork, looks: Sequence[Look], states: Sequence[State]) -> list[Look]:
    """The scans that are kept one by one. The others are counted, each code once, in one order for all writers."""
    kept: list[Look] = []
    counted: Counter[tuple[UUID, int, int]] = Counter()
    for look, state in zip(looks, states, strict=True):
        if look.channel and state.scans >= MAX_SCANS_KEPT:
            counted[look.batch_id, look.level, look.package_index] += 1
        elif look.channel:
            kept.append(look)
    for (batch_id, level, package_index), scans in sorted(counted.items()):
        place = {"batch_id": batch_id, "level": level, "package_index": package_index}
        own = and_(*(scan_overflow.c[name] == value for name, value in place.items()))
        more = {"scans": scan_overflow.c.scans + scans, "last_at": work.now}
        if work.connection.execute(update(scan_overflow).where(own).values(more)).rowcount == 0:
            work.connection.execute(insert(scan_overflow).values(**place, scans=scans, last_at=work.now))
    return kept


def _with_overflow(connection: Connection, look: Look, read: State) -> State:
    if read.scans < MAX_SCANS_KEPT:
        return read
    place = {"batch_id": look.batch_id, "level": look.level, "package_index": look.package_index}
    return _together(read, _overflow.one_in(connection, **place))


def _together(read: State, overflow: tuple[Any, ...] | None) -> State:
    if overflow is None:
        return read
    return State(read.version, read.scans + overflow[0], read.first_at, overflow[1])


def version(database: Database, batch_id: UUID) -> int:
    """The version of a batch. One seek."""
    ((found,),) = _version.rows(database, batch_id=batch_id)
    return found or 0


def state(database: Database, batch_id: UUID, level: int, package_index: int) -> State:
    """One statement, three seeks; two of each for a code that very many have scanned."""
    place = {"batch_id": batch_id, "level": level, "package_index": package_index}
    ((version, count, first_at, last_at),) = _state.rows(database, **place)
    found = State(version or 0, count, first_at, last_at)
    return found if count < MAX_SCANS_KEPT else _together(found, _overflow.one(database, **place))
