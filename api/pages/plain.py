"""The plain pages: home, results published elsewhere, signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from ...trace.inspection import service as inspection
from ...trace.inspection.publication import aggregates
from ...trace.kernel.errors import NotAuthenticated
from ..auth import require_form_token, sign_in, sign_out
from ..deps import TheInstance, TheLanguage
from .aggregate_view import aggregate_row
from .desk_view import Flash, published_row
from .respond import page

router = APIRouter()


@router.get("/")
def show_home(request: Request) -> Response:
    return page(request, "home.html")


@router.get("/published")
def show_published(request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """Spot-check results and counts that authorities published: cited history with its source."""
    with instance.database.read() as connection:
        results = inspection.list_published(connection)
        counts = aggregates.list_aggregates(connection)
    return page(
        request,
        "published.html",
        rows=tuple(published_row(each, language) for each in results),
        aggregates=tuple(aggregate_row(each, language) for each in counts),
    )


@router.get("/sign-in")
def show_sign_in(request: Request) -> Response:
    return page(request, "sign_in.html", flash=None)


@router.post("/sign-in")
def do_sign_in(
    request: Request, instance: TheInstance, language: TheLanguage, key: Annotated[str, Form()] = ""
) -> Response:
    response = RedirectResponse("/desk", status_code=303)
    try:
        sign_in(instance, key, response)
    except NotAuthenticated as error:
        flash = Flash(error.text(language), is_error=True)
        return page(request, "sign_in.html", 401, flash=flash)
    return response


@router.post("/sign-out")
def do_sign_out(request: Request, instance: TheInstance, csrf: Annotated[str, Form()] = "") -> Response:
    require_form_token(instance, request, csrf)
    response = RedirectResponse("/", status_code=303)
    sign_out(response)
    return response
