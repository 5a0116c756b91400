"""/receipts: an answer to keep, and the check of one that was kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from ...trace.codes.model import grouped
from ...trace.kernel.clock import CHINA
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.texts import Language, text
from ..deps import TheInstance, TheLanguage
from ..errors import status_of
from ..instance import Instance
from ..probe_guard import guard_text
from ..receipts import Receipt, fault_of, public_key, read_receipt, receipt_of, written
from ..routes.answers import FRESH
from .answer_parts import Fact
from .rendering import day_text
from .respond import page

router = APIRouter()


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """`document` is what was pasted; `error` why it is none or not genuine; `facts` what a genuine one says."""

    document: str = ""
    error: str = ""
    facts: tuple[Fact, ...] = ()


@router.get("/receipts")
def keep_answer_to_text(request: Request, instance: TheInstance, text: str = "") -> Response:
    """The receipt of the answer to a scanned text, which may say more than its code, as a file."""
    return _file(request, instance, text)


@router.get("/receipts/verify")
def show_verification(request: Request) -> Response:
    """Asks for the content of a receipt."""
    return page(request, "receipt.html", view=ReceiptView())


@router.post("/receipts/verify")
def verify(
    request: Request, instance: TheInstance, language: TheLanguage, document: Annotated[str, Form()] = ""
) -> Response:
    """Says whether a receipt is genuine, and what it states."""
    try:
        receipt = read_receipt(document)
        if fault := fault_of(receipt, public_key(instance.keyring)):
            raise InvalidInput(fault, field="document")
    except InvalidInput as error:
        view = ReceiptView(document, error=error.text(language))
        return page(request, "receipt.html", status_of(error), view=view)
    return page(request, "receipt.html", view=ReceiptView(document, facts=_facts(receipt, language)))


@router.get("/receipts/{code:path}")
def keep_answer(code: str, request: Request, instance: TheInstance) -> Response:
    """The receipt of the answer to a code, as a file."""
    return _file(request, instance, code)


def _file(request: Request, instance: Instance, scanned: str) -> Response:
    receipt = receipt_of(instance, guard_text(instance, scanned, request.scope))
    at = datetime.fromisoformat(str(receipt["answered_at"]))
    rest = f"-{receipt['code']}-{at:%Y%m%dT%H%M%SZ}.json"
    names = f"filename=\"suiyuan{rest}\"; filename*=UTF-8''{quote('穗源' + rest)}"
    headers = {**FRESH, "Content-Disposition": f"attachment; {names}"}
    return Response(written(receipt), media_type="application/json", headers=headers)


def _facts(receipt: Receipt, language: Language) -> tuple[Fact, ...]:
    """What a genuine receipt says: its members were written here, so they are what they should be."""
    said = receipt.members
    at = datetime.fromisoformat(said["answered_at"]).astimezone(CHINA)
    product, batch = said["product"] or {}, said["batch"] or {}
    rows = {
        "verdict": text(f"verdict.{said['verdict']}.title", language),
        "answered": f"{day_text(at.date(), language)} {at:%H:%M}",
        "code": grouped(said["code"]),
        "product": product.get("name", ""),
        "batch": batch.get("batch_number", ""),
    }
    return tuple(Fact(text(f"page.receipt.says_{name}", language), (value,)) for name, value in rows.items() if value)
