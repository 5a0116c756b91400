"""/desk/batches/{id}/holders, /desk/way, /desk/suppliers: where goods went, and where they came from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.batches import service as batches
from ...trace.kernel.clock import CHINA, day_in_china
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Role
from ..acting import acting_party
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from ..periods import instants_of
from ..traces import holders_of, suppliers_of, way_of
from .goods_read import amount_text, known_batches
from .rendering import day_text, number_text, word
from .respond import page
from .table_view import Column, Row, Table, TablePage, TableSection, cell

router = APIRouter(prefix="/desk")

SUPPLIERS_DAYS = 366
"""Suppliers of a year are shown: what a yearly inspection asks for."""


@router.get("/batches/{batch_id}/holders")
def show_holders(
    batch_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """Where a batch is now, with quantities. For its maker and for regulators."""
    with instance.database.read() as connection:
        batch = batches.require_batch(connection, batch_id)
    if not actor.has_role(Role.REGULATOR):
        actor.require_self(batch.maker_id)
    return page(request, "desk/tables.html", view=_holders(instance, batch_id, language, actor.party_id))


@router.get("/suppliers")
def show_suppliers(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """Who brought the party what in the last year, by supplier and batch."""
    today = day_in_china(instance.database.clock.now())
    since, until = instants_of(today - timedelta(days=SUPPLIERS_DAYS), today)
    found = suppliers_of(instance, acting_party(actor), since, until)
    goods = known_batches(instance, {each.batch_id for each in found}, language)
    rows = tuple(
        Row(
            (
                cell(each.supplier),
                cell(goods[each.batch_id].product.name, each.batch_number, badge=goods[each.batch_id].warning),
                cell(amount_text(each.units, goods[each.batch_id].batch.packing, language)),
                cell(day_text(day_in_china(each.last_at), language)),
            )
        )
        for each in sorted(found, key=lambda each: (each.supplier, each.batch_number))
    )
    names = ("supplier", "goods", "amount", "last")
    table = Table(
        _columns([text(f"page.suppliers.{name}", language) for name in names]),
        rows,
        text("page.suppliers.empty", language),
    )
    lead = text("page.suppliers.lead", language, day=day_text(today - timedelta(days=SUPPLIERS_DAYS), language))
    view = TablePage(text("page.suppliers.title", language), lead, (TableSection("", table),))
    return page(request, "desk/tables.html", view=view)


@router.get("/way")
def show_way(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, code: str = ""
) -> Response:
    """The whole way of one unit with the names of all who had it, and where its batch is now. For regulators."""
    actor.require_role(Role.REGULATOR)
    if not code.strip():
        return page(request, "desk/way.html", code="", error="", sections=())
    try:
        sections = _way(instance, code.strip(), language, actor.party_id)
    except SuiyuanError as error:
        return page(request, "desk/way.html", status_of(error), code=code, error=error.text(language), sections=())
    return page(request, "desk/way.html", code=code, error="", sections=sections)


def _way(instance: Instance, code: str, language: Language, reader_id: UUID | None) -> tuple[TableSection, ...]:
    """Raises as `way_of` does."""
    steps = way_of(instance, code)
    batch_id = instance.resolver.resolve(code).require_batch_id("code")
    rows = tuple(
        Row(
            (
                cell(word(step.kind, language)),
                cell(step.sender if step.from_id == step.to_id else f"{step.sender} → {step.receiver}"),
                cell(
                    f"{day_text(day_in_china(step.occurred_at), language)} {step.occurred_at.astimezone(CHINA):%H:%M}"
                ),
            )
        )
        for step in steps
    )
    columns = _columns([text(f"page.way.{name}", language) for name in ("act", "who", "when")])
    table = Table(columns, rows, text("page.way.no_steps", language))
    title = known_batches(instance, [batch_id], language)[batch_id].title
    (here,) = _holders(instance, batch_id, language, reader_id).sections
    return TableSection(title, table), TableSection(text("page.holders.title", language), here.table)


def _holders(instance: Instance, batch_id: UUID, language: Language, reader_id: UUID | None) -> TablePage:
    found = holders_of(instance, batch_id)
    known = known_batches(instance, [batch_id], language)[batch_id]
    rows = tuple(
        Row(
            (
                cell(each.holder),
                cell(word(each.state, language)),
                cell(amount_text(each.units, known.batch.packing, language)),
                cell(number_text(each.units)),
            )
        )
        for each in found
    )
    total = text("page.holders.total", language, units=number_text(sum(each.units for each in found)))
    labels = [text(f"page.holders.{name}", language) for name in ("holder", "state", "amount")]
    columns = (*_columns(labels), Column(text("page.holders.units", language), is_number=True))
    table = Table(columns, rows, "")
    back = f"/desk/batches/{batch_id}" if known.batch.maker_id == reader_id else "/desk"
    section = TableSection(known.title, table, note=known.warning)
    return TablePage(text("page.holders.title", language), total, (section,), back=back)


def _columns(labels: Iterable[str]) -> tuple[Column, ...]:
    return tuple(Column(label) for label in labels)
