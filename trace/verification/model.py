"""The answer to a scan: facts in, verdict and reasons out. `judge` knows no database and no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from ..batches.model import FactoryResult, StopKind
from ..catalog.model import Ingredient, ProductKind
from ..codes.claims import NO_CLAIMS, Claims
from ..codes.model import Level, Scheme
from ..inspection.model import Basis, Finding, MakerResponse, Outcome, SampleState
from ..kernel.intervals import Interval
from ..kernel.values import statically_frozen
from ..parties.model import Role
from .signals.model import Suspicion


class Verdict(StrEnum):
    """What the farmer reads first. The order is that of precedence: the worst known stands in front."""

    STOP = "stop"
    SUSPECT = "suspect"
    UNKNOWN = "unknown"
    CAUTION = "caution"
    GENUINE = "genuine"


class ReasonCode(StrEnum):
    """Why. Texts are under `reason.` in the catalogue, a title and what to do in each language."""

    RECALLED = "recalled"
    STOPPED_BY_REGULATOR = "stopped_by_regulator"
    FAILED_SPOT_CHECK = "failed_spot_check"
    SEIZED = "seized"
    DESTROYED = "destroyed"
    WRITTEN_OFF = "written_off"
    VOIDED = "voided"
    EXPIRED = "expired"
    MAKER_DENIES = "maker_denies"
    LABEL_NUMBER_DIFFERS = "label_number_differs"
    LABEL_GTIN_DIFFERS = "label_gtin_differs"
    LABEL_BATCH_DIFFERS = "label_batch_differs"
    BAD_SIGNATURE = "bad_signature"
    POSSIBLY_COPIED = "possibly_copied"
    NOT_REGISTERED_HERE = "not_registered_here"
    LABEL_NAME_DIFFERS = "label_name_differs"
    EXPIRES_SOON = "expires_soon"
    NOT_YET_SHIPPED = "not_yet_shipped"
    IN_TRANSIT = "in_transit"
    SAMPLED = "sampled"
    DAMAGED = "damaged"
    NOT_A_SALES_UNIT = "not_a_sales_unit"
    UNITS_CARRY_NO_CODE = "units_carry_no_code"
    REGISTERED = "registered"
    OTHER_PART_STOPPED = "other_part_stopped"
    PASSED_SPOT_CHECK = "passed_spot_check"
    NOT_SAMPLED = "not_sampled"
    SAMPLING_UNDER_REVIEW = "sampling_under_review"
    SEEN_BEFORE = "seen_before"
    REGISTRATION_FORMAT = "registration_format"


@statically_frozen
class Reason:
    """One ground of a verdict. `values` fill the placeholders of its text, in the order they are named there."""

    code: ReasonCode
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ProductFacts:
    product_id: UUID
    kind: ProductKind
    name: str
    brand: str
    registration_number: str
    formulation: str
    composition: tuple[Ingredient, ...]
    usage: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchFacts:
    batch_id: UUID
    batch_number: str
    production_on: date
    expires_on: date
    pack_description: str
    maker_name: str
    maker_region_code: str
    maker_telephone: str
    contract_maker: str
    technical_registration: str
    technical_maker: str
    factory_result: FactoryResult
    factory_report_number: str
    factory_inspected_on: date | None
    ruleset: str
    is_demonstration: bool
    units_carry_codes: bool = True
    gtin: str = ""


@dataclass(frozen=True, slots=True)
class StopFacts:
    kind: StopKind
    reason: str
    ordered_by: str
    ordered_at: datetime
    interval: Interval
    """Units of the batch that it covers: all of them, or a part."""


@dataclass(frozen=True, slots=True)
class SampleFacts:
    """A spot check of the batch. Findings are empty, and `verdict` None, unless the result is final."""

    sample_number: str
    taken_on: date
    region_code: str
    basis: Basis
    agency: str
    laboratory: str
    report_number: str
    reported_on: date | None
    state: SampleState
    maker_response: MakerResponse
    findings: tuple[Finding, ...]
    verdict: Outcome | None = None

    @property
    def failed(self) -> bool:
        if self.verdict is not None:
            return self.verdict is Outcome.FAILED
        return any(finding.outcome is Outcome.FAILED for finding in self.findings)


@dataclass(frozen=True, slots=True)
class OtherBatches:
    """How other batches of the product did in final spot checks of samples taken since a day: numbers of samples, and
    of the batches they came from. `samples` = `passed` + `failed` + `denied` by the maker named on the label."""

    since: date
    batches: int
    samples: int
    passed: int
    failed: int
    denied: int


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the way. Names of trading partners are left out: the public sees role, county and
    day (in China) only."""

    role: Role
    region_code: str
    shipped_on: date | None
    received_on: date | None


class Whereabouts(StrEnum):
    """Where the scanned unit (or every unit in the scanned carton) is by the record."""

    WITH_MAKER = "with_maker"
    IN_TRANSIT = "in_transit"
    WITH_DEALER = "with_dealer"
    SOLD = "sold"
    DAMAGED = "damaged"
    SAMPLED = "sampled"
    SEIZED = "seized"
    WRITTEN_OFF = "written_off"
    DESTROYED = "destroyed"
    DIVIDED = "divided"


OUT_OF_TRADE = frozenset(
    {Whereabouts.DAMAGED, Whereabouts.SAMPLED, Whereabouts.SEIZED, Whereabouts.WRITTEN_OFF, Whereabouts.DESTROYED}
)
"""Where no pack is that a farmer may buy or use."""


@statically_frozen
class ScanFacts:
    """Earlier scans of this very code: no person and no place. The public is told days, not instants.

    `suspicion`: what they came to when they were last judged together, None as long as none could tell anything.
    """

    count: int
    first_at: datetime | None
    last_at: datetime | None
    suspicion: Suspicion | None = None


@statically_frozen
class Facts:
    """Everything known about a well-formed code. `batch` is None where the code is not registered here.

    `stops` cover the scanned unit, or any unit in the scanned package; `stops_elsewhere` only other parts of its batch.
    `out_of_trade`: where any unit in the package is that should not be on sale, though others of it may be elsewhere.
    `void_reason` is set where the maker declared this very code void; `claims` are what the label says of itself;
    `has_bad_signature`: it was scanned as a signed label and its signature does not hold.
    """

    scheme: Scheme
    code: str
    level: Level | None = None
    index: int | None = None
    units_inside: int = 1
    product: ProductFacts | None = None
    batch: BatchFacts | None = None
    stops: tuple[StopFacts, ...] = ()
    stops_elsewhere: tuple[StopFacts, ...] = ()
    samples: tuple[SampleFacts, ...] = ()
    other_batches: OtherBatches | None = None
    whereabouts: Whereabouts | None = None
    out_of_trade: frozenset[Whereabouts] = frozenset()
    way: tuple[Step, ...] = ()
    scans: ScanFacts = ScanFacts(0, None, None)
    void_reason: str | None = None
    claims: Claims = NO_CLAIMS
    has_bad_signature: bool = False


@statically_frozen
class Answer:
    """Verdict, its reasons (the deciding one first), and the facts they rest on.

    `kept`: where an edge may keep what it made of the part that many answers share, everything but the code, its index,
    its scans and the instant. None where nothing is shared. `position`: where in the log the scan that is answered is,
    None where none was recorded.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    facts: Facts
    answered_at: datetime
    kept: dict[str, Any] | None = field(default=None, compare=False, repr=False)
    position: int | None = field(default=None, compare=False)
