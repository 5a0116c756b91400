"""Forms of products."""

from __future__ import annotations

import re
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator

from ...trace.catalog.model import Ingredient, ProductKind
from ...trace.catalog.service import NewProduct
from ...trace.kernel.units import Unit
from .base import Exact, Form

_PART = re.compile(r"(?P<name>[^=;]+)=\s*(?P<content>[^\s;]+)\s*(?P<unit>[^;]*)")


class IngredientForm(Form):
    name: str
    content: Exact
    unit: Unit


def _composition(value: Any) -> Any:
    """A list in JSON; in a file and on a page one text: `name=content unit;name=content unit`."""
    if not isinstance(value, str):
        return value
    parts: list[dict[str, str]] = []
    for text in filter(None, (part.strip() for part in value.split(";"))):
        match = _PART.fullmatch(text)
        if match is None:
            raise ValueError("composition reads name=content unit, parts joined by semicolons")
        parts.append({name: found.strip() for name, found in match.groupdict().items()})
    return parts


class ProductForm(Form):
    holder_id: UUID | None = None
    kind: ProductKind
    name: str
    registration_number: str = ""
    shelf_life_days: int
    composition: Annotated[tuple[IngredientForm, ...], BeforeValidator(_composition)] = ()
    brand: str = ""
    formulation: str = ""
    usage: str = ""
    code_registration_digits: str = ""
    gtin: str = ""
    accept_warnings: bool = False

    def read(self, holder_id: UUID, *, is_demonstration: bool = False) -> NewProduct:
        return NewProduct(
            holder_id=holder_id,
            kind=self.kind,
            name=self.name,
            registration_number=self.registration_number,
            shelf_life_days=self.shelf_life_days,
            composition=tuple(Ingredient(part.name, part.content, part.unit) for part in self.composition),
            brand=self.brand,
            formulation=self.formulation,
            usage=self.usage,
            code_registration_digits=self.code_registration_digits,
            gtin=self.gtin,
            accept_warnings=self.accept_warnings,
            is_demonstration=is_demonstration,
        )
