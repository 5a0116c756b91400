"""Scans are filed behind the log: no count is ever lost or told twice, whoever files and whenever."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from suiyuan.trace.codes.service import Resolver
from suiyuan.trace.verification import store
from suiyuan.trace.verification.scans import CodeKey, State, Unfiled
from suiyuan.trace.verification.service import Answers, filing
from suiyuan.trace.verification.store import Flow, scan_code

if TYPE_CHECKING:
    from tests.support.world import World

AT = datetime(2026, 11, 24, tzinfo=UTC)
KEYS: tuple[CodeKey, ...] = tuple((UUID(int=1), 0, index) for index in range(3))


def counts(answers: Answers, world: World, codes: list[str]) -> list[int]:
    return [answers.answer(answers.resolve(code)).facts.scans.count for code in codes]


def flow(world: World) -> Flow:
    with world.database.read() as connection:
        return store.flow(connection)


def test_counts_are_the_same_before_and_after_filing(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    codes = [world.code(batch, index=index) for index in range(4)]
    for number, code in enumerate(codes):
        for _ in range(number):
            answers.record_scan_and_wait(answers.resolve(code), "page")
            world.later(minutes=1)
    before = [answers.answer(answers.resolve(code)).facts.scans for code in codes]
    assert [each.count for each in before] == [0, 1, 2, 3]
    assert answers.filing.file() == 6
    assert [answers.answer(answers.resolve(code)).facts.scans for code in codes] == before
    assert flow(world) == Flow(6, 6)
    answers.record_scan_and_wait(answers.resolve(codes[3]), "page")
    assert counts(answers, world, codes) == [0, 1, 2, 4]


def test_a_count_that_is_not_that_of_the_log_is_found(world: World, answers: Answers) -> None:
    code = world.code(world.register_batch())
    for _ in range(3):
        answers.record_scan_and_wait(answers.resolve(code), "page")
    answers.filing.file()
    answers.record_scan_and_wait(answers.resolve(code), "page")
    with world.database.read() as connection:
        assert filing.broken_counts(connection) == []
    world.database.write(lambda work: work.connection.execute(update(scan_code).values(scans=scan_code.c.scans - 1)))
    with world.database.read() as connection:
        assert filing.broken_counts(connection) == ["scans: 2 are filed under codes, 3 are in the log"]


def test_filing_again_changes_nothing(world: World, answers: Answers) -> None:
    code = world.code(world.register_batch())
    answers.record_scan_and_wait(answers.resolve(code), "page")
    for _ in range(3):
        answers.filing.file()
        assert counts(answers, world, [code]) == [1]


def test_pieces_add_up(world: World, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing, "MAX_FILED_AT_ONCE", 3)
    batch = world.register_batch()
    codes = [world.code(batch, index=index) for index in range(5)]
    for number in range(20):
        answers.record_scan_and_wait(answers.resolve(codes[number % 5]), "page")
    answers.filing.file()
    assert counts(answers, world, codes) == [4] * 5
    with world.database.read() as connection:
        filed, positions = connection.execute(
            select(func.sum(scan_code.c.scans), func.max(scan_code.c.positions))
        ).one()
    assert (filed, len(positions.split())) == (20, 4)


def test_two_processes_know_of_each_other(world: World, answers: Answers, resolver: Resolver) -> None:
    """On SQLite at once, on PostgreSQL at the latest when it is filed."""
    other = Answers(world.database, resolver)
    code = world.code(world.register_batch())
    for number in range(6):
        who = (answers, other)[number % 2]
        who.record_scan_and_wait(who.resolve(code), "page")
        if number == 3:
            who.filing.file()
    if not world.database.is_sqlite:
        other.filing.file()
    assert counts(answers, world, [code]) == counts(other, world, [code]) == [6]
    assert counts(Answers(world.database, resolver), world, [code]) == [6], "one that has just started"


def test_recording_and_filing_at_once_loses_no_scan(world: World, answers: Answers, resolver: Resolver) -> None:
    other = Answers(world.database, resolver)
    batch = world.register_batch()
    codes = [world.code(batch, index=index) for index in range(4)]

    async def scan_all(who: Answers) -> None:
        for _ in range(5):
            await asyncio.gather(*(who.look(code, "api") for code in codes * 3))

    with ThreadPoolExecutor(4) as pool:
        scanning = [pool.submit(lambda who=who: asyncio.run(scan_all(who))) for who in (answers, other)]
        filings = [pool.submit(who.filing.file) for who in (answers, other) for _ in range(4)]
        for each in (*scanning, *filings):
            each.result()
    answers.filing.file()
    assert counts(answers, world, codes) == counts(other, world, codes) == [30] * 4
    assert flow(world).filed == flow(world).judged


def test_a_lost_judging_is_made_up_for(world: World, answers: Answers) -> None:
    """A process that ends between filing and judging leaves the second to the next."""
    code = world.code(world.register_batch())
    answers.record_scan_and_wait(answers.resolve(code), "page")
    assert answers.filing._file_some(1)
    assert flow(world) == Flow(1, 0)
    answers.filing.file()
    assert flow(world) == Flow(1, 1)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("scan"), st.sampled_from(KEYS)),
            st.tuples(st.just("elsewhere"), st.sampled_from(KEYS)),
            st.tuples(st.just("file"), st.floats(0, 1)),
        ),
        max_size=40,
    )
)
def test_what_is_filed_and_what_is_not_are_all_there_is(acts: list[tuple[str, object]]) -> None:
    """Against a plain list: scans of this process, of another one, and filing up to anywhere."""
    log: list[CodeKey] = []
    unfiled, filed = Unfiled(), 0

    def after(position: int) -> list[tuple[int, CodeKey, datetime]]:
        return [(number, key, AT) for number, key in enumerate(log, 1) if number > position]

    for act, value in acts:
        if act == "file":
            assert isinstance(value, float)
            filed = max(filed, int(len(log) * value))
            continue
        assert isinstance(value, tuple)
        unfiled.catch_up(filed, len(log), after)
        log.append(value)
        if act == "scan":
            unfiled.add([(len(log), value, AT + timedelta(seconds=len(log)))])
    unfiled.catch_up(filed, len(log), after)
    for key in KEYS:
        state = State(1, log[:filed].count(key), None, None)
        assert unfiled.counted(key, state).scans == log.count(key)
        assert unfiled.positions(key) == [n for n, each in enumerate(log, 1) if n > filed and each == key]
