"""What the pages of a maker's own batches show, read from the domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from ...trace.batches import service as batches
from ...trace.batches.model import Batch, FactoryResult, ProductionType
from ...trace.catalog import service as catalog
from ...trace.codes.model import Level, grouped
from ...trace.kernel.errors import NotKnown
from ...trace.kernel.intervals import Interval, without
from ...trace.kernel.texts import Language, text
from ..instance import Instance
from .answer_view import Fact
from .desk_view import BatchForm, BatchView, Choice, LabelSample
from .goods_read import known_batches, stop_text
from .rendering import day_text, number_text, word

LABELS_SHOWN = 1
"""Units whose labels the batch page shows, beside the first carton and pallet."""


def batch_form(
    instance: Instance, party_id: UUID, language: Language, values: Mapping[str, str], errors: Mapping[str, str]
) -> BatchForm:
    """The form for a new batch of the party's products."""
    with instance.database.read() as connection:
        products = catalog.list_products(connection, holder_id=party_id)
    return BatchForm(
        products=tuple(
            Choice(str(each.product_id), f"{each.name} {each.registration_number}".strip()) for each in products
        ),
        production_types=tuple(Choice(each.value, word(each, language)) for each in ProductionType),
        factory_results=tuple(Choice(each.value, word(each, language)) for each in FactoryResult),
        values=values,
        errors=errors,
    )


def batch_view(instance: Instance, batch: Batch, language: Language) -> BatchView:
    """A batch as its maker sees it, with some labels to look at."""
    goods = known_batches(instance, [batch.batch_id], language)[batch.batch_id]
    packing = batch.packing
    facts = (
        ("batch_number", batch.batch_number),
        ("registration_number", goods.product.registration_number),
        ("production_on", day_text(batch.production_on, language)),
        ("expires_on", day_text(batch.expires_on, language)),
        ("size", number_text(batch.size)),
        ("units_per_carton", number_text(packing.units_per_carton)),
        ("cartons_per_pallet", number_text(packing.cartons_per_pallet)),
        ("spare_cartons", number_text(batch.spare_cartons)),
        ("spare_pallets", number_text(batch.spare_pallets)),
        ("pack_description", batch.pack_description),
        ("gtin", batch.gtin),
    )
    with instance.database.read() as connection:
        stops = batches.open_stops(connection, batch.batch_id)
    return BatchView(
        title=goods.title,
        facts=tuple(Fact(text(f"page.batch_new.{name}", language), (value,)) for name, value in facts if value),
        stops=tuple(stop_text(stop, batch, language) for stop in stops),
        is_sellable_in_part=bool(stops) and without(Interval(0, batch.size), [stop.interval for stop in stops]) != (),
        warnings=tuple(word(warning, language) for warning in batch.warnings),
        samples=tuple(_labels(instance, batch, language)),
        print_link=f"/desk/batches/{batch.batch_id}/labels",
        holders_link=f"/desk/batches/{batch.batch_id}/holders",
    )


def _labels(instance: Instance, batch: Batch, language: Language) -> Iterable[LabelSample]:
    wanted = [(Level.UNIT, index) for index in range(min(LABELS_SHOWN, batch.size))]
    wanted += [(Level.CARTON, 0), (Level.PALLET, 0)]
    with instance.database.read() as connection:
        for level, index in wanted:
            try:
                code = batches.code_of(connection, instance.keyring, batch, level, index)
            except NotKnown:
                continue
            yield LabelSample(
                code=code,
                grouped=grouped(code),
                level=word(level, language),
                image=f"/api/v1/codes/{code}/label.png",
                link=f"/c/{code}",
            )
