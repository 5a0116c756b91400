"""/c/{code}: the farmer's answer; /01/{gtin}/…: the same to a GS1 Digital Link of this host."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.codes.model import MalformedReason
from ...trace.codes.service import Outcome
from ...trace.kernel.texts import Language
from ..deps import TheInstance, TheLanguage
from ..instance import Instance
from ..routes.answers import answer_for
from .answer_view import answer_view, malformed_view
from .respond import page

router = APIRouter()


@router.get("/c")
async def look_up(request: Request, instance: TheInstance, language: TheLanguage, text: str = "") -> Response:
    """The answer to a text typed or pasted into the form."""
    return await _answer(request, instance, language, text)


@router.get("/c/{code:path}")
async def show_answer(code: str, request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """The answer to a code: where the label's symbol leads."""
    return await _answer(request, instance, language, code)


@router.get("/01/{link:path}")
async def show_linked_answer(request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """The answer to a GS1 Digital Link, https://host/01/{gtin}/10/{batch}/21/{serial}."""
    return await _answer(request, instance, language, _address(request, instance))


def _address(request: Request, instance: Instance) -> str:
    """The address as it was sent: unescaped, a slash within a batch number would be one of the path."""
    sent: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return f"{instance.settings.base_url}{sent.partition(b'?')[0].decode('latin-1')}?{query.decode('latin-1')}"


async def _answer(request: Request, instance: Instance, language: Language, scanned: str) -> Response:
    """200 for a known code, 404 for one not registered here, 422 for a text that holds none."""
    resolution, answer = await answer_for(instance, scanned)
    if answer is None:
        return page(
            request,
            "malformed.html",
            422,
            view=malformed_view(scanned, resolution.reason or MalformedReason.NO_CODE, language),
        )
    if resolution.outcome is Outcome.KNOWN:
        await instance.answers.record_scan(resolution, "page")
    status = 200 if resolution.outcome is Outcome.KNOWN else 404
    return page(request, "answer.html", status, view=answer_view(answer, language))
