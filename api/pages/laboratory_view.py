"""What the laboratory's pages show. A sample is blind: its number, kind of goods, product and declared contents stand
there, and neither whose it is nor where it was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ...trace.catalog import service as catalog
from ...trace.catalog.model import Product
from ...trace.inspection import service as inspection
from ...trace.inspection.model import ReportKind, Sample, SampleState
from ...trace.kernel.texts import Language, text
from ...trace.parties import service as parties
from ...trace.parties.model import Actor, Role
from ..instance import Instance
from ..laboratory.columns import COLUMNS
from ..laboratory.faults import FileRefused
from ..laboratory.taking import TakenReport
from .answer_view import Fact
from .desk_view import Choice
from .rendering import day_text, number_text, word
from .table_view import Column, Row, Table, cell

COLUMN_NAMES = frozenset(column.name for column in COLUMNS)

WAITING = (SampleState.SEALED, SampleState.RECEIVED, SampleState.RETEST)


@dataclass(frozen=True, slots=True)
class WaitingCard:
    """A sample that waits in the laboratory. `receipt` is where the form to receive it is sent, `report` the page to
    enter its results: one of the two is there. `laboratories`: where the agency has still to say which."""

    sample_id: str
    number: str
    goods: str
    facts: tuple[Fact, ...]
    receipt: str = ""
    report: str = ""
    laboratories: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class LaboratoryView:
    """`faults` of the file sent last, `taken` of one that was good; None where there is nothing to tell. `more_faults`
    says how many stand not in the table."""

    to_receive: tuple[WaitingCard, ...]
    to_report: tuple[WaitingCard, ...]
    faults: Table | None = None
    more_faults: str = ""
    taken: Table | None = None


def laboratory_view(
    instance: Instance,
    actor: Actor,
    language: Language,
    refusal: FileRefused | None = None,
    taken: Sequence[TakenReport] | None = None,
) -> LaboratoryView:
    """What waits for this laboratory, or for an agency's; and what came of the file sent last."""
    with instance.database.read() as connection:
        found = [each for each in inspection.list_samples(connection, actor, WAITING) if not _is_tested_again(each)]
        wanted = {each.product_id for each in found}
        products = {each.product_id: each for each in catalog.list_products(connection, wanted)}
        choices = () if actor.has_role(Role.LABORATORY) else laboratories(instance)
    cards = [(each, _card(each, products[each.product_id], choices, language)) for each in found]
    more = refusal.count - len(refusal.faults) if refusal else 0
    return LaboratoryView(
        to_receive=tuple(card for each, card in cards if each.state is SampleState.SEALED),
        to_report=tuple(card for each, card in cards if each.state is not SampleState.SEALED),
        faults=fault_table(refusal, language) if refusal else None,
        more_faults=text("page.laboratory.more_faults", language, count=number_text(more)) if more else "",
        taken=None if taken is None else taken_table(taken, language),
    )


def laboratories(instance: Instance) -> tuple[Choice, ...]:
    """Every laboratory that is registered here."""
    with instance.database.read() as connection:
        found = parties.list_parties_with_role(connection, Role.LABORATORY)
    return tuple(Choice(str(each.party_id), each.short_name) for each in found)


def blind_facts(sample: Sample, product: Product, language: Language) -> tuple[Fact, ...]:
    """What a laboratory is told of a sample beside its number."""
    mark = text("page.list_mark", language)
    declared = mark.join(f"{each.name} {each.content} {each.unit.value}".strip() for each in product.composition)
    rows = [
        ("kind", word(product.kind, language)),
        ("product", product.name),
        ("formulation", product.formulation),
        ("declared", declared),
        ("taken", day_text(sample.taken_on, language)),
    ]
    return tuple(Fact(text(f"page.laboratory.fact_{name}", language), (value,)) for name, value in rows if value)


def fault_table(refusal: FileRefused, language: Language) -> Table:
    """Every faulty cell: where it is, and what is wrong with it."""
    rows = tuple(
        Row(
            (
                cell(text("page.laboratory.row_number", language, row=each.row)),
                cell(f"{each.column} {column_name(each.field, language)}".strip()),
                cell(each.cause.text(language)),
            )
        )
        for each in refusal.faults
    )
    return Table(_columns(("row", "column", "reason"), language), rows, "")


def taken_table(taken: Sequence[TakenReport], language: Language) -> Table:
    rows = tuple(
        Row(
            (
                cell(each.sample_number),
                cell(each.report_number),
                cell(day_text(each.reported_on, language)),
                cell(number_text(each.items)),
            )
        )
        for each in taken
    )
    return Table(_columns(("sample", "report", "day", "items"), language), rows, "")


def reports_of(instance: Instance, sample_ids: Sequence[UUID]) -> list[TakenReport]:
    """What was taken of these samples, as it stands on file."""
    found: list[TakenReport] = []
    with instance.database.read() as connection:
        for sample_id in sample_ids:
            sample = inspection.require_sample(connection, sample_id)
            current = sample.current
            if current is not None:
                found.append(
                    TakenReport(
                        sample_id=sample_id,
                        sample_number=sample.sample_number,
                        report_number=current.report_number,
                        reported_on=current.reported_on,
                        laboratory=current.laboratory,
                        items=len(current.findings),
                    )
                )
    return found


def column_name(field: str, language: Language) -> str:
    """A column in the reader's words; what the file has above it, where it is none of ours."""
    return text(f"laboratory.column.{field}", language) if field in COLUMN_NAMES else field


def _card(sample: Sample, product: Product, choices: tuple[Choice, ...], language: Language) -> WaitingCard:
    here = f"/desk/laboratory/{sample.sample_id}"
    is_sealed = sample.state is SampleState.SEALED
    again = text("page.laboratory.again", language) if sample.state is SampleState.RETEST else ""
    return WaitingCard(
        sample_id=str(sample.sample_id),
        number=f"{sample.sample_number} {again}".strip(),
        goods=f"{word(product.kind, language)} · {product.name}",
        facts=blind_facts(sample, product, language)[2:],
        receipt=f"{here}/receipt" if is_sealed else "",
        report="" if is_sealed else here,
        laboratories=choices if is_sealed and sample.laboratory_id is None else (),
    )


def _is_tested_again(sample: Sample) -> bool:
    """A re-test whose result is there already."""
    return sample.state is SampleState.RETEST and any(each.kind is ReportKind.RETEST for each in sample.results)


def _columns(names: Sequence[str], language: Language) -> tuple[Column, ...]:
    return tuple(Column(text(f"page.laboratory.{name}", language)) for name in names)
