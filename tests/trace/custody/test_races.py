"""Two connections at once: of what cannot both be, exactly one happens, and the other is told what is in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, StopKind
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Movement, MovementKind, Outcome
from suiyuan.trace.custody.service import Arrival, Circumstances
from suiyuan.trace.kernel.errors import Conflict
from suiyuan.trace.ledger import service as ledger

if TYPE_CHECKING:
    from ...support.world import World

ROUNDS = pytest.mark.parametrize("round_number", range(3))
WHY = Circumstances(reason="试验")


def at_once(*acts: Callable[[], object]) -> list[Conflict | None]:
    """Does all acts at the same moment; for each the Conflict that it met, or None."""
    barrier = Barrier(len(acts))

    def attempt(act: Callable[[], object]) -> Conflict | None:
        barrier.wait(10)
        try:
            act()
        except Conflict as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(attempt, acts))


def codes(results: Sequence[Conflict | None]) -> list[str]:
    return ["done" if result is None else result.code for result in results]


def kinds(world: World, batch: Batch) -> list[str]:
    """The events of a batch since its registration."""
    with world.database.read() as connection:
        return [event.kind for event in ledger.list_events(connection, batch.batch_id)][1:]


@ROUNDS
def test_of_two_shipments_of_the_same_units_exactly_one_goes(world: World, round_number: int) -> None:
    batch = world.register_batch(size=24)
    first, second = (0, 12), (6 + round_number, 18)
    results = at_once(
        lambda: world.ship(world.maker, world.outlet, world.goods(batch, first)),
        lambda: world.ship(world.maker, world.second_outlet, world.goods(batch, second)),
    )
    (refusal,) = [result for result in results if result is not None]
    assert refusal.code == "custody.not_held"
    assert refusal.evidence["in_the_way"] == [f"{6 + round_number}-11: in_transit"]
    shipped = [row for row in world.holders(batch) if ">" in row[2]]
    assert shipped == ([(*first, "maker>outlet")] if results[0] is None else [(*second, "maker>second_outlet")])


@ROUNDS
def test_what_is_sold_and_shipped_at_once_goes_one_way(world: World, round_number: int) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.distributor, world.goods(batch))
    results = at_once(
        lambda: world.sell(world.distributor, world.goods(batch, (round_number, 12))),
        lambda: world.ship(world.distributor, world.outlet, world.goods(batch, (11, 20))),
    )
    assert sorted(codes(results)) == ["custody.not_held", "done"]
    if results[0] is None:
        assert results[1] is not None and results[1].evidence["in_the_way"] == ["11-11: sold"]
        assert (round_number, 12, "distributor:sold") in world.holders(batch)
    else:
        assert results[0].evidence["in_the_way"] == ["11-11: in_transit"]
        assert (11, 20, "distributor>outlet") in world.holders(batch)


@ROUNDS
def test_a_shipment_undone_and_received_at_once_is_one_or_the_other(world: World, round_number: int) -> None:
    batch = world.register_batch(size=24)
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    undone, received = at_once(
        lambda: world.undo(world.maker, shipped),
        lambda: world.receive(world.outlet, world.goods(batch, (round_number, round_number + 1))),
    )
    if undone is None:
        assert codes([received]) == ["custody.not_in_transit"]
        assert world.holders(batch) == [(0, 24, "maker")]
    else:
        assert (undone.code, undone.evidence["first"], received) == ("undo.acted_on", round_number, None)
        assert (round_number, round_number + 1, "outlet") in world.holders(batch)


@ROUNDS
def test_what_is_settled_as_lost_and_arrives_at_once_is_one_or_the_other(world: World, round_number: int) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    arrived = world.goods(batch, (0, 6 + round_number))
    world.act(world.outlet, custody.receive, arrived, arrival=Arrival(is_complete=True))
    with world.database.read() as connection:
        (short,) = custody.list_discrepancies(connection, world.maker.party_id)
    rest = (6 + round_number, 12)

    def settle() -> object:
        given = (batch.batch_id, short.discrepancy_id, Outcome.LOST, "丢了")
        return world.act(world.maker, custody.settle, *given)

    settled, received = at_once(settle, lambda: world.receive(world.outlet, world.goods(batch, rest)))
    with world.database.read() as connection:
        (found,) = custody.list_discrepancies(connection, world.maker.party_id, is_open=False)
    if settled is None:
        assert codes([received]) == ["custody.not_in_transit"]
        assert found.outcome is Outcome.LOST
        assert world.holders(batch)[1] == (*rest, "maker:written_off")
    else:
        assert (settled.code, received) == ("discrepancy.settled", None)
        assert found.outcome is Outcome.ARRIVED
        assert world.holders(batch)[0] == (0, 12, "outlet")


@ROUNDS
def test_what_is_seized_and_sold_at_once_is_seized_in_the_end(world: World, round_number: int) -> None:
    batch = world.register_batch(size=24)
    seized, sold = at_once(
        lambda: world.act(world.regulator, custody.seize, world.goods(batch), WHY),
        lambda: world.sell(world.maker, world.goods(batch, (round_number, round_number + 2))),
    )
    assert seized is None
    assert world.holders(batch) == [(0, 24, "regulator:seized")]
    way = [step.kind for step in custody.way(world.database, batch.batch_id, round_number)]
    if sold is None:
        assert way == [MovementKind.SELL, MovementKind.SEIZE]
    else:
        assert (sold.code, sold.evidence["state"], way) == ("custody.not_held", "other_holder", [MovementKind.SEIZE])


@ROUNDS
def test_one_movement_undone_twice_at_once_is_undone_once(world: World, round_number: int) -> None:
    batch = world.register_batch(size=24)
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch, (0, 6 + round_number)))
    results = at_once(*[lambda: world.undo(world.maker, shipped)] * 2)
    assert sorted(codes(results)) == ["done", "undo.done_before"]
    assert kinds(world, batch) == ["custody.shipped", "custody.undone"]


def test_four_shipments_of_neighbouring_units_all_go(world: World) -> None:
    batch = world.register_batch(size=24)
    quarters = [(start, start + 6) for start in (0, 6, 12, 18)]
    shipped: list[Movement] = []

    def ship(quarter: tuple[int, int]) -> None:
        shipped.extend(world.ship(world.maker, world.outlet, world.goods(batch, quarter)))

    assert codes(at_once(*[lambda quarter=quarter: ship(quarter) for quarter in quarters])) == ["done"] * 4
    with world.database.read() as connection:
        spans = custody.spans_of(connection, batch.batch_id)
    assert [(span.start, span.stop) for span in spans] == quarters
    assert {span.movement_id for span in spans} == {each.movement_id for each in shipped}
    receipts = [
        lambda quarter=quarter: world.receive(world.outlet, world.goods(batch, quarter)) for quarter in quarters
    ]
    assert codes(at_once(*receipts)) == ["done"] * 4
    assert world.holders(batch) == [(0, 24, "outlet")]


def test_one_shipment_received_twice_at_once_is_received_once(world: World) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch))
    results = at_once(*[lambda: world.receive(world.outlet, world.goods(batch))] * 2)
    assert sorted(codes(results)) == ["custody.not_in_transit", "done"]
    (refusal,) = [result for result in results if result is not None]
    assert refusal.evidence["in_the_way"] == ["0-23: received"]
    assert world.holders(batch) == [(0, 24, "outlet")]


@ROUNDS
def test_a_stop_and_a_shipment_at_once_never_leave_a_shipment_after_the_stop(world: World, round_number: int) -> None:
    batch = world.register_batch(size=24)
    recall = (world.actor(world.maker), batch.batch_id, StopKind.RECALL, "渗漏")
    stopped, shipped = at_once(
        lambda: world.database.write(lambda work: batches.stop_batch(work, *recall)),
        lambda: world.ship(world.maker, world.outlet, world.goods(batch, (round_number, 24))),
    )
    assert stopped is None
    if shipped is None:
        assert kinds(world, batch) == ["custody.shipped", "batch.stopped"]
    else:
        assert shipped.code == "custody.batch_stopped"
        assert kinds(world, batch) == ["batch.stopped"]


def test_two_registrations_of_one_batch_at_once_make_one_batch(world: World) -> None:
    new = world.new_batch(batch_number="同一批")

    def register() -> Batch:
        return world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))

    assert sorted(codes(at_once(register, register))) == ["batch.duplicate", "done"]
