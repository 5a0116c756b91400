"""/api/v1/receipts/{code}: an answer as a signed file, and whether such a file is genuine.

(`POST /api/v1/receipts`, the receiving of goods, is in routes/transfers.py.)
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from ...trace.kernel.texts import text
from ..deps import TheInstance, TheLanguage
from ..forms.base import Form
from ..probe_guard import guard_text
from ..receipts import KEY_NUMBER, fault_of, public_key, read_receipt, receipt_of, written
from .answers import FRESH

router = APIRouter(prefix="/api/v1/receipts", tags=["answers"])


class ReceiptDocument(Form):
    """The content of a receipt's file, as text."""

    document: str


@router.get("/{code:path}")
def get_receipt(code: str, request: Request, instance: TheInstance) -> Response:
    """The answer to a code as a signed receipt; no scan is recorded. Codes not registered here get one too."""
    receipt = receipt_of(instance, guard_text(instance, code, request.scope))
    return Response(written(receipt), media_type="application/json", headers=FRESH)


@router.post("/verification")
def verify_receipt(form: ReceiptDocument, instance: TheInstance, language: TheLanguage) -> dict[str, object]:
    """Whether a receipt was signed by this service and not changed since. What is no receipt is refused with 422."""
    fault = fault_of(read_receipt(form.document), public_key(instance.keyring))
    detail = text(f"error.{fault}", language) if fault else text("receipt.genuine", language)
    return {"is_genuine": fault is None, "reason": fault, "detail": detail}


well_known = APIRouter(tags=["answers"])


@well_known.get("/.well-known/suiyuan-receipt-key.json")
def get_receipt_key(instance: TheInstance) -> dict[str, object]:
    """The public key that receipts are checked with."""
    return {"algorithm": "Ed25519", "key_number": KEY_NUMBER, "public_key": public_key(instance.keyring).hex()}
