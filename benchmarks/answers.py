"""Requests a second of the answer under one uvicorn worker, against a bare FastAPI route, both servers in this run."""

from __future__ import annotations

import os
import random
import socket
import statistics
from collections.abc import Iterator, Sequence

from suiyuan.trace.codes.model import Level, Place, Scheme

from .figure import Figure, figure
from .load import requests_per_second, served
from .world import MASTER_KEY, World, world

CODES = 2_000
ROUNDS = 7
SECONDS = 2.0


def run_read() -> Iterator[Figure]:
    yield _measure("answer-read", "?record=false", "at least 0.5")


def run_durable() -> Iterator[Figure]:
    yield _measure("answer-durable", "", "for information; issue 6 asks at least 0.7")


def _measure(name: str, query: str, bound: str) -> Figure:
    with world() as made:
        paths = [f"/api/v1/answers/{code}{query}" for code in _codes(made)]
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
            rates: list[tuple[float, float]] = [
                (requests_per_second(ours, paths, SECONDS), requests_per_second(bare, ["/bare"], SECONDS))
                for _ in range(ROUNDS)
            ]
    answers = statistics.median(rate for rate, _ in rates)
    reference = statistics.median(rate for _, rate in rates)
    return figure(name, answers, "answers/s", "requests/s of a bare FastAPI route", reference, bound)


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
