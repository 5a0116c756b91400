"""Products and what their registration says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ..kernel.normalise import registration_number as normalised
from ..kernel.units import Unit


class ProductKind(StrEnum):
    """Kinds of agricultural input. Open at the end: what is not listed is `other` and gets our own codes."""

    PESTICIDE = "pesticide"
    SEED = "seed"
    VET_DRUG = "vet_drug"
    FEED = "feed"
    FERTILISER = "fertiliser"
    OTHER = "other"


LICENSED_KINDS = frozenset({ProductKind.PESTICIDE, ProductKind.SEED, ProductKind.VET_DRUG})
"""Kinds whose makers and dealers need a licence: 农药管理条例 arts 17, 24; 种子法 art. 31; 兽药管理条例 arts 11, 22."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One declared component: an active ingredient, a variety's quality index, a drug substance."""

    name: str
    content: Decimal
    unit: Unit


@dataclass(frozen=True, slots=True)
class Product:
    """What a registration certificate covers.

    `code_registration_digits`: positions 2-7 of a pesticide code, the last six digits of the registration
    number; given by hand where the number has fewer (公告2579: to be looked up, it cannot be padded). `gtin`: the
    fourteen digits by which the trade knows its smallest sales pack, "" where it has none.
    """

    product_id: UUID
    holder_id: UUID
    kind: ProductKind
    name: str
    brand: str
    registration_number: str
    code_registration_digits: str
    formulation: str
    composition: tuple[Ingredient, ...]
    shelf_life_days: int
    usage: str = ""
    warnings: tuple[str, ...] = ()
    is_demonstration: bool = False
    gtin: str = ""


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A row of a public register as some source printed it: a citation, not our registration."""

    entry_id: str
    kind: ProductKind
    jurisdiction: str
    registration_number: str
    name: str
    brand: str
    content: str
    holder_name: str
    approved_on: str
    reliability: str
    source: str


# Formats gathered from labels and registers (docs/sources.md). A mismatch is a warning: old formats live on.
_NUMBER_FORMATS: dict[ProductKind, re.Pattern[str]] = {
    ProductKind.PESTICIDE: re.compile(r"(?:PDN?|WPN?|LS|WL|EX)\d{5,8}(?:-\d{1,3})?(?:F\d{2,8})?"),
    ProductKind.VET_DRUG: re.compile(r"兽药(?:字|添字|生字|原字|临字)(?:\((?:19|20)\d{2}\))?\d{9}"),
    ProductKind.SEED: re.compile(
        r"[国京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]审[\u4e00-\u9fa5]{1,3}(?:19|20)\d{2}\d{3,4}"
    ),
}


def registration_warnings(kind: ProductKind, number: str) -> tuple[str, ...]:
    """Codes of warnings about a registration number's format; empty where it fits or the kind has no format."""
    pattern = _NUMBER_FORMATS.get(kind)
    if pattern is None or pattern.fullmatch(normalised(number)):
        return ()
    return ("registration.format",)


_CLASS_DIGIT = {"PD": "1", "PDN": "1", "WP": "2", "WPN": "2", "LS": "3", "WL": "3"}


def registration_class_digit(number: str) -> str | None:
    """Position 1 of a pesticide code: 1 = PD, 2 = WP, 3 = temporary. None where the number shows no class.

    Source: 农业部公告第2579号 (2017). Under its successor (第1049号, from 2026-11-01, unverified) only 1 and 2.
    """
    letters = re.match(r"[A-Z]+", normalised(number))
    return _CLASS_DIGIT.get(letters.group()) if letters else None


def last_six_digits(number: str) -> str | None:
    """The last six digits of the registration number proper, or None where it has fewer than six.

    A re-packing suffix (F…) and a serial after a hyphen are not part of it.
    """
    match = re.match(r"[A-Z]+(\d+)", normalised(number))
    digits = match.group(1) if match else ""
    return digits[-6:] if len(digits) >= 6 else None
