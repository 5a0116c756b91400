"""/desk/balances and /desk/expiring: is all that came in somewhere, and what will be past its last day."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.custody import service as custody
from ...trace.custody.model import Balance
from ...trace.kernel.texts import Language, text
from ..acting import acting_party
from ..deps import TheInstance, TheLanguage, ThePageActor
from .choices import sites
from .desk_read import WARN_DAYS
from .goods_read import KnownBatch, amount_text, known_batches
from .rendering import day_text, number_text
from .respond import page
from .table_view import Column, Row, Table, TablePage, TableSection, cell

router = APIRouter(prefix="/desk")

CAME_IN = ("made", "received")
IS_SOMEWHERE = (
    "held",
    "damaged",
    "in_transit",
    "sold",
    "written_off",
    "destroyed",
    "passed_on",
    "returned",
    "sampled",
    "seized",
)
"""The columns of a balance in the order of its equation (custody/model.py)."""

DAYS_OFFERED = (30, WARN_DAYS, 90, 180)


@router.get("/balances")
def show_balances(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """The mass balance of every batch the party ever answered for: the equation with its numbers."""
    with instance.database.read() as connection:
        found = custody.balances(connection, acting_party(actor))
    goods = known_batches(instance, {each.batch_id for each in found}, language)
    ordered = sorted(found, key=lambda each: goods[each.batch_id].title)
    rows = tuple(_balance_row(each, goods[each.batch_id], language) for each in ordered)
    columns = tuple(
        Column(text(f"page.balances.{name}", language), is_number)
        for name, is_number in (("batch", False), ("came_in", False), ("is_somewhere", False), ("even", False))
    )
    table = Table(columns, rows, text("page.balances.empty", language))
    view = TablePage(
        text("page.balances.title", language),
        text("page.balances.lead", language),
        (TableSection("", table),),
    )
    return page(request, "desk/tables.html", view=view)


@router.get("/expiring")
def show_expiring(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, days: str = ""
) -> Response:
    """What the party holds and what of it expires within `days`, the earliest first; what is expired stands on top."""
    within = int(days) if days.isascii() and days.isdigit() and len(days) < len("10000") else WARN_DAYS
    party_id = acting_party(actor)
    with instance.database.read() as connection:
        found = custody.expiring(connection, party_id, instance.database.clock.now(), within)
    goods = known_batches(instance, {each.batch_id for each in found}, language)
    names = {choice.value: choice.label for choice in sites(instance, party_id)}
    rows: list[Row] = []
    for each in found:
        known, is_over = goods[each.batch_id], each.days_left < 0
        left = text("page.expiring.over" if is_over else "page.expiring.left", language, days=abs(each.days_left))
        rows.append(
            Row(
                (
                    cell(known.product.name, badge=left if is_over else ""),
                    cell(known.batch.batch_number),
                    cell(amount_text(each.units, known.batch.packing, language)),
                    cell(day_text(each.expires_on, language), "" if is_over else left),
                    *([cell(names.get(str(each.site_id), "—"))] if names else []),
                ),
                is_bad=is_over,
            )
        )
    columns = [Column(text(f"page.desk.{name}", language)) for name in ("product", "batch", "amount", "expires")]
    columns += [Column(text("page.ask.site", language))] if names else []
    offered = tuple(
        (f"/desk/expiring?days={each}", text("page.expiring.within", language, days=each)) for each in DAYS_OFFERED
    )
    title = text("page.expiring.within", language, days=within)
    section = TableSection(title, Table(tuple(columns), tuple(rows), text("page.expiring.empty", language)))
    view = TablePage(
        text("page.expiring.title", language), text("page.expiring.lead", language), (section,), choices=offered
    )
    return page(request, "desk/tables.html", view=view)


def _balance_row(balance: Balance, known: KnownBatch, language: Language) -> Row:
    even = text("page.balances.is_even" if balance.is_even else "page.balances.is_odd", language)
    return Row(
        (
            cell(known.product.name, known.batch.batch_number),
            cell(_sum(balance, CAME_IN, balance.came_in, language)),
            cell(_sum(balance, IS_SOMEWHERE, balance.accounted_for, language)),
            cell("", badge=even),
        ),
        is_bad=not balance.is_even,
        is_good=balance.is_even,
    )


def _sum(balance: Balance, names: tuple[str, ...], total: int, language: Language) -> str:
    """Received 120 + made 0 = 120, without the parts that are nothing."""
    parts = [
        text("page.balances.part", language, name=text(f"page.balances.{name}", language), units=number_text(units))
        for name in names
        if (units := getattr(balance, name))
    ]
    return f"{' + '.join(parts)} = {number_text(total)}" if parts else number_text(total)
