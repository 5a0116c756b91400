"""What the pages say of batches: product, number, whether something stands against selling them, amounts as cartons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from ...trace.batches import service as batches
from ...trace.batches.model import Batch, Packing, Stop
from ...trace.catalog import service as catalog
from ...trace.catalog.model import Product
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.texts import Language, text
from ..instance import Instance
from .rendering import day_text, number_text, word


@dataclass(frozen=True, slots=True)
class KnownBatch:
    """A batch with its product. `is_stopped`: all of it or a part may not be sold; `warning` says so, or that it is
    past its last day."""

    batch: Batch
    product: Product
    is_stopped: bool
    warning: str

    @property
    def title(self) -> str:
        return f"{self.product.name} {self.batch.batch_number}"


def known_batches(instance: Instance, batch_ids: Iterable[UUID], language: Language) -> dict[UUID, KnownBatch]:
    today = day_in_china(instance.database.clock.now())
    found: dict[UUID, KnownBatch] = {}
    with instance.database.read() as connection:
        wanted = batches.list_batches_by_id(connection, set(batch_ids))
        products = {
            product.product_id: product
            for product in catalog.list_products(connection, {batch.product_id for batch in wanted})
        }
        for batch in wanted:
            stops = batches.open_stops(connection, batch.batch_id)
            warning = _warning(stops, batch, language)
            if not warning and batch.expires_on < today:
                warning = text("reason.expired.title", language, day=day_text(batch.expires_on, language))
            found[batch.batch_id] = KnownBatch(batch, products[batch.product_id], bool(stops), warning)
    return found


def amount_text(units: int, packing: Packing, language: Language) -> str:
    """Units as full cartons and what is left over, by number: they need not stand in those cartons."""
    if packing.units_per_carton == 1:
        return _counted("pack", units, language)
    cartons, packs = divmod(units, packing.units_per_carton)
    parts = [_counted("carton", cartons, language)] if cartons else []
    parts += [_counted("pack", packs, language)] if packs or not cartons else []
    return " ".join(parts) if language == "zh" else ", ".join(parts)


def stop_text(stop: Stop, batch: Batch, language: Language) -> str:
    """A stop in one line; of a part, with its units counted from 1 as people count."""
    kind = word(stop.kind, language)
    if stop.interval.units == batch.size:
        return f"{kind}: {stop.reason}"
    first, last = number_text(stop.interval.start + 1), number_text(stop.interval.stop)
    return text("page.stop.units", language, kind=kind, first=first, last=last, reason=stop.reason)


def _counted(noun: str, count: int, language: Language) -> str:
    return text(f"page.amount.{noun}{'' if count == 1 else 's'}", language, count=number_text(count))


def _warning(stops: Sequence[Stop], batch: Batch, language: Language) -> str:
    """What stands against selling a batch; of two stops, the one that covers more."""
    if not stops:
        return ""
    widest = max(stops, key=lambda stop: stop.interval.units)
    kind = word(widest.kind, language)
    return kind if widest.interval.units == batch.size else text("page.stop.part", language, kind=kind)
