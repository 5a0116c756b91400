"""Production batches: what was made, when, how it is packed, and what stops it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


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
