"""One figure, and how it is printed."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass


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

    def as_text(self) -> str:
        value, against = f"{self.value:,.2f} {self.unit}", f"{self.reference_value:,.2f} {self.reference}"
        return f"{self.name:<16} {value:>24}   against {against:<60} ratio {self.ratio:8.3f}   ({self.bound})"


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
