"""What announcement 1049 asks of a pesticide batch and its maker did not state: a warning, never a refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import BatchWarning, batch_warnings
from suiyuan.trace.catalog import service as catalog
from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.catalog.service import NewProduct
from suiyuan.trace.custody import service as custody

if TYPE_CHECKING:
    from tests.support.world import World

CLASS, NUMBER, MAKER = BatchWarning


@pytest.mark.parametrize(
    ("ruleset", "class_digit", "registration", "maker", "expected"),
    [
        ("1049", "1", "PD20080001", "原药厂", ()),
        ("1049", "2", "PD20080001", "原药厂", ()),
        ("1049", "3", "PD20080001", "原药厂", (CLASS,)),
        ("1049", "1", "", "原药厂", (NUMBER,)),
        ("1049", "1", "PD20080001", "", (MAKER,)),
        ("1049", "1", "", "", (NUMBER, MAKER)),
        ("1049", "3", "", "", (CLASS, NUMBER, MAKER)),
        ("2579", "3", "", "", ()),
        ("2579", "1", "PD20080001", "原药厂", ()),
        ("", "", "", "", ()),
    ],
)
def test_warnings(
    ruleset: str, class_digit: str, registration: str, maker: str, expected: tuple[BatchWarning, ...]
) -> None:
    assert batch_warnings(ruleset, class_digit, registration, maker) == expected


@pytest.mark.parametrize(
    ("production_on", "expected"), [(date(2026, 10, 31), ()), (date(2026, 11, 1), (CLASS, NUMBER, MAKER))]
)
def test_a_temporary_registration_is_registered_with_warnings_from_the_day_on(
    world: World, production_on: date, expected: tuple[BatchWarning, ...]
) -> None:
    new = NewProduct(world.maker.party_id, ProductKind.PESTICIDE, "某药", "LS20081234", shelf_life_days=730)
    product = world.database.write(lambda work: catalog.register_product(work, world.actor(world.maker), new))
    batch = world.register_batch(product, production_on=production_on)
    assert batch.warnings == expected
    with world.database.read() as connection:
        assert batches.require_batch(connection, batch.batch_id).warnings == expected


def test_what_is_stated_is_not_warned_of(world: World) -> None:
    new = replace(
        world.new_batch(production_on=date(2026, 11, 3)), technical_registration="PD20080001", technical_maker="原药厂"
    )
    batch = world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))
    assert batch.warnings == ()


def test_other_kinds_are_not_concerned(world: World) -> None:
    assert [
        world.register_batch(product, production_on=date(2026, 11, 3)).warnings
        for product in (world.seed, world.vet_drug, world.fertiliser)
    ] == [(), (), ()]
