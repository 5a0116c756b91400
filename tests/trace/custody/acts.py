"""One act of each kind, on goods that are divided already: what is done, and who did it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import DiscrepancyKind, Movement, MovementKind, Outcome, WriteOffCause
from suiyuan.trace.custody.service import Arrival, Circumstances
from suiyuan.trace.parties.model import Party

if TYPE_CHECKING:
    from ...support.world import World

WHY = Circumstances(reason="试验")

Acted = tuple[Party, list[Movement]]
Act = Callable[["World", Batch], Acted]


def scattered(world: World) -> Batch:
    """A batch of 24 whose first half is with the outlet in several spans: two receipts, two sites, some damaged."""
    batch = world.register_batch(size=24)
    site = world.site(world.outlet, "门店")
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.act(world.outlet, custody.receive, world.goods(batch, (0, 4)), Circumstances(site.site_id))
    damaged = Arrival(damaged=tuple(world.goods(batch, (8, 10))))
    world.act(world.outlet, custody.receive, world.goods(batch, (4, 8)), arrival=damaged)
    world.act(world.outlet, custody.receive, world.goods(batch, (10, 12)))
    return batch


def _ship(world: World, batch: Batch) -> Acted:
    return world.outlet, world.ship(world.outlet, world.second_outlet, world.goods(batch, (2, 6)))


def _return(world: World, batch: Batch) -> Acted:
    goods = world.goods(batch, (2, 12))
    return world.outlet, world.act(world.outlet, custody.send_back, world.maker.party_id, goods, WHY)


def _receive(world: World, batch: Batch) -> Acted:
    world.ship(world.outlet, world.second_outlet, world.goods(batch, (2, 6)))
    return world.second_outlet, world.receive(world.second_outlet, world.goods(batch, (3, 5)))


def _receive_damaged(world: World, batch: Batch) -> Acted:
    world.ship(world.outlet, world.second_outlet, world.goods(batch, (2, 6)))
    damaged = Arrival(damaged=tuple(world.goods(batch, (3, 5))))
    return world.second_outlet, world.act(world.second_outlet, custody.receive, [], arrival=damaged)


def _refuse(world: World, batch: Batch) -> Acted:
    world.ship(world.outlet, world.second_outlet, world.goods(batch, (2, 6)))
    return world.second_outlet, world.act(world.second_outlet, custody.refuse, world.goods(batch, (3, 5)), WHY)


def _refuse_damaged(world: World, batch: Batch) -> Acted:
    world.act(world.outlet, custody.send_back, world.maker.party_id, world.goods(batch, (8, 10)), WHY)
    return world.maker, world.act(world.maker, custody.refuse, world.goods(batch, (8, 10)), WHY)


def _relocate(world: World, batch: Batch) -> Acted:
    return world.outlet, world.act(world.outlet, custody.relocate, None, world.goods(batch, (0, 12)))


def _unpack(world: World, batch: Batch) -> Acted:
    return world.outlet, world.act(world.outlet, custody.unpack, world.goods(batch, (6, 12)))


def _repack(world: World, batch: Batch) -> Acted:
    return world.outlet, world.act(world.outlet, custody.repack, 0, world.goods(batch, (6, 8)))


def _sell(world: World, batch: Batch) -> Acted:
    return world.outlet, world.sell(world.outlet, world.goods(batch, (2, 6)))


def _take_back(world: World, batch: Batch) -> Acted:
    world.sell(world.outlet, world.goods(batch, (2, 6)))
    return world.outlet, world.act(world.outlet, custody.take_back, world.goods(batch, (3, 4)), WHY)


def _write_off(world: World, batch: Batch) -> Acted:
    return world.outlet, world.act(world.outlet, custody.write_off, WriteOffCause.LOST, world.goods(batch, (2, 12)))


def _sample(world: World, batch: Batch) -> Acted:
    return world.agency, world.act(world.agency, custody.sample, world.goods(batch, (6, 14)))


def _seize(world: World, batch: Batch) -> Acted:
    world.sell(world.outlet, world.goods(batch, (2, 6)))
    return world.regulator, world.act(world.regulator, custody.seize, world.goods(batch), WHY)


def _release(world: World, batch: Batch) -> Acted:
    _seize(world, batch)
    return world.regulator, world.act(world.regulator, custody.release, world.goods(batch, (1, 15)), WHY)


def _destroy(world: World, batch: Batch) -> Acted:
    return world.outlet, world.act(world.outlet, custody.destroy, world.goods(batch, (8, 10)), WHY)


def _settle(world: World, outcome: Outcome) -> Acted:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    arrival = Arrival(is_complete=True, with_surplus=True)
    world.act(world.outlet, custody.receive, world.goods(batch, (0, 4), (6, 8)), arrival=arrival)
    with world.database.read() as connection:
        found = custody.list_discrepancies(connection, world.maker.party_id)
    kind = DiscrepancyKind.OVER if outcome is Outcome.SENT else DiscrepancyKind.SHORT
    for each in found:
        if (each.batch_id, each.kind) == (batch.batch_id, kind):
            world.act(world.maker, custody.settle, batch.batch_id, each.discrepancy_id, outcome, "议定")
    place = 6 if outcome is Outcome.SENT else 4
    return world.maker, [_last(world, batch, place)]


def _settle_found(world: World, _: Batch) -> Acted:
    return _settle(world, Outcome.NOT_SENT)


def _settle_found_damaged(world: World, batch: Batch) -> Acted:
    world.act(world.outlet, custody.send_back, world.maker.party_id, world.goods(batch, (6, 10)), WHY)
    world.act(world.maker, custody.receive, world.goods(batch, (6, 8)), arrival=Arrival(is_complete=True))
    with world.database.read() as connection:
        found = custody.list_discrepancies(connection, world.maker.party_id)
    (short,) = [each for each in found if each.kind is DiscrepancyKind.SHORT]
    world.act(world.outlet, custody.settle, batch.batch_id, short.discrepancy_id, Outcome.NOT_SENT, "还在店里")
    return world.outlet, [_last(world, batch, 9)]


def _last(world: World, batch: Batch, place: int) -> Movement:
    """The newest movement of a unit."""
    last = custody.way(world.database, batch.batch_id, place)[-1]
    with world.database.read() as connection:
        found = custody.find_movement(connection, batch.batch_id, last.movement_id)
    assert found is not None
    return found


def _settle_lost(world: World, _: Batch) -> Acted:
    return _settle(world, Outcome.LOST)


def _settle_over(world: World, _: Batch) -> Acted:
    return _settle(world, Outcome.SENT)


def _undo(world: World, batch: Batch) -> Acted:
    party, (moved, *_) = _relocate(world, batch)
    return party, [world.undo(party, moved)]


ACTS: dict[MovementKind, Act] = {
    MovementKind.SHIP: _ship,
    MovementKind.RETURN: _return,
    MovementKind.RECEIVE: _receive,
    MovementKind.RECEIVE_DAMAGED: _receive_damaged,
    MovementKind.REFUSE: _refuse,
    MovementKind.REFUSE_DAMAGED: _refuse_damaged,
    MovementKind.RELOCATE: _relocate,
    MovementKind.UNPACK: _unpack,
    MovementKind.REPACK: _repack,
    MovementKind.SELL: _sell,
    MovementKind.TAKE_BACK: _take_back,
    MovementKind.WRITE_OFF: _write_off,
    MovementKind.SAMPLE: _sample,
    MovementKind.SEIZE: _seize,
    MovementKind.RELEASE: _release,
    MovementKind.DESTROY: _destroy,
    MovementKind.SETTLE_FOUND: _settle_found,
    MovementKind.SETTLE_FOUND_DAMAGED: _settle_found_damaged,
    MovementKind.SETTLE_LOST: _settle_lost,
    MovementKind.SETTLE_OVER: _settle_over,
    MovementKind.UNDO: _undo,
}
