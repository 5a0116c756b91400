"""What holds for every act on goods: whose they are, that they are of a batch, not stopped, not expired, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import StopKind
from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Interval, Movement
from suiyuan.trace.custody.service import MAX_CLOCK_SKEW, Circumstances, Goods
from suiyuan.trace.kernel import limits
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import service as parties

if TYPE_CHECKING:
    from ...support.protocols import Refuses
    from ...support.world import World


def test_what_is_not_in_ones_hands_cannot_be_shipped(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    number = batch.batch_number
    world.hand_over(world.maker, world.distributor, world.goods(batch, (6, 12)))
    with refuses(Conflict, "custody.not_held", batch_number=number, first=6, last=8, state="other_holder"):
        world.ship(world.maker, world.outlet, world.goods(batch, (0, 9)))
    with refuses(Conflict, "custody.not_held", first=12, last=12, state="other_holder"):
        world.ship(world.distributor, world.outlet, world.goods(batch, (11, 13)))
    other = world.register_batch(size=24)
    with refuses(Conflict, "custody.not_held", first=0, last=23, state="other_holder"):
        world.ship(world.outlet, world.distributor, world.goods(other))


def test_what_is_on_its_way_cannot_be_shipped_again(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.distributor, world.goods(batch, (6, 12)))
    for receiver in (world.outlet, world.distributor):
        with refuses(Conflict, "custody.not_held", first=6, last=11, state="in_transit"):
            world.ship(world.maker, receiver, world.goods(batch, (0, 24)))
    with refuses(Conflict, "custody.not_held", state="other_holder"):
        world.ship(world.distributor, world.outlet, world.goods(batch, (6, 12)))


def test_one_bad_batch_stops_the_whole_shipment(world: World, refuses: Refuses) -> None:
    made = [world.register_batch(size=24) for _ in range(4)]
    world.ship(world.maker, world.distributor, world.goods(made[1], (0, 1)))
    with refuses(Conflict, "custody.not_held", batch_number=made[1].batch_number, first=0, last=0):
        world.ship(world.maker, world.outlet, [goods for batch in made for goods in world.goods(batch)])


def test_a_stopped_batch_is_not_shipped_but_what_is_on_its_way_is_received(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    made = world.database.write(
        lambda work: batches.stop_batch(work, world.actor(world.maker), batch.batch_id, StopKind.RECALL, "渗漏")
    )
    with refuses(Conflict, "custody.batch_stopped", batch_number=batch.batch_number, kind="recall"):
        world.ship(world.maker, world.outlet, world.goods(batch, (6, 12)))
    world.receive(world.outlet, world.goods(batch, (0, 6)))
    with refuses(Conflict, "custody.batch_stopped"):
        world.ship(world.outlet, world.maker, world.goods(batch, (0, 6)))
    world.database.write(
        lambda work: batches.lift_stop(work, world.actor(world.maker), batch.batch_id, made.stop_id, "查清")
    )
    world.ship(world.maker, world.outlet, world.goods(batch, (6, 12)))
    assert world.holders(batch) == [(0, 6, "outlet"), (6, 12, "maker>outlet"), (12, 24, "maker")]


def test_only_the_stopped_part_of_a_batch_is_not_shipped(world: World, refuses: Refuses) -> None:
    batch, other = world.register_batch(size=24), world.register_batch(size=24)
    recall = (world.actor(world.maker), batch.batch_id, StopKind.RECALL, "渗漏", Interval(6, 12))
    world.database.write(lambda work: batches.stop_batch(work, *recall))
    for spans in ([(6, 12)], [(0, 7)], [(11, 12)], [(0, 1), (8, 9)], [(0, 24)]):
        with refuses(Conflict, "custody.batch_stopped", batch_number=batch.batch_number, kind="recall"):
            world.ship(world.maker, world.outlet, [*world.goods(other), *world.goods(batch, *spans)])
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6), (12, 24)))
    assert world.holders(batch) == [(0, 6, "maker>outlet"), (6, 12, "maker"), (12, 24, "maker>outlet")]


def test_nobody_ships_or_receives_for_another(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    for stranger in (world.outlet, world.regulator, world.agency):
        with refuses(NotAllowed, "access.other_party"):
            world.database.write(
                lambda work, stranger=stranger: custody.ship(
                    work,
                    world.actor(stranger),
                    world.maker.party_id,
                    world.distributor.party_id,
                    world.goods(batch),
                )
            )
    world.ship(world.maker, world.distributor, world.goods(batch))
    for stranger in (world.outlet, world.maker, world.regulator):
        with refuses(NotAllowed, "access.other_party"):
            world.database.write(
                lambda work, stranger=stranger: custody.receive(
                    work, world.actor(stranger), world.distributor.party_id, world.goods(batch)
                )
            )


@pytest.mark.parametrize("span", [(0, 25), (24, 25), (-1, 3), (5, 5), (6, 5), (0, 2**62)])
def test_units_outside_the_batch_are_refused_in_both_directions(
    world: World, refuses: Refuses, span: tuple[int, int]
) -> None:
    batch = world.register_batch(size=24)
    with refuses(InvalidInput, "custody.outside_batch", field="spans", batch_number=batch.batch_number):
        world.ship(world.maker, world.outlet, world.goods(batch, (0, 1), span))
    world.ship(world.maker, world.outlet, world.goods(batch))
    with refuses(InvalidInput, "custody.outside_batch", field="spans"):
        world.receive(world.outlet, world.goods(batch, (0, 1), span))


def test_nothing_to_move_and_batches_not_known(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    empty: list[Sequence[Goods]] = [[], [Goods(batch.batch_id, ())]]
    for goods in empty:
        with refuses(InvalidInput, "custody.no_codes", field="codes"):
            world.ship(world.maker, world.outlet, goods)
        with refuses(InvalidInput, "custody.no_codes", field="codes"):
            world.receive(world.outlet, goods)
    ghost = [*world.goods(batch), Goods(UUID(int=0), (Interval(0, 1),))]
    with refuses(NotKnown, "batch.unknown", field="batch_id"):
        world.ship(world.maker, world.outlet, ghost)
    with refuses(NotKnown, "batch.unknown", field="batch_id"):
        world.receive(world.outlet, ghost)


def test_a_batch_without_units_among_others_moves_nothing_of_it(world: World) -> None:
    batch, other = world.register_batch(), world.register_batch()
    goods = [*world.goods(batch, (0, 6)), Goods(other.batch_id, ())]
    assert [movement.units for movement in world.ship(world.maker, world.outlet, goods)] == [6]
    assert [movement.units for movement in world.receive(world.outlet, goods)] == [6]
    assert world.holders(other) == [(0, 24, "maker")]


def test_what_is_stopped_or_expired_is_named_by_its_codes(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24, expires_on=world.today() + timedelta(days=1))
    cartons = [world.code(batch, Level.CARTON, index) for index in range(4)]
    recall = (world.actor(world.maker), batch.batch_id, StopKind.RECALL, "渗漏", Interval(6, 13))
    world.database.write(lambda work: batches.stop_batch(work, *recall))
    with refuses(Conflict, "custody.batch_stopped", codes=cartons[1:3]):
        world.ship(world.maker, world.outlet, world.goods_of(*cartons))
    world.later(days=1)
    world.ship(world.maker, world.outlet, world.goods(batch, (18, 24)))  # on its last day
    world.later(days=1)
    with refuses(Conflict, "custody.expired", expires_on=batch.expires_on, codes=cartons[:1]):
        world.ship(world.maker, world.outlet, world.goods_of(cartons[0]))
    world.receive(world.outlet, world.goods(batch, (18, 24)))


# ---------------------------------------------------------------------------------------------- when and where


def moved_at(world: World, how: Circumstances) -> Movement:
    batch = world.register_batch()
    (moved,) = world.act(world.maker, custody.ship, world.outlet.party_id, world.goods(batch), how)
    return moved


def test_what_was_captured_offline_keeps_its_own_time(world: World) -> None:
    captured_at = world.clock.now() - timedelta(days=3)
    moved = moved_at(world, Circumstances(captured_at=captured_at))
    assert (moved.occurred_at, moved.recorded_at) == (captured_at, world.clock.now())
    with world.database.read() as connection:
        assert custody.find_movement(connection, moved.batch_id, moved.movement_id) == moved


def test_a_clock_may_be_a_little_ahead_and_no_more(world: World, refuses: Refuses) -> None:
    ahead = world.clock.now() + MAX_CLOCK_SKEW
    moved = moved_at(world, Circumstances(captured_at=ahead))
    assert moved.occurred_at == world.clock.now()
    batch = world.register_batch()
    late = Circumstances(captured_at=ahead + timedelta(seconds=1))
    with refuses(InvalidInput, "custody.captured_in_future", field="captured_at"):
        world.act(world.maker, custody.ship, world.outlet.party_id, world.goods(batch), late)


def test_nothing_is_done_with_goods_before_they_were_made(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(production_on=world.today() - timedelta(days=1))
    midnight = world.clock.now() - timedelta(hours=40)  # when the day of production began in China
    for seconds, is_too_early in ((-1, True), (0, False)):
        how = Circumstances(captured_at=midnight + timedelta(seconds=seconds))
        if is_too_early:
            with refuses(
                InvalidInput, "custody.captured_before_batch", field="captured_at", batch_number=batch.batch_number
            ):
                world.act(world.maker, custody.ship, world.outlet.party_id, world.goods(batch), how)
        else:
            world.act(world.maker, custody.ship, world.outlet.party_id, world.goods(batch), how)


def test_a_stop_counts_from_when_it_is_known_here(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    recall = (world.actor(world.maker), batch.batch_id, StopKind.RECALL, "渗漏")
    world.database.write(lambda work: batches.stop_batch(work, *recall))
    how = Circumstances(captured_at=world.clock.now() - timedelta(days=1))
    with refuses(Conflict, "custody.batch_stopped"):
        world.act(world.maker, custody.ship, world.outlet.party_id, world.goods(batch), how)


def test_a_site_is_the_acting_partys_own_and_open(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    own, foreign = world.site(world.maker), world.site(world.outlet)
    for site_id in (foreign.site_id, uuid4()):
        with refuses(NotKnown, "site.unknown", field="site_id"):
            how = Circumstances(site_id)
            world.act(world.maker, custody.ship, world.outlet.party_id, world.goods(batch), how)
    world.act(world.maker, parties.close_site, own.site_id)
    with refuses(Conflict, "site.closed", field="site_id", name=own.name):
        how = Circumstances(own.site_id)
        world.act(world.maker, custody.ship, world.outlet.party_id, world.goods(batch), how)


def test_a_receipt_says_at_which_site_goods_are_from_then_on(world: World) -> None:
    batch = world.register_batch()
    site = world.site(world.outlet)
    world.ship(world.maker, world.outlet, world.goods(batch))
    (moved,) = world.act(world.outlet, custody.receive, world.goods(batch, (0, 6)), Circumstances(site.site_id))
    world.receive(world.outlet, world.goods(batch, (6, 12)))
    assert (moved.site_id, moved.party_id) == (site.site_id, world.outlet.party_id)
    with world.database.read() as connection:
        spans = custody.spans_of(connection, batch.batch_id)
    assert [(span.start, span.stop, span.site_id) for span in spans] == [
        (0, 6, site.site_id),
        (6, 12, None),
        (12, 24, None),
    ]


def test_a_note_is_kept_tidily_and_not_at_any_length(world: World, refuses: Refuses) -> None:
    moved = moved_at(world, Circumstances(reason="  调拨  "))
    assert moved.reason == "调拨"
    batch = world.register_batch()
    with refuses(InvalidInput, "text.malformed", field="reason"):
        how = Circumstances(reason="长" * (limits.MAX_NOTE_CHARACTERS + 1))
        world.act(world.maker, custody.ship, world.outlet.party_id, world.goods(batch), how)


def test_an_event_says_all_that_a_movement_says(world: World) -> None:
    site = world.site(world.maker)
    moved = moved_at(world, Circumstances(site.site_id, "调拨"))
    with world.database.read() as connection:
        event = ledger.list_events(connection, moved.batch_id)[-1]
    assert (event.kind, event.sequence, event.actor_id) == ("custody.shipped", moved.sequence, world.maker.party_id)
    for said in (moved.movement_id, moved.from_id, moved.to_id, site.site_id, "调拨", '"spans":[[0,24]]'):
        assert str(said) in event.payload


def test_two_batches_are_moved_in_one_order_whatever_was_asked_first(world: World) -> None:
    made = [world.register_batch() for _ in range(3)]
    goods = [each for batch in made for each in world.goods(batch)]
    shipped = world.ship(world.maker, world.outlet, goods)
    received = world.receive(world.outlet, goods[::-1])
    assert (
        [each.batch_id for each in shipped]
        == [each.batch_id for each in received]
        == sorted(batch.batch_id for batch in made)
    )
