"""What the page of one sample shows: the sheet, its warnings, the way it went, every version of its results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from ...trace.inspection.model import Acknowledgement, MakerResponse, SampleSheet, SampleState
from ...trace.kernel.texts import Language, text
from ...trace.parties.regions import region_name
from .answer_view import Fact
from .form_view import FormView
from .laboratory_view import blind_facts
from .rendering import number_text, word
from .sample_read import Standing
from .sample_results import ResultSetView, result_set_view
from .sample_words import DueView, due_view, state_text, state_tone, time_text
from .sheet_said import duplicate_text
from .table_view import Column, Row, Table, cell


@dataclass(frozen=True, slots=True)
class StepView:
    state: str
    when: str
    who: str
    note: str


@dataclass(frozen=True, slots=True)
class ActView:
    """Something to do: a form on this page, or where `form` is None a link to one of its own. `is_next`: it leads on,
    others stand apart."""

    form: FormView | None
    is_next: bool
    link: str = ""
    link_text: str = ""


@dataclass(frozen=True, slots=True)
class SampleView:
    """`signature` is SVG path data. `is_blind`: a laboratory reads it."""

    number: str
    goods: str
    here: str
    back: str
    state: str
    tone: str
    due: DueView | None
    warnings: tuple[str, ...]
    is_blind: bool
    facts: tuple[Fact, ...]
    portions: Table
    signature: str
    steps: tuple[StepView, ...]
    results: tuple[ResultSetView, ...]
    acts: tuple[ActView, ...] = ()
    public: str = ""

    @property
    def forms(self) -> list[FormView]:
        return [each.form for each in self.acts if each.form is not None]


def sample_view(standing: Standing, language: Language, acts: Iterable[ActView] = ()) -> SampleView:
    sample, sheet = standing.sample, standing.record.sheet
    here = f"/desk/samples/{sample.sample_id}"
    current = sample.current
    return SampleView(
        number=sample.sample_number,
        goods=standing.product.name if standing.is_blind else f"{standing.product.name} {standing.batch.batch_number}",
        here=here,
        back="/desk/samples" if standing.acts else "/desk/laboratory" if standing.is_blind else "/desk/results",
        state=state_text(sample.state, language),
        tone=state_tone(sample.state, failed=sample.failed),
        due=due_view(standing.due, language),
        warnings=tuple(_warnings(standing, language)),
        is_blind=standing.is_blind,
        facts=blind_facts(sample, standing.product, language) if standing.is_blind else _facts(standing, language),
        portions=_portions(sheet, language),
        signature="" if standing.is_blind else sheet.signature,
        steps=_steps(standing, language),
        results=tuple(
            result_set_view(each, standing.names, language, is_current=each is current, is_blind=standing.is_blind)
            for each in standing.shown_results
        ),
        acts=tuple(acts),
        public=f"/results/{quote(sample.sample_number)}" if sample.state is SampleState.PUBLISHED else "",
    )


def _warnings(standing: Standing, language: Language) -> Iterable[str]:
    if standing.is_blind:
        return
    sample = standing.sample
    if standing.acts:
        yield from (duplicate_text(each, language) for each in standing.record.sheet.duplicates)
    if sample.maker_response is MakerResponse.DENIED:
        yield text("page.sheet_card.denied", language)
    if sample.stop_id is not None and sample.state in (SampleState.FINAL, SampleState.PUBLISHED):
        yield text("page.sheet_card.stopped", language)
    elif sample.stop_id is not None and standing.acts:
        yield text("page.sheet_card.held", language)


def _facts(standing: Standing, language: Language) -> tuple[Fact, ...]:
    sample, sheet = standing.sample, standing.record.sheet
    rows: dict[str, list[str]] = {
        "number": [sample.sample_number],
        "product": [standing.product.name],
        "batch": [standing.batch.batch_number],
        "maker": [standing.name(sample.maker_id)],
        "maker_response": [word(sample.maker_response, language)],
        "sampled_from": [standing.name(sample.sampled_from_id)],
        "agency": [standing.name(sample.agency_id)],
        "laboratory": [standing.name(sample.laboratory_id)],
        "taken": [time_text(sheet.taken_at, language)],
        "place": [region_name(sample.region_code, language), sheet.place],
        "basis": [word(sample.basis, language)],
        "stage": [word(sample.stage, language)],
        "inspectors": [
            text("page.sheet_card.inspector", language, name=each.name, number=each.certificate_number)
            for each in sheet.inspectors
        ],
        "units": [number_text(sheet.units) if sheet.units else text("page.sheet_card.no_units", language)],
        "seed_lot": [_seed_lot(sheet)],
        "northern": [text("page.sheet_card.yes", language) if sheet.allows_northern_moisture else ""],
        "acknowledgement": [_acknowledgement(sheet, language)],
        "note": [sheet.note],
    }
    shown = {name: tuple(value for value in given if value) for name, given in rows.items()}
    return tuple(Fact(text(f"page.sheet_card.{name}", language), given) for name, given in shown.items() if given)


def _seed_lot(sheet: SampleSheet) -> str:
    lot = sheet.seed_lot
    return "" if lot is None else " ".join(filter(None, (lot.crop, lot.subspecies, lot.type, lot.seed_class)))


def _acknowledgement(sheet: SampleSheet, language: Language) -> str:
    if sheet.acknowledgement is None:
        return text("page.sheet_card.unsealed", language)
    if sheet.acknowledgement is Acknowledgement.REFUSED:
        return text("page.sheet_card.refused", language, reason=sheet.refusal_reason)
    return text("page.sheet_card.signed", language, name=sheet.signed_by)


def _portions(sheet: SampleSheet, language: Language) -> Table:
    columns = tuple(Column(text(f"page.sheet_card.{name}", language)) for name in ("role", "seal_number", "quantity"))
    rows = tuple(
        Row(
            (
                cell(text(f"word.sheet.portion_{each.role.value}", language)),
                cell(each.seal_number),
                cell(each.quantity),
            )
        )
        for each in sheet.portions
    )
    return Table(columns, rows, text("page.sheet_card.no_portions", language))


def _steps(standing: Standing, language: Language) -> tuple[StepView, ...]:
    """A laboratory reads neither who did what nor why."""
    is_blind = standing.is_blind
    return tuple(
        StepView(
            state=state_text(each.state, language),
            when=time_text(each.entered_at, language),
            who="" if is_blind else standing.name(each.actor_id),
            note="" if is_blind else each.note,
        )
        for each in standing.record.steps
    )
