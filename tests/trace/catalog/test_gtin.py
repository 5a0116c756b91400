"""A product's GTIN: what is taken for one, and that it names one product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from suiyuan.trace.catalog import service as catalog
from suiyuan.trace.catalog.model import Product, ProductKind
from suiyuan.trace.catalog.service import NewProduct
from suiyuan.trace.kernel.errors import Conflict, InvalidInput
from suiyuan.trace.ledger import service as ledger

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

GTIN = "06901234567892"


def register(world: World, gtin: str, name: str = "地膜", holder: str = "maker") -> Product:
    party = getattr(world, holder)
    new = NewProduct(party.party_id, ProductKind.OTHER, name, "", shelf_life_days=365, gtin=gtin)
    return world.database.write(lambda work: catalog.register_product(work, world.actor(world.regulator), new))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("  ", ""),
        ("96385074", "00000096385074"),
        ("614141123452", "00614141123452"),
        ("6901234567892", GTIN),
        (GTIN, GTIN),
        ("16901234567899", "16901234567899"),
        (" ６９０１２３４５６７８９２ ", GTIN),
    ],
)
def test_a_gtin_of_any_length_is_kept_as_fourteen_digits(world: World, given: str, kept: str) -> None:
    product = register(world, given)
    assert product.gtin == kept
    with world.database.read() as connection:
        assert catalog.require_product(connection, product.product_id) == product
        (event,) = ledger.list_events(connection, product.product_id)
    assert f'"gtin":"{kept}"' in event.payload


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("6901234567893", "product.gtin_check_digit"),
        ("06901234567893", "product.gtin_check_digit"),
        ("96385075", "product.gtin_check_digit"),
        ("690123456789", "product.gtin_check_digit"),
        ("690123456", "product.gtin"),
        ("690123456789200", "product.gtin"),
        ("6901234-67892", "product.gtin"),
        ("69012 4567892", "product.gtin"),
        ("690123456789X", "product.gtin"),
        ("٦٩٠١٢٣٤٥٦٧٨٩٢", "product.gtin"),
        ("0" * 14, "product.gtin"),
        ("甲" * 100_000, "product.gtin"),
        ("\x00", "product.gtin"),
    ],
)
def test_what_is_no_gtin_is_refused(world: World, refuses: Refuses, given: str, code: str) -> None:
    with refuses(InvalidInput, code, field="gtin"):
        register(world, given)


@pytest.mark.parametrize("holder", ["maker", "distributor"])
def test_one_gtin_names_one_product(world: World, refuses: Refuses, holder: str) -> None:
    register(world, GTIN)
    with refuses(Conflict, "product.gtin_taken", field="gtin", value=GTIN):
        register(world, GTIN[1:], "另一种", holder)


def test_many_products_have_none(world: World) -> None:
    assert register(world, "").gtin == register(world, "", "另一种").gtin == ""
