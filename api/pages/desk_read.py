"""What the desk's pages show, read from the domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from ...trace.batches import service as batches
from ...trace.batches.model import Batch, FactoryResult, ProductionType
from ...trace.catalog import service as catalog
from ...trace.catalog.model import Product
from ...trace.codes.model import Level, grouped
from ...trace.custody import service as custody
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.errors import NotKnown
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Party, Role
from ...trace.parties.regions import region_name
from ..instance import Instance
from .answer_view import Fact
from .desk_view import (
    BatchForm,
    BatchRow,
    BatchView,
    Choice,
    DeskView,
    InboundRow,
    LabelSample,
    StockRow,
)
from .rendering import day_text, number_text, word

LABELS_SHOWN = 1
"""Units whose labels the batch page shows, beside the first carton and pallet."""


class _Goods(NamedTuple):
    batch: Batch
    product: Product
    warning: str


def desk_view(instance: Instance, party_id: UUID, language: Language, **kept: str) -> DeskView:
    """The desk of one party. `kept`: the text of a refused form."""
    with instance.database.read() as connection:
        party = parties.require_party(connection, party_id)
        inbound = custody.inbound(connection, party_id)
        holdings = custody.holdings(connection, party_id)
        own = batches.list_batches(connection, party_id) if Role.MANUFACTURER in party.roles else []
        others = parties.list_parties(connection)
    wanted = {each.batch_id for each in inbound} | {each.batch_id for each in holdings} | {b.batch_id for b in own}
    goods = _goods(instance, wanted, language)
    names = {other.party_id: other.short_name for other in others}
    mark = text("page.list_mark", language)
    return DeskView(
        party_name=party.name,
        roles=mark.join(word(role, language) for role in sorted(party.roles)),
        region=region_name(party.region_code, language),
        is_manufacturer=Role.MANUFACTURER in party.roles,
        receivers=_receivers(party, others, language),
        inbound=tuple(
            InboundRow(
                product=goods[each.batch_id].product.name,
                batch_number=goods[each.batch_id].batch.batch_number,
                sender=names[each.from_id],
                cartons=-(-each.units // goods[each.batch_id].batch.packing.units_per_carton),
                units=each.units,
                since=day_text(day_in_china(each.shipped_at), language),
                warning=goods[each.batch_id].warning,
            )
            for each in inbound
        ),
        stock=tuple(
            StockRow(
                product=goods[each.batch_id].product.name,
                batch_number=goods[each.batch_id].batch.batch_number,
                spans=each.spans,
                units=each.units,
                expires=day_text(goods[each.batch_id].batch.expires_on, language),
                warning=goods[each.batch_id].warning,
            )
            for each in holdings
        ),
        batches=tuple(
            BatchRow(
                link=f"/desk/batches/{batch.batch_id}",
                product=goods[batch.batch_id].product.name,
                batch_number=batch.batch_number,
                units=batch.size,
                produced=day_text(batch.production_on, language),
                expires=day_text(batch.expires_on, language),
                warning=goods[batch.batch_id].warning,
            )
            for batch in own
        ),
        **kept,
    )


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
    goods = _goods(instance, [batch.batch_id], language)[batch.batch_id]
    packing = batch.packing
    facts = (
        ("batch_number", batch.batch_number),
        ("registration_number", goods.product.registration_number),
        ("production_on", day_text(batch.production_on, language)),
        ("expires_on", day_text(batch.expires_on, language)),
        ("size", number_text(batch.size)),
        ("units_per_carton", number_text(packing.units_per_carton)),
        ("cartons_per_pallet", number_text(packing.cartons_per_pallet)),
        ("pack_description", batch.pack_description),
    )
    with instance.database.read() as connection:
        stops = batches.open_stops(connection, batch.batch_id)
    return BatchView(
        title=f"{goods.product.name} {batch.batch_number}",
        facts=tuple(Fact(text(f"page.batch_new.{name}", language), (value,)) for name, value in facts if value),
        stops=tuple(f"{word(stop.kind, language)}: {stop.reason}" for stop in stops),
        samples=tuple(_labels(instance, batch, language)),
        print_link=f"/desk/batches/{batch.batch_id}/labels",
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


def _goods(instance: Instance, batch_ids: Iterable[UUID], language: Language) -> dict[UUID, _Goods]:
    today = day_in_china(instance.database.clock.now())
    found: dict[UUID, _Goods] = {}
    with instance.database.read() as connection:
        wanted = [batches.require_batch(connection, batch_id) for batch_id in batch_ids]
        products = {
            product.product_id: product
            for product in catalog.list_products(connection, {batch.product_id for batch in wanted})
        }
        for batch in wanted:
            stops = batches.open_stops(connection, batch.batch_id)
            warning = word(stops[0].kind, language) if stops else ""
            if not warning and batch.expires_on < today:
                warning = text("reason.expired.title", language, day=day_text(batch.expires_on, language))
            found[batch.batch_id] = _Goods(batch, products[batch.product_id], warning)
    return found


def _receivers(party: Party, others: Iterable[Party], language: Language) -> tuple[Choice, ...]:
    return tuple(
        Choice(str(other.party_id), f"{other.short_name} · {region_name(other.region_code, language)}")
        for other in others
        if other.party_id != party.party_id and other.roles & custody.TRADING_ROLES
    )
