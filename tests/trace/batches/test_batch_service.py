"""Registering batches, importing codes, stopping and resuming; and every refusal of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from suiyuan.trace.batches import code_lists
from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, FactoryResult, ProductionType, StopKind
from suiyuan.trace.batches.service import NewBatch
from suiyuan.trace.catalog import service as catalog
from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.catalog.service import NewProduct
from suiyuan.trace.codes.model import Level
from suiyuan.trace.codes.store import code_prefix
from suiyuan.trace.custody import service as custody
from suiyuan.trace.kernel import limits
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown, SuiyuanError
from suiyuan.trace.kernel.intervals import Interval
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import OPERATOR, Activity, Actor, Role

if TYPE_CHECKING:
    from tests.support.protocols import Dumps, Refuses, Unchanged
    from tests.support.world import World

NINE = "123456789"


def register(world: World, new: NewBatch, by: Actor | None = None) -> Batch:
    actor = by or world.actor(world.maker)
    return world.database.write(lambda work: custody.register_batch(work, actor, new))


def test_a_batch_is_registered_with_all_its_maker_states(world: World) -> None:
    new = replace(
        world.new_batch(size=25, units_per_carton=6, cartons_per_pallet=2, pack_code="007"),
        batch_number="２０２６－Ａ１",
        pack_description="100 毫升/瓶",
        production_type=ProductionType.CONTRACT_REPACKING,
        contract_maker="受托厂",
        technical_registration="PD20080001",
        technical_maker="原药厂",
        factory_result=FactoryResult.PASSED,
        factory_report_number="CJ-9",
        factory_inspected_on=date(2026, 10, 2),
    )
    batch = register(world, new)
    with world.database.read() as connection:
        assert batches.require_batch(connection, batch.batch_id) == batch
        events = ledger.list_events(connection, batch.batch_id)
    assert batch.batch_number == "2026-A1"
    assert batch.expires_on == date(2026, 10, 1) + timedelta(days=730)
    assert (batch.scheme, batch.code_prefix, batch.code_serial) == ("pesticide", "1" + "172247" + "3" + "007", 0)
    assert batch.ruleset == "2579"
    assert batch.registered_at == world.clock.now()
    assert [batch.packing.count_at(level, batch.size) for level in Level] == [25, 5, 3]
    assert [(event.kind, event.actor_id) for event in events] == [("batch.registered", world.maker.party_id)]
    assert world.holders(batch) == [(0, 25, "maker")]


@pytest.mark.parametrize(("production_on", "ruleset"), [(date(2026, 10, 31), "2579"), (date(2026, 11, 1), "1049")])
def test_the_announcement_in_force_on_the_production_day_governs(
    world: World, production_on: date, ruleset: str
) -> None:
    assert world.register_batch(production_on=production_on).ruleset == ruleset


def test_each_kind_has_its_scheme_and_only_pesticides_a_prefix(world: World) -> None:
    products = (world.pesticide, world.seed, world.vet_drug, world.fertiliser)
    made = [world.register_batch(product) for product in products]
    assert [batch.scheme for batch in made] == ["pesticide", "seed", "vet_drug", "own"]
    assert [bool(batch.code_prefix) for batch in made] == [True, False, False, False]
    assert [batch.ruleset for batch in made] == ["2579", "", "", ""]


def test_serials_under_one_prefix_count_up_and_prefixes_count_apart(world: World) -> None:
    serials = [world.register_batch(pack_code=pack).code_serial for pack in ("001", "001", "002", "001")]
    assert serials == [0, 1, 0, 2]


def test_ten_units_or_a_hundred_million_cost_the_same_rows(world: World, dump: Dumps) -> None:
    def rows() -> dict[str, int]:
        return {table: len(found) for table, found in dump(world.database).items()}

    world.register_batch(size=10)
    first = rows()
    world.register_batch(size=10)
    second = rows()
    world.register_batch(size=100_000_000, units_per_carton=100, cartons_per_pallet=50)
    third = rows()
    small = {table: second[table] - first[table] for table in first}
    large = {table: third[table] - second[table] for table in first}
    assert large == small
    assert {table: added for table, added in small.items() if added} == {
        "batch": 1,
        "code_block": 1,
        "span": 1,
        "event": 1,
        "event_head": 1,
    }


def test_a_demonstration_product_makes_demonstration_batches(world: World) -> None:
    new = NewProduct(world.maker.party_id, ProductKind.OTHER, "演示", "", shelf_life_days=100, is_demonstration=True)
    product = world.database.write(lambda work: catalog.register_product(work, world.actor(world.maker), new))
    assert world.register_batch(product).is_demonstration
    assert not world.register_batch().is_demonstration


@pytest.mark.parametrize(
    ("size", "stated", "expected"),
    [
        (24, {}, (10, 10)),
        (6 * 5_000, {}, (50, 25)),
        (24, {"spare_cartons": 0, "spare_pallets": 1_000}, (0, 1_000)),
        (6 * 5_000, {"spare_cartons": 5_000, "spare_pallets": 0}, (5_000, 0)),
    ],
)
def test_spare_packages_have_codes_up_to_the_last(
    world: World, size: int, stated: dict[str, int], expected: tuple[int, int]
) -> None:
    """One in a hundred and at least ten where the maker says nothing; printed by range as any other."""
    new = replace(world.new_batch(size=size), **stated)
    batch = world.database.write(lambda work: custody.register_batch(work, world.actor(world.maker), new))
    with world.database.read() as connection:
        assert batches.find_batch(connection, batch.batch_id) == batch
    assert (batch.spare_cartons, batch.spare_pallets) == expected
    for level, spare in zip((Level.CARTON, Level.PALLET), expected, strict=True):
        regular = batch.packing.count_at(level, size)
        last = batch.packages_at(level) - 1
        assert last + 1 == regular + spare
        found = world.resolver.resolve(world.code(batch, level, last))
        assert (found.batch_id, found.level, found.index) == (batch.batch_id, level, last)
        assert (batch.last_of_run(level, 0), batch.last_of_run(level, regular)) == (regular, regular + spare)


TOO_LONG = "长" * (limits.MAX_NAME_CHARACTERS + 1)

REFUSED_STATEMENTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("future", {"production_on": date(2026, 11, 25)}, "batch.production_in_future", "production_on"),
    ("expires_at_once", {"expires_on": date(2026, 10, 1)}, "batch.expiry_before_production", "expires_on"),
    ("expires_before", {"expires_on": date(2026, 9, 30)}, "batch.expiry_before_production", "expires_on"),
    (
        "expires_never",
        {"expires_on": date(2026, 10, 1) + timedelta(days=limits.MAX_SHELF_LIFE_DAYS + 1)},
        "batch.expiry_too_far",
        "expires_on",
    ),
    (
        "tested_before_made",
        {"factory_inspected_on": date(2026, 9, 30)},
        "batch.inspected_before_production",
        "factory_inspected_on",
    ),
    ("no_units", {"size": 0}, "batch.size", "size"),
    ("negative_units", {"size": -1}, "batch.size", "size"),
    ("too_many_units", {"size": limits.MAX_BATCH_UNITS + 1}, "batch.size", "size"),
    ("empty_cartons", {"units_per_carton": 0}, "batch.packing", "units_per_carton"),
    ("huge_cartons", {"units_per_carton": limits.MAX_PACKING + 1}, "batch.packing", "units_per_carton"),
    ("empty_pallets", {"cartons_per_pallet": 0}, "batch.packing", "cartons_per_pallet"),
    ("huge_pallets", {"cartons_per_pallet": limits.MAX_PACKING + 1}, "batch.packing", "cartons_per_pallet"),
    ("negative_spare", {"spare_cartons": -1}, "batch.spare", "spare_cartons"),
    ("too_many_spare_cartons", {"spare_cartons": 1_001}, "batch.spare", "spare_cartons"),
    ("too_many_spare_pallets", {"spare_pallets": 1_001}, "batch.spare", "spare_pallets"),
    ("no_number", {"batch_number": "   "}, "text.missing", "batch_number"),
    ("long_number", {"batch_number": NINE * 6}, "text.malformed", "batch_number"),
    ("control_character", {"batch_number": "A\x001"}, "text.malformed", "batch_number"),
    ("pack_code_missing", {"pack_code": ""}, "batch.pack_code", "pack_code"),
    ("pack_code_short", {"pack_code": "12"}, "batch.pack_code", "pack_code"),
    ("pack_code_letters", {"pack_code": "01A"}, "batch.pack_code", "pack_code"),
    ("pack_code_other_digits", {"pack_code": "٠٠١"}, "batch.pack_code", "pack_code"),
    ("pack_description", {"pack_description": TOO_LONG}, "text.malformed", "pack_description"),
    ("contract_maker", {"contract_maker": TOO_LONG}, "text.malformed", "contract_maker"),
    ("technical_registration", {"technical_registration": TOO_LONG}, "text.malformed", "technical_registration"),
    ("technical_maker", {"technical_maker": TOO_LONG}, "text.malformed", "technical_maker"),
    ("factory_report", {"factory_report_number": TOO_LONG}, "text.malformed", "factory_report_number"),
]


@pytest.mark.parametrize(
    ("change", "code", "field"), [row[1:] for row in REFUSED_STATEMENTS], ids=[row[0] for row in REFUSED_STATEMENTS]
)
def test_what_cannot_be_is_refused(
    world: World, refuses: Refuses, change: dict[str, Any], code: str, field: str
) -> None:
    new = replace(world.new_batch(), **change)
    with refuses(InvalidInput, code, field=field):
        register(world, new)


@pytest.mark.parametrize(
    "change",
    [
        {"production_on": date(2026, 11, 24)},
        {"expires_on": date(2026, 10, 2)},
        {"factory_inspected_on": date(2026, 10, 1)},
        {"expires_on": date(2026, 10, 1) + timedelta(days=limits.MAX_SHELF_LIFE_DAYS)},
        {"size": 1, "units_per_carton": limits.MAX_PACKING, "cartons_per_pallet": limits.MAX_PACKING},
        {"size": limits.MAX_BATCH_UNITS},
        {"batch_number": NINE * 5},
    ],
    ids=lambda change: ",".join(change),
)
def test_the_last_value_that_can_be_is_taken(world: World, change: dict[str, Any]) -> None:
    batch = register(world, replace(world.new_batch(), **change))
    assert world.holders(batch) == [(0, batch.size, "maker")]


def test_an_unknown_product_is_refused(world: World, refuses: Refuses) -> None:
    with refuses(NotKnown, "product.unknown", field="product_id"):
        register(world, replace(world.new_batch(), product_id=uuid4()))


def test_nobody_registers_for_another_maker(world: World, refuses: Refuses) -> None:
    for stranger in (world.distributor, world.regulator):
        with refuses(NotAllowed, "access.other_party"):
            register(world, world.new_batch(), by=world.actor(stranger))


def test_a_batch_number_stands_once_per_product_however_it_is_written(world: World, refuses: Refuses) -> None:
    first = world.register_batch(batch_number="2026-a1")
    for same in ("2026-a1", "2026-A1", " ２０２６－Ａ１ ", "2026- A1"):
        with refuses(Conflict, "batch.duplicate", field="batch_number"):
            world.register_batch(batch_number=same, size=99)
    other = world.register_batch(world.seed, batch_number="2026-a1")
    assert other.batch_id != first.batch_id


@pytest.mark.parametrize("production_on", [date(2019, 12, 31), date(2018, 1, 1)])
def test_a_maker_needs_a_licence_on_the_production_day(world: World, refuses: Refuses, production_on: date) -> None:
    with refuses(NotAllowed, "licence.expired", on=production_on):
        world.register_batch(production_on=production_on)


def test_a_maker_without_any_licence_is_refused_and_one_of_fertiliser_needs_none(
    world: World, refuses: Refuses
) -> None:
    maker = world.party(Role.MANUFACTURER)

    def product(kind: ProductKind, number: str) -> NewProduct:
        return NewProduct(maker.party_id, kind, "产品", number, shelf_life_days=365)

    actor = world.actor(maker)
    licensed = world.database.write(
        lambda work: catalog.register_product(work, actor, product(ProductKind.PESTICIDE, "PD20180001"))
    )
    free = world.database.write(lambda work: catalog.register_product(work, actor, product(ProductKind.FERTILISER, "")))
    with refuses(NotAllowed, "licence.missing", kind="pesticide"):
        register(world, world.new_batch(licensed), by=actor)
    assert register(world, world.new_batch(free), by=actor).scheme == "own"


def test_a_trade_licence_is_no_production_licence(world: World, refuses: Refuses) -> None:
    maker = world.party(Role.MANUFACTURER)
    world.database.write(lambda work: world.license(work, maker, "pesticide", Activity.TRADE))
    new = NewProduct(maker.party_id, ProductKind.PESTICIDE, "产品", "PD20180001", shelf_life_days=365)
    product = world.database.write(lambda work: catalog.register_product(work, OPERATOR, new))
    with refuses(NotAllowed, "licence.missing"):
        register(world, world.new_batch(product), by=world.actor(maker))


def test_a_registration_number_without_a_class_gives_no_code(world: World, refuses: Refuses) -> None:
    new = NewProduct(world.maker.party_id, ProductKind.PESTICIDE, "外销药", "EX20190001", shelf_life_days=365)
    product = world.database.write(lambda work: catalog.register_product(work, OPERATOR, new))
    with refuses(InvalidInput, "batch.registration_class", field="product_id", value="EX20190001"):
        world.register_batch(product)


def test_the_last_serial_of_a_prefix_is_the_last(world: World, refuses: Refuses) -> None:
    world.register_batch(world.fertiliser)

    def jump(to: int) -> None:
        world.database.write(
            lambda work: work.connection.execute(
                update(code_prefix).where(code_prefix.c.scheme == "own").values(next_serial=to)
            )
        )

    jump(10**9 - 1)
    assert world.register_batch(world.fertiliser).code_serial == 10**9 - 1
    with refuses(InvalidInput, "code.capacity", field="size"):
        world.register_batch(world.fertiliser)


# ---------------------------------------------------------------------------------------------- imported codes

LINES = [f"20261001{serial:05d}{serial:011d}" for serial in range(30)]


def import_codes(
    world: World, batch: Batch, lines: list[str], level: Level = Level.UNIT, by: Actor | None = None
) -> int:
    actor = by or world.actor(world.maker)
    return world.database.write(lambda work: code_lists.import_codes(work, actor, batch.batch_id, level, lines))


def test_nationally_issued_codes_are_taken_in_order_and_found_again(world: World) -> None:
    batch = world.register_batch(world.vet_drug, size=12)
    assert import_codes(world, batch, LINES[:5]) == 5
    assert import_codes(world, batch, [f"  {line} " for line in LINES[5:7]]) == 2
    assert import_codes(world, batch, LINES[20:22], Level.CARTON) == 2
    assert [world.code(batch, Level.UNIT, index) for index in range(7)] == LINES[:7]
    found = world.resolver.resolve(LINES[6])
    assert (found.batch_id, found.level, found.index) == (batch.batch_id, Level.UNIT, 6)
    found = world.resolver.resolve(LINES[21])
    assert (found.batch_id, found.level, found.index) == (batch.batch_id, Level.CARTON, 1)
    with world.database.read() as connection:
        events = ledger.list_events(connection, batch.batch_id)
    assert [event.kind for event in events] == ["batch.registered", *["codes.imported"] * 3]
    assert events[-1].payload == '{"count":2,"file_digest":"","level":1}'


def test_a_list_longer_than_one_chunk_is_taken_whole(world: World) -> None:
    batch = world.register_batch(world.vet_drug, size=1_100)
    lines = [f"20261001{0:05d}{serial:011d}" for serial in range(1_100)]
    assert import_codes(world, batch, lines) == 1_100
    assert [world.code(batch, Level.UNIT, index) for index in (0, 499, 500, 999, 1_000, 1_099)] == [
        lines[index] for index in (0, 499, 500, 999, 1_000, 1_099)
    ]


@pytest.mark.parametrize(
    ("lines", "code", "evidence"),
    [
        ([], "code.none_given", {}),
        ([LINES[0], "12345"], "code.line_malformed", {"line": 2, "given": "12345"}),
        ([LINES[0], LINES[1], ""], "code.line_malformed", {"line": 3, "given": ""}),
        (["20261301" + LINES[0][8:]], "code.line_malformed", {"line": 1}),
        ([LINES[0], LINES[1], LINES[0]], "code.line_repeated", {"line": 3, "given": LINES[0]}),
        (LINES[:13], "code.too_many", {"capacity": 12, "given": 13}),
    ],
    ids=["none", "short", "blank_line", "no_such_month", "repeated", "too_many"],
)
def test_a_bad_list_is_refused_whole_with_its_line(
    world: World, refuses: Refuses, lines: list[str], code: str, evidence: dict[str, object]
) -> None:
    batch = world.register_batch(world.vet_drug, size=12)
    with refuses(InvalidInput, code, field="codes", **evidence):
        import_codes(world, batch, lines)


def test_the_second_list_counts_the_first(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(world.vet_drug, size=12)
    import_codes(world, batch, LINES[:10])
    with refuses(InvalidInput, "code.too_many", capacity=12, given=13):
        import_codes(world, batch, LINES[10:13])


def test_a_code_belongs_to_one_batch_for_ever(world: World, refuses: Refuses) -> None:
    first, second = world.register_batch(world.vet_drug), world.register_batch(world.vet_drug)
    import_codes(world, first, LINES[:3])
    for batch in (first, second):
        with refuses(Conflict, "code.imported_before", field="codes", given=LINES[2]):
            import_codes(world, batch, [LINES[4], LINES[2]])


def test_who_may_not_import_and_where(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(world.vet_drug)
    with refuses(NotAllowed, "access.other_party"):
        import_codes(world, batch, LINES[:1], by=world.actor(world.distributor))
    with refuses(NotKnown, "batch.unknown", field="batch_id"):
        import_codes(world, replace(batch, batch_id=uuid4()), LINES[:1])


def test_codes_printed_before_this_service_existed_are_taken_too(world: World) -> None:
    batch = world.register_batch(world.pesticide)
    earlier = "11722252247250743408010974953971"
    assert import_codes(world, batch, [earlier]) == 1
    found = world.resolver.resolve(f"http://nyzs315.com/c/z.aspx?m=c74&c={earlier}")
    assert (found.batch_id, found.level, found.index) == (batch.batch_id, Level.UNIT, 0)


def test_codes_outside_the_batch_or_not_there_yet(world: World, refuses: Refuses) -> None:
    batch = world.register_batch(size=24)
    for level, count in ((Level.UNIT, 24), (Level.CARTON, 4 + 10), (Level.PALLET, 2 + 10)):
        assert world.code(batch, level, count - 1)
        for index in (-1, count):
            with refuses(InvalidInput, "code.index", field="index", index=index):
                world.code(batch, level, index)
    listed_elsewhere = world.register_batch(world.vet_drug)
    with refuses(NotKnown, "code.not_imported", field="index", index=3):
        world.code(listed_elsewhere, Level.UNIT, 3)


# ---------------------------------------------------------------------------------------------- stops


def stop(
    world: World,
    batch: Batch,
    actor: Actor,
    kind: StopKind = StopKind.RECALL,
    reason: str = "瓶身渗漏",
    interval: Interval | None = None,
) -> Any:
    return world.database.write(lambda work: batches.stop_batch(work, actor, batch.batch_id, kind, reason, interval))


def stops_of(world: World, batch: Batch) -> list[Any]:
    hot = batches.current_stops(world.database, batch.batch_id)
    with world.database.read() as connection:
        assert batches.open_stops(connection, batch.batch_id) == hot
    return hot


def test_a_maker_recalls_and_resumes(world: World) -> None:
    batch = world.register_batch()
    made = stop(world, batch, world.actor(world.maker))
    assert stops_of(world, batch) == [made]
    assert (made.kind, made.ordered_by_id, made.ordered_at) == (
        StopKind.RECALL,
        world.maker.party_id,
        world.clock.now(),
    )
    world.later(days=3)
    world.database.write(
        lambda work: batches.lift_stop(work, world.actor(world.maker), batch.batch_id, made.stop_id, "复检合格")
    )
    assert stops_of(world, batch) == []
    with world.database.read() as connection:
        kinds = [event.kind for event in ledger.list_events(connection, batch.batch_id)]
    assert kinds == ["batch.registered", "batch.stopped", "batch.stop_lifted"]


def test_a_regulator_stops_in_both_ways(world: World) -> None:
    batch = world.register_batch()
    regulator = world.actor(world.regulator)
    stop(world, batch, regulator, StopKind.REGULATOR)
    world.later(hours=1)
    stop(world, batch, regulator, StopKind.RECALL)
    assert [each.kind for each in stops_of(world, batch)] == [StopKind.REGULATOR, StopKind.RECALL]


@pytest.mark.parametrize(
    ("who", "kind", "error", "code"),
    [
        ("maker", StopKind.REGULATOR, NotAllowed, "access.role"),
        ("distributor", StopKind.RECALL, NotAllowed, "access.other_party"),
        ("agency", StopKind.REGULATOR, NotAllowed, "access.other_party"),
        ("regulator", StopKind.FAILED_SPOT_CHECK, InvalidInput, "stop.kind"),
        ("maker", StopKind.FAILED_SPOT_CHECK, InvalidInput, "stop.kind"),
    ],
)
def test_who_may_not_stop(
    world: World, refuses: Refuses, who: str, kind: StopKind, error: type[SuiyuanError], code: str
) -> None:
    batch = world.register_batch()
    with refuses(error, code):
        stop(world, batch, world.actor(getattr(world, who)), kind)


@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "text.missing"), ("\n ", "text.missing"), ("长" * (limits.MAX_NOTE_CHARACTERS + 1), "text.malformed")],
    ids=["empty", "blank", "too_long"],
)
def test_a_stop_needs_a_reason(world: World, refuses: Refuses, reason: str, code: str) -> None:
    batch = world.register_batch()
    with refuses(InvalidInput, code, field="reason"):
        stop(world, batch, world.actor(world.maker), reason=reason)


def test_a_stop_covers_all_of_the_batch_or_a_part(world: World) -> None:
    batch = world.register_batch(size=24)
    maker = world.actor(world.maker)
    whole = stop(world, batch, maker)
    parts = [stop(world, batch, maker, interval=Interval(*span)) for span in ((0, 1), (6, 18), (23, 24), (0, 24))]
    assert whole.interval == Interval(0, 24)
    assert [part.interval for part in parts] == [Interval(0, 1), Interval(6, 18), Interval(23, 24), Interval(0, 24)]
    assert sorted(stops_of(world, batch), key=str) == sorted([whole, *parts], key=str)
    with world.database.read() as connection:
        events = ledger.list_events(connection, batch.batch_id)
    spans = [json.loads(event.payload)["span"] for event in events if event.kind == "batch.stopped"]
    assert spans == [[0, 24], [0, 1], [6, 18], [23, 24], [0, 24]]
    assert parts[1].meets([Interval(0, 6), Interval(17, 20)])
    assert not parts[1].meets([Interval(0, 6), Interval(18, 24)])
    assert not parts[1].meets([])


@pytest.mark.parametrize("span", [(-1, 6), (0, 25), (24, 25), (6, 6), (12, 6), (0, 2**70)])
def test_a_part_lies_in_the_batch(world: World, refuses: Refuses, span: tuple[int, int]) -> None:
    batch = world.register_batch(size=24)
    with refuses(InvalidInput, "stop.interval", field="interval", size=24):
        stop(world, batch, world.actor(world.maker), interval=Interval(*span))


def test_an_unknown_batch_cannot_be_stopped(world: World, refuses: Refuses) -> None:
    ghost = replace(world.register_batch(), batch_id=uuid4())
    for who in (world.maker, world.regulator):
        with refuses(NotKnown, "batch.unknown", field="batch_id"):
            stop(world, ghost, world.actor(who))


def test_who_may_not_lift_and_what(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    made = stop(world, batch, world.actor(world.regulator), StopKind.REGULATOR)

    def lift(actor: Actor, stop_id: Any = made.stop_id, reason: str = "查清") -> None:
        world.database.write(lambda work: batches.lift_stop(work, actor, batch.batch_id, stop_id, reason))

    for stranger in (world.maker, world.distributor, world.agency):
        with refuses(NotAllowed, "access.other_party"):
            lift(world.actor(stranger))
    with refuses(NotKnown, "stop.unknown", field="stop_id"):
        lift(world.actor(world.regulator), uuid4())
    with refuses(InvalidInput, "text.missing", field="reason"):
        lift(world.actor(world.regulator), reason=" ")
    lift(world.actor(world.regulator))
    with refuses(Conflict, "stop.lifted", field="stop_id"):
        lift(world.actor(world.regulator))


def test_lists_show_a_makers_batches_the_newest_first(world: World, unchanged: Unchanged) -> None:
    first = world.register_batch()
    world.later(minutes=1)
    second = world.register_batch(world.seed)
    with unchanged(world.database), world.database.read() as connection:
        assert batches.list_batches(connection, world.maker.party_id) == [second, first]
        assert batches.list_batches(connection, world.outlet.party_id) == []
        assert {batch.batch_id for batch in batches.all_batches(connection)} == {first.batch_id, second.batch_id}
