"""The application over a fresh database: SQLite, and PostgreSQL where a test asks for both with `both_engines`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import httpx2
import pytest
from fastapi.testclient import TestClient

from suiyuan.api.instance import Instance
from suiyuan.api.settings import Settings
from suiyuan.trace.codes.keyring import Keyring
from suiyuan.trace.codes.service import Resolver
from suiyuan.trace.parties import access
from suiyuan.trace.parties.model import OPERATOR, Party
from suiyuan.trace.store.database import Database
from suiyuan.trace.verification.service import Answers

from ..support.application import application_over
from ..support.protocols import Unchanged
from ..support.world import World
from .commands import copied
from .desk import Desk
from .running import SAMPLES, Installation
from .wire import Caller, problem_of

BASE_URL = "http://suiyuan.example"


class Refused(Protocol):
    """`refused(lambda: caller.send(…), 422, "batch.size", "size")`: refused so, and no row of any table differs."""

    def __call__(
        self, send: Callable[[], httpx2.Response], status: int, code: str, field: str | None = None
    ) -> dict[str, Any]: ...


@pytest.fixture
def engine_name() -> str:
    """Most of what is tested here does not touch the engine. `both_engines` says otherwise."""
    return "sqlite"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        database_url="sqlite:///not/used.db",
        master_key=None,
        master_key_file=tmp_path / "not-used.key",
        public_url=BASE_URL,
        webhook_sender=False,
        probe_tallies=False,
        scan_filing=False,
    )


@pytest.fixture
def instance(
    settings: Settings, database: Database, keyring: Keyring, resolver: Resolver, answers: Answers
) -> Instance:
    return Instance(settings, database, keyring, resolver, answers)


@pytest.fixture
def client(instance: Instance) -> Iterator[TestClient]:
    """The application as a server runs it: a fault is answered with 500, it does not fly through to the test."""
    app = application_over(instance)
    with TestClient(app, base_url=BASE_URL, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.fixture
def key_of(database: Database) -> Callable[[Party], str]:
    """Makes an API key for a party."""

    def make(party: Party) -> str:
        return database.write(lambda work: access.issue_key(work, OPERATOR, party.party_id, "测试")).secret

    return make


@pytest.fixture
def caller_of(client: TestClient, key_of: Callable[[Party], str]) -> Callable[[Party], Caller]:
    def make(party: Party) -> Caller:
        return Caller(client, key_of(party), str(party.party_id))

    return make


@pytest.fixture
def desk_of(client: TestClient, key_of: Callable[[Party], str]) -> Callable[[Party], Desk]:
    """The desk of a party, signed in anew."""

    def sign_in(party: Party) -> Desk:
        client.cookies.clear()
        return Desk(client, key_of(party))

    return sign_in


@pytest.fixture
def maker(world: World, caller_of: Callable[[Party], Caller]) -> Caller:
    return caller_of(world.maker)


@pytest.fixture
def distributor(world: World, caller_of: Callable[[Party], Caller]) -> Caller:
    return caller_of(world.distributor)


@pytest.fixture
def outlet(world: World, caller_of: Callable[[Party], Caller]) -> Caller:
    return caller_of(world.outlet)


@pytest.fixture
def agency(world: World, caller_of: Callable[[Party], Caller]) -> Caller:
    return caller_of(world.agency)


@pytest.fixture
def regulator(world: World, caller_of: Callable[[Party], Caller]) -> Caller:
    return caller_of(world.regulator)


@pytest.fixture
def refused(database: Database, unchanged: Unchanged) -> Refused:
    def check(send: Callable[[], httpx2.Response], status: int, code: str, field: str | None = None) -> dict[str, Any]:
        with unchanged(database):
            response = send()
        return problem_of(response, status, code, field)

    return check


# ------------------------------------------------------------------------------------------------- installations


@pytest.fixture(scope="session")
def loaded_once(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with the sample batches in it, for reading."""
    installation = Installation(tmp_path_factory.mktemp("loaded"))
    assert "Loaded" in installation.say("load", SAMPLES)
    return installation


@pytest.fixture
def loaded(loaded_once: Installation, tmp_path: Path) -> Installation:
    """A copy of it, free to change."""
    return copied(loaded_once, tmp_path)


@pytest.fixture
def near(loaded: Installation) -> Installation:
    """The same, with commands run in this process: for what is tried many times."""
    return replace(loaded, is_in_process=True)


@pytest.fixture
def fresh(tmp_path: Path) -> Installation:
    return Installation(tmp_path)
