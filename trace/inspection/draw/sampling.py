"""Which objects by their weights, and which inspectors by their load. Whole numbers and fractions only.

Objects of a stratum are drawn by systematic sampling with probability proportional to size, in random order: whatever
the order, an object of weight w is among the n drawn with probability exactly n·w / W, W being the sum of weights.
Where that would be 1 or more the object is taken for certain, and the rest is drawn from the rest in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from .randomness import Stream

Weights = Mapping[str, int]
"""Weight by object, from 1 up."""


def inclusion_probabilities(weights: Weights, size: int) -> dict[str, Fraction]:
    """How likely each object is among the `size` drawn; the probabilities add up to `size`.

    `size` is from 0 to the number of objects.
    """
    certain, rest, places = _set_apart(weights, size)
    total = sum(rest.values())
    return {
        **dict.fromkeys(certain, Fraction(1)),
        **{object_id: Fraction(weight * places, total) for object_id, weight in rest.items()},
    }


def sample(weights: Weights, size: int, stream: Stream) -> list[str]:
    """Draws `size` different objects, from 0 to as many as there are."""
    certain, rest, places = _set_apart(weights, size)
    if not places:
        return certain
    order = stream.shuffled(list(rest.items()))
    return certain + systematic(order, places, stream.below(sum(rest.values())))


def systematic(order: Sequence[tuple[str, int]], places: int, start: int) -> list[str]:
    """The objects on which the points `start`, `start` + W, `start` + 2W … fall, `places` of them.

    The objects lie end to end, each as long as its weight times `places`; that is below W = the sum of weights, so none
    is hit twice. `start` is from 0 to W − 1, and an object is hit for as many of these W values as it is long.
    """
    total = sum(weight for _, weight in order)
    chosen: list[str] = []
    point, reached = start, 0
    for object_id, weight in order:
        reached += weight * places
        if point < reached:
            chosen.append(object_id)
            point += total
    return chosen


def _set_apart(weights: Weights, size: int) -> tuple[list[str], dict[str, int], int]:
    """The objects taken for certain, the rest, and how many of the rest are drawn."""
    certain: list[str] = []
    rest, places = dict(weights), size
    while places:
        total = sum(rest.values())
        sure = [object_id for object_id, weight in rest.items() if weight * places >= total]
        if not sure:
            break
        certain += sure
        places -= len(sure)
        for object_id in sure:
            del rest[object_id]
    return certain, rest, places


def assign(
    free: Mapping[str, Sequence[str]], per_object: int, loads: dict[str, int], stream: Stream
) -> dict[str, tuple[str, ...]]:
    """For each object `per_object` different inspectors of those `free` for it, who must be as many at least.

    Objects with the fewest free inspectors come first, else in random order. Each place goes to whoever has the fewest
    objects so far, by lot among equals: where everybody is free for everything, loads differ by one at most. `loads`
    gives the objects that each inspector has already, and is counted on.
    """
    assigned: dict[str, tuple[str, ...]] = {}
    for object_id in sorted(stream.shuffled(list(free)), key=lambda each: len(free[each])):
        remaining = list(free[object_id])
        for _ in range(per_object):
            least = min(loads[each] for each in remaining)
            equals = [each for each in remaining if loads[each] == least]
            chosen = equals[stream.below(len(equals))]
            remaining.remove(chosen)
            loads[chosen] += 1
        assigned[object_id] = tuple(sorted(set(free[object_id]) - set(remaining)))
    return assigned
