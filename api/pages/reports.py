"""/report: "this is not what I bought", from anybody, and how far it is; photos of a report for authorities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile
from starlette.responses import Response

from ...trace.enforcement import service as enforcement
from ...trace.enforcement.model import LeadState
from ...trace.enforcement.reports import service
from ...trace.enforcement.reports.model import ReportStatus, Trouble
from ...trace.kernel.errors import InvalidInput, NotKnown, SuiyuanError, TooMany
from ...trace.kernel.limits import MAX_SCANNED_CHARACTERS
from ...trace.kernel.texts import Language, text
from ..deps import TheInstance, TheLanguage, ThePageActor
from ..errors import headers_of, status_of
from ..forms.reports import ReportForm
from ..routes.reports import photo_response, photos_in, report_form, source_of, take, validated
from .rendering import day_text
from .report_form import report_view
from .respond import page
from .sent_forms import new_once

router = APIRouter()

TRAP = "website"
"""A field that no person sees. Programs fill in whatever they find."""


@dataclass(frozen=True, slots=True)
class SentPage:
    """What the page's form held: its values by name, and the photos."""

    values: Mapping[str, str]
    photos: tuple[UploadFile, ...]


@dataclass(frozen=True, slots=True)
class StatusView:
    """`answer` is the authority's sentence, or one of ours that says what happens next."""

    reference: str
    state: str
    is_closed: bool
    since: str
    answer: str


async def _sent(request: Request) -> SentPage:
    form = await report_form(request)
    values = {name: value for name, value in form.items() if isinstance(value, str)}
    return SentPage(values, photos_in(form))


@router.get("/report")
def show_form(request: Request, language: TheLanguage, code: str = "") -> Response:
    """The form, with the code in it that was just asked about."""
    view = report_view({"code": code[:MAX_SCANNED_CHARACTERS]}, language)
    return page(request, "reports/form.html", view=view, once=new_once)


@router.post("/report")
def send(
    request: Request, instance: TheInstance, language: TheLanguage, sent: Annotated[SentPage, Depends(_sent)]
) -> Response:
    """Takes the report and leads to its state; a refused one comes back with what was typed."""
    try:
        received = take(instance, _form(sent.values), sent.photos, source_of(request))
    except SuiyuanError as error:
        view = report_view(sent.values, language, error, has_photos=bool(sent.photos))
        return _refused(page(request, "reports/form.html", status_of(error), view=view, once=new_once), error)
    return RedirectResponse(f"/report/{received.reference}", status_code=303)


@router.get("/report/look-up")
def show_look_up(request: Request, number: str = "") -> Response:
    """Asks for the number, or leads to the report with it."""
    plain = "".join(number.split())[:40]
    if plain:
        return RedirectResponse(f"/report/{quote(plain, safe='')}", status_code=303)
    return page(request, "reports/look_up.html", number="", error="")


@router.get("/report/{reference}")
def show_status(reference: str, request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """How far a report is, and nothing of what is in it."""
    try:
        status = service.look_up(instance.database, instance.keyring, reference, source_of(request))
    except (NotKnown, TooMany) as error:
        shown, said = reference[:40], error.text(language)
        return _refused(page(request, "reports/look_up.html", status_of(error), number=shown, error=said), error)
    return page(request, "reports/status.html", view=_status_view(status, language))


@router.get("/desk/leads/{lead_number}/photos/{number}")
def show_photo(lead_number: str, number: int, instance: TheInstance, actor: ThePageActor) -> Response:
    """One photo of a report, for who may see its lead."""
    with instance.database.read() as connection:
        lead = enforcement.require_lead_by_number(connection, actor, lead_number)
        return photo_response(service.require_photo(connection, actor, lead.lead_id, number))


def _form(values: Mapping[str, str]) -> ReportForm:
    """What the form held, its choices read from their boxes; the place only where the box for it is ticked.

    Raises InvalidInput `report.robot`, `report.form`.
    """
    if values.get(TRAP, ""):
        raise InvalidInput("report.robot")
    has_place = bool(values.get("with_place"))
    given: dict[str, Any] = {
        **{name: values.get(name, "") for name in ("code", "words", "region_code", "telephone")},
        **{name: values.get(name, "") if has_place else "" for name in ("latitude", "longitude")},
        "troubles": [each for each in Trouble if values.get(f"troubles-{each.value}")],
        "sent_id": values.get("once", ""),
    }
    try:
        return validated(ReportForm.model_validate, given)
    except RequestValidationError as error:
        raise InvalidInput("report.form", field=str(error.errors()[0]["loc"][0])) from None


def _refused(response: Response, error: SuiyuanError) -> Response:
    response.headers.update(headers_of(error) or {})
    return response


def _status_view(status: ReportStatus, language: Language) -> StatusView:
    day = day_text(status.closed_on or status.received_on, language)
    return StatusView(
        reference=status.reference,
        state=text(f"page.reports.state_{status.state}", language),
        is_closed=status.state is LeadState.CLOSED,
        since=text("page.reports.closed_on" if status.closed_on else "page.reports.received_on", language, day=day),
        answer=status.public_answer or text(f"page.reports.next_{status.state}", language),
    )
