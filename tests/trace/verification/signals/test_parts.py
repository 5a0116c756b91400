"""The detector's parts: places, assumptions, and that every prediction is a distribution."""

from __future__ import annotations

import math
import tomllib
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suiyuan.trace.parties.regions import REGIONS
from suiyuan.trace.verification.signals.answers import Answer, of_copy, of_honest, of_stray
from suiyuan.trace.verification.signals.hypotheses import FAULTS, HONEST, answer_likelihoods, place_likelihoods
from suiyuan.trace.verification.signals.pack import (
    PackBelief,
    advance,
    begin,
    bought,
    joined,
    look_at,
    sell,
    shop_named,
)
from suiyuan.trace.verification.signals.parameters import parameters
from suiyuan.trace.verification.signals.places import counties, distance_km, places


def test_every_county_of_ningxia_has_a_centre_within_it() -> None:
    known = {code for code in REGIONS if code.startswith("64") and not code.endswith("00")}
    assert {county.code for county in counties()} == known
    for county in counties():
        assert REGIONS[county.code][0] == county.name
        assert 104 < county.longitude < 108 and 35 < county.latitude < 40
        assert county.towns > 0


def test_distances_are_those_of_the_map() -> None:
    by_name = {county.name: county for county in counties()}
    assert 5 < distance_km(by_name["兴庆区"], by_name["金凤区"]) < 40
    assert 240 < distance_km(by_name["兴庆区"], by_name["原州区"]) < 280


def test_every_assumption_has_its_reason_and_shares_are_shares() -> None:
    path = files("suiyuan.trace.verification.signals").joinpath("parameters.toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    assert sum(len(rows) for rows in tables.values()) > 40
    for rows in tables.values():
        for name, row in rows.items():
            assert set(row) == {"value", "reason"} and len(row["reason"]) > 5, name
    decision = parameters().decision
    assert math.isclose(sum(decision.copies.values()), decision.copied)
    assert math.isclose(HONEST + sum(fault.prior for fault in FAULTS), 1)
    assert decision.suspect_odds > decision.watch_odds > decision.ask_odds


def after_a_while() -> list[tuple[str, PackBelief]]:
    shop, far = places().index["640104"], places().index["640402"]
    sold, _ = sell(advance(begin(shop), 20))
    return [
        ("nothing known", begin(None)),
        ("on the shelf", begin(shop)),
        ("after a month", advance(begin(shop), 30)),
        ("an hour after the sale", advance(sold, 1 / 24)),
        ("seen far away", look_at(bought(advance(begin(shop), 5)), far, 5.0, False)[0]),
        ("at a second outlet", joined(advance(begin(shop), 5), far)[0]),
    ]


@pytest.mark.parametrize("belief", [row[1] for row in after_a_while()], ids=[row[0] for row in after_a_while()])
@pytest.mark.parametrize("by_outlet", [False, True])
def test_a_genuine_pack_is_somewhere_and_its_next_look_too(belief: PackBelief, by_outlet: bool) -> None:
    """The bound on false alarms rests on this: likelihoods of all places sum to 1."""
    assert math.isclose(float(belief.by_place().sum()), 1)
    every = range(len(places().weights))
    assert math.isclose(sum(look_at(belief, place, 2.0, by_outlet)[1] for place in every), 1)
    assert math.isclose(sum(joined(belief, place)[1] for place in every), 1)


EVERY = range(len(places().weights))


def every_answer(place: int | None, before: tuple[int, ...]) -> list[Answer]:
    """All that can be said: each county, or a photograph."""
    return [Answer(named, place, False, before) for named in (*EVERY, None)]


answered_before = st.lists(st.sampled_from(EVERY), max_size=3, unique=True).map(tuple)


@given(st.sampled_from(EVERY), answered_before, st.integers(0, 5), st.sampled_from([None, 0.1, 3.0]))
def test_answers_are_distributions(place: int, before: tuple[int, ...], which: int, days: float | None) -> None:
    """Given the place of the look: of a genuine pack, and under every fault."""
    answers, belief = every_answer(place, before), after_a_while()[which][1]
    _, unsaid = look_at(belief, place, days, False)
    assert math.isclose(sum(look_at(belief, place, days, False, answer)[1] for answer in answers), unsaid)
    for answer in answers[:3]:
        assert math.isclose(float(look_at(belief, place, days, False, answer)[0].by_place().sum()), 1)
    nothing = [0.0] * len(FAULTS)
    assert np.allclose(np.sum([answer_likelihoods(answer, nothing) for answer in answers], axis=0), 1)
    assert np.allclose(np.sum([of_honest(answer) for answer in answers], axis=0), 1)
    assert math.isclose(sum(of_stray(answer, belief.bought_in()) for answer in answers), 1)
    elsewhere = Answer(None, place, True, before)
    others = [answer for answer in answers if answer.bought not in (None, place)]
    assert math.isclose(of_copy(elsewhere, place), sum(of_copy(answer, place) for answer in others))
    assert np.allclose(of_honest(elsewhere), np.sum([of_honest(answer) for answer in others], axis=0))


@given(answered_before, st.integers(0, 5))
def test_answers_without_a_place_are_distributions(before: tuple[int, ...], which: int) -> None:
    answers, belief = every_answer(None, before), after_a_while()[which][1]
    assert math.isclose(sum(shop_named(belief, answer)[1] for answer in answers), 1)
    assert math.isclose(float(shop_named(belief, answers[5])[0].by_place().sum()), 1)
    photograph = [parameters().answer.photograph] * len(FAULTS)
    under_faults = [
        answer_likelihoods(answer, place_likelihoods(answer.bought, before, 3, None, None))
        for answer in answers
        if answer.bought is not None
    ]
    assert np.allclose(np.sum([*under_faults, photograph], axis=0), 1)


@pytest.mark.parametrize("seen", [(), (0,), (0, 14), (0, 1, 2, 3, 4, 5, 6, 7)])
@pytest.mark.parametrize(("expected", "last", "days"), [(None, None, None), (3, 0, 2.0), (0, 14, 90.0)])
def test_every_fault_predicts_a_distribution(
    seen: tuple[int, ...], expected: int | None, last: int | None, days: float | None
) -> None:
    each = [place_likelihoods(place, seen, expected, last, days) for place in range(len(places().weights))]
    assert np.allclose(np.array(each).sum(axis=0), 1)
    assert np.array(each).min() >= 0


def test_no_pack_goes_faster_than_a_car() -> None:
    shop, far = places().index["640104"], places().index["640402"]
    sold, likelihood = sell(begin(shop))
    assert likelihood > 0.99
    at_once = float(sold.by_place()[far])
    assert float(advance(sold, 1 / 24).by_place()[far]) == pytest.approx(at_once, rel=0.01)
    assert float(advance(sold, 20).by_place()[far]) > 5 * at_once
