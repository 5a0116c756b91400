"""Taking back a wrong scan, and giving back what was seized: goods are again exactly what they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, StopKind
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody import store
from suiyuan.trace.custody.model import MovementKind, Outcome, Span
from suiyuan.trace.custody.rules import UNDO_WITHIN
from suiyuan.trace.custody.service import Arrival, Circumstances
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger

from .acts import ACTS, scattered
from .plain import RIGHT_OF

if TYPE_CHECKING:
    from ...support.protocols import Refuses
    from ...support.world import World

WHY = Circumstances(reason="试验")


def spans(world: World, batch: Batch) -> list[Span]:
    with world.database.read() as connection:
        return custody.spans_of(connection, batch.batch_id)


def units(world: World, batch: Batch) -> dict[int, Span]:
    return {
        unit: replace(each, start=unit, stop=unit + 1)
        for each in spans(world, batch)
        for unit in range(each.start, each.stop)
    }


# ---------------------------------------------------------------------------------------------- undo, of every kind


def test_every_kind_of_movement_is_tried_below() -> None:
    assert set(ACTS) == set(MovementKind)


@pytest.mark.parametrize("kind", [kind for kind in MovementKind if RIGHT_OF[kind]["undo"] == "yes"])
def test_what_is_undone_leaves_every_unit_as_it_was(world: World, kind: MovementKind) -> None:
    batch = scattered(world)
    party, moved = ACTS[kind](world, batch)
    ids = {each.movement_id for each in moved}
    with world.database.read() as connection:
        found = {
            unit: replace(each, start=unit, stop=unit + 1)
            for movement_id in ids
            for each in store.before_of(connection, batch.batch_id, movement_id)
            for unit in range(each.start, each.stop)
        }
    others = units(world, batch)
    for movement in moved:
        assert movement.kind is kind
        world.undo(party, movement)
    assert found
    assert units(world, batch) == others | found
    assert not ids & {each.movement_id for each in spans(world, batch)}


@pytest.mark.parametrize("kind", [kind for kind in MovementKind if RIGHT_OF[kind]["undo"] == "no"])
def test_some_kinds_cannot_be_undone(world: World, refuses: Refuses, kind: MovementKind) -> None:
    party, (moved, *_) = ACTS[kind](world, scattered(world))
    assert moved.kind is kind
    with refuses(Conflict, "undo.kind", field="movement_id", kind=kind.value):
        world.undo(party, moved)


# ---------------------------------------------------------------------------------------------- undo


def test_a_wrong_scan_and_its_undo_both_stay_on_record(world: World) -> None:
    batch = scattered(world)
    before = spans(world, batch)
    _, (moved,) = ACTS[MovementKind.WRITE_OFF](world, batch)
    world.later(hours=1)
    undone = world.undo(world.outlet, moved)
    assert spans(world, batch) == before
    assert (undone.kind, undone.undoes_id, undone.intervals) == (MovementKind.UNDO, moved.movement_id, moved.intervals)
    assert (undone.from_id, undone.to_id, undone.party_id) == (moved.to_id, moved.from_id, moved.party_id)
    with world.database.read() as connection:
        kept = custody.find_movement(connection, batch.batch_id, moved.movement_id)
        events = ledger.list_events(connection, batch.batch_id)
    assert kept is not None and kept.undone_by_id == undone.movement_id
    assert [event.kind for event in events[-2:]] == ["custody.written_off", "custody.undone"]
    assert str(moved.movement_id) in events[-1].payload
    way = custody.way(world.database, batch.batch_id, 3)
    assert [step.kind for step in way] == [MovementKind.SHIP, MovementKind.RECEIVE]


def test_an_undone_shipment_may_be_sent_to_the_right_party(world: World) -> None:
    batch = world.register_batch(size=24)
    (wrong,) = world.ship(world.maker, world.outlet, world.goods(batch))
    world.undo(world.maker, wrong)
    with world.database.read() as connection:
        assert custody.inbound(connection, world.outlet.party_id) == []
    world.hand_over(world.maker, world.second_outlet, world.goods(batch))
    assert world.holders(batch) == [(0, 24, "second_outlet")]


def test_movements_are_undone_backwards_step_by_step(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch))
    (received,) = world.receive(world.outlet, world.goods(batch))
    (sold,) = world.sell(world.outlet, world.goods(batch, (3, 5)))
    with refuses(Conflict, "undo.acted_on", field="movement_id", first=3, last=4):
        world.undo(world.outlet, received)
    with refuses(Conflict, "undo.acted_on", first=0, last=2):
        world.undo(world.maker, shipped)
    for party, moved in ((world.outlet, sold), (world.outlet, received), (world.maker, shipped)):
        world.undo(party, moved)
    assert spans(world, batch) == [Span(0, 24, world.maker.party_id)]


def test_nothing_is_undone_after_another_party_acted_on_any_of_it(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch))
    world.receive(world.outlet, world.goods(batch, (23, 24)))
    with refuses(Conflict, "undo.acted_on", batch_number=batch.batch_number, first=23, last=23):
        world.undo(world.maker, shipped)
    (moved,) = world.act(world.outlet, custody.relocate, None, world.goods(batch, (23, 24)))
    world.act(world.regulator, custody.seize, world.goods(batch, (23, 24)), WHY)
    with refuses(Conflict, "undo.acted_on", first=23, last=23):
        world.undo(world.outlet, moved)


def test_what_was_undone_is_not_undone_again(world: World, refuses: Refuses) -> None:
    _, (moved,) = ACTS[MovementKind.SELL](world, scattered(world))
    undone = world.undo(world.outlet, moved)
    with refuses(Conflict, "undo.done_before", field="movement_id"):
        world.undo(world.outlet, moved)
    with refuses(Conflict, "undo.kind", kind="undo"):
        world.undo(world.outlet, undone)


def test_an_undo_has_its_time(world: World, refuses: Refuses) -> None:
    _, (moved,) = ACTS[MovementKind.SELL](world, scattered(world))
    world.clock.instant += UNDO_WITHIN + timedelta(seconds=1)
    with refuses(Conflict, "undo.too_late", field="movement_id", days=10):
        world.undo(world.outlet, moved)
    world.clock.instant -= timedelta(seconds=1)
    world.undo(world.outlet, moved)


def test_the_time_counts_from_when_it_was_recorded_here(world: World) -> None:
    batch = scattered(world)
    offline = Circumstances(captured_at=world.clock.now() - timedelta(days=30))
    (moved,) = world.act(world.outlet, custody.relocate, None, world.goods(batch, (0, 1)), offline)
    world.later(days=9)
    world.undo(world.outlet, moved)


def test_an_undo_is_made_by_who_acted_where_it_acted(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    site, other = world.site(world.maker, "库房"), world.site(world.maker, "门店")
    how = Circumstances(site.site_id)
    (shipped,) = world.act(world.maker, custody.ship, world.outlet.party_id, world.goods(batch), how)
    for party in (world.outlet, world.regulator):
        with refuses(NotKnown, "movement.unknown", field="movement_id"):
            world.undo(party, shipped)
    for site_id in (None, other.site_id):
        with refuses(Conflict, "undo.other_site", field="site_id"):
            world.undo(world.maker, shipped, Circumstances(site_id, "扫错了"))
    with refuses(InvalidInput, "text.missing", field="reason"):
        world.undo(world.maker, shipped, how)
    with refuses(NotKnown, "movement.unknown"):
        world.act(world.maker, custody.undo, batch.batch_id, uuid4(), WHY)
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: custody.undo(
                work, world.actor(world.outlet), world.maker.party_id, batch.batch_id, shipped.movement_id, WHY
            )
        )
    world.undo(world.maker, shipped)


def test_an_undone_receipt_ends_what_it_opened_unless_that_is_settled(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    complete = Arrival(is_complete=True)
    (received,) = world.act(world.outlet, custody.receive, world.goods(batch, (0, 8)), arrival=complete)
    world.undo(world.outlet, received)
    with world.database.read() as connection:
        assert custody.list_discrepancies(connection, world.maker.party_id) == []
        (ended,) = custody.list_discrepancies(connection, world.maker.party_id, is_open=False)
    assert ended.outcome is Outcome.UNDONE
    (received,) = world.act(world.outlet, custody.receive, world.goods(batch, (0, 8)), arrival=complete)
    with world.database.read() as connection:
        (found,) = custody.list_discrepancies(connection, world.maker.party_id)
    world.act(world.maker, custody.settle, batch.batch_id, found.discrepancy_id, Outcome.LOST, "丢了")
    with refuses(Conflict, "discrepancy.settled", field="movement_id"):
        world.undo(world.outlet, received)


def test_what_is_stopped_or_expired_meanwhile_is_still_undone(world: World) -> None:
    batch = world.register_batch(size=24, expires_on=world.today())
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch))
    recall = (world.actor(world.maker), batch.batch_id, StopKind.RECALL, "渗漏")
    world.database.write(lambda work: batches.stop_batch(work, *recall))
    world.later(days=2)
    world.undo(world.maker, shipped)
    assert world.holders(batch) == [(0, 24, "maker")]


# ---------------------------------------------------------------------------------------------- release


def test_released_goods_are_what_they_were_with_whom_they_were(world: World) -> None:
    batch = scattered(world)
    world.sell(world.outlet, world.goods(batch, (2, 6)))
    (shipped,) = world.ship(world.maker, world.second_outlet, world.goods(batch, (12, 18)))
    before = spans(world, batch)
    world.act(world.regulator, custody.seize, world.goods(batch), WHY)
    assert world.holders(batch) == [(0, 24, "regulator:seized")]
    released = world.act(world.regulator, custody.release, world.goods(batch), WHY)
    assert {each.to_id for each in released} == {world.outlet.party_id, world.maker.party_id}
    assert {(each.kind, each.from_id) for each in released} == {(MovementKind.RELEASE, world.regulator.party_id)}
    by_holder = {each.to_id: each.movement_id for each in released}

    def unmarked(found: list[Span]) -> list[tuple[object, ...]]:
        return [
            (unit, each.holder_id, each.state, each.receiver_id, each.transfer_id, each.site_id)
            for each in found
            for unit in range(each.start, each.stop)
        ]

    assert unmarked(spans(world, batch)) == unmarked(before)
    assert all(each.movement_id == by_holder[each.holder_id] for each in spans(world, batch))
    (received,) = world.receive(world.second_outlet, world.goods(batch, (12, 18)))
    assert received.transfer_id == shipped.movement_id


def test_part_of_a_seizure_is_released_and_part_of_that_seized_again(world: World) -> None:
    batch = world.register_batch(size=24)
    world.act(world.regulator, custody.seize, world.goods(batch, (0, 12)), WHY)
    world.act(world.regulator, custody.release, world.goods(batch, (4, 8)), WHY)
    assert world.holders(batch) == [
        (0, 4, "regulator:seized"),
        (4, 8, "maker"),
        (8, 12, "regulator:seized"),
        (12, 24, "maker"),
    ]
    world.act(world.regulator, custody.seize, world.goods(batch, (6, 7)), WHY)
    world.act(world.regulator, custody.release, world.goods(batch, (6, 7), (8, 12)), WHY)
    assert world.holders(batch) == [(0, 4, "regulator:seized"), (4, 24, "maker")]


def test_only_what_an_authority_has_seized_is_released_by_it(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.act(world.regulator, custody.seize, world.goods(batch, (0, 6)), WHY)
    with refuses(NotAllowed, "access.role", needed="regulator"):
        world.act(world.agency, custody.release, world.goods(batch, (0, 6)), WHY)
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: custody.release(
                work, world.actor(world.maker), world.regulator.party_id, world.goods(batch, (0, 6)), WHY
            )
        )
    with refuses(InvalidInput, "text.missing", field="reason"):
        world.act(world.regulator, custody.release, world.goods(batch, (0, 6)))
    with refuses(Conflict, "custody.not_held", field="codes", first=6, last=6, state="other_holder"):
        world.act(world.regulator, custody.release, world.goods(batch, (5, 7)), WHY)
    world.act(world.regulator, custody.destroy, world.goods(batch, (0, 1)), WHY)
    with refuses(Conflict, "custody.not_held", first=0, last=0, state="destroyed"):
        world.act(world.regulator, custody.release, world.goods(batch, (0, 6)), WHY)
    foreign = Circumstances(world.site(world.maker).site_id, "试验")
    with refuses(NotKnown, "site.unknown", field="site_id"):
        world.act(world.regulator, custody.release, world.goods(batch, (1, 6)), foreign)
    with refuses(InvalidInput, "custody.outside_batch", field="spans"):
        world.act(world.regulator, custody.release, world.goods(batch, (5, 25)), WHY)
    with refuses(InvalidInput, "custody.no_codes", field="codes"):
        world.act(world.regulator, custody.release, [], WHY)


def test_a_release_captured_offline_keeps_its_own_time(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.act(world.regulator, custody.seize, world.goods(batch), WHY)
    captured_at = world.clock.now() + timedelta(hours=1)
    world.later(days=1)
    how = Circumstances(reason="查清", captured_at=captured_at)
    (released,) = world.act(world.regulator, custody.release, world.goods(batch, (0, 6)), how)
    assert (released.occurred_at, released.recorded_at) == (captured_at, world.clock.now())
    ahead = replace(how, captured_at=world.clock.now() + timedelta(days=1))
    with refuses(InvalidInput, "custody.captured_in_future", field="captured_at"):
        world.act(world.regulator, custody.release, world.goods(batch, (6, 12)), ahead)
