"""All kinds of codes, many of each, watched: what the figures are made from."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from suiyuan.trace.verification.signals.hypotheses import FAULTS

from . import codes
from .lives import People
from .settings import value
from .statistics import Bin, Estimate, calibration, mean, share
from .watching import Outcome, watch

SEED = 20_261_125
"""Of the published figures. CI draws a new one in every run."""

WITHIN = 3
"""Looks after the one that made the second place, in which five copies are to be found."""

GENUINE = 200_000
COPIED = 2_000
MANY_COPIES = 250

KINDS: dict[str, Callable[[People], codes.Code]] = {
    "copies 2, apart": lambda people: codes.copied(people, 2, everywhere_apart=True),
    "copies 5, apart": lambda people: codes.copied(people, 5, everywhere_apart=True),
    "copies 2": lambda people: codes.copied(people, 2),
    "copies 5": lambda people: codes.copied(people, 5),
    "copies 20": lambda people: codes.copied(people, 20),
    "copies 100": lambda people: codes.copied(people, 100),
    "copies 5, one city": lambda people: codes.copied(people, 5, "6404"),
    "refilled": codes.refilled,
    "diverted": codes.diverted,
}


@dataclass(frozen=True)
class Trial:
    """The outcomes of one kind of code."""

    outcomes: list[Outcome]

    @cached_property
    def suspect(self) -> Estimate:
        """Per cent called suspect, ever."""
        return share(sum(each.suspect_at is not None for each in self.outcomes), len(self.outcomes), 100)

    @cached_property
    def watched(self) -> Estimate:
        """Per cent called suspect or shown to regulators, ever."""
        return share(sum(each.watch_at is not None for each in self.outcomes), len(self.outcomes), 100)

    @cached_property
    def asked(self) -> Estimate:
        """Per cent where anybody was asked where the pack is from."""
        return share(sum(each.asked > 0 for each in self.outcomes), len(self.outcomes), 100)

    def within(self, limit: int, *, telling: bool) -> Estimate:
        """Per cent called suspect at most `limit` looks after the second place; `telling`: repeats and looks
        without a county not counted."""
        delays = [each.telling_delay if telling else each.delay for each in self.outcomes]
        return share(sum(delay is not None and delay <= limit for delay in delays), len(delays), 100)

    def delay(self, *, telling: bool) -> Estimate:
        """Looks from the second place until called suspect, of those that were."""
        delays = [each.telling_delay if telling else each.delay for each in self.outcomes]
        return mean([delay for delay in delays if delay is not None])


@dataclass(frozen=True)
class Trials:
    genuine: Trial
    kinds: dict[str, Trial]

    @cached_property
    def false_alarms(self) -> Estimate:
        """Genuine packs called suspect in their life, of 10,000 that are looked at."""
        hits = sum(each.suspect_at is not None for each in self.genuine.outcomes)
        return share(hits, len(self.genuine.outcomes), 10_000)

    @cached_property
    def precision(self) -> Estimate:
        """Per cent of the codes called suspect that are copied, if copies are as frequent as the detector assumes.

        The interval is that of the false alarms, which are what is uncertain."""
        priors = {fault.name: fault.prior for fault in FAULTS}
        found = sum(
            prior * self.kinds[name].suspect.value / 100
            for name, prior in priors_of_kinds(priors).items()
            if name in self.kinds
        )
        alarms = self.false_alarms
        honest = 1 - sum(priors.values())

        def of(rate: float) -> float:
            return 100 * found / (found + honest * rate / 10_000)

        return Estimate(of(alarms.value), of(alarms.high), of(alarms.low))

    def calibration(self) -> list[Bin]:
        """Stated against true share of copied codes, every kind weighted by its prior."""
        priors = {fault.name: fault.prior for fault in FAULTS}
        weights = {**priors_of_kinds(priors), "diverted": priors["diverted"]}
        honest = (1 - sum(priors.values())) / len(self.genuine.outcomes)
        cases = [(each.odds / (1 + each.odds), False, honest) for each in self.genuine.outcomes]
        for name, weight in weights.items():
            outcomes = self.kinds[name].outcomes
            cases += [(each.odds / (1 + each.odds), name != "diverted", weight / len(outcomes)) for each in outcomes]
        return calibration(cases)


def priors_of_kinds(priors: dict[str, float]) -> dict[str, float]:
    """The prior share of each kind of copied code: as they fall, not chosen to lie apart."""
    found = {f"copies {count}": priors[f"copies_{count}"] for count in (2, 5, 20, 100)}
    return {**found, "refilled": priors["refilled"]}


def run(
    seed: int,
    genuine: int = GENUINE,
    copied: int = COPIED,
    many: int = MANY_COPIES,
    answering: float | None = None,
) -> Trials:
    """`genuine` honest packs and `copied` codes of each kind, `many` of those with 20 and 100 copies.

    `answering`: share of those with a position who answer when asked, if it is not to be the assumed one."""
    answering = value("answer.share") if answering is None else answering
    people = People(random.Random(seed), random.Random(f"{seed} sayings"))
    honest = Trial([watch(codes.genuine(people), answering) for _ in range(genuine)])
    kinds: dict[str, Trial] = {}
    for name, make in KINDS.items():
        size = many if name in ("copies 20", "copies 100") else copied
        kinds[name] = Trial([watch(make(people), answering) for _ in range(size)])
    return Trials(honest, kinds)
