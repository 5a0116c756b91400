"""Spot checks: a sample, what the laboratory measured, what was decided, and what the public may see of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ..batches.model import Stop
from ..kernel.units import Unit
from .items import FaultClass, ItemKind, Observation, SeedLot, Suggestion, ViolationCode


class Basis(StrEnum):
    """Why this batch was sampled."""

    RANDOM = "random"
    TARGETED = "targeted"
    COMPLAINT = "complaint"


class Stage(StrEnum):
    """Where in the chain the sample was taken (生产, 经营, 使用环节), as bulletins count it."""

    PRODUCTION = "production"
    TRADE = "trade"
    USE = "use"


class SampleState(StrEnum):
    """How far a spot check has come. See NEXT_STATES."""

    TAKEN = "taken"
    SEALED = "sealed"
    RECEIVED = "received"
    REPORTED = "reported"
    NOTIFIED = "notified"
    OBJECTION = "objection"
    RETEST = "retest"
    FINAL = "final"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


NEXT_STATES: dict[SampleState, frozenset[SampleState]] = {
    SampleState.TAKEN: frozenset({SampleState.SEALED, SampleState.WITHDRAWN}),
    SampleState.SEALED: frozenset({SampleState.RECEIVED, SampleState.WITHDRAWN}),
    SampleState.RECEIVED: frozenset({SampleState.REPORTED, SampleState.WITHDRAWN}),
    SampleState.REPORTED: frozenset({SampleState.NOTIFIED, SampleState.WITHDRAWN}),
    SampleState.NOTIFIED: frozenset({SampleState.OBJECTION, SampleState.FINAL, SampleState.WITHDRAWN}),
    SampleState.OBJECTION: frozenset({SampleState.RETEST, SampleState.FINAL, SampleState.WITHDRAWN}),
    SampleState.RETEST: frozenset({SampleState.FINAL, SampleState.WITHDRAWN}),
    SampleState.FINAL: frozenset({SampleState.PUBLISHED, SampleState.WITHDRAWN}),
    SampleState.PUBLISHED: frozenset({SampleState.WITHDRAWN}),
    SampleState.WITHDRAWN: frozenset(),
}

UNDER_REVIEW = frozenset({SampleState.REPORTED, SampleState.NOTIFIED, SampleState.OBJECTION, SampleState.RETEST})
"""A result exists but is not final: the public sees that a check is under review, and no value."""

CONCLUDED = frozenset({SampleState.FINAL, SampleState.PUBLISHED})
"""The result is final: the answer to a scan shows its values. Published is what the public search lists beside."""

PUBLIC_STATES = UNDER_REVIEW | CONCLUDED


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


NO_LIMIT = Limit(LimitKind.NONE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One item of one result set.

    `requirement` is the limit as the report prints it; `measured` is None where nothing was detected or only a verdict
    was given (then `measured_text` says which). `declared`: what the label states, in `declared_unit`. `uncertainty` is
    the expanded uncertainty as the laboratory gives it, `detection_limit` the least it can see, both in `unit`.
    `outcome` is what the laboratory says until the agency decides, then what it decided; None: nobody has said yet.
    """

    item: str
    requirement: str = ""
    limit: Limit = NO_LIMIT
    measured: Decimal | None = None
    measured_text: str = ""
    unit: Unit = Unit.NONE
    outcome: Outcome | None = None
    kind: ItemKind = ItemKind.OTHER_LIMIT
    observation: Observation = Observation.MEASURED
    declared: Decimal | None = None
    declared_unit: Unit = Unit.NONE
    method: str = ""
    detection_limit: Decimal | None = None
    uncertainty: Decimal | None = None
    suggested: Suggestion | None = None


class ReportKind(StrEnum):
    """What a result set is to the one before it."""

    FIRST = "first"
    RETEST = "retest"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the agency makes of a result set: the rules suggest, a person decides. `reason` says why where it is not
    what the rules suggest."""

    verdict: Outcome
    fault_class: FaultClass | None
    violations: tuple[ViolationCode, ...]
    reason: str
    decided_by_id: UUID | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ResultSet:
    """One version of a sample's results, from 1 up. Earlier versions stay as they were.

    `determination` is what the rules said of it when it was entered, with rules and arithmetic, as canonical JSON.
    """

    version: int
    kind: ReportKind
    laboratory: str
    report_number: str
    reported_on: date
    recorded_at: datetime
    recorded_by_id: UUID | None
    reason: str
    determination: str
    decision: Decision | None
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        if self.decision is not None:
            return self.decision.verdict is Outcome.FAILED
        return any(finding.outcome is Outcome.FAILED for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Sample:
    """Units drawn from one batch by an inspection agency. `results` are in order of their versions; the last counts.

    `sampled_from_id`: the party in whose hands the goods were, None where it has no account here. `laboratory_id`: the
    laboratory that the portion goes to, where it has one. `stop_id`: the stop, or the hold, that this sample put on the
    batch. Maker and product are those of the batch.
    """

    batch_id: UUID
    sample_id: UUID
    maker_id: UUID
    product_id: UUID
    sample_number: str
    agency_id: UUID
    taken_on: date
    region_code: str
    basis: Basis
    stage: Stage
    sampled_from_id: UUID | None
    plan_id: UUID | None
    laboratory_id: UUID | None
    state: SampleState
    state_at: datetime
    maker_response: MakerResponse
    stop_id: UUID | None = None
    results: tuple[ResultSet, ...] = ()

    @property
    def current(self) -> ResultSet | None:
        return self.results[-1] if self.results else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.results[-1].findings if self.results else ()

    @property
    def laboratory(self) -> str:
        return self.results[-1].laboratory if self.results else ""

    @property
    def report_number(self) -> str:
        return self.results[-1].report_number if self.results else ""

    @property
    def reported_on(self) -> date | None:
        return self.results[-1].reported_on if self.results else None

    @property
    def failed(self) -> bool:
        return bool(self.results) and self.results[-1].failed

    @property
    def counts_against_maker(self) -> bool:
        """A final failure of goods that their maker does not deny."""
        return self.state in CONCLUDED and self.failed and self.maker_response is not MakerResponse.DENIED


MIN_INSPECTORS = 2
"""Source: 农业行政处罚程序规定 art. 6; 农产品质量安全监测管理办法: fewer, and the firm may refuse."""


@dataclass(frozen=True, slots=True)
class SheetInspector:
    """Who took the sample, as on the sheet: name and number of the inspection certificate (执法证号)."""

    name: str
    certificate_number: str


class PortionRole(StrEnum):
    """What a sealed portion is for: the test, or the reserve (备份样品) from which a re-test is made."""

    TEST = "test"
    RESERVE = "reserve"


@dataclass(frozen=True, slots=True)
class Portion:
    """A sealed part of a sample. A seal number (封条号) is used once in the whole service."""

    role: PortionRole
    seal_number: str
    quantity: str


class Acknowledgement(StrEnum):
    """What the sampled party did with the sheet."""

    SIGNED = "signed"
    REFUSED = "refused"


class DuplicateKind(StrEnum):
    """Why a sample may be one too many. A warning, since the goods are already in the bag."""

    SAME_BATCH = "same_batch"
    SAME_FIRM_AND_CROP = "same_firm_and_crop"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An earlier sample that makes this one doubtful. Source: 农产品质量安全法 arts 46-52 (no batch twice, after a
    level above); 农作物种子质量监督抽查管理办法: no firm and crop again within six months."""

    kind: DuplicateKind
    sample_number: str
    taken_on: date


@dataclass(frozen=True, slots=True)
class SampleSheet:
    """The sheet (抽样单) of a sample: what is written on the spot and signed.

    `units`: packs taken, that are in the agency's custody since; 0 where none was named by its code. `signature` is the
    drawn line as SVG path data, "" where it was signed on paper. `refusal_reason` is there where nobody would sign.
    `captured_at`: by the clock of the phone that was without signal, None where it was written here.
    """

    taken_at: datetime
    place: str
    site_id: UUID | None
    units: int
    movement_id: UUID | None
    inspectors: tuple[SheetInspector, ...]
    portions: tuple[Portion, ...]
    acknowledgement: Acknowledgement | None
    signed_by: str
    refusal_reason: str
    signature: str
    seed_lot: SeedLot | None
    allows_northern_moisture: bool
    note: str
    duplicates: tuple[Duplicate, ...]
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StateStep:
    """One step of a sample's history: the state it came to, when, by whom, with what note."""

    position: int
    state: SampleState
    entered_at: datetime
    actor_id: UUID | None
    note: str


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """All that is on file of one sample."""

    sample: Sample
    sheet: SampleSheet
    steps: tuple[StateStep, ...]

    def entered(self, state: SampleState) -> datetime | None:
        """When it last came to `state`, None if it never did."""
        return next((step.entered_at for step in reversed(self.steps) if step.state is state), None)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A final result. `stop`: what it put on the batch; None where it passed, or where the maker denies the goods."""

    sample: Sample
    stop: Stop | None


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
