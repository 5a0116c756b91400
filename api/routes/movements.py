"""/api/v1/movements: what the caller did, undo, offline bundles, files of codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from ...trace.custody import service
from ...trace.custody.model import Movement
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.limits import MAX_MOVEMENT_FILE_BYTES, MAX_PAGE_ROWS
from ..acting import acting_party
from ..deps import TheActor, TheInstance, TheLanguage
from ..forms.movements import BundleForm, MovementFileForm, UndoForm
from ..movement_files import SUFFIXES, goods_in_body
from ..offline import BundleDocument, take_in
from ..writes import TheWrite

router = APIRouter(prefix="/api/v1", tags=["custody"])


@dataclass(frozen=True, slots=True)
class MovementsDocument:
    """One page. `next`: what to pass as `before` for the page after it; None on the last."""

    movements: list[Movement]
    next: str | None


@router.get("/movements")
def list_movements(instance: TheInstance, actor: TheActor, before: str = "") -> MovementsDocument:
    """What the caller did, the newest first, 200 at a time: undone movements and undos too."""
    with instance.database.read() as connection:
        found = service.list_movements(connection, acting_party(actor), place_of(before) if before else None)
    return MovementsDocument(found, mark_of(found[-1]) if len(found) == MAX_PAGE_ROWS else None)


@router.post("/batches/{batch_id}/movements/{movement_id}/undo", status_code=201)
def undo(batch_id: UUID, movement_id: UUID, form: UndoForm, write: TheWrite) -> Movement:
    """Takes back a wrong scan: within ten days, and never after anybody acted on the goods since."""
    party_id = acting_party(write.actor)
    return write.run(lambda work: service.undo(work, write.actor, party_id, batch_id, movement_id, form.how()))


@router.post("/movement-bundles")
def take_bundle(
    form: BundleForm, request: Request, instance: TheInstance, language: TheLanguage, write: TheWrite
) -> BundleDocument:
    """Movements made offline, in their order, each accepted or refused by itself. Sent again, each gets its first
    answer."""
    return write.several(lambda: take_in(instance, write.actor, form, language))


async def _content(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/movement-files",
    status_code=201,
    max_body_size=MAX_MOVEMENT_FILE_BYTES,
    openapi_extra={"requestBody": {"required": True, "content": {kind: {} for kind in SUFFIXES}}},
)
def move_file(
    form: Annotated[MovementFileForm, Query()],
    content: Annotated[bytes, Depends(_content)],
    request: Request,
    instance: TheInstance,
    write: TheWrite,
) -> list[Movement]:
    """Ships, returns or receives what a file names, one code a line: CSV, text or XLSX, up to 100,000 codes. All or
    nothing; codes that are none are named with their lines."""
    try:
        movement = form.movement()
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    goods = goods_in_body(instance, request.headers.get("content-type", ""), content)
    return write.run(movement.act_on(instance, write.actor, goods))


def mark_of(movement: Movement) -> str:
    """Where a page ended, as text that stands in an address unchanged."""
    return f"{movement.occurred_at.strftime('%Y%m%dT%H%M%S.%f')}_{movement.movement_id}"


def place_of(mark: str) -> tuple[datetime, UUID]:
    """Raises InvalidInput `page.mark`."""
    at, _, movement_id = mark.partition("_")
    try:
        return datetime.strptime(f"{at}+0000", "%Y%m%dT%H%M%S.%f%z"), UUID(movement_id)
    except ValueError:
        raise InvalidInput("page.mark", field="before") from None
