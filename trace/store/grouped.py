"""Many small durable writes at the price of few commits.

Whoever writes takes all that is queued into one transaction, commits, and only then releases those who wait. There is
no deliberate delay: the time one commit takes is the time in which the next group gathers. Across a crash holds: what
was released is durable; what was not may or may not be.

Requests on an event loop are written by the loop itself, once it has served every request that is ready: a thread would
wait for its turn longer than the commit takes. Where the database is across a network the loop must not wait for it, so
there a thread writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection

from .database import Database

Item = TypeVar("Item")

MAX_GROUP = 1_000
"""Items in one transaction: keeps the longest wait of other writers to a few milliseconds."""


class GroupedWriter(Generic[Item]):
    """Writes items through `write(connection, items)`, in groups. Used from one event loop, and from any thread."""

    def __init__(self, database: Database, write: Callable[[Connection, Sequence[Item]], None]) -> None:
        self._database = database
        self._write = write
        self._queue: list[tuple[Item, asyncio.Future[None]]] = []
        self._is_flushing = False

    async def record(self, item: Item) -> None:
        """Returns once `item` is durable. Raises what writing it raised."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[None] = loop.create_future()
        self._queue.append((item, waiting))
        if not self._is_flushing:
            self._is_flushing = True
            if self._database.is_sqlite:
                loop.call_soon(self._flush_here, loop)
            else:
                loop.create_task(self._flush_elsewhere())  # noqa: RUF006  # ends by itself, and its waiters hold it
        await waiting

    def record_and_wait(self, item: Item) -> None:
        """The same for a caller without an event loop: a transaction of its own."""
        self._commit([item])

    def _commit(self, items: Sequence[Item]) -> None:
        self._database.write(lambda work: self._write(work.connection, items))

    def _flush_here(self, loop: asyncio.AbstractEventLoop) -> None:
        group = self._take()
        try:
            self._commit([item for item, _ in group])
        except Exception as error:  # noqa: BLE001  # handed to every caller that waits
            _settle(group, error)
        else:
            _settle(group, None)
        if self._queue:
            loop.call_soon(self._flush_here, loop)
        else:
            self._is_flushing = False

    async def _flush_elsewhere(self) -> None:
        try:
            while self._queue:
                group = self._take()
                try:
                    await asyncio.to_thread(self._commit, [item for item, _ in group])
                except Exception as error:  # noqa: BLE001  # handed to every caller that waits
                    _settle(group, error)
                else:
                    _settle(group, None)
        finally:
            self._is_flushing = False

    def _take(self) -> list[tuple[Item, asyncio.Future[None]]]:
        group, self._queue = self._queue[:MAX_GROUP], self._queue[MAX_GROUP:]
        return group


def _settle(group: Sequence[tuple[object, asyncio.Future[None]]], failure: Exception | None) -> None:
    for _, waiting in group:
        if waiting.done():  # its request was cancelled meanwhile
            continue
        if failure is None:
            waiting.set_result(None)
        else:
            waiting.set_exception(failure)
