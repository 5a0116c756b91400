"""Spot checks from the sample sheet to the final result, and what a final failure does at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from suiyuan.trace.batches import service as batches
from suiyuan.trace.batches.model import Batch, StopKind
from suiyuan.trace.inspection import service as inspection
from suiyuan.trace.inspection.items import Observation, Suggestion
from suiyuan.trace.inspection.model import (
    NEXT_STATES,
    Basis,
    Finding,
    Limit,
    LimitKind,
    MakerResponse,
    Outcome,
    PublishedResult,
    Sample,
    SampleState,
)
from suiyuan.trace.inspection.service import LaboratoryReport, NewSample
from suiyuan.trace.kernel import limits
from suiyuan.trace.kernel.errors import Conflict, InvalidInput, NotAllowed, NotKnown
from suiyuan.trace.kernel.units import Unit
from suiyuan.trace.ledger import service as ledger
from suiyuan.trace.parties.model import OPERATOR, Actor, Role

if TYPE_CHECKING:
    from tests.support.protocols import Refuses, Unchanged
    from tests.support.world import World

TAKEN, SEALED, RECEIVED, REPORTED, NOTIFIED, OBJECTION, RETEST, FINAL, PUBLISHED, WITHDRAWN = SampleState
SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"])
"""What is refused before the database is asked is refused on one engine as on the other."""

LONG = "长" * (limits.MAX_NAME_CHARACTERS + 1)
TODAY = date(2026, 11, 24)

TO_STATE: dict[SampleState, tuple[SampleState, ...]] = {
    TAKEN: (),
    SEALED: (SEALED,),
    RECEIVED: (SEALED, RECEIVED),
    REPORTED: (SEALED, RECEIVED, REPORTED),
    NOTIFIED: (SEALED, RECEIVED, REPORTED, NOTIFIED),
    OBJECTION: (SEALED, RECEIVED, REPORTED, NOTIFIED, OBJECTION),
    RETEST: (SEALED, RECEIVED, REPORTED, NOTIFIED, OBJECTION, RETEST),
    FINAL: (SEALED, RECEIVED, REPORTED, NOTIFIED, FINAL),
    PUBLISHED: (SEALED, RECEIVED, REPORTED, NOTIFIED, FINAL, PUBLISHED),
    WITHDRAWN: (WITHDRAWN,),
}


def stops(world: World, batch: Batch) -> list[batches.Stop]:
    return batches.current_stops(world.database, batch.batch_id)


def kinds(world: World, batch: Batch) -> list[str]:
    with world.database.read() as connection:
        return [event.kind for event in ledger.list_events(connection, batch.batch_id)]


def brought_to(world: World, state: SampleState, finding: Finding | None = None) -> Sample:
    sample = world.take_sample(world.register_batch())
    for each in TO_STATE[state]:
        sample = step(world, sample, each, finding)
    assert sample.state is state
    return sample


def step(world: World, sample: Sample, state: SampleState, finding: Finding | None = None) -> Sample:
    """The one step that leads to `state`, whether it may be taken or not."""
    agency, sample_id = world.actor(world.agency), sample.sample_id
    if state is SEALED:
        return world.seal_sample(sample)
    if state is RECEIVED:
        return world.database.write(lambda work: inspection.receive(work, agency, sample_id, seals_are_intact=True))
    if state is REPORTED:
        results = LaboratoryReport("宁夏农药检定所", "JY-1", TODAY, (finding or world.passed,))
        return world.database.write(lambda work: inspection.record_report(work, agency, sample_id, results))
    if state is RETEST:
        return world.database.write(
            lambda work: inspection.order_retest(work, agency, sample_id, laboratory="另一检定所")
        )
    if sample.state is REPORTED and sample.current is not None and sample.current.decision is None:
        sample = world.decide(sample)
    return world.step(sample, state)


def judged(finding: Finding) -> Finding:
    """As it is kept: with what the rules suggest, here the same as its outcome."""
    return replace(finding, suggested=Suggestion(finding.outcome))


def take(world: World, batch: Batch, actor: Actor | None = None, **change: Any) -> Sample:
    plain = NewSample(
        batch.batch_id, "NX-1", world.agency.party_id, TODAY, "640221", Basis.TARGETED, inspectors=world.inspectors
    )
    by = actor or world.actor(world.agency)
    return world.database.write(lambda work: inspection.take_sample(work, by, replace(plain, **change)))


def report(world: World, sample: Sample, *findings: Finding, actor: Actor | None = None, **change: Any) -> Sample:
    plain = LaboratoryReport("宁夏农药检定所", "JY-1", TODAY, findings)
    by = actor or world.actor(world.agency)
    if sample.state is TAKEN:
        with world.database.read() as connection:
            sample = inspection.require_sample(connection, sample.sample_id)
        sample = world.receive_sample(sample) if sample.state is TAKEN else sample
    return world.database.write(
        lambda work: inspection.record_report(work, by, sample.sample_id, replace(plain, **change))
    )


def respond(world: World, sample: Sample, response: MakerResponse, actor: Actor | None = None) -> Sample:
    by = actor or world.actor(world.agency)
    return world.database.write(lambda work: inspection.record_maker_response(work, by, sample.sample_id, response))


# ---------------------------------------------------------------------------------------------- the good way


def test_a_sample_from_its_sheet_to_its_final_result(world: World) -> None:
    batch = world.register_batch()
    sample = take(world, batch, sample_number="ＮＸ－１")
    assert (sample.sample_number, sample.state, sample.findings) == ("NX-1", TAKEN, ())
    world.later(days=1)
    sample = report(world, sample, world.passed, reported_on=date(2026, 11, 25))
    assert (sample.state, sample.findings) == (REPORTED, (judged(world.passed),))
    assert sample.reported_on == date(2026, 11, 25)
    for state in (NOTIFIED, OBJECTION, FINAL):
        world.later(days=1)
        sample = world.advance(sample, state)
        assert (sample.state, sample.state_at) == (state, world.clock.now())
    assert inspection.samples_of(world.database, batch.batch_id) == [sample]
    assert not sample.failed
    assert stops(world, batch) == []
    assert kinds(world, batch) == [
        "batch.registered",
        "sample.taken",
        "sample.sealed",
        "sample.received",
        "sample.reported",
        "sample.decided",
        "sample.notified",
        "sample.objection",
        "sample.concluded",
    ]
    with world.database.read() as connection:
        assert inspection.require_sample(connection, sample.sample_id) == sample
        assert inspection.find_sample_id(connection, " ＮＸ－１ ") == sample.sample_id
        assert inspection.find_sample_id(connection, "NX-2") is None


def test_samples_are_listed_the_newest_first_with_their_own_findings(world: World) -> None:
    batch = world.register_batch()
    old = take(world, batch, sample_number="B", taken_on=date(2026, 11, 1))
    new = take(world, batch, sample_number="A")
    other = replace(world.passed, item="水分")
    report(world, old, world.failed, other)
    report(world, new, world.passed)
    found = inspection.samples_of(world.database, batch.batch_id)
    assert [(each.sample_number, each.findings) for each in found] == [
        ("A", (judged(world.passed),)),
        ("B", (judged(world.failed), judged(other))),
    ]
    assert inspection.samples_of(world.database, uuid4()) == []


def test_numbers_keep_the_precision_of_the_report(world: World) -> None:
    finding = replace(world.passed, measured=Decimal("5.20"), limit=Limit(LimitKind.AT_LEAST, Decimal("5.00")))
    sample = report(world, take(world, world.register_batch()), finding)
    assert [str(each) for each in (sample.findings[0].measured, sample.findings[0].limit.lower)] == ["5.20", "5.00"]


# ---------------------------------------------------------------------------------------------- a final failure


def test_a_final_failure_stops_the_batch_in_the_same_transaction(world: World) -> None:
    sample = brought_to(world, REPORTED, world.failed)
    with world.database.read() as connection:
        batch = batches.require_batch(connection, sample.batch_id)
    assert stops(world, batch) == []
    world.advance(sample, FINAL)
    (stop,) = stops(world, batch)
    assert (stop.kind, stop.ordered_by_id) == (StopKind.FAILED_SPOT_CHECK, world.agency.party_id)
    assert sample.sample_number in stop.reason
    assert world.failed.item in stop.reason
    last = kinds(world, batch)[-4:]
    assert last[0:2] == ["sample.concluded", "batch.stopped"]
    assert "batch.holders_notified" in last


def test_if_the_stop_cannot_be_written_the_sample_is_not_final_either(world: World, unchanged: Unchanged) -> None:
    """The database itself is made to refuse the row of the stop, after the sample's has been written."""
    sample = brought_to(world, NOTIFIED, world.failed)
    with world.database.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER no_stops BEFORE INSERT ON batch_stop BEGIN SELECT RAISE(ABORT, 'refused'); END"
                if world.database.is_sqlite
                else "ALTER TABLE batch_stop ADD CONSTRAINT no_stops CHECK (kind = 'refused')"
            )
        )
    with unchanged(world.database), pytest.raises(IntegrityError):
        world.advance(sample, FINAL)


@pytest.mark.parametrize("state", [REPORTED, NOTIFIED, OBJECTION, WITHDRAWN])
def test_before_it_is_final_a_failure_stops_nothing(world: World, state: SampleState) -> None:
    sample = world.take_sample(batch := world.register_batch())
    sample = world.report(sample, [world.failed])
    world.advance(sample, *(TO_STATE[state][3:] if state is not WITHDRAWN else (WITHDRAWN,)))
    assert stops(world, batch) == []


def test_goods_the_maker_denies_do_not_stop_its_batch(world: World) -> None:
    sample = brought_to(world, NOTIFIED, world.failed)
    assert respond(world, sample, MakerResponse.DENIED).maker_response is MakerResponse.DENIED
    sample = world.advance(sample, FINAL)
    assert sample.failed
    assert batches.current_stops(world.database, sample.batch_id) == []


def test_a_maker_that_confirms_after_all_has_its_batch_stopped(world: World) -> None:
    sample = brought_to(world, NOTIFIED, world.failed)
    respond(world, sample, MakerResponse.DENIED)
    world.advance(sample, FINAL)
    respond(world, sample, MakerResponse.CONFIRMED)
    assert [stop.kind for stop in batches.current_stops(world.database, sample.batch_id)] == [
        StopKind.FAILED_SPOT_CHECK
    ]


def test_a_confirming_maker_has_its_batch_stopped_as_well(world: World) -> None:
    sample = brought_to(world, NOTIFIED, world.failed)
    respond(world, sample, MakerResponse.CONFIRMED)
    world.advance(sample, FINAL)
    assert len(batches.current_stops(world.database, sample.batch_id)) == 1


def test_a_report_of_many_failures_with_long_names_still_stops(world: World) -> None:
    findings = [
        replace(world.failed, item=f"项目{number}" + "长" * 190) for number in range(limits.MAX_FINDINGS_PER_SAMPLE)
    ]
    sample = world.report(world.take_sample(batch := world.register_batch()), findings)
    world.advance(sample, FINAL)
    assert [stop.kind for stop in stops(world, batch)] == [StopKind.FAILED_SPOT_CHECK]


def test_the_agency_cannot_lift_what_its_failed_check_stopped(world: World, refuses: Refuses) -> None:
    sample = world.sampled(batch := world.register_batch(), world.failed)
    (stop,) = stops(world, batch)
    for stranger in (world.agency, world.maker):
        with refuses(NotAllowed, "access.other_party"):
            world.database.write(
                lambda work, stranger=stranger: batches.lift_stop(
                    work, world.actor(stranger), sample.batch_id, stop.stop_id, "复检"
                )
            )
    world.database.write(
        lambda work: batches.lift_stop(work, world.actor(world.regulator), sample.batch_id, stop.stop_id, "复检")
    )
    assert stops(world, batch) == []


# ---------------------------------------------------------------------------------------------- states


@SQLITE
@pytest.mark.parametrize("wanted", [state for state in SampleState if state is not TAKEN])
@pytest.mark.parametrize("state", SampleState)
def test_only_the_steps_of_the_table_can_be_taken(
    world: World, refuses: Refuses, state: SampleState, wanted: SampleState
) -> None:
    sample = brought_to(world, state)
    if sample.current is not None and sample.current.decision is None:
        sample = world.decide(sample)
    if state is RETEST and wanted is FINAL:
        with refuses(Conflict, "retest.pending"):
            step(world, sample, wanted)
    elif wanted in NEXT_STATES[state]:
        assert step(world, sample, wanted).state is wanted
    else:
        with refuses(Conflict, "sample.state", state=state.value, wanted=wanted.value):
            step(world, sample, wanted)


@SQLITE
@pytest.mark.parametrize("state", [REPORTED, NOTIFIED, OBJECTION, FINAL, WITHDRAWN])
def test_results_are_entered_once(world: World, refuses: Refuses, state: SampleState) -> None:
    sample = brought_to(world, state)
    with refuses(Conflict, "sample.state", state=state.value, wanted="reported"):
        report(world, sample, world.passed)


# ---------------------------------------------------------------------------------------------- refusals


@SQLITE
@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"taken_on": TODAY + timedelta(days=1)}, "sample.day", "taken_on"),
        ({"taken_on": date(2026, 9, 30)}, "sample.day", "taken_on"),
        ({"sample_number": " "}, "text.missing", "sample_number"),
        ({"sample_number": LONG}, "text.malformed", "sample_number"),
        ({"region_code": "640999"}, "region.unknown", "region_code"),
    ],
    ids=["tomorrow", "before_production", "no_number", "long_number", "no_such_county"],
)
def test_a_sheet_that_cannot_be_is_refused(
    world: World, refuses: Refuses, change: dict[str, Any], code: str, field: str
) -> None:
    batch = world.register_batch(production_on=date(2026, 10, 1))
    with refuses(InvalidInput, code, field=field):
        take(world, batch, **change)


def test_one_sheet_number_is_one_sample_everywhere(world: World, refuses: Refuses) -> None:
    batch, other = world.register_batch(), world.register_batch()
    take(world, batch)
    for same in (batch, other):
        with refuses(Conflict, "sample.duplicate", field="sample_number", number="NX-1"):
            take(world, same, sample_number="NX-1 ")


def test_who_may_not_sample(world: World, refuses: Refuses) -> None:
    batch = world.register_batch()
    for stranger in (world.maker, world.outlet, world.distributor, world.party(Role.LABORATORY)):
        with refuses(NotAllowed, "access.role"):
            take(world, batch, world.actor(stranger), agency_id=stranger.party_id)
    other = world.party(Role.INSPECTION_AGENCY, name="另一机构")
    with refuses(NotAllowed, "access.other_party"):
        take(world, batch, world.actor(other))
    with refuses(NotKnown, "party.unknown", field="agency_id"):
        take(world, batch, OPERATOR, agency_id=uuid4())
    with refuses(NotKnown, "batch.unknown", field="batch_id"):
        take(world, batch, batch_id=uuid4())


def test_a_sample_is_its_agencys_alone_and_the_regulators(world: World, refuses: Refuses) -> None:
    sample = world.receive_sample(take(world, world.register_batch()))
    other = world.actor(world.party(Role.INSPECTION_AGENCY, name="另一机构"))
    with refuses(NotAllowed, "access.other_party"):
        report(world, sample, world.passed, actor=other)
    with refuses(NotAllowed, "access.other_party"):
        respond(world, sample, MakerResponse.DENIED, actor=other)
    with refuses(NotAllowed, "access.other_party"):
        world.database.write(lambda work: inspection.withdraw(work, other, sample.sample_id, "作废"))
    for stranger in (world.maker, world.outlet):
        with refuses(NotAllowed, "access.other_party" if stranger is world.maker else "access.role"):
            respond(world, sample, MakerResponse.DENIED, actor=world.actor(stranger))
        with refuses(NotAllowed, "access.role"):
            report(world, sample, world.passed, actor=world.actor(stranger))
    assert report(world, sample, world.passed, actor=world.actor(world.regulator)).state is REPORTED


def test_a_sample_not_known_is_refused(world: World, refuses: Refuses) -> None:
    ghost = replace(take(world, world.register_batch()), sample_id=UUID(int=0))
    with refuses(NotKnown, "sample.unknown", field="sample_id"):
        report(world, ghost, world.passed)
    with refuses(NotKnown, "sample.unknown", field="sample_id"):
        respond(world, ghost, MakerResponse.NONE)
    with refuses(NotKnown, "sample.unknown", field="sample_id"):
        world.advance(ghost, WITHDRAWN)


@SQLITE
@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"reported_on": TODAY + timedelta(days=1)}, "sample.day", "reported_on"),
        ({"reported_on": date(2026, 11, 9)}, "sample.day", "reported_on"),
        ({"laboratory": ""}, "text.missing", "laboratory"),
        ({"laboratory": LONG}, "text.malformed", "laboratory"),
        ({"report_number": " "}, "text.missing", "report_number"),
        ({"report_number": LONG}, "text.malformed", "report_number"),
    ],
    ids=["tomorrow", "before_sampling", "no_laboratory", "long_laboratory", "no_number", "long_number"],
)
def test_a_report_that_cannot_be_is_refused(
    world: World, refuses: Refuses, change: dict[str, Any], code: str, field: str
) -> None:
    sample = world.receive_sample(take(world, world.register_batch(), taken_on=date(2026, 11, 10)))
    with refuses(InvalidInput, code, field=field):
        report(world, sample, world.passed, **change)


def limit(kind: LimitKind, lower: str | None = None, upper: str | None = None) -> Limit:
    return Limit(kind, Decimal(lower) if lower else None, Decimal(upper) if upper else None)


def finding(
    measured: str | None, against: Limit, outcome: Outcome, unit: Unit = Unit.PERCENT, words: str = ""
) -> Finding:
    if measured:
        seen = Observation.MEASURED
    elif words and against.kind is not LimitKind.NOT_DETECTED:
        seen = Observation.COMPLIES
    else:
        seen = Observation.DETECTED if words else Observation.NOT_DETECTED
    value = Decimal(measured) if measured else None
    return Finding("项目", "", against, value, words, unit, outcome, observation=seen)


GOOD, BAD = Outcome.PASSED, Outcome.FAILED
AT_LEAST, AT_MOST = limit(LimitKind.AT_LEAST, "5.00"), limit(LimitKind.AT_MOST, None, "5.00")
BETWEEN = limit(LimitKind.BETWEEN, "4.75", "5.25")
ABSENT, FREE = limit(LimitKind.NOT_DETECTED), limit(LimitKind.NONE)

REFUSED_FINDINGS: dict[str, tuple[Finding, str, str]] = {
    "below_yet_passed": (finding("4.99", AT_LEAST, GOOD), "finding.outcome", "outcome"),
    "at_the_limit_yet_failed": (finding("5.0", AT_LEAST, BAD), "finding.outcome", "outcome"),
    "above_yet_passed": (finding("5.01", AT_MOST, GOOD), "finding.outcome", "outcome"),
    "at_the_upper_limit_yet_failed": (finding("5", AT_MOST, BAD), "finding.outcome", "outcome"),
    "within_yet_failed": (finding("4.75", BETWEEN, BAD), "finding.outcome", "outcome"),
    "outside_yet_passed": (finding("5.26", BETWEEN, GOOD), "finding.outcome", "outcome"),
    "detected_yet_passed": (finding("0.01", ABSENT, GOOD), "finding.outcome", "outcome"),
    "not_detected_yet_failed": (finding(None, ABSENT, BAD), "finding.outcome", "outcome"),
    "nothing_there_yet_enough": (finding(None, AT_LEAST, GOOD), "finding.outcome", "outcome"),
    "nothing_there_yet_too_much": (finding(None, AT_MOST, BAD), "finding.outcome", "outcome"),
    "more_than_all": (finding("100.1", FREE, GOOD), "finding.measured", "measured"),
    "negative": (finding("-0.1", FREE, GOOD, Unit.GRAM_PER_LITRE), "finding.measured", "measured"),
    "no_unit": (finding("5", AT_LEAST, GOOD, Unit.NONE), "finding.unit", "unit"),
    "at_least_nothing": (finding("5", limit(LimitKind.AT_LEAST), GOOD), "finding.limit", "limit_kind"),
    "at_least_with_upper": (finding("5", limit(LimitKind.AT_LEAST, "1", "9"), GOOD), "finding.limit", "limit_kind"),
    "at_most_with_lower": (finding("5", limit(LimitKind.AT_MOST, "1"), GOOD), "finding.limit", "limit_kind"),
    "between_half": (finding("5", limit(LimitKind.BETWEEN, "1"), GOOD), "finding.limit", "limit_kind"),
    "between_crosswise": (finding("5", limit(LimitKind.BETWEEN, "9", "1"), BAD), "finding.limit", "lower"),
    "absent_with_limit": (finding("5", limit(LimitKind.NOT_DETECTED, "1"), BAD), "finding.limit", "limit_kind"),
    "no_item": (replace(finding("5", AT_LEAST, GOOD), item=" "), "text.missing", "item"),
    "long_item": (replace(finding("5", AT_LEAST, GOOD), item=LONG), "text.malformed", "item"),
    "long_requirement": (replace(finding("5", AT_LEAST, GOOD), requirement=LONG), "text.malformed", "requirement"),
    "long_text": (finding("5", AT_LEAST, GOOD, words=LONG), "text.malformed", "measured_text"),
}


@SQLITE
@pytest.mark.parametrize(("bad", "code", "part"), REFUSED_FINDINGS.values(), ids=REFUSED_FINDINGS)
def test_a_finding_that_cannot_be_is_refused_by_its_place(
    world: World, refuses: Refuses, bad: Finding, code: str, part: str
) -> None:
    sample = world.receive_sample(take(world, world.register_batch()))
    with refuses(InvalidInput, code, field=f"findings.1.{part}"):
        report(world, sample, world.passed, bad)


@SQLITE
@pytest.mark.parametrize("count", [0, limits.MAX_FINDINGS_PER_SAMPLE + 1])
def test_a_report_has_findings_and_not_too_many(world: World, refuses: Refuses, count: int) -> None:
    sample = world.receive_sample(take(world, world.register_batch()))
    with refuses(InvalidInput, "finding.count", field="findings"):
        report(world, sample, *[world.passed] * count)


def test_findings_that_can_be_are_taken_as_they_are(world: World) -> None:
    findings = (
        finding("5", AT_LEAST, GOOD),
        finding("100", FREE, GOOD),
        finding("117.5", FREE, BAD, Unit.PERCENT_OF_LABEL),
        finding("6.8", BETWEEN, BAD, Unit.PH),
        finding(None, ABSENT, GOOD),
        finding(None, AT_MOST, GOOD),
        finding(None, AT_LEAST, BAD),
        finding(None, AT_LEAST, GOOD, Unit.NONE, "符合要求"),
        finding(None, ABSENT, BAD, Unit.NONE, "检出"),
    )
    named = tuple(replace(each, item=f"项目{number}") for number, each in enumerate(findings))
    kept = report(world, take(world, world.register_batch()), *named).findings
    assert tuple(replace(each, suggested=None) for each in kept) == named
    assert {each.suggested for each in kept} <= set(Suggestion)


@SQLITE
def test_texts_of_findings_are_kept_on_one_line(world: World) -> None:
    """What is stored is what was checked: a line break in an item would reach pages and labels."""
    odd = replace(world.passed, item="含\n量", requirement="≥ 5\t%", measured_text="约\u3000 5")
    (kept,) = report(world, take(world, world.register_batch()), odd).findings
    assert (kept.item, kept.requirement, kept.measured_text) == ("含 量", "≥ 5 %", "约 5")


# ---------------------------------------------------------------------------------------------- published elsewhere


def published(result_id: str, period: str = "2025") -> PublishedResult:
    names = [name for name in PublishedResult.__slots__ if name not in ("result_id", "period")]
    return PublishedResult(result_id=result_id, period=period, **{name: f"{name} {result_id}" for name in names})


def test_published_results_are_citations_replaced_by_id(world: World, refuses: Refuses) -> None:
    def load(rows: list[PublishedResult], actor: Actor = OPERATOR) -> int:
        return world.database.write(lambda work: inspection.load_published(work, actor, rows))

    rows = [published("a", "2024"), published("b", "2025"), published("c", "2025")]
    assert load(rows) == 3
    assert load([]) == 0
    assert load([replace(rows[0], note="更正")]) == 1
    with world.database.read() as connection:
        assert inspection.list_published(connection) == [rows[1], rows[2], replace(rows[0], note="更正")]
        assert inspection.count_published(connection) == 3
    with refuses(NotAllowed, "access.role"):
        load(rows, world.actor(world.agency))
