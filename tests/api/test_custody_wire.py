"""Every movement over the wire: what is moved, what is answered, and who may read what."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from suiyuan.api.writes import KEY_HEADER
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.catalog import service as catalog
from suiyuan.trace.catalog.model import Ingredient, Product, ProductKind
from suiyuan.trace.catalog.service import NewProduct
from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody import service as custody
from suiyuan.trace.kernel.identity import IDENTITY_PURPOSE
from suiyuan.trace.kernel.limits import MAX_PAGE_ROWS
from suiyuan.trace.kernel.units import Unit
from suiyuan.trace.parties import service as parties
from suiyuan.trace.parties.model import OPERATOR, Activity
from suiyuan.trace.parties.service import NewLicence
from suiyuan.trace.store.database import UnitOfWork

from ..support.protocols import Dumps
from ..support.world import World
from .conftest import Refused
from .wire import Caller

IDENTITY = "11010519491231002X"
"""The example of GB 11643: nobody's."""


def cartons(world: World, batch: Batch, *indices: int) -> list[str]:
    return [world.code(batch, Level.CARTON, index) for index in indices]


def units(world: World, batch: Batch, *indices: int) -> list[str]:
    return [world.code(batch, Level.UNIT, index) for index in indices]


@pytest.fixture
def in_stock(world: World) -> Batch:
    """24 units in 4 cartons, all with the outlet."""
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    return batch


# ---------------------------------------------------------------------------------------------- from hand to hand


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_receipt_short_over_and_damaged(world: World, maker: Caller, outlet: Caller) -> None:
    batch = world.register_batch()
    to_id = str(world.outlet.party_id)
    (shipped,) = maker.post("/api/v1/transfers", {"to_id": to_id, "codes": cartons(world, batch, 0, 1)})
    body = {
        "codes": cartons(world, batch, 0, 2),
        "damaged_codes": units(world, batch, 4),
        "is_complete": True,
        "with_surplus": True,
        "note": "一箱未到",
    }
    received = outlet.post("/api/v1/receipts", body)
    assert sorted((each["kind"], each["intervals"]) for each in received) == [
        ("receive", [{"start": 0, "stop": 4}, {"start": 5, "stop": 6}]),
        ("receive_damaged", [{"start": 4, "stop": 5}]),
    ]
    assert world.holders(batch) == [
        (0, 4, "outlet"),
        (4, 5, "outlet:damaged"),
        (5, 6, "outlet"),
        (6, 12, "maker>outlet"),
        (12, 24, "maker"),
    ]
    for party in (maker, outlet):
        found = {each["kind"]: each for each in party.get("/api/v1/discrepancies")}
        assert {kind: each["intervals"] for kind, each in found.items()} == {
            "short": [{"start": 6, "stop": 12}],
            "over": [{"start": 12, "stop": 18}],
            "damaged": [{"start": 4, "stop": 5}],
        }
        assert {each["note"] for each in found.values()} == {"一箱未到"}
        assert {each["transfer_id"] for each in found.values()} == {shipped["transfer_id"]}

    def settle(caller: Caller, kind: str, outcome: str) -> Any:
        path = f"/api/v1/batches/{batch.batch_id}/discrepancies/{found[kind]['discrepancy_id']}/settlement"
        return caller.post(path, {"outcome": outcome, "note": "双方核对"})

    assert settle(maker, "short", "not_sent")["outcome"] == "not_sent"
    assert settle(maker, "over", "sent")["settled_by_id"] == str(world.maker.party_id)
    assert settle(outlet, "damaged", "accepted")["settlement_note"] == "双方核对"
    assert maker.get("/api/v1/discrepancies") == []
    assert len(maker.get("/api/v1/discrepancies?is_open=false")) == 3
    assert world.holders(batch) == [
        (0, 4, "outlet"),
        (4, 5, "outlet:damaged"),
        (5, 6, "outlet"),
        (6, 12, "maker"),
        (12, 18, "outlet"),
        (18, 24, "maker"),
    ]


def test_only_damaged_goods(world: World, outlet: Caller) -> None:
    batch = world.register_batch()
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    (received,) = outlet.post("/api/v1/receipts", {"damaged_spans": [span(batch, 0, 6)]})
    assert (received["kind"], world.holders(batch)[0]) == ("receive_damaged", (0, 6, "outlet:damaged"))


def span(batch: Batch, start: int, stop: int) -> dict[str, object]:
    return {"batch_id": str(batch.batch_id), "start": start, "stop": stop}


def test_a_shipment_refused_and_received_whole(world: World, maker: Caller, outlet: Caller) -> None:
    batch = world.register_batch()
    to_id = str(world.outlet.party_id)
    shipments = [
        maker.post("/api/v1/transfers", {"to_id": to_id, "codes": cartons(world, batch, index)})[0]["transfer_id"]
        for index in range(3)
    ]
    paths = [f"/api/v1/batches/{batch.batch_id}/transfers/{shipment}" for shipment in shipments]
    (refused,) = outlet.post(f"{paths[0]}/refusal", {"reason": "未订货"})
    assert (refused["kind"], refused["to_id"], refused["reason"]) == ("refuse", str(world.maker.party_id), "未订货")
    captured = world.clock.now()
    world.later(hours=2)
    (received,) = outlet.post(f"{paths[1]}/receipt", {"captured_at": captured.isoformat()})
    assert received["occurred_at"] == captured.isoformat().replace("+00:00", "Z")
    assert outlet.post("/api/v1/refusals", {"codes": cartons(world, batch, 2), "reason": "包装破损"})
    assert world.holders(batch) == [(0, 6, "maker"), (6, 12, "outlet"), (12, 24, "maker")]


def test_a_return_of_what_is_recalled(world: World, maker: Caller, outlet: Caller, in_stock: Batch) -> None:
    maker.post(f"/api/v1/batches/{in_stock.batch_id}/stops", {"kind": "recall", "reason": "封口不严"})
    body = {"to_id": str(world.maker.party_id), "codes": cartons(world, in_stock, 3), "reason": "召回"}
    (returned,) = outlet.post("/api/v1/returns", body)
    assert returned["is_return"] is True
    (arriving,) = maker.get("/api/v1/inbound")
    assert (arriving["is_return"], arriving["intervals"]) == (True, [{"start": 18, "stop": 24}])
    maker.post("/api/v1/receipts", {"codes": cartons(world, in_stock, 3)})
    assert world.holders(in_stock) == [(0, 18, "outlet"), (18, 24, "maker")]


# ---------------------------------------------------------------------------------------------- stock


def test_what_a_party_does_with_its_stock(world: World, outlet: Caller, in_stock: Batch) -> None:
    path = f"/api/v1/parties/{world.outlet.party_id}/sites"
    site_id = outlet.post(path, {"name": "库房", "region_code": "640221"})["site_id"]
    (moved,) = outlet.post("/api/v1/relocations", {"codes": cartons(world, in_stock, 0), "site_id": site_id})
    assert (moved["kind"], moved["site_id"]) == ("relocate", site_id)
    (unpacked,) = outlet.post("/api/v1/unpackings", {"codes": cartons(world, in_stock, 1)})
    assert unpacked["intervals"] == [{"start": 6, "stop": 12}]
    # Its code stands for nothing now; two of its units go into the carton beside it.
    body = {"codes": units(world, in_stock, 6, 7), "carton": cartons(world, in_stock, 2)[0], "reason": "并箱"}
    outlet.post("/api/v1/repackings", body)
    (sold,) = outlet.post("/api/v1/write-offs", {"codes": cartons(world, in_stock, 2), "cause": "lost"})
    assert sold["intervals"] == [{"start": 6, "stop": 8}, {"start": 12, "stop": 18}]
    outlet.post("/api/v1/destructions", {"spans": [span(in_stock, 12, 14)], "reason": "焚烧"})
    stock = {(each["state"], each["site_id"]): each["units"] for each in outlet.get("/api/v1/stock")}
    assert stock == {("held", site_id): 6, ("held", None): 10, ("written_off", None): 6, ("destroyed", None): 2}
    (balance,) = outlet.get("/api/v1/balances")
    assert balance["even"] is True
    assert (balance["total_in"], balance["total_out"]) == (24, 24)
    assert (balance["received"], balance["held"], balance["written_off"], balance["destroyed"]) == (24, 16, 6, 2)
    assert outlet.get(f"/api/v1/balances?batch_id={in_stock.batch_id}") == [balance]
    assert outlet.get(f"/api/v1/balances?batch_id={site_id}") == []


def test_what_expires(world: World, outlet: Caller, in_stock: Batch, refused: Refused) -> None:
    left = (in_stock.expires_on - world.today()).days
    (found,) = outlet.get(f"/api/v1/expiring?days={left}")
    assert (found["units"], found["days_left"], found["expires_on"]) == (24, left, str(in_stock.expires_on))
    assert outlet.get(f"/api/v1/expiring?days={left - 1}") == []
    assert outlet.get("/api/v1/expiring") == []
    refused(lambda: outlet.send("GET", "/api/v1/expiring?days=-1"), 422, "expiring.days", "days")
    refused(lambda: outlet.send("GET", f"/api/v1/expiring?days={10**12}"), 422, "expiring.days", "days")


# ---------------------------------------------------------------------------------------------- sales


def test_a_sale_and_what_is_kept_of_it(world: World, outlet: Caller, in_stock: Batch) -> None:
    body = {"codes": units(world, in_stock, 0, 1), "buyer_name": "马某", "intended_use": "水稻稻飞虱"}
    (sold,) = outlet.post("/api/v1/sales", {**body, "buyer_telephone": "0951-1234567"})
    assert (sold["kind"], world.holders(in_stock)[0]) == ("sell", (0, 2, "outlet:sold"))
    (back,) = outlet.post("/api/v1/take-backs", {"codes": units(world, in_stock, 1), "reason": "买多"})
    assert (back["kind"], world.holders(in_stock)[:2]) == ("take_back", [(0, 1, "outlet:sold"), (1, 24, "outlet")])


@pytest.fixture
def restricted(world: World) -> Batch:
    """A batch of a restricted pesticide, all with an outlet that is designated for it."""
    part = Ingredient("克百威", Decimal("3"), Unit.PERCENT)
    licence = NewLicence("农药经许（宁）1", Activity.TRADE, "pesticide", world.today(), date(2030, 1, 1), True)
    new = NewProduct(
        world.maker.party_id, ProductKind.PESTICIDE, "克百威颗粒剂", "PD20170001", 730, composition=(part,)
    )

    def register(work: UnitOfWork) -> Product:
        parties.record_licence(work, OPERATOR, world.outlet.party_id, licence)
        return catalog.register_product(work, world.actor(world.maker), new)

    batch = world.register_batch(world.database.write(register))
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    return batch


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_restricted_sale_keeps_a_reference_and_never_the_number(
    world: World,
    outlet: Caller,
    restricted: Batch,
    refused: Refused,
    dump: Dumps,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    body = {"codes": units(world, restricted, 0), "buyer_name": "马某", "intended_use": "玉米"}

    def selling(path: str = "/api/v1/sales", **changes: object) -> Callable[[], httpx2.Response]:
        headers = {**outlet.headers, KEY_HEADER: "sale"}
        return lambda: outlet.http.post(path, json={**body, **changes}, headers=headers)

    for missing in ("", "  "):
        refused(selling(buyer_identity=missing), 422, "sale.identity", "buyer_identity")
    refused(selling(), 422, "sale.identity", "buyer_identity")
    refused(selling(buyer_identity=IDENTITY, intended_use=""), 422, "sale.intended_use", "intended_use")
    refused(selling(buyer_identity=IDENTITY, buyer_name=""), 422, "sale.buyer", "buyer_name")
    for wrong, code in ((IDENTITY[:-1] + "1", "identity.check_character"), (IDENTITY[:-1], "identity.malformed")):
        problem = refused(selling(buyer_identity=wrong), 422, code, "buyer_identity")
        assert wrong not in str(problem)
    refused(selling(buyer_identity=7), 422, "request.body", "buyer_identity")
    responses = [selling(buyer_identity=IDENTITY)() for _ in range(2)]
    assert [each.status_code for each in responses] == [201, 201]
    kept = dump(world.database)
    (sale,) = kept["sale"]
    secret = world.keyring.derive(IDENTITY_PURPOSE)
    assert sale[-2:] == (hmac.new(secret, IDENTITY.encode("ascii"), "sha256").hexdigest(), "002X")
    # Of a plain hash of the request, every number there is could be tried.
    content = responses[0].request.content
    digests = {hashlib.sha256(head + content).hexdigest() for head in (b"", b"POST /api/v1/sales?\n")}
    everything = f"{kept} {caplog.text} {[each.text for each in responses]}"
    assert len(kept["idempotency_key"]) == 1
    for never in (IDENTITY, IDENTITY[:-1], *digests):
        assert never not in everything


# ---------------------------------------------------------------------------------------------- authorities


def test_samples_seizure_and_release(world: World, agency: Caller, regulator: Caller, in_stock: Batch) -> None:
    (drawn,) = agency.post("/api/v1/sampled-units", {"codes": units(world, in_stock, 0), "reason": "例行抽检"})
    (seized,) = regulator.post("/api/v1/seizures", {"codes": cartons(world, in_stock, 1), "reason": "涉嫌假冒"})
    assert (drawn["kind"], seized["kind"]) == ("sample", "seize")
    assert world.holders(in_stock)[:4] == [
        (0, 1, "agency:sampled"),
        (1, 6, "outlet"),
        (6, 12, "regulator:seized"),
        (12, 24, "outlet"),
    ]
    done_at = world.clock.now().isoformat()
    world.later(hours=3)
    body = {"codes": cartons(world, in_stock, 1), "reason": "查清", "captured_at": done_at}
    (released,) = regulator.post("/api/v1/releases", body)
    assert released["occurred_at"] == done_at.replace("+00:00", "Z")
    assert world.holders(in_stock)[1:] == [(1, 24, "outlet")]


# ---------------------------------------------------------------------------------------------- movements and undo


def test_a_wrong_scan_is_found_and_undone(world: World, outlet: Caller, maker: Caller, in_stock: Batch) -> None:
    outlet.post("/api/v1/write-offs", {"codes": cartons(world, in_stock, 0), "cause": "damaged"})
    (latest, received) = outlet.get("/api/v1/movements")["movements"]
    assert (latest["kind"], latest["intervals"], latest["undone_by_id"]) == (
        "write_off",
        [{"start": 0, "stop": 6}],
        None,
    )
    assert received["kind"] == "receive"
    path = f"/api/v1/batches/{in_stock.batch_id}/movements/{latest['movement_id']}/undo"
    undone = outlet.post(path, {"reason": "扫错了箱"})
    assert (undone["kind"], undone["undoes_id"]) == ("undo", latest["movement_id"])
    assert world.holders(in_stock) == [(0, 24, "outlet")]
    listed = outlet.get("/api/v1/movements")["movements"]
    # The clock stands still here, so the undo and what it undoes are of one instant: later ids are later.
    assert [each["kind"] for each in listed] == ["undo", "write_off", "receive"]
    assert listed[1]["undone_by_id"] == undone["movement_id"]
    assert [each["kind"] for each in maker.get("/api/v1/movements")["movements"]] == ["ship"]


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_movements_page_by_page(world: World, maker: Caller, refused: Refused) -> None:
    batch = world.register_batch(size=600)

    def many(work: UnitOfWork) -> None:
        for index in range(MAX_PAGE_ROWS + 3):
            goods = world.goods(batch, (index, index + 1))
            custody.relocate(work, world.actor(world.maker), world.maker.party_id, None, goods)

    world.database.write(many)
    first = maker.get("/api/v1/movements")
    second = maker.get(f"/api/v1/movements?before={first['next']}")
    assert (len(first["movements"]), len(second["movements"]), second["next"]) == (MAX_PAGE_ROWS, 3, None)
    found = [each["intervals"][0]["start"] for each in (*first["movements"], *second["movements"])]
    assert sorted(found) == list(range(MAX_PAGE_ROWS + 3))
    for wrong in ("x", "_", f"20261124T080000.000000_{'x' * 32}", "99991399T080000.000000_0", "0_0"):
        refused(lambda wrong=wrong: maker.send("GET", f"/api/v1/movements?before={wrong}"), 422, "page.mark", "before")


# ---------------------------------------------------------------------------------------------- traces


def test_trace_forward_and_back(
    world: World, maker: Caller, distributor: Caller, outlet: Caller, regulator: Caller, refused: Refused
) -> None:
    batch = world.register_batch()
    world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 18)))
    world.hand_over(world.distributor, world.outlet, world.goods(batch, (0, 6)))
    holders = f"/api/v1/batches/{batch.batch_id}/holders"
    everything = {("银川农资批发有限公司", 12), ("平罗县惠农农资店", 6), ("贺兰山农化有限公司", 6)}
    for caller in (maker, regulator):
        assert {(each["holder"], each["units"]) for each in caller.get(holders)} == everything
    assert [(each["holder"], each["units"]) for each in outlet.get(holders)] == [("平罗县惠农农资店", 6)]
    way = regulator.get(f"/api/v1/codes/{units(world, batch, 2)[0]}/way")
    assert [(each["kind"], each["sender"], each["receiver"]) for each in way] == [
        ("ship", "贺兰山农化有限公司", "银川农资批发有限公司"),
        ("receive", "贺兰山农化有限公司", "银川农资批发有限公司"),
        ("ship", "银川农资批发有限公司", "平罗县惠农农资店"),
        ("receive", "银川农资批发有限公司", "平罗县惠农农资店"),
    ]
    for caller in (maker, outlet):
        path = f"/api/v1/codes/{units(world, batch, 2)[0]}/way"
        refused(lambda caller=caller, path=path: caller.send("GET", path), 403, "access.role")
    path = f"/api/v1/codes/{cartons(world, batch, 0)[0]}/way"
    refused(lambda: regulator.send("GET", path), 422, "custody.no_unit", "code")
    refused(lambda: regulator.send("GET", "/api/v1/codes/AB/way"), 422, "code.no_code", "code")
    period = "from=2026-11-24&to=2026-11-24"
    (supply,) = outlet.get(f"/api/v1/suppliers?{period}")
    assert (supply["supplier"], supply["units"], supply["receipts"]) == ("银川农资批发有限公司", 6, 1)
    assert (supply["batch_number"], supply["batch_id"]) == (batch.batch_number, str(batch.batch_id))
    of_outlet = f"/api/v1/suppliers?{period}&party_id={world.outlet.party_id}"
    assert regulator.get(of_outlet) == [supply]
    assert outlet.get("/api/v1/suppliers?from=2026-11-25&to=2026-11-26") == []
    refused(lambda: distributor.send("GET", of_outlet), 403, "access.other_party")
    reversed_period = "/api/v1/suppliers?from=2026-11-25&to=2026-11-20"
    refused(lambda: outlet.send("GET", reversed_period), 422, "period.reversed", "to")
    for wrong in (
        "from=2026-11-25",
        "from=x&to=2026-11-25",
        "from=0001-01-01&to=2026-11-25",
        "from=2026-01-01&to=9999-12-31",
    ):
        assert outlet.send("GET", f"/api/v1/suppliers?{wrong}").status_code == 422


@pytest.mark.parametrize("path", ["stock", "expiring", "balances", "ledgers/sale?from=2026-01-01&to=2026-12-31"])
def test_another_partys_books_are_the_regulators_to_read(
    world: World, distributor: Caller, regulator: Caller, in_stock: Batch, refused: Refused, path: str
) -> None:
    address = f"/api/v1/{path}{'&' if '?' in path else '?'}party_id={world.outlet.party_id}"
    refused(lambda: distributor.send("GET", address), 403, "access.other_party")
    assert regulator.send("GET", address).status_code == 200
    own = address.replace(str(world.outlet.party_id), str(world.distributor.party_id))
    assert distributor.send("GET", own).status_code == 200
