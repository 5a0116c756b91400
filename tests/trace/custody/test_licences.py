"""Who may be sent and may take in which goods: licences on the day, designated outlets of restricted pesticides."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.service import Circumstances
from suiyuan.trace.kernel.errors import NotAllowed
from suiyuan.trace.parties.model import Activity, Role

if TYPE_CHECKING:
    from ...support.protocols import Refuses
    from ...support.world import World


def test_a_receiver_needs_a_licence_to_be_shipped_to(world: World, refuses: Refuses) -> None:
    shop = world.party(Role.OUTLET)
    batch = world.register_batch()
    with refuses(NotAllowed, "licence.missing", party=shop.name, kind="pesticide"):
        world.ship(world.maker, shop, world.goods(batch))
    world.database.write(lambda work: world.license(work, shop, "seed", Activity.TRADE))
    with refuses(NotAllowed, "licence.missing"):
        world.ship(world.maker, shop, world.goods(batch))
    world.database.write(
        lambda work: world.license(
            work, shop, "pesticide", Activity.TRADE, date(2020, 1, 1), date(2026, 11, 23), number="旧证"
        )
    )
    with refuses(NotAllowed, "licence.expired", number="旧证", valid_until=date(2026, 11, 23), on=date(2026, 11, 24)):
        world.ship(world.maker, shop, world.goods(batch))
    world.ship(world.maker, world.outlet, world.goods(batch))


def test_the_day_of_a_licence_is_a_day_in_china(world: World, refuses: Refuses) -> None:
    shop = world.party(Role.OUTLET)
    world.database.write(
        lambda work: world.license(work, shop, "pesticide", Activity.TRADE, date(2020, 1, 1), date(2026, 11, 24))
    )
    batch = world.register_batch()
    world.later(hours=7, minutes=59)  # one minute to midnight in China
    world.ship(world.maker, shop, world.goods(batch, (0, 6)))
    world.later(minutes=1)
    with refuses(NotAllowed, "licence.expired", on=date(2026, 11, 25)):
        world.receive(shop, world.goods(batch, (0, 6)))


def test_seed_may_go_to_a_shop_with_a_filing_and_pesticide_may_not(world: World, refuses: Refuses) -> None:
    shop = world.party(Role.OUTLET)
    for kind in ("seed", "pesticide"):
        world.database.write(lambda work, kind=kind: world.license(work, shop, kind, Activity.FILING))
    seed, pesticide = world.register_batch(world.seed), world.register_batch(world.pesticide)
    world.ship(world.maker, shop, world.goods(seed))
    with refuses(NotAllowed, "licence.missing", kind="pesticide"):
        world.ship(world.maker, shop, world.goods(pesticide))


def test_fertiliser_needs_no_licence_and_the_maker_none_to_take_back(world: World) -> None:
    shop = world.party(Role.OUTLET)
    world.ship(world.maker, shop, world.goods(world.register_batch(world.fertiliser)))
    maker = world.party(Role.MANUFACTURER)
    assert maker.roles == {Role.MANUFACTURER}
    batch = world.register_batch(world.seed)
    world.hand_over(world.maker, world.outlet, world.goods(batch))
    world.hand_over(world.outlet, world.maker, world.goods(batch))
    assert world.holders(batch) == [(0, 24, "maker")]


def test_restricted_pesticides_go_to_designated_outlets_only(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(world.restricted())
    with refuses(NotAllowed, "licence.not_designated", party=world.outlet.name):
        world.ship(world.maker, world.outlet, world.goods(batch))
    world.designate(world.outlet)
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    with refuses(NotAllowed, "licence.not_designated", party=world.second_outlet.name):
        world.ship(world.outlet, world.second_outlet, world.goods(batch, (0, 6)))
    assert world.holders(batch) == [(0, 12, "outlet"), (12, 24, "maker")]


def test_a_designation_is_looked_at_again_on_arrival(world: World, refuses: Refuses) -> None:
    world.designate(world.outlet, valid_until=world.today())
    batch = world.register_batch(world.restricted())
    world.ship(world.maker, world.outlet, world.goods(batch))
    world.later(days=1)
    with refuses(NotAllowed, "licence.not_designated"):
        world.receive(world.outlet, world.goods(batch))
    back = Circumstances(reason="定点资格到期")
    world.act(world.outlet, custody.refuse, world.goods(batch), back)
    assert world.holders(batch) == [(0, 24, "maker")]


def test_a_return_needs_no_licence_of_who_gets_it(world: World) -> None:
    batch = world.register_batch(world.restricted())
    for party in (world.distributor, world.outlet):
        world.designate(party, valid_until=world.today())
    world.hand_over(world.maker, world.distributor, world.goods(batch))
    world.hand_over(world.distributor, world.outlet, world.goods(batch))
    world.later(days=1)
    back = Circumstances(reason="卖不掉")
    world.act(world.outlet, custody.send_back, world.distributor.party_id, world.goods(batch), back)
    world.receive(world.distributor, world.goods(batch))
    assert world.holders(batch) == [(0, 24, "distributor")]
