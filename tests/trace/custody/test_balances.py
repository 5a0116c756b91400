"""Everything that came in is somewhere: mass balances, against numbers reckoned by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import Balance, Outcome, WriteOffCause
from suiyuan.trace.custody.service import Arrival, Circumstances
from suiyuan.trace.parties.model import Activity, Party, Role

if TYPE_CHECKING:
    from ...support.world import World

WHY = Circumstances(reason="试验")
NOBODY = UUID(int=0)


def balance(world: World, party: Party, batch: Batch) -> Balance:
    with world.database.read() as connection:
        (found,) = custody.balances(connection, party.party_id, [batch.batch_id])
        everywhere = custody.balances(connection, party.party_id)
    assert found in everywhere
    assert found.is_even
    return found


def test_balances_by_hand(world: World) -> None:
    """24 made; 12 shipped, of which 10 arrived, 1 damaged; 1 was lost and 1 never left."""
    batch = world.register_batch(size=24)
    maker, outlet = world.maker, world.outlet
    world.ship(maker, outlet, world.goods(batch, (0, 12)))
    arrival = Arrival(damaged=tuple(world.goods(batch, (9, 10))), is_complete=True)
    world.act(outlet, custody.receive, world.goods(batch, (0, 9)), arrival=arrival)
    with world.database.read() as connection:
        short = next(each for each in custody.list_discrepancies(connection, maker.party_id) if each.kind == "short")
    world.receive(outlet, world.goods(batch, (10, 11)))
    world.act(maker, custody.settle, batch.batch_id, short.discrepancy_id, Outcome.LOST, "丢了")
    world.sell(outlet, world.goods(batch, (0, 3)))
    world.act(outlet, custody.take_back, world.goods(batch, (0, 1)), WHY)
    world.act(outlet, custody.send_back, maker.party_id, world.goods(batch, (3, 5)), WHY)
    world.receive(maker, world.goods(batch, (3, 4)))
    world.act(outlet, custody.destroy, world.goods(batch, (9, 10)), WHY)
    world.act(outlet, custody.write_off, WriteOffCause.USED, world.goods(batch, (5, 6)))
    world.act(world.agency, custody.sample, world.goods(batch, (6, 7), (20, 21)))
    world.act(world.regulator, custody.seize, world.goods(batch, (2, 3), (7, 8), (21, 24)), WHY)
    world.act(world.regulator, custody.release, world.goods(batch, (7, 8), (21, 22)), WHY)
    assert balance(world, maker, batch) == Balance(
        batch.batch_id,
        maker.party_id,
        made=24,
        received=1,  # the return
        passed_on=11,
        sampled=1,
        seized=2,
        held=10,
        written_off=1,
    )
    assert balance(world, outlet, batch) == Balance(
        batch.batch_id,
        outlet.party_id,
        received=11,
        returned=1,
        sampled=1,
        seized=1,
        held=4,
        in_transit=1,
        sold=1,
        written_off=1,
        destroyed=1,
    )
    assert balance(world, world.agency, batch) == Balance(batch.batch_id, world.agency.party_id, received=2, held=2)
    assert balance(world, world.regulator, batch) == Balance(
        batch.batch_id, world.regulator.party_id, received=3, held=3
    )


def test_what_was_undone_is_in_no_balance(world: World) -> None:
    batch = world.register_batch(size=24)
    (shipped,) = world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    (received,) = world.receive(world.outlet, world.goods(batch, (0, 12)))
    world.undo(world.outlet, received)
    world.undo(world.maker, shipped)
    assert balance(world, world.maker, batch) == Balance(batch.batch_id, world.maker.party_id, made=24, held=24)
    with world.database.read() as connection:
        assert custody.balances(connection, world.outlet.party_id) == []


def test_who_makes_and_inspects_may_sample_its_own(world: World) -> None:
    """One organisation in two roles: what it takes of itself is counted once."""
    batch = world.register_batch(size=24)
    institute = world.party(Role.DISTRIBUTOR, Role.INSPECTION_AGENCY, name="农科院")
    world.database.write(lambda work: world.license(work, institute, "pesticide", Activity.TRADE))
    world.hand_over(world.maker, institute, world.goods(batch, (0, 6)))
    world.act(institute, custody.sample, world.goods(batch, (0, 1), (7, 8)))
    assert balance(world, institute, batch) == Balance(batch.batch_id, institute.party_id, received=7, held=7)


def test_a_balance_that_lacks_a_unit_is_not_even() -> None:
    whole = Balance(NOBODY, NOBODY, made=3, received=2, held=1, sold=1, passed_on=1, in_transit=1, destroyed=1)
    assert whole.is_even
    assert not replace(whole, sold=0).is_even
    assert not replace(whole, seized=1).is_even
