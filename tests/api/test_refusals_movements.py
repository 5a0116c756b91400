"""Goods that cannot be shipped or received: refused whole, by code and field, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from suiyuan.trace.codes.model import Level
from suiyuan.trace.parties.model import Activity, Party, Role

from ..support.world import World
from .conftest import Refused
from .wire import Caller

UNKNOWN = "11722252247250743408010974953971"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return request.param


def shipping(caller: Caller, to: Party, **goods: Any) -> Callable[[], httpx2.Response]:
    return lambda: caller.send("POST", "/api/v1/transfers", {"to_id": str(to.party_id), **goods})


def receiving(caller: Caller, **goods: Any) -> Callable[[], httpx2.Response]:
    return lambda: caller.send("POST", "/api/v1/receipts", goods)


def cartons(world: World, batch: Any, *indices: int) -> list[str]:
    return [world.code(batch, Level.CARTON, index) for index in indices]


def test_shipping_what_one_does_not_hold(
    world: World, maker: Caller, distributor: Caller, outlet: Caller, refused: Refused
) -> None:
    batch = world.register_batch()
    codes = cartons(world, batch, 0, 1)
    refused(shipping(distributor, world.outlet, codes=codes), 409, "custody.not_held", "codes")
    world.ship(world.maker, world.distributor, world.goods(batch, (0, 6)))
    problem = refused(shipping(maker, world.distributor, codes=codes), 409, "custody.not_held", "codes")
    assert problem["evidence"] == {
        "batch_number": batch.batch_number,
        "first": 0,
        "last": 5,
        "state": "in_transit",
        "units": 6,
        "in_the_way": ["0-5: in_transit"],
        "codes": codes[:1],
    }
    refused(shipping(distributor, world.outlet, codes=codes[:1]), 409, "custody.not_held", "codes")
    world.receive(world.distributor, world.goods(batch, (0, 6)))
    problem = refused(shipping(maker, world.distributor, codes=codes), 409, "custody.not_held", "codes")
    assert problem["evidence"]["state"] == "other_holder"
    # One unit of the pallet is gone: the whole pallet is refused, and its other units stay where they were.
    pallet = [world.code(batch, Level.PALLET, 0)]
    refused(shipping(distributor, world.outlet, codes=pallet), 409, "custody.not_held", "codes")
    refused(shipping(outlet, world.distributor, spans=[span(batch, 0, 24)]), 409, "custody.not_held", "codes")


def span(batch: Any, start: int, stop: int) -> dict[str, object]:
    return {"batch_id": str(batch.batch_id), "start": start, "stop": stop}


def test_receiving_what_was_not_shipped(
    world: World, maker: Caller, distributor: Caller, outlet: Caller, refused: Refused
) -> None:
    batch = world.register_batch()
    codes = cartons(world, batch, 0)
    refused(receiving(distributor, codes=codes), 409, "custody.not_in_transit", "codes")
    world.ship(world.maker, world.distributor, world.goods(batch, (0, 6)))
    problem = refused(receiving(outlet, codes=codes), 409, "custody.not_in_transit", "codes")
    assert problem["evidence"]["state"] == "not_shipped_to_you"
    refused(receiving(maker, codes=codes), 409, "custody.not_in_transit", "codes")
    # More than was shipped: nothing of it is received.
    both = cartons(world, batch, 0, 1)
    problem = refused(receiving(distributor, codes=both), 409, "custody.not_in_transit", "codes")
    assert (problem["evidence"]["first"], problem["evidence"]["last"]) == (6, 11)


def test_receiving_twice(world: World, distributor: Caller, outlet: Caller, refused: Refused) -> None:
    batch = world.register_batch()
    (shipped,) = world.ship(world.maker, world.distributor, world.goods(batch, (0, 12)))
    receipt = f"/api/v1/batches/{batch.batch_id}/transfers/{shipped.transfer_id}/receipt"
    refused(lambda: outlet.send("POST", receipt), 404, "transfer.unknown", "transfer_id")
    distributor.post("/api/v1/receipts", {"codes": cartons(world, batch, 0)})
    problem = refused(receiving(distributor, codes=cartons(world, batch, 0)), 409, "custody.not_in_transit", "codes")
    assert problem["evidence"]["state"] == "received"
    distributor.post(receipt)
    refused(lambda: distributor.send("POST", receipt), 409, "custody.received_before", "transfer_id")
    unknown = f"/api/v1/batches/{batch.batch_id}/transfers/{uuid4()}/receipt"
    refused(lambda: distributor.send("POST", unknown), 404, "transfer.unknown", "transfer_id")


def test_wrong_receivers(world: World, maker: Caller, caller_of: Callable[[Party], Caller], refused: Refused) -> None:
    batch = world.register_batch()
    codes = cartons(world, batch, 0)
    refused(shipping(maker, world.maker, codes=codes), 422, "custody.receiver", "to_id")
    refused(shipping(maker, world.agency, codes=codes), 422, "custody.receiver_role", "to_id")
    body = {"to_id": str(uuid4()), "codes": codes}
    refused(lambda: maker.send("POST", "/api/v1/transfers", body), 404, "party.unknown", "to_id")
    unlicensed = world.party(Role.OUTLET)
    problem = refused(shipping(maker, unlicensed, codes=codes), 403, "licence.missing")
    assert problem["evidence"]["party"] == unlicensed.name


def test_an_expired_licence(
    world: World, maker: Caller, distributor: Caller, caller_of: Callable[[Party], Caller], refused: Refused
) -> None:
    """It holds on its last day, not on the next; and goods sent in time cannot be taken in late."""
    shop = world.party(Role.OUTLET)
    last_day = world.today()
    world.database.write(
        lambda work: world.license(
            work, shop, "pesticide", Activity.TRADE, valid_from=date(2026, 1, 1), valid_until=last_day, number="许可-9"
        )
    )
    batch = world.register_batch()
    maker.post("/api/v1/transfers", {"to_id": str(shop.party_id), "codes": cartons(world, batch, 0)})
    world.later(days=1)
    problem = refused(shipping(maker, shop, codes=cartons(world, batch, 1)), 403, "licence.expired")
    assert problem["evidence"]["number"] == "许可-9"
    refused(receiving(caller_of(shop), codes=cartons(world, batch, 0)), 403, "licence.expired")


def test_a_stopped_batch_stays_where_it_is(world: World, maker: Caller, refused: Refused) -> None:
    batch = world.register_batch()
    maker.post(f"/api/v1/batches/{batch.batch_id}/stops", {"kind": "recall", "reason": "封口不严"})
    problem = refused(
        shipping(maker, world.distributor, codes=cartons(world, batch, 0)), 409, "custody.batch_stopped", "codes"
    )
    assert problem["evidence"] == {
        "batch_number": batch.batch_number,
        "kind": "recall",
        "codes": cartons(world, batch, 0),
    }


def test_one_bad_batch_holds_the_whole_lorry(world: World, maker: Caller, refused: Refused) -> None:
    good, stopped = world.register_batch(), world.register_batch()
    maker.post(f"/api/v1/batches/{stopped.batch_id}/stops", {"kind": "recall", "reason": "封口不严"})
    codes = [*cartons(world, good, 0, 1), *cartons(world, stopped, 0)]
    refused(shipping(maker, world.distributor, codes=codes), 409, "custody.batch_stopped", "codes")
    assert maker.post("/api/v1/transfers", {"to_id": str(world.distributor.party_id), "codes": codes[:2]})


def test_codes_that_are_none(world: World, maker: Caller, refused: Refused) -> None:
    batch = world.register_batch()
    codes = cartons(world, batch, 0)
    hostile = ["<script>", "\x00", "🌾", "'; DROP TABLE span; --", "9" * 100_000]
    for ship_or_receive in (
        lambda **goods: shipping(maker, world.distributor, **goods),
        lambda **goods: receiving(maker, **goods),
    ):
        refused(ship_or_receive(), 422, "custody.no_codes", "codes")
        refused(ship_or_receive(codes=[], spans=[]), 422, "custody.no_codes", "codes")
        refused(ship_or_receive(codes=codes * 1_001), 422, "custody.too_many_codes", "codes")
        problem = refused(ship_or_receive(codes=[*codes, UNKNOWN, *hostile]), 422, "custody.unusable_codes", "codes")
        assert problem["evidence"]["count"] == 6
        assert problem["evidence"]["codes"] == [UNKNOWN, *(text[:60] for text in hostile)]
        refused(ship_or_receive(codes="one"), 422, "request.body", "codes")
        refused(ship_or_receive(codes=[7]), 422, "request.body", "codes.0")
        refused(ship_or_receive(code=codes), 422, "request.body", "code")


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 0), (6, 3), (-6, 6), (0, 25), (24, 30), (0, 2**63), (10**40, 10**40 + 1), (-(2**70), 3)]
)
def test_spans_outside_the_batch(world: World, maker: Caller, refused: Refused, start: int, stop: int) -> None:
    batch = world.register_batch()
    goods = {"spans": [span(batch, 0, 6), span(batch, start, stop)]}
    refused(shipping(maker, world.distributor, **goods), 422, "custody.outside_batch", "spans")
    refused(receiving(maker, **goods), 422, "custody.outside_batch", "spans")


def test_spans_of_no_batch(world: World, maker: Caller, refused: Refused) -> None:
    nowhere = {"batch_id": str(uuid4()), "start": 0, "stop": 6}
    refused(shipping(maker, world.distributor, spans=[nowhere]), 404, "batch.unknown", "batch_id")
    refused(shipping(maker, world.distributor, spans=[nowhere] * 1_001), 422, "request.body", "spans")
    refused(shipping(maker, world.distributor, spans=[{**nowhere, "batch_id": 1}]), 422, "request.body",
            "spans.0.batch_id")  # fmt: skip
    refused(shipping(maker, world.distributor, spans=[{**nowhere, "start": "a"}]), 422, "request.body",
            "spans.0.start")  # fmt: skip


def test_the_wrong_party(world: World, maker: Caller, distributor: Caller, outlet: Caller, refused: Refused) -> None:
    batch = world.register_batch()
    codes = cartons(world, batch, 0)
    refused(
        shipping(outlet, world.distributor, codes=codes, from_id=str(world.maker.party_id)), 403, "access.other_party"
    )
    maker.post("/api/v1/transfers", {"to_id": str(world.distributor.party_id), "codes": codes})
    refused(receiving(outlet, codes=codes, to_id=str(world.distributor.party_id)), 403, "access.other_party")
