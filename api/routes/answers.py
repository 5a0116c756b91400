"""/api/v1/answers: the answer to a scan. The hot path: bytes made by orjson, no response model in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from pydantic import Field
from starlette.responses import Response
from starlette.routing import request_response

from ...trace.codes.model import MalformedReason
from ...trace.codes.service import Outcome, Resolution
from ...trace.kernel.clock import day_in_china
from ...trace.kernel.limits import MAX_SCANNED_CHARACTERS
from ...trace.kernel.texts import Language, text
from ...trace.verification.model import Answer, BatchFacts, Facts, ProductFacts, Reason, SampleFacts
from ..deps import TheInstance, instance_of
from ..errors import PROBLEM_JSON, language_of, problem
from ..forms.base import Form
from ..instance import Instance

FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""No cache may keep an answer: it would go on saying "genuine" after a recall."""

router = APIRouter(prefix="/api/v1/answers", tags=["answers"])


class ScannedText(Form):
    """Whatever a scanner read: a URL, four lines, a bare code."""

    text: str = Field(max_length=4 * MAX_SCANNED_CHARACTERS)


class BareRoute(APIRoute):
    """A route that hands the request to its endpoint as it is: what reading parameters through the framework costs is
    more than the answer itself. Its parameters are described by hand."""

    def __init__(self, path: str, endpoint: Callable[[Request], Awaitable[Response]], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = request_response(endpoint)


async def get_answer(request: Request) -> Response:
    """The answer to a code: verdict, reasons, and all that is known.

    404 for a code not registered here and 422 for what cannot be a code, as problem documents; the first still carries
    its verdict `unknown` and what to do. `record=false` looks without counting as a scan: for monitors and previews.
    """
    record = b"record=false" not in request.scope["query_string"].split(b"&")
    return await respond(instance_of(request), request.path_params["code"], language_of(request), record)


def add_hot_route(app: FastAPI) -> None:
    """Adds `get_answer` in front of all other routes, which are tried in order."""
    app.router.add_api_route(
        "/api/v1/answers/{code:path}",
        get_answer,
        methods=["GET"],
        tags=["answers"],
        response_class=Response,
        route_class_override=BareRoute,
        openapi_extra={
            "parameters": [
                {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}},
                {"name": "record", "in": "query", "schema": {"type": "boolean", "default": True}},
            ]
        },
    )
    app.router.routes.insert(0, app.router.routes.pop())


@router.post("")
async def scan(form: ScannedText, request: Request, instance: TheInstance) -> Response:
    """The same for any scanned text."""
    return await respond(instance, form.text, language_of(request), True)


async def respond(instance: Instance, scanned: str, language: Language, record: bool) -> Response:
    resolution, answer = await answer_for(instance, scanned)
    if answer is None:
        code = f"code.{resolution.reason or MalformedReason.NO_CODE}"
        return problem(422, code, text(f"error.{code}", language), field="code")
    if resolution.outcome is Outcome.UNKNOWN:
        body = answer_document(answer, language)
        members = {"type": "urn:suiyuan:problem:code.unknown", "title": "code.unknown", "status": 404}
        detail = {"code": "code.unknown", "detail": text("error.code.unknown", language), "field": "code"}
        body["scanned_code"] = body.pop("code")
        return Response(orjson.dumps({**members, **detail, **body}), 404, media_type=PROBLEM_JSON, headers=FRESH)
    if record:
        await instance.answers.record_scan(resolution, "api")
    content = orjson.dumps(answer_document(answer, language))
    return Response(content, media_type="application/json", headers=FRESH)


async def answer_for(instance: Instance, scanned: str) -> tuple[Resolution, Answer | None]:
    """Resolution and answer; None for a malformed text. SQLite is read in place: a seek is shorter than a thread's
    turn. PostgreSQL is a round trip, so it goes to the thread pool."""
    if instance.database.is_sqlite:
        return _answer(instance, scanned)
    return await run_in_threadpool(_answer, instance, scanned)


def _answer(instance: Instance, scanned: str) -> tuple[Resolution, Answer | None]:
    resolution = instance.answers.resolve(scanned)
    if resolution.outcome is Outcome.MALFORMED:
        return resolution, None
    return resolution, instance.answers.answer(resolution)


MAX_REMEMBERED = 5_000
"""Batches whose unchanging part of the document is kept as written, about 2 KiB each."""

_written: dict[UUID, tuple[BatchFacts, dict[str, orjson.Fragment]]] = {}


def answer_document(answer: Answer, language: Language) -> dict[str, object]:
    """The JSON form of an answer, for orjson: it writes days, instants, ids and enums; decimals are text."""
    return {
        "code": answer.facts.code,
        "scheme": answer.facts.scheme,
        "verdict": answer.verdict,
        "title": text(f"verdict.{answer.verdict}.title", language),
        "sentence": text(f"verdict.{answer.verdict}.sentence", language),
        "reasons": [_reason(reason, language) for reason in answer.reasons],
        "answered_at": answer.answered_at,
        **_known(answer.facts),
    }


def _reason(reason: Reason, language: Language) -> dict[str, object]:
    values = dict(reason.values)
    return {
        "code": reason.code,
        "title": text(f"reason.{reason.code}.title", language, **values),
        "what_to_do": text(f"reason.{reason.code}.what_to_do", language, **values),
        "values": values,
    }


def _known(facts: Facts) -> dict[str, object]:
    batch, product = facts.batch, facts.product
    if batch is None or product is None or facts.level is None:
        return {}
    return {
        "level": facts.level.name.lower(),
        "index": facts.index,
        "units_inside": facts.units_inside,
        **_registered(product, batch),
        "stops": [
            {"kind": stop.kind, "reason": stop.reason, "ordered_by": stop.ordered_by, "ordered_at": stop.ordered_at}
            for stop in facts.stops
        ],
        "sampled": bool(facts.samples),
        "samples": [_sample(sample) for sample in facts.samples],
        "whereabouts": facts.whereabouts,
        "way": [
            {
                "role": step.role,
                "region_code": step.region_code,
                "shipped_on": step.shipped_on,
                "received_on": step.received_on,
            }
            for step in facts.way
        ],
        "scans": {
            "count": facts.scans.count,
            "first_on": _day(facts.scans.first_at),
            "last_on": _day(facts.scans.last_at),
        },
    }


def _registered(product: ProductFacts, batch: BatchFacts) -> dict[str, orjson.Fragment]:
    """Product, maker and batch as registered. The same facts give the same bytes, so they are written once."""
    kept = _written.get(batch.batch_id)
    if kept is not None and kept[0] is batch:
        return kept[1]
    parts: dict[str, dict[str, object]] = {
        "product": {
            "product_id": product.product_id,
            "kind": product.kind,
            "name": product.name,
            "brand": product.brand,
            "registration_number": product.registration_number,
            "formulation": product.formulation,
            "composition": [
                {"name": part.name, "content": str(part.content), "unit": part.unit} for part in product.composition
            ],
            "usage": product.usage,
            "warnings": product.warnings,
        },
        "maker": {
            "name": batch.maker_name,
            "region_code": batch.maker_region_code,
            "telephone": batch.maker_telephone,
        },
        "batch": {
            "batch_id": batch.batch_id,
            "batch_number": batch.batch_number,
            "production_on": batch.production_on,
            "expires_on": batch.expires_on,
            "pack_description": batch.pack_description,
            "contract_maker": batch.contract_maker,
            "technical_registration": batch.technical_registration,
            "technical_maker": batch.technical_maker,
            "factory_result": batch.factory_result,
            "factory_report_number": batch.factory_report_number,
            "factory_inspected_on": batch.factory_inspected_on,
            "ruleset": batch.ruleset,
            "is_demonstration": batch.is_demonstration,
        },
    }
    written = {name: orjson.Fragment(orjson.dumps(part)) for name, part in parts.items()}
    if len(_written) >= MAX_REMEMBERED:
        _written.clear()
    _written[batch.batch_id] = (batch, written)
    return written


def _sample(sample: SampleFacts) -> dict[str, object]:
    return {
        "sample_number": sample.sample_number,
        "taken_on": sample.taken_on,
        "region_code": sample.region_code,
        "basis": sample.basis,
        "agency": sample.agency,
        "laboratory": sample.laboratory,
        "report_number": sample.report_number,
        "reported_on": sample.reported_on,
        "state": sample.state,
        "maker_response": sample.maker_response,
        "findings": [
            {
                "item": finding.item,
                "requirement": finding.requirement,
                "lower": _number(finding.limit.lower),
                "upper": _number(finding.limit.upper),
                "measured": _number(finding.measured),
                "measured_text": finding.measured_text,
                "unit": finding.unit,
                "outcome": finding.outcome,
            }
            for finding in sample.findings
        ],
    }


def _day(value: datetime | None) -> date | None:
    return None if value is None else day_in_china(value)


def _number(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
