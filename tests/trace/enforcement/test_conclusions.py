"""What follows of a result: stop, notices to every holder, lead; all of it or nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, Stop, StopKind
from suiyuan.trace.enforcement import service as enforcement
from suiyuan.trace.enforcement.model import Conclusion, Filter, Lead, LeadKind
from suiyuan.trace.inspection.model import Finding, MakerResponse, Sample, SampleState
from suiyuan.trace.inspection.service import LaboratoryReport
from suiyuan.trace.kernel.errors import Conflict, NotAllowed, NotKnown
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties import notices
from suiyuan.trace.parties.model import NoticeKind, Party

if TYPE_CHECKING:
    from tests.support.protocols import Refuses
    from tests.support.world import World

ACCEPTED = "已书面接受"


def shelved(world: World) -> Batch:
    """24 units: 12 in the outlet, 6 on their way to the second one, 6 with the maker."""
    batch = world.register_batch()
    world.hand_over(world.maker, world.outlet, world.goods(batch, (0, 12)))
    world.ship(world.maker, world.second_outlet, world.goods(batch, (12, 18)))
    return batch


def notified(world: World, batch: Batch, finding: Finding) -> Sample:
    return world.sampled(batch, finding, SampleState.NOTIFIED)


def conclude(world: World, sample: Sample, party: Party | None = None) -> Conclusion:
    actor = world.actor(party or world.agency)
    return world.database.write(lambda work: enforcement.conclude(work, actor, sample.sample_id, ACCEPTED))


def answer(world: World, sample: Sample, response: MakerResponse) -> Sample:
    actor = world.actor(world.agency)
    return world.database.write(lambda work: enforcement.record_maker_response(work, actor, sample.sample_id, response))


def told(world: World, party: Party) -> list[tuple[NoticeKind, dict[str, Any]]]:
    """What a party was told, the newest first; leads left out."""
    with world.database.read() as connection:
        found = notices.list_notices(connection, party.party_id)
    return [(each.kind, json.loads(each.facts)) for each in found if each.kind is not NoticeKind.LEAD_OPENED]


def kinds(world: World, party: Party) -> list[NoticeKind]:
    return [kind for kind, _ in told(world, party)]


def leads(world: World) -> list[Lead]:
    with world.database.read() as connection:
        return enforcement.list_leads(connection, world.actor(world.regulator), Filter())


def stops(world: World, batch: Batch) -> list[Stop]:
    with world.database.read() as connection:
        return batches.open_stops(connection, batch.batch_id)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_result_is_told_to_maker_and_sampled_party_with_the_last_day(world: World) -> None:
    sample = notified(world, shelved(world), world.failed)
    for party in (world.maker, world.outlet):
        ((kind, facts),) = told(world, party)
        assert kind is NoticeKind.RESULT_NOTIFIED
        assert (facts["sample_number"], facts["has_failed"]) == (sample.sample_number, True)
        assert facts["objection_until"] > world.today().isoformat()
        (finding,) = facts["findings"]
        assert (finding["measured"], finding["unit"], finding["outcome"]) == ("3.1", "%", "failed")
    assert told(world, world.second_outlet) == told(world, world.agency) == []
    assert leads(world) == []


def test_a_failure_stops_the_batch_tells_every_holder_and_opens_a_lead(world: World) -> None:
    batch = shelved(world)
    sample = notified(world, batch, world.failed)
    world.later(days=1)
    done = conclude(world, sample)
    (stop,) = stops(world, batch)
    assert (done.stop, stop.kind, done.told) == (stop, StopKind.FAILED_SPOT_CHECK, 3)
    units = {"maker": {"held": 6, "in_transit": 6}, "outlet": {"held": 12}, "second_outlet": {"coming": 6}}
    for name, expected in units.items():
        kind, facts = told(world, getattr(world, name))[0]
        assert kind is NoticeKind.BATCH_STOPPED
        assert (facts["units"], facts["stop_id"]) == (expected, str(stop.stop_id))
        assert facts["sample_number"] == sample.sample_number
        assert facts["is_sampled"] == (name == "outlet")
    assert told(world, world.agency) == []
    assert leads(world) == [done.lead]
    lead = done.lead
    assert lead is not None
    assert (lead.kind, lead.region_code) == (LeadKind.FAILED_SPOT_CHECK, "640221")
    assert (lead.batch_id, lead.sample_id) == (batch.batch_id, sample.sample_id)
    assert (lead.maker_id, lead.outlet_id) == (world.maker.party_id, world.outlet.party_id)
    assert sample.sample_number in lead.summary
    with world.database.read() as connection:
        chain = [each.kind for each in ledger.list_events(connection, batch.batch_id)]
    assert chain[-4:] == ["sample.concluded", "batch.stopped", "batch.holders_notified", "batch.lead_opened"]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_pass_is_told_to_two_and_nothing_else_follows(world: World) -> None:
    batch = shelved(world)
    done = conclude(world, notified(world, batch, world.passed))
    assert (done.stop, done.lead, done.told) == (None, None, 2)
    for party in (world.maker, world.outlet):
        assert kinds(world, party) == [NoticeKind.RESULT_FINAL, NoticeKind.RESULT_NOTIFIED]
    assert told(world, world.second_outlet) == []
    assert stops(world, batch) == leads(world) == []


@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("has_failed", [True, False])
def test_denied_goods_are_held_and_do_not_count_against_the_maker(world: World, has_failed: bool) -> None:
    batch = shelved(world)
    sample = notified(world, batch, world.failed if has_failed else world.passed)
    answer(world, sample, MakerResponse.DENIED)
    done = conclude(world, sample)
    assert (done.stop, done.told) == (None, 3)
    assert stops(world, batch) == []
    assert not done.sample.counts_against_maker
    for name, expected in (("outlet", {"held": 12}), ("second_outlet", {"coming": 6})):
        kind, facts = told(world, getattr(world, name))[0]
        assert (kind, facts["units"], facts["is_maker"]) == (NoticeKind.SUSPECTED_COUNTERFEIT, expected, False)
    assert told(world, world.maker)[0][1]["is_maker"] is True
    (lead,) = leads(world)
    assert (lead, lead.kind) == (done.lead, LeadKind.SUSPECTED_COUNTERFEIT)


def test_a_denial_taken_back_has_the_consequences_of_the_failure(world: World) -> None:
    batch = shelved(world)
    sample = notified(world, batch, world.failed)
    answer(world, sample, MakerResponse.DENIED)
    conclude(world, sample)
    world.later(days=1)
    answer(world, sample, MakerResponse.CONFIRMED)
    (stop,) = stops(world, batch)
    assert stop.kind is StopKind.FAILED_SPOT_CHECK
    assert kinds(world, world.second_outlet) == [NoticeKind.BATCH_STOPPED, NoticeKind.SUSPECTED_COUNTERFEIT]
    assert {each.kind for each in leads(world)} == {LeadKind.FAILED_SPOT_CHECK, LeadKind.SUSPECTED_COUNTERFEIT}
    answer(world, sample, MakerResponse.CONFIRMED)
    assert len(leads(world)) == len(kinds(world, world.second_outlet)) == 2


def test_a_correction_to_passed_lifts_the_stop_and_says_so(world: World) -> None:
    batch = shelved(world)
    sample = notified(world, batch, world.failed)
    conclude(world, sample)
    world.later(days=1)
    report = LaboratoryReport("宁夏农药检定所", "JY-2", world.today(), (world.passed,))
    done = world.database.write(
        lambda work: enforcement.correct(work, world.actor(world.agency), sample.sample_id, report, "录入错误")
    )
    assert (done.stop, done.lead, done.told) == (None, None, 3)
    assert stops(world, batch) == []
    kind, facts = told(world, world.second_outlet)[0]
    assert (kind, facts["reason"], facts["is_still_stopped"]) == (NoticeKind.STOP_LIFTED, "录入错误", False)
    assert len(leads(world)) == 1


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_withdrawal_is_told(world: World) -> None:
    batch = shelved(world)
    sample = notified(world, batch, world.failed)
    conclude(world, sample)
    world.later(days=1)
    world.advance(sample, SampleState.WITHDRAWN)
    assert stops(world, batch) == []
    assert set(kinds(world, world.outlet)[:2]) == {NoticeKind.STOP_LIFTED, NoticeKind.RESULT_WITHDRAWN}
    assert kinds(world, world.second_outlet)[0] is NoticeKind.STOP_LIFTED
    early = world.take_sample(batch)
    before = kinds(world, world.outlet)
    world.advance(early, SampleState.WITHDRAWN)
    assert kinds(world, world.outlet) == before, "nobody had been told of a result"


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_refused_conclusions_tell_nobody(world: World, refuses: Refuses) -> None:
    sample = notified(world, shelved(world), world.failed)
    with refuses(NotAllowed, "access.role"):
        conclude(world, sample, world.outlet)
    early = world.take_sample(world.register_batch())
    with refuses(Conflict, "sample.state", field="state"):
        conclude(world, early)
    with refuses(NotKnown, "sample.unknown"):
        world.database.write(lambda work: enforcement.conclude(work, world.actor(world.agency), sample.batch_id))
    conclude(world, sample)
    with refuses(Conflict, "sample.state", field="state"):
        conclude(world, sample)
