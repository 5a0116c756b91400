"""What the list of samples shows: how far each has come, and what is due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...trace.batches import service as batches
from ...trace.catalog import service as catalog
from ...trace.inspection.model import Sample, SampleState
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.regions import region_name
from ..instance import Instance
from .desk_view import Choice
from .rendering import day_text, word
from .sample_read import due_of
from .sample_words import DueView, due_view, state_text
from .table_view import Cell, Column, Row, Table, cell

_COLUMNS = ("number", "goods", "taken", "state", "due")


@dataclass(frozen=True, slots=True)
class SamplesView:
    """`wanted`: the state that is chosen, "" for all; `next`: the query of the page after this one, "" on the last."""

    states: tuple[Choice, ...]
    wanted: str
    table: Table
    next: str


def list_view(
    instance: Instance, found: Sequence[Sample], wanted: SampleState | None, older: str, language: Language
) -> SamplesView:
    return SamplesView(
        states=tuple(Choice(each.value, state_text(each, language)) for each in SampleState),
        wanted=wanted.value if wanted else "",
        table=_table(instance, found, language),
        next=older,
    )


def _table(instance: Instance, found: Sequence[Sample], language: Language) -> Table:
    today = day_in_china(instance.database.clock.now())
    with instance.database.read() as connection:
        products = {
            each.product_id: each for each in catalog.list_products(connection, {each.product_id for each in found})
        }
        known = {
            each.batch_id: each for each in batches.list_batches_by_id(connection, {each.batch_id for each in found})
        }
        sampled = {each.sampled_from_id for each in found if each.sampled_from_id}
        names = {each.party_id: each.short_name for each in parties.list_parties(connection, sampled)}
    rows: list[Row] = []
    for each in found:
        product = products[each.product_id]
        due = due_view(due_of(each, product.kind, today), language)
        where = names.get(each.sampled_from_id, "") if each.sampled_from_id else ""
        rows.append(
            Row(
                (
                    cell(each.sample_number, link=f"/desk/samples/{each.sample_id}", is_tight=True),
                    cell(product.name, known[each.batch_id].batch_number),
                    cell(day_text(each.taken_on, language), where, region_name(each.region_code, language)),
                    cell(state_text(each.state, language), *_verdict(each, language)),
                    _due(due),
                ),
                is_bad=due is not None and due.is_late,
            )
        )
    columns = tuple(Column(text(f"page.samples.{name}", language)) for name in _COLUMNS)
    return Table(columns, tuple(rows), text("page.samples.empty", language))


def _verdict(sample: Sample, language: Language) -> Iterable[str]:
    """What was decided, where it was."""
    if sample.current is not None and sample.current.decision is not None:
        yield word(sample.current.decision.verdict, language)


def _due(due: DueView | None) -> Cell:
    if due is None:
        return cell("")
    if due.is_late:
        return cell(due.line, *due.doubts, badge=due.badge)
    return cell(due.line, due.badge, *due.doubts)
