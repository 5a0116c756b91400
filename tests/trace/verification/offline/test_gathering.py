"""What a phone carries: signed batches in date, and what is publicly against them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, StopKind
from suiyuan.trace.custody import service as custody
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.model import MakerResponse
from suiyuan.trace.kernel.errors import NotAllowed, UnsafeToRun
from suiyuan.trace.kernel.intervals import Interval
from suiyuan.trace.parties.model import Party, Role
from suiyuan.trace.verification.offline import service
from suiyuan.trace.verification.offline.model import Carried, CarriedKind, CarriedProduct

from ....support.world import World

QUERIES = 8


def register(world: World, number: str, *, is_signed: bool = True, **given: Any) -> Batch:
    new = replace(world.new_batch(batch_number=number, **given), is_signed=is_signed)
    return world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))


def stop(world: World, batch: Batch, kind: StopKind, interval: Interval | None = None, by: Party | None = None) -> None:
    party = world.actor(by or world.maker)
    world.database.write(lambda work: batches.stop_batch(work, party, batch.batch_id, kind, "测试", interval))


def gathered(world: World) -> Carried:
    return service.gather(world.database, world.actor(world.outlet))


def test_a_signed_batch_in_date_brings_its_product_and_no_stop(world: World) -> None:
    register(world, "A-1")
    register(world, "A-2")
    register(world, "A-3", is_signed=False)
    carried = gathered(world)
    product = world.pesticide
    assert carried.products == (
        CarriedProduct(product.registration_number, product.name, world.maker.name, product.kind),
    )
    assert carried.stops == ()
    assert carried.made_at == world.clock.now().replace(microsecond=0)
    assert carried.valid_until - carried.made_at == timedelta(hours=72)


def test_nothing_is_carried_of_unsigned_or_expired_batches(world: World) -> None:
    unsigned = register(world, "A-1", is_signed=False)
    stop(world, unsigned, StopKind.RECALL)
    last = register(world, "A-2", expires_on=world.today())
    stop(world, last, StopKind.RECALL)
    assert [each.batch_number for each in gathered(world).stops] == ["A-2"], "the last day is in date"
    world.later(days=1)
    assert (gathered(world).products, gathered(world).stops) == ((), ())


def test_stops_say_whether_they_are_of_all_units(world: World) -> None:
    whole, part, lifted = (register(world, f"A-{number}") for number in (1, 2, 3))
    stop(world, whole, StopKind.RECALL)
    stop(world, part, StopKind.REGULATOR, Interval(6, 12), world.regulator)
    stop(world, lifted, StopKind.RECALL)
    with world.database.read() as connection:
        (order,) = batches.open_stops(connection, lifted.batch_id)
    world.database.write(
        lambda work: batches.lift_stop(work, world.actor(world.maker), lifted.batch_id, order.stop_id, "查清了")
    )
    found = [(each.batch_number, each.kind, each.is_whole, each.interval) for each in gathered(world).stops]
    assert found == [
        ("A-1", CarriedKind.RECALL, True, Interval(0, 24)),
        ("A-2", CarriedKind.REGULATOR, False, Interval(6, 12)),
    ]


def test_final_results_weigh_and_open_ones_do_not(world: World) -> None:
    failed, denied, passed, open_one = (register(world, f"A-{number}") for number in (1, 2, 3, 4))
    world.sampled(failed, world.failed)
    sample = world.sampled(denied)
    world.database.write(
        lambda work: inspection.record_maker_response(
            work, world.actor(world.agency), sample.sample_id, MakerResponse.DENIED
        )
    )
    world.sampled(passed)
    world.report(world.take_sample(open_one), [world.failed])
    found = {(each.batch_number, each.kind, each.is_whole) for each in gathered(world).stops}
    assert found == {
        ("A-1", CarriedKind.FAILED_SPOT_CHECK, True),
        ("A-2", CarriedKind.MAKER_DENIES, True),
    }


def test_a_quiet_hold_stays_quiet(world: World) -> None:
    batch = register(world, "A-1")
    sample = world.report(world.take_sample(batch), [world.failed])
    world.database.write(lambda work: inspection.hold(work, world.actor(world.regulator), sample.sample_id, "复检中"))
    with world.database.read() as connection:
        assert [each.kind for each in batches.open_stops(connection, batch.batch_id)] == [StopKind.UNDER_REVIEW]
    assert gathered(world).stops == ()


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*given: Any) -> None:
        statements.append(str(given[2]))

    event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(world.database.engine, "before_cursor_execute", note)


def test_the_queries_are_as_many_however_much_is_carried(world: World) -> None:
    counts: list[int] = []
    for number in range(3):
        stop(world, register(world, f"A-{number}"), StopKind.RECALL)
        with counted(world) as statements:
            gathered(world)
        counts.append(sum(each.startswith("SELECT") for each in statements))
    assert counts == [QUERIES] * 3


def test_too_much_is_refused_and_not_cut(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_BATCHES", 1)
    register(world, "A-1")
    gathered(world)
    register(world, "A-2")
    with pytest.raises(UnsafeToRun, match=r"carried\.too_much"):
        gathered(world)


def test_it_is_for_those_who_look_at_goods_of_others(world: World) -> None:
    refused: set[Role] = set()
    for role in Role:
        try:
            service.gather(world.database, world.actor(world.party(role)))
        except NotAllowed as error:
            assert error.code == "access.role"
            refused.add(role)
    assert refused == {Role.MANUFACTURER, Role.LABORATORY}
