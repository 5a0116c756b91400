"""The forms to receive goods: by scanning, and one shipment as it came."""

from __future__ import annotations

from ...trace.custody.model import Inbound
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Actor
from ..acting import acting_party
from ..instance import Instance
from .answer_view import Fact
from .choices import sites
from .form_view import Fields, FormView
from .goods_read import amount_text, known_batches
from .rendering import day_text

REST_ARRIVED, REST_MISSING, REST_LATER = "arrived", "missing", "later"
"""What has become of the goods that were not scanned: they came too, they did not come, they come another time."""


def scan_form(instance: Instance, actor: Actor, language: Language, values: dict[str, str]) -> FormView:
    """For goods of whatever shipments."""
    ask = Fields(language, values)
    found = sites(instance, acting_party(actor))
    return FormView(
        action="/desk/receive",
        title=text("page.act.receive.title", language),
        lead=text("page.act.receive.lead", language),
        submit=text("page.act.receive.submit", language),
        fields=(
            ask.scan(focused=True, required=False),
            ask.radio("rest", (REST_LATER, REST_MISSING)),
            ask.scan("damaged", required=False),
            ask.check("with_surplus"),
            ask.note("note"),
            *([ask.select("site", found)] if found else []),
        ),
    )


def shipment_form(
    instance: Instance, actor: Actor, language: Language, values: dict[str, str], shipment: Inbound
) -> FormView:
    """For one shipment of which something is wrong."""
    ask = Fields(language, values)
    found = sites(instance, acting_party(actor))
    return FormView(
        action=f"/desk/inbound/{shipment.batch_id}/{shipment.transfer_id}",
        title=text("page.receive.differences_title", language),
        lead=text("page.receive.differences_lead", language),
        submit=text("page.act.receive.submit", language),
        facts=_facts(instance, language, shipment),
        fields=(
            ask.scan("damaged", required=False, focused=True),
            ask.radio("rest", (REST_ARRIVED, REST_MISSING, REST_LATER)),
            ask.scan("codes", required=False),
            ask.check("with_surplus"),
            ask.note("note"),
            *([ask.select("site", found)] if found else []),
        ),
    )


def _facts(instance: Instance, language: Language, shipment: Inbound) -> tuple[Fact, ...]:
    known = known_batches(instance, [shipment.batch_id], language)[shipment.batch_id]
    with instance.database.read() as connection:
        sender = parties.require_party(connection, shipment.from_id)
    rows = (
        ("product", known.product.name),
        ("batch", known.batch.batch_number),
        ("sender", sender.short_name),
        ("amount", amount_text(shipment.units, known.batch.packing, language)),
        ("since", day_text(day_in_china(shipment.shipped_at), language)),
    )
    return tuple(Fact(text(f"page.desk.{name}", language), (value,)) for name, value in rows)
