"""Receiving by page: in one tap, with what is damaged, missing or too much, or not at all; and settling it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.model import Level
from suiyuan.trace.parties.model import Party
from suiyuan.trace.store.database import Database

from ...support.protocols import Unchanged
from ...support.world import World
from ..desk import Desk, cards, field_error, marked_fields, textarea

Desks = Callable[[Party], Desk]


@dataclass(frozen=True)
class Delivery:
    """Three cartons of four, 18 packs, on their way from the maker to the distributor."""

    world: World
    desks: Desks
    batch: Batch
    address: str

    def carton(self, index: int) -> str:
        return self.world.code(self.batch, Level.CARTON, index)

    def receiver(self) -> Desk:
        return self.desks(self.world.distributor)

    def settling(self, party: Party) -> tuple[Desk, list[str]]:
        """A party's desk, and where it may send its settlements, newest discrepancy first."""
        desk = self.desks(party)
        return desk, re.findall(r'action="(/desk/discrepancies/[^"]+)"', desk.page("/desk/discrepancies"))


@pytest.fixture
def delivery(world: World, desk_of: Desks) -> Delivery:
    batch = world.register_batch()
    (shipment,) = world.ship(world.maker, world.distributor, world.goods(batch, (0, 18)))
    return Delivery(world, desk_of, batch, f"/desk/inbound/{batch.batch_id}/{shipment.movement_id}")


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_carton_short_is_found_by_its_sender(delivery: Delivery) -> None:
    """Two cartons came, one of them damaged, and the third did not."""
    world, desk = delivery.world, delivery.receiver()
    page = desk.page(delivery.address)
    assert "3 箱" in page
    page = desk.send(
        delivery.address, damaged=delivery.carton(1), codes=delivery.carton(0), rest="missing", note="少一箱，破一箱"
    )
    assert "已收货：1 个批次，共 12 个小包装。" in page
    assert "有 2 处差异已记下" in page
    assert "有 2 处收发货差异没有处理。" in page
    assert world.holders(delivery.batch) == [
        (0, 6, "distributor"),
        (6, 12, "distributor:damaged"),
        (12, 18, "maker>distributor"),
        (18, 24, "maker"),
    ]
    waiting, damaged = sorted(cards(desk.page("/desk/discrepancies")), key=lambda card: "破损" in card[:4])
    assert "短少 1 箱" in waiting
    assert "少一箱，破一箱" in waiting
    assert "等贺兰山农化有限公司处理。" in waiting
    assert "确认处理" in damaged

    desk, addresses = delivery.settling(world.maker)
    shown = cards(desk.page("/desk/discrepancies"))
    short = next(address for address, card in zip(addresses, shown, strict=True) if "短少" in card)
    page = desk.send(short, outcome="not_sent", note="漏装一箱，还在库里")
    assert "已处理。" in page
    assert len(cards(page)) == 1
    (settled,) = cards(desk.page("/desk/discrepancies?state=settled"))
    assert "没有发出，还在发货方（贺兰山农化有限公司，2026年11月24日） · 漏装一箱，还在库里" in settled
    assert world.holders(delivery.batch)[2:] == [(12, 24, "maker")]


def test_all_but_the_damaged_in_one_go(delivery: Delivery) -> None:
    """The usual case: one carton is wet, the rest is not scanned at all."""
    page = delivery.receiver().send(delivery.address, damaged=delivery.carton(2), codes="", rest="arrived")
    assert "有 1 处差异已记下" in page
    assert delivery.world.holders(delivery.batch)[:2] == [(0, 12, "distributor"), (12, 18, "distributor:damaged")]


def test_what_comes_in_two_loads_is_received_twice(delivery: Delivery) -> None:
    desk = delivery.receiver()
    page = desk.send(delivery.address, codes=delivery.carton(0), rest="later")
    assert "差异" not in page.split('role="status"')[1].split("</div>")[0]
    assert "2 箱" in desk.page(delivery.address)
    desk.send(delivery.address, rest="arrived")
    assert delivery.world.holders(delivery.batch)[0] == (0, 18, "distributor")
    desk.page(delivery.address, 404)


def test_more_than_was_announced(delivery: Delivery) -> None:
    world, desk = delivery.world, delivery.receiver()
    page = desk.send(delivery.address, 409, codes=delivery.carton(3), rest="arrived")
    assert marked_fields(page) == ["codes"]
    assert f"<li>{delivery.carton(3)}</li>" in page
    assert 'value="arrived" checked' in page
    page = desk.send(delivery.address, codes=delivery.carton(3), rest="arrived", with_surplus="1")
    assert "有 1 处差异已记下" in page
    assert world.holders(delivery.batch) == [(0, 18, "distributor"), (18, 24, "maker")]
    desk, (address,) = delivery.settling(world.maker)
    desk.send(address, outcome="sent", note="多装了一箱")
    assert world.holders(delivery.batch) == [(0, 24, "distributor")]


def test_a_shipment_is_refused_whole(delivery: Delivery, database: Database, unchanged: Unchanged) -> None:
    desk = delivery.receiver()
    with unchanged(database):
        assert "此项必填。" in desk.send(f"{delivery.address}/refusal", 422, reason=" ")
    page = desk.send(f"{delivery.address}/refusal", reason="没有订过")
    assert "已拒收：1 个批次，共 18 个小包装。" in page
    assert delivery.world.holders(delivery.batch) == [(0, 24, "maker")]


def test_a_receipt_sent_twice_is_told_once(delivery: Delivery, database: Database, unchanged: Unchanged) -> None:
    """Also after the shipment that the form was about is gone."""
    desk = delivery.receiver()
    tokens = desk.tokens()
    form = {"damaged": delivery.carton(1), "rest": "arrived"}
    first = desk.send_again(delivery.address, tokens, **form)
    with unchanged(database):
        again = desk.send_again(delivery.address, tokens, **form)
        for page in (first, again):
            assert "共 18 个小包装" in page
            assert "有 1 处差异已记下" in page
        assert "这批货已经收过。" in desk.send(delivery.address, 409, rest="arrived")


def test_nothing_scanned_is_nothing_received(delivery: Delivery, database: Database, unchanged: Unchanged) -> None:
    desk = delivery.receiver()
    with unchanged(database):
        for path in (delivery.address, "/desk/receive"):
            page = desk.send(path, 422, codes=" ", damaged="", rest="missing", note="全没到")
            assert "请至少扫描一个码。" in field_error(page, "codes")
            assert 'value="missing" checked' in page
            assert 'value="全没到"' in page


def test_a_damaged_code_that_is_unknown(delivery: Delivery, database: Database, unchanged: Unchanged) -> None:
    desk = delivery.receiver()
    with unchanged(database):
        page = desk.send(delivery.address, 422, damaged="abc", rest="arrived")
    assert marked_fields(page) == ["damaged"]
    assert "<li>abc</li>" in page
    assert textarea(page, "damaged") == "abc"
    with unchanged(database):
        page = desk.send(delivery.address, 409, damaged=delivery.carton(3), codes=delivery.carton(0), rest="later")
    assert marked_fields(page) == ["damaged"], "known, and not on its way"
    assert f"<li>{delivery.carton(3)}</li>" in page


@pytest.mark.parametrize(
    ("form", "status", "field", "reason"),
    [
        ({"outcome": "lost", "note": ""}, 422, "note", "此项必填。"),
        ({"outcome": "", "note": "查过"}, 422, "outcome", "此项必填。"),
        ({"outcome": "passed", "note": "查过"}, 422, "outcome", "此项必填。"),
        ({"outcome": "accepted", "note": "查过"}, 422, "outcome", "只能按以下方式处理"),
    ],
)
def test_a_refused_settlement_marks_its_field(
    delivery: Delivery,
    database: Database,
    unchanged: Unchanged,
    form: dict[str, str],
    status: int,
    field: str,
    reason: str,
) -> None:
    delivery.receiver().send(delivery.address, codes=delivery.carton(0), rest="missing")
    desk, (address,) = delivery.settling(delivery.world.maker)
    with unchanged(database):
        page = desk.send(address, status, **form)
    prefix = f"d{address[-8:]}-"
    assert marked_fields(page) == [prefix + field]
    assert reason in field_error(page, prefix + field)
    assert '<details class="more" open>' in page


def test_only_those_concerned_settle(delivery: Delivery, database: Database, unchanged: Unchanged) -> None:
    world = delivery.world
    delivery.receiver().send(delivery.address, codes=delivery.carton(0), rest="missing")
    _, (address,) = delivery.settling(world.maker)
    form = {"outcome": "lost", "note": "丢了"}
    receiver, offered = delivery.settling(world.distributor)
    assert offered == []
    with unchanged(database):
        assert 'role="alert"' in receiver.send(address, 409, **form)
    stranger = delivery.desks(world.outlet)
    assert cards(stranger.page("/desk/discrepancies")) == []
    with unchanged(database):
        stranger.send(address, 404, **form)
        stranger.send(delivery.address, 409, rest="arrived")
        stranger.page(delivery.address, 404)
    sender = delivery.desks(world.maker)
    tokens = sender.tokens()
    assert "已处理。" in sender.send_again(address, tokens, **form)
    assert "已处理。" in sender.send_again(address, tokens, **form), "sent twice, told the same"
    assert 'role="alert"' in sender.send(address, 409, **form)
    assert world.holders(delivery.batch)[1] == (6, 18, "maker:written_off")
