"""The public search: what is in it, what it finds, what it counts, and what stays out."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select

from suiyuan.trace.catalog.model import Product, ProductKind
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.items import ViolationCode
from suiyuan.trace.inspection.model import Basis, Finding, MakerResponse, Sample, SampleState, Stage
from suiyuan.trace.inspection.publication import service
from suiyuan.trace.inspection.publication.model import Counts, PublicVerdict, Search
from suiyuan.trace.inspection.publication.store import concluded_sample
from suiyuan.trace.inspection.service import LaboratoryReport
from suiyuan.trace.kernel.errors import InvalidInput, NotKnown
from suiyuan.trace.store import migrate
from suiyuan.trace.store.database import Database

from ...support.protocols import Refuses
from ...support.world import World

PUBLISHED = SampleState.PUBLISHED


def published(world: World, finding: Finding | None = None, product: Product | None = None, number: str = "") -> Sample:
    batch = world.register_batch(product)
    sample = world.report(world.take_sample(batch, number=number), [finding or world.passed])
    return world.advance(sample, PUBLISHED)


def numbers(world: World, **wanted: Any) -> list[str]:
    with world.database.read() as connection:
        return [each.sample_number for each in service.search(connection, Search(**wanted)).samples]


def counts(world: World, wanted: Search = Search()) -> Counts:  # noqa: B008 - a frozen value
    with world.database.read() as connection:
        return service.tables(connection, wanted).total


def answered(world: World, sample: Sample, response: MakerResponse) -> None:
    world.database.write(
        lambda work: inspection.record_maker_response(work, world.actor(world.agency), sample.sample_id, response)
    )


def test_nothing_is_found_before_it_is_published(world: World) -> None:
    sample = world.sampled(world.register_batch())
    assert sample.state is SampleState.FINAL
    assert (numbers(world), counts(world)) == ([], Counts(0, 0, 0, 0))
    with world.database.read() as connection, pytest.raises(NotKnown) as caught:
        service.require_public(connection, sample.sample_number)
    assert caught.value.code == "sample.unknown"
    world.advance(sample, PUBLISHED)
    assert numbers(world) == [sample.sample_number]
    with world.database.read() as connection:
        found = service.require_public(connection, f" {sample.sample_number} ")
    assert (found.listed.published_on, found.listed.verdict) == (world.today(), PublicVerdict.PASSED)
    assert [each.version for each in found.results] == [1]


@pytest.fixture
def two(world: World) -> tuple[Sample, Sample]:
    """A pesticide that failed and a seed that passed, of different days."""
    failed = published(world, world.failed)
    world.later(days=40)
    return failed, published(world, product=world.seed)


FINDS_THE_PESTICIDE: dict[str, Any] = {
    "part of the product's name": {"product": "维菌素"},
    "registration number, small and full width": {"product": "ｐｄ２０１７"},
    "maker": {"maker": "贺兰山", "kinds": (ProductKind.PESTICIDE,)},
    "batch number": {"batch": "20261001-1"},
    "kind": {"kinds": (ProductKind.PESTICIDE, ProductKind.FEED)},
    "item": {"item": "有效成分", "last": date(2026, 12, 1)},
    "verdict": {"verdict": PublicVerdict.FAILED},
    "last day of a period": {"first": date(2026, 11, 24), "last": date(2026, 11, 24)},
    "county": {"region_code": "640221", "last": date(2026, 11, 24)},
    "city": {"region_code": "640200", "last": date(2026, 11, 24)},
    "province": {"region_code": "640000", "last": date(2026, 11, 24)},
    "outlet by its credit code": {"outlet": "91640100MA", "last": date(2026, 11, 24)},
    "basis and stage": {"basis": Basis.RANDOM, "stage": Stage.TRADE, "last": date(2026, 11, 24)},
}


def test_each_condition_finds_what_fits(world: World, two: tuple[Sample, Sample]) -> None:
    found = {case: numbers(world, **wanted) for case, wanted in FINDS_THE_PESTICIDE.items()}
    assert found == {case: [two[0].sample_number] for case in FINDS_THE_PESTICIDE}


NOTHING: dict[str, Any] = {
    "a wildcard is a character": {"product": "%"},
    "so is an underscore": {"product": "阿维菌素_油"},
    "the escape character too": {"maker": "/"},
    "two conditions that exclude each other": {"product": "阿维菌素", "kinds": (ProductKind.SEED,)},
    "another county": {"region_code": "640324"},
    "another basis": {"basis": Basis.COMPLAINT},
    "another stage": {"stage": Stage.PRODUCTION},
    "before it was taken": {"last": date(2026, 11, 23)},
    "a violation that nobody found": {"violation": ViolationCode.V06},
    "lines do not run into each other": {"product": "乳油PD2017"},
}


def test_what_does_not_fit_is_not_found(world: World, two: tuple[Sample, Sample]) -> None:
    assert numbers(world) == [two[1].sample_number, two[0].sample_number]
    found = {case: (numbers(world, **wanted), counts(world, Search(**wanted))) for case, wanted in NOTHING.items()}
    assert found == dict.fromkeys(NOTHING, ([], Counts(0, 0, 0, 0)))


def test_a_violation_is_found_by_its_code(world: World) -> None:
    sample = world.report(world.take_sample(world.register_batch()), [world.failed])
    new = inspection.NewDecision(violations=(ViolationCode.P02, ViolationCode.P08), reason="复核")
    decided = world.database.write(
        lambda work: inspection.decide(work, world.actor(world.agency), sample.sample_id, new)
    )
    world.advance(decided, PUBLISHED)
    assert numbers(world, violation=ViolationCode.P08) == [sample.sample_number]
    assert numbers(world, violation=ViolationCode.P01) == []


def test_pages_follow_one_another_without_gap_or_repetition(world: World) -> None:
    for _ in range(3):
        published(world)
    world.later(days=1)
    published(world)
    seen: list[str] = []
    after = None
    with world.database.read() as connection:
        while True:
            page = service.search(connection, Search(), after, limit=1)
            seen += [each.sample_number for each in page.samples]
            if page.next is None:
                break
            after = page.next
    assert seen == numbers(world)
    assert len(set(seen)) == 4


def test_a_denied_sample_is_counted_apart(world: World) -> None:
    published(world)
    sample = published(world, world.failed)
    assert counts(world) == Counts(2, 1, 1, 0)
    answered(world, sample, MakerResponse.DENIED)
    assert counts(world) == Counts(2, 1, 0, 1)
    assert numbers(world, verdict=PublicVerdict.DENIED) == [sample.sample_number]
    answered(world, sample, MakerResponse.CONFIRMED)
    assert counts(world) == Counts(2, 1, 1, 0)


def test_a_withdrawn_sample_keeps_its_address_and_does_not_count(world: World) -> None:
    sample = published(world, world.failed)
    world.advance(sample, SampleState.WITHDRAWN)
    assert (numbers(world), counts(world)) == ([], Counts(0, 0, 0, 0))
    with world.database.read() as connection:
        found = service.require_public(connection, sample.sample_number)
        batch = service.require_batch_results(connection, sample.batch_id)
    assert (found.listed.withdrawn_on, found.listed.withdrawal_reason) == (world.today(), "作废")
    assert (batch.samples, [each.sample_number for each in batch.withdrawn]) == ((), [sample.sample_number])


def test_one_that_was_withdrawn_unpublished_was_never_public(world: World) -> None:
    sample = world.advance(world.sampled(world.register_batch()), SampleState.WITHDRAWN)
    with world.database.read() as connection, pytest.raises(NotKnown):
        service.require_public(connection, sample.sample_number)


def test_a_correction_shows_both_versions_and_counts_the_last(world: World) -> None:
    sample = published(world, world.failed)
    report = LaboratoryReport("宁夏农药检定所", "JY-2", world.today(), (world.passed,))
    world.database.write(
        lambda work: inspection.correct(work, world.actor(world.agency), sample.sample_id, report, "抄错了数")
    )
    assert counts(world) == Counts(1, 1, 0, 0)
    with world.database.read() as connection:
        found = service.require_public(connection, sample.sample_number)
    assert [(each.version, each.kind.value, each.reason, each.failed) for each in found.results] == [
        (1, "first", "", True),
        (2, "correction", "抄错了数", False),
    ]
    assert (found.listed.version, found.listed.report_number) == (2, "JY-2")


def test_other_batches_of_a_product_are_counted_before_they_are_published(world: World) -> None:
    first = world.sampled(world.register_batch(), world.failed)
    world.sampled(world.register_batch())
    denied = world.sampled(world.register_batch(), world.failed)
    answered(world, denied, MakerResponse.DENIED)
    world.advance(world.sampled(world.register_batch()), SampleState.WITHDRAWN)
    world.report(world.take_sample(world.register_batch()), [world.failed])
    published(world, product=world.seed)

    def counted(since: date, except_batch: UUID | None = None) -> Counts:
        with world.database.read() as connection:
            return service.product_counts(connection, world.pesticide.product_id, since, except_batch)

    assert counted(world.today()) == Counts(3, 1, 1, 1, batches=3)
    assert counted(world.today(), first.batch_id) == Counts(2, 1, 0, 1, batches=2)
    assert counted(world.today() + timedelta(days=1)) == Counts(0, 0, 0, 0, batches=0)


def test_a_batch_shows_its_samples_its_stop_and_other_batches(world: World) -> None:
    failed, other = published(world, world.failed), published(world)
    with world.database.read() as connection:
        found = service.require_batch_results(connection, failed.batch_id)
    assert [each.sample_number for each in found.samples] == [failed.sample_number]
    assert [stop.kind.value for stop in found.stops] == ["failed_spot_check"]
    assert {batch_id: each[1] for batch_id, each in found.others.items()} == {other.batch_id: Counts(1, 1, 0, 0)}


def test_a_batch_without_anything_public_has_no_page(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    for batch_id in (batch.batch_id, uuid4()):
        with refuses(NotKnown, "batch.unknown", field="batch_id"), world.database.read() as connection:
            service.require_batch_results(connection, batch_id)


def test_a_period_that_ends_before_it_begins(database: Database, refuses: Refuses) -> None:
    wanted = Search(first=date(2026, 2, 1), last=date(2026, 1, 31))
    looks: tuple[Callable[..., Any], ...] = (service.search, service.tables, service.whole)
    for look in looks:
        with refuses(InvalidInput, "period.reversed", field="to"), database.read() as connection:
            look(connection, wanted)


def test_a_number_that_no_database_can_hold_is_unknown(database: Database) -> None:
    with database.read() as connection:
        for number in ("\x00", "x" * 10_000, "%", ""):
            with pytest.raises(NotKnown):
                service.require_public(connection, number)


def test_the_migration_makes_the_same_rows(world: World) -> None:
    """What is made of samples that were final before is what the service makes of them."""
    world.sampled(world.register_batch())
    failed = world.sampled(world.register_batch(world.seed), world.failed)
    denied = world.sampled(world.register_batch(), world.failed)
    answered(world, denied, MakerResponse.DENIED)
    with world.database.read() as connection:
        before = connection.execute(select(concluded_sample).order_by(*concluded_sample.primary_key)).all()
    assert {row.verdict for row in before} == {"passed", "failed", "denied"}
    path = Path(migrate.__file__).parent / "migrations" / "versions" / "0005_publication.py"
    specification = importlib.util.spec_from_file_location("migration_0005", path)
    assert specification is not None
    assert specification.loader is not None
    migration = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(migration)

    def act(work: Any) -> None:
        work.connection.execute(delete(concluded_sample))
        migration._fill(work.connection)

    world.database.write(act)
    with world.database.read() as connection:
        after = connection.execute(select(concluded_sample).order_by(*concluded_sample.primary_key)).all()
    assert len(after) == len(before) == 3
    assert next(row for row in after if row.sample_id == failed.sample_id).failures != "[]"
    assert after == before
