"""A batch of a hundred million units against one of ten: time, and bytes of database."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from .figure import Figure, figure, interleaved
from .world import World, world

BYTES_ALLOWED = 4_096
BATCHES_WEIGHED = 300


def run() -> Iterator[Figure]:
    with world() as made:
        large, small = interleaved(
            (lambda: made.register(100_000_000), lambda: made.register(10)), rounds=15, repeats=10
        )
        yield figure("register", large * 1000, "ms a batch of 1e8", "ms a batch of 10", small * 1000, "at most 1.5")
    with world() as made:
        before = _bytes(made)
        for _ in range(BATCHES_WEIGHED):
            made.register(100_000_000)
        each = (_bytes(made) - before) / BATCHES_WEIGHED
        yield figure("register-bytes", each, "bytes a batch of 1e8", "bytes allowed", BYTES_ALLOWED, "at most 1")


def _bytes(made: World) -> int:
    with made.instance.database.read() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        return pages * connection.execute(text("PRAGMA page_size")).scalar_one()
