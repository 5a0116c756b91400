"""What may be wrong with a code, and where each fault would show looks.

A predictor gives the probability of a look's place under one fault, and sums to 1 over all places. The rule of the
threshold (docs/decisions/0016) asks no more of it: a poor predictor finds less, and leaves the bound where it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from . import answers
from .answers import Answer
from .parameters import parameters
from .places import places

Likelihoods = list[float]
"""One number for each of FAULTS."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`copies`: packs that carry the code. `prior`: share of all codes. `more`: chance that a look is not the last one.

    `is_copied`: a pack with this fault may not be what its label says; not so a genuine pack in the wrong place.
    """

    name: str
    copies: int
    prior: float
    more: float
    is_copied: bool


DIVERTED, REFILLED = 0, 5
"""Where these two stand in FAULTS; those between are copies."""


def _faults() -> tuple[Fault, ...]:
    decision, genuine = parameters().decision, parameters().pack.another_look
    copied = tuple(
        # The looks of n packs that end each with the chance 1 - q end, as a rule, after n times as many.
        Fault(f"copies_{count}", count, prior, 1 - (1 - genuine) / count, True)
        for count, prior in decision.copies.items()
    )
    diverted = Fault("diverted", 1, decision.diverted, genuine, False)
    return diverted, *copied, Fault("refilled", 2, decision.refilled, genuine, True)


FAULTS = _faults()
PRIORS = tuple(fault.prior for fault in FAULTS)
COUNTS = tuple(fault.copies for fault in FAULTS)
HONEST = 1 - sum(PRIORS)

MOST = 500.0
"""A logarithm of a ratio above which nothing more is to be decided, and far below where a float ends."""


def constant(diverted: float = 0.0, copied: float = 0.0, refilled: float = 0.0) -> Likelihoods:
    """One number for diversion, one for every count of copies, one for a refill."""
    return [diverted, *(copied for _ in range(DIVERTED + 1, REFILLED)), refilled]


def odds(ratios: Sequence[float]) -> tuple[float, float]:
    """Prior share times likelihood ratio: of a pack that may be false, and of a genuine one in the wrong place."""
    each = [prior * math.exp(min(ratio, MOST)) for prior, ratio in zip(PRIORS, ratios, strict=True)]
    return sum(each[DIVERTED + 1 :]), each[DIVERTED]


def place_likelihoods(
    place: int, seen: tuple[int, ...], expected: int | None, last: int | None, days: float | None
) -> Likelihoods:
    """Probability of a look in `place` under each fault.

    `seen`: places of earlier looks, each once. `expected`: where custody has the genuine pack; under all faults but
    diversion a pack is there. `last`: the place of the last look, `days` ago.
    """
    copies, weight = parameters().copies, float(places().weights[place])
    with_expected = seen if expected is None or expected in seen else (expected, *seen)
    among, among_seen = _among(place, with_expected), _among(place, seen)
    again = 0.0 if last is None or days is None else copies.same_again * math.exp(-days / copies.same_days)
    here = again if place == last else 0.0
    found: Likelihoods = []
    for number, count in enumerate(COUNTS):
        known, near = (len(seen), among_seen) if number == DIVERTED else (len(with_expected), among)
        fresh = max(1 - known / count, copies.new_place) if known else 1.0
        found.append(here + (1 - again) * (fresh * weight + (1 - fresh) * near))
    return found


def _among(place: int, seen: tuple[int, ...]) -> float:
    """Probability of `place` given one of the packs seen: where it was, or around."""
    if not seen:
        return 0.0
    around, near = parameters().copies.around, places().home_rows
    beside = sum(near[each][place] for each in seen) / len(seen)
    return (1 - around) * (place in seen) / len(seen) + around * beside


def answer_likelihoods(answer: Answer, places_named: Likelihoods) -> Likelihoods:
    """Probability of an answer, given that there is one, under each fault.

    A diverted pack was bought in one place, as any genuine one. `places_named`: the likelihoods of a look in the place
    named, for a look that has none itself.
    """
    if answer.place is None:
        found = [each * (1 - parameters().answer.photograph) for each in places_named]
    else:
        found = [answers.of_copy(answer, answer.place)] * len(COUNTS)
    if answer.before:
        named = answers.of_honest(answer)
        found[DIVERTED] = sum(float(named[each]) for each in answer.before) / len(answer.before)
    return found


def outlet_likelihoods(sites: int) -> Likelihoods:
    """Probability that an outlet's look comes from an outlet not seen before, `sites` being known."""
    copies, errors = parameters().copies, parameters().look
    return [max(copies.second_outlet * (1 - sites / count), errors.second_outlet) for count in COUNTS]
