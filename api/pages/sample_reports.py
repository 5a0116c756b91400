"""/desk/samples/{id}/report and /correction: a report item by item, entered first, again after a re-test, or corrected.

The items are those of the laboratory's own page (result_forms.py); a correction asks for its reason beside them, and is
decided at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.enforcement import service as enforcement
from ...trace.inspection.items import Suggestion
from ...trace.inspection.model import Finding, Limit, LimitKind, ResultSet, SampleState
from ...trace.inspection.service import LaboratoryReport
from ...trace.kernel.errors import Conflict, NotAllowed, SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Actor
from ...trace.store.database import UnitOfWork
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from ..laboratory.faults import FileRefused
from ..laboratory.reading import ResultFile, ResultLine
from ..laboratory.taking import blamed, take
from .desk_view import Flash
from .form_view import Field, refusal_text
from .respond import page
from .result_forms import ResultsView, first_values, results_sent, results_view, with_more_rows
from .sample_fields import Ask, decision_of, outcome_field, place_of_error, whole_fields
from .sample_read import Standing, read_standing
from .samples import show_sample_page
from .sent_forms import Done, Sent, TheSent, carry_out, new_once

router = APIRouter(prefix="/desk/samples")


@dataclass(frozen=True, slots=True)
class ReportView:
    """`outcomes`: how each item is decided, by its number, and `decision`: what else a correction asks; both empty
    where results are entered first. `prefix` is that of the ids, for the macros of forms."""

    title: str
    lead: str
    submit: str
    back: str
    results: ResultsView
    outcomes: tuple[Field, ...] = ()
    decision: tuple[Field, ...] = ()
    prefix: str = ""

    @property
    def faulty(self) -> list[tuple[str, str, str]]:
        """Id, label and error of every faulty field."""
        found = [(each.name, each.label, each.error) for each in self.results.faulty]
        return [
            *found,
            *((each.name, each.label, each.error) for each in (*self.outcomes, *self.decision) if each.error),
        ]


@router.get("/{sample_id}/report")
def show_report(
    sample_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """The form for the results of a sample, first or of its re-test."""
    standing = _own(instance, actor, sample_id)
    return _show(request, instance, _report_view(standing, language, first_values(standing.product)))


@router.post("/{sample_id}/report")
def send_report(
    sample_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Enters the results; a refused form comes back with the reason at each field."""
    standing = _own(instance, actor, sample_id)
    if sent.get("more"):
        return _show(request, instance, _report_view(standing, language, with_more_rows(sent.values)))

    def act(work: UnitOfWork) -> Done:
        take(work, actor, results_sent(standing.sample, standing.product, sent.values))
        return Done()

    try:
        carry_out(instance, actor, sent, act)
    except SuiyuanError as error:
        return _show(request, instance, _report_view(standing, language, sent.values, error), status_of(error))
    flash = Flash(text("page.sample_report.reported", language))
    return show_sample_page(request, instance, actor, language, sample_id, flash=flash)


@router.get("/{sample_id}/correction")
def show_correction(
    sample_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """The results that count, to be corrected."""
    standing = _own(instance, actor, sample_id)
    return _show(request, instance, _correction_view(standing, language, _values_of(_current(standing)), {}))


@router.post("/{sample_id}/correction")
def send_correction(
    sample_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Puts corrected results in place of the current ones, decided at once."""
    standing = _own(instance, actor, sample_id)
    if sent.get("more"):
        more = with_more_rows(sent.values)
        return _show(request, instance, _correction_view(standing, language, more, more))
    try:
        carry_out(instance, actor, sent, lambda work: _correct(work, actor, standing, sent))
    except SuiyuanError as error:
        view = _correction_view(standing, language, sent.values, sent.values, error)
        return _show(request, instance, view, status_of(error))
    flash = Flash(text("page.sample_report.corrected", language))
    return show_sample_page(request, instance, actor, language, sample_id, flash=flash)


def _correct(work: UnitOfWork, actor: Actor, standing: Standing, sent: Sent) -> Done:
    file = results_sent(standing.sample, standing.product, sent.values)
    lines = _sound_lines(file)
    first = lines[0]
    places = [line.row - 1 for line in lines]
    findings = tuple(line.finding for line in lines if line.finding is not None)
    if first.reported_on is None or len(findings) < len(lines):
        raise FileRefused(file.faults)
    report = LaboratoryReport(first.laboratory, first.report_number, first.reported_on, findings)
    decision = decision_of(sent, places, (), sent.get("reason"))
    sample_id = standing.sample.sample_id
    try:
        enforcement.correct(work, actor, sample_id, report, sent.get("reason"), decision)
    except SuiyuanError as error:
        field = error.field or ""
        if field.startswith("outcomes."):
            error.field = f"outcomes.{places[int(field.partition('.')[2])]}"
        if field.startswith("findings.") or field in ("report_number", "reported_on", "laboratory"):
            raise FileRefused([blamed(file, lines, error)]) from error
        raise
    return Done()


def _sound_lines(file: ResultFile) -> list[ResultLine]:
    """Raises FileRefused."""
    if file.faults:
        raise FileRefused(file.faults)
    return [line for lines in file.samples.values() for line in lines]


def _own(instance: Instance, actor: Actor, sample_id: UUID) -> Standing:
    """Raises NotKnown `sample.unknown`; NotAllowed `access.other_party`."""
    standing = read_standing(instance, actor, sample_id)
    if not standing.acts:
        raise NotAllowed("access.other_party")
    return standing


def _current(standing: Standing) -> ResultSet:
    """Raises Conflict `sample.state` where there is nothing to correct."""
    current = standing.sample.current
    if current is None or standing.state is SampleState.WITHDRAWN:
        raise Conflict("sample.state", field="state", state=standing.state.value, wanted="corrected")
    return current


def _report_view(
    standing: Standing, language: Language, values: Mapping[str, str], error: SuiyuanError | None = None
) -> ReportView:
    is_again = standing.state is SampleState.RETEST
    return ReportView(
        title=text(
            f"page.sample_report.{'retest' if is_again else 'report'}_title",
            language,
            number=standing.sample.sample_number,
        ),
        lead=text("page.sample_report.report_lead", language),
        submit=text("page.sample_report.report_submit", language),
        back=f"/desk/samples/{standing.sample.sample_id}",
        results=_results_view(standing, language, values, "report", error, standing.sample.laboratory_id is None),
    )


def _correction_view(
    standing: Standing,
    language: Language,
    values: Mapping[str, str],
    sent: Mapping[str, str],
    error: SuiyuanError | None = None,
) -> ReportView:
    """`sent`: empty where the form is new."""
    ask = Ask(language, sent)
    place = None if error is None else place_of_error(error.field)
    message = "" if error is None else refusal_text(error, language)
    reason = ask.note("reason", required=True)
    own = (reason, *whole_fields(ask, standing.product.kind))
    shown = _results_view(standing, language, values, "correction", None, is_named=True)
    outcomes = tuple(outcome_field(ask, number) for number in range(shown.rows))
    is_here = error is not None and any(each.name == place for each in (*own, *outcomes))
    if error is not None and not is_here:
        shown = _results_view(standing, language, values, "correction", error, is_named=True)

    def told(fields: tuple[Field, ...]) -> tuple[Field, ...]:
        return tuple(replace(each, error=message) if is_here and each.name == place else each for each in fields)

    return ReportView(
        title=text("page.sample_report.correct_title", language, number=standing.sample.sample_number),
        lead=text("page.sample_report.correct_lead", language),
        submit=text("page.sample_report.correct_submit", language),
        back=f"/desk/samples/{standing.sample.sample_id}",
        results=shown,
        outcomes=told(outcomes),
        decision=told(own),
    )


def _results_view(
    standing: Standing,
    language: Language,
    values: Mapping[str, str],
    name: str,
    error: SuiyuanError | None,
    is_named: bool,
) -> ResultsView:
    made = results_view(standing.sample, standing.product, language, values, names_laboratory=is_named, error=error)
    return replace(made, action=f"/desk/samples/{standing.sample.sample_id}/{name}")


def _values_of(results: ResultSet) -> dict[str, str]:
    """A version as the form shows it. What the laboratory said of an item stays only where no rule judges it: the
    corrected value may say otherwise."""
    values = {
        "rows": str(len(results.findings)),
        "report_number": results.report_number,
        "reported_on": results.reported_on.isoformat(),
        "laboratory": results.laboratory,
    }
    for position, each in enumerate(results.findings):
        values |= {f"{name}-{position}": value for name, value in _item(each).items()}
    return values


def _item(each: Finding) -> dict[str, str]:
    is_judged = each.suggested in (Suggestion.PASSED, Suggestion.FAILED)
    numbers = {
        "declared": each.declared,
        "measured": each.measured,
        "detection_limit": each.detection_limit,
        "uncertainty": each.uncertainty,
    }
    return {
        "item": each.item,
        "kind": each.kind.value,
        "declared_unit": each.declared_unit.value,
        "requirement": each.requirement or _written(each.limit),
        "unit": each.unit.value,
        "observation": each.observation.value,
        "method": each.method,
        "outcome": each.outcome.value if each.outcome and not is_judged else "",
        **{name: "" if value is None else f"{value:f}" for name, value in numbers.items()},
    }


def _written(limit: Limit) -> str:
    """A limit as the form takes it, where the report printed none."""
    if limit.kind is LimitKind.NOT_DETECTED:
        return text("word.limit_kind.not_detected", "zh")
    return {
        LimitKind.AT_LEAST: f"≥{limit.lower}",
        LimitKind.AT_MOST: f"≤{limit.upper}",
        LimitKind.BETWEEN: f"{limit.lower}~{limit.upper}",
    }.get(limit.kind, "")


def _show(request: Request, instance: Instance, view: ReportView, status: int = 200) -> Response:
    return page(
        request,
        "desk/sample_report.html",
        status,
        here=view.results.action,
        view=view,
        csrf=form_token(instance, request),
        once=new_once,
        flash=None,
    )
