"""Files of samples with their findings, and of results published elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

from pydantic import TypeAdapter

from ...trace.inspection import service as inspection
from ...trace.inspection.model import NEXT_STATES, MakerResponse, PublishedResult, SampleState
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
)


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
    )
    for line in read_table(path, columns):
        with blamed_on(line):
            steps += _sample_steps(line, findings.get(line["sample_number"], []), options)
    return steps


def _sample_steps(line: Line, findings: Sequence[FindingForm], options: Options) -> list[Step]:
    form = SampleForm.model_validate(line.take(*SAMPLE_COLUMNS))
    wanted = SampleState(line["state"])
    response = MakerResponse(line["maker_response"] or MakerResponse.NONE)
    fresh: list[UUID] = []

    def take(work: UnitOfWork) -> None:
        agency = parties.require_party_by_credit_code(work.connection, line["agency_credit_code"], "agency_credit_code")
        if inspection.find_sample_id(work.connection, form.sample_number) is None:
            batch = batch_of(work, line)
            fresh.append(
                inspection.take_sample(work, options.actor, form.read(batch.batch_id, agency.party_id)).sample_id
            )

    def report(work: UnitOfWork) -> None:
        for sample_id in fresh:
            laboratory_report = ReportForm(
                laboratory=line["laboratory"],
                report_number=line["report_number"],
                reported_on=TypeAdapter(date).validate_python(line["reported_on"]),
                findings=list(findings),
            )
            inspection.record_report(work, options.actor, sample_id, laboratory_report.read())
            if response is not MakerResponse.NONE:
                inspection.record_maker_response(work, options.actor, sample_id, response)

    def conclude(work: UnitOfWork) -> None:
        for sample_id in fresh:
            for state in _path(SampleState.REPORTED, wanted):
                inspection.advance(work, options.actor, sample_id, state)

    steps = [Step(closing_time_on(line["taken_on"]), line, take)]
    if wanted is not SampleState.TAKEN:
        steps.append(Step(closing_time_on(line["reported_on"]), line, report))
    if wanted not in (SampleState.TAKEN, SampleState.REPORTED):
        steps.append(Step(instant_of(line["state_at"]), line, conclude))
    return steps


def _path(start: SampleState, wanted: SampleState) -> list[SampleState]:
    """The states to pass on the way from `start` to `wanted`, shortest first."""
    routes = [[start]]
    for route in routes:
        if route[-1] is wanted:
            return route[1:]
        routes.extend([*route, state] for state in SampleState if state in NEXT_STATES[route[-1]])
    raise InvalidInput("sample.state", field="state", state=start.value, wanted=wanted.value)


def published_results(path: Path) -> list[PublishedResult]:
    """Results that authorities published elsewhere, each with its source."""
    columns = tuple(PublishedResult.__dataclass_fields__)
    return [PublishedResult(**line.take(*columns)) for line in read_table(path, columns)]
