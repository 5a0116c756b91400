"""The application as a server runs it, over a fresh database of each engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

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

from ..api.wire import Caller
from ..support.application import application_over

BASE_URL = "http://suiyuan.example"


@pytest.fixture
def client(
    database: Database, keyring: Keyring, resolver: Resolver, answers: Answers, tmp_path: Path
) -> Iterator[TestClient]:
    settings = Settings(
        database_url="sqlite:///not/used.db",
        master_key=None,
        master_key_file=tmp_path / "not-used.key",
        public_url=BASE_URL,
    )
    app = application_over(Instance(settings, database, keyring, resolver, answers))
    with TestClient(app, base_url=BASE_URL, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def caller_of(client: TestClient, database: Database) -> Callable[[Party], Caller]:
    """A party at the API, with a key of its own."""

    def make(party: Party) -> Caller:
        key = database.write(lambda work: access.issue_key(work, OPERATOR, party.party_id, "测试"))
        return Caller(client, key.secret, str(party.party_id))

    return make
