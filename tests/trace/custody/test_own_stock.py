"""What a party does with its own stock: other sites, cartons broken up and re-packed, written off, destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from suiyuan.trace.batches import packing
from suiyuan.trace.batches.contents import Packages, PackingException
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import MovementKind, WriteOffCause
from suiyuan.trace.custody.service import Arrival, Circumstances
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import service as parties

if TYPE_CHECKING:
    from ...support.protocols import Refuses
    from ...support.world import World

WHY = Circumstances(reason="受潮")


def sites(world: World, batch: Batch) -> list[tuple[int, int, UUID | None]]:
    with world.database.read() as connection:
        return [(span.start, span.stop, span.site_id) for span in custody.spans_of(connection, batch.batch_id)]


def carton(world: World, batch: Batch, index: int) -> dict[UUID, list[tuple[int, int]]]:
    """The units in a carton, by batch."""
    with world.database.read() as connection:
        found = packing.units_of(connection, [Packages(batch.batch_id, 1, index, index + 1)])
    return {batch_id: [(each.start, each.stop) for each in units] for batch_id, units in found.items()}


# ---------------------------------------------------------------------------------------------- sites


def test_goods_move_between_sites_of_one_party(world: World) -> None:
    batch = world.register_batch(size=24)
    store, shop = world.site(world.maker, "库房"), world.site(world.maker, "门店")
    world.act(world.maker, custody.relocate, store.site_id, world.goods(batch))
    (moved,) = world.act(world.maker, custody.relocate, shop.site_id, world.goods(batch, (0, 6)))
    world.act(world.maker, custody.relocate, None, world.goods(batch, (6, 12)))
    assert (moved.kind, moved.site_id, moved.from_id) == (MovementKind.RELOCATE, shop.site_id, moved.to_id)
    assert sites(world, batch) == [(0, 6, shop.site_id), (6, 12, None), (12, 24, store.site_id)]


def test_goods_go_only_to_ones_own_open_sites(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    own, foreign = world.site(world.maker), world.site(world.outlet)
    for site_id in (foreign.site_id, uuid4()):
        with refuses(NotKnown, "site.unknown", field="site_id"):
            world.act(world.maker, custody.relocate, site_id, world.goods(batch))
    world.act(world.maker, parties.close_site, own.site_id)
    with refuses(Conflict, "site.closed", name=own.name):
        world.act(world.maker, custody.relocate, own.site_id, world.goods(batch))
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    with refuses(Conflict, "custody.not_held", first=0, last=5, state="in_transit"):
        world.act(world.maker, custody.relocate, None, world.goods(batch))
    with refuses(Conflict, "custody.not_held", state="other_holder"):
        world.act(world.outlet, custody.relocate, foreign.site_id, world.goods(batch, (0, 6)))
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(
            lambda work: custody.relocate(
                work, world.actor(world.outlet), world.maker.party_id, None, world.goods(batch, (6, 12))
            )
        )


# ---------------------------------------------------------------------------------------------- cartons


def test_a_carton_that_was_broken_up_stands_for_nothing(world: World) -> None:
    batch = world.register_batch(size=24)
    code = world.code(batch, Level.CARTON, 1)
    (opened,) = world.act(world.maker, custody.unpack, world.goods_of(code), Circumstances(reason="零卖"))
    assert (opened.kind, opened.units) == (MovementKind.UNPACK, 6)
    assert carton(world, batch, 1) == {batch.batch_id: []}
    assert [each.intervals for each in world.goods_of(code)] == [()]
    with world.database.read() as connection:
        kinds = [event.kind for event in ledger.list_events(connection, batch.batch_id)]
    assert kinds == ["batch.registered", "custody.unpacked", "packing.recorded"]


def test_units_are_packed_into_another_carton_beside_what_is_in_it(world: World) -> None:
    batch = world.register_batch(size=24)
    world.act(world.maker, custody.unpack, world.goods(batch, (0, 6)))
    (packed,) = world.act(world.maker, custody.repack, 2, world.goods(batch, (0, 2), (5, 6)))
    assert packed.kind is MovementKind.REPACK
    assert carton(world, batch, 2) == {batch.batch_id: [(0, 2), (5, 6), (12, 18)]}
    assert carton(world, batch, 0) == {batch.batch_id: []}
    spare = batch.packing.count_at(1, batch.size)
    world.act(world.maker, custody.repack, spare, world.goods(batch, (2, 5)))
    assert carton(world, batch, spare) == {batch.batch_id: [(2, 5)]}
    assert [each.intervals for each in world.goods_of(world.code(batch, Level.CARTON, spare))] == [
        each.intervals for each in world.goods(batch, (2, 5))
    ]


def test_a_carton_holds_units_of_one_batch_and_exists(world: World, refuses: Refuses) -> None:
    batch, other = world.register_batch(size=24), world.register_batch(size=24)
    with refuses(InvalidInput, "custody.several_batches", field="codes"):
        both = [*world.goods(batch, (0, 1)), *world.goods(other, (0, 1))]
        world.act(world.maker, custody.repack, 1, both)
    last = batch.packages_at(1) - 1
    for index in (-1, last + 1):
        with refuses(InvalidInput, "packing.container", field="container_index", maximum=last):
            world.act(world.maker, custody.repack, index, world.goods(batch, (0, 1)))


def test_nothing_is_packed_to_what_is_not_in_ones_hands(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.outlet, world.goods(batch, (6, 7)))
    with refuses(Conflict, "custody.not_held", field="carton", first=6, last=6, state="other_holder"):
        world.act(world.maker, custody.repack, 1, world.goods(batch, (0, 2)))
    world.sell(world.maker, world.goods(batch, (12, 13)))
    with refuses(Conflict, "custody.not_held", field="carton", first=12, last=12, state="sold"):
        world.act(world.maker, custody.repack, 2, world.goods(batch, (0, 2)))
    with refuses(Conflict, "custody.not_held", field="codes", state="sold"):
        world.act(world.maker, custody.repack, 3, world.goods(batch, (12, 14)))
    with refuses(Conflict, "custody.not_held", field="codes", first=6, last=6, state="other_holder"):
        world.act(world.maker, custody.unpack, world.goods(batch, (6, 12)))


def test_units_of_another_batch_in_a_carton_must_be_in_hand_too(world: World, refuses: Refuses) -> None:
    batch, other = world.register_batch(size=24), world.register_batch(size=24)
    there = PackingException(0, 0, 2, 1, "混装", batch.batch_id)
    world.database.write(lambda work: packing.record_exception(work, world.actor(world.maker), other.batch_id, there))
    world.ship(world.maker, world.outlet, world.goods(other, (1, 2)))
    with refuses(Conflict, "custody.not_held", field="carton", first=1, last=1, state="in_transit"):
        world.act(world.maker, custody.repack, 1, world.goods(batch, (0, 1)))


def test_a_batch_is_not_taken_apart_without_end(
    world: World, refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MAX_EXCEPTIONS", 2)
    batch = world.register_batch(size=24)
    world.act(world.maker, custody.unpack, world.goods(batch, (0, 1), (2, 3)))
    with refuses(InvalidInput, "packing.too_many", field="start", maximum=2):
        world.act(world.maker, custody.unpack, world.goods(batch, (4, 5)))


# ---------------------------------------------------------------------------------------------- written off, destroyed


def test_each_cause_takes_goods_out_of_the_stock(world: World) -> None:
    batch = world.register_batch(size=24)
    for number, cause in enumerate(cause for cause in WriteOffCause if cause is not WriteOffCause.EXPIRED):
        world.act(world.maker, custody.write_off, cause, world.goods(batch, (number, number + 1)))
    assert world.holders(batch) == [(0, 3, "maker:written_off"), (3, 24, "maker")]
    with world.database.read() as connection:
        said = [event.payload for event in ledger.list_events(connection, batch.batch_id)[1:]]
    assert ['"cause":"damaged"' in said[0], '"cause":"lost"' in said[1], '"cause":"used"' in said[2]] == [True] * 3


def test_goods_are_written_off_as_expired_once_they_are(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.later(days=(batch.expires_on - world.today()).days)
    with refuses(Conflict, "custody.not_expired", field="cause", batch_number=batch.batch_number):
        world.act(world.maker, custody.write_off, WriteOffCause.EXPIRED, world.goods(batch))
    world.later(days=1)
    world.act(world.maker, custody.write_off, WriteOffCause.EXPIRED, world.goods(batch))
    assert world.holders(batch) == [(0, 24, "maker:written_off")]


def test_only_what_is_in_hand_is_written_off(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 6)))
    with refuses(Conflict, "custody.not_held", state="in_transit", units=6):
        world.act(world.maker, custody.write_off, WriteOffCause.LOST, world.goods(batch))
    world.act(world.maker, custody.write_off, WriteOffCause.LOST, world.goods(batch, (6, 7)))
    with refuses(Conflict, "custody.not_held", state="written_off", units=1):
        world.act(world.maker, custody.write_off, WriteOffCause.LOST, world.goods(batch, (6, 8)))


def test_damaged_and_written_off_goods_are_destroyed_by_who_has_them(world: World) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch))
    damaged = Arrival(damaged=tuple(world.goods(batch, (0, 2))))
    world.act(world.outlet, custody.receive, world.goods(batch, (2, 24)), arrival=damaged)
    world.act(world.outlet, custody.write_off, WriteOffCause.DAMAGED, world.goods(batch, (2, 4)))
    (gone,) = world.act(world.outlet, custody.destroy, world.goods(batch, (0, 4)), WHY)
    assert (gone.kind, gone.units, gone.reason) == (MovementKind.DESTROY, 4, "受潮")
    assert world.holders(batch) == [(0, 4, "outlet:destroyed"), (4, 24, "outlet")]


def test_authorities_destroy_what_they_have_taken_and_nothing_else(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    world.act(world.agency, custody.sample, world.goods(batch, (0, 2)))
    world.act(world.regulator, custody.seize, world.goods(batch, (2, 4)), WHY)
    for party, start in ((world.maker, 0), (world.maker, 2), (world.agency, 2), (world.regulator, 0)):
        with refuses(Conflict, "custody.not_held", state="other_holder"):
            world.act(party, custody.destroy, world.goods(batch, (start, start + 1)), WHY)
    with refuses(InvalidInput, "text.missing", field="reason"):
        world.act(world.regulator, custody.destroy, world.goods(batch, (2, 4)))
    with refuses(Conflict, "custody.not_held", state="held"):
        world.act(world.maker, custody.destroy, world.goods(batch, (4, 5)), WHY)
    world.act(world.agency, custody.destroy, world.goods(batch, (0, 2)), WHY)
    world.act(world.regulator, custody.destroy, world.goods(batch, (2, 4)), WHY)
    assert world.holders(batch)[:2] == [(0, 2, "agency:destroyed"), (2, 4, "regulator:destroyed")]
