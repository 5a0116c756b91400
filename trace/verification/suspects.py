"""Codes whose looks do not fit one pack in honest hands, what was decided on them, and what that teaches. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ..kernel.ids import derived_id
from .scans import CodeKey
from .signals.model import Assessment, Signal, Suspicion
from .signals.parameters import parameters

GROWTH = 3.0
"""What was dismissed is raised again once later looks have made the odds so many times as high: as much again as it
takes, on even odds, to call a code suspect."""

CAUTION_SPREAD = 1.0
"""How far, in natural logarithms of odds, the detector is expected to be off before any decision: standard deviation.
Three times too sure or too cautious would be no surprise."""

LARGEST_SHIFT = 12.0
HALVINGS = 40


class SuspectState(StrEnum):
    """`open` until a regulator has decided; later looks may open it again."""

    OPEN = "open"
    DISMISSED = "dismissed"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A code on the list of regulators. `looks`: how many it rests on. `region_code`: the county of the latest of them
    with one, else of the maker. `dismissed_copied`, `dismissed_irregular`: the odds that were dismissed, 0 before."""

    batch_id: UUID
    level: int
    package_index: int
    suspicion: Suspicion
    copied_odds: float
    irregular_odds: float
    looks: int
    signals: tuple[Signal, ...]
    region_code: str
    raised_at: datetime
    updated_at: datetime
    state: SuspectState = SuspectState.OPEN
    dismissed_copied: float = 0.0
    dismissed_irregular: float = 0.0
    decided_at: datetime | None = None
    decided_by_id: UUID | None = None
    reason: str = ""
    lead_number: str = ""

    @property
    def key(self) -> CodeKey:
        return self.batch_id, self.level, self.package_index

    @property
    def suspect_id(self) -> UUID:
        """The chain of events that decisions on the code stand in."""
        return derived_id("suspect", *map(str, self.key))


@dataclass(frozen=True, slots=True)
class Decision:
    """What a regulator decided, and the odds of copies as the detector stated them then."""

    copied_odds: float
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Decided codes with a stated probability in [`low`, `high`): how many, the mean stated, the share confirmed."""

    low: float
    high: float
    decided: int
    stated: float
    confirmed: float


def suspicion_of(assessment: Assessment, caution: float, earlier: Suspect | None) -> Suspicion:
    """What the looks of a code come to, after what decisions have taught (`caution`) and what was decided of this code.

    A confirmed code stays suspect. Of a dismissed one only what later looks add counts.
    """
    if earlier is not None and earlier.state is SuspectState.CONFIRMED:
        return Suspicion.SUSPECT
    decision = parameters().decision
    copied, irregular = assessment.copied_odds * caution, assessment.irregular_odds * caution
    dismissed_copied = 0.0 if earlier is None else earlier.dismissed_copied * caution
    dismissed_irregular = 0.0 if earlier is None else earlier.dismissed_irregular * caution
    if copied >= max(decision.suspect_odds, dismissed_copied * GROWTH):
        return Suspicion.SUSPECT
    if irregular >= max(decision.watch_odds, dismissed_irregular * GROWTH):
        return Suspicion.WATCH
    return Suspicion.NONE


def raised(key: CodeKey, suspicion: Suspicion, assessment: Assessment, region_code: str, now: datetime) -> Suspect:
    """A code that comes on the list."""
    copied, irregular = assessment.copied_odds, assessment.irregular_odds
    return Suspect(*key, suspicion, copied, irregular, assessment.looks, assessment.signals, region_code, now, now)


def looked_at_again(
    earlier: Suspect, suspicion: Suspicion, assessment: Assessment, region_code: str, now: datetime
) -> Suspect:
    """A code on the list after more looks. One that was dismissed is open again where these make it suspect anew."""
    is_reopened = earlier.state is SuspectState.DISMISSED and suspicion is not Suspicion.NONE
    return replace(
        earlier,
        suspicion=suspicion,
        copied_odds=assessment.copied_odds,
        irregular_odds=assessment.irregular_odds,
        looks=assessment.looks,
        signals=assessment.signals,
        region_code=region_code or earlier.region_code,
        updated_at=now,
        state=SuspectState.OPEN if is_reopened else earlier.state,
    )


def caution_of(decisions: Iterable[Decision]) -> float:
    """The factor, at most 1, on stated odds that regulators' decisions ask for.

    A logistic regression with the stated log odds as offset and one unknown, the shift; before any decision it is 0
    with the standard deviation CAUTION_SPREAD. Experience only makes the service more careful: to raise suspicion
    more easily is for people to decide, in parameters.toml.
    """
    told = [(_log(each.copied_odds), each.is_confirmed) for each in decisions]

    def slope(shift: float) -> float:
        """Of the logarithm of the likelihood: it falls, and is 0 at the shift looked for."""
        return sum(is_confirmed - _chance(stated + shift) for stated, is_confirmed in told) - shift / CAUTION_SPREAD**2

    if slope(0.0) >= 0:
        return 1.0
    low, high = -LARGEST_SHIFT, 0.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return math.exp(high)


def calibration(decisions: Iterable[Decision]) -> tuple[Bin, ...]:
    """Stated probability against what regulators found, in ten bins; empty ones are left out."""
    cases = [(_chance(_log(each.copied_odds)), each.is_confirmed) for each in decisions]
    bins: list[Bin] = []
    for number in range(10):
        own = [each for each in cases if min(int(each[0] * 10), 9) == number]
        if own:
            stated, confirmed = sum(each[0] for each in own), sum(each[1] for each in own)
            bins.append(Bin(number / 10, (number + 1) / 10, len(own), stated / len(own), confirmed / len(own)))
    return tuple(bins)


def _log(odds: float) -> float:
    """Bounded: one decision on a code that is as good as certain must not outweigh all others."""
    return math.log(min(max(odds, 1e-6), 1e6))


def _chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
