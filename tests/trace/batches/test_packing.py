"""Recording what is not packed regularly, and what is shipped and answered after that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from suiyuan.trace.batches import packing
from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.contents import Container, Contents, Packages, PackingException
from suiyuan.trace.batches.model import Batch, StopKind
from suiyuan.trace.batches.packing import Package
from suiyuan.trace.catalog import service as catalog
from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.catalog.service import NewProduct
from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody import service as custody
from suiyuan.trace.kernel.errors import InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.kernel.limits import MAX_NOTE_CHARACTERS
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import OPERATOR, Actor, Role
from suiyuan.trace.store.database import UnitOfWork
from suiyuan.trace.verification.model import Whereabouts
from suiyuan.trace.verification.service import Answers

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

# ---------------------------------------------------------------------------------------------- recording


def record(world: World, batch: Batch, *exceptions: PackingException, by: Actor | None = None) -> Contents:
    def act_on(each: PackingException) -> Contents:
        actor = by or world.actor(world.maker)
        return world.database.write(lambda work: packing.record_exception(work, actor, batch.batch_id, each))

    return [act_on(each) for each in exceptions][-1]


def repacked(
    start: int,
    stop: int,
    container: int | None,
    level: int = 0,
    reason: str = "分装",
    into: Batch | None = None,
) -> PackingException:
    return PackingException(level, start, stop, container, reason, into and into.batch_id)


def test_an_exception_is_kept_read_back_and_logged(world: World) -> None:
    batch = world.register_batch()
    new = repacked(4, 8, 3)
    assert record(world, batch, new).exceptions == (new,)
    cut = record(world, batch, repacked(5, 6, None, reason="破损"), repacked(0, 1, 1, level=1))
    expected = (
        repacked(4, 5, 3),
        repacked(5, 6, None, reason="破损"),
        repacked(6, 8, 3),
        repacked(0, 1, 1, level=1),
    )
    assert cut == Contents(batch.packing, batch.size, expected)
    with world.database.read() as connection:
        assert packing.contents_of(connection, batch) == cut
        events = ledger.list_events(connection, batch.batch_id)
    assert packing.current_contents(world.database, batch) == cut
    assert [event.kind for event in events] == ["batch.registered", *["packing.recorded"] * 3]
    expected_payload = '{"container_batch_id":null,"container_index":3,"level":0,"reason":"分装","start":4,"stop":8}'
    assert events[1].payload == expected_payload
    assert events[1].actor_id == world.maker.party_id


def test_exceptions_of_one_batch_leave_another_as_it_was(world: World) -> None:
    first, second = world.register_batch(), world.register_batch()
    record(world, first, repacked(4, 8, 3))
    with world.database.read() as connection:
        assert packing.contents_of(connection, second) == Contents(second.packing, second.size)


def test_a_reason_is_kept_with_its_white_space_folded(world: World) -> None:
    batch = world.register_batch()
    (found,) = record(world, batch, repacked(0, 1, None, reason="  破损 \t 一瓶 ")).exceptions
    assert found.reason == "破损 一瓶"


@pytest.mark.parametrize(
    ("new", "code", "field"),
    [
        (repacked(0, 1, None, level=2), "packing.level", "level"),
        (repacked(0, 1, None, level=-1), "packing.level", "level"),
        (repacked(-1, 1, None), "packing.span", "start"),
        (repacked(3, 3, None), "packing.span", "start"),
        (repacked(5, 3, None), "packing.span", "start"),
        (repacked(0, 25, None), "packing.span", "start"),
        (repacked(0, 4 + 10 + 1, 0, level=1), "packing.span", "start"),
        (repacked(0, 1, 4 + 10), "packing.container", "container_index"),
        (repacked(0, 1, -1), "packing.container", "container_index"),
        (repacked(0, 1, 2 + 10, level=1), "packing.container", "container_index"),
        (repacked(0, 1, None, reason=" "), "text.missing", "reason"),
        (repacked(0, 1, None, reason="破\x00损"), "text.malformed", "reason"),
        (repacked(0, 1, None, reason="破" * (MAX_NOTE_CHARACTERS + 1)), "text.malformed", "reason"),
    ],
    ids=lambda value: "" if isinstance(value, PackingException) else str(value),
)
def test_what_cannot_be_is_refused(
    world: World, refuses: Refuses, new: PackingException, code: str, field: str
) -> None:
    batch = world.register_batch()
    with refuses(InvalidInput, code, field=field):
        record(world, batch, new)


def test_the_last_that_can_be_is_taken(world: World) -> None:
    """A batch of 23: the last carton is short, and so is the second pallet. Ten spare ones follow each."""
    batch = world.register_batch(size=23)
    for new in (
        repacked(22, 23, 3),
        repacked(0, 23, None),
        repacked(3, 4, 1, level=1),
        repacked(22, 23, 13),
        repacked(13, 14, 11, level=1),
    ):
        assert new in record(world, batch, new).exceptions


def test_who_may_not_record(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    for party in (world.distributor, world.regulator):
        with refuses(NotAllowed, "access.other_party"):
            record(world, batch, repacked(0, 1, None), by=world.actor(party))
    with refuses(NotKnown, "batch.unknown", field="batch_id"):
        record(world, replace(batch, batch_id=uuid4()), repacked(0, 1, None))
    assert record(world, batch, repacked(0, 1, None), by=OPERATOR).exceptions


def test_more_exceptions_than_a_batch_may_have_are_refused(
    world: World, refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MAX_EXCEPTIONS", 3)
    batch = world.register_batch()
    record(world, batch, repacked(0, 1, None), repacked(2, 3, None), repacked(4, 5, None))
    with refuses(InvalidInput, "packing.too_many", field="start", maximum=3):
        record(world, batch, repacked(6, 7, None))
    assert record(world, batch, repacked(0, 24, None)).exceptions == (repacked(0, 24, None),)


# ---------------------------------------------------------------------------------------------- what is shipped


def goods_spans(world: World, *codes: str) -> list[tuple[int, int]]:
    (goods,) = world.goods_of(*codes)
    return [(each.start, each.stop) for each in goods.intervals]


def test_a_carton_ships_exactly_what_is_in_it(world: World) -> None:
    batch = world.register_batch()
    record(world, batch, repacked(4, 8, 3), repacked(13, 14, None, reason="留样"))
    cartons = [world.code(batch, Level.CARTON, index) for index in range(4)]
    assert [goods_spans(world, code) for code in cartons] == [
        [(0, 4)],
        [(8, 12)],
        [(12, 13), (14, 18)],
        [(4, 8), (18, 24)],
    ]
    world.hand_over(world.maker, world.distributor, world.goods_of(cartons[3]))
    assert world.holders(batch) == [(0, 4, "maker"), (4, 8, "distributor"), (8, 18, "maker"), (18, 24, "distributor")]
    world.hand_over(world.maker, world.outlet, world.goods_of(*cartons[:3]))
    assert world.holders(batch) == [
        (0, 4, "outlet"),
        (4, 8, "distributor"),
        (8, 13, "outlet"),
        (13, 14, "maker"),
        (14, 18, "outlet"),
        (18, 24, "distributor"),
    ]


def test_a_pallet_ships_the_cartons_that_stand_on_it(world: World) -> None:
    batch = world.register_batch()
    record(world, batch, repacked(1, 2, 1, level=1), repacked(0, 2, 1), repacked(23, 24, 0))
    pallets = [world.code(batch, Level.PALLET, index) for index in range(2)]
    assert goods_spans(world, pallets[0]) == [(2, 6), (23, 24)]
    assert goods_spans(world, pallets[1]) == [(0, 2), (6, 23)]
    world.hand_over(world.maker, world.distributor, world.goods_of(pallets[1]))
    assert world.holders(batch) == [(0, 2, "distributor"), (2, 6, "maker"), (6, 23, "distributor"), (23, 24, "maker")]


def test_an_emptied_carton_ships_nothing_and_its_units_can_still_be_shipped_one_by_one(
    world: World, refuses: Refuses
) -> None:
    batch = world.register_batch()
    record(world, batch, repacked(0, 6, None, reason="散装"))
    empty = world.code(batch, Level.CARTON, 0)
    with refuses(InvalidInput, "custody.no_codes", field="codes"):
        world.ship(world.maker, world.outlet, world.goods_of(empty))
    world.hand_over(world.maker, world.outlet, world.goods_of(empty, world.code(batch, Level.UNIT, 2)))
    assert world.holders(batch) == [(0, 2, "maker"), (2, 3, "outlet"), (3, 24, "maker")]


def test_all_cartons_and_all_loose_units_are_the_whole_batch(world: World) -> None:
    batch = world.register_batch(size=50, units_per_carton=7, cartons_per_pallet=3)
    contents = record(world, batch, repacked(3, 9, 7), repacked(20, 33, 0), repacked(30, 41, None), repacked(8, 21, 6))
    loose = [unit for unit in range(50) if contents.container_of(0, unit) is None]
    assert loose
    for carton in range(8):
        if contents.units_in(1, carton):
            world.ship(world.maker, world.outlet, world.goods_of(world.code(batch, Level.CARTON, carton)))
    world.ship(world.maker, world.outlet, world.goods_of(*(world.code(batch, Level.UNIT, unit) for unit in loose)))
    with world.database.read() as connection:
        spans = custody.spans_of(connection, batch.batch_id)
    assert all(span.receiver_id == world.outlet.party_id for span in spans)
    assert sum(span.stop - span.start for span in spans) == 50


# ---------------------------------------------------------------------------------------------- batches packed together


def goods_by_batch(world: World, code: str) -> dict[UUID, list[tuple[int, int]]]:
    return {each.batch_id: [(part.start, part.stop) for part in each.intervals] for each in world.goods_of(code)}


def package(world: World, batch: Batch, level: Level, index: int) -> Package:
    with world.database.read() as connection:
        return packing.package_at(connection, batch, level, index)


def kinds(world: World, batch: Batch) -> list[str]:
    with world.database.read() as connection:
        return [event.kind for event in ledger.list_events(connection, batch.batch_id)]


def test_units_in_another_batchs_carton_are_found_from_both_sides(world: World) -> None:
    carton_of, units_of = world.register_batch(), world.register_batch()
    record(world, units_of, repacked(22, 24, 3, into=carton_of))
    held = package(world, carton_of, Level.CARTON, 3)
    assert held.container == Container(1, carton_of.batch_id)
    assert held.units == (Packages(carton_of.batch_id, 0, 18, 24), Packages(units_of.batch_id, 0, 22, 24))
    assert package(world, units_of, Level.UNIT, 22).container == Container(3, carton_of.batch_id)
    assert package(world, units_of, Level.UNIT, 21).container == Container(3, units_of.batch_id)
    assert package(world, units_of, Level.CARTON, 3).units == (Packages(units_of.batch_id, 0, 18, 22),)
    assert kinds(world, units_of) == ["batch.registered", "packing.recorded"]
    assert kinds(world, carton_of) == ["batch.registered", "packing.foreign_recorded"]


def test_a_mixed_carton_ships_units_of_both_batches_and_its_pallet_too(world: World) -> None:
    first, second = world.register_batch(), world.register_batch()
    record(world, second, repacked(22, 24, 3, into=first))
    mixed = {first.batch_id: [(18, 24)], second.batch_id: [(22, 24)]}
    assert goods_by_batch(world, world.code(first, Level.CARTON, 3)) == mixed
    pallet = goods_by_batch(world, world.code(first, Level.PALLET, 1))
    assert pallet == {first.batch_id: [(12, 24)], second.batch_id: [(22, 24)]}
    assert goods_by_batch(world, world.code(second, Level.PALLET, 1)) == {second.batch_id: [(12, 22)]}
    world.hand_over(world.maker, world.outlet, world.goods_of(world.code(first, Level.CARTON, 3)))
    assert world.holders(first) == [(0, 18, "maker"), (18, 24, "outlet")]
    assert world.holders(second) == [(0, 22, "maker"), (22, 24, "outlet")]


def test_a_mixed_carton_and_a_unit_scanned_out_of_it_count_the_unit_once(world: World) -> None:
    first, second = world.register_batch(), world.register_batch()
    record(world, second, repacked(22, 24, 3, into=first))
    goods = world.goods_of(world.code(second, Level.UNIT, 23), world.code(first, Level.CARTON, 3))
    assert [sum(part.units for part in each.intervals) for each in goods] == [2, 6]


def test_cartons_on_another_batchs_pallet_bring_all_that_is_in_them(world: World) -> None:
    pallet_of, cartons_of, units_of = (world.register_batch() for _ in range(3))
    record(world, cartons_of, repacked(2, 4, 0, level=1, into=pallet_of))
    record(world, units_of, repacked(0, 3, 2, into=cartons_of))
    assert goods_by_batch(world, world.code(pallet_of, Level.PALLET, 0)) == {
        pallet_of.batch_id: [(0, 12)],
        cartons_of.batch_id: [(12, 24)],
        units_of.batch_id: [(0, 3)],
    }
    assert package(world, cartons_of, Level.CARTON, 2).container == Container(0, pallet_of.batch_id)


def test_units_moved_on_leave_the_other_batchs_carton(world: World) -> None:
    first, second, third = (world.register_batch() for _ in range(3))
    record(world, second, repacked(10, 16, 3, into=first))
    record(world, second, repacked(12, 13, None, reason="破损"), repacked(14, 16, 0, into=third))
    assert goods_by_batch(world, world.code(first, Level.CARTON, 3))[second.batch_id] == [(10, 12), (13, 14)]
    assert goods_by_batch(world, world.code(third, Level.CARTON, 0))[second.batch_id] == [(14, 16)]
    record(world, second, repacked(0, 24, None, reason="全部取出"))
    for other in (first, third):
        with world.database.read() as connection:
            assert packing.contents_of(connection, other).foreign == ()
            assert packing.current_contents(world.database, other) == packing.contents_of(connection, other)
    assert kinds(world, first) == ["batch.registered", *["packing.foreign_recorded"] * 4]
    assert kinds(world, third) == ["batch.registered", *["packing.foreign_recorded"] * 2]


def test_naming_the_batch_itself_is_naming_none(world: World) -> None:
    batch = world.register_batch()
    assert record(world, batch, repacked(0, 2, 3, into=batch)).exceptions == (repacked(0, 2, 3),)
    assert record(world, batch, repacked(0, 2, None, into=world.register_batch())).exceptions == (repacked(0, 2, None),)
    assert kinds(world, batch) == ["batch.registered", *["packing.recorded"] * 2]


def test_what_cannot_be_in_another_batch_is_refused(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    elsewhere = world.register_batch(size=6)
    with refuses(InvalidInput, "packing.container", field="container_index", maximum=10):
        record(world, batch, repacked(0, 1, 11, into=elsewhere))
    with refuses(NotKnown, "batch.unknown", field="container_batch_id"):
        record(world, batch, repacked(0, 1, 0, into=replace(elsewhere, batch_id=uuid4())))


def other_makers_batch(world: World) -> Batch:
    """A batch of fertiliser, which needs no licence, of another manufacturer."""
    other = world.party(Role.MANUFACTURER, name="另一家厂")

    def register(work: UnitOfWork) -> Batch:
        new = NewProduct(other.party_id, ProductKind.FERTILISER, "复合肥", "", shelf_life_days=730)
        product = catalog.register_product(work, world.actor(other), new)
        return custody.register_batch(work, world.actor(other), world.new_batch(product))

    return world.database.write(register)


def test_a_carton_of_another_maker_is_refused_whoever_asks(world: World, refuses: Refuses) -> None:
    batch, theirs = world.register_batch(), other_makers_batch(world)
    for by in (world.actor(world.maker), OPERATOR):
        with refuses(InvalidInput, "packing.other_maker", field="container_batch_id"):
            record(world, batch, repacked(0, 1, 0, into=theirs), by=by)


def test_an_entitled_caller_places_an_exception_that_is_not_its_own(world: World, refuses: Refuses) -> None:
    """As custody does when a dealer re-packs: who may is decided there, what can be is decided here."""
    batch, actor = world.register_batch(), world.actor(world.distributor)

    def place(new: PackingException) -> Contents:
        return world.database.write(lambda work: packing.place_exception(work, actor, batch, new))

    assert place(repacked(0, 3, None, reason="拆箱")).exceptions == (repacked(0, 3, None, reason="拆箱"),)
    with world.database.read() as connection:
        assert ledger.list_events(connection, batch.batch_id)[-1].actor_id == world.distributor.party_id
    with refuses(InvalidInput, "packing.span", field="start"):
        place(repacked(0, 25, None))


def test_more_spans_of_other_batches_than_a_batch_may_hold_are_refused(
    world: World, refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "MAX_FOREIGN", 2)
    first, second, third = (world.register_batch() for _ in range(3))
    record(world, second, repacked(0, 1, 0, into=first), repacked(2, 3, 0, into=first))
    with refuses(InvalidInput, "packing.too_many", field="container_batch_id", maximum=2):
        record(world, third, repacked(0, 1, 0, into=first))
    assert record(world, second, repacked(0, 3, 0, into=first)).exceptions == (repacked(0, 3, 0, into=first),)
    assert record(world, third, repacked(0, 1, 0, into=first))


@pytest.mark.tampers
def test_a_side_that_does_not_know_of_the_other_is_found(world: World) -> None:
    first, second = world.register_batch(), world.register_batch()
    record(world, second, repacked(0, 2, 0, into=first))
    with world.database.read() as connection:
        assert packing.broken_packing(connection) == []
    for table, named in (("foreign_package", [first]), ("packing_exception", [])):
        with world.database.engine.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))
        with world.database.read() as connection:
            found = packing.broken_packing(connection)
        assert [str(batch.batch_id) in line for batch, line in zip(named, found, strict=True)] == [True] * len(named)


# ---------------------------------------------------------------------------------------------- spare packages


def test_a_spare_carton_has_a_code_and_is_empty_until_it_is_filled(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    code = world.code(batch, Level.CARTON, 4)
    assert package(world, batch, Level.CARTON, 4) == Package(batch.batch_id, 1, 4, True, None, ())
    assert answers.answer(answers.resolve(code)).facts.units_inside == 0
    record(world, batch, repacked(4, 8, 4))
    assert goods_by_batch(world, code) == {batch.batch_id: [(4, 8)]}
    assert answers.answer(answers.resolve(code)).facts.units_inside == 4
    record(world, batch, repacked(4, 5, 10, level=1))
    assert goods_by_batch(world, world.code(batch, Level.PALLET, 10)) == {batch.batch_id: [(4, 8)]}


def test_a_package_beyond_the_spare_ones_is_refused(world: World) -> None:
    batch = world.register_batch()
    for level, count in ((Level.UNIT, 24), (Level.CARTON, 14), (Level.PALLET, 12)):
        assert package(world, batch, level, count - 1)
        for index in (-1, count):
            with pytest.raises(InvalidInput) as caught:
                package(world, batch, level, index)
            assert (caught.value.code, caught.value.field) == ("code.index", "index")


# ---------------------------------------------------------------------------------------------- what is answered


def test_the_answer_to_a_carton_counts_and_finds_what_is_in_it_now(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    code = world.code(batch, Level.CARTON, 3)
    world.hand_over(world.maker, world.outlet, world.goods(batch, (18, 24)))
    before = answers.answer(answers.resolve(code)).facts
    assert (before.units_inside, before.whereabouts) == (6, Whereabouts.WITH_DEALER)
    record(world, batch, repacked(4, 8, 3))
    after = answers.answer(answers.resolve(code)).facts
    assert (after.units_inside, after.whereabouts) == (10, Whereabouts.DIVIDED)
    world.hand_over(world.maker, world.outlet, world.goods(batch, (4, 8)))
    assert answers.answer(answers.resolve(code)).facts.whereabouts is Whereabouts.WITH_DEALER


def test_the_answer_to_an_emptied_carton_knows_that_it_is_empty(world: World, answers: Answers) -> None:
    batch = world.register_batch()
    record(world, batch, repacked(0, 6, None))
    facts = answers.answer(answers.resolve(world.code(batch, Level.CARTON, 0))).facts
    assert (facts.units_inside, facts.whereabouts, facts.way) == (0, None, ())
    assert answers.answer(answers.resolve(world.code(batch, Level.UNIT, 0))).facts.units_inside == 1


def test_the_answer_to_a_mixed_carton_counts_both_batches_and_finds_both(world: World, answers: Answers) -> None:
    first, second = world.register_batch(), world.register_batch()
    code = world.code(first, Level.CARTON, 3)
    assert answers.answer(answers.resolve(code)).facts.units_inside == 6
    record(world, second, repacked(0, 2, 3, into=first))
    mixed = answers.answer(answers.resolve(code)).facts
    assert (mixed.units_inside, mixed.whereabouts) == (8, Whereabouts.WITH_MAKER)
    world.hand_over(world.maker, world.outlet, world.goods(first, (18, 24)))
    assert answers.answer(answers.resolve(code)).facts.whereabouts is Whereabouts.DIVIDED
    world.hand_over(world.maker, world.outlet, world.goods(second, (0, 2)))
    assert answers.answer(answers.resolve(code)).facts.whereabouts is Whereabouts.WITH_DEALER
    record(world, second, repacked(2, 4, 3, into=first))
    assert answers.answer(answers.resolve(code)).facts.units_inside == 10


def test_a_stop_of_a_batch_warns_at_the_carton_that_some_of_it_is_in(world: World, answers: Answers) -> None:
    first, second = world.register_batch(), world.register_batch()
    record(world, second, repacked(0, 2, 3, into=first))
    mixed, plain = (world.code(first, Level.CARTON, index) for index in (3, 2))
    assert answers.answer(answers.resolve(mixed)).facts.stops == ()
    world.database.write(
        lambda work: batches.stop_batch(work, world.actor(world.maker), second.batch_id, StopKind.RECALL, "含量不足")
    )
    assert [stop.reason for stop in answers.answer(answers.resolve(mixed)).facts.stops] == ["含量不足"]
    assert answers.answer(answers.resolve(plain)).facts.stops == ()
    record(world, second, repacked(0, 2, None, reason="取出"))
    assert answers.answer(answers.resolve(mixed)).facts.stops == ()
