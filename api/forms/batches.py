"""Forms of batches, stops and code lists."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from ...trace.batches.contents import PackingException
from ...trace.batches.model import FactoryResult, ProductionType, StopKind
from ...trace.batches.printing import PackageRange
from ...trace.batches.service import NewBatch
from ...trace.codes.model import Level
from ...trace.kernel.intervals import Interval
from .base import BlankIsNone, Form, LevelName


class BatchForm(Form):
    product_id: UUID
    batch_number: str
    production_on: date
    size: int
    units_per_carton: int
    cartons_per_pallet: int
    spare_cartons: Annotated[int | None, BlankIsNone] = None
    spare_pallets: Annotated[int | None, BlankIsNone] = None
    expires_on: Annotated[date | None, BlankIsNone] = None
    pack_code: str = ""
    pack_description: str = ""
    production_type: ProductionType = ProductionType.OWN
    contract_maker: str = ""
    technical_registration: str = ""
    technical_maker: str = ""
    factory_result: FactoryResult = FactoryResult.NOT_STATED
    factory_report_number: str = ""
    factory_inspected_on: Annotated[date | None, BlankIsNone] = None
    units_carry_codes: bool = True
    is_signed: bool = False

    def read(self, *, is_demonstration: bool = False) -> NewBatch:
        return NewBatch(**self.model_dump(), is_demonstration=is_demonstration)


class IntervalForm(Form):
    """Units `[start, stop)`."""

    start: int
    stop: int


class StopForm(Form):
    """`interval`: the units it covers; all of the batch without."""

    kind: StopKind
    reason: str
    interval: IntervalForm | None = None

    def units(self) -> Interval | None:
        return None if self.interval is None else Interval(self.interval.start, self.interval.stop)


class LiftForm(Form):
    reason: str


class CodeListForm(Form):
    level: LevelName = Level.UNIT
    codes: list[str] = Field(max_length=100_000)


class PackingForm(Form):
    """Units (level unit) or cartons (level carton) `[start, stop)` are in another container, or in none. The container
    is of the same batch unless `container_batch_id` names another of the same maker."""

    level: LevelName
    start: int
    stop: int
    container_index: int | None = None
    container_batch_id: UUID | None = None
    reason: str

    def read(self) -> PackingException:
        level = int(self.level)
        return PackingException(
            level, self.start, self.stop, self.container_index, self.reason, self.container_batch_id
        )


class LabelsForm(Form):
    """What to print: packages `[start, stop)` of a level. `form` is a value of labels.job.Form. `is_gs1_link`: the
    symbols are the units' GS1 Digital Links, for beside the main symbol."""

    level: LevelName = Level.UNIT
    start: int
    stop: int
    form: str = "pdf"
    template: str = ""
    sheet: str = "roll"
    dpi: int = 300
    is_datamatrix: bool = False
    is_gs1_link: bool = False
    reason: str = ""


class RangeForm(Form):
    """Packages `[start, stop)` of a level."""

    level: LevelName = Level.UNIT
    start: int
    stop: int
    reason: str = ""

    def read(self) -> PackageRange:
        return PackageRange(int(self.level), self.start, self.stop)
