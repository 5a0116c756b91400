"""/api/v1/laboratory-files: results from a laboratory as CSV or XLSX, many samples in one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from ...trace.kernel.errors import InvalidInput
from ..deps import TheInstance, TheLanguage
from ..laboratory.columns import SheetFormat, empty_sheet
from ..laboratory.reading import read_results
from ..laboratory.rows import MAX_FILE_BYTES
from ..laboratory.taking import TakenReport, look, require_sender, take
from ..writes import TheWrite

router = APIRouter(prefix="/api/v1", tags=["inspection"])


@dataclass(frozen=True, slots=True)
class TakenDocument:
    """What was taken, or with `check` what would be. `items` counts those of all samples."""

    is_check: bool
    items: int
    samples: list[TakenReport]


async def _content(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/laboratory-files",
    status_code=201,
    max_body_size=MAX_FILE_BYTES,
    openapi_extra={"requestBody": {"required": True, "content": {form.media_type: {} for form in SheetFormat}}},
)
def take_file(
    content: Annotated[bytes, Depends(_content)],
    request: Request,
    response: Response,
    instance: TheInstance,
    write: TheWrite,
    check: bool = False,
) -> TakenDocument:
    """Enters the results of a file, one row for each item, all or nothing; every faulty cell is named. `check` says
    what would be taken, and takes nothing."""
    require_sender(write.actor)
    file = read_results(content, form_of(request.headers.get("content-type", "")))
    if check:
        response.status_code = 200
        return document(look(instance.database, write.actor, file), is_check=True)
    return write.run(lambda work: document(take(work, write.actor, file)))


@router.get("/laboratory-files/template.csv", response_class=Response)
def get_csv_template(language: TheLanguage) -> Response:
    """An empty CSV with the headings."""
    return _template(SheetFormat.CSV, language)


@router.get("/laboratory-files/template.xlsx", response_class=Response)
def get_xlsx_template(language: TheLanguage) -> Response:
    """An empty XLSX with the headings, its cells text, so that 5.10 keeps its zero."""
    return _template(SheetFormat.XLSX, language)


def form_of(media_type: str) -> SheetFormat:
    """What a file is, by its media type. Raises InvalidInput `file.type`."""
    plain = media_type.partition(";")[0].strip().lower()
    form = next((form for form in SheetFormat if form.media_type == plain), None)
    if form is None:
        known = ", ".join(form.media_type for form in SheetFormat)
        raise InvalidInput("file.type", field="Content-Type", known=known)
    return form


def document(reports: list[TakenReport], *, is_check: bool = False) -> TakenDocument:
    return TakenDocument(is_check, sum(report.items for report in reports), reports)


def _template(form: SheetFormat, language: TheLanguage) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="laboratory-results.{form.value}"'}
    return Response(empty_sheet(form, language), media_type=form.media_type, headers=headers)
