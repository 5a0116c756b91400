"""Shipping and receiving by the codes of units, cartons and pallets; and every refusal."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import StopKind
from suiyuan.trace.codes.model import Level, Place, Scheme
from suiyuan.trace.codes.schemes import with_check_digit
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Holding, Interval, Movement, MovementKind
from suiyuan.trace.custody.service import MAX_OFFENDERS, Goods
from suiyuan.trace.kernel import limits
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown, SuiyuanError
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import OPERATOR, Activity, Party, Role

if TYPE_CHECKING:
    from tests.support.protocols import Dumps, Refuses, Unchanged
    from tests.support.world import World

UNIT, CARTON, PALLET = Level.UNIT, Level.CARTON, Level.PALLET


def test_a_new_batch_is_wholly_its_makers(world: World) -> None:
    batch = world.register_batch(size=25)
    assert world.holders(batch) == [(0, 25, "maker")]
    with world.database.read() as connection:
        assert custody.holdings(connection, world.maker.party_id) == [Holding(batch.batch_id, 1, 25)]
        assert custody.inbound(connection, world.maker.party_id) == []


def test_codes_of_all_levels_mixed_name_units_once(world: World) -> None:
    """Cartons of 6, pallets of 12, 26 units: the last carton holds 2 and the last pallet one short carton."""
    first, second = world.register_batch(size=26), world.register_batch(world.seed)
    scanned = [
        world.code(first, CARTON, 1),
        world.code(first, UNIT, 5),
        world.code(first, UNIT, 7),  # lies in carton 1
        world.code(first, CARTON, 1),  # scanned twice
        world.code(first, PALLET, 2),
        world.code(second, PALLET, 1),
        world.code(first, UNIT, 20),
    ]
    found = {goods.batch_id: goods.intervals for goods in world.goods_of(*scanned)}
    assert found == {
        first.batch_id: (Interval(5, 12), Interval(20, 21), Interval(24, 26)),
        second.batch_id: (Interval(12, 24),),
    }


def test_goods_go_from_hand_to_hand_and_spans_split_and_merge(world: World) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.distributor, world.goods_of(world.code(batch, PALLET, 0)))
    assert world.holders(batch) == [(0, 12, "maker>distributor"), (12, 24, "maker")]
    world.receive(world.distributor, world.goods_of(world.code(batch, CARTON, 0)))
    assert world.holders(batch) == [(0, 6, "distributor"), (6, 12, "maker>distributor"), (12, 24, "maker")]
    world.receive(world.distributor, world.goods_of(world.code(batch, CARTON, 1)))
    assert world.holders(batch) == [(0, 12, "distributor"), (12, 24, "maker")]
    three = world.goods_of(*(world.code(batch, UNIT, index) for index in (3, 4, 8)))
    world.hand_over(world.distributor, world.outlet, three)
    assert world.holders(batch) == [
        (0, 3, "distributor"),
        (3, 5, "outlet"),
        (5, 8, "distributor"),
        (8, 9, "outlet"),
        (9, 12, "distributor"),
        (12, 24, "maker"),
    ]
    rest = world.goods(batch, (0, 3), (5, 8), (9, 12))
    world.hand_over(world.distributor, world.outlet, rest)
    assert world.holders(batch) == [(0, 12, "outlet"), (12, 24, "maker")]
    world.hand_over(world.outlet, world.maker, world.goods(batch, (0, 12)))
    assert world.holders(batch) == [(0, 24, "maker")]


def test_movements_say_who_gave_what_to_whom_and_are_events(world: World) -> None:
    batch = world.register_batch()
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch, (0, 6), (12, 18)))
    world.later(hours=2)
    (received,) = world.receive(world.outlet, world.goods(batch, (0, 6), (12, 14)))
    assert (shipped.kind, shipped.transfer_id, shipped.units) == (MovementKind.SHIP, shipped.movement_id, 12)
    assert (received.kind, received.transfer_id, received.units) == (MovementKind.RECEIVE, shipped.movement_id, 8)
    assert (received.from_id, received.to_id) == (world.maker.party_id, world.outlet.party_id)
    assert received.occurred_at == world.clock.now()
    way = custody.way(world.database, batch.batch_id, 13)
    assert [(step.kind, step.occurred_at) for step in way] == [
        (MovementKind.SHIP, shipped.occurred_at),
        (MovementKind.RECEIVE, received.occurred_at),
    ]
    assert [step.kind for step in custody.way(world.database, batch.batch_id, 17)] == [MovementKind.SHIP]
    assert custody.way(world.database, batch.batch_id, 18) == []
    with world.database.read() as connection:
        events = ledger.list_events(connection, batch.batch_id)
    assert [event.kind for event in events] == ["batch.registered", "custody.shipped", "custody.received"]
    assert '"spans":[[0,6],[12,18]]' in events[1].payload
    assert [event.actor_id for event in events] == [world.maker.party_id] * 2 + [world.outlet.party_id]


def test_one_request_takes_in_several_shipments_of_several_batches(world: World) -> None:
    batch, other = world.register_batch(), world.register_batch()
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    world.ship(world.maker, world.outlet, [*world.goods(batch, (6, 12)), *world.goods(other, (0, 1))])
    received = world.receive(world.outlet, [*world.goods(batch, (0, 12)), *world.goods(other, (0, 1))])
    assert sorted(movement.units for movement in received) == [1, 6, 6]
    assert len({movement.transfer_id for movement in received}) == 3
    assert world.holders(batch) == [(0, 12, "outlet"), (12, 24, "maker")]


def test_moving_a_million_units_writes_as_much_as_moving_one(world: World, dump: Dumps) -> None:
    def rows() -> int:
        return sum(len(found) for found in dump(world.database).values())

    added: list[int] = []
    for size in (2, 10_000_000):
        batch = world.register_batch(size=size, units_per_carton=1_000)
        before = rows()
        world.hand_over(world.maker, world.outlet, world.goods(batch, (0, size // 2)))
        added.append(rows() - before)
    assert added[0] == added[1]


@pytest.mark.parametrize("from_memory", [True, False])
def test_the_whereabouts_of_units_and_whether_a_package_is_divided(world: World, from_memory: bool) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.outlet, world.goods(batch, (6, 12)))
    picture = custody.picture(world.database, batch.batch_id)
    assert picture is not None

    def locate(start: int, stop: int) -> tuple[int, int, bool]:
        span, divided = (
            picture.locate(start, stop) if from_memory else custody.locate(world.database, batch.batch_id, start, stop)
        )
        return span.start, span.stop, divided

    assert locate(0, 6) == (0, 6, False)
    assert locate(0, 12) == (0, 6, True)
    assert locate(11, 12) == (6, 12, False)
    assert locate(12, 24) == (12, 24, False)


def test_a_unit_that_does_not_exist_is_nowhere(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    for batch_id, start in ((batch.batch_id, 24), (uuid4(), 0)):
        with refuses(NotKnown, "batch.unknown", field="batch_id"):
            custody.locate(world.database, batch_id, start, start + 1)


def test_a_batch_divided_too_finely_is_not_kept_in_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "MAX_PICTURE_ROWS", 3)
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (6, 12)))
    assert custody.picture(world.database, batch.batch_id) is not None
    world.ship(world.maker, world.outlet, world.goods(batch, (18, 20)))
    assert custody.picture(world.database, batch.batch_id) is None


def test_stock_and_what_is_on_its_way(world: World) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 12)))
    (first,) = world.ship(world.distributor, world.outlet, world.goods(batch, (0, 2), (4, 6)))
    world.later(days=1)
    (second,) = world.ship(world.maker, world.outlet, world.goods(batch, (12, 13)))
    with world.database.read() as connection:
        assert custody.holdings(connection, world.distributor.party_id) == [Holding(batch.batch_id, 2, 8)]
        assert custody.holdings(connection, world.outlet.party_id) == []
        inbound = custody.inbound(connection, world.outlet.party_id)
    assert [(each.transfer_id, each.from_id, each.units, each.shipped_at) for each in inbound] == [
        (first.movement_id, world.distributor.party_id, 4, first.occurred_at),
        (second.movement_id, world.maker.party_id, 1, second.occurred_at),
    ]
    assert inbound[0].intervals == (Interval(0, 2), Interval(4, 6))


def receive_transfer(world: World, receiver: Party, movement: Movement) -> list[Movement]:
    return world.database.write(
        lambda work: custody.receive_transfer(
            work, world.actor(receiver), receiver.party_id, movement.batch_id, movement.transfer_id
        )
    )


def test_a_whole_shipment_is_taken_in_at_once_whatever_is_left_of_it(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch, (0, 6), (12, 18)))
    world.receive(world.outlet, world.goods(batch, (2, 4)))
    (received,) = receive_transfer(world, world.outlet, shipped)
    assert received.intervals == (Interval(0, 2), Interval(4, 6), Interval(12, 18))
    assert world.holders(batch) == [
        (0, 6, "outlet"),
        (6, 12, "maker"),
        (12, 18, "outlet"),
        (18, 24, "maker"),
    ]
    with refuses(Conflict, "custody.received_before", field="transfer_id"):
        receive_transfer(world, world.outlet, shipped)


def test_a_shipment_of_others_is_not_ones_own(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    (received,) = world.receive(world.outlet, world.goods(batch, (0, 3)))
    for movement in (
        shipped,
        replace(shipped, transfer_id=uuid4()),
        replace(shipped, batch_id=uuid4()),
        replace(shipped, transfer_id=received.movement_id),
    ):
        with refuses(NotKnown, "transfer.unknown", field="transfer_id"):
            receive_transfer(world, world.second_outlet, movement)
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: custody.receive_transfer(
                work,
                world.actor(world.second_outlet),
                world.outlet.party_id,
                shipped.batch_id,
                shipped.transfer_id,
            )
        )


# ---------------------------------------------------------------------------------------------- refusals of ship


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


def test_nobody_ships_to_oneself_or_to_who_does_not_trade(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    with refuses(InvalidInput, "custody.receiver", field="to_id"):
        world.ship(world.maker, world.maker, world.goods(batch))
    for stranger in (world.agency, world.regulator, world.party(Role.LABORATORY)):
        with refuses(InvalidInput, "custody.receiver_role", field="to_id", party=stranger.name):
            world.ship(world.maker, stranger, world.goods(batch))
    with refuses(NotKnown, "party.unknown", field="to_id"):
        world.ship(world.maker, replace(world.outlet, party_id=uuid4()), world.goods(batch))
    with refuses(NotKnown, "party.unknown", field="from_id"):
        world.database.write(
            lambda work: custody.ship(work, OPERATOR, uuid4(), world.outlet.party_id, world.goods(batch))
        )


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


# ---------------------------------------------------------------------------------------------- licences


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


# ---------------------------------------------------------------------------------------------- refusals of receive


def test_what_was_not_shipped_to_one_cannot_be_received(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    with refuses(Conflict, "custody.not_in_transit", first=0, last=23, state="not_shipped_to_you"):
        world.receive(world.outlet, world.goods(batch))
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    with refuses(Conflict, "custody.not_in_transit", first=0, last=5, state="not_shipped_to_you"):
        world.receive(world.second_outlet, world.goods(batch, (0, 6)))
    with refuses(Conflict, "custody.not_in_transit", first=6, last=6, state="not_shipped_to_you"):
        world.receive(world.outlet, world.goods(batch, (0, 7)))
    with refuses(Conflict, "custody.not_in_transit", first=0, last=5, state="received"):
        world.receive(world.maker, world.goods(batch, (0, 6)))


def test_goods_are_received_once(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.receive(world.outlet, world.goods(batch, (0, 6)))
    for span in ((0, 6), (3, 9), (0, 12)):
        with refuses(Conflict, "custody.not_in_transit", first=span[0], last=5, state="received"):
            world.receive(world.outlet, world.goods(batch, span))
    with refuses(NotKnown, "party.unknown", field="to_id"):
        world.receive(replace(world.outlet, party_id=uuid4()), world.goods(batch, (6, 12)))


# ---------------------------------------------------------------------------------------------- refusals of codes


def test_codes_that_cannot_be_used_are_all_named_and_nothing_is_done(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    good = [world.code(batch, CARTON, index) for index in range(2)]
    beyond = world.keyring.encode(Scheme.PESTICIDE, batch.code_prefix, Place(batch.code_serial, UNIT, 24))
    unknown = with_check_digit("9" * 21)
    bad = [beyond, "不是码", unknown, ""]
    with refuses(InvalidInput, "custody.unusable_codes", field="codes", count=4, codes=bad):
        world.goods_of(good[0], bad[0], good[1], *bad[1:])


def test_of_very_many_bad_codes_a_hundred_are_named_and_none_at_length(world: World, refuses: Refuses) -> None:
    bad = [f"{number:04d}{'长' * 100}" for number in range(150)]
    named = [text[:60] for text in bad[:MAX_OFFENDERS]]
    with refuses(InvalidInput, "custody.unusable_codes", count=150, codes=named):
        world.goods_of(*bad)


def test_a_thousand_codes_are_taken_and_one_more_is_not(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    code = world.code(batch)
    most = limits.MAX_CODES_PER_REQUEST
    assert world.goods_of(*[code] * most) == world.goods(batch, (0, 1))
    with refuses(InvalidInput, "custody.too_many_codes", field="codes", maximum=most):
        world.goods_of(*[code] * (most + 1))
    with refuses(InvalidInput, "custody.no_codes", field="codes"):
        world.goods_of()


def test_reading_codes_writes_nothing(world: World, unchanged: Unchanged) -> None:
    batch = world.register_batch()
    with unchanged(world.database):
        world.goods_of(world.code(batch, PALLET, 0))


# ---------------------------------------------------------------------------------------------- races


def race(world: World, acts: Sequence[tuple[Party, Party, list[Goods]]], receive: bool = False) -> list[str]:
    """Both at once; what each got: "done", or the code of its refusal."""
    barrier = Barrier(len(acts))

    def attempt(act: tuple[Party, Party, list[Goods]]) -> str:
        sender, receiver, goods = act
        barrier.wait(10)
        try:
            if receive:
                world.receive(receiver, goods)
            else:
                world.ship(sender, receiver, goods)
        except SuiyuanError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(attempt, acts))


@pytest.mark.parametrize("round_number", range(3))
def test_of_two_shipments_of_the_same_units_exactly_one_goes(world: World, round_number: int) -> None:
    batch = world.register_batch(size=24)
    results = race(
        world,
        [
            (world.maker, world.outlet, world.goods(batch, (0, 12))),
            (world.maker, world.second_outlet, world.goods(batch, (6 + round_number, 18))),
        ],
    )
    assert results == ["custody.not_held", "done"]
    shipped = [row for row in world.holders(batch) if ">" in row[2]]
    first, second = (0, 12, "maker>outlet"), (6 + round_number, 18, "maker>second_outlet")
    assert shipped in ([first], [second])


def test_four_shipments_of_neighbouring_units_all_go(world: World) -> None:
    batch = world.register_batch(size=24)
    acts = [(world.maker, world.outlet, world.goods(batch, (start, start + 6))) for start in (0, 6, 12, 18)]
    assert race(world, acts) == ["done"] * 4
    assert [row[:2] for row in world.holders(batch)] == [(0, 6), (6, 12), (12, 18), (18, 24)]
    assert race(world, acts, receive=True) == ["done"] * 4
    assert world.holders(batch) == [(0, 24, "outlet")]


def test_one_shipment_received_twice_at_once_is_received_once(world: World) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch))
    acts = [(world.maker, world.outlet, world.goods(batch))] * 2
    assert race(world, acts, receive=True) == ["custody.not_in_transit", "done"]
    assert world.holders(batch) == [(0, 24, "outlet")]


def test_a_stop_and_a_shipment_at_once_never_leave_a_shipment_after_the_stop(world: World) -> None:
    batch = world.register_batch(size=24)
    barrier = Barrier(2)

    def stop() -> str:
        barrier.wait(10)
        world.database.write(
            lambda work: batches.stop_batch(work, world.actor(world.maker), batch.batch_id, StopKind.RECALL, "渗漏")
        )
        return "stopped"

    def ship() -> str:
        barrier.wait(10)
        try:
            world.ship(world.maker, world.outlet, world.goods(batch))
        except Conflict as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(stop), pool.submit(ship)]
        results = [future.result() for future in futures]
    with world.database.read() as connection:
        kinds = [event.kind for event in ledger.list_events(connection, batch.batch_id)]
    if results[1] == "done":
        assert kinds == ["batch.registered", "custody.shipped", "batch.stopped"]
    else:
        assert results[1] == "custody.batch_stopped"
        assert kinds == ["batch.registered", "batch.stopped"]


def test_two_registrations_of_one_batch_at_once_make_one_batch(world: World) -> None:
    barrier = Barrier(2)
    new = world.new_batch(batch_number="同一批")

    def attempt(_: int) -> str:
        barrier.wait(10)
        try:
            world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))
        except Conflict as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == ["batch.duplicate", "done"]
