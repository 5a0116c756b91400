"""Spot checks: a sample, what the laboratory measured, and what the public may see of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ..kernel.units import Unit


class Basis(StrEnum):
    """Why this batch was sampled."""

    RANDOM = "random"
    TARGETED = "targeted"
    COMPLAINT = "complaint"


class SampleState(StrEnum):
    TAKEN = "taken"
    REPORTED = "reported"
    NOTIFIED = "notified"
    OBJECTION = "objection"
    FINAL = "final"
    WITHDRAWN = "withdrawn"


NEXT_STATES: dict[SampleState, frozenset[SampleState]] = {
    SampleState.TAKEN: frozenset({SampleState.REPORTED, SampleState.WITHDRAWN}),
    SampleState.REPORTED: frozenset({SampleState.NOTIFIED, SampleState.FINAL, SampleState.WITHDRAWN}),
    SampleState.NOTIFIED: frozenset({SampleState.OBJECTION, SampleState.FINAL, SampleState.WITHDRAWN}),
    SampleState.OBJECTION: frozenset({SampleState.FINAL, SampleState.WITHDRAWN}),
    SampleState.FINAL: frozenset({SampleState.WITHDRAWN}),
    SampleState.WITHDRAWN: frozenset(),
}

UNDER_REVIEW = frozenset({SampleState.REPORTED, SampleState.NOTIFIED, SampleState.OBJECTION})
"""A result exists but is not final: the public sees that a check is under review, and no value."""


class MakerResponse(StrEnum):
    """Does the maker named on the label say the goods are theirs? (确认 / 回函不确认)"""

    NONE = "none"
    CONFIRMED = "confirmed"
    DENIED = "denied"


class LimitKind(StrEnum):
    """How a measured value is held against its limits; limits themselves are inside (不低于, 不高于)."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"
    NOT_DETECTED = "not_detected"
    NONE = "none"


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Limit:
    kind: LimitKind
    lower: Decimal | None = None
    upper: Decimal | None = None

    def allows(self, measured: Decimal | None) -> bool:
        """Whether a measured value lies within; None means the item was looked for and not detected."""
        if self.kind is LimitKind.NOT_DETECTED:
            return measured is None
        if self.kind is LimitKind.NONE:
            return True
        if measured is None:
            return self.kind is LimitKind.AT_MOST
        above = self.lower is None or measured >= self.lower
        below = self.upper is None or measured <= self.upper
        return above and below


@dataclass(frozen=True, slots=True)
class Finding:
    """One item of one sample. `requirement` is the limit as the report prints it; `measured` is None where
    nothing was detected or the source gives only a verdict (then `measured_text` says which)."""

    item: str
    requirement: str
    limit: Limit
    measured: Decimal | None
    measured_text: str
    unit: Unit
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Sample:
    """Units drawn from one batch by an inspection agency."""

    batch_id: UUID
    sample_id: UUID
    sample_number: str
    agency_id: UUID
    taken_on: date
    region_code: str
    basis: Basis
    laboratory: str
    report_number: str
    reported_on: date | None
    state: SampleState
    state_at: datetime
    maker_response: MakerResponse
    findings: tuple[Finding, ...] = ()

    @property
    def failed(self) -> bool:
        return any(finding.outcome is Outcome.FAILED for finding in self.findings)


@dataclass(frozen=True, slots=True)
class PublishedResult:
    """A spot-check result that an authority published elsewhere: cited history, tied to no batch here."""

    result_id: str
    kind: str
    product: str
    labelled_registration_number: str
    lot_or_production_date: str
    labelled_producer: str
    sampled_from: str
    place: str
    item: str
    requirement: str
    measured: str
    unit: str
    verdict: str
    fault_class: str
    value_kind: str
    authority: str
    period: str
    reliability: str
    source: str
    note: str
