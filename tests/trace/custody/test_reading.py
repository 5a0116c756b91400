"""Who has what, where units are and were, what expires, and that everything that came in is somewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import Connection, event

from suiyuan.trace.batches.model import Batch
from suiyuan.trace.custody import service as custody
from suiyuan.trace.custody.model import CustodyState, Holding, Interval, MovementKind
from suiyuan.trace.custody.service import Circumstances, reading
from suiyuan.trace.kernel import limits
from suiyuan.trace.kernel.errors import InvalidInput, NotKnown
from suiyuan.trace.parties.model import Party

if TYPE_CHECKING:
    from ...support.protocols import Refuses
    from ...support.world import World

WHY = Circumstances(reason="试验")
SOLD, SEIZED, IN_TRANSIT, HELD = CustodyState.SOLD, CustodyState.SEIZED, CustodyState.IN_TRANSIT, CustodyState.HELD


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
    monkeypatch.setattr(reading, "MAX_PICTURE_ROWS", 3)
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


# ---------------------------------------------------------------------------------------------- ways


@pytest.mark.parametrize("step", range(1, 5))
def test_a_way_is_read_step_by_step_and_the_same_from_memory(world: World, step: int) -> None:
    batch = world.register_batch(size=24)
    acts: list[Callable[[], object]] = [
        lambda: world.hand_over(world.maker, world.distributor, world.goods(batch, (0, 12))),
        lambda: world.hand_over(world.distributor, world.outlet, world.goods(batch, (3, 9))),
        lambda: world.sell(world.outlet, world.goods(batch, (4, 6))),
        lambda: world.act(world.regulator, custody.seize, world.goods(batch), WHY),
    ]
    for act in acts[:step]:
        act()
    picture = custody.picture(world.database, batch.batch_id)
    assert picture is not None
    for place in range(batch.size):
        walked = custody.way(world.database, batch.batch_id, place)
        assert [picture.movements[number].movement_id for number in picture.way(place)] == [
            each.movement_id for each in walked
        ]
        assert [each.kind for each in walked].count(MovementKind.SELL) == (4 <= place < 6 and step > 2)
        assert all(each.intervals == () for each in walked)


def test_of_a_long_way_the_latest_steps_are_told(world: World) -> None:
    batch = world.register_batch(size=2)
    for _ in range(limits.MAX_WAY_STEPS // 2 + 2):
        world.hand_over(world.maker, world.outlet, world.goods(batch))
        world.act(world.outlet, custody.send_back, world.maker.party_id, world.goods(batch), WHY)
        world.receive(world.maker, world.goods(batch))
    way = custody.way(world.database, batch.batch_id, 0)
    assert len(way) == limits.MAX_WAY_STEPS
    assert way[-1].kind is MovementKind.RECEIVE and way[-1].is_return


def test_a_unit_that_does_not_exist_has_no_way(world: World) -> None:
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch))
    assert custody.way(world.database, batch.batch_id, 24) == []
    assert custody.way(world.database, uuid4(), 0) == []
    with world.database.read() as connection:
        assert custody.find_movement(connection, batch.batch_id, uuid4()) is None


def test_spans_are_read_as_far_as_asked_in_as_many_helpings_as_it_takes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "SPANS_AT_ONCE", 2)
    batch = world.register_batch(size=24)
    world.ship(world.maker, world.outlet, world.goods(batch, *((place, place + 1) for place in range(0, 12, 2))))
    found = list(custody.spans_over(world.database, batch.batch_id, 3, 9))
    assert [(span.start, span.stop) for span in found] == [(3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 9)]
    assert custody.locate(world.database, batch.batch_id, 11, 24)[1] is False
    with pytest.raises(NotKnown):
        list(custody.spans_over(world.database, batch.batch_id, 24, 25))


# ---------------------------------------------------------------------------------------------- traces


def test_forward_every_holder_of_a_batch_by_site_and_state(world: World) -> None:
    batch, other = world.register_batch(size=24), world.register_batch(size=24)
    shop = world.site(world.outlet, "门店")
    world.ship(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.act(world.outlet, custody.receive, world.goods(batch, (0, 6)), Circumstances(shop.site_id))
    world.receive(world.outlet, world.goods(batch, (6, 8)))
    world.sell(world.outlet, world.goods(batch, (0, 1), (3, 4)))
    world.ship(world.maker, world.outlet, world.goods(other))
    with world.database.read() as connection:
        holders = custody.holders(connection, batch.batch_id)
        stock = custody.stock(connection, world.outlet.party_id)
    assert {(each.holder_id, each.site_id, each.state): each.units for each in holders} == {
        (world.outlet.party_id, shop.site_id, HELD): 4,
        (world.outlet.party_id, shop.site_id, SOLD): 2,
        (world.outlet.party_id, None, HELD): 2,
        (world.maker.party_id, None, IN_TRANSIT): 4,
        (world.maker.party_id, None, HELD): 12,
    }
    assert stock == [each for each in holders if each.holder_id == world.outlet.party_id]


def test_back_to_all_suppliers_of_a_period(world: World, refuses: Refuses) -> None:
    batch, other = world.register_batch(size=24), world.register_batch(size=24)
    outlet, since = world.outlet, world.clock.now()
    world.hand_over(world.maker, world.distributor, world.goods(batch))
    world.hand_over(world.distributor, outlet, world.goods(batch, (0, 6)))
    world.hand_over(world.distributor, outlet, world.goods(batch, (6, 9)))
    last_at = world.clock.now() - timedelta(minutes=5)
    world.hand_over(world.maker, outlet, world.goods(other, (0, 2)))
    world.ship(world.maker, outlet, world.goods(other, (2, 4)))
    (wrong,) = world.receive(outlet, world.goods(other, (2, 4)))
    world.undo(outlet, wrong)
    world.act(outlet, custody.send_back, world.distributor.party_id, world.goods(batch, (0, 1)), WHY)
    world.receive(world.distributor, world.goods(batch, (0, 1)))
    with world.database.read() as connection:
        found = custody.supplies(connection, outlet.party_id, since, world.clock.now() + timedelta(seconds=1))
        none = custody.supplies(connection, outlet.party_id, since - timedelta(days=1), since)
        returned = custody.supplies(connection, world.distributor.party_id, since, world.clock.now())
    assert {(each.supplier_id, each.batch_id): (each.receipts, each.units) for each in found} == {
        (world.distributor.party_id, batch.batch_id): (2, 9),
        (world.maker.party_id, other.batch_id): (1, 2),
    }
    assert next(each for each in found if each.batch_id == batch.batch_id).last_at == last_at
    assert none == []
    assert [each.supplier_id for each in returned] == [world.maker.party_id]
    with refuses(InvalidInput, "period.reversed", field="until"), world.database.read() as connection:
        custody.supplies(connection, outlet.party_id, since, since)


def test_what_a_party_did_is_listed_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PAGE_ROWS", 3)
    batch = world.register_batch(size=24)
    done = []
    for place in range(5):
        done += world.ship(world.maker, world.outlet, world.goods(batch, (place, place + 1)))
        world.later(minutes=place % 2)  # some at one instant
    done.append(world.undo(world.maker, done[-1]))
    world.receive(world.outlet, world.goods(batch, (0, 4)))
    seen = []
    before = None
    with world.database.read() as connection:
        while page := custody.list_movements(connection, world.maker.party_id, before):
            assert len(page) <= 3
            seen += page
            before = (page[-1].occurred_at, page[-1].movement_id)
    assert len(seen) == len({each.movement_id for each in seen}) == 6
    assert {each.movement_id for each in seen} == {each.movement_id for each in done}
    assert [each.occurred_at for each in seen] == sorted((each.occurred_at for each in seen), reverse=True)


# ---------------------------------------------------------------------------------------------- what expires


def test_stock_that_expires_within_days_is_listed_the_earliest_first(world: World) -> None:
    today = world.today()
    gone, soon, later = (world.register_batch(expires_on=today + timedelta(days=days)) for days in (1, 30, 60))
    shop = world.site(world.maker, "门店")
    world.act(world.maker, custody.relocate, shop.site_id, world.goods(soon, (0, 6)))
    world.sell(world.maker, world.goods(soon, (6, 8)))
    world.ship(world.maker, world.outlet, world.goods(later, (0, 4)))
    world.later(days=2)

    def listed(days: int, party: Party = world.maker) -> list[tuple[Batch, bool, int, int]]:
        by_id = {batch.batch_id: batch for batch in (gone, soon, later)}
        with world.database.read() as connection:
            found = custody.expiring(connection, party.party_id, world.clock.now(), days)
        assert all(each.expires_on == by_id[each.batch_id].expires_on for each in found)
        return [(by_id[each.batch_id], each.site_id == shop.site_id, each.units, each.days_left) for each in found]

    assert listed(0) == [(gone, False, 24, -1)]
    assert listed(27) == [(gone, False, 24, -1)]
    assert sorted(listed(28)[1:], key=str) == sorted([(soon, True, 6, 28), (soon, False, 16, 28)], key=str)
    assert listed(58)[3:] == [(later, False, 20, 58)]
    assert listed(limits.MAX_SHELF_LIFE_DAYS, world.outlet) == []


@pytest.mark.parametrize("days", [-1, limits.MAX_SHELF_LIFE_DAYS + 1])
def test_days_to_expiry_have_their_bounds(world: World, refuses: Refuses, days: int) -> None:
    with (
        refuses(InvalidInput, "expiring.days", field="days", maximum=limits.MAX_SHELF_LIFE_DAYS),
        world.database.read() as connection,
    ):
        custody.expiring(connection, world.maker.party_id, world.clock.now(), days)


# ---------------------------------------------------------------------------------------------- statements


def statements(world: World, read: Callable[[Connection], object]) -> int:
    counted: list[str] = []

    def count(*given: object) -> None:
        counted.append(str(given[2]))

    with world.database.read() as connection:
        event.listen(connection, "before_cursor_execute", count)
        read(connection)
        event.remove(connection, "before_cursor_execute", count)
    return len(counted)


def test_no_question_takes_more_statements_for_more_goods(world: World) -> None:
    few, many = world.register_batch(size=2), world.register_batch(size=600)
    world.hand_over(world.maker, world.outlet, world.goods(few, (0, 1)))
    world.hand_over(
        world.maker, world.second_outlet, world.goods(many, *((place, place + 1) for place in range(0, 600, 2)))
    )
    since, until = world.clock.now() - timedelta(days=1), world.clock.now() + timedelta(days=1)

    def questions(batch: Batch, party: Party) -> list[int]:
        return [
            statements(world, lambda connection: custody.holders(connection, batch.batch_id)),
            statements(world, lambda connection: custody.stock(connection, party.party_id)),
            statements(world, lambda connection: custody.supplies(connection, party.party_id, since, until)),
            statements(world, lambda connection: custody.balances(connection, party.party_id)),
        ]

    assert questions(few, world.outlet) == questions(many, world.second_outlet) == [1, 1, 1, 3]
