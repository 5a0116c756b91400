"""/desk/probes: who looks for codes that do not exist, for regulators."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.kernel.texts import Language, text
from ...trace.verification.probing import Tally
from ...trace.verification.service import probes
from ...trace.verification.service.probes import ProbeView
from ..deps import TheInstance, TheLanguage, ThePageActor
from .rendering import day_text, number_text
from .respond import page
from .table_view import Cell, Column, Row, Table, TablePage, TableSection, cell

router = APIRouter(prefix="/desk/probes")

SHOWN_CHARACTERS = 12
"""Of a pseudonym: enough to tell two sources of a day apart."""


@router.get("")
def show_probes(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """The busiest prefixes and sources of the last 30 days."""
    with instance.database.read() as connection:
        found = probes.view(connection, actor, instance.database.clock.now())
    return page(request, "desk/tables.html", view=_view(found, language))


def _view(found: ProbeView, language: Language) -> TablePage:
    lead = text(
        "page.probes.lead",
        language,
        day=day_text(found.since, language),
        unknown=number_text(found.total.unknown),
        malformed=number_text(found.total.malformed),
        slowed=number_text(found.total.slowed),
    )
    prefixes = [
        (cell(each.prefix, is_tight=True), cell(number_text(each.sources)), *_counts(each.tally))
        for each in found.prefixes
    ]
    sources = [
        (
            cell(each.seen.source[:SHOWN_CHARACTERS], day_text(each.day, language), is_tight=True),
            cell(number_text(each.seen.prefixes)),
            *_counts(each.seen.tally),
        )
        for each in found.sources
    ]
    return TablePage(
        text("page.probes.title", language),
        lead,
        (
            TableSection(
                text("page.probes.prefixes", language),
                _table(("prefix", "sources_seen"), prefixes, language),
                text("page.probes.prefixes_note", language),
            ),
            TableSection(
                text("page.probes.sources", language),
                _table(("source", "prefixes_tried"), sources, language),
                text("page.probes.sources_note", language),
            ),
        ),
    )


def _counts(tally: Tally) -> tuple[Cell, ...]:
    return tuple(cell(number_text(value)) for value in (tally.unknown, tally.malformed, tally.slowed))


def _table(names: tuple[str, str], rows: Sequence[tuple[Cell, ...]], language: Language) -> Table:
    first, second = names
    counted = (second, "unknown", "malformed", "slowed")
    columns = (
        Column(text(f"page.probes.{first}", language)),
        *(Column(text(f"page.probes.{name}", language), is_number=True) for name in counted),
    )
    return Table(columns, tuple(Row(each) for each in rows), text("page.probes.empty", language))
