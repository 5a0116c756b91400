"""/api/v1/answers: the answer to a scan."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...trace.codes.model import MalformedReason
from ...trace.codes.service import Outcome
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.limits import MAX_SCANNED_CHARACTERS
from ...trace.kernel.texts import Language, text
from ..askers import asker_of
from ..deps import TheInstance
from ..errors import PROBLEM_JSON, language_of, problem
from ..forms.base import Form
from ..instance import Instance
from ..probe_guard import guard
from .answer_document import answer_bytes, answer_document

FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""No cache may keep an answer: it would go on saying "genuine" after a recall."""

_ANSWER_HEADERS = [
    (b"content-type", b"application/json"),
    *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in FRESH.items()),
]

router = APIRouter(prefix="/api/v1/answers", tags=["answers"])


class AnswerResponse(Response):
    """200 with JSON bytes. Its headers are the same every time but for one, so they are not worked out anew."""

    def __init__(self, content: bytes) -> None:
        self.status_code = 200
        self.background = None
        self.body = content
        self.raw_headers = [*_ANSWER_HEADERS, (b"content-length", b"%d" % len(content))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})


class ScannedText(Form):
    """Whatever a scanner read: a URL, four lines, a bare code. `latitude` and `longitude` in degrees (WGS 84), where
    the person agreed: of them only the county is kept."""

    text: str = Field(max_length=4 * MAX_SCANNED_CHARACTERS)
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    longitude: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)

    @property
    def position(self) -> tuple[float, float] | None:
        """Both or none. Raises InvalidInput `scan.half_a_position`."""
        if self.latitude is None or self.longitude is None:
            if self.latitude is not self.longitude:
                raise InvalidInput("scan.half_a_position", field="latitude")
            return None
        return self.latitude, self.longitude


@router.get("/{code:path}")
async def get_answer(
    code: str, request: Request, instance: TheInstance, record: Annotated[bool, Query()] = True
) -> Response:
    """The answer to a code: verdict, reasons, and all that is known.

    404 for a code not registered here and 422 for what cannot be a code, as problem documents; the first still carries
    its verdict `unknown` and what to do. 429 where one source, or many for codes with one beginning, asked for too many
    of these. `record=false` looks without counting as a scan: for monitors and previews.
    (Requests are served by hot.py, which does the same without the framework's way of reading parameters.)
    """
    return await respond(instance, code, language_of(request), record, request.scope)


@router.post("")
async def scan(form: ScannedText, request: Request, instance: TheInstance) -> Response:
    """The same for any scanned text."""
    return await respond(instance, form.text, language_of(request), True, request.scope, form.position)


async def respond(
    instance: Instance,
    scanned: str,
    language: Language,
    record: bool,
    scope: Scope,
    position: tuple[float, float] | None = None,
) -> Response:
    if record:
        asker = await asker_of(instance, scope, position)
        resolution, answer = await instance.answers.look(scanned, "api", asker)
    else:
        resolution, answer = await instance.answers.look(scanned, None)
    if resolution.outcome is not Outcome.KNOWN:
        guard(instance, resolution, scope)
    if answer is None:
        code = f"code.{resolution.reason or MalformedReason.NO_CODE}"
        return problem(422, code, text(f"error.{code}", language), field="code")
    if resolution.outcome is Outcome.UNKNOWN:
        body = answer_document(answer, language)
        members = {"type": "urn:suiyuan:problem:code.unknown", "title": "code.unknown", "status": 404}
        detail = {"code": "code.unknown", "detail": text("error.code.unknown", language), "field": "code"}
        body["scanned_code"] = body.pop("code")
        return Response(orjson.dumps({**members, **detail, **body}), 404, media_type=PROBLEM_JSON, headers=FRESH)
    return AnswerResponse(answer_bytes(answer, language))
