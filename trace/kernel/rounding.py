"""Rounding and comparing of measured values as GB/T 8170 says, in exact decimals.

Source: GB/T 8170-2008 数值修约规则与极限数值的表示和判定. Rounding (clause 3) as read in
https://www.daowen.com/book/content/214653640/12857750.html; comparing (clause 4.3) from memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum

_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""Room for the thirty digits that a number may be written with, twice."""

_ALLOWED_STEPS = (1, 2, 5)


class ComparisonMethod(StrEnum):
    """How a measured value is held against a limit (GB/T 8170 clause 4.3).

    The standard's own default, where nothing is said, is FULL; product standards commonly prescribe ROUNDED.
    """

    ROUNDED = "rounded"
    """修约值比较法: the value is first rounded, once, to the digits that the limit is written with."""

    FULL = "full"
    """全数值比较法: the value is compared with all its digits."""


class Position(StrEnum):
    """Where a value lies. Limits themselves are within (不低于, 不高于, 介于)."""

    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`compared` is the value as it was held against the limit that decided: rounded, or as measured."""

    position: Position
    compared: Decimal


def decimals_of(value: Decimal) -> int:
    """Digits after the point, as written: 2 for 16.90, 0 for 85 and for 14E+2."""
    return max(0, -_exponent(value))


def round_to_interval(value: Decimal, interval: Decimal) -> Decimal:
    """The whole multiple of `interval` nearest to `value`; of two as near, the even one. Negative values by magnitude.

    `interval` (修约间隔) is 1, 2 or 5 times a power of ten: 0.1 is one decimal, 100 the hundreds, 0.5 half a unit.
    Raises ValueError for another one. Round once only, from the value as measured: 15.4546 is 15, not 15.455 → 15.46
    → 15.5 → 16.
    """
    if interval <= 0 or interval.normalize().as_tuple().digits not in {(step,) for step in _ALLOWED_STEPS}:
        raise ValueError(f"no rounding interval: {interval}")
    multiple = _EXACT.to_integral_value(_EXACT.divide(value, interval))
    return _EXACT.multiply(multiple, interval)


def round_as_written(value: Decimal, limit: Decimal) -> Decimal:
    """`value` rounded to the digits that `limit` is written with. What has fewer is left: nothing is added to it."""
    if _exponent(value) >= _exponent(limit):
        return value
    return round_to_interval(value, Decimal((0, (1,), _exponent(limit))))


def compare(
    value: Decimal,
    lower: Decimal | None,
    upper: Decimal | None,
    method: ComparisonMethod = ComparisonMethod.ROUNDED,
) -> Comparison:
    """Where `value` lies against its limits, either of which may be missing. All three are in the same unit."""

    def against(limit: Decimal) -> Decimal:
        return round_as_written(value, limit) if method is ComparisonMethod.ROUNDED else value

    if lower is not None and (low := against(lower)) < lower:
        return Comparison(Position.BELOW, low)
    if upper is not None and (high := against(upper)) > upper:
        return Comparison(Position.ABOVE, high)
    written = max((each for each in (lower, upper) if each is not None), key=decimals_of, default=value)
    return Comparison(Position.WITHIN, against(written))


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError("not a number")
    return exponent
