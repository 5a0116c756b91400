"""The grouped writer: durable before release, few commits, every waiter told, later groups go on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select

from suiyuan.trace.codes.store import code_prefix
from suiyuan.trace.store.database import Database, UnitOfWork
from suiyuan.trace.store.grouped import MAX_GROUP, GroupedWork


class Poison(Exception):
    pass


class Recorder:
    """Writes numbers as rows; a negative one fails its group. `gate` holds a group that a thread writes."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.groups: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.writer: GroupedWork[int, int] = GroupedWork(database, self.write)

    def write(self, work: UnitOfWork, items: Sequence[int]) -> Sequence[int]:
        self.groups.append(list(items))
        self.entered.set()
        assert self.gate.wait(10)
        work.connection.execute(
            insert(code_prefix), [{"scheme": "own", "prefix": str(item), "next_serial": item} for item in items]
        )
        if any(item < 0 for item in items):
            raise Poison
        return items

    def stored(self) -> set[int]:
        with self.database.read() as connection:
            return {row.next_serial for row in connection.execute(select(code_prefix))}


@pytest.fixture
def recorder(database: Database) -> Recorder:
    return Recorder(database)


async def record_all(recorder: Recorder, *items: int) -> list[BaseException | int]:
    return await asyncio.gather(*(recorder.writer.done(item) for item in items), return_exceptions=True)


def test_an_item_is_durable_when_its_writer_is_released(recorder: Recorder) -> None:
    recorder.writer.done_and_wait(1)
    assert recorder.stored() == {1}

    async def scenario() -> None:
        for item in (2, 3):
            await recorder.writer.done(item)
            assert item in recorder.stored()

    asyncio.run(scenario())


def test_requests_that_are_ready_together_share_one_commit(recorder: Recorder) -> None:
    assert asyncio.run(record_all(recorder, *range(50))) == list(range(50))
    assert recorder.groups == [list(range(50))]
    assert recorder.stored() == set(range(50))


def test_what_gathers_during_one_commit_is_the_next_group(postgresql_database: Database) -> None:
    """Where a thread writes: the loop goes on taking requests meanwhile."""
    recorder = Recorder(postgresql_database)
    recorder.gate.clear()

    async def scenario() -> None:
        first = asyncio.create_task(recorder.writer.done(0))
        await asyncio.to_thread(recorder.entered.wait, 10)
        rest = asyncio.create_task(record_all(recorder, *range(1, 50)))
        await asyncio.to_thread(lambda: None)  # a turn of the loop: every task has put its item
        assert not first.done()
        assert recorder.stored() == set()
        recorder.gate.set()
        await asyncio.gather(first, rest)

    asyncio.run(scenario())
    assert recorder.groups == [[0], list(range(1, 50))]
    assert recorder.stored() == set(range(50))


def test_a_failing_group_tells_each_waiter_and_the_next_goes_on(recorder: Recorder) -> None:
    async def scenario() -> None:
        failed = await record_all(recorder, 1, -2, 3)
        assert [type(result) for result in failed] == [Poison, Poison, Poison]
        assert recorder.stored() == set()
        assert await record_all(recorder, 4, 5) == [4, 5]

    asyncio.run(scenario())
    assert recorder.stored() == {4, 5}
    with pytest.raises(Poison):
        recorder.writer.done_and_wait(-6)
    assert recorder.stored() == {4, 5}


def test_no_group_is_larger_than_the_limit(recorder: Recorder) -> None:
    asyncio.run(record_all(recorder, *range(MAX_GROUP * 2 + 10)))
    assert [len(group) for group in recorder.groups] == [MAX_GROUP, MAX_GROUP, 10]
    assert len(recorder.stored()) == MAX_GROUP * 2 + 10


def test_a_caller_that_went_away_disturbs_nobody(recorder: Recorder) -> None:
    async def scenario() -> None:
        gone = asyncio.create_task(recorder.writer.done(1))
        stays = asyncio.create_task(recorder.writer.done(2))
        gone.cancel()
        await stays
        assert await record_all(recorder, 3) == [3]
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(scenario())
    assert {2, 3} <= recorder.stored()


def test_a_loop_that_ended_in_the_middle_disturbs_no_later_one(recorder: Recorder) -> None:
    """As when a server is taken down while a group is being written, and another loop uses the same writer."""
    if recorder.database.is_sqlite:
        loop = asyncio.new_event_loop()
        abandoned = loop.create_task(recorder.writer.done(1))
        loop.call_soon(loop.stop)  # after the item was put, before it is written
        loop.run_forever()
        abandoned.cancel()
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()
    else:
        recorder.gate.clear()

        async def leave() -> None:
            asyncio.create_task(recorder.writer.done(1))  # noqa: RUF006  # abandoned on purpose
            await asyncio.to_thread(recorder.entered.wait, 10)
            recorder.gate.set()

        asyncio.run(leave())

    async def scenario() -> None:
        assert await asyncio.wait_for(record_all(recorder, 2), 3) == [2]

    asyncio.run(scenario())
    assert 2 in recorder.stored()


def test_one_loop_and_many_threads_at_once(recorder: Recorder) -> None:
    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(recorder.writer.done_and_wait, item) for item in range(20)]
        loop = pool.submit(asyncio.run, record_all(recorder, *range(100, 120)))
        for each in waiting:
            each.result()
        assert loop.result() == list(range(100, 120))
    assert recorder.stored() == {*range(20), *range(100, 120)}
