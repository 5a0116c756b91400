"""Goods go back to a supplier or to their maker: what may, to whom, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, StopKind
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Movement, MovementKind
from suiyuan.trace.custody.service import Arrival, Circumstances
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.parties.model import Party

if TYPE_CHECKING:
    from ...support.protocols import Refuses
    from ...support.world import World

WHY = Circumstances(reason="包装破损")


def send_back(world: World, sender: Party, receiver: Party, batch: Batch, *spans: tuple[int, int]) -> list[Movement]:
    return world.act(sender, custody.send_back, receiver.party_id, world.goods(batch, *spans), WHY)


def test_a_return_goes_to_the_supplier_or_past_it_to_the_maker(world: World) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.distributor, world.goods(batch))
    world.hand_over(world.distributor, world.outlet, world.goods(batch))
    (to_supplier,) = send_back(world, world.outlet, world.distributor, batch, (0, 6))
    (to_maker,) = send_back(world, world.outlet, world.maker, batch, (6, 12))
    assert to_supplier.kind is to_maker.kind is MovementKind.RETURN
    assert to_supplier.is_return and to_maker.is_return
    (received,) = world.receive(world.distributor, world.goods(batch, (0, 6)))
    assert (received.kind, received.is_return) == (MovementKind.RECEIVE, True)
    assert world.holders(batch) == [(0, 6, "distributor"), (6, 12, "outlet>maker"), (12, 24, "outlet")]


def test_what_is_stopped_expired_or_damaged_can_go_back(world: World) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch))
    damaged = Arrival(damaged=tuple(world.goods(batch, (0, 6))))
    world.act(world.outlet, custody.receive, world.goods(batch, (6, 24)), arrival=damaged)
    recall = (world.actor(world.maker), batch.batch_id, StopKind.RECALL, "渗漏")
    world.database.write(lambda work: batches.stop_batch(work, *recall))
    world.later(days=800)
    send_back(world, world.outlet, world.maker, batch)
    world.receive(world.maker, world.goods(batch))
    assert world.holders(batch) == [(0, 24, "maker")]


def test_goods_go_back_only_to_who_supplied_them(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 12)))
    world.hand_over(world.distributor, world.outlet, world.goods(batch, (0, 6)))
    world.hand_over(world.maker, world.outlet, world.goods(batch, (12, 18)))
    world.act(world.outlet, custody.relocate, None, world.goods(batch, (0, 6), (12, 18)))
    number = batch.batch_number
    with refuses(Conflict, "custody.not_a_supplier", field="to_id", party=world.second_outlet.name, first=0, last=5):
        send_back(world, world.outlet, world.second_outlet, batch, (0, 6))
    with refuses(Conflict, "custody.not_a_supplier", batch_number=number, first=12, last=17):
        send_back(world, world.outlet, world.distributor, batch, (0, 6), (12, 18))
    send_back(world, world.outlet, world.distributor, batch, (0, 6))


def test_who_got_goods_back_is_not_supplied_by_who_sent_them(world: World, refuses: Refuses) -> None:
    """Else a stopped batch could go out again, dressed as a return."""
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.distributor, world.goods(batch))
    world.hand_over(world.distributor, world.outlet, world.goods(batch))
    send_back(world, world.outlet, world.distributor, batch)
    world.receive(world.distributor, world.goods(batch))
    with refuses(Conflict, "custody.not_a_supplier", party=world.outlet.name):
        send_back(world, world.distributor, world.outlet, batch)


def test_of_goods_moved_together_each_has_its_own_way(world: World, refuses: Refuses) -> None:
    """Some of what one movement made were never anybody else's: they have no supplier."""
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 6)))
    world.hand_over(world.distributor, world.maker, world.goods(batch, (0, 6)))
    world.act(world.maker, custody.relocate, None, world.goods(batch, (0, 12)))
    with refuses(Conflict, "custody.not_a_supplier", first=0, last=11):
        send_back(world, world.maker, world.distributor, batch, (0, 12))
    send_back(world, world.maker, world.distributor, batch, (0, 6))


def test_the_way_back_of_a_unit_is_not_that_of_its_neighbours(world: World) -> None:
    """Units 6 to 11 were once elsewhere; they came back from the same distributor, as the others had come."""
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.outlet, world.goods(batch, (6, 12)))
    world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 6)))
    world.hand_over(world.distributor, world.outlet, world.goods(batch, (0, 6)))
    world.act(world.outlet, custody.relocate, None, world.goods(batch, (0, 12)))
    world.hand_over(world.outlet, world.distributor, world.goods(batch, (6, 12)))
    world.hand_over(world.distributor, world.outlet, world.goods(batch, (6, 12)))
    world.act(world.outlet, custody.relocate, None, world.goods(batch, (0, 12)))
    send_back(world, world.outlet, world.distributor, batch, (0, 12))
    assert world.holders(batch) == [(0, 12, "outlet>distributor"), (12, 24, "maker")]


def test_every_other_refusal_of_a_return(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    with refuses(InvalidInput, "text.missing", field="reason"):
        world.act(world.outlet, custody.send_back, world.maker.party_id, world.goods(batch, (0, 6)))
    with refuses(InvalidInput, "custody.receiver", field="to_id"):
        send_back(world, world.outlet, world.outlet, batch, (0, 6))
    with refuses(InvalidInput, "custody.receiver_role", field="to_id"):
        send_back(world, world.outlet, world.agency, batch, (0, 6))
    with refuses(NotKnown, "party.unknown", field="to_id"):
        send_back(world, world.outlet, replace(world.maker, party_id=uuid4()), batch, (0, 6))
    with refuses(Conflict, "custody.not_held", first=12, last=12, state="other_holder"):
        send_back(world, world.outlet, world.maker, batch, (0, 13))
    world.sell(world.outlet, world.goods(batch, (0, 2)))
    with refuses(Conflict, "custody.not_held", first=0, last=1, state="sold", units=2):
        send_back(world, world.outlet, world.maker, batch, (0, 6))
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: custody.send_back(
                work,
                world.actor(world.maker),
                world.outlet.party_id,
                world.maker.party_id,
                world.goods(batch, (2, 6)),
                WHY,
            )
        )
