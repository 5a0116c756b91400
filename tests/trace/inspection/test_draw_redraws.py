"""Redraws: who takes the place, and the trace that each leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from suiyuan.trace.inspection.draw import (
    Draw,
    redraw_inspector,
    redraw_object,
)
from suiyuan.trace.kernel.errors import SuiyuanError

from .draws import drawn, small_list

SMALL = small_list()


def test_a_redrawn_object_comes_from_its_stratum_with_inspectors_of_its_own() -> None:
    before = drawn(SMALL)
    gone = next(each for each in before.result if each.stratum == "B")
    after = redraw_object(before, gone.object_id, by="director", reason=" shop  is closed ")
    [entry] = after.redraws
    assert after.result == before.result
    assert (entry.number, entry.by, entry.reason) == (1, "director", "shop is closed")
    assert (entry.object_id, entry.inspector_id, entry.before) == (gone.object_id, None, gone)
    assert entry.after.stratum == "B"
    assert entry.after.object_id in {"b0", "b1", "b2", "b3"} - {gone.object_id}
    assert ("i3", "b1") not in {(each, entry.after.object_id) for each in entry.after.inspector_ids}
    assert set(after.current) == set(before.current) - {gone.object_id} | {entry.after.object_id}
    assert sum(after.loads().values()) == sum(before.loads().values()) == 6


def test_a_redrawn_inspector_leaves_the_others() -> None:
    before = drawn(SMALL)
    first = before.result[-1]
    leaving, staying = first.inspector_ids
    after = redraw_inspector(before, first.object_id, leaving, by="director", reason="ill")
    now = after.current[first.object_id].inspector_ids
    assert staying in now
    assert leaving not in now
    assert len(set(now)) == 2
    assert {**after.current, first.object_id: first} == before.current
    assert after.redraws[0].before == first


def test_whoever_was_replaced_does_not_come_back() -> None:
    state, gone = drawn(SMALL), set[str]()
    for _ in range(3):
        held = next(each.object_id for each in state.current.values() if each.stratum == "B")
        gone.add(held)
        state = redraw_object(state, held, by="director", reason="closed")
        assert not gone & set(state.current)
    last = next(each.object_id for each in state.current.values() if each.stratum == "B")
    refuses_redraw(lambda: redraw_object(state, last, by="director", reason="closed"), "draw.none_left")


def test_inspectors_run_out() -> None:
    state = drawn(replace(SMALL, conflicts=()))
    object_id = state.result[0].object_id
    for _ in range(2):
        leaving = state.current[object_id].inspector_ids[0]
        state = redraw_inspector(state, object_id, leaving, by="director", reason="ill")
        assert leaving not in state.current[object_id].inspector_ids
    last = state.current[object_id].inspector_ids[0]
    refuses_redraw(lambda: redraw_inspector(state, object_id, last, by="d", reason="ill"), "draw.none_left")


def test_what_was_not_drawn_is_not_redrawn() -> None:
    state = drawn(SMALL)
    first = state.result[0]
    [other, *_] = {"i0", "i1", "i2", "i3"} - set(first.inspector_ids)
    refuses_redraw(lambda: redraw_object(state, "a3", by="d", reason="x"), "draw.not_drawn")
    refuses_redraw(lambda: redraw_inspector(state, "a3", "i0", by="d", reason="x"), "draw.not_drawn")
    refuses_redraw(lambda: redraw_inspector(state, first.object_id, other, by="d", reason="x"), "draw.not_drawn")


def test_a_redraw_needs_a_reason_and_somebody_who_answers_for_it() -> None:
    state = drawn(SMALL)
    held = state.result[-1].object_id
    refuses_redraw(lambda: redraw_object(state, held, by="d", reason=" "), "text.missing")
    refuses_redraw(lambda: redraw_object(state, held, by="", reason="closed"), "text.missing")


def test_the_wording_of_a_reason_changes_nothing() -> None:
    state = drawn(SMALL)
    held = state.result[-1].object_id
    outcomes = {
        redraw_object(state, held, by=by, reason=reason).redraws[0].after
        for by, reason in (("a", "closed"), ("a", "moved"), ("b", "closed"))
    }
    assert len(outcomes) == 1


def refuses_redraw(act: Callable[[], Draw], code: str) -> None:
    with pytest.raises(SuiyuanError) as refused:
        act()
    assert refused.value.code == code
