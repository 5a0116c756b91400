"""Several clients ship cartons of one batch at the same time: each is served, nobody is told to come back later."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx2

from ..api.running import serving
from .conftest import UNITS_PER_CARTON, Depot

CLIENTS = 4
SHIPMENTS_EACH = 15


def test_clients_of_one_batch_are_all_served(depot: Depot) -> None:
    """Two lorries are loaded at two gates: an ordinary day, not a flood."""

    def ship(client: int) -> list[tuple[int, str]]:
        refusals: list[tuple[int, str]] = []
        with httpx2.Client(base_url=server.url, timeout=20) as http:
            for number in range(SHIPMENTS_EACH):
                body = {"to_id": depot.distributor_id, "codes": [depot.cartons[client * SHIPMENTS_EACH + number]]}
                headers = {"Authorization": f"Bearer {depot.maker_key}"}
                response = http.post("/api/v1/transfers", json=body, headers=headers)
                if response.status_code != 201:
                    refusals.append((response.status_code, response.json()["code"]))
        return refusals

    with serving(depot.installation) as server, ThreadPoolExecutor(CLIENTS) as pool:
        refusals = [refusal for found in pool.map(ship, range(CLIENTS)) for refusal in found]
        assert refusals == []
        with httpx2.Client(base_url=server.url, headers={"Authorization": f"Bearer {depot.maker_key}"}) as http:
            spans = http.get(f"/api/v1/batches/{depot.batch.batch_id}/custody").json()
    moved = sum(span["stop"] - span["start"] for span in spans if span["state"] == "in_transit")
    assert moved == CLIENTS * SHIPMENTS_EACH * UNITS_PER_CARTON


def test_one_carton_has_one_winner(depot: Depot) -> None:
    """All try to ship the same carton: one succeeds, the others are told that it is gone."""

    def ship(_: int) -> tuple[int, str]:
        with httpx2.Client(base_url=server.url, timeout=20) as http:
            body = {"to_id": depot.distributor_id, "codes": [depot.cartons[0]]}
            response = http.post("/api/v1/transfers", json=body, headers={"Authorization": f"Bearer {depot.maker_key}"})
        return response.status_code, "" if response.status_code == 201 else response.json()["code"]

    with serving(depot.installation) as server, ThreadPoolExecutor(2 * CLIENTS) as pool:
        outcomes = sorted(pool.map(ship, range(2 * CLIENTS)))
    assert outcomes == [(201, "")] + [(409, "custody.not_held")] * (2 * CLIENTS - 1)
    assert "All invariants hold." in depot.installation.say("check")
