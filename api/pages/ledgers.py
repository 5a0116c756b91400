"""/desk/ledgers: the legal ledgers of purchase and sale (采购台账, 销售台账), as a page and as files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.catalog.ledger_rules import LedgerSide
from ...trace.catalog.model import ProductKind
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.texts import Language, text
from ..acting import acting_party
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..ledger_files import LedgerFormat, file_name, write_ledger
from ..ledger_tables import LedgerTable, read_ledger
from .desk_view import Choice
from .rendering import day_text, number_text, word
from .respond import page
from .table_view import Cell, Column, Row, Table, TableSection, cell

router = APIRouter(prefix="/desk/ledgers")

PERIODS = ("this_month", "last_month", "this_year")
ALL_KINDS = "all"

MAX_LINES_SHOWN = 200
"""Lines of one table on the page, the latest ones; the files have all."""

NOT_SHOWN = frozenset({"movement", "correction"})
"""Columns for machines, and one that the page shows as a mark on its line."""

ONLY_IF_FILLED = frozenset({"reason", "identity"})
"""Columns that no rule names: left out of a page where all their cells are empty."""


@dataclass(frozen=True, slots=True)
class LedgersView:
    """`values` are what is chosen, by field; `note` says which days and how many lines."""

    sides: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    values: Mapping[str, str]
    note: str
    sections: tuple[TableSection, ...]


@router.get("")
def show_ledgers(
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    side: str = "",
    period: str = "",
    kind: str = "",
) -> Response:
    """One of the party's ledgers for this month, last month or this year, a table for each kind of goods."""
    chosen_side = LedgerSide(side) if side in {each.value for each in LedgerSide} else LedgerSide.PURCHASE
    chosen_period = period if period in PERIODS else PERIODS[0]
    chosen_kind = ProductKind(kind) if kind in {each.value for each in ProductKind} else None
    first, last = days_of(chosen_period, day_in_china(instance.database.clock.now()))
    ledger = read_ledger(instance, acting_party(actor), chosen_side, first, last, language, chosen_kind)
    address = {"side": chosen_side.value, "period": chosen_period}
    kinds = (Choice(ALL_KINDS, text("page.ledgers.all_kinds", language)),)
    view = LedgersView(
        sides=tuple(Choice(each.value, word(each, language)) for each in LedgerSide),
        periods=tuple(Choice(each, text(f"page.ledgers.{each}", language)) for each in PERIODS),
        kinds=(*kinds, *(Choice(each.value, word(each, language)) for each in ProductKind)),
        values={**address, "kind": chosen_kind.value if chosen_kind else ALL_KINDS},
        note=text(
            "page.ledgers.note",
            language,
            first=day_text(first, language),
            last=day_text(last, language),
            count=number_text(sum(len(table.rows) for table in ledger.tables)),
        ),
        sections=tuple(_section(table, address, language) for table in ledger.tables),
    )
    return page(request, "desk/ledgers.html", view=view)


@router.get("/file")
def download_ledger(
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    side: LedgerSide,
    kind: ProductKind,
    period: str = PERIODS[0],
    form: LedgerFormat = LedgerFormat.XLSX,
) -> Response:
    """The same ledger of one kind of goods as CSV or XLSX."""
    first, last = days_of(period, day_in_china(instance.database.clock.now()))
    ledger = read_ledger(instance, acting_party(actor), side, first, last, language, kind)
    file = io.BytesIO()
    write_ledger(ledger, form, file)
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(ledger, form)}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.getvalue(), media_type=form.media_type, headers=headers)


def days_of(period: str, today: date) -> tuple[date, date]:
    """First and last day of a period of PERIODS; of one that is not over, to its end. Another name is this month."""
    if period == "this_year":
        return today.replace(month=1, day=1), today.replace(month=12, day=31)
    first = today.replace(day=1)
    if period == "last_month":
        last = first - timedelta(days=1)
        return last.replace(day=1), last
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)


def _section(table: LedgerTable, address: Mapping[str, str], language: Language) -> TableSection:
    names = [column.name for column in table.columns]
    shown = [
        number
        for number, name in enumerate(names)
        if name not in NOT_SHOWN and not (name in ONLY_IF_FILLED and not any(row[number] for row in table.rows))
    ]
    columns = tuple(Column(table.columns[number].heading) for number in shown)
    latest = table.rows[-MAX_LINES_SHOWN:]
    correction = names.index("correction")
    mark = text("page.ledgers.correction", language)
    rows = tuple(
        Row(
            tuple(
                _cell(row[number], badge=mark if place == 0 and row[correction] else "")
                for place, number in enumerate(shown)
            ),
            is_bad=bool(row[correction]),
        )
        for row in latest
    )
    notes = [text("page.ledgers.source", language, source="; ".join(table.sources))]
    if len(latest) < len(table.rows):
        notes.append(text("page.ledgers.cut", language, count=number_text(MAX_LINES_SHOWN)))
    links = tuple(
        (
            f"/desk/ledgers/file?{urlencode({**address, 'kind': table.kind.value, 'form': form.value})}",
            text("page.ledgers.download", language, form=form.name),
        )
        for form in LedgerFormat
    )
    heading = word(table.kind, language)
    return TableSection(heading, Table(columns, rows, ""), note=" ".join(notes), links=links)


def _cell(value: str | int | date, badge: str) -> Cell:
    """Days as 2026-11-24: a ledger has two on each line."""
    written = number_text(value) if isinstance(value, int) else str(value)
    return cell(written, badge=badge, is_tight=not isinstance(value, str))
