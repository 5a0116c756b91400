"""Production batches: what was made, when, how it is packed, and what stops it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from ..kernel.intervals import Interval, united, without


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
class PackingException:
    """Packages `[start, stop)` of `level` that are not where regular packing puts them.

    `container_index`: the carton that units (level 0), or the pallet that cartons (level 1), are in instead; None where
    they are in none: rejects, samples kept by the maker.
    """

    level: int
    start: int
    stop: int
    container_index: int | None
    reason: str = ""

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.stop)


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in which package of one batch: regular packing with its exceptions, exact in both directions."""

    packing: Packing
    size: int
    exceptions: tuple[PackingException, ...] = ()

    def container_of(self, level: int, index: int) -> int | None:
        """The carton of a unit (level 0) or the pallet of a carton (level 1); None where it is in none."""
        for exception in self.exceptions:
            if exception.level == level and exception.start <= index < exception.stop:
                return exception.container_index
        return index // (self.packing.units_per_carton, self.packing.cartons_per_pallet)[level]

    def inside(self, level: int, index: int) -> tuple[Interval, ...]:
        """Packages of the level below that are in package `index` of `level` (1 or 2). Empty for an empty package."""
        width = (self.packing.units_per_carton, self.packing.cartons_per_pallet)[level - 1]
        count = self.packing.count_at(level - 1, self.size)
        regular = Interval(min(index * width, count), min((index + 1) * width, count))
        elsewhere = [each for each in self.exceptions if each.level == level - 1]
        moved_in = [each.interval for each in elsewhere if each.container_index == index]
        return united([*without(regular, [each.interval for each in elsewhere]), *moved_in])

    def units_in(self, level: int, index: int) -> tuple[Interval, ...]:
        """Units in package `index` of `level`: itself for a unit."""
        if level == 0:
            return (Interval(index, index + 1),)
        below = self.inside(level, index)
        if level == 1:
            return below
        width = self.packing.units_per_carton
        elsewhere = [each for each in self.exceptions if each.level == 0]
        taken = [each.interval for each in elsewhere]
        left = [
            units
            for cartons in below
            for units in without(Interval(cartons.start * width, min(cartons.stop * width, self.size)), taken)
        ]
        moved_in = [
            each.interval
            for each in elsewhere
            if each.container_index is not None
            and any(cartons.start <= each.container_index < cartons.stop for cartons in below)
        ]
        return united([*left, *moved_in])


def recorded(exceptions: Iterable[PackingException], new: PackingException) -> tuple[PackingException, ...]:
    """`exceptions` with `new` in force on its range: what was recorded there before is cut away."""
    kept: list[PackingException] = []
    for each in exceptions:
        if each.level != new.level:
            kept.append(each)
        else:
            kept += [replace(each, start=left.start, stop=left.stop) for left in without(each.interval, [new.interval])]
    return tuple(sorted([*kept, new], key=lambda each: (each.level, each.start)))


@dataclass(frozen=True, slots=True)
class Batch:
    """One production lot of one product by one manufacturer. Days are calendar days in China."""

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


@dataclass(frozen=True, slots=True)
class Stop:
    """An order that a batch may not be sold or used. Open until `lifted_at`."""

    batch_id: UUID
    stop_id: UUID
    kind: StopKind
    reason: str
    ordered_by_id: UUID | None
    ordered_at: datetime
    lifted_at: datetime | None = None


# Which announcement governs a pesticide code, by production day. The successor's text is known at second hand only
# (docs/sources.md): this is dated configuration, to be confirmed by the authority.
_RULESETS: tuple[tuple[date, str], ...] = ((date(2026, 11, 1), "1049"), (date.min, "2579"))


def ruleset_on(production_on: date) -> str:
    """The number of the announcement on pesticide codes in force on a production day: "2579" or "1049"."""
    return next(number for since, number in _RULESETS if production_on >= since)


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
