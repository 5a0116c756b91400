"""What `suiyuan check` says of custody: nothing while it is whole, and every kind of damage done behind its back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody import store
from suiyuan.trace.custody.model import CustodyState, Movement, MovementKind
from suiyuan.trace.custody.service import Arrival, Circumstances
from suiyuan.trace.kernel.ids import new_id

if TYPE_CHECKING:
    from ...support.world import World

WHY = Circumstances(reason="试验")
span, movement, interval = store.span, store.movement, store.movement_interval


def busy(world: World) -> Batch:
    """A batch with movements of most kinds, undone and released ones too."""
    batch = world.register_batch(size=24)
    world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 12)))
    world.ship(world.distributor, world.outlet, world.goods(batch, (0, 8)))
    damaged = Arrival(damaged=tuple(world.goods(batch, (4, 5))), is_complete=True)
    world.act(world.outlet, custody.receive, world.goods(batch, (0, 4)), arrival=damaged)
    world.sell(world.outlet, world.goods(batch, (0, 2)))
    (wrong,) = world.sell(world.outlet, world.goods(batch, (2, 4)))
    world.undo(world.outlet, wrong)
    world.act(world.regulator, custody.seize, world.goods(batch, (1, 3), (9, 10)), WHY)
    world.act(world.regulator, custody.release, world.goods(batch, (1, 2), (9, 10)), WHY)
    world.act(world.agency, custody.sample, world.goods(batch, (20, 21)))
    return batch


def faults(world: World) -> list[str]:
    with world.database.read() as connection:
        return custody.broken_batches(connection)


def damage(world: World, harm: Callable[[Connection], None]) -> list[str]:
    """What is found after `harm` was done to the tables, past every rule of them."""
    with world.database.engine.connect() as connection:
        if world.database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        else:
            connection.execute(text("SET session_replication_role = replica"))
            connection.commit()
        harm(connection)
        connection.commit()
        if world.database.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        else:
            connection.execute(text("SET session_replication_role = DEFAULT"))
            connection.commit()
    return faults(world)


def kinds(world: World, batch: Batch) -> list[Movement]:
    with world.database.read() as connection:
        return [found for found, _ in store.movements_of(connection, batch.batch_id)]


def test_custody_that_is_whole_has_no_fault(world: World) -> None:
    world.register_batch()
    busy(world)
    assert faults(world) == []


@pytest.mark.tampers
@pytest.mark.parametrize(
    ("stop", "values", "said"),
    [
        (24, {"stop": 23}, "last span stops at 23"),
        (24, {"stop": 25}, "last span stops at 25"),
        (24, {"start": 22}, "units 21 to 22 have no holder"),
        (20, {"stop": 21}, "units 20 to 21 have two holders"),
        (24, {"state": "in_transit"}, "half in transit"),
        (24, {"state": "sold"}, "not those that the movements lead to"),
        (24, {"state": "written_off"}, "not those that the movements lead to"),
        (24, {"holder_id": "outlet"}, "not those that the movements lead to"),
        (24, {"site_id": "new"}, "not those that the movements lead to"),
        (24, {"movement_id": "new"}, "not those that the movements lead to"),
    ],
)
def test_a_span_changed_by_hand_is_found(world: World, stop: int, values: dict[str, object], said: str) -> None:
    batch = busy(world)
    special: dict[object, object] = {"outlet": world.outlet.party_id, "new": new_id()}
    changed = {name: special.get(value, value) for name, value in values.items()}

    def harm(connection: Connection) -> None:
        which = (span.c.batch_id == batch.batch_id) & (span.c.stop == stop)
        assert connection.execute(update(span).where(which).values(**changed)).rowcount == 1

    found = damage(world, harm)
    assert any(said in fault and batch.batch_number in fault for fault in found), found


@pytest.mark.tampers
def test_spans_too_few_or_too_many_are_found(world: World) -> None:
    batch = busy(world)
    own = span.c.batch_id == batch.batch_id

    def split(connection: Connection) -> None:
        row = connection.execute(select(span).where(own, span.c.stop == 24)).one()
        connection.execute(update(span).where(own, span.c.start == row.start).values(stop=22))
        connection.execute(insert(span).values({**row._asdict(), "start": 22}))

    def lose_the_first(connection: Connection) -> None:
        connection.execute(delete(span).where(own, span.c.start == 0))

    def lose_all(connection: Connection) -> None:
        connection.execute(delete(span).where(own))

    for harm, said in (
        (split, "spans at 21 and 22 are one"),
        (lose_the_first, "first span starts at 1"),
        (lose_all, "no span"),
    ):
        assert any(said in fault for fault in damage(world, harm))


@pytest.mark.tampers
@pytest.mark.parametrize(
    "column",
    ["was_holder_id", "was_state", "was_receiver_id", "was_transfer_id", "was_site_id", "was_movement_id"],
)
@pytest.mark.parametrize("kind", [MovementKind.SHIP, MovementKind.SELL, MovementKind.SEIZE, MovementKind.RELEASE])
def test_what_a_movement_found_cannot_be_rewritten(world: World, kind: MovementKind, column: str) -> None:
    batch = busy(world)
    which = next(each for each in kinds(world, batch) if each.kind is kind)
    special = {"was_holder_id": world.second_outlet.party_id, "was_state": CustodyState.DESTROYED.value}

    def harm(connection: Connection) -> None:
        found = (interval.c.batch_id == batch.batch_id) & (interval.c.movement_id == which.movement_id)
        changed = update(interval).where(found).values({column: special.get(column, new_id())})
        assert connection.execute(changed).rowcount > 0

    assert any(f"movement {which.sequence} found units" in fault for fault in damage(world, harm))


@pytest.mark.tampers
def test_a_movement_of_other_units_is_found(world: World) -> None:
    batch = busy(world)
    which = next(each for each in kinds(world, batch) if each.kind is MovementKind.SAMPLE)

    def harm(connection: Connection) -> None:
        found = (interval.c.batch_id == batch.batch_id) & (interval.c.movement_id == which.movement_id)
        connection.execute(update(interval).where(found).values(stop=22))

    assert any("not those that the movements lead to" in fault for fault in damage(world, harm))


@pytest.mark.tampers
@pytest.mark.parametrize("number", range(12))
def test_a_movement_that_was_deleted_is_missed(world: World, number: int) -> None:
    batch = busy(world)
    recorded = kinds(world, batch)
    which = recorded[number % len(recorded)]

    def harm(connection: Connection) -> None:
        for table in (store.sale, interval, movement):
            connection.execute(
                delete(table).where(table.c.batch_id == batch.batch_id, table.c.movement_id == which.movement_id)
            )

    assert any(batch.batch_number in fault for fault in damage(world, harm))


@pytest.mark.tampers
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (MovementKind.SHIP, {"kind": "sell"}),
        (MovementKind.SELL, {"kind": "write_off"}),
        (MovementKind.SELL, {"kind": "take_back"}),
        (MovementKind.SHIP, {"to_id": "second_outlet"}),
        (MovementKind.SHIP, {"transfer_id": "new"}),
        (MovementKind.RECEIVE, {"site_id": "new"}),
        (MovementKind.UNDO, {"undoes_id": None}),
        (MovementKind.UNDO, {"undoes_id": "new"}),
    ],
)
def test_a_movement_changed_by_hand_is_found(world: World, kind: MovementKind, values: dict[str, str | None]) -> None:
    batch = busy(world)
    which = next(each for each in kinds(world, batch) if each.kind is kind and each.undone_by_id is None)
    special: dict[str | None, object] = {"second_outlet": world.second_outlet.party_id, "new": new_id()}
    changed = {name: special.get(value, value) for name, value in values.items()}

    def harm(connection: Connection) -> None:
        found = (movement.c.batch_id == batch.batch_id) & (movement.c.movement_id == which.movement_id)
        assert connection.execute(update(movement).where(found).values(**changed)).rowcount == 1

    assert any(batch.batch_number in fault for fault in damage(world, harm))


@pytest.mark.tampers
def test_movements_in_another_order_are_found(world: World) -> None:
    batch = busy(world)
    first, second, *_ = kinds(world, batch)

    def harm(connection: Connection) -> None:
        for each, sequence in ((first, second.sequence), (second, first.sequence)):
            found = (movement.c.batch_id == batch.batch_id) & (movement.c.movement_id == each.movement_id)
            connection.execute(update(movement).where(found).values(sequence=sequence))

    assert any("otherwise than recorded" in fault for fault in damage(world, harm))


@pytest.mark.tampers
def test_a_receipt_that_counts_as_undone_makes_balances_uneven(world: World) -> None:
    batch = busy(world)
    which = next(each for each in kinds(world, batch) if each.kind is MovementKind.RECEIVE)

    def harm(connection: Connection) -> None:
        found = (movement.c.batch_id == batch.batch_id) & (movement.c.movement_id == which.movement_id)
        connection.execute(update(movement).where(found).values(undone_by_id=new_id()))

    found = damage(world, harm)
    for party in (world.maker, world.distributor):
        assert any(fault.startswith(f"balance of {party.name}") for fault in found), found


@pytest.mark.tampers
def test_damage_to_one_batch_is_no_fault_of_another(world: World) -> None:
    batch, other = busy(world), busy(world)

    def harm(connection: Connection) -> None:
        connection.execute(
            update(span).where(span.c.batch_id == batch.batch_id, span.c.stop == 24).values(state="sold")
        )

    found = damage(world, harm)
    assert found and all(str(other.batch_id) not in fault for fault in found)
