"""Bulletins: computed from what is published, frozen, published again; counts of authorities."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from suiyuan.trace.catalog.model import ProductKind
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.model import Sample, SampleState
from suiyuan.trace.inspection.publication import aggregates, bulletins
from suiyuan.trace.inspection.publication.aggregate_model import PublishedAggregate
from suiyuan.trace.inspection.publication.bulletin_model import Bulletin, Contents, Scope
from suiyuan.trace.inspection.publication.bulletin_store import bulletin_version
from suiyuan.trace.inspection.publication.bulletins import NewBulletin
from suiyuan.trace.inspection.publication.model import Counts
from suiyuan.trace.inspection.service import LaboratoryReport
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import OPERATOR
from suiyuan.trace.store.database import Database

from ...support.protocols import Refuses
from ...support.world import World

NUMBER = "宁农通报〔2026〕3号"
TODAY = date(2026, 11, 24)
SCOPE = Scope(TODAY - timedelta(days=30), TODAY)


def new(world: World, **changes: Any) -> NewBulletin:
    values: dict[str, Any] = {"number": NUMBER, "title": "三季度农药抽检", "publisher_id": world.regulator.party_id}
    return NewBulletin(**{**values, "scope": SCOPE, **changes})


def publish(world: World, **changes: Any) -> Bulletin:
    made = new(world, **changes)
    return world.database.write(lambda work: bulletins.publish_bulletin(work, world.actor(world.regulator), made))


def revise(world: World, reason: str = "检验机构更正", title: str = "") -> Bulletin:
    regulator = world.actor(world.regulator)
    return world.database.write(lambda work: bulletins.revise_bulletin(work, regulator, NUMBER, reason, title))


def contents(world: World, version: int | None = None) -> Contents:
    with world.database.read() as connection:
        return bulletins.read_contents(connection, *bulletins.require_version(connection, NUMBER, version))


@pytest.fixture
def failed(world: World) -> Sample:
    """One that failed, beside one that passed, and one that is not published."""
    world.sampled(world.register_batch(), world.passed, SampleState.PUBLISHED)
    world.sampled(world.register_batch(), world.failed)
    return world.sampled(world.register_batch(), world.failed, SampleState.PUBLISHED)


def correct(world: World, sample: Sample) -> None:
    report = LaboratoryReport("宁夏农药检定所", "JY-9", world.today(), (world.passed,))
    regulator = world.actor(world.regulator)
    world.database.write(lambda work: inspection.correct(work, regulator, sample.sample_id, report, "抄错了数"))


def test_a_bulletin_says_what_is_published_at_that_moment(world: World, failed: Sample) -> None:
    made = publish(world)
    assert (made.number, made.current.version, made.scope) == (NUMBER, 1, SCOPE)
    found = contents(world)
    assert found.tables.total == Counts(2, 1, 1, 0)
    assert [line.sample_number for line in found.failing] == [failed.sample_number]
    assert [(each.item, each.measured) for each in found.failing[0].failures] == [("有效成分含量", "3.1")]
    with world.database.read() as connection:
        assert bulletins.list_bulletins(connection) == [made]
        assert bulletins.require_bulletin(connection, "宁农通报(2026) 3号") == made
        event = ledger.list_events(connection, made.bulletin_id)[-1]
        assert bulletins.broken_bulletins(connection) == []
    assert (event.subject.value, event.kind, event.actor_id) == (
        "bulletin",
        "bulletin.published",
        world.regulator.party_id,
    )
    assert made.current.digest in event.payload


def test_a_bulletin_stays_as_it_was_until_it_is_published_again(world: World, failed: Sample) -> None:
    publish(world)
    correct(world, failed)
    assert contents(world).tables.total == Counts(2, 1, 1, 0)
    world.later(days=1)
    made = revise(world)
    assert [(each.version, each.reason) for each in made.versions] == [(1, ""), (2, "检验机构更正")]
    assert contents(world).tables.total == Counts(2, 2, 0, 0)
    assert contents(world, 1).tables.total == Counts(2, 1, 1, 0)
    assert contents(world, 2) == contents(world)


def test_a_title_alone_makes_a_new_version(world: World, failed: Sample) -> None:
    publish(world)
    assert revise(world, title="四季度农药抽检").current.title == "四季度农药抽检"


def test_a_scope_leaves_out_other_kinds_and_days(world: World, failed: Sample) -> None:
    world.sampled(world.register_batch(world.seed), world.failed, SampleState.PUBLISHED)
    with world.database.read() as connection:
        seeds = bulletins.compose_bulletin(connection, replace(SCOPE, kinds=(ProductKind.SEED,)))
        assert seeds.tables.total == Counts(1, 0, 1, 0)
        assert bulletins.compose_bulletin(connection, SCOPE).tables.total.samples == 3
        with pytest.raises(Conflict):
            bulletins.compose_bulletin(connection, Scope(TODAY - timedelta(days=30), TODAY - timedelta(days=1)))


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str, str]] = {
    "no number": ({"number": " "}, InvalidInput, "text.missing", "number"),
    "a slash in the number": ({"number": "2026/3"}, InvalidInput, "bulletin.number", "number"),
    "only dots": ({"number": ".."}, InvalidInput, "bulletin.number", "number"),
    "a long number": ({"number": "3" * 201}, InvalidInput, "text.malformed", "number"),
    "no title": ({"title": ""}, InvalidInput, "text.missing", "title"),
    "reversed": ({"scope": Scope(TODAY, TODAY - timedelta(days=1))}, InvalidInput, "period.reversed", "last_on"),
    "the future": ({"scope": Scope(TODAY, TODAY + timedelta(days=1))}, InvalidInput, "bulletin.day", "last_on"),
    "nothing published": ({"scope": replace(SCOPE, kinds=(ProductKind.FEED,))}, Conflict, "bulletin.empty", "first_on"),
}


def test_what_is_no_bulletin_is_refused(world: World, failed: Sample, refuses: Refuses) -> None:
    for changes, error, code, field in REFUSED.values():
        with refuses(error, code, field=field):  # type: ignore[arg-type]
            publish(world, **changes)
    publish(world)
    with refuses(Conflict, "bulletin.duplicate", field="number"):
        publish(world, number="宁农通报(2026)3号")
    with refuses(Conflict, "bulletin.unchanged", field="reason"):
        revise(world)
    with refuses(InvalidInput, "text.missing", field="reason"):
        revise(world, "")


def test_only_the_regulator_publishes_and_only_its_own_again(world: World, failed: Sample, refuses: Refuses) -> None:
    for party in (world.agency, world.maker):
        with refuses(NotAllowed, "access.role"):
            actor = world.actor(party)
            world.database.write(lambda work, actor=actor: bulletins.publish_bulletin(work, actor, new(world)))
    with refuses(NotAllowed, "access.other_party"):
        publish(world, publisher_id=world.agency.party_id)
    publish(world)
    other = world.party(*world.regulator.roles, name="固原市农业农村局")
    with refuses(NotAllowed, "access.other_party"):
        actor = world.actor(other)
        world.database.write(lambda work: bulletins.revise_bulletin(work, actor, NUMBER, "更正"))


def test_what_is_not_there(database: Database, refuses: Refuses, world: World, failed: Sample) -> None:
    publish(world)
    for number, version, code, field in (
        ("无", None, "bulletin.unknown", "number"),
        (NUMBER, 2, "bulletin.version", "version"),
    ):
        with refuses(NotKnown, code, field=field), database.read() as connection:
            bulletins.require_version(connection, number, version)
    with refuses(NotKnown, "plan.unknown", field="plan_numbers"), database.read() as connection:
        bulletins.scope_of(connection, TODAY, TODAY, plan_numbers=["没有"])


def test_too_many_names_belong_in_several(world: World, failed: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulletins, "MAX_LINES", 0)
    with world.database.read() as connection, pytest.raises(InvalidInput) as caught:
        bulletins.compose_bulletin(connection, SCOPE)
    assert caught.value.code == "bulletin.too_long"


def test_a_changed_bulletin_is_noticed(world: World, failed: Sample) -> None:
    publish(world)
    world.database.write(lambda work: work.connection.execute(update(bulletin_version).values(contents="{}")))
    with world.database.read() as connection:
        assert len(bulletins.broken_bulletins(connection)) == 1


AGGREGATE = PublishedAggregate(
    "A1", "pesticide", "2012", "农业部", "45 makers", 78, 64, 14, Decimal("17.9"), 5, "", "http://example.org/a", "B"
)


def test_counts_of_authorities_are_taken_once_for_each_id(database: Database) -> None:
    def load(*rows: PublishedAggregate) -> int:
        return database.write(lambda work: aggregates.load_aggregates(work, OPERATOR, rows))

    assert load(AGGREGATE, replace(AGGREGATE, aggregate_id="A2", period="2018", fail_percent=None)) == 2
    corrected = replace(AGGREGATE, scope="45家企业")
    assert load(corrected) == 1
    assert load() == 0
    with database.read() as connection:
        assert [each.aggregate_id for each in aggregates.list_aggregates(connection)] == ["A2", "A1"]
        assert aggregates.list_aggregates(connection)[1] == corrected


def test_counts_that_do_not_add_up_are_refused(database: Database, refuses: Refuses) -> None:
    for wrong in ({"samples": 79}, {"passed": -1, "failed": 79}, {"samples": 0, "passed": 0, "failed": 0}):
        row = replace(AGGREGATE, **wrong)
        with refuses(InvalidInput, "aggregate.sum", field="samples"):
            database.write(lambda work, row=row: aggregates.load_aggregates(work, OPERATOR, [row]))
