"""/api/v1/results: published results of spot checks, for everybody."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from ...trace.inspection.publication import service
from ...trace.inspection.publication.model import PAGE_ROWS, Search
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.texts import Language
from ..deps import TheInstance, TheLanguage
from ..forms.results import SearchForm, SearchPageForm
from ..instance import Instance
from ..result_files import ResultFile, ResultFormat, write_results
from .result_document import batch_document, record_document, sample_document, tables_document

router = APIRouter(prefix="/api/v1", tags=["publication"])


@router.get("/results")
def search_results(instance: TheInstance, form: Annotated[SearchPageForm, Query()]) -> dict[str, Any]:
    """Published results that fit, the newest first, 50 at a time; with the counts of all that fit, by kind, stage,
    place and month. `next` is the cursor of the following page."""
    wanted, after = form.read(), form.after()
    with instance.database.read() as connection:
        found = service.search(connection, wanted, after, PAGE_ROWS)
        counted = service.tables(connection, wanted)
    return {
        **tables_document(counted),
        "samples": [sample_document(each) for each in found.samples],
        "next": found.next.written() if found.next else None,
    }


@router.get("/results.csv", response_class=Response)
def download_csv(instance: TheInstance, language: TheLanguage, form: Annotated[SearchForm, Query()]) -> Response:
    """All published results that fit as CSV for spreadsheets, at most the newest 10,000; a last line says if cut."""
    return results_file(instance, form.read(), language, ResultFormat.CSV)


@router.get("/results.json", response_class=JSONResponse)
def download_json(instance: TheInstance, language: TheLanguage, form: Annotated[SearchForm, Query()]) -> Response:
    """The same as JSON, with the counts; `is_cut` says whether there are more than the 10,000 in it."""
    return results_file(instance, form.read(), language, ResultFormat.JSON)


@router.get("/result-batches/{batch_id}")
def get_batch_results(batch_id: UUID, instance: TheInstance) -> dict[str, Any]:
    """All that is published of one batch: samples, stops, and how other batches of the product did."""
    with instance.database.read() as connection:
        return batch_document(service.require_batch_results(connection, batch_id))


@router.get("/results/{sample_number:path}")
def get_result(sample_number: str, instance: TheInstance) -> dict[str, Any]:
    """One published sample by the number of its sheet, with every version of its results; withdrawn ones say so."""
    with instance.database.read() as connection:
        return record_document(service.require_public(connection, sample_number))


def results_file(instance: Instance, wanted: Search, language: Language, form: ResultFormat) -> Response:
    with instance.database.read() as connection:
        samples, is_cut = service.whole(connection, wanted)
        counted = service.tables(connection, wanted)
    today = day_in_china(instance.database.clock.now())
    file = ResultFile(tuple(samples), counted, is_cut, today, instance.settings.base_url, language)
    headers = {
        "Content-Disposition": f'attachment; filename="{file.stem}.{form.value}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(write_results(file, form), media_type=form.media_type, headers=headers)
