"""Batches that cannot be: each refused by code and field, with nothing written."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from suiyuan.trace.kernel.limits import MAX_BATCH_UNITS, MAX_PACKING
from suiyuan.trace.parties.model import Activity

from ..support.world import World
from .conftest import Refused
from .wire import Caller

BATCHES = "/api/v1/batches"


def form(world: World, **fields: object) -> dict[str, Any]:
    return {
        "product_id": str(world.pesticide.product_id),
        "batch_number": "20261001-9",
        "production_on": "2026-10-01",
        "expires_on": "2028-10-01",
        "size": 240,
        "units_per_carton": 6,
        "cartons_per_pallet": 2,
        "pack_code": "001",
        **fields,
    }


def test_the_form_itself_is_accepted(world: World, maker: Caller) -> None:
    """Without the one fault of each test below, it registers."""
    assert maker.post(BATCHES, form(world))["size"] == 240
    assert maker.post(BATCHES, form(world, size=MAX_BATCH_UNITS, batch_number="LARGEST"))["size"] == MAX_BATCH_UNITS
    assert maker.post(BATCHES, form(world, size=1, batch_number="SMALLEST"))["size"] == 1


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"size": 0}, "batch.size", "size"),
        ({"size": -24}, "batch.size", "size"),
        ({"size": MAX_BATCH_UNITS + 1}, "batch.size", "size"),
        ({"size": 999_999_999_999_999}, "batch.size", "size"),
        ({"size": 2**63}, "batch.size", "size"),
        ({"size": 10**400}, "batch.size", "size"),
        ({"units_per_carton": 0}, "batch.packing", "units_per_carton"),
        ({"units_per_carton": -6}, "batch.packing", "units_per_carton"),
        ({"units_per_carton": MAX_PACKING + 1}, "batch.packing", "units_per_carton"),
        ({"cartons_per_pallet": 0}, "batch.packing", "cartons_per_pallet"),
        ({"cartons_per_pallet": 2**64}, "batch.packing", "cartons_per_pallet"),
        ({"spare_cartons": -1}, "batch.spare", "spare_cartons"),
        ({"spare_pallets": 2**64}, "batch.spare", "spare_pallets"),
        ({"expires_on": "2026-09-30"}, "batch.expiry_before_production", "expires_on"),
        ({"expires_on": "2026-10-01"}, "batch.expiry_before_production", "expires_on"),
        ({"expires_on": "2126-10-01"}, "batch.expiry_too_far", "expires_on"),
        ({"expires_on": "9999-12-31"}, "batch.expiry_too_far", "expires_on"),
        ({"production_on": "2026-11-25"}, "batch.production_in_future", "production_on"),
        ({"production_on": "9999-12-31"}, "batch.production_in_future", "production_on"),
        ({"factory_inspected_on": "2026-09-30"}, "batch.inspected_before_production", "factory_inspected_on"),
        ({"batch_number": ""}, "text.missing", "batch_number"),
        ({"batch_number": "　 "}, "text.missing", "batch_number"),
        ({"batch_number": "A" * 51}, "text.malformed", "batch_number"),
        ({"batch_number": "A\x00B"}, "text.malformed", "batch_number"),
        ({"batch_number": "A\u202eB"}, "text.malformed", "batch_number"),
        ({"pack_description": "瓶" * 201}, "text.malformed", "pack_description"),
        ({"contract_maker": "厂\x07"}, "text.malformed", "contract_maker"),
        ({"pack_code": ""}, "batch.pack_code", "pack_code"),
        ({"pack_code": "1"}, "batch.pack_code", "pack_code"),
        ({"pack_code": "١٢٣"}, "batch.pack_code", "pack_code"),
        ({"pack_code": "12x"}, "batch.pack_code", "pack_code"),
    ],
)
def test_impossible(
    world: World, maker: Caller, refused: Refused, fields: dict[str, object], code: str, field: str
) -> None:
    refused(lambda: maker.send("POST", BATCHES, form(world, **fields)), 422, code, field)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"size": "many"}, "size"),
        ({"size": 1.5}, "size"),
        ({"size": None}, "size"),
        ({"size": [24]}, "size"),
        ({"production_on": "2026-02-30"}, "production_on"),
        ({"production_on": "01/10/2026"}, "production_on"),
        ({"expires_on": "soon"}, "expires_on"),
        ({"production_type": "9"}, "production_type"),
        ({"factory_result": "excellent"}, "factory_result"),
        ({"product_id": "not-an-id"}, "product_id"),
        ({"batch_number": 7}, "batch_number"),
        ({"is_demonstration": True}, "is_demonstration"),
        ({"units": 240}, "units"),
    ],
)
def test_of_the_wrong_shape(
    world: World, maker: Caller, refused: Refused, fields: dict[str, object], field: str
) -> None:
    problem = refused(lambda: maker.send("POST", BATCHES, form(world, **fields)), 422, "request.body", field)
    assert problem["errors"] == [{"field": field, "reason": problem["errors"][0]["reason"]}]


def test_every_fault_of_a_form_is_named(world: World, maker: Caller, refused: Refused) -> None:
    body = form(world, size="many", production_on="never")
    problem = refused(lambda: maker.send("POST", BATCHES, body), 422, "request.body", "production_on")
    assert {fault["field"] for fault in problem["errors"]} == {"size", "production_on"}


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_batch_number_twice(world: World, maker: Caller, refused: Refused) -> None:
    maker.post(BATCHES, form(world, batch_number="AW 1001-A"))
    for same in ("AW 1001-A", "aw1001-a", "ＡＷ1001－Ａ", " AW\u00a01001-A "):
        body = form(world, batch_number=same, size=48)
        refused(lambda body=body: maker.send("POST", BATCHES, body), 409, "batch.duplicate", "batch_number")


def test_an_unknown_product(world: World, maker: Caller, refused: Refused) -> None:
    body = form(world, product_id=str(uuid4()))
    refused(lambda: maker.send("POST", BATCHES, body), 404, "product.unknown", "product_id")


def test_anothers_product(world: World, distributor: Caller, regulator: Caller, refused: Refused) -> None:
    for caller in (distributor, regulator):
        refused(lambda caller=caller: caller.send("POST", BATCHES, form(world)), 403, "access.other_party")


def test_produced_outside_the_licence(world: World, maker: Caller, refused: Refused) -> None:
    """Licensed from 2020 on: the day of production counts, not today."""
    body = form(world, production_on="2019-12-31", expires_on="2021-12-31")
    problem = refused(lambda: maker.send("POST", BATCHES, body), 403, "licence.expired")
    assert problem["evidence"]["number"].startswith("production-pesticide")


def test_produced_without_a_licence(world: World, regulator: Caller, maker: Caller, refused: Refused) -> None:
    feed = maker.post("/api/v1/products", {"kind": "feed", "name": "饲料", "shelf_life_days": 90})
    assert maker.post(BATCHES, form(world, product_id=feed["product_id"]))["scheme"] == "own", "feed needs none"
    party = regulator.post(
        "/api/v1/parties",
        {
            "credit_code": "91640105EXAMPLE11Y",
            "name": "无证企业",
            "region_code": "640105",
            "roles": ["manufacturer"],
        },
    )
    key = regulator.post(f"/api/v1/parties/{party['party_id']}/keys", {})["secret"]
    unlicensed = Caller(maker.http, key, party["party_id"])
    product = unlicensed.post(
        "/api/v1/products",
        {"kind": "pesticide", "name": "乳油", "registration_number": "PD20181234", "shelf_life_days": 730},
    )
    body = form(world, product_id=product["product_id"])
    refused(lambda: unlicensed.send("POST", BATCHES, body), 403, "licence.missing")


def test_national_codes(world: World, maker: Caller, refused: Refused) -> None:
    """Imported whole or not at all."""
    drug = world.register_batch(world.vet_drug, size=4, units_per_carton=2, pack_code="")
    path = f"{BATCHES}/{drug.batch_id}/codes"
    codes = [f"2026100199999{number:011d}" for number in range(5)]
    cases: list[tuple[list[str], int, str]] = [
        ([], 422, "code.none_given"),
        ([*codes[:3], "20261301" + "9" * 16], 422, "code.line_malformed"),
        ([*codes[:3], "x" * 100_000], 422, "code.line_malformed"),
        ([*codes[:3], codes[0]], 422, "code.line_repeated"),
        (codes, 422, "code.too_many"),
    ]
    for lines, status, code in cases:
        body = {"level": "unit", "codes": lines}
        refused(lambda body=body: maker.send("POST", path, body), status, code, "codes")
    maker.post(path, {"codes": codes[:2]})
    refused(lambda: maker.send("POST", path, {"codes": [codes[3], codes[1]]}), 409, "code.imported_before", "codes")
    other = world.register_batch(world.pesticide)
    of_another_scheme = f"{BATCHES}/{other.batch_id}/codes"
    refused(lambda: maker.send("POST", of_another_scheme, {"codes": codes}), 422, "code.line_malformed", "codes")
    unknown = f"{BATCHES}/{uuid4()}/codes"
    refused(lambda: maker.send("POST", unknown, {"codes": codes}), 404, "batch.unknown", "batch_id")


def test_stops(world: World, maker: Caller, regulator: Caller, distributor: Caller, refused: Refused) -> None:
    batch = world.register_batch()
    path = f"{BATCHES}/{batch.batch_id}/stops"

    def order(caller: Caller, kind: str, reason: str = "原因") -> Any:
        return lambda: caller.send("POST", path, {"kind": kind, "reason": reason})

    refused(order(maker, "regulator"), 403, "access.role")
    refused(order(distributor, "recall"), 403, "access.other_party")
    refused(order(regulator, "failed_spot_check"), 422, "stop.kind", "kind")
    refused(order(maker, "recall", ""), 422, "text.missing", "reason")
    refused(order(maker, "recall", "因" * 2_001), 422, "text.malformed", "reason")
    refused(order(maker, "strike"), 422, "request.body", "kind")
    for start, stop in ((-1, 6), (0, 25), (6, 6), (7, 6), (0, 2**70)):
        interval = {"start": start, "stop": stop}
        part = {"kind": "recall", "reason": "原因", "interval": interval}
        refused(lambda part=part: maker.send("POST", path, part), 422, "stop.interval", "interval")
    for interval, field in (
        ({"start": 0}, "interval.stop"),
        ({"start": 0, "stop": "x"}, "interval.stop"),
        (6, "interval"),
    ):
        part = {"kind": "recall", "reason": "原因", "interval": interval}
        refused(lambda part=part: maker.send("POST", path, part), 422, "request.body", field)
    missing = f"{BATCHES}/{uuid4()}/stops"
    body = {"kind": "recall", "reason": "原因"}
    refused(lambda: regulator.send("POST", missing, body), 404, "batch.unknown", "batch_id")
    refused(lambda: maker.send("POST", f"{path}/{uuid4()}/lift", {"reason": "好"}), 404, "stop.unknown", "stop_id")
    stop = regulator.post(path, {"kind": "regulator", "reason": "标签缺陷"})
    lift = f"{path}/{stop['stop_id']}/lift"
    refused(lambda: maker.send("POST", lift, {"reason": "好"}), 403, "access.other_party")
    refused(lambda: regulator.send("POST", lift, {"reason": " "}), 422, "text.missing", "reason")
    regulator.post(lift, {"reason": "已改正"}, 204)
    refused(lambda: regulator.send("POST", lift, {"reason": "再次"}), 409, "stop.lifted", "stop_id")


def test_licences_of_test_world_are_what_the_tests_assume(world: World, maker: Caller) -> None:
    held = maker.get(f"/api/v1/parties/{world.maker.party_id}/licences")
    assert {each["valid_from"] for each in held if each["activity"] == Activity.PRODUCTION} == {"2020-01-01"}
