"""/results: the public search over published results, the permanent page of each, a page for each batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from ...trace.inspection.publication import service
from ...trace.inspection.publication.model import Cursor, Search
from ...trace.kernel.errors import SuiyuanError
from ...trace.kernel.texts import Language, text
from ..deps import TheInstance, TheLanguage
from ..errors import status_of
from ..forms.results import SearchPageForm
from ..result_files import ResultFormat
from ..routes.results import results_file
from .record_view import record_view
from .respond import page
from .result_view import batch_view, form_view, found_view

router = APIRouter()


class Unread(Exception):
    """Conditions that cannot be read. `errors`: the reasons by field; `status` as the API would answer."""

    def __init__(self, errors: Mapping[str, str], status: int) -> None:
        super().__init__(status)
        self.errors = errors
        self.status = status


@router.get("/results")
def show_search(request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """The public search over published results: counts first, then the list, charts and downloads."""
    values = dict(request.query_params)
    try:
        wanted, after = _read(values, language)
    except Unread as unread:
        return _refused(request, values, unread, language)
    with instance.database.read() as connection:
        counted = service.tables(connection, wanted)
        found = service.search(connection, wanted, after)
    return page(request, "results/search.html", view=found_view(values, counted, found, after is None, language))


@router.get("/results.csv")
def download_csv(request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """All published results that fit as CSV, at most the newest 10,000."""
    return _download(request, instance, language, ResultFormat.CSV)


@router.get("/results.json")
def download_json(request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """The same as JSON."""
    return _download(request, instance, language, ResultFormat.JSON)


@router.get("/results/batches/{batch_id}")
def show_batch(batch_id: UUID, request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """All that is published of one batch: its samples, its stops, and how other batches of the product did."""
    with instance.database.read() as connection:
        found = service.require_batch_results(connection, batch_id)
    return page(request, "results/batch.html", view=batch_view(found, language))


@router.get("/results/{sample_number:path}")
def show_result(sample_number: str, request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """One published sample for good: every version of its results, the rule and arithmetic; withdrawn ones say so."""
    with instance.database.read() as connection:
        found = service.require_public(connection, sample_number)
    return page(request, "results/result.html", view=record_view(found, language))


def _download(request: Request, instance: TheInstance, language: Language, form: ResultFormat) -> Response:
    values = dict(request.query_params)
    try:
        wanted, _ = _read(values, language)
    except Unread as unread:
        return _refused(request, values, unread, language)
    return results_file(instance, wanted, language, form)


def _refused(request: Request, values: Mapping[str, str], unread: Unread, language: Language) -> Response:
    """The form with the reasons at its fields; nothing was looked for."""
    view = form_view(values, unread.errors, language)
    return page(request, "results/search.html", unread.status, here="/results", view=view)


def _read(values: Mapping[str, str], language: Language) -> tuple[Search, Cursor | None]:
    """Raises Unread."""
    try:
        form = SearchPageForm.model_validate(values)
        return form.read(), form.after()
    except ValidationError as error:
        unreadable = text("page.results.unreadable", language)
        raise Unread({_name(fault): unreadable for fault in error.errors()}, 422) from None
    except SuiyuanError as error:
        raise Unread({error.field or "": error.text(language)}, status_of(error)) from None


def _name(fault: Any) -> str:
    return str(fault["loc"][0]) if fault["loc"] else ""
