"""What is said of a sheet once it is recorded: on the page, and to the script that sent it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ...trace.inspection import service as inspection
from ...trace.inspection.model import Duplicate, DuplicateKind
from ...trace.kernel.texts import Language, text
from ..instance import Instance
from .goods_read import known_batches
from .rendering import day_text, number_text

_WARNINGS = {
    DuplicateKind.SAME_BATCH: "page.sheet.same_batch",
    DuplicateKind.SAME_FIRM_AND_CROP: "page.sheet.same_firm_and_crop",
}


@dataclass(frozen=True, slots=True)
class SheetAnswer:
    """`lines`: what was recorded, then the warnings. `page` and `file`: where the sample and its printed sheet are."""

    number: str
    lines: tuple[str, ...]
    page: str
    file: str


def answer_of(instance: Instance, sample_id: UUID, language: Language) -> SheetAnswer:
    """Raises NotKnown `sample.unknown`."""
    with instance.database.read() as connection:
        record = inspection.require_record(connection, sample_id)
    sample = record.sample
    goods = known_batches(instance, [sample.batch_id], language)[sample.batch_id]
    done = text(
        "page.sheet.done",
        language,
        number=sample.sample_number,
        product=goods.product.name,
        batch=goods.batch.batch_number,
        units=number_text(record.sheet.units),
    )
    warnings = (duplicate_text(each, language) for each in record.sheet.duplicates)
    here = f"/desk/samples/{sample_id}"
    return SheetAnswer(sample.sample_number, (done, *warnings), here, f"{here}/sheet.pdf")


def duplicate_text(each: Duplicate, language: Language) -> str:
    """A warning that a sample may be one too many."""
    return text(_WARNINGS[each.kind], language, number=each.sample_number, day=day_text(each.taken_on, language))
