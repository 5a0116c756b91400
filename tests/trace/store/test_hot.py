"""Hot queries give the same rows as SQLAlchemy Core, for every column type on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, Text, bindparam, func, insert, literal, select

from suiyuan.trace.store.columns import (
    INSTANT_FORMAT,
    STRICT,
    Day,
    Exact,
    Flag,
    Identifier,
    Instant,
    Whole,
    instant_text,
)
from suiyuan.trace.store.database import Database
from suiyuan.trace.store.hot import HotQuery

thing = Table(
    "thing",
    MetaData(),
    Column("key", Whole, primary_key=True, autoincrement=False),
    Column("identifier", Identifier),
    Column("instant", Instant),
    Column("day", Day),
    Column("exact", Exact),
    Column("flag", Flag),
    Column("whole", Whole),
    Column("words", Text),
    **STRICT,
)

EARLIEST, LATEST = datetime(1900, 1, 1), datetime(2999, 1, 1)  # noqa: DTZ001  # Hypothesis adds the zones
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=9, minutes=30))])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "identifier": st.uuids(),
    "instant": st.datetimes(EARLIEST, LATEST, timezones=ZONES),
    "day": st.dates(date(1, 1, 1), date(9999, 12, 31)),
    "exact": st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15),
    "flag": st.booleans(),
    "whole": st.integers(-(2**63), 2**63 - 1),
    "words": st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}), min_size=1, max_size=3
)
PLAIN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_all = HotQuery(select(thing).where(thing.c.key >= bindparam("least")).order_by(thing.c.key).limit(bindparam("most")))


@pytest.fixture
def things(database: Database) -> Iterator[Database]:
    with database.engine.begin() as connection:
        thing.create(connection)
    yield database


def fill(database: Database, rows: list[dict[str, Any]]) -> None:
    def act(work: Any) -> None:
        work.connection.execute(thing.delete())
        work.connection.execute(insert(thing), [{"key": key, **row} for key, row in enumerate(rows)])

    database.write(act)


@PLAIN
@given(rows=ROWS)
def test_a_hot_query_gives_what_core_gives_and_what_was_written(things: Database, rows: list[dict[str, Any]]) -> None:
    fill(things, rows)
    hot = _all.rows(things, least=0, most=10)
    with things.read() as connection:
        core = [tuple(row) for row in connection.execute(select(thing).order_by(thing.c.key))]
    assert hot == core
    assert [[type(value) for value in row] for row in hot] == [[type(value) for value in row] for row in core]
    assert hot == [(key, *(row[name] for name in VALUES)) for key, row in enumerate(rows)]
    for row in hot:
        assert row[2] is None or row[2].utcoffset() == timedelta(0)
        assert row[5] is None or isinstance(row[5], bool)


@PLAIN
@given(name=st.sampled_from(sorted(VALUES)), data=st.data())
def test_every_type_can_be_asked_for_by_value(things: Database, name: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[name])
    fill(things, [{name: value}, {name: None}])
    query = HotQuery(select(thing.c.key).where(thing.c[name] == bindparam("value")))
    assert query.rows(things, value=value) == [(0,)]


def test_aggregates_constants_and_none_found(things: Database) -> None:
    moments = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)]
    fill(things, [{"instant": moment, "flag": True, "words": "a"} for moment in moments])
    totals = HotQuery(
        select(func.count(), func.min(thing.c.instant), func.max(thing.c.instant)).where(
            thing.c.words == bindparam("words"), (thing.c.flag == literal(True, Flag)) | (thing.c.words == "constant")
        )
    )
    assert totals.one(things, words="a") == (2, *moments)
    assert totals.one(things, words="b") == (0, None, None)
    assert _all.one(things, least=99, most=1) is None
    assert len(_all.rows(things, least=0, most=1)) == 1


def test_a_missing_parameter_is_a_mistake_in_the_code(things: Database) -> None:
    with pytest.raises(KeyError, match="most"):
        _all.rows(things, least=0)


def test_a_hot_query_sees_what_was_just_committed(things: Database) -> None:
    for count in (1, 2, 3):
        fill(things, [{"whole": count}] * count)
        assert [row[6] for row in _all.rows(things, least=0, most=10)] == [count] * count


def test_text_that_looks_like_sql_is_only_text(things: Database) -> None:
    evil = "'; DROP TABLE thing; -- %s %(x)s :y ?"
    fill(things, [{"words": evil}])
    query = HotQuery(select(thing.c.words).where(thing.c.words == bindparam("words")))
    assert query.rows(things, words=evil) == [(evil,)]


def test_decimals_keep_their_written_precision(things: Database) -> None:
    fill(things, [{"exact": Decimal("10.0")}, {"exact": Decimal("0.050")}, {"exact": Decimal("-3")}])
    assert [str(row[4]) for row in _all.rows(things, least=0, most=9)] == ["10.0", "0.050", "-3"]


@given(st.datetimes(EARLIEST, LATEST, timezones=ZONES), st.data())
def test_instants_are_written_in_one_width_and_sort_as_time(first: datetime, data: st.DataObject) -> None:
    second = data.draw(st.datetimes(EARLIEST, LATEST, timezones=ZONES))
    assert len(instant_text(first)) == 27
    assert (instant_text(first) < instant_text(second)) == (first < second)
    assert datetime.strptime(instant_text(first), INSTANT_FORMAT).replace(tzinfo=UTC) == first


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant_text(datetime(2026, 1, 1))  # noqa: DTZ001  # naive on purpose


def test_identifiers_are_kept_as_sixteen_bytes_in_sqlite(sqlite_database: Database) -> None:
    with sqlite_database.engine.begin() as connection:
        thing.create(connection)
    fill(
        sqlite_database, [{"identifier": UUID(int=5), "day": date(2026, 1, 2), "flag": True, "exact": Decimal("1.50")}]
    )
    row = sqlite_database.driver_connection().execute("SELECT identifier, day, flag, exact FROM thing").fetchone()
    assert row == (UUID(int=5).bytes, "2026-01-02", 1, "1.50")
