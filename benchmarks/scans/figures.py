"""The simulation's figures, each with the interval of 95 % and held against what it is to reach."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ..figure import Figure
from . import trials
from .statistics import Estimate
from .trials import SEED, WITHIN, Trials

BEST_ELSEWHERE = 3.0
"""False alarms in 10,000: the best country of the European system for medicines, 0.03 %."""

RECALL_5, RECALL_2 = 95.0, 70.0
"""Per cent, as the project asks."""

ASKED = 5.0
"""Per cent of genuine packs that anybody may ever be asked about."""


@dataclass(frozen=True, slots=True)
class Interval(Figure):
    """A figure with the ends of its interval of 95 %."""

    low: float
    high: float

    def as_json(self) -> str:
        return Figure.as_json(Interval(**{**asdict(self), "low": round(self.low, 4), "high": round(self.high, 4)}))

    def as_text(self) -> str:
        return f"{Figure.as_text(self)}, 95 %: {self.low:,.2f} to {self.high:,.2f}"


def run() -> Iterator[Figure]:
    yield from of(trials.run(SEED))


def of(found: Trials) -> Iterator[Figure]:
    """The figures of one run. Bounds are on value / reference."""
    yield _figure(
        "scans-false-alarms",
        found.false_alarms,
        "in 10,000 genuine",
        "in 10,000, EMVS, best country",
        BEST_ELSEWHERE,
        "at most 1",
    )
    two, five = found.kinds["copies 2, apart"], found.kinds["copies 5, apart"]
    in_time = five.within(WITHIN, telling=True)
    yield _figure("scans-recall-2", two.suspect, "% suspect", "% asked", RECALL_2, "at least 1")
    yield _figure("scans-watch-2", two.watched, "% suspect or watch", "% asked", RECALL_2, "for information")
    yield _figure("scans-recall-5", in_time, f"%, {WITHIN} telling scans", "% asked", RECALL_5, "at least 1")
    any_scan = five.within(WITHIN, telling=False)
    yield _figure("scans-recall-5-any", any_scan, f"%, {WITHIN} scans", "% asked", RECALL_5, "for information")
    for count in (20, 100):
        recall = found.kinds[f"copies {count}"].suspect
        yield _figure(f"scans-recall-{count}", recall, "% suspect", "% asked of 5", RECALL_5, "at least 1")
    delay = five.delay(telling=True)
    yield _figure("scans-delay-5", delay, "telling scans, mean", "scans asked", WITHIN, "at most 1")
    asked = found.genuine.asked
    yield _figure("scans-asked", asked, "% of genuine ever asked", "% allowed", ASKED, "at most 1")
    yield _figure("scans-precision", found.precision, "% of suspects", "%", 100.0, "for information")


def _figure(name: str, found: Estimate, unit: str, reference: str, asked: float, bound: str) -> Interval:
    value = 0.0 if math.isnan(found.value) else found.value
    return Interval(name, value, unit, reference, asked, value / asked, bound, found.low, found.high)
