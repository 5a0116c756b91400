"""The form of a buyer's report."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ...trace.enforcement.reports.model import NewReport, Position, Trouble, rounded
from ...trace.kernel.errors import InvalidInput
from .base import BlankIsNone, Form, OptionalExact


class ReportForm(Form):
    """`code`: what was scanned or typed, of any form. `troubles`: what is wrong, at least one. `latitude` and
    `longitude` in degrees; they are rounded to about a kilometre. `sent_id`: your own UUID for this sending; sent again
    with it, the report is taken once."""

    code: str = ""
    troubles: tuple[Trouble, ...] = ()
    words: str = ""
    region_code: str = ""
    latitude: OptionalExact = None
    longitude: OptionalExact = None
    telephone: str = ""
    sent_id: Annotated[UUID | None, BlankIsNone] = None

    def read(self) -> NewReport:
        """Raises InvalidInput `report.position`."""
        return NewReport(
            troubles=self.troubles,
            code_text=self.code,
            words=self.words,
            region_code=self.region_code,
            position=self._position(),
            telephone=self.telephone,
            sent_id=self.sent_id,
        )

    def _position(self) -> Position | None:
        if self.latitude is None and self.longitude is None:
            return None
        if self.latitude is None or self.longitude is None:
            raise InvalidInput("report.position", field="latitude" if self.latitude is None else "longitude")
        return rounded(self.latitude, self.longitude)
