"""Fresh databases of each engine, durable as in production: files on disk, and a PostgreSQL server of this run."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.support.postgresql import find_binaries, running_server

SERVER = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "50",
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "timezone": "UTC",
    "logging_collector": "on",
    "log_destination": "jsonlog",
}
"""The server's own defaults, but for memory (usual advice is a quarter of what there is), checkpoints (one in the
middle of a round would be charged to one side only) and a log that can be read back, where nothing is logged unless
asked for."""


@dataclass(frozen=True, slots=True)
class Engine:
    """`new_url()` makes an empty database. `binaries`: the folder of PostgreSQL's programs; None for SQLite."""

    name: str
    new_url: Callable[[], str]
    binaries: Path | None = None


@contextmanager
def sqlite() -> Iterator[Engine]:
    with TemporaryDirectory() as folder:
        numbers = itertools.count(1)
        yield Engine("sqlite", lambda: f"sqlite:///{folder}/{next(numbers)}.db")


@contextmanager
def postgresql() -> Iterator[Engine]:
    """Raises FileNotFoundError where no PostgreSQL is installed."""
    binaries = find_binaries()
    if binaries is None:
        raise FileNotFoundError("no PostgreSQL binaries found")
    with running_server(binaries, SERVER, may_be_in_memory=False) as url:
        numbers = itertools.count(1)

        def new_url() -> str:
            name = f"bench_{next(numbers)}"
            run_alone(url, f"CREATE DATABASE {name}")
            return in_database(url, name)

        yield Engine("postgresql", new_url, binaries)


def engines() -> Iterator[Engine]:
    """Each engine in turn, running until the next is asked for; without PostgreSQL only SQLite, and a line says so."""
    with sqlite() as engine:
        yield engine
    try:
        with postgresql() as engine:
            yield engine
    except FileNotFoundError as error:
        print(f"{error}: its figures are left out", file=sys.stderr)


def in_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def run_alone(url: str, *statements: str) -> None:
    """Runs statements that may stand in no transaction."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
