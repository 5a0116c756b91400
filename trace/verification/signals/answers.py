"""What people say when they are asked where the pack is from, and how likely that is.

An answer names the county of the shop, or calls it a photograph. A predictor gives the probability of an answer given
that there is one, and sums to 1 over all counties and the photograph; the county is picked by the person, whatever the
telephone says of its position.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .model import Look, Origin
from .parameters import parameters
from .places import Vector, places


@dataclass(frozen=True, slots=True)
class Answer:
    """`bought`: the place named; None for a photograph, or, if `is_elsewhere`, for any place but that of the look.

    `place`: of the look, None where it has none. `before`: the places that were named so far, each once.
    """

    bought: int | None
    place: int | None
    is_elsewhere: bool = False
    before: tuple[int, ...] = ()


def answer_of(look: Look, place: int | None, before: tuple[int, ...]) -> Answer | None:
    """What a look's answer weighs as: None if nobody was asked or answered, or the answer leaves everything open."""
    if look.site is not None or not look.said.is_answer:
        return None
    if look.said is Origin.PHOTOGRAPH:
        return None if place is None else Answer(None, place, before=before)
    named = places().find(look.bought_in)
    if named is None and look.said is Origin.BOUGHT_HERE:
        named = place
    if named is None:
        return None if place is None else Answer(None, place, True, before)
    return Answer(named, place, False, before)


def of_honest(answer: Answer) -> Vector:
    """(n,): probability of the answer of somebody whose pack was bought in each place."""
    said, table = parameters().answer, places()
    if answer.is_elsewhere:
        return 1 - said.photograph - of_honest(Answer(answer.place, answer.place, False, answer.before))
    if answer.bought is None:
        return np.full_like(table.weights, said.photograph)
    here = 0.0 if answer.place is None else said.wrong_here
    found = said.wrong * (1 - here) * table.border[:, answer.bought]
    found[answer.bought] += 1 - said.wrong
    if answer.bought == answer.place:
        found += said.wrong * here
    return (1 - said.photograph) * _as_before(answer, found)


def of_stray(answer: Answer, bought_in: Vector) -> float:
    """Of somebody whose look shows a place where the pack is not. `bought_in` (n,): where it was bought."""
    said = parameters().answer
    if answer.is_elsewhere:
        here = Answer(answer.place, answer.place, False, answer.before)
        return 1 - said.stray_photograph - of_stray(here, bought_in)
    if answer.bought is None:
        return said.stray_photograph
    here = said.stray_here * (answer.bought == answer.place) + (1 - said.stray_here) * float(bought_in[answer.bought])
    return (1 - said.stray_photograph) * float(_as_before(answer, np.array(here)))


def _as_before(answer: Answer, found: Vector) -> Vector:
    """`found`, but a share says what was said before: who was mistaken once, and his family, will be so again."""
    if not answer.before:
        return found
    again = parameters().answer.again
    return again * (answer.bought in answer.before) / len(answer.before) + (1 - again) * found


def of_copy(answer: Answer, place: int) -> float:
    """Of somebody with a copy, whose look shows `place`."""
    said, table = parameters().answer, places()
    if answer.is_elsewhere:
        return 1 - said.photograph - of_copy(Answer(place, place), place)
    if answer.bought is None:
        return said.photograph
    other = (table.home_rows[place][answer.bought] + float(table.weights[answer.bought])) / 2
    return (1 - said.photograph) * (said.copy_here * (answer.bought == place) + (1 - said.copy_here) * other)
