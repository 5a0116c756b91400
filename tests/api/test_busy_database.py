"""Another process holds the database for too long: a scan is told so, or answered without being counted; no fault."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from suiyuan.trace.store import database as store
from suiyuan.trace.store.database import Database

from ..support.world import World
from .wire import PROBLEM_JSON, Caller


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for its turn a fifth of a second, not the full fifteen. Before `database` opens its connections."""
    monkeypatch.setattr(store, "SQLITE_BUSY_MILLISECONDS", 200)


@pytest.fixture
def code(world: World) -> str:
    return world.code(world.register_batch())


@pytest.fixture
def held(database: Database, code: str, maker: Caller) -> Iterator[None]:
    """The lock of another writer, taken once `code` and `maker` are there, for as long as the test runs."""
    path = database.engine.url.database
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.usefixtures("held")
def test_a_scan(code: str, client: TestClient) -> None:
    for path in (f"/api/v1/answers/{code}", f"/c/{code}"):
        assert client.get(path).status_code in (200, 409), path
    assert client.post("/api/v1/answers", json={"text": code}).status_code in (200, 409)
    assert client.get(f"/api/v1/answers/{code}?record=false").status_code == 200, "looking writes nothing"


def test_a_shipment(world: World, code: str, maker: Caller, held: None) -> None:
    response = maker.send("POST", "/api/v1/transfers", {"to_id": str(world.distributor.party_id), "codes": [code]})
    assert (response.status_code, response.headers["content-type"]) == (409, PROBLEM_JSON)
    assert response.json()["code"] == "store.busy"
