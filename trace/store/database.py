"""Engines, and the one way in for every change.

`Database.write(act)` is the unit of work: it opens one transaction, runs `act`, commits once, and only then runs what
`act` asked to run after the commit. Any exception rolls everything back. A transaction that lost a race is run again
here and nowhere else.

SQLite writes begin IMMEDIATE, so writers queue at the start and never deadlock. PostgreSQL runs REPEATABLE READ: a
row changed by another since the snapshot fails with SQLSTATE 40001, which is the retry.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from psycopg import Error as PostgreSQLError
from psycopg.pq import ExecStatus
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, InvalidatePoolError, OperationalError

from ..kernel.clock import Clock, SystemClock, pause
from ..kernel.errors import Conflict, UnsafeToRun
from ..kernel.ids import random_secret
from .prepared import PreparingConnection

T = TypeVar("T")

LONGEST_FIRST_PAUSE_SECONDS = 0.005
"""About what one transaction takes; it doubles with each attempt."""

MAX_DOUBLINGS = 6

MAX_ATTEMPTS = 16
"""Attempts of one transaction. Losing so many races in a row means something else is wrong."""

SQLITE_BUSY_MILLISECONDS = 15_000
"""How long a writer waits for its turn: longer than any single transaction here takes."""

SQLITE_CACHE_KIB = 65_536
"""Pages each connection keeps: the inner pages of a table of a hundred million imported codes."""

SQLITE_CHECKPOINT_PAGES = 10_000
"""Pages in the log before they are carried into the file, some 40 MB. What many commits touch is carried once."""

SQLITE_MAPPED_BYTES = 2**31 - 2**16
"""Of the file, read where the system has it: all that SQLite allows. Past the cache a seek takes a third less."""

PREPARED_BY_PSYCOPG = None
"""After how many uses psycopg prepares a statement: never. At each rollback, and so after each reading, it would have
the server forget all that is prepared, by prepared.py too."""

_RETRY_SQLSTATES = {"40001", "40P01"}
"""Serialisation failure and deadlock."""


def pause_after(attempt: int) -> float:
    """Seconds to wait before trying again: drawn at random, so that rivals do not meet again, longer each time."""
    return (
        int.from_bytes(random_secret(2), "big") / 2**16 * LONGEST_FIRST_PAUSE_SECONDS * 2 ** min(attempt, MAX_DOUBLINGS)
    )


class LostRace(Exception):
    """A compare-and-swap matched no row: another transaction came first. Caught by the unit of work only."""


class UnitOfWork:
    """One transaction in progress. Use cases read and write through `connection` and take the time from `now`."""

    def __init__(self, connection: Connection, clock: Clock, errands: threading.Event | None = None) -> None:
        self.connection = connection
        self.now = clock.now()
        self._errands = errands or threading.Event()
        self._after_commit: list[Callable[[], None]] = []

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Runs `effect` once the transaction is durable; dropped on rollback."""
        self._after_commit.append(effect)

    def leave_errand(self) -> None:
        """Wakes whoever runs errands (`Database.errands`) once the transaction is durable."""
        self.after_commit(self._errands.set)

    def run_effects(self) -> None:
        for effect in self._after_commit:
            effect()


class Database:
    """One database by URL: `sqlite:///path` or `postgresql+psycopg://…`."""

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.engine = _engine(url)
        self.dialect_name = self.engine.dialect.name
        self.errands = threading.Event()
        """Set after a commit that left something to do outside the database; who does it clears it first."""
        self._hot = threading.local()
        self._hot_connections: list[Any] = []
        self._lock = threading.Lock()

    @property
    def is_sqlite(self) -> bool:
        return self.dialect_name == "sqlite"

    def write(self, act: Callable[[UnitOfWork], T]) -> T:
        """Runs `act` in one transaction and returns its result once committed.

        Raises what `act` raises, with nothing written; Conflict `store.busy` after MAX_ATTEMPTS lost races,
        or where another process holds SQLite longer than SQLITE_BUSY_MILLISECONDS.
        A violated constraint is run once more: after a race, the use case's own check then finds the rival's row and
        says so properly.
        """
        violations = 0
        for attempt in range(MAX_ATTEMPTS):
            if attempt and not self.is_sqlite:
                pause(pause_after(attempt))
            try:
                with self.engine.connect().execution_options(begins_write=True) as connection, connection.begin():
                    work = UnitOfWork(connection, self.clock, self.errands)
                    result = act(work)
            except LostRace:
                continue
            except IntegrityError:
                violations += 1
                if violations > 1:
                    raise
                continue
            except OperationalError as error:
                if self.is_sqlite and "locked" in str(error.orig):
                    raise Conflict("store.busy") from error
                if getattr(error.orig, "sqlstate", None) not in _RETRY_SQLSTATES:
                    raise
                continue
            work.run_effects()
            return result
        raise Conflict("store.busy")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading, one snapshot for all statements. What is written through it is rolled back."""
        with self.engine.connect() as connection:
            transaction = connection.begin()
            try:
                yield connection
            finally:
                transaction.rollback()

    def driver_connection(self) -> Any:
        """The driver's own connection of the calling thread, for hot queries: reads only."""
        connection = getattr(self._hot, "connection", None)
        if connection is None or (not self.is_sqlite and connection.closed):
            pooled = self.engine.raw_connection()
            connection = pooled.driver_connection
            pooled.detach()
            if not self.is_sqlite:
                cast(Any, connection).autocommit = True
            self._hot.connection = connection
            with self._lock:
                self._hot_connections.append(connection)
        return connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hot queries of this thread inside the block read one and the same state of the database."""
        connection = self.driver_connection()
        connection.execute("BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            connection.execute("COMMIT")

    def close(self) -> None:
        """Closes every connection. No other thread may be using the database."""
        with self._lock:
            for connection in self._hot_connections:
                connection.close()
            self._hot_connections.clear()
            self._hot = threading.local()
        self.engine.dispose()


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise UnsafeToRun("store.url", url=url) from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise UnsafeToRun("store.url", url=parsed.render_as_string())
        try:
            Path(parsed.database or "").parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnsafeToRun("store.unreachable", reason=error.strerror) from error
        engine = create_engine(parsed, connect_args={"check_same_thread": False, "isolation_level": None})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(
            parsed, isolation_level="REPEATABLE READ", connect_args={"prepare_threshold": PREPARED_BY_PSYCOPG}
        )
        event.listen(engine, "do_connect", _connect_postgresql)
        event.listen(engine, "checkout", _require_alive)
        return engine
    raise UnsafeToRun("store.url", url=parsed.render_as_string())


def _connect_postgresql(_dialect: object, _record: object, arguments: Any, options: Any) -> PreparingConnection:
    return PreparingConnection.connect(*arguments, **options)


def _require_alive(connection: Any, _record: object, _proxy: object) -> None:
    """Has the pool connect again where the server went away meanwhile. Its own question takes several times longer."""
    try:
        is_alive = connection.pgconn.exec_(b"").status == ExecStatus.EMPTY_QUERY
    except PostgreSQLError as error:
        raise InvalidatePoolError from error
    if not is_alive:
        raise InvalidatePoolError


def _prepare_sqlite(connection: Any, _record: object) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={SQLITE_BUSY_MILLISECONDS}",
        f"cache_size=-{SQLITE_CACHE_KIB}",
        f"mmap_size={SQLITE_MAPPED_BYTES}",
        f"wal_autocheckpoint={SQLITE_CHECKPOINT_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("begins_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
