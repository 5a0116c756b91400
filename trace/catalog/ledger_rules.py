"""What the purchase and sales ledgers of each kind of goods state, for how long, and what a retail sale must record.

Every rule is dated and names its source. Of several rules for one kind, that counts which began last; before any began,
and for kinds without rules of their own, the defaults at the top of each table do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from ..kernel.sources import Verification
from .model import Ingredient, ProductKind, registration_class_digit
from .restrictions import is_restricted


class LedgerSide(StrEnum):
    PURCHASE = "purchase"
    SALE = "sale"


class LedgerField(StrEnum):
    """What a ledger's line states. The counterparty is the supplier of a purchase and the buyer of a sale."""

    PRODUCT_NAME = "product_name"
    TRADE_NAME = "trade_name"
    LICENCE_NUMBERS = "licence_numbers"
    FORMULATION = "formulation"
    SPECIFICATION = "specification"
    BATCH_NUMBER = "batch_number"
    SHELF_LIFE = "shelf_life"
    EXPIRY = "expiry"
    QUANTITY = "quantity"
    QUALITY = "quality"
    PRODUCER = "producer"
    ORIGIN = "origin"
    COUNTERPARTY = "counterparty"
    COUNTERPARTY_CONTACT = "counterparty_contact"
    DATE = "date"
    INTENDED_USE = "intended_use"
    RESPONSIBLE_PERSON = "responsible_person"


@dataclass(frozen=True, slots=True)
class LedgerRule:
    """Fields in the order in which the rule names them. `kind` None: every kind without a rule of its own."""

    kind: ProductKind | None
    side: LedgerSide
    valid_from: date
    fields: tuple[LedgerField, ...]
    source: str
    verification: Verification


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long a record is kept: whole years from its day, and whole years after the goods' expiry, the later of both.

    `years_after_expiry` None: expiry does not matter.
    """

    kind: ProductKind | None
    valid_from: date
    years: int
    years_after_expiry: int | None
    source: str
    verification: Verification


@dataclass(frozen=True, slots=True)
class RetailRule:
    """What a sale to a user must record beside goods and day.

    `verification` is of buyer and use. That of the identity stands apart, since it can rest on something else: what is
    not binding is asked for with a warning, and never refused.
    """

    kind: ProductKind | None
    valid_from: date
    needs_buyer: bool
    needs_intended_use: bool
    needs_identity: bool
    source: str
    verification: Verification
    identity_verification: Verification = Verification.UNVERIFIED


class Registered(Protocol):
    """A product, or what an answer knows of one."""

    @property
    def kind(self) -> ProductKind: ...

    @property
    def registration_number(self) -> str: ...

    @property
    def composition(self) -> tuple[Ingredient, ...]: ...


SANITARY_CLASS_DIGIT = "2"
"""Sanitary pesticides, registered WP: `registration_class_digit`."""

_OURS = "ours, for want of a rule"

# The days on which the rules began to be in force. The texts were read as they stood in April 2025.
_PESTICIDE_RULES = date(2017, 6, 1)
_VET_DRUG_RULES = date(2004, 11, 1)
_FEED_RULES = date(2012, 5, 1)
_SEED_LAW = date(2016, 1, 1)
_PRODUCE_SAFETY_LAW = date(2023, 1, 1)

_F = LedgerField
_DEFAULT_FIELDS = (_F.PRODUCT_NAME, _F.SPECIFICATION, _F.QUANTITY, _F.COUNTERPARTY, _F.DATE)
_PESTICIDE_SALE = (_F.PRODUCT_NAME, _F.SPECIFICATION, _F.QUANTITY, _F.PRODUCER, _F.COUNTERPARTY, _F.DATE)
_PESTICIDE_PURCHASE = (
    _F.PRODUCT_NAME,
    _F.LICENCE_NUMBERS,
    _F.SPECIFICATION,
    _F.QUANTITY,
    _F.PRODUCER,
    _F.COUNTERPARTY,
    _F.COUNTERPARTY_CONTACT,
    _F.DATE,
)
_VET_DRUG = (
    _F.TRADE_NAME,
    _F.PRODUCT_NAME,
    _F.FORMULATION,
    _F.SPECIFICATION,
    _F.BATCH_NUMBER,
    _F.EXPIRY,
    _F.PRODUCER,
    _F.COUNTERPARTY,
    _F.QUANTITY,
    _F.DATE,
)
_FEED = (
    _F.PRODUCT_NAME,
    _F.LICENCE_NUMBERS,
    _F.SPECIFICATION,
    _F.QUANTITY,
    _F.SHELF_LIFE,
    _F.PRODUCER,
    _F.COUNTERPARTY,
    _F.COUNTERPARTY_CONTACT,
    _F.DATE,
)
_SEED_PURCHASE = (_F.COUNTERPARTY, _F.ORIGIN, _F.QUANTITY, _F.QUALITY, _F.RESPONSIBLE_PERSON)
_SEED_SALE = (_F.QUANTITY, _F.QUALITY, _F.COUNTERPARTY, _F.DATE, _F.RESPONSIBLE_PERSON)

_V, _V2, _M = Verification
_BUY, _SELL = LedgerSide
_PRODUCE_28 = "农产品质量安全法 art. 28 ¶3"

LEDGER_RULES: tuple[LedgerRule, ...] = (
    LedgerRule(None, _BUY, date.min, _DEFAULT_FIELDS, _OURS, _M),
    LedgerRule(None, _SELL, date.min, _DEFAULT_FIELDS, _OURS, _M),
    LedgerRule(ProductKind.PESTICIDE, _BUY, _PESTICIDE_RULES, _PESTICIDE_PURCHASE, "农药管理条例 art. 26", _V),
    LedgerRule(ProductKind.PESTICIDE, _SELL, _PESTICIDE_RULES, _PESTICIDE_SALE, "农药管理条例 art. 27", _V),
    LedgerRule(
        ProductKind.PESTICIDE,
        _SELL,
        _PRODUCE_SAFETY_LAW,
        (*_PESTICIDE_SALE, _F.INTENDED_USE),
        f"农药管理条例 art. 27; {_PRODUCE_28}",
        _V,
    ),
    LedgerRule(ProductKind.VET_DRUG, _BUY, _VET_DRUG_RULES, _VET_DRUG, "兽药管理条例 art. 28", _V),
    LedgerRule(ProductKind.VET_DRUG, _SELL, _VET_DRUG_RULES, _VET_DRUG, "兽药管理条例 art. 28", _V),
    LedgerRule(
        ProductKind.VET_DRUG,
        _SELL,
        _PRODUCE_SAFETY_LAW,
        (*_VET_DRUG, _F.INTENDED_USE),
        f"兽药管理条例 art. 28; {_PRODUCE_28}",
        _V,
    ),
    LedgerRule(ProductKind.FEED, _BUY, _FEED_RULES, _FEED, "饲料和饲料添加剂管理条例 art. 23", _V),
    LedgerRule(ProductKind.FEED, _SELL, _FEED_RULES, _FEED, "饲料和饲料添加剂管理条例 art. 23", _V),
    LedgerRule(ProductKind.SEED, _BUY, _SEED_LAW, _SEED_PURCHASE, "种子法 art. 36", _V),
    LedgerRule(ProductKind.SEED, _SELL, _SEED_LAW, _SEED_SALE, "种子法 art. 36", _V),
)

RETENTION_RULES: tuple[RetentionRule, ...] = (
    RetentionRule(None, date.min, 2, None, _OURS, _M),
    RetentionRule(ProductKind.PESTICIDE, _PESTICIDE_RULES, 2, None, "农药管理条例 arts 26, 27", _V),
    RetentionRule(ProductKind.VET_DRUG, _VET_DRUG_RULES, 2, 1, "兽药经营质量管理规范, from memory", _M),
    RetentionRule(ProductKind.FEED, _FEED_RULES, 2, None, "饲料和饲料添加剂管理条例 art. 23", _V),
    RetentionRule(
        ProductKind.SEED,
        _SEED_LAW,
        5,
        None,
        "许可管理办法, as quoted at http://www.esmavibe.com/tiku/shiti/5465002.html; 种子法 art. 36",
        _V2,
    ),
)

RETAIL_RULES: tuple[RetailRule, ...] = (
    RetailRule(None, date.min, False, False, False, _OURS, _M),
    RetailRule(ProductKind.PESTICIDE, _PESTICIDE_RULES, True, False, False, "农药管理条例 art. 27", _V),
    RetailRule(
        ProductKind.PESTICIDE, _PRODUCE_SAFETY_LAW, True, True, False, f"农药管理条例 art. 27; {_PRODUCE_28}", _V
    ),
    RetailRule(ProductKind.VET_DRUG, _VET_DRUG_RULES, True, False, False, "兽药管理条例 art. 28", _V),
    RetailRule(
        ProductKind.VET_DRUG, _PRODUCE_SAFETY_LAW, True, True, False, f"兽药管理条例 art. 28; {_PRODUCE_28}", _V
    ),
)

AnyRule = TypeVar("AnyRule", LedgerRule, RetentionRule, RetailRule)


def ledger_rule(kind: ProductKind, side: LedgerSide, on: date) -> LedgerRule:
    """What a ledger line of `kind` states on the day `on`."""
    return _in_force((rule for rule in LEDGER_RULES if rule.side is side), kind, on)


def retention_rule(kind: ProductKind, on: date) -> RetentionRule:
    """How long a record of the day `on` is kept, of purchases and of sales alike."""
    return _in_force(RETENTION_RULES, kind, on)


def keep_until(kind: ProductKind, recorded_on: date, expires_on: date) -> date:
    """The last day on which a record must still be there. A year ends on the day of the same date, 28 February for the
    29th."""
    rule = retention_rule(kind, recorded_on)
    after_record = _years_later(recorded_on, rule.years)
    if rule.years_after_expiry is None:
        return after_record
    return max(after_record, _years_later(expires_on, rule.years_after_expiry))


def retail_rule(product: Registered, on: date) -> RetailRule:
    """What the sale of a product to a user records on the day `on`.

    Sanitary pesticides need no sales ledger, so no buyer and no use. A pesticide of restricted use needs the buyer's
    identity, which the sources here do not bear out: `identity_verification`. Source: 农药管理条例 art. 27.
    """
    rule = _in_force(RETAIL_RULES, product.kind, on)
    if product.kind is not ProductKind.PESTICIDE:
        return rule
    if not needs_sales_ledger(product):
        rule = replace(rule, needs_buyer=False, needs_intended_use=False)
    return replace(rule, needs_identity=is_restricted(product, on))


def needs_sales_ledger(product: Registered) -> bool:
    """Whether sales of a product are written down at all: of all but sanitary pesticides.

    Source: 农药管理条例 art. 27.
    """
    is_pesticide = product.kind is ProductKind.PESTICIDE
    return not (is_pesticide and registration_class_digit(product.registration_number) == SANITARY_CLASS_DIGIT)


def _in_force(rules: Iterable[AnyRule], kind: ProductKind, on: date) -> AnyRule:
    fitting = [rule for rule in rules if rule.kind in (kind, None) and rule.valid_from <= on]
    return max(fitting, key=lambda rule: (rule.kind is not None, rule.valid_from))


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return (day - timedelta(days=1)).replace(year=day.year + years)
