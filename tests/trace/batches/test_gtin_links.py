"""GS1 Digital Links as second names of units: who has one, what it says, and that it leads to the unit."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from suiyuan.trace.batches import gtin_links, printing
from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch
from suiyuan.trace.batches.printing import PackageRange
from suiyuan.trace.catalog import service as catalog
from suiyuan.trace.catalog.model import Product, ProductKind
from suiyuan.trace.catalog.service import NewProduct
from suiyuan.trace.codes.gs1 import GtinLink, read_gtin_link
from suiyuan.trace.codes.model import Level, Place, Scheme
from suiyuan.trace.codes.service import Outcome
from suiyuan.trace.custody import service as custody
from suiyuan.trace.kernel.errors import InvalidInput
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.verification.model import ReasonCode, Verdict
from suiyuan.trace.verification.service import Answers

if TYPE_CHECKING:
    from tests.support.protocols import Dumps, Refuses
    from tests.support.world import World

GTIN = "06901234567892"
BASE_URL = "https://suiyuan.example"


@pytest.fixture
def pesticide(world: World) -> Product:
    return register_product(world, ProductKind.PESTICIDE, "PD20081234", GTIN)


def register_product(world: World, kind: ProductKind, number: str, gtin: str) -> Product:
    new = NewProduct(world.maker.party_id, kind, "某产品", number, shelf_life_days=730, gtin=gtin)
    return world.database.write(lambda work: catalog.register_product(work, world.actor(world.maker), new))


def link(world: World, batch: Batch, index: int = 0) -> str:
    return gtin_links.unit_link(world.keyring, batch, index, BASE_URL)


def test_a_batch_keeps_the_gtin_of_its_product_and_a_serial_under_it(world: World, pesticide: Product) -> None:
    first, second = world.register_batch(pesticide), world.register_batch(pesticide, pack_code="002")
    assert [(batch.gtin, batch.gtin_serial) for batch in (first, second)] == [(GTIN, 0), (GTIN, 1)]
    assert [batch.code_serial for batch in (first, second)] == [0, 0], "the pack codes differ"
    with world.database.read() as connection:
        assert batches.require_batch(connection, second.batch_id) == second
        event = ledger.list_events(connection, second.batch_id)[0]
    assert f'"gtin":"{GTIN}","gtin_serial":1,' in event.payload


def test_the_alias_costs_one_row_more_and_none_without_a_gtin(world: World, pesticide: Product, dump: Dumps) -> None:
    def rows() -> Counter[str]:
        return Counter({table: len(found) for table, found in dump(world.database).items()})

    world.register_batch(pesticide)
    world.register_batch()
    before = rows()
    world.register_batch(pesticide, size=100_000_000, units_per_carton=100, cartons_per_pallet=50)
    with_gtin = rows()
    plain = world.register_batch()
    assert (with_gtin - before)["code_block"] == 2
    assert (rows() - with_gtin)["code_block"] == 1
    assert (plain.gtin, plain.gtin_serial) == ("", 0)


def test_every_link_leads_to_its_unit_as_the_statutory_code_does(world: World, pesticide: Product) -> None:
    batch = world.register_batch(pesticide, size=5)
    seen: set[str] = set()
    for index in range(5):
        found = world.resolver.resolve(link(world, batch, index))
        assert (found.outcome, found.scheme, found.batch_id) == (Outcome.KNOWN, Scheme.GS1, batch.batch_id)
        assert (found.level, found.index) == (Level.UNIT, index)
        again = world.resolver.resolve(found.code)
        assert (again.batch_id, again.index) == (batch.batch_id, index), "the code alone"
        plain = world.resolver.resolve(world.code(batch, index=index))
        assert (plain.batch_id, plain.index) == (batch.batch_id, index)
        seen.add(found.code)
    assert len(seen) == 5


@pytest.mark.parametrize(
    "place", [Place(0, Level.UNIT, 5), Place(1, Level.UNIT, 0), Place(0, Level.CARTON, 0), Place(0, Level.PALLET, 0)]
)
def test_a_serial_that_was_not_given_out_is_unknown(world: World, pesticide: Product, place: Place) -> None:
    world.register_batch(pesticide, size=5)
    code = world.keyring.encode(Scheme.GS1, GTIN, place)
    found = world.resolver.resolve(f"{BASE_URL}/01/{GTIN}/21/{code[14:]}")
    assert (found.outcome, found.scheme, found.code) == (Outcome.UNKNOWN, Scheme.GS1, code)


@pytest.mark.parametrize("serial", ["A1", "0", "12345678901234567890", "X%2FY", "(1)"])
def test_another_makers_serial_is_unknown_and_nothing_worse(
    world: World, pesticide: Product, answers: Answers, serial: str
) -> None:
    world.register_batch(pesticide)
    answer = answers.answer(answers.resolve(f"https://maker.example/01/{GTIN}/21/{serial}"))
    assert (answer.verdict, [reason.code for reason in answer.reasons]) == (
        Verdict.UNKNOWN,
        [ReasonCode.NOT_REGISTERED_HERE],
    )


@pytest.mark.parametrize(
    ("number", "escaped"),
    [("A-1", "A-1"), ("a/b", "a%2Fb"), ("2026(11)", "2026%2811%29"), ("7" * 20, "7" * 20), ("%41", "%2541")],
)
def test_a_link_says_the_batch_number_as_registered(
    world: World, pesticide: Product, answers: Answers, number: str, escaped: str
) -> None:
    batch = world.register_batch(pesticide, batch_number=number)
    made = link(world, batch, 3)
    assert made.startswith(f"{BASE_URL}/01/{GTIN}/10/{escaped}/21/")
    read = read_gtin_link(made)
    assert read[:2] == GtinLink(GTIN, number, None)[:2]
    reasons = {reason.code for reason in answers.answer(answers.resolve(made)).reasons}
    assert reasons >= {ReasonCode.REGISTERED}
    assert not reasons & {ReasonCode.LABEL_BATCH_DIFFERS, ReasonCode.LABEL_GTIN_DIFFERS}


@pytest.mark.parametrize("number", ["批20261101", "A 1", "7" * 21, ".", "..", "a~b", "é"])
def test_a_batch_number_that_does_not_go_into_a_link_is_refused_where_one_is_asked_for(
    world: World, pesticide: Product, refuses: Refuses, number: str
) -> None:
    batch = world.register_batch(pesticide, batch_number=number)
    assert batch.gtin == GTIN
    with refuses(InvalidInput, "link.batch_number", field="batch_number", value=number):
        link(world, batch)


def test_a_batch_without_a_gtin_has_no_links(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    with refuses(InvalidInput, "link.no_gtin", field="batch_id"):
        link(world, batch)
    with refuses(InvalidInput, "link.no_gtin", field="batch_id"):
        gtin_links.serials_of(world.keyring, batch, 0, 1)


@pytest.mark.parametrize("index", [-1, 24])
def test_no_link_outside_the_batch(world: World, pesticide: Product, refuses: Refuses, index: int) -> None:
    batch = world.register_batch(pesticide)
    with refuses(InvalidInput, "code.index", field="index", index=index):
        link(world, batch, index)


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (0, 25), (3, 3), (4, 2)])
def test_no_serials_outside_the_batch(
    world: World, pesticide: Product, refuses: Refuses, start: int, stop: int
) -> None:
    batch = world.register_batch(pesticide)
    with refuses(InvalidInput, "code.index", field="range"):
        gtin_links.serials_of(world.keyring, batch, start, stop)


def test_serials_in_bulk_are_those_of_the_links(world: World, pesticide: Product) -> None:
    batch = world.register_batch(pesticide)
    stem = gtin_links.link_stem(batch, BASE_URL)
    serials = [row.tobytes().decode() for block in gtin_links.serials_of(world.keyring, batch, 2, 9) for row in block]
    assert [stem + serial for serial in serials] == [link(world, batch, index) for index in range(2, 9)]


def test_units_without_codes_have_no_second_name_either(world: World) -> None:
    product = register_product(world, ProductKind.VET_DRUG, "兽药字300054321", GTIN)
    new = replace(world.new_batch(product), units_carry_codes=False)
    batch = world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))
    assert (batch.gtin, batch.gtin_serial) == ("", 0)
    assert world.register_batch(product).gtin == GTIN


def test_what_befalls_a_unit_befalls_it_under_both_names(world: World, pesticide: Product, answers: Answers) -> None:
    batch = world.register_batch(pesticide)
    world.hand_over(world.maker, world.outlet, world.goods_of(link(world, batch, 4)))
    assert world.holders(batch) == [(0, 4, "maker"), (4, 5, "outlet"), (5, 24, "maker")]
    answers.record_scan_and_wait(answers.resolve(world.code(batch, index=4)), "page")
    assert answers.answer(answers.resolve(link(world, batch, 4))).facts.scans.count == 1
    which = PackageRange(0, 4, 5)
    world.database.write(lambda work: printing.void(work, world.actor(world.maker), batch.batch_id, which, "标签丢失"))
    assert answers.answer(answers.resolve(link(world, batch, 4))).reasons[0].code is ReasonCode.VOIDED
