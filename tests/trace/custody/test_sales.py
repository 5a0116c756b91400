"""Selling to farmers and farms: what each kind of goods asks for, what is never sold, and taking back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import StopKind
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Interval, Movement, MovementKind, Sale
from suiyuan.trace.custody.service import Circumstances, NewSale
from suiyuan.trace.custody.store import sale
from suiyuan.trace.kernel import limits
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.kernel.identity import identity_reference
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import Activity, Role

if TYPE_CHECKING:
    from ...support.protocols import Dumps, Refuses
    from ...support.world import World

NUMBER = "11010519491231002X"
"""The example of GB 11643."""

IDENTITY = identity_reference(bytes(range(32)), NUMBER)
BUYER = NewSale("马建国", "0953-7654321", "水稻稻纵卷叶螟")
WHY = Circumstances(reason="买错了")


def kept(world: World, movement: Movement) -> Sale:
    with world.database.read() as connection:
        row = connection.execute(select(sale).where(sale.c.movement_id == movement.movement_id)).one()
    return Sale(*row[2:])


def test_what_is_sold_is_with_a_farmer_and_its_seller_answers_for_it(world: World) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    (sold,) = world.sell(world.outlet, world.goods(batch, (0, 2), (4, 5)), BUYER)
    assert (sold.kind, sold.units, sold.from_id, sold.to_id) == (
        MovementKind.SELL,
        3,
        world.outlet.party_id,
        world.outlet.party_id,
    )
    assert world.holders(batch) == [
        (0, 2, "outlet:sold"),
        (2, 4, "outlet"),
        (4, 5, "outlet:sold"),
        (5, 24, "outlet"),
    ]
    assert kept(world, sold) == Sale("马建国", "0953-7654321", "水稻稻纵卷叶螟")


def test_the_buyers_identity_is_kept_as_a_hash_and_four_characters(world: World, dump: Dumps) -> None:
    world.designate(world.outlet)
    batch = world.register_batch(world.restricted())
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    (sold,) = world.sell(world.outlet, world.goods(batch, (0, 1)), replace(BUYER, identity=IDENTITY))
    assert (kept(world, sold).identity_hash, kept(world, sold).identity_last_four) == (IDENTITY.keyed_hash, "002X")
    assert NUMBER not in str(dump(world.database))


def test_the_public_log_of_events_names_no_buyer(world: World) -> None:
    batch = world.register_batch()
    world.sell(world.maker, world.goods(batch, (0, 1)), replace(BUYER, identity=IDENTITY))
    with world.database.read() as connection:
        payload = ledger.list_events(connection, batch.batch_id)[-1].payload
    assert "水稻稻纵卷叶螟" in payload
    for private in (BUYER.buyer_name, BUYER.buyer_telephone, IDENTITY.keyed_hash, IDENTITY.last_four):
        assert private not in payload


def test_one_sale_of_several_batches_is_kept_with_each(world: World) -> None:
    batch, other = world.register_batch(), world.register_batch(world.seed)
    sold = world.sell(world.maker, [*world.goods(batch, (0, 1)), *world.goods(other, (0, 3))], BUYER)
    assert sorted(movement.units for movement in sold) == [1, 3]
    assert {kept(world, movement).buyer_name for movement in sold} == {"马建国"}


def test_each_kind_asks_for_what_the_law_asks_for(world: World, refuses: Refuses) -> None:
    for product, needs_more in (
        (world.pesticide, True),
        (world.vet_drug, True),
        (world.seed, False),
        (world.fertiliser, False),
    ):
        batch = world.register_batch(product)
        if needs_more:
            with refuses(InvalidInput, "sale.buyer", field="buyer_name", product=product.name):
                world.sell(world.maker, world.goods(batch), NewSale(intended_use="水稻"))
            with refuses(InvalidInput, "sale.intended_use", field="intended_use", product=product.name):
                world.sell(world.maker, world.goods(batch), NewSale(buyer_name="马建国"))
            world.sell(world.maker, world.goods(batch), NewSale(buyer_name="马建国", intended_use="水稻"))
        else:
            world.sell(world.maker, world.goods(batch), NewSale())
        assert world.holders(batch) == [(0, 24, "maker:sold")]


def test_restricted_pesticides_are_sold_by_designated_outlets_to_known_buyers(world: World, refuses: Refuses) -> None:
    product = world.restricted()
    world.designate(world.outlet, valid_until=world.today())
    batch = world.register_batch(product)
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    with refuses(InvalidInput, "sale.identity", field="buyer_identity", product=product.name):
        world.sell(world.outlet, world.goods(batch, (0, 1)), BUYER)
    world.sell(world.outlet, world.goods(batch, (0, 1)), replace(BUYER, identity=IDENTITY))
    world.later(days=1)
    with refuses(NotAllowed, "licence.not_designated", party=world.outlet.name):
        world.sell(world.outlet, world.goods(batch, (1, 2)), replace(BUYER, identity=IDENTITY))


def test_banned_pesticides_are_not_sold_by_anybody(world: World, refuses: Refuses) -> None:
    product = world.restricted("甲胺磷", "PD20180002")
    batch = world.register_batch(product)
    with refuses(Conflict, "sale.banned", field="codes", product=product.name):
        world.sell(world.maker, world.goods(batch, (0, 1)), replace(BUYER, identity=IDENTITY))


def test_a_seller_needs_a_licence_on_the_day_of_the_sale(world: World, refuses: Refuses) -> None:
    shop = world.party(Role.OUTLET)
    yesterday = world.today() - timedelta(days=1)
    world.database.write(
        lambda work: world.license(work, shop, "pesticide", Activity.TRADE, date(2020, 1, 1), world.today())
    )
    batch = world.register_batch()
    world.hand_over(world.maker, shop, world.goods(batch))
    world.later(days=1)
    with refuses(NotAllowed, "licence.expired", party=shop.name, valid_until=yesterday + timedelta(days=1)):
        world.sell(shop, world.goods(batch, (0, 1)), BUYER)
    offline = Circumstances(captured_at=world.clock.now() - timedelta(days=1))
    world.act(shop, custody.sell, world.goods(batch, (0, 1)), BUYER, offline)


def test_what_is_stopped_expired_or_not_in_hand_is_not_sold(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    with refuses(Conflict, "custody.not_held", first=12, last=12, state="other_holder"):
        world.sell(world.outlet, world.goods(batch, (11, 13)))
    world.sell(world.outlet, world.goods(batch, (0, 1)))
    with refuses(Conflict, "custody.not_held", first=0, last=0, state="sold"):
        world.sell(world.outlet, world.goods(batch, (0, 2)))
    recall = (world.actor(world.maker), batch.batch_id, StopKind.RECALL, "渗漏", Interval(4, 6))
    world.database.write(lambda work: batches.stop_batch(work, *recall))
    with refuses(Conflict, "custody.batch_stopped", kind="recall"):
        world.sell(world.outlet, world.goods(batch, (2, 5)))
    world.sell(world.outlet, world.goods(batch, (2, 4)))
    world.later(days=800)
    with refuses(Conflict, "custody.expired", expires_on=batch.expires_on):
        world.sell(world.outlet, world.goods(batch, (6, 7)))


def test_a_sale_in_the_future_is_none(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    how = Circumstances(captured_at=world.clock.now() + timedelta(days=1))
    with refuses(InvalidInput, "custody.captured_in_future", field="captured_at"):
        world.act(world.maker, custody.sell, world.goods(batch), BUYER, how)


def test_nobody_sells_for_another_nor_with_a_name_of_any_length(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: custody.sell(work, world.actor(world.outlet), world.maker.party_id, world.goods(batch), BUYER)
        )
    with refuses(NotKnown, "party.unknown", field="from_id"):
        world.sell(replace(world.maker, party_id=batch.batch_id), world.goods(batch))
    long = "长" * (limits.MAX_NAME_CHARACTERS + 1)
    for field in ("buyer_name", "buyer_telephone", "intended_use"):
        with refuses(InvalidInput, "text.malformed", field=field):
            world.sell(world.maker, world.goods(batch), replace(BUYER, **{field: long}))


# ---------------------------------------------------------------------------------------------- taking back


def test_what_a_farmer_brings_back_is_in_stock_again(world: World) -> None:
    batch = world.register_batch(size=24)
    world.sell(world.maker, world.goods(batch, (0, 6)))
    world.later(days=800)  # whatever it is by then
    (back,) = world.act(world.maker, custody.take_back, world.goods(batch, (2, 4)), WHY)
    assert (back.kind, back.reason) == (MovementKind.TAKE_BACK, "买错了")
    assert world.holders(batch) == [(0, 2, "maker:sold"), (2, 4, "maker"), (4, 6, "maker:sold"), (6, 24, "maker")]


def test_only_what_one_has_sold_is_taken_back_and_with_a_reason(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.sell(world.outlet, world.goods(batch, (0, 6)))
    with refuses(InvalidInput, "text.missing", field="reason"):
        world.act(world.outlet, custody.take_back, world.goods(batch, (0, 1)))
    with refuses(Conflict, "custody.not_held", first=6, last=6, state="held"):
        world.act(world.outlet, custody.take_back, world.goods(batch, (5, 7)), WHY)
    with refuses(Conflict, "custody.not_held", first=0, last=0, state="other_holder"):
        world.act(world.maker, custody.take_back, world.goods(batch, (0, 1)), WHY)
