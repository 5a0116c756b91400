"""From hand to hand: ship, receive, refuse, return, and what each of them refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Holding, Interval, Movement, MovementKind
from suiyuan.trace.custody.service import Circumstances
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import OPERATOR, Party, Role

if TYPE_CHECKING:
    from ...support.protocols import Dumps, Refuses
    from ...support.world import World

UNIT, CARTON, PALLET = Level.UNIT, Level.CARTON, Level.PALLET
WHY = Circumstances(reason="包装破损")


def test_a_new_batch_is_wholly_its_makers(world: World) -> None:
    batch = world.register_batch(size=25)
    assert world.holders(batch) == [(0, 25, "maker")]
    with world.database.read() as connection:
        assert custody.holdings(connection, world.maker.party_id) == [Holding(batch.batch_id, 1, 25)]
        assert custody.inbound(connection, world.maker.party_id) == []


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


# ---------------------------------------------------------------------------------------------- refusing


def test_what_is_refused_is_the_senders_again_where_it_was(world: World) -> None:
    batch = world.register_batch(size=24)
    site = world.site(world.maker)
    world.act(world.maker, custody.relocate, site.site_id, world.goods(batch))
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    (refused,) = world.act(world.outlet, custody.refuse, world.goods(batch, (0, 6)), WHY)
    assert (refused.kind, refused.transfer_id, refused.reason) == (MovementKind.REFUSE, shipped.movement_id, "包装破损")
    assert (refused.from_id, refused.to_id) == (world.outlet.party_id, world.maker.party_id)
    assert world.holders(batch) == [(0, 6, "maker"), (6, 12, "maker>outlet"), (12, 24, "maker")]
    with world.database.read() as connection:
        assert {span.site_id for span in custody.spans_of(connection, batch.batch_id)} == {site.site_id}


def test_a_whole_shipment_is_refused_once(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.receive(world.outlet, world.goods(batch, (0, 6)))
    given = (batch.batch_id, shipped.movement_id, WHY)
    (refused,) = world.act(world.outlet, custody.refuse_transfer, *given)
    assert refused.intervals == (Interval(6, 12),)
    with refuses(Conflict, "custody.received_before", field="transfer_id"):
        world.act(world.outlet, custody.refuse_transfer, *given)


def test_refusing_needs_a_reason_and_goods_on_their_way_to_one(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    with refuses(InvalidInput, "text.missing", field="reason"):
        world.act(world.outlet, custody.refuse, world.goods(batch, (0, 12)))
    with refuses(Conflict, "custody.not_in_transit", first=0, last=11, state="not_shipped_to_you"):
        world.act(world.second_outlet, custody.refuse, world.goods(batch, (0, 12)), WHY)
    with refuses(Conflict, "custody.not_in_transit", first=12, last=12, units=1):
        world.act(world.outlet, custody.refuse, world.goods(batch, (0, 13)), WHY)
    with refuses(NotKnown, "transfer.unknown", field="transfer_id"):
        world.act(world.second_outlet, custody.refuse_transfer, batch.batch_id, shipped.movement_id, WHY)
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: custody.refuse(
                work, world.actor(world.maker), world.outlet.party_id, world.goods(batch, (0, 12)), WHY
            )
        )
