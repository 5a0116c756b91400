"""Rounding and comparing by GB/T 8170, with the standard's own examples."""

from __future__ import annotations

from decimal import Decimal

import pytest

from suiyuan.trace.kernel.rounding import (
    ComparisonMethod,
    Position,
    compare,
    decimals_of,
    round_as_written,
    round_to_interval,
)


@pytest.mark.parametrize(
    ("value", "interval", "rounded"),
    [
        ("12.1498", "1", "12"),
        ("12.1498", "0.1", "12.1"),
        ("1268", "100", "1300"),
        ("10.5002", "1", "11"),
        ("1.050", "0.1", "1.0"),
        ("0.35", "0.1", "0.4"),
        ("2500", "1000", "2000"),
        ("3500", "1000", "4000"),
        ("-0.0365", "0.001", "-0.036"),
        ("-355", "10", "-360"),
        ("-325", "10", "-320"),
        ("15.4546", "1", "15"),
        ("8.53459", "0.01", "8.53"),
        ("60.25", "0.5", "60.0"),
        ("60.38", "0.5", "60.5"),
        ("60.28", "0.5", "60.5"),
        ("-60.75", "0.5", "-61.0"),
        ("830", "20", "840"),
        ("842", "20", "840"),
        ("-930", "20", "-920"),
    ],
)
def test_the_examples_of_the_standard(value: str, interval: str, rounded: str) -> None:
    assert round_to_interval(Decimal(value), Decimal(interval)) == Decimal(rounded)


@pytest.mark.parametrize("interval", ["0", "-0.1", "0.3", "4", "15"])
def test_other_intervals_are_refused(interval: str) -> None:
    with pytest.raises(ValueError, match="interval"):
        round_to_interval(Decimal(1), Decimal(interval))


def test_thirty_digits_are_rounded_exactly() -> None:
    value = Decimal("12345678901234567890123456.4500")
    assert round_to_interval(value, Decimal("0.1")) == Decimal("12345678901234567890123456.4")


@pytest.mark.parametrize(
    ("value", "limit", "rounded"),
    [("16.955", "16.92", "16.96"), ("16.9", "16.92", "16.9"), ("84.5", "85", "84"), ("85", "85.0", "85")],
)
def test_a_value_takes_the_digits_of_the_limit_and_gains_none(value: str, limit: str, rounded: str) -> None:
    assert str(round_as_written(Decimal(value), Decimal(limit))) == rounded


# Clause 4.3: value, lower, upper, position in full, position rounded.
COMPARED = [
    ("1349", "1.4E+3", None, "below", "below"),
    ("1351", "1.4E+3", None, "below", "within"),
    ("1400", "1.4E+3", None, "within", "within"),
    ("1402", "1.4E+3", None, "within", "within"),
    ("97.01", "97.0", None, "within", "within"),
    ("97.00", "97.0", None, "within", "within"),
    ("96.96", "97.0", None, "below", "within"),
    ("96.94", "97.0", None, "below", "below"),
    ("0.452", None, "0.5", "within", "within"),
    ("0.500", None, "0.5", "within", "within"),
    ("0.549", None, "0.5", "above", "within"),
    ("0.551", None, "0.5", "above", "above"),
    ("1.151", "1.2", "1.6", "below", "within"),
    ("1.200", "1.2", "1.6", "within", "within"),
    ("1.649", "1.2", "1.6", "above", "within"),
    ("1.651", "1.2", "1.6", "above", "above"),
    ("9.89", "9.9", "10.1", "below", "within"),
    ("9.85", "9.9", "10.1", "below", "below"),
    ("10.10", "9.9", "10.1", "within", "within"),
    ("10.16", "9.9", "10.1", "above", "above"),
    ("-5.04", "-5.0", None, "below", "within"),
    ("-5.06", "-5.0", None, "below", "below"),
]


@pytest.mark.parametrize(("value", "lower", "upper", "full", "rounded"), COMPARED)
def test_the_two_ways_of_comparing(value: str, lower: str | None, upper: str | None, full: str, rounded: str) -> None:
    low, high = (None if limit is None else Decimal(limit) for limit in (lower, upper))
    assert compare(Decimal(value), low, high, ComparisonMethod.FULL).position is Position(full)
    assert compare(Decimal(value), low, high, ComparisonMethod.ROUNDED).position is Position(rounded)


def test_each_limit_rounds_to_its_own_digits() -> None:
    found = compare(Decimal("10.06"), Decimal("9.95"), Decimal(10))
    assert (found.position, str(found.compared)) == (Position.WITHIN, "10.06")
    assert compare(Decimal("9.946"), Decimal("9.95"), Decimal(10)).position is Position.WITHIN
    assert compare(Decimal("9.944"), Decimal("9.95"), Decimal(10)).compared == Decimal("9.94")


def test_without_a_limit_everything_is_within() -> None:
    found = compare(Decimal("3.14"), None, None)
    assert (found.position, found.compared) == (Position.WITHIN, Decimal("3.14"))


def test_what_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        compare(Decimal("NaN"), Decimal(1), None)


def test_written_decimals() -> None:
    assert [decimals_of(Decimal(each)) for each in ("16.90", "85", "1.4E+3")] == [2, 0, 0]
