"""Forms of shipments and receipts."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from ...trace.custody.model import Interval
from ...trace.custody.service import Goods
from ...trace.kernel.limits import MAX_CODES_PER_REQUEST
from .base import Form


class SpanForm(Form):
    """Units `[start, stop)` of one batch."""

    batch_id: UUID
    start: int
    stop: int

    def read(self) -> Goods:
        return Goods(self.batch_id, (Interval(self.start, self.stop),))


class GoodsForm(Form):
    """Goods by scanned codes, by spans, or both."""

    codes: tuple[str, ...] = ()
    spans: tuple[SpanForm, ...] = Field(default=(), max_length=MAX_CODES_PER_REQUEST)


class ShipForm(GoodsForm):
    to_id: UUID
    from_id: UUID | None = None


class ReceiveForm(GoodsForm):
    to_id: UUID | None = None
