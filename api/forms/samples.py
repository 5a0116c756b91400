"""Forms of spot checks: the sheet, its sealing, the laboratory's report, the decision, the steps after it."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from pydantic import Field

from ...trace.custody.service import Goods
from ...trace.inspection.items import FaultClass, ItemKind, Observation, SeedLot, ViolationCode
from ...trace.inspection.model import (
    Acknowledgement,
    Basis,
    Finding,
    Limit,
    LimitKind,
    MakerResponse,
    Outcome,
    Portion,
    PortionRole,
    SampleState,
    SheetInspector,
    Stage,
)
from ...trace.inspection.service import LaboratoryReport, NewDecision, NewSample, Sealing
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.units import Unit
from .base import Form, Instant, OptionalExact

_NOT_DETECTED_WORDS = ("未检出", "not detected")


class InspectorForm(Form):
    name: str
    certificate_number: str


class PortionForm(Form):
    role: PortionRole
    seal_number: str
    quantity: str = ""


class SeedLotForm(Form):
    """In the words of GB 4404.1: 水稻, 常规种, 大田用种."""

    crop: str = ""
    type: str = ""
    seed_class: str = ""
    subspecies: str = ""


class SampleForm(Form):
    """`code`: any code of the sampled batch, instead of its id: what an inspector has in hand. `codes`: those of the
    packs taken, which the agency has charge of from then on. `taken_on` may be left out where `taken_at` is there."""

    batch_id: UUID | None = None
    code: str = ""
    codes: tuple[str, ...] = ()
    sample_number: str
    agency_id: UUID | None = None
    taken_on: date | None = None
    taken_at: Instant | None = None
    captured_at: Instant | None = None
    region_code: str
    place: str = ""
    site_id: UUID | None = None
    sampled_from_id: UUID | None = None
    sampled_from_credit_code: str = ""
    basis: Basis
    stage: Stage | None = None
    plan_number: str = ""
    laboratory_id: UUID | None = None
    inspectors: tuple[InspectorForm, ...] = ()
    seed_lot: SeedLotForm | None = None
    allows_northern_moisture: bool = False
    note: str = ""

    def read(
        self,
        batch_id: UUID,
        agency_id: UUID,
        *,
        goods: tuple[Goods, ...] = (),
        sampled_from_id: UUID | None = None,
        plan_id: UUID | None = None,
        skew: timedelta = timedelta(),
    ) -> NewSample:
        """The sample as the service takes it. `skew` is by how much the client's clock is behind ours.

        Raises InvalidInput `sample.day` where no day of sampling is stated.
        """
        taken_at = None if self.taken_at is None else self.taken_at + skew
        captured_at = None if self.captured_at is None else self.captured_at + skew
        taken_on = self.taken_on or (day_in_china(taken_at) if taken_at else None)
        if taken_on is None:
            raise InvalidInput("sample.day", field="taken_on")
        return NewSample(
            batch_id=batch_id,
            sample_number=self.sample_number,
            agency_id=agency_id,
            taken_on=taken_on,
            region_code=self.region_code,
            basis=self.basis,
            stage=self.stage,
            sampled_from_id=sampled_from_id or self.sampled_from_id,
            site_id=self.site_id,
            place=self.place,
            plan_id=plan_id,
            laboratory_id=self.laboratory_id,
            inspectors=tuple(SheetInspector(each.name, each.certificate_number) for each in self.inspectors),
            goods=goods,
            seed_lot=None
            if self.seed_lot is None
            else SeedLot(self.seed_lot.crop, self.seed_lot.type, self.seed_lot.seed_class, self.seed_lot.subspecies),
            allows_northern_moisture=self.allows_northern_moisture,
            note=self.note,
            taken_at=taken_at,
            captured_at=captured_at,
        )


class SealForm(Form):
    portions: list[PortionForm]
    acknowledgement: Acknowledgement
    signed_by: str = ""
    refusal_reason: str = ""
    signature: str = ""

    def sealing(self) -> Sealing:
        return Sealing(
            portions=tuple(Portion(each.role, each.seal_number, each.quantity) for each in self.portions),
            acknowledgement=self.acknowledgement,
            signed_by=self.signed_by,
            refusal_reason=self.refusal_reason,
            signature=self.signature,
        )


class SheetForm(SampleForm, SealForm):
    """A whole sheet: sample and sealing in one. `sent_at`: the client's clock at this sending, by which its clock is
    set right."""

    sent_at: Instant | None = None


class DuplicateForm(Form):
    """What is about to be sampled."""

    batch_id: UUID | None = None
    codes: tuple[str, ...] = ()
    taken_on: date
    crop: str = ""


class ReceptionForm(Form):
    seals_are_intact: bool
    laboratory_id: UUID | None = None
    note: str = ""


class FindingForm(Form):
    """One item. `observation` left out: measured where there is a value, else as `measured_text` and `outcome` say."""

    item: str
    requirement: str = ""
    limit_kind: LimitKind = LimitKind.NONE
    lower: OptionalExact = None
    upper: OptionalExact = None
    measured: OptionalExact = None
    measured_text: str = ""
    unit: Unit = Unit.NONE
    outcome: Outcome | None = None
    kind: ItemKind = ItemKind.OTHER_LIMIT
    observation: Observation | None = None
    declared: OptionalExact = None
    declared_unit: Unit = Unit.NONE
    method: str = ""
    detection_limit: OptionalExact = None
    uncertainty: OptionalExact = None

    def read(self) -> Finding:
        return Finding(
            item=self.item,
            requirement=self.requirement,
            limit=Limit(self.limit_kind, self.lower, self.upper),
            measured=self.measured,
            measured_text=self.measured_text,
            unit=self.unit,
            outcome=self.outcome,
            kind=self.kind,
            observation=self.observation or self._observed(),
            declared=self.declared,
            declared_unit=self.declared_unit,
            method=self.method,
            detection_limit=self.detection_limit,
            uncertainty=self.uncertainty,
        )

    def _observed(self) -> Observation:
        if self.measured is not None:
            return Observation.MEASURED
        if self.measured_text.casefold() in _NOT_DETECTED_WORDS:
            return Observation.NOT_DETECTED
        if self.limit_kind is LimitKind.NOT_DETECTED:
            return Observation.DETECTED if self.outcome is Outcome.FAILED else Observation.NOT_DETECTED
        if self.outcome is None:
            return Observation.MEASURED  # a value is missing, which the service says
        return Observation.COMPLIES if self.outcome is Outcome.PASSED else Observation.DOES_NOT_COMPLY


class ReportForm(Form):
    laboratory: str = ""
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


class DecisionForm(Form):
    """What an inspector decides; what is left out is as the rules suggest. `outcomes`: by place of the finding, from
    0."""

    outcomes: dict[int, Outcome] = Field(default_factory=dict[int, Outcome])
    verdict: Outcome | None = None
    fault_class: FaultClass | None = None
    violations: list[ViolationCode] | None = None
    reason: str = ""

    def read(self) -> NewDecision:
        return NewDecision(
            outcomes=self.outcomes,
            verdict=self.verdict,
            fault_class=self.fault_class,
            violations=None if self.violations is None else tuple(self.violations),
            reason=self.reason,
        )


class CorrectionForm(ReportForm):
    """A corrected report, with the reason and the decision on it."""

    reason: str = ""
    decision: DecisionForm = DecisionForm()


class NoteForm(Form):
    note: str = ""


class ReasonForm(Form):
    reason: str = ""


class RetestForm(Form):
    laboratory: str
    laboratory_id: UUID | None = None
    note: str = ""


class StateForm(Form):
    """A step that needs nothing but a note: notified, final, published."""

    state: SampleState
    note: str = ""


class MakerResponseForm(Form):
    response: MakerResponse
    note: str = ""
