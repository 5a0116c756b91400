"""A page as a response: rendered, never cached, remembering the language asked for in the address."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Request
from starlette.responses import HTMLResponse

from ..errors import PAGE_HEADERS, language_of
from .rendering import render


def page(
    request: Request, template: str, status: int = 200, here: str | None = None, **context: object
) -> HTMLResponse:
    """`here`: the address the language switch leads to, where it is not the one requested (after a form was sent)."""
    language = language_of(request)
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    content = render(template, language, here=here or address, **context)
    response = HTMLResponse(content, status_code=status, headers=PAGE_HEADERS)
    if request.query_params.get("lang"):
        response.set_cookie(
            "suiyuan_language",
            language,
            max_age=int(timedelta(days=365).total_seconds()),
            samesite="lax",
            httponly=True,
        )
    return response
