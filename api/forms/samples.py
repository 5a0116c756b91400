"""Forms of samples and laboratory reports."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ...trace.inspection.model import Basis, Finding, Limit, LimitKind, MakerResponse, Outcome, SampleState
from ...trace.inspection.service import LaboratoryReport, NewSample
from ...trace.kernel.units import Unit
from .base import Form, OptionalExact


class SampleForm(Form):
    """`code`: any code of the sampled batch, instead of its id: what an inspector has in hand."""

    batch_id: UUID | None = None
    code: str = ""
    sample_number: str
    agency_id: UUID | None = None
    taken_on: date
    region_code: str
    basis: Basis

    def read(self, batch_id: UUID, agency_id: UUID) -> NewSample:
        return NewSample(batch_id, self.sample_number, agency_id, self.taken_on, self.region_code, self.basis)


class FindingForm(Form):
    item: str
    requirement: str = ""
    limit_kind: LimitKind = LimitKind.NONE
    lower: OptionalExact = None
    upper: OptionalExact = None
    measured: OptionalExact = None
    measured_text: str = ""
    unit: Unit = Unit.NONE
    outcome: Outcome

    def read(self) -> Finding:
        return Finding(
            item=self.item,
            requirement=self.requirement,
            limit=Limit(self.limit_kind, self.lower, self.upper),
            measured=self.measured,
            measured_text=self.measured_text,
            unit=self.unit,
            outcome=self.outcome,
        )


class ReportForm(Form):
    laboratory: str
    report_number: str
    reported_on: date
    findings: list[FindingForm]

    def read(self) -> LaboratoryReport:
        return LaboratoryReport(
            self.laboratory,
            self.report_number,
            self.reported_on,
            tuple(finding.read() for finding in self.findings),
        )


class StateForm(Form):
    state: SampleState


class MakerResponseForm(Form):
    response: MakerResponse
