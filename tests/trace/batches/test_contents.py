"""What is in which package: regular packing with its exceptions, against a list of where every single package is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.batches.contents import (
    Container,
    Contents,
    Foreign,
    Packages,
    PackingException,
    recorded,
    seen_from_containers,
    units_inside,
)
from suiyuan.trace.batches.model import Packing
from suiyuan.trace.codes.model import Level
from suiyuan.trace.kernel.intervals import Interval

Place = tuple[UUID, int]
"""A package of any batch, its level known from where it stands."""


@dataclass
class Plain:
    """Where every unit and every carton of every batch is, one by one: the carton's and the pallet's place, or None."""

    carton_of: dict[Place, Place | None]
    pallet_of: dict[Place, Place | None]
    pallets: list[Place]

    def move(self, batch_id: UUID, each: PackingException) -> None:
        places = (self.carton_of, self.pallet_of)[each.level]
        container = each.container
        for index in range(each.start, each.stop):
            places[batch_id, index] = container and (container.batch_id or batch_id, container.index)

    def containers(self, level: int) -> list[Place]:
        return [*self.pallet_of] if level == 1 else self.pallets

    def units_in(self, level: int, place: Place) -> set[Place]:
        if level == 0:
            return {place}
        cartons = {place} if level == 1 else {carton for carton, pallet in self.pallet_of.items() if pallet == place}
        return {unit for unit, carton in self.carton_of.items() if carton in cartons}


@dataclass
class Case:
    """Some batches of one maker, packed together, in both forms. `counts`: packages by level, spare ones included."""

    contents: dict[UUID, Contents]
    counts: dict[UUID, list[int]]
    plain: Plain

    def units_in(self, level: int, place: Place) -> dict[UUID, tuple[Interval, ...]]:
        return units_inside([Packages(place[0], level, place[1], place[1] + 1)], self.contents.__getitem__)

    def container_of(self, level: int, place: Place) -> Place | None:
        container = self.contents[place[0]].container_of(level, place[1])
        return container and (container.batch_id or place[0], container.index)


@st.composite
def packed(draw: st.DrawFn) -> Case:
    """Up to three small batches with spare packages, and up to eight exceptions, recorded one after the other."""
    batch_ids = [UUID(int=number) for number in range(1, draw(st.integers(1, 3)) + 1)]
    rules = {each: Packing(draw(st.integers(1, 7)), draw(st.integers(1, 4))) for each in batch_ids}
    sizes = {each: draw(st.integers(1, 30)) for each in batch_ids}
    counts: dict[UUID, list[int]] = {}
    plain = Plain({}, {}, [])
    for each in batch_ids:
        rule, size = rules[each], sizes[each]
        spare = (0, draw(st.integers(0, 3)), draw(st.integers(0, 3)))
        counts[each] = [rule.count_at(level, size) + spare[level] for level in Level]
        plain.carton_of |= {(each, unit): (each, unit // rule.units_per_carton) for unit in range(size)}
        for carton in range(counts[each][1]):
            is_regular = carton < rule.count_at(1, size)
            plain.pallet_of[each, carton] = (each, carton // rule.cartons_per_pallet) if is_regular else None
        plain.pallets += [(each, pallet) for pallet in range(counts[each][2])]
    exceptions: dict[UUID, tuple[PackingException, ...]] = dict.fromkeys(batch_ids, ())
    for number in range(draw(st.integers(0, 8))):
        batch_id, level = draw(st.sampled_from(batch_ids)), draw(st.integers(0, 1))
        start = draw(st.integers(0, counts[batch_id][level] - 1))
        stop = draw(st.integers(start + 1, counts[batch_id][level]))
        container = draw(st.none() | st.sampled_from(plain.containers(level + 1)))
        elsewhere = container[0] if container and container[0] != batch_id else None
        new = PackingException(level, start, stop, container and container[1], str(number), elsewhere)
        plain.move(batch_id, new)
        exceptions[batch_id] = recorded(exceptions[batch_id], new)
    seen = [seen_from_containers(each, exceptions[each]) for each in batch_ids]
    return Case(
        {
            each: Contents(
                rules[each], sizes[each], exceptions[each], tuple(f for one in seen for f in one.get(each, ()))
            )
            for each in batch_ids
        },
        counts,
        plain,
    )


def places(units: dict[UUID, tuple[Interval, ...]]) -> list[Place]:
    """Every unit as often as it is named."""
    return [(batch_id, unit) for batch_id, found in units.items() for each in found for unit in range(*bounds(each))]


def bounds(interval: Interval) -> tuple[int, int]:
    return interval.start, interval.stop


@given(packed())
def test_every_package_is_where_the_list_says(case: Case) -> None:
    assert {unit: case.container_of(0, unit) for unit in case.plain.carton_of} == case.plain.carton_of
    assert {carton: case.container_of(1, carton) for carton in case.plain.pallet_of} == case.plain.pallet_of


@given(packed())
def test_every_package_holds_what_the_list_says(case: Case) -> None:
    for level, packages in ((0, case.plain.carton_of), (1, case.plain.pallet_of), (2, case.plain.pallets)):
        for place in packages:
            found = case.units_in(level, place)
            assert sorted(places(found)) == sorted(case.plain.units_in(level, place))
            assert place[0] in found
            for intervals in found.values():
                assert all(one.stop < two.start for one, two in pairwise(intervals))


@given(packed())
def test_both_directions_are_each_others_inverse_and_nothing_lies_in_two(case: Case) -> None:
    held = [(carton, unit) for carton in case.plain.pallet_of for unit in places(case.units_in(1, carton))]
    units = [unit for _, unit in held]
    assert len(units) == len(set(units))
    assert all(case.container_of(0, unit) == carton for carton, unit in held)
    loose = set(case.plain.carton_of) - set(units)
    assert all(case.container_of(0, unit) is None for unit in loose)


@given(packed())
def test_many_packages_at_once_are_the_union_of_each(case: Case) -> None:
    asked = [Packages(place[0], 2, place[1], place[1] + 1) for place in case.plain.pallets]
    asked += [Packages(place[0], 1, place[1], place[1] + 1) for place in case.plain.pallet_of]
    found = places(units_inside([*asked, *asked], case.contents.__getitem__))
    singly = {place for each in asked for place in places(case.units_in(each.level, (each.batch_id, each.start)))}
    assert len(found) == len(set(found))
    assert set(found) == singly


@given(packed())
def test_recorded_exceptions_stay_apart_and_in_order(case: Case) -> None:
    for contents in case.contents.values():
        for level in (0, 1):
            found = [each for each in contents.exceptions if each.level == level]
            assert all(each.start < each.stop for each in found)
            assert all(one.stop <= two.start for one, two in pairwise(found))
        assert [each.level for each in contents.exceptions] == sorted(each.level for each in contents.exceptions)


@given(packed(), st.data())
def test_the_last_word_on_a_package_counts_and_keeps_its_reason(case: Case, data: st.DataObject) -> None:
    contents = next(iter(case.contents.values()))
    stop = data.draw(st.integers(1, contents.size))
    start = data.draw(st.integers(0, stop - 1))
    new = PackingException(0, start, stop, None, "最后")
    after = recorded(contents.exceptions, new)
    assert new in after
    for each in contents.exceptions:
        kept = [one for one in after if (one.level, one.reason) == (each.level, each.reason)]
        expected = set(range(each.start, each.stop)) - (set(range(start, stop)) if each.level == 0 else set())
        assert {index for one in kept for index in range(one.start, one.stop)} >= expected
        assert {one.container for one in kept} <= {each.container}


OTHER, THIRD = UUID(int=8), UUID(int=9)


def test_a_pallet_of_a_million_cartons_is_read_at_once_although_one_unit_is_missing() -> None:
    """The work goes with the number of exceptions, not of cartons: this is what a scan of the pallet waits for."""
    contents = Contents(Packing(10, 1_000_000), 20_000_000, (PackingException(0, 57, 58, 1_500_000, "破损"),))
    started = time.process_time()
    assert contents.units_in(2, 0) == (Interval(0, 57), Interval(58, 10_000_000))
    assert contents.units_in(2, 1) == (Interval(57, 58), Interval(10_000_000, 20_000_000))
    assert time.process_time() - started < 0.2


def test_a_pallet_leads_through_another_batchs_cartons_to_a_third_batchs_units() -> None:
    """Half a million cartons of one batch on the pallet of another, with a unit of a third in one of them."""
    own = Contents(Packing(10, 2), 20, foreign=(Foreign(0, Packages(OTHER, 1, 500_000, 1_000_000)),))
    other = Contents(Packing(10, 100), 10_000_000, foreign=(Foreign(600_000, Packages(THIRD, 0, 7, 8)),))
    third = Contents(Packing(10, 100), 100, (PackingException(0, 7, 8, 600_000, "并箱", OTHER),))
    by_batch = {UUID(int=1): own, OTHER: other, THIRD: third}
    started = time.process_time()
    assert units_inside([Packages(UUID(int=1), 2, 0, 1)], by_batch.__getitem__) == {
        UUID(int=1): (Interval(0, 20),),
        OTHER: (Interval(5_000_000, 10_000_000),),
        THIRD: (Interval(7, 8),),
    }
    assert time.process_time() - started < 0.2
    assert third.container_of(0, 7) == Container(600_000, OTHER)


def test_a_spare_package_is_empty_and_stands_nowhere_though_the_last_pallet_has_room() -> None:
    """23 units, 4 cartons of 6, 3 cartons a pallet: by the arithmetic alone carton 4 would stand on pallet 1."""
    contents = Contents(Packing(6, 3), 23)
    assert contents.container_of(1, 3) == Container(1)
    assert contents.container_of(1, 4) is None
    assert (contents.units_in(1, 4), contents.units_in(2, 2), contents.inside(2, 2)) == ((), (), ())
    assert contents.inside(2, 1) == (Interval(3, 4),)


def test_a_spare_carton_on_a_pallet_brings_what_was_put_into_it() -> None:
    moved = recorded((PackingException(0, 3, 5, 4, "分装"),), PackingException(1, 4, 5, 1, "上垛"))
    contents = Contents(Packing(6, 3), 23, moved)
    assert contents.units_in(1, 4) == (Interval(3, 5),)
    assert contents.units_in(2, 1) == (Interval(3, 5), Interval(18, 23))
