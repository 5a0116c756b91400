"""Parts and rewriting for many intervals in one pass, held against doing it interval by interval."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.custody.model import (
    CustodyState,
    Interval,
    Span,
    merged,
    overlapping,
    parts_in,
    rewritten,
    rewritten_at,
)

SIZE = 40
HOLDERS = [UUID(int=number) for number in range(3)]


@st.composite
def cuts(draw: st.DrawFn) -> list[Interval]:
    """Neighbouring intervals from 0 to SIZE."""
    inner = draw(st.sets(st.integers(1, SIZE - 1), max_size=12))
    return [Interval(start, stop) for start, stop in pairwise([0, *sorted(inner), SIZE])]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Span], list[Interval]]:
    """Spans that cover a batch, and sorted, disjoint intervals in it, some of which touch."""
    spans = [Span(each.start, each.stop, draw(st.sampled_from(HOLDERS))) for each in draw(cuts())]
    return merged(spans), [each for each in draw(cuts()) if draw(st.booleans())]


@given(histories())
def test_parts_are_those_of_each_interval_in_order(history: tuple[list[Span], list[Interval]]) -> None:
    spans, intervals = history
    expected = sorted((part for each in intervals for part in overlapping(spans, each)), key=lambda part: part.start)
    assert parts_in(spans, intervals) == expected


@given(histories())
def test_rewriting_at_once_is_rewriting_one_by_one(history: tuple[list[Span], list[Interval]]) -> None:
    spans, intervals = history

    def sell(part: Span) -> Span:
        return replace(part, state=CustodyState.SOLD)

    expected = spans
    for each in intervals:
        expected = rewritten(expected, each, sell)
    assert rewritten_at(spans, intervals, sell) == expected
    units = {unit for each in intervals for unit in range(each.start, each.stop)}
    found = {
        unit
        for span in rewritten_at(spans, intervals, sell)
        if span.state is CustodyState.SOLD
        for unit in range(span.start, span.stop)
    }
    assert found == units
