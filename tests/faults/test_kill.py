"""The server is killed in the middle of a load of shipments: what it acknowledged is there, whole, and nothing by half.

The moment is drawn by chance: right after a number of acknowledgements, with other requests on their way.
"""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import httpx2
import pytest
from sqlalchemy import create_engine, text

from ..api.running import Server, serving
from .conftest import UNITS_PER_CARTON, Depot

CLIENTS = 4
CARTONS_PER_SHIPMENT = 3
DEADLINE_SECONDS = 20.0


@dataclass
class Acknowledged:
    """What the server said was done: transfer ids with the units moved, and which of them were received too."""

    shipped: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    received: set[str] = field(default_factory=set)
    unexpected: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    enough: threading.Event = field(default_factory=threading.Event)

    def note(self, kind: str, movements: list[dict[str, object]], wanted: int) -> None:
        with self.lock:
            for movement in movements:
                transfer_id = str(movement["transfer_id"])
                if kind == "receive":
                    self.received.add(transfer_id)
                else:
                    self.shipped[transfer_id] = spans_of(movement["intervals"])
            if len(self.shipped) >= wanted:
                self.enough.set()


def spans_of(intervals: object) -> list[tuple[int, int]]:
    assert isinstance(intervals, list)
    return [(each["start"], each["stop"]) for each in intervals]


def ship_and_receive(depot: Depot, server: Server, numbers: Iterator[int], done: Acknowledged, wanted: int) -> None:
    """One client: ships three cartons far apart, receives every other shipment, until the server is gone."""
    step = len(depot.cartons) // CARTONS_PER_SHIPMENT
    with httpx2.Client(base_url=server.url, timeout=10) as http:
        for number in numbers:
            codes = [depot.cartons[number + part * step] for part in range(CARTONS_PER_SHIPMENT)]
            body = {"to_id": depot.distributor_id, "codes": codes}
            try:
                moved = persistently(http, "/api/v1/transfers", body, depot.maker_key)
                done.note("ship", moved, wanted)
                if number % 2:
                    moved = persistently(http, "/api/v1/receipts", {"codes": codes}, depot.distributor_key)
                    done.note("receive", moved, wanted)
            except httpx2.TransportError:
                return
            except AssertionError as refusal:
                done.unexpected.append(str(refusal))
                return


def persistently(http: httpx2.Client, path: str, body: dict[str, object], key: str) -> list[dict[str, object]]:
    """As clients are told to: what was refused as too busy wrote nothing and is sent again."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        response = http.post(path, json=body, headers=bearer(key))
        if response.status_code == 201:
            return response.json()
        assert (response.status_code, response.json()["code"]) == (409, "store.busy"), response.text
    raise AssertionError("too busy for too long")


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def load_until_killed(depot: Depot, server: Server, numbers: Iterator[int], wanted: int, delay: float) -> Acknowledged:
    done = Acknowledged()
    clients = [
        threading.Thread(target=ship_and_receive, args=(depot, server, numbers, done, wanted)) for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    assert done.enough.wait(DEADLINE_SECONDS), f"only {len(done.shipped)} shipments; {done.unexpected}"
    moment = time.monotonic() + delay
    while time.monotonic() < moment:
        pass
    server.kill()
    for client in clients:
        client.join(DEADLINE_SECONDS)
        assert not client.is_alive()
    assert done.unexpected == []
    return done


class Numbers:
    """0, 1, 2, … to any number of threads, across all rounds."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def __iter__(self) -> Numbers:
        return self

    def __next__(self) -> int:
        return next(self._numbers)


@pytest.mark.parametrize("seed", [20261124])
def test_killed_in_the_middle_of_shipments(depot: Depot, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # the moment of a fault, not a secret
    numbers = Numbers()
    shipped: dict[str, list[tuple[int, int]]] = {}
    received: set[str] = set()
    for wanted in (10, 30, 60):
        with serving(depot.installation) as server:
            done = load_until_killed(depot, server, numbers, wanted, chance.uniform(0, 0.02))
            shipped |= done.shipped
            received |= done.received
        assert "All invariants hold." in depot.installation.say("check")
        assert_all_there_and_whole(depot, shipped, received)
    assert len(shipped) >= 100
    assert received

    # And it goes on: what was acknowledged as shipped and not received can be received now.
    with serving(depot.installation) as server, httpx2.Client(base_url=server.url, timeout=10) as http:
        waiting = {
            each["transfer_id"] for each in http.get("/api/v1/inbound", headers=bearer(depot.distributor_key)).json()
        }
        left = sorted(set(shipped) - received)
        assert set(left) <= waiting | unacknowledged_receipts(depot, left)
        for transfer_id in [each for each in left if each in waiting][:5]:
            path = f"/api/v1/batches/{depot.batch.batch_id}/transfers/{transfer_id}/receipt"
            assert http.post(path, headers=bearer(depot.distributor_key)).status_code == 201
    assert "All invariants hold." in replace(depot.installation, is_in_process=False).say("check")


def unacknowledged_receipts(depot: Depot, transfer_ids: list[str]) -> set[str]:
    """Receipts that were committed just before the kill, whose answer never arrived."""
    return {each.transfer_id for each in movements_of(depot) if each.kind == "receive"} & set(transfer_ids)


@dataclass(frozen=True)
class Row:
    movement_id: str
    kind: str
    transfer_id: str
    spans: tuple[tuple[int, int], ...]


def movements_of(depot: Depot) -> list[Row]:
    """What the tables say, read past the service."""
    engine = create_engine(depot.installation.variables()["SUIYUAN_DATABASE_URL"])
    with engine.connect() as connection:
        heads = connection.execute(text("SELECT movement_id, kind, transfer_id FROM movement")).all()
        parts = connection.execute(text("SELECT movement_id, start, stop FROM movement_interval ORDER BY start")).all()
    engine.dispose()
    spans: dict[str, list[tuple[int, int]]] = {}
    for movement_id, start, stop in parts:
        spans.setdefault(name(movement_id), []).append((start, stop))
    return [
        Row(name(movement_id), kind, name(transfer_id), tuple(spans.pop(name(movement_id), [])))
        for movement_id, kind, transfer_id in heads
    ]


def name(identifier: object) -> str:
    """An identifier as the API writes it, from SQLite's bytes or PostgreSQL's uuid."""
    digits = identifier.hex() if isinstance(identifier, bytes) else str(identifier).replace("-", "")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def assert_all_there_and_whole(depot: Depot, shipped: dict[str, list[tuple[int, int]]], received: set[str]) -> None:
    rows = movements_of(depot)
    shipments = {row.transfer_id: row for row in rows if row.kind == "ship"}
    receipts = {row.transfer_id: row for row in rows if row.kind == "receive"}
    lost = set(shipped) - set(shipments)
    assert lost == set(), "acknowledged and lost"
    assert received - set(receipts) == set(), "acknowledged as received and lost"
    for transfer_id, spans in shipped.items():
        assert list(shipments[transfer_id].spans) == spans
    # Nothing by half: every shipment there is, acknowledged or not, moved three whole cartons and has its event.
    for row in rows:
        assert len(row.spans) == CARTONS_PER_SHIPMENT, row
        assert all(stop - start == UNITS_PER_CARTON for start, stop in row.spans), row
    assert len(rows) - len(shipped) - len(received) <= 2 * CLIENTS * 3, "at most what was under way at each kill"
    assert events_of(depot) == {row.movement_id: [list(span) for span in row.spans] for row in rows}
    assert in_transit(depot) == {
        span: row.transfer_id for row in shipments.values() if row.transfer_id not in receipts for span in row.spans
    }


def events_of(depot: Depot) -> dict[str, object]:
    """By movement, the spans that its event states."""
    engine = create_engine(depot.installation.variables()["SUIYUAN_DATABASE_URL"])
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT payload FROM event WHERE kind LIKE 'custody.%'")).scalars().all()
    engine.dispose()
    payloads = [json.loads(row) for row in rows]
    return {payload["movement_id"]: payload["spans"] for payload in payloads}


def in_transit(depot: Depot) -> dict[tuple[int, int], str]:
    engine = create_engine(depot.installation.variables()["SUIYUAN_DATABASE_URL"])
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT start, stop, transfer_id FROM span WHERE state = 'in_transit'")).all()
    engine.dispose()
    return {(start, stop): name(transfer_id) for start, stop, transfer_id in rows}
