"""Ranges of indices do what the sets of their indices do, and come out in one normal form."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.kernel.intervals import Interval, united, without


def intervals_of(least_units: int) -> st.SearchStrategy[list[Interval]]:
    one = st.builds(
        lambda start, units: Interval(start, start + units), st.integers(0, 40), st.integers(least_units, 9)
    )
    return st.lists(one, max_size=12)


def indices(intervals: Iterable[Interval]) -> set[int]:
    return {index for each in intervals for index in range(each.start, each.stop)}


def is_normal(intervals: tuple[Interval, ...]) -> bool:
    """Sorted, none empty, none touching the next."""
    return all(each.units > 0 for each in intervals) and all(one.stop < two.start for one, two in pairwise(intervals))


@given(intervals_of(1))
def test_two_intervals_meet_where_they_share_an_index(given_intervals: list[Interval]) -> None:
    for one, other in pairwise(given_intervals):
        assert one.meets(other) == other.meets(one) == bool(indices([one]) & indices([other]))


@given(intervals_of(1))
def test_a_union_has_the_same_indices_in_one_normal_form(given_intervals: list[Interval]) -> None:
    found = united(given_intervals)
    assert indices(found) == indices(given_intervals)
    assert is_normal(found)
    assert sum(each.units for each in found) == len(indices(given_intervals))
    assert united(reversed(found)) == found


@given(intervals_of(1), st.integers(0, 40), st.integers(1, 20))
def test_what_is_left_is_the_difference_in_order(taken: list[Interval], start: int, units: int) -> None:
    whole = Interval(start, start + units)
    left = without(whole, taken)
    assert indices(left) == indices([whole]) - indices(taken)
    assert is_normal(left)


@given(intervals_of(0), st.integers(0, 40), st.integers(0, 20))
def test_empty_ranges_add_nothing_and_take_nothing(some: list[Interval], start: int, units: int) -> None:
    whole = Interval(start, start + units)
    assert indices(united(some)) == indices(some)
    assert indices(without(whole, some)) == indices([whole]) - indices(some)
    assert sum(each.units for each in without(whole, some)) == len(indices([whole]) - indices(some))


@pytest.mark.parametrize(
    ("given_intervals", "expected"),
    [
        ([], []),
        ([(3, 5)], [(3, 5)]),
        ([(0, 3), (3, 5)], [(0, 5)]),
        ([(0, 3), (4, 5)], [(0, 3), (4, 5)]),
        ([(0, 9), (2, 4)], [(0, 9)]),
        ([(5, 7), (0, 2), (1, 6)], [(0, 7)]),
    ],
    ids=["none", "one", "touching", "apart", "inside", "bridged"],
)
def test_unions_at_their_edges(given_intervals: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    assert united(Interval(*each) for each in given_intervals) == tuple(Interval(*each) for each in expected)


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], [(10, 20)]),
        ([(0, 10), (20, 30)], [(10, 20)]),
        ([(0, 11), (19, 30)], [(11, 19)]),
        ([(12, 13), (15, 17)], [(10, 12), (13, 15), (17, 20)]),
        ([(0, 30)], []),
        ([(10, 15), (15, 20)], []),
    ],
    ids=["none", "outside", "both_ends", "holes", "all", "all_in_parts"],
)
def test_differences_at_their_edges(taken: list[tuple[int, int]], expected: list[tuple[int, int]]) -> None:
    found = without(Interval(10, 20), [Interval(*each) for each in taken])
    assert found == tuple(Interval(*each) for each in expected)
