"""What is in which package: regular packing with its exceptions, against a list of where every single package is."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.batches import packing
from suiyuan.trace.batches.model import Batch, Contents, Packing, PackingException, recorded
from suiyuan.trace.codes.model import Level
from suiyuan.trace.custody import service as custody
from suiyuan.trace.kernel.errors import InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.kernel.intervals import Interval
from suiyuan.trace.kernel.limits import MAX_NOTE_CHARACTERS
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import OPERATOR, Actor
from suiyuan.trace.verification.model import Whereabouts
from suiyuan.trace.verification.service import Answers

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

# ---------------------------------------------------------------------------------------------- against a plain list


@dataclass
class Plain:
    """Where every unit and every carton is, one by one."""

    carton_of: list[int | None]
    pallet_of: list[int | None]

    def move(self, each: PackingException) -> None:
        places = (self.carton_of, self.pallet_of)[each.level]
        for index in range(each.start, each.stop):
            places[index] = each.container_index

    def units_in(self, level: int, index: int) -> set[int]:
        if level == 0:
            return {index}
        if level == 1:
            return {unit for unit, carton in enumerate(self.carton_of) if carton == index}
        cartons = {carton for carton, pallet in enumerate(self.pallet_of) if pallet == index}
        return {unit for unit, carton in enumerate(self.carton_of) if carton in cartons}


@st.composite
def packed(draw: st.DrawFn) -> tuple[Contents, Plain]:
    """A small batch and up to six exceptions, recorded one after the other, in both forms."""
    size = draw(st.integers(1, 40))
    rule = Packing(draw(st.integers(1, 7)), draw(st.integers(1, 4)))
    counts = [rule.count_at(level, size) for level in Level]
    plain = Plain(
        [unit // rule.units_per_carton for unit in range(size)],
        [carton // rule.cartons_per_pallet for carton in range(counts[1])],
    )
    exceptions: tuple[PackingException, ...] = ()
    for number in range(draw(st.integers(0, 6))):
        level = draw(st.integers(0, 1))
        start = draw(st.integers(0, counts[level] - 1))
        stop = draw(st.integers(start + 1, counts[level]))
        container = draw(st.none() | st.integers(0, counts[level + 1] - 1))
        new = PackingException(level, start, stop, container, str(number))
        plain.move(new)
        exceptions = recorded(exceptions, new)
    return Contents(rule, size, exceptions), plain


def indices(intervals: tuple[Interval, ...]) -> list[int]:
    """Every index as often as it is named."""
    return [index for each in intervals for index in range(each.start, each.stop)]


@given(packed())
def test_every_package_is_where_the_list_says(case: tuple[Contents, Plain]) -> None:
    contents, plain = case
    assert [contents.container_of(0, unit) for unit in range(contents.size)] == plain.carton_of
    assert [contents.container_of(1, carton) for carton in range(len(plain.pallet_of))] == plain.pallet_of


@given(packed())
def test_every_package_holds_what_the_list_says(case: tuple[Contents, Plain]) -> None:
    contents, plain = case
    for level in Level:
        for index in range(contents.packing.count_at(level, contents.size)):
            found = contents.units_in(level, index)
            assert indices(found) == sorted(plain.units_in(level, index))
            assert all(one.stop < two.start for one, two in pairwise(found))


@given(packed())
def test_both_directions_are_each_others_inverse_and_nothing_lies_in_two(case: tuple[Contents, Plain]) -> None:
    contents, _ = case
    for level in (0, 1):
        containers = contents.packing.count_at(level + 1, contents.size)
        held = [(index, part) for index in range(containers) for part in indices(contents.inside(level + 1, index))]
        parts = [part for _, part in held]
        assert len(parts) == len(set(parts))
        assert all(contents.container_of(level, part) == index for index, part in held)
        loose = set(range(contents.packing.count_at(level, contents.size))) - set(parts)
        assert all(contents.container_of(level, part) is None for part in loose)


@given(packed())
def test_recorded_exceptions_stay_apart_and_in_order(case: tuple[Contents, Plain]) -> None:
    contents, _ = case
    for level in (0, 1):
        found = [each for each in contents.exceptions if each.level == level]
        assert all(each.start < each.stop for each in found)
        assert all(one.stop <= two.start for one, two in pairwise(found))
    assert [each.level for each in contents.exceptions] == sorted(each.level for each in contents.exceptions)


@given(packed(), st.data())
def test_the_last_word_on_a_package_counts_and_keeps_its_reason(
    case: tuple[Contents, Plain], data: st.DataObject
) -> None:
    contents, _ = case
    stop = data.draw(st.integers(1, contents.size))
    start = data.draw(st.integers(0, stop - 1))
    new = PackingException(0, start, stop, None, "最后")
    after = recorded(contents.exceptions, new)
    assert new in after
    for each in contents.exceptions:
        kept = [one for one in after if (one.level, one.reason) == (each.level, each.reason)]
        expected = set(range(each.start, each.stop)) - (set(range(start, stop)) if each.level == 0 else set())
        assert {index for one in kept for index in range(one.start, one.stop)} >= expected
        assert {one.container_index for one in kept} <= {each.container_index}


def test_a_pallet_of_a_million_cartons_is_read_at_once_although_one_unit_is_missing() -> None:
    """The work goes with the number of exceptions, not of cartons: this is what a scan of the pallet waits for."""
    contents = Contents(Packing(10, 1_000_000), 20_000_000, (PackingException(0, 57, 58, 1_500_000, "破损"),))
    started = time.process_time()
    assert contents.units_in(2, 0) == (Interval(0, 57), Interval(58, 10_000_000))
    assert contents.units_in(2, 1) == (Interval(57, 58), Interval(10_000_000, 20_000_000))
    assert time.process_time() - started < 0.2


# ---------------------------------------------------------------------------------------------- recording


def record(world: World, batch: Batch, *exceptions: PackingException, by: Actor | None = None) -> Contents:
    def act_on(each: PackingException) -> Contents:
        actor = by or world.actor(world.maker)
        return world.database.write(lambda work: packing.record_exception(work, actor, batch.batch_id, each))

    return [act_on(each) for each in exceptions][-1]


def repacked(start: int, stop: int, container: int | None, level: int = 0, reason: str = "分装") -> PackingException:
    return PackingException(level, start, stop, container, reason)


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
    assert events[1].payload == '{"container_index":3,"level":0,"reason":"分装","start":4,"stop":8}'
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
        (repacked(0, 5, 0, level=1), "packing.span", "start"),
        (repacked(0, 1, 4), "packing.container", "container_index"),
        (repacked(0, 1, -1), "packing.container", "container_index"),
        (repacked(0, 1, 2, level=1), "packing.container", "container_index"),
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
    """A batch of 23: the last carton is short, and so is the second pallet."""
    batch = world.register_batch(size=23)
    for new in (repacked(22, 23, 3), repacked(0, 23, None), repacked(3, 4, 1, level=1)):
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
