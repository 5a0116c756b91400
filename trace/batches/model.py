"""Production batches: what was made, when, how it is packed, and what stops it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from ..kernel.intervals import Interval


class FactoryResult(StrEnum):
    """The maker's own inspection before release."""

    PASSED = "passed"
    NOT_STATED = "not_stated"


class ProductionType(StrEnum):
    """Position 8 of a pesticide code. Source: 农业部公告第2579号, item on the code's structure."""

    OWN = "1"
    CONTRACT_PROCESSING = "2"
    CONTRACT_REPACKING = "3"


class StopKind(StrEnum):
    """Why a batch may not be sold or used."""

    RECALL = "recall"
    REGULATOR = "regulator"
    FAILED_SPOT_CHECK = "failed_spot_check"
    UNDER_REVIEW = "under_review"
    """Held quietly by a regulator while a result is not final: nobody may sell it, and the public reads no reason."""


@dataclass(frozen=True, slots=True)
class Packing:
    """Regular packing, by arithmetic: the last carton and pallet may be short."""

    units_per_carton: int
    cartons_per_pallet: int

    @property
    def units_per_pallet(self) -> int:
        return self.units_per_carton * self.cartons_per_pallet

    def units_at(self, level: int) -> int:
        """Units in one full package of `level` (0 unit, 1 carton, 2 pallet)."""
        return (1, self.units_per_carton, self.units_per_pallet)[level]

    def count_at(self, level: int, size: int) -> int:
        """Packages of `level` in a batch of `size` units, the short last one included."""
        return -(-size // self.units_at(level))

    def span_of(self, level: int, index: int, size: int) -> tuple[int, int]:
        """Unit indices `[start, stop)` inside package `index` of `level`, cut at the batch's end."""
        width = self.units_at(level)
        return index * width, min((index + 1) * width, size)


@dataclass(frozen=True, slots=True)
class Batch:
    """One production lot of one product by one manufacturer. Days are calendar days in China.

    `gtin` and `gtin_serial`: under which GTIN, with which serial, the units have an alias of their codes; "" and 0
    where the product had no GTIN when the batch was registered.
    """

    batch_id: UUID
    maker_id: UUID
    product_id: UUID
    batch_number: str
    production_on: date
    expires_on: date
    size: int
    packing: Packing
    pack_description: str
    production_type: ProductionType
    contract_maker: str
    technical_registration: str
    technical_maker: str
    factory_result: FactoryResult
    factory_report_number: str
    factory_inspected_on: date | None
    scheme: str
    code_prefix: str
    code_serial: int
    ruleset: str
    registered_at: datetime
    is_demonstration: bool = False
    units_carry_codes: bool = True
    is_signed: bool = False
    spare_cartons: int = 0
    spare_pallets: int = 0
    """Packages with codes beyond the regular ones, empty until a re-packing fills them: they count on from there."""

    gtin: str = ""
    gtin_serial: int = 0
    warnings: tuple[BatchWarning, ...] = field(init=False, default=())
    """What the rules ask of such a batch and it does not state. Follows from the rest, so it is stored nowhere."""

    def __post_init__(self) -> None:
        class_digit = self.code_prefix[:1]
        found = batch_warnings(self.ruleset, class_digit, self.technical_registration, self.technical_maker)
        object.__setattr__(self, "warnings", found)

    def packages_at(self, level: int) -> int:
        """Packages of `level` that have codes: the regular ones, then the spare ones. `packing.count_at` is without."""
        return self.packing.count_at(level, self.size) + (0, self.spare_cartons, self.spare_pallets)[level]

    def last_of_run(self, level: int, start: int) -> int:
        """Where a listing from package `start` on ends by itself: at the last regular package, or the last spare one
        when it starts among those. Nobody prints spare labels without asking for them."""
        regular = self.packing.count_at(level, self.size)
        return regular if start < regular else self.packages_at(level)


@dataclass(frozen=True, slots=True)
class SignedBatch:
    """Of a batch with signed labels, what tells whose labels they are."""

    batch_id: UUID
    product_id: UUID
    batch_number: str
    expires_on: date
    size: int


@dataclass(frozen=True, slots=True)
class Stop:
    """An order that units `interval` of a batch, all or a part, may not be sold or used. Open until `lifted_at`."""

    batch_id: UUID
    stop_id: UUID
    kind: StopKind
    reason: str
    interval: Interval
    ordered_by_id: UUID | None
    ordered_at: datetime
    lifted_at: datetime | None = None

    def meets(self, intervals: Iterable[Interval]) -> bool:
        """Whether any of these units is stopped."""
        return any(self.interval.meets(each) for each in intervals)


# Which announcement governs a pesticide code, by production day. The successor's text is known at second hand only
# (docs/sources.md): this is dated configuration, to be confirmed by the authority.
_RULESETS: tuple[tuple[date, str], ...] = ((date(2026, 11, 1), "1049"), (date.min, "2579"))


def ruleset_on(production_on: date) -> str:
    """The number of the announcement on pesticide codes in force on a production day: "2579" or "1049"."""
    return next(number for since, number in _RULESETS if production_on >= since)


class BatchWarning(StrEnum):
    """What its maker should look at once more. No failure: the codes hold, and the label may say what is missing."""

    TEMPORARY_CLASS = "temporary_class"
    TECHNICAL_REGISTRATION = "technical_registration"
    TECHNICAL_MAKER = "technical_maker"


TECHNICAL_RULESET = "1049"
"""农业农村部公告第1049号: who scans learns the technical's registration and producer, or that the label has them."""

_TEMPORARY = "3"
"""Position 1 of a pesticide code: a temporary registration, of which announcement 1049 knows none."""


def batch_warnings(
    ruleset: str, class_digit: str, technical_registration: str, technical_maker: str
) -> tuple[BatchWarning, ...]:
    """What a pesticide batch under `ruleset` lacks; empty under 2579 and for other kinds, whose ruleset is "".

    Source: 农业农村部公告第1049号 arts 2 and 3 (read in a secondary source: docs/sources.md): the scan shows the
    technical's registration number and producer where the label does not print them; position 1 of the code is 1 or 2.
    """
    if ruleset != TECHNICAL_RULESET:
        return ()
    lacking = (
        (BatchWarning.TEMPORARY_CLASS, class_digit == _TEMPORARY),
        (BatchWarning.TECHNICAL_REGISTRATION, not technical_registration),
        (BatchWarning.TECHNICAL_MAKER, not technical_maker),
    )
    return tuple(warning for warning, holds in lacking if holds)


@dataclass(frozen=True, slots=True)
class PrintJob:
    """Who printed the labels of packages `[start, stop)` of `level`, in which form, and why again where they had been
    printed before."""

    batch_id: UUID
    job_id: UUID
    level: int
    start: int
    stop: int
    form: str
    printed_by_id: UUID | None
    printed_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Voided:
    """Codes of packages `[start, stop)` of `level` that must not be on any pack: spoilt, lost or stolen labels."""

    level: int
    start: int
    stop: int
    reason: str
    voided_at: datetime

    def covers(self, level: int, index: int) -> bool:
        return self.level == level and self.start <= index < self.stop
