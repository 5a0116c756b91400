"""/api/v1/reports: "this is not what I bought", from anybody; and the same as authorities read it with its lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from ...trace.enforcement.reports import service
from ...trace.enforcement.reports.model import (
    MAX_PHOTOS,
    Position,
    ReadReport,
    Received,
    ReportStatus,
    Trouble,
)
from ...trace.kernel.errors import InvalidInput
from ..deps import TheActor, TheInstance
from ..forms.reports import ReportForm
from ..instance import Instance
from ..report_photos import small_jpeg

router = APIRouter(prefix="/api/v1", tags=["reports"])

JSON, MULTIPART = "application/json", "multipart/form-data"

MAX_FORM_FIELDS = 40
MAX_FORM_FILES = 10
"""More than a report may have, so that one too many is named and not merely refused."""

SOURCE_PREFIX_BITS = 64
"""Of an IPv6 address: what a household or a phone has to itself, and changes addresses within."""

PHOTO_HEADERS = {
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""A photo is only ever a picture, and no cache keeps it."""


@dataclass(frozen=True, slots=True)
class SentReport:
    """A report on its way in: its form, and the photos as they were sent."""

    form: ReportForm
    photos: tuple[UploadFile, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceivedDocument:
    """`reference` is number and check: what the report is looked up by. It is shown this once."""

    lead_number: str
    reference: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """`code` "" where `code_text` holds none. `telephone` "" where none was left, for agencies, and after the lead was
    closed; `has_telephone` says which."""

    reference: str
    code_text: str
    code: str
    troubles: list[Trouble]
    words: str
    region_code: str
    position: Position | None
    telephone: str
    has_telephone: bool
    photos: int
    public_answer: str
    erased_at: datetime | None


async def _sent(request: Request) -> SentReport:
    """Raises RequestValidationError; InvalidInput `file.type`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON:
        return SentReport(validated(lambda body: ReportForm.model_validate_json(body), await request.body()))
    if kind != MULTIPART:
        raise InvalidInput("file.type", field="Content-Type", known=f"{JSON}, {MULTIPART}")
    form = await report_form(request)
    values: dict[str, Any] = {name: value for name, value in form.items() if isinstance(value, str)}
    if not values.get("photos"):
        values.pop("photos", None)  # a file field where nothing was chosen, as some clients send it
    if "troubles" in values:
        values["troubles"] = form.getlist("troubles")
    return SentReport(validated(ReportForm.model_validate, values), photos_in(form))


TheReport = Annotated[SentReport, Depends(_sent)]

_BODY = {"requestBody": {"required": True, "content": {
    JSON: {"schema": ReportForm.model_json_schema()},
    MULTIPART: {"schema": {
        **(_SCHEMA := ReportForm.model_json_schema()),
        "properties": {**_SCHEMA["properties"], "photos": {
            "type": "array", "maxItems": MAX_PHOTOS, "items": {"type": "string", "format": "binary"},
        }},
    }},
}}}  # fmt: skip


@router.post("/reports", status_code=201, openapi_extra=_BODY)
def report(sent: TheReport, request: Request, instance: TheInstance) -> ReceivedDocument:
    """Reports goods that are not what was bought; known codes, unknown ones and what is no code at all. As a form with
    up to three photos (JPEG, PNG, WebP), or as JSON without. No key is needed; 5 an hour, 20 a day from one source."""
    received = take(instance, sent.form, sent.photos, source_of(request))
    return ReceivedDocument(received.lead_number, received.reference, received.received_at)


@router.get("/reports/{reference}")
def get_status(reference: str, request: Request, instance: TheInstance) -> ReportStatus:
    """How far a report is, for whoever has its number and check."""
    return service.look_up(instance.database, instance.keyring, reference, source_of(request))


@router.get("/leads/{lead_id}/report", tags=["enforcement"])
def get_report(lead_id: UUID, instance: TheInstance, actor: TheActor) -> ReportDocument:
    """What a buyer reported, with its lead. Regulators and inspection agencies; the telephone for regulators."""
    with instance.database.read() as connection:
        return document(service.require_report(connection, actor, instance.keyring, lead_id))


@router.get(
    "/leads/{lead_id}/report/photos/{number}",
    tags=["enforcement"],
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
def get_photo(lead_id: UUID, number: int, instance: TheInstance, actor: TheActor) -> Response:
    """One photo of a report, as JPEG."""
    with instance.database.read() as connection:
        return photo_response(service.require_photo(connection, actor, lead_id, number))


def take(instance: Instance, form: ReportForm, photos: Sequence[UploadFile], address: str) -> Received:
    """Takes a report. Asks whether one more is allowed before it works on the photos. Raises what
    `reports.service.receive` and `report_photos.small_jpeg` raise, with nothing written."""
    new = form.read()
    if len(photos) > MAX_PHOTOS:
        raise InvalidInput("report.photos", field="photos", maximum=MAX_PHOTOS)
    with instance.database.read() as connection:
        service.require_leave(connection, instance.keyring, new, address, instance.database.clock.now())
    new = replace(new, photos=tuple(small_jpeg(each.file) for each in photos))
    resolution = instance.resolver.resolve(new.code_text)
    return instance.database.write(lambda work: service.receive(work, instance.keyring, resolution, new, address))


def source_of(request: Request) -> str:
    """Who sends, one text for each source: the address of the connection, of IPv6 its first 64 bits. Behind a proxy
    the server takes the address from it (docs/operations.md)."""
    return source_of_host(request.client.host if request.client is not None else "")


def source_of_host(host: str) -> str:
    """The same of a connection's address as the server gives it; what is no address is a source of its own."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((int(address), SOURCE_PREFIX_BITS), strict=False))
    return str(address)


async def report_form(request: Request) -> FormData:
    return await request.form(max_files=MAX_FORM_FILES, max_fields=MAX_FORM_FIELDS)


def photos_in(form: FormData) -> tuple[UploadFile, ...]:
    """The photos of a form; a file field where nothing was chosen is sent empty."""
    return tuple(each for each in form.getlist("photos") if isinstance(each, UploadFile) and each.size)


def validated(read: Any, given: Any) -> ReportForm:
    """Raises RequestValidationError."""
    try:
        return read(given)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_context=False)) from None


def document(read: ReadReport) -> ReportDocument:
    kept = read.report
    return ReportDocument(
        reference=read.reference,
        code_text=kept.code_text,
        code=kept.code,
        troubles=list(kept.troubles),
        words=kept.words,
        region_code=kept.region_code,
        position=kept.position,
        telephone=read.telephone,
        has_telephone=kept.has_telephone,
        photos=kept.photos,
        public_answer=kept.public_answer,
        erased_at=kept.erased_at,
    )


def photo_response(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg", headers=PHOTO_HEADERS)
