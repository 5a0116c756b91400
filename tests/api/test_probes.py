"""Looks for codes that are not known, on the wire: slowed, never those for a genuine pack, and shown to regulators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from fastapi.testclient import TestClient

from suiyuan.api.app import create_app
from suiyuan.api.instance import Instance
from suiyuan.api.probe_guard import flush
from suiyuan.trace.kernel.clock import FixedClock
from suiyuan.trace.parties.model import Party
from suiyuan.trace.store.database import Database
from suiyuan.trace.verification.probing import SOURCE_RATE, Probes

from ..support.protocols import Dumps, Unchanged
from ..support.world import World
from .conftest import BASE_URL
from .desk import Desk
from .wire import Caller, problem_of

CODE = "answers.too_many_unknown"
UNKNOWN = "12011231100" + "7" * 21
PREFIX = UNKNOWN[:11]


@pytest.fixture
def from_address(client: TestClient) -> Callable[[str], TestClient]:
    """The same service, spoken to from an address."""

    def make(address: str) -> TestClient:
        return TestClient(client.app, base_url=BASE_URL, follow_redirects=False, client=(address, 50_000))

    return make


@pytest.fixture
def tired(from_address: Callable[[str], TestClient]) -> TestClient:
    """A source that has asked for as many as it may at once."""
    found = from_address("192.0.2.7")
    for number in range(SOURCE_RATE.burst):
        assert found.get(f"/api/v1/answers/{UNKNOWN if number % 2 else 'x'}").status_code in (404, 422)
    return found


def everywhere(client: TestClient, code: str) -> list[httpx2.Response]:
    """A code asked for at every place where it is answered: twice over the API, twice on a page."""
    return [
        client.get(f"/api/v1/answers/{code}"),
        client.post("/api/v1/answers", json={"text": code}),
        client.get(f"/c/{code}"),
        client.get("/c", params={"text": code}),
    ]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("code", [UNKNOWN, "x"])
def test_a_source_is_slowed_and_recovers_with_time(
    tired: TestClient,
    from_address: Callable[[str], TestClient],
    clock: FixedClock,
    database: Database,
    unchanged: Unchanged,
    code: str,
) -> None:
    with unchanged(database):
        got, posted, page, typed = everywhere(tired, code)
    for response in (got, posted):
        problem_of(response, 429, CODE, "code")
    for response in (page, typed):
        assert (response.status_code, response.headers["content-type"]) == (429, "text/html; charset=utf-8")
        assert "请 10 秒后再查" in response.text
    assert {each.headers["retry-after"] for each in (got, posted, page, typed)} == {"10"}
    assert "ask again in 10 seconds" in tired.get(f"/c/{code}?lang=en").text
    assert from_address("192.0.2.8").get(f"/api/v1/answers/{code}").status_code in (404, 422)
    clock.instant += timedelta(seconds=10)
    assert tired.get(f"/api/v1/answers/{code}").status_code in (404, 422)
    assert tired.get(f"/api/v1/answers/{code}").status_code == 429


def test_known_codes_are_answered_for_a_source_that_is_slowed(world: World, tired: TestClient) -> None:
    code = world.code(world.register_batch())
    assert [each.status_code for each in everywhere(tired, code)] == [200] * 4
    assert tired.get(f"/api/v1/answers/{UNKNOWN}").status_code == 429


@pytest.mark.usefixtures("world")
def test_an_ipv6_network_is_one_source(from_address: Callable[[str], TestClient]) -> None:
    clients = [from_address(f"2001:db8:0:{network}::{host}") for network, host in ((1, 1), (1, 2), (2, 1))]
    for _ in range(SOURCE_RATE.burst):
        clients[0].get("/api/v1/answers/x")
    assert [each.get("/api/v1/answers/x").status_code for each in clients] == [429, 429, 422]


@pytest.fixture
def second(instance: Instance) -> Iterator[tuple[Instance, TestClient]]:
    """Another process over the same database, with a memory of its own; it writes its counts when it ends."""
    other = replace(instance, settings=instance.settings.model_copy(update={"probe_tallies": True}), probes=Probes())
    app = create_app(other.settings, other)
    yield other, TestClient(app, base_url=BASE_URL, client=("192.0.2.7", 50_000))


def test_two_processes_add_up_and_regulators_see_pseudonyms(
    world: World,
    tired: TestClient,
    second: tuple[Instance, TestClient],
    instance: Instance,
    database: Database,
    dump: Dumps,
    regulator: Caller,
    outlet: Caller,
    desk_of: Callable[[Party], Desk],
) -> None:
    tired.get(f"/api/v1/answers/{UNKNOWN}")
    _, elsewhere = second
    with elsewhere:
        elsewhere.get(f"/api/v1/answers/{UNKNOWN}")
        elsewhere.get("/c/x")
    counted = instance.probes.drain()
    assert counted
    assert "192.0.2.7" not in repr(counted)
    instance.probes.put_back(counted)
    flush(instance)
    found = regulator.get("/api/v1/probes")
    assert found["since"] == "2026-10-26"
    assert found["total"] == {"unknown": 17, "malformed": 16, "slowed": 1}
    assert found["prefixes"] == [
        {"prefix": PREFIX, "tally": {"unknown": 17, "malformed": 0, "slowed": 1}, "sources": 1}
    ]
    (source,) = found["sources"]
    assert (source["day"], source["seen"]["prefixes"]) == ("2026-11-24", 1)
    assert source["seen"]["tally"] == found["total"]
    assert "192.0.2.7" not in repr(dump(database))
    assert len(dump(database)["probe_tally"]) == 2
    problem_of(outlet.send("GET", "/api/v1/probes"), 403, "access.role", None)
    desk = desk_of(world.regulator)
    assert 'href="/desk/probes"' in desk.page()
    page = desk.page("/desk/probes")
    assert PREFIX in page
    assert source["seen"]["source"][:12] in page
    assert "Guessed codes" in desk.page("/desk/probes?lang=en")
    desk = desk_of(world.agency)
    assert "/desk/probes" not in desk.page()
    desk.page("/desk/probes", 403)


@pytest.mark.usefixtures("world")
def test_what_cannot_be_written_is_kept(instance: Instance, from_address: Callable[[str], TestClient]) -> None:
    from_address("192.0.2.7").get("/api/v1/answers/x")
    with instance.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE probe_tally RENAME TO away")
    flush(instance)
    assert instance.probes.counted.is_set()
    with instance.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO probe_tally")
    flush(instance)
    assert not instance.probes.counted.is_set()
