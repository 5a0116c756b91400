"""Forms of organisations, licences and keys."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator

from ...trace.catalog.model import ProductKind
from ...trace.parties.model import Activity, Role
from ...trace.parties.service import NewLicence, NewParty, NewSite
from .base import Form


def _roles(value: Any) -> Any:
    """A list in JSON; in a file one field, joined by semicolons."""
    return [part.strip() for part in value.split(";") if part.strip()] if isinstance(value, str) else value


class PartyForm(Form):
    credit_code: str
    name: str
    region_code: str
    roles: Annotated[frozenset[Role], BeforeValidator(_roles)]
    short_name: str = ""
    telephone: str = ""

    def read(self, *, is_demonstration: bool = False) -> NewParty:
        return NewParty(
            credit_code=self.credit_code,
            name=self.name,
            region_code=self.region_code,
            roles=self.roles,
            short_name=self.short_name,
            telephone=self.telephone,
            is_demonstration=is_demonstration,
        )


class LicenceForm(Form):
    number: str
    activity: Activity
    product_kind: ProductKind
    valid_from: date
    valid_until: date
    covers_restricted: Annotated[bool, BeforeValidator(lambda value: False if value == "" else value)] = False

    def read(self) -> NewLicence:
        return NewLicence(
            number=self.number,
            activity=self.activity,
            product_kind=self.product_kind.value,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            covers_restricted=self.covers_restricted,
        )


class SiteForm(Form):
    name: str
    region_code: str
    address: str = ""
    allows_northern_moisture: bool = False

    def read(self) -> NewSite:
        return NewSite(self.name, self.region_code, self.address, self.allows_northern_moisture)


class KeyForm(Form):
    label: str = ""
