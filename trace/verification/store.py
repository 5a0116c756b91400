"""Tables `scan`, `scan_code`, `scan_flow`, `scan_overflow`, `scan_remark`, and every query on them.

`scan` is a log in the order of time: rows are appended, none is changed, and a commit of many writes a page or two.
What an answer asks of a code stands in one row of `scan_code`, brought up to date behind the log (service/filing.py);
`scan_flow` says how far. Why: docs/decisions/0019.

Of one code only about the first MAX_SCANS_KEPT are kept one by one. Those after them are counted, at one row a code:
whoever scans one code a million times fills no disk, and makes no answer slower.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import Sequence as Numbers
from sqlalchemy.dialects import postgresql, sqlite

from ..kernel.values import statically_frozen
from ..ledger import service as ledger
from ..store.columns import STRICT, Identifier, Instant, Whole, metadata
from ..store.database import Database, UnitOfWork
from ..store.hot import ONE, HotAppend, HotLookup, HotQuery, together
from .scans import CodeKey, Look, Said, Scan, State
from .signals.model import PlaceBasis, Suspicion

scan_position = Numbers("scan_position", metadata=metadata, data_type=BigInteger)
"""Numbers of the log on PostgreSQL. They need not follow each other without gaps, nor be committed in order."""

scan = Table(
    "scan",
    metadata,
    Column("position", Whole, primary_key=True, autoincrement=False),
    Column("batch_id", Identifier, primary_key=True),
    Column("level", Whole, nullable=False),
    Column("package_index", Whole, nullable=False),
    Column("scanned_at", Instant, nullable=False),
    Column("channel", Text, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("site_id", Identifier, nullable=True),
    Column("about", Whole, nullable=True),
    **STRICT,
)

scan_code = Table(
    "scan_code",
    metadata,
    Column("batch_id", Identifier, primary_key=True),
    Column("level", Whole, primary_key=True, autoincrement=False),
    Column("package_index", Whole, primary_key=True, autoincrement=False),
    Column("scans", Whole, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("suspicion", Text, nullable=False),
    Column("positions", Text, nullable=False),
    Column("placed", Whole, nullable=False),
    **STRICT,
)

scan_flow = Table(
    "scan_flow",
    metadata,
    Column("flow", Whole, primary_key=True, autoincrement=False),
    Column("filed", Whole, nullable=False),
    Column("judged", Whole, nullable=False),
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

scan_remark = Table(
    "scan_remark",
    metadata,
    Column("position", Whole, primary_key=True, autoincrement=False),
    Column("batch_id", Identifier, primary_key=True),
    Column("region_code", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("bought_in", Text, nullable=False),
    **STRICT,
)

MAX_SCANS_KEPT = 200
"""A pack that people ask for is scanned a few dozen times; more says nothing more of it."""

MAX_ASKED_AT_ONCE = 500
"""Rows asked for by key in one statement; SQLite takes no more than 32,766 parameters."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Up to where the log is filed under its codes, and up to where what was filed is judged."""

    filed: int
    judged: int


_KEY = {"batch_id": Identifier(), "level": Whole, "package_index": Whole}
_THE_FLOW = scan_flow.c.flow == ONE
"""The only row of `scan_flow`."""

_filed = select(scan_flow.c.filed).where(_THE_FLOW).scalar_subquery()
_newest = select(func.max(scan.c.position)).scalar_subquery()


def _of_code(table: Table, key: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == key[name] for name in _KEY))


def _state_of(key: Mapping[str, ColumnElement[Any]]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            ledger.version_column(key["batch_id"]).label("version"),
            scan_flow.c.filed,
            _newest.label("newest"),
            scan_code.c.scans,
            scan_code.c.first_at,
            scan_code.c.last_at,
            scan_code.c.suspicion,
        )
        .select_from(scan_flow.outerjoin(scan_code, _of_code(scan_code, key)))
        .where(_THE_FLOW)
    )


_state = HotLookup(_KEY, _state_of)
_head = HotLookup(
    {"batch_id": Identifier()},
    lambda key: select(
        ledger.version_column(key["batch_id"]).label("version"), _filed.label("filed"), _newest.label("newest")
    ),
)
_code = HotLookup(
    _KEY,
    lambda key: select(scan_code.c.scans, scan_code.c.first_at, scan_code.c.last_at, scan_code.c.suspicion).where(
        _of_code(scan_code, key)
    ),
)
_after = HotQuery(
    select(scan.c.position, scan.c.batch_id, scan.c.level, scan.c.package_index, scan.c.scanned_at)
    .where(scan.c.position > bindparam("position"), scan.c.about.is_(None))
    .order_by(scan.c.position)
)
_overflow = HotQuery(
    select(scan_overflow.c.scans, scan_overflow.c.last_at).where(
        _of_code(scan_overflow, {name: bindparam(name, type_=kind) for name, kind in _KEY.items()})
    )
)
_append = HotAppend(scan, scan_position)

LOG_LOCK = 0x7363616E
"""Of PostgreSQL's advisory locks: who writes to the log shares it from before positions are drawn until the commit, who
files holds it alone for a moment. A lock of the table would be in the way of its vacuum, and wait for it."""

_write_along = HotQuery(select(func.pg_advisory_xact_lock_shared(LOG_LOCK)))
_write_alone = HotQuery(select(func.pg_advisory_xact_lock(LOG_LOCK)))
_version = HotQuery(select(ledger.version_column(bindparam("batch_id", type_=Identifier()))))


@statically_frozen
class Read:
    """States of codes as filed, and how far the log was filed and written when they were read."""

    states: list[State]
    filed: int
    newest: int


def read_states(connection: Connection, keys: Sequence[CodeKey]) -> Read:
    """The states of codes, in their order. Two trips to the server on PostgreSQL, a seek for each on SQLite."""
    batch_ids = list({key[0]: None for key in keys})
    heads = _head.rows(connection, [(each,) for each in batch_ids])
    versions = {batch_id: row[0] or 0 for batch_id, row in zip(batch_ids, heads, strict=True) if row is not None}
    states = [
        State(versions[key[0]], 0, None, None)
        if row is None
        else State(versions[key[0]], row[0], row[1], row[2], _SUSPICIONS[row[3]])
        for key, row in zip(keys, _code.rows(connection, keys), strict=True)
    ]
    _, filed, newest = heads[0] or (0, 0, 0)
    return Read(states, filed or 0, newest or 0)


def read_state(database: Database, key: CodeKey) -> Read:
    """The same of one code, on a connection of the calling thread. One statement."""
    row = _state.row(database, key)
    if row is None:
        raise RuntimeError("the row of scan_flow is gone")
    version, filed, newest, scans, first_at, last_at, suspicion = row
    return Read([State(version or 0, scans or 0, first_at, last_at, _SUSPICIONS[suspicion])], filed or 0, newest or 0)


_SUSPICIONS: dict[str | None, Suspicion | None] = {each.value: each for each in Suspicion} | {"": None, None: None}


def scans_after(connection: Connection, position: int) -> Iterator[tuple[int, CodeKey, datetime]]:
    """Position, code and instant of the scans after a position, in the caller's transaction."""
    return _keyed(_after.rows_in(connection, position=position))


def scans_after_now(database: Database, position: int) -> Iterator[tuple[int, CodeKey, datetime]]:
    """The same on a connection of the calling thread."""
    return _keyed(_after.rows(database, position=position))


def _keyed(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, CodeKey, datetime]]:
    return ((position, (batch_id, level, index), at) for position, batch_id, level, index, at in rows)


def append(work: UnitOfWork, looks: Sequence[Look], newest: int) -> list[int]:
    """Writes looks at the end of the log, at the instant of the work, and gives their positions. `newest`: the last
    position so far."""
    rows = [
        (
            each.batch_id,
            each.level,
            each.package_index,
            work.now,
            each.channel,
            each.region_code,
            each.basis,
            each.device,
            each.site_id,
            each.about,
        )
        for each in looks
    ]
    with together(work.connection):
        if rows and work.connection.dialect.name == "postgresql":
            _write_along.put(work.connection)
        return _append.run(work.connection, rows, newest)


def newest(connection: Connection) -> int:
    """The last position of the log, 0 before the first scan."""
    return connection.execute(select(func.max(scan.c.position))).scalar_one() or 0


def add_overflow(work: UnitOfWork, counted: Counter[CodeKey]) -> None:
    """Counts scans that are not kept one by one, each code once, in one order for all writers."""
    for key, scans in sorted(counted.items()):
        place = dict(zip(_KEY, key, strict=True))
        more = {"scans": scan_overflow.c.scans + scans, "last_at": work.now}
        done = work.connection.execute(update(scan_overflow).where(_of_code(scan_overflow, place)).values(more))
        if done.rowcount == 0:
            work.connection.execute(insert(scan_overflow).values(**place, scans=scans, last_at=work.now))


def overflow_in(connection: Connection, key: CodeKey) -> tuple[int, datetime] | None:
    """How many scans of a code were counted only, and when the last was; None where none was."""
    return _counted(_overflow.one_in(connection, **dict(zip(_KEY, key, strict=True))))


def overflow(database: Database, key: CodeKey) -> tuple[int, datetime] | None:
    """The same on a connection of the calling thread."""
    return _counted(_overflow.one(database, **dict(zip(_KEY, key, strict=True))))


def _counted(row: tuple[Any, ...] | None) -> tuple[int, datetime] | None:
    return None if row is None else (row[0], row[1])


def version(database: Database, batch_id: UUID) -> int:
    """The version of a batch. One seek."""
    ((found,),) = _version.rows(database, batch_id=batch_id)
    return found or 0


# --------------------------------------------------------------------------------------------------------- filing


def settled(connection: Connection) -> int:
    """The last position of the log before which nothing can appear any more. On PostgreSQL this waits until whoever is
    writing has committed, and has who comes next wait for the caller's transaction: it must be a short one.

    Every position up to the newest that is seen was drawn by somebody who held the lock by then, so that once this has
    it, all of them are committed or will never be.
    """
    if connection.dialect.name == "postgresql":
        _write_alone.put(connection)
    return newest(connection)


def flow(connection: Connection) -> Flow:
    row = connection.execute(select(scan_flow.c.filed, scan_flow.c.judged).where(_THE_FLOW)).one()
    return Flow(row.filed, row.judged)


def move_filed(connection: Connection, seen: int, later: int) -> int:
    """Rows changed, by compare-and-swap: 0 where somebody else has filed meanwhile."""
    own = and_(_THE_FLOW, scan_flow.c.filed == seen)
    return connection.execute(update(scan_flow).where(own).values(filed=later)).rowcount


def move_judged(connection: Connection, seen: int, later: int) -> int:
    """The same of what is judged."""
    own = and_(_THE_FLOW, scan_flow.c.judged == seen)
    return connection.execute(update(scan_flow).where(own).values(judged=later)).rowcount


def end_of(connection: Connection, after: int, until: int, most: int) -> int:
    """The position of the last of at most `most` rows after one position, and up to another."""
    part = select(scan.c.position).where(scan.c.position > after, scan.c.position <= until)
    rows = part.order_by(scan.c.position).limit(most).subquery()
    return connection.execute(select(func.max(rows.c.position))).scalar_one() or until


def file(connection: Connection, after: int, until: int) -> None:
    """Files the rows after one position and up to another under their codes: one statement. What says more of a scan
    counts as none, and changes neither the first nor the last."""
    is_scan = scan.c.about.is_(None)
    tells_place = or_(scan.c.region_code != "", scan.c.site_id.is_not(None), scan.c.about.is_not(None))
    number = cast(scan.c.position, Text)
    counted = (
        select(
            scan.c.batch_id,
            scan.c.level,
            scan.c.package_index,
            func.sum(case((is_scan, 1), else_=0)),
            func.min(scan.c.scanned_at),
            func.coalesce(func.max(case((is_scan, scan.c.scanned_at))), func.max(scan.c.scanned_at)),
            literal(""),
            func.coalesce(func.aggregate_strings(case((is_scan, literal(" ").concat(number))), ""), ""),
            func.sum(case((tells_place, 1), else_=0)),
        )
        .where(scan.c.position > after, scan.c.position <= until)
        .group_by(scan.c.batch_id, scan.c.level, scan.c.package_index)
    )
    own_insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    new = own_insert(scan_code).from_select([each.name for each in scan_code.c], counted)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=list(_KEY),
            set_={
                "scans": scan_code.c.scans + new.excluded.scans,
                "last_at": case((new.excluded.scans > 0, new.excluded.last_at), else_=scan_code.c.last_at),
                "positions": scan_code.c.positions.concat(new.excluded.positions),
                "placed": scan_code.c.placed + new.excluded.placed,
            },
        )
    )


def count_filed(connection: Connection) -> tuple[int, int]:
    """Scans filed under codes, and scans of the log up to where it is filed. Reads both whole."""
    filed = select(func.coalesce(func.sum(scan_code.c.scans), 0))
    logged = select(func.count()).where(scan.c.about.is_(None), scan.c.position <= _filed)
    return int(connection.execute(filed).scalar_one()), connection.execute(logged).scalar_one()


def told_codes(connection: Connection, after: int, until: int, level: int) -> list[CodeKey]:
    """Codes of a level that were looked at between two positions, and of which a county or an outlet is known."""
    rows = connection.execute(
        select(scan.c.batch_id, scan.c.level, scan.c.package_index)
        .distinct()
        .select_from(scan.join(scan_code, and_(*(scan.c[name] == scan_code.c[name] for name in _KEY))))
        .where(scan.c.position > after, scan.c.position <= until, scan.c.level == level, scan_code.c.placed > 0)
    )
    return [(row.batch_id, row.level, row.package_index) for row in rows]


def positions_of(connection: Connection, keys: Sequence[CodeKey]) -> list[int]:
    """Where in the log the scans of codes are."""
    found = _positions_of.rows(connection, keys)
    return [int(each) for row in found if row is not None for each in row[0].split()]


_positions_of = HotLookup(_KEY, lambda key: select(scan_code.c.positions).where(_of_code(scan_code, key)))
_log = (
    select(*scan.c, scan_remark.c.region_code.label("told_region"), scan_remark.c.said, scan_remark.c.bought_in)
    .select_from(
        scan.outerjoin(
            scan_remark, and_(scan_remark.c.position == scan.c.position, scan_remark.c.batch_id == scan.c.batch_id)
        )
    )
    .order_by(scan.c.position)
)


def scans_at(connection: Connection, positions: Sequence[int]) -> list[Scan]:
    """The scans at these positions, in their order."""
    found: list[Scan] = []
    ordered = sorted(positions)
    for start in range(0, len(ordered), MAX_ASKED_AT_ONCE):
        some = ordered[start : start + MAX_ASKED_AT_ONCE]
        found += [_scan(row) for row in connection.execute(_log.where(scan.c.position.in_(some)))]
    return found


_BASES = {each.value: each for each in PlaceBasis}
_SAID: dict[str | None, Said | None] = {each.value: each for each in Said} | {"": None, None: None}


def _scan(row: Any) -> Scan:
    """The county told with a look stands before one that was told later."""
    position, batch_id, level, index, at, channel, region_code, basis, device, site_id, about, *remark = row
    told_region, said, bought_in = remark
    if told_region and not region_code:
        region_code, basis = told_region, PlaceBasis.CONSENT.value
    own = (position, batch_id, level, index, at, channel, region_code, _BASES[basis], device, site_id, about)
    return Scan(*own, _SAID[said], bought_in or "")


def set_suspicion(connection: Connection, key: CodeKey, suspicion: Suspicion | None) -> None:
    """What the looks at a code come to from now on; None where they tell nothing."""
    own = _of_code(scan_code, dict(zip(_KEY, key, strict=True)))
    connection.execute(update(scan_code).where(own).values(suspicion=suspicion.value if suspicion else ""))


def add_remark(
    connection: Connection, about: Scan, region_code: str = "", said: Said | None = None, bought_in: str = ""
) -> bool:
    """Keeps what was told of a scan after it: its county, and where its asker has the pack from. Each is told once.
    Whether anything was new."""
    own = and_(scan_remark.c.position == about.position, scan_remark.c.batch_id == about.batch_id)
    kept = connection.execute(select(scan_remark.c.region_code, scan_remark.c.said).where(own)).one_or_none()
    told: dict[str, str] = {}
    if region_code and not (kept and kept.region_code):
        told["region_code"] = region_code
    if said is not None and not (kept and kept.said):
        told |= {"said": said.value, "bought_in": bought_in}
    if not told:
        return False
    if kept is None:
        place = {"position": about.position, "batch_id": about.batch_id}
        connection.execute(insert(scan_remark).values({**place, **dict.fromkeys(_TOLD, ""), **told}))
    else:
        connection.execute(update(scan_remark).where(own).values(told))
    return True


_TOLD = ("region_code", "said", "bought_in")
