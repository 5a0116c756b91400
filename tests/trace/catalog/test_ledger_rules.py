"""What ledgers state, how long they are kept, and what a retail sale records: by kind and by day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from suiyuan.trace.catalog.ledger_rules import (
    LEDGER_RULES,
    RETAIL_RULES,
    RETENTION_RULES,
    LedgerField,
    LedgerSide,
    keep_until,
    ledger_rule,
    needs_sales_ledger,
    retail_rule,
    retention_rule,
)
from suiyuan.trace.catalog.model import Ingredient, Product, ProductKind
from suiyuan.trace.kernel.sources import Verification
from suiyuan.trace.kernel.units import Unit

TODAY = date(2026, 11, 24)
PRODUCE_SAFETY_LAW = date(2023, 1, 1)
DAY = timedelta(days=1)
NOBODY = UUID(int=0)


def product(kind: ProductKind, ingredient: str = "阿维菌素", number: str = "PD20990001") -> Product:
    return Product(
        product_id=NOBODY,
        holder_id=NOBODY,
        kind=kind,
        name="品名",
        brand="",
        registration_number=number,
        code_registration_digits="",
        formulation="",
        composition=(Ingredient(ingredient, Decimal("3"), Unit.PERCENT),),
        shelf_life_days=730,
    )


@pytest.mark.parametrize("kind", ProductKind)
@pytest.mark.parametrize("side", LedgerSide)
@pytest.mark.parametrize("on", [date.min, date(2004, 10, 31), date(2017, 6, 1), TODAY, date.max])
def test_every_kind_has_a_rule_on_every_day(kind: ProductKind, side: LedgerSide, on: date) -> None:
    rule = ledger_rule(kind, side, on)
    assert rule.kind in (kind, None)
    assert rule.side is side
    assert rule.valid_from <= on
    assert LedgerField.QUANTITY in rule.fields
    assert retention_rule(kind, on).years >= 2


@pytest.mark.parametrize("kind", [ProductKind.PESTICIDE, ProductKind.VET_DRUG])
def test_the_scope_of_use_is_recorded_since_2023(kind: ProductKind) -> None:
    before = ledger_rule(kind, LedgerSide.SALE, PRODUCE_SAFETY_LAW - DAY)
    since = ledger_rule(kind, LedgerSide.SALE, PRODUCE_SAFETY_LAW)
    assert since.fields == (*before.fields, LedgerField.INTENDED_USE)
    assert "农产品质量安全法" in since.source
    assert LedgerField.INTENDED_USE not in ledger_rule(kind, LedgerSide.PURCHASE, TODAY).fields
    for rule in (before, since):
        assert {LedgerField.COUNTERPARTY, LedgerField.DATE} < set(rule.fields)


@pytest.mark.parametrize(
    ("kind", "side", "stated", "not_stated"),
    [
        (ProductKind.PESTICIDE, LedgerSide.PURCHASE, LedgerField.LICENCE_NUMBERS, LedgerField.BATCH_NUMBER),
        (ProductKind.PESTICIDE, LedgerSide.SALE, LedgerField.PRODUCER, LedgerField.COUNTERPARTY_CONTACT),
        (ProductKind.VET_DRUG, LedgerSide.PURCHASE, LedgerField.BATCH_NUMBER, LedgerField.COUNTERPARTY_CONTACT),
        (ProductKind.FEED, LedgerSide.SALE, LedgerField.SHELF_LIFE, LedgerField.BATCH_NUMBER),
        (ProductKind.SEED, LedgerSide.SALE, LedgerField.RESPONSIBLE_PERSON, LedgerField.SPECIFICATION),
    ],
)
def test_the_statutory_fields(
    kind: ProductKind, side: LedgerSide, stated: LedgerField, not_stated: LedgerField
) -> None:
    rule = ledger_rule(kind, side, TODAY)
    assert rule.verification is Verification.VERIFIED
    assert stated in rule.fields
    assert not_stated not in rule.fields


@pytest.mark.parametrize(
    ("kind", "years", "after_expiry", "verification"),
    [
        (ProductKind.PESTICIDE, 2, None, Verification.VERIFIED),
        (ProductKind.VET_DRUG, 2, 1, Verification.UNVERIFIED),
        (ProductKind.FEED, 2, None, Verification.VERIFIED),
        (ProductKind.SEED, 5, None, Verification.SECONDARY),
        (ProductKind.FERTILISER, 2, None, Verification.UNVERIFIED),
        (ProductKind.OTHER, 2, None, Verification.UNVERIFIED),
    ],
)
def test_how_long_records_are_kept(
    kind: ProductKind, years: int, after_expiry: int | None, verification: Verification
) -> None:
    rule = retention_rule(kind, TODAY)
    assert (rule.years, rule.years_after_expiry, rule.verification) == (years, after_expiry, verification)


@pytest.mark.parametrize(
    ("kind", "recorded_on", "expires_on", "until"),
    [
        (ProductKind.PESTICIDE, date(2026, 11, 24), date(2040, 1, 1), date(2028, 11, 24)),
        (ProductKind.SEED, date(2026, 11, 24), date(2027, 1, 1), date(2031, 11, 24)),
        (ProductKind.VET_DRUG, date(2026, 11, 24), date(2027, 11, 23), date(2028, 11, 24)),
        (ProductKind.VET_DRUG, date(2026, 11, 24), date(2027, 11, 25), date(2028, 11, 25)),
        (ProductKind.PESTICIDE, date(2024, 2, 29), date(2025, 1, 1), date(2026, 2, 28)),
        (ProductKind.VET_DRUG, date(2024, 2, 29), date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_the_last_day_of_a_record(kind: ProductKind, recorded_on: date, expires_on: date, until: date) -> None:
    assert keep_until(kind, recorded_on, expires_on) == until


@pytest.mark.parametrize(
    ("kind", "on", "needs_buyer", "needs_use"),
    [
        (ProductKind.PESTICIDE, date(2017, 5, 31), False, False),
        (ProductKind.PESTICIDE, date(2017, 6, 1), True, False),
        (ProductKind.PESTICIDE, PRODUCE_SAFETY_LAW - DAY, True, False),
        (ProductKind.PESTICIDE, PRODUCE_SAFETY_LAW, True, True),
        (ProductKind.VET_DRUG, PRODUCE_SAFETY_LAW - DAY, True, False),
        (ProductKind.VET_DRUG, PRODUCE_SAFETY_LAW, True, True),
        (ProductKind.SEED, TODAY, False, False),
        (ProductKind.FEED, TODAY, False, False),
        (ProductKind.FERTILISER, TODAY, False, False),
        (ProductKind.OTHER, TODAY, False, False),
    ],
)
def test_what_a_retail_sale_records(kind: ProductKind, on: date, needs_buyer: bool, needs_use: bool) -> None:
    rule = retail_rule(product(kind), on)
    assert (rule.needs_buyer, rule.needs_intended_use, rule.needs_identity) == (needs_buyer, needs_use, False)


def test_sanitary_pesticides_need_no_sales_ledger() -> None:
    sanitary = product(ProductKind.PESTICIDE, number="WP20990001")
    rule = retail_rule(sanitary, TODAY)
    assert (rule.needs_buyer, rule.needs_intended_use) == (False, False)
    assert not needs_sales_ledger(sanitary)
    assert needs_sales_ledger(product(ProductKind.PESTICIDE))
    assert needs_sales_ledger(product(ProductKind.OTHER, number="WP20990001"))


@pytest.mark.parametrize(
    ("ingredient", "on", "needs_identity"),
    [
        ("毒死蜱", date(2017, 9, 30), False),
        ("毒死蜱", date(2017, 10, 1), True),
        ("克百威", TODAY, True),
        ("乐果", TODAY, False),
        ("阿维菌素", TODAY, False),
    ],
)
def test_restricted_pesticides_need_the_buyers_identity(ingredient: str, on: date, needs_identity: bool) -> None:
    rule = retail_rule(product(ProductKind.PESTICIDE, ingredient), on)
    assert rule.needs_identity is needs_identity
    assert rule.needs_buyer
    assert rule.verification is Verification.VERIFIED
    assert rule.identity_verification is Verification.UNVERIFIED


def test_every_rule_names_its_source_and_none_stands_twice() -> None:
    for rules in (LEDGER_RULES, RETENTION_RULES, RETAIL_RULES):
        assert all(rule.source for rule in rules)
        keys = [(rule.kind, getattr(rule, "side", None), rule.valid_from) for rule in rules]
        assert len(set(keys)) == len(keys)
