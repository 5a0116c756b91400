"""Has scans filed under their codes behind the log, in a thread of the server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from .background import gathering
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
    recorder = instance.answers.recorder

    def file() -> None:
        recorder.recorded.clear()
        try:
            instance.answers.filing.file()
        except Exception:  # a database that is away for a moment must not end the filing for good
            logger.exception("scans were not filed; next try after the next scan")

    file()
    with gathering("scans", recorder.recorded, GATHER_SECONDS, file):
        yield
