"""Many keys looked up, and many rows appended: one statement on PostgreSQL, the same rows on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Column, MetaData, Sequence, Table, Text, func, select
from sqlalchemy.exc import ProgrammingError

from suiyuan.trace.store.columns import STRICT, Identifier, Instant, Whole
from suiyuan.trace.store.database import Database, UnitOfWork
from suiyuan.trace.store.hot import HotAppend, HotLookup

tables = MetaData()
numbers = Sequence("hot_entry_number", metadata=tables, data_type=BigInteger)
entry = Table(
    "hot_entry",
    tables,
    Column("number", Whole, primary_key=True, autoincrement=False),
    Column("identifier", Identifier, nullable=False),
    Column("instant", Instant, nullable=False),
    Column("words", Text, nullable=False),
    Column("whole", Whole, nullable=True),
    **STRICT,
)

_append = HotAppend(entry, numbers)
_KEY = {"identifier": Identifier(), "words": Text()}
_first = HotLookup(
    _KEY,
    lambda key: select(entry.c.number, entry.c.instant).where(
        entry.c.identifier == key["identifier"], entry.c.words == key["words"], entry.c.whole.is_(None)
    ),
)
_count = HotLookup(
    {"identifier": Identifier()},
    lambda key: select(func.count(), func.max(entry.c.instant)).where(entry.c.identifier == key["identifier"]),
)

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
HARD = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8)
ROWS = st.lists(
    st.tuples(st.integers(0, 3).map(lambda n: UUID(int=n)), HARD, st.integers(-(2**63), 2**63 - 1)), max_size=12
)


@pytest.fixture
def entries(database: Database) -> Iterator[Database]:
    with database.engine.begin() as connection:
        tables.create_all(connection)
    yield database


def append(database: Database, rows: list[tuple[Any, ...]]) -> list[int]:
    def act(work: UnitOfWork) -> list[int]:
        last = work.connection.execute(select(func.max(entry.c.number))).scalar_one() or 0
        return _append.run(work.connection, rows, last)

    return database.write(act)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_what_is_appended_is_there_in_its_order(entries: Database, given_rows: list[tuple[UUID, str, int]]) -> None:
    rows = [(each, AT + timedelta(seconds=n), words, whole) for n, (each, words, whole) in enumerate(given_rows)]
    found = append(entries, rows)
    assert found == sorted(set(found))
    assert len(found) == len(rows)
    with entries.read() as connection:
        stored = connection.execute(select(entry).where(entry.c.number.in_(found)).order_by(entry.c.number))
        assert [tuple(row)[1:] for row in stored] == rows
    assert all(number > max(found) for number in append(entries, rows[:1]))


def test_keys_are_looked_up_in_their_order_also_those_that_are_not_there(entries: Database) -> None:
    one, other = UUID(int=1), UUID(int=2)
    first, second, _ = append(entries, [(one, AT, "'", None), (other, AT, '"', None), (one, AT, "x", 1)])
    keys = [(other, '"'), (one, "x"), (one, "'"), (other, '"'), (UUID(int=3), "")]
    with entries.read() as connection:
        assert _first.rows(connection, keys) == [(second, AT), None, (first, AT), (second, AT), None]
        assert _first.rows(connection, []) == []
        assert _count.rows(connection, [(one,), (UUID(int=9),)]) == [(2, AT), (0, None)]
    assert _first.row(entries, keys[0]) == (second, AT)
    assert _first.row(entries, keys[1]) is None


def test_a_key_of_the_wrong_shape_is_a_mistake_in_the_code(entries: Database) -> None:
    with pytest.raises((ValueError, IndexError, ProgrammingError)):
        _first.row(entries, (UUID(int=1),))
