"""In the laboratory: receive a sealed portion, and enter what was found, first and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from ...kernel import limits
from ...kernel.clock import day_in_china
from ...kernel.errors import Conflict, InvalidInput
from ...kernel.normalise import half_width, require_text
from ...kernel.rounding import Position, compare
from ...kernel.units import Unit
from ...parties import service as parties
from ...parties.model import Actor
from ...store.database import UnitOfWork
from .. import result_store
from ..items import Observation
from ..model import Finding, Limit, LimitKind, Outcome, ReportKind, ResultSet, Sample, SampleState
from ..records import record_of, require_sample
from .common import move, note_event, require_handling
from .sampling import require_laboratory
from .suggesting import suggestion_for

MAX_PERCENT_OF_LABEL = Decimal(1000)
"""Ten times what the label says: beyond it is a slip of the point."""


@dataclass(frozen=True, slots=True)
class LaboratoryReport:
    """What comes back from the laboratory."""

    laboratory: str
    report_number: str
    reported_on: date
    findings: tuple[Finding, ...]


def receive(
    work: UnitOfWork,
    actor: Actor,
    sample_id: UUID,
    *,
    seals_are_intact: bool,
    laboratory_id: UUID | None = None,
    note: str = "",
) -> Sample:
    """The laboratory has the test portion, its seal whole. With a broken one nothing can be tested: the sample is
    withdrawn instead.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`, `party.unknown`; InvalidInput `sheet.seal_broken`,
    `sheet.laboratory`, `text.*`; Conflict `sample.state`.
    """
    sample = require_handling(work, actor, sample_id)
    if not seals_are_intact:
        raise InvalidInput("sheet.seal_broken", field="seals_are_intact")
    taker_id = require_laboratory(work.connection, laboratory_id or sample.laboratory_id)
    move(work, actor, sample, SampleState.RECEIVED, note, laboratory_id=taker_id)
    note_event(work, actor, sample, "sample.received", {"laboratory_id": taker_id})
    return require_sample(work.connection, sample_id)


def record_report(work: UnitOfWork, actor: Actor, sample_id: UUID, report: LaboratoryReport) -> Sample:
    """Enters the results of a received sample, once; the rules suggest what to make of them. Nothing of them is public
    before the sample is final.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; InvalidInput `finding.*`, `text.*`, `sample.day`; Conflict
    `sample.state` where results are there already, or it was not received.
    """
    sample = require_handling(work, actor, sample_id)
    if sample.state is not SampleState.RECEIVED:
        raise Conflict("sample.state", field="state", state=sample.state.value, wanted=SampleState.REPORTED.value)
    move(work, actor, sample, SampleState.REPORTED)
    add_results(work, actor, sample, report, ReportKind.FIRST, "")
    return require_sample(work.connection, sample_id)


def record_retest(work: UnitOfWork, actor: Actor, sample_id: UUID, report: LaboratoryReport) -> Sample:
    """Enters the results of the re-test, once. They take the place of the first, which stay on file.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; InvalidInput `finding.*`, `text.*`, `sample.day`,
    `retest.same_laboratory`; Conflict `sample.state`, `retest.reported`.
    """
    sample = require_handling(work, actor, sample_id)
    if sample.state is not SampleState.RETEST:
        raise Conflict("sample.state", field="state", state=sample.state.value, wanted=SampleState.RETEST.value)
    if any(each.kind is ReportKind.RETEST for each in sample.results):
        raise Conflict("retest.reported", field="sample_id")
    require_another_laboratory(sample, report.laboratory)
    add_results(work, actor, sample, report, ReportKind.RETEST, "")
    return require_sample(work.connection, sample_id)


def require_another_laboratory(sample: Sample, laboratory: str) -> None:
    """Raises InvalidInput `retest.same_laboratory`. Source: 农产品质量安全法 arts 46-52."""
    name = half_width(laboratory).strip()
    if any(half_width(each.laboratory) == name for each in sample.results if each.kind is ReportKind.FIRST):
        raise InvalidInput("retest.same_laboratory", field="laboratory", laboratory=name)


def add_results(
    work: UnitOfWork, actor: Actor, sample: Sample, report: LaboratoryReport, kind: ReportKind, reason: str
) -> ResultSet:
    """Writes the next version of a sample's results, not yet decided, with what the rules suggest."""
    if not sample.taken_on <= report.reported_on <= day_in_china(work.now):
        raise InvalidInput("sample.day", field="reported_on")
    laboratory = _laboratory_name(work, sample, report)
    number = require_text(half_width(report.report_number), "report_number", limits.MAX_NAME_CHARACTERS, required=True)
    findings = require_findings(report.findings)
    suggestion = suggestion_for(work.connection, record_of(work.connection, sample), findings)
    new = ResultSet(
        version=len(sample.results) + 1,
        kind=kind,
        laboratory=laboratory,
        report_number=number,
        reported_on=report.reported_on,
        recorded_at=work.now,
        recorded_by_id=actor.party_id,
        reason=reason,
        determination=suggestion.document,
        decision=None,
        findings=suggestion.findings,
    )
    result_store.add_results(work.connection, sample, new)
    note_event(
        work,
        actor,
        sample,
        "sample.reported",
        {
            "version": new.version,
            "kind": kind,
            "laboratory": laboratory,
            "report_number": number,
            "reported_on": report.reported_on,
            "reason": reason,
            "findings": [_statement(each) for each in new.findings],
        },
    )
    return new


def _laboratory_name(work: UnitOfWork, sample: Sample, report: LaboratoryReport) -> str:
    given = require_text(report.laboratory, "laboratory", limits.MAX_NAME_CHARACTERS)
    if not given and sample.laboratory_id is not None:
        return parties.require_party(work.connection, sample.laboratory_id, "laboratory").name
    return require_text(given, "laboratory", limits.MAX_NAME_CHARACTERS, required=True)


def require_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The items of a report as they are kept. Raises InvalidInput `finding.*`, `text.*` naming the item's place."""
    if not 0 < len(findings) <= limits.MAX_FINDINGS_PER_SAMPLE:
        raise InvalidInput("finding.count", field="findings", maximum=limits.MAX_FINDINGS_PER_SAMPLE)
    taken: list[Finding] = []
    seen: set[str] = set()
    for position, given in enumerate(findings):
        field = f"findings.{position}"
        each = replace(
            given,
            item=require_text(given.item, f"{field}.item", limits.MAX_NAME_CHARACTERS, required=True),
            requirement=require_text(given.requirement, f"{field}.requirement", limits.MAX_NAME_CHARACTERS),
            measured_text=require_text(given.measured_text, f"{field}.measured_text", limits.MAX_NAME_CHARACTERS),
            method=require_text(given.method, f"{field}.method", limits.MAX_NAME_CHARACTERS),
        )
        name = half_width(each.item).casefold()
        if name in seen:
            raise InvalidInput("finding.twice", field=f"{field}.item", item=each.item)
        seen.add(name)
        _require_measure(each, field)
        _require_limit(each.limit, field)
        _require_outcome(each, field)
        taken.append(each)
    return tuple(taken)


def _require_measure(each: Finding, field: str) -> None:
    is_measured = each.observation is Observation.MEASURED
    if is_measured != (each.measured is not None):
        raise InvalidInput("finding.observation", field=f"{field}.measured", item=each.item)
    for name, value, unit in (
        ("measured", each.measured, each.unit),
        ("declared", each.declared, each.declared_unit),
        ("detection_limit", each.detection_limit, each.unit),
        ("uncertainty", each.uncertainty, each.unit),
    ):
        if value is None:
            continue
        if unit is Unit.NONE and name in ("measured", "declared"):
            unit_field = "unit" if name == "measured" else "declared_unit"
            raise InvalidInput("finding.unit", field=f"{field}.{unit_field}", item=each.item)
        most = {Unit.PERCENT: Decimal(100), Unit.PERCENT_OF_LABEL: MAX_PERCENT_OF_LABEL}.get(unit)
        if value < 0 or (most is not None and value > most):
            raise InvalidInput("finding.measured", field=f"{field}.{name}", item=each.item)


def _require_limit(limit: Limit, field: str) -> None:
    needs_lower = limit.kind in (LimitKind.AT_LEAST, LimitKind.BETWEEN)
    needs_upper = limit.kind in (LimitKind.AT_MOST, LimitKind.BETWEEN)
    if needs_lower != (limit.lower is not None) or needs_upper != (limit.upper is not None):
        raise InvalidInput("finding.limit", field=f"{field}.limit_kind")
    if limit.lower is not None and limit.upper is not None and limit.lower > limit.upper:
        raise InvalidInput("finding.limit", field=f"{field}.lower")


def _require_outcome(each: Finding, field: str) -> None:
    """What the laboratory says of an item must not contradict its own limit and value, rounded by GB/T 8170 or not."""
    limit, measured = each.limit, each.measured
    is_comparable = each.observation in (Observation.MEASURED, Observation.NOT_DETECTED)
    if each.outcome is None or limit.kind is LimitKind.NONE or not is_comparable:
        return
    possible = {limit.allows(measured)}
    if measured is not None and limit.kind is not LimitKind.NOT_DETECTED:
        possible.add(compare(measured, limit.lower, limit.upper).position is Position.WITHIN)
    if (each.outcome is Outcome.PASSED) not in possible:
        raise InvalidInput("finding.outcome", field=f"{field}.outcome", item=each.item)


def _statement(each: Finding) -> dict[str, object]:
    return {
        "item": each.item,
        "kind": each.kind,
        "requirement": each.requirement,
        "limit_kind": each.limit.kind,
        "lower": each.limit.lower,
        "upper": each.limit.upper,
        "observation": each.observation,
        "measured": each.measured,
        "measured_text": each.measured_text,
        "unit": each.unit,
        "declared": each.declared,
        "declared_unit": each.declared_unit,
        "method": each.method,
        "detection_limit": each.detection_limit,
        "uncertainty": each.uncertainty,
        "outcome": each.outcome,
        "suggested": each.suggested,
    }
