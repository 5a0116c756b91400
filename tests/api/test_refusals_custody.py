"""Movements that cannot be: each refused whole, with field, reason and the codes in the way, and nothing moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody.service import MAX_CLOCK_SKEW, MAX_OFFENDERS

from ..support.world import World
from .conftest import Refused
from .wire import Caller

UNKNOWN = "11722252247250743408010974953971"
MIB = 1024 * 1024


@pytest.fixture
def batch(world: World) -> Batch:
    """48 units in 8 cartons, all with the outlet."""
    batch = world.register_batch(size=48)
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    return batch


def posting(caller: Caller, path: str, **body: object) -> Callable[[], httpx2.Response]:
    return lambda: caller.send("POST", f"/api/v1/{path}", body)


def cartons(world: World, batch: Batch, *indices: int) -> list[str]:
    return [world.code(batch, Level.CARTON, index) for index in indices]


def units(world: World, batch: Batch, *indices: int) -> list[str]:
    return [world.code(batch, Level.UNIT, index) for index in indices]


def own_acts(world: World) -> dict[str, dict[str, object]]:
    """What an outlet does with goods in its hands, and what that needs beside the goods."""
    return {
        "transfers": {"to_id": str(world.second_outlet.party_id)},
        "returns": {"to_id": str(world.maker.party_id), "reason": "滞销"},
        "sales": {"buyer_name": "马某", "intended_use": "水稻"},
        "relocations": {},
        "unpackings": {},
        "write-offs": {"cause": "lost"},
    }


# ---------------------------------------------------------------------------------------------- codes


def test_an_unknown_code_among_known_ones(world: World, outlet: Caller, batch: Batch, refused: Refused) -> None:
    codes = [*cartons(world, batch, 0), UNKNOWN, *cartons(world, batch, 1), "no code"]
    for path, needs in own_acts(world).items():
        problem = refused(posting(outlet, path, codes=codes, **needs), 422, "custody.unusable_codes", "codes")
        assert problem["evidence"] == {"count": 2, "codes": [UNKNOWN, "no code"]}
        problem = refused(posting(outlet, path, codes=codes * 251, **needs), 422, "custody.too_many_codes", "codes")
        refused(posting(outlet, path, **needs), 422, "custody.no_codes", "codes")


def test_the_first_hundred_offenders_are_named(world: World, outlet: Caller, batch: Batch, refused: Refused) -> None:
    offenders = [f"{UNKNOWN[:-4]}{number:04d}" for number in range(3 * MAX_OFFENDERS)]
    problem = refused(
        posting(outlet, "unpackings", codes=[*cartons(world, batch, 0), *offenders]),
        422,
        "custody.unusable_codes",
        "codes",
    )
    assert problem["evidence"] == {"count": 3 * MAX_OFFENDERS, "codes": offenders[:MAX_OFFENDERS]}


def test_one_code_a_thousand_times_counts_once(world: World, outlet: Caller, batch: Batch, refused: Refused) -> None:
    (sold,) = outlet.post("/api/v1/sales", {"codes": units(world, batch, 3) * 1_000, "buyer_name": "马某",
                                           "intended_use": "水稻"})  # fmt: skip
    assert sold["intervals"] == [{"start": 3, "stop": 4}]
    again = posting(outlet, "sales", codes=units(world, batch, 3) * 1_001, buyer_name="马某", intended_use="水稻")
    refused(again, 422, "custody.too_many_codes", "codes")


def test_codes_of_two_batches_in_one_carton(world: World, outlet: Caller, batch: Batch, refused: Refused) -> None:
    other = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(other))
    stray = units(world, other, 1, 2)
    (carton,) = cartons(world, batch, 2)
    mixed = posting(outlet, "repackings", codes=[*units(world, batch, 0), *stray], carton=carton)
    problem = refused(mixed, 422, "custody.several_batches", "carton")
    assert problem["evidence"] == {"codes": stray}
    refused(posting(outlet, "repackings", codes=stray, carton=carton), 422, "custody.several_batches", "carton")
    for wrong, status, code in (
        (units(world, batch, 0)[0], 422, "custody.no_carton"),
        (world.code(batch, Level.PALLET, 0), 422, "custody.no_carton"),
        (UNKNOWN, 404, "code.unknown"),
        ("", 422, "code.empty"),
    ):
        refused(posting(outlet, "repackings", codes=units(world, batch, 0), carton=wrong), status, code, "carton")
    refused(posting(outlet, "repackings", codes=units(world, batch, 0)), 422, "request.body", "carton")


# ---------------------------------------------------------------------------------------------- the state of the goods


def in_the_way(world: World, batch: Batch) -> Iterator[tuple[str, str]]:
    """Something wrong with one unit of carton 0, and the state it is in for the outlet."""
    spoilt = world.goods(batch, (4, 5))
    world.ship(world.outlet, world.second_outlet, spoilt)
    yield "in_transit", "custody.not_held"
    world.receive(world.second_outlet, spoilt)
    yield "other_holder", "custody.not_held"


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_goods_partly_on_their_way_or_someone_elses(
    world: World, outlet: Caller, batch: Batch, refused: Refused
) -> None:
    (code,) = cartons(world, batch, 0)
    for state, error in in_the_way(world, batch):
        for path, needs in own_acts(world).items():
            goods: dict[str, Any] = {"codes": [code, *cartons(world, batch, 1)]}
            problem = refused(posting(outlet, path, **goods, **needs), 409, error, "codes")
            assert problem["evidence"] == {
                "batch_number": batch.batch_number,
                "first": 4,
                "last": 4,
                "state": state,
                "units": 1,
                "in_the_way": [f"4-4: {state}"],
                "codes": [code],
            }
            spans = [{"batch_id": str(batch.batch_id), "start": 0, "stop": 12}]
            problem = refused(posting(outlet, path, spans=spans, **needs), 409, error, "codes")
            assert problem["evidence"]["codes"] == []


def test_goods_partly_recalled(world: World, maker: Caller, outlet: Caller, batch: Batch, refused: Refused) -> None:
    stop = {"kind": "recall", "reason": "封口不严", "interval": {"start": 4, "stop": 5}}
    maker.post(f"/api/v1/batches/{batch.batch_id}/stops", stop)
    codes = cartons(world, batch, 0, 1)
    for path in ("transfers", "sales"):
        problem = refused(
            posting(outlet, path, codes=codes, **own_acts(world)[path]), 409, "custody.batch_stopped", "codes"
        )
        assert problem["evidence"] == {"batch_number": batch.batch_number, "kind": "recall", "codes": codes[:1]}
    # What is recalled goes back, and what is not is sold.
    assert outlet.post("/api/v1/returns", {"codes": codes[:1], **own_acts(world)["returns"]})
    assert outlet.post("/api/v1/sales", {"codes": codes[1:], **own_acts(world)["sales"]})


def test_expired_goods(world: World, outlet: Caller, batch: Batch, refused: Refused) -> None:
    codes = cartons(world, batch, 0)
    early = posting(outlet, "write-offs", codes=codes, cause="expired")
    refused(early, 409, "custody.not_expired", "cause")
    world.later(days=(batch.expires_on - world.today()).days + 1)
    for path in ("transfers", "sales"):
        problem = refused(posting(outlet, path, codes=codes, **own_acts(world)[path]), 409, "custody.expired", "codes")
        assert problem["evidence"]["codes"] == codes
    assert outlet.post("/api/v1/write-offs", {"codes": codes, "cause": "expired"})
    refused(posting(outlet, "write-offs", codes=codes, cause="stolen"), 422, "request.body", "cause")


def test_a_supplier_that_is_none(world: World, outlet: Caller, batch: Batch, refused: Refused) -> None:
    body = {"codes": cartons(world, batch, 0), "reason": "滞销"}
    refused(
        posting(outlet, "returns", **body, to_id=str(world.distributor.party_id)),
        409,
        "custody.not_a_supplier",
        "to_id",
    )
    refused(posting(outlet, "returns", **body, to_id=str(uuid4())), 404, "party.unknown", "to_id")
    refused(posting(outlet, "returns", **body), 422, "request.body", "to_id")


# ---------------------------------------------------------------------------------------------- times


@pytest.mark.parametrize(
    "captured_at",
    [
        "2026-11-24T08:00:00",
        "2026-11-24 08:00",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "1999-12-31T23:59:59Z",
        "-2026-11-24T08:00:00Z",
        -1,
        -(10**9),
        10**15,
        "yesterday",
        "",
        [],
        True,
    ],
)
def test_a_time_that_is_none(world: World, outlet: Caller, batch: Batch, refused: Refused, captured_at: object) -> None:
    codes = cartons(world, batch, 0)
    for path, needs in own_acts(world).items():
        refused(
            posting(outlet, path, codes=codes, captured_at=captured_at, **needs), 422, "request.body", "captured_at"
        )
    path = f"/api/v1/batches/{batch.batch_id}/transfers/{uuid4()}/receipt"
    refused(lambda: outlet.send("POST", path, {"captured_at": captured_at}), 422, "request.body", "captured_at")


def test_a_time_to_come(world: World, outlet: Caller, batch: Batch, refused: Refused) -> None:
    codes = cartons(world, batch, 0)
    for later in (timedelta(minutes=6), timedelta(days=1)):
        at = (world.clock.now() + later).isoformat()
        for path, needs in own_acts(world).items():
            sending = posting(outlet, path, codes=codes, captured_at=at, **needs)
            refused(sending, 422, "custody.captured_in_future", "captured_at")
    (moved,) = outlet.post(
        "/api/v1/relocations", {"codes": codes, "captured_at": (world.clock.now() + MAX_CLOCK_SKEW).isoformat()}
    )
    assert moved["occurred_at"] == moved["recorded_at"]


def test_a_time_before_the_goods_were_made(world: World, outlet: Caller, batch: Batch, refused: Refused) -> None:
    codes = cartons(world, batch, 0)
    for path in ("relocations", "unpackings"):
        sending = posting(outlet, path, codes=codes, captured_at="2026-09-30T15:59:59Z")
        refused(sending, 422, "custody.captured_before_batch", "captured_at")


# ---------------------------------------------------------------------------------------------- what must be stated


def test_reasons_that_are_missing(
    world: World, outlet: Caller, regulator: Caller, batch: Batch, refused: Refused
) -> None:
    codes = cartons(world, batch, 0)
    for caller, path in (
        (outlet, "returns"),
        (outlet, "refusals"),
        (outlet, "take-backs"),
        (outlet, "destructions"),
        (regulator, "seizures"),
        (regulator, "releases"),
    ):
        needs = {"to_id": str(world.maker.party_id)} if path == "returns" else {}
        for reason in ({}, {"reason": "  "}):
            refused(posting(caller, path, codes=codes, **needs, **reason), 422, "text.missing", "reason")
        refused(posting(caller, path, codes=codes, **needs, reason="因" * 2_001), 422, "text.malformed", "reason")


def test_what_a_sale_must_record(world: World, outlet: Caller, batch: Batch, refused: Refused) -> None:
    codes = units(world, batch, 0)
    refused(posting(outlet, "sales", codes=codes, intended_use="水稻"), 422, "sale.buyer", "buyer_name")
    refused(posting(outlet, "sales", codes=codes, buyer_name="马某"), 422, "sale.intended_use", "intended_use")
    body = {"codes": codes, "buyer_name": "马\n\x00某", "intended_use": "水稻"}
    refused(posting(outlet, "sales", **body), 422, "text.malformed", "buyer_name")


def test_acts_of_authorities_by_others(
    world: World, outlet: Caller, agency: Caller, batch: Batch, refused: Refused
) -> None:
    codes = cartons(world, batch, 0)
    for caller, path in ((outlet, "sampled-units"), (outlet, "seizures"), (agency, "seizures"), (agency, "releases")):
        refused(posting(caller, path, codes=codes, reason="查"), 403, "access.role")


def test_sites_that_are_not_ones_own(
    world: World, maker: Caller, outlet: Caller, batch: Batch, refused: Refused
) -> None:
    site = maker.post(f"/api/v1/parties/{world.maker.party_id}/sites", {"name": "库", "region_code": "640122"})
    for path, needs in own_acts(world).items():
        sending = posting(outlet, path, codes=cartons(world, batch, 0), site_id=site["site_id"], **needs)
        refused(sending, 404, "site.unknown", "site_id")


def test_releases_that_cannot_be(world: World, regulator: Caller, batch: Batch, refused: Refused) -> None:
    codes = cartons(world, batch, 0)
    problem = refused(posting(regulator, "releases", codes=codes, reason="查清"), 409, "custody.not_held", "codes")
    assert problem["evidence"]["codes"] == codes
    regulator.post("/api/v1/seizures", {"codes": codes, "reason": "查"})
    body = {"codes": codes, "reason": "查清"}
    refused(posting(regulator, "releases", **body, site_id=str(uuid4())), 404, "site.unknown", "site_id")
    to_come = (world.clock.now() + timedelta(hours=1)).isoformat()
    sending = posting(regulator, "releases", **body, captured_at=to_come)
    refused(sending, 422, "custody.captured_in_future", "captured_at")


# ---------------------------------------------------------------------------------------------- undo, discrepancies


def test_undos_that_cannot_be(world: World, maker: Caller, outlet: Caller, batch: Batch, refused: Refused) -> None:
    (moved,) = outlet.post("/api/v1/write-offs", {"codes": cartons(world, batch, 0), "cause": "lost"})
    path = f"batches/{batch.batch_id}/movements/{moved['movement_id']}/undo"
    refused(posting(outlet, path), 422, "text.missing", "reason")
    refused(posting(maker, path, reason="误"), 404, "movement.unknown", "movement_id")
    refused(posting(outlet, path, reason="误", site_id=str(uuid4())), 409, "undo.other_site", "site_id")
    elsewhere = f"batches/{world.register_batch().batch_id}/movements/{moved['movement_id']}/undo"
    refused(posting(outlet, elsewhere, reason="误"), 404, "movement.unknown", "movement_id")
    outlet.post("/api/v1/destructions", {"codes": units(world, batch, 5), "reason": "焚烧"})
    problem = refused(posting(outlet, path, reason="误"), 409, "undo.acted_on", "movement_id")
    assert (problem["evidence"]["first"], problem["evidence"]["last"]) == (5, 5)
    (moved,) = outlet.post("/api/v1/relocations", {"codes": cartons(world, batch, 1)})
    path = f"batches/{batch.batch_id}/movements/{moved['movement_id']}/undo"
    world.later(days=10, seconds=1)
    refused(posting(outlet, path, reason="误"), 409, "undo.too_late", "movement_id")
    (moved,) = outlet.post("/api/v1/unpackings", {"codes": cartons(world, batch, 2)})
    path = f"batches/{batch.batch_id}/movements/{moved['movement_id']}/undo"
    refused(posting(outlet, path, reason="误"), 409, "undo.kind", "movement_id")


def test_settlements_that_cannot_be(
    world: World, maker: Caller, distributor: Caller, outlet: Caller, refused: Refused
) -> None:
    batch = world.register_batch()
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    outlet.post("/api/v1/receipts", {"codes": cartons(world, batch, 0), "is_complete": True})
    (found,) = outlet.get("/api/v1/discrepancies")
    path = f"batches/{batch.batch_id}/discrepancies/{found['discrepancy_id']}/settlement"
    refused(posting(distributor, path, outcome="lost", note="无"), 404, "discrepancy.unknown", "discrepancy_id")
    refused(posting(outlet, path, outcome="lost", note="无"), 409, "discrepancy.sender_only", "outcome")
    refused(posting(maker, path, outcome="sent", note="无"), 422, "discrepancy.outcome", "outcome")
    refused(posting(maker, path, outcome="gone", note="无"), 422, "request.body", "outcome")
    refused(posting(maker, path, outcome="lost"), 422, "text.missing", "note")
    maker.post(f"/api/v1/{path}", {"outcome": "lost", "note": "车祸"}, 201)
    refused(posting(maker, path, outcome="lost", note="车祸"), 409, "discrepancy.settled", "discrepancy_id")


# ---------------------------------------------------------------------------------------------- size


def test_a_body_of_fifty_mebibytes(world: World, outlet: Caller, batch: Batch, refused: Refused) -> None:
    content = b'{"codes": ["' + b"1" * (50 * MIB) + b'"]}'
    headers = {**outlet.headers, "Content-Type": "application/json"}
    for path in ("sales", "receipts", "movement-bundles", "movement-files?kind=receive"):
        address = f"/api/v1/{path}"
        refused(
            lambda address=address: outlet.http.post(address, content=content, headers=headers),
            413,
            "request.too_large",
        )

    def pieces() -> Iterator[bytes]:
        yield from (content[at : at + MIB] for at in range(0, len(content), MIB))

    address = "/api/v1/movement-files?kind=receive"
    headers["Content-Type"] = "text/csv"
    refused(lambda: outlet.http.post(address, content=pieces(), headers=headers), 413, "request.too_large")
