"""The generic tolerance of pesticide contents, for what has no limit of its own. Data in pesticide_tolerance.toml."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from ...kernel.normalise import half_width
from ...kernel.rounding import decimals_of
from ...kernel.units import Unit
from .judging import Bounds, share_of, step, trimmed
from .model import Content, NotJudgedReason
from .tables import ToleranceBand, formulations, tolerance_bands

_PER_CENT_OF = {
    Unit.PERCENT: Decimal(1),
    Unit.GRAM_PER_LITRE: Decimal(10),
    Unit.GRAM_PER_KILOGRAM: Decimal(10),
    Unit.MILLIGRAM_PER_MILLILITRE: Decimal(10),
    Unit.MILLIGRAM_PER_KILOGRAM: Decimal(10_000),
}
"""How many of each unit are one per cent, or one g/100 mL."""

_LEAST_DECIMALS = 1
"""A computed limit has at least one decimal, as contents have in product standards (10.0 ± 1.0): else a label of 10 %
would be judged in whole per cents."""


def tolerance_of(declared: Content, formulation: str) -> Bounds | NotJudgedReason:
    """The limits that the generic tolerance gives for a declared content: exact, with at least one decimal.

    Source: pesticide_tolerance.toml.
    """
    if declared.unit not in _PER_CENT_OF:
        return NotJudgedReason.DECLARED_UNKNOWN
    per_cent = _PER_CENT_OF[declared.unit]
    content = declared.value / per_cent
    band = next(each for each in tolerance_bands() if each.up_to is None or content <= each.up_to)
    decimals = max(decimals_of(declared.value), _LEAST_DECIMALS)
    if band.points is not None:
        away, key, shown = band.points * per_cent, "tolerance_points", trimmed(band.points * per_cent, 0)
    else:
        percent = _percent(band, formulation)
        if percent is None:
            return NotJudgedReason.FORMULATION_UNKNOWN
        away, key, shown = share_of(percent, declared.value), "tolerance_percent", percent
    lower, upper = trimmed(declared.value - away, decimals), trimmed(declared.value + away, decimals)
    bounds = Bounds(lower, upper, declared.unit)
    reasoning = step(key, declared=declared.value, tolerance=shown, limit=bounds.written(), unit=declared.unit)
    return replace(bounds, steps=(reasoning,))


def _percent(band: ToleranceBand, formulation: str) -> Decimal | None:
    if band.percent is not None:
        return band.percent
    if is_formulation(formulation, "homogeneous"):
        return band.percent_homogeneous
    return band.percent_heterogeneous if is_formulation(formulation, "heterogeneous") else None


def is_formulation(formulation: str, group: str) -> bool:
    """Whether a formulation, written as code, name or both (乳油 EC), is of a group."""
    words = [word for word in re.split(r"[\s(),;/]+", half_width(formulation).upper()) if word]
    return any(word in formulations()[group] for word in words)
