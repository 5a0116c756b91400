"""The form of the public search, the same from the API and from the page."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from ...trace.catalog.model import ProductKind
from ...trace.inspection.items import ViolationCode
from ...trace.inspection.model import Basis, Stage
from ...trace.inspection.publication.model import MAX_CURSOR_CHARACTERS, Cursor, PublicVerdict, Search, read_cursor
from ...trace.kernel.errors import InvalidInput
from ...trace.kernel.limits import MAX_NAME_CHARACTERS
from ...trace.kernel.normalise import require_text
from ...trace.parties.regions import require_region
from .base import FIRST_DAY, LAST_DAY, BlankIsNone, Form

OptionalDay = Annotated[date | None, Field(ge=FIRST_DAY, le=LAST_DAY), BlankIsNone]


class SearchForm(Form):
    """Every field may be left out or empty. Texts match parts; `region` is a county, or 6 or 4 or 2 digits of a city or
    province; `from` and `to` are days of sampling, both in it. `lang` chooses the language of words."""

    product: str = ""
    maker: str = ""
    batch: str = ""
    outlet: str = ""
    region: str = ""
    kind: Annotated[ProductKind | None, BlankIsNone] = None
    item: str = ""
    first: Annotated[OptionalDay, Field(alias="from")] = None
    last: Annotated[OptionalDay, Field(alias="to")] = None
    verdict: Annotated[PublicVerdict | None, BlankIsNone] = None
    basis: Annotated[Basis | None, BlankIsNone] = None
    stage: Annotated[Stage | None, BlankIsNone] = None
    violation: Annotated[ViolationCode | None, BlankIsNone] = None
    lang: str = ""

    def read(self) -> Search:
        """Raises InvalidInput `text.malformed`, `region.unknown`, `period.reversed`."""
        if self.first is not None and self.last is not None and self.last < self.first:
            raise InvalidInput("period.reversed", field="to")
        texts: dict[str, Any] = {
            name: require_text(getattr(self, name), name, MAX_NAME_CHARACTERS)
            for name in ("product", "maker", "batch", "outlet", "item")
        }
        return Search(
            **texts,
            region_code=region_of(self.region),
            kinds=() if self.kind is None else (self.kind,),
            first=self.first,
            last=self.last,
            verdict=self.verdict,
            basis=self.basis,
            stage=self.stage,
            violation=self.violation,
        )


class SearchPageForm(SearchForm):
    """`cursor`: where the page before said that the next one begins."""

    cursor: str = Field(default="", max_length=MAX_CURSOR_CHARACTERS)

    def after(self) -> Cursor | None:
        """Raises InvalidInput `results.cursor`."""
        return read_cursor(self.cursor) if self.cursor else None


def region_of(code: str) -> str:
    """A division by six digits, or the two or four that all of a province or city begin with; "" for none. Raises
    InvalidInput `region.unknown`."""
    if not code:
        return ""
    return require_region(code.ljust(6, "0") if code.isdigit() and len(code) in (2, 4) else code, "region")
