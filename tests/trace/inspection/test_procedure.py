"""After the laboratory: decide, notify, object, test again, conclude, correct, withdraw, hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import StopKind
from suiyuan.trace.enforcement import service as enforcement
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.determination import document
from suiyuan.trace.inspection.items import FaultClass, ItemKind, Observation, Suggestion, ViolationCode
from suiyuan.trace.inspection.model import (
    Conclusion,
    Finding,
    LimitKind,
    MakerResponse,
    Outcome,
    ReportKind,
    Sample,
    SampleState,
)
from suiyuan.trace.inspection.service import LaboratoryReport, NewDecision
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed
from suiyuan.trace.kernel.units import Unit

if TYPE_CHECKING:
    from suiyuan.trace.catalog.model import Product
    from suiyuan.trace.parties.model import Party
    from suiyuan.trace.store.database import UnitOfWork
    from tests.support.protocols import Refuses
    from tests.support.world import World

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"])
"""What is refused before the database is asked is refused on one engine as on the other."""

TODAY = date(2026, 11, 24)
FINAL, NOTIFIED, OBJECTION, RETEST = (
    SampleState.FINAL,
    SampleState.NOTIFIED,
    SampleState.OBJECTION,
    SampleState.RETEST,
)
ACTIVE = Finding("主成分", measured=Decimal("2.1"), unit=Unit.PERCENT, kind=ItemKind.ACTIVE_CONTENT)
"""Of 5.0 % declared, less than half."""

APPEARANCE = Finding("外观", observation=Observation.COMPLIES, kind=ItemKind.PHYSICAL, measured_text="符合")


def did(world: World, act: Callable[[UnitOfWork], Any]) -> Any:
    return world.database.write(act)


def reported(world: World, *findings: Finding, product: Product | None = None) -> Sample:
    return world.report(world.take_sample(world.register_batch(product=product)), findings or [world.failed])


def decide(world: World, sample: Sample, **new: Any) -> Sample:
    agency = world.actor(world.agency)
    return did(world, lambda work: inspection.decide(work, agency, sample.sample_id, NewDecision(**new)))


def object_to(world: World, sample: Sample, by: Party) -> Sample:
    return did(world, lambda work: inspection.object_to(work, world.actor(by), sample.sample_id, "对结果有异议"))


def conclude(world: World, sample: Sample, note: str = "") -> Conclusion:
    agency = world.actor(world.agency)
    return did(world, lambda work: inspection.conclude(work, agency, sample.sample_id, note))


def order_retest(world: World, sample: Sample, laboratory: str = "另一检定所") -> Sample:
    agency = world.actor(world.agency)
    return did(world, lambda work: inspection.order_retest(work, agency, sample.sample_id, laboratory=laboratory))


def retested(world: World, sample: Sample, finding: Finding, laboratory: str = "另一检定所") -> Sample:
    report = LaboratoryReport(laboratory, "FJ-1", TODAY, (finding,))
    agency = world.actor(world.agency)
    return did(world, lambda work: inspection.record_retest(work, agency, sample.sample_id, report))


def stop_kinds(world: World, sample: Sample) -> list[StopKind]:
    return [each.kind for each in batches.current_stops(world.database, sample.batch_id)]


# ---------------------------------------------------------------------------------------------- suggested, decided


def test_the_rules_suggest_with_their_arithmetic_and_a_person_confirms(world: World) -> None:
    sample = reported(world, ACTIVE, APPEARANCE)
    assert [each.suggested for each in sample.findings] == [Suggestion.FAILED, Suggestion.PASSED]
    results = sample.current
    assert results is not None
    determined = document.read(results.determination)
    first = determined["judgements"][0]
    assert first["rule"]["rule_id"] == "pesticide_content_tolerance"
    assert any("5.0" in step for step in document.steps_text(first, "zh"))
    decided = decide(world, sample, outcomes={1: Outcome.PASSED})
    assert decided.current is not None
    decision = decided.current.decision
    assert decision is not None
    assert (decision.verdict, decision.fault_class) == (Outcome.FAILED, FaultClass.SUBSTANDARD)
    assert set(decision.violations) == {ViolationCode.P02, ViolationCode.P03}
    assert [each.outcome for each in decided.findings] == [Outcome.FAILED, Outcome.PASSED]


def test_going_another_way_than_the_rules_needs_a_reason(world: World, refuses: Refuses) -> None:
    sample = reported(world)
    with refuses(InvalidInput, "text.missing", field="reason"):
        decide(world, sample, outcomes={0: Outcome.PASSED})
    decided = decide(world, sample, outcomes={0: Outcome.PASSED}, reason="在检测不确定度之内")
    assert not decided.failed
    with refuses(Conflict, "decision.made"):
        decide(world, decided)


@SQLITE
@pytest.mark.parametrize(
    ("new", "code", "field"),
    [
        ({"outcomes": {7: Outcome.PASSED}}, "decision.finding", "outcomes.7"),
        ({"verdict": Outcome.PASSED, "reason": "因故"}, "decision.verdict", "verdict"),
        (
            {"outcomes": {0: Outcome.PASSED}, "fault_class": FaultClass.FAKE, "reason": "因故"},
            "decision.passed",
            "fault_class",
        ),
        (
            {"outcomes": {0: Outcome.PASSED}, "violations": (ViolationCode.P01,), "reason": "因故"},
            "decision.passed",
            "violations",
        ),
        ({"violations": (ViolationCode.P08,)}, "text.missing", "reason"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(
    world: World, refuses: Refuses, new: dict[str, Any], code: str, field: str
) -> None:
    sample = reported(world)
    with refuses(InvalidInput, code, field=field):
        decide(world, sample, **new)


@SQLITE
def test_what_nobody_judged_must_be_decided_by_hand(world: World, refuses: Refuses) -> None:
    sample = reported(world, world.passed, Finding("来样状态", observation=Observation.DETECTED))
    with refuses(InvalidInput, "finding.undecided", field="outcomes.1"):
        decide(world, sample)
    assert not decide(world, sample, outcomes={1: Outcome.PASSED}).failed


@SQLITE
def test_where_laboratory_and_rules_differ_a_person_decides(world: World, refuses: Refuses) -> None:
    """4.996 rounds to 5.00 by GB/T 8170; the laboratory compared without rounding."""
    limit = replace(world.passed.limit, lower=Decimal("5.00"))
    close = replace(world.passed, measured=Decimal("4.996"), limit=limit, outcome=Outcome.FAILED)
    sample = reported(world, close)
    with refuses(InvalidInput, "finding.contradiction", field="outcomes.0"):
        decide(world, sample)
    assert not decide(world, sample, outcomes={0: Outcome.PASSED}).failed


@SQLITE
def test_results_are_decided_before_anybody_is_told(world: World, refuses: Refuses) -> None:
    sample = reported(world)
    with refuses(Conflict, "decision.needed"):
        did(world, lambda work: inspection.notify_result(work, world.actor(world.agency), sample.sample_id))


@SQLITE
def test_units_that_do_not_meet_are_refused(world: World, refuses: Refuses) -> None:
    sample = world.receive_sample(world.take_sample(world.register_batch()))
    other_unit = replace(ACTIVE, unit=Unit.GRAM_PER_LITRE)
    with refuses(InvalidInput, "finding.unit_mismatch", field="findings.0.unit"):
        world.report(sample, [other_unit])


# ---------------------------------------------------------------------------------------------- objections


def test_an_objection_leads_to_a_retest_that_takes_the_place_of_the_first(world: World) -> None:
    sample = world.advance(reported(world), NOTIFIED)
    sample = object_to(world, sample, world.maker)
    sample = order_retest(world, sample)
    assert sample.state is RETEST
    sample = world.decide(retested(world, sample, world.passed))
    assert [(each.version, each.kind, each.failed) for each in sample.results] == [
        (1, ReportKind.FIRST, True),
        (2, ReportKind.RETEST, False),
    ]
    concluded = conclude(world, sample)
    assert (concluded.stop, concluded.sample.failed) == (None, False)
    assert stop_kinds(world, sample) == []


def test_a_retest_goes_elsewhere_and_is_reported_once(world: World, refuses: Refuses) -> None:
    sample = object_to(world, world.advance(reported(world), NOTIFIED), world.outlet)
    with refuses(InvalidInput, "retest.same_laboratory", field="laboratory"):
        order_retest(world, sample, "宁夏农药检定所")
    sample = order_retest(world, sample)
    with refuses(InvalidInput, "retest.same_laboratory", field="laboratory"):
        retested(world, sample, world.failed, "宁夏农药检定所")
    with refuses(Conflict, "retest.pending"):
        conclude(world, sample)
    sample = retested(world, sample, world.failed)
    with refuses(Conflict, "decision.needed"):
        conclude(world, sample)
    with refuses(Conflict, "retest.reported"):
        retested(world, sample, world.failed)
    assert conclude(world, world.decide(sample)).stop is not None


@SQLITE
def test_who_may_object(world: World, refuses: Refuses) -> None:
    sample = reported(world)
    with refuses(NotAllowed, "access.other_party"):
        object_to(world, sample, world.maker)
    sample = world.advance(sample, NOTIFIED)
    with refuses(NotAllowed, "access.role"):
        object_to(world, sample, world.second_outlet)
    assert object_to(world, sample, world.outlet).state is OBJECTION


@SQLITE
def test_a_verified_period_for_objections_binds_both_sides(world: World, refuses: Refuses) -> None:
    """兽药管理条例 art. 44: seven working days, from Tuesday 24 November 2026 until Thursday 3 December."""
    first = world.advance(reported(world, product=world.vet_drug), NOTIFIED)
    second = world.advance(reported(world, product=world.vet_drug), NOTIFIED)
    third = world.advance(reported(world, product=world.vet_drug), NOTIFIED)
    with refuses(Conflict, "objection.open", field="note", day=date(2026, 12, 3)):
        conclude(world, first)
    assert conclude(world, first, "企业来函接受结果").stop is not None
    world.later(days=9)
    assert object_to(world, third, world.maker).state is OBJECTION
    world.later(days=1)
    with refuses(Conflict, "objection.late", field="reason", day=date(2026, 12, 3)):
        object_to(world, second, world.maker)
    assert conclude(world, second).stop is not None


@SQLITE
def test_an_unverified_period_refuses_nothing(world: World) -> None:
    """Fifteen days for pesticides are practice; no statute was found."""
    sample = world.advance(reported(world), NOTIFIED)
    assert conclude(world, sample).stop is not None


@SQLITE
def test_rejecting_an_objection_needs_its_reason(world: World, refuses: Refuses) -> None:
    sample = object_to(world, world.advance(reported(world), NOTIFIED), world.maker)
    with refuses(InvalidInput, "text.missing", field="note"):
        conclude(world, sample)
    assert conclude(world, sample, "样品状态与异议所述不符").sample.state is FINAL


# ---------------------------------------------------------------------------------------------- afterwards


def correct(world: World, sample: Sample, finding: Finding, reason: str = "换算错误") -> Sample:
    report = LaboratoryReport("宁夏农药检定所", "JY-1更正", TODAY, (finding,))
    agency = world.actor(world.agency)
    return did(world, lambda work: enforcement.correct(work, agency, sample.sample_id, report, reason)).sample


def test_a_correction_keeps_the_earlier_version_and_the_stop_follows(world: World, refuses: Refuses) -> None:
    sample = world.sampled(world.register_batch(), world.failed)
    assert stop_kinds(world, sample) == [StopKind.FAILED_SPOT_CHECK]
    with refuses(InvalidInput, "text.missing", field="reason"):
        correct(world, sample, world.passed, "")
    sample = correct(world, sample, world.passed)
    assert stop_kinds(world, sample) == []
    assert [each.failed for each in sample.results] == [True, False]
    assert (sample.results[1].kind, sample.results[1].reason) == (ReportKind.CORRECTION, "换算错误")
    assert correct(world, sample, world.failed).failed
    assert stop_kinds(world, sample) == [StopKind.FAILED_SPOT_CHECK]


def test_a_withdrawn_sample_takes_its_stop_along_and_counts_no_more(world: World) -> None:
    sample = world.sampled(world.register_batch(), world.failed)
    with world.database.read() as connection:
        assert inspection.final_failures(connection, TODAY) == {world.maker.party_id: 1, world.outlet.party_id: 1}
        assert inspection.last_visits(connection) == {world.outlet.party_id: TODAY}
    world.advance(sample, SampleState.WITHDRAWN)
    assert stop_kinds(world, sample) == []
    with world.database.read() as connection:
        assert inspection.final_failures(connection, TODAY) == {}


def test_a_denied_failure_counts_for_nobody(world: World) -> None:
    sample = world.advance(reported(world), NOTIFIED)
    maker = world.actor(world.maker)
    did(
        world,
        lambda work: inspection.record_maker_response(
            work, maker, sample.sample_id, MakerResponse.DENIED, "非我厂产品"
        ),
    )
    assert conclude(world, sample).stop is None
    with world.database.read() as connection:
        assert inspection.final_failures(connection, TODAY) == {}


@SQLITE
def test_a_maker_answers_by_itself_only_while_under_review(world: World, refuses: Refuses) -> None:
    def answer(response: MakerResponse, by: Party) -> Sample:
        return did(
            world,
            lambda work: inspection.record_maker_response(work, world.actor(by), sample.sample_id, response),
        )

    sample = reported(world)
    with refuses(NotAllowed, "access.other_party"):
        answer(MakerResponse.DENIED, world.maker)
    sample = world.advance(sample, NOTIFIED)
    assert answer(MakerResponse.CONFIRMED, world.maker).maker_response is MakerResponse.CONFIRMED
    sample = conclude(world, sample).sample
    with refuses(Conflict, "maker_response.late", field="response"):
        answer(MakerResponse.DENIED, world.maker)
    assert answer(MakerResponse.DENIED, world.agency).maker_response is MakerResponse.DENIED


def test_a_regulator_holds_a_batch_quietly_until_the_result_is_final(world: World, refuses: Refuses) -> None:
    def hold(by: Party, sample: Sample) -> object:
        return did(world, lambda work: inspection.hold(work, world.actor(by), sample.sample_id, "初检不合格"))

    passing = reported(world, world.passed)
    with refuses(Conflict, "hold.state"):
        hold(world.regulator, passing)
    sample = reported(world)
    with refuses(NotAllowed, "access.role"):
        hold(world.agency, sample)
    hold(world.regulator, sample)
    assert stop_kinds(world, sample) == [StopKind.UNDER_REVIEW]
    with refuses(Conflict, "hold.held"):
        hold(world.regulator, sample)
    with world.database.read() as connection:
        batch = batches.require_batch(connection, sample.batch_id)
    with refuses(Conflict, "custody.batch_stopped"):
        world.ship(world.maker, world.distributor, world.goods(batch, (0, 1)))
    world.advance(sample, FINAL)
    assert stop_kinds(world, sample) == [StopKind.FAILED_SPOT_CHECK]


def test_a_hold_ends_where_the_regulator_says_so_or_the_result_is_good(world: World, refuses: Refuses) -> None:
    regulator = world.actor(world.regulator)
    sample = reported(world)
    with refuses(Conflict, "hold.none"):
        did(world, lambda work: inspection.release_hold(work, regulator, sample.sample_id, "查明"))
    did(world, lambda work: inspection.hold(work, regulator, sample.sample_id, "初检不合格"))
    did(world, lambda work: inspection.release_hold(work, regulator, sample.sample_id, "查明"))
    assert stop_kinds(world, sample) == []


@SQLITE
def test_a_good_limit_kind_is_needed_for_what_is_only_seen(world: World) -> None:
    seen = replace(APPEARANCE, outcome=Outcome.PASSED)
    assert seen.limit.kind is LimitKind.NONE
    assert not world.decide(reported(world, seen)).failed
