"""/api/v1/batches/{id}/labels: the labels of a range as a file, and what they will look like."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from ...labels.job import Form, Job
from ...labels.job import write_labels as write_file
from ...labels.sheet import SHEETS
from ...labels.template import list_templates
from ...trace.batches import service
from ...trace.batches.model import Batch
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.limits import MIB
from ...trace.parties.model import Actor
from ...trace.store.idempotency import KeptAnswer
from ..deps import TheActor, TheInstance
from ..forms.batches import LabelsForm
from ..instance import Instance
from ..printing import Order, checked_job, preview, record
from ..writes import REPLAYED, TheWrite

router = APIRouter(prefix="/api/v1", tags=["labels"])

MAX_LABELS_PER_DOWNLOAD = 1_000_000
"""About half a gigabyte of PDF. More is printed range by range, or from the command line."""

MEMORY_BYTES = 16 * MIB
"""A file longer than this waits on disk while it is sent."""

CHUNK_BYTES = 256 * 1024


@router.get("/label-templates")
def list_label_templates() -> dict[str, list[dict[str, object]]]:
    """The templates and sheets there are."""
    return {
        "templates": [
            {
                "name": template.name,
                "title": dict(template.title),
                "kinds": sorted(template.kinds),
                "width_mm": template.width_mm,
                "height_mm": template.height_mm,
            }
            for template in list_templates()
        ],
        "sheets": [{"name": name, "per_page": sheet.columns * sheet.rows} for name, sheet in SHEETS.items()],
    }


@router.post("/batches/{batch_id}/labels", response_class=Response)
def write_labels(batch_id: UUID, form: LabelsForm, instance: TheInstance, write: TheWrite) -> Response:
    """The labels of a range as a file, recorded as a print job. A range is printed once; again needs a reason.

    The file is not kept: for a repeated request it is made again, and no second job is recorded.
    """
    batch, order = own_batch(instance, write.actor, batch_id), order_of(form)
    job = checked_job(instance, batch, order)
    done = write.once(lambda work: record(work, write.actor, batch, order), lambda job: "")
    response = label_file(batch, order, job)
    if isinstance(done, KeptAnswer):
        response.headers.update(REPLAYED)
    return response


@router.post("/batches/{batch_id}/labels/preview.png", response_class=Response)
def preview_label(batch_id: UUID, form: LabelsForm, instance: TheInstance, actor: TheActor) -> Response:
    """The first label of a range as a picture. Nothing is recorded."""
    batch = own_batch(instance, actor, batch_id)
    return Response(preview(instance, batch, order_of(form)), media_type="image/png")


def own_batch(instance: Instance, actor: Actor, batch_id: UUID) -> Batch:
    """The actor's own batch. Raises NotKnown `batch.unknown`; NotAllowed `access.other_party`."""
    with instance.database.read() as connection:
        batch = service.require_batch(connection, batch_id)
    actor.require_self(batch.maker_id)
    return batch


def order_of(form: LabelsForm) -> Order:
    """Raises InvalidInput `print.form`, `print.too_many`."""
    if form.form not in [each.value for each in Form]:
        raise InvalidInput("print.form", field="form", known=", ".join(Form))
    if form.stop - form.start > MAX_LABELS_PER_DOWNLOAD:
        raise InvalidInput("print.too_many", field="stop", maximum=MAX_LABELS_PER_DOWNLOAD)
    return Order(**{**form.model_dump(), "form": Form(form.form)})


def label_file(batch: Batch, order: Order, job: Job) -> Response:
    """The file as a download. It is written whole first: half a file would be printed before anyone noticed."""
    file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115  # closed by the stream
    try:
        write_file(order.form, cast(BinaryIO, file), job)
    except BaseException:
        file.close()
        raise
    file.seek(0)

    def chunks() -> Iterator[bytes]:
        with file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    name = f"{batch.batch_id}-{order.level.name.lower()}-{order.start}-{order.stop}{order.form.suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(chunks(), media_type=order.form.media_type, headers=headers)
