"""Over 10,000 draws, how often each object and each inspector comes is what the weights say, by the chi-square test.

The secrets are fixed, so the outcome is too. Were they not, all bounds together would be broken by a right program less
than once in a million runs.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from fractions import Fraction
from itertools import accumulate, combinations, permutations

import pytest
from scipy.stats import binomtest, chisquare

from suiyuan.trace.inspection.draw import (
    Assignment,
    Candidate,
    CandidateList,
    Commitment,
    Inspector,
    Stratum,
    draw,
    inclusion_probabilities,
    require_list,
)

from .draws import secret

DRAWS = 10_000
LEAST_P = 1e-8
"""Of each test; there are fewer than a hundred."""

ONE = {"a1": 1, "a2": 2, "a3": 3, "a4": 4}
TWO = {"b1": 1, "b2": 2, "b3": 3, "b4": 4}
UNCERTAIN = {"c1": 1, "c2": 2, "c3": 3, "c4": 4, "c5": 5}
CERTAIN = {"c9": 30}
NEVER = {"a0": 0}
INSPECTORS = ("i1", "i2", "i3", "i4")

LISTED = CandidateList(
    plan="frequencies",
    strata=(Stratum("one of four", 1), Stratum("two of four", 2), Stratum("three of six", 3)),
    candidates=tuple(
        Candidate(object_id, stratum, weight)
        for stratum, weights in {
            "one of four": ONE | NEVER,
            "two of four": TWO,
            "three of six": UNCERTAIN | CERTAIN,
        }.items()
        for object_id, weight in weights.items()
    ),
    inspectors=tuple(Inspector(each, "agency") for each in INSPECTORS),
)


@pytest.fixture(scope="module")
def results() -> list[tuple[Assignment, ...]]:
    list_sha256 = require_list(LISTED).sha256()
    secrets = [secret(number) for number in range(DRAWS)]
    return [draw(LISTED, each, Commitment(list_sha256, hashlib.sha256(each).hexdigest())).result for each in secrets]


def p_value(counts: Counter[tuple[str, ...]], probabilities: dict[tuple[str, ...], Fraction]) -> float:
    """How likely counts are at least as far from what is expected; every sample that occurs must be possible."""
    assert set(counts) <= set(probabilities)
    assert sum(probabilities.values()) == 1
    observed = [counts[each] for each in probabilities]
    expected = [float(each * DRAWS) for each in probabilities.values()]
    assert min(expected) > 20, "too few for the chi-square distribution"
    return float(chisquare(observed, expected).pvalue)


def counted(results: list[tuple[Assignment, ...]], among: dict[str, int]) -> Counter[tuple[str, ...]]:
    """How often these of the objects named were drawn together."""
    return Counter(tuple(each.object_id for each in result if each.object_id in among) for result in results)


def exact(weights: dict[str, int], places: int) -> dict[tuple[str, ...], Fraction]:
    """The probability of each sample, by going through all orders and starts: points at equal steps on a line."""
    total = sum(weights.values())
    samples: Counter[tuple[str, ...]] = Counter()
    orders = list(permutations(weights))
    for order in orders:
        ends = list(accumulate(weights[each] * places for each in order))
        for start in range(total):
            hit = {order[bisect_right(ends, start + step * total)] for step in range(places)}
            samples[tuple(sorted(hit))] += 1
    return {each: Fraction(count, len(orders) * total) for each, count in samples.items()}


def test_one_object_is_drawn_as_often_as_its_weight_says(results: list[tuple[Assignment, ...]]) -> None:
    counts = counted(results, ONE)
    assert p_value(counts, {(each,): Fraction(weight, 10) for each, weight in ONE.items()}) > LEAST_P
    assert p_value(counts, {(each,): Fraction(1, 4) for each in ONE}) < LEAST_P, "the test sees a difference"


@pytest.mark.parametrize("weights", [TWO, UNCERTAIN], ids=["of four", "of five"])
def test_two_objects_are_drawn_together_as_often_as_all_orders_give(
    results: list[tuple[Assignment, ...]], weights: dict[str, int]
) -> None:
    counts, pairs = counted(results, weights), list(combinations(sorted(weights), 2))
    assert p_value(counts, exact(weights, 2)) > LEAST_P
    assert p_value(counts, {pair: Fraction(1, len(pairs)) for pair in pairs}) < LEAST_P, "the test sees a difference"


@pytest.mark.parametrize(("weights", "size"), [(ONE, 1), (TWO, 2), (UNCERTAIN | CERTAIN, 3)])
def test_each_object_is_included_as_often_as_it_should(
    results: list[tuple[Assignment, ...]], weights: dict[str, int], size: int
) -> None:
    counts = Counter(each.object_id for result in results for each in result)
    for object_id, probability in inclusion_probabilities(weights, size).items():
        assert binomtest(counts[object_id], DRAWS, float(probability)).pvalue > LEAST_P, object_id


def test_certain_objects_are_in_every_draw_and_those_of_no_weight_in_none(
    results: list[tuple[Assignment, ...]],
) -> None:
    counts = Counter(each.object_id for result in results for each in result)
    assert counts["c9"] == DRAWS
    assert counts["a0"] == 0
    assert sum(counts.values()) == 6 * DRAWS


def test_each_pair_of_inspectors_is_as_likely_and_nobody_has_more_than_others(
    results: list[tuple[Assignment, ...]],
) -> None:
    pairs = list(combinations(INSPECTORS, 2))
    for position in (0, 5):
        counts = Counter(result[position].inspector_ids for result in results)
        assert p_value(counts, {pair: Fraction(1, len(pairs)) for pair in pairs}) > LEAST_P
    for result in results:
        assert set(Counter(one for each in result for one in each.inspector_ids).values()) == {3}
