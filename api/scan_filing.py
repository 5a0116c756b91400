"""Has scans filed under their codes behind the log, in a thread of the server."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .instance import Instance

logger = logging.getLogger("suiyuan")

GATHER_SECONDS = 3.0
"""How long scans are gathered before they are filed: how much later a second copy is noticed. Twice as long costs half
as much where the same codes are looked at again and again."""


@contextmanager
def filing(instance: Instance) -> Iterator[None]:
    """Files as long as the block lasts, and at its beginning and end; where the settings say so."""
    if not instance.settings.scan_filing:
        yield
        return
    ended, recorded = threading.Event(), instance.answers.recorder.recorded

    def file() -> None:
        try:
            instance.answers.filing.file()
        except Exception:  # a database that is away for a moment must not end the filing for good
            logger.exception("scans were not filed; next try after the next scan")

    def work_off() -> None:
        while not ended.is_set():
            recorded.wait()
            ended.wait(GATHER_SECONDS)
            recorded.clear()
            file()

    file()
    thread = threading.Thread(target=work_off, name="scans", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        recorded.set()
        thread.join()
        file()
