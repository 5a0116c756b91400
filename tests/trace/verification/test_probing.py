"""Looks for codes that are not known: the arithmetic of buckets, counts that lose nothing, what is written of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.kernel.clock import FixedClock, day_in_china
from suiyuan.trace.kernel.errors import NotAllowed
from suiyuan.trace.parties.model import OPERATOR, Actor, Role
from suiyuan.trace.store.database import Database
from suiyuan.trace.verification import probe_store
from suiyuan.trace.verification.probing import (
    MAX_FLUSHED,
    MAX_TALLIED,
    OTHERS,
    PREFIX_RATE,
    SOURCE_RATE,
    Buckets,
    Probes,
    Rate,
    Tally,
    TallyKey,
)
from suiyuan.trace.verification.service import probes

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ADDRESS = "192.0.2.77"
PREFIX = "12011231100"

rates = st.builds(Rate, st.integers(1, 40), st.timedeltas(timedelta(milliseconds=1), timedelta(minutes=1)))
pauses = st.lists(st.timedeltas(timedelta(), timedelta(minutes=5)), max_size=60)
Counts: TypeAlias = dict[TallyKey, Tally]


@given(rates, pauses)
def test_never_more_than_burst_and_refill_in_any_stretch(rate: Rate, between: list[timedelta]) -> None:
    buckets, now, taken = Buckets(rate), START, list[datetime]()
    for pause in between:
        now += pause
        if not buckets.wait("a", now):
            buckets.take("a", now)
            taken.append(now)
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= rate.burst + (taken[last] - start) // rate.every


@given(rates, pauses)
def test_the_wait_is_exact(rate: Rate, between: list[timedelta]) -> None:
    """Told to wait so long, one waits neither in vain nor too long."""
    buckets, now = Buckets(rate), START
    for pause in between:
        now += pause
        wait = buckets.wait("a", now)
        assert timedelta() <= wait <= rate.every
        if wait:
            assert buckets.wait("a", now + wait - timedelta(microseconds=1))
        assert not buckets.wait("a", now + wait)
        if not wait:
            buckets.take("a", now)


@given(rates)
def test_a_full_bucket_gives_its_burst_and_no_more(rate: Rate) -> None:
    buckets = Buckets(rate)
    for _ in range(rate.burst):
        assert not buckets.wait("a", START)
        buckets.take("a", START)
    assert buckets.wait("a", START) == rate.every
    assert not buckets.wait("b", START)


def test_only_so_many_are_remembered_and_the_idle_are_forgotten_first() -> None:
    buckets = Buckets(Rate(1, timedelta(hours=1)), most=3)
    for key in ("a", "b", "c", "a", "d"):
        buckets.take(key, START)
    assert len(buckets) == 3
    assert [bool(buckets.wait(key, START)) for key in "abcd"] == [True, False, True, True]


def test_a_source_is_slowed_recovers_and_slows_no_other() -> None:
    seen = Probes()
    assert not any(seen.look("one", None, START) for _ in range(SOURCE_RATE.burst))
    assert seen.look("one", None, START) == SOURCE_RATE.every
    assert not seen.look("other", None, START)
    assert seen.look("one", PREFIX, START)
    later = START + SOURCE_RATE.every
    assert not seen.look("one", PREFIX, later)
    assert seen.look("one", PREFIX, later)
    assert seen.drain() == {
        ("", "one"): Tally(malformed=31, slowed=1),
        ("", "other"): Tally(malformed=1),
        (PREFIX, "one"): Tally(unknown=3, slowed=2),
    }


def test_a_prefix_is_slowed_for_all_sources_and_no_other_prefix_is() -> None:
    seen = Probes()
    assert not any(seen.look(str(number), PREFIX, START) for number in range(PREFIX_RATE.burst))
    assert seen.look("new", PREFIX, START) == PREFIX_RATE.every
    assert not seen.look("new", "22011231100", START)
    assert not seen.look("new", None, START)
    assert not seen.look("new", PREFIX, START + PREFIX_RATE.every)


def test_counting_is_bounded_and_loses_nothing() -> None:
    seen = Probes(prefix_rate=Rate(10**9, timedelta()))
    for number in range(MAX_TALLIED + 50):
        seen.look(f"{number:06}", PREFIX, START)
    for _ in range(3):
        seen.look("000007", PREFIX, START)
    assert seen.counted.is_set()
    found = seen.drain()
    assert not seen.counted.is_set()
    assert len(found) == MAX_FLUSHED + 1
    assert found[PREFIX, "000007"].unknown == 4
    assert sum(each.unknown for each in found.values()) == MAX_TALLIED + 53
    assert seen.drain() == {}
    seen.put_back(found)
    seen.look("000007", PREFIX, START)
    assert seen.drain() == {**found, (PREFIX, "000007"): Tally(unknown=5)}


def write(database: Database, keyring: Keyring, counts: Counts) -> None:
    database.write(lambda work: probes.flush(work, keyring, counts))


def test_flushes_add_up_and_say_nothing_of_the_address(database: Database, keyring: Keyring, clock: FixedClock) -> None:
    """On each engine: an update where the key is known, an insert where it is not."""
    source, other = (probes.remembered_source(keyring, each) for each in (ADDRESS, "192.0.2.78"))
    assert ADDRESS not in source
    write(database, keyring, {(PREFIX, source): Tally(unknown=3), ("", source): Tally(malformed=2)})
    write(database, keyring, {(PREFIX, source): Tally(unknown=4, slowed=1), (PREFIX, other): Tally(unknown=1)})
    write(database, keyring, {OTHERS: Tally(5, 6, 7)})
    clock.instant += timedelta(days=1)
    write(database, keyring, {(PREFIX, source): Tally(unknown=1)})
    with database.read() as connection:
        found = probes.view(connection, OPERATOR, clock.now())
    assert found.total == Tally(14, 8, 8)
    ((prefix, tally, sources),) = [(each.prefix, each.tally, each.sources) for each in found.prefixes]
    assert (prefix, tally, sources) == (PREFIX, Tally(unknown=9, slowed=1), 3)
    seen = [(each.day.day, each.seen.tally, each.seen.prefixes) for each in found.sources]
    assert seen == [(24, Tally(7, 2, 1), 1), (25, Tally(unknown=1), 1), (24, Tally(unknown=1), 1)]
    names = {each.seen.source for each in found.sources}
    assert len(names) == 3
    assert not names & {source, other}


def test_what_is_old_is_deleted_and_a_day_has_only_so_many_rows(
    sqlite_database: Database, keyring: Keyring, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_store, "MAX_ROWS_A_DAY", 3)
    many: Counts = {(PREFIX, str(number)): Tally(unknown=1) for number in range(5)}
    write(sqlite_database, keyring, many)
    write(sqlite_database, keyring, many)
    with sqlite_database.read() as connection:
        found = probe_store.busiest_sources(connection, day_in_china(clock.now()), 10)
        assert [each.tally.unknown for _, each in found] == [2, 2, 2]
        assert probe_store.total(connection, day_in_china(clock.now())) == Tally(unknown=10)
    clock.instant += timedelta(days=probe_store.KEPT_DAYS)
    write(sqlite_database, keyring, {(PREFIX, "x"): Tally(unknown=1)})
    with sqlite_database.read() as connection:
        assert probe_store.total(connection, day_in_china(START)) == Tally(unknown=1)


def test_regulators_only(sqlite_database: Database, clock: FixedClock) -> None:
    with sqlite_database.read() as connection, pytest.raises(NotAllowed) as refused:
        probes.view(connection, Actor(None, frozenset(Role) - {Role.REGULATOR}), clock.now())
    assert refused.value.code == "access.role"
