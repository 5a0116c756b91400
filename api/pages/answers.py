"""/c/{code}: the farmer's answer; /01/{gtin}/…: the same to a GS1 Digital Link of this host."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from starlette.responses import Response

from ...trace.codes.model import MalformedReason, Scheme
from ...trace.codes.service import Outcome, Resolution
from ...trace.codes.suggestions import Slip, as_digits, has_look_alikes, slip_of
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.texts import Language
from ...trace.kernel.texts import text as text_of
from ...trace.verification.model import Answer
from ...trace.verification.service.answers import key_of
from ..askers import asker_of
from ..deps import TheInstance, TheLanguage
from ..instance import Instance
from ..probe_guard import guard
from ..routes import scans as scan_routes
from ..routes.scans import OriginForm, name_of
from .answer_view import answer_view
from .respond import page
from .typed_view import NO_SLIP, malformed_view

router = APIRouter()

CHANNEL = "page"
"""What a scan answered here is recorded as."""


@router.get("/c")
async def look_up(request: Request, instance: TheInstance, language: TheLanguage, text: str = "") -> Response:
    """The answer to a text typed or pasted into the form. What looks like digits is read as digits if nothing else
    can be meant; what is still no code is told where it may be mistyped."""
    asker = await asker_of(instance, request.scope)
    read, found = text, await instance.answers.look(text, CHANNEL, asker)
    if found[1] is None and (digits := as_digits(text)):
        read, found = digits, await instance.answers.look(digits, CHANNEL, asker)
    if found[0].outcome is not Outcome.KNOWN:
        guard(instance, found[0], request.scope)
    slip = NO_SLIP if found[1] is not None else await run_in_threadpool(_slip, instance, read)
    is_read_as_digits = read != text and has_look_alikes(text)
    return await _respond(request, instance, language, found, text, slip, is_read_as_digits=is_read_as_digits)


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


def _slip(instance: Instance, typed: str) -> Slip:
    def is_known(scheme: Scheme, code: str) -> bool:
        return instance.resolver.locate(scheme, code) is not None

    return slip_of(typed, is_known)


async def _answer(request: Request, instance: Instance, language: Language, scanned: str) -> Response:
    """The answer to what a symbol says: it is taken as it stands, since nobody mistyped it."""
    found = await instance.answers.look(scanned, CHANNEL, await asker_of(instance, request.scope))
    if found[0].outcome is not Outcome.KNOWN:
        guard(instance, found[0], request.scope)
    return await _respond(request, instance, language, found, scanned)


async def _respond(
    request: Request,
    instance: Instance,
    language: Language,
    found: tuple[Resolution, Answer | None],
    scanned: str,
    slip: Slip = NO_SLIP,
    *,
    is_read_as_digits: bool = False,
) -> Response:
    """200 for a known code, 404 for one not registered here, 422 for a text that holds none."""
    resolution, answer = found
    if answer is None:
        reason = resolution.reason or MalformedReason.NO_CODE
        return page(request, "malformed.html", 422, view=malformed_view(scanned, reason, language, slip))
    status = 200 if resolution.outcome is Outcome.KNOWN else 404
    days = await run_in_threadpool(instance.answers.history, resolution) if answer.facts.scans.count else ()
    scan = "" if answer.position is None else name_of(instance.keyring, answer.position)
    asks = bool(scan) and answer.facts.scans.suspicion is not None
    if asks and resolution.batch_id is not None:
        asks = await run_in_threadpool(instance.answers.asks, key_of(resolution, resolution.batch_id))
    view = answer_view(answer, language, days, scan, asks=asks, is_read_as_digits=is_read_as_digits)
    return page(request, "answer.html", status, view=view, scanned=scanned)


@router.post("/scans/origin")
async def tell_origin(request: Request, instance: TheInstance, language: TheLanguage) -> Response:
    """Where the pack is from, told with the form of the answer's page by a browser without script."""
    sent = await request.form()
    try:
        form = OriginForm.model_validate({name: value for name, value in sent.items() if value})
        await run_in_threadpool(scan_routes.tell_origin, form, instance)
    except ValidationError:
        raise InvalidInput("scan.shop", field="said") from None
    return page(request, "thanks.html", here="/", said=text_of("page.origin.thanks", language))
