"""Sites, designated outlets and restricted products on the wire."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from suiyuan.trace.catalog.restrictions import all_restrictions

from ..support.world import World
from .conftest import Refused
from .wire import Caller


def site(**fields: object) -> dict[str, Any]:
    return {"name": "花马池门店", "region_code": "640323", "address": "示范街3号", **fields}


def test_a_site_from_adding_to_closing(world: World, outlet: Caller, regulator: Caller, refused: Refused) -> None:
    path = f"/api/v1/parties/{world.outlet.party_id}/sites"
    assert outlet.get(path) == []
    shop = outlet.post(path, site())
    assert set(shop) == {
        "party_id",
        "site_id",
        "name",
        "region_code",
        "address",
        "closed_at",
        "allows_northern_moisture",
    }
    store = regulator.post(path, site(name="后库", address=""))
    assert (store["party_id"], store["closed_at"]) == (str(world.outlet.party_id), None)
    assert sorted(outlet.get(path), key=str) == sorted([shop, store], key=str)
    closed = outlet.delete(f"{path}/{store['site_id']}", 200)
    assert closed["closed_at"]
    assert closed in regulator.get(path)
    refused(lambda: outlet.send("DELETE", f"{path}/{store['site_id']}"), 409, "site.closed", "site_id")
    refused(lambda: outlet.send("DELETE", f"{path}/{uuid4()}"), 404, "site.unknown", "site_id")
    refused(lambda: outlet.send("POST", path, site()), 409, "site.duplicate", "name")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"name": " "}, "text.missing", "name"),
        ({"name": "店" * 201}, "text.malformed", "name"),
        ({"address": "路\x00"}, "text.malformed", "address"),
        ({"region_code": "649999"}, "region.unknown", "region_code"),
        ({"region_code": 640323}, "request.body", "region_code"),
        ({"site_id": str(uuid4())}, "request.body", "site_id"),
        ({"closed_at": "2026-01-01T00:00:00Z"}, "request.body", "closed_at"),
    ],
)
def test_sites_that_cannot_be(
    outlet: Caller, refused: Refused, fields: dict[str, object], code: str, field: str
) -> None:
    path = f"/api/v1/parties/{outlet.party_id}/sites"
    refused(lambda: outlet.send("POST", path, site(**fields)), 422, code, field)


def test_sites_are_their_partys_own(
    world: World, outlet: Caller, distributor: Caller, regulator: Caller, client: TestClient, refused: Refused
) -> None:
    path = f"/api/v1/parties/{world.outlet.party_id}/sites"
    own = outlet.post(path, site())
    refused(lambda: distributor.send("GET", path), 403, "access.other_party")
    refused(lambda: distributor.send("POST", path, site(name="别处")), 403, "access.other_party")
    refused(lambda: distributor.send("DELETE", f"{path}/{own['site_id']}"), 403, "access.other_party")
    refused(lambda: client.get(path), 401, "access.none")
    elsewhere = f"/api/v1/parties/{world.distributor.party_id}/sites/{own['site_id']}"
    refused(lambda: distributor.send("DELETE", elsewhere), 404, "site.unknown", "site_id")
    nobody = f"/api/v1/parties/{uuid4()}/sites"
    refused(lambda: regulator.send("POST", nobody, site()), 404, "party.unknown", "party_id")
    refused(lambda: regulator.send("GET", nobody), 404, "party.unknown", "party_id")


def licence(**fields: object) -> dict[str, Any]:
    return {
        "number": "农药经许(宁)9",
        "activity": "trade",
        "product_kind": "pesticide",
        "valid_from": "2026-01-01",
        "valid_until": "2030-12-31",
        "covers_restricted": True,
        **fields,
    }


def test_a_licence_for_restricted_pesticides(world: World, regulator: Caller, refused: Refused) -> None:
    path = f"/api/v1/parties/{world.outlet.party_id}/licences"
    for fields in ({"product_kind": "seed"}, {"activity": "production"}):
        body = licence(**fields)
        refused(
            lambda body=body: regulator.send("POST", path, body), 422, "licence.covers_restricted", "covers_restricted"
        )
    odd = licence(covers_restricted="perhaps")
    refused(lambda: regulator.send("POST", path, odd), 422, "request.body", "covers_restricted")
    assert regulator.post(path, licence())["covers_restricted"] is True
    assert [each["covers_restricted"] for each in regulator.get(path) if each["number"] == "农药经许(宁)9"] == [True]


def product(ingredient: str) -> dict[str, Any]:
    return {
        "kind": "pesticide",
        "name": "3%颗粒剂",
        "registration_number": "PD20190001",
        "shelf_life_days": 730,
        "composition": [{"name": ingredient, "content": "3", "unit": "%"}],
    }


@pytest.mark.usefixtures("world")
def test_a_product_shows_the_restrictions_in_force_with_their_sources(maker: Caller) -> None:
    path = f"/api/v1/products/{maker.post('/api/v1/products', product('克百威'))['product_id']}"
    found = maker.get(path)
    assert found["composition"] == [{"name": "克百威", "content": "3", "unit": "%"}]
    listed, banned = found["restrictions"]
    assert (listed["ingredient"], listed["listed_from"], listed["designated_from"]) == (
        "克百威",
        "2017-10-01",
        "2017-10-01",
    )
    assert (listed["verification"], listed["sale_banned_from"]) == ("verified", None)
    assert listed["source"].startswith("农业部公告第2567号")
    assert (banned["sale_banned_from"], banned["verification"]) == ("2026-06-01", "unverified")


def test_a_product_shows_them_from_their_day_on(world: World, maker: Caller) -> None:
    path = f"/api/v1/products/{maker.post('/api/v1/products', product('克百威'))['product_id']}"
    world.later(days=-(world.today() - min_day("克百威")).days)
    assert [each["verification"] for each in maker.get(path)["restrictions"]] == ["verified"]
    world.clock.instant -= timedelta(days=1)
    assert maker.get(path)["restrictions"] == []
    plain = maker.get(f"/api/v1/products/{world.pesticide.product_id}")
    assert plain["restrictions"] == []


def min_day(ingredient: str) -> Any:
    return min(row.listed_from for row in all_restrictions() if row.ingredient == ingredient and row.listed_from)
