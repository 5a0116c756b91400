"""Use cases of spot checks: take a sample, record its results, move it to final, note the maker's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from ..batches import service as batches
from ..batches.model import StopKind
from ..kernel import limits
from ..kernel.clock import day_in_china
from ..kernel.errors import Conflict, InvalidInput, NotKnown
from ..kernel.ids import derived_id
from ..kernel.normalise import half_width, require_text
from ..kernel.units import Unit
from ..ledger import service as ledger
from ..ledger.model import Subject
from ..parties import service as parties
from ..parties.model import Actor, Role
from ..parties.regions import require_region
from ..store.database import Database, LostRace, UnitOfWork
from . import store
from .model import (
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

INSPECTING_ROLES = (Role.INSPECTION_AGENCY, Role.REGULATOR)


@dataclass(frozen=True, slots=True)
class NewSample:
    """What an inspector writes on the sample sheet."""

    batch_id: UUID
    sample_number: str
    agency_id: UUID
    taken_on: date
    region_code: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class LaboratoryReport:
    """What comes back from the laboratory."""

    laboratory: str
    report_number: str
    reported_on: date
    findings: tuple[Finding, ...]


def take_sample(work: UnitOfWork, actor: Actor, new: NewSample) -> Sample:
    """Records that units of a batch were sampled.

    Raises NotAllowed `access.*`; NotKnown `batch.unknown`, `party.unknown`; InvalidInput `text.*`, `region.unknown`,
    `sample.day`; Conflict `sample.duplicate`.
    """
    actor.require_role(*INSPECTING_ROLES)
    actor.require_self(new.agency_id)
    parties.require_party(work.connection, new.agency_id, "agency_id")
    batch = batches.require_batch(work.connection, new.batch_id)
    if not batch.production_on <= new.taken_on <= day_in_china(work.now):
        raise InvalidInput("sample.day", field="taken_on")
    number = require_text(half_width(new.sample_number), "sample_number", limits.MAX_NAME_CHARACTERS, required=True)
    if store.sample_of_number(work.connection, number) is not None:
        raise Conflict("sample.duplicate", field="sample_number", number=number)
    sample = Sample(
        batch_id=batch.batch_id,
        sample_id=derived_id("sample", number),
        sample_number=number,
        agency_id=new.agency_id,
        taken_on=new.taken_on,
        region_code=require_region(new.region_code),
        basis=new.basis,
        laboratory="",
        report_number="",
        reported_on=None,
        state=SampleState.TAKEN,
        state_at=work.now,
        maker_response=MakerResponse.NONE,
    )
    store.add_sample(work.connection, sample)
    _note(
        work,
        actor,
        sample,
        "sample.taken",
        {
            "sample_number": number,
            "agency_id": sample.agency_id,
            "taken_on": sample.taken_on,
            "region_code": sample.region_code,
            "basis": sample.basis,
        },
    )
    return sample


def record_report(work: UnitOfWork, actor: Actor, sample_id: UUID, report: LaboratoryReport) -> Sample:
    """Enters the laboratory's results of a sample, once. Nothing of them is public before the sample is final.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; InvalidInput `finding.*`, `text.*`, `sample.day`; Conflict
    `sample.state` where results are there already.
    """
    sample = _require_own(work, actor, sample_id)
    _require_step(sample, SampleState.REPORTED)
    if not sample.taken_on <= report.reported_on <= day_in_china(work.now):
        raise InvalidInput("sample.day", field="reported_on")
    findings = _require_findings(report.findings)
    laboratory = require_text(report.laboratory, "laboratory", limits.MAX_NAME_CHARACTERS, required=True)
    number = require_text(report.report_number, "report_number", limits.MAX_NAME_CHARACTERS, required=True)
    _move(
        work,
        sample,
        SampleState.REPORTED,
        laboratory=laboratory,
        report_number=number,
        reported_on=report.reported_on,
    )
    store.add_findings(work.connection, sample.batch_id, sample_id, findings)
    _note(
        work,
        actor,
        sample,
        "sample.reported",
        {
            "laboratory": laboratory,
            "report_number": number,
            "reported_on": report.reported_on,
            "findings": [_statement(each) for each in findings],
        },
    )
    return require_sample(work.connection, sample_id)


def advance(work: UnitOfWork, actor: Actor, sample_id: UUID, state: SampleState) -> Sample:
    """Moves a sample on to `state`. A final failure stops the batch in the same transaction (检打联动), unless the
    named maker denies the goods: then it is the copy that failed, not the maker's batch.

    Raises NotAllowed `access.*`; NotKnown `sample.unknown`; Conflict `sample.state`.
    """
    sample = _require_own(work, actor, sample_id)
    if state is SampleState.REPORTED:
        raise InvalidInput("sample.report_needed", field="state")
    _require_step(sample, state)
    _move(work, sample, state)
    _note(work, actor, sample, "sample.advanced", {"from": sample.state, "to": state})
    if state is SampleState.FINAL and sample.maker_response is not MakerResponse.DENIED:
        _stop_if_failed(work, actor, sample)
    return require_sample(work.connection, sample_id)


def record_maker_response(work: UnitOfWork, actor: Actor, sample_id: UUID, response: MakerResponse) -> Sample:
    """Notes whether the maker named on the label says the sampled goods are its own (确认 / 回函不确认).

    The agency's act, on the maker's letter; a later answer replaces an earlier one, and the log keeps both.
    Raises NotAllowed `access.*`; NotKnown `sample.unknown`.
    """
    sample = _require_own(work, actor, sample_id)
    store.set_maker_response(work.connection, sample.batch_id, sample_id, response)
    _note(work, actor, sample, "sample.maker_response", {"response": response})
    was_denied = sample.maker_response is MakerResponse.DENIED
    if sample.state is SampleState.FINAL and was_denied and response is not MakerResponse.DENIED:
        _stop_if_failed(work, actor, sample)
    return require_sample(work.connection, sample_id)


def _stop_if_failed(work: UnitOfWork, actor: Actor, sample: Sample) -> None:
    if sample.failed:
        failed = "、".join(each.item for each in sample.findings if each.outcome is Outcome.FAILED)
        reason = f"{sample.sample_number}: {failed}"[: limits.MAX_NOTE_CHARACTERS]
        batches.place_stop(work, actor, sample.batch_id, StopKind.FAILED_SPOT_CHECK, reason)


def require_sample(connection: Connection, sample_id: UUID) -> Sample:
    """Raises NotKnown `sample.unknown`."""
    batch_id = store.batch_of_sample(connection, sample_id)
    sample = store.find_sample(connection, batch_id, sample_id) if batch_id else None
    if sample is None:
        raise NotKnown("sample.unknown", field="sample_id", sample=sample_id)
    return sample


def find_sample_id(connection: Connection, sample_number: str) -> UUID | None:
    """The sample with this sheet number, or None."""
    return store.sample_of_number(connection, half_width(sample_number).strip())


def samples_of(database: Database, batch_id: UUID) -> list[Sample]:
    """A batch's samples, the newest first, in every state: what the public may see is decided in verification."""
    return store.samples_of(database, batch_id)


def load_published(work: UnitOfWork, actor: Actor, results: Sequence[PublishedResult]) -> int:
    """Takes results that authorities published elsewhere, as citations with their source. The operator's act.

    They are tied to no batch and change no answer, so there is no event.
    """
    actor.require_role(Role.REGULATOR)
    if results:
        store.replace_published(work.connection, results)
    return len(results)


def list_published(connection: Connection) -> list[PublishedResult]:
    return store.published(connection, limits.MAX_PAGE_ROWS)


def count_published(connection: Connection) -> int:
    return store.count_published(connection)


def _require_own(work: UnitOfWork, actor: Actor, sample_id: UUID) -> Sample:
    actor.require_role(*INSPECTING_ROLES)
    sample = require_sample(work.connection, sample_id)
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(sample.agency_id)
    return sample


def _require_step(sample: Sample, state: SampleState) -> None:
    if state not in NEXT_STATES[sample.state]:
        raise Conflict("sample.state", field="state", state=sample.state.value, wanted=state.value)


def _move(work: UnitOfWork, sample: Sample, state: SampleState, **values: object) -> None:
    moved = store.move_state(
        work.connection, sample.batch_id, sample.sample_id, sample.state, state, work.now, **values
    )
    if moved != 1:
        raise LostRace


def _require_findings(findings: Sequence[Finding]) -> Sequence[Finding]:
    if not 0 < len(findings) <= limits.MAX_FINDINGS_PER_SAMPLE:
        raise InvalidInput("finding.count", field="findings", maximum=limits.MAX_FINDINGS_PER_SAMPLE)
    taken: list[Finding] = []
    for position, given in enumerate(findings):
        field = f"findings.{position}"
        each = replace(
            given,
            item=require_text(given.item, f"{field}.item", limits.MAX_NAME_CHARACTERS, required=True),
            requirement=require_text(given.requirement, f"{field}.requirement", limits.MAX_NAME_CHARACTERS),
            measured_text=require_text(given.measured_text, f"{field}.measured_text", limits.MAX_NAME_CHARACTERS),
        )
        taken.append(each)
        _require_measure(each, field)
        _require_limit(each.limit, field)
        decided = each.limit.kind is not LimitKind.NONE and (each.measured is not None or not each.measured_text)
        if decided and each.limit.allows(each.measured) != (each.outcome is Outcome.PASSED):
            raise InvalidInput("finding.outcome", field=f"{field}.outcome", item=each.item)
    return taken


def _require_measure(each: Finding, field: str) -> None:
    if each.measured is None:
        return
    if each.unit is Unit.NONE:
        raise InvalidInput("finding.unit", field=f"{field}.unit", item=each.item)
    if each.measured < 0 or (each.unit is Unit.PERCENT and each.measured > Decimal(100)):
        raise InvalidInput("finding.measured", field=f"{field}.measured", item=each.item)


def _require_limit(limit: Limit, field: str) -> None:
    needs_lower = limit.kind in (LimitKind.AT_LEAST, LimitKind.BETWEEN)
    needs_upper = limit.kind in (LimitKind.AT_MOST, LimitKind.BETWEEN)
    if needs_lower != (limit.lower is not None) or needs_upper != (limit.upper is not None):
        raise InvalidInput("finding.limit", field=f"{field}.limit_kind")
    if limit.lower is not None and limit.upper is not None and limit.lower > limit.upper:
        raise InvalidInput("finding.limit", field=f"{field}.lower")


def _statement(each: Finding) -> dict[str, object]:
    return {
        "item": each.item,
        "requirement": each.requirement,
        "limit_kind": each.limit.kind,
        "lower": each.limit.lower,
        "upper": each.limit.upper,
        "measured": each.measured,
        "measured_text": each.measured_text,
        "unit": each.unit,
        "outcome": each.outcome,
    }


def _note(work: UnitOfWork, actor: Actor, sample: Sample, kind: str, payload: dict[str, object]) -> None:
    ledger.append(
        work,
        Subject.BATCH,
        sample.batch_id,
        kind,
        {"sample_id": sample.sample_id, **payload},
        actor.party_id,
    )
