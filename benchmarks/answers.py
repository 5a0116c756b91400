"""The answer to a scan under one uvicorn worker, against a bare FastAPI route, both servers in this run: requests a
second of the answer alone and with its scan durably recorded, and the slowest of a hundred."""

from __future__ import annotations

import os
import random
import socket
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from suiyuan.trace.codes.model import Level, Place, Scheme

from .engines import engines
from .figure import Figure, figure
from .load import Load, load, served
from .world import MASTER_KEY, World, world

CODES = 2_000
ROUNDS = 7
SECONDS = 2.0

PATIENT_CONNECTIONS = 32
SLOWEST = 0.99

REFERENCE = "requests/s of a bare FastAPI route"


def run_read() -> Iterator[Figure]:
    with _both("") as (ours, bare, codes):
        pairs = _rounds(ours, bare, [f"/api/v1/answers/{code}?record=false" for code in codes])
    yield _rate("answer-read", pairs, "at least 0.85")


def run_durable() -> Iterator[Figure]:
    for engine in engines():
        with _both(engine.new_url()) as (ours, bare, codes):
            pairs = _rounds(ours, bare, [f"/api/v1/answers/{code}" for code in codes])
        yield _rate(f"answer-durable-{engine.name}", pairs, "at least 0.7")


def run_slowest() -> Iterator[Figure]:
    """Of the answer alone, and with its scan recorded, on SQLite."""
    with _both("") as (ours, bare, codes):
        for name, query in (("answer-p99", "?record=false"), ("answer-p99-durable", "")):
            paths = [f"/api/v1/answers/{code}{query}" for code in codes]
            pairs = _rounds(ours, bare, paths, PATIENT_CONNECTIONS)
            value, reference = (statistics.median(_slowest(pair[side]) for pair in pairs) * 1000 for side in (0, 1))
            unit = f"ms, 99 % of answers at {PATIENT_CONNECTIONS} connections"
            yield figure(name, value, unit, "the same of a bare FastAPI route", reference, "at most 6")


@contextmanager
def _both(url: str) -> Iterator[tuple[int, int, Sequence[str]]]:
    """The ports of our server and of the bare one, and codes that ours knows."""
    with world(url) as made:
        codes = _codes(made)
        ours, bare = _free_port(), _free_port()
        environment = {
            **os.environ,
            "SUIYUAN_DATABASE_URL": made.settings.database_url,
            "SUIYUAN_MASTER_KEY": MASTER_KEY,
        }
        with (
            served("suiyuan.api.app:create_app", ours, environment),
            served("benchmarks.bare:create_app", bare, environment),
        ):
            yield ours, bare, codes


def _rounds(ours: int, bare: int, paths: Sequence[str], connections: int = 64) -> list[tuple[Load, Load]]:
    return [
        (load(ours, paths, SECONDS, connections), load(bare, ["/bare"], SECONDS, connections)) for _ in range(ROUNDS)
    ]


def _rate(name: str, pairs: Sequence[tuple[Load, Load]], bound: str) -> Figure:
    value, reference = (statistics.median(pair[side].rate for pair in pairs) for side in (0, 1))
    return figure(name, value, "answers/s", REFERENCE, reference, bound)


def _slowest(measured: Load) -> float:
    ordered = sorted(measured.seconds)
    return ordered[int(len(ordered) * SLOWEST)]


def _codes(made: World) -> Sequence[str]:
    """Codes of batches that have travelled: ten pallets of each to a dealer, the rest with the maker."""
    draw = random.Random(20261124)
    codes: list[str] = []
    for _ in range(4):
        batch = made.register(20_000)
        for pallet in range(10):
            made.deliver(batch, pallet * 2_000, pallet * 2_000 + 1_000)
        codes += [
            made.instance.keyring.encode(
                Scheme.PESTICIDE, batch.code_prefix, Place(batch.code_serial, Level.UNIT, draw.randrange(batch.size))
            )
            for _ in range(CODES // 4)
        ]
    return codes


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
