"""Counties as the simulation sees them: where anything is, and what is near. Apart from the detector's own tables."""

from __future__ import annotations

import random
from functools import cache
from itertools import accumulate

from suiyuan.trace.verification.signals.places import counties, distance_km

from .settings import value

OUTSIDE = ("150121", "620402", "610102", "110105", "440106")
"""Codes of places outside Ningxia: the neighbours and two far cities."""


@cache
def _cumulative_towns() -> list[int]:
    return list(accumulate(county.towns for county in counties()))


def some_county(rng: random.Random, city: str = "") -> str:
    """A county of Ningxia, by its number of towns; of the city whose code begins with `city`."""
    known = counties()
    while True:
        (found,) = rng.choices(known, cum_weights=_cumulative_towns())
        if found.code.startswith(city):
            return found.code


def anywhere(rng: random.Random) -> str:
    return rng.choice(OUTSIDE) if rng.random() < value("place.outside") else some_county(rng)


@cache
def _near(code: str, scale_km: float) -> tuple[list[str], list[float]]:
    here = next(county for county in counties() if county.code == code)
    others = [county for county in counties() if county.code != code]
    weights = [county.towns * 2.718281828 ** (-distance_km(here, county) / scale_km) for county in others]
    return [county.code for county in others], list(accumulate(weights))


def neighbour(rng: random.Random, code: str, scale_km: float) -> str:
    """Another county of Ningxia, mostly one within `scale_km`; for a place outside, any."""
    if not code.startswith("64"):
        return some_county(rng)
    codes, cumulative = _near(code, scale_km)
    return rng.choices(codes, cum_weights=cumulative)[0]
