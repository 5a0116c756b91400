"""/desk/laboratory: samples that wait, receiving them, and entering results by file or by form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.catalog import service as catalog
from ...trace.catalog.model import Product
from ...trace.inspection import service as inspection
from ...trace.inspection.model import Sample
from ...trace.kernel.errors import InvalidInput, NotAllowed, SuiyuanError
from ...trace.kernel.texts import Language, text
from ...trace.parties.model import Actor, Role
from ...trace.store.database import UnitOfWork
from ..auth import form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..instance import Instance
from ..laboratory.columns import SheetFormat
from ..laboratory.faults import FileRefused
from ..laboratory.reading import ResultFile, read_results
from ..laboratory.taking import TakenReport, look, require_sender, take
from .desk_view import Flash
from .form_view import refusal_text
from .laboratory_view import laboratory_view, reports_of
from .rendering import number_text
from .respond import page
from .result_forms import first_values, results_sent, results_view, with_more_rows
from .sent_forms import Done, Sent, TheSent, carry_out, new_once

router = APIRouter(prefix="/desk/laboratory")

MAX_SHOWN = 200
"""Reports listed after a file was taken; the number of all stands above them."""


@router.get("")
def show_laboratory(request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor) -> Response:
    """Samples to receive and to report, for the laboratory they went to and for the agency that took them."""
    require_sender(actor)
    return _show(request, instance, actor, language)


@router.post("/files")
def send_file(
    request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor, sent: TheSent
) -> Response:
    """Enters the results of a file, or only checks it; a refused one comes back with every faulty cell."""
    require_sender(actor)
    try:
        file = _read(sent)
        if sent.get("check"):
            return _taken(request, instance, actor, language, look(instance.database, actor, file), is_check=True)
        done = carry_out(instance, actor, sent, lambda work: _done(take(work, actor, file)))
    except FileRefused as error:
        flash = Flash(text("page.laboratory.refused", language, count=number_text(error.count)), is_error=True)
        return _show(request, instance, actor, language, flash, status_of(error), refusal=error)
    except SuiyuanError as error:
        return _show(request, instance, actor, language, _alert(error, language), status_of(error))
    reports = reports_of(instance, [UUID(each) for each in done.made.split()])
    return _taken(request, instance, actor, language, reports, done.batches)


@router.post("/{sample_id}/receipt")
def receive(
    sample_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Receives a sealed portion whose seal is whole."""

    def act(work: UnitOfWork) -> Done:
        chosen = sent.identifier("laboratory", "laboratory") if sent.get("laboratory") else None
        is_whole = bool(sent.get("seals_are_intact"))
        inspection.receive(work, actor, sample_id, seals_are_intact=is_whole, laboratory_id=chosen)
        return Done(made=str(sample_id))

    try:
        carry_out(instance, actor, sent, act)
    except SuiyuanError as error:
        return _show(request, instance, actor, language, _alert(error, language), status_of(error))
    return _show(request, instance, actor, language, Flash(text("page.laboratory.received", language)))


@router.get("/{sample_id}")
def show_results(
    sample_id: UUID, request: Request, instance: TheInstance, language: TheLanguage, actor: ThePageActor
) -> Response:
    """The form for the results of one sample, its declared contents filled in."""
    sample, product = _sample(instance, actor, sample_id)
    return _form(request, instance, actor, language, sample, product, first_values(product))


@router.post("/{sample_id}")
def send_results(
    sample_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    sent: TheSent,
) -> Response:
    """Enters the results of one sample; a refused form comes back with the reason at each field."""
    sample, product = _sample(instance, actor, sample_id)
    if sent.get("more"):
        return _form(request, instance, actor, language, sample, product, with_more_rows(sent.values))
    try:
        file = results_sent(sample, product, sent.values)
        done = carry_out(instance, actor, sent, lambda work: _done(take(work, actor, file)))
    except SuiyuanError as error:
        return _form(request, instance, actor, language, sample, product, sent.values, error)
    return _taken(request, instance, actor, language, reports_of(instance, [sample_id]), done.batches)


def _read(sent: Sent) -> ResultFile:
    """Raises InvalidInput `laboratory.no_file`, and what `read_results` raises."""
    file = sent.files.get("file")
    if file is None or not file.content:
        raise InvalidInput("laboratory.no_file", field="file")
    is_spreadsheet = file.name.lower().endswith(f".{SheetFormat.XLSX.value}")
    return read_results(file.content, SheetFormat.XLSX if is_spreadsheet else SheetFormat.CSV)


def _done(reports: Sequence[TakenReport]) -> Done:
    """`batches` counts the samples here, `units` their items."""
    made = " ".join(str(report.sample_id) for report in reports[:MAX_SHOWN])
    return Done(units=sum(report.items for report in reports), batches=len(reports), made=made)


def _sample(instance: Instance, actor: Actor, sample_id: UUID) -> tuple[Sample, Product]:
    """Raises NotAllowed `access.*`; NotKnown `sample.unknown`."""
    require_sender(actor)
    with instance.database.read() as connection:
        sample = inspection.require_sample(connection, sample_id)
        if not actor.has_role(Role.REGULATOR) and actor.party_id not in (sample.agency_id, sample.laboratory_id):
            raise NotAllowed("access.other_party")
        return sample, catalog.require_product(connection, sample.product_id)


def _alert(error: SuiyuanError, language: Language) -> Flash:
    return Flash(refusal_text(error, language), is_error=True)


def _taken(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    reports: Sequence[TakenReport],
    count: int | None = None,
    *,
    is_check: bool = False,
) -> Response:
    key = "page.laboratory.would_take" if is_check else "page.laboratory.taken_now"
    flash = Flash(text(key, language, count=number_text(len(reports) if count is None else count)))
    return _show(request, instance, actor, language, flash, taken=reports[:MAX_SHOWN])


def _show(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    flash: Flash | None = None,
    status: int = 200,
    *,
    refusal: FileRefused | None = None,
    taken: Sequence[TakenReport] | None = None,
) -> Response:
    return page(
        request,
        "desk/laboratory.html",
        status,
        here="/desk/laboratory",
        view=laboratory_view(instance, actor, language, refusal, taken),
        csrf=form_token(instance, request),
        once=new_once,
        flash=flash,
    )


def _form(
    request: Request,
    instance: Instance,
    actor: Actor,
    language: Language,
    sample: Sample,
    product: Product,
    values: Mapping[str, str],
    error: SuiyuanError | None = None,
) -> Response:
    names_laboratory = not actor.has_role(Role.LABORATORY) and sample.laboratory_id is None
    view = results_view(sample, product, language, values, names_laboratory=names_laboratory, error=error)
    return page(
        request,
        "desk/results.html",
        200 if error is None else status_of(error),
        here=view.action,
        view=view,
        csrf=form_token(instance, request),
        once=new_once,
        flash=None,
    )
