"""One figure, and how it is printed."""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction

HEADER = f"{'figure':<16} {'value':>36} {'ratio':>12}   {'bound':<16} {'met':<4} against"

_BOUND = re.compile(r"at (?P<side>most|least) (?P<limit>[0-9][0-9,./]*)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value beside its reference. `ratio` is value / reference_value; `bound` says what it must keep."""

    name: str
    value: float
    unit: str
    reference: str
    reference_value: float
    ratio: float
    bound: str

    def as_json(self) -> str:
        fields = {**asdict(self)}
        for name in ("value", "reference_value", "ratio"):
            fields[name] = round(fields[name], 4)
        return json.dumps(fields, ensure_ascii=False)

    @property
    def is_met(self) -> bool | None:
        """Whether the ratio keeps its bound; None where there is none to keep."""
        bound = _BOUND.fullmatch(self.bound)
        if bound is None:
            return None
        limit = float(Fraction(bound["limit"].replace(",", "")))
        return self.ratio <= limit if bound["side"] == "most" else self.ratio >= limit

    def as_text(self) -> str:
        """One line of the table that HEADER heads."""
        value, against = f"{self.value:,.2f} {self.unit}", f"{self.reference_value:,.2f} {self.reference}"
        met = {True: "yes", False: "NO", None: "-"}[self.is_met]
        return f"{self.name:<16} {value:>36} {self.ratio:>12,.2f}   {self.bound:<16} {met:<4} {against}"


def figure(name: str, value: float, unit: str, reference: str, reference_value: float, bound: str) -> Figure:
    return Figure(name, value, unit, reference, reference_value, value / reference_value, bound)


def interleaved(acts: Iterable[Callable[[], object]], rounds: int, repeats: int) -> list[float]:
    """Seconds per call of each act: the median of `rounds`, the acts taking turns so that noise meets them alike."""
    acts = list(acts)
    times: list[list[float]] = [[] for _ in acts]
    for _ in range(rounds):
        for measured, act in zip(times, acts, strict=True):
            started = time.perf_counter()
            for _ in range(repeats):
                act()
            measured.append((time.perf_counter() - started) / repeats)
    return [statistics.median(measured) for measured in times]
