"""Intervals of 95 %, and how odds said compare with what turned out."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Z = 1.959964
"""97.5 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Estimate:
    value: float
    low: float
    high: float


def share(hits: int, trials: int, scale: float = 1.0) -> Estimate:
    """hits / trials with Wilson's interval, times `scale`. Source: E. B. Wilson, JASA 22 (1927), 209-212."""
    if not trials:
        return Estimate(math.nan, math.nan, math.nan)
    found, extra = hits / trials, Z * Z / trials
    middle = (found + extra / 2) / (1 + extra)
    half = Z / (1 + extra) * math.sqrt(found * (1 - found) / trials + extra / (4 * trials))
    low = 0.0 if not hits else max(0.0, middle - half)
    high = 1.0 if hits == trials else min(1.0, middle + half)
    return Estimate(scale * found, scale * low, scale * high)


def mean(values: Sequence[float]) -> Estimate:
    """The mean with its normal interval."""
    if len(values) < 2:
        return Estimate(math.nan, math.nan, math.nan)
    middle = statistics.fmean(values)
    half = Z * statistics.stdev(values) / math.sqrt(len(values))
    return Estimate(middle, middle - half, middle + half)


@dataclass(frozen=True, slots=True)
class Bin:
    """Codes whose stated probability of being copied lies in one range. `weight`: how many, by the prior shares."""

    low: float
    high: float
    weight: float
    said: float
    copied: float


EDGES = (0.0, 0.001, 0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0)


def calibration(cases: Sequence[tuple[float, bool, float]]) -> list[Bin]:
    """`cases`: stated probability, whether copied, weight. Ranges without a case are left out."""
    found: list[Bin] = []
    for low, high in pairwise(EDGES):
        inside = [each for each in cases if low <= each[0] < high or (high == 1 and each[0] == 1)]
        weight = sum(each[2] for each in inside)
        if weight:
            said = sum(each[0] * each[2] for each in inside) / weight
            copied = sum(each[2] for each in inside if each[1]) / weight
            found.append(Bin(low, high, weight, said, copied))
    return found
