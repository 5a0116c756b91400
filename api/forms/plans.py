"""Forms of inspectors, plans and draws. Parties are named by their credit codes, as in the published file."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from ...trace.catalog.model import ProductKind
from ...trace.inspection.model import Stage
from ...trace.inspection.plans.model import PlannedExclusion, PlannedStratum, PlanTerms
from ...trace.inspection.plans.service import NewInspector, NewPlan
from ...trace.parties.model import Role
from .base import FIRST_DAY, LAST_DAY, Form

KnownDay = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]


class InspectorForm(Form):
    """`agency_id`: left out, the caller's own."""

    agency_id: UUID | None = None
    name: str
    certificate_number: str

    def read(self) -> NewInspector:
        return NewInspector(self.name, self.certificate_number)


class InterestForm(Form):
    """The reason stays with the agency: draws publish one sentence for all."""

    credit_code: str
    reason: str


class StratumForm(Form):
    """`size` objects of a role in a division; `producer`: of those who have its goods on sale."""

    region_code: str
    role: Role = Role.OUTLET
    size: int
    producer: str = ""

    def read(self) -> PlannedStratum:
        return PlannedStratum(self.region_code, self.role, self.size, self.producer)


class ExclusionForm(Form):
    """The public reads the reason."""

    credit_code: str
    reason: str

    def read(self) -> PlannedExclusion:
        return PlannedExclusion(self.credit_code, self.reason)


class TermsForm(Form):
    """`public_source` says which value, unknown to all today, will enter the seed; `agency_ids`: whose inspectors."""

    title: str
    kinds: list[ProductKind]
    stages: tuple[Stage, ...] = ()
    first_on: KnownDay
    last_on: KnownDay
    strata: list[StratumForm]
    exclusions: tuple[ExclusionForm, ...] = ()
    inspectors_per_object: int = 2
    public_source: str = ""
    agency_ids: tuple[UUID, ...] = ()

    def terms(self) -> PlanTerms:
        return PlanTerms(
            title=self.title,
            kinds=frozenset(self.kinds),
            stages=frozenset(self.stages),
            first_on=self.first_on,
            last_on=self.last_on,
            strata=tuple(each.read() for each in self.strata),
            exclusions=tuple(each.read() for each in self.exclusions),
            inspectors_per_object=self.inspectors_per_object,
            public_source=self.public_source,
            agency_ids=frozenset(self.agency_ids),
        )


class PlanForm(TermsForm):
    """`organiser_id`: left out, the caller."""

    plan_number: str
    organiser_id: UUID | None = None

    def read(self) -> NewPlan:
        return NewPlan(self.plan_number, self.terms())


class DrawForm(Form):
    """`public_value`: needed where the plan names its source, else left out."""

    public_value: str = ""


class RedrawForm(Form):
    """An object that cannot be inspected, or with `inspector_id` one of its inspectors. The public reads the reason."""

    credit_code: str
    inspector_id: UUID | None = None
    reason: str


class VisitForm(Form):
    credit_code: str
    visited_on: KnownDay


class CancellationForm(Form):
    reason: str
