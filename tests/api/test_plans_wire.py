"""Inspectors, plans and draws over HTTP: the whole way, what anybody may read, and refusals with field and reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from suiyuan.trace.inspection.draw import verify
from suiyuan.trace.parties.model import Activity, Party, Role

from ..support.world import World
from .conftest import Refused
from .running import Installation
from .wire import Caller

COUNTY = "640303"
BODY: dict[str, Any] = {
    "plan_number": "NX-2026-1",
    "title": "秋季抽检",
    "kinds": ["pesticide"],
    "first_on": "2026-11-25",
    "last_on": "2026-12-31",
    "strata": [{"region_code": COUNTY, "size": 2}],
}
TERMS = {name: value for name, value in BODY.items() if name != "plan_number"}


@pytest.fixture
def shops(world: World) -> list[Party]:
    found = [world.party(Role.OUTLET, region_code=COUNTY) for _ in range(5)]
    for shop in found:
        world.database.write(lambda work, shop=shop: world.license(work, shop, "pesticide", Activity.TRADE))
    return found


@pytest.fixture
def inspectors(agency: Caller, shops: list[Party]) -> list[dict[str, Any]]:
    bodies = ({"name": f"检查员{number}", "certificate_number": f"NX-{number}"} for number in range(4))
    found = [agency.post("/api/v1/inspectors", body) for body in bodies]
    path = f"/api/v1/inspectors/{found[0]['inspector_id']}/interests"
    found[0] = agency.post(path, {"credit_code": shops[0].credit_code, "reason": "配偶开店"})
    return found


@pytest.fixture
def plan(agency: Caller, inspectors: list[dict[str, Any]]) -> dict[str, Any]:
    return agency.post("/api/v1/plans", BODY)


def drawn(agency: Caller, plan: dict[str, Any]) -> str:
    here = f"/api/v1/plans/{plan['plan_id']}"
    agency.post(f"{here}/commitment")
    agency.post(f"{here}/draw", {})
    return here


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_the_whole_way(
    world: World, agency: Caller, regulator: Caller, client: TestClient, plan: dict[str, Any], shops: list[Party]
) -> None:
    here = f"/api/v1/plans/{plan['plan_id']}"
    assert (plan["state"], plan["digest"], plan["terms"]["stages"]) == ("draft", "", [])
    revised = agency.post(f"{here}/revision", {**TERMS, "public_source": "双色球 2026140 期"}, 200)
    assert agency.get(here) == revised == regulator.get("/api/v1/plans")[0]
    counted = agency.get(f"{here}/candidates")
    stratum = f"{COUNTY}/outlet/*"
    assert counted["strata"] == [{"stratum": stratum, "size": 2, "candidates": 5, "available": 5}]
    assert (counted["inspectors"], counted["conflicts"]) == (4, 1)
    committed = agency.post(f"{here}/commitment")
    assert agency.get(f"{here}/candidates") == counted
    [public] = client.get("/api/v1/draws").json()
    assert (public["state"], public["digest"], public["file"]) == ("committed", committed["digest"], "")
    assert agency.post(f"{here}/draw", {"public_value": "03 07"})["state"] == "drawn"
    unpublished = agency.get(f"{here}/draw")
    assert client.get("/api/v1/draws/NX-2026-1").status_code == 404
    assert agency.post(f"{here}/publication")["state"] == "published"
    file = client.get("/api/v1/draws/NX-2026-1").json()
    assert file == unpublished == client.get("/draws/NX-2026-1.json").json()
    assert verify(file, commitment=committed["digest"]) == []
    assert client.get("/api/v1/draws?state=published").json()[0]["file"] == "/draws/NX-2026-1.json"
    assert client.get("/api/v1/draws?state=drawn").json() == []
    first = agency.get(f"{here}/visits")[0]
    code = next(shop.credit_code for shop in shops if str(shop.party_id) == first["party_id"])
    instead = agency.post(f"{here}/redraws", {"credit_code": code, "reason": "已停业"})
    assert instead["party_id"] != first["party_id"]
    code = next(shop.credit_code for shop in shops if str(shop.party_id) == instead["party_id"])
    leaving = instead["inspector_ids"][0]
    changed = agency.post(f"{here}/redraws", {"credit_code": code, "inspector_id": leaving, "reason": "出差"})
    assert leaving not in changed["inspector_ids"]
    assert client.get("/draws/NX-2026-1.json?redraws=0").json() == file
    assert len(client.get("/api/v1/draws/NX-2026-1?redraws=1").json()["redraws"]) == 1
    assert verify(client.get("/draws/NX-2026-1.json").json(), commitment=committed["digest"]) == []
    visited = agency.post(f"{here}/visits", {"credit_code": code, "visited_on": world.today().isoformat()})
    assert visited["visited_on"] == "2026-11-24"
    assert visited in agency.get("/api/v1/visits")


def test_what_the_public_reads_names_no_inspector(agency: Caller, client: TestClient, plan: dict[str, Any]) -> None:
    here = drawn(agency, plan)
    agency.post(f"{here}/publication")
    for path in ("/api/v1/draws", "/api/v1/draws/NX-2026-1", "/draws/NX-2026-1.json", "/draws", "/draws/NX-2026-1"):
        content = client.get(path).text
        assert not any(secret in content for secret in ("检查员", "NX-0", 'NX-1"', "配偶")), path


def test_inspectors_are_their_agencys(
    world: World,
    agency: Caller,
    regulator: Caller,
    inspectors: list[dict[str, Any]],
    caller_of: Callable[[Party], Caller],
) -> None:
    assert agency.get("/api/v1/inspectors") == inspectors == regulator.get("/api/v1/inspectors")
    assert regulator.get(f"/api/v1/inspectors?agency_id={agency.party_id}") == inspectors
    other = caller_of(world.party(Role.INSPECTION_AGENCY))
    assert other.get("/api/v1/inspectors") == []
    first = f"/api/v1/inspectors/{inspectors[0]['inspector_id']}"
    interest = inspectors[0]["interests"][0]["party_id"]
    ended = agency.delete(f"{first}/interests/{interest}", 200)
    assert ended["interests"][0]["ended_at"]
    assert agency.delete(first, 200)["left_at"]


def test_refusals(
    world: World,
    agency: Caller,
    outlet: Caller,
    plan: dict[str, Any],
    refused: Refused,
    caller_of: Callable[[Party], Caller],
) -> None:
    other = caller_of(world.party(Role.INSPECTION_AGENCY))
    here = f"/api/v1/plans/{plan['plan_id']}"

    def strata(**changes: Any) -> dict[str, Any]:
        return {**BODY, "plan_number": "2", "strata": [{"region_code": COUNTY, "size": 2, **changes}]}

    new = "/api/v1/plans"
    cases: tuple[tuple[Caller, str, Any, int, str, str | None], ...] = (
        (agency, new, BODY, 409, "plan.duplicate", "plan_number"),
        (agency, new, {**BODY, "plan_number": "a/b"}, 422, "plan.number", "plan_number"),
        (agency, new, strata(size=-1), 422, "draw.number", "strata.0.size"),
        (agency, new, strata(region_code="999999"), 422, "region.unknown", "strata.0.region_code"),
        (agency, new, strata(role="laboratory"), 422, "plan.role", "strata.0.role"),
        (agency, new, strata(size="two"), 422, "request.body", "strata.0.size"),
        (agency, new, {**BODY, "kinds": ["gold"]}, 422, "request.body", "kinds.0"),
        (agency, new, {**BODY, "inspectors_per_object": 1}, 422, "draw.number", "inspectors_per_object"),
        (agency, new, {**BODY, "last_on": "2026-11-01"}, 422, "plan.period", "last_on"),
        (agency, new, {**BODY, "last_on": "9999-12-31"}, 422, "request.body", "last_on"),
        (outlet, new, {**BODY, "plan_number": "2"}, 403, "access.role", None),
        (other, f"{here}/commitment", None, 403, "access.other_party", None),
        (agency, f"{here}/draw", {}, 409, "plan.draft", "plan_id"),
        (agency, f"{here}/publication", None, 409, "plan.draft", "plan_id"),
        (agency, f"/api/v1/plans/{uuid4()}/commitment", None, 404, "plan.unknown", "plan_id"),
        (agency, "/api/v1/inspectors", {"name": "x", "certificate_number": "NX-0"}, 409, "inspector.duplicate",
         "certificate_number"),
    )  # fmt: skip
    for caller, path, body, status, code, field in cases:
        refused(lambda caller=caller, path=path, body=body: caller.send("POST", path, body), status, code, field)
    agency.post(f"{here}/revision", {**TERMS, "strata": [{"region_code": COUNTY, "size": 9}]}, 200)
    refused(lambda: agency.send("POST", f"{here}/commitment"), 422, "draw.stratum_size", "strata")
    refused(lambda: agency.send("GET", f"{here}/candidates"), 422, "draw.stratum_size", "strata")
    agency.post(f"{here}/revision", TERMS, 200)
    agency.post(f"{here}/commitment")
    refused(lambda: agency.send("POST", f"{here}/commitment"), 409, "plan.committed", "plan_id")
    value = {"public_value": "7"}
    refused(lambda: agency.send("POST", f"{here}/draw", value), 422, "draw.public_value", "public_value")
    for path in (here, f"{here}/visits", f"{here}/candidates", f"{here}/draw"):
        refused(lambda path=path: other.send("GET", path), 403, "access.other_party")
        refused(lambda path=path: outlet.send("GET", path), 403, "access.role")
    for path in ("/api/v1/plans", "/api/v1/visits", "/api/v1/inspectors"):
        refused(lambda path=path: outlet.send("GET", path), 403, "access.role")
    refused(lambda: agency.send("GET", f"{here}/draw"), 409, "plan.committed", "plan_id")
    for number in ("NX-2026-1", "nothing", "%00", "x" * 5_000):
        path = f"/api/v1/draws/{number}"
        refused(lambda path=path: agency.send("GET", path), 404, "plan.unpublished", "plan_number")


def test_a_file_after_more_redraws_than_there_are(agency: Caller, plan: dict[str, Any], refused: Refused) -> None:
    agency.post(f"{drawn(agency, plan)}/publication")
    for number in (1, -1):
        path = f"/api/v1/draws/NX-2026-1?redraws={number}"
        refused(lambda path=path: agency.send("GET", path), 422, "draw.number", "redraws")


def test_the_exported_file_is_the_published_one(
    agency: Caller, client: TestClient, plan: dict[str, Any], database_url: str, tmp_path: Path
) -> None:
    agency.post(f"{drawn(agency, plan)}/publication")
    key = {"SUIYUAN_MASTER_KEY": bytes(range(32)).hex()}
    here = Installation(tmp_path, database_url=database_url, environment=key, is_in_process=True)
    output = tmp_path / "draw.json"
    here.say("draw", "export", "NX-2026-1", "--output", output)
    assert output.read_bytes() == client.get("/draws/NX-2026-1.json").content
    assert here.say("draw", "verify", output).startswith("Verified")
    assert "NX-2026-1" in here.say("draw", "list")
    missing = tmp_path / "none.json"
    assert here.refuse("draw", "export", "NX-2026-2", "--output", missing) == "plan.unpublished"
    assert not missing.exists()
