"""Files of samples with their findings, and of results published elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

from pydantic import TypeAdapter

from ...trace.enforcement import service as enforcement
from ...trace.inspection import service as inspection
from ...trace.inspection.model import (
    Acknowledgement,
    MakerResponse,
    Portion,
    PortionRole,
    PublishedResult,
    SampleState,
    SheetInspector,
)
from ...trace.inspection.service import Sealing
from ...trace.kernel.errors import InvalidInput
from ...trace.parties import service as parties
from ...trace.store.database import UnitOfWork
from ..forms.samples import FindingForm, ReportForm, SampleForm
from ..tables import Line, blamed_on, read_table
from .steps import BATCH_NAME, Options, Step, batch_of, closing_time_on, instant_of

SAMPLE_COLUMNS = ("sample_number", "taken_on", "region_code", "basis")
FINDING_COLUMNS = (
    "item",
    "requirement",
    "limit_kind",
    "lower",
    "upper",
    "measured",
    "measured_text",
    "unit",
    "outcome",
    "kind",
)
SHEET_COLUMNS = (
    "sampled_from_credit_code",
    "place",
    "inspectors",
    "test_seal",
    "reserve_seal",
    "quantity",
    "signed_by",
    "refusal_reason",
)

NO_BATCH = UUID(int=0)
"""Rows name their batch by maker and number; the form is read before the batch is there."""


def sample_steps(path: Path, findings_path: Path, options: Options) -> list[Step]:
    """Samples with their findings, each brought to the state its row gives; one that is there already is left."""
    findings: dict[str, list[FindingForm]] = {}
    for line in read_table(findings_path, ("sample_number", *FINDING_COLUMNS)):
        with blamed_on(line):
            form = FindingForm.model_validate(line.take(*FINDING_COLUMNS))
        findings.setdefault(line["sample_number"], []).append(form)

    steps: list[Step] = []
    columns = (
        *BATCH_NAME,
        *SAMPLE_COLUMNS,
        "agency_credit_code",
        "laboratory",
        "report_number",
        "reported_on",
        "state",
        "state_at",
        "maker_response",
        "note",
        *SHEET_COLUMNS,
    )
    for line in read_table(path, columns):
        with blamed_on(line):
            steps += _sample_steps(line, findings.get(line["sample_number"], []), options)
    return steps


def _sample_steps(line: Line, findings: Sequence[FindingForm], options: Options) -> list[Step]:
    form = SampleForm.model_validate({**line.take(*SAMPLE_COLUMNS), "batch_id": NO_BATCH})
    wanted = SampleState(line["state"])
    response = MakerResponse(line["maker_response"] or MakerResponse.NONE)
    actor = options.actor
    fresh: list[UUID] = []

    def take(work: UnitOfWork) -> None:
        agency = parties.require_party_by_credit_code(work.connection, line["agency_credit_code"], "agency_credit_code")
        if inspection.find_sample_id(work.connection, form.sample_number) is None:
            batch = batch_of(work, line)
            inspectors = tuple(
                SheetInspector(name, number)
                for name, number in (each.split() for each in line["inspectors"].split("；") if each)
            )
            outlet = line["sampled_from_credit_code"]
            sampled_from = (
                parties.require_party_by_credit_code(work.connection, outlet, "sampled_from_credit_code")
                if outlet
                else None
            )
            new = form.read(
                batch.batch_id, agency.party_id, sampled_from_id=sampled_from.party_id if sampled_from else None
            )
            new = replace(new, inspectors=inspectors, place=line["place"])
            fresh.append(inspection.take_sample(work, actor, new).sample_id)

    def seal(work: UnitOfWork) -> None:
        for sample_id in fresh:
            inspection.seal(work, actor, sample_id, _sealing(line))

    def report(work: UnitOfWork) -> None:
        for sample_id in fresh:
            inspection.receive(work, actor, sample_id, seals_are_intact=True)
            laboratory_report = ReportForm(
                laboratory=line["laboratory"],
                report_number=line["report_number"],
                reported_on=TypeAdapter(date).validate_python(line["reported_on"]),
                findings=list(findings),
            )
            inspection.record_report(work, actor, sample_id, laboratory_report.read())
            if response is not MakerResponse.NONE:
                inspection.record_maker_response(work, actor, sample_id, response)

    def conclude(work: UnitOfWork) -> None:
        for sample_id in fresh:
            inspection.decide(work, actor, sample_id)
            enforcement.notify_result(work, actor, sample_id)
            if wanted is SampleState.NOTIFIED:
                continue
            enforcement.conclude(work, actor, sample_id, line["note"])
            if wanted is SampleState.PUBLISHED:
                inspection.publish(work, actor, sample_id)

    taken_at = closing_time_on(line["taken_on"])
    steps = [Step(taken_at, line, take)]
    if wanted is not SampleState.TAKEN:
        steps.append(Step(taken_at, line, seal))
    if wanted not in (SampleState.TAKEN, SampleState.SEALED):
        steps.append(Step(closing_time_on(line["reported_on"]), line, report))
    if wanted in (SampleState.NOTIFIED, SampleState.FINAL, SampleState.PUBLISHED):
        steps.append(Step(instant_of(line["state_at"]), line, conclude))
    elif wanted not in (SampleState.TAKEN, SampleState.SEALED, SampleState.REPORTED):
        raise InvalidInput("sample.own_step", field="state", state=wanted.value)
    return steps


def _sealing(line: Line) -> Sealing:
    """The portions of a row: `test` and `reserve` seal numbers with one quantity, signed by whoever it names."""
    portions = (
        Portion(PortionRole.TEST, line["test_seal"], line["quantity"]),
        Portion(PortionRole.RESERVE, line["reserve_seal"], line["quantity"]),
    )
    signed_by = line["signed_by"]
    refused = "" if signed_by else line["refusal_reason"]
    acknowledgement = Acknowledgement.SIGNED if signed_by else Acknowledgement.REFUSED
    return Sealing(portions, acknowledgement, signed_by, refused)


def published_results(path: Path) -> list[PublishedResult]:
    """Results that authorities published elsewhere, each with its source."""
    columns = tuple(PublishedResult.__dataclass_fields__)
    return [PublishedResult(**line.take(*columns)) for line in read_table(path, columns)]
