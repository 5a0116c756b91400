"""/desk/batches/{id}/labels: choose a template, look at it, download the file for the printer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from pydantic import ValidationError
from starlette.responses import Response

from ...labels.job import Form as LabelForm
from ...labels.sheet import SHEETS
from ...trace.batches import printing
from ...trace.batches.model import Batch
from ...trace.catalog import service as catalog
from ...trace.codes.model import Level
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ..auth import form_token, require_form_token
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import status_of
from ..forms.base import level_of_name
from ..forms.batches import LabelsForm
from ..instance import Instance
from ..printing import Order, checked_job, fitting_templates, label_job, preview, record
from ..routes.labels import label_file, order_of, own_batch
from .desk_view import Choice, Flash, LabelsView, PrintRow
from .rendering import day_text, word
from .respond import page

router = APIRouter(prefix="/desk/batches/{batch_id}/labels")

SHOWN_FORMS = (LabelForm.PDF, LabelForm.ZPL, LabelForm.TSPL, LabelForm.SVG, LabelForm.PNG, LabelForm.CSV)


@router.get("")
def show_labels(
    batch_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    template: str = "",
    level: str = "unit",
) -> Response:
    """The form, with a picture of the chosen template."""
    batch = own_batch(instance, actor, batch_id)
    return _show(request, instance, language, batch, {"template": template, "level": level})


@router.get("/preview.png")
def show_preview(
    batch_id: UUID, instance: TheInstance, actor: ThePageActor, template: str = "", level: str = "unit"
) -> Response:
    """The first label of a level on a template."""
    batch = own_batch(instance, actor, batch_id)
    order = Order(level_of_name(level), 0, 1, template=template)
    return Response(preview(instance, batch, order), media_type="image/png", headers={"Cache-Control": "no-store"})


@router.post("")
def download(
    batch_id: UUID,
    request: Request,
    instance: TheInstance,
    language: TheLanguage,
    actor: ThePageActor,
    csrf: Annotated[str, Form()] = "",
    template: Annotated[str, Form()] = "",
    level: Annotated[str, Form()] = "unit",
    first: Annotated[str, Form()] = "",
    last: Annotated[str, Form()] = "",
    form: Annotated[str, Form()] = "pdf",
    sheet: Annotated[str, Form()] = "roll",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """The file; or the form again, with what is wrong and what was chosen."""
    require_form_token(instance, request, csrf)
    batch = own_batch(instance, actor, batch_id)
    sent = {
        "template": template,
        "level": level,
        "first": first,
        "last": last,
        "form": form,
        "sheet": sheet,
        "reason": reason,
    }
    try:
        start, stop = int(first or 1) - 1, int(last or 0)
        wanted = LabelsForm.model_validate(
            {
                "level": level,
                "start": start,
                "stop": stop,
                "form": form,
                "template": template,
                "sheet": sheet,
                "reason": reason,
            }
        )
        order = order_of(wanted)
        job = checked_job(instance, batch, order)
        instance.database.write(lambda work: record(work, actor, batch, order))
        return label_file(batch, order, job)
    except SuiyuanError as error:
        flash = Flash(error.text(language), is_error=True)
        return _show(request, instance, language, batch, sent, flash, status_of(error))
    except (ValidationError, ValueError):
        flash = Flash(text("page.batch_new.unreadable", language), is_error=True)
        return _show(request, instance, language, batch, sent, flash, 422)


def _show(
    request: Request,
    instance: Instance,
    language: Language,
    batch: Batch,
    sent: dict[str, str],
    flash: Flash | None = None,
    status: int = 200,
) -> Response:
    with instance.database.read() as connection:
        product = catalog.require_product(connection, batch.product_id)
        jobs = printing.list_print_jobs(connection, batch.batch_id)
    level = level_of_name(sent.get("level", "unit"))
    templates = fitting_templates(product.kind.value, level)
    here = f"/desk/batches/{batch.batch_id}/labels"
    chosen = sent.get("template") or templates[0].name
    count = batch.packing.count_at(level, batch.size)
    problem = _problem(instance, batch, Order(level, 0, 1, template=chosen), language)
    view = LabelsView(
        title=f"{product.name} {batch.batch_number}",
        here=here,
        back=f"/desk/batches/{batch.batch_id}",
        templates=tuple(Choice(each.name, each.title[language]) for each in templates),
        levels=tuple(Choice(each.name.lower(), word(each, language)) for each in Level),
        forms=tuple(Choice(each.value, text(f"page.labels.form_{each.value}", language)) for each in SHOWN_FORMS),
        sheets=tuple(Choice(name, text(f"page.labels.sheet_{name.replace('-', '_')}", language)) for name in SHEETS),
        values={
            "first": "1",
            "last": str(min(count, 1_000)),
            "form": "pdf",
            "sheet": "roll",
            **sent,
            "template": chosen,
        },
        preview="" if problem else f"{here}/preview.png?template={chosen}&level={level.name.lower()}",
        count=count,
        spare=batch.packages_at(level) - count,
        jobs=tuple(
            PrintRow(
                day=day_text(day_in_china(job.printed_at), language),
                level=word(Level(job.level), language),
                first=job.start + 1,
                last=job.stop,
                form=job.form.upper(),
                reason=job.reason,
            )
            for job in reversed(jobs[-20:])
        ),
    )
    csrf = form_token(instance, request)
    return page(request, "desk/labels.html", status, here=here, view=view, csrf=csrf, flash=flash or problem)


def _problem(instance: Instance, batch: Batch, order: Order, language: Language) -> Flash | None:
    """Why the chosen template cannot carry this batch: a value it needs is missing, a name is too long."""
    try:
        _ = label_job(instance, batch, order).layout
    except SuiyuanError as error:
        return Flash(error.text(language), is_error=True)
    return None
