"""/api/v1/ledgers: the legal ledgers of purchase and sale (采购台账, 销售台账), read from the movements."""

from __future__ import annotations

import io
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from ...trace.catalog.ledger_rules import LedgerSide
from ...trace.catalog.model import ProductKind
from ..deps import FromDay, TheActor, TheInstance, TheLanguage, ToDay, party_asked_for
from ..ledger_files import LedgerFormat, file_name, write_ledger
from ..ledger_tables import read_ledger
from .ledger_document import ledger_document

router = APIRouter(prefix="/api/v1", tags=["custody"])


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


@router.get("/ledgers/{side}", response_class=Response)
def get_ledger(
    side: LedgerSide,
    instance: TheInstance,
    actor: TheActor,
    language: TheLanguage,
    first: FromDay,
    last: ToDay,
    form: Annotated[Format, Query(alias="format")] = Format.JSON,
    kind: ProductKind | None = None,
    party_id: UUID | None = None,
) -> Response:
    """The purchase or sales ledger between two days: the caller's, or any party's for the regulator. As JSON, XLSX (a
    sheet for each kind of goods) or CSV (one kind)."""
    ledger = read_ledger(instance, party_asked_for(actor, party_id), side, first, last, language, kind)
    if form is Format.JSON:
        return JSONResponse(ledger_document(ledger))
    written, file = LedgerFormat(form.value), io.BytesIO()
    write_ledger(ledger, written, file)
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(ledger, written)}"',
        "Cache-Control": "no-store",
    }
    return Response(file.getvalue(), media_type=written.media_type, headers=headers)
