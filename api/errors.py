"""Refusals on the wire: RFC 9457 problem documents, from the domain's errors, from validation and from faults."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..trace.kernel.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotAuthenticated,
    NotKnown,
    SuiyuanError,
    TooMany,
    UnsafeToRun,
)
from ..trace.kernel.limits import MAX_MOVEMENT_FILE_BYTES, MAX_REPORT_BYTES, MAX_REQUEST_BYTES
from ..trace.kernel.texts import Language, text
from .laboratory.faults import FileRefused
from .pages.rendering import choose_language, render

logger = logging.getLogger("suiyuan")

STATUS: dict[type[SuiyuanError], int] = {
    InvalidInput: 422,
    NotKnown: 404,
    Conflict: 409,
    NotAuthenticated: 401,
    NotAllowed: 403,
    TooMany: 429,
    UnsafeToRun: 503,
}

_HTTP_CODES = {404: "request.host", 405: "request.method", 413: "request.too_large"}

LARGER_BODIES = {
    "/api/v1/movement-files": MAX_MOVEMENT_FILE_BYTES,
    "/api/v1/reports": MAX_REPORT_BYTES,
    "/report": MAX_REPORT_BYTES,
}
"""Routes that take more than MAX_REQUEST_BYTES."""

MAX_SAFE_INTEGER = 2**53 - 1
"""RFC 8259 section 6: what every reader of JSON agrees on."""

PROBLEM_JSON = "application/problem+json"


PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}
"""On every page: nothing from elsewhere is loaded, no other site may frame it, and no cache may keep it."""


class ProblemResponse(Response):
    media_type = PROBLEM_JSON


def status_of(error: SuiyuanError) -> int:
    """The HTTP status of a domain error, by its class."""
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
) -> ProblemResponse:
    """A problem document. `code` is stable; `detail` is for people; None members are left out."""
    body = {"type": f"urn:suiyuan:problem:{code}", "title": code, "status": status, "detail": detail, "code": code}
    body.update({name: value for name, value in members.items() if value is not None})
    return ProblemResponse(orjson.dumps(body, default=str), status_code=status, headers=dict(headers or {}))


def headers_of(error: SuiyuanError) -> dict[str, str] | None:
    """What HTTP says beside the status: how to prove who one is, when to come again."""
    if isinstance(error, NotAuthenticated):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.evidence["retry_after_seconds"])}
    return None


def problem_of(error: SuiyuanError, language: Language) -> ProblemResponse:
    evidence = {
        # JSON readers lose the digits of larger integers, and orjson refuses them.
        name: str(value) if isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER else value
        for name, value in error.evidence.items()
        if isinstance(value, str | int | list)
    }
    return problem(
        status_of(error),
        error.code,
        error.text(language),
        headers=headers_of(error),
        field=error.field,
        evidence=evidence or None,
        errors=error.documents(language) if isinstance(error, FileRefused) else None,
    )


def language_of(request: Request) -> Language:
    """Query parameter `lang`, then the cookie, then Accept-Language; Chinese where none decides."""
    return language_of_scope(request.scope)


def language_of_scope(scope: Scope) -> Language:
    """The same of a request that nobody has read yet; its cookies and parameters are only read where they matter."""
    accepted, cookie = None, b""
    for name, value in scope["headers"]:
        if name == b"accept-language":
            accepted = value.decode("latin-1")
        elif name == b"cookie":
            cookie += value
    asks = b"lang=" in scope["query_string"]
    if not asks and b"suiyuan_language" not in cookie:
        return choose_language(None, None, accepted)
    request = Request(scope)
    asked = request.query_params.get("lang") if asks else None
    return choose_language(asked, request.cookies.get("suiyuan_language"), accepted)


def is_page(request: Request) -> bool:
    """Whether a person reads the answer: everything outside /api/ is a page."""
    return not request.url.path.startswith("/api/")


def error_page(status: int, message: str, language: Language, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        render("error.html", language, status=status, message=message),
        status_code=status,
        media_type="text/html",
        headers={**PAGE_HEADERS, **(headers or {})},
    )


class RefuseLarge:
    """Refuses a body that states beforehand to be over the limit, as a refusal should look: the framework's own answer
    is plain text. One that is sent in pieces is refused by the framework through the handlers below."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            stated = dict(scope["headers"]).get(b"content-length", b"")
            maximum = LARGER_BODIES.get(scope["path"], MAX_REQUEST_BYTES)
            if stated.isdigit() and int(stated) > maximum:
                await _too_large(Request(scope), maximum)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _too_large(request: Request, maximum: int) -> Response:
    language = language_of(request)
    message = text("error.request.too_large", language, maximum=maximum)
    return error_page(413, message, language) if is_page(request) else problem(413, "request.too_large", message)


def install(app: FastAPI) -> None:
    """Maps every exception to a problem document, or to the error page for people."""
    app.add_middleware(RefuseLarge)

    @app.exception_handler(SuiyuanError)
    async def on_refusal(request: Request, error: SuiyuanError) -> Response:
        language = language_of(request)
        logger.info("refused %s %s: %s", request.method, request.url.path, error)
        if not is_page(request):
            return problem_of(error, language)
        if isinstance(error, NotAuthenticated):
            return RedirectResponse("/sign-in", status_code=303)
        return error_page(status_of(error), error.text(language), language, headers_of(error))

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: RequestValidationError) -> Response:
        return refused_form(request, error.errors())

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        language = language_of(request)
        code = _HTTP_CODES.get(error.status_code, "request.body")
        maximum = LARGER_BODIES.get(request.url.path, MAX_REQUEST_BYTES)
        message = text(f"error.{code}", language, reason=str(error.detail), maximum=maximum)
        if is_page(request):
            return error_page(error.status_code, message, language)
        return problem(error.status_code, code, message, headers=error.headers)

    @app.exception_handler(Exception)
    async def on_fault(request: Request, error: Exception) -> Response:
        language = language_of(request)
        logger.exception("fault in %s %s", request.method, request.url.path, exc_info=error)
        message = text("error.request.internal", language)
        if is_page(request):
            return error_page(500, message, language)
        return problem(500, "request.internal", message)


def refused_form(request: Request, errors: Any) -> Response:
    """422 with field and reason of each fault; the first fault also stands at the top."""
    language = language_of(request)
    if is_page(request):
        return error_page(422, _faults(errors, language)[1], language)
    return form_problem(errors, language)


def form_problem(errors: Any, language: Language) -> ProblemResponse:
    """The same as a problem document. What was sent is not repeated in it."""
    faults, message = _faults(errors, language)
    return problem(422, "request.body", message, field=faults[0]["field"], errors=faults)


def _faults(errors: Any, language: Language) -> tuple[list[dict[str, str]], str]:
    faults = [
        {"field": ".".join(str(part) for part in fault["loc"] if part != "body"), "reason": str(fault["msg"])}
        for fault in errors
    ] or [{"field": "", "reason": ""}]
    first = faults[0]
    return faults, text("error.request.body", language, reason=f"{first['field']}: {first['reason']}")
