"""Products: what is taken, what only with a warning, and every refusal; and the register extracts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from suiyuan.trace.catalog import service as catalog
from suiyuan.trace.catalog.model import Ingredient, Product, ProductKind, RegisterEntry
from suiyuan.trace.catalog.service import MAX_INGREDIENTS, NewProduct
from suiyuan.trace.kernel import limits
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.kernel.units import Unit
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import OPERATOR, Actor, Role

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

LONG = "长" * (limits.MAX_NAME_CHARACTERS + 1)
COMPOSITION = (
    Ingredient("阿维菌素", Decimal("1.80"), Unit.PERCENT),
    Ingredient("高效氯氰菊酯", Decimal("25"), Unit.GRAM_PER_LITRE),
)


def new_product(world: World, **change: Any) -> NewProduct:
    plain = NewProduct(
        holder_id=world.maker.party_id,
        kind=ProductKind.PESTICIDE,
        name="阿维·高氯",
        registration_number="PD20081234",
        shelf_life_days=730,
        composition=COMPOSITION,
        brand="贺兰",
        formulation="乳油",
        usage="稀释 1500 倍喷雾",
    )
    return replace(plain, **change)


def register(world: World, new: NewProduct, actor: Actor | None = None) -> Product:
    by = actor or world.actor(world.maker)
    return world.database.write(lambda work: catalog.register_product(work, by, new))


@pytest.mark.parametrize(
    ("kind", "number", "digits"),
    [
        (ProductKind.PESTICIDE, "PD20081234", "081234"),
        (ProductKind.PESTICIDE, "ＰＤ２００８－１", ""),
        (ProductKind.VET_DRUG, "兽药字（2019）300012345", ""),
        (ProductKind.SEED, "国审玉20190001", ""),
        (ProductKind.SEED, "", ""),
        (ProductKind.FEED, "", ""),
        (ProductKind.FERTILISER, "宁农肥（2020）准字0001号", ""),
        (ProductKind.OTHER, "", ""),
    ],
)
def test_every_kind_is_registered_and_read_back(world: World, kind: ProductKind, number: str, digits: str) -> None:
    hand = "654321" if number.startswith("ＰＤ") else ""
    product = register(
        world,
        new_product(world, kind=kind, registration_number=number, code_registration_digits=hand, accept_warnings=True),
    )
    assert product.code_registration_digits == (hand or digits)
    with world.database.read() as connection:
        assert catalog.require_product(connection, product.product_id) == product
        assert product in catalog.list_products(connection, holder_id=world.maker.party_id)
        assert catalog.find_by_number(connection, world.maker.party_id, number or product.name) == product
        (event,) = ledger.list_events(connection, product.product_id)
    assert (event.kind, event.actor_id) == ("product.registered", world.maker.party_id)
    assert product.composition == COMPOSITION
    assert str(product.composition[0].content) == "1.80"


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (ProductKind.PESTICIDE, "PD2008"),
        (ProductKind.PESTICIDE, "XX20123456"),
        (ProductKind.PESTICIDE, "20081234"),
        (ProductKind.VET_DRUG, "兽药字12345"),
        (ProductKind.SEED, "某审玉20190001"),
    ],
)
def test_an_odd_number_is_refused_until_accepted_and_then_marked(
    world: World, refuses: Refuses, kind: ProductKind, number: str
) -> None:
    new = new_product(world, kind=kind, registration_number=number, code_registration_digits="123456")
    with refuses(Conflict, "registration.format", field="registration_number", value=number):
        register(world, new)
    assert register(world, replace(new, accept_warnings=True)).warnings == ("registration.format",)


def test_accepting_warnings_where_there_are_none_marks_nothing(world: World) -> None:
    assert register(world, new_product(world, accept_warnings=True)).warnings == ()


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("no_name", {"name": " "}, "text.missing", "name"),
    ("long_name", {"name": LONG}, "text.malformed", "name"),
    ("long_brand", {"brand": LONG}, "text.malformed", "brand"),
    ("long_formulation", {"formulation": LONG}, "text.malformed", "formulation"),
    ("long_usage", {"usage": "长" * (limits.MAX_NOTE_CHARACTERS + 1)}, "text.malformed", "usage"),
    ("no_pesticide_number", {"registration_number": " "}, "product.registration_number", "registration_number"),
    (
        "no_vet_drug_number",
        {"registration_number": "", "kind": ProductKind.VET_DRUG},
        "product.registration_number",
        "registration_number",
    ),
    ("long_number", {"registration_number": LONG}, "text.malformed", "registration_number"),
    ("no_shelf_life", {"shelf_life_days": 0}, "product.shelf_life", "shelf_life_days"),
    ("endless", {"shelf_life_days": limits.MAX_SHELF_LIFE_DAYS + 1}, "product.shelf_life", "shelf_life_days"),
    (
        "too_few_digits",
        {"registration_number": "PD85122"},
        "product.code_digits",
        "code_registration_digits",
    ),
    ("five_digits", {"code_registration_digits": "12345"}, "product.code_digits", "code_registration_digits"),
    ("other_digits", {"code_registration_digits": "١٢٣٤٥٦"}, "product.code_digits", "code_registration_digits"),
    ("letters", {"code_registration_digits": "12345a"}, "product.code_digits", "code_registration_digits"),
    ("somebody_elses", {"code_registration_digits": "123456"}, "product.code_digits", "code_registration_digits"),
    (
        "negative_content",
        {"composition": (Ingredient("a", Decimal("-0.1"), Unit.GRAM_PER_LITRE),)},
        "product.composition",
        "composition",
    ),
    (
        "more_than_all",
        {"composition": (Ingredient("a", Decimal("100.01"), Unit.PERCENT),)},
        "product.composition",
        "composition",
    ),
    ("too_many_parts", {"composition": COMPOSITION[:1] * (MAX_INGREDIENTS + 1)}, "product.composition", "composition"),
    (
        "nameless_part",
        {"composition": (Ingredient(" ", Decimal(1), Unit.PERCENT),)},
        "text.missing",
        "composition",
    ),
]


@pytest.mark.parametrize(("change", "code", "field"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_be_is_refused(
    world: World, refuses: Refuses, change: dict[str, Any], code: str, field: str
) -> None:
    with refuses(InvalidInput, code, field=field):
        register(world, new_product(world, **change))


def test_the_last_composition_that_can_be_is_taken(world: World) -> None:
    parts = (
        *(Ingredient(f"第 {number}", Decimal(0), Unit.PERCENT) for number in range(MAX_INGREDIENTS - 2)),
        Ingredient("全部", Decimal(100), Unit.PERCENT),
        Ingredient("浓", Decimal("1000.000"), Unit.GRAM_PER_LITRE),
    )
    product = register(world, new_product(world, composition=parts, shelf_life_days=limits.MAX_SHELF_LIFE_DAYS))
    assert product.composition == parts


def test_one_registration_is_registered_once(world: World, refuses: Refuses) -> None:
    register(world, new_product(world))
    with refuses(Conflict, "product.duplicate", field="registration_number", value="pd 20081234"):
        register(world, new_product(world, registration_number="pd 20081234", name="别名"))
    seed = {"kind": ProductKind.SEED, "registration_number": "", "name": "菠菜"}
    register(world, new_product(world, **seed))
    with refuses(Conflict, "product.duplicate", value="菠菜"):
        register(world, new_product(world, **seed))


def test_who_may_register_a_product(world: World, refuses: Refuses) -> None:
    with refuses(NotAllowed, "access.other_party"):
        register(world, new_product(world), world.actor(world.distributor))
    with refuses(NotAllowed, "access.role", needed="manufacturer"):
        register(world, new_product(world, holder_id=world.outlet.party_id), world.actor(world.outlet))
    with refuses(NotKnown, "party.unknown", field="holder_id"):
        register(world, new_product(world, holder_id=uuid4()), OPERATOR)
    assert register(world, new_product(world), world.actor(world.regulator)).holder_id == world.maker.party_id


def test_unknown_products_are_refused(world: World, refuses: Refuses) -> None:
    with world.database.read() as connection:
        with refuses(NotKnown, "product.unknown", field="product_id"):
            catalog.require_product(connection, uuid4())
        for number in ("", " ", "PD99999999"):
            with refuses(NotKnown, "product.unknown", field="registration_number"):
                catalog.find_by_number(connection, world.maker.party_id, number)
        with refuses(NotKnown, "product.unknown"):
            catalog.find_by_number(connection, world.outlet.party_id, "PD20172247")


ENTRY = RegisterEntry(
    entry_id="r1",
    kind=ProductKind.PESTICIDE,
    jurisdiction="CN",
    registration_number="ＰＤ 20081234",
    name="阿维菌素",
    brand="",
    content="1.8%",
    holder_name="某厂",
    approved_on="2008",
    reliability="second_hand",
    source="https://example.org/",
)


def test_register_extracts_are_citations_replaced_by_id(world: World, refuses: Refuses) -> None:
    entries = [
        ENTRY,
        replace(ENTRY, entry_id="r2", holder_name="另一厂"),
        replace(ENTRY, entry_id="r3", registration_number=""),
    ]

    def load(rows: list[RegisterEntry], actor: Actor = OPERATOR) -> int:
        return world.database.write(lambda work: catalog.load_register(work, actor, rows))

    assert load(entries) == 3
    assert load([]) == 0
    with world.database.read() as connection:
        assert catalog.register_lookup(connection, "pd20081234") == entries[:2]
        assert catalog.register_lookup(connection, "") == []
        assert catalog.register_lookup(connection, "PD1") == []
    load([replace(ENTRY, content="2%")])
    with world.database.read() as connection:
        assert [each.content for each in catalog.register_lookup(connection, "PD20081234")] == ["2%", "1.8%"]
        assert catalog.count_register(connection) == 3
    with refuses(NotAllowed, "access.role"):
        load(entries, world.actor(world.maker))
    assert Role.REGULATOR in world.regulator.roles
    assert load([ENTRY], world.actor(world.regulator)) == 1
