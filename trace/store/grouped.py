"""Much small durable work at the price of few commits.

Whoever works takes all that is queued into one transaction, commits, and only then releases those who wait. There is
no deliberate delay: the time one commit takes is the time in which the next group gathers. Across a crash holds: what
was released is durable; what was not may or may not be.

Requests on an event loop are served by the loop itself, once it has read every request that is ready: a thread would
wait for its turn longer than the commit takes. Where the database is across a network the loop must not wait for it, so
there a thread works.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from .database import Database, UnitOfWork

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_GROUP = 1_000
"""Items in one transaction: keeps the longest wait of other writers to a few milliseconds."""


class GroupedWork(Generic[Item, Result]):
    """Does `act(work, items)`, which gives a result for each item, in groups. Used from one event loop, and from any
    thread."""

    def __init__(self, database: Database, act: Callable[[UnitOfWork, Sequence[Item]], Sequence[Result]]) -> None:
        self._database = database
        self._act = act
        self._queue: list[tuple[Item, asyncio.Future[Result]]] = []
        self._is_flushing = False

    async def done(self, item: Item) -> Result:
        """Returns what came of `item` once it is durable. Raises what the work raised."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Result] = loop.create_future()
        self._queue.append((item, waiting))
        if not self._is_flushing:
            self._is_flushing = True
            if self._database.is_sqlite:
                loop.call_soon(self._flush_here, loop)
            else:
                loop.create_task(self._flush_elsewhere())  # noqa: RUF006  # ends by itself, and its waiters hold it
        return await waiting

    def done_and_wait(self, item: Item) -> Result:
        """The same for a caller without an event loop: a transaction of its own."""
        return self._commit([item])[0]

    def _commit(self, items: Sequence[Item]) -> Sequence[Result]:
        return self._database.write(lambda work: self._act(work, items))

    def _flush_here(self, loop: asyncio.AbstractEventLoop) -> None:
        group = self._take()
        try:
            results = self._commit([item for item, _ in group])
        except Exception as error:  # noqa: BLE001  # handed to every caller that waits
            _fail(group, error)
        else:
            _settle(group, results)
        if self._queue:
            loop.call_soon(self._flush_here, loop)
        else:
            self._is_flushing = False

    async def _flush_elsewhere(self) -> None:
        try:
            while self._queue:
                group = self._take()
                try:
                    results = await asyncio.to_thread(self._commit, [item for item, _ in group])
                except Exception as error:  # noqa: BLE001  # handed to every caller that waits
                    _fail(group, error)
                else:
                    _settle(group, results)
        finally:
            self._is_flushing = False

    def _take(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        group, self._queue = self._queue[:MAX_GROUP], self._queue[MAX_GROUP:]
        return group


def _settle(group: Sequence[tuple[object, asyncio.Future[Result]]], results: Sequence[Result]) -> None:
    for (_, waiting), result in zip(group, results, strict=True):
        if not waiting.done():  # else its request was cancelled meanwhile
            waiting.set_result(result)


def _fail(group: Sequence[tuple[object, asyncio.Future[Result]]], failure: Exception) -> None:
    for _, waiting in group:
        if not waiting.done():
            waiting.set_exception(failure)
