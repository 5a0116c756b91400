"""The algebra of spans against the plainest model there is: one entry per unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.batches.model import Packing
from suiyuan.trace.custody.model import (
    CustodyState,
    Movement,
    MovementKind,
    Picture,
    Span,
    coverage_faults,
    is_same_place,
    merged,
    overlapping,
    rewritten,
)
from suiyuan.trace.kernel.intervals import Interval, united

HOLDERS = [UUID(int=number) for number in (1, 2, 3)]
TRANSFERS = [UUID(int=number) for number in (11, 12)]
MOVEMENTS = [None, UUID(int=21), UUID(int=22)]
SIZE = 30

intervals = st.tuples(st.integers(0, SIZE - 1), st.integers(1, SIZE)).map(
    lambda pair: Interval(min(pair), max(pair[1], min(pair) + 1))
)


@st.composite
def coverings(draw: st.DrawFn) -> list[Span]:
    """Merged spans that cover `[0, SIZE)`."""
    cuts = sorted(draw(st.sets(st.integers(1, SIZE - 1), max_size=8)))
    spans: list[Span] = []
    for start, stop in zip([0, *cuts], [*cuts, SIZE], strict=True):
        holder = draw(st.sampled_from(HOLDERS))
        moved_by = draw(st.sampled_from(MOVEMENTS))
        if draw(st.booleans()):
            spans.append(Span(start, stop, holder, movement_id=moved_by))
        else:
            receiver, transfer = draw(st.sampled_from(HOLDERS)), draw(st.sampled_from(TRANSFERS))
            spans.append(Span(start, stop, holder, CustodyState.IN_TRANSIT, receiver, transfer, None, moved_by))
    return merged(spans)


def units(spans: list[Span]) -> list[Span]:
    """One span of no extent per unit: what each unit is, without where it is."""
    return [replace(span, start=0, stop=0) for span in spans for _ in range(span.start, span.stop)]


@given(st.lists(intervals, max_size=8))
def test_united_intervals_are_the_same_units_sorted_and_apart(given_intervals: list[Interval]) -> None:
    found = united(given_intervals)
    inside = {unit for interval in given_intervals for unit in range(interval.start, interval.stop)}
    assert [unit for interval in found for unit in range(interval.start, interval.stop)] == sorted(inside)
    assert all(left.stop < right.start for left, right in pairwise(found))
    assert united(found) == found
    assert united(reversed(given_intervals)) == found


@given(coverings(), intervals)
def test_rewriting_changes_exactly_the_units_inside(spans: list[Span], interval: Interval) -> None:
    new = Span(0, 0, UUID(int=99))
    after = rewritten(spans, interval, lambda span: replace(new, start=span.start, stop=span.stop))
    expected = units(spans)
    expected[interval.start : interval.stop] = [new] * interval.units
    assert units(after) == expected
    assert coverage_faults(after, SIZE) == []
    assert rewritten(spans, interval, lambda span: span) == spans


@given(coverings(), intervals)
def test_the_parts_inside_an_interval_cover_it(spans: list[Span], interval: Interval) -> None:
    parts = overlapping(spans, interval)
    assert units(parts) == units(spans)[interval.start : interval.stop]
    assert parts[0].start == interval.start
    assert parts[-1].stop == interval.stop


@given(coverings())
def test_merging_is_done_once_and_for_all(spans: list[Span]) -> None:
    single = [replace(span, start=unit, stop=unit + 1) for span in spans for unit in range(span.start, span.stop)]
    assert merged(single) == spans
    assert merged(spans) == spans
    assert coverage_faults(spans, SIZE) == []


def test_spans_that_differ_in_anything_stay_apart() -> None:
    left, right = Span(0, 5, HOLDERS[0]), Span(5, 10, HOLDERS[0])
    assert left.continues(right)
    assert not right.continues(left)
    assert not left.continues(replace(right, start=6))
    for changed in (
        replace(right, holder_id=HOLDERS[1]),
        replace(right, state=CustodyState.DAMAGED),
        replace(right, site_id=TRANSFERS[0]),
        replace(right, movement_id=MOVEMENTS[1]),
    ):
        assert not left.continues(changed)
        assert merged([left, changed]) == [left, changed]
        assert is_same_place(left, changed) is (changed.movement_id is not None)


def test_a_picture_tells_where_units_are_and_which_movements_they_had() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    one, other = (
        Movement(A, UUID(int=number), MovementKind.SHIP, UUID(int=number), A, B, at, intervals)
        for number, intervals in ((1, (Interval(0, 4), Interval(6, 8))), (2, (Interval(2, 7),)))
    )
    first = Span(0, 4, A, movement_id=UUID(int=1))
    second, third = replace(first, start=4, stop=8, movement_id=UUID(int=2)), Span(8, 10, B)
    picture = Picture.of((first, second, third), (one, other))
    assert [picture.way(place) for place in (0, 3, 5, 6, 7, 8)] == [(0,), (0, 1), (1,), (0, 1), (0,), ()]
    assert picture.locate(0, 8) == (first, False)  # by another movement, but in the same place
    assert picture.locate(4, 9) == (second, True)
    assert picture.locate(9, 10) == (third, False)


A, B = HOLDERS[:2]
HALF = replace(Span(0, 10, A), receiver_id=B)


@pytest.mark.parametrize(
    ("spans", "fault"),
    [
        ([], "no span"),
        ([Span(1, 10, A)], "first span starts at 1"),
        ([Span(0, 9, A)], "last span stops at 9, the batch has 10 units"),
        ([Span(0, 11, A)], "last span stops at 11, the batch has 10 units"),
        ([Span(0, 4, A), Span(5, 10, B)], "units 4 to 5 have no holder"),
        ([Span(0, 6, A), Span(5, 10, B)], "units 5 to 6 have two holders"),
        ([Span(0, 5, A), Span(5, 10, A)], "spans at 0 and 5 are one"),
        ([Span(0, 5, A), Span(5, 5, B), Span(5, 10, A)], "empty span at 5"),
        ([HALF], "span at 0 is half in transit"),
        ([replace(HALF, receiver_id=None, transfer_id=B)], "span at 0 is half in transit"),
        ([replace(HALF, state=CustodyState.IN_TRANSIT)], "span at 0 is half in transit"),
        ([Span(0, 10, A, CustodyState.IN_TRANSIT)], "span at 0 is half in transit"),
    ],
)
def test_every_fault_of_a_covering_is_named(spans: list[Span], fault: str) -> None:
    assert fault in coverage_faults(spans, 10)


@given(st.integers(1, 200), st.integers(1, 12), st.integers(1, 6))
def test_packages_of_each_level_divide_a_batch_without_rest(size: int, per_carton: int, per_pallet: int) -> None:
    packing = Packing(per_carton, per_pallet)
    for level in range(3):
        spans = [packing.span_of(level, index, size) for index in range(packing.count_at(level, size))]
        assert [unit for span in spans for unit in range(*span)] == list(range(size))
        assert all(stop - start == packing.units_at(level) for start, stop in spans[:-1])
        assert spans[-1][0] < spans[-1][1]
