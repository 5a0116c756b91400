"""Hot writes do what Core would, in the caller's transaction, and raise what Core would raise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, ForeignKey, MetaData, Table, Text, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from suiyuan.trace.store.columns import STRICT, Day, Exact, Flag, Identifier, Instant, Whole
from suiyuan.trace.store.database import Database, LostRace, UnitOfWork
from suiyuan.trace.store.hot import FEW_ROWS, ONE, HotInsert, HotQuery, HotWrite, together

tables = MetaData()
thing = Table(
    "hot_thing",
    tables,
    Column("key", Whole, primary_key=True, autoincrement=False),
    Column("identifier", Identifier),
    Column("instant", Instant),
    Column("day", Day),
    Column("exact", Exact),
    Column("flag", Flag),
    Column("words", Text),
    **STRICT,
)
part = Table(
    "hot_part",
    tables,
    Column("key", Whole, ForeignKey("hot_thing.key"), primary_key=True, autoincrement=False),
    **STRICT,
)

_add = HotInsert(thing)
_add_part = HotInsert(part)
_rename = HotWrite(update(thing).where(thing.c.key == bindparam("which")).values(words=bindparam("new_words")))
_remove = HotWrite(delete(thing).where(thing.c.words == bindparam("which")))
_keys = HotQuery(select(thing.c.key).order_by(thing.c.key))
_first = HotQuery(select(thing.c.words).order_by(thing.c.key).limit(ONE))

VALUES = (UUID(int=7), datetime(2026, 11, 24, 8, tzinfo=UTC), date(2026, 11, 24), Decimal("1.50"), True, "a'%s $1 ?")
NOTHING = (None,) * len(VALUES)


@pytest.fixture
def things(database: Database) -> Iterator[Database]:
    with database.engine.begin() as connection:
        tables.create_all(connection)
    yield database


def row(key: int, *values: Any) -> tuple[Any, ...]:
    return (key, *(values or VALUES))


def kept(database: Database) -> list[tuple[Any, ...]]:
    with database.read() as connection:
        return [tuple(found) for found in connection.execute(select(thing).order_by(thing.c.key))]


@pytest.mark.parametrize("count", [0, 1, 2, FEW_ROWS, FEW_ROWS + 1, 3 * FEW_ROWS])
@pytest.mark.parametrize("in_one_trip", [False, True])
def test_what_is_inserted_is_there_whatever_the_number_of_rows(
    things: Database, count: int, *, in_one_trip: bool
) -> None:
    rows = [row(key) if key % 2 == 0 else row(key, *NOTHING) for key in range(count)]

    def act(work: UnitOfWork) -> None:
        if in_one_trip:
            with together(work.connection):
                _add.run(work.connection, rows)
        else:
            _add.run(work.connection, rows)

    things.write(act)
    assert kept(things) == rows


def test_an_update_and_a_delete_tell_how_many_rows_they_changed(things: Database) -> None:
    def act(work: UnitOfWork) -> list[int]:
        _add.run(work.connection, [row(key) for key in range(3)])
        return [
            _rename.run(work.connection, which=1, new_words="new"),
            _rename.run(work.connection, which=9, new_words="new"),
            _remove.run(work.connection, which=VALUES[-1]),
        ]

    assert things.write(act) == [1, 0, 2]
    assert [(found[0], found[-1]) for found in kept(things)] == [(1, "new")]


def test_queries_and_writes_of_one_transaction_see_each_other_and_core(things: Database) -> None:
    def act(work: UnitOfWork) -> tuple[list[tuple[int]], tuple[str]]:
        work.connection.execute(insert(thing).values(key=5, words="core"))
        with together(work.connection):
            _add.run(work.connection, [row(1)])
            _rename.run_one(work.connection, which=1, new_words="renamed")
            seen = _keys.rows_in(work.connection)
            _add.run(work.connection, [row(3)])
        assert work.connection.execute(select(thing.c.key).where(thing.c.key == 3)).one() == (3,)
        return seen, _first.one_in(work.connection) or ("",)

    assert things.write(act) == ([(1,), (5,)], ("renamed",))
    assert [found[0] for found in kept(things)] == [1, 3, 5]


@pytest.mark.parametrize("in_one_trip", [False, True])
def test_a_compare_and_swap_that_matches_nothing_is_a_lost_race(things: Database, *, in_one_trip: bool) -> None:
    with things.engine.connect() as connection, connection.begin() as transaction:
        _add.run(connection, [row(1)])
        with pytest.raises(LostRace):
            if in_one_trip:
                with together(connection):
                    _rename.run_one(connection, which=1, new_words="there")
                    _rename.run_one(connection, which=2, new_words="not there")
            else:
                _rename.run_one(connection, which=2, new_words="not there")
        transaction.rollback()
    assert kept(things) == []


def doubled(work: UnitOfWork) -> None:
    _add.run(work.connection, [row(1), row(1)])


def doubled_among_many(work: UnitOfWork) -> None:
    _add.run(work.connection, [row(key % FEW_ROWS) for key in range(2 * FEW_ROWS)])


def orphaned(work: UnitOfWork) -> None:
    _add_part.run(work.connection, [(99,)])


def doubled_in_one_trip(work: UnitOfWork) -> None:
    with together(work.connection):
        _add.run(work.connection, [row(1)])
        _add.run(work.connection, [row(1)])
        _add.run(work.connection, [row(2)])


def doubled_before_a_query(work: UnitOfWork) -> None:
    with together(work.connection):
        _add.run(work.connection, [row(1)])
        _add.run(work.connection, [row(1)])
        _keys.rows_in(work.connection)


@pytest.mark.parametrize("act", [doubled, doubled_among_many, orphaned, doubled_in_one_trip, doubled_before_a_query])
def test_a_violated_constraint_is_cores_error_and_nothing_is_written(things: Database, act: Any) -> None:
    with pytest.raises(IntegrityError):
        things.write(act)
    assert kept(things) == []
    things.write(lambda work: _add.run(work.connection, [row(1)]))  # and the connection serves the next as before
    assert kept(things) == [row(1)]


def test_what_waits_is_dropped_with_the_transaction_that_gave_up(things: Database) -> None:
    class GaveUpError(Exception):
        pass

    def act(work: UnitOfWork) -> None:
        with together(work.connection):
            _add.run(work.connection, [row(1)])
            raise GaveUpError

    with pytest.raises(GaveUpError):
        things.write(act)
    things.write(lambda work: _add.run(work.connection, [row(2)]))
    assert kept(things) == [row(2)]


def test_blocks_in_blocks_are_one(things: Database) -> None:
    def act(work: UnitOfWork) -> None:
        with together(work.connection):
            _add.run(work.connection, [row(1)])
            with together(work.connection):
                _add.run(work.connection, [row(2)])
            _add.run(work.connection, [row(3)])

    things.write(act)
    assert kept(things) == [row(1), row(2), row(3)]


def test_prepared_statements_outlive_a_rollback_and_a_failed_one(postgresql_database: Database) -> None:
    """psycopg has the server forget all that is prepared whenever it rolls back, if it prepared anything itself."""
    with postgresql_database.engine.begin() as connection:
        tables.create_all(connection)
    with postgresql_database.engine.connect() as connection:
        for number in range(12):
            connection.execute(select(thing.c.words).where(thing.c.key == number)).all()
            assert _keys.rows_in(connection) == []
            if number % 3 == 0:
                with pytest.raises(ProgrammingError):
                    connection.exec_driver_sql("SELECT nothing FROM nowhere")
            connection.rollback()


def test_writes_in_one_trip_that_fill_the_servers_and_our_own_buffers(postgresql_database: Database) -> None:
    with postgresql_database.engine.begin() as connection:
        tables.create_all(connection)
    long = "穗" * 100_000
    with postgresql_database.engine.begin() as connection, together(connection):
        for key in range(100):
            _add.run(connection, [row(key, *NOTHING[:-1], long)])
        assert len(_keys.rows_in(connection)) == 100
    assert {found[-1] for found in kept(postgresql_database)} == {long}
