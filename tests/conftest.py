"""Fixtures of all tests: fresh databases of both engines, a clock that stands still, and a small supply chain.

After every test that used a database, custody and the event log are checked as `suiyuan check` does. A test that
damages them on purpose is marked `tampers`.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from suiyuan.trace.batches import packing
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.service import Resolver
from suiyuan.trace.custody import service as custody
from suiyuan.trace.inspection.plans import service as plans
from suiyuan.trace.inspection.publication import aggregates, bulletins
from suiyuan.trace.kernel.clock import FixedClock
from suiyuan.trace.kernel.errors import SuiyuanError
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.store import idempotency, migrate
from suiyuan.trace.store.columns import metadata
from suiyuan.trace.store.database import Database
from suiyuan.trace.verification.service import Answers

from .support.postgresql import find_binaries, running_server
from .support.protocols import Contents, Dump, Dumps, Refuses, Unchanged
from .support.world import World

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
"""A Tuesday, four in the afternoon in China."""

TEMPLATES = ("empty", "world")

LONGEST_FIRST = (
    "test_histories_on_postgresql",
    "test_kill_on_postgresql",
    "test_kill_on_sqlite",
    "test_histories_on_sqlite",
)
"""Files of a minute and more: begun first, so that no worker is left alone with one of them at the end."""

TABLES_OF_NO_NOUN = (idempotency.idempotency_key,)
"""Named so that every table is known here, whatever else a test imports."""

PARTS_OF_NOUNS = (plans, aggregates, bulletins)
"""The same for tables that a noun's service does not bring along."""

MUST_NOT_SKIP = "SUIYUAN_TESTS_MUST_NOT_SKIP"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "tampers: damages custody or the event log on purpose; not checked afterwards")
    if threading.current_thread() is threading.main_thread():
        # A run that is told to end (a time limit, a cancelled job) stops its database server too.
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


# ---------------------------------------------------------------------------------------------- databases


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The URL of a PostgreSQL server that belongs to this test process."""
    binaries = find_binaries()
    if binaries is None:
        if os.environ.get(MUST_NOT_SKIP) == "1":
            pytest.fail("no PostgreSQL binaries found, and skipping is forbidden here")
        pytest.skip("no PostgreSQL binaries found")
    with running_server(binaries) as url:
        yield url


@pytest.fixture(scope="session")
def administer(postgresql_url: str) -> Iterator[Callable[[str], None]]:
    """Runs a statement beside the databases of the tests. One connection for all: to connect takes as long as to copy
    half a database."""
    engine = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield lambda statement: connection.execute(text(statement)).close()
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_templates(postgresql_url: str, administer: Callable[[str], None], keyring: Keyring) -> dict[str, str]:
    """Databases to copy from, by name: `empty` is migrated, in `world` the parties and products are registered."""
    found: dict[str, str] = {}
    for name in TEMPLATES:
        administer(f"CREATE DATABASE template_{name}")
        found[name] = f"template_{name}"
        _prepare(_in_database(postgresql_url, found[name]), name, keyring)
    return found


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> dict[str, Path]:
    """Files to copy from, as above."""
    folder = tmp_path_factory.mktemp("templates")
    found = {name: folder / f"{name}.db" for name in TEMPLATES}
    for name, path in found.items():
        _prepare(f"sqlite:///{path}", name, keyring)
    return found


@pytest.fixture(scope="session")
def known_world(keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> World:
    """What the template `world` holds; ids are derived, so they are the same in every copy."""
    known = _prepare(f"sqlite:///{tmp_path_factory.mktemp('known') / 'world.db'}", "world", keyring)
    assert known is not None
    return known


@pytest.fixture(scope="session")
def database_numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def new_sqlite_url(
    sqlite_templates: dict[str, Path], tmp_path: Path, database_numbers: Iterator[int]
) -> Callable[[str], str]:
    """Makes a fresh database from a template and gives its URL."""

    def make(template: str) -> str:
        path = tmp_path / f"suiyuan-{next(database_numbers)}.db"
        shutil.copyfile(sqlite_templates[template], path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture
def new_postgresql_url(
    postgresql_url: str,
    administer: Callable[[str], None],
    postgresql_templates: dict[str, str],
    database_numbers: Iterator[int],
) -> Iterator[Callable[[str], str]]:
    """Makes a fresh database from a template and gives its URL; drops what it made afterwards.

    Its files are copied: without durability that takes half as long as writing the same to the server's log.
    """
    made: list[str] = []

    def make(template: str) -> str:
        name = f"suiyuan_{next(database_numbers)}"
        administer(f"CREATE DATABASE {name} TEMPLATE {postgresql_templates[template]} STRATEGY file_copy")
        made.append(name)
        return _in_database(postgresql_url, name)

    yield make
    for name in made:
        administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database of each engine, that of `world` where a test asks for it."""
    return request.getfixturevalue(f"new_{engine_name}_url")(_template(request))


@pytest.fixture
def database(database_url: str, clock: FixedClock, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh database; the test runs once on each engine."""
    yield from _checked(Database(database_url, clock), request)


@pytest.fixture
def sqlite_database(
    new_sqlite_url: Callable[[str], str], clock: FixedClock, request: pytest.FixtureRequest
) -> Iterator[Database]:
    yield from _checked(Database(new_sqlite_url("empty"), clock), request)


@pytest.fixture
def postgresql_database(
    new_postgresql_url: Callable[[str], str], clock: FixedClock, request: pytest.FixtureRequest
) -> Iterator[Database]:
    yield from _checked(Database(new_postgresql_url("empty"), clock), request)


def _checked(database: Database, request: pytest.FixtureRequest) -> Iterator[Database]:
    try:
        yield database
        if request.node.get_closest_marker("tampers") is None:
            with database.read() as connection:
                assert custody.broken_batches(connection) == []
                assert packing.broken_packing(connection) == []
                assert ledger.broken_chains(connection) == []
    finally:
        database.close()


def _template(request: pytest.FixtureRequest) -> str:
    return "world" if "world" in request.fixturenames else "empty"


def _prepare(url: str, template: str, keyring: Keyring) -> World | None:
    clock = FixedClock(NOW)
    database = Database(url, clock)
    try:
        migrate.upgrade(database)
        return World(database, clock, keyring, Resolver(database, keyring)) if template == "world" else None
    finally:
        database.close()


def _in_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


# ---------------------------------------------------------------------------------------------- the domain


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring(bytes(range(32)))


@pytest.fixture
def resolver(database: Database, keyring: Keyring) -> Resolver:
    return Resolver(database, keyring)


@pytest.fixture
def answers(database: Database, resolver: Resolver) -> Answers:
    return Answers(database, resolver)


@pytest.fixture
def world(database: Database, clock: FixedClock, keyring: Keyring, resolver: Resolver, known_world: World) -> World:
    """Maker, distributor, two shops, agency and regulator, a product of each kind; nothing produced yet."""
    return World(database, clock, keyring, resolver, known_world)


# ---------------------------------------------------------------------------------------------- assertions


@pytest.fixture(scope="session")
def dump() -> Dumps:
    """Every row of every table."""
    return _dump


@pytest.fixture(scope="session")
def contents() -> Contents:
    """The same in a form of the engine's own, for comparing with a later one: ten times as fast."""
    return _contents


@pytest.fixture(scope="session")
def unchanged() -> Unchanged:
    """`with unchanged(database): …` fails where any row of any table differs afterwards."""
    return _unchanged


@pytest.fixture
def refuses(database: Database) -> Refuses:
    """`with refuses(Conflict, "batch.duplicate", field="batch_number"): …`

    The error has this class, code and field (where given), a text in both languages, and nothing was written.
    """

    @contextmanager
    def check(error: type[SuiyuanError], code: str, *, field: str | None = None, **evidence: object) -> Iterator[None]:
        with _unchanged(database), pytest.raises(error) as caught:
            yield
        assert type(caught.value) is error
        assert caught.value.code == code
        if field is not None:
            assert caught.value.field == field
        assert {name: caught.value.evidence.get(name) for name in evidence} == evidence
        assert caught.value.text("zh")
        assert caught.value.text("en")

    return check


@contextmanager
def _unchanged(database: Database) -> Iterator[None]:
    before = _contents(database)
    yield
    if _contents(database) != before:
        raise AssertionError("something was written")


def _contents(database: Database) -> object:
    """The same as `_dump` for comparing only: as the engine has it, in one statement on PostgreSQL."""
    if database.is_sqlite:
        driver = database.driver_connection()
        return [driver.execute(f'SELECT * FROM "{name}"').fetchall() for name in metadata.tables]
    with database.read() as connection:
        return sorted(tuple(row) for row in connection.exec_driver_sql(_all_rows()))


@cache
def _all_rows() -> str:
    return " UNION ALL ".join(f'SELECT \'{name}\' AS name, "{name}"::text FROM "{name}"' for name in metadata.tables)


def _dump(database: Database) -> Dump:
    with database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }
