"""Many small durable writes at the price of few commits.

One thread takes whatever is queued, writes it in one transaction, and only after the commit releases those who wait.
There is no deliberate delay: the time one commit takes is the time in which the next group gathers. Across a crash
holds: what was released is durable; what was not may or may not be.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from sqlalchemy import Connection

from .database import Database

Item = TypeVar("Item")

MAX_GROUP = 1_000
"""Items in one transaction: keeps the longest wait of other writers to a few milliseconds."""


class GroupedWriter(Generic[Item]):
    """Writes items through `write(connection, items)`, in groups. The thread starts with the first item."""

    def __init__(self, database: Database, write: Callable[[Connection, Sequence[Item]], None]) -> None:
        self._database = database
        self._write = write
        self._queue: list[tuple[Item, Future[None] | asyncio.Future[None]]] = []
        self._wake = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    async def record(self, item: Item) -> None:
        """Returns once `item` is durable. Raises what writing it raised."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._put(item, waiting)
        await waiting

    def record_and_wait(self, item: Item) -> None:
        """The same for a caller without an event loop."""
        waiting: Future[None] = Future()
        self._put(item, waiting)
        waiting.result()

    def close(self) -> None:
        """Writes what is queued, then ends the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    def _put(self, item: Item, waiting: Future[None] | asyncio.Future[None]) -> None:
        with self._wake:
            if self._closing:
                raise RuntimeError("the writer is closed")
            self._queue.append((item, waiting))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="grouped-writer", daemon=True)
                self._thread.start()
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._closing:
                    self._wake.wait()
                group, self._queue = self._queue[:MAX_GROUP], self._queue[MAX_GROUP:]
            if not group:
                return
            failure: Exception | None = None
            try:
                items = [item for item, _ in group]
                self._database.write(lambda work, items=items: self._write(work.connection, items))
            except Exception as error:  # noqa: BLE001  # handed to each waiting caller below
                failure = error
            _release([waiting for _, waiting in group], failure)


def _release(waiting: Sequence[Future[None] | asyncio.Future[None]], failure: Exception | None) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for each in waiting:
        if isinstance(each, Future):
            _settle(each, failure)
        else:
            by_loop.setdefault(each.get_loop(), []).append(each)
    for loop, futures in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle_all, futures, failure)


def _settle_all(futures: Sequence[asyncio.Future[None]], failure: Exception | None) -> None:
    for each in futures:
        if not each.done():
            _settle(each, failure)


def _settle(waiting: Future[None] | asyncio.Future[None], failure: Exception | None) -> None:
    if failure is None:
        waiting.set_result(None)
    else:
        waiting.set_exception(failure)
