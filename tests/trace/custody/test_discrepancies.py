"""What did not arrive as it was shipped: short, over, damaged; who may settle it, on what, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Discrepancy, DiscrepancyKind, Interval, Movement, MovementKind, Outcome
from suiyuan.trace.custody.service import Arrival, Circumstances
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import Activity, Party, Role

if TYPE_CHECKING:
    from ...support.protocols import Refuses
    from ...support.world import World

WHY = Circumstances(reason="查封")
SHORT, OVER, DAMAGED = DiscrepancyKind


def receive(
    world: World, batch: Batch, *spans: tuple[int, int], damaged: tuple[int, int] | None = None, **arrival: bool
) -> list[Movement]:
    """The outlet takes in `spans`; `damaged` comes beside them."""
    spoilt = tuple(world.goods(batch, damaged)) if damaged else ()
    goods = world.goods(batch, *spans) if spans else []
    given = Arrival(damaged=spoilt, note="少两瓶", **arrival)
    return world.act(world.outlet, custody.receive, goods, arrival=given)


def listed(world: World, party: Party, *, is_open: bool = True) -> list[Discrepancy]:
    with world.database.read() as connection:
        return custody.list_discrepancies(connection, party.party_id, is_open=is_open)


def settle(world: World, party: Party, found: Discrepancy, outcome: Outcome, note: str = "议定") -> Discrepancy:
    return world.act(party, custody.settle, found.batch_id, found.discrepancy_id, outcome, note)


def shipped(world: World, *spans: tuple[int, int]) -> Batch:
    """A batch of 24 of which `spans` are on their way from the distributor to the outlet."""
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.distributor, world.goods(batch))
    world.ship(world.distributor, world.outlet, world.goods(batch, *(spans or ((0, 12),))))
    return batch


# ---------------------------------------------------------------------------------------------- what opens them


def test_what_is_missing_of_a_complete_receipt_is_short_and_listed_for_both(world: World) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 4), (6, 8), is_complete=True)
    (found,) = listed(world, world.outlet)
    assert listed(world, world.distributor) == [found]
    assert listed(world, world.maker) == []
    assert (found.kind, found.units, found.note) == (SHORT, 6, "少两瓶")
    assert found.intervals == (Interval(4, 6), Interval(8, 12))
    assert (found.from_id, found.to_id) == (world.distributor.party_id, world.outlet.party_id)
    assert (found.opened_at, found.outcome, found.settled_at) == (world.clock.now(), None, None)
    assert world.holders(batch)[1] == (4, 6, "distributor>outlet")


def test_what_is_taken_in_bit_by_bit_is_no_shortage(world: World) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 4))
    receive(world, batch, (4, 12))
    assert listed(world, world.outlet) == listed(world, world.outlet, is_open=False) == []


def test_a_shortage_is_opened_once_and_ends_when_the_rest_arrives(world: World) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 4), is_complete=True)
    receive(world, batch, (4, 6), is_complete=True)
    (found,) = listed(world, world.outlet)
    assert found.intervals == (Interval(4, 12),)
    receive(world, batch, (6, 12))
    assert listed(world, world.outlet) == []
    (settled,) = listed(world, world.outlet, is_open=False)
    assert (settled.discrepancy_id, settled.outcome) == (found.discrepancy_id, Outcome.ARRIVED)


def test_a_shortage_ends_when_the_rest_is_refused(world: World) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 4), is_complete=True)
    world.act(world.outlet, custody.refuse, world.goods(batch, (4, 12)), Circumstances(reason="来晚了"))
    (settled,) = listed(world, world.outlet, is_open=False)
    assert settled.outcome is Outcome.RETURNED
    assert world.holders(batch) == [(0, 4, "outlet"), (4, 24, "distributor")]


def test_what_arrives_damaged_is_not_for_sale(world: World, refuses: Refuses) -> None:
    batch = shipped(world)
    damaged, sound = receive(world, batch, (0, 10), damaged=(10, 12))
    assert (damaged.kind, sound.kind) == (MovementKind.RECEIVE_DAMAGED, MovementKind.RECEIVE)
    assert world.holders(batch) == [(0, 10, "outlet"), (10, 12, "outlet:damaged"), (12, 24, "distributor")]
    (found,) = listed(world, world.distributor)
    assert (found.kind, found.intervals, found.movement_id) == (DAMAGED, (Interval(10, 12),), damaged.movement_id)
    with refuses(Conflict, "custody.not_held", state="damaged", units=2):
        world.sell(world.outlet, world.goods(batch, (9, 12)))


@pytest.mark.parametrize("with_surplus", [False, True])
def test_everything_may_arrive_damaged(world: World, with_surplus: bool) -> None:
    batch = shipped(world)
    receive(world, batch, damaged=(0, 12), with_surplus=with_surplus)
    assert world.holders(batch) == [(0, 12, "outlet:damaged"), (12, 24, "distributor")]
    assert [each.kind for each in listed(world, world.outlet)] == [DAMAGED]


def test_more_than_was_announced_is_a_surplus_only_where_the_receiver_says_so(world: World, refuses: Refuses) -> None:
    batch = shipped(world)
    with refuses(Conflict, "custody.not_in_transit", first=12, last=13, state="not_shipped_to_you"):
        receive(world, batch, (0, 14))
    (received,) = receive(world, batch, (0, 14), with_surplus=True)
    assert received.intervals == (Interval(0, 12),)
    assert world.holders(batch) == [(0, 12, "outlet"), (12, 24, "distributor")]
    (found,) = listed(world, world.distributor)
    assert (found.kind, found.intervals, found.movement_id) == (OVER, (Interval(12, 14),), received.movement_id)


def test_a_surplus_may_be_of_another_batch_and_is_only_of_who_sent_something(world: World, refuses: Refuses) -> None:
    batch, other, makers = shipped(world), world.register_batch(size=6), world.register_batch(size=6)
    world.hand_over(world.maker, world.distributor, world.goods(other))
    extra = Arrival(with_surplus=True)
    with refuses(Conflict, "custody.not_in_transit", batch_number=makers.batch_number):
        world.act(world.outlet, custody.receive, [*world.goods(batch, (0, 12)), *world.goods(makers)], arrival=extra)
    world.act(world.outlet, custody.receive, [*world.goods(batch, (0, 12)), *world.goods(other, (0, 2))], arrival=extra)
    (found,) = listed(world, world.outlet)
    assert (found.batch_id, found.kind, found.intervals) == (other.batch_id, OVER, (Interval(0, 2),))


def test_a_receipt_with_everything_wrong_opens_one_of_each(world: World) -> None:
    batch = shipped(world)
    receive(world, batch, (2, 8), (12, 13), damaged=(0, 2), is_complete=True, with_surplus=True)
    found = {each.kind: each.intervals for each in listed(world, world.outlet)}
    assert found == {SHORT: (Interval(8, 12),), OVER: (Interval(12, 13),), DAMAGED: (Interval(0, 2),)}
    with world.database.read() as connection:
        kinds = [event.kind for event in ledger.list_events(connection, batch.batch_id)]
    assert kinds.count("custody.discrepancy_opened") == 3


# ---------------------------------------------------------------------------------------------- settling


def test_what_never_left_is_the_senders_again(world: World) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 8), is_complete=True)
    (found,) = listed(world, world.distributor)
    settled = settle(world, world.distributor, found, Outcome.NOT_SENT)
    assert (settled.outcome, settled.settled_by_id) == (Outcome.NOT_SENT, world.distributor.party_id)
    assert listed(world, world.outlet) == []
    assert listed(world, world.outlet, is_open=False) == [settled]
    assert world.holders(batch) == [(0, 8, "outlet"), (8, 24, "distributor")]
    last = custody.way(world.database, batch.batch_id, 8)[-1]
    assert (last.kind, last.transfer_id) == (MovementKind.SETTLE_FOUND, found.transfer_id)


def test_what_was_lost_on_the_way_is_written_off_by_its_sender(world: World) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 8), is_complete=True)
    (found,) = listed(world, world.distributor)
    settle(world, world.distributor, found, Outcome.LOST)
    assert world.holders(batch) == [(0, 8, "outlet"), (8, 12, "distributor:written_off"), (12, 24, "distributor")]


def test_of_a_shortage_only_what_is_still_missing_is_settled(world: World) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 6), is_complete=True)
    (found,) = listed(world, world.distributor)
    receive(world, batch, (6, 8))
    settle(world, world.distributor, found, Outcome.LOST)
    assert world.holders(batch)[:2] == [(0, 8, "outlet"), (8, 12, "distributor:written_off")]


def test_a_shortage_is_settled_also_where_an_authority_has_taken_the_goods(world: World) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 8), is_complete=True)
    world.act(world.regulator, custody.seize, world.goods(batch, (8, 12)), WHY)
    (found,) = listed(world, world.distributor)
    settle(world, world.distributor, found, Outcome.LOST)
    assert world.holders(batch) == [(0, 8, "outlet"), (8, 12, "regulator:seized"), (12, 24, "distributor")]
    assert listed(world, world.distributor) == []


def test_a_surplus_that_was_sent_is_the_receivers(world: World) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 14), with_surplus=True)
    (found,) = listed(world, world.outlet)
    settle(world, world.distributor, found, Outcome.SENT)
    assert world.holders(batch) == [(0, 14, "outlet"), (14, 24, "distributor")]


@pytest.mark.parametrize("who", ["distributor", "outlet"])
def test_a_surplus_that_went_back_moves_nothing(world: World, who: str) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 14), with_surplus=True)
    (found,) = listed(world, world.outlet)
    assert settle(world, getattr(world, who), found, Outcome.RETURNED).outcome is Outcome.RETURNED
    assert world.holders(batch) == [(0, 12, "outlet"), (12, 24, "distributor")]


@pytest.mark.parametrize("who", ["distributor", "outlet"])
def test_damage_is_accepted_by_either_party(world: World, who: str) -> None:
    batch = shipped(world)
    receive(world, batch, (2, 12), damaged=(0, 2))
    (found,) = listed(world, world.outlet)
    settled = settle(world, getattr(world, who), found, Outcome.ACCEPTED, note="退一半货款")
    assert (settled.settlement_note, settled.settled_at) == ("退一半货款", world.clock.now())
    assert world.holders(batch)[0] == (0, 2, "outlet:damaged")


# ---------------------------------------------------------------------------------------------- refusals


def test_a_discrepancy_is_unknown_to_whom_it_does_not_concern(world: World, refuses: Refuses) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 8), is_complete=True)
    (found,) = listed(world, world.outlet)
    for party in (world.maker, world.second_outlet):
        with refuses(NotKnown, "discrepancy.unknown", field="discrepancy_id"):
            settle(world, party, found, Outcome.LOST)
    ids: list[tuple[UUID, UUID]] = [(uuid4(), found.discrepancy_id), (found.batch_id, uuid4())]
    for batch_id, discrepancy_id in ids:
        with refuses(NotKnown, "discrepancy.unknown"):
            world.act(world.distributor, custody.settle, batch_id, discrepancy_id, Outcome.LOST, "丢了")
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: custody.settle(
                work,
                world.actor(world.outlet),
                world.distributor.party_id,
                batch.batch_id,
                found.discrepancy_id,
                Outcome.LOST,
                "丢了",
            )
        )


def test_each_kind_is_settled_in_its_own_way_only(world: World, refuses: Refuses) -> None:
    fitting = {
        SHORT: {Outcome.NOT_SENT, Outcome.LOST},
        OVER: {Outcome.SENT, Outcome.RETURNED},
        DAMAGED: {Outcome.ACCEPTED},
    }
    batch = shipped(world)
    receive(world, batch, (2, 8), (12, 13), damaged=(0, 2), is_complete=True, with_surplus=True)
    for found in listed(world, world.distributor):
        allowed = ", ".join(sorted(outcome.value for outcome in fitting[found.kind]))
        for outcome in set(Outcome) - fitting[found.kind]:
            with refuses(InvalidInput, "discrepancy.outcome", field="outcome", allowed=allowed):
                settle(world, world.distributor, found, outcome)


def test_only_the_sender_says_what_became_of_its_goods(world: World, refuses: Refuses) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 8), (12, 13), is_complete=True, with_surplus=True)
    found = {each.kind: each for each in listed(world, world.outlet)}
    for kind, outcome in ((SHORT, Outcome.NOT_SENT), (SHORT, Outcome.LOST), (OVER, Outcome.SENT)):
        with refuses(Conflict, "discrepancy.sender_only", field="outcome"):
            settle(world, world.outlet, found[kind], outcome)


def test_a_discrepancy_is_settled_once_and_with_a_note(world: World, refuses: Refuses) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 8), is_complete=True)
    (found,) = listed(world, world.outlet)
    with refuses(InvalidInput, "text.missing", field="note"):
        settle(world, world.distributor, found, Outcome.LOST, note=" ")
    settle(world, world.distributor, found, Outcome.LOST)
    with refuses(Conflict, "discrepancy.settled", field="discrepancy_id"):
        settle(world, world.distributor, found, Outcome.NOT_SENT)


def test_a_surplus_that_went_elsewhere_meanwhile_was_not_sent(world: World, refuses: Refuses) -> None:
    batch = shipped(world)
    receive(world, batch, (0, 14), with_surplus=True)
    (found,) = listed(world, world.distributor)
    world.ship(world.distributor, world.second_outlet, world.goods(batch, (13, 14)))
    with refuses(Conflict, "custody.not_held", first=13, last=13, state="in_transit"):
        settle(world, world.distributor, found, Outcome.SENT)
    settle(world, world.distributor, found, Outcome.RETURNED)


def test_a_surplus_goes_only_to_who_may_deal_with_it(world: World, refuses: Refuses) -> None:
    shop = world.party(Role.OUTLET)
    batch, seed = world.register_batch(size=24), world.register_batch(world.seed, size=6)
    world.database.write(lambda work: world.license(work, shop, "pesticide", Activity.TRADE))
    world.ship(world.maker, shop, world.goods(batch))
    extra = Arrival(with_surplus=True)
    world.act(shop, custody.receive, [*world.goods(batch), *world.goods(seed)], arrival=extra)
    (found,) = listed(world, shop)
    with refuses(NotAllowed, "licence.missing", kind="seed", party=shop.name):
        settle(world, world.maker, found, Outcome.SENT)
