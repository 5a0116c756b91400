"""Registration numbers: their formats, the class digit and the six digits of a pesticide code."""

from __future__ import annotations

import pytest

from suiyuan.trace.catalog.model import (
    ProductKind,
    last_six_digits,
    registration_class_digit,
    registration_warnings,
)


@pytest.mark.parametrize(
    ("number", "class_digit", "six"),
    [
        ("PD20172247", "1", "172247"),
        ("pd 20172247", "1", "172247"),
        ("ＰＤ２０１７２２４７", "1", "172247"),
        ("PDN12-97", "1", None),
        ("PD20081234F190001", "1", "081234"),
        ("PD20081234-5", "1", "081234"),
        ("PD85122-3", "1", None),
        ("WP20130001", "2", "130001"),
        ("WPN1-98", "2", None),
        ("LS20110001", "3", "110001"),
        ("WL20110001", "3", "110001"),
        ("EX20190001", None, "190001"),
        ("20190001", None, None),
        ("", None, None),
    ],
)
def test_class_and_digits(number: str, class_digit: str | None, six: str | None) -> None:
    assert registration_class_digit(number) == class_digit
    assert last_six_digits(number) == six


@pytest.mark.parametrize(
    ("kind", "number", "fits"),
    [
        (ProductKind.PESTICIDE, "PD20172247", True),
        (ProductKind.PESTICIDE, "PD85122-3", True),
        (ProductKind.PESTICIDE, "PD20081234F190001", True),
        (ProductKind.PESTICIDE, "PD20081234 ", True),
        (ProductKind.PESTICIDE, "农药登字1号", False),
        (ProductKind.PESTICIDE, "PD1234", False),
        (ProductKind.VET_DRUG, "兽药字(2019)300012345", True),
        (ProductKind.VET_DRUG, "兽药字〔2019〕300012345", True),
        (ProductKind.VET_DRUG, "兽药生字300012345", True),
        (ProductKind.VET_DRUG, "兽药字30001234", False),
        (ProductKind.SEED, "宁审稻20200001", True),
        (ProductKind.SEED, "国审玉2019001", True),
        (ProductKind.SEED, "宁审稻200001", False),
        (ProductKind.FEED, "随便", True),
        (ProductKind.OTHER, "", True),
    ],
)
def test_formats_of_registration_numbers(kind: ProductKind, number: str, fits: bool) -> None:
    assert registration_warnings(kind, number) == (() if fits else ("registration.format",))
