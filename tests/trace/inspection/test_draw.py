"""The draw: what holds of every result, and how likely each object is drawn."""

from __future__ import annotations

import hmac
import random
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suiyuan.trace.inspection.draw import (
    Candidate,
    CandidateList,
    Conflict,
    Exclusion,
    Inspector,
    Stratum,
    commit,
    draw,
    inclusion_probabilities,
    published,
    read,
    verify,
    written,
)
from suiyuan.trace.inspection.draw.randomness import Stream
from suiyuan.trace.inspection.draw.sampling import systematic

from .draws import drawn, ningxia_list, secret, small_list

SMALL = small_list()


@st.composite
def lists(draw_value: st.DrawFn) -> CandidateList:
    """Candidate lists from which can be drawn."""
    weights = draw_value(st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=1, max_size=3))
    inspectors = draw_value(st.integers(2, 6))
    candidates: list[Candidate] = []
    strata: list[Stratum] = []
    exclusions: list[Exclusion] = []
    conflicts: list[Conflict] = []
    for number, each in enumerate(weights):
        able = 0
        for position, weight in enumerate(each):
            object_id = f"{number}-{position}"
            candidates.append(Candidate(object_id, f"s{number}", weight))
            if draw_value(st.integers(0, 4)) == 0:
                exclusions.append(Exclusion(object_id, "closed"))
            elif weight:
                able += 1
            for inspector in draw_value(st.sets(st.integers(0, inspectors - 1), max_size=inspectors - 2)):
                conflicts.append(Conflict(f"i{inspector}", object_id, "kin"))
        strata.append(Stratum(f"s{number}", draw_value(st.integers(0, able))))
    return CandidateList(
        plan="any",
        strata=tuple(strata),
        candidates=tuple(candidates),
        inspectors=tuple(Inspector(f"i{number}", "agency") for number in range(inspectors)),
        conflicts=tuple(conflicts),
        exclusions=tuple(exclusions),
    )


# ------------------------------------------------------------------------------------------------------ what holds


@settings(deadline=None)
@given(lists(), st.integers(0, 1_000))
def test_every_draw_keeps_the_rules_and_verifies(listed: CandidateList, number: int) -> None:
    result = drawn(listed, number).result
    weights = {each.object_id: each.weight for each in listed.candidates}
    strata = {each.object_id: each.stratum for each in listed.candidates}
    excluded = {each.object_id for each in listed.exclusions}
    forbidden = {(each.inspector_id, each.object_id) for each in listed.conflicts}
    assert len({each.object_id for each in result}) == len(result)
    for stratum in listed.strata:
        assert sum(each.stratum == stratum.name for each in result) == stratum.size
    for each in result:
        assert weights[each.object_id] > 0
        assert each.object_id not in excluded
        assert strata[each.object_id] == each.stratum
        assert len(set(each.inspector_ids)) == len(each.inspector_ids) == 2
        assert not {(inspector_id, each.object_id) for inspector_id in each.inspector_ids} & forbidden
    assert verify(read(written(published(drawn(listed, number))))) == []


@settings(deadline=None)
@given(lists(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(listed: CandidateList, shuffler: random.Random) -> None:
    def mixed(rows: Sequence[object]) -> tuple[object, ...]:
        return tuple(shuffler.sample(rows, len(rows)))

    parts = ("strata", "candidates", "inspectors", "conflicts", "exclusions")
    other = replace(listed, **{part: mixed(getattr(listed, part)) for part in parts})
    assert published(drawn(other)) == published(drawn(listed))


def test_another_secret_or_public_value_gives_another_draw() -> None:
    listed = ningxia_list()
    results = {drawn(listed, number, value).result for number in (1, 2) for value in ("03 07", "03 08")}
    assert len(results) == 4


def test_a_known_secret_gives_this_draw() -> None:
    """Pinned: a change that gives another result needs another name of the algorithm."""
    found = [(each.object_id, str(each.probability), each.inspector_ids) for each in drawn(SMALL, 1).result]
    assert found == PINNED


PINNED = [("a0", "3/4", ("i2", "i3")), ("a2", "1", ("i0", "i1")), ("b3", "4/9", ("i0", "i2"))]


def test_loads_differ_by_one_where_nothing_stands_in_the_way() -> None:
    loads = drawn(replace(ningxia_list(), conflicts=()), public_value="1").loads()
    assert len(loads) == 40
    assert max(loads.values()) - min(loads.values()) <= 1


def test_ningxia_is_drawn_within_a_second_and_verifies_from_its_file() -> None:
    listed = ningxia_list()
    commitment = commit(listed, secret(7))
    started = time.process_time()
    result = draw(listed, secret(7), commitment, "03 07 12 19 24 31 | 05")
    assert time.process_time() - started < 1
    assert {stratum.size for stratum in listed.strata} == {3, 4, 5}
    assert len(result.result) == sum(each.size for each in listed.strata)
    assert verify(read(written(published(result))), commitment=commitment.digest) == []


# ------------------------------------------------------------------------------------------------------ probabilities


@given(st.lists(st.integers(1, 12), min_size=1, max_size=7), st.data())
def test_each_object_is_hit_by_exactly_its_share_of_starts(weights: list[int], data: st.DataObject) -> None:
    """Exact, over all starts: so the probability of the documentation is that of the code, whatever the order."""
    size = data.draw(st.integers(0, len(weights)))
    named = {f"o{number}": weight for number, weight in enumerate(weights)}
    probabilities = inclusion_probabilities(named, size)
    assert sum(probabilities.values()) == size
    uncertain = [(name, named[name]) for name in named if probabilities[name] < 1]
    places = size - (len(named) - len(uncertain))
    if not places:
        assert all(probabilities[name] == 0 for name, _ in uncertain)
        return
    total = sum(weight for _, weight in uncertain)
    hits = dict.fromkeys(named, 0)
    for start in range(total):
        chosen = systematic(uncertain, places, start)
        assert len(set(chosen)) == len(chosen) == places
        for name in chosen:
            hits[name] += 1
    for name, weight in uncertain:
        assert Fraction(hits[name], total) == probabilities[name] == Fraction(weight * places, total)


def test_what_would_be_drawn_more_than_once_is_taken_for_certain() -> None:
    assert inclusion_probabilities({"a": 90, "b": 6, "c": 3, "d": 1}, 2) == {
        "a": 1,
        "b": Fraction(3, 5),
        "c": Fraction(3, 10),
        "d": Fraction(1, 10),
    }


@given(st.integers(1, 70_000), st.binary(min_size=32, max_size=32))
def test_numbers_stay_below_their_bound(bound: int, seed: bytes) -> None:
    stream = Stream(seed, "x")
    assert all(0 <= stream.below(bound) < bound for _ in range(5))


def test_the_numbers_are_those_of_the_description() -> None:
    """Computed once more from the first block alone: bytes 0-1, 2-3 … for numbers below 1,000, which have ten bits."""
    block = hmac.new(secret(0), b"inspectors\x00" + bytes(8), "sha256").digest()
    ten_bits = [(block[at] << 8 | block[at + 1]) >> 6 for at in range(0, 32, 2)]
    expected = [number for number in ten_bits if number < 1_000]
    stream = Stream(secret(0), "inspectors")
    assert len(expected) > 10
    assert [stream.below(1_000) for _ in expected] == expected
    assert Stream(secret(0), "redraw/1").below(1_000) != expected[0]


def test_there_is_nothing_below_zero() -> None:
    with pytest.raises(ValueError, match="nothing to choose from"):
        Stream(secret(0), "x").below(0)
