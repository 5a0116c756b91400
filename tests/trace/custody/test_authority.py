"""What an authority does with anybody's goods: samples and seizures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import StopKind
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import MovementKind
from suiyuan.trace.custody.service import Circumstances
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed

if TYPE_CHECKING:
    from ...support.protocols import Refuses
    from ...support.world import World

WHY = Circumstances(reason="涉嫌假农药")


def test_one_request_takes_units_from_several_holders(world: World) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 12)))
    world.hand_over(world.distributor, world.outlet, world.goods(batch, (0, 6)))
    taken = world.act(world.agency, custody.sample, world.goods(batch, (5, 7), (13, 14)))
    assert {(each.kind, each.from_id, each.to_id, each.units) for each in taken} == {
        (MovementKind.SAMPLE, party.party_id, world.agency.party_id, 1)
        for party in (world.outlet, world.distributor, world.maker)
    }
    assert world.holders(batch)[1:3] == [(5, 7, "agency:sampled"), (7, 12, "distributor")]


def test_what_is_on_its_way_is_taken_too_and_no_longer_arrives(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    world.act(world.agency, custody.sample, world.goods(batch, (0, 1)))
    world.act(world.regulator, custody.seize, world.goods(batch, (1, 2)), WHY)
    with refuses(Conflict, "custody.not_in_transit", first=0, last=0, units=2):
        world.receive(world.outlet, world.goods(batch, (0, 6)))
    world.receive(world.outlet, world.goods(batch, (2, 6)))
    assert world.holders(batch) == [
        (0, 1, "agency:sampled"),
        (1, 2, "regulator:seized"),
        (2, 6, "outlet"),
        (6, 24, "maker"),
    ]


def test_goods_are_taken_at_a_site_of_the_authority_and_whatever_stops_them(world: World) -> None:
    batch = world.register_batch(size=24)
    recall = (world.actor(world.maker), batch.batch_id, StopKind.RECALL, "渗漏")
    world.database.write(lambda work: batches.stop_batch(work, *recall))
    world.later(days=800)
    site = world.site(world.regulator, "罚没物资库")
    how = Circumstances(site.site_id, "涉嫌假农药")
    (taken,) = world.act(world.regulator, custody.seize, world.goods(batch), how)
    with world.database.read() as connection:
        (span,) = custody.spans_of(connection, batch.batch_id)
    assert (span.holder_id, span.site_id, span.movement_id) == (
        world.regulator.party_id,
        site.site_id,
        taken.movement_id,
    )


def test_sold_and_written_off_goods_are_seized_but_not_sampled(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.sell(world.maker, world.goods(batch, (0, 2)))
    with refuses(Conflict, "custody.not_held", first=0, last=1, state="sold"):
        world.act(world.agency, custody.sample, world.goods(batch, (0, 3)))
    world.act(world.regulator, custody.seize, world.goods(batch, (0, 3)), WHY)
    with refuses(Conflict, "custody.not_held", state="seized"):
        world.act(world.agency, custody.sample, world.goods(batch, (0, 1)))
    with refuses(Conflict, "custody.not_held", state="seized"):
        world.act(world.regulator, custody.seize, world.goods(batch, (0, 1)), WHY)


def test_who_may_take_what(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    for party in (world.maker, world.distributor, world.outlet):
        with refuses(NotAllowed, "access.role", needed="inspection_agency, regulator"):
            world.act(party, custody.sample, world.goods(batch))
    for party in (world.maker, world.agency):
        with refuses(NotAllowed, "access.role", needed="regulator"):
            world.act(party, custody.seize, world.goods(batch), WHY)
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: custody.sample(work, world.actor(world.regulator), world.agency.party_id, world.goods(batch))
        )
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: custody.seize(
                work, world.actor(world.agency), world.regulator.party_id, world.goods(batch), WHY
            )
        )
    with refuses(InvalidInput, "text.missing", field="reason"):
        world.act(world.regulator, custody.seize, world.goods(batch))
    world.act(world.regulator, custody.sample, world.goods(batch, (0, 1)))  # a regulator may sample itself
    assert world.holders(batch) == [(0, 1, "regulator:sampled"), (1, 24, "maker")]
