"""The unit of work: all or nothing, retried after a lost race, side effects only after the commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Event
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from suiyuan.trace.codes.store import code_prefix
from suiyuan.trace.kernel.clock import FixedClock
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, UnsafeToRun
from suiyuan.trace.store.database import MAX_ATTEMPTS, Database, LostRace, UnitOfWork
from suiyuan.trace.store.hot import HotQuery

if TYPE_CHECKING:
    from tests.support.protocols import Refuses, Unchanged


def add(connection: Connection, prefix: str, serial: int = 0) -> None:
    connection.execute(insert(code_prefix).values(scheme="own", prefix=prefix, next_serial=serial))


def prefixes(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {row.prefix: row.next_serial for row in connection.execute(select(code_prefix))}


def test_a_transaction_is_committed_once_and_its_result_returned(database: Database) -> None:
    def act(work: UnitOfWork) -> str:
        assert work.now == database.clock.now()
        add(work.connection, "a")
        add(work.connection, "b")
        return "done"

    assert database.write(act) == "done"
    assert prefixes(database) == {"a": 0, "b": 0}


@pytest.mark.parametrize("error", [InvalidInput("batch.size", maximum=1), ValueError("x"), KeyboardInterrupt()])
def test_any_exception_rolls_everything_back(database: Database, unchanged: Unchanged, error: BaseException) -> None:
    effects: list[str] = []

    def act(work: UnitOfWork) -> None:
        work.after_commit(lambda: effects.append("told"))
        add(work.connection, "a")
        raise error

    with unchanged(database), pytest.raises(type(error)):
        database.write(act)
    assert effects == []
    database.write(lambda work: add(work.connection, "b"))
    assert prefixes(database) == {"b": 0}


def test_effects_run_after_the_commit_in_order(database: Database) -> None:
    seen: list[tuple[str, dict[str, int]]] = []

    def act(work: UnitOfWork) -> None:
        work.after_commit(lambda: seen.append(("first", prefixes(database))))
        work.after_commit(lambda: seen.append(("second", prefixes(database))))
        add(work.connection, "a")
        assert seen == []

    database.write(act)
    assert seen == [("first", {"a": 0}), ("second", {"a": 0})]


def test_a_lost_race_is_run_again_from_the_start(database: Database) -> None:
    attempts: list[dict[str, int]] = []
    effects: list[int] = []

    def act(work: UnitOfWork) -> int:
        rows = work.connection.execute(select(code_prefix))
        attempts.append({row.prefix: row.next_serial for row in rows})
        number = len(attempts)
        work.after_commit(lambda: effects.append(number))
        add(work.connection, f"attempt-{number}")
        if number < 3:
            raise LostRace
        return number

    assert database.write(act) == 3
    assert attempts == [{}, {}, {}]
    assert effects == [3]
    assert prefixes(database) == {"attempt-3": 0}


def test_who_loses_every_race_is_told_to_come_again(database: Database, refuses: Refuses) -> None:
    attempts: list[int] = []

    def act(work: UnitOfWork) -> None:
        attempts.append(1)
        add(work.connection, "a")
        raise LostRace

    with refuses(Conflict, "store.busy"):
        database.write(act)
    assert len(attempts) == MAX_ATTEMPTS


def test_a_violated_constraint_is_tried_once_more_and_then_shown(database: Database, unchanged: Unchanged) -> None:
    database.write(lambda work: add(work.connection, "a"))
    attempts: list[int] = []

    def act(work: UnitOfWork) -> None:
        attempts.append(1)
        add(work.connection, "a")

    with unchanged(database), pytest.raises(IntegrityError):
        database.write(act)
    assert len(attempts) == 2


def test_the_second_attempt_sees_the_row_of_the_rival(database: Database) -> None:
    """Two insert the same key; the loser's own check then finds it and it can say so in its own words."""
    barrier = Barrier(2)

    def attempt(_: int) -> str:
        attempts: list[int] = []

        def act(work: UnitOfWork) -> str:
            attempts.append(1)
            if work.connection.execute(select(code_prefix)).first() is not None:
                raise Conflict("store.busy")
            if not database.is_sqlite and len(attempts) == 1:
                barrier.wait(10)  # both have looked, neither has written
            add(work.connection, "a")
            return "won"

        try:
            return database.write(act)
        except Conflict:
            return "lost"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == ["lost", "won"]


def test_what_is_written_while_reading_is_rolled_back(database: Database, unchanged: Unchanged) -> None:
    with unchanged(database), database.read() as connection:
        add(connection, "a")


def test_a_reader_keeps_its_snapshot(database: Database) -> None:
    database.write(lambda work: add(work.connection, "a"))
    with database.read() as connection:
        count = lambda: len(connection.execute(select(code_prefix)).all())  # noqa: E731  # one snapshot, asked twice
        assert count() == 1
        database.write(lambda work: add(work.connection, "b"))
        assert count() == 1
    assert len(prefixes(database)) == 2


def test_concurrent_increments_are_never_lost(database: Database) -> None:
    database.write(lambda work: add(work.connection, "a"))
    barrier = Barrier(6)

    def increment(_: int) -> None:
        def act(work: UnitOfWork) -> None:
            before = work.connection.execute(select(code_prefix.c.next_serial)).scalar_one()
            work.connection.execute(update(code_prefix).values(next_serial=before + 1))

        barrier.wait()
        database.write(act)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(increment, range(6)))
    assert prefixes(database) == {"a": 6}


def test_an_error_that_is_no_race_is_not_repeated(database: Database) -> None:
    attempts: list[int] = []

    def act(work: UnitOfWork) -> None:
        attempts.append(1)
        work.connection.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(Exception, match="nowhere"):
        database.write(act)
    assert len(attempts) == 1


# ---------------------------------------------------------------------------------------------- engines


def test_sqlite_is_durable_and_strict_about_keys(sqlite_database: Database) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15_000}
    hot = sqlite_database.driver_connection()
    with sqlite_database.read() as connection:
        for name, value in expected.items():
            assert connection.execute(text(f"PRAGMA {name}")).scalar_one() == value
            assert hot.execute(f"PRAGMA {name}").fetchone() == (value,)
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"


def test_every_table_of_the_sqlite_file_is_strict_and_clustered(sqlite_database: Database) -> None:
    rows = sqlite_database.driver_connection().execute("PRAGMA table_list").fetchall()
    tables = {row[1]: (row[5], row[4]) for row in rows if not row[1].startswith("sqlite_")}
    assert len(tables) > 15
    assert {name for name, flags in tables.items() if flags != (1, 1)} == {"alembic_version"}


def test_sqlite_refuses_a_value_of_the_wrong_type(sqlite_database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in INTEGER"):
        sqlite_database.driver_connection().execute(
            "INSERT INTO code_prefix (scheme, prefix, next_serial) VALUES ('own', '', 'many')"
        )


def test_a_writer_of_sqlite_begins_by_locking(sqlite_database: Database) -> None:
    """A second writer waits at BEGIN: with a busy timeout of zero it is turned away before it could read."""

    def act(work: UnitOfWork) -> None:
        rival = sqlite3.connect(str(sqlite_database.engine.url.database), timeout=0, isolation_level=None)
        try:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                rival.execute("BEGIN IMMEDIATE")
        finally:
            rival.close()

    sqlite_database.write(act)


def test_postgresql_runs_on_snapshots_and_durably(postgresql_database: Database) -> None:
    with postgresql_database.read() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "repeatable read"
    assert postgresql_database.driver_connection().autocommit is True


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql+pymysql://u:secret@h/d"])
def test_an_unfit_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises((UnsafeToRun, ModuleNotFoundError)) as refused:
        Database(url)
    assert "secret" not in str(refused.value)


def test_the_folder_of_a_new_sqlite_file_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'deep' / 'er' / 'suiyuan.db'}")
    with database.read() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    database.close()
    assert (tmp_path / "deep" / "er" / "suiyuan.db").exists()


def test_each_thread_has_its_own_driver_connection_and_close_ends_them_all(database: Database) -> None:
    mine = database.driver_connection()
    assert database.driver_connection() is mine
    opened, done = Event(), Event()

    def other() -> Any:
        connection = database.driver_connection()
        opened.set()
        done.wait(10)
        return connection

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(other)
        opened.wait(10)
        done.set()
        theirs = future.result()
    assert theirs is not mine
    database.close()
    for connection in (mine, theirs):
        with pytest.raises(Exception, match="closed"):
            connection.execute("SELECT 1")
    assert prefixes(database) == {}


def test_a_time_is_told_by_the_clock_given(new_sqlite_url: Callable[[str], str]) -> None:
    moment = datetime(2020, 2, 29, tzinfo=UTC)
    database = Database(new_sqlite_url("empty"), FixedClock(moment))
    assert database.write(lambda work: work.now) == moment
    database.close()


_ONE = HotQuery(select(code_prefix.c.next_serial).where(code_prefix.c.prefix == bindparam("prefix")))


def test_hot_reads_recover_when_the_server_ended_the_connection(postgresql_database: Database) -> None:
    """A restart of PostgreSQL, or an idle limit on the way, must not silence the answers for good."""
    postgresql_database.write(lambda work: add(work.connection, "a", 7))
    assert _ONE.one(postgresql_database, prefix="a") == (7,)
    with postgresql_database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    try:
        _ONE.one(postgresql_database, prefix="a")
    except Exception as error:  # noqa: BLE001  # one failed answer is bearable
        assert "terminat" in str(error) or "closed" in str(error) or isinstance(error, OperationalError)
    assert _ONE.one(postgresql_database, prefix="a") == (7,)
