"""Work that is gathered for a moment and then done, in a thread beside the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def gathering(name: str, arrived: threading.Event, seconds: float, work: Callable[[], None]) -> Iterator[None]:
    """Does `work` as long as the block lasts, so many seconds after something has arrived, and once more at its end.

    `work` clears `arrived`, and raises nothing: the thread ends with what it raises.
    """
    ended = threading.Event()

    def work_off() -> None:
        while not ended.is_set():
            arrived.wait()
            ended.wait(seconds)
            work()

    thread = threading.Thread(target=work_off, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        arrived.set()
        thread.join()
        work()
