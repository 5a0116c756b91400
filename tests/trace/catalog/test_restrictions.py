"""Restricted and banned ingredients: by name as written, by day, and by how far the source can be trusted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from suiyuan.trace.catalog.model import Ingredient, Product, ProductKind
from suiyuan.trace.catalog.restrictions import (
    all_restrictions,
    is_designated_only,
    is_restricted,
    is_sale_banned,
    restrictions_of,
    sale_bans,
)
from suiyuan.trace.kernel.sources import Verification
from suiyuan.trace.kernel.units import Unit

LISTED_FROM = date(2017, 10, 1)
TODAY = date(2026, 11, 24)
NOBODY = UUID(int=0)


def pesticide(*names: str) -> Product:
    return Product(
        product_id=NOBODY,
        holder_id=NOBODY,
        kind=ProductKind.PESTICIDE,
        name="颗粒剂",
        brand="",
        registration_number="PD20990001",
        code_registration_digits="990001",
        formulation="",
        composition=tuple(Ingredient(name, Decimal("3"), Unit.PERCENT) for name in names),
        shelf_life_days=730,
    )


@pytest.mark.parametrize(
    ("name", "on", "is_listed", "is_designated", "is_banned"),
    [
        ("克百威", LISTED_FROM - timedelta(days=1), False, False, False),
        ("克百威", LISTED_FROM, True, True, False),
        ("溴鼠灵", LISTED_FROM, True, True, False),
        ("毒死蜱", LISTED_FROM - timedelta(days=1), False, False, False),
        ("毒死蜱", LISTED_FROM, True, False, False),
        ("甲胺磷", date(2014, 9, 18), False, False, False),
        ("甲胺磷", date(2014, 9, 19), False, False, True),
        ("阿维菌素", TODAY, False, False, False),
    ],
)
def test_by_the_day(name: str, on: date, is_listed: bool, is_designated: bool, is_banned: bool) -> None:
    product = pesticide("阿维菌素", name)
    found = (is_restricted(product, on), is_designated_only(product, on), is_sale_banned(product, on))
    assert found == (is_listed, is_designated, is_banned)


@pytest.mark.parametrize(
    ("name", "first_day"),
    [
        ("三氯杀螨醇", date(2018, 10, 1)),
        ("溴甲烷", date(2019, 1, 1)),
        ("硫丹", date(2019, 3, 26)),
        ("百草枯", date(2020, 9, 26)),
        ("2,4-滴丁酯", date(2023, 1, 29)),
        ("甲拌磷", date(2024, 9, 1)),
        ("克百威", date(2026, 6, 1)),
    ],
)
def test_a_ban_that_was_not_verified_warns_and_does_not_bind(name: str, first_day: date) -> None:
    product = pesticide(name)
    assert sale_bans(product, first_day - timedelta(days=1)) == ()
    (ban,) = sale_bans(product, first_day)
    assert (ban.ingredient, ban.sale_banned_from) == (name, first_day)
    assert ban.verification is Verification.UNVERIFIED
    assert not is_sale_banned(product, first_day)


def test_a_listing_that_was_not_verified_does_not_bind() -> None:
    product = pesticide("乐果")
    (row,) = restrictions_of(product, LISTED_FROM)
    assert (row.ingredient, row.verification) == ("乐果", Verification.UNVERIFIED)
    assert not is_restricted(product, LISTED_FROM)


@pytest.mark.parametrize(
    ("written", "ingredient"),
    [
        ("２，４－滴丁酯", "2,4-滴丁酯"),
        ("2,4–滴丁酯", "2,4-滴丁酯"),
        (" 克 百\u3000威 ", "克百威"),
        ("Carbofuran", "克百威"),
        ("ＣＡＲＢＯＦＵＲＡＮ", "克百威"),
        ("呋喃丹", "克百威"),
        ("虫敌（克百威）", "克百威"),
        ("c型肉毒梭菌毒素", "C型肉毒梭菌毒素"),
        ("Aluminium  Phosphide", "磷化铝"),
        ("氯化乙基汞", "汞制剂"),
        ("砷酸铅", "砷类"),
        ("砷酸铅", "铅类"),
    ],
)
def test_names_as_labels_write_them(written: str, ingredient: str) -> None:
    assert ingredient in {row.ingredient for row in restrictions_of(pesticide(written), TODAY)}


@pytest.mark.parametrize(
    ("written", "other"),
    [("氧乐果", "乐果"), ("甲基对硫磷", "对硫磷"), ("丁硫克百威", "克百威"), ("parathion-methyl", "对硫磷")],
)
def test_a_name_within_a_name_is_another_substance(written: str, other: str) -> None:
    found = {row.ingredient for row in restrictions_of(pesticide(written), TODAY)}
    assert found
    assert other not in found


def test_only_pesticides_have_restrictions() -> None:
    drug = replace(pesticide("毒死蜱"), kind=ProductKind.VET_DRUG)
    assert restrictions_of(drug, TODAY) == ()
    assert restrictions_of(pesticide(), TODAY) == ()


def test_the_lists_are_whole() -> None:
    rows = all_restrictions()
    announced = [row for row in rows if row.listed_from is not None]
    assert len({row.ingredient for row in announced}) == len(announced) == 32, "公告2567 has 32"
    assert sum(row.designated_from is not None for row in rows) == 22, "of which 1 to 22 at designated outlets"
    bans = [row for row in rows if row.sale_banned_from == date(2014, 9, 19)]
    assert len({row.ingredient for row in bans}) == 33
    for row in rows:
        assert row.source
        assert row.is_in_force(TODAY), "no row is without a day"
        assert (row.read_at == "from memory") == (row.verification is Verification.UNVERIFIED)


def test_every_synonym_belongs_to_one_ingredient_of_the_lists() -> None:
    owners: dict[str, str] = {}
    for row in all_restrictions():
        for name in (row.ingredient, *row.synonyms):
            assert owners.setdefault(name.casefold(), row.ingredient) == row.ingredient
    assert owners["呋喃丹"] == "克百威"
